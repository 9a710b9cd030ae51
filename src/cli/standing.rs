//! The standing orders, as the configuration has them.

use super::Desk;
use crate::model::{Digest, Instant, Name};
use crate::press::{Orders, Pictures, Postmark, Publisher};
use crate::render::Theme;
use crate::store::Terms;

/// The digests that have a timetable, with the desk that knows the rest.
pub(super) struct Standing<'a> {
    desk: &'a Desk,
    digests: Vec<Digest>,
    publisher: Publisher,
    pictures: Option<Pictures>,
    /// Hears of each digest that is looked at; false for no more.
    watch: Box<dyn Fn() -> bool + 'a>,
}

impl<'a> Standing<'a> {
    pub(super) fn new(desk: &'a Desk, watch: impl Fn() -> bool + 'a) -> anyhow::Result<Self> {
        let digests = desk.config.digests().into_iter().filter(|digest| digest.timetable.is_some());
        let (digests, publisher, pictures) = (digests.collect(), desk.publisher()?, desk.pictures()?);
        Ok(Self { desk, digests, publisher, pictures, watch: Box::new(watch) })
    }
}

impl Orders for Standing<'_> {
    fn digests(&self) -> &[Digest] {
        &self.digests
    }

    fn theme(&self, digest: &Digest) -> Result<Theme, String> {
        self.desk.theme(digest).map_err(|error| error.to_string())
    }

    fn postmark(&self, digest: &Digest) -> Postmark {
        self.desk.postmark(digest)
    }

    fn terms(&self, digest: &Digest, next: Option<Instant>, now: Instant) -> Terms {
        self.desk.terms(digest, next, now)
    }

    fn publisher(&self) -> &Publisher {
        &self.publisher
    }

    fn welcoming(&self) -> Vec<Name> {
        let lists = self.desk.config.lists.iter().filter(|(_, keys)| keys.welcome);
        lists.map(|(name, _)| name.clone()).collect()
    }

    fn pictures(&self) -> Option<&Pictures> {
        self.pictures.as_ref()
    }

    fn goes_on(&self) -> bool {
        (self.watch)()
    }
}
