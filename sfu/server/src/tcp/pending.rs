//! The places of connections that have not yet said for whom they are.
//!
//! An honest one says it within a round trip, so the oldest are worth the least. One source gets
//! half of the places, which is enough for a campus behind one address; when all are taken, the
//! source with the most of them loses its oldest. So nobody keeps others out, not even those of its
//! own address, except by as many new connections per round trip as a source has places.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Where connections come from: an IPv4 address, or an IPv6 /64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source(u128);

impl Source {
    /// The source of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(ip) => Self(u128::from(u32::from(ip))),
            IpAddr::V6(ip) => Self(u128::from(ip) >> 64 | 1 << 127),
        }
    }
}

/// Whose place a new connection took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evicted {
    /// The oldest of the same source, which has its share.
    OwnShare,
    /// The oldest of the source with the most places, since all were taken.
    Greediest,
}

/// The connections of one source, the oldest first; each hears of its eviction.
type Waiting = VecDeque<(u64, oneshot::Sender<()>)>;

#[derive(Default)]
struct State {
    last: u64,
    count: usize,
    sources: BTreeMap<Source, Waiting>,
    by_size: BTreeSet<(usize, Source)>,
}

/// All places.
pub struct Pending {
    state: Mutex<State>,
    most: usize,
    share: usize,
}

/// One connection's place, until it is dropped.
pub struct Place {
    pending: Arc<Pending>,
    source: Source,
    number: u64,
    evicted: oneshot::Receiver<()>,
}

impl Place {
    /// Waits until the place is taken away.
    pub async fn evicted(&mut self) {
        // Nothing is ever sent: the other end is dropped.
        let _ = (&mut self.evicted).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.pending.state();
        let waiting = state.sources.get(&self.source);
        // The numbers of a source only grow.
        let at = waiting.and_then(|all| all.binary_search_by_key(&self.number, |(n, _)| *n).ok());
        if let Some(at) = at {
            state.change(self.source, |waiting| waiting.remove(at));
        }
    }
}

impl State {
    /// Changes the connections of one source and keeps the counts right.
    fn change<T>(&mut self, source: Source, change: impl FnOnce(&mut Waiting) -> T) -> T {
        let waiting = self.sources.entry(source).or_default();
        let before = waiting.len();
        let result = change(waiting);
        let after = waiting.len();
        if after == 0 {
            self.sources.remove(&source);
        }
        self.by_size.remove(&(before, source));
        if after > 0 {
            self.by_size.insert((after, source));
        }
        self.count = self.count + after - before;
        result
    }
}

impl Pending {
    /// So many places.
    #[must_use]
    pub fn new(most: usize) -> Self {
        let most = most.max(1);
        Self {
            state: Mutex::default(),
            most,
            share: most.div_ceil(2),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a new connection, and whether another one lost its own for that.
    pub fn admit(this: &Arc<Self>, source: Source) -> (Place, Option<Evicted>) {
        let mut state = this.state();
        let own = state.sources.get(&source).map_or(0, VecDeque::len);
        let evicted = if own >= this.share {
            Some((Evicted::OwnShare, source))
        } else if state.count >= this.most {
            let greediest = state.by_size.last().map(|(_, source)| *source);
            Some((Evicted::Greediest, greediest.unwrap_or(source)))
        } else {
            None
        };
        if let Some((_, from)) = evicted {
            // Its task ends by that.
            drop(state.change(from, VecDeque::pop_front));
        }
        state.last += 1;
        let number = state.last;
        let (keep, evicted_one) = oneshot::channel();
        state.change(source, |waiting| waiting.push_back((number, keep)));
        let place = Place {
            pending: Arc::clone(this),
            source,
            number,
            evicted: evicted_one,
        };
        (place, evicted.map(|(kind, _)| kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(n: u8) -> Source {
        Source::of(IpAddr::from([192, 0, 2, n]))
    }

    fn is_evicted(place: &mut Place) -> bool {
        place.evicted.try_recv() != Err(oneshot::error::TryRecvError::Empty)
    }

    #[test]
    fn a_source_beyond_its_share_loses_its_own_oldest() {
        let pending = Arc::new(Pending::new(8));
        let (mut other, _) = Pending::admit(&pending, source(1));
        let mut greedy: Vec<_> = (0..50)
            .map(|_| Pending::admit(&pending, source(2)))
            .collect();
        let evictions = greedy.iter().filter(|(_, e)| *e == Some(Evicted::OwnShare));
        assert_eq!(evictions.count(), 46);
        assert!(!is_evicted(&mut other));
        let left: Vec<bool> = greedy.iter_mut().map(|(p, _)| is_evicted(p)).collect();
        assert_eq!(left.iter().position(|evicted| !evicted), Some(46));
        drop(greedy);
        assert_eq!(pending.state().count, 1);
    }

    #[test]
    fn when_all_places_are_taken_the_greediest_source_loses_its_oldest() {
        let pending = Arc::new(Pending::new(8));
        let mut first: Vec<_> = (0..4)
            .map(|_| Pending::admit(&pending, source(1)).0)
            .collect();
        let mut singles: Vec<_> = (2..6)
            .map(|n| Pending::admit(&pending, source(n)).0)
            .collect();
        for (at, n) in (10..13).enumerate() {
            let (place, evicted) = Pending::admit(&pending, source(n));
            assert_eq!(evicted, Some(Evicted::Greediest));
            assert!(is_evicted(&mut first[at]));
            singles.push(place);
        }
        assert!(!singles.iter_mut().any(is_evicted));
        drop((first, singles));
        let state = pending.state();
        assert_eq!(
            (state.count, state.sources.len(), state.by_size.len()),
            (0, 0, 0)
        );
    }

    #[test]
    fn one_ipv6_customer_is_one_source() {
        let of = |text: &str| Source::of(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
