//! What tests of companies do over and over: fill in forms, prove a number, upload, decide.

#![allow(dead_code, reason = "each test file uses a part of it")]

use base::db::on_db;
use portal::accounts::codes::CodePurpose;
use portal::files::{FileRef, Purpose};
use portal::ids::{AccountId, CompanyId, FileId, ReviewId, SchoolId, SmsCodeId};
use portal::reviews::{self, Decision, Inbox};
use reqwest::{Response, StatusCode};
use serde_json::Value;

use crate::site::{Site, cookie};

/// A good password for everyone.
pub const PASSWORD: &str = "Tingyu-2027";
/// The code that every SMS of these tests has.
pub const CODE: &str = "246810";

/// Fields of a form.
#[derive(Debug, Clone, Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    pub fn new(pairs: &[(&str, &str)]) -> Self {
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        Self(pairs.iter().map(own).collect())
    }

    /// With another value for a field.
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.0.retain(|(name, _)| name != key);
        self.0.push((key.to_owned(), value.to_owned()));
        self
    }

    pub fn get(&self, key: &str) -> &str {
        self.0
            .iter()
            .find(|(name, _)| name == key)
            .map_or("", |(_, value)| value)
    }

    /// As it goes over the wire, or into an address.
    pub fn encoded(&self) -> String {
        let pair = |(key, value): &(String, String)| format!("{key}={}", encode(value));
        self.0.iter().map(pair).collect::<Vec<_>>().join("&")
    }
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

/// The form of 情况二, good as it stands, but for its files.
pub fn certify_form(name: &str, code: &str, mobile: &str) -> Form {
    Form::new(&[
        ("school", "demo"),
        ("schools", "demo"),
        ("name", name),
        ("code", code),
        ("province", "43"),
        ("city", "430100"),
        ("address", "岳麓区示例大道 1111 号"),
        ("tel", "0731-88888888"),
        ("official_email", "office@tingyu.example"),
        ("hr_email", "hr@tingyu.example"),
        ("postcode", "410000"),
        ("nature", "39"),
        ("industry", "I"),
        ("person", "张璇"),
        ("department", "人力资源部"),
        ("mobile", mobile),
        ("password", PASSWORD),
        ("sms_code", CODE),
        ("agree", "1"),
    ])
}

/// The form of 情况一, good as it stands.
pub fn join_form(name: &str, code: &str, mobile: &str) -> Form {
    Form::new(&[
        ("name", name),
        ("code", code),
        ("kind", "join"),
        ("person", "张璇"),
        ("department", "人力资源部"),
        ("mobile", mobile),
        ("password", PASSWORD),
        ("sms_code", CODE),
        ("agree", "1"),
    ])
}

impl Site {
    /// Sends a form of somebody who is signed in.
    pub async fn submit(&self, path: &str, cookie: &str, form: &Form) -> Response {
        let mut body = form.encoded();
        if !cookie.is_empty() {
            body = format!("csrf={}&{body}", self.csrf(cookie).await);
        }
        self.post(path, cookie, body).await
    }

    /// A page's text; it must be there.
    pub async fn html(&self, path: &str, cookie: &str) -> String {
        let answer = self.get(path, cookie).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.unwrap()
    }

    /// Puts [`CODE`] on its way to a number.
    pub async fn sms(&self, mobile: &str, purpose: CodePurpose) {
        let state = &self.running.state;
        let hash = state
            .signer
            .tag("sms-code", &[mobile, purpose.as_str(), CODE]);
        let now_ms = state.now_ms();
        on_db!(state.db.writer().await.unwrap(), c => sqlx::query(
            "INSERT INTO sms_codes (id, mobile, purpose, code_hash, address_hash, sent_ms,
                expires_ms) VALUES ($1, $2, $3, $4, '', $5, $6)")
            .bind(SmsCodeId::new())
            .bind(mobile)
            .bind(purpose)
            .bind(hash)
            .bind(now_ms)
            .bind(now_ms + 300_000)
            .execute(c).await.map(drop))
        .unwrap();
    }

