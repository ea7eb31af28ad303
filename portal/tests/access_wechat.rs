//! WeChat: binding and logging in by codes, and what callbacks that are forged, repeated or late
//! change: nothing.

#![expect(clippy::unwrap_used, reason = "tests")]

mod access_site;
mod site;

use access_site::{Browser, DAY, MINUTE, PASSWORD, audited, demo, demo_with};
use base::db::{on_db, testing};
use futures_util::future::join_all;
use outside::emulators::WechatEmulator;
use outside::emulators::wechat::Letter;
use portal::Mode;
use portal::ids::AccountId;
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use site::{Site, location};

fn wechat(site: &Site) -> &WechatEmulator {
    let emulators = site.running.state.emulators.as_ref().expect("the demo");
    &emulators.wechat.emulator
}

/// What the code on a page says, and the number by which the page asks for it.
async fn code_on(browser: &Browser<'_>, site: &Site, path: &str) -> (String, String) {
    let page = browser.page(path).await;
    let (_, rest) = page.split_once("data-nonce=\"").expect("a card");
    let nonce = rest.split('"').next().unwrap().to_owned();
    let codes = wechat(site).codes();
    let (_, code) = codes
        .iter()
        .find(|(scene, _)| scene.ends_with(&nonce))
        .unwrap();
    (code.clone(), nonce)
}

/// What the page hears of its code.
async fn state_of(browser: &Browser<'_>, nonce: &str) -> String {
    let answer = browser.get(&format!("/api/wechat/scenes/{nonce}")).await;
    if answer.status() == StatusCode::NOT_FOUND {
        return "over".to_owned();
    }
    let body: serde_json::Value = answer.json().await.unwrap();
    body["state"].as_str().unwrap().to_owned()
}

async fn bound(site: &Site, account: AccountId) -> Option<(String, bool)> {
    on_db!(site.running.state.db, c => sqlx::query_as(
        "SELECT openid, reachable FROM wechat_bindings WHERE account_id = $1")
        .bind(account).fetch_optional(c).await)
    .unwrap()
}

/// The last text that came to a telephone.
fn heard(site: &Site, openid: &str) -> String {
    match wechat(site).inbox(openid).pop() {
        Some(Letter::Text { text, .. }) => text,
        _ => String::new(),
    }
}

async fn bind(site: &Site, who: &str, openid: &str) {
    let browser = Browser::of(site, who).await;
    let (code, nonce) = code_on(&browser, site, "/account/wechat").await;
    wechat(site).scan(openid, &code).await.unwrap();
    assert_eq!(state_of(&browser, &nonce).await, "done");
}

#[tokio::test]
async fn a_scan_binds_once_and_a_repeated_callback_changes_nothing() {
    let (site, clock) = demo().await;
    let me = site.account("interviewer-01").await;
    let browser = Browser::of(&site, "interviewer-01").await;
    let (code, nonce) = code_on(&browser, &site, "/account/wechat").await;
    assert_eq!(state_of(&browser, &nonce).await, "waiting");
    wechat(&site).duplicate_next(1);
    let call = wechat(&site).scan("openid-1", &code).await.unwrap();
    assert_eq!((call.tries, call.acknowledged), (2, true));
    assert_eq!(state_of(&browser, &nonce).await, "done");
    assert_eq!(bound(&site, me).await, Some(("openid-1".to_owned(), true)));
    assert!(heard(&site, "openid-1").contains("绑定成功"));
    let binds = audited(&site, me).await;
    assert_eq!(
        binds
            .iter()
            .filter(|action| *action == "wechat.bind")
            .count(),
        1
    );
    clock.advance(1_000);
    wechat(&site).scan("openid-2", &code).await.unwrap();
    assert!(
        heard(&site, "openid-2").contains("已失效"),
        "one code, one scan"
    );
    assert!(browser.page("/account/wechat").await.contains("已绑定微信"));
    browser.post("/account/wechat/unbind", &[]).await;
    assert_eq!(bound(&site, me).await, None);
    assert_eq!(audited(&site, me).await.last().unwrap(), "wechat.unbind");
    site.end().await;
}

