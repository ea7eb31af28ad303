//! `/agreements/accept`: agreeing to what has changed.

use std::net::SocketAddr;

use askama::Template;
use axum::Form;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::rules::{self, Asking};
use super::store::{self, Standing};
use crate::accounts::rules::{home_path, way_back};
use crate::accounts::{Session, SignedIn};
use crate::audit;
use crate::state::AppState;
use crate::web::{PageResult, address};

/// The page that asks.
#[derive(Debug, Template)]
#[template(path = "agreement-accept.html")]
pub struct AcceptPage {
    /// The session's forgery token.
    pub csrf: String,
    /// Where to go on.
    pub next: String,
    /// What is asked about.
    pub asked: Vec<Standing>,
}

impl AcceptPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let standing = |code: &str, title: &str, accepted| Standing {
            code: code.to_owned(),
            title: title.to_owned(),
            version: 2,
            accepted,
        };
        Self {
            csrf: "00ff".to_owned(),
            next: "/fairs".to_owned(),
            asked: vec![
                standing(rules::USER, "用户服务协议", 1),
                standing(rules::PRIVACY, "隐私政策", 1),
            ],
        }
    }
}

/// What the address may ask for.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    next: String,
}

/// What is accepted: each text as `code:version`, as it was shown.
#[derive(Debug, Deserialize)]
pub(super) struct Accepted {
    #[serde(default)]
    next: String,
    #[serde(default)]
    accept: String,
}

/// All that this person is asked about.
async fn asked_of(state: &AppState, session: &Session) -> PageResult<Vec<Standing>> {
    if !rules::is_asked(session.account.kind) {
        return Ok(Vec::new());
    }
    let mut standing = store::standing(&state.db, session.account.id).await?;
    standing.retain(|one| rules::asking(&one.code, one.version, one.accepted) != Asking::Not);
    Ok(standing)
}

/// Where someone goes on.
fn onward<'a>(next: &'a str, session: &Session) -> &'a str {
    way_back(next)
        .filter(|path| !path.starts_with("/agreements/"))
        .unwrap_or(home_path(session.account.kind))
}

/// `GET /agreements/accept`
pub(super) async fn ask(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Query(asked): Query<Asked>,
) -> PageResult<Response> {
    let next = onward(&asked.next, &session).to_owned();
    let asked = asked_of(&state, &session).await?;
    if asked.is_empty() {
        return Ok(Redirect::to(&next).into_response());
    }
    let page = AcceptPage {
        csrf: session.csrf,
        next,
        asked,
    };
    Ok(Html(page.render()?).into_response())
}

/// `POST /agreements/accept`. Only what was on the page is accepted: a version that came
/// meanwhile is asked about again.
pub(super) async fn accept(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<Accepted>,
) -> PageResult<Redirect> {
    let now_ms = state.now_ms();
    let me = session.account.id;
    let from = address::client(&headers, peer, &state.config.http.proxies);
    let asked = asked_of(&state, &session).await?;
    let mut tx = state.db.begin().await?;
    for one in asked {
        let shown = format!("{}:{}", one.code, one.version);
        if form.accept.split(',').any(|accepted| accepted == shown) {
            store::accept(&mut tx, me, &one.code, one.version, from, now_ms).await?;
            audit::Entry::by(me, "agreement.accept", "agreement", &one.code)
                .with(serde_json::json!({ "version": one.version }))
                .write_in(&mut tx, now_ms)
                .await?;
        }
    }
    tx.commit().await?;
    Ok(Redirect::to(onward(&form.next, &session)))
}
