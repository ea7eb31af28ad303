//! Complaints and bans over real HTTP.

#![expect(clippy::unwrap_used, reason = "tests")]

mod site;

use base::clock::Clock;
use portal::{Mode, complaints};
use reqwest::StatusCode;
use site::forms::{field, href, png};
use site::{Site, location};

/// A Wednesday, 09:00 in Beijing.
const NOW: i64 = 1_795_568_400_000;
const DAY: i64 = 86_400_000;

async fn company(site: &Site, member: &str) -> String {
    let account = site.account(member).await;
    let db = &site.running.state.db;
    let row = portal::accounts::store::member(db, account).await.unwrap();
    row.unwrap().company_id.to_string()
}

/// Files a complaint about the first company; its path.
async fn filed(site: &Site, student: &str) -> String {
    let about = format!("company:{}", company(site, "interviewer-01").await);
    let (_, answer) = site.upload(student, ("evidence", "截图.png"), png()).await;
    let pairs = [
        ("about", about.as_str()),
        ("category", "money"),
        ("body", "要先交钱 <b>"),
        ("evidence1", answer["reference"].as_str().unwrap()),
    ];
    let done = site.send("/complaints/new", student, &pairs).await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    location(&done).to_owned()
}

async fn decide(site: &Site, path: &str, outcome: &str, answer: &str) -> StatusCode {
    decide_as(site, "support", path, (outcome, answer)).await
}

/// The other one of the support is there, or is not.
async fn second_of_the_support(site: &Site, status: &str) {
    let second = site.account("support-2").await;
    site.sql(&format!(
        "UPDATE accounts SET status = '{status}' WHERE id = '{second}'"
    ))
    .await;
}

async fn decide_as(
    site: &Site,
    who: &str,
    path: &str,
    (outcome, answer): (&str, &str),
) -> StatusCode {
    let support = site.enter(who).await;
    let desk = format!("/platform{path}");
    let id = path.rsplit('/').next().unwrap();
    let version = format!("SELECT version FROM complaints WHERE id = '{id}'");
    let version = site.number(&version).await.to_string();
    let pairs = [
        ("version", version.as_str()),
        ("outcome", outcome),
        ("answer", answer),
    ];
    site.send(&format!("{desk}/answer"), &support, &pairs)
        .await
        .status()
}

/// For these people there is no such page.
async fn hidden_from(site: &Site, path: &str, cookies: &[&String]) {
    for cookie in cookies {
        let answer = site.get(path, cookie).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }
}

