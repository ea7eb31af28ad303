//! Students register over real HTTP, by the roster and by hand, on simulated time.

#![expect(clippy::unwrap_used, reason = "tests")]

mod companies_site;
mod site;

use base::clock::Clock;
use base::db::on_db;
use companies_site::{CODE, Form, Open};
use portal::Mode;
use portal::accounts::codes::CodePurpose;
use portal::demo::schools::UNREGISTERED;
use portal::ids::AccountId;
use portal::reviews::{Decision, Inbox};
use portal::students::register::limits::{ADDRESS_MS, MOBILE_MS, PER_ADDRESS, PER_MOBILE};
use reqwest::{Response, StatusCode};
use site::{Site, cookie, location};

const NOW: i64 = 1_795_305_600_000;
const HOUR_MS: i64 = 3_600_000;
const MOBILE: &str = "13788880001";
const PASSWORD: &str = "Tingyu-2027";
const SCRIPT: &str = "<script>alert(1)</script>";

async fn started() -> (Site, Clock) {
    let clock = Clock::simulated(NOW);
    let site = Site::start_at(Mode::Demo, clock.clone(), |_| {}).await;
    (site, clock)
}

/// The form, good as it stands.
fn form(mobile: &str) -> Form {
    let (student_no, name) = UNREGISTERED;
    Form::new(&[
        ("school", "demo"),
        ("student_no", student_no),
        ("name", name),
        ("mobile", mobile),
        ("sms_code", CODE),
        ("password", PASSWORD),
        ("of_age", "on"),
        ("agree", "on"),
        ("privacy", "on"),
    ])
}

/// The form by hand.
fn by_hand(mobile: &str, student_no: &str, name: &str) -> Form {
    form(mobile)
        .with("student_no", student_no)
        .with("name", name)
        .with("degree", "master")
        .with("faculty", "微电子学院")
        .with("major", "集成电路工程")
        .with("grad_year", "2027")
        .with("note", SCRIPT)
}

const ROSTER: &str = "/register/student";
const MANUAL: &str = "/register/student/manual";

/// Sends the form with a code that has just come.
async fn send(site: &Site, path: &str, form: &Form) -> Response {
    let mobile = form.get("mobile").to_owned();
    site.sms(&mobile, CodePurpose::Register).await;
    site.submit(path, "", form).await
}

/// What the page's hidden field proves.
fn proof(page: &str) -> String {
    let part = page.split("name=\"proof\" value=\"").nth(1).unwrap();
    part.split('"').next().unwrap().to_owned()
}

/// The open identity review of a school.
async fn review(site: &Site) -> Open {
    on_db!(site.running.state.db, c => sqlx::query_as(
        "SELECT id, version, flags FROM reviews WHERE kind = 'identity' AND state = 'open'")
        .fetch_one(c).await)
    .unwrap()
}

async fn decide(site: &Site, decision: &Decision) {
    let desk = Inbox::School(site.school().await);
    site.decide(&review(site).await, desk, "school", decision)
        .await;
}

#[tokio::test]
async fn a_student_of_the_roster_registers_and_signs_in() {
    let (site, _) = started().await;
    let page = site.page("/register/student?school=demo", "").await;
    assert!(page.contains("value=\"demo\" selected"));
    let (row,): (AccountId,) = on_db!(site.running.state.db, c => sqlx::query_as(
        "SELECT account_id FROM students WHERE student_no = $1")
        .bind(UNREGISTERED.0).fetch_one(c).await)
    .unwrap();
    let done = send(&site, ROSTER, &form(MOBILE)).await;
    assert_eq!(
        (done.status(), location(&done)),
        (StatusCode::SEE_OTHER, "/fairs")
    );
    assert_eq!(
        site.by_mobile(MOBILE).await,
        row,
        "the account that waited is his"
    );
    let cookie = cookie(&done);
    let fairs = site.page("/fairs", &cookie).await;
    assert!(fairs.contains("2027 届秋季视频双选会"));
    let rows = portal::agreements::store::accepted_by(&site.running.state.db, row)
        .await
        .unwrap();
    assert_eq!(rows.len(), 2, "what he agreed to is written down");
    let login = format!("login={MOBILE}&password={PASSWORD}");
    assert_eq!(location(&site.post("/login", "", login).await), "/fairs");
    site.end().await;
}

