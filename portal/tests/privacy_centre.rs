//! The privacy centre over real HTTP: consents, and the export of one's own data.

#![expect(clippy::unwrap_used, reason = "tests")]

mod site;

use portal::Mode;
use reqwest::StatusCode;
use serde_json::Value;
use site::{Site, location};

/// The password of every demo person.
const PASSWORD: &str = portal::demo::seed::PASSWORD;

/// The address of the first withdraw button.
fn withdraw_path(html: &str) -> String {
    let at = html.find("/privacy/consents/0").expect("a consent");
    html[at..].split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn withdrawing_hides_at_once_and_applying_again_shows_again() {
    let site = Site::start(Mode::Demo).await;
    let (fair, booth) = site.booth("interviewer-01").await;
    let now_ms = site.running.state.now_ms();
    let made_ms = now_ms - 1_000;
    let entry = site
        .entry("student-01", (fair, booth), ("applied", "waiting"), made_ms)
        .await;
    let (student, interviewer) = (
        site.enter("student-01").await,
        site.enter("interviewer-01").await,
    );
    let sheet = format!("/room/{booth}/resume/{entry}");
    let html = site.page("/privacy", &student).await;
    assert!(
        html.contains("查看简历") && html.contains("隐私政策第 1 版"),
        "{html}"
    );
    assert!(site.page(&sheet, &interviewer).await.contains("陈思远"));
    let path = withdraw_path(&html);
    let other = site.enter("student-02").await;
    let foreign = site.send(&path, &other, &[]).await;
    assert_eq!(foreign.status(), StatusCode::NOT_FOUND);
    let done = site.send(&path, &student, &[]).await;
    assert_eq!(location(&done), "/privacy");
    assert_eq!(
        site.get(&sheet, &interviewer).await.status(),
        StatusCode::NOT_FOUND
    );
    let html = site.page("/privacy", &student).await;
    assert!(
        html.contains("已撤回或到期（1）"),
        "looking gives no consent anew: {html}"
    );
    let again = site.send(&path, &student, &[]).await;
    assert_eq!(again.status(), StatusCode::NOT_FOUND, "it is over");
    let later = site.running.state.now_ms() + 60_000;
    let (fair_booth, stage) = ((fair, booth), ("applied", "done"));
    site.sql("UPDATE queue_entries SET stage = 'left'").await;
    let anew = site.entry("student-01", fair_booth, stage, later).await;
    let sheet = format!("/room/{booth}/resume/{anew}");
    assert_eq!(
        site.get(&sheet, &interviewer).await.status(),
        StatusCode::OK
    );
    site.end().await;
}

#[tokio::test]
async fn consents_are_counted_and_paged() {
    let site = Site::start(Mode::Demo).await;
    let me = site.account("student-01").await;
    let now_ms = site.running.state.now_ms();
    for n in 0..45 {
        // Twenty-one are over.
        let ended = if n < 21 { "7" } else { "NULL" };
        let company = format!("01a20000-0000-7000-8000-1000000000{n:02}");
        let given_ms = now_ms - 1_000 + n;
        site.sql(&format!(
            "INSERT INTO companies (id, name, status, created_ms, updated_ms)
             VALUES ('{company}', '示例公司{n:02}', 'certified', 0, 0)"
        ))
        .await;
        site.sql(&format!(
            "INSERT INTO consents (id, account_id, purpose, company_id, text_code, text_version,
                given_ms, withdrawn_ms, address)
             VALUES ('01a20000-0000-7000-8000-0000000000{n:02}', '{me}', 'resume', '{company}',
                'privacy', 1, {given_ms}, {ended}, '')"
        ))
        .await;
    }
    let student = site.enter("student-01").await;
    let shown = async |path: &str| {
        let html = site.page(path, &student).await;
        for part in ["有效（24）", "已撤回或到期（21）"] {
            assert!(html.contains(part), "{path}: {html}");
        }
        let companies = html.split("<strong>示例公司").skip(1);
        companies
            .map(|rest| rest[..2].parse::<u32>().unwrap())
            .collect::<Vec<_>>()
    };
    let latest_first = |from: u32, to: u32| (to..=from).rev().collect::<Vec<_>>();
    for (path, from, to) in [
        ("/privacy", 44, 25),
        ("/privacy?page=2", 24, 21),
        ("/privacy?page=99", 24, 21),
        ("/privacy?page=x", 44, 25),
        ("/privacy?ended=1", 20, 1),
        ("/privacy?ended=1&page=2", 0, 0),
    ] {
        assert_eq!(shown(path).await, latest_first(from, to), "{path}");
    }
    let html = site.page("/privacy?ended=1", &student).await;
    assert!(html.contains("/privacy?ended=1&#38;page=2"), "{html}");
    site.end().await;
}

