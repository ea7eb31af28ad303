//! Reading messages.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Redirect;
use serde::Deserialize;

use super::store;
use crate::accounts::{SignedIn, rules::way_back};
use crate::ids::NotificationId;
use crate::state::AppState;
use crate::web::{PageError, PageResult};

/// Where a person comes from.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    tab: String,
    /// The page was made at this time, ms since 1970.
    #[serde(default)]
    seen_ms: i64,
}

impl Back {
    fn path(&self) -> &'static str {
        if self.tab == "unread" {
            "/messages?tab=unread"
        } else {
            "/messages"
        }
    }
}

/// `POST /messages/{id}/open`: marks it as read and leads to what it speaks of.
pub(super) async fn open(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Path(id): Path<NotificationId>,
) -> PageResult<Redirect> {
    let link = store::read(&state.db, id, session.account.id, state.now_ms())
        .await?
        .ok_or(PageError::NotFound)?;
    Ok(Redirect::to(way_back(&link).unwrap_or("/messages")))
}

/// `POST /messages/{id}/read`
pub(super) async fn read(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Path(id): Path<NotificationId>,
    Form(back): Form<Back>,
) -> PageResult<Redirect> {
    store::read(&state.db, id, session.account.id, state.now_ms())
        .await?
        .ok_or(PageError::NotFound)?;
    Ok(Redirect::to(back.path()))
}

/// `POST /messages/read-all`: what came after the page was made stays unread.
pub(super) async fn read_all(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Form(back): Form<Back>,
) -> PageResult<Redirect> {
    let now_ms = state.now_ms();
    let until_ms = back.seen_ms.min(now_ms);
    store::read_all(&state.db, session.account.id, until_ms, now_ms).await?;
    Ok(Redirect::to(back.path()))
}
