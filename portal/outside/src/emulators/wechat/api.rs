//! The paths of `api.weixin.qq.com` and `mp.weixin.qq.com` that the platform uses.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use qrcode::QrCode;
use qrcode::render::svg;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::super::MAX_KEPT;
use super::super::steering::Forced;
use super::{Code, SentMessage, State as Shown, TemplateSpec, WechatEmulator, lock};
use crate::wechat::FieldKind;

/// Life of a code whose maker names none, in seconds.
const DEFAULT_QR_LIFE_S: i64 = 60;
/// The longest life of a code, in seconds.
const MAX_QR_LIFE_S: i64 = 2_592_000;
/// Most characters of a scene.
const MAX_SCENE_CHARS: usize = 64;
/// A message with the same id of the sender's arrives once within this time.
const ONCE_MS: i64 = 10 * 60_000;
const DAY_MS: i64 = 86_400_000;

/// An answer: JSON, with status 200 whatever happened.
type Outcome = Result<Value, i64>;

pub(super) fn router() -> Router<WechatEmulator> {
    Router::new()
        .route("/cgi-bin/stable_token", post(stable_token))
        .route("/cgi-bin/qrcode/create", post(create_code))
        .route("/cgi-bin/showqrcode", get(show_code))
        .route("/cgi-bin/message/template/send", post(send_template))
}

#[derive(Deserialize)]
struct TokenRequest {
    grant_type: String,
    appid: String,
    secret: String,
    #[serde(default)]
    force_refresh: bool,
}

#[derive(Deserialize)]
struct CodeRequest {
    expire_seconds: Option<i64>,
    action_name: String,
    action_info: ActionInfo,
}

#[derive(Deserialize)]
struct ActionInfo {
    scene: SceneRequest,
}

#[derive(Deserialize)]
struct SceneRequest {
    #[serde(default)]
    scene_str: String,
}

#[derive(Deserialize)]
struct TemplateRequest {
    touser: String,
    template_id: String,
    #[serde(default)]
    url: String,
    #[serde(default)]
    client_msg_id: String,
    data: BTreeMap<String, ValueOf>,
}

#[derive(Deserialize)]
struct ValueOf {
    value: String,
}

#[derive(Deserialize)]
struct TokenQuery {
    #[serde(default)]
    access_token: String,
}

#[derive(Deserialize)]
struct TicketQuery {
    ticket: String,
}

async fn stable_token(
    State(emulator): State<WechatEmulator>,
    forced: Option<Extension<Forced>>,
    body: Bytes,
) -> Json<Value> {
    answer((|| {
        not_forced(forced)?;
        let request: TokenRequest = read(&body)?;
        let options = &emulator.shared.options;
        if request.grant_type != "client_credential" {
            return Err(40002);
        }
        if request.appid != options.appid {
            return Err(40013);
        }
        if request.secret != options.secret {
            return Err(40125);
        }
        let now_ms = emulator.now_ms();
        let mut state = lock(&emulator.shared.state);
        let (token, life_s) = state.tokens.give(request.force_refresh, now_ms)?;
        Ok(json!({ "access_token": token, "expires_in": life_s }))
    })())
}

async fn create_code(
    State(emulator): State<WechatEmulator>,
    Query(query): Query<TokenQuery>,
    forced: Option<Extension<Forced>>,
    body: Bytes,
) -> Json<Value> {
    answer((|| {
        not_forced(forced)?;
        let now_ms = emulator.now_ms();
        let mut state = lock(&emulator.shared.state);
        state.tokens.check(&query.access_token, now_ms)?;
        let request: CodeRequest = read(&body)?;
        let life_s = request.expire_seconds.unwrap_or(DEFAULT_QR_LIFE_S);
        let end_ms = match request.action_name.as_str() {
            "QR_STR_SCENE" if (1..=MAX_QR_LIFE_S).contains(&life_s) => {
                Some(now_ms + life_s * 1_000)
            }
            "QR_LIMIT_STR_SCENE" => None,
            _ => return Err(40052),
        };
        let scene = request.action_info.scene.scene_str;
        if !(1..=MAX_SCENE_CHARS).contains(&scene.chars().count()) {
            return Err(40053);
        }
        let number = state.next_id();
        // Real tickets end like this too, so they have to be escaped in an address.
        let ticket = format!("gQ{number:08}emulated==");
        let url = format!("http://weixin.qq.com/q/{number:08}");
        let code = Code {
            scene,
            url: url.clone(),
            end_ms,
        };
        if state.codes.len() >= MAX_KEPT {
            // Tickets are in the order of their numbers.
            state.codes.pop_first();
        }
        state.codes.insert(ticket.clone(), code);
        let mut body = json!({ "ticket": ticket, "url": url });
        if end_ms.is_some() {
            body["expire_seconds"] = life_s.into();
        }
        Ok(body)
    })())
}

