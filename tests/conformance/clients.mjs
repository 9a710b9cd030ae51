// Asks Can I email's tables whether what a mail uses works in the clients that most readers have (rule H3).
// usage: node clients.mjs MANIFEST NODE_MODULES; the manifest lists {file, html}; one JSON finding a line.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [manifest, modules] = process.argv.slice(2);
const { caniemail } = await import(pathToFileURL(`${modules}/caniemail/dist/index.js`));

// Named one by one: the pattern `*` reaches a client for which the package throws.
const CLIENTS = [
  'gmail.desktop-webmail', 'gmail.ios', 'gmail.android',
  'outlook.windows',
  'apple-mail.macos', 'apple-mail.ios',
];

// What may be unsupported somewhere, and why nothing is lost there.
const ENHANCEMENTS = new Map([
  ['@media', 'Outlook on Windows shows the wide layout, which is whole without it'],
  ['@media (prefers-color-scheme)', 'the light colours are whole by themselves'],
  ['color-scheme meta tag', 'the light colours are whole by themselves'],
  ['color-scheme CSS property', 'the light colours are whole by themselves'],
  ['Attribute selector', 'only [data-ogsc], which Outlook\'s apps set where they recolour; alone in its own style element'],
  ['@media (hover), @media (any-hover)', 'an effect of the pointer'],
  [':hover', 'an effect of the pointer'],
  ['border-radius', 'square corners'],
  ['box-shadow', 'a flat frame'],
  ['text-underline-offset', 'an underline at its usual place'],
  ['text-decoration-color', 'an underline in the colour of the text'],
  ['text-decoration-thickness', 'an underline of its usual weight'],
  ['max-width', 'Outlook takes the width attribute and the conditional table'],
  ['table-layout', 'long words are broken when the letter is made, and cells have width attributes'],
  ['word-break', 'long words are broken when the letter is made'],
  ['overflow-wrap', 'long words are broken when the letter is made'],
  ['<wbr> element', 'word-break breaks the word where the element is dropped, and a desk is wide'],
  ['display:none', 'the preheader is hidden in Outlook by mso-hide'],
  ['overflow', 'the preheader is hidden by other means as well'],
  ['role attribute', 'where it is dropped, a layout table is read as a table'],
  ['lang attribute', 'where it is dropped, the reader\'s own language is assumed'],
  ['dir attribute', 'direction is said in CSS as well'],
]);

for (const { file, html } of JSON.parse(readFileSync(manifest, 'utf8'))) {
  const where = new Map();
  try {
    const { issues } = caniemail({ clients: CLIENTS, html: readFileSync(html, 'utf8') });
    for (const [client, found] of issues.errors) {
      for (const { title, position } of found) {
        if (ENHANCEMENTS.has(title)) continue;
        const one = where.get(title) ?? { clients: new Set(), line: position?.start.line, column: position?.start.column };
        where.set(title, one);
        one.clients.add(client);
      }
    }
  } catch (error) {
    where.set(`no answer: ${error.message}`, { clients: new Set(CLIENTS) });
  }
  for (const [title, { clients, line, column }] of where) {
    console.log(JSON.stringify({
      rule: 'H3', file, where: line ? `html part, line ${line}, column ${column}` : 'html part',
      found: `${title}, which ${[...clients].join(', ')} cannot`,
      expected: 'what works everywhere, or an entry among the enhancements in clients.mjs with its reason',
    }));
  }
}