    /// A loose upload; the result is what a form's field names it by.
    pub async fn uploaded(&self, purpose: Purpose) -> String {
        let state = &self.running.state;
        let id = FileId::new();
        on_db!(state.db.writer().await.unwrap(), c => sqlx::query(
            "INSERT INTO files (id, purpose, name, mime, bytes, sha256, object_key, state,
                created_ms, changed_ms)
             VALUES ($1, $2, 'scan.png', 'image/png', 9, $3, $4, 'loose', $5, $5)")
            .bind(id)
            .bind(purpose)
            .bind("0".repeat(64))
            .bind(id.to_string())
            .bind(state.now_ms())
            .execute(c).await.map(drop))
        .unwrap();
        FileRef::issue(&state.signer, id, purpose)
    }

    /// Registers a company; the result is its administrator's cookie.
    pub async fn register(&self, name: &str, code: &str, mobile: &str) -> String {
        self.sms(mobile, CodePurpose::Register).await;
        let licence = self.uploaded(Purpose::Licence).await;
        let letter = self.uploaded(Purpose::Letter).await;
        let form = certify_form(name, code, mobile)
            .with("licence", &licence)
            .with("letter", &letter);
        let answer = self.submit("/register/company/certify", "", &form).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        cookie(&answer)
    }

    /// Asks to join a company; the result is the applicant's cookie.
    pub async fn ask_to_join(&self, name: &str, code: &str, mobile: &str) -> String {
        self.sms(mobile, CodePurpose::Register).await;
        let form = join_form(name, code, mobile);
        let answer = self.submit("/register/company/join", "", &form).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        cookie(&answer)
    }

    /// The open review of a kind at a company.
    pub async fn review(&self, kind: &str, company: CompanyId) -> Open {
        on_db!(self.running.state.db, c => sqlx::query_as(
            "SELECT id, version, flags FROM reviews
             WHERE kind = $1 AND company_id = $2 AND state = 'open'")
            .bind(kind).bind(company).fetch_one(c).await)
        .unwrap()
    }

    /// All open reviews of a kind at a company.
    pub async fn open_reviews(&self, kind: &str, company: CompanyId) -> Vec<Open> {
        on_db!(self.running.state.db, c => sqlx::query_as(
            "SELECT id, version, flags FROM reviews
             WHERE kind = $1 AND company_id = $2 AND state = 'open'")
            .bind(kind).bind(company).fetch_all(c).await)
        .unwrap()
    }

    /// A reviewer decides it.
    pub async fn decide(&self, open: &Open, desk: Inbox, by: &str, decision: &Decision) {
        let state = &self.running.state;
        let by = self.account(by).await;
        let mut tx = state.db.begin().await.unwrap();
        let of = (open.id, open.version);
        reviews::store::decide(&mut tx, of, desk, by, decision, state.now_ms())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// The company of a name.
    pub async fn company(&self, name: &str) -> CompanyId {
        let mut tx = self.running.state.db.begin().await.unwrap();
        portal::companies::store::by_name(&mut tx, name)
            .await
            .unwrap()
            .expect("the company")
    }

    /// The demo school.
    pub async fn school(&self) -> SchoolId {
        portal::schools::store::by_code(&self.running.state.db, "demo")
            .await
            .unwrap()
            .unwrap()
    }

    /// Who has a mobile number.
    pub async fn by_mobile(&self, mobile: &str) -> AccountId {
        let (id,): (AccountId,) = on_db!(self.running.state.db, c => sqlx::query_as(
            "SELECT id FROM accounts WHERE mobile = $1").bind(mobile).fetch_one(c).await)
        .unwrap();
        id
    }

    /// Events and arguments of what someone is told, the oldest first.
    pub async fn told(&self, account: AccountId) -> Vec<(String, Value)> {
        let rows: Vec<(String, String)> = on_db!(self.running.state.db, c => sqlx::query_as(
            "SELECT event, args FROM notifications WHERE account_id = $1 ORDER BY created_ms, id")
            .bind(account).fetch_all(c).await)
        .unwrap();
        rows.into_iter()
            .map(|(event, args)| (event, serde_json::from_str(&args).unwrap()))
            .collect()
    }
}

/// A review that waits.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Open {
    pub id: ReviewId,
    pub version: i64,
    pub flags: String,
}