/// The picture. WeChat's is a JPEG; this one says the same.
async fn show_code(
    State(emulator): State<WechatEmulator>,
    Query(query): Query<TicketQuery>,
) -> Response {
    let code = lock(&emulator.shared.state)
        .codes
        .get(&query.ticket)
        .cloned();
    let drawn = code.and_then(|code| QrCode::new(code.url.as_bytes()).ok());
    match drawn {
        None => StatusCode::NOT_FOUND.into_response(),
        Some(code) => {
            let picture = code
                .render::<svg::Color<'_>>()
                .min_dimensions(240, 240)
                .build();
            ([(header::CONTENT_TYPE, "image/svg+xml")], picture).into_response()
        }
    }
}

async fn send_template(
    State(emulator): State<WechatEmulator>,
    Query(query): Query<TokenQuery>,
    forced: Option<Extension<Forced>>,
    body: Bytes,
) -> Json<Value> {
    let taken = (|| {
        not_forced(forced)?;
        let now_ms = emulator.now_ms();
        let mut state = lock(&emulator.shared.state);
        state.tokens.check(&query.access_token, now_ms)?;
        let request: TemplateRequest = read(&body)?;
        take(&emulator, &mut state, request, now_ms)
    })();
    answer(taken.map(|(message, is_new)| {
        let body = json!({ "errcode": 0, "errmsg": "ok", "msgid": message.msg_id });
        if is_new {
            emulator.finish(message);
        }
        body
    }))
}

/// Checks a message and puts it into the person's telephone; the flag says that it is no
/// repetition.
fn take(
    emulator: &WechatEmulator,
    state: &mut Shown,
    request: TemplateRequest,
    now_ms: i64,
) -> Result<(SentMessage, bool), i64> {
    let options = &emulator.shared.options;
    let template = check(&options.templates, state, &request)?;
    if let Some(message) = repeated(state, &request, now_ms) {
        return Ok((message.clone(), false));
    }
    let today = now_ms.div_euclid(DAY_MS);
    let sent = match state.sent_today {
        (day, sent) if day == today => sent,
        _ => 0,
    };
    if sent >= options.messages_per_day {
        return Err(45009);
    }
    state.sent_today = (today, sent + 1);
    let data = request.data.into_iter();
    let message = SentMessage {
        msg_id: state.next_id(),
        openid: request.touser,
        template_id: request.template_id,
        url: request.url,
        data: data.map(|(key, value)| (key, value.value)).collect(),
        client_msg_id: request.client_msg_id,
        at_ms: now_ms,
    };
    state.keep_message(message.clone());
    if let Some(person) = state.people.get_mut(&message.openid) {
        person.show_template(&message, template);
    }
    Ok((message, true))
}

/// Is there such a person, such a template, and a good value for each of its fields?
fn check<'a>(
    templates: &'a [TemplateSpec],
    state: &Shown,
    request: &TemplateRequest,
) -> Result<&'a TemplateSpec, i64> {
    let person = state.people.get(&request.touser).ok_or(40003)?;
    if !person.follows {
        return Err(43004);
    }
    let template = templates
        .iter()
        .find(|template| template.id == request.template_id)
        .ok_or(40037)?;
    for (key, _) in &template.fields {
        let value = request.data.get(key).ok_or(47003)?;
        let kind = FieldKind::of_key(key).ok_or(47003)?;
        if !kind.takes(&value.value) {
            return Err(47003);
        }
    }
    Ok(template)
}

/// The message that came before with the same id of the sender's.
fn repeated<'a>(
    state: &'a Shown,
    request: &TemplateRequest,
    now_ms: i64,
) -> Option<&'a SentMessage> {
    state.messages.iter().find(|message| {
        !request.client_msg_id.is_empty()
            && message.client_msg_id == request.client_msg_id
            && message.openid == request.touser
            && now_ms - message.at_ms < ONCE_MS
    })
}

fn not_forced(forced: Option<Extension<Forced>>) -> Result<(), i64> {
    match forced {
        None => Ok(()),
        Some(Extension(Forced(code))) => Err(code.parse().unwrap_or(-1)),
    }
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, i64> {
    serde_json::from_slice(body).map_err(|_| 47001)
}

fn answer(outcome: Outcome) -> Json<Value> {
    Json(outcome.unwrap_or_else(|code| {
        let number = code.unsigned_abs();
        json!({ "errcode": code, "errmsg": format!("emulated error rid: {number:08}") })
    }))
}