#[tokio::test]
async fn contact_data_have_a_consent_of_their_own() {
    let site = Site::start(Mode::Demo).await;
    let (fair, booth) = site.booth("interviewer-01").await;
    let now_ms = site.running.state.now_ms();
    let entry = site
        .entry("student-01", (fair, booth), ("applied", "waiting"), now_ms)
        .await;
    let me = site.account("student-01").await;
    site.sql(&format!(
        "UPDATE accounts SET mobile = '13800138001' WHERE id = '{me}'"
    ))
    .await;
    let (student, interviewer) = (
        site.enter("student-01").await,
        site.enter("interviewer-01").await,
    );
    let sheet = format!("/room/{booth}/resume/{entry}");
    assert!(
        !site
            .page(&sheet, &interviewer)
            .await
            .contains("13800138001")
    );
    let company = site::forms::field(&site.page("/privacy", &student).await, "company");
    let strange = site
        .send(
            "/privacy/consents/contact",
            &student,
            &[("company", "01a20000-0000-7000-8000-000000000000")],
        )
        .await;
    assert_eq!(strange.status(), StatusCode::NOT_FOUND);
    let done = site
        .send(
            "/privacy/consents/contact",
            &student,
            &[("company", &company)],
        )
        .await;
    assert_eq!(location(&done), "/privacy");
    assert!(
        site.page(&sheet, &interviewer)
            .await
            .contains("13800138001")
    );
    let rows = portal::audit::of(&site.running.state.db, "student", &me.to_string())
        .await
        .unwrap();
    let looks = rows
        .iter()
        .filter(|row| row.action == "resume.read")
        .count();
    assert_eq!(looks, 2, "each look is written down");
    let html = site.page("/privacy", &student).await;
    site.send(&withdraw_path(&html), &student, &[]).await;
    let hidden = site.get(&sheet, &interviewer).await;
    let shown = hidden.text().await.unwrap();
    assert!(!shown.contains("13800138001"));
    site.end().await;
}

async fn export(site: &Site, cookie: &str) -> Value {
    let answer = site
        .send(
            "/privacy/export",
            cookie,
            &[("format", "json"), ("password", PASSWORD)],
        )
        .await;
    assert_eq!(answer.status(), StatusCode::OK);
    let disposition = answer.headers()["content-disposition"].to_str().unwrap();
    assert!(disposition.starts_with("attachment"), "{disposition}");
    answer.json().await.unwrap()
}

