// Reads the pages of a folder again and again with @mozilla/readability and jsdom, for some seconds, and tells how many
// it reads in one: node read.mjs FOLDER SECONDS

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Readability } from "@mozilla/readability";
import { JSDOM } from "jsdom";

const [folder, seconds] = process.argv.slice(2);
const pages = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
const read = (page) =>
  new Readability(new JSDOM(page, { url: "https://harbour.example/2026/ship" }).window.document).parse();

// What is told of a reader that finds nothing is no speed.
for (const page of [...pages, ...pages]) {
  if (!(read(page)?.textContent.length > 10_000)) throw new Error("a page was not read");
}
let count = 0;
const start = performance.now();
while (performance.now() - start < seconds * 1000) read(pages[count++ % pages.length]);
console.log((count * 1000) / (performance.now() - start));
