//! `POST /api/sms-codes`: sends a code, after a captcha. The answer is the same whether or not
//! the mobile number has an account.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use base::db::{Db, Tx, on_db};
use formats::Fault;
use formats::phone::Mobile;
use rand::RngExt;
use serde::Deserialize;
use serde_json::json;

use super::{CodePurpose, PER_DAY, PER_HOUR, RESEND_MS, TTL_MS, code_hash};
use crate::accounts::sessions::Session;
use crate::accounts::{captchas, own};
use crate::ids::{AccountId, SmsCodeId};
use crate::notifications;
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult, address};

pub(super) const DAY_MS: i64 = 24 * HOUR_MS;
const HOUR_MS: i64 = 3_600_000;
/// Rows that one request clears away.
const SWEEP: i64 = 100;

base::queries! {
    /// Lets one request of a mobile number through, unless the last one is too fresh; the row
    /// stays locked until the transaction ends.
    OPEN_GATE = "INSERT INTO sms_gates (mobile, last_ms) VALUES ($1, $2)
        ON CONFLICT (mobile) DO UPDATE SET last_ms = $2 WHERE sms_gates.last_ms <= $3
        RETURNING last_ms";
    /// When a mobile number last got a code.
    FIND_GATE = "SELECT last_ms FROM sms_gates WHERE mobile = $1";
    /// Codes to a mobile number: in a day, and in the last hour of it.
    COUNT_OF_MOBILE = "SELECT CAST(COUNT(*) AS BIGINT) AS day,
            CAST(COALESCE(SUM(CASE WHEN sent_ms > $3 THEN 1 ELSE 0 END), 0) AS BIGINT) AS hour
        FROM sms_codes WHERE mobile = $1 AND sent_ms > $2";
    /// The same of an address.
    COUNT_OF_ADDRESS = "SELECT CAST(COUNT(*) AS BIGINT) AS day,
            CAST(COALESCE(SUM(CASE WHEN sent_ms > $3 THEN 1 ELSE 0 END), 0) AS BIGINT) AS hour
        FROM sms_codes WHERE address_hash = $1 AND sent_ms > $2";
    /// A newer code ends the older ones of its purpose.
    END_OLDER = "UPDATE sms_codes SET used_ms = $3
        WHERE mobile = $1 AND purpose = $2 AND used_ms IS NULL";
    /// A new code.
    ADD_SMS_CODE = "INSERT INTO sms_codes
            (id, mobile, purpose, code_hash, address_hash, sent_ms, expires_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// Has someone who may sign in this mobile number?
    MOBILE_IN_USE = "SELECT id FROM accounts WHERE mobile = $1 AND status = 'active'";
    /// Has anyone this mobile number?
    MOBILE_TAKEN = "SELECT id FROM accounts WHERE mobile = $1";
    /// Clears away a slice of what no limit counts any more.
    SWEEP_CODES = "DELETE FROM sms_codes WHERE id IN
        (SELECT id FROM sms_codes WHERE sent_ms < $1 ORDER BY sent_ms LIMIT $2)";
    /// The same of the gates.
    SWEEP_GATES = "DELETE FROM sms_gates WHERE mobile IN
        (SELECT mobile FROM sms_gates WHERE last_ms < $1 ORDER BY last_ms LIMIT $2)";
    /// Everything that is known of a mobile number's codes.
    FORGET_CODES = "DELETE FROM sms_codes WHERE mobile = $1";
    /// See [`FORGET_CODES`].
    FORGET_GATE = "DELETE FROM sms_gates WHERE mobile = $1";
}

#[derive(Debug, Deserialize)]
pub(in crate::accounts) struct Wish {
    #[serde(default)]
    mobile: String,
    #[serde(default)]
    purpose: String,
    #[serde(default)]
    captcha_id: String,
    #[serde(default)]
    captcha: String,
}

/// Why no code was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    /// Too soon; ms until the next one.
    Wait(i64),
    Hour,
    Day,
    Address,
}

