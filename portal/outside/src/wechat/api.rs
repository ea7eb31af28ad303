//! Calls of the API: the access token in the query, JSON both ways, errors as `errcode`.

use std::time::Duration;

use base::clock::Clock;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::codes;
use super::config::WechatConfig;
use super::token::{Token, Tokens};
use crate::address::BaseUrl;
use crate::http::{Answer, Http};
use crate::refusal::{Cause, Refusal};
use crate::sign::escape;

/// The API of one account.
#[derive(Debug)]
pub(crate) struct Api {
    http: Http,
    base: BaseUrl,
    tokens: Tokens,
}

#[derive(Deserialize)]
struct Outcome {
    #[serde(default)]
    errcode: i64,
}

impl Api {
    pub fn new(
        base: BaseUrl,
        config: &WechatConfig,
        clock: Clock,
        timeout: Duration,
    ) -> Result<Self, &'static str> {
        Ok(Self {
            http: Http::new(&base, timeout)?,
            tokens: Tokens::new(&base, config, clock, timeout)?,
            base,
        })
    }

    /// Posts `body` to `path`. A token that WeChat refuses is replaced, once.
    ///
    /// # Errors
    /// What the answer says, or that there was none.
    pub async fn post<A: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<A, Refusal> {
        let token = self.tokens.get().await?;
        match self.post_with(&token, path, body).await {
            Err(refusal) if codes::is_of_token(&refusal) => {
                let token = self.tokens.replace(&token).await?;
                self.post_with(&token, path, body).await
            }
            outcome => outcome,
        }
    }

    async fn post_with<A: DeserializeOwned>(
        &self,
        token: &Token,
        path: &str,
        body: &impl Serialize,
    ) -> Result<A, Refusal> {
        let token = escape(token.expose(), b"");
        let url = self.base.join(&format!("{path}?access_token={token}"));
        let request = self.http.post(url).json(body);
        read(&self.http.send(request).await?)
    }
}

/// Reads an answer. Refusals come with status 200 and an `errcode`.
pub(crate) fn read<A: DeserializeOwned>(answer: &Answer) -> Result<A, Refusal> {
    if !answer.status.is_success() {
        return Err(answer.refusal());
    }
    let unreadable = |_| Refusal::new(Cause::Unreadable, "not-the-protocol");
    let outcome: Outcome = serde_json::from_slice(&answer.body).map_err(unreadable)?;
    if outcome.errcode != 0 {
        return Err(codes::refusal(outcome.errcode));
    }
    serde_json::from_slice(&answer.body).map_err(unreadable)
}
