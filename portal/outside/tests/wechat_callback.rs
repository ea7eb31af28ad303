//! WeChat's calls to the portal, in plain and in safe mode: what a person does with a telephone
//! arrives once, and nobody else can say it.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base::clock::Clock;
use outside::emulators::wechat::{Letter, PhoneFault, TemplateSpec};
use outside::emulators::{Running, WechatEmulator, WechatOptions};
use outside::wechat::callback::{ACKNOWLEDGED, MAX_BODY_BYTES};
use outside::wechat::{
    CallbackQuery, Event, OfficialAccount, OpenId, Received, Scene, TemplateMessage, TemplateStatus,
};
use tokio::net::TcpListener;

const NOW_MS: i64 = 1_772_330_584_000;
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

/// What a portal does with callbacks, in small.
#[derive(Clone)]
struct Portal {
    account: OfficialAccount,
    clock: Clock,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    /// Every delivery.
    keys: Vec<String>,
    /// What was acted on.
    events: Vec<Received>,
    /// Deliveries that are answered with an error, or too late.
    fail: usize,
    hang: usize,
}

async fn greet(State(portal): State<Portal>, Query(query): Query<CallbackQuery>) -> Response {
    let greeted = portal
        .account
        .callbacks()
        .greet(&query, portal.clock.now_ms());
    match greeted {
        Ok(echo) => echo.into_response(),
        Err(_) => StatusCode::FORBIDDEN.into_response(),
    }
}

