//! What is done in the studio: hands that are tried out and kept, and test copies.

use anyhow::Context as _;

use super::house::House;
use super::studio::{Inner, locked};
use super::{posting, send};
use crate::model::{Editing, EmailAddress};
use crate::press;
use crate::web::{Edit, Wish};

impl Inner {
    pub(super) async fn edit(&self, wish: &Wish, edit: Edit) -> anyhow::Result<String> {
        let house = self.house();
        let (digest, _) = self.chosen(&house, wish)?;
        let now = self.clock.now();
        let (mut editing, _) = self.editing(&house, digest, now).await?;
        let mut tried = true;
        let said = match edit {
            Edit::Decide(article, hand) => {
                editing.decide(article, hand);
                ""
            }
            Edit::Intro(intro) => {
                editing.intro = intro.filter(|intro| *intro != digest.intro);
                ""
            }
            Edit::Keep => {
                let Some(desk) = &house.desk else { anyhow::bail!("without a store nothing can be kept") };
                self.try_out(&house, wish, &editing).await?;
                desk.store.keep_editing(&digest.name, &editing, now).await?;
                tried = false;
                "Kept: the next edition is made with it."
            }
            Edit::Undo => {
                tried = false;
                "Undone."
            }
        };
        if tried {
            locked(&self.tried).insert(digest.name.clone(), editing);
        } else {
            locked(&self.tried).remove(&digest.name);
        }
        self.tell();
        Ok(said.to_owned())
    }

    /// Makes the next edition of it, so that nothing is kept that would make it impossible.
    async fn try_out(&self, house: &House, wish: &Wish, editing: &Editing) -> anyhow::Result<()> {
        let next = Wish { edition: None, ..wish.clone() };
        if let Some(seen) = self.seen(house, &next, &mut Vec::new()).await {
            self.made(house, &next, &seen, editing).await.context("it cannot be kept")?;
        }
        Ok(())
    }

    pub(super) async fn send(
        &self,
        wish: &Wish,
        to: &[EmailAddress],
    ) -> anyhow::Result<Vec<Result<String, String>>> {
        let house = self.house();
        let Some(desk) = &house.desk else { anyhow::bail!("without a configuration nobody carries it") };
        let mut mistakes = Vec::new();
        let seen = self.seen(&house, wish, &mut mistakes).await;
        let Some(seen) = seen.filter(|_| mistakes.is_empty()) else {
            anyhow::bail!("{}", mistakes.join("; "))
        };
        let (tried, _) = self.editing(&house, &seen.digest, seen.now).await?;
        let made = self.made(&house, wish, &seen, &tried).await?;
        let message = made.message.map_err(|nothing| anyhow::anyhow!("{nothing}"))?;
        let ways = desk.ways()?;
        let mut said = Vec::with_capacity(to.len());
        for address in to {
            let letter =
                press::sample_letter(&made.postmark, &made.list, &message, address, self.clock.now())?;
            let reply = send::test_copy(ways.first(), &letter).await;
            said.push(if reply.accepted() {
                Ok(format!(
                    "A test copy for {address} went to {}; it consumed nothing.",
                    desk.carrier_label()
                ))
            } else {
                Err(format!("{address}: {}", posting::relay_said(&reply)))
            });
        }
        Ok(said)
    }
}
