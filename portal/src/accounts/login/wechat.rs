//! `POST /login/wechat`: by a code that was scanned and confirmed in WeChat.

use axum::Form;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::page::{Before, Way};
use crate::accounts::devices::Device;
use crate::accounts::{enter::enter, rules, store, wechat};
use crate::state::AppState;
use crate::web::PageResult;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::accounts) struct ScanForm {
    nonce: String,
    #[serde(flatten)]
    before: Before,
}

/// `POST /login/wechat`: only the browser that showed the code, only once. What is not confirmed
/// leads back to a fresh code.
pub(in crate::accounts) async fn login(
    State(state): State<AppState>,
    headers: HeaderMap,
    Form(form): Form<ScanForm>,
) -> PageResult<Response> {
    let device = Device::of(&headers, state.secure());
    let way = Way::Wechat.as_str();
    let Some((account, kind)) = wechat::take_login(&state, &form.nonce, &device).await? else {
        state.access.login(way, "wrong");
        let query = rules::query(&[
            ("way", way),
            (
                "next",
                rules::way_back(&form.before.next).unwrap_or_default(),
            ),
            ("school", &form.before.school),
        ]);
        return Ok(Redirect::to(&format!("/login{query}")).into_response());
    };
    store::note_entry(&state.db, account, state.now_ms()).await?;
    state.access.login(way, "good");
    let path = rules::way_back(&form.before.next).unwrap_or(rules::home_path(kind));
    enter(&state, account, &headers, path).await
}
