//! The large mailbox providers: which domains are one receiver, and what each bears.

use std::collections::HashMap;

/// What a receiver bears; what is not set is not limited.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DomainRules {
    /// Letters per second, over all connections.
    pub per_second: Option<f64>,
    /// Letters on their way at once, or connections where we open them to the receiver itself.
    pub connections: Option<usize>,
    /// After so many letters a connection is closed and a new one opened.
    pub letters_per_connection: Option<u32>,
}

/// A provider's domains, the first of which is its key.
type Provider = (&'static [&'static str], DomainRules);

const fn rules(connections: usize, letters_per_connection: u32) -> DomainRules {
    DomainRules {
        per_second: None,
        connections: Some(connections),
        letters_per_connection: Some(letters_per_connection),
    }
}

/// No provider but Yahoo tells numbers; the others are what careful senders keep to. None has a rate: it is the
/// replies that say when it is too much, and then the lane is held.
const PROVIDERS: &[Provider] = &[
    // Google publishes no number and looks at reputation: as many as Postfix opens to one destination.
    (&["gmail.com", "googlemail.com"], rules(20, 100)),
    // Outlook's own advice is about reputation as well; it throttles early by connections.
    (
        &[
            "outlook.com",
            "hotmail.com",
            "live.com",
            "msn.com",
            "passport.com",
            "windowslive.com",
            "outlook.de",
            "outlook.es",
            "outlook.fr",
            "outlook.it",
            "hotmail.co.uk",
            "hotmail.de",
            "hotmail.es",
            "hotmail.fr",
            "hotmail.it",
            "live.ca",
            "live.co.uk",
            "live.de",
            "live.fr",
            "live.it",
            "live.nl",
        ],
        rules(10, 50),
    ),
    // Yahoo: few connections, 20 letters on each, after which it hangs up without a word. It runs AOL's and AT&T's
    // mailboxes too; yahoo.co.jp is another company.
    (
        &[
            "yahoo.com",
            "ymail.com",
            "rocketmail.com",
            "myyahoo.com",
            "yahoo.ca",
            "yahoo.co.in",
            "yahoo.co.uk",
            "yahoo.com.ar",
            "yahoo.com.au",
            "yahoo.com.br",
            "yahoo.com.mx",
            "yahoo.de",
            "yahoo.es",
            "yahoo.fr",
            "yahoo.gr",
            "yahoo.ie",
            "yahoo.in",
            "yahoo.it",
            "yahoo.ro",
            "aol.com",
            "aol.co.uk",
            "aol.de",
            "aol.fr",
            "aim.com",
            "verizon.net",
            "att.net",
            "bellsouth.net",
            "sbcglobal.net",
        ],
        rules(5, 20),
    ),
    // Apple defers bursts from senders that it does not know.
    (&["icloud.com", "me.com", "mac.com"], rules(10, 50)),
    // One company, one set of servers, which count connections for each address that calls.
    (&["gmx.de", "gmx.net", "gmx.at", "gmx.ch", "gmx.com", "web.de"], rules(5, 50)),
    (&["mail.ru", "bk.ru", "inbox.ru", "internet.ru", "list.ru"], rules(10, 50)),
    (&["yandex.ru", "ya.ru", "yandex.by", "yandex.com", "yandex.kz", "yandex.ua"], rules(10, 50)),
    (&["proton.me", "pm.me", "protonmail.ch", "protonmail.com"], rules(5, 50)),
    // Orange is known for "too many connections, slow down".
    (&["orange.fr", "wanadoo.fr"], rules(2, 50)),
    (&["t-online.de", "magenta.de"], rules(5, 50)),
];

/// Who receives for which domain.
#[derive(Debug, Clone)]
pub struct Providers {
    groups: Vec<(String, DomainRules)>,
    by_domain: HashMap<String, usize>,
}

impl Default for Providers {
    fn default() -> Self {
        let mut providers = Self { groups: Vec::new(), by_domain: HashMap::new() };
        for (domains, rules) in PROVIDERS {
            providers.add(domains.iter().map(|domain| (*domain).to_owned()), *rules);
        }
        providers
    }
}

