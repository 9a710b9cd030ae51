// Times rss-parser on a file: node parse.mjs FILE (npm install rss-parser)

import { readFileSync } from "node:fs";
import Parser from "rss-parser";

const document = readFileSync(process.argv[2], "utf8");
const bytes = Buffer.byteLength(document);
const parser = new Parser();

const once = await parser.parseString(document);
if (once.items.length !== 30) throw new Error(`${once.items.length} items`);
for (let warm = 0; warm < 50; warm++) await parser.parseString(document);
let runs = 0;
const start = performance.now();
while (performance.now() - start < 5000) {
  await parser.parseString(document);
  runs++;
}
const seconds = (performance.now() - start) / 1000;
console.log(`rss-parser: ${((bytes * runs) / seconds / 1e6).toFixed(2)} MB/s`);
