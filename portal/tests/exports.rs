//! Exports ask once more who it is (4.5): the password, or a code for accounts without one.

#![expect(clippy::unwrap_used, reason = "tests")]

mod access_site;
mod site;

use std::io::{Cursor, Read as _};

use access_site::{Browser, DAY, PASSWORD, audited, code_at, demo, mobile_of};
use reqwest::{Response, StatusCode};
use serde_json::Value;
use site::Site;
use site::forms::pdf;

const OWN: &str = "/privacy/export";
const AUDIT: &str = "/platform/audit/export";

async fn ask(browser: &Browser<'_>, path: &str, password: &str) -> Response {
    let fields = [("format", "json"), ("action", ""), ("password", password)];
    browser.post(path, &fields).await
}

/// The page that a refused export comes back as.
async fn refusal(answer: Response) -> String {
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    answer.text().await.unwrap()
}

async fn without_password(site: &Site, who: &str) {
    let me = site.account(who).await;
    site.sql(&format!(
        "UPDATE accounts SET password_hash = '!' WHERE id = '{me}'"
    ))
    .await;
}

#[tokio::test]
async fn an_export_needs_the_password_and_tells_what_is_wrong() {
    let (site, _) = demo().await;
    for (who, path, done) in [
        ("student-01", OWN, "privacy.export"),
        ("interviewer-01", OWN, "privacy.export"),
        ("support", AUDIT, "audit.export"),
    ] {
        let me = site.account(who).await;
        let browser = Browser::of(&site, who).await;
        for password in ["", "wrong"] {
            let html = refusal(ask(&browser, path, password).await).await;
            assert!(html.contains("密码不对"), "{who}: {html}");
        }
        let wrong = audited(&site, me).await;
        let refused = |action: &&String| action.as_str() == "account.proof_refused";
        assert_eq!(wrong.iter().filter(refused).count(), 2, "{who}: {wrong:?}");
        let answer = ask(&browser, path, PASSWORD).await;
        assert_eq!(answer.status(), StatusCode::OK, "{who}");
        assert!(answer.headers().contains_key("content-disposition"));
        let rows = portal::audit::log::Wanted {
            to_ms: i64::MAX,
            action: done.to_owned(),
            actor: me.to_string(),
            ..Default::default()
        };
        let db = &site.running.state.db;
        let all = portal::audit::log::Scope::Platform;
        let rows = portal::audit::log::rows(db, all, &rows, None, 10).await;
        assert_eq!(rows.unwrap().len(), 1, "{who}");
    }
    site.end().await;
}

#[tokio::test]
async fn wrong_tries_at_one_export_lock_all_that_ask_for_the_password() {
    let (site, clock) = demo().await;
    let browser = Browser::of(&site, "support").await;
    let tries = site.running.state.config.accounts.failures_per_login;
    for n in 0..tries {
        let path = if n % 2 == 0 { OWN } else { AUDIT };
        refusal(ask(&browser, path, "wrong").await).await;
    }
    for path in [OWN, AUDIT] {
        let html = refusal(ask(&browser, path, PASSWORD).await).await;
        assert!(html.contains("连续输错次数过多"), "{path}: {html}");
    }
    clock.advance(DAY);
    browser.enter("support").await;
    for path in [OWN, AUDIT] {
        let answer = ask(&browser, path, PASSWORD).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
    }
    site.end().await;
}