/// A call with feedback, a message, a device, a complaint, and a look at the privacy centre.
async fn has_a_history(site: &Site, who: &str) {
    let (fair, booth) = site.booth("interviewer-01").await;
    let now_ms = site.running.state.now_ms();
    let entry = site
        .entry(who, (fair, booth), ("applied", "done"), now_ms)
        .await;
    let me = site.account(who).await;
    site.sql(&format!(
        "INSERT INTO calls (id, fair_id, booth_id, entry_id, student_id, seat_id, started_ms,
            length_ms, extended, used_ms, clock_at_ms, clock_runs, ended_ms, done)
        VALUES ('call-{who}', '{fair}', '{booth}', '{entry}', '{me}', 's', {now_ms}, 1, FALSE,
            1, 1, FALSE, {now_ms}, TRUE)"
    ))
    .await;
    site.sql(&format!(
        "INSERT INTO call_feedback (call_id, student_id, booth_id, stars, body, created_ms,
            updated_ms) VALUES ('call-{who}', '{me}', '{booth}', 5,
            '反馈-{who}', 1, 1)"
    ))
    .await;
    site.sql(&format!(
        "INSERT INTO notifications (id, event, account_id, args, link, created_ms)
        VALUES ('n-{who}', 'X1', '{me}', '{{\"text\":\"消息-{who}\"}}', '', 1)"
    ))
    .await;
    site.sql(&format!(
        "INSERT INTO known_devices (account_id, device_hash, label, first_ms, last_ms)
        VALUES ('{me}', 'd', '设备-{who}', 1, 1)"
    ))
    .await;
    let cookie = site.enter(who).await;
    let body = format!("投诉-{who}");
    let pairs = [("category", "other"), ("body", body.as_str())];
    site.send("/complaints/new", &cookie, &pairs).await;
    site.page("/privacy", &cookie).await;
}

#[tokio::test]
async fn an_export_holds_everything_of_oneself_and_nothing_of_others() {
    let site = Site::start(Mode::Demo).await;
    for who in ["student-01", "student-02"] {
        has_a_history(&site, who).await;
    }
    let student = site.enter("student-01").await;
    let interviewer = site.enter("interviewer-01").await;
    let company = site::forms::field(
        &site.page("/resume/shields?q=远航", &student).await,
        "company",
    );
    site.send("/resume/shields", &student, &[("company", &company)])
        .await;
    let own = export(&site, &student).await;
    let text = own.to_string();
    for word in [
        "陈思远",
        "student-01@demo.example",
        "赣江理工大学",
        "微电子学院",
        "反馈-student-01",
        "消息-student-01",
        "设备-student-01",
        "投诉-student-01",
        "澄源半导体",
        "远航",
        "隐私政策",
        "session.begin",
        "模拟电路设计工程师",
    ] {
        assert!(text.contains(word), "{word} is missing: {text}");
    }
    for part in [
        "account",
        "student",
        "resume",
        "shields",
        "consents",
        "applications",
        "calls",
    ] {
        let records = own["parts"][part].as_array().unwrap();
        assert!(!records.is_empty(), "{part}");
    }
    for word in ["student-02", "欧阳若曦", "何静安", "password"] {
        assert!(!text.contains(word), "{word} is somebody else's: {text}");
    }
    // The interviewer's own export knows that he interviewed and not whom.
    let theirs = export(&site, &interviewer).await.to_string();
    assert!(theirs.contains("interviewer-01@demo.example") && !theirs.contains("陈思远"));
    site.end().await;
}

