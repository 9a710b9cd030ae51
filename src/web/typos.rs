//! Typing errors in the domains of well-known mailbox providers. A guess, which the reader may refuse.

use strsim::osa_distance;

use crate::model::EmailAddress;

/// Where most mailboxes are. What stands here is never doubted.
const KNOWN: [&str; 68] = [
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "outlook.de",
    "outlook.fr",
    "outlook.es",
    "hotmail.com",
    "hotmail.co.uk",
    "hotmail.de",
    "hotmail.fr",
    "hotmail.es",
    "hotmail.it",
    "live.com",
    "live.co.uk",
    "live.fr",
    "live.de",
    "live.nl",
    "msn.com",
    "yahoo.com",
    "yahoo.co.uk",
    "yahoo.de",
    "yahoo.fr",
    "yahoo.es",
    "yahoo.it",
    "ymail.com",
    "rocketmail.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "aol.com",
    "aol.de",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "gmx.at",
    "gmx.ch",
    "web.de",
    "t-online.de",
    "freenet.de",
    "posteo.de",
    "mailbox.org",
    "mail.de",
    "proton.me",
    "protonmail.com",
    "pm.me",
    "tutanota.com",
    "fastmail.com",
    "zoho.com",
    "mail.com",
    "email.com",
    "email.de",
    "hey.com",
    "orange.fr",
    "wanadoo.fr",
    "free.fr",
    "laposte.net",
    "sfr.fr",
    "bluewin.ch",
    "telefonica.net",
    "walla.co.il",
    "walla.com",
    "bezeqint.net",
    "mail.ru",
    "yandex.ru",
    "yandex.com",
    "comcast.net",
    "verizon.net",
    "btinternet.com",
];

/// What fingers make of an ending.
const ENDINGS: [(&str, &[&str]); 4] = [
    ("com", &["con", "cmo", "ocm", "comm", "co", "cm", "om", "vom", "xom", "cim", "coom", "comn", "cpm"]),
    ("net", &["nte", "ner", "met", "ney", "nett", "ent"]),
    ("de", &["ed", "dee", "dw", "fe"]),
    ("fr", &["rf", "frr", "fe"]),
];

/// Returns the address that is likelier meant, if there is one.
pub(super) fn likelier(address: &EmailAddress) -> Option<String> {
    let domain = address.domain();
    if KNOWN.contains(&domain) {
        return None;
    }
    let (name, ending) = domain.split_once('.')?;
    let distance = |known: &&&str| {
        let (known_name, known_ending) = known.split_once('.')?;
        let slip = ENDINGS.iter().any(|(right, wrong)| *right == known_ending && wrong.contains(&ending));
        let apart = osa_distance(name, known_name);
        let most = match known_name.len() {
            0..=4 => 0,
            5..=6 => 1,
            _ => 2,
        };
        // The same name under another ending is most often somebody else's.
        let likely = (slip && apart <= most) || (ending == known_ending && (1..=most).contains(&apart));
        likely.then_some(apart + usize::from(slip))
    };
    let nearest = KNOWN.iter().filter_map(|known| Some((distance(&known)?, known)));
    let (_, known) = nearest.min_by_key(|(apart, _)| *apart)?;
    Some(format!("{}@{known}", address.local()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_what_is_somebodys_is_left_alone() {
        for (domain, expected) in [
            ("gmial.com", Some("gmail.com")),
            ("gmal.com", Some("gmail.com")),
            ("gmail.con", Some("gmail.com")),
            ("gmail.co", Some("gmail.com")),
            ("gmaill.cmo", Some("gmail.com")),
            ("hotnail.com", Some("hotmail.com")),
            ("hotmial.fr", Some("hotmail.fr")),
            ("outlok.com", Some("outlook.com")),
            ("yaho.com", Some("yahoo.com")),
            ("iclould.com", Some("icloud.com")),
            ("gogglemail.com", Some("googlemail.com")),
            ("web.ed", Some("web.de")),
            ("gmx.nte", Some("gmx.net")),
            ("t-onlien.de", Some("t-online.de")),
            ("aol.con", Some("aol.com")),
            ("gmail.com", None),
            ("email.com", None),
            ("mail.com", None),
            ("hotmail.nl", None),
            ("yahoo.co.jp", None),
            ("gmx.org", None),
            ("wed.de", None),
            ("gma.com", None),
            ("example.org", None),
            ("mail.example.org", None),
        ] {
            let address = EmailAddress::parse(&format!("Ann@{domain}")).expect("an address");
            let found = likelier(&address);
            assert_eq!(found, expected.map(|known| format!("Ann@{known}")), "{domain}");
        }
    }
}
