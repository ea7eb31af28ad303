//! A browser that keeps its cookies, a telephone that codes come to, and a person who reads
//! captchas.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use base::clock::Clock;
use base::db::on_db;
use portal::Mode;
use portal::accounts::captchas;
use portal::ids::{AccountId, CaptchaId};
use reqwest::header::{CONTENT_TYPE, COOKIE, SET_COOKIE, USER_AGENT};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::site::Site;

/// When these tests begin, ms since 1970.
pub const NOW: i64 = 1_795_305_600_000;
/// A minute, an hour and a day, ms.
pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;
/// The password of every demo person, and a good new one.
pub const PASSWORD: &str = "Pinhui-2027";
pub const OTHER_PASSWORD: &str = "Ganjiang-2028";

/// A demo on a clock that the test moves.
pub async fn demo() -> (Site, Clock) {
    demo_with(|_| {}).await
}

/// The same with other settings.
pub async fn demo_with(change: impl FnOnce(&mut portal::Config)) -> (Site, Clock) {
    let clock = Clock::simulated(NOW);
    let site = Site::start_at(Mode::Demo, clock.clone(), change).await;
    (site, clock)
}

/// A browser with its cookies.
pub struct Browser<'a> {
    site: &'a Site,
    agent: &'static str,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl<'a> Browser<'a> {
    pub fn new(site: &'a Site) -> Self {
        Self::called(
            site,
            "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36",
        )
    }

    pub fn called(site: &'a Site, agent: &'static str) -> Self {
        Self {
            site,
            agent,
            cookies: Mutex::default(),
        }
    }

    /// Signed in as a demo person.
    pub async fn of(site: &'a Site, who: &str) -> Self {
        let browser = Self::new(site);
        browser.enter(who).await;
        browser
    }

    pub async fn enter(&self, who: &str) {
        let answer = self.get(&format!("/demo/enter/{who}")).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{who}");
    }

    /// Logs in by address and password.
    pub async fn login(&self, who: &str, password: &str) -> Response {
        let login = format!("{who}@demo.example");
        self.post("/login", &[("login", &login), ("password", password)])
            .await
    }

    fn header(&self) -> String {
        let cookies = self.cookies.lock().unwrap();
        let pairs: Vec<_> = cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        pairs.join("; ")
    }

    /// The session's cookie alone; empty: none.
    pub fn session(&self) -> String {
        let cookies = self.cookies.lock().unwrap();
        cookies
            .get("pinhui")
            .map_or_else(String::new, |secret| format!("pinhui={secret}"))
    }

    /// Is someone signed in here?
    pub async fn is_in(&self) -> bool {
        self.get("/account").await.status() == StatusCode::OK
    }

    fn keep(&self, answer: &Response) {
        let mut cookies = self.cookies.lock().unwrap();
        for set in answer.headers().get_all(SET_COOKIE) {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    pub async fn get(&self, path: &str) -> Response {
        let request = self.site.client.get(self.site.url(path));
        let answer = request
            .header(COOKIE, self.header())
            .header(USER_AGENT, self.agent)
            .header("accept", "text/html,application/xhtml+xml")
            .send()
            .await
            .unwrap();
        self.keep(&answer);
        answer
    }

    /// A page's text, whatever its status.
    pub async fn page(&self, path: &str) -> String {
        self.get(path).await.text().await.unwrap()
    }

    /// Hands in a form, with the session's token.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let mut form: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        let session = self.session();
        if !session.is_empty() && self.is_in().await {
            form.push(format!("csrf={}", self.site.csrf(&self.session()).await));
        }
        let answer = self
            .site
            .client
            .post(self.site.url(path))
            .header(COOKIE, self.header())
            .header(USER_AGENT, self.agent)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.join("&"))
            .send()
            .await
            .unwrap();
        self.keep(&answer);
        answer
    }

    /// Asks for a code by SMS, with a captcha that is read rightly.
    pub async fn ask_code(&self, mobile: &str, purpose: &str) -> (StatusCode, Value) {
        let (id, digits) = captcha(self.site);
        self.ask_code_with(mobile, purpose, &id.to_string(), &digits)
            .await
    }

    pub async fn ask_code_with(
        &self,
        mobile: &str,
        purpose: &str,
        captcha_id: &str,
        captcha: &str,
    ) -> (StatusCode, Value) {
        let mut request = self
            .site
            .client
            .post(self.site.url("/api/sms-codes"))
            .header(COOKIE, self.header());
        let session = self.session();
        if !session.is_empty() {
            request = request.header("x-csrf-token", self.site.csrf(&session).await);
        }
        let wish = json!({ "mobile": mobile, "purpose": purpose, "captcha_id": captcha_id,
            "captcha": captcha });
        let answer = request.json(&wish).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }
}

/// A captcha and what a person reads in its picture.
pub fn captcha(site: &Site) -> (CaptchaId, String) {
    let state = &site.running.state;
    let id = captchas::fresh(state);
    (id, captchas::digits_of(&state.signer, id))
}

/// Other digits of the same length.
pub fn not(digits: &str) -> String {
    let other = |c: char| if c == '9' { '0' } else { '9' };
    digits.chars().map(other).collect()
}

/// Codes that came to a telephone, oldest first.
pub fn codes_at(site: &Site, mobile: &str) -> Vec<String> {
    let emulators = site.running.state.emulators.as_ref().expect("the demo");
    let received = emulators.sms.emulator.received();
    received
        .into_iter()
        .filter(|sms| sms.number == mobile)
        .filter_map(|sms| {
            let digits: String = sms.text.chars().filter(char::is_ascii_digit).collect();
            digits.get(..6).map(str::to_owned)
        })
        .collect()
}

/// The code that comes as number `count` to a telephone.
pub async fn code_at(site: &Site, mobile: &str, count: usize) -> String {
    wait_for(|| codes_at(site, mobile).get(count - 1).cloned()).await
}

/// Looks until there is something.
pub async fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = look() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), found)
        .await
        .expect("it came in time")
}

/// The mobile number of a demo person.
pub async fn mobile_of(site: &Site, who: &str) -> String {
    let account = site.account(who).await;
    let (mobile,): (String,) = on_db!(site.running.state.db, c => sqlx::query_as(
        "SELECT mobile FROM accounts WHERE id = $1").bind(account).fetch_one(c).await)
    .unwrap();
    mobile
}

/// Events that someone was told of, oldest first.
pub async fn told(site: &Site, account: AccountId) -> Vec<String> {
    let rows: Vec<(String,)> = on_db!(site.running.state.db, c => sqlx::query_as(
        "SELECT event FROM notifications WHERE account_id = $1 ORDER BY created_ms, id")
        .bind(account).fetch_all(c).await)
    .unwrap();
    rows.into_iter().map(|(event,)| event).collect()
}

/// What the audit log has of an account, oldest first.
pub async fn audited(site: &Site, account: AccountId) -> Vec<String> {
    let subject = account.to_string();
    let rows = portal::audit::of(&site.running.state.db, "account", &subject).await;
    rows.unwrap().into_iter().map(|row| row.action).collect()
}

pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