impl Held {
    fn as_str(self) -> &'static str {
        match self {
            Self::Wait(_) => "wait",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Address => "address",
        }
    }

    /// Words for the place beside the field, and seconds until it is worth trying again.
    fn words(self) -> (String, u64) {
        match self {
            Self::Wait(left_ms) => {
                let left_s = left_ms.unsigned_abs().div_ceil(1000);
                (format!("请 {left_s} 秒后再获取"), left_s)
            }
            Self::Hour => ("获取太频繁，请一小时后再试".to_owned(), 3_600),
            Self::Day => ("今天的获取次数已用完，请明天再试".to_owned(), 86_400),
            Self::Address => (
                "当前网络获取太频繁，请稍后再试或换一个网络".to_owned(),
                3_600,
            ),
        }
    }
}

/// `POST /api/sms-codes`
pub(in crate::accounts) async fn send_code(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    session: Option<Extension<Session>>,
    Json(wish): Json<Wish>,
) -> PageResult<Response> {
    let from = address::client(&headers, peer, &state.config.http.proxies);
    let purpose: CodePurpose = wish
        .purpose
        .parse()
        .map_err(|_| PageError::Invalid(FormErrors::one("sms_code", "页面已过期，请刷新后再试")))?;
    let mobile = mobile_for(&state, purpose, session.as_deref(), &wish.mobile).await?;
    if let Err(fault) = captchas::spend(&state, from, &wish.captcha_id, &wish.captcha).await? {
        return Err(PageError::Invalid(FormErrors::one("captcha", fault.zh())));
    }
    match send(&state, &mobile, purpose, from).await? {
        Ok(()) => {
            state.access.codes.with_label_values(&["sent"]).inc();
            let body = json!({ "resend_s": RESEND_MS / 1000, "expires_s": TTL_MS / 1000 });
            Ok(Json(body).into_response())
        }
        Err(held) => {
            state.access.codes.with_label_values(&[held.as_str()]).inc();
            let (text, retry_s) = held.words();
            let body = json!({ "fields": { "sms_code": text }, "retry_s": retry_s });
            let retry = [(header::RETRY_AFTER, retry_s.to_string())];
            Ok((StatusCode::TOO_MANY_REQUESTS, retry, Json(body)).into_response())
        }
    }
}

/// The number that the code goes to. What is done with one's own account goes to its own number.
async fn mobile_for(
    state: &AppState,
    purpose: CodePurpose,
    session: Option<&Session>,
    typed: &str,
) -> PageResult<String> {
    if matches!(purpose, CodePurpose::Cancel | CodePurpose::Export) {
        let session = session.ok_or(PageError::SignIn)?;
        let own = own::find(&state.db, session.account.id).await?;
        return own.and_then(|own| own.mobile).ok_or_else(|| {
            PageError::Invalid(FormErrors::one("sms_code", "账号没有手机号，不需要验证码"))
        });
    }
    if purpose == CodePurpose::Mobile && session.is_none() {
        return Err(PageError::SignIn);
    }
    match Mobile::parse(typed) {
        Ok(mobile) => Ok(mobile.as_str().to_owned()),
        Err(fault) => Err(PageError::Invalid(FormErrors::one("mobile", fault.zh()))),
    }
}

async fn send(
    state: &AppState,
    mobile: &str,
    purpose: CodePurpose,
    from: IpAddr,
) -> Result<Result<(), Held>, sqlx::Error> {
    let now_ms = state.now_ms();
    let address_hash = state.signer.tag("address", &[&from.to_string()]);
    let mut tx = state.db.begin().await?;
    sweep(&mut tx, now_ms).await?;
    // Each refusal rolls back, so that it does not move the gate.
    if let Err(held) = room(&mut tx, state, mobile, &address_hash).await? {
        return Ok(Err(held));
    }
    on_db!(tx, c => sqlx::query(END_OLDER)
        .bind(mobile).bind(purpose).bind(now_ms).execute(c).await.map(drop))?;
    let code = format!("{:06}", rand::rng().random_range(0..1_000_000));
    let expires_ms = now_ms + TTL_MS;
    on_db!(tx, c => sqlx::query(ADD_SMS_CODE)
        .bind(SmsCodeId::new())
        .bind(mobile)
        .bind(purpose)
        .bind(code_hash(&state.signer, mobile, purpose, &code))
        .bind(&address_hash)
        .bind(now_ms)
        .bind(expires_ms)
        .execute(c).await.map(drop))?;
    if is_wanted(&mut tx, mobile, purpose).await? {
        notifications::enqueue_code(&mut tx, mobile, &code, now_ms, expires_ms).await?;
    }
    tx.commit().await?;
    Ok(Ok(()))
}

