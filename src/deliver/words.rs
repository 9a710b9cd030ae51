//! What the words of a refusal say: where the three digits tell two things alike, the server's text parts them.
//!
//! Phrases are in lower case, with one blank for whatever stood between two words; each must begin where a word
//! begins and may end inside one, so `throttl` finds "Throttled". The reader's address is taken out before, so that
//! nobody is judged by being called `full.moon@` or `spam@`.

use crate::model::Reply;

/// Nobody at this server may be written to through it.
#[rustfmt::skip]
const RELAYING_DENIED: &[&str] = &[
    "relay access denied", "relaying denied", "relay denied", "relay not", "relay is not", "relaying not",
    "relaying is not", "relay prohibited", "relaying prohibited", "relay operation rejected", "no relaying",
    "unable to relay", "cannot relay", "not permitted to relay", "not allowed to relay", "do not relay",
    "allowed rcpthosts",
];

/// The relay will not have us or our sender; Postfix says so at RCPT, Exchange after the final dot.
#[rustfmt::skip]
const SENDER_REFUSED: &[&str] = &[
    "sender address rejected", "sender verify fail", "sender not yet given", "helo command rejected",
    "client host rejected access denied", "client host rejected cannot find your", "send as this sender",
    "sendasdenied", "not owned by user", "email address is not verified",
];

/// The relay wants a login.
#[rustfmt::skip]
const LOGIN_WANTED: &[&str] = &[
    "authentication required", "authentication is required", "requires authentication", "auth required",
    "please authenticate", "authenticate first", "must authenticate", "must be authenticated",
    "client was not authenticated", "must issue a starttls", "not logged in",
];

/// The relay has no more room, or lets this account send no more.
#[rustfmt::skip]
const RELAYS_QUOTA: &[&str] = &[
    "insufficient system storage", "insufficient system resources", "out of disk space", "sending quota",
    "sending limit", "daily user sending", "daily message quota", "your daily limit", "max emails per hour",
    "messaging limits", "submissionquota", "throttling failure", "maximum sending rate",
    "sender thread limit", "error too many recipients from", "error too much mail from",
];

/// Too fast, for a receiver.
#[rustfmt::skip]
const TOO_FAST: &[&str] = &[
    "rate limit", "ratelimit", "rate exceeded", "rate that prevents", "rate of", "message rate",
    "sending rate", "connection rate", "frequency limit", "throttl", "slow down", "too fast", "too quickly",
    "too frequent", "too much mail", "too many mail", "too many email", "too many message",
    "too many connection", "too many concurrent", "too many session", "unusual volume", "unexpected volume",
    "high volume",
];

/// About us and what we send, not about a mailbox.
#[rustfmt::skip]
const BLOCKED: &[&str] = &[
    "block", "blacklist", "black list", "blackhole", "blocklist", "denylist", "dnsbl", "rbl", "listed",
    "spam", "antispam", "junk", "unsolicited", "reputation", "polic", "abuse", "banned", "prohibit",
    "access denied", "administratively denied", "spf", "dkim", "dmarc",
];

/// A mailbox that is there, and takes nothing today.
#[rustfmt::skip]
const MAILBOX: &[&str] = &[
    "quota", "mailbox full", "mailbox is full", "mailbox busy", "mailbox is busy", "mailbox unavailable",
    "mailbox temporarily", "user is receiving", "user you are trying",
];

const GREYLISTED: &[&str] = &["greylist", "graylist", "grey list", "gray list"];

/// Against "never again" even where the code says that there is no such mailbox.
#[rustfmt::skip]
const DOUBT: &[&str] = &[
    "quota", "full", "storage", "block", "black list", "blacklist", "dnsbl", "spam", "reputation", "greylist",
    "graylist", "throttl", "rate limit", "access denied", "polic", "disabled", "suspended", "inactive",
    "temporar", "try again",
];

/// Against "never again" where no code says anything.
#[rustfmt::skip]
const MORE_DOUBT: &[&str] = &[
    "denied", "exceed", "limit", "deactivat", "locked", "later", "too many", "too large", "too big",
    "message size", "sender", "client", "helo", "ehlo", "dns", "reverse", "ptr", "authenti", "unauth",
    "not auth", "tls", "encrypt", "not permitted", "not allowed to", "permission", "restrict", "moderat",
    "content", "virus", "malware", "callout", "callback", "verification failed", "verify", "relay", "timeout",
    "timed out", "not accepting",
];

/// A refusal's words, laid out for looking phrases up.
pub(super) struct Words {
    text: String,
}

impl Words {
    pub(super) fn of(reply: &Reply) -> Self {
        let mut text = String::with_capacity(reply.text.len());
        for word in reply.text.split_whitespace().filter(|word| !word.contains('@')) {
            for part in word.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()) {
                text.push(' ');
                text.extend(part.chars().flat_map(char::to_lowercase));
            }
        }
        // "Not listed in the directory" is an unknown user, and "listed" alone is a block list.
        Self { text: text.replace(" not listed", " unknown") }
    }

    fn say(&self, phrases: &[&str]) -> bool {
        let begins = |at: usize| self.text[..at].ends_with(' ');
        phrases.iter().any(|phrase| self.text.match_indices(phrase).any(|(at, _)| begins(at)))
    }

    pub(super) fn deny_relaying(&self) -> bool {
        self.say(RELAYING_DENIED)
    }

    pub(super) fn refuse_the_sender(&self) -> bool {
        self.say(SENDER_REFUSED)
    }

    /// A domain that wants SPF, DKIM or DMARC speaks of authentication too, and means no login.
    pub(super) fn want_a_login(&self) -> bool {
        self.say(LOGIN_WANTED) && !self.say(&["spf", "dkim", "dmarc"])
    }

    pub(super) fn speak_of_the_relays_quota(&self) -> bool {
        self.say(RELAYS_QUOTA)
    }

    pub(super) fn speak_of_speed(&self) -> bool {
        self.say(TOO_FAST)
    }

    pub(super) fn speak_of_a_block(&self) -> bool {
        self.say(BLOCKED)
    }

    pub(super) fn speak_of_one_mailbox(&self) -> bool {
        self.say(MAILBOX) || self.say(GREYLISTED)
    }

    /// True if it is not certain that the mailbox is gone; without a code more words raise doubts.
    pub(super) fn raise_doubts(&self, coded: bool) -> bool {
        self.say(DOUBT)
            || !coded && [BLOCKED, GREYLISTED, TOO_FAST, MORE_DOUBT].iter().any(|all| self.say(all))
    }

    /// True if a mark stands in it that only big receivers use for too much mail: Yahoo's `[TSS04]` and `[TS03]`.
    pub(super) fn bear_yahoos_mark(&self) -> bool {
        self.marks(|word| word.strip_prefix("tss").or(word.strip_prefix("ts")), 2..=3)
    }

    /// True if a mark of Outlook's stands in it: `(S3150)`, `(S775)`; `(S2017062302)` is of another kind.
    pub(super) fn bear_outlooks_mark(&self) -> bool {
        self.marks(|word| word.strip_prefix('s'), 3..=5)
    }

    fn marks(
        &self,
        rest: impl for<'w> Fn(&'w str) -> Option<&'w str>,
        digits: std::ops::RangeInclusive<usize>,
    ) -> bool {
        let numbered = |tail: &str| digits.contains(&tail.len()) && tail.bytes().all(|b| b.is_ascii_digit());
        self.text.split(' ').filter_map(rest).any(numbered)
    }
}
