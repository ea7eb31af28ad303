//! The platform's own people, and how support finds and helps an account.

#![expect(clippy::unwrap_used, reason = "tests")]

mod access_site;
mod site;

use access_site::{Browser, OTHER_PASSWORD, PASSWORD, audited, demo, mobile_of, wait_for};
use base::db::on_db;
use portal::ids::AccountId;
use reqwest::StatusCode;
use site::{Site, location};

async fn by_mobile(site: &Site, mobile: &str) -> AccountId {
    let (id,): (AccountId,) = on_db!(site.running.state.db, c => sqlx::query_as(
        "SELECT id FROM accounts WHERE mobile = $1").bind(mobile).fetch_one(c).await)
    .unwrap();
    id
}

/// The path in message number `count` that brought a link to a telephone.
async fn sent_link(site: &Site, mobile: &str, count: usize) -> String {
    let emulators = site.running.state.emulators.as_ref().expect("the demo");
    wait_for(|| {
        let received = emulators.sms.emulator.received();
        let texts = received.into_iter().filter(|sms| sms.number == mobile);
        let links = texts.filter_map(|sms| {
            sms.text
                .split_once("/reset/")
                .map(|(_, rest)| rest.to_owned())
        });
        let rest = links.collect::<Vec<_>>().get(count - 1)?.clone();
        let token: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
        Some(format!("/reset/{token}"))
    })
    .await
}

const NEW: [(&str, &str); 4] = [
    ("name", "欧阳若曦"),
    ("mobile", "139 0000 3001"),
    ("role", "review"),
    ("department", "审核组"),
];

#[tokio::test]
async fn a_new_member_of_the_staff_sets_his_password_by_a_link() {
    let (site, _) = demo().await;
    let boss = Browser::of(&site, "operations").await;
    let answer = boss.post("/platform/staff", &NEW).await;
    assert_eq!(location(&answer), "/platform/staff?done=added");
    let page = boss.page("/platform/staff").await;
    assert!(page.contains("欧阳若曦") && page.contains("待设密码"));
    assert!(page.contains("139****3001") && !page.contains("13900003001"));
    assert!(!page.contains("/reset/"), "nobody else sees the link");
    let new = by_mobile(&site, "13900003001").await;
    let link = sent_link(&site, "13900003001", 1).await;
    let browser = Browser::new(&site);
    let fields = [("password", OTHER_PASSWORD), ("confirm", OTHER_PASSWORD)];
    assert_eq!(
        browser.post(&link, &fields).await.status(),
        StatusCode::SEE_OTHER
    );
    let login = [("login", "13900003001"), ("password", OTHER_PASSWORD)];
    assert_eq!(location(&browser.post("/login", &login).await), "/platform");
    assert_eq!(
        browser.get("/platform/reviews").await.status(),
        StatusCode::OK
    );
    assert_eq!(
        browser.get("/platform/staff").await.status(),
        StatusCode::FORBIDDEN
    );
    let role = format!("/platform/staff/{new}/role");
    let answer = boss.post(&role, &[("role", "operations")]).await;
    assert_eq!(location(&answer), "/platform/staff?done=changed");
    let before = browser.session();
    assert_eq!(
        browser.get("/platform/staff").await.status(),
        StatusCode::OK
    );
    assert_ne!(browser.session(), before, "a new secret for a new role");
    let state = format!("/platform/staff/{new}/state");
    boss.post(&state, &[("state", "disabled")]).await;
    assert!(!browser.is_in().await);
    let answer = boss.post(&format!("/platform/staff/{new}/link"), &[]).await;
    assert_eq!(
        answer.status(),
        StatusCode::CONFLICT,
        "first let him in again"
    );
    boss.post(&state, &[("state", "active")]).await;
    boss.post(&format!("/platform/staff/{new}/link"), &[]).await;
    assert_ne!(sent_link(&site, "13900003001", 2).await, link);
    assert_eq!(
        audited(&site, new).await[..3],
        ["staff.add", "password.reset", "session.begin"].map(str::to_owned)
    );
    site.end().await;
}

#[tokio::test]
async fn a_bad_new_member_comes_back_with_what_was_typed() {
    let (site, _) = demo().await;
    let boss = Browser::of(&site, "operations").await;
    let taken = mobile_of(&site, "student-01").await;
    for (field, value, told) in [
        ("name", "", "name-error"),
        ("mobile", "123", "mobile-error"),
        ("mobile", taken.as_str(), "已有账号"),
        ("email", "no address", "email-error"),
        ("role", "king", "请选择岗位"),
    ] {
        let mut fields: Vec<_> = NEW.to_vec();
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let answer = boss.post("/platform/staff", &fields).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        let page = answer.text().await.unwrap();
        assert!(
            page.contains(told) && page.contains("审核组"),
            "{field} {value}"
        );
    }
    site.end().await;
}

