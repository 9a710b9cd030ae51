//! The studio as the viewer knows it: what it asks, and in which words it hears of trouble.

use futures_util::future::BoxFuture;
use tokio::sync::watch;

use super::studio::OwnStudio;
use super::{desk, links};
use crate::model::EmailAddress;
use crate::web::{Answered, Drawn, Edit, Studio, Wish};

impl Studio for OwnStudio {
    fn draw<'a>(&'a self, wish: &'a Wish) -> BoxFuture<'a, Drawn> {
        Box::pin(self.inner().draw(wish))
    }

    fn edit<'a>(&'a self, wish: &'a Wish, edit: Edit) -> BoxFuture<'a, Result<String, String>> {
        Box::pin(async { self.inner().edit(wish, edit).await.map_err(|error| format!("{error:#}")) })
    }

    fn send<'a>(
        &'a self,
        wish: &'a Wish,
        to: &'a [EmailAddress],
    ) -> BoxFuture<'a, Vec<Result<String, String>>> {
        Box::pin(async {
            self.inner().send(wish, to).await.unwrap_or_else(|error| vec![Err(format!("{error:#}"))])
        })
    }

    fn ask(&self, mut urls: Vec<String>) -> BoxFuture<'_, Vec<Answered>> {
        Box::pin(async move {
            let house = self.inner().house();
            for (digest, _) in &house.digests {
                links::leave_out_own(&mut urls, &house.postmark(digest).public_url);
            }
            match desk::fetcher(&house.config) {
                Ok(fetcher) => links::ask(&fetcher, urls).await,
                Err(error) => {
                    urls.into_iter().map(|url| Answered { url, end: Err(error.to_string()) }).collect()
                }
            }
        })
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.inner().changes.subscribe()
    }
}
