//! A line: one connection's place at the ways out, with the way that it uses now and its patience with each.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant as Moment;

use super::rack::Tray;
use super::ways::{Permit, WayOut};
use super::{PressError, Run};
use crate::deliver::Connection;
use crate::model::{EmailAddress, Instant, Reply, Step};

/// Where another way is at hand, one in trouble is left alone for longer.
const DETOUR: Duration = Duration::from_secs(60);
const LONGEST_DETOUR: Duration = Duration::from_secs(600);
/// After so many letters a connection gives its seat up, if another edition waits for one.
const TURN: u32 = 100;

/// Whether a letter can begin.
pub(super) enum Prepared {
    /// A connection is open, and it is the letter's turn.
    Ready,
    /// The relay is in trouble.
    Answered(Reply),
    /// The run was stopped before.
    Stopped,
}

/// One connection's view of the ways.
pub(super) struct Line<'a, 'w> {
    ways: &'w [WayOut<'a>],
    standings: Vec<Standing>,
    current: usize,
    open: Option<Open>,
}

/// An open connection and what it has carried.
struct Open {
    connection: Connection,
    _seat: Option<OwnedSemaphorePermit>,
    letters: u32,
    by_lane: HashMap<String, u32>,
}

/// One way, as this connection has met it.
#[derive(Default, Clone)]
struct Standing {
    /// Troubles with no letter between.
    troubles: usize,
    /// What the way had taken from everybody at the last of them.
    taken: usize,
    /// It is not tried before.
    rests_until: Option<Moment>,
    /// It has had its letters until then.
    sated_until: Option<Instant>,
}

impl Standing {
    fn awake(&self, now: Moment) -> bool {
        self.troubles < usize::MAX && self.rests_until.is_none_or(|until| until <= now)
    }
}

