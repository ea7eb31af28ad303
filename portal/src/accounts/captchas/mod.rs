//! Captchas (A9): five digits in a picture, good for one answer and five minutes.
//!
//! Nothing is stored until someone answers: an id holds the time of its making (UUIDv7), and what
//! its picture shows follows from the id by the server's key. What is stored then is that the id
//! is spent.

mod digits;
mod picture;

use std::net::{IpAddr, SocketAddr};

use axum::Json;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use base::db::on_db;
use formats::text::half_width;
use rand::RngExt;
use serde::Serialize;

use crate::ids::CaptchaId;
use crate::state::AppState;
use crate::web::secret::Signer;
use crate::web::{PageError, PageResult, address};

/// How long a captcha is good, ms.
pub const TTL_MS: i64 = 5 * 60_000;
/// Digits in a picture: one guess in a hundred thousand is right.
pub const DIGITS: usize = 5;
/// Spent ids that one answer clears away.
const SWEEP: i64 = 100;

base::queries! {
    /// Takes the one answer that an id is good for.
    SPEND_CAPTCHA = "INSERT INTO spent_captchas (id, spent_ms) VALUES ($1, $2)
        ON CONFLICT (id) DO NOTHING RETURNING id";
    /// Clears away a slice of those that are too old to be answered again.
    SWEEP_CAPTCHAS = "DELETE FROM spent_captchas WHERE id IN
        (SELECT id FROM spent_captchas WHERE spent_ms < $1 ORDER BY spent_ms LIMIT $2)";
}

/// Why an answer is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptchaFault {
    /// Nothing was typed; the picture stays good.
    Empty,
    /// Too old, spent, or never made.
    Gone,
    /// Other digits.
    Wrong,
    /// Too many wrong answers from this address.
    Limited,
}

impl CaptchaFault {
    /// For the place beside the field.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Empty => "请输入图形验证码",
            Self::Gone => "图形验证码已失效，请看新的一张",
            Self::Wrong => "图形验证码不对，请看新的一张",
            Self::Limited => "图形验证码输错太多次，请 10 分钟后再试",
        }
    }

    /// The word in metrics.
    fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Gone => "gone",
            Self::Wrong => "wrong",
            Self::Limited => "limited",
        }
    }
}

/// A captcha for a page.
pub fn fresh(state: &AppState) -> CaptchaId {
    let now_ms = u64::try_from(state.now_ms()).unwrap_or_default();
    let random: [u8; 10] = rand::rng().random();
    CaptchaId(uuid::Builder::from_unix_timestamp_millis(now_ms, &random).into_uuid())
}

/// Takes an answer. Each id is good for one, right or wrong.
///
/// # Errors
/// The database failed. The inner result says whether the answer was right.
pub async fn spend(
    state: &AppState,
    from: IpAddr,
    id: &str,
    answer: &str,
) -> Result<Result<(), CaptchaFault>, sqlx::Error> {
    let outcome = judge(state, from, id, answer).await?;
    let word = outcome.err().map_or("right", CaptchaFault::as_str);
    state.access.captchas.with_label_values(&[word]).inc();
    Ok(outcome)
}

async fn judge(
    state: &AppState,
    from: IpAddr,
    id: &str,
    answer: &str,
) -> Result<Result<(), CaptchaFault>, sqlx::Error> {
    let answer = half_width(answer.get(..64).unwrap_or(answer));
    let answer = answer.trim();
    if answer.is_empty() {
        return Ok(Err(CaptchaFault::Empty));
    }
    // Counted before it is looked at, and given back unless it was a guess that failed.
    let limit = &state.limits.captchas;
    if limit.reserve(&from, 1, state.now_ms()).is_err() {
        return Ok(Err(CaptchaFault::Limited));
    }
    let outcome = compare(state, id, answer).await;
    if !matches!(outcome, Ok(Err(CaptchaFault::Wrong))) {
        limit.give_back(&from, 1);
    }
    outcome
}