/// The company's administrator sees the decision, and neither words nor name; he appeals. The
/// result is the version that he appealed against.
async fn appealed(site: &Site, path: &str, admin: &str) -> String {
    let page = site.page(path, admin).await;
    assert!(page.contains("已核实") && !page.contains("要先交钱") && !page.contains("陈思远"));
    let version = field(&page, "version");
    let appeal = format!("{path}/appeal");
    let empty = site.send(&appeal, admin, &[("version", &version)]).await;
    assert_eq!(empty.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let pairs = [("version", version.as_str()), ("appeal", "没有收钱")];
    let done = site.send(&appeal, admin, &pairs).await;
    assert_eq!(location(&done), path);
    version
}

#[tokio::test]
async fn a_complaint_goes_from_filing_to_the_last_word() {
    let clock = Clock::simulated(NOW);
    let site = Site::start_at(Mode::Demo, clock.clone(), |_| {}).await;
    let student = site.enter("student-01").await;
    let path = filed(&site, &student).await;
    let page = site.page(&path, &student).await;
    assert!(
        page.contains("待处理") && page.contains("要先交钱 &#60;b&#62;"),
        "{page}"
    );
    assert!(page.contains("最晚答复"), "{page}");
    let picture = site.get(&href(&page, "/files/"), &student).await;
    assert_eq!(picture.status(), StatusCode::OK);
    // Nobody else sees it.
    let (other, admin) = (
        site.enter("student-02").await,
        site.enter("interviewer-01").await,
    );
    hidden_from(&site, &path, &[&other, &admin]).await;
    let support = site.enter("support").await;
    let desk = format!("/platform{path}");
    assert!(
        site.page("/platform/complaints", &support)
            .await
            .contains(&desk)
    );
    let html = site.page(&desk, &support).await;
    let version = field(&html, "version");
    let take = format!("{desk}/take");
    let done = site.send(&take, &support, &[("version", &version)]).await;
    assert_eq!(location(&done), desk);
    let twice = site.send(&take, &support, &[("version", &version)]).await;
    assert_eq!(twice.status(), StatusCode::CONFLICT);
    assert_eq!(
        decide(&site, &path, "", "").await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        decide(&site, &path, "upheld", "已核实").await,
        StatusCode::SEE_OTHER
    );
    assert!(site.page(&path, &student).await.contains("已核实"));
    let told = "SELECT COUNT(*) FROM notifications WHERE event = 'X2'";
    assert_eq!(site.number(told).await, 1);
    let version = appealed(&site, &path, &admin).await;
    let appeal = format!("{path}/appeal");
    let pairs = [("version", version.as_str()), ("appeal", "没有收钱")];
    for cookie in [&admin, &student] {
        let again = site.send(&appeal, cookie, &pairs).await;
        assert_eq!(again.status(), StatusCode::CONFLICT, "one appeal for both");
    }
    assert!(!site.page(&path, &student).await.contains("没有收钱"));
    assert!(site.page(&desk, &support).await.contains("没有收钱"));
    assert_eq!(
        decide_as(&site, "support-2", &path, ("dismissed", "证据不足")).await,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        site.number(told).await,
        3,
        "the complainer twice, the appellant once"
    );
    let page = site.page(&path, &student).await;
    assert!(page.contains("已办结") && page.contains("证据不足") && !page.contains("提交申诉"));
    let after = site.enter("support").await;
    let late = [("version", "9"), ("outcome", "upheld"), ("answer", "x")];
    let answer = site.send(&format!("{desk}/answer"), &after, &late).await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    site.end().await;
}

#[tokio::test]
async fn an_appeal_comes_in_time_or_not_at_all_and_an_overdue_complaint_shows() {
    let clock = Clock::simulated(NOW);
    let site = Site::start_at(Mode::Demo, clock.clone(), |_| {}).await;
    let student = site.enter("student-01").await;
    let path = filed(&site, &student).await;
    clock.advance(6 * DAY);
    let support = site.enter("support").await;
    assert!(
        site.page("/platform/complaints", &support)
            .await
            .contains("已超时")
    );
    assert_eq!(
        decide(&site, &path, "dismissed", "证据不足").await,
        StatusCode::SEE_OTHER
    );
    clock.advance(16 * DAY);
    let student = site.enter("student-01").await;
    let page = site.page(&path, &student).await;
    assert!(!page.contains("提交申诉"), "{page}");
    let pairs = [("version", "2"), ("appeal", "不服")];
    let late = site.send(&format!("{path}/appeal"), &student, &pairs).await;
    assert_eq!(late.status(), StatusCode::CONFLICT);
    site.end().await;
}

#[tokio::test]
async fn a_bad_complaint_comes_back_filled_in_and_there_are_not_too_many() {
    let site = Site::start(Mode::Demo).await;
    let student = site.enter("student-01").await;
    let long = "长".repeat(2_001);
    let cases = [
        ("", "有内容", "", "请选择投诉类型"),
        ("other", "", "", "请写明时间、经过和诉求"),
        ("other", &long, "", "现在是 2001 个字"),
        ("other", "有内容", "x.y", "附件无效，请重新上传"),
    ];
    for (category, body, evidence, text) in cases {
        let pairs = [
            ("category", category),
            ("body", body),
            ("evidence1", evidence),
        ];
        let page = site.send("/complaints/new", &student, &pairs).await;
        assert_eq!(page.status(), StatusCode::UNPROCESSABLE_ENTITY, "{text}");
        let html = page.text().await.unwrap();
        assert!(html.contains(text) && html.contains(body), "{text}");
    }
    for about in [
        "company:x",
        "school:1",
        "company:01a20000-0000-7000-8000-000000000000",
    ] {
        let path = format!("/complaints/new?about={about}");
        assert_eq!(
            site.get(&path, &student).await.status(),
            StatusCode::NOT_FOUND,
            "{about}"
        );
    }
    let good = [("category", "other"), ("body", "有内容")];
    for _ in 0..complaints::rules::A_DAY {
        let done = site.send("/complaints/new", &student, &good).await;
        assert_eq!(done.status(), StatusCode::SEE_OTHER);
    }
    let over = site.send("/complaints/new", &student, &good).await;
    assert_eq!(over.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        over.text()
            .await
            .unwrap()
            .contains("24 小时内最多提交 10 件投诉")
    );
    site.end().await;
}

#[tokio::test]
async fn lists_of_complaints_are_paged_and_old_decisions_stay_within_reach() {
    const ALL: i64 = 121;
    let site = Site::start_at(Mode::Demo, Clock::simulated(NOW), |_| {}).await;
    site.sql("DELETE FROM complaints").await;
    let student = site.account("student-01").await;
    let about = company(&site, "interviewer-01").await;
    for n in 0..ALL {
        let at = NOW - n;
        site.sql(&format!(
            "INSERT INTO complaints (id, number, account_id, subject_kind, subject_id, company_id,
                category, body, status, outcome, answer, due_ms, created_ms, changed_ms)
            VALUES ('018f0000-0000-7000-8000-000000000{n:03}', 'TS-{n:03}', '{student}', 'company',
                '{about}', '{about}', 'money', 'x', 'upheld', 'upheld', 'y', {at}, {at}, {at})"
        ))
        .await;
    }
    let (own, support) = (site.enter("student-01").await, site.enter("support").await);
    let seen = async |path: &str, cookie: &str| {
        let html = site.page(path, cookie).await;
        let seen = (0..ALL).filter(|n| html.contains(&format!("TS-{n:03}")));
        let (first, last) = (seen.clone().min(), seen.max());
        (first.unwrap(), last.unwrap(), html)
    };
    let done = "/platform/complaints?tab=done";
    for (path, cookie, shown) in [
        ("/complaints", &own, (0, 19)),
        ("/complaints?page=7", &own, (120, 120)),
        (done, &support, (0, 49)),
        (&format!("{done}&page=3"), &support, (100, 120)),
        (&format!("{done}&page=x"), &support, (0, 49)),
    ] {
        let (first, last, html) = seen(path, cookie).await;
        assert_eq!((first, last), shown, "{path}");
        assert!(html.contains(&format!("共 {ALL} 条")), "{path}");
    }
    // The company's list holds the latest 100; a message about an older one still leads to it.
    let admin = site.enter("interviewer-01").await;
    assert_eq!(seen("/complaints", &admin).await.1, 99);
    let old = "/complaints/018f0000-0000-7000-8000-000000000120";
    assert_eq!(site.get(old, &admin).await.status(), StatusCode::OK);
    let other = site.enter("interviewer-02").await;
    hidden_from(&site, old, &[&other]).await;
    site.end().await;
}

