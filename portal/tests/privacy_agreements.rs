//! Agreements over real HTTP: reading, publishing, asking again.

#![expect(clippy::unwrap_used, reason = "tests")]

mod site;

use base::config::Secret;
use outside::sms::SmsProvider;
use portal::Mode;
use reqwest::StatusCode;
use site::{Site, location};

const USER: &str = "/platform/agreements/user";

async fn publish(site: &Site, code: &str, version: &str, body: &str) -> reqwest::Response {
    let operations = site.enter("operations").await;
    let path = format!("/platform/agreements/{code}");
    let pairs = [
        ("version", version),
        ("title", "协议（示例）"),
        ("body", body),
        ("step", "publish"),
    ];
    site.send(&path, &operations, &pairs).await
}

#[tokio::test]
async fn everyone_reads_the_texts_and_old_versions_stay_as_they_are() {
    let site = Site::start(Mode::Demo).await;
    for (code, title) in [
        ("user", "用户服务协议"),
        ("privacy", "隐私政策"),
        ("certification", "企业认证承诺"),
    ] {
        let html = site.page(&format!("/agreements/{code}"), "").await;
        assert!(
            html.contains(title) && html.contains("【示例文本】"),
            "{code}"
        );
    }
    let old = site.page("/agreements/user?version=1", "").await;
    let done = publish(&site, "user", "2", "# 一\n新的条款 <script>").await;
    assert_eq!(location(&done), "/platform/agreements");
    let new = site.page("/agreements/user", "").await;
    assert!(new.contains("新的条款") && new.contains("第 2 版") && !new.contains("<script> "));
    let again = site.page("/agreements/user?version=1", "").await;
    let article = |html: &str| {
        let from = html.find("<h2>").unwrap();
        html[from..html.find("</article>").unwrap()].to_owned()
    };
    assert_eq!(article(&old), article(&again));
    assert!(again.contains("这是旧版本"));
    for path in ["/agreements/user?version=9", "/agreements/none"] {
        assert_eq!(site.get(path, "").await.status(), StatusCode::NOT_FOUND);
    }
    site.end().await;
}