#[tokio::test]
async fn a_bad_form_comes_back_filled_in_and_spends_no_code() {
    let (site, _) = started().await;
    site.sms(MOBILE, CodePurpose::Register).await;
    let bad = form(MOBILE)
        .with("school", "none")
        .with("student_no", SCRIPT)
        .with("name", SCRIPT)
        .with("password", "short")
        .with("agree", "")
        .with("of_age", "");
    let refused = site.submit(ROSTER, "", &bad).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let text = refused.text().await.unwrap();
    for words in [
        "请选择学校",
        "学号只能含字母",
        "密码至少 8 个字符",
        "请阅读并同意用户服务协议",
        "未满 16 周岁不能注册",
        MOBILE,
    ] {
        assert!(text.contains(words), "{words}");
    }
    assert!(
        !text.contains(SCRIPT) && !text.contains("short"),
        "no password comes back"
    );
    let wrong = site
        .submit(ROSTER, "", &form(MOBILE).with("sms_code", "000000"))
        .await;
    assert!(wrong.text().await.unwrap().contains("验证码不对"));
    let good = site.submit(ROSTER, "", &form(MOBILE)).await;
    assert_eq!(location(&good), "/fairs", "the code was still good");
    site.end().await;
}

#[tokio::test]
async fn a_mismatch_tells_nothing_of_the_roster() {
    let (site, _) = started().await;
    let known = form(MOBILE).with("name", "林晚州");
    let unknown = form(MOBILE).with("student_no", "2023999999");
    let registered = form(MOBILE).with("student_no", "202300001");
    let foreign = form(MOBILE)
        .with("student_no", "2023070001")
        .with("name", "苏念");
    for wrong in [known, unknown, registered, foreign] {
        let refused = send(&site, ROSTER, &wrong).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let text = refused.text().await.unwrap();
        assert!(text.contains("学号与姓名不匹配，请核对后再试"));
        assert!(text.contains("data-testid=\"offer\"") && !text.contains("已经注册"));
        let typed = wrong.get("name");
        for name in ["陈思远", "林晚舟"] {
            assert!(typed == name || !text.contains(name), "{name}");
        }
    }
    site.end().await;
}

#[tokio::test]
async fn after_a_mismatch_the_number_need_not_be_proved_again_for_two_hours() {
    let (site, clock) = started().await;
    let wrong = form(MOBILE).with("name", "林晚州");
    let page = send(&site, ROSTER, &wrong).await.text().await.unwrap();
    assert!(page.contains("data-testid=\"proved\""));
    let proved = form(MOBILE)
        .with("sms_code", "")
        .with("proof", &proof(&page));
    let other = proved.clone().with("mobile", "13788880002");
    let text = site.submit(ROSTER, "", &other).await.text().await.unwrap();
    assert!(
        text.contains("请填写手机验证码"),
        "the proof is for one number"
    );
    clock.advance(2 * HOUR_MS);
    let text = site.submit(ROSTER, "", &proved).await.text().await.unwrap();
    assert!(text.contains("请填写手机验证码"), "and not for ever");
    clock.advance(-2 * HOUR_MS);
    let done = site.submit(ROSTER, "", &proved).await;
    assert_eq!(location(&done), "/fairs");
    site.end().await;
}

