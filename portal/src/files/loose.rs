//! How many bytes may lie loose: uploaded, and not yet part of anything.
//!
//! An account has a limit of its own, and the database is asked for each of its uploads. People
//! who are not signed in share one, since nothing else bounds what many addresses could upload.
//! Theirs is counted in memory: counted in the database at start, at each sweep, and before an
//! upload is refused, and in between only what comes is added. What a form takes is noticed at the
//! next count, so that the figure is never too small.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base::db::Db;
use prometheus::IntGauge;

use super::rules::MIB;
use super::store;
use crate::config::FilesConfig;
use crate::ids::AccountId;

/// The database is asked again, before an upload is refused, after so long, ms.
const RECOUNT_MS: i64 = 10_000;
/// When it is worth trying again after the strangers' limit was hit, seconds.
const STRANGERS_AGAIN_S: u64 = 300;
/// The same for an account all of whose bytes are on their way.
const UNDER_WAY_AGAIN_S: u64 = 60;
const HOUR_MS: i64 = 3_600_000;

/// Bytes that lie loose or are on their way.
#[derive(Debug)]
pub struct LooseBytes {
    /// Most of all strangers together.
    strangers_most: u64,
    /// Most of one account.
    account_most: u64,
    /// A loose upload lives so long, ms.
    life_ms: i64,
    strangers: IntGauge,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Of uploads that run, by who sends them; no account: strangers.
    under_way: BTreeMap<Option<AccountId>, u64>,
    /// Of strangers: as counted last, and what was kept since.
    strangers: u64,
    /// Everything that strangers had kept since the start, whatever became of it.
    kept: u64,
    /// When it was counted last; unset: before the first upload was refused.
    counted_ms: Option<i64>,
}

/// No room for an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// All strangers together have too much; again after so many seconds.
    Strangers(u64),
    /// This account has.
    Account {
        /// Its limit, bytes.
        most: u64,
        /// Seconds until its oldest loose upload goes by itself.
        retry_after_s: u64,
    },
}

/// Room for an upload that runs. It is free again when this is dropped.
#[derive(Debug)]
pub struct Room {
    loose: Arc<LooseBytes>,
    owner: Option<AccountId>,
    bytes: u64,
    keeps: u64,
}

impl LooseBytes {
    /// The limits of `config`, with what the database has.
    ///
    /// # Errors
    /// The database failed.
    pub async fn open(
        config: &FilesConfig,
        db: &Db,
        strangers: IntGauge,
    ) -> Result<Self, sqlx::Error> {
        let loose = Self {
            strangers_most: u64::from(config.stranger_loose_mib) * MIB,
            account_most: u64::from(config.account_loose_mib) * MIB,
            life_ms: i64::from(config.loose_hours) * HOUR_MS,
            strangers,
            state: Mutex::default(),
        };
        loose.recount(db).await?;
        Ok(loose)
    }

    /// Counts in the database what strangers have lying loose. Uploads that end meanwhile may be
    /// counted twice, until the next time; none is left out.
    ///
    /// # Errors
    /// The database failed.
    pub async fn recount(&self, db: &Db) -> Result<(), sqlx::Error> {
        let before = self.lock().kept;
        let bytes = store::loose_of_strangers(db).await?;
        let mut state = self.lock();
        state.strangers = bytes + (state.kept - before);
        self.show(&state);
        Ok(())
    }

    /// Sets room for an upload of at most `bytes` aside.
    ///
    /// # Errors
    /// The database failed.
    pub async fn reserve(
        self: &Arc<Self>,
        db: &Db,
        owner: Option<AccountId>,
        bytes: u64,
        now_ms: i64,
    ) -> Result<Result<Room, Full>, sqlx::Error> {
        match owner {
            Some(account) => self.reserve_for(db, account, bytes, now_ms).await,
            None => self.reserve_for_stranger(db, bytes, now_ms).await,
        }
    }

    async fn reserve_for_stranger(
        self: &Arc<Self>,
        db: &Db,
        bytes: u64,
        now_ms: i64,
    ) -> Result<Result<Room, Full>, sqlx::Error> {
        if let Some(room) = self.room_of_strangers(bytes) {
            return Ok(Ok(room));
        }
        if self.may_recount(now_ms) {
            self.recount(db).await?;
        }
        let room = self.room_of_strangers(bytes);
        Ok(room.ok_or(Full::Strangers(STRANGERS_AGAIN_S)))
    }

    fn room_of_strangers(self: &Arc<Self>, bytes: u64) -> Option<Room> {
        let mut state = self.lock();
        let taken = state.strangers + state.under_way.get(&None).copied().unwrap_or_default();
        (taken + bytes <= self.strangers_most).then(|| self.set_aside(&mut state, None, bytes))
    }

    /// Was it counted long enough ago? Then it counts as counted now.
    fn may_recount(&self, now_ms: i64) -> bool {
        let mut state = self.lock();
        let lately = |counted_ms: i64| now_ms.abs_diff(counted_ms) < RECOUNT_MS.unsigned_abs();
        let may = !state.counted_ms.is_some_and(lately);
        if may {
            state.counted_ms = Some(now_ms);
        }
        may
    }

    /// What runs is looked at before the database is: an upload that ends in between is counted
    /// twice, not left out.
    async fn reserve_for(
        self: &Arc<Self>,
        db: &Db,
        account: AccountId,
        bytes: u64,
        now_ms: i64,
    ) -> Result<Result<Room, Full>, sqlx::Error> {
        let owner = Some(account);
        let (room, under_way) = {
            let mut state = self.lock();
            let room = self.set_aside(&mut state, owner, bytes);
            (room, state.under_way.get(&owner).copied())
        };
        let lying = store::loose_of(db, account).await?;
        if lying.bytes + under_way.unwrap_or_default() <= self.account_most {
            return Ok(Ok(room));
        }
        let until_ms = lying.oldest_ms.map(|oldest| oldest + self.life_ms);
        let left = until_ms.map(|until| u64::try_from(until - now_ms).unwrap_or_default());
        Ok(Err(Full::Account {
            most: self.account_most,
            retry_after_s: left.map_or(UNDER_WAY_AGAIN_S, |left| left.div_ceil(1000).max(1)),
        }))
    }

    fn set_aside(
        self: &Arc<Self>,
        state: &mut State,
        owner: Option<AccountId>,
        bytes: u64,
    ) -> Room {
        *state.under_way.entry(owner).or_default() += bytes;
        Room {
            loose: self.clone(),
            owner,
            bytes,
            keeps: 0,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self, state: &State) {
        let bytes = i64::try_from(state.strangers).unwrap_or(i64::MAX);
        self.strangers.set(bytes);
    }
}

impl Room {
    /// The upload gets its row now, with so many bytes. From here on it counts as kept, even if
    /// its sender goes away before he has the answer.
    pub fn keeps(&mut self, bytes: u64) {
        self.keeps = bytes;
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut state = self.loose.lock();
        if self.owner.is_none() {
            state.strangers += self.keeps;
            state.kept += self.keeps;
            self.loose.show(&state);
        }
        if let Some(under_way) = state.under_way.get_mut(&self.owner) {
            *under_way = under_way.saturating_sub(self.bytes);
            if *under_way == 0 {
                state.under_way.remove(&self.owner);
            }
        }
    }
}

#[cfg(test)]
mod tests;
