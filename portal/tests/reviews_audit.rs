//! The audit log: who may see what of it, that a look leaves a row, and the export (A107, P12).

#![expect(clippy::unwrap_used, reason = "tests")]

mod reviews_site;
mod site;

use base::db::on_db;
use portal::audit::Entry;
use portal::audit::log::{self, Scope, Wanted};
use portal::audit::purge::{self, KEEP_AT_LEAST_MS, KEEP_MS};
use portal::{Mode, ids};
use reqwest::StatusCode;
use reviews_site as desk;
use site::Site;

#[tokio::test]
async fn each_sees_the_part_that_is_his() {
    let site = Site::start(Mode::Demo).await;
    let state = &site.running.state;
    let now_ms = state.now_ms();
    let (school, company) = (
        desk::school(&site).await,
        desk::company(&site, "interviewer-01").await,
    );
    let (reviewer, staff) = (site.account("platform").await, site.account("school").await);
    for entry in [
        Entry::by(reviewer, "company.freeze", "company", &company),
        Entry::by(staff, "school.site", "school", &school),
        Entry::by(reviewer, "school.update", "school", &school),
        Entry::by(reviewer, "flag.set", "flag", &"sms_login"),
    ] {
        entry.write(&state.db, now_ms).await.unwrap();
    }
    let page = async |path: &str, who: &str| {
        let cookie = site.enter(who).await;
        let answer = site.get(path, &cookie).await;
        assert_eq!(answer.status(), StatusCode::OK, "{who}");
        let html = answer.text().await.unwrap();
        // The filters name every action; rows stand after them.
        html.split("<tbody>").nth(1).unwrap_or_default().to_owned()
    };
    let rows = page("/platform/audit", "finance").await;
    for text in ["冻结单位", "修改就业网站点", "设置功能开关", "舒平"] {
        assert!(rows.contains(text), "{text}");
    }
    let rows = page("/school/audit", "school").await;
    assert!(rows.contains("修改就业网站点") && rows.contains("何静安"));
    assert!(rows.contains("修改学校") && rows.contains("平台工作人员"));
    assert!(
        !rows.contains("舒平") && !rows.contains("冻结单位"),
        "{rows}"
    );
    let rows = page("/company/audit", "interviewer-01").await;
    assert!(rows.contains("冻结单位") && rows.contains("平台工作人员"));
    assert!(!rows.contains("设置功能开关") && !rows.contains("修改学校"));
    for (path, who) in [
        ("/company/audit", "interviewer-02"),
        ("/school/audit", "interviewer-01"),
        ("/platform/audit", "school"),
    ] {
        let cookie = site.enter(who).await;
        let answer = site.get(path, &cookie).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(desk::audited(&site, "audit.view", "all").await, 1);
    assert_eq!(
        desk::audited(&site, "audit.view", &school.to_string()).await,
        1
    );
    site.end().await;
}

#[tokio::test]
async fn a_company_sees_its_business_and_nothing_of_its_peoples_own() {
    let site = Site::start(Mode::Demo).await;
    let db = &site.running.state.db;
    let now_ms = site.running.state.now_ms();
    let company = desk::company(&site, "interviewer-01").await;
    let (hr, student) = (
        site.account("interviewer-02").await,
        site.account("student-01").await,
    );
    let applicant = site.account("applicant-02").await;
    on_db!(db.writer().await.unwrap(), c => sqlx::query(
        "UPDATE company_members SET company_id = $2, status = 'refused', created_ms = 0
         WHERE account_id = $1")
        .bind(applicant).bind(company).execute(c).await.map(drop))
    .unwrap();
    let (joined_ms,): (i64,) = on_db!(db, c => sqlx::query_as(
        "SELECT created_ms FROM company_members WHERE account_id = $1")
        .bind(hr).fetch_one(c).await)
    .unwrap();
    for (entry, at_ms) in [
        (Entry::by(hr, "resume.read", "resume", &"now"), now_ms),
        (
            Entry::by(hr, "resume.read", "resume", &"elsewhere"),
            joined_ms - 1,
        ),
        (Entry::by(hr, "complaint.file", "complaint", &"c"), now_ms),
        (Entry::by(hr, "privacy.export", "account", &hr), now_ms),
        (
            Entry::by(applicant, "session.begin", "account", &applicant),
            now_ms,
        ),
        (
            Entry::by(student, "resume.shield", "company", &company),
            now_ms,
        ),
    ] {
        entry.write(db, at_ms).await.unwrap();
    }
    let wanted = Wanted {
        to_ms: now_ms + 1,
        ..Wanted::default()
    };
    let rows = log::rows(db, Scope::Company(company), &wanted, None, 100)
        .await
        .unwrap();
    let saw = |action: &str| rows.iter().filter(|row| row.action == action).count();
    assert_eq!(saw("resume.read"), 1, "not what he did elsewhere");
    for action in ["complaint.file", "privacy.export", "resume.shield"] {
        assert_eq!(saw(action), 0, "{action}");
    }
    assert!(rows.iter().all(|row| row.actor_id != Some(applicant)));
    site.end().await;
}

#[tokio::test]
async fn a_school_sees_nothing_of_its_staffs_own() {
    let site = Site::start(Mode::Demo).await;
    let db = &site.running.state.db;
    let now_ms = site.running.state.now_ms();
    let school = desk::school(&site).await;
    let staff = site.account("school").await;
    for (action, at_ms) in [
        ("notice.create", now_ms),
        ("privacy.export", now_ms),
        ("complaint.file", now_ms),
        ("notice.update", 0),
    ] {
        Entry::by(staff, action, "thing", &"x")
            .write(db, at_ms)
            .await
            .unwrap();
    }
    let wanted = Wanted {
        to_ms: now_ms + 1,
        ..Wanted::default()
    };
    let rows = log::rows(db, Scope::School(school), &wanted, None, 100).await;
    let rows = rows.unwrap();
    let things = rows.iter().filter(|row| row.subject_kind == "thing");
    let actions: Vec<_> = things.map(|row| row.action.as_str()).collect();
    assert_eq!(actions, ["notice.create"]);
    site.end().await;
}

#[tokio::test]
async fn rows_are_filtered_paged_by_key_and_exported() {
    let site = Site::start(Mode::Demo).await;
    let state = &site.running.state;
    let by = site.account("operations").await;
    let now_ms = state.now_ms();
    for n in 0..230 {
        Entry::by(by, "flag.set", "flag", &format!("=flag-{n:03}"))
            .write(&state.db, now_ms - n / 7)
            .await
            .unwrap();
    }
    let cookie = site.enter("support").await;
    let mut path = "/platform/audit?action=flag.set&actor=%E7%A5%9D%E5%AE%89".to_owned();
    let mut seen = Vec::new();
    loop {
        let html = site.get(&path, &cookie).await.text().await.unwrap();
        let names = html
            .split("=flag-")
            .skip(1)
            .map(|part| part[..3].to_owned());
        seen.extend(names);
        let Some(next) = html
            .split("data-testid=\"next\"")
            .next()
            .filter(|_| html.contains("data-testid=\"next\""))
        else {
            break;
        };
        let link = next
            .rsplit("href=\"")
            .next()
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        path = link.replace("&#38;", "&").replace("&amp;", "&");
    }
    let mut unique = seen.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(
        (seen.len(), unique.len()),
        (230, 230),
        "none twice, none lost"
    );
    let password = portal::demo::seed::PASSWORD;
    let wish = [("action", "flag.set"), ("password", password)];
    let answer = site.send("/platform/audit/export", &cookie, &wish).await;
    assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8");
    let csv = answer.text().await.unwrap();
    assert_eq!(csv.lines().count(), 231);
    assert!(
        csv.contains("\"'=flag-000\"") && !csv.contains(",=flag"),
        "no formula"
    );
    assert_eq!(desk::audited(&site, "audit.export", "all").await, 1);
    let bad = site.get("/platform/audit?from=yesterday", &cookie).await;
    let html = bad.text().await.unwrap();
    assert!(html.contains("日期写作") && html.contains("yesterday"));
    site.end().await;
}

#[tokio::test]
async fn rows_go_after_three_years_and_never_before_six_months() {
    for test in base::db::testing::both().await {
        let db = &test.db;
        let now_ms = 1_795_305_600_000;
        for (age_ms, action) in [
            (KEEP_AT_LEAST_MS, "flag.set"),
            (KEEP_MS - 1, "flag.set"),
            (KEEP_MS + 1, "audit.view"),
            (KEEP_MS * 2, "audit.view"),
        ] {
            Entry::system(action, "flag", &"x")
                .write(db, now_ms - age_ms)
                .await
                .unwrap();
        }
        assert_eq!(
            purge::run_once(db, now_ms).await.unwrap(),
            2,
            "{}",
            db.kind()
        );
        assert_eq!(purge::run_once(db, now_ms).await.unwrap(), 0);
        let all = Wanted {
            to_ms: now_ms,
            ..Wanted::default()
        };
        let rows = log::rows(db, Scope::Platform, &all, None, 10)
            .await
            .unwrap();
        let actions: Vec<_> = rows.iter().map(|row| row.action.as_str()).collect();
        assert_eq!(actions, ["flag.set", "flag.set"]);
        let nobody = Scope::School(ids::SchoolId::new());
        assert!(
            log::rows(db, nobody, &all, None, 10)
                .await
                .unwrap()
                .is_empty()
        );
        let nobody = Scope::Company(ids::CompanyId::new());
        assert!(
            log::rows(db, nobody, &all, None, 10)
                .await
                .unwrap()
                .is_empty()
        );
    }
}
