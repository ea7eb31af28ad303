//! How a session begins and how one leaves it.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};

use super::devices::{self, Device};
use super::{sessions, shut_out};
use crate::audit;
use crate::ids::AccountId;
use crate::state::AppState;
use crate::web::{PageResult, cookie};

/// Begins a fresh session for a request with these headers (one that the browser brought along
/// ends: no session is carried over a login), sets the cookies and leads to `path`. Everyone who
/// signs in passes here.
///
/// # Errors
/// The database failed.
pub(crate) async fn enter(
    state: &AppState,
    account: AccountId,
    headers: &HeaderMap,
    path: &str,
) -> PageResult<Response> {
    let secure = state.secure();
    let device = Device::of(headers, secure);
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    if let Some(old) = cookie::read(headers, secure) {
        sessions::end_in(&mut tx, old).await?;
    }
    let config = &state.config.accounts;
    let place = (account, device.hash.as_str());
    let secret = sessions::begin_in(&mut tx, config, place, now_ms).await?;
    devices::note(&mut tx, account, &device, now_ms).await?;
    audit::Entry::by(account, "session.begin", "account", &account)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    let session = (header::SET_COOKIE, cookie::set(&secret, secure));
    let known = device
        .cookie(secure)
        .map(|value| (header::SET_COOKIE, value));
    let cookies: Vec<_> = [Some(session), known].into_iter().flatten().collect();
    Ok((AppendHeaders(cookies), Redirect::to(path)).into_response())
}

/// `POST /logout`. Whoever is signed in nowhere any more leaves the live fair, too: another tab
/// may show it.
pub(super) async fn logout(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> PageResult<Response> {
    if let Some(secret) = cookie::read(&headers, state.secure()) {
        let now_ms = state.now_ms();
        let mut tx = state.db.begin().await?;
        let ended = sessions::end_in(&mut tx, secret).await?;
        let mut left = 0;
        if let Some(account) = ended {
            audit::Entry::by(account, "session.end", "account", &account)
                .write_in(&mut tx, now_ms)
                .await?;
            left = sessions::count_of(&mut tx, account, now_ms).await?;
        }
        tx.commit().await?;
        if let Some(account) = ended.filter(|_| left == 0) {
            shut_out::signed_out(&state, account).await;
        }
    }
    let clear = cookie::clear(state.secure());
    Ok(([(header::SET_COOKIE, clear)], Redirect::to("/login")).into_response())
}
