//! Whether a domain takes mail, as far as the DNS says within a second. What it does not say is no reason for anything.

use std::fmt;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RData;

/// So long somebody waits for their page because of it.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is known of a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakesMail {
    /// It has a mail exchanger, or at least an address (RFC 5321 §5.1).
    Yes,
    /// There is no such domain, it has neither, or it says so itself (RFC 7505 §3).
    No,
    /// Nobody could say in time.
    Unknown,
}

/// Looks domains up.
pub struct MailDomains(Box<dyn Fn(String) -> BoxFuture<'static, TakesMail> + Send + Sync>);

impl fmt::Debug for MailDomains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailDomains")
    }
}

impl Default for MailDomains {
    /// Knows nothing.
    fn default() -> Self {
        Self::by(|_| TakesMail::Unknown)
    }
}

impl MailDomains {
    /// Asks the name servers of this machine; if it names none, nothing is ever known.
    #[must_use]
    pub fn of_the_system() -> Self {
        let Some(resolver) = TokioResolver::builder_tokio().and_then(|builder| builder.build()).ok() else {
            return Self::default();
        };
        Self(Box::new(move |domain| {
            let resolver = resolver.clone();
            async move {
                let asked = tokio::time::timeout(PATIENCE, ask(&resolver, &domain)).await;
                asked.unwrap_or(TakesMail::Unknown)
            }
            .boxed()
        }))
    }

    /// Asks whoever is given.
    pub fn by(known: impl Fn(&str) -> TakesMail + Send + Sync + 'static) -> Self {
        Self(Box::new(move |domain| std::future::ready(known(&domain)).boxed()))
    }

    pub(super) async fn ask(&self, domain: &str) -> TakesMail {
        (self.0)(domain.to_owned()).await
    }
}

async fn ask(resolver: &TokioResolver, domain: &str) -> TakesMail {
    // Whole: no search list is tried.
    let name = format!("{domain}.");
    match resolver.mx_lookup(name.as_str()).await {
        Ok(found) => {
            let exchangers = found.answers().iter().filter_map(|record| {
                if let RData::MX(mx) = &record.data { Some(&mx.exchange) } else { None }
            });
            let mut exchangers = exchangers.peekable();
            let null = exchangers.peek().is_some() && exchangers.all(|exchange| exchange.is_root());
            if null { TakesMail::No } else { TakesMail::Yes }
        }
        Err(error) if error.is_nx_domain() => TakesMail::No,
        Err(error) if error.is_no_records_found() => match resolver.lookup_ip(name.as_str()).await {
            Ok(_) => TakesMail::Yes,
            Err(error) if error.is_nx_domain() || error.is_no_records_found() => TakesMail::No,
            Err(_) => TakesMail::Unknown,
        },
        Err(_) => TakesMail::Unknown,
    }
}
