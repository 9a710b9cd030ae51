//! What looks at the pictures of editions, as the configuration wants it.

use super::Desk;
use crate::press::Pictures;

impl Desk {
    /// What looks at the pictures of editions; `None` if the configuration wants nobody to.
    pub(super) fn pictures(&self) -> anyhow::Result<Option<Pictures>> {
        if !self.config.collect.pictures {
            return Ok(None);
        }
        Ok(Some(Pictures::new(self.store.clone(), self.fetcher()?, self.clock.clone())))
    }
}
