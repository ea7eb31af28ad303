//! Messages, notification settings, templates and the log over real HTTP, and the demo's phone.

#![expect(clippy::unwrap_used, reason = "tests")]

mod site;

use std::time::Duration;

use base::clock::Clock;
use base::db::on_db;
use outside::emulators::Fault;
use portal::Mode;
use portal::notifications::{Event, Notice, enqueue, enqueue_code};
use reqwest::StatusCode;
use serde_json::json;
use site::{Site, location};

const TEMPLATE: &str = "/platform/templates/N3/sms";

async fn tell(site: &Site, who: &str, event: Event, link: &str) {
    let samples = portal::notifications::args::samples(event.args());
    let notice = Notice {
        event,
        to: site.account(who).await,
        args: json!(samples),
        link: link.to_owned(),
        dedupe: None,
    };
    let state = &site.running.state;
    let mut tx = state.db.begin().await.unwrap();
    enqueue(&mut tx, &notice, state.now_ms()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn page(site: &Site, path: &str, cookie: &str) -> String {
    let answer = site.get(path, cookie).await;
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.text().await.unwrap()
}

async fn submit(site: &Site, path: &str, cookie: &str, form: &str) -> (StatusCode, String, String) {
    let csrf = site.csrf(cookie).await;
    let answer = site.post(path, cookie, format!("{form}&csrf={csrf}")).await;
    let (status, to) = (answer.status(), location(&answer).to_owned());
    (status, to, answer.text().await.unwrap())
}

/// The part of `text` between `before` and the next quotation mark.
fn after<'a>(text: &'a str, before: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap();
    rest.split('"').next().unwrap()
}

/// The ids that stand between `before` and `after` in a page, in its order.
fn ids(text: &str, before: &str, after: &str) -> Vec<String> {
    let id = |part: &str| part.split_once(after).map(|(id, _)| id.to_owned());
    let parts = text.split(before).skip(1).filter_map(id);
    parts.filter(|id| id.len() == 36).collect()
}

/// Looks at a page until it says `what`.
async fn until(site: &Site, path: &str, cookie: &str, what: &str) -> String {
    let look = async {
        loop {
            let text = page(site, path, cookie).await;
            if text.contains(what) {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), look)
        .await
        .unwrap_or_else(|_| panic!("{path} never says {what}"))
}

#[tokio::test]
async fn messages_are_counted_beside_the_bell_opened_and_read() {
    let site = Site::start(Mode::Demo).await;
    let me = site.enter("interviewer-01").await;
    assert!(
        !page(&site, "/booths", &me)
            .await
            .contains("data-testid=\"unread\"")
    );
    tell(&site, "interviewer-01", Event::CompanyReviewed, "/booths").await;
    tell(&site, "interviewer-01", Event::JoinRequested, "//evil.test").await;
    tell(&site, "interviewer-02", Event::NewDevice, "").await;
    let text = page(&site, "/messages", &me).await;
    assert!(
        text.contains("data-testid=\"unread\">2<"),
        "the bell counts"
    );
    assert!(text.contains("企业认证：审核通过") && text.contains("林知远 申请加入公司"));
    assert!(!text.contains("新设备登录"), "another person's");
    let ids = ids(&text, "action=\"/messages/", "/open\"");
    assert_eq!(ids.len(), 2);
    let other = site.enter("interviewer-02").await;
    let open = |id: &str| format!("/messages/{id}/open");
    let (status, ..) = submit(&site, &open(&ids[0]), &other, "").await;
    assert_eq!(status, StatusCode::NOT_FOUND, "not his");
    // Newest first: the second one is the result.
    let (status, to, _) = submit(&site, &open(&ids[1]), &me, "").await;
    assert_eq!((status, &*to), (StatusCode::SEE_OTHER, "/booths"));
    let (_, to, _) = submit(&site, &open(&ids[0]), &me, "").await;
    assert_eq!(to, "/messages", "a link leads nowhere else");
    let text = page(&site, "/messages?tab=unread", &me).await;
    assert!(text.contains("没有未读消息") && !text.contains("data-testid=\"unread\""));
    assert!(
        page(&site, "/messages", &me)
            .await
            .contains("企业认证：审核通过")
    );
    site.end().await;
}

#[tokio::test]
async fn all_are_read_at_once_but_not_what_came_meanwhile() {
    let clock = Clock::simulated(1_795_572_000_000);
    let site = Site::start_at(Mode::Demo, clock.clone(), |_| {}).await;
    let me = site.enter("student-01").await;
    for _ in 0..23 {
        tell(&site, "student-01", Event::IdentityDecided, "").await;
    }
    let text = page(&site, "/messages", &me).await;
    assert!(text.contains("student.css") && text.contains("phone-head"));
    assert_eq!(text.matches("data-testid=\"message\"").count(), 20);
    assert!(text.contains("data-testid=\"next-page\""));
    let second = page(&site, "/messages?page=2", &me).await;
    assert_eq!(second.matches("data-testid=\"message\"").count(), 3);
    let seen = after(&text, "name=\"seen_ms\" value=\"").to_owned();
    clock.advance(1);
    tell(&site, "student-01", Event::NewDevice, "").await;
    let form = format!("tab=unread&seen_ms={seen}");
    let (status, to, _) = submit(&site, "/messages/read-all", &me, &form).await;
    assert_eq!(
        (status, &*to),
        (StatusCode::SEE_OTHER, "/messages?tab=unread")
    );
    let text = page(&site, "/messages?tab=unread", &me).await;
    assert_eq!(text.matches("data-testid=\"message\"").count(), 1);
    assert!(text.contains("新设备登录"));
    let id = &ids(&text, "action=\"/messages/", "/read\"")[0];
    let (_, to, _) = submit(&site, &format!("/messages/{id}/read"), &me, "tab=all").await;
    assert_eq!(to, "/messages");
    site.end().await;
}

#[tokio::test]
async fn a_person_switches_off_what_is_not_mandatory() {
    let site = Site::start(Mode::Demo).await;
    let me = site.enter("interviewer-01").await;
    let path = "/account/notifications";
    let text = page(&site, path, &me).await;
    assert!(text.contains("name=\"N1.wechat\" value=\"on\""));
    assert!(
        !text.contains("name=\"N3.wechat\""),
        "a result cannot be switched off"
    );
    assert!(text.contains("199****") && text.contains("未绑定微信"));
    // Neither of the mandatory ones is in the form, and one that is forged counts for nothing.
    let form = "N1.email=on&N30.sms=on&N30.email=on&X2.wechat=on&X2.sms=on&N3.wechat=off";
    let (status, to, _) = submit(&site, path, &me, form).await;
    assert_eq!(
        (status, &*to),
        (StatusCode::SEE_OTHER, "/account/notifications?saved=1")
    );
    let text = page(&site, &to, &me).await;
    assert!(text.contains("已保存"));
    let ticked = |name: &str| after(&text, &format!("data-testid=\"{name}\"")).contains("checked");
    assert!(!ticked("N1.wechat") && ticked("N30.email") && ticked("N1.email"));
    let sql = "SELECT event, channel, enabled FROM notification_settings ORDER BY event, channel";
    let db = &site.running.state.db;
    let rows: Vec<(String, String, bool)> =
        on_db!(db, c => sqlx::query_as(sql).fetch_all(c).await).unwrap();
    assert!(rows.iter().all(|(event, ..)| event != "N3"), "{rows:?}");
    assert!(rows.contains(&("N1".to_owned(), "wechat".to_owned(), false)));
    assert!(rows.contains(&("N30".to_owned(), "email".to_owned(), true)));
    let account = site.account("interviewer-01").await.to_string();
    let audit = portal::audit::of(db, "account", &account).await.unwrap();
    assert!(
        audit
            .iter()
            .any(|row| row.action == "notification.settings")
    );
    site.end().await;
}

#[tokio::test]
async fn templates_are_for_operations_and_the_log_for_support_too() {
    let site = Site::start(Mode::Demo).await;
    for (who, templates, sends) in [
        ("operations", StatusCode::OK, StatusCode::OK),
        ("support", StatusCode::FORBIDDEN, StatusCode::OK),
        ("platform", StatusCode::FORBIDDEN, StatusCode::FORBIDDEN),
        ("finance", StatusCode::FORBIDDEN, StatusCode::FORBIDDEN),
        (
            "interviewer-01",
            StatusCode::FORBIDDEN,
            StatusCode::FORBIDDEN,
        ),
        ("student-01", StatusCode::FORBIDDEN, StatusCode::FORBIDDEN),
        ("school", StatusCode::FORBIDDEN, StatusCode::FORBIDDEN),
        ("operator", StatusCode::FORBIDDEN, StatusCode::FORBIDDEN),
    ] {
        let cookie = site.enter(who).await;
        let status = |path: &'static str| {
            let (site, cookie) = (&site, &cookie);
            async move { site.get(path, cookie).await.status() }
        };
        assert_eq!(status("/platform/templates").await, templates, "{who}");
        assert_eq!(status(TEMPLATE).await, templates, "{who}");
        assert_eq!(status("/platform/sends").await, sends, "{who}");
        let (saved, ..) = submit(&site, TEMPLATE, &cookie, "title=x&body=x&action=preview").await;
        let expected = if templates == StatusCode::OK {
            StatusCode::OK
        } else {
            StatusCode::FORBIDDEN
        };
        assert_eq!(saved, expected, "{who}");
    }
    let login = site.get("/platform/sends", "").await;
    assert!(location(&login).starts_with("/login"));
    site.end().await;
}

#[tokio::test]
async fn a_template_is_previewed_saved_fought_over_and_reset() {
    let site = Site::start(Mode::Demo).await;
    let staff = site.enter("operations").await;
    let list = page(&site, "/platform/templates", &staff).await;
    assert!(list.contains(TEMPLATE) && !list.contains("改过"));
    let text = page(&site, TEMPLATE, &staff).await;
    let version = after(&text, "name=\"version\" value=\"").to_owned();
    let body = "%7Bcompany%7D%E8%AE%A4%E8%AF%81%7Bresult%7D"; // {company}认证{result}
    let form = |body: &str, action: &str| {
        format!("title=T&body={body}&provider_template=sms_N3&version={version}&action={action}")
    };
    let (status, _, text) = submit(&site, TEMPLATE, &staff, &form(body, "preview")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("澄源半导体（示例）有限公司认证审核通过"));
    assert!(
        !page(&site, TEMPLATE, &staff)
            .await
            .contains("{company}认证{result}")
    );
    let bad = form("%7Bschool%7D", "save");
    let (status, _, text) = submit(&site, TEMPLATE, &staff, &bad).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text.contains("没有变量 {school}") && text.contains("sms_N3"));
    let (status, to, _) = submit(&site, TEMPLATE, &staff, &form(body, "save")).await;
    assert_eq!(
        (status, &*to),
        (StatusCode::SEE_OTHER, &*format!("{TEMPLATE}?saved=1"))
    );
    let (status, ..) = submit(&site, TEMPLATE, &staff, &form(body, "save")).await;
    assert_eq!(status, StatusCode::CONFLICT, "the version is stale");
    assert!(
        page(&site, "/platform/templates", &staff)
            .await
            .contains("改过")
    );
    let text = page(&site, TEMPLATE, &staff).await;
    assert!(text.contains("{company}认证{result}"));
    let version = after(&text, "name=\"version\" value=\"").to_owned();
    let reset = format!("{TEMPLATE}/reset");
    let (status, ..) = submit(&site, &reset, &staff, "version=1").await;
    assert_eq!(status, StatusCode::CONFLICT);
    let (status, ..) = submit(&site, &reset, &staff, &format!("version={version}")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let text = page(&site, TEMPLATE, &staff).await;
    assert!(text.contains("{company}的企业认证结果") && text.contains("sms_N3"));
    let nothing = site.get("/platform/templates/N3/pigeon", &staff).await;
    assert_eq!(nothing.status(), StatusCode::NOT_FOUND);
    let unused = site.get("/platform/templates/X5/email", &staff).await;
    assert_eq!(unused.status(), StatusCode::NOT_FOUND);
    site.end().await;
}

#[tokio::test]
async fn a_rule_is_changed_within_its_limits() {
    let site = Site::start(Mode::Demo).await;
    let staff = site.enter("operations").await;
    let rule = format!("{TEMPLATE}/rule");
    for bad in ["0", "1001", "x", ""] {
        let form = format!("enabled=on&daily_cap={bad}&version=0");
        let (status, _, text) = submit(&site, &rule, &staff, &form).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        assert!(text.contains("每日上限应为 1 到 1000 的整数"));
    }
    let code = "/platform/templates/X5/sms/rule";
    let (status, _, text) = submit(&site, code, &staff, "daily_cap=5&version=0").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text.contains("不能停用"));
    let (status, ..) = submit(&site, &rule, &staff, "daily_cap=3&version=0").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (status, ..) = submit(&site, &rule, &staff, "daily_cap=4&version=0").await;
    assert_eq!(status, StatusCode::CONFLICT);
    let list = page(&site, "/platform/templates", &staff).await;
    assert!(list.contains("已停用"));
    let site_text = "/platform/templates/N3/site/rule";
    let (status, ..) = submit(&site, site_text, &staff, "daily_cap=4&version=0").await;
    assert_eq!(status, StatusCode::NOT_FOUND, "the site always shows");
    site.end().await;
}

