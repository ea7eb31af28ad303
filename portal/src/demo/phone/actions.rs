//! What a person does in WeChat on the pretend phone.

use axum::Form;
use axum::extract::State;
use axum::response::Redirect;
use outside::emulators::wechat::PhoneFault;
use serde::Deserialize;

use super::feed::Whose;
use crate::state::AppState;
use crate::web::{PageError, PageResult};

/// An act.
#[derive(Debug, Deserialize)]
pub(super) struct Act {
    #[serde(default)]
    who: String,
    #[serde(default)]
    mobile: String,
    /// `follow`, `unfollow`, `scan` or `say`.
    #[serde(default)]
    act: String,
    /// An open code that was chosen.
    #[serde(default)]
    open_code: String,
    /// A ticket, or what a picture says, that was typed.
    #[serde(default)]
    code: String,
    /// What is typed to the official account.
    #[serde(default)]
    text: String,
}

/// `POST /demo/phone/wechat`
pub(super) async fn act(
    State(state): State<AppState>,
    Form(act): Form<Act>,
) -> PageResult<Redirect> {
    let emulators = state.emulators.clone().ok_or(PageError::NotFound)?;
    let wechat = &emulators.wechat.emulator;
    let whose = Whose {
        who: act.who,
        mobile: act.mobile,
    };
    let openid = whose.phone(&state.db).await?.openid;
    let typed = act.code.trim();
    let code = if typed.is_empty() {
        &act.open_code
    } else {
        typed
    };
    let done = match act.act.as_str() {
        "follow" => wechat.follow(&openid).await,
        "unfollow" => wechat.unsubscribe(&openid).await,
        "scan" => wechat.scan(&openid, code).await,
        "say" => wechat.say(&openid, act.text.trim()).await,
        _ => return Err(PageError::NotFound),
    };
    let fault = match done {
        // Without a server that hears of it, the person follows all the same.
        Ok(_) | Err(PhoneFault::NoCallback) => "",
        Err(PhoneFault::Code) => "code",
        Err(PhoneFault::NotFollowing) => "following",
        Err(PhoneFault::OpenId | PhoneFault::Full) => "other",
    };
    let query = whose.query();
    Ok(Redirect::to(&format!("/demo/phone?{query}&fault={fault}")))
}
