//! Captchas and codes by SMS: what is good, what is not, and how often an attacker may guess.

#![expect(clippy::unwrap_used, reason = "tests")]

mod access_site;
mod site;

use access_site::{
    Browser, DAY, HOUR, MINUTE, captcha, code_at, codes_at, demo, demo_with, mobile_of, not,
};
use base::db::testing;
use futures_util::future::join_all;
use reqwest::StatusCode;
use site::location;

const STRANGER: &str = "13900009999";

#[tokio::test]
async fn a_captcha_is_good_for_one_answer_and_five_minutes() {
    let (site, clock) = demo().await;
    let browser = Browser::new(&site);
    let ask = async |id: &str, answer: &str| {
        let (status, body) = browser
            .ask_code_with(STRANGER, "register", id, answer)
            .await;
        let text = body["fields"]["captcha"].as_str().unwrap_or_default();
        (status, text.to_owned())
    };
    let (id, digits) = captcha(&site);
    let id = id.to_string();
    assert!(ask(&id, "").await.1.contains("请输入"));
    assert!(ask(&id, &not(&digits)).await.1.contains("不对"));
    // The wrong answer has spent it: the right one comes too late.
    assert!(ask(&id, &digits).await.1.contains("已失效"));
    let (old, read) = captcha(&site);
    clock.advance(5 * MINUTE + 1);
    assert!(ask(&old.to_string(), &read).await.1.contains("已失效"));
    let (fresh, read) = captcha(&site);
    let fresh = fresh.to_string();
    // Digits come as Chinese input methods type them, too.
    let wide: String = read
        .chars()
        .map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap())
        .collect();
    assert_eq!(ask(&fresh, &wide).await.0, StatusCode::OK);
    assert!(ask(&fresh, &read).await.1.contains("已失效"), "a replay");
    for forged in ["", "x", "00000000-0000-0000-0000-000000000000"] {
        assert!(ask(forged, &read).await.1.contains("已失效"), "{forged}");
    }
    site.end().await;
}

#[tokio::test]
async fn a_captcha_is_a_picture_that_stays_the_same_and_another_can_be_had() {
    let (site, clock) = demo().await;
    let browser = Browser::new(&site);
    let answer = site
        .client
        .post(site.url("/api/captcha"))
        .json(&serde_json::json!({}))
        .send()
        .await
        .unwrap();
    let id = answer.json::<serde_json::Value>().await.unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/captcha/{id}");
    let one = browser.get(&path).await;
    assert_eq!(one.headers()["content-type"], "image/png");
    let one = one.bytes().await.unwrap();
    assert_eq!(one, browser.get(&path).await.bytes().await.unwrap());
    clock.advance(5 * MINUTE + 1);
    assert_eq!(browser.get(&path).await.status(), StatusCode::NOT_FOUND);
    site.end().await;
}