#[tokio::test]
async fn support_finds_a_dead_letter_and_tries_it_again() {
    let site = Site::start(Mode::Demo).await;
    let sms = &site.running.state.emulators.as_ref().unwrap().sms.emulator;
    sms.plan(1, &Fault::Status(503));
    sms.plan(2, &Fault::Code("isv.MOBILE_NUMBER_ILLEGAL".to_owned()));
    let staff = site.enter("support").await;
    code(&site, "13800138000", "111111").await;
    let text = until(&site, "/platform/sends?channel=sms", &staff, "服务商繁忙").await;
    assert!(text.contains("138****8000") && !text.contains("13800138000"));
    assert!(!text.contains("111111"), "nobody reads a code here");
    code(&site, "13800138001", "222222").await;
    let text = until(
        &site,
        "/platform/sends?state=dead&tail=8001",
        &staff,
        "/void",
    )
    .await;
    assert!(text.contains("地址无效或被拒收（isv.MOBILE_NUMBER_ILLEGAL）"));
    let none = page(&site, "/platform/sends?state=dead&tail=9999", &staff).await;
    assert!(none.contains("没有符合条件的记录"));
    let id = ids(&text, "action=\"/platform/sends/", "/retry\"").remove(0);
    let retry = format!("/platform/sends/{id}/retry");
    let (status, to, _) = submit(&site, &retry, &staff, "").await;
    assert_eq!(
        (status, &*to),
        (StatusCode::SEE_OTHER, "/platform/sends?state=dead")
    );
    until(
        &site,
        "/platform/sends?state=dead&tail=8001",
        &staff,
        "/void",
    )
    .await;
    let (status, ..) = submit(&site, "/platform/sends/retry-dead", &staff, "channel=sms").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    until(
        &site,
        "/platform/sends?state=sent&tail=8001",
        &staff,
        "已发出</span>",
    )
    .await;
    let (status, ..) = submit(&site, &retry, &staff, "").await;
    assert_eq!(status, StatusCode::CONFLICT, "it has left already");
    let nothing = "/platform/sends/01a20000-0000-7000-8000-000000000000/void";
    let (status, ..) = submit(&site, nothing, &staff, "").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let audit = portal::audit::of(&site.running.state.db, "send", &id)
        .await
        .unwrap();
    assert_eq!(audit[0].action, "send.retry");
    site.end().await;
}

