// Looks at mails in a browser: axe-core in four guises, overflow on small screens, direction inside a foreign page.
// usage: node accessibility.mjs MANIFEST NODE_MODULES CHROMIUM; the manifest lists {file, html}; one JSON finding a line.
// Nothing is fetched: every picture is answered with a wide grey one, everything else is refused.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { deflateSync } from 'node:zlib';

const [manifest, modules, executablePath] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

// Rules about pages that make no sense for a mail, with the reason.
const NOT_FOR_MAIL = {
  region: 'a mail is shown inside the landmarks of the mail program',
  'landmark-one-main': 'the main landmark is the mail program\'s own',
  bypass: 'a mail has no navigation to skip',
};
// In the foreign page these are the foreign page's business as well.
const NOT_FOR_THE_GUEST = { ...NOT_FOR_MAIL, 'page-has-heading-one': 'asked of the plain guise' };
// Which of our rules an axe rule belongs to; the rest is X.
const RULES = {
  'color-contrast': 'X6', 'image-alt': 'X3', 'link-name': 'X5', 'link-in-text-block': 'X5', 'heading-order': 'X4', 'empty-heading': 'X4',
  'page-has-heading-one': 'X4', 'html-has-lang': 'X1', 'html-lang-valid': 'X1', 'valid-lang': 'X1', 'document-title': 'X1',
  'target-size': 'X7', 'table-duplicate-name': 'X2', 'td-headers-attr': 'X2', 'th-has-data-cells': 'X2',
};
const WIDTHS = [360, 320];
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--host-resolver-rules=MAP * ~NOTFOUND',
];

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind), data]);
  let crc = ~0;
  for (const byte of body) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length);
  body.copy(out, 4);
  out.writeUInt32BE(~crc >>> 0, body.length + 4);
  return out;
}

function greyPicture(width, height) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = 8;
  const pixels = deflateSync(Buffer.alloc((width + 1) * height, 0).map((_, i) => (i % (width + 1) ? 0x99 : 0)));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

const PICTURE = greyPicture(1600, 900);

async function open(context) {
  const page = await context.newPage();
  await page.route('**/*', (route) => (route.request().resourceType() === 'image'
    ? route.fulfill({ contentType: 'image/png', body: PICTURE })
    : route.abort()));
  return page;
}

// Runs in the page: axe's violations, and contrasts that it could not decide (no mail of ours has a reason for one).
async function audit(page, leaveOut) {
  await page.evaluate(axe);
  return page.evaluate(async (off) => {
    const rules = Object.fromEntries(off.map((rule) => [rule, { enabled: false }]));
    const { violations, incomplete } = await globalThis.axe.run(document, { rules, resultTypes: ['violations', 'incomplete'] });
    return [...violations, ...incomplete.filter(({ id }) => id === 'color-contrast')].map(({ id, help, nodes }) => ({
      id, help, count: nodes.length, html: nodes[0].html.slice(0, 120), why: (nodes[0].any[0] ?? nodes[0].all[0] ?? nodes[0].none[0])?.message ?? '',
    }));
  }, Object.keys(leaveOut));
}

// Runs in the page: how far it sticks out, and what does.
const overflow = () => {
  const wide = document.scrollingElement.scrollWidth;
  const room = document.scrollingElement.clientWidth;
  if (wide <= room) return null;
  const out = [...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > room + 0.5);
  const culprit = out.at(-1);
  return { wide, room, html: culprit ? culprit.outerHTML.slice(0, 120) : 'body' };
};

// Runs in the page: direction and side of every block with words of its own, in order.
const directions = () => [...document.body.querySelectorAll('h1,h2,h3,h4,p,li,td,blockquote,div')]
  .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || /^H\d$/.test(e.tagName))
  .filter((e) => e.getClientRects().length)
  .map((e) => {
    const { direction, textAlign } = getComputedStyle(e);
    const ends = direction === 'rtl' ? { start: 'right', end: 'left' } : { start: 'left', end: 'right' };
    return { words: e.textContent.trim().slice(0, 50), direction, side: (ends[textAlign] ?? textAlign).replace('-webkit-', '') };
  });

