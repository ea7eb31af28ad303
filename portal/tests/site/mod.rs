//! A portal on free ports with a data folder of its own, and a client that follows nothing.

#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod forms;

use std::net::SocketAddr;
use std::time::Duration;

use base::clock::Clock;
use base::db::testing::TestFolder;
use base::shutdown::Shutdown;
use portal::accounts::rules::LoginName;
use portal::ids::{AccountId, BoothId, FairId};
use portal::{Config, Mode, Running};
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Method, Response, StatusCode, redirect};
use serde_json::Value;

/// A running portal.
pub struct Site {
    /// The server.
    pub running: Running,
    /// Its end.
    pub shutdown: Shutdown,
    /// A client without a cookie jar.
    pub client: Client,
    _folder: TestFolder,
}

impl Site {
    pub async fn start(mode: Mode) -> Self {
        Self::start_with(mode, |_| {}).await
    }

    pub async fn start_with(mode: Mode, change: impl FnOnce(&mut Config)) -> Self {
        Self::start_at(mode, Clock::System, change).await
    }

    /// By a clock of the test's; the live side goes by it, too.
    pub async fn start_at(mode: Mode, clock: Clock, change: impl FnOnce(&mut Config)) -> Self {
        let folder = TestFolder::new();
        let free: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let mut config = Config {
            data: folder.path().to_owned(),
            ..Config::default()
        };
        config.http.bind = free;
        config.operator.bind = free;
        config.accounts.argon2_memory_kib = 8;
        config.accounts.argon2_passes = 1;
        config.media.workers = 1;
        config.media.announce = vec![free.ip()];
        change(&mut config);
        let shutdown = Shutdown::new(Duration::from_secs(5));
        let running = portal::start_at(config, mode, clock, shutdown.clone())
            .await
            .unwrap();
        // The client's TLS has no provider of its own; another test may have chosen it already.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            running,
            shutdown,
            client,
            _folder: folder,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.http_url())
    }

    pub fn operator_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.running.operator)
    }

    pub async fn get(&self, path: &str, cookie: &str) -> Response {
        self.client
            .get(self.url(path))
            .header(COOKIE, cookie)
            .send()
            .await
            .unwrap()
    }

    pub async fn post(&self, path: &str, cookie: &str, form: String) -> Response {
        self.client
            .post(self.url(path))
            .header(COOKIE, cookie)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await
            .unwrap()
    }

    pub async fn login(&self, who: &str, password: &str) -> Response {
        let form = format!("login={who}%40demo.example&password={password}");
        self.post("/login", "", form).await
    }

    /// Enters as a demo person; the result is his cookie.
    pub async fn enter(&self, who: &str) -> String {
        cookie(&self.get(&format!("/demo/enter/{who}"), "").await)
    }

    /// The session's forgery token, straight from the database.
    pub async fn csrf(&self, cookie: &str) -> String {
        let state = &self.running.state;
        let secret = cookie.split_once('=').unwrap().1;
        let by = (&state.config.accounts, &state.seen);
        portal::accounts::sessions::find(&state.db, by, secret, state.now_ms())
            .await
            .unwrap()
            .unwrap()
            .csrf
    }

    /// Sends JSON with the session's forgery token.
    pub async fn json(
        &self,
        method: Method,
        path: &str,
        cookie: &str,
        body: &Value,
    ) -> (StatusCode, Value) {
        let mut request = self
            .client
            .request(method, self.url(path))
            .header(COOKIE, cookie);
        if !cookie.is_empty() {
            request = request.header("x-csrf-token", self.csrf(cookie).await);
        }
        let answer = request.json(body).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or(Value::Null))
    }

    /// A demo person's account.
    pub async fn account(&self, who: &str) -> AccountId {
        let name = LoginName::Email(portal::demo::seed::email(who));
        let db = &self.running.state.db;
        portal::accounts::store::find_login(db, &name)
            .await
            .unwrap()
            .unwrap()
            .id
    }

    /// The fair and the booth where a demo interviewer has a seat.
    pub async fn booth(&self, who: &str) -> (FairId, BoothId) {
        let account = self.account(who).await;
        let db = &self.running.state.db;
        let own = portal::video_fairs::store::of_member(db, account)
            .await
            .unwrap()
            .remove(0);
        (own.fair_id, own.booth)
    }

    pub async fn end(self) {
        self.shutdown.trigger();
        self.running.wait().await.unwrap();
    }
}

/// The cookie that an answer sets.
pub fn cookie(response: &Response) -> String {
    let line = response
        .headers()
        .get(SET_COOKIE)
        .expect("a cookie")
        .to_str()
        .unwrap();
    line.split(';').next().unwrap().to_owned()
}

/// Where an answer leads.
pub fn location(response: &Response) -> &str {
    response
        .headers()
        .get(LOCATION)
        .map_or("", |value| value.to_str().unwrap())
}