#[tokio::test]
async fn the_code_to_follow_by_is_one_for_all_and_ties_nothing() {
    let (site, clock) = demo().await;
    let state = &site.running.state;
    let code = async || portal::accounts::wechat::follow_card(state).await.unwrap();
    let first = code().await;
    clock.advance(20 * DAY);
    assert_eq!(code().await, first, "it is kept");
    let made = |site: &Site| {
        let codes = wechat(site).codes().into_iter();
        codes.filter(|(scene, _)| scene == "follow").count()
    };
    assert_eq!(made(&site), 1);
    let (_, text) = wechat(&site)
        .codes()
        .into_iter()
        .find(|(scene, _)| scene == "follow")
        .unwrap();
    wechat(&site).scan("openid-9", &text).await.unwrap();
    assert!(heard(&site, "openid-9").contains("欢迎关注"));
    let (bound,): (i64,) = on_db!(state.db, c => sqlx::query_as(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM wechat_bindings WHERE openid = 'openid-9'")
        .fetch_one(c).await)
    .unwrap();
    assert_eq!(bound, 0);
    clock.advance(9 * DAY);
    assert_ne!(code().await, first, "made anew before it ends");
    site.end().await;
}

#[tokio::test]
async fn one_wechat_is_one_accounts_and_one_account_has_one_wechat() {
    let (site, clock) = demo().await;
    bind(&site, "interviewer-01", "openid-1").await;
    clock.advance(1_000);
    let second = site.account("interviewer-02").await;
    let browser = Browser::of(&site, "interviewer-02").await;
    let (code, nonce) = code_on(&browser, &site, "/account/wechat").await;
    wechat(&site).scan("openid-1", &code).await.unwrap();
    assert_eq!(state_of(&browser, &nonce).await, "refused");
    assert!(heard(&site, "openid-1").contains("已绑定其他账号"));
    assert_eq!(bound(&site, second).await, None);
    // Two pages of one account, scanned by two telephones.
    let (one, _) = code_on(&browser, &site, "/account/wechat").await;
    let (other, nonce) = code_on(&browser, &site, "/account/wechat").await;
    clock.advance(1_000);
    wechat(&site).scan("openid-2", &one).await.unwrap();
    wechat(&site).scan("openid-3", &other).await.unwrap();
    assert_eq!(state_of(&browser, &nonce).await, "refused");
    assert!(heard(&site, "openid-3").contains("已绑定其他微信"));
    let found = bound(&site, second).await.unwrap();
    assert_eq!(found.0, "openid-2");
    site.end().await;
}

#[tokio::test]
async fn at_the_same_moment_a_wechat_is_bound_to_one_account() {
    for test in testing::both().await {
        let url = test.url.clone();
        let (site, _) = demo_with(|c| c.database.url = base::config::Secret::new(url)).await;
        let mut codes = Vec::new();
        for n in 1..=4 {
            let browser = Browser::of(&site, &format!("student-{n:02}")).await;
            codes.push(code_on(&browser, &site, "/account/wechat").await.0);
        }
        // As four different events of one person.
        let bodies = codes.iter().enumerate().map(|(n, code)| {
            let scene = wechat(&site)
                .codes()
                .into_iter()
                .find(|(_, known)| known == code)
                .unwrap()
                .0;
            event(&site, "openid-1", "SCAN", &scene, i64::try_from(n).unwrap())
        });
        let signed = signed_query(&site, "emulatedtoken");
        let sent = bodies.map(|body| call(&site, &signed, body));
        for status in join_all(sent).await {
            assert_eq!(status, StatusCode::OK);
        }
        let (count,): (i64,) = on_db!(site.running.state.db, c => sqlx::query_as(
            "SELECT CAST(COUNT(*) AS BIGINT) FROM wechat_bindings").fetch_one(c).await)
        .unwrap();
        assert_eq!(count, 1, "{}", test.db.kind());
        site.end().await;
    }
}

/// An event as WeChat writes it, `later` seconds from now.
fn event(site: &Site, openid: &str, name: &str, key: &str, later: i64) -> String {
    let at = site.running.state.now_ms() / 1000 + later;
    format!(
        "<xml><ToUserName>gh_1</ToUserName><FromUserName>{openid}</FromUserName>\
         <CreateTime>{at}</CreateTime><MsgType>event</MsgType><Event>{name}</Event>\
         <EventKey>{key}</EventKey></xml>"
    )
}

/// The query of a callback, signed with a token as it is now.
fn signed_query(site: &Site, token: &str) -> String {
    let at = (site.running.state.now_ms() / 1000).to_string();
    let mut parts = [token, at.as_str(), "nonce1"];
    parts.sort_unstable();
    let signature = outside::sign::sha1_hex(parts.concat().as_bytes());
    format!("signature={signature}&timestamp={at}&nonce=nonce1")
}

async fn call(site: &Site, query: &str, body: String) -> StatusCode {
    let url = site.url(&format!("/wechat/callback?{query}"));
    let request = site.client.post(url).header(CONTENT_TYPE, "text/xml");
    request.body(body).send().await.unwrap().status()
}

#[tokio::test]
async fn a_forged_or_late_callback_is_refused() {
    let (site, clock) = demo().await;
    let me = site.account("student-01").await;
    let browser = Browser::of(&site, "student-01").await;
    let (_, nonce) = code_on(&browser, &site, "/account/wechat").await;
    let body = || event(&site, "openid-9", "SCAN", &format!("bind:{nonce}"), 0);
    for query in [
        signed_query(&site, "othertoken"),
        "signature=00&timestamp=0&nonce=x".to_owned(),
        String::new(),
    ] {
        let status = call(&site, &query, body()).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{query}");
    }
    let good = signed_query(&site, "emulatedtoken");
    for bad in ["", "<xml>", "<a/>", "not xml"] {
        let status = call(&site, &good, bad.to_owned()).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{bad}");
    }
    assert_eq!(state_of(&browser, &nonce).await, "waiting");
    assert_eq!(bound(&site, me).await, None);
    clock.advance(11 * MINUTE);
    assert_eq!(
        call(&site, &good, body()).await,
        StatusCode::FORBIDDEN,
        "signed long ago"
    );
    let fresh = signed_query(&site, "emulatedtoken");
    assert_eq!(call(&site, &fresh, body()).await, StatusCode::OK);
    assert_eq!(bound(&site, me).await, None, "the code is over");
    assert_eq!(state_of(&browser, &nonce).await, "over");
    assert!(
        wechat(&site).greet().await.unwrap(),
        "the check of the address"
    );
    site.end().await;
}

#[tokio::test]
async fn whoever_no_longer_follows_is_not_reachable_until_he_follows_again() {
    let (site, clock) = demo().await;
    bind(&site, "student-01", "openid-1").await;
    let me = site.account("student-01").await;
    clock.advance(1_000);
    wechat(&site).unsubscribe("openid-1").await.unwrap();
    assert!(!bound(&site, me).await.unwrap().1);
    let page = Browser::of(&site, "student-01")
        .await
        .page("/account/wechat")
        .await;
    assert!(page.contains("已取消关注"));
    clock.advance(1_000);
    wechat(&site).follow("openid-1").await.unwrap();
    assert!(bound(&site, me).await.unwrap().1);
    site.end().await;
}

#[tokio::test]
async fn a_login_is_scanned_confirmed_and_taken_by_the_browser_that_shows_the_code() {
    let (site, clock) = demo().await;
    bind(&site, "interviewer-01", "openid-1").await;
    clock.advance(1_000);
    let (browser, thief) = (Browser::new(&site), Browser::new(&site));
    let (code, nonce) = code_on(&browser, &site, "/login?way=wechat&next=/booths").await;
    let take = async |browser: &Browser<'_>| {
        let fields = [("nonce", nonce.as_str()), ("next", "/booths")];
        location(&browser.post("/login/wechat", &fields).await).to_owned()
    };
    assert!(
        take(&browser).await.starts_with("/login?way=wechat"),
        "not scanned"
    );
    wechat(&site).scan("openid-1", &code).await.unwrap();
    assert_eq!(state_of(&browser, &nonce).await, "scanned");
    assert!(heard(&site, "openid-1").contains("Chrome · Windows"));
    assert!(
        take(&browser).await.starts_with("/login?way=wechat"),
        "not confirmed"
    );
    clock.advance(1_000);
    wechat(&site).say("openid-1", "2").await.unwrap();
    assert_eq!(state_of(&browser, &nonce).await, "scanned");
    wechat(&site).say("openid-1", " 1 ").await.unwrap();
    assert_eq!(state_of(&browser, &nonce).await, "done");
    assert_eq!(state_of(&thief, &nonce).await, "over", "not his to see");
    assert!(
        take(&thief).await.starts_with("/login?way=wechat"),
        "nor to take"
    );
    assert_eq!(take(&browser).await, "/booths");
    assert!(browser.is_in().await && !thief.is_in().await);
    assert!(take(&thief).await.starts_with("/login"), "used up");
    site.end().await;
}

