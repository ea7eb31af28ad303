//! Dead letters: try again, or give up.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Redirect;
use serde::Deserialize;
use serde_json::json;

use super::super::store;
use super::SendDesk;
use crate::audit;
use crate::ids::{AccountId, SendId};
use crate::notifications::channel::Channel;
use crate::notifications::sending::Happening;
use crate::state::AppState;
use crate::web::{PageError, PageResult};

const DEAD_LETTERS: &str = "/platform/sends?state=dead";
/// Dead letters that one click sends again; after a longer failure it takes several.
const RETRY_AT_ONCE: i64 = 200;
/// Those of one transaction; others write between two of them.
const RETRY_SLICE: usize = 40;

/// Which dead letters.
#[derive(Debug, Deserialize)]
pub(crate) struct Which {
    #[serde(default)]
    channel: String,
}

/// `POST /platform/sends/{id}/retry`
pub(crate) async fn retry(
    State(state): State<AppState>,
    SendDesk(staff): SendDesk,
    Path(id): Path<SendId>,
) -> PageResult<Redirect> {
    change(&state, staff.id, id, Happening::Retried, "send.retry").await
}

/// `POST /platform/sends/{id}/void`
pub(crate) async fn give_up(
    State(state): State<AppState>,
    SendDesk(staff): SendDesk,
    Path(id): Path<SendId>,
) -> PageResult<Redirect> {
    change(&state, staff.id, id, Happening::GivenUp, "send.void").await
}

async fn change(
    state: &AppState,
    actor: AccountId,
    id: SendId,
    happening: Happening,
    action: &'static str,
) -> PageResult<Redirect> {
    let mut tx = state.db.begin().await?;
    let done = state.outbox.by_staff(&mut tx, id, happening).await?;
    if !done.ok_or(PageError::NotFound)? {
        return Err(PageError::Conflict(
            "这条消息已经发出、过期或正在处理，请刷新后再看。",
        ));
    }
    audit::Entry::by(actor, action, "send", &id)
        .write_in(&mut tx, state.now_ms())
        .await?;
    tx.commit().await?;
    Ok(Redirect::to(DEAD_LETTERS))
}

/// `POST /platform/sends/retry-dead`: all dead letters of a channel, or of all channels.
pub(crate) async fn retry_dead(
    State(state): State<AppState>,
    SendDesk(staff): SendDesk,
    Form(which): Form<Which>,
) -> PageResult<Redirect> {
    let known = which.channel.is_empty() || which.channel.parse::<Channel>().is_ok();
    if !known {
        return Err(PageError::NotFound);
    }
    let mut retried = 0;
    let dead = store::dead(&state.db, &which.channel, RETRY_AT_ONCE).await?;
    for slice in dead.chunks(RETRY_SLICE) {
        let mut tx = state.db.begin().await?;
        for id in slice {
            let done = state.outbox.by_staff(&mut tx, *id, Happening::Retried);
            if done.await? == Some(true) {
                retried += 1;
            }
        }
        tx.commit().await?;
    }
    let mut tx = state.db.begin().await?;
    audit::Entry::by(staff.id, "send.retry_dead", "channel", &which.channel)
        .with(json!({ "retried": retried }))
        .write_in(&mut tx, state.now_ms())
        .await?;
    tx.commit().await?;
    Ok(Redirect::to(DEAD_LETTERS))
}
