//! Pressrun builds and sends email digests: it *collects* articles from sources, *composes* an edition, *renders*
//! it as a message, *delivers* it to each subscriber, and *remembers* how each delivery ended.
//!
//! This page is the plan of the house, and the only architecture document.
//!
//! # The path of the data
//!
//! ```text
//!            fetch → parse → clean        compose          render            release → letter → carrier → verdict
//!  source ─────────────────────────▶ articles ──▶ edition ──▶ message ──▶ deliveries ──────────────────────▶ attempts
//!            collect                    compose     render        store        deliver                        store
//! ```
//!
//! | Step | Shape | Fails as |
//! |---|---|---|
//! | [`collect::Fetcher::fetch`] | `(&Url, &Validators) → Fetched` | [`collect::FetchError`], a sentence per cause |
//! | [`collect::parse`] | `(&[u8], content type, &Url) → Feed` | [`collect::ParseError`] |
//! | [`collect::read`] | a page's bytes, `&Url` → [`collect::Reading`] | cannot; [`collect::ReadingKind`] tells what it is |
//! | [`collect::index`](collect::index()), [`collect::sitemap`](collect::sitemap()) | bytes, `&Url` → pages that they list | [`collect::SitemapError`] |
//! | [`collect::Fetcher::glance`] | the first bytes of a picture → [`collect::Glance`]: its size, or that it is none | [`collect::FetchError`] |
//! | [`collect::copied`] | a whole picture's bytes → a small copy, its pixels alone | [`collect::CopyError`]; it is linked then |
//! | [`collect::clean`] | `(Feed, now) → Vec<Article>` | cannot |
//! | [`model::Bounds::next`] | `(&Source, what happened, Retry-After, now) → Next` poll | cannot |
//! | [`compose::compose`] | `(&Digest, sources, candidates, &Previous, slot) → (Composed, Explanation)` | cannot |
//! | [`compose::compose_for`] | the same with what somebody has decided by hand ([`model::Editing`]) | cannot |
//! | [`render::render`] | `(&Edition, &Digest, &Theme, &Links) → Rendered` | theme faults, found when it is loaded |
//! | [`render::lint::letter`] | any letter's bytes → `Vec<Finding>`, each with its way out | cannot |
//! | [`store::Store::release`] | edition → a delivery for every confirmed, unsuppressed reader | one transaction |
//! | [`model::due_since`] | `(&Timetable, zones, last slot, seen, now) → Due` | cannot |
//! | [`press::tend`] | what hubs pushed → articles; whose turn it is → asked to push | recorded with the source |
//! | [`press::Publishing::publish`] | what is due → released editions, or why not | recorded with the slot |
//! | [`deliver::Plate::letter`] | `(&Recipient) → Letter` | [`deliver::LetterError`], recorded for that reader |
//! | [`deliver::Signer::sign`] | `(&mut Letter)` → its DKIM signatures, above its header | [`deliver::LetterError`] |
//! | [`deliver::Connection::begin`], [`finish`](deliver::Connection::finish) | `(&Letter) → Reply` | never: trouble *is* a reply, with its step |
//! | [`deliver::judge`] | `(&Reply, &Tries, now) → Judgement` | cannot |
//! | [`deliver::plan`] | `(&mut Lane, rate, wanted, now, horizon) → Vec<Slot>` | cannot |
//! | [`tell::choose`] | what was said, what was told, `now` → what is told | cannot |
//! | [`tell::Webhook::call`] | the same as JSON → taken or not | [`tell::WebhookError`], which is a notice itself |
//! | [`store::Store::turn`] | what ended, what begins → what may go | the run ends; the lease tells the rest |
//!
//! # The rooms
//!
//! | Room | Does | May import |
//! |---|---|---|
//! | [`model`] | the nouns; pure | nothing of ours |
//! | `templates` | what people see; a crate of its own | maud |
//! | [`collect`] | source bytes → articles | `model` |
//! | [`compose`] | digest + articles → edition, with an explanation | `model` |
//! | [`render`] | edition + theme → message | `model`, `templates` |
//! | [`deliver`] | message + subscriber → letter → reply → outcome | `model` |
//! | [`tell`] | notices → what the publisher hears, and when; the webhook | `model` |
//! | [`store`] | all SQL, both engines | `model` |
//! | [`config`] | `config.toml` + environment → checked values | `model` |
//! | [`press`] | the stages: take from the store, hand to a room, put back | the rooms and `store` |
//! | [`web`] | what a browser sees | `model`, `templates`, `store`, `render`, `compose` |
//! | [`cli`] | the commands, one file each | all |
//!
//! No arrow runs back and there is no circle; `tests/it/house.rs` holds this table.
//!
//! # What the plan rests on
//!
//! * **Stages meet only in the store.** A stage takes rows in one state and leaves them in the next; none calls
//!   another. A restart finds everything where it was.
//! * **Rooms take values and give values.** They see neither the store nor the configuration, and time is an
//!   argument: only `press/clock.rs` and `cli` read the clock.
//! * **An edition is frozen.** It is rendered once and stored; what was approved is what is sent, and a letter that
//!   is tried again has the same words, date and Message-ID. (Sender and public address are the configuration's, at
//!   each try.)
//! * **Articles are consumed by released editions alone.** An edition remembers the highest article row that it
//!   looked at. A row and not an instant: what is being stored while an edition is composed is new to the next one,
//!   and lost to none. (On PostgreSQL articles are stored under a table lock, so that rows appear in the order of
//!   their numbers.) What was released and then cancelled gives its articles back: they are new once more, however far
//!   others have looked since. (Not to readers of a wave who have had a later one: how far they have come is one row.)
//! * **A story is one article.** What several sources tell is folded into the best version, and used up with it; what would
//!   part two stories — a number, a name, a day — is looked for before what they share. A follow-up is a story.
//! * **Rules hold when composing.** Everything that sources bring is stored; what a rule keeps out is explained like
//!   everything else, and a changed rule holds at once.
//! * **No two editions send the same articles.** An edition knows what composing took for sent before it; a release
//!   that finds another edition released since, or its articles used, is refused.
//! * **Claims are leases.** A run renews its lease while it lives. What a dead run had claimed goes back to the queue;
//!   what it had *opened* is `uncertain`, and is tried once more or held, as the edition's terms say. How often a
//!   delivery was uncertain stays with it: what may have arrived twice is what has `doubts`.
//! * **Sources are claimed too.** Of all processes one polls a source, whose next poll follows from what polls find:
//!   sooner when it changes, later when not. An edition *wants* its sources, a little before its slot, which makes them
//!   due; what has asked for peace or fails (`not_before`) is left in peace even then.
//! * **A hub is believed as long as it delivers.** What a feed's hub was asked for is a row, written before it is asked: the
//!   hub makes sure of it at a page of ours, and gets a yes to that alone. What it pushes is kept if it is signed, and a
//!   stage reads it as if it had been polled. Polls go on at their slowest, and as before once one finds what was not pushed.
//! * **A page is read once, and while it is young a few times more.** A page or a sitemap lists pages; each new one is
//!   fetched as a robot that obeys, read to an entry, and goes the way of all entries. That it was read is remembered behind
//!   its article, never before, and for as long as it is listed; what could not be had is tried again a few times, and what
//!   is young is read again ([`model::read_again`]), so that a correction changes the article that is there.
//! * **Pictures are looked at before they are shown.** What an edition would show and nobody has looked at is looked at
//!   ([`press::Pictures`]), and the edition is composed again with what was found: true sizes, so that letters reserve the
//!   room, and nothing dead. Not when articles are collected: of what sources bring most is shown to nobody. Copies, where
//!   they are wanted, are made in the same look and kept in the store, where whoever serves the pages finds them.
//! * **Clocks may be wrong.** What was written later than now was written by a clock that was ahead: such a poll is none,
//!   and what it has planned for letters, mails, leases and lanes is planned again when a press begins or its clock is put
//!   back.
//! * **Opened before the dot.** While a letter's opening is made durable, the letter is handed over up to its final
//!   dot, with which nobody has it yet; the dot waits for the ledger, and the next letter's envelope rides behind it.
//! * **A journal, settled.** The end of a letter is one row of a journal for all connections that wait, which costs one
//!   flush. It is settled into attempts and states many letters at a time, and in the same transaction before
//!   anybody claims, counts, withdraws or lists; nobody sees a ledger that is behind.
//! * **Whose fault is it?** A reply knows its step. Trouble of the relay touches no delivery: the next way is tried, or
//!   the letter goes back to the queue and the relay's words become a notice. What a reply says of the recipient's
//!   domain slows that domain down and no other.
//! * **Slots are computed, and recorded.** The clock that ticks only rings bells; what is due follows from the timetable,
//!   the zone and the last slot in the store, by [`model::Schedule`]. A slot is a row that one process opens by a lease
//!   and closes with what became of it, in one transaction with what the publisher is told; nothing is explained later
//!   that was not written down then. Who has lost the lease can neither release nor ask.
//! * **Waves.** A digest by its readers' own clocks has an edition for every instant that is due somewhere. How far each
//!   reader has come is a row, brought on by the release; readers of one wave who have come differently far get
//!   *variants* of its edition. So nobody who moves reads an article twice, or misses one.
//! * **A witness.** A number in the store grows each half minute, and a file beside it remembers it: a store that counts
//!   less than its witness is a backup that was put back. Whoever delivers looks first, and the transaction that notices it
//!   holds whatever would go out by itself.
//! * **Mails are no editions.** What is written to one person (the publisher, later a new reader) stands in a table of
//!   its own and leaves by the same ways, judged by the same verdicts.
//! * **Clicks are numbers.** Where they are counted, the links of a letter to its articles are led through our pages
//!   ([`model::Passage`]) when its plate is made: what is stored keeps the true addresses. A passage is a row with article,
//!   address and count, the same for all readers, and stays for good, so that old letters lead on; whose click it is
//!   [`web::Clicks`] decides at the request, in memory, and writes sums each ten seconds.
//! * **Lanes.** The pace towards a provider or through a relay is one row, read, planned and written in one transaction,
//!   so that all processes keep one pace. A letter that must wait is given its time and is touched once more.
//! * **A plate is encoded once.** A letter is made by copying its segments round what differs per reader.
//! * **A record for every letter.** A connection waits until the store has the end of its letter before the next one
//!   gets its dot; end and beginning are one *turn*, and one recorder commits the turns of all connections together.
//! * **All mail leaves by one door.** What goes to one person and is no edition — a notice, a question — is a row of a
//!   queue, with the same leases, openings, ways and verdicts ([`press::Mailing`]).
//! * **Trouble is a table.** Whoever meets it says a sentence about a matter and takes it back when it is mended; what the
//!   publisher hears of that, and when, is decided in one place and in one transaction.
//! * **Foreign text cannot make a hole.** What differs per reader is marked in a message by private-use characters
//!   of plane 16 ([`model::Hole`]), and collecting removes that plane from whatever a source says.
//! * **Tokens are random, not computed.** The addresses for leaving and for preferences hold 128 random bits made
//!   with the row, so that there is no key whose loss would open them all. Return paths are computed: who learns that
//!   key can at most tell of bounces that were none. So are passages, which open nothing but an article.
//! * **Signed last.** A signature covers the bytes that go over the wire, and is made of nothing but them and the keys:
//!   a letter that is tried again is the same letter.
//!
//! * **Only POST acts.** What follows links before a reader does (scanners, previews) changes nothing but perhaps a count;
//!   what a page may do is in the random token of its address. The web writes wishes into the store, and the stages fulfil
//!   them.
//! * **A page tells nobody who is known.** A sign-up writes the same row for every address, and a stage decides afterwards
//!   what mail it is worth; an unknown token costs the statements of a known one.
//! * **A choice is a text.** Readers who leave sections out are grouped by what is left, and each group has a variant of the
//!   edition, made, approved and frozen with it; whom it leaves with nothing is counted, and advances all the same.
//! * **The preview is the send path.** [`press::Stock`] makes what is shown and what is sent; the viewer ([`web::viewer()`])
//!   takes the finished letter apart, so that nothing is shown that would not go out. Who draws for it is a [`web::Studio`],
//!   given by `cli`: `web` knows neither stages nor configuration.
//! * **Hands come before rules, promises before hands.** What is decided for the next edition is one row a digest; composing
//!   applies it and explains it, the release of an edition that was composed with it uses it up, a cancellation gives it back.
//! * **Suppressions are addresses.** A rule (a domain, a hash) is written out for each address that it tells as soon as the
//!   address is known, so that whoever releases, claims or opens asks for one key.
//! * **Whoever is waited for is polled.** The writer of an SQLite file is one lock; a future that may hold it is never left
//!   alive beside one that waits for it. (After two minutes whoever waits gets an error.)
//!
//! # What is not here yet
//!
//! Who reads the bounces that come to return paths will ask [`deliver::ReturnPath`] whose they are; what the DNS has,
//! `pressrun check` will ask.

pub mod cli;
pub mod collect;
pub mod compose;
pub mod config;
pub mod deliver;
pub mod model;
pub mod press;
pub mod render;
pub mod store;
pub mod tell;
pub mod web;

/// For the C of SQLite as well.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