#[tokio::test]
async fn a_wechat_that_is_nobodys_signs_nobody_in() {
    let (site, clock) = demo().await;
    let browser = Browser::new(&site);
    let (code, nonce) = code_on(&browser, &site, "/login?way=wechat").await;
    wechat(&site).scan("openid-7", &code).await.unwrap();
    assert_eq!(state_of(&browser, &nonce).await, "refused");
    assert!(heard(&site, "openid-7").contains("还没有绑定账号"));
    // A disabled account's WeChat is nobody's either.
    bind(&site, "student-02", "openid-8").await;
    let me = site.account("student-02").await;
    on_db!(site.running.state.db.writer().await.unwrap(), c => sqlx::query(
        "UPDATE accounts SET status = 'disabled' WHERE id = $1")
        .bind(me).execute(c).await.map(drop))
    .unwrap();
    let (code, nonce) = code_on(&browser, &site, "/login?way=wechat").await;
    clock.advance(1_000);
    wechat(&site).scan("openid-8", &code).await.unwrap();
    assert_eq!(state_of(&browser, &nonce).await, "refused");
    // Nor does a code that was scanned too late.
    let (code, nonce) = code_on(&browser, &site, "/login?way=wechat").await;
    clock.advance(10 * MINUTE);
    assert!(wechat(&site).scan("openid-7", &code).await.is_err());
    assert_eq!(state_of(&browser, &nonce).await, "over");
    site.end().await;
}