#[tokio::test]
async fn an_account_without_a_password_shows_a_code_of_its_own_number() {
    let (site, _) = demo().await;
    without_password(&site, "student-05").await;
    let browser = Browser::of(&site, "student-05").await;
    let html = browser.page("/privacy").await;
    assert!(html.contains("name=\"sms_code\"") && !html.contains("name=\"password\""));
    let html = refusal(ask(&browser, OWN, PASSWORD).await).await;
    assert!(html.contains("验证码已失效"), "{html}");
    let (status, _) = browser.ask_code("", "export").await;
    assert_eq!(status, StatusCode::OK);
    let mobile = mobile_of(&site, "student-05").await;
    let code = code_at(&site, &mobile, 1).await;
    let with = |code| [("format", "json"), ("sms_code", code)];
    let html = refusal(browser.post(OWN, &with("0")).await).await;
    assert!(html.contains("验证码不对"), "{html}");
    let answer = browser.post(OWN, &with(&code)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    refusal(browser.post(OWN, &with(&code)).await).await;
    let stranger = Browser::new(&site);
    let (status, _) = stranger.ask_code(&mobile, "export").await;
    assert_ne!(status, StatusCode::OK, "nobody else has such a code sent");
    site.end().await;
}

#[tokio::test]
async fn an_account_with_neither_is_told_to_set_a_password() {
    let (site, _) = demo().await;
    without_password(&site, "support").await;
    site.sql("UPDATE accounts SET mobile = NULL WHERE email = 'support@demo.example'")
        .await;
    let browser = Browser::of(&site, "support").await;
    for (page, path) in [("/privacy", OWN), ("/platform/audit", AUDIT)] {
        assert!(
            browser
                .page(page)
                .await
                .contains("请先在登录页用「忘记密码」设置")
        );
        let html = refusal(ask(&browser, path, "").await).await;
        assert!(html.contains("忘记密码"), "{html}");
    }
    site.end().await;
}

#[tokio::test]
async fn an_account_with_more_rows_than_one_slice_gets_all_of_them() {
    let (site, _) = demo().await;
    let me = site.account("student-01").await;
    site.sql(&format!(
        "INSERT INTO notifications (id, event, account_id, args, link, created_ms)
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2600)
        SELECT 'many-' || i, 'X1', '{me}', '{{\"n\":\"many\"}}', '', 1 + i / 900 FROM n"
    ))
    .await;
    let browser = Browser::of(&site, "student-01").await;
    let json: Value = ask(&browser, OWN, PASSWORD).await.json().await.unwrap();
    let messages = json["parts"]["messages"].as_array().unwrap();
    let many = messages
        .iter()
        .filter(|one| one["args"] == "{\"n\":\"many\"}");
    assert_eq!(many.count(), 2600);
    assert_eq!(json["cut"], Value::Array(Vec::new()));
    site.end().await;
}

#[tokio::test]
async fn an_archive_has_the_data_and_the_persons_own_files() {
    let (site, _) = demo().await;
    let browser = Browser::of(&site, "student-01").await;
    let other = Browser::of(&site, "student-02").await;
    for (who, name) in [(&browser, "我的/简历.pdf"), (&other, "别人.pdf")] {
        let (_, answer) = site.upload(&who.session(), ("resume", name), pdf()).await;
        let reference = answer["reference"].as_str().unwrap();
        who.post("/resume/file", &[("file", reference)]).await;
    }
    let me = site.account("student-01").await;
    site.sql(&format!(
        "INSERT INTO files (id, purpose, owner_id, name, mime, bytes, sha256, object_key, state,
            created_ms, changed_ms) SELECT '018f0000-0000-7000-8000-0000000000f1', purpose,
            '{me}', '丢了.pdf', mime, bytes, sha256, 'lost/2026/11/018f0000-0000-7000-8000-0000000000f2',
            state, 1, 1 FROM files WHERE name = '别人.pdf'"
    ))
    .await;
    let fields = [("format", "zip"), ("password", PASSWORD)];
    let answer = browser.post(OWN, &fields).await;
    assert_eq!(answer.headers()["content-type"], "application/zip");
    let bytes = answer.bytes().await.unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut names: Vec<_> = zip
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .collect();
    names.sort();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names[1].starts_with("files/001-") && names[1].ends_with("简历.pdf"));
    let mut read = |name: &str| {
        let mut bytes = Vec::new();
        let mut file = zip.by_name(name).unwrap();
        file.read_to_end(&mut bytes).unwrap();
        bytes
    };
    assert_eq!(read(&names[1]), pdf());
    let json: Value = serde_json::from_slice(&read("data.json")).unwrap();
    let files = json["parts"]["files"].as_array().unwrap();
    assert_eq!(files.len(), 2, "{files:?}");
    assert_eq!(files[0]["path"], names[1].as_str());
    assert!(
        files[1]["left_out"]
            .as_str()
            .unwrap()
            .contains("已不在存储中")
    );
    site.end().await;
}
