// Sends letters with nodemailer and prints how many seconds it took, from the first to the last:
//   node send.mjs PORT LETTERS FOLDER [RSA-KEY.pem]
// FOLDER has letter.html and letter.txt; each letter is built anew from them, as a mail merge does. With a key each
// one is signed. Run by `cargo bench --bench press -- peers`, which installs nodemailer beside a copy of this file.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createTransport } from "nodemailer";

const [port, letters, folder, key] = process.argv.slice(2);
const [html, text] = ["letter.html", "letter.txt"].map((name) => readFileSync(join(folder, name), "utf8"));

const dkim = key && { domainName: "tide.example", keySelector: "rsa", privateKey: readFileSync(key, "utf8") };
const transport = createTransport({
  host: "127.0.0.1",
  port: Number(port),
  ignoreTLS: true,
  pool: true,
  maxConnections: 8,
  maxMessages: Infinity,
  dkim,
});

const letter = (i) => ({
  from: { name: "Morning", address: "news@tide.example" },
  to: { name: `Reader Number ${i}`, address: `reader${i}@mail${i % 97}.example` },
  subject: "What the harbour master saw this morning",
  list: { unsubscribe: `https://news.example/leave/${i}` },
  html: `${html}<p><a href="https://news.example/leave/${i}">Leave</a></p>`,
  text: `${text}\nLeave: https://news.example/leave/${i}\n`,
});

let next = 0;
// More hands than connections, so that none of these waits for its next letter.
const hand = async () => {
  while (next < Number(letters)) await transport.sendMail(letter(next++));
};
const start = performance.now();
await Promise.all(Array.from({ length: 16 }, hand));
console.log(((performance.now() - start) / 1000).toFixed(6));
transport.close();
