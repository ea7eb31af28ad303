//! `/wechat/callback`: what WeChat tells. A repeated callback changes nothing.

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use base::db::Tx;
use outside::wechat::callback::ACKNOWLEDGED;
use outside::wechat::{
    CallbackError, CallbackQuery, Event, OfficialAccount, Received, TemplateStatus,
};
use rand::RngExt;

use super::follow;
use super::store::{self, Kind, SceneState};
use crate::audit;
use crate::notifications;
use crate::state::AppState;
use crate::web::{PageError, PageResult};

/// What a person answers to confirm a login.
const YES: &str = "1";

const WELCOME: &str = "欢迎关注。登录聘会，在「账号设置 → 微信绑定」里扫码绑定后，\
    就能在这里收到审核结果和面试提醒。";
const BOUND: &str = "绑定成功。审核结果和面试提醒会发到这里。";
const BOUND_ALREADY: &str = "这个微信已经绑定了当前账号，不需要再绑定。";
const TAKEN: &str =
    "绑定失败：这个微信已绑定其他账号。请先登录那个账号，在「账号设置 → 微信绑定」里解绑。";
const HAS_OTHER: &str = "绑定失败：这个账号已绑定其他微信，请先在页面上解绑。";
const OVER: &str = "二维码已失效，请在页面上刷新后再扫。";
const NOBODY: &str =
    "这个微信还没有绑定账号。请先用手机号登录，在「账号设置 → 微信绑定」里扫码绑定。";
const CONFIRMED: &str = "已确认，请回到浏览器继续。";

/// `GET /wechat/callback`: WeChat's check of the address.
pub(in crate::accounts) async fn greet(
    State(state): State<AppState>,
    Query(query): Query<CallbackQuery>,
) -> PageResult<Response> {
    let wechat = official(&state)?;
    match wechat.callbacks().greet(&query, state.now_ms()) {
        Ok(echo) => Ok(([(header::CONTENT_TYPE, "text/plain")], echo).into_response()),
        Err(error) => Err(refuse(&state, &error)),
    }
}

/// `POST /wechat/callback`
pub(in crate::accounts) async fn receive(
    State(state): State<AppState>,
    Query(query): Query<CallbackQuery>,
    body: Bytes,
) -> PageResult<Response> {
    let wechat = official(&state)?;
    let now_ms = state.now_ms();
    let received = match wechat.callbacks().receive(&query, &body, now_ms) {
        Ok(received) => received,
        Err(error) => return Err(refuse(&state, &error)),
    };
    let mut tx = state.db.begin().await?;
    if !store::first_time(&mut tx, &received.dedupe_key, now_ms).await? {
        count(&state, "repeated");
        return Ok(ACKNOWLEDGED.into_response());
    }
    let reply = act(&mut tx, &received, now_ms).await?;
    tx.commit().await?;
    count(&state, "done");
    Ok(match reply {
        None => ACKNOWLEDGED.into_response(),
        Some(text) => {
            let salt: [u8; 16] = rand::rng().random();
            let xml = wechat
                .callbacks()
                .reply_text(&received, &text, now_ms, salt);
            ([(header::CONTENT_TYPE, "application/xml")], xml).into_response()
        }
    })
}

fn official(state: &AppState) -> PageResult<&OfficialAccount> {
    state
        .outbox
        .channels
        .wechat
        .as_ref()
        .ok_or(PageError::NotFound)
}

fn count(state: &AppState, outcome: &str) {
    state.access.callbacks.with_label_values(&[outcome]).inc();
}

fn refuse(state: &AppState, error: &CallbackError) -> PageError {
    count(state, error.as_str());
    tracing::info!(%error, "a callback was refused");
    PageError::Forbidden("a callback that is not from WeChat")
}

/// Does what a callback asks for; the result is a text for the person.
async fn act(tx: &mut Tx, received: &Received, now_ms: i64) -> Result<Option<String>, sqlx::Error> {
    let openid = received.from.as_str();
    match &received.event {
        Event::Subscribe { scene } => {
            store::set_reachable(tx, openid, true).await?;
            match scene {
                Some(scene) => scanned(tx, scene, openid, now_ms).await.map(Some),
                None => Ok(Some(WELCOME.to_owned())),
            }
        }
        Event::Scan { scene } => scanned(tx, scene, openid, now_ms).await.map(Some),
        Event::Unsubscribe => {
            store::set_reachable(tx, openid, false).await?;
            Ok(None)
        }
        Event::Text { content } if content.trim() == YES => {
            let account = store::confirm(tx, openid, now_ms).await?;
            if let Some(account) = account {
                audit::Entry::by(account, "wechat.confirm", "account", &account)
                    .write_in(tx, now_ms)
                    .await?;
            }
            Ok(account.map(|_| CONFIRMED.to_owned()))
        }
        Event::TemplateFinished { msg_id, status } => {
            let (delivered, error) = match status {
                TemplateStatus::Delivered => (true, ""),
                TemplateStatus::Blocked => (false, "user block"),
                TemplateStatus::Failed => (false, "system failed"),
            };
            notifications::delivered(tx, msg_id, delivered, error, now_ms).await?;
            Ok(None)
        }
        Event::Text { .. } | Event::Other => Ok(None),
    }
}

/// Someone scanned a code; the result tells him what came of it.
async fn scanned(
    tx: &mut Tx,
    scene: &str,
    openid: &str,
    now_ms: i64,
) -> Result<String, sqlx::Error> {
    match scene.split_once(':') {
        Some(("bind", nonce)) => bind(tx, nonce, openid, now_ms).await,
        Some(("login", nonce)) => ask(tx, nonce, openid, now_ms).await,
        None if scene == follow::SCENE => Ok(WELCOME.to_owned()),
        _ => Ok(OVER.to_owned()),
    }
}

async fn bind(tx: &mut Tx, nonce: &str, openid: &str, now_ms: i64) -> Result<String, sqlx::Error> {
    let scan = store::scan(tx, (nonce, Kind::Bind), openid, now_ms).await?;
    let Some(account) = scan.and_then(|scan| scan.account_id) else {
        return Ok(OVER.to_owned());
    };
    let (state, text) = match store::bound(tx, openid).await? {
        Some((owner, _)) if owner == account => (SceneState::Done, BOUND_ALREADY),
        Some(_) => (SceneState::Refused, TAKEN),
        None if store::bind(tx, account, openid, now_ms).await? => (SceneState::Done, BOUND),
        None => (SceneState::Refused, HAS_OTHER),
    };
    store::end_scene(tx, nonce, state, Some(account)).await?;
    audit::Entry::by(account, "wechat.bind", "account", &account)
        .with(serde_json::json!({ "state": state.as_str() }))
        .write_in(tx, now_ms)
        .await?;
    Ok(text.to_owned())
}

async fn ask(tx: &mut Tx, nonce: &str, openid: &str, now_ms: i64) -> Result<String, sqlx::Error> {
    let scan = store::scan(tx, (nonce, Kind::Login), openid, now_ms).await?;
    let Some(scan) = scan else {
        return Ok(OVER.to_owned());
    };
    let Some((account, true)) = store::bound(tx, openid).await? else {
        store::end_scene(tx, nonce, SceneState::Refused, None).await?;
        return Ok(NOBODY.to_owned());
    };
    store::end_scene(tx, nonce, SceneState::Scanned, Some(account)).await?;
    Ok(format!(
        "有人正在用你的账号登录聘会（{}）。是你本人就回复 {YES}；不是，请不要回复。",
        scan.label
    ))
}
