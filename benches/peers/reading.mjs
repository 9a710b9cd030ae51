// Times @mozilla/readability with jsdom on a page: node reading.mjs FILE (npm install @mozilla/readability jsdom)

import { readFileSync } from "node:fs";
import { Readability } from "@mozilla/readability";
import { JSDOM } from "jsdom";

const page = readFileSync(process.argv[2], "utf8");
const read = () => new Readability(new JSDOM(page, { url: "https://harbour.example/2026/ship" }).window.document).parse();

if (!read()?.title) throw new Error("nothing was read");
for (let warm = 0; warm < 10; warm++) read();
let runs = 0;
const start = performance.now();
while (performance.now() - start < 10000) {
  read();
  runs++;
}
console.log(`@mozilla/readability: ${((runs * 1000) / (performance.now() - start)).toFixed(1)} pages/s`);