#[tokio::test]
async fn without_an_official_account_pages_do_without() {
    let site = Site::start(Mode::Serve).await;
    let browser = Browser::new(&site);
    assert!(!browser.page("/login").await.contains("微信扫码"));
    assert!(
        browser
            .page("/login?way=wechat")
            .await
            .contains("微信登录暂不可用")
    );
    for path in ["/wechat/callback?echostr=1", "/wechat/callback"] {
        assert_eq!(browser.get(path).await.status(), StatusCode::NOT_FOUND);
    }
    let answer = site.client.post(site.url("/wechat/callback")).send().await;
    assert_eq!(answer.unwrap().status(), StatusCode::NOT_FOUND);
    site.end().await;
}

#[tokio::test]
async fn when_wechat_does_not_answer_the_other_ways_are_named() {
    let (site, _) = demo().await;
    let fault = outside::emulators::Fault::Status(503);
    wechat(&site).plan(10, "/cgi-bin/qrcode", &fault);
    let browser = Browser::new(&site);
    let page = browser.page("/login?way=wechat").await;
    assert!(page.contains("请用其他方式登录"));
    browser.login("student-01", PASSWORD).await;
    assert!(
        browser
            .page("/account/wechat")
            .await
            .contains("微信绑定暂不可用")
    );
    site.end().await;
}