#[tokio::test]
async fn a_call_can_be_complained_of_by_those_who_were_in_it() {
    let site = Site::start(Mode::Demo).await;
    let (fair, booth) = site.booth("interviewer-01").await;
    let entry = site
        .entry("student-01", (fair, booth), ("applied", "done"), 1)
        .await;
    let me = site.account("student-01").await;
    let call = portal::ids::CallId::new();
    site.sql(&format!(
        "INSERT INTO calls (id, fair_id, booth_id, entry_id, student_id, seat_id, started_ms,
            length_ms, extended, used_ms, clock_at_ms, clock_runs, ended_ms, done)
        VALUES ('{call}', '{fair}', '{booth}', '{entry}', '{me}', 's', 1, 1, FALSE, 1, 1, FALSE,
            2, TRUE)"
    ))
    .await;
    let path = format!("/complaints/new?about=call:{call}");
    let mine = site.enter("student-01").await;
    assert!(site.page(&path, &mine).await.contains("澄源半导体"));
    let other = site.enter("student-02").await;
    assert_eq!(
        site.get(&path, &other).await.status(),
        StatusCode::NOT_FOUND
    );
    site.end().await;
}

async fn ban(site: &Site, about: &str, term: &str) -> StatusCode {
    let support = site.enter("support").await;
    let pairs = [
        ("about", about),
        ("reason", "骂人，经核实（示例）"),
        ("term", term),
    ];
    site.send("/platform/complaints/bans/new", &support, &pairs)
        .await
        .status()
}

