//! Browsers from which an account is used (N30): a long-lived cookie knows a browser again, a
//! login from a new one is told to the person, and `/account/devices` ends their sessions.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, Redirect};
use base::db::{Db, Tx, on_db};
use serde::Deserialize;
use serde_json::json;

use super::extract::SignedIn;
use super::{pages, sessions, texts};
use crate::accounts::shut_out;
use crate::audit;
use crate::ids::AccountId;
use crate::layout::{Chrome, chrome_of};
use crate::notifications::{self, Event, Notice};
use crate::state::AppState;
use crate::web::{PageResult, cookie};

/// Browsers that are remembered of one account; the ones unused for longest go first.
const MOST: i64 = 20;
/// Stands for all browsers that the person had forgotten: with it an account has known some, and
/// the next new one is told.
const FORGOTTEN: &str = "";
/// Bytes of a `User-Agent` that are looked at.
const AGENT_BYTES: usize = 512;

base::queries! {
    /// How many browsers of an account are known, and whether this is one of them.
    COUNT_DEVICES = "SELECT CAST(COUNT(*) AS BIGINT) AS known,
            CAST(COALESCE(SUM(CASE WHEN device_hash = $2 THEN 1 ELSE 0 END), 0) AS BIGINT) AS this
        FROM known_devices WHERE account_id = $1";
    /// A browser is used.
    SEE_DEVICE = "INSERT INTO known_devices (account_id, device_hash, label, first_ms, last_ms)
        VALUES ($1, $2, $3, $4, $4)
        ON CONFLICT (account_id, device_hash) DO UPDATE SET label = $3, last_ms = $4";
    /// Those beyond the limit.
    DROP_DEVICES = "DELETE FROM known_devices WHERE account_id = $1 AND device_hash NOT IN
        (SELECT device_hash FROM known_devices WHERE account_id = $1
            ORDER BY last_ms DESC, device_hash LIMIT $2)";
    /// An account's browsers with their sessions that have not run out.
    LIST_DEVICES = "SELECT d.device_hash, d.label, d.first_ms, d.last_ms,
            (SELECT CAST(COUNT(*) AS BIGINT) FROM sessions s WHERE s.account_id = d.account_id
                AND s.device_hash = d.device_hash AND s.expires_ms > $2) AS sessions
        FROM known_devices d WHERE d.account_id = $1 AND d.device_hash <> ''
        ORDER BY d.last_ms DESC, d.device_hash";
    /// Forgets a browser.
    FORGET_DEVICE = "DELETE FROM known_devices WHERE account_id = $1 AND device_hash = $2
            AND device_hash <> ''
        RETURNING device_hash";
}

/// The browser of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// SHA-256 of its secret.
    pub hash: String,
    /// What it calls itself, such as `Chrome · Windows`.
    pub label: String,
    /// The secret, if it was made for this request: it goes out as a cookie.
    fresh: Option<String>,
}

impl Device {
    /// The browser that sent these headers; one without a cookie gets a new secret.
    pub fn of(headers: &HeaderMap, secure: bool) -> Self {
        let label = label(headers);
        match cookie::read_device(headers, secure) {
            Some(secret) => Self {
                hash: sessions::sha256(secret),
                label,
                fresh: None,
            },
            None => {
                let secret = sessions::secret();
                Self {
                    hash: sessions::sha256(&secret),
                    label,
                    fresh: Some(secret),
                }
            }
        }
    }

    /// `Set-Cookie` for a browser that had none.
    pub fn cookie(&self, secure: bool) -> Option<HeaderValue> {
        let secret = self.fresh.as_deref()?;
        Some(cookie::set_device(secret, secure))
    }
}

