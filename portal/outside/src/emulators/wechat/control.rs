//! The routes below `/_ctl` that are WeChat's own.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use super::WechatEmulator;
use super::calls::CallRecord;
use super::people::{Letter, PhoneFault};

/// A person does something.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Act {
    openid: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    blocks: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Callback {
    url: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Times {
    #[serde(default = "once")]
    times: usize,
}

#[derive(Deserialize)]
struct Whose {
    openid: String,
}

fn once() -> usize {
    1
}

impl IntoResponse for PhoneFault {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": self.to_string() }));
        (StatusCode::CONFLICT, body).into_response()
    }
}

type Called = Result<Json<CallRecord>, PhoneFault>;

pub(super) fn router() -> Router<WechatEmulator> {
    Router::new()
        .route("/_ctl/callback", post(callback))
        .route("/_ctl/greet", post(greet))
        .route("/_ctl/follow", post(follow))
        .route("/_ctl/scan", post(scan))
        .route("/_ctl/unsubscribe", post(unsubscribe))
        .route("/_ctl/say", post(say))
        .route("/_ctl/block", post(block))
        .route("/_ctl/duplicate", post(duplicate))
        .route("/_ctl/lose", post(lose))
        .route("/_ctl/expire_token", post(expire_token))
        .route("/_ctl/revoke_token", post(revoke_token))
        .route("/_ctl/inbox", get(inbox))
        .route("/_ctl/callbacks", get(callbacks))
}

async fn callback(
    State(emulator): State<WechatEmulator>,
    Json(callback): Json<Callback>,
) -> Result<StatusCode, PhoneFault> {
    emulator.set_callback(&callback.url)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn greet(State(emulator): State<WechatEmulator>) -> Result<Response, PhoneFault> {
    let accepted = emulator.greet().await?;
    Ok(Json(json!({ "accepted": accepted })).into_response())
}

async fn follow(State(emulator): State<WechatEmulator>, Json(act): Json<Act>) -> Called {
    emulator.follow(&act.openid).await.map(Json)
}

async fn scan(State(emulator): State<WechatEmulator>, Json(act): Json<Act>) -> Called {
    emulator.scan(&act.openid, &act.code).await.map(Json)
}

async fn unsubscribe(State(emulator): State<WechatEmulator>, Json(act): Json<Act>) -> Called {
    emulator.unsubscribe(&act.openid).await.map(Json)
}

async fn say(State(emulator): State<WechatEmulator>, Json(act): Json<Act>) -> Called {
    emulator.say(&act.openid, &act.text).await.map(Json)
}

async fn block(
    State(emulator): State<WechatEmulator>,
    Json(act): Json<Act>,
) -> Result<StatusCode, PhoneFault> {
    emulator.block(&act.openid, act.blocks)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn duplicate(State(emulator): State<WechatEmulator>, Json(plan): Json<Times>) -> StatusCode {
    emulator.duplicate_next(plan.times);
    StatusCode::NO_CONTENT
}

async fn lose(State(emulator): State<WechatEmulator>, Json(plan): Json<Times>) -> StatusCode {
    emulator.lose_next(plan.times);
    StatusCode::NO_CONTENT
}

async fn expire_token(State(emulator): State<WechatEmulator>) -> StatusCode {
    emulator.expire_token();
    StatusCode::NO_CONTENT
}

async fn revoke_token(State(emulator): State<WechatEmulator>) -> StatusCode {
    emulator.revoke_token();
    StatusCode::NO_CONTENT
}

async fn inbox(
    State(emulator): State<WechatEmulator>,
    Query(whose): Query<Whose>,
) -> Json<Vec<Letter>> {
    Json(emulator.inbox(&whose.openid))
}

async fn callbacks(State(emulator): State<WechatEmulator>) -> Json<Vec<CallRecord>> {
    Json(emulator.calls())
}