async fn receive(
    State(portal): State<Portal>,
    Query(query): Query<CallbackQuery>,
    body: Bytes,
) -> Response {
    let now_ms = portal.clock.now_ms();
    let callbacks = portal.account.callbacks();
    let received = match callbacks.receive(&query, &body, now_ms) {
        Ok(received) => received,
        Err(error) => return (StatusCode::FORBIDDEN, error.as_str()).into_response(),
    };
    let hang = {
        let mut seen = portal.seen.lock().unwrap();
        let first = !seen.keys.contains(&received.dedupe_key);
        seen.keys.push(received.dedupe_key.clone());
        if first {
            seen.events.push(received.clone());
        }
        if seen.fail > 0 {
            seen.fail -= 1;
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        let hang = seen.hang > 0;
        seen.hang = seen.hang.saturating_sub(1);
        hang
    };
    if hang {
        std::future::pending::<()>().await;
    }
    match &received.event {
        Event::Subscribe { scene: Some(_) } => callbacks
            .reply_text(&received, "绑定成功 ]]> <b>", now_ms, [7; 16])
            .into_response(),
        _ => ACKNOWLEDGED.into_response(),
    }
}

struct World {
    wechat: Running<WechatEmulator>,
    portal: Portal,
    url: String,
}

async fn world(key: &str) -> World {
    let clock = Clock::simulated(NOW_MS);
    let options = WechatOptions {
        encoding_aes_key: key.to_owned(),
        // One test waits for it; the others are never that slow.
        call_timeout: Duration::from_secs(2),
        templates: vec![TemplateSpec {
            id: "tpl".to_owned(),
            title: "通知".to_owned(),
            fields: vec![("thing1".to_owned(), "内容".to_owned())],
        }],
        clock: clock.clone(),
        ..WechatOptions::default()
    };
    let wechat = WechatEmulator::start(options).await.unwrap();
    let portal = Portal {
        account: OfficialAccount::new(&wechat.emulator.config(), clock.clone()).unwrap(),
        clock,
        seen: Arc::default(),
    };
    let router = Router::new()
        .route("/wechat/callback", get(greet).post(receive))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(portal.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let url = format!("http://{address}/wechat/callback");
    wechat.emulator.set_callback(&url).unwrap();
    World {
        wechat,
        portal,
        url,
    }
}

impl World {
    fn events(&self) -> Vec<Event> {
        let seen = self.portal.seen.lock().unwrap();
        seen.events.iter().map(|e| e.event.clone()).collect()
    }

    fn keys(&self) -> Vec<String> {
        self.portal.seen.lock().unwrap().keys.clone()
    }

    async fn code(&self, scene: &str) -> outside::wechat::SceneQr {
        let scene = Scene::parse(scene).unwrap();
        self.portal
            .account
            .create_scene_qr(&scene, 600)
            .await
            .unwrap()
    }

    async fn post(&self, query: &str, body: impl Into<reqwest::Body>) -> (StatusCode, String) {
        let url = format!("{}?{query}", self.url);
        let request = reqwest::Client::new().post(url).body(body);
        let answer = request.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }
}

async fn a_life(key: &str) {
    let world = world(key).await;
    let wechat = &world.wechat.emulator;
    assert!(wechat.greet().await.unwrap());
    let code = world.code("bind:7f3a").await;
    let call = wechat.scan("o1", &code.ticket).await.unwrap();
    assert_eq!((call.event.as_str(), call.tries), ("subscribe", 1));
    assert!(call.acknowledged, "{call:?}");
    assert_eq!(call.reply.as_deref(), Some("绑定成功 ]]> <b>"));
    world.portal.clock.advance(1_000);
    let call = wechat.scan("o1", &code.url).await.unwrap();
    assert_eq!((call.event.as_str(), call.acknowledged), ("SCAN", true));
    wechat.say("o1", "面试几点 & <哪里>？").await.unwrap();
    wechat.unsubscribe("o1").await.unwrap();
    wechat.follow("o1").await.unwrap();
    let scene = "bind:7f3a".to_owned();
    assert_eq!(
        world.events(),
        [
            Event::Subscribe {
                scene: Some(scene.clone())
            },
            Event::Scan { scene },
            Event::Text {
                content: "面试几点 & <哪里>？".to_owned()
            },
            Event::Unsubscribe,
            Event::Subscribe { scene: None },
        ]
    );
    let replies = wechat.inbox("o1");
    assert!(matches!(&replies[..], [Letter::Text { text, .. }] if text.starts_with("绑定成功")));
}

#[tokio::test]
async fn what_a_person_does_arrives_in_plain_mode() {
    a_life("").await;
}

#[tokio::test]
async fn what_a_person_does_arrives_in_safe_mode() {
    a_life(KEY).await;
}

#[tokio::test]
async fn how_a_message_ended_is_told_afterwards() {
    let world = world(KEY).await;
    let wechat = &world.wechat.emulator;
    wechat.follow("o1").await.unwrap();
    let to = OpenId::parse("o1").unwrap();
    let message = TemplateMessage::new(&to, "tpl")
        .field("thing1", "审核通过")
        .unwrap();
    let delivered = world.portal.account.send_template(&message).await.unwrap();
    wechat.settled().await;
    wechat.block("o1", true).unwrap();
    let blocked = world.portal.account.send_template(&message).await.unwrap();
    wechat.settled().await;
    assert_eq!(
        world.events()[1..],
        [
            Event::TemplateFinished {
                msg_id: delivered,
                status: TemplateStatus::Delivered
            },
            Event::TemplateFinished {
                msg_id: blocked,
                status: TemplateStatus::Blocked
            },
        ]
    );
    // Both ended in the same second of a clock that stands still.
    assert_eq!(wechat.inbox("o1").len(), 1);
}

#[tokio::test]
async fn an_event_that_comes_twice_is_known_by_its_key() {
    let world = world("").await;
    let wechat = &world.wechat.emulator;
    wechat.duplicate_next(2);
    wechat.follow("o1").await.unwrap();
    let call = wechat.say("o1", "在吗").await.unwrap();
    assert_eq!(call.tries, 2);
    wechat.say("o1", "在吗").await.unwrap();
    let keys = world.keys();
    assert_eq!(keys.len(), 5);
    assert_eq!((&keys[0], &keys[2]), (&keys[1], &keys[3]));
    assert_ne!(keys[3], keys[4], "the same words, said again");
    assert_eq!(world.events().len(), 3);
}

#[tokio::test]
async fn an_event_without_an_answer_is_sent_again_with_the_same_key() {
    let world = world(KEY).await;
    world.portal.seen.lock().unwrap().fail = 1;
    world.portal.seen.lock().unwrap().hang = 1;
    let call = world.wechat.emulator.follow("o1").await.unwrap();
    assert_eq!((call.tries, call.acknowledged), (3, true));
    assert_eq!(world.events().len(), 1);
    world.portal.seen.lock().unwrap().fail = 9;
    let call = world.wechat.emulator.unsubscribe("o1").await.unwrap();
    assert_eq!((call.tries, call.acknowledged), (4, false));
    assert_eq!(call.status, Some(500));
    world.wechat.emulator.lose_next(1);
    let call = world.wechat.emulator.follow("o1").await.unwrap();
    assert_eq!(call.tries, 0);
    assert_eq!(world.events().len(), 2);
    assert_eq!(world.wechat.emulator.calls().len(), 3);
}

#[tokio::test]
async fn codes_end_and_only_real_ones_are_scanned() {
    let world = world("").await;
    let wechat = &world.wechat.emulator;
    let code = world.code("bind:1").await;
    assert_eq!(wechat.scan("o1", "gQ1").await, Err(PhoneFault::Code));
    assert_eq!(
        wechat.scan("o 1", &code.ticket).await,
        Err(PhoneFault::OpenId)
    );
    world.portal.clock.advance(600_000);
    assert_eq!(wechat.scan("o1", &code.ticket).await, Err(PhoneFault::Code));
    assert_eq!(wechat.say("o1", "x").await, Err(PhoneFault::NotFollowing));
    assert_eq!(
        wechat.unsubscribe("o1").await,
        Err(PhoneFault::NotFollowing)
    );
    assert!(world.events().is_empty());
}

#[tokio::test]
async fn forged_and_broken_requests_change_nothing() {
    let signed =
        "signature=e499fb1b4bd9b02664158d447f44f065a77c07d8&timestamp=1772330584&nonce=nonce123";
    let world = world("").await;
    // Signed with another token.
    let (status, why) = world.post(signed, "<xml/>").await;
    assert_eq!((status, why.as_str()), (StatusCode::FORBIDDEN, "signature"));
    let (status, _) = world.post("", "<xml/>").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, _) = world.post(signed, vec![b'x'; MAX_BODY_BYTES + 1]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let answer = reqwest::get(format!("{}?{signed}&echostr=1", world.url)).await;
    assert_eq!(answer.unwrap().status(), StatusCode::FORBIDDEN);
    assert!(world.events().is_empty());
}

#[tokio::test]
async fn a_portal_with_another_token_is_not_accepted_as_the_callback() {
    let world = world("").await;
    let other = WechatEmulator::start(WechatOptions {
        token: "anothertoken".to_owned(),
        clock: world.portal.clock.clone(),
        ..WechatOptions::default()
    })
    .await
    .unwrap();
    assert_eq!(other.emulator.greet().await, Err(PhoneFault::NoCallback));
    other.emulator.set_callback(&world.url).unwrap();
    assert!(!other.emulator.greet().await.unwrap());
    let call = other.emulator.follow("o1").await.unwrap();
    assert_eq!((call.status, call.acknowledged), (Some(403), false));
    assert!(world.events().is_empty());
}