/// Is there still room under all limits?
async fn room(
    tx: &mut Tx,
    state: &AppState,
    mobile: &str,
    address_hash: &str,
) -> Result<Result<(), Held>, sqlx::Error> {
    let now_ms = state.now_ms();
    let open: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(OPEN_GATE)
        .bind(mobile).bind(now_ms).bind(now_ms - RESEND_MS).fetch_optional(c).await)?;
    if open.is_none() {
        let last: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(FIND_GATE)
            .bind(mobile).fetch_optional(c).await)?;
        let last_ms = last.map_or(now_ms, |(last_ms,)| last_ms);
        let left_ms = (last_ms + RESEND_MS - now_ms).clamp(1_000, RESEND_MS);
        return Ok(Err(Held::Wait(left_ms)));
    }
    let (day_ms, hour_ms) = (now_ms - DAY_MS, now_ms - HOUR_MS);
    let (day, hour): (i64, i64) = on_db!(tx, c => sqlx::query_as(COUNT_OF_MOBILE)
        .bind(mobile).bind(day_ms).bind(hour_ms).fetch_one(c).await)?;
    let (of_address_day, of_address_hour): (i64, i64) = on_db!(tx, c => sqlx::query_as(COUNT_OF_ADDRESS)
            .bind(address_hash).bind(day_ms).bind(hour_ms).fetch_one(c).await)?;
    let config = &state.config.accounts;
    Ok(if day >= PER_DAY {
        Err(Held::Day)
    } else if hour >= PER_HOUR {
        Err(Held::Hour)
    } else if of_address_hour >= i64::from(config.codes_per_address_hour)
        || of_address_day >= i64::from(config.codes_per_address_day)
    {
        Err(Held::Address)
    } else {
        Ok(())
    })
}

/// A code to log in with goes to those who have an account, and to nobody else's telephone; one
/// for a new number not to whom the number belongs already.
async fn is_wanted(tx: &mut Tx, mobile: &str, purpose: CodePurpose) -> Result<bool, sqlx::Error> {
    Ok(match purpose {
        CodePurpose::Register | CodePurpose::Guest => true,
        CodePurpose::Login | CodePurpose::Reset | CodePurpose::Cancel | CodePurpose::Export => {
            let row: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(MOBILE_IN_USE)
                .bind(mobile).fetch_optional(c).await)?;
            row.is_some()
        }
        CodePurpose::Mobile => {
            let row: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(MOBILE_TAKEN)
                .bind(mobile).fetch_optional(c).await)?;
            row.is_none()
        }
    })
}

/// Has anyone this mobile number? For whoever has shown that it is his.
///
/// # Errors
/// The database failed.
pub async fn is_taken(db: &Db, mobile: &str) -> Result<bool, sqlx::Error> {
    let row: Option<(AccountId,)> = on_db!(db, c => sqlx::query_as(MOBILE_TAKEN)
        .bind(mobile).fetch_optional(c).await)?;
    Ok(row.is_some())
}

async fn sweep(tx: &mut Tx, now_ms: i64) -> Result<(), sqlx::Error> {
    for query in [SWEEP_CODES, SWEEP_GATES] {
        on_db!(tx, c => sqlx::query(query)
            .bind(now_ms - DAY_MS).bind(SWEEP).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Forgets a mobile number that belongs to nobody any more.
///
/// # Errors
/// The database failed.
pub(in crate::accounts) async fn forget(tx: &mut Tx, mobile: &str) -> Result<(), sqlx::Error> {
    for query in [FORGET_CODES, FORGET_GATE] {
        on_db!(tx, c => sqlx::query(query).bind(mobile).execute(c).await.map(drop))?;
    }
    Ok(())
}
