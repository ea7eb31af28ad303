//! The official account's adapter against an emulated WeChat: codes, messages, access tokens.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::time::Duration;

use base::clock::Clock;
use base::config::Secret;
use futures_util::future::join_all;
use outside::Cause;
use outside::emulators::wechat::{Letter, TemplateSpec};
use outside::emulators::{Fault, Running, WechatEmulator, WechatOptions};
use outside::wechat::{OfficialAccount, OpenId, Scene, TemplateMessage};

const NOW_MS: i64 = 1_772_330_584_000;
const TOKEN: &str = "/cgi-bin/stable_token";
const SEND: &str = "/cgi-bin/message/template/send";
const MINUTE_MS: i64 = 60_000;
/// Never over in a test that passes.
const PATIENT: Duration = Duration::from_secs(60);
/// Over before the emulator answers late.
const HASTY: Duration = Duration::from_millis(500);

struct World {
    wechat: Running<WechatEmulator>,
    account: OfficialAccount,
    clock: Clock,
}

fn template() -> TemplateSpec {
    TemplateSpec {
        id: "tpl-interview".to_owned(),
        title: "面试提醒".to_owned(),
        fields: vec![
            ("thing1".to_owned(), "公司".to_owned()),
            ("time2".to_owned(), "时间".to_owned()),
        ],
    }
}

/// A WeChat in which `o1` follows.
async fn world_with(change: impl FnOnce(&mut WechatOptions)) -> World {
    let clock = Clock::simulated(NOW_MS);
    let mut options = WechatOptions {
        templates: vec![template()],
        clock: clock.clone(),
        ..WechatOptions::default()
    };
    change(&mut options);
    let wechat = WechatEmulator::start(options).await.unwrap();
    let account = OfficialAccount::new(&wechat.emulator.config(), clock.clone()).unwrap();
    // Nothing is called yet, but the person follows.
    assert!(wechat.emulator.follow("o1").await.is_err());
    World {
        wechat,
        account,
        clock,
    }
}

async fn world() -> World {
    world_with(|_| {}).await
}

fn message(openid: &str) -> TemplateMessage {
    TemplateMessage::new(&OpenId::parse(openid).unwrap(), "tpl-interview")
        .field("thing1", "示例科技有限公司")
        .unwrap()
        .field("time2", "2026年3月1日 09:00")
        .unwrap()
        .link("https://fair.example.com/interviews/1")
}

impl World {
    async fn send(&self) -> Result<String, outside::Refusal> {
        self.account.send_template(&message("o1")).await
    }
}

