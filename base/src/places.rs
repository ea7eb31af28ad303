//! Places for what others hold open here: a bound in all, and a share for each source.
//!
//! A full house turns nobody away who comes in good faith: whoever comes gets the place of the one
//! that has kept us waiting longest, above all of a source that is over its share. Only what is
//! being worked for keeps its place; each holder says which of the two it is ([`Place::waits`]).
//! So it helps nobody to take many places and do nothing with them: they are the first to go.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// How many may be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// In all.
    pub most: usize,
    /// Of one source.
    pub share: usize,
}

/// Whose places are counted together; `None`: of someone who has no share, such as a reverse
/// proxy, behind which there are many.
pub type Source = Option<IpAddr>;

/// Since when a place keeps us waiting; the number tells equal times apart.
type Wait = (Instant, u64);

/// Which limit left no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The source's share.
    Share,
    /// The number in all.
    All,
}

impl Limit {
    /// The word for figures.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::All => "all",
        }
    }
}

/// A network of one household or campus: an IPv4 address, or the /64 of an IPv6 one.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(four) => IpAddr::V4(four),
        IpAddr::V6(six) => {
            let [a, b, c, d, ..] = six.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
    }
}

/// The places; clones are the same ones.
#[derive(Debug, Clone)]
pub struct Places(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    limits: Limits,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    held: usize,
    next: u64,
    sources: BTreeMap<Source, Share>,
    /// Sources with places that may be taken away, by how many they have of them.
    yielding: BTreeSet<(usize, Source)>,
}

#[derive(Debug, Default)]
struct Share {
    held: usize,
    yielding: BTreeMap<Wait, CancellationToken>,
}

/// A place; given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    places: Places,
    source: Source,
    lost: CancellationToken,
    /// Under which it may be taken away; if the table has it no longer, it was.
    wait: Option<Wait>,
}

/// A new place.
#[derive(Debug)]
pub struct Taken {
    /// The place.
    pub place: Place,
    /// Someone else lost his for it, by this limit.
    pub displaced: Option<Limit>,
}

impl Places {
    /// All of them free.
    pub fn new(limits: Limits) -> Self {
        Self(Arc::new(Inner {
            limits,
            table: Mutex::default(),
        }))
    }

    /// A place whose holder keeps us waiting from now on, until it says otherwise.
    ///
    /// # Errors
    /// The limit that is hit, if everyone who counts under it is being worked for.
    pub fn take(&self, source: Source, now: Instant) -> Result<Taken, Limit> {
        let mut table = self.lock();
        let displaced = self.make_room(&mut table, source)?;
        table.held += 1;
        table.sources.entry(source).or_default().held += 1;
        let lost = CancellationToken::new();
        let wait = Some(table.offer(source, now, lost.clone()));
        drop(table);
        let place = Place {
            places: self.clone(),
            source,
            lost,
            wait,
        };
        Ok(Taken { place, displaced })
    }

    /// Takes a place away from the one that can best do without it; false: everyone is being
    /// worked for.
    pub fn displace(&self) -> bool {
        self.lock().displace_any()
    }

    /// How many are held.
    pub fn held(&self) -> usize {
        self.lock().held
    }

    fn make_room(&self, table: &mut Table, source: Source) -> Result<Option<Limit>, Limit> {
        let Limits { most, share } = self.0.limits;
        let own = table.sources.get(&source).map_or(0, |own| own.held);
        let (limit, made) = if source.is_some() && own >= share {
            (Limit::Share, table.displace(source))
        } else if table.held >= most {
            (Limit::All, table.displace_any())
        } else {
            return Ok(None);
        };
        made.then_some(Some(limit)).ok_or(limit)
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        let table = self.0.table.lock();
        table.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Lets a place be taken away from now on.
    fn offer(&mut self, source: Source, since: Instant, lost: CancellationToken) -> Wait {
        let wait = (since, self.next);
        self.next += 1;
        self.change(source, |share| share.yielding.insert(wait, lost));
        wait
    }

    /// No longer; false: it was taken away before.
    fn withdraw(&mut self, source: Source, wait: Wait) -> bool {
        // Whoever lost his last place has no share any more, and gets none by asking.
        self.sources.contains_key(&source)
            && self
                .change(source, |share| share.yielding.remove(&wait))
                .is_some()
    }

    fn displace_any(&mut self) -> bool {
        match self.yielding.last() {
            Some((_, source)) => self.displace(*source),
            None => false,
        }
    }

    fn displace(&mut self, source: Source) -> bool {
        let Some((_, lost)) = self.change(source, |share| share.yielding.pop_first()) else {
            return false;
        };
        lost.cancel();
        self.free(source);
        true
    }

    fn free(&mut self, source: Source) {
        self.held -= 1;
        if let Some(share) = self.sources.get_mut(&source) {
            share.held -= 1;
            if share.held == 0 {
                self.sources.remove(&source);
            }
        }
    }

    /// Changes what a source has to give away, and its standing among the others with it.
    fn change<T>(&mut self, source: Source, change: impl FnOnce(&mut Share) -> T) -> T {
        let share = self.sources.entry(source).or_default();
        let before = share.yielding.len();
        let changed = change(share);
        let after = share.yielding.len();
        self.yielding.remove(&(before, source));
        if after > 0 {
            self.yielding.insert((after, source));
        }
        changed
    }
}

impl Place {
    /// Says since when the holder keeps us waiting, so that it may lose the place; `None`: it is
    /// being worked for. False: it was taken away before.
    pub fn waits(&mut self, since: Option<Instant>) -> bool {
        let mut table = self.places.lock();
        if let Some(wait) = self.wait
            && !table.withdraw(self.source, wait)
        {
            return false;
        }
        self.wait = since.map(|since| table.offer(self.source, since, self.lost.clone()));
        true
    }

