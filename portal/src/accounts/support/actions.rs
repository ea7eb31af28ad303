//! How support helps.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Redirect;
use serde::Deserialize;

use super::store;
use crate::accounts::extract::SupportStaff;
use crate::accounts::shut_out;
use crate::accounts::{sessions, store as accounts};
use crate::audit;
use crate::ids::AccountId;
use crate::state::AppState;
use crate::web::{PageError, PageResult};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::accounts) struct StateForm {
    state: String,
}

fn back(id: AccountId) -> Redirect {
    Redirect::to(&format!("/platform/accounts/{id}"))
}

/// `POST /platform/accounts/{id}/state`: `disabled` or `active`.
pub(in crate::accounts) async fn change_state(
    State(state): State<AppState>,
    SupportStaff(staff): SupportStaff,
    Path(id): Path<AccountId>,
    Form(form): Form<StateForm>,
) -> PageResult<Redirect> {
    let (status, action) = match form.state.as_str() {
        "active" => ("active", "account.enable"),
        "disabled" => ("disabled", "account.disable"),
        _ => return Err(PageError::NotFound),
    };
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    store::login_names(&mut tx, id)
        .await?
        .ok_or(PageError::NotFound)?;
    if !store::set_status(&mut tx, id, status).await? {
        return Err(PageError::Conflict("账号状态已经变化，请返回刷新。"));
    }
    if status == "disabled" {
        sessions::end_all_in(&mut tx, id).await?;
    }
    audit::Entry::by(staff.id, action, "account", &id)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    if status == "disabled" {
        shut_out::account(&state, id, Some(shut_out::ACCOUNT_CLOSED)).await;
    }
    Ok(back(id))
}

/// `POST /platform/accounts/{id}/end`: ends all sessions.
pub(in crate::accounts) async fn end_sessions(
    State(state): State<AppState>,
    SupportStaff(staff): SupportStaff,
    Path(id): Path<AccountId>,
) -> PageResult<Redirect> {
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    store::login_names(&mut tx, id)
        .await?
        .ok_or(PageError::NotFound)?;
    sessions::end_all_in(&mut tx, id).await?;
    audit::Entry::by(staff.id, "session.end", "account", &id)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    shut_out::signed_out(&state, id).await;
    Ok(back(id))
}

/// `POST /platform/accounts/{id}/unlock`: forgives the failed logins of its names.
pub(in crate::accounts) async fn unlock(
    State(state): State<AppState>,
    SupportStaff(staff): SupportStaff,
    Path(id): Path<AccountId>,
) -> PageResult<Redirect> {
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    let names = store::login_names(&mut tx, id)
        .await?
        .ok_or(PageError::NotFound)?;
    for name in &names {
        accounts::forgive(&mut tx, name).await?;
    }
    audit::Entry::by(staff.id, "account.unlock", "account", &id)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(back(id))
}