// Runs in the page: words too small or lines too tight to read (X7).
const small = () => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const holder = node.parentElement;
    if (!node.data.trim() || !holder.getClientRects().length || holder.closest('style,script,sup,sub')) continue;
    const { fontSize, lineHeight, visibility, opacity } = getComputedStyle(holder);
    const size = parseFloat(fontSize);
    if (visibility === 'hidden' || opacity === '0' || size <= 2) continue;
    const words = node.data.trim().slice(0, 50);
    if (size < 13.9) found.push({ words, found: `text of ${size} px`, expected: 'at least 14 px' });
    else if (size < 20 && lineHeight !== 'normal' && parseFloat(lineHeight) / size < 1.39) {
      found.push({ words, found: `a line height of ${(parseFloat(lineHeight) / size).toFixed(2)}`, expected: 'at least 1.4' });
    }
  }
  return found;
};

// The mail inside a right-to-left page, as a web mail program would put it: html and body are gone.
const guest = (html) => {
  const mail = new DOMParser().parseFromString(html, 'text/html');
  const styles = [...mail.querySelectorAll('style')].map((s) => s.outerHTML).join('');
  return `<!doctype html><html lang="he" dir="rtl"><head><title>x</title>${styles}</head><body><div>${mail.body.innerHTML}</div></body></html>`;
};

async function look({ file, html }, pages) {
  const source = readFileSync(html, 'utf8');
  const said = [];
  const say = (rule, where, found, expected) => said.push({ rule, file, where, found, expected });
  const complain = (guise, violations) => {
    for (const { id, help, count, html: first, why } of violations) {
      say(RULES[id] ?? 'X', `${guise} guise, ${first}`, `${id} (${count}): ${why || help}`.replace(/\s+/g, ' '), help);
    }
  };
  const widths = async (page, guise) => {
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      const out = await page.evaluate(overflow);
      if (out) say('H6', `${guise} guise, ${out.html}`, `${out.wide} px wide on a screen of ${out.room}`, 'no horizontal scroll');
    }
    await page.setViewportSize({ width: 800, height: 900 });
  };

  const { page } = pages;
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setContent(source);
  const plain = await page.evaluate(directions);
  for (const { words, found, expected } of (await page.evaluate(small)).slice(0, 3)) say('X7', `“${words}”`, found, expected);
  complain('plain', await audit(page, NOT_FOR_MAIL));
  await widths(page, 'plain');

  await page.emulateMedia({ colorScheme: 'dark' });
  complain('dark', await audit(page, NOT_FOR_MAIL));
  await page.emulateMedia({ colorScheme: 'light' });

  await page.evaluate(() => document.querySelectorAll('style').forEach((s) => s.remove()));
  complain('stripped', await audit(page, NOT_FOR_MAIL));
  await widths(page, 'stripped');

  await page.setContent(await page.evaluate(guest, source));
  const abroad = await page.evaluate(directions);
  plain.forEach((block, i) => {
    const there = abroad[i];
    if (there && there.words === block.words && there.direction === block.direction && there.side === block.side) return;
    const found = there ? `${block.direction}, ${block.side} becomes ${there.direction}, ${there.side}` : 'gone';
    say('I1', `right-to-left guise, “${block.words}”`, found, 'the same direction as alone');
  });
  complain('right-to-left', await audit(page, NOT_FOR_THE_GUEST));
  return said;
}

const browser = await chromium.launch({ executablePath, args: FLAGS });
try {
  const letters = JSON.parse(readFileSync(manifest, 'utf8'));
  const context = await browser.newContext({ viewport: { width: 800, height: 900 }, serviceWorkers: 'block' });
  const work = letters.entries();
  // Two pages side by side: one is busy while the other is loading.
  await Promise.all([1, 2].map(async () => {
    const page = await open(context);
    for (const [, letter] of work) {
      const said = await look(letter, { page }).catch((error) => [{
        rule: 'X', file: letter.file, where: 'html part', found: `no answer: ${error.message.split('\n')[0]}`, expected: 'a page that can be looked at',
      }]);
      said.forEach((finding) => console.log(JSON.stringify(finding)));
    }
  }));
} finally {
  await browser.close();
}