impl Providers {
    /// Returns the built-in table with these on top.
    ///
    /// Domains that are named together become one provider, together with all that the table already has for any of
    /// them: whoever names `gmail.com` means `googlemail.com` too. Its key is the first that is named, and what an
    /// entry does not set stays as it was for that one.
    #[must_use]
    pub fn with(overrides: &[(Vec<String>, DomainRules)]) -> Self {
        let mut providers = Self::default();
        for (domains, rules) in overrides {
            let named: Vec<String> = domains.iter().map(|domain| domain.to_ascii_lowercase()).collect();
            let touched: Vec<usize> =
                named.iter().filter_map(|d| providers.by_domain.get(d).copied()).collect();
            let before =
                touched.first().map_or_else(DomainRules::default, |group| providers.groups[*group].1);
            let mut all = named;
            let members = providers.by_domain.iter().filter(|(_, group)| touched.contains(group));
            all.extend(members.map(|(domain, _)| domain.clone()));
            providers.add(
                all.into_iter(),
                DomainRules {
                    per_second: rules.per_second.or(before.per_second),
                    connections: rules.connections.or(before.connections),
                    letters_per_connection: rules.letters_per_connection.or(before.letters_per_connection),
                },
            );
        }
        providers
    }

    fn add(&mut self, domains: impl Iterator<Item = String>, rules: DomainRules) {
        let mut domains = domains.peekable();
        let Some(key) = domains.peek().cloned() else { return };
        let group = self.groups.len();
        self.groups.push((key, rules));
        self.by_domain.extend(domains.map(|domain| (domain, group)));
    }

    /// Returns the key of the lane that a domain's letters share, and its rules; the domain is in lower case, as
    /// [`EmailAddress::domain`](crate::model::EmailAddress::domain) has it. One that is in no group is its own key,
    /// without a limit.
    #[must_use]
    pub fn of<'a>(&'a self, domain: &'a str) -> (&'a str, DomainRules) {
        match self.by_domain.get(domain).and_then(|group| self.groups.get(*group)) {
            Some((key, rules)) => (key, *rules),
            None => (domain, DomainRules::default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(domains: &[&str], per_second: f64) -> (Vec<String>, DomainRules) {
        let rules = DomainRules { per_second: Some(per_second), ..DomainRules::default() };
        (domains.iter().map(|domain| (*domain).to_owned()).collect(), rules)
    }

    #[test]
    fn domains_of_one_provider_share_a_lane_and_all_others_have_their_own() {
        let providers = Providers::default();
        for (domain, key) in [
            ("gmail.com", "gmail.com"),
            ("googlemail.com", "gmail.com"),
            ("hotmail.fr", "outlook.com"),
            ("aol.com", "yahoo.com"),
            ("me.com", "icloud.com"),
            ("web.de", "gmx.de"),
            ("yahoo.co.jp", "yahoo.co.jp"),
            ("example.org", "example.org"),
            ("", ""),
        ] {
            assert_eq!(providers.of(domain).0, key, "{domain}");
        }
        assert_eq!(providers.of("example.org").1, DomainRules::default());
        assert_eq!(providers.of("ymail.com").1, rules(5, 20));
    }

    #[test]
    fn no_domain_stands_in_the_table_twice() {
        let mut all: Vec<&str> = PROVIDERS.iter().flat_map(|(domains, _)| domains.iter().copied()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn what_is_configured_holds_for_the_whole_provider_and_leaves_the_rest_of_its_rules() {
        let providers = Providers::with(&[
            named(&["Googlemail.com"], 5.0),
            named(&["news.example", "example.org"], 1.0),
            named(&["example.org", "orange.fr"], 2.0),
            (Vec::new(), rules(1, 1)),
        ]);
        let google = DomainRules { per_second: Some(5.0), ..rules(20, 100) };
        assert_eq!(providers.of("gmail.com"), ("googlemail.com", google));
        assert_eq!(providers.of("googlemail.com"), ("googlemail.com", google));
        for domain in ["example.org", "news.example", "orange.fr", "wanadoo.fr"] {
            let (key, rules) = providers.of(domain);
            assert_eq!(
                (key, rules.per_second, rules.connections),
                ("example.org", Some(2.0), None),
                "{domain}"
            );
        }
    }
}