    /// Ends when the place was taken away.
    pub fn lost(&self) -> WaitForCancellationFutureOwned {
        self.lost.clone().cancelled_owned()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.places.lock();
        let kept = self
            .wait
            .is_none_or(|wait| table.withdraw(self.source, wait));
        if kept {
            table.free(self.source);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { most: 4, share: 2 };

    fn source(last: u8) -> Source {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    fn is_lost(place: &Place) -> bool {
        place.lost.is_cancelled()
    }

    fn taken(places: &Places, last: u8) -> Place {
        places.take(source(last), Instant::now()).unwrap().place
    }

    #[test]
    fn over_its_share_a_source_loses_its_own_place_that_waits_longest() {
        let places = Places::new(LIMITS);
        let other = taken(&places, 9);
        let mut worked_for = taken(&places, 1);
        assert!(worked_for.waits(None));
        let waiting = taken(&places, 1);
        let third = places.take(source(1), Instant::now()).unwrap();
        assert_eq!(third.displaced, Some(Limit::Share));
        assert!(is_lost(&waiting) && !is_lost(&worked_for) && !is_lost(&other));
        assert_eq!(places.held(), 3);
        drop(waiting);
        assert_eq!(places.held(), 3, "it was given back when it was lost");
    }

    #[test]
    fn what_is_worked_for_is_never_lost() {
        let places = Places::new(LIMITS);
        let mut held: Vec<_> = [1, 1, 2, 2].map(|last| taken(&places, last)).into();
        held.iter_mut().for_each(|place| assert!(place.waits(None)));
        assert_eq!(
            places.take(source(1), Instant::now()).unwrap_err(),
            Limit::Share
        );
        assert_eq!(
            places.take(source(3), Instant::now()).unwrap_err(),
            Limit::All
        );
        assert!(!places.displace());
        held.pop();
        assert!(
            places
                .take(source(3), Instant::now())
                .unwrap()
                .displaced
                .is_none()
        );
    }

    #[test]
    fn a_full_house_takes_from_the_source_that_has_most_to_give() {
        let places = Places::new(Limits { most: 4, share: 4 });
        let alone = taken(&places, 1);
        let many: Vec<_> = (0..3).map(|_| taken(&places, 2)).collect();
        let newcomer = places.take(source(3), Instant::now()).unwrap();
        assert_eq!(newcomer.displaced, Some(Limit::All));
        assert!(is_lost(&many[0]) && !is_lost(&alone) && !is_lost(&many[1]));
    }

    #[test]
    fn who_was_worked_for_lately_goes_after_who_only_waits() {
        let places = Places::new(Limits { most: 9, share: 2 });
        let mut upload = taken(&places, 1);
        let idle = taken(&places, 1);
        assert!(upload.waits(None) && upload.waits(Some(Instant::now())));
        drop(places.take(source(1), Instant::now()).unwrap());
        assert!(is_lost(&idle) && !is_lost(&upload));
    }

    #[test]
    fn who_lost_a_place_learns_it_when_it_is_to_be_worked_for() {
        let places = Places::new(Limits { most: 1, share: 1 });
        let mut first = taken(&places, 1);
        let second = taken(&places, 2);
        assert!(!first.waits(None) && !first.waits(Some(Instant::now())));
        drop(first);
        assert_eq!(places.held(), 1);
        drop(second);
        assert_eq!(places.held(), 0);
        assert!(places.lock().sources.is_empty() && places.lock().yielding.is_empty());
    }

    #[test]
    fn a_proxy_has_no_share() {
        let places = Places::new(LIMITS);
        let held: Vec<_> = (0..4)
            .map(|_| places.take(None, Instant::now()).unwrap())
            .collect();
        assert!(held.iter().all(|taken| taken.displaced.is_none()));
        let fifth = places.take(None, Instant::now()).unwrap();
        assert_eq!(fifth.displaced, Some(Limit::All));
    }

    #[test]
    fn an_ipv6_network_is_one_source() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