#[tokio::test]
async fn an_export_is_a_pdf_too_and_is_rationed() {
    let site = Site::start_with(Mode::Demo, |c| c.privacy.exports_a_day = 2).await;
    for who in ["student-01", "school", "support", "operator"] {
        let cookie = site.enter(who).await;
        let answer = site
            .send(
                "/privacy/export",
                &cookie,
                &[("format", "pdf"), ("password", PASSWORD)],
            )
            .await;
        assert_eq!(answer.status(), StatusCode::OK, "{who}");
        assert_eq!(answer.headers()["content-type"], "application/pdf");
        assert!(answer.bytes().await.unwrap().starts_with(b"%PDF-"));
    }
    let cookie = site.enter("student-01").await;
    let unknown = site
        .send(
            "/privacy/export",
            &cookie,
            &[("format", "xml"), ("password", PASSWORD)],
        )
        .await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    export(&site, &cookie).await;
    let third = site
        .send(
            "/privacy/export",
            &cookie,
            &[("format", "json"), ("password", PASSWORD)],
        )
        .await;
    assert_eq!(third.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(third.headers().contains_key("retry-after"));
    site.end().await;
}

/// Takes part in a fair, as the page of it does.
async fn take_part(site: &Site, cookie: &str, fair: portal::ids::FairId) {
    let wish = serde_json::json!({ "fair": fair, "page": "queues" });
    let post = reqwest::Method::POST;
    let (status, answer) = site.json(post, "/api/join-token", cookie, &wish).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

#[tokio::test]
async fn a_ticket_writes_the_consent_for_the_fair_and_a_look_writes_none() {
    let site = Site::start(Mode::Demo).await;
    let (fair, booth) = site.booth("interviewer-01").await;
    let now_ms = site.running.state.now_ms();
    let entry = site
        .entry("student-01", (fair, booth), ("applied", "waiting"), now_ms)
        .await;
    site.sql("DELETE FROM consents").await;
    let (student, interviewer) = (
        site.enter("student-01").await,
        site.enter("interviewer-01").await,
    );
    let sheet = format!("/room/{booth}/resume/{entry}");
    let all = "SELECT CAST(COUNT(*) AS BIGINT) FROM consents";
    let look = async || site.get(&sheet, &interviewer).await.text().await.unwrap();
    assert!(!look().await.contains("陈思远"), "he agreed to nothing");
    assert_eq!(site.number(all).await, 0, "and a look writes nothing");
    let test = serde_json::json!({ "fair": fair, "page": "device_test" });
    let post = reqwest::Method::POST;
    let (status, _) = site.json(post, "/api/join-token", &student, &test).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        site.number(all).await,
        0,
        "who tests his devices agrees to nothing"
    );
    for _ in 0..2 {
        take_part(&site, &student, fair).await;
    }
    let good = format!(
        "{all} WHERE purpose = 'fair' AND fair_id = '{fair}' AND address = '127.0.0.1'
        AND text_code = 'privacy' AND text_version = 1 AND given_ms >= {now_ms}"
    );
    assert_eq!(site.number(&good).await, 1, "one, with where and what");
    assert!(look().await.contains("陈思远"));
    assert_eq!(site.number(all).await, 1, "a look writes nothing");
    let own = export(&site, &student).await;
    assert!(!own["parts"]["consents"][0]["fair"].is_null());
    site.end().await;
}

#[tokio::test]
async fn withdrawing_the_consent_for_a_fair_hides_from_all_its_companies() {
    let site = Site::start(Mode::Demo).await;
    let (fair, booth) = site.booth("interviewer-01").await;
    let made_ms = site.running.state.now_ms() - 1_000;
    let stage = ("applied", "waiting");
    let entry = site
        .entry("student-01", (fair, booth), stage, made_ms)
        .await;
    let (student, interviewer) = (
        site.enter("student-01").await,
        site.enter("interviewer-01").await,
    );
    let html = site.page("/privacy", &student).await;
    assert!(html.contains("向会上申请的企业出示简历") && html.contains("查看简历"));
    let at = html.find("向会上申请的企业出示简历").unwrap();
    let path = withdraw_path(&html[at..]);
    let other = site.enter("student-02").await;
    let foreign = site.send(&path, &other, &[]).await;
    assert_eq!(foreign.status(), StatusCode::NOT_FOUND);
    assert_eq!(location(&site.send(&path, &student, &[]).await), "/privacy");
    let holding = "SELECT CAST(COUNT(*) AS BIGINT) FROM consents WHERE withdrawn_ms IS NULL";
    assert_eq!(site.number(holding).await, 0, "the company's went with it");
    let status = async |entry: portal::ids::EntryId| {
        let sheet = format!("/room/{booth}/resume/{entry}");
        site.get(&sheet, &interviewer).await.status()
    };
    assert_eq!(status(entry).await, StatusCode::NOT_FOUND);
    take_part(&site, &student, fair).await;
    site.page("/privacy", &student).await;
    assert_eq!(status(entry).await, StatusCode::NOT_FOUND, "of old");
    site.sql("UPDATE queue_entries SET stage = 'left'").await;
    let later = site.running.state.now_ms() + 60_000;
    let anew = site
        .entry("student-01", (fair, booth), ("applied", "done"), later)
        .await;
    assert_eq!(status(anew).await, StatusCode::OK, "he applied again");
    site.end().await;
}
