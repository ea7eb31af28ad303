//! The access token: fetched once for all who wait, renewed before it ends.
//!
//! The stable interface (获取稳定版接口调用凭据) gives every caller the same token while it lives, so
//! several servers of one platform do not take it from each other.

use std::sync::Arc;
use std::time::Duration;

use base::clock::Clock;
use base::config::Secret;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;

use super::api::read;
use super::config::WechatConfig;
use crate::address::BaseUrl;
use crate::http::Http;
use crate::refusal::{Cause, Refusal};

/// A token is renewed this long before it ends; WeChat keeps the old one valid meanwhile.
const EARLY_MS: i64 = 5 * 60_000;
/// After a failure, those who ask within this time get the same refusal instead of trying again
/// one after the other.
const HOLD_FAILURE_MS: i64 = 2_000;
/// Between two forced renewals; WeChat allows 20 a day, 30 s apart.
const BETWEEN_FORCED_MS: i64 = 30_000;
/// The longest life of a token, in seconds.
const MAX_LIFE_S: i64 = 7_200;
/// The longest token, in bytes; WeChat asks for room for 512.
const MAX_TOKEN_BYTES: usize = 2_048;

/// An access token. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token(Arc<Secret>);

impl Token {
    /// Its text, for the address of a request.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// The token of one account.
#[derive(Debug)]
pub(crate) struct Tokens {
    http: Http,
    url: String,
    appid: String,
    secret: Secret,
    clock: Clock,
    /// Held while a token is fetched: whoever comes meanwhile waits, and finds it.
    slot: Mutex<Slot>,
}

#[derive(Default)]
struct Slot {
    held: Option<Held>,
    failed: Option<(Refusal, i64)>,
    forced_ms: Option<i64>,
}

struct Held {
    token: Token,
    renew_ms: i64,
    end_ms: i64,
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Slot(…)")
    }
}

#[derive(Deserialize)]
struct Fetched {
    access_token: String,
    expires_in: i64,
}

impl Tokens {
    pub fn new(
        base: &BaseUrl,
        config: &WechatConfig,
        clock: Clock,
        timeout: Duration,
    ) -> Result<Self, &'static str> {
        Ok(Self {
            http: Http::new(base, timeout)?,
            url: base.join("/cgi-bin/stable_token"),
            appid: config.appid.clone(),
            secret: config.secret.clone(),
            clock,
            slot: Mutex::default(),
        })
    }

    /// The token that is valid now.
    pub async fn get(&self) -> Result<Token, Refusal> {
        let mut slot = self.slot.lock().await;
        let now_ms = self.clock.now_ms();
        if let Some(held) = slot.held.as_ref().filter(|held| now_ms < held.renew_ms) {
            return Ok(held.token.clone());
        }
        match self.renew(&mut slot, false).await {
            Ok(token) => Ok(token),
            // The old one still has some minutes.
            Err(refusal) => match slot.held.as_ref().filter(|held| now_ms < held.end_ms) {
                Some(held) => Ok(held.token.clone()),
                None => Err(refusal),
            },
        }
    }

    /// A token in the place of one that WeChat has refused. If the stable interface still gives
    /// that very token, it is forced to make a new one.
    pub async fn replace(&self, refused: &Token) -> Result<Token, Refusal> {
        let mut slot = self.slot.lock().await;
        if let Some(held) = slot.held.as_ref().filter(|held| held.token != *refused) {
            return Ok(held.token.clone());
        }
        slot.held = None;
        let token = self.renew(&mut slot, false).await?;
        let now_ms = self.clock.now_ms();
        let forced_lately = slot
            .forced_ms
            .is_some_and(|at_ms| now_ms - at_ms < BETWEEN_FORCED_MS);
        if token != *refused || forced_lately {
            return Ok(token);
        }
        slot.forced_ms = Some(now_ms);
        self.renew(&mut slot, true).await
    }

    async fn renew(&self, slot: &mut Slot, force: bool) -> Result<Token, Refusal> {
        let now_ms = self.clock.now_ms();
        if let Some((refusal, until_ms)) = &slot.failed
            && now_ms < *until_ms
        {
            return Err(refusal.clone());
        }
        match self.fetch(force).await {
            Ok(fetched) => {
                let life_ms = fetched.expires_in.clamp(1, MAX_LIFE_S) * 1_000;
                let token = Token(Arc::new(Secret::new(fetched.access_token)));
                slot.failed = None;
                slot.held = Some(Held {
                    token: token.clone(),
                    renew_ms: now_ms + (life_ms - EARLY_MS).max(life_ms / 2),
                    end_ms: now_ms + life_ms,
                });
                Ok(token)
            }
            Err(refusal) => {
                // From now on, not from the begin: the time limit may be longer than the hold.
                let until_ms = self.clock.now_ms() + HOLD_FAILURE_MS;
                slot.failed = Some((refusal.clone(), until_ms));
                Err(refusal)
            }
        }
    }

    async fn fetch(&self, force: bool) -> Result<Fetched, Refusal> {
        let body = json!({
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self.secret.expose(),
            "force_refresh": force,
        });
        let request = self.http.post(self.url.clone()).json(&body);
        let fetched: Fetched = read(&self.http.send(request).await?)?;
        let good = (1..=MAX_TOKEN_BYTES).contains(&fetched.access_token.len());
        if good {
            Ok(fetched)
        } else {
            Err(Refusal::new(Cause::Unreadable, "no-token"))
        }
    }
}
