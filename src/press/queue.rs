//! The queue of sources that were claimed and wait for their poll: those of a busy host wait apart.

use std::collections::{HashMap, VecDeque};

use crate::model::Source;

/// No more sources are claimed while so many wait for their hosts.
const MOST_APART: usize = 1024;

/// Sources that wait, oldest first; sources of one host are given out so many at a time.
pub(super) struct Queue {
    ready: VecDeque<Source>,
    hosts: HashMap<String, Host>,
    apart: usize,
    per_host: usize,
}

#[derive(Default)]
struct Host {
    under_way: usize,
    waiting: VecDeque<Source>,
}

impl Queue {
    pub(super) fn new(per_host: usize) -> Self {
        Self { ready: VecDeque::new(), hosts: HashMap::new(), apart: 0, per_host: per_host.max(1) }
    }

    pub(super) fn extend(&mut self, sources: Vec<Source>) {
        self.ready.extend(sources);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ready.is_empty() && self.apart == 0
    }

    /// True if fewer than `enough` can be given out.
    pub(super) fn wants(&self, enough: usize) -> bool {
        self.ready.len() < enough && self.apart < MOST_APART
    }

    /// Forgets those that wait.
    pub(super) fn clear(&mut self) {
        self.ready.clear();
        self.hosts.values_mut().for_each(|host| host.waiting.clear());
        self.apart = 0;
    }

    /// Gives out a source whose host is not busy.
    pub(super) fn next(&mut self) -> Option<Source> {
        while let Some(source) = self.ready.pop_front() {
            let host = self.hosts.entry(host(&source)).or_default();
            if host.under_way < self.per_host {
                host.under_way += 1;
                return Some(source);
            }
            host.waiting.push_back(source);
            self.apart += 1;
        }
        None
    }

    /// Learns that the poll of a source has ended, so that the next one of its host may begin.
    pub(super) fn ended(&mut self, source: &Source) {
        let name = host(source);
        let Some(host) = self.hosts.get_mut(&name) else { return };
        host.under_way = host.under_way.saturating_sub(1);
        if let Some(next) = host.waiting.pop_front() {
            self.apart -= 1;
            self.ready.push_front(next);
        } else if host.under_way == 0 {
            self.hosts.remove(&name);
        }
    }
}

fn host(source: &Source) -> String {
    source.url.host_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Health, Manner, Name, SourceId, SourceOrigin, Validators};

    fn source(id: i64, host: &str) -> Source {
        Source {
            id: SourceId(id),
            name: Name::parse(&format!("s{id}")).unwrap(),
            url: format!("https://{host}/{id}").parse().unwrap(),
            title: None,
            site: None,
            topics: Vec::new(),
            origin: SourceOrigin::Config,
            validators: Validators::default(),
            every: None,
            manner: Manner::default(),
            rest: None,
            next_poll: None,
            not_before: None,
            wish: crate::model::Wish::default(),
            again_at: None,
            pushed_until: None,
            health: Health::default(),
        }
    }

    fn given(queue: &mut Queue) -> Vec<i64> {
        std::iter::from_fn(|| queue.next()).map(|source| source.id.0).collect()
    }

    #[test]
    fn a_busy_host_holds_up_nobody_but_its_own() {
        let mut queue = Queue::new(2);
        queue.extend((0..5).map(|id| source(id, "busy.example")).collect());
        queue.extend(vec![source(7, "a.example"), source(8, "b.example")]);
        assert_eq!(given(&mut queue), [0, 1, 7, 8]);
        assert!(!queue.is_empty() && queue.wants(1));
        queue.ended(&source(1, "busy.example"));
        queue.ended(&source(7, "a.example"));
        queue.extend(vec![source(9, "a.example")]);
        assert_eq!(given(&mut queue), [2, 9], "who waits for a host goes before who comes");
        for (ended, next) in [(0, 3), (2, 4)] {
            queue.ended(&source(ended, "busy.example"));
            assert_eq!(given(&mut queue), [next]);
        }
        assert!(queue.is_empty());
    }

    #[test]
    fn no_more_is_wanted_for_a_host_that_a_thousand_wait_for() {
        let mut queue = Queue::new(1);
        queue.extend((0..=1024).map(|id| source(id, "busy.example")).collect());
        assert_eq!(given(&mut queue), [0]);
        assert!(!queue.wants(16));
        queue.clear();
        assert!(queue.is_empty() && queue.wants(16));
        queue.ended(&source(0, "busy.example"));
        assert!(queue.next().is_none());
    }
}