#[tokio::test]
async fn an_address_that_misreads_too_many_captchas_waits() {
    let (site, clock) = demo_with(|c| c.accounts.wrong_captchas_per_address = 3).await;
    let browser = Browser::new(&site);
    for _ in 0..3 {
        let (id, digits) = captcha(&site);
        let wrong = browser
            .ask_code_with(STRANGER, "register", &id.to_string(), &not(&digits))
            .await;
        assert_eq!(wrong.0, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let (status, body) = browser.ask_code(STRANGER, "register").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        body["fields"]["captcha"]
            .as_str()
            .unwrap()
            .contains("10 分钟")
    );
    clock.advance(10 * MINUTE);
    let (status, _) = browser.ask_code(STRANGER, "register").await;
    assert_eq!(status, StatusCode::OK);
    site.end().await;
}

#[tokio::test]
async fn pictures_are_limited_for_one_address() {
    let (site, _) = demo_with(|c| c.accounts.captchas_per_address = 2).await;
    let browser = Browser::new(&site);
    let path = format!("/captcha/{}", captcha(&site).0);
    for expected in [200, 200, 429] {
        assert_eq!(browser.get(&path).await.status().as_u16(), expected);
    }
    site.end().await;
}

#[tokio::test]
async fn a_code_is_good_once_for_five_minutes_and_for_its_purpose() {
    let (site, clock) = demo().await;
    let mobile = mobile_of(&site, "student-01").await;
    let browser = Browser::new(&site);
    let login = async |code: &str| {
        let fields = [("mobile", mobile.as_str()), ("sms_code", code)];
        Browser::new(&site).post("/login/code", &fields).await
    };
    assert_eq!(browser.ask_code(&mobile, "login").await.0, StatusCode::OK);
    let code = code_at(&site, &mobile, 1).await;
    let other_door = browser
        .post("/forgot", &[("mobile", &mobile), ("sms_code", &code)])
        .await;
    assert!(other_door.text().await.unwrap().contains("验证码已失效"));
    assert!(
        login(&not(&code))
            .await
            .text()
            .await
            .unwrap()
            .contains("验证码不对")
    );
    let good = login(&code).await;
    assert_eq!(
        (good.status(), location(&good)),
        (StatusCode::SEE_OTHER, "/fairs")
    );
    let again = login(&code).await.text().await.unwrap();
    assert!(again.contains("验证码已失效"), "a replay");
    clock.advance(MINUTE);
    browser.ask_code(&mobile, "login").await;
    let old = code_at(&site, &mobile, 2).await;
    clock.advance(5 * MINUTE);
    assert!(
        login(&old)
            .await
            .text()
            .await
            .unwrap()
            .contains("验证码已失效"),
        "expired"
    );
    browser.ask_code(&mobile, "login").await;
    let third = code_at(&site, &mobile, 3).await;
    clock.advance(MINUTE);
    browser.ask_code(&mobile, "login").await;
    let fourth = code_at(&site, &mobile, 4).await;
    assert!(third == fourth || login(&third).await.status() == StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        login(&fourth).await.status(),
        StatusCode::SEE_OTHER,
        "the newest counts"
    );
    site.end().await;
}

#[tokio::test]
async fn an_unknown_number_gets_the_same_answers_and_no_sms() {
    let (site, _) = demo().await;
    let browser = Browser::new(&site);
    for (n, purpose) in ["login", "reset", "register"].into_iter().enumerate() {
        let mobile = mobile_of(&site, &format!("student-{:02}", n + 1)).await;
        let stranger = format!("1390000111{n}");
        // The second time both are too quick.
        for _ in 0..2 {
            let known = browser.ask_code(&mobile, purpose).await;
            let unknown = browser.ask_code(&stranger, purpose).await;
            assert_eq!(known, unknown, "{purpose}");
        }
        code_at(&site, &mobile, 1).await;
        // Whoever registers has no account yet; nobody else's telephone rings.
        if purpose == "register" {
            code_at(&site, &stranger, 1).await;
        }
        let sent = codes_at(&site, &stranger).len();
        assert_eq!(sent, usize::from(purpose == "register"), "{purpose}");
    }
    let mut pages = Vec::new();
    let known = mobile_of(&site, "student-01").await;
    for mobile in [known.as_str(), "13900001110"] {
        let fields = [("mobile", mobile), ("sms_code", "00000x")];
        let answer = browser.post("/login/code", &fields).await;
        let status = answer.status();
        let text = answer.text().await.unwrap().replace(mobile, "");
        // Each page has a captcha of its own.
        let told = text.split("field-error").skip(1);
        let told = told.map(|part| part.split("</p>").next().unwrap().to_owned());
        pages.push((status, told.collect::<Vec<_>>()));
    }
    assert!(pages[0].1.iter().any(|told| told.contains("验证码不对")));
    assert_eq!(pages[0], pages[1]);
    site.end().await;
}

#[tokio::test]
async fn one_number_can_be_guessed_at_fifty_times_a_day() {
    let (site, clock) = demo().await;
    let mobile = mobile_of(&site, "student-01").await;
    let browser = Browser::new(&site);
    let (mut sent, mut guesses, mut in_hour) = (0, 0, 0);
    let mut held = Vec::new();
    for step in 0..96 {
        if step % 4 == 0 {
            in_hour = 0;
        }
        // Each quarter of an hour as often as the limits allow.
        loop {
            let (status, body) = browser.ask_code(&mobile, "login").await;
            if status != StatusCode::OK {
                held.push(body["fields"]["sms_code"].as_str().unwrap().to_owned());
                break;
            }
            (sent, in_hour) = (sent + 1, in_hour + 1);
            let right = code_at(&site, &mobile, sent).await;
            guesses += guess_until_dead(&browser, &mobile, &not(&right)).await;
            let late = browser
                .post("/login/code", &[("mobile", &mobile), ("sms_code", &right)])
                .await;
            assert_eq!(
                late.status(),
                StatusCode::UNPROCESSABLE_ENTITY,
                "a dead code"
            );
            clock.advance(MINUTE);
        }
        assert!(in_hour <= 6, "{in_hour} in an hour");
        clock.advance(14 * MINUTE);
    }
    assert_eq!((sent, guesses), (10, 50));
    assert!(held.iter().any(|text| text.contains("一小时后")));
    assert!(held.iter().any(|text| text.contains("明天")));
    site.end().await;
}

/// Wrong answers until the code is dead; how many were looked at.
async fn guess_until_dead(browser: &Browser<'_>, mobile: &str, wrong: &str) -> u32 {
    for guess in 1..=20 {
        let answer = browser
            .post("/login/code", &[("mobile", mobile), ("sms_code", wrong)])
            .await;
        let text = answer.text().await.unwrap();
        if text.contains("输错次数过多") {
            return guess;
        }
        assert!(text.contains("验证码不对"), "{text}");
    }
    panic!("the code does not die");
}

#[tokio::test]
async fn one_address_can_guess_so_often_over_all_numbers() {
    let (site, clock) = demo_with(|c| {
        c.accounts.wrong_codes_per_address = 12;
        c.accounts.codes_per_address_hour = 6;
        c.accounts.codes_per_address_day = 7;
    })
    .await;
    let browser = Browser::new(&site);
    let (mut looked, mut busy) = (0, 0);
    for n in 1..=6 {
        let mobile = mobile_of(&site, &format!("student-{n:02}")).await;
        assert_eq!(browser.ask_code(&mobile, "login").await.0, StatusCode::OK);
        let right = code_at(&site, &mobile, 1).await;
        for _ in 0..4 {
            let fields = [("mobile", mobile.as_str()), ("sms_code", &not(&right))];
            let text = browser
                .post("/login/code", &fields)
                .await
                .text()
                .await
                .unwrap();
            if text.contains("当前网络") {
                busy += 1;
            } else {
                looked += 1;
            }
        }
        if n == 6 {
            let fields = [("mobile", mobile.as_str()), ("sms_code", &right)];
            let late = browser.post("/login/code", &fields).await;
            assert_eq!(
                late.status(),
                StatusCode::UNPROCESSABLE_ENTITY,
                "not even the right one"
            );
        }
    }
    assert_eq!((looked, busy), (12, 12));
    let more = async |mobile: &str| browser.ask_code(mobile, "register").await;
    let (status, body) = more("13900000007").await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert!(
        body["fields"]["sms_code"]
            .as_str()
            .unwrap()
            .contains("当前网络")
    );
    clock.advance(HOUR + MINUTE);
    assert_eq!(more("13900000007").await.0, StatusCode::OK);
    assert_eq!(
        more("13900000008").await.0,
        StatusCode::TOO_MANY_REQUESTS,
        "the day's"
    );
    clock.advance(DAY);
    assert_eq!(more("13900000008").await.0, StatusCode::OK);
    site.end().await;
}

#[tokio::test]
async fn bad_wishes_for_a_code_are_told_beside_their_field() {
    let (site, _) = demo().await;
    let browser = Browser::new(&site);
    for mobile in ["", "12345", "13x00000001", "0731-88888888"] {
        let (status, body) = browser.ask_code(mobile, "login").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{mobile}");
        assert!(body["fields"]["mobile"].is_string(), "{mobile}");
    }
    let (status, body) = browser.ask_code(STRANGER, "horse").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body["fields"]["sms_code"].is_string());
    let (status, _) = browser.ask_code(STRANGER, "cancel").await;
    assert_eq!(
        status,
        StatusCode::UNAUTHORIZED,
        "one's own account's number"
    );
    let own = Browser::of(&site, "student-05").await;
    let mobile = mobile_of(&site, "student-05").await;
    let (status, _) = own.ask_code(STRANGER, "cancel").await;
    assert_eq!(status, StatusCode::OK);
    code_at(&site, &mobile, 1).await;
    assert!(codes_at(&site, STRANGER).is_empty(), "not the typed one");
    site.end().await;
}

