//! Codes by SMS (A10): six digits, good for one purpose, one mobile number and five minutes; dead
//! after five wrong answers.

pub mod proof;
mod send;

use std::net::IpAddr;

use base::db::{Tx, on_db};
use formats::text::half_width;

#[cfg(test)]
pub(crate) use send::QUERIES as SEND_QUERIES;
pub use send::is_taken;
pub(super) use send::{forget, send_code};

use crate::ids::SmsCodeId;
use crate::state::AppState;
use crate::web::secret::Signer;
use crate::web::{PageError, PageResult};

/// Wrong answers after which a code is dead.
pub const TRIES: i64 = 5;
/// How long a code is good, ms.
pub const TTL_MS: i64 = 5 * 60_000;
/// The time between two codes to one mobile number, ms.
pub const RESEND_MS: i64 = 60_000;
/// Codes to one mobile number in an hour, and in a day: with [`TRIES`], 50 guesses a day at a
/// million codes.
pub const PER_HOUR: i64 = 5;
/// See [`PER_HOUR`].
pub const PER_DAY: i64 = 10;

base::queries! {
    /// The code that counts: the newest one that is not spent.
    FIND_CODE = "SELECT id, code_hash, address_hash, tries FROM sms_codes
        WHERE mobile = $1 AND purpose = $2 AND used_ms IS NULL AND expires_ms > $3
        ORDER BY sent_ms DESC, id DESC LIMIT 1";
    /// Counts an answer before it is looked at, so that no two guesses share a try.
    COUNT_TRY = "UPDATE sms_codes SET tries = tries + 1
        WHERE id = $1 AND tries < $2 AND used_ms IS NULL RETURNING tries";
    /// Spends a code; the answer was no wrong one.
    SPEND_CODE = "UPDATE sms_codes SET used_ms = $2, tries = tries - 1
        WHERE id = $1 AND used_ms IS NULL RETURNING id";
    /// Wrong answers to all codes that one address asked for.
    WRONG_OF_ADDRESS = "SELECT CAST(COALESCE(SUM(tries), 0) AS BIGINT) AS wrong FROM sms_codes
        WHERE address_hash = $1 AND sent_ms > $2";
}

base::words! {
    /// What a code is for; a code is good for nothing else.
    pub enum CodePurpose: "purpose of a code" {
        /// Registering an account.
        Register = "register",
        /// Logging in without a password.
        Login = "login",
        /// 忘记密码.
        Reset = "reset",
        /// A guest interviewer comes in.
        Guest = "guest",
        /// 账号注销.
        Cancel = "cancel",
        /// Another mobile number; goes to the new one.
        Mobile = "mobile",
        /// Taking data along, for an account without a password.
        Export = "export",
    }
}

/// Why a code is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeFault {
    /// None was sent, or it has expired, or it is spent.
    Gone,
    /// Another one was sent.
    Wrong,
    /// Too many wrong answers.
    Dead,
    /// Too many wrong answers to the codes that one network address asked for.
    Busy,
}

impl CodeFault {
    /// For the place beside the field.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Gone => "验证码已失效，请重新获取",
            Self::Wrong => "验证码不对",
            Self::Dead => "输错次数过多，请重新获取验证码",
            Self::Busy => "当前网络今天输错次数过多，请换一个网络或明天再试",
        }
    }

    /// The word in metrics.
    fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Wrong => "wrong",
            Self::Dead => "dead",
            Self::Busy => "busy",
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: SmsCodeId,
    code_hash: String,
    address_hash: String,
    tries: i64,
}

/// How a code stands in the table.
pub(super) fn code_hash(signer: &Signer, mobile: &str, purpose: CodePurpose, code: &str) -> String {
    signer.tag("sms-code", &[mobile, purpose.as_str(), code])
}

/// Spends a code. Each call counts as a try, whatever becomes of the form around it: so check
/// everything else first.
///
/// # Errors
/// The database failed. The inner result says whether the code was good.
pub async fn spend(
    state: &AppState,
    mobile: &str,
    purpose: CodePurpose,
    code: &str,
) -> Result<Result<(), CodeFault>, sqlx::Error> {
    let mut tx = state.db.begin().await?;
    let outcome = judge(&mut tx, state, (mobile, purpose), code).await?;
    // A wrong answer is committed too: it is a try.
    tx.commit().await?;
    let word = outcome.err().map_or("right", CodeFault::as_str);
    state.access.codes.with_label_values(&[word]).inc();
    Ok(outcome)
}

/// [`spend`] for whoever is not signed in: wrong answers also count for his address. Counted before
/// the code is looked at, and given back unless it was wrong.
///
/// # Errors
/// Too many wrong answers from this address, or the database failed.
pub async fn spend_from(
    state: &AppState,
    from: IpAddr,
    (mobile, purpose): (&str, CodePurpose),
    code: &str,
) -> PageResult<Result<(), CodeFault>> {
    let limit = &state.limits.logins;
    let reserved = limit.reserve(&from, 1, state.now_ms());
    reserved.map_err(|retry_after_s| PageError::TooMany { retry_after_s })?;
    let spent = spend(state, mobile, purpose, code).await;
    if !matches!(spent, Ok(Err(_))) {
        limit.give_back(&from, 1);
    }
    Ok(spent?)
}

async fn judge(
    tx: &mut Tx,
    state: &AppState,
    (mobile, purpose): (&str, CodePurpose),
    code: &str,
) -> Result<Result<(), CodeFault>, sqlx::Error> {
    let now_ms = state.now_ms();
    let row: Option<Row> = on_db!(tx, c => sqlx::query_as(FIND_CODE)
        .bind(mobile).bind(purpose).bind(now_ms).fetch_optional(c).await)?;
    let Some(row) = row else {
        return Ok(Err(CodeFault::Gone));
    };
    if row.tries >= TRIES {
        return Ok(Err(CodeFault::Dead));
    }
    let (wrong,): (i64,) = on_db!(tx, c => sqlx::query_as(WRONG_OF_ADDRESS)
        .bind(&row.address_hash).bind(now_ms - send::DAY_MS).fetch_one(c).await)?;
    if wrong >= i64::from(state.config.accounts.wrong_codes_per_address) {
        return Ok(Err(CodeFault::Busy));
    }
    let counted: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(COUNT_TRY)
        .bind(row.id).bind(TRIES).fetch_optional(c).await)?;
    let Some((tries,)) = counted else {
        return Ok(Err(CodeFault::Dead));
    };
    let code = half_width(code.get(..64).unwrap_or(code));
    let right = code_hash(&state.signer, mobile, purpose, code.trim()) == row.code_hash;
    let spent: Option<(SmsCodeId,)> = if right {
        on_db!(tx, c => sqlx::query_as(SPEND_CODE)
            .bind(row.id).bind(now_ms).fetch_optional(c).await)?
    } else {
        None
    };
    Ok(match spent {
        Some(_) => Ok(()),
        None if tries >= TRIES => Err(CodeFault::Dead),
        None => Err(CodeFault::Wrong),
    })
}
