//! Forms, pages as a browser asks for them, uploads, and rows that a story begins with.

use base::db::on_db;
use portal::accounts::codes::proof;
use portal::ids::{BoothId, EntryId, FairId};
use portal::privacy::consents;
use reqwest::header::{ACCEPT, COOKIE};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::Value;
use sqlx::AssertSqlSafe;

use super::Site;

/// The number of a stranger who uploads.
pub const STRANGER: &str = "13811119999";

/// A picture of 64 × 32 pixels, as far as its header goes.
pub fn png() -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    file.extend(64_u32.to_be_bytes());
    file.extend(32_u32.to_be_bytes());
    file.extend([8, 6, 0, 0, 0, 1, 2, 3, 4]);
    file.extend(b"\0\0\0\x03IDATabc\0\0\0\0");
    file.extend(b"\0\0\0\0IEND\xae\x42\x60\x82");
    file
}

/// A PDF without pages.
pub fn pdf() -> Vec<u8> {
    b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n".to_vec()
}

fn escape(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

impl Site {
    /// Sends a form with the session's forgery token.
    pub async fn send(&self, path: &str, cookie: &str, pairs: &[(&str, &str)]) -> Response {
        let mut form = format!("csrf={}", self.csrf(cookie).await);
        for (key, value) in pairs {
            form.push_str(&format!("&{}={}", escape(key), escape(value)));
        }
        self.post(path, cookie, form).await
    }

    /// A page that is there.
    pub async fn page(&self, path: &str, cookie: &str) -> String {
        let response = self.get(path, cookie).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.text().await.unwrap()
    }

    /// Asks as a browser does for a page.
    pub async fn browse(&self, path: &str, cookie: &str) -> Response {
        let request = self.client.get(self.url(path)).header(COOKIE, cookie);
        request
            .header(ACCEPT, "text/html,*/*")
            .send()
            .await
            .unwrap()
    }

    /// The proof of a stranger's number, for his uploads.
    pub fn number_proof(&self, mobile: &str) -> String {
        let state = &self.running.state;
        proof::issue(&state.signer, mobile, state.now_ms())
    }

    /// Uploads bytes; without a cookie as a stranger with a proven number.
    pub async fn upload(
        &self,
        cookie: &str,
        (purpose, name): (&str, &str),
        bytes: impl Into<reqwest::Body>,
    ) -> (StatusCode, Value) {
        let path = format!("/api/files?purpose={purpose}&name={}", escape(name));
        let request = self.uploading(&path, cookie).await;
        let response = request.body(bytes).send().await.unwrap();
        let status = response.status();
        (status, response.json().await.unwrap_or(Value::Null))
    }

    /// An upload's request without its bytes, with what its sender shows.
    pub async fn uploading(&self, path: &str, cookie: &str) -> RequestBuilder {
        let request = self.client.post(self.url(path)).header(COOKIE, cookie);
        match cookie {
            "" => request.header("x-number-proof", self.number_proof(STRANGER)),
            _ => request.header("x-csrf-token", self.csrf(cookie).await),
        }
    }

    /// Runs one statement.
    pub async fn sql(&self, text: &str) {
        let db = &self.running.state.db;
        let query = AssertSqlSafe(text.to_owned());
        on_db!(db.writer().await.unwrap(), c => sqlx::query(query).execute(c).await.map(drop))
            .unwrap();
    }

    /// One number out of the database.
    pub async fn number(&self, text: &str) -> i64 {
        let db = &self.running.state.db;
        let query = AssertSqlSafe(text.to_owned());
        let (n,): (i64,) = on_db!(db, c => sqlx::query_as(query).fetch_one(c).await).unwrap();
        n
    }

    /// A queue entry of a demo student, as the live side would have stored it.
    pub async fn entry(
        &self,
        who: &str,
        (fair, booth): (FairId, BoothId),
        (origin, stage): (&str, &str),
        made_ms: i64,
    ) -> EntryId {
        let (entry, student) = (EntryId::new(), self.account(who).await);
        self.sql(&format!(
            "INSERT INTO live_fairs (id, epoch, lease_owner, lease_fence, lease_until_ms,
                alive_at_ms) VALUES ('{fair}', 1, 'x', 1, 1, 1) ON CONFLICT (id) DO NOTHING"
        ))
        .await;
        self.sql(&format!(
            "INSERT INTO queue_entries (id, fair_id, booth_id, person_id, origin, stage, made_ms,
                since_ms, misses, laters, rank) VALUES ('{entry}', '{fair}', '{booth}',
                '{student}', '{origin}', '{stage}', {made_ms}, {made_ms}, 0, 0, 1)"
        ))
        .await;
        let state = &self.running.state;
        let mut tx = state.db.begin().await.unwrap();
        // As his ticket did before.
        consents::give_at_fair(&mut tx, student, fair, "203.0.113.5", made_ms - 1)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        entry
    }
}

/// What stands in a hidden or other field of a page.
pub fn field(html: &str, name: &str) -> String {
    let at = html
        .find(&format!("name=\"{name}\" value=\""))
        .unwrap_or_else(|| panic!("no field {name}"));
    let value = &html[at..].split("value=\"").nth(1).unwrap();
    value.split('"').next().unwrap().to_owned()
}

/// The first address in a page that begins with `start`.
pub fn href(html: &str, start: &str) -> String {
    let at = html
        .find(&format!("\"{start}"))
        .unwrap_or_else(|| panic!("no {start}"));
    let path = html[at + 1..].split('"').next().unwrap();
    path.replace("&#38;", "&").replace("&amp;", "&")
}
