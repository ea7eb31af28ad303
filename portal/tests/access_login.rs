//! Logging in by password and by code, and how often a password can be guessed.

#![expect(clippy::unwrap_used, reason = "tests")]

mod access_site;
mod site;

use access_site::{
    Browser, DAY, MINUTE, PASSWORD, captcha, code_at, demo, demo_with, mobile_of, not,
};
use base::db::testing;
use futures_util::future::join_all;
use reqwest::{Response, StatusCode};
use site::{Site, location};

/// Tries a password, with a captcha that is read rightly where one is asked for.
async fn guess(browser: &Browser<'_>, site: &Site, login: &str, password: &str) -> Response {
    let (id, digits) = captcha(site);
    let id = id.to_string();
    let fields = [
        ("login", login),
        ("password", password),
        ("captcha_id", &id),
        ("captcha", &digits),
    ];
    browser.post("/login", &fields).await
}

#[tokio::test]
async fn after_five_failures_a_captcha_is_asked_whether_or_not_the_name_exists() {
    let (site, _) = demo().await;
    for login in ["student-01@demo.example", "nobody@demo.example"] {
        let browser = Browser::new(&site);
        let wrong = [("login", login), ("password", "wrong")];
        for n in 1..=5 {
            let page = browser.post("/login", &wrong).await.text().await.unwrap();
            assert!(page.contains("账号或密码不对"), "{login} {n}");
            assert_eq!(page.contains("图形验证码"), n == 5, "{login} {n}");
        }
        let right = [("login", login), ("password", PASSWORD)];
        let page = browser.post("/login", &right).await.text().await.unwrap();
        assert!(page.contains("请输入图形验证码"), "{login}");
        let (id, digits) = captcha(&site);
        let (id, other) = (id.to_string(), not(&digits));
        let misread = [
            ("login", login),
            ("password", PASSWORD),
            ("captcha_id", id.as_str()),
            ("captcha", other.as_str()),
        ];
        let page = browser.post("/login", &misread).await.text().await.unwrap();
        assert!(page.contains("图形验证码不对"), "{login}");
        let answer = guess(&browser, &site, login, PASSWORD).await;
        let exists = login.starts_with("student");
        assert_eq!(answer.status() == StatusCode::SEE_OTHER, exists, "{login}");
    }
    site.end().await;
}

#[tokio::test]
async fn a_password_can_be_guessed_at_some_hundred_times_a_day() {
    let (site, clock) = demo().await;
    let browser = Browser::new(&site);
    let mut looked = 0;
    let end = site.running.state.now_ms() + DAY;
    while site.running.state.now_ms() < end {
        let answer = guess(&browser, &site, "student-01@demo.example", "wrong").await;
        let page = answer.text().await.unwrap();
        if page.contains("账号或密码不对") {
            looked += 1;
            continue;
        }
        assert!(page.contains("15 分钟后再试"), "{page}");
        // The one that locks was looked at, too.
        looked += 1;
        let right = guess(&browser, &site, "student-01@demo.example", PASSWORD).await;
        assert_eq!(right.status(), StatusCode::UNPROCESSABLE_ENTITY, "locked");
        clock.advance(15 * MINUTE);
    }
    // Ten at first, then five with captchas in each quarter of an hour.
    assert_eq!(looked, 10 + 95 * 5);
    site.end().await;
}

#[tokio::test]
async fn guesses_at_the_same_moment_share_no_try() {
    for test in testing::both().await {
        let url = test.url.clone();
        let (site, _) = demo_with(|c| c.database.url = base::config::Secret::new(url)).await;
        let browser = Browser::new(&site);
        let guesses = (0..40).map(|_| guess(&browser, &site, "student-01@demo.example", "wrong"));
        let mut looked = 0;
        for answer in join_all(guesses).await {
            let page = answer.text().await.unwrap();
            looked += u32::from(page.contains("账号或密码不对"));
        }
        assert_eq!(looked, 9, "and the tenth locks: {}", test.db.kind());
        site.end().await;
    }
}

#[tokio::test]
async fn guesses_at_many_names_at_the_same_moment_share_the_addresss_room() {
    let (site, _) = demo_with(|c| {
        c.accounts.failures_per_address = 12;
        c.accounts.easy_failures_per_address = 5;
    })
    .await;
    let browser = Browser::new(&site);
    let names: Vec<_> = (0..40)
        .map(|n| format!("nobody-{n}@demo.example"))
        .collect();
    let guesses = names.iter().map(|name| async {
        let fields = [("login", name.as_str()), ("password", PASSWORD)];
        let answer = browser.post("/login", &fields).await;
        answer.text().await.unwrap()
    });
    let pages = join_all(guesses).await;
    let looked = pages.iter().filter(|page| page.contains("账号或密码不对"));
    assert_eq!(looked.count(), 5, "the others need a captcha");
    // With captchas there is room for what is left, and then for nobody.
    let guesses = names
        .iter()
        .map(|name| guess(&browser, &site, name, PASSWORD));
    let mut refused = 0;
    let mut looked = 0;
    for answer in join_all(guesses).await {
        refused += u32::from(answer.status() == StatusCode::TOO_MANY_REQUESTS);
        looked += u32::from(answer.text().await.unwrap().contains("账号或密码不对"));
    }
    assert_eq!((looked, refused), (12 - 5, 40 - 7));
    // Whoever knows his password loses no room to himself.
    let (site, _) = demo_with(|c| c.accounts.failures_per_address = 1).await;
    for _ in 0..3 {
        let login = Browser::new(&site).login("student-01", PASSWORD).await;
        assert_eq!(login.status(), StatusCode::SEE_OTHER);
    }
    site.end().await;
}

