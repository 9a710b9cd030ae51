//! Asking links whether they are there: a few at a time, not for long, and never inside.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use url::Url;

use crate::collect::Fetcher;
use crate::web::Answered;

/// More links than this are not asked.
const MOST: usize = 200;
/// So many are asked at once.
const AT_ONCE: usize = 8;
/// So long each may take.
const EACH: Duration = Duration::from_secs(8);

/// Leaves out our own pages: those of an edition are there when it is.
pub(super) fn leave_out_own(addresses: &mut Vec<String>, public_url: &str) {
    addresses.retain(|address| !address.strip_prefix(public_url).is_some_and(|rest| rest.starts_with('/')));
}

/// True for the names that every machine takes for itself (RFC 6761 §6.3), which no server of names knows.
fn is_home(url: &Url) -> bool {
    let name = url.domain().map(|name| name.trim_end_matches('.').to_ascii_lowercase()).unwrap_or_default();
    name == "localhost" || name.ends_with(".localhost")
}

/// Asks each address with HEAD; the answers come in the order of the addresses.
pub(super) async fn ask(fetcher: &Fetcher, urls: Vec<String>) -> Vec<Answered> {
    let one = async |(number, url): (usize, String)| {
        let end = match url.parse() {
            _ if number >= MOST => Err(format!("not asked: more than {MOST} addresses")),
            Err(_) => Err("is no address".to_owned()),
            Ok(parsed) if is_home(&parsed) => {
                Err("not asked: it leads to the reader's own machine".to_owned())
            }
            Ok(parsed) => match tokio::time::timeout(EACH, fetcher.probe(&parsed)).await {
                Ok(end) => end.map_err(|error| error.to_string()),
                Err(_) => Err(format!("no answer within {} seconds", EACH.as_secs())),
            },
        };
        Answered { url, end }
    };
    stream::iter(urls.into_iter().enumerate()).map(one).buffered(AT_ONCE).collect().await
}
