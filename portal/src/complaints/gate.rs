//! Keeps out whom a ban keeps out, on every path and method.
//!
//! A banned account has lost its sessions; one that signs in again sees why, the decision about
//! itself with the way to appeal, and its data. A banned company's members still reach what is their own: complaints (an appeal), their data,
//! their account.

use askama::Template;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

use super::bans::{self, Ban, until_zh};
use crate::accounts::{AccountKind, Session};
use crate::state::AppState;
use crate::web::PageError;

/// Paths that stay open for everyone.
const OPEN: [&str; 4] = ["/static/", "/logout", "/agreements/", "/healthz"];
/// Paths that stay open for members of a banned company.
const OPEN_FOR_MEMBERS: [&str; 6] = [
    "/complaints",
    "/privacy",
    "/account",
    "/messages",
    "/files/",
    "/api/files",
];
/// Paths that stay open for a banned account: an appeal, and the rights to one's own data.
const OPEN_FOR_BANNED: [&str; 2] = ["/complaints", "/privacy"];
/// Whoever is banned himself complains of nobody.
const FILING: &str = "/complaints/new";

/// Is `path` the page `open`, or one below it?
fn is_below(path: &str, open: &str) -> bool {
    path.strip_prefix(open)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Why someone is kept out.
#[derive(Debug, Template)]
#[template(path = "banned.html")]
pub struct BannedPage {
    /// The session's forgery token.
    pub csrf: String,
    /// The company is banned, not the account.
    pub company: bool,
    /// Id of the ban.
    pub ban: String,
    /// Why.
    pub reason: String,
    /// Until when.
    pub until: String,
    /// Telephone of the support; may be empty.
    pub phone: String,
}

impl BannedPage {
    fn new(ban: Ban, session: &Session, phone: &str) -> Self {
        Self {
            csrf: session.csrf.clone(),
            company: ban.subject_kind == "company",
            ban: ban.id.to_string(),
            reason: ban.reason,
            until: until_zh(ban.until_ms),
            phone: phone.to_owned(),
        }
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            csrf: "00ff".to_owned(),
            company: false,
            ban: "018f0000-0000-7000-8000-000000000401".to_owned(),
            reason: "以服装费名义收费，经核实成立。".to_owned(),
            until: "2026-12-25 10:12".to_owned(),
            phone: "010-00000000（示例）".to_owned(),
        }
    }
}

/// The layer that keeps them out.
///
/// # Errors
/// [`PageError::Internal`] if the database failed.
pub async fn keep_out(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, PageError> {
    let path = request.uri().path();
    let session = request.extensions().get::<Session>().filter(|session| {
        !OPEN.iter().any(|open| path.starts_with(open))
            && !matches!(
                session.account.kind,
                AccountKind::Platform | AccountKind::Operator
            )
    });
    let Some(session) = session else {
        return Ok(next.run(request).await);
    };
    let ban = bans::of_account(&state.db, session.account.id, state.now_ms()).await?;
    let open = |ban: &Ban| {
        if ban.subject_kind == "company" {
            return OPEN_FOR_MEMBERS.iter().any(|open| path.starts_with(open));
        }
        OPEN_FOR_BANNED.iter().any(|open| is_below(path, open)) && !is_below(path, FILING)
    };
    let Some(ban) = ban.filter(|ban| !open(ban)) else {
        return Ok(next.run(request).await);
    };
    state
        .privacy
        .complaints
        .with_label_values(&["kept_out"])
        .inc();
    if path.starts_with("/api/") {
        let body = json!({ "title": "已被限制使用", "text": ban.reason });
        return Ok((StatusCode::FORBIDDEN, Json(body)).into_response());
    }
    let page = BannedPage::new(ban, session, &state.config.site.support_phone).render()?;
    Ok((StatusCode::FORBIDDEN, Html(page)).into_response())
}