#[tokio::test]
async fn an_address_from_which_much_fails_needs_captchas_for_every_name() {
    let (site, clock) = demo_with(|c| c.accounts.easy_failures_per_address = 2).await;
    let browser = Browser::new(&site);
    for n in 0..2 {
        browser.login(&format!("nobody{n}"), "wrong").await;
    }
    let page = browser.login("student-01", PASSWORD).await;
    assert!(page.text().await.unwrap().contains("请输入图形验证码"));
    let good = guess(&browser, &site, "student-01@demo.example", PASSWORD).await;
    assert_eq!(good.status(), StatusCode::SEE_OTHER);
    clock.advance(10 * MINUTE);
    let later = Browser::new(&site).login("student-02", PASSWORD).await;
    assert_eq!(later.status(), StatusCode::SEE_OTHER);
    site.end().await;
}

#[tokio::test]
async fn every_kind_of_account_logs_in_by_code() {
    let (site, _) = demo().await;
    for (who, home) in [
        ("student-04", "/fairs"),
        ("interviewer-01", "/company"),
        ("school", "/school"),
        ("operations", "/platform"),
        ("operator", "/operator"),
    ] {
        let mobile = mobile_of(&site, who).await;
        let browser = Browser::new(&site);
        assert_eq!(browser.ask_code(&mobile, "login").await.0, StatusCode::OK);
        let code = code_at(&site, &mobile, 1).await;
        let typed = format!("+86 {}-{}", &mobile[..3], &mobile[3..]);
        let answer = browser
            .post("/login/code", &[("mobile", &typed), ("sms_code", &code)])
            .await;
        assert_eq!(location(&answer), home, "{who}");
        assert!(browser.is_in().await, "{who}");
    }
    site.end().await;
}

#[tokio::test]
async fn bad_numbers_and_codes_come_back_with_what_was_typed() {
    let (site, _) = demo().await;
    let browser = Browser::new(&site);
    for (mobile, code, told) in [
        ("12345", "123456", "手机号"),
        ("", "", "手机号"),
        ("13900000001", "123456", "验证码已失效"),
    ] {
        let answer = browser
            .post("/login/code", &[("mobile", mobile), ("sms_code", code)])
            .await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let page = answer.text().await.unwrap();
        assert!(page.contains(told), "{mobile}");
        assert!(page.contains(&format!("value=\"{mobile}\"")), "{mobile}");
    }
    site.end().await;
}

#[tokio::test]
async fn the_form_knows_the_school_that_led_here_and_the_way_back() {
    let (site, _) = demo().await;
    let browser = Browser::new(&site);
    let page = browser.page("/login?school=demo&next=/queues").await;
    assert!(page.contains("赣江理工大学"));
    for link in [
        "/login?way=code&#38;next=/queues&#38;school=demo",
        "/register/company?school=demo",
        "/register/student?school=demo",
        "/forgot",
    ] {
        assert!(page.contains(link), "{link}: {page}");
    }
    let page = browser
        .page("/login?school=nowhere%3Cb%3E&next=//evil.test")
        .await;
    assert!(!page.contains("evil.test") && !page.contains("nowhere<b>"));
    let fields = [
        ("login", "student-01@demo.example"),
        ("password", PASSWORD),
        ("next", "/queues"),
        ("school", "demo"),
    ];
    let answer = browser.post("/login", &fields).await;
    assert_eq!(location(&answer), "/queues");
    site.end().await;
}

#[tokio::test]
async fn logins_captchas_and_codes_are_counted_by_outcome() {
    let (site, _) = demo().await;
    let browser = Browser::new(&site);
    browser.login("student-01", "wrong").await;
    let mobile = mobile_of(&site, "student-02").await;
    browser.ask_code(&mobile, "login").await;
    browser.ask_code(&mobile, "login").await;
    let (id, digits) = captcha(&site);
    browser
        .ask_code_with(&mobile, "login", &id.to_string(), &not(&digits))
        .await;
    browser.login("student-01", PASSWORD).await;
    let figures = reqwest::get(site.operator_url("/metrics")).await.unwrap();
    let figures = figures.text().await.unwrap();
    for line in [
        r#"pinhui_logins_total{outcome="wrong",way="password"} 1"#,
        r#"pinhui_logins_total{outcome="good",way="password"} 1"#,
        r#"pinhui_captchas_total{outcome="right"} 2"#,
        r#"pinhui_captchas_total{outcome="wrong"} 1"#,
        r#"pinhui_sms_codes_total{outcome="sent"} 1"#,
        r#"pinhui_sms_codes_total{outcome="wait"} 1"#,
    ] {
        assert!(figures.contains(line), "{line}");
    }
    site.end().await;
}
