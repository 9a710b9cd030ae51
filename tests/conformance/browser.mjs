// Browses for the tests: a headless Chromium behind a loopback port, told what to do line by line.
// usage: node browser.mjs NODE_MODULES CHROMIUM; prints its port. Each connection is a browser of its own, which knows
// nothing of the others; each line in it is a request {"do": …}, answered by a line {"ok": …} or {"error": …}.
// It ends with its standard input. No name is resolved, so nothing but loopback can be asked.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const [modules, executablePath] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
];
const WIDTHS = [1100, 360, 320];
const PATIENCE = 20_000;

// Runs in the page: what sticks out of it.
const overflow = () => {
  const { scrollWidth, clientWidth } = document.scrollingElement;
  if (scrollWidth <= clientWidth) return null;
  const out = [...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > clientWidth + 0.5);
  return `${scrollWidth} px wide on a screen of ${clientWidth}: ${(out.at(-1) ?? document.body).outerHTML.slice(0, 120)}`;
};

// Runs in the page: axe's violations, and contrasts that it could not decide.
const audit = async () => {
  const { violations, incomplete } = await globalThis.axe.run(document, { resultTypes: ['violations', 'incomplete'] });
  return [...violations, ...incomplete.filter(({ id }) => id === 'color-contrast')]
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
};

// Runs in the page: whatever could act by itself.
const active = () => [...document.querySelectorAll('script,meta[http-equiv],object,embed,[autofocus]')]
  .concat([...document.querySelectorAll('*')].filter((e) => [...e.attributes].some(({ name }) => name.startsWith('on'))))
  .map((e) => e.outerHTML.slice(0, 120));

// Runs in the page: what the keyboard is at, as it is called, and whether one can see that it is.
const focused = () => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const name = at.labels?.[0]?.innerText || at.innerText || at.value || at.getAttribute('aria-label') || '';
  return { name: name.trim(), seen: getComputedStyle(at).outlineStyle !== 'none' };
};

// Runs in the page: axe's violations alone; what a frame holds is not the page's.
const violations = async () => {
  const { violations: found } = await globalThis.axe.run({ exclude: ['iframe'] }, { resultTypes: ['violations'] });
  return found.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
};

const browser = await chromium.launch({ executablePath, args: FLAGS });

async function context({ width, dark, script, language }) {
  const made = await browser.newContext({
    viewport: { width, height: 800 },
    colorScheme: dark ? 'dark' : 'light',
    javaScriptEnabled: script,
    locale: language,
    serviceWorkers: 'block',
  });
  made.setDefaultTimeout(PATIENCE);
  const asked = [];
  made.on('request', (request) => asked.push(`${request.method()} ${request.url()}`));
  return { made, asked, page: await made.newPage() };
}

const deeds = {
  open: async ({ page }, { url }) => (await page.goto(url)).status(),
  press: ({ page }, { key }) => page.keyboard.press(key),
  type: ({ page }, { text }) => page.keyboard.type(text),
  // Presses Tab until the keyboard is at something of this name, all round the page at most.
  reach: async ({ page }, { name }) => {
    const passed = [];
    for (let n = 0; n < 100; n += 1) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(focused);
      if (at && !at.seen) throw new Error(`nobody can see that the keyboard is at ${JSON.stringify(at.name)}`);
      if (at?.name.includes(name)) return at.name;
      passed.push(at?.name);
    }
    throw new Error(`the keyboard never comes to ${JSON.stringify(name)}, but to ${[...new Set(passed)].join(', ')}`);
  },
  // Presses Enter, and waits for the page that comes of it.
  enter: async ({ page }) => {
    const [answer] = await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
    return answer.status();
  },
  text: ({ page }) => page.innerText('body'),
  active: ({ page }) => page.evaluate(active),
  asked: ({ asked }) => asked,
  // Looks at the page as it is, light and dark, wide and narrow.
  flaws: async ({ page }) => {
    const found = [];
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(axe);
      found.push(...(await page.evaluate(audit)).map((flaw) => `${colorScheme}: ${flaw}`));
    }
    const before = page.viewportSize();
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      const out = await page.evaluate(overflow);
      if (out) found.push(out);
    }
    await page.setViewportSize(before);
    return found;
  },
  click: ({ page }, { selector }) => page.click(selector).then(() => null),
  fill: ({ page }, { selector, text }) => page.fill(selector, text).then(() => null),
  choose: ({ page }, { selector, value }) => page.selectOption(selector, value).then(() => null),
  size: ({ page }, { width, height }) => page.setViewportSize({ width, height }).then(() => null),
  eval: ({ page }, { script }) => page.evaluate(script),
  // Asks again and again until it is so; by itself, because a page's policy forbids what Playwright would do.
  until: async ({ page }, { script }) => {
    for (const end = Date.now() + PATIENCE; Date.now() < end;) {
      const found = await page.evaluate(script).catch(() => null);
      if (found) return found;
      await new Promise((resolve) => { setTimeout(resolve, 5); });
    }
    throw new Error(`it never came to ${script}: ${(await page.innerText('body')).slice(0, 600)}`);
  },
  // Looks at the page as it is, light and dark.
  violations: async ({ page }) => {
    const found = [];
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      // Colours that are still on their way are neither.
      await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));
      await page.evaluate(axe);
      found.push(...(await page.evaluate(violations)).map((flaw) => `${colorScheme}: ${flaw}`));
      const out = await page.evaluate(overflow);
      if (out) found.push(out);
    }
    return found;
  },
  shot: ({ page }, { file }) => page.screenshot({ path: file, fullPage: true }).then(() => null),
};

createServer(async (socket) => {
  let own;
  try {
    for await (const line of createInterface({ input: socket })) {
      const wish = JSON.parse(line);
      try {
        own ??= await context(wish);
        const ok = wish.do ? await deeds[wish.do](own, wish) : null;
        socket.write(`${JSON.stringify({ ok: ok ?? null })}\n`);
      } catch (error) {
        socket.write(`${JSON.stringify({ error: error.message.split('\n')[0] })}\n`);
      }
    }
  } catch { /* The other side has gone. */ }
  await own?.made.close();
}).listen(0, '127.0.0.1', function told() { console.log(this.address().port); });

process.stdin.resume().on('end', async () => {
  await browser.close();
  process.exit(0);
});
