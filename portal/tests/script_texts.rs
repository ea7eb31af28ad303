//! A script in every text field: wherever it is shown, it is shown as text.

#![expect(clippy::unwrap_used, reason = "tests")]

mod site;

use portal::Mode;
use reqwest::StatusCode;
use site::forms::{field, png};
use site::{Site, location};

const EVIL: &str = "\"><script>alert(7)</script>";
/// What is left of [`EVIL`] wherever it is shown.
const SHOWN: &str = "alert(7)";

fn harmless(html: &str, what: &str) {
    assert!(html.contains(SHOWN), "{what} does not show it: {html}");
    assert!(!html.contains("<script>alert"), "{what}: {html}");
}

/// These pages show it as text.
async fn pages_are_harmless(site: &Site, cookie: &str, paths: &[&str]) {
    for path in paths {
        harmless(&site.page(path, cookie).await, path);
    }
}

/// Sends each form with the script in each of its fields in turn. Whether it is refused or taken,
/// the form, or the page that shows what was saved, has it as text.
async fn typed(site: &Site, cookie: &str, cases: &[(&str, &str, &[&str])]) {
    for (path, shown, fields) in cases {
        for name in *fields {
            let mut pairs: Vec<(&str, &str)> = fields.iter().map(|one| (*one, "")).collect();
            for pair in pairs.iter_mut().filter(|pair| pair.0 == *name) {
                pair.1 = EVIL;
            }
            let answer = site.send(path, cookie, &pairs).await;
            let what = format!("{path}: {name}");
            match answer.status() {
                StatusCode::SEE_OTHER => harmless(&site.page(shown, cookie).await, &what),
                StatusCode::UNPROCESSABLE_ENTITY => {
                    harmless(&answer.text().await.unwrap(), &what);
                }
                other => panic!("{what}: {other}"),
            }
        }
    }
}

async fn company(site: &Site, member: &str) -> String {
    let account = site.account(member).await;
    let db = &site.running.state.db;
    let row = portal::accounts::store::member(db, account).await.unwrap();
    row.unwrap().company_id.to_string()
}

#[tokio::test]
async fn scripts_in_complaints_answers_appeals_and_file_names_stay_text() {
    let site = Site::start(Mode::Demo).await;
    let (student, admin, support) = (
        site.enter("student-01").await,
        site.enter("interviewer-01").await,
        site.enter("support").await,
    );
    let about = format!("company:{}", company(&site, "interviewer-01").await);
    let (_, upload) = site.upload(&student, ("evidence", "截图.png"), png()).await;
    let pairs = [
        ("about", about.as_str()),
        ("category", "money"),
        ("body", EVIL),
        ("evidence1", upload["reference"].as_str().unwrap()),
    ];
    let filed = site.send("/complaints/new", &student, &pairs).await;
    let path = location(&filed).to_owned();
    let desk = format!("/platform{path}");
    site.sql(&format!(
        "UPDATE files SET name = '{EVIL}.png' WHERE subject_kind = 'complaint'"
    ))
    .await;
    pages_are_harmless(&site, &student, &[&path]).await;
    pages_are_harmless(&site, &support, &[&desk]).await;
    let bad = [
        ("about", about.as_str()),
        ("body", EVIL),
        ("evidence1_name", EVIL),
    ];
    let page = site.send("/complaints/new", &student, &bad).await;
    harmless(&page.text().await.unwrap(), "the form that came back");
    let version = field(&site.page(&desk, &support).await, "version");
    let pairs = [
        ("version", version.as_str()),
        ("outcome", "upheld"),
        ("answer", EVIL),
    ];
    let answered = site.send(&format!("{desk}/answer"), &support, &pairs).await;
    assert_eq!(answered.status(), StatusCode::SEE_OTHER);
    pages_are_harmless(&site, &admin, &[&path]).await;
    let version = field(&site.page(&path, &admin).await, "version");
    let pairs = [("version", version.as_str()), ("appeal", EVIL)];
    let appealed = site.send(&format!("{path}/appeal"), &admin, &pairs).await;
    assert_eq!(appealed.status(), StatusCode::SEE_OTHER);
    pages_are_harmless(&site, &admin, &[&path]).await;
    pages_are_harmless(&site, &support, &[&desk]).await;
    site.end().await;
}

