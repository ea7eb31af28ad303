//! Asking those who have not agreed to what is in force.
//!
//! The layer [`ask`] stands behind the session. A new version of the terms or of the privacy
//! policy leads to a page of its own; anything less is a note at the head of whatever page is
//! rendered for this request. The note travels as a task-local value, since every page has it and
//! no handler has to do with it.

use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::rules::{self, Asking};
use super::store::{self, Standing};
use crate::accounts::Session;
use crate::state::AppState;
use crate::web::PageError;

/// Paths that stay open: the texts themselves, the way out, and one's own data.
const OPEN: [&str; 6] = [
    "/agreements/",
    "/privacy",
    "/complaints",
    "/logout",
    "/static/",
    "/files/",
];

tokio::task_local! {
    static ASKED: Vec<Standing>;
}

/// Texts that the page being rendered asks about; for the layout.
pub fn asked_on_this_page() -> Vec<Standing> {
    ASKED.try_with(Vec::clone).unwrap_or_default()
}

/// The layer that asks.
///
/// # Errors
/// [`PageError::Internal`] if the database failed.
pub async fn ask(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, PageError> {
    let Some(session) = asks(&request) else {
        return Ok(next.run(request).await);
    };
    let standing = store::standing(&state.db, session.account.id).await?;
    let about = |wanted: Asking| {
        standing
            .iter()
            .filter(|one| rules::asking(&one.code, one.version, one.accepted) == wanted)
            .cloned()
            .collect::<Vec<_>>()
    };
    if !about(Asking::Stop).is_empty() {
        let back = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        let path = format!("/agreements/accept?next={}", escaped(back));
        return Ok(Redirect::to(&path).into_response());
    }
    Ok(ASKED.scope(about(Asking::Note), next.run(request)).await)
}

/// Does this request open a page for someone who is asked? Then whose session it is.
fn asks(request: &Request) -> Option<Session> {
    let is_page = request.method() == Method::GET
        && request
            .headers()
            .get(header::ACCEPT)
            .is_some_and(|kinds| kinds.as_bytes().windows(9).any(|part| part == b"text/html"));
    let path = request.uri().path();
    if !is_page || OPEN.iter().any(|open| path.starts_with(open)) {
        return None;
    }
    request
        .extensions()
        .get::<Session>()
        .filter(|session| rules::is_asked(session.account.kind))
        .cloned()
}

/// Escapes a path for a query.
fn escaped(path: &str) -> String {
    path.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
        text
    })
}