#[tokio::test]
async fn a_draft_shows_its_changes_and_a_stale_one_is_not_published() {
    let site = Site::start(Mode::Demo).await;
    let operations = site.enter("operations").await;
    let draft = |step: &'static str, version: &'static str| {
        [
            ("version", version),
            ("title", "新题"),
            ("body", "只有一行"),
            ("step", step),
        ]
    };
    let look = site.send(USER, &operations, &draft("look", "2")).await;
    assert_eq!(look.status(), StatusCode::OK);
    let html = look.text().await.unwrap();
    assert!(html.contains("data-kind=\"new\"") && html.contains("data-kind=\"gone\""));
    let empty = [
        ("version", "2"),
        ("title", ""),
        ("body", ""),
        ("step", "publish"),
    ];
    let bad = site.send(USER, &operations, &empty).await;
    assert_eq!(bad.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let first = site.send(USER, &operations, &draft("publish", "2")).await;
    assert_eq!(location(&first), "/platform/agreements");
    let stale = site.send(USER, &operations, &draft("publish", "2")).await;
    assert_eq!(stale.status(), StatusCode::CONFLICT);
    let html = stale.text().await.unwrap();
    assert!(
        html.contains("第 2 版已经发布") && html.contains("只有一行"),
        "nothing is lost"
    );
    let long = "长".repeat(40_000);
    let fits = [
        ("version", "3"),
        ("title", "新题"),
        ("body", long.as_str()),
        ("step", "publish"),
    ];
    let big = site.send(USER, &operations, &fits).await;
    assert_eq!(location(&big), "/platform/agreements", "{}", big.status());
    let reviewer = site.enter("platform").await;
    assert_eq!(
        site.get(USER, &reviewer).await.status(),
        StatusCode::FORBIDDEN
    );
    site.end().await;
}

#[tokio::test]
async fn new_terms_stop_people_until_they_agree() {
    let site = Site::start(Mode::Demo).await;
    let student = site.enter("student-01").await;
    let before = site.browse("/resume?x=1", &student).await;
    assert_eq!(
        before.status(),
        StatusCode::OK,
        "the demo's people have agreed"
    );
    publish(&site, "user", "2", "新的条款").await;
    let stopped = site.browse("/resume?x=1", &student).await;
    assert_eq!(stopped.status(), StatusCode::SEE_OTHER);
    let ask = location(&stopped).to_owned();
    assert_eq!(ask, "/agreements/accept?next=/resume%3Fx%3D1");
    for open in ["/agreements/user", "/privacy", "/complaints"] {
        let answer = site.browse(open, &student).await;
        assert_eq!(answer.status(), StatusCode::OK, "{open}");
    }
    let staff = site.enter("support").await;
    let page = site.browse("/platform/complaints", &staff).await;
    assert_eq!(page.status(), StatusCode::OK, "staff are not asked");
    let html = site.browse(&ask, &student).await.text().await.unwrap();
    assert!(
        html.contains("协议（示例）") && html.contains("你同意过第 1 版"),
        "{html}"
    );
    // What was not on the page is not accepted.
    let wrong = [("accept", "user:1,user:3"), ("next", "/resume")];
    site.send("/agreements/accept", &student, &wrong).await;
    let still = site.browse("/resume", &student).await;
    assert_eq!(still.status(), StatusCode::SEE_OTHER);
    let right = [("accept", "user:2,"), ("next", "/resume?x=1")];
    let done = site.send("/agreements/accept", &student, &right).await;
    assert_eq!(location(&done), "/resume?x=1");
    let after = site.browse("/resume", &student).await;
    assert_eq!(after.status(), StatusCode::OK);
    let operations = site.enter("operations").await;
    let list = site.page(USER, &operations).await;
    assert!(list.contains("<td>1 人</td>"), "{list}");
    let away = [("accept", "user:2"), ("next", "//evil.test")];
    let done = site.send("/agreements/accept", &student, &away).await;
    assert_eq!(location(&done), "/fairs");
    site.end().await;
}

#[tokio::test]
async fn who_never_agreed_is_reminded_and_not_stopped() {
    let site = Site::start(Mode::Demo).await;
    let me = site.account("student-01").await;
    site.sql(&format!(
        "DELETE FROM agreement_acceptances WHERE account_id = '{me}'"
    ))
    .await;
    let student = site.enter("student-01").await;
    let page = site.browse("/resume", &student).await;
    assert_eq!(page.status(), StatusCode::OK);
    let html = page.text().await.unwrap();
    assert!(
        html.contains("agreement-note") && html.contains("用户服务协议"),
        "{html}"
    );
    for code in ["user:1", "privacy:1"] {
        site.send("/agreements/accept", &student, &[("accept", code)])
            .await;
    }
    let html = site.browse("/resume", &student).await.text().await.unwrap();
    assert!(!html.contains("agreement-note"));
    site.end().await;
}

/// The services and recipients on the public list of those who process personal data.
async fn processors(site: &Site) -> String {
    let answer = site.get("/privacy/processors", "").await;
    assert_eq!(answer.status(), StatusCode::OK, "for everyone");
    answer.text().await.unwrap()
}

#[tokio::test]
async fn those_who_process_personal_data_are_listed_as_they_are_configured() {
    let site = Site::start_with(Mode::Serve, |config| {
        config.sms.provider = SmsProvider::Aliyun;
        config.sms.sign_name = "聘会".to_owned();
        config.sms.aliyun.access_key_id = "id".to_owned();
        config.sms.aliyun.access_key_secret = Secret::new("secret");
        config.mail.host = "smtp.example.com".to_owned();
        config.mail.from_address = "no-reply@example.com".to_owned();
    })
    .await;
    let html = processors(&site).await;
    for part in [
        "阿里云计算有限公司",
        "手机号码",
        "邮件服务商（smtp.example.com）",
        "文件存储",
        "中国境内",
    ] {
        assert!(html.contains(part), "{part}");
    }
    for part in ["微信", "腾讯"] {
        assert!(!html.contains(part), "{part} is not in use");
    }
    let policy = site.page("/agreements/privacy", "").await;
    assert!(policy.contains("href=\"/privacy/processors\""));
    site.end().await;
    let demo = Site::start(Mode::Demo).await;
    assert!(
        processors(&demo)
            .await
            .contains("深圳市腾讯计算机系统有限公司")
    );
    let student = demo.enter("student-01").await;
    let centre = demo.page("/privacy", &student).await;
    assert!(centre.contains("href=\"/privacy/processors\""));
    demo.end().await;
}