#[tokio::test]
async fn scripts_in_reasons_of_bans_and_freezes_stay_text() {
    let site = Site::start(Mode::Demo).await;
    let (support, keeper) = (site.enter("support").await, site.enter("operations").await);
    let about = format!("account:{}", site.account("student-01").await);
    let path = "/platform/complaints/bans/new";
    let pairs = [("about", about.as_str()), ("reason", EVIL), ("term", "8")];
    let refused = site.send(path, &support, &pairs).await;
    harmless(&refused.text().await.unwrap(), path);
    let pairs = [("about", about.as_str()), ("reason", EVIL), ("term", "7")];
    let done = site.send(path, &support, &pairs).await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    pages_are_harmless(&site, &support, &["/platform/complaints/bans"]).await;
    let banned = site.enter("student-01").await;
    let page = site.get("/fairs", &banned).await;
    harmless(&page.text().await.unwrap(), "the page of a banned account");
    let company = company(&site, "interviewer-01").await;
    let path = format!("/platform/companies/{company}");
    let version = field(&site.page(&path, &keeper).await, "version");
    let pairs = [("version", version.as_str()), ("reason", EVIL)];
    let frozen = site.send(&format!("{path}/freeze"), &keeper, &pairs).await;
    if frozen.status() == StatusCode::UNPROCESSABLE_ENTITY {
        harmless(&frozen.text().await.unwrap(), &path);
    } else {
        pages_are_harmless(&site, &keeper, &[&path]).await;
    }
    site.end().await;
}

#[tokio::test]
async fn scripts_in_the_forms_of_a_company_stay_text() {
    let site = Site::start(Mode::Demo).await;
    let admin = site.enter("interviewer-01").await;
    let hr = site.account("interviewer-02").await;
    let change = format!("/company/members/{hr}");
    let member: &[&str] = &["person", "nickname", "department", "mobile"];
    let invoice: &[&str] = &["title", "tax_number", "email", "address", "bank"];
    let cases: [(&str, &str, &[&str]); 4] = [
        ("/company/members", "/company/members", member),
        (
            &change,
            "/company/members",
            &["person", "nickname", "department"],
        ),
        (
            "/company/guests",
            "/company/guests",
            &["nickname", "mobile"],
        ),
        ("/company/invoice", "/company/invoice", invoice),
    ];
    typed(&site, &admin, &cases).await;
    site.end().await;
}

#[tokio::test]
async fn a_script_as_a_name_stays_text_in_the_frame_and_on_lists() {
    let site = Site::start(Mode::Demo).await;
    let admin = site.enter("interviewer-01").await;
    typed(
        &site,
        &admin,
        &[("/account", "/account", &["nickname", "department"])],
    )
    .await;
    for who in ["interviewer-01", "interviewer-02", "student-01"] {
        let account = site.account(who).await;
        site.sql(&format!(
            "UPDATE accounts SET nickname = '{EVIL}', department = '{EVIL}', real_name = '{EVIL}'
             WHERE id = '{account}'"
        ))
        .await;
    }
    let guest = format!("/company/members/{}", site.account("interviewer-02").await);
    let paths = ["/account", "/company", "/company/members", guest.as_str()];
    pages_are_harmless(&site, &admin, &paths).await;
    site.end().await;
}

#[tokio::test]
async fn scripts_in_the_forms_of_the_platform_stay_text() {
    let site = Site::start(Mode::Demo).await;
    let boss = site.enter("operations").await;
    let staff: &[&str] = &["name", "mobile", "email", "department"];
    let entry: &[&str] = &["code", "label"];
    let list = site.page("/platform/dictionaries", &boss).await;
    let list = site::forms::href(&list, "/platform/dictionaries/");
    let entries = format!("{list}/entries");
    let cases: [(&str, &str, &[&str]); 4] = [
        ("/platform/staff", "/platform/staff", staff),
        (&entries, &list, entry),
        ("/platform/calendar/days", "/platform/calendar", &["name"]),
        (
            "/platform/calendar/import",
            "/platform/calendar",
            &["text", "source"],
        ),
    ];
    typed(&site, &boss, &cases).await;
    site.end().await;
}

#[tokio::test]
async fn a_script_as_an_uploads_name_stays_text_for_the_reviewer() {
    let site = Site::start(Mode::Demo).await;
    let reviewer = site.enter("platform").await;
    site.sql(&format!("UPDATE files SET name = '{EVIL}.png'"))
        .await;
    site.sql(&format!("UPDATE reviews SET title = '{EVIL}'"))
        .await;
    pages_are_harmless(&site, &reviewer, &["/platform/reviews"]).await;
    let list = site.page("/platform/reviews", &reviewer).await;
    let one = site::forms::href(&list, "/platform/reviews/0");
    pages_are_harmless(&site, &reviewer, &[&one]).await;
    site.end().await;
}