#[tokio::test]
async fn a_ban_signs_out_and_keeps_out_until_it_is_lifted() {
    let clock = Clock::simulated(NOW);
    let site = Site::start_at(Mode::Demo, clock.clone(), |_| {}).await;
    let student = site.enter("student-01").await;
    let about = format!("account:{}", site.account("student-01").await);
    assert_eq!(
        ban(&site, &about, "8").await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(ban(&site, &about, "7").await, StatusCode::SEE_OTHER);
    assert_eq!(
        ban(&site, &about, "7").await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "once"
    );
    assert!(location(&site.get("/fairs", &student).await).starts_with("/login"));
    // Whoever comes in by another way still meets the gate.
    let again = site.enter("student-01").await;
    let page = site.get("/fairs", &again).await;
    assert_eq!(page.status(), StatusCode::FORBIDDEN);
    let html = page.text().await.unwrap();
    assert!(
        html.contains("骂人，经核实（示例）") && html.contains("2026-12-02"),
        "{html}"
    );
    let wish = serde_json::json!({ "fair": "x" });
    let post = reqwest::Method::POST;
    let (status, answer) = site.json(post, "/api/join-token", &again, &wish).await;
    assert_eq!(
        (status, &answer["title"]),
        (StatusCode::FORBIDDEN, &"已被限制使用".into())
    );
    clock.advance(7 * DAY);
    let later = site.enter("student-01").await;
    assert_eq!(
        site.get("/fairs", &later).await.status(),
        StatusCode::OK,
        "it ends by itself"
    );
    assert_eq!(ban(&site, &about, "0").await, StatusCode::SEE_OTHER);
    let support = site.enter("support").await;
    let list = site.page("/platform/complaints/bans", &support).await;
    assert!(list.contains("无限期"), "{list}");
    let lift = href(&list, "/platform/complaints/bans/0");
    let done = site.send(&lift, &support, &[]).await;
    assert_eq!(location(&done), "/platform/complaints/bans");
    let twice = site.send(&lift, &support, &[]).await;
    assert_eq!(twice.status(), StatusCode::NOT_FOUND);
    let free = site.enter("student-01").await;
    assert_eq!(site.get("/fairs", &free).await.status(), StatusCode::OK);
    site.end().await;
}

#[tokio::test]
async fn a_banned_company_has_its_complaints_and_nothing_else() {
    let site = Site::start(Mode::Demo).await;
    let about = format!("company:{}", company(&site, "interviewer-01").await);
    assert_eq!(ban(&site, &about, "0").await, StatusCode::SEE_OTHER);
    let member = site.enter("interviewer-01").await;
    for path in ["/booths", "/company", "/resume"] {
        let answer = site.get(path, &member).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["/complaints", "/privacy"] {
        assert_eq!(
            site.get(path, &member).await.status(),
            StatusCode::OK,
            "{path}"
        );
    }
    let other = site.enter("interviewer-04").await;
    assert_eq!(site.get("/booths", &other).await.status(), StatusCode::OK);
    site.end().await;
}

#[tokio::test]
async fn staff_are_not_banned_and_students_ban_nobody() {
    let site = Site::start(Mode::Demo).await;
    let staff = format!("account:{}", site.account("platform").await);
    assert_eq!(ban(&site, &staff, "7").await, StatusCode::NOT_FOUND);
    let student = site.enter("student-01").await;
    let about = format!("account:{}", site.account("student-02").await);
    let pairs = [("about", about.as_str()), ("reason", "x"), ("term", "7")];
    let answer = site
        .send("/platform/complaints/bans/new", &student, &pairs)
        .await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    site.end().await;
}

#[tokio::test]
async fn a_banned_account_sees_the_decision_and_appeals_and_another_one_decides_it() {
    let site = Site::start(Mode::Demo).await;
    let student = site.enter("student-01").await;
    let about = format!("account:{}", site.account("student-02").await);
    let pairs = [
        ("about", about.as_str()),
        ("category", "conduct"),
        ("body", "骂人"),
    ];
    let filed = site.send("/complaints/new", &student, &pairs).await;
    let path = location(&filed).to_owned();
    let upheld = decide(&site, &path, "upheld", "已核实").await;
    assert_eq!(upheld, StatusCode::SEE_OTHER);
    assert_eq!(ban(&site, &about, "0").await, StatusCode::SEE_OTHER);
    let banned = site.enter("student-02").await;
    for shut in ["/fairs", "/complaints/new?about=platform", "/complaintsx"] {
        let answer = site.get(shut, &banned).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{shut}");
    }
    assert!(site.page("/complaints", &banned).await.contains(&path));
    site.page("/privacy", &banned).await;
    let page = site.page(&path, &banned).await;
    assert!(page.contains("已核实"), "{page}");
    let version = field(&page, "version");
    let pairs = [("version", version.as_str()), ("appeal", "没有骂人")];
    let appealed = site.send(&format!("{path}/appeal"), &banned, &pairs).await;
    assert_eq!(location(&appealed), path);
    let own = decide(&site, &path, "upheld", "维持").await;
    assert_eq!(own, StatusCode::CONFLICT, "the first decider");
    let support = site.enter("support").await;
    let desk = site.page(&format!("/platform{path}"), &support).await;
    assert!(desk.contains("须由另一位同事复核") && !desk.contains("现在没有其他客服"));
    assert!(
        !desk.contains(r#"data-testid="send-answer""#),
        "no button that fails"
    );
    second_of_the_support(&site, "disabled").await;
    let desk = site.page(&format!("/platform{path}"), &support).await;
    assert!(desk.contains("现在没有其他客服") && desk.contains("新增一名客服"));
    let list = site.page("/platform/complaints", &support).await;
    assert!(list.contains("须由同事处理"), "{list}");
    second_of_the_support(&site, "active").await;
    let other = decide_as(&site, "support-2", &path, ("dismissed", "证据不足")).await;
    assert_eq!(other, StatusCode::SEE_OTHER);
    site.end().await;
}

#[tokio::test]
async fn nobody_of_the_support_works_on_a_complaint_about_himself() {
    let site = Site::start(Mode::Demo).await;
    let student = site.enter("student-01").await;
    let about = format!("account:{}", site.account("support").await);
    let pairs = [
        ("about", about.as_str()),
        ("category", "conduct"),
        ("body", "不理人"),
    ];
    let filed = site.send("/complaints/new", &student, &pairs).await;
    let path = location(&filed).to_owned();
    let take = format!("/platform{path}/take");
    let (subject, other) = (site.enter("support").await, site.enter("support-2").await);
    let desk = site.page(&format!("/platform{path}"), &subject).await;
    assert!(desk.contains("须由另一位同事处理") && !desk.contains(&take));
    let own = site.send(&take, &subject, &[("version", "1")]).await;
    assert_eq!(own.status(), StatusCode::CONFLICT);
    let own = decide(&site, &path, "dismissed", "不成立").await;
    assert_eq!(own, StatusCode::CONFLICT);
    let done = site.send(&take, &other, &[("version", "1")]).await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    let done = decide_as(&site, "support-2", &path, ("dismissed", "不成立")).await;
    assert_eq!(done, StatusCode::SEE_OTHER);
    site.end().await;
}

async fn answer_appeal(site: &Site, who: &str, path: &str, outcome: &str) -> StatusCode {
    let staff = site.enter(who).await;
    let pairs = [("outcome", outcome), ("answer", "已核实（示例）")];
    site.send(&format!("/platform{path}/answer"), &staff, &pairs)
        .await
        .status()
}

#[tokio::test]
async fn a_ban_without_a_complaint_is_appealed_against_once_and_another_one_lifts_it() {
    let site = Site::start(Mode::Demo).await;
    let about = format!("account:{}", site.account("student-02").await);
    assert_eq!(ban(&site, &about, "0").await, StatusCode::SEE_OTHER);
    let banned = site.enter("student-02").await;
    let shut = site.get("/fairs", &banned).await.text().await.unwrap();
    let path = href(&shut, "/complaints/bans/");
    let list = site.page("/complaints", &banned).await;
    assert!(list.contains(&path) && !list.contains("/complaints/new"));
    let page = site.page(&path, &banned).await;
    assert!(page.contains("骂人，经核实（示例）") && page.contains("对这次限制不服"));
    let appeal = format!("{path}/appeal");
    let other = site.enter("student-01").await;
    hidden_from(&site, &path, &[&other]).await;
    let text = [("appeal", "那天我不在 <b>")];
    let answer = site.send(&appeal, &other, &text).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND, "not his");
    let empty = site.send(&appeal, &banned, &[("appeal", " ")]).await;
    assert_eq!(empty.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let (one, two) = tokio::join!(
        site.send(&appeal, &banned, &text),
        site.send(&appeal, &banned, &text)
    );
    let mut both = [one.status(), two.status()];
    both.sort();
    assert_eq!(both, [StatusCode::SEE_OTHER, StatusCode::CONFLICT]);
    assert!(
        !site.page(&path, &banned).await.contains("提交申诉"),
        "once"
    );
    // Whoever imposed it sees that another one has to decide.
    let support = site.enter("support").await;
    let desk = format!("/platform{path}");
    let list = site.page("/platform/complaints", &support).await;
    assert!(list.contains(&desk) && list.contains("须由同事处理"));
    let page = site.page(&desk, &support).await;
    assert!(page.contains("那天我不在 &#60;b&#62;") && page.contains("须由另一位同事复核"));
    assert!(!page.contains("提交答复") && !page.contains("现在没有其他客服"));
    second_of_the_support(&site, "disabled").await;
    assert!(
        site.page(&desk, &support)
            .await
            .contains("现在没有其他客服")
    );
    second_of_the_support(&site, "active").await;
    let own = answer_appeal(&site, "support", &path, "granted").await;
    assert_eq!(own, StatusCode::CONFLICT);
    let open = answer_appeal(&site, "support-2", &path, "open").await;
    assert_eq!(open, StatusCode::UNPROCESSABLE_ENTITY);
    let (one, two) = tokio::join!(
        answer_appeal(&site, "support-2", &path, "granted"),
        answer_appeal(&site, "support-2", &path, "refused")
    );
    let mut both = [one, two];
    both.sort();
    assert_eq!(both, [StatusCode::SEE_OTHER, StatusCode::CONFLICT]);
    let granted = one == StatusCode::SEE_OTHER;
    let status = site.get("/fairs", &banned).await.status();
    assert_eq!(
        status == StatusCode::OK,
        granted,
        "lifted with the decision"
    );
    assert!(site.page(&path, &banned).await.contains("已核实（示例）"));
    let told = "SELECT COUNT(*) FROM notifications WHERE event = 'X9'";
    assert_eq!(site.number(told).await, 1);
    let lifted = "SELECT COUNT(*) FROM audit_log WHERE action = 'ban.lift'";
    assert_eq!(site.number(lifted).await, i64::from(granted));
    let done = site.page("/platform/complaints?tab=done", &support).await;
    assert!(done.contains(&desk));
    site.end().await;
}

#[tokio::test]
async fn a_companys_administrator_appeals_against_its_ban_and_a_lifted_one_is_settled() {
    let site = Site::start(Mode::Demo).await;
    let about = format!("company:{}", company(&site, "interviewer-01").await);
    assert_eq!(ban(&site, &about, "30").await, StatusCode::SEE_OTHER);
    let admin = site.enter("interviewer-01").await;
    let path = href(&site.page("/complaints", &admin).await, "/complaints/bans/");
    let appeal = format!("{path}/appeal");
    let done = site.send(&appeal, &admin, &[("appeal", "没有收费")]).await;
    assert_eq!(location(&done), path);
    let refused = answer_appeal(&site, "support-2", &path, "refused").await;
    assert_eq!(refused, StatusCode::SEE_OTHER);
    let page = site.page(&path, &admin).await;
    assert!(page.contains("维持限制") && page.contains("已核实（示例）"));
    let again = site.send(&appeal, &admin, &[("appeal", "没有收费")]).await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
    let shut = site.get("/company", &admin).await.status();
    assert_eq!(shut, StatusCode::FORBIDDEN, "it stays");
    // A ban that is lifted by hand leaves no appeal behind that waits.
    let about = format!("account:{}", site.account("student-02").await);
    assert_eq!(ban(&site, &about, "0").await, StatusCode::SEE_OTHER);
    let banned = site.enter("student-02").await;
    let path = href(
        &site.page("/complaints", &banned).await,
        "/complaints/bans/",
    );
    let appeal = format!("{path}/appeal");
    site.send(&appeal, &banned, &[("appeal", "不是我")]).await;
    let support = site.enter("support").await;
    site.send(&format!("/platform{path}/lift"), &support, &[])
        .await;
    let page = site.page(&path, &banned).await;
    assert!(page.contains("申诉成立，已解除"), "{page}");
    site.end().await;
}