#[tokio::test]
async fn a_number_that_is_registered_leads_to_the_way_back() {
    let (site, _) = started().await;
    assert_eq!(
        location(&send(&site, ROSTER, &form(MOBILE)).await),
        "/fairs"
    );
    let again = send(&site, ROSTER, &form("13788880002")).await;
    assert_eq!(again.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let text = again.text().await.unwrap();
    assert!(text.contains("这个学号已经注册过") && text.contains("href=\"/forgot\""));
    assert!(text.contains("0791-88880000"), "whom to ask");
    let mine = by_hand(MOBILE, "2023555555", "林晚舟");
    let taken = send(&site, MANUAL, &mine).await.text().await.unwrap();
    assert!(taken.contains("这个手机号已有账号"));
    site.end().await;
}

#[tokio::test]
async fn tries_are_limited_by_mobile_number_for_a_day() {
    let (site, clock) = started().await;
    let wrong = form(MOBILE).with("name", "林晚州");
    for n in 0..PER_MOBILE {
        let text = send(&site, ROSTER, &wrong).await.text().await.unwrap();
        assert!(text.contains("学号与姓名不匹配"), "{n}");
    }
    for path in [ROSTER, MANUAL] {
        let right = by_hand(MOBILE, UNREGISTERED.0, UNREGISTERED.1);
        let text = send(&site, path, &right).await.text().await.unwrap();
        assert!(text.contains("今天的尝试次数已用完"), "{path}");
    }
    let metrics = site
        .client
        .get(site.operator_url("/metrics"))
        .send()
        .await
        .unwrap();
    let metrics = metrics.text().await.unwrap();
    assert!(metrics.contains("pinhui_student_registrations_total{outcome=\"mobile_limited\"} 2"));
    assert!(metrics.contains("pinhui_student_registrations_total{outcome=\"mismatch\"} 5"));
    clock.advance(MOBILE_MS);
    assert_eq!(
        location(&send(&site, ROSTER, &form(MOBILE)).await),
        "/fairs"
    );
    site.end().await;
}

#[tokio::test]
async fn tries_are_limited_by_address_for_ten_minutes() {
    let (site, clock) = started().await;
    let (limits, from) = (&site.running.state.matches, "127.0.0.1".parse().unwrap());
    for n in 0..PER_ADDRESS {
        limits
            .reserve(&format!("1370000{n:04}"), from, NOW)
            .unwrap();
    }
    let limited = send(&site, ROSTER, &form(MOBILE)).await;
    assert_eq!(limited.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(limited.headers().contains_key("retry-after"));
    clock.advance(ADDRESS_MS);
    assert_eq!(
        location(&send(&site, ROSTER, &form(MOBILE)).await),
        "/fairs"
    );
    site.end().await;
}

#[tokio::test]
async fn two_at_once_claim_one_number_and_one_is_told() {
    let (site, _) = started().await;
    let mobiles = ["13788880001", "13788880002"];
    for mobile in mobiles {
        site.sms(mobile, CodePurpose::Register).await;
    }
    let [one, two] = mobiles.map(form);
    let (one, two) = tokio::join!(site.submit(ROSTER, "", &one), site.submit(ROSTER, "", &two));
    let mut statuses = [one.status(), two.status()];
    statuses.sort();
    assert_eq!(
        statuses,
        [StatusCode::SEE_OTHER, StatusCode::UNPROCESSABLE_ENTITY]
    );
    site.end().await;
}

#[tokio::test]
async fn a_student_whom_the_roster_lacks_waits_for_his_school() {
    let (site, _) = started().await;
    let page = send(
        &site,
        ROSTER,
        &form(MOBILE).with("student_no", "2023777777"),
    )
    .await;
    let proof = proof(&page.text().await.unwrap());
    let on = form(MOBILE)
        .with("student_no", "2023777777")
        .with("proof", &proof)
        .with("go_on", "1");
    let manual = site.submit(MANUAL, "", &on).await;
    assert_eq!(manual.status(), StatusCode::OK);
    let text = manual.text().await.unwrap();
    assert!(text.contains("人工核验") && text.contains("2023777777") && text.contains("林晚舟"));
    let missing = on.clone().with("go_on", "");
    let refused = site.submit(MANUAL, "", &missing).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let text = refused.text().await.unwrap();
    assert!(text.contains("请选择学历") && text.contains("请填写学院"));
    let asked = by_hand(MOBILE, "2023777777", "林晚舟")
        .with("proof", &proof)
        .with("sms_code", "");
    let done = site
        .submit(MANUAL, "", &asked.with("chsi_code", "ab12cd34ef56"))
        .await;
    assert_eq!(location(&done), "/register/student/identity");
    let cookie = cookie(&done);
    let state = site.page("/register/student/identity", &cookie).await;
    assert!(state.contains("data-status=\"submitted\"") && state.contains("前答复"));
    let fair = site.booth("interviewer-01").await.0;
    for path in [
        format!("/fairs/{fair}"),
        "/queues".to_owned(),
        "/device-test".to_owned(),
    ] {
        let away = site.get(&path, &cookie).await;
        assert_eq!(location(&away), "/register/student/identity", "{path}");
    }
    let wish = serde_json::json!({ "fair": fair, "page": "queues" });
    let (status, _) = site
        .json(reqwest::Method::POST, "/api/join-token", &cookie, &wish)
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(site.get("/resume", &cookie).await.status(), StatusCode::OK);
    let flags = review(&site).await.flags;
    assert!(flags.contains("学生名单中没有这个学号") && flags.contains("AB12CD34EF56"));
    let office = site.enter("school").await;
    let list = site
        .page("/school/students?state=unverified", &office)
        .await;
    assert!(list.contains("待核验-") && !list.contains("2023777777"));
    decide(&site, &Decision::Approve).await;
    let away = site.get("/register/student/identity", &cookie).await;
    assert_eq!(location(&away), "/fairs");
    assert_eq!(
        site.get(&format!("/fairs/{fair}"), &cookie).await.status(),
        StatusCode::OK
    );
    let list = site.page("/school/students?q=2023777777", &office).await;
    assert!(list.contains("林晚舟") && list.contains("已注册"));
    let told = site.told(site.by_mobile(MOBILE).await).await;
    assert!(
        told.iter()
            .any(|(event, args)| event == "X1" && args["result"] == "已通过")
    );
    site.end().await;
}

#[tokio::test]
async fn a_claim_is_given_back_said_anew_refused_and_said_anew() {
    let (site, _) = started().await;
    let done = send(&site, MANUAL, &by_hand(MOBILE, UNREGISTERED.0, "林晚州")).await;
    let cookie = cookie(&done);
    let identity = "/register/student/identity";
    let flags = review(&site).await.flags;
    assert!(
        flags.contains("姓名是“林晚舟”"),
        "the school sees what its roster says"
    );
    let anew = by_hand(MOBILE, UNREGISTERED.0, "林晚洲").with("note", "笔误");
    let early = site.submit(identity, &cookie, &anew).await;
    assert_eq!(
        early.status(),
        StatusCode::CONFLICT,
        "the school is looking at it"
    );
    let reason = format!("请写对姓名{SCRIPT}");
    decide(&site, &Decision::Return { reason }).await;
    let page = site.page(identity, &cookie).await;
    assert!(page.contains("data-status=\"returned\"") && page.contains("请写对姓名"));
    assert!(!page.contains(SCRIPT));
    let bad = site
        .submit(identity, &cookie, &anew.clone().with("grad_year", "27"))
        .await;
    assert_eq!(bad.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        location(&site.submit(identity, &cookie, &anew).await),
        identity
    );
    let reason = "不是本校学生".to_owned();
    decide(&site, &Decision::Reject { reason }).await;
    let page = site.page(identity, &cookie).await;
    assert!(page.contains("data-status=\"rejected\"") && page.contains("不是本校学生"));
    assert_eq!(
        location(&site.submit(identity, &cookie, &anew).await),
        identity
    );
    decide(&site, &Decision::Approve).await;
    let office = site.enter("school").await;
    let list = site
        .page(&format!("/school/students?q={}", UNREGISTERED.0), &office)
        .await;
    assert!(
        list.contains("林晚洲") && list.contains("共 1 条"),
        "one row, with his name"
    );
    assert!(list.contains("微电 2301"), "and what the roster says");
    site.end().await;
}

#[tokio::test]
async fn a_number_that_has_a_student_is_not_given_to_another() {
    let (site, _) = started().await;
    send(&site, MANUAL, &by_hand(MOBILE, UNREGISTERED.0, "林晚州")).await;
    assert_eq!(
        location(&send(&site, ROSTER, &form("13788880002")).await),
        "/fairs"
    );
    let (state, open) = (&site.running.state, review(&site).await);
    let desk = Inbox::School(site.school().await);
    let by = site.account("school").await;
    let mut tx = state.db.begin().await.unwrap();
    let refused = portal::reviews::store::decide(
        &mut tx,
        (open.id, open.version),
        desk,
        by,
        &Decision::Approve,
        NOW,
    )
    .await
    .unwrap_err();
    assert!(refused.to_string().contains("已被另一名学生注册"));
    tx.rollback().await.unwrap();
    site.end().await;
}

#[tokio::test]
async fn a_typed_chsi_code_counts_only_if_the_reviewer_checked_it() {
    for (checked, by) in [("", "staff"), ("1", "chsi")] {
        let (site, _) = started().await;
        let form = by_hand(MOBILE, "2023777777", "林晚舟").with("chsi_code", "AB12CD34EF56");
        send(&site, MANUAL, &form).await;
        let (office, open) = (site.enter("school").await, review(&site).await);
        let path = format!("/school/reviews/{}", open.id);
        assert!(site.page(&path, &office).await.contains("name=\"chsi\""));
        let version = open.version.to_string();
        let decision = Form::new(&[
            ("version", version.as_str()),
            ("decision", "approve"),
            ("chsi", checked),
        ]);
        let done = site
            .submit(&format!("{path}/decide"), &office, &decision)
            .await;
        assert_eq!(location(&done), path);
        let student = site.by_mobile(MOBILE).await;
        let (verified_by,): (String,) = on_db!(site.running.state.db, c => sqlx::query_as(
            "SELECT verified_by FROM students WHERE account_id = $1")
            .bind(student).fetch_one(c).await)
        .unwrap();
        assert_eq!(verified_by, by);
        site.end().await;
    }
}