/// What two do at the same moment, on either database.
#[tokio::test]
async fn at_the_same_moment_one_code_is_sent_and_one_answer_is_taken() {
    for test in testing::both().await {
        let url = test.url.clone();
        let (site, _) = demo_with(|c| c.database.url = base::config::Secret::new(url)).await;
        let kind = test.db.kind();
        let mobile = mobile_of(&site, "student-01").await;
        let browsers: Vec<_> = (0..8).map(|_| Browser::new(&site)).collect();
        let asked = browsers.iter().map(|b| b.ask_code(&mobile, "login"));
        let sent = join_all(asked).await;
        let sent = sent.iter().filter(|(status, _)| *status == StatusCode::OK);
        assert_eq!(sent.count(), 1, "{kind}");
        let code = code_at(&site, &mobile, 1).await;
        let fields = [("mobile", mobile.as_str()), ("sms_code", code.as_str())];
        let entered = join_all(browsers.iter().map(|b| b.post("/login/code", &fields))).await;
        let entered = entered
            .iter()
            .filter(|answer| answer.status() == StatusCode::SEE_OTHER);
        assert_eq!(entered.count(), 1, "{kind}");
        let (id, digits) = captcha(&site);
        let id = id.to_string();
        let numbers: Vec<_> = (0..8).map(|n| format!("1390000200{n}")).collect();
        let fresh: Vec<_> = (0..8).map(|_| Browser::new(&site)).collect();
        let asked = fresh
            .iter()
            .zip(&numbers)
            .map(|(b, mobile)| b.ask_code_with(mobile, "register", &id, &digits));
        let taken = join_all(asked).await;
        let taken = taken.iter().filter(|(status, _)| *status == StatusCode::OK);
        assert_eq!(taken.count(), 1, "a captcha is good for one: {kind}");
        site.end().await;
    }
}
