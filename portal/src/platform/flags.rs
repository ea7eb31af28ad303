//! Feature flags: what operations staff switch on and off without a new version.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use base::db::{Db, Tx, on_db};

use crate::ids::AccountId;
use crate::state::AppState;

/// How long an answer may be old, ms.
const CACHE_MS: i64 = 10_000;

base::queries! {
    /// The flags that someone has set.
    LIST_FLAGS = "SELECT f.code, f.enabled, f.changed_ms, a.real_name AS changed_by
        FROM feature_flags f JOIN accounts a ON a.id = f.changed_by ORDER BY f.code";
    /// Sets one.
    SET_FLAG = "INSERT INTO feature_flags (code, enabled, changed_by, changed_ms)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (code) DO UPDATE SET enabled = $2, changed_by = $3, changed_ms = $4";
}

/// A flag that the code asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flag {
    /// New companies and students can register.
    RegistrationOpen,
    /// People can sign in by a code sent by SMS.
    SmsLogin,
    /// People can sign in by scanning with WeChat.
    WechatLogin,
}

impl Flag {
    /// All flags.
    pub const ALL: [Self; 3] = [Self::RegistrationOpen, Self::SmsLogin, Self::WechatLogin];

    /// The word in SQL and in forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RegistrationOpen => "registration_open",
            Self::SmsLogin => "sms_login",
            Self::WechatLogin => "wechat_login",
        }
    }

    /// What it is called on pages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::RegistrationOpen => "注册开放",
            Self::SmsLogin => "短信登录",
            Self::WechatLogin => "微信登录",
        }
    }

    /// What it changes.
    pub fn effect(self) -> &'static str {
        match self {
            Self::RegistrationOpen => "关闭后，新单位和学生不能注册，已提交的申请照常审核",
            Self::SmsLogin => "关闭后，登录页不再提供短信验证码登录",
            Self::WechatLogin => "关闭后，登录页不再提供微信扫码登录",
        }
    }

    /// What holds until someone sets it.
    pub fn default(self) -> bool {
        match self {
            Self::RegistrationOpen | Self::SmsLogin | Self::WechatLogin => true,
        }
    }

    /// The flag of a word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flag| flag.as_str() == text)
    }
}

/// A flag that someone has set.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FlagRow {
    /// The word in SQL.
    pub code: String,
    /// On?
    pub enabled: bool,
    /// When, ms since 1970.
    pub changed_ms: i64,
    /// By whom.
    pub changed_by: String,
}

/// What was read last, and when.
#[derive(Debug, Default)]
pub struct FlagCache(Mutex<Option<(i64, BTreeMap<String, bool>)>>);

impl FlagCache {
    fn get(&self, flag: Flag, now_ms: i64) -> Option<bool> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (read_ms, flags) = kept.as_ref()?;
        let fresh = (0..CACHE_MS).contains(&(now_ms - read_ms));
        fresh.then(|| value(flags, flag))
    }

    fn put(&self, now_ms: i64, flags: BTreeMap<String, bool>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now_ms, flags));
    }

    /// The next question reads the table.
    pub(super) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn value(flags: &BTreeMap<String, bool>, flag: Flag) -> bool {
    flags
        .get(flag.as_str())
        .copied()
        .unwrap_or_else(|| flag.default())
}

/// Is a flag on? The answer may be ten seconds old.
///
/// # Errors
/// The database failed.
pub async fn is_on(state: &AppState, flag: Flag) -> Result<bool, sqlx::Error> {
    let now_ms = state.now_ms();
    if let Some(on) = state.flags.get(flag, now_ms) {
        return Ok(on);
    }
    let rows = rows(&state.db).await?;
    let flags: BTreeMap<_, _> = rows
        .into_iter()
        .map(|row| (row.code, row.enabled))
        .collect();
    let on = value(&flags, flag);
    state.flags.put(now_ms, flags);
    Ok(on)
}

/// The flags that someone has set.
///
/// # Errors
/// The database failed.
pub async fn rows(db: &Db) -> Result<Vec<FlagRow>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LIST_FLAGS).fetch_all(c).await)
}

/// Sets a flag.
///
/// # Errors
/// The database failed.
pub async fn set(
    tx: &mut Tx,
    flag: Flag,
    on: bool,
    by: AccountId,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(SET_FLAG)
        .bind(flag.as_str()).bind(on).bind(by).bind(now_ms).execute(c).await.map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_for_ten_seconds() {
        let cache = FlagCache::default();
        assert_eq!(cache.get(Flag::SmsLogin, 0), None);
        cache.put(0, BTreeMap::from([("sms_login".to_owned(), false)]));
        assert_eq!(cache.get(Flag::SmsLogin, CACHE_MS - 1), Some(false));
        assert_eq!(cache.get(Flag::WechatLogin, 1), Some(true));
        assert_eq!(cache.get(Flag::SmsLogin, CACHE_MS), None);
        assert_eq!(
            cache.get(Flag::SmsLogin, -1),
            None,
            "a clock that was set back"
        );
        cache.forget();
        assert_eq!(cache.get(Flag::SmsLogin, 1), None);
        for flag in Flag::ALL {
            assert_eq!(Flag::parse(flag.as_str()), Some(flag));
        }
    }
}
