//! How much someone may do in a while: a count for each key that begins anew when its window is
//! over.
//!
//! Kept in memory: a restart forgives. What must not be forgiven is also limited by the database.
//! The number of keys is bounded. A key that comes when the table is full makes room for itself:
//! windows that are over go first, then the one that began first, which costs its key nothing but
//! the count so far. So nobody is kept out because many others were here, and nobody is let
//! through uncounted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use prometheus::{IntCounter, IntCounterVec, Opts, Registry};

/// Keys that one limit remembers.
const KEYS: usize = 65_536;
/// Windows that are over and go when a new one begins: more than one, so that a table that was
/// full once becomes small again.
const TIDIED: usize = 2;

/// Counters of all limits by window; clones share them.
#[derive(Debug, Clone)]
pub struct WindowMetrics {
    /// Times that a limit was hit, by limit.
    hit: IntCounterVec,
    /// Windows that were forgotten while they ran, by limit.
    forgotten: IntCounterVec,
}

impl WindowMetrics {
    /// Makes them and registers them.
    ///
    /// # Errors
    /// A name is registered already.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let counters = |name: &str, help: &str| {
            let counters = IntCounterVec::new(Opts::new(name, help), &["limit"])?;
            registry.register(Box::new(counters.clone()))?;
            Ok::<_, prometheus::Error>(counters)
        };
        Ok(Self {
            hit: counters(
                "pinhui_window_limits_hit_total",
                "Times that a limit by window left no room, by limit.",
            )?,
            forgotten: counters(
                "pinhui_windows_forgotten_total",
                "Windows forgotten before their end because the table was full, by limit.",
            )?,
        })
    }
}

/// What a limit allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Its name in figures.
    pub name: &'static str,
    /// Most that a key may count in one window.
    pub most: u64,
    /// Length of a window, ms.
    pub length_ms: i64,
}

/// The windows of one limit. All calls are short, and several at one moment find no more room
/// than one after the other.
#[derive(Debug)]
pub struct Windows<K> {
    limit: Limit,
    hit: IntCounter,
    forgotten: IntCounter,
    table: Mutex<Table<K>>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    began_ms: i64,
    count: u64,
}

#[derive(Debug)]
struct Table<K> {
    windows: BTreeMap<K, Window>,
    /// The same keys by the beginning of their windows: the first to go comes first.
    by_beginning: BTreeSet<(i64, K)>,
}

impl<K: Ord + Clone> Windows<K> {
    /// Windows of `limit`, none of them begun.
    pub fn new(limit: Limit, metrics: &WindowMetrics) -> Self {
        Self {
            limit,
            hit: metrics.hit.with_label_values(&[limit.name]),
            forgotten: metrics.forgotten.with_label_values(&[limit.name]),
            table: Mutex::new(Table {
                windows: BTreeMap::new(),
                by_beginning: BTreeSet::new(),
            }),
        }
    }

    /// Is there room for at least one more? Nothing is counted.
    ///
    /// # Errors
    /// The limit is hit: seconds until there is room again.
    pub fn check(&self, key: &K, now_ms: i64) -> Result<(), u64> {
        self.room(&self.lock(), key, 1, now_ms)
    }

    /// Counts `n`, whether or not there is room.
    pub fn count(&self, key: &K, n: u64, now_ms: i64) {
        self.add(&mut self.lock(), key, n, now_ms);
    }

    /// Counts `n` if there is room for all of it, before it is known how it ends.
    /// [`Windows::give_back`] undoes it.
    ///
    /// # Errors
    /// The limit is hit: seconds until there is room again. Nothing was counted.
    pub fn reserve(&self, key: &K, n: u64, now_ms: i64) -> Result<(), u64> {
        let mut table = self.lock();
        self.room(&table, key, n, now_ms)?;
        self.add(&mut table, key, n, now_ms);
        Ok(())
    }