impl<'a, 'w> Line<'a, 'w> {
    pub(super) fn new(ways: &'w [WayOut<'a>]) -> Self {
        Self { ways, standings: vec![Standing::default(); ways.len()], current: 0, open: None }
    }

    fn out(&self) -> &'w WayOut<'a> {
        &self.ways[self.current]
    }

    pub(super) fn name(&self) -> &'a str {
        &self.out().way.name
    }

    pub(super) fn notice_key(&self) -> String {
        self.out().key()
    }

    /// The sentence of its notice; a reader whom the relay names is masked.
    pub(super) fn trouble(&self, reply: &Reply) -> String {
        let code = if reply.code == 0 { String::new() } else { format!("{} ", reply.code) };
        let mut text = reply.text.clone();
        for word in reply.text.split(|c: char| c.is_whitespace() || "<>()[],;:\"'".contains(c)) {
            if let Ok(address) = EmailAddress::parse(word) {
                text = text.replace(word, &address.masked());
            }
        }
        format!("{} is in trouble: {code}{text}", self.name())
    }

    /// True if the letter could begin now, without waiting for a connection or for the way's pace.
    pub(super) fn is_ready_for(&self, tray: &Tray) -> bool {
        let takes = self.open.as_ref().is_some_and(|open| open.connection.takes(&tray.letter));
        takes && self.first_way() == self.current && !self.is_full_for(tray) && !self.paced()
    }

    /// Sees to it that a letter can begin: by the first way that is not in trouble, when its pace allows.
    ///
    /// Whatever this waits for, the letter is not begun: it is opened in the ledger afterwards.
    pub(super) async fn prepare(
        &mut self,
        run: &Run<'_>,
        ended: &AtomicBool,
        tray: &Tray,
    ) -> Result<Prepared, PressError> {
        if self.is_ready_for(tray) {
            return Ok(Prepared::Ready);
        }
        let first = self.first_way();
        let taken = self.open.as_ref().is_none_or(|open| open.connection.takes(&tray.letter));
        if first != self.current || !taken || self.is_full_for(tray) {
            self.hang_up().await;
            self.current = first;
        }
        if let Some(not_now) = self.permit(run, ended).await? {
            return Ok(not_now);
        }
        if self.open.is_none() {
            let seat = self.out().seats.take().await;
            match self.out().way.carrier.connect().await {
                Ok(connection) => {
                    self.open = Some(Open { connection, _seat: seat, letters: 0, by_lane: HashMap::new() });
                }
                Err(reply) => return Ok(Prepared::Answered(reply)),
            }
        }
        Ok(Prepared::Ready)
    }

    /// Hands a letter over up to its final dot; `Err` is what was said instead of a go-ahead.
    pub(super) async fn begin(&mut self, tray: &Tray) -> Result<(), Reply> {
        let Some(open) = &mut self.open else { return Err(lost()) };
        let begun = open.connection.begin(&tray.letter).await;
        if begun.is_err() && !open.connection.usable() {
            self.open = None;
        }
        begun
    }

    /// Says the dot, and returns the answer.
    pub(super) async fn finish(&mut self, tray: &Tray, next: Option<&Tray>) -> Reply {
        let Some(open) = &mut self.open else { return lost() };
        let reply = open.connection.finish(&tray.letter, next.map(|tray| &tray.letter)).await;
        open.letters += 1;
        if tray.crowd.as_ref().is_some_and(|crowd| crowd.per_connection.is_some()) {
            *open.by_lane.entry(tray.lane().to_owned()).or_default() += 1;
        }
        if !open.connection.usable() {
            self.open = None;
        } else if !self.has_room() {
            self.hang_up().await;
        }
        reply
    }

    /// True if the connection may carry one more letter after this one, so that it may be announced.
    pub(super) fn has_room_for_another(&self, tray: &Tray) -> bool {
        let Some(open) = &self.open else { return false };
        let whole = !self.is_full(open.letters + 1);
        // Limits of a domain, or of the way's pace, are looked at letter by letter.
        whole && tray.crowd.as_ref().is_none_or(|crowd| crowd.per_connection.is_none()) && !self.paced()
    }

    fn paced(&self) -> bool {
        self.out().way.per_second.is_some() || self.out().way.warm_up.is_some()
    }

    fn has_room(&self) -> bool {
        let Some(open) = &self.open else { return true };
        !self.is_full(open.letters)
    }

    /// True if a domain has had its letters on this connection.
    fn is_full_for(&self, tray: &Tray) -> bool {
        let most = tray.crowd.as_ref().and_then(|crowd| crowd.per_connection);
        let carried = self.open.as_ref().and_then(|open| open.by_lane.get(tray.lane())).copied();
        most.zip(carried).is_some_and(|(most, carried)| carried >= most)
    }

    /// Waits for the way's pace; returns why the letter cannot go, if it cannot.
    async fn permit(&mut self, run: &Run<'_>, ended: &AtomicBool) -> Result<Option<Prepared>, PressError> {
        while !ended.load(Ordering::Acquire) {
            match self.out().permit(run.store, run.clock).await? {
                Permit::At(at) => {
                    return Ok((!wait_for(run, at, ended).await).then_some(Prepared::Stopped));
                }
                Permit::NotBefore(at) if at - run.clock.now() > chrono::TimeDelta::minutes(1) => {
                    self.standings[self.current].sated_until = Some(at);
                    let text = format!("{} has had its letters of the day", self.name());
                    let reply = Reply { step: Step::Connect, code: 0, enhanced: None, text };
                    return Ok(Some(Prepared::Answered(reply)));
                }
                Permit::NotBefore(at) => {
                    wait_for(run, at, ended).await;
                }
            }
        }
        Ok(Some(Prepared::Stopped))
    }

    /// Puts a way in trouble to rest and returns when this connection may go on; `None` if no way is worth another try.
    pub(super) fn rest(&mut self, pauses: &[Duration], reply: &Reply) -> Option<Moment> {
        let now = Moment::now();
        let others = self.standings.iter().enumerate().filter(|(place, _)| *place != self.current);
        let several = others.into_iter().any(|(_, s)| s.awake(now));
        let taken = self.out().taken.load(Ordering::Acquire);
        let standing = &mut self.standings[self.current];
        // While anybody gets letters through, the relay lives and only admits fewer than it is offered.
        let nobody = if standing.troubles == 0 { taken == 0 } else { standing.taken == taken };
        let dead = nobody && (standing.troubles >= pauses.len() || !worth_another_try(reply));
        standing.taken = taken;
        if dead || standing.sated_until.is_some() {
            standing.troubles = usize::MAX;
        }
        let pause = pauses.get(standing.troubles).or(pauses.last()).copied().unwrap_or_default();
        let doubled = 2_u32.saturating_pow(u32::try_from(standing.troubles).unwrap_or(u32::MAX).min(8));
        let pause = if several { (DETOUR * doubled).min(LONGEST_DETOUR) } else { pause };
        standing.rests_until = Some(Moment::now() + pause);
        standing.troubles = standing.troubles.saturating_add(1);
        if self.standings.iter().all(|standing| standing.troubles == usize::MAX) {
            return None;
        }
        self.standings
            .iter()
            .filter(|s| s.troubles < usize::MAX)
            .map(|s| s.rests_until.unwrap_or_else(Moment::now))
            .min()
    }

    /// When the first way that has had its letters of the day takes more.
    pub(super) fn sated_until(&self) -> Option<Instant> {
        self.standings.iter().filter_map(|standing| standing.sated_until).min()
    }

    /// True if the current way has had its letters of the day, which is no trouble.
    pub(super) fn is_sated(&self) -> bool {
        self.standings[self.current].sated_until.is_some()
    }

    /// Letters that the current way has taken from everybody in this run.
    pub(super) fn taken(&self) -> usize {
        self.out().taken.load(Ordering::Acquire)
    }

    /// The current way has answered a letter: its troubles are over.
    pub(super) fn well(&mut self) {
        self.standings[self.current] = Standing::default();
    }

    /// Counts a letter that was taken; true if the operator was, or by an earlier run may have been, told of trouble
    /// that is over now.
    pub(super) fn took_one(&self) -> bool {
        let first = self.out().took_one();
        self.out().noticed.swap(false, Ordering::AcqRel) || first
    }

    /// True for the first to tell of the current way's trouble.
    pub(super) fn first_told(&self) -> bool {
        !self.out().noticed.swap(true, Ordering::AcqRel)
    }

    /// The first way that does not rest, else the one that rests the shortest.
    fn first_way(&self) -> usize {
        let now = Moment::now();
        let awake = self.standings.iter().position(|standing| standing.awake(now));
        awake.unwrap_or_else(|| {
            let places = 0..self.standings.len();
            places.min_by_key(|place| self.standings[*place].rests_until).unwrap_or(self.current)
        })
    }

    /// Waits for what comes next, and meanwhile gives the connection's seat up as soon as another edition waits for one.
    pub(super) async fn idle<T>(&mut self, next: impl Future<Output = T>) -> T {
        tokio::pin!(next);
        if self.open.is_some() {
            tokio::select! {
                biased;
                next = &mut next => return next,
                () = self.out().seats.until_wanted() => self.hang_up().await,
            }
        }
        next.await
    }

    /// True if a connection that has carried so many letters carries no more.
    fn is_full(&self, carried: u32) -> bool {
        let most = self.out().way.letters_per_connection;
        most.is_some_and(|most| carried >= most) || (carried >= TURN && self.out().seats.wanted())
    }

    /// Drops the connection without a word: inside a letter a goodbye would be part of it.
    pub(super) fn drop_it(&mut self) {
        self.open = None;
    }

    /// Says goodbye.
    pub(super) async fn hang_up(&mut self) {
        if let Some(open) = self.open.take() {
            open.connection.close().await;
        }
    }
}

fn lost() -> Reply {
    let text = "the connection was lost before the final dot".to_owned();
    Reply { step: Step::Content, code: 0, enhanced: None, text }
}

/// In small steps, so that a stop is heard and a clock that is turned is seen; false if it was stopped.
async fn wait_for(run: &Run<'_>, at: Instant, ended: &AtomicBool) -> bool {
    while run.clock.now() < at && !ended.load(Ordering::Acquire) {
        let left = (at - run.clock.now()).to_std().unwrap_or_default();
        tokio::time::sleep(left.clamp(Duration::from_millis(1), Duration::from_millis(100))).await;
    }
    !ended.load(Ordering::Acquire)
}

/// A refused password is refused again; a dropped connection may have been chance.
fn worth_another_try(reply: &Reply) -> bool {
    match reply.step {
        Step::Auth | Step::Sender => reply.code < 500,
        Step::Connect | Step::Greeting | Step::Tls | Step::Recipient | Step::Content | Step::FinalDot => true,
    }
}