async fn compare(
    state: &AppState,
    id: &str,
    answer: &str,
) -> Result<Result<(), CaptchaFault>, sqlx::Error> {
    let now_ms = state.now_ms();
    let Some(id) = id.parse().ok().filter(|id| is_good(*id, now_ms)) else {
        return Ok(Err(CaptchaFault::Gone));
    };
    on_db!(state.db.writer().await?, c => sqlx::query(SWEEP_CAPTCHAS)
        .bind(now_ms - 2 * TTL_MS).bind(SWEEP).execute(c).await.map(drop))?;
    let first: Option<(CaptchaId,)> = on_db!(state.db.writer().await?, c => sqlx::query_as(SPEND_CAPTCHA)
        .bind(id).bind(now_ms).fetch_optional(c).await)?;
    Ok(match first {
        None => Err(CaptchaFault::Gone),
        Some(_) if answer == digits_of(&state.signer, id) => Ok(()),
        Some(_) => Err(CaptchaFault::Wrong),
    })
}

/// Was the id made within the last five minutes? One from the future would outlive its place
/// among the spent ones.
fn is_good(id: CaptchaId, now_ms: i64) -> bool {
    let Some(made) = id.0.get_timestamp() else {
        return false;
    };
    let (seconds, nanos) = made.to_unix();
    let made_ms = i64::try_from(seconds)
        .unwrap_or(i64::MAX / 1000)
        .saturating_mul(1000)
        .saturating_add(i64::from(nanos / 1_000_000));
    (now_ms.saturating_sub(TTL_MS)..=now_ms).contains(&made_ms)
}

/// What the picture of an id shows. Public for tests alone: they stand for the person who reads
/// the picture.
pub fn digits_of(signer: &Signer, id: CaptchaId) -> String {
    let bytes = signer.derive("captcha", &[&id.to_string()]);
    let number = bytes[..8]
        .iter()
        .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{:0width$}", number % 100_000, width = DIGITS)
}

/// `GET /captcha/{id}`: the picture. It is the same each time: noise that changes could be
/// averaged away.
pub(super) async fn picture(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(id): Path<CaptchaId>,
) -> PageResult<Response> {
    let now_ms = state.now_ms();
    limit(&state, &headers, peer)?;
    if !is_good(id, now_ms) {
        return Err(PageError::NotFound);
    }
    let digits = digits_of(&state.signer, id);
    let noise = state.signer.derive("captcha-noise", &[&id.to_string()]);
    let png = picture::draw(&digits, noise)?;
    Ok(([(header::CONTENT_TYPE, "image/png")], png).into_response())
}

/// A fresh captcha, as JSON.
#[derive(Debug, Serialize)]
pub(super) struct Fresh {
    id: CaptchaId,
}

/// `POST /api/captcha`
pub(super) async fn again(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> PageResult<Json<Fresh>> {
    limit(&state, &headers, peer)?;
    Ok(Json(Fresh { id: fresh(&state) }))
}

fn limit(state: &AppState, headers: &HeaderMap, peer: SocketAddr) -> PageResult<()> {
    let now_ms = state.now_ms();
    let from = address::client(headers, peer, &state.config.http.proxies);
    if let Err(retry_after_s) = state.limits.pictures.reserve(&from, 1, now_ms) {
        let limited = CaptchaFault::Limited.as_str();
        state.access.captchas.with_label_values(&[limited]).inc();
        return Err(PageError::TooMany { retry_after_s });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_795_305_600_000;

    fn made_at(ms: u64) -> CaptchaId {
        CaptchaId(uuid::Builder::from_unix_timestamp_millis(ms, &[7; 10]).into_uuid())
    }

    #[test]
    fn an_id_is_good_for_five_minutes_and_not_before_its_time() {
        let id = made_at(NOW);
        let now = i64::try_from(NOW).unwrap();
        assert!(is_good(id, now) && is_good(id, now + TTL_MS));
        assert!(!is_good(id, now + TTL_MS + 1));
        assert!(!is_good(id, now - 1));
        assert!(!is_good(CaptchaId(uuid::Uuid::from_u128(7)), now));
        assert!(!is_good(CaptchaId(uuid::Uuid::max()), now));
    }

    #[test]
    fn what_an_id_shows_follows_from_the_key() {
        let (one, other) = (Signer::from_bytes(&[1; 32]), Signer::from_bytes(&[2; 32]));
        let ids: Vec<_> = (0..100).map(|n| made_at(NOW + n)).collect();
        let shown: Vec<_> = ids.iter().map(|id| digits_of(&one, *id)).collect();
        assert!(shown.iter().all(|text| text.len() == DIGITS));
        let alike = ids
            .iter()
            .zip(&shown)
            .filter(|(id, text)| digits_of(&other, **id) == **text);
        assert_eq!(alike.count(), 0);
        assert_eq!(digits_of(&one, ids[0]), shown[0]);
    }
}
