//! What looks at the pictures of editions, as the configuration wants it.

use super::Desk;
use crate::config;
use crate::press::Pictures;

impl Desk {
    /// What looks at the pictures of editions; `None` if the configuration wants nobody to.
    pub(super) fn pictures(&self) -> anyhow::Result<Option<Pictures>> {
        if !self.config.collect.pictures {
            return Ok(None);
        }
        let pictures = Pictures::new(self.store.clone(), self.fetcher()?, self.clock.clone());
        Ok(Some(match self.config.web.pictures {
            config::Pictures::Link => pictures,
            config::Pictures::Copy => pictures.with_copies(),
        }))
    }
}