#[tokio::test]
async fn nobody_changes_himself_so_one_is_left_who_can() {
    let (site, _) = demo().await;
    let boss = Browser::of(&site, "operations").await;
    let me = site.account("operations").await;
    let support = site.account("support").await;
    for (what, field) in [
        ("role", ("role", "review")),
        ("state", ("state", "disabled")),
    ] {
        let answer = boss
            .post(&format!("/platform/staff/{me}/{what}"), &[field])
            .await;
        assert_eq!(answer.status(), StatusCode::CONFLICT, "{what}");
    }
    // Two who let each other go: whoever is later is no longer one who may.
    boss.post(
        &format!("/platform/staff/{support}/role"),
        &[("role", "operations")],
    )
    .await;
    let second = Browser::of(&site, "support").await;
    let (one, other) = (
        format!("/platform/staff/{support}/state"),
        format!("/platform/staff/{me}/state"),
    );
    let (first, late) = tokio::join!(
        boss.post(&one, &[("state", "disabled")]),
        second.post(&other, &[("state", "disabled")]),
    );
    let done = [&first, &late]
        .iter()
        .filter(|answer| location(answer) == "/platform/staff?done=changed")
        .count();
    assert_eq!(done, 1);
    let (left,): (i64,) = on_db!(site.running.state.db, c => sqlx::query_as(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM platform_staff p JOIN accounts a
             ON a.id = p.account_id WHERE p.role = 'operations' AND a.status = 'active'")
        .fetch_one(c).await)
    .unwrap();
    assert_eq!(left, 1);
    site.end().await;
}

#[tokio::test]
async fn support_finds_an_account_and_each_look_is_written_down() {
    let (site, _) = demo().await;
    let support = Browser::of(&site, "support").await;
    let student = site.account("student-01").await;
    let mobile = mobile_of(&site, "student-01").await;
    let page = support
        .page(&format!("/platform/accounts?q={mobile}"))
        .await;
    assert!(page.contains(&student.to_string()));
    let results = page.split("data-testid=\"accounts\"").nth(1).unwrap();
    assert!(!results.contains(&mobile), "masked");
    assert!(results.contains("****"));
    assert!(
        audited(&site, student)
            .await
            .contains(&"account.view".to_owned())
    );
    let (name,): (String,) = on_db!(site.running.state.db, c => sqlx::query_as(
        "SELECT real_name FROM accounts WHERE id = $1").bind(student).fetch_one(c).await)
    .unwrap();
    let by_name = support
        .page(&format!(
            "/platform/accounts?q={}",
            access_site::encode(&name)
        ))
        .await;
    assert!(by_name.contains(&student.to_string()));
    let page = support.page(&format!("/platform/accounts/{student}")).await;
    assert!(!page.contains(&name) && !page.contains(&mobile), "masked");
    for nothing in ["", "%20", "1380", "%25", "nobody%27%20OR%201%3D1"] {
        let page = support
            .page(&format!("/platform/accounts?q={nothing}"))
            .await;
        assert!(!page.contains("data-testid=\"accounts\""), "{nothing}");
    }
    let looks = audited(&site, student).await;
    assert_eq!(
        looks
            .iter()
            .filter(|action| *action == "account.view")
            .count(),
        3
    );
    site.end().await;
}

#[tokio::test]
async fn support_unlocks_ends_disables_and_enables() {
    let (site, _) = demo().await;
    let support = Browser::of(&site, "support").await;
    let student = site.account("student-01").await;
    let path = format!("/platform/accounts/{student}");
    let browser = Browser::of(&site, "student-01").await;
    support.post(&format!("{path}/end"), &[]).await;
    assert!(!browser.is_in().await);
    for _ in 0..5 {
        browser.login("student-01", "wrong").await;
    }
    let page = browser.login("student-01", PASSWORD).await;
    assert!(page.text().await.unwrap().contains("请输入图形验证码"));
    support.post(&format!("{path}/unlock"), &[]).await;
    let good = browser.login("student-01", PASSWORD).await;
    assert_eq!(good.status(), StatusCode::SEE_OTHER);
    let state = format!("{path}/state");
    support.post(&state, &[("state", "disabled")]).await;
    assert!(!browser.is_in().await);
    let refused = browser.login("student-01", PASSWORD).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let twice = support.post(&state, &[("state", "disabled")]).await;
    assert_eq!(twice.status(), StatusCode::CONFLICT);
    support.post(&state, &[("state", "active")]).await;
    let good = browser.login("student-01", PASSWORD).await;
    assert_eq!(good.status(), StatusCode::SEE_OTHER);
    for who in ["operations", "operator"] {
        let id = site.account(who).await;
        for what in ["state", "end", "unlock"] {
            let path = format!("/platform/accounts/{id}/{what}");
            let answer = support.post(&path, &[("state", "disabled")]).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{who} {what}");
        }
    }
    site.end().await;
}