#[tokio::test]
async fn a_scene_code_is_made_and_its_picture_can_be_fetched() {
    let world = world().await;
    let scene = Scene::parse("bind:7f3a").unwrap();
    let code = world.account.create_scene_qr(&scene, 600).await.unwrap();
    assert_eq!(code.end_ms, NOW_MS + 600_000);
    assert!(code.url.starts_with("http://weixin.qq.com/q/"), "{code:?}");
    assert!(code.image_url.contains("?ticket=gQ"), "{code:?}");
    assert!(!code.image_url.contains("=="), "not escaped: {code:?}");
    let picture = reqwest::get(&code.image_url).await.unwrap();
    assert_eq!(picture.headers()["content-type"], "image/svg+xml");
    let other = code.image_url.replace("gQ", "gX");
    assert_eq!(reqwest::get(other).await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_template_message_shows_on_the_followers_telephone() {
    let world = world().await;
    let msg_id = world.send().await.unwrap();
    let inbox = world.wechat.emulator.inbox("o1");
    let Letter::Template {
        title,
        lines,
        url,
        msg_id: shown,
        ..
    } = &inbox[0]
    else {
        panic!("{inbox:?}");
    };
    assert_eq!((title.as_str(), shown.to_string()), ("面试提醒", msg_id));
    assert_eq!(url, "https://fair.example.com/interviews/1");
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(
        lines[..],
        [
            pair("公司", "示例科技有限公司"),
            pair("时间", "2026年3月1日 09:00")
        ]
    );
}

#[tokio::test]
async fn a_repetition_with_the_senders_id_arrives_once() {
    let world = world().await;
    let once = message("o1").once("notice-1");
    let first = world.account.send_template(&once).await.unwrap();
    world.clock.advance(9 * MINUTE_MS);
    assert_eq!(world.account.send_template(&once).await.unwrap(), first);
    assert_eq!(world.wechat.emulator.inbox("o1").len(), 1);
    let other = message("o1").once("notice-2");
    assert_ne!(world.account.send_template(&other).await.unwrap(), first);
}

#[tokio::test]
async fn one_token_is_fetched_for_all_who_wait() {
    let world = world().await;
    let sent = join_all((0..40).map(|_| world.send())).await;
    let ids: BTreeSet<_> = sent.into_iter().map(Result::unwrap).collect();
    assert_eq!(ids.len(), 40);
    assert_eq!(world.wechat.emulator.token_requests(), 1);
}

#[tokio::test]
async fn a_token_is_renewed_five_minutes_before_its_end() {
    let world = world().await;
    for (advance_min, requests) in [(0, 1), (114, 1), (1, 2), (114, 2), (1, 3)] {
        world.clock.advance(advance_min * MINUTE_MS);
        world.send().await.unwrap();
        let asked = world.wechat.emulator.token_requests();
        assert_eq!(asked, requests, "after {advance_min} minutes");
    }
}

#[tokio::test]
async fn the_old_token_serves_while_a_new_one_cannot_be_had() {
    let world = world().await;
    world.send().await.unwrap();
    world.wechat.emulator.plan(99, TOKEN, &Fault::Status(503));
    world.clock.advance(119 * MINUTE_MS);
    world.send().await.unwrap();
    world.clock.advance(MINUTE_MS);
    let refusal = world.send().await.unwrap_err();
    assert_eq!(
        (refusal.cause, refusal.code.as_str()),
        (Cause::Busy, "http-503")
    );
}

#[tokio::test]
async fn a_failure_is_shared_by_those_who_wait_and_forgotten_soon() {
    let world = world().await;
    let fault = Fault::Code("-1".to_owned());
    world.wechat.emulator.plan(1, TOKEN, &fault);
    let sent = join_all((0..20).map(|_| world.send())).await;
    for outcome in sent {
        assert_eq!(outcome.unwrap_err().cause, Cause::Busy);
    }
    assert_eq!(world.wechat.emulator.token_requests(), 0);
    world.clock.advance(2_000);
    world.send().await.unwrap();
}

#[tokio::test]
async fn those_who_wait_for_a_silent_wechat_do_not_each_wait_their_own_time() {
    let world = world().await;
    // On a clock that runs, since the wait itself takes longer than a failure is held.
    let config = world.wechat.emulator.config();
    let hold = Duration::from_millis(2_500);
    let account = OfficialAccount::with_timeout(&config, Clock::System, hold).unwrap();
    world.wechat.emulator.plan(1, TOKEN, &Fault::Delay(PATIENT));
    let to_o1 = message("o1");
    let sent = join_all((0..5).map(|_| account.send_template(&to_o1))).await;
    for outcome in sent {
        let refusal = outcome.unwrap_err();
        assert_eq!(
            (refusal.cause, refusal.code.as_str()),
            (Cause::NoAnswer, "timeout")
        );
    }
}

#[tokio::test]
async fn a_token_that_ends_in_the_middle_is_replaced_once() {
    let world = world().await;
    world.send().await.unwrap();
    world.wechat.emulator.expire_token();
    world.send().await.unwrap();
    assert_eq!(world.wechat.emulator.token_requests(), 2);
    world.wechat.emulator.revoke_token();
    let sent = join_all((0..20).map(|_| world.send())).await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    assert_eq!(world.wechat.emulator.token_requests(), 3);
}

#[tokio::test]
async fn a_token_that_is_refused_though_it_is_current_is_forced_anew() {
    let world = world().await;
    world.send().await.unwrap();
    let fault = Fault::Code("40001".to_owned());
    world.wechat.emulator.plan(1, SEND, &fault);
    world.send().await.unwrap();
    // The first, the same again, the forced one.
    assert_eq!(world.wechat.emulator.token_requests(), 3);
    world.wechat.emulator.plan(2, SEND, &fault);
    let refusal = world.send().await.unwrap_err();
    assert_eq!(
        (refusal.cause, refusal.code.as_str()),
        (Cause::Credentials, "40001")
    );
    assert!(!refusal.is_final());
    assert_eq!(
        world.wechat.emulator.token_requests(),
        4,
        "forced twice within 30 s"
    );
}

#[tokio::test]
async fn a_wrong_secret_is_a_matter_for_an_operator_and_is_not_told() {
    let world = world().await;
    let mut config = world.wechat.emulator.config();
    config.secret = Secret::new("hushhushhush");
    let account = OfficialAccount::new(&config, world.clock.clone()).unwrap();
    let refusal = account.send_template(&message("o1")).await.unwrap_err();
    assert_eq!(
        (refusal.cause, refusal.code.as_str()),
        (Cause::Credentials, "40125")
    );
    assert!(!refusal.is_final());
    assert!(!format!("{refusal} {refusal:?} {account:?}").contains("hush"));
    config.appid = "wx0000000000000000".to_owned();
    let account = OfficialAccount::new(&config, world.clock.clone()).unwrap();
    let refusal = account.send_template(&message("o1")).await.unwrap_err();
    assert_eq!(refusal.code, "40013");
}

#[tokio::test]
async fn codes_of_wechat_become_causes() {
    let world = world().await;
    for (code, cause, is_final) in [
        ("43004", Cause::NotFollowing, true),
        ("43101", Cause::NotFollowing, true),
        ("40003", Cause::Recipient, true),
        ("40037", Cause::Content, true),
        ("47003", Cause::Content, true),
        ("45009", Cause::Limit, false),
        ("-1", Cause::Busy, false),
        ("50099", Cause::Other, false),
    ] {
        world
            .wechat
            .emulator
            .plan(1, SEND, &Fault::Code(code.to_owned()));
        let refusal = world.send().await.unwrap_err();
        assert_eq!(
            (refusal.cause, refusal.is_final()),
            (cause, is_final),
            "{code}"
        );
        assert_eq!(refusal.code, code);
    }
}

#[tokio::test]
async fn wechats_own_checks_refuse_what_cannot_be_delivered() {
    let world = world_with(|options| options.messages_per_day = 1).await;
    let code = async |message: &TemplateMessage| {
        let refused = world.account.send_template(message).await;
        refused.unwrap_err().code
    };
    assert_eq!(code(&message("nobody")).await, "40003");
    let to = OpenId::parse("o1").unwrap();
    assert_eq!(code(&TemplateMessage::new(&to, "tpl-other")).await, "40037");
    let half = TemplateMessage::new(&to, "tpl-interview");
    assert_eq!(code(&half).await, "47003");
    world.send().await.unwrap();
    assert_eq!(code(&message("o1")).await, "45009");
    world.clock.advance(24 * 60 * MINUTE_MS);
    world.send().await.unwrap();
    assert!(world.wechat.emulator.unsubscribe("o1").await.is_err());
    assert_eq!(code(&message("o1")).await, "43004");
}

#[tokio::test]
async fn answers_that_do_not_come_or_are_none_say_whether_it_may_have_arrived() {
    let world = world().await;
    let config = world.wechat.emulator.config();
    let with_timeout = |timeout| {
        let account = OfficialAccount::with_timeout(&config, world.clock.clone(), timeout);
        account.unwrap()
    };
    let (patient, hasty) = (with_timeout(PATIENT), with_timeout(HASTY));
    patient.send_template(&message("o1")).await.unwrap();
    for (fault, cause, code) in [
        (Fault::Drop, Cause::NoAnswer, "cut-off"),
        (Fault::Delay(PATIENT), Cause::NoAnswer, "timeout"),
        (Fault::Garble, Cause::Unreadable, "not-the-protocol"),
        (Fault::Flood, Cause::Unreadable, "answer-too-large"),
        (Fault::Status(502), Cause::Busy, "http-502"),
        (Fault::Status(429), Cause::Limit, "http-429"),
    ] {
        world.wechat.emulator.plan(1, SEND, &fault);
        let slow = matches!(fault, Fault::Delay(_));
        let account = if slow { &hasty } else { &patient };
        let refusal = account.send_template(&message("o1")).await.unwrap_err();
        assert_eq!(
            (refusal.cause, refusal.code.as_str()),
            (cause, code),
            "{fault:?}"
        );
        assert!(!refusal.is_final(), "{fault:?}");
    }
    // The first, and those of Drop, Garble and Flood.
    assert!(world.wechat.emulator.messages().len() >= 4);
    drop(world.wechat);
    let refusal = loop {
        // Connections that are open still end in their own time.
        let refused = patient.send_template(&message("o1")).await;
        match refused {
            Err(refusal) if refusal.cause == Cause::Unreachable => break refusal,
            Ok(_) | Err(_) => tokio::task::yield_now().await,
        }
    };
    assert_eq!(refusal.code, "no-connection");
}

#[tokio::test]
async fn the_emulator_is_steered_over_http_too() {
    let world = world().await;
    let client = reqwest::Client::new();
    let url = |path: &str| format!("{}/_ctl/{path}", world.wechat.url());
    let post = async |path: &str, body: &str| {
        let request = client
            .post(url(path))
            .header("content-type", "application/json");
        request.body(body.to_owned()).send().await.unwrap().status()
    };
    assert_eq!(
        post("fail", r#"{"code":"45009","path":"/cgi-bin/message"}"#).await,
        204
    );
    assert_eq!(world.send().await.unwrap_err().cause, Cause::Limit);
    assert_eq!(post("fail", r#"{"times":1}"#).await, 422);
    assert_eq!(post("drop", "{}").await, 204);
    assert_eq!(post("clear", "{}").await, 204);
    world.send().await.unwrap();
    assert_eq!(post("expire_token", "{}").await, 204);
    assert_eq!(post("clock", r#"{"now_ms":1}"#).await, 204);
    assert_eq!(world.clock.now_ms(), 1);
    assert_eq!(post("follow", r#"{"openid":"o 1"}"#).await, 409);
    assert_eq!(
        post("callback", r#"{"url":"https://example.com/"}"#).await,
        409
    );
    let text = |path: &str| {
        let request = client.get(url(path));
        async move { request.send().await.unwrap().text().await.unwrap() }
    };
    assert!(text("received").await.contains("示例科技有限公司"));
    assert!(text("inbox?openid=o1").await.contains("面试提醒"));
}

#[test]
fn an_account_that_is_not_set_up_is_refused_with_its_faults() {
    let faults = OfficialAccount::new(&Default::default(), Clock::System).unwrap_err();
    assert_eq!(faults.0, ["wechat.appid must be set"]);
}
