// Writes src/render/lint/support.toml, the table behind `pressrun lint`, from Can I email's data.
// usage: node support.mjs NODE_MODULES > src/render/lint/support.toml
//
// To refresh it: raise `caniemail` in package.json, `npm install --package-lock-only`, `tests/conformance/setup`, then
// this script with target/conformance/node_modules; read the difference, and look at graceful.toml beside the table.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [modules] = process.argv.slice(2);
const { data, last_update_date: updated } = JSON.parse(readFileSync(createRequire(`${modules}/`).resolve('caniemail/caniemail.json'), 'utf8'));

// The clients that are asked about, with the names by which a finding calls them; the first three are the great ones.
const CLIENTS = [
  ['Gmail', ['gmail.desktop-webmail', 'gmail.ios', 'gmail.android']],
  ['Outlook on Windows', ['outlook.windows']],
  ['Apple Mail', ['apple-mail.macos', 'apple-mail.ios']],
  ['Outlook.com', ['outlook.outlook-com']],
  ['Outlook on phones', ['outlook.ios', 'outlook.android']],
  ['Yahoo', ['yahoo.desktop-webmail', 'yahoo.ios', 'yahoo.android']],
  ['Samsung Email', ['samsung-email.android']],
  ['Thunderbird', ['thunderbird.macos']],
];