#[tokio::test]
async fn a_dead_letter_is_given_up() {
    let site = Site::start(Mode::Demo).await;
    let sms = &site.running.state.emulators.as_ref().unwrap().sms.emulator;
    sms.plan(1, &Fault::Code("isv.MOBILE_NUMBER_ILLEGAL".to_owned()));
    let staff = site.enter("operations").await;
    code(&site, "13800138000", "111111").await;
    let path = "/platform/sends?state=dead&tail=8000";
    let text = until(&site, path, &staff, "/void").await;
    let id = &ids(&text, "action=\"/platform/sends/", "/void\"")[0];
    let (status, ..) = submit(&site, &format!("/platform/sends/{id}/void"), &staff, "").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(
        page(&site, path, &staff)
            .await
            .contains("没有符合条件的记录")
    );
    let void = page(&site, "/platform/sends?state=void", &staff).await;
    assert!(void.contains("已作废"));
    site.end().await;
}

async fn code(site: &Site, mobile: &str, code: &str) {
    let state = &site.running.state;
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await.unwrap();
    enqueue_code(&mut tx, mobile, code, now_ms, now_ms + 300_000)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn the_demos_phone_shows_what_would_have_arrived() {
    let site = Site::start(Mode::Demo).await;
    assert!(page(&site, "/demo", "").await.contains("/demo/phone"));
    assert!(
        page(&site, "/demo/phone", "")
            .await
            .contains("interviewer-01")
    );
    code(&site, "13800138000", "382915").await;
    let phone = "/demo/phone?mobile=13800138000";
    let text = until(&site, phone, "", "您的验证码是382915").await;
    assert!(text.contains("【示例就业平台】"));
    let feed = page(&site, "/demo/phone/feed?mobile=13800138000", "").await;
    assert!(feed.contains("382915") && !feed.contains("<html"));
    let other = page(&site, "/demo/phone?mobile=13800138001", "").await;
    assert!(!other.contains("382915"));
    // Follows, and gets a result in WeChat once the account is bound.
    let act = |act: &str| format!("who=interviewer-01&act={act}&code=nonsense");
    let to = site.post("/demo/phone/wechat", "", act("follow")).await;
    assert_eq!(
        location(&to),
        "/demo/phone?who=interviewer-01&mobile=&fault="
    );
    assert!(
        page(&site, location(&to), "")
            .await
            .contains("已关注公众号")
    );
    let to = site.post("/demo/phone/wechat", "", act("scan")).await;
    assert!(
        page(&site, location(&to), "")
            .await
            .contains("二维码不存在或已过期")
    );
    let account = site.account("interviewer-01").await;
    let sql = "INSERT INTO wechat_bindings (account_id, openid, reachable, bound_ms)
        VALUES ($1, 'demo-interviewer-01', TRUE, 0)";
    on_db!(site.running.state.db.writer().await.unwrap(), c => sqlx::query(sql)
        .bind(account).execute(c).await.map(drop))
    .unwrap();
    tell(&site, "interviewer-01", Event::CompanyReviewed, "/company").await;
    let mine = "/demo/phone?who=interviewer-01";
    let text = until(&site, mine, "", "企业认证结果通知").await;
    assert!(text.contains("单位名称：") && text.contains("审核通过"));
    let link = format!(
        "http://interviewer-01.localhost:{}/company",
        site.running.http.port()
    );
    assert!(text.contains(&link), "a tap leads to his own pages");
    let me = site.enter("interviewer-01").await;
    assert!(
        page(&site, "/messages", &me)
            .await
            .contains("企业认证：审核通过")
    );
    let to = site.post("/demo/phone/wechat", "", act("unfollow")).await;
    assert!(
        page(&site, location(&to), "")
            .await
            .contains("未关注公众号")
    );
    site.end().await;
}

#[tokio::test]
async fn the_demos_phone_says_what_waits_for_the_morning() {
    // 2026-11-25, 23:00 in Beijing.
    let clock = Clock::simulated(1_795_536_000_000 + 23 * 3_600_000);
    let site = Site::start_at(Mode::Demo, clock.clone(), |_| {}).await;
    tell(&site, "interviewer-01", Event::CompanyReviewed, "/company").await;
    let feed = "/demo/phone/feed?who=interviewer-01";
    let words = "还有 1 条：夜间不打扰，2026-11-26 08:00 发出";
    until(&site, feed, "", words).await;
    clock.advance(9 * 3_600_000);
    let text = until(&site, feed, "", "的企业认证结果：审核通过").await;
    assert!(!text.contains("还有"));
    site.end().await;
}

#[tokio::test]
async fn serve_has_no_phone_and_tells_what_is_not_set_up() {
    let site = Site::start(Mode::Serve).await;
    for path in ["/demo/phone", "/demo/phone/feed"] {
        assert_eq!(
            site.get(path, "").await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    assert!(site.running.state.emulators.is_none());
    code(&site, "13800138000", "382915").await;
    let db = &site.running.state.db;
    let off = async {
        loop {
            let sql = "SELECT state, error FROM notification_sends";
            let (state, error): (String, String) =
                on_db!(db, c => sqlx::query_as(sql).fetch_one(c).await).unwrap();
            if state == "off" {
                return error;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let error = tokio::time::timeout(Duration::from_secs(20), off)
        .await
        .unwrap();
    assert_eq!(error, "not_configured");
    let figures = site
        .client
        .get(site.operator_url("/metrics"))
        .send()
        .await
        .unwrap();
    let figures = figures.text().await.unwrap();
    assert!(figures.contains("pinhui_notification_sends_total{channel=\"sms\",outcome=\"off\"} 1"));
    assert!(figures.contains("pinhui_notification_dead_letters 0"));
    site.end().await;
}
