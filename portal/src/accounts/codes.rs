//! Codes by SMS (A10): six digits, good for one purpose, one mobile number and five minutes; dead
//! after five wrong answers.

use std::fmt;
use std::str::FromStr;

use base::db::on_db;

use crate::ids::SmsCodeId;
use crate::state::AppState;
use crate::web::secret::Signer;

/// Wrong answers after which a code is dead.
pub const TRIES: i64 = 5;

base::queries! {
    /// The code that counts: the newest one that is not spent.
    FIND_CODE = "SELECT id, code_hash, tries FROM sms_codes
        WHERE mobile = $1 AND purpose = $2 AND used_ms IS NULL AND expires_ms > $3
        ORDER BY sent_ms DESC, id DESC LIMIT 1";
    /// Counts an answer before it is looked at, so that no two guesses share a try.
    COUNT_TRY = "UPDATE sms_codes SET tries = tries + 1
        WHERE id = $1 AND tries < $2 AND used_ms IS NULL RETURNING tries";
    /// Spends a code.
    SPEND_CODE = "UPDATE sms_codes SET used_ms = $2 WHERE id = $1 AND used_ms IS NULL RETURNING id";
}

/// What a code is for; a code is good for nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CodePurpose {
    /// Registering an account.
    Register,
    /// Logging in without a password.
    Login,
    /// 忘记密码.
    Reset,
    /// A guest interviewer comes in.
    Guest,
    /// 账号注销.
    Cancel,
}

impl CodePurpose {
    /// All purposes.
    pub const ALL: [Self; 5] = [
        Self::Register,
        Self::Login,
        Self::Reset,
        Self::Guest,
        Self::Cancel,
    ];

    /// The word in SQL and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Login => "login",
            Self::Reset => "reset",
            Self::Guest => "guest",
            Self::Cancel => "cancel",
        }
    }
}

impl fmt::Display for CodePurpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no purpose.
#[derive(Debug, thiserror::Error)]
#[error("no such purpose")]
pub struct UnknownCodePurpose;

impl FromStr for CodePurpose {
    type Err = UnknownCodePurpose;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
            .ok_or(UnknownCodePurpose)
    }
}

base::sql_text!(CodePurpose);

/// Why a code is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeFault {
    /// None was sent, or it has expired, or it is spent.
    Gone,
    /// Another one was sent.
    Wrong,
    /// Too many wrong answers.
    Dead,
}

impl CodeFault {
    /// For the place beside the field.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Gone => "验证码已失效，请重新获取",
            Self::Wrong => "验证码不对",
            Self::Dead => "输错次数过多，请重新获取验证码",
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: SmsCodeId,
    code_hash: String,
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
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    let row: Option<Row> = on_db!(tx, c => sqlx::query_as(FIND_CODE)
        .bind(mobile).bind(purpose).bind(now_ms).fetch_optional(c).await)?;
    let Some(row) = row else {
        return Ok(Err(CodeFault::Gone));
    };
    if row.tries >= TRIES {
        return Ok(Err(CodeFault::Dead));
    }
    let counted: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(COUNT_TRY)
        .bind(row.id).bind(TRIES).fetch_optional(c).await)?;
    let Some((tries,)) = counted else {
        return Ok(Err(CodeFault::Dead));
    };
    let right = code_hash(&state.signer, mobile, purpose, code.trim()) == row.code_hash;
    let spent: Option<(SmsCodeId,)> = if right {
        on_db!(tx, c => sqlx::query_as(SPEND_CODE)
            .bind(row.id).bind(now_ms).fetch_optional(c).await)?
    } else {
        None
    };
    tx.commit().await?;
    Ok(match spent {
        Some(_) => Ok(()),
        None if tries >= TRIES => Err(CodeFault::Dead),
        None => Err(CodeFault::Wrong),
    })
}