// Where a title does not say what a mail has to hold for it: kind and keys by slug. No keys: nothing to look for, or
// a rule of its own looks for it.
const SPECIAL = {
  'html-address': ['element', 'address'], 'html-anchor-links': [], 'html-base': ['element', 'base'], 'html-comments': [], 'html-doctype': [],
  'html-h1-h6': ['element', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6'], 'html-image-maps': ['element', 'map'], 'html-lists': ['element', 'ul', 'ol', 'dl'],
  'html-mailto-links': [], 'html-meta-color-scheme': ['element', 'meta[name=color-scheme]'],
  'html-semantics': ['element', 'article', 'aside', 'details', 'figcaption', 'figure', 'footer', 'header', 'main', 'mark', 'nav', 'section', 'summary', 'time'],
  'html-srcset': ['attribute', 'srcset', 'sizes'], 'html-svg': ['element', 'svg'],
  'css-at-media-device-pixel-ratio': ['at-rule', 'media:device-pixel-ratio'], 'css-at-media-hover': ['at-rule', 'media:hover'],
  'css-at-media-orientation': ['at-rule', 'media:orientation'], 'css-at-media-prefers-color-scheme': ['at-rule', 'media:prefers-color-scheme'],
  'css-at-media-prefers-reduced-motion': ['at-rule', 'media:prefers-reduced-motion'],
  'css-block-inline-size': ['property', 'block-size'],
  'css-border-inline-block': ['property', 'border-inline', 'border-block'],
  'css-border-inline-block-individual': ['property', ...['inline-start', 'inline-end', 'block-start', 'block-end'].map((s) => `border-${s}`)],
  'css-border-inline-block-longhand': ['property', ...['inline', 'block'].flatMap((s) => ['color', 'style', 'width'].map((p) => `border-${s}-${p}`))],
  'css-border-radius-logical': ['property', ...['start-start', 'start-end', 'end-start', 'end-end'].map((s) => `border-${s}-radius`)],
  'css-column-layout-properties': ['property', 'columns', 'column-fill', 'column-rule', 'column-span', 'column-width'],
  'css-comments': [], 'css-font': ['property', 'font'], 'css-gap': ['property', 'gap', 'column-gap', 'row-gap'],
  'css-grid-template': ['property', 'grid-template', 'grid-template-areas', 'grid-template-columns', 'grid-template-rows'],
  'css-important': ['value', '!important'], 'css-intrinsic-size': ['word', 'fit-content', 'min-content', 'max-content'],
  'css-left-right-top-bottom': ['property', 'left', 'right', 'top', 'bottom'],
  'css-margin-block-start-end': ['property', 'margin-block-start', 'margin-block-end'], 'css-margin-inline-block': ['property', 'margin-inline', 'margin-block'],
  'css-margin-inline-start-end': ['property', 'margin-inline-start', 'margin-inline-end'],
  'css-modern-color': ['function', 'lch', 'oklch', 'lab', 'oklab'], 'css-nesting': ['selector', '&'],
  'css-padding-block-start-end': ['property', 'padding-block-start', 'padding-block-end'], 'css-padding-inline-block': ['property', 'padding-inline', 'padding-block'],
  'css-padding-inline-start-end': ['property', 'padding-inline-start', 'padding-inline-end'],
  'css-pseudo-class-lang': ['selector', ':lang'], 'css-display-flex': ['value', 'display:flex', 'display:inline-flex'], 'css-display-grid': ['value', 'display:grid', 'display:inline-grid'],
  'css-sytem-ui': ['word', 'system-ui', 'ui-serif', 'ui-sans-serif', 'ui-rounded', 'ui-monospace'],
  'css-unit-calc': ['function', 'calc'], 'css-unit-initial': ['word', 'initial'], 'css-unit-percent': ['unit', '%'], 'css-variables': ['function', 'var'],
  'css-linear-gradient': ['function', 'linear-gradient', 'repeating-linear-gradient'], 'css-radial-gradient': ['function', 'radial-gradient', 'repeating-radial-gradient'],
  'css-inset': ['property', 'inset'], 'css-scroll-snap': ['property', 'scroll-snap-type', 'scroll-snap-align'],
  'image-apng': ['image', '.apng'], 'image-avif': ['image', '.avif'], 'image-base64': [], 'image-bmp': ['image', '.bmp'], 'image-hdr': ['image', '.hdr'],
  'image-heif': ['image', '.heif', '.heic'], 'image-ico': ['image', '.ico'], 'image-mp4': ['image', '.mp4', '.webm'], 'image-svg': [],
  'image-tiff': ['image', '.tif', '.tiff'], 'image-webp': ['image', '.webp'], 'image-gif': ['image', '.gif'], 'image-jpg': ['image', '.jpg', '.jpeg'], 'image-png': ['image', '.png'],
};

function keysOf({ slug, title, category }) {
  if (SPECIAL[slug]) return SPECIAL[slug];
  let match;
  if (category === 'html') {
    if ((match = /^<(\w+) (\w+)="(\w+)">/.exec(title))) return ['element', `${match[1]}[${match[2]}=${match[3]}]`];
    if ((match = /^<(\w+)>/.exec(title))) return ['element', match[1]];
    if ((match = /^([\w-]+) attribute$/.exec(title))) return ['attribute', match[1]];
  }
  if (category === 'css') {
    if ((match = /^@([\w-]+)$/.exec(title))) return ['at-rule', match[1]];
    if ((match = /^(::?[\w-]+)/.exec(title))) return ['selector', match[1]];
    if ((match = /^css-selector-(.+)$/.exec(slug))) return ['selector', match[1]];
    if ((match = /^(\w+) unit$/.exec(title))) return ['unit', match[1]];
    if ((match = /^([\w-]+)\(\)$/.exec(title))) return ['function', match[1]];
    if ((match = /^([\w-]+):\s*([\w-]+)$/.exec(title))) return ['value', `${match[1]}:${match[2]}`];
    if ((match = /^([a-z-]+)(?: property| shorthand| CSS property)?$/.exec(title.trim()))) return ['property', match[1]];
  }
  return [];
}

// Versions are numbers or months; the newest is the greatest part by part.
const parts = (version) => version.split(/[.-]/).map(Number);
function newest(versions) {
  const order = (a, b) => parts(a).reduce((found, part, i) => found || part - (parts(b)[i] ?? 0), 0) || parts(a).length - parts(b).length;
  return versions[Object.keys(versions).sort(order).at(-1)];
}

// The worst answer of a client's platforms.
function answer(stats, platforms) {
  const answers = platforms.map((name) => name.split('.').reduce((at, key) => at?.[key], stats)).filter(Boolean).map(newest);
  return answers.some((a) => a.startsWith('n')) ? 'none' : answers.some((a) => a.startsWith('a')) ? 'partial' : 'full';
}

const list = (words) => `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;
console.log(`# Which mail clients show what, as tested by Can I email (https://www.caniemail.com), state of ${updated.slice(0, 10)}.
# The data is under the MIT licence, Copyright (c) Rémi Parmentier and the contributors of Can I email.
# Made by tests/conformance/support.mjs, which says how it is refreshed; do not change it by hand. What is not listed is
# shown everywhere, or never tested. \`none\`: the newest version of some platform of that client shows nothing of it.
date = "${updated.slice(0, 10)}"
great = ${list(CLIENTS.slice(0, 3).map(([name]) => name))}
feature = [`);
for (const feature of data) {
  const [kind, ...keys] = keysOf(feature);
  if (!kind) continue;
  const none = CLIENTS.filter(([, platforms]) => answer(feature.stats, platforms) === 'none').map(([name]) => name);
  if (!none.length) continue;
  console.log(`  { slug = ${JSON.stringify(feature.slug)}, title = ${JSON.stringify(feature.title.trim())}, kind = "${kind}", keys = ${list(keys)}, none = ${list(none)} },`);
}
console.log(']');