/// Browser and system by what the `User-Agent` says; the first word that is found counts.
fn label(headers: &HeaderMap) -> String {
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .map_or("", |text| text.get(..AGENT_BYTES).unwrap_or(text));
    let first = |words: &[(&str, &'static str)]| {
        words
            .iter()
            .find(|(word, _)| agent.contains(word))
            .map(|(_, name)| *name)
    };
    let browser = first(&[
        ("MicroMessenger", "微信"),
        ("Edg", "Edge"),
        ("Firefox/", "Firefox"),
        ("OPR/", "Opera"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Windows", "Windows"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("HarmonyOS", "鸿蒙"),
        ("Android", "Android"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} · {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "未知浏览器".to_owned(),
    }
}

/// Notes that an account is used in a browser. A new one is told to the person, unless it is the
/// account's first.
///
/// # Errors
/// The database failed.
pub async fn note(
    tx: &mut Tx,
    account: AccountId,
    device: &Device,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let (known, this): (i64, i64) = on_db!(tx, c => sqlx::query_as(COUNT_DEVICES)
        .bind(account).bind(&device.hash).fetch_one(c).await)?;
    see(tx, account, (&device.hash, &device.label), now_ms).await?;
    if this > 0 {
        return Ok(());
    }
    on_db!(tx, c => sqlx::query(DROP_DEVICES)
        .bind(account).bind(MOST).execute(c).await.map(drop))?;
    if known == 0 {
        return Ok(());
    }
    let notice = Notice {
        event: Event::NewDevice,
        to: account,
        args: json!({ "device": device.label, "time": texts::moment(now_ms) }),
        link: "/account/devices".to_owned(),
        dedupe: None,
    };
    notifications::enqueue(tx, &notice, now_ms).await
}

async fn see(
    tx: &mut Tx,
    account: AccountId,
    (hash, label): (&str, &str),
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(SEE_DEVICE)
        .bind(account)
        .bind(hash)
        .bind(label)
        .bind(now_ms)
        .execute(c).await.map(drop))
}

/// A browser on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceLine {
    /// For the form that ends its sessions.
    pub hash: String,
    /// What it calls itself.
    pub label: String,
    /// Beijing time.
    pub first: String,
    /// Beijing time.
    pub last: String,
    /// Sessions that run in it.
    pub sessions: i64,
    /// It shows the page.
    pub current: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    device_hash: String,
    label: String,
    first_ms: i64,
    last_ms: i64,
    sessions: i64,
}

/// An account's browsers, the last used first.
///
/// # Errors
/// The database failed.
pub async fn list(
    db: &Db,
    account: AccountId,
    current: &str,
    now_ms: i64,
) -> Result<Vec<DeviceLine>, sqlx::Error> {
    let rows: Vec<Row> = on_db!(db, c => sqlx::query_as(LIST_DEVICES)
        .bind(account).bind(now_ms).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(|row| DeviceLine {
            current: row.device_hash == current,
            hash: row.device_hash,
            label: row.label,
            first: texts::moment(row.first_ms),
            last: texts::moment(row.last_ms),
            sessions: row.sessions,
        })
        .collect())
}

/// `/account/devices`
#[derive(Debug, Template)]
#[template(path = "account-devices.html")]
pub struct DevicesPage {
    /// The frame.
    pub chrome: Chrome,
    /// The browsers.
    pub devices: Vec<DeviceLine>,
}

impl DevicesPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let line = |label: &str, sessions, current| DeviceLine {
            hash: "0".repeat(64),
            label: label.to_owned(),
            first: "2027-02-28 09:12".to_owned(),
            last: "2027-03-01 09:30".to_owned(),
            sessions,
            current,
        };
        Self {
            chrome: pages::chrome_sample("/account/devices"),
            devices: vec![
                line("Chrome · Windows", 1, true),
                line("微信 · Android", 2, false),
                line("Safari · macOS", 0, false),
            ],
        }
    }
}

/// `GET /account/devices`
pub(super) async fn page(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    headers: HeaderMap,
) -> PageResult<Html<String>> {
    let current = Device::of(&headers, state.secure()).hash;
    let page = DevicesPage {
        devices: list(&state.db, session.account.id, &current, state.now_ms()).await?,
        chrome: chrome_of(&state, &session, "登录设备", "/account/devices").await?,
    };
    Ok(Html(page.render()?))
}

#[derive(Debug, Deserialize)]
pub(super) struct EndForm {
    #[serde(default)]
    device: String,
}

/// `POST /account/devices/end`: ends the sessions of one browser and forgets it, or, without one,
/// all sessions but this.
pub(super) async fn end(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    headers: HeaderMap,
    Form(form): Form<EndForm>,
) -> PageResult<Redirect> {
    let account = session.account.id;
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    if form.device.is_empty() {
        let own = cookie::read(&headers, state.secure()).unwrap_or_default();
        sessions::end_others(&mut tx, account, own).await?;
    } else {
        let known: Option<(String,)> = on_db!(tx, c => sqlx::query_as(FORGET_DEVICE)
            .bind(account).bind(&form.device).fetch_optional(c).await)?;
        if known.is_some() {
            sessions::end_device(&mut tx, account, &form.device).await?;
            see(&mut tx, account, (FORGOTTEN, ""), now_ms).await?;
        }
    }
    audit::Entry::by(account, "session.end", "account", &account)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    // The page of a session that goes on fetches a new ticket by itself.
    shut_out::signed_out(&state, account).await;
    Ok(Redirect::to("/account/devices"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label_of(agent: &'static str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, HeaderValue::from_static(agent));
        label(&headers)
    }

    #[test]
    fn a_browser_has_a_name_that_a_person_knows() {
        for (agent, name) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0",
                "Edge · Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
                "Safari · iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) Chrome/130 MicroMessenger/8.0",
                "微信 · Android",
            ),
            ("curl/8", "未知浏览器"),
        ] {
            assert_eq!(label_of(agent), name, "{agent}");
        }
        assert_eq!(label(&HeaderMap::new()), "未知浏览器");
    }

    #[test]
    fn a_browser_without_a_cookie_gets_one_and_is_known_by_it() {
        let fresh = Device::of(&HeaderMap::new(), false);
        let set = fresh.cookie(false).unwrap();
        let pair = set.to_str().unwrap().split(';').next().unwrap().to_owned();
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, pair.parse().unwrap());
        let again = Device::of(&headers, false);
        assert_eq!(again.hash, fresh.hash);
        assert_eq!(again.cookie(false), None);
    }
}
