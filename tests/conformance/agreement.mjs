// Measures how far `pressrun lint` agrees with npm caniemail and with axe-core about the same mails.
// usage: node agreement.mjs MANIFEST NODE_MODULES CHROMIUM; the manifest lists {name, html, findings}, findings being
// what `pressrun lint --json` says of the page. Prints a table; one JSON finding a line for what the others see and lint
// does not.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [manifest, modules, executablePath] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { caniemail } = await import(pathToFileURL(`${modules}/caniemail/dist/index.js`));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const CLIENTS = ['gmail.desktop-webmail', 'gmail.ios', 'gmail.android', 'outlook.windows', 'apple-mail.macos', 'apple-mail.ios'];
// Axe's rules that lint has too, with ours. The rest of axe is about pages with scripts, landmarks and controls.
const AXE = {
  'color-contrast': /^contrast/, 'image-alt': /^(image-alt-missing|tracking-pixel)$/, 'link-name': /^link-empty$/, 'heading-order': /^heading-skips$/,
  'empty-heading': /^heading-empty$/, 'page-has-heading-one': /^heading-(missing|skips)$/, 'html-has-lang': /^language/, 'document-title': /^title-missing$/,
};
// What npm caniemail calls unsupported and lint leaves to grace (src/render/lint/graceful.toml), or to a rule of its own.
const graceful = readFileSync(new URL('../../src/render/lint/graceful.toml', import.meta.url), 'utf8');
const slugs = new Map(JSON.parse(readFileSync(require.resolve('caniemail/caniemail.json'), 'utf8')).data.map(({ title, slug }) => [title, slug]));
const byGrace = (title) => new RegExp(`^${slugs.get(title)} =`, 'm').test(graceful);
// The element in a title of lint ("<section>") that a title of Can I email ("HTML5 semantics") stands for.
const element = { 'HTML5 semantics': /<(article|aside|details|fig\w+|footer|header|main|mark|nav|section|summary|time)>/, 'Embedded <svg> image': /<svg>/ };

const asked = { both: 0, theirs: [], ours: [] };
const seen = { both: 0, theirs: [], ours: [] };

function clients({ name, html, findings }) {
  const { issues } = caniemail({ clients: CLIENTS, html });
  const titles = new Set([...issues.errors.values()].flat().map(({ title }) => title));
  const told = findings.filter(({ rule }) => rule.startsWith('client-')).map(({ what }) => what.split(', which ')[0]);
  const same = (title, what) => what === title || title.startsWith(what) || (element[title]?.test(what) ?? false)
    || what.replace(/\[\w+=(\w+)\]>/, ' type="$1">') === title.replace(/ element$/, '');
  for (const title of titles) {
    if (told.some((what) => same(title, what))) asked.both += 1;
    else if (!byGrace(title)) asked.theirs.push(`${name}: ${title}`);
  }
  for (const what of told) if (![...titles].some((title) => same(title, what))) asked.ours.push(`${name}: ${what}`);
}

async function eyes(page, { name, html, findings }) {
  const rules = new Set();
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    // A refresh would lead the browser away.
    await page.setContent(html.replace(/<meta[^>]*refresh[^>]*>/i, ''));
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
    violations.forEach(({ id }) => rules.add(id));
  }
  const told = findings.map(({ rule }) => rule);
  for (const [rule, ours] of Object.entries(AXE)) {
    const us = told.some((one) => ours.test(one) && one !== 'contrast-without-styles' && one !== 'language-not-in-body');
    if (rules.has(rule) && us) seen.both += 1;
    else if (rules.has(rule)) seen.theirs.push(`${name}: ${rule}`);
    else if (us && rule !== 'page-has-heading-one') seen.ours.push(`${name}: ${rule}`);
  }
}

const mails = JSON.parse(readFileSync(manifest, 'utf8'));
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP * ~NOTFOUND'] });
try {
  const page = await (await browser.newContext({ viewport: { width: 800, height: 900 } })).newPage();
  await page.route('**/*', (route) => route.abort());
  for (const mail of mails) {
    try {
      clients(mail);
    } catch (error) {
      asked.theirs.push(`${mail.name}: no answer: ${error.message}`);
    }
    // A mail for each feature of Can I email is none that a browser has to see.
    if (!mail.name.startsWith('feature ')) await eyes(page, mail);
  }
} finally {
  await browser.close();
}
for (const [name, { both, theirs, ours }] of [['caniemail', asked], ['axe-core', seen]]) {
  const all = both + theirs.length;
  const looked = mails.filter((mail) => name === 'caniemail' || !mail.name.startsWith('feature '));
  console.log(`${name}: ${looked.length} mails, lint agrees in ${both} of ${all} findings (${all ? Math.round((100 * both) / all) : 100} %), and has ${ours.length} of its own`);
  theirs.forEach((one) => console.log(`  ${name} alone: ${one}`));
  ours.forEach((one) => console.log(`  lint alone: ${one}`));
}