    /// `n` of what was reserved did not count after all.
    pub fn give_back(&self, key: &K, n: u64) {
        if let Some(window) = self.lock().windows.get_mut(key) {
            window.count = window.count.saturating_sub(n);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table<K>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self, began_ms: i64, now_ms: i64) -> bool {
        now_ms - began_ms >= self.limit.length_ms
    }

    fn room(&self, table: &Table<K>, key: &K, n: u64, now_ms: i64) -> Result<(), u64> {
        let running = table.windows.get(key).copied();
        let running = running.filter(|window| !self.is_over(window.began_ms, now_ms));
        let (began_ms, count) = running.map_or((now_ms, 0), |it| (it.began_ms, it.count));
        if count.saturating_add(n) <= self.limit.most {
            return Ok(());
        }
        self.hit.inc();
        let left_ms = began_ms + self.limit.length_ms - now_ms;
        Err(left_ms.unsigned_abs().div_ceil(1000))
    }

    fn add(&self, table: &mut Table<K>, key: &K, n: u64, now_ms: i64) {
        if let Some(window) = table.windows.get_mut(key) {
            if !self.is_over(window.began_ms, now_ms) {
                window.count = window.count.saturating_add(n);
                return;
            }
            let began_ms = window.began_ms;
            table.by_beginning.remove(&(began_ms, key.clone()));
        } else {
            self.make_room(table, now_ms);
        }
        let fresh = Window {
            began_ms: now_ms,
            count: n,
        };
        table.windows.insert(key.clone(), fresh);
        table.by_beginning.insert((now_ms, key.clone()));
    }

    /// Makes room for one more key.
    fn make_room(&self, table: &mut Table<K>, now_ms: i64) {
        for _ in 0..TIDIED {
            let first = table.by_beginning.first();
            if first.is_none_or(|(began_ms, _)| !self.is_over(*began_ms, now_ms)) {
                break;
            }
            table.forget_first();
        }
        if table.windows.len() >= KEYS {
            table.forget_first();
            self.forgotten.inc();
        }
    }
}

impl<K: Ord> Table<K> {
    fn forget_first(&mut self) {
        if let Some((_, key)) = self.by_beginning.pop_first() {
            self.windows.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH_MS: i64 = 600_000;

    fn windows(most: u64) -> Windows<usize> {
        let limit = Limit {
            name: "tries",
            most,
            length_ms: LENGTH_MS,
        };
        Windows::new(limit, &WindowMetrics::new(&Registry::new()).unwrap())
    }

    #[test]
    fn a_key_waits_for_its_window_to_end() {
        let windows = windows(2);
        windows.count(&1, 1, 0);
        assert_eq!(windows.check(&1, 1), Ok(()));
        windows.count(&1, 1, 1_000);
        assert_eq!(windows.check(&1, 1_000), Err(599));
        assert_eq!(windows.check(&2, 1_000), Ok(()));
        assert_eq!(windows.check(&1, LENGTH_MS), Ok(()));
        assert_eq!(windows.hit.get(), 1);
    }

    #[test]
    fn what_is_reserved_counts_until_it_is_given_back() {
        let windows = windows(2);
        assert_eq!(windows.reserve(&1, 1, 0), Ok(()));
        assert_eq!(windows.reserve(&1, 1, 0), Ok(()));
        assert_eq!(windows.reserve(&1, 1, 1_000), Err(599));
        windows.give_back(&1, 1);
        assert_eq!(windows.reserve(&1, 1, 1_000), Ok(()));
        assert_eq!(windows.reserve(&1, 1, 1_000), Err(599));
        assert_eq!(windows.reserve(&1, 1, LENGTH_MS), Ok(()));
    }

    #[test]
    fn what_does_not_fit_whole_is_not_counted_in_part() {
        let windows = windows(10);
        assert_eq!(windows.reserve(&1, 7, 0), Ok(()));
        assert_eq!(windows.reserve(&1, 4, 0), Err(600));
        assert_eq!(windows.reserve(&1, 3, 0), Ok(()));
        assert_eq!(windows.reserve(&2, 11, 0), Err(600), "it never fits");
        windows.count(&1, u64::MAX, 0);
        windows.give_back(&1, u64::MAX);
        assert_eq!(windows.check(&1, 0), Ok(()));
    }

    #[test]
    fn a_full_table_forgets_the_oldest_and_counts_the_newest() {
        let windows = windows(1);
        for key in 0..=KEYS {
            windows.count(&key, 1, i64::from(key > 0));
        }
        assert_eq!(windows.check(&0, 1), Ok(()), "forgotten");
        assert!(windows.check(&KEYS, 1).is_err(), "counted");
        assert_eq!(windows.forgotten.get(), 1);
        assert_eq!(windows.lock().windows.len(), KEYS);
    }

    #[test]
    fn windows_that_are_over_go_before_those_that_run() {
        let windows = windows(1);
        for key in 0..KEYS {
            windows.count(&key, 1, i64::from(key >= KEYS / 2) * 10);
        }
        for key in KEYS..KEYS + KEYS / 4 {
            windows.count(&key, 1, LENGTH_MS + 5);
        }
        assert_eq!(windows.forgotten.get(), 0);
        assert!(windows.check(&(KEYS / 2), LENGTH_MS + 5).is_err(), "runs");
        let table = windows.lock();
        assert_eq!(table.windows.len(), KEYS - KEYS / 4, "it shrinks");
        assert_eq!(table.windows.len(), table.by_beginning.len());
    }
}
