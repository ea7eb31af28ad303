//! A student's résumé over real HTTP: writing it, two tabs, shields, what companies see.

#![expect(clippy::unwrap_used, reason = "tests")]

mod site;

use portal::Mode;
use reqwest::StatusCode;
use site::forms::{field, pdf};
use site::{Site, location};

const EDIT: &str = "/resume/edit/";

#[tokio::test]
async fn a_resume_is_written_section_by_section_and_says_what_is_missing() {
    let site = Site::start(Mode::Demo).await;
    // This one's résumé was left thin.
    let student = site.enter("student-40").await;
    let before = site.page("/resume", &student).await;
    assert!(
        before.contains("完整度达到 70% 才能申请视频面试"),
        "{before}"
    );
    let save = async |section: &str, pairs: &[(&str, &str)]| {
        let path = format!("{EDIT}{section}");
        let seen = field(&site.page(&path, &student).await, "seen");
        let mut all = vec![("seen", seen.as_str()), ("do", "save")];
        all.extend(pairs);
        let done = site.send(&path, &student, &all).await;
        assert_eq!(location(&done), "/resume", "{section}: {}", done.status());
    };
    save(
        "intent",
        &[("position", "测试工程师"), ("cities", "长沙、武汉")],
    )
    .await;
    let entry = |title: &'static str| {
        [
            ("title-0", title),
            ("role-0", "负责人"),
            ("from-0", "2025-3"),
            ("text-0", "做了"),
        ]
    };
    save("education", &entry("赣江理工大学")).await;
    save("projects", &entry("项目甲")).await;
    save("internships", &entry("实习乙")).await;
    save("campus", &entry("学生会")).await;
    save("skills", &[("words", "Rust、SQL")]).await;
    save("languages", &[("words", "英语六级")]).await;
    save("summary", &[("summary", "踏实")]).await;
    let after = site.page("/resume", &student).await;
    assert!(
        after.contains(">100%<") && !after.contains("才能申请"),
        "{after}"
    );
    assert!(after.contains("2025.03–至今") && after.contains("测试工程师 · 长沙 / 武汉"));
    site.end().await;
}

#[tokio::test]
async fn rows_come_and_go_without_a_script_and_nothing_typed_is_lost() {
    let site = Site::start(Mode::Demo).await;
    let student = site.enter("student-01").await;
    let path = format!("{EDIT}campus");
    let typed = [
        ("title-0", "学生会"),
        ("from-0", "去年"),
        ("text-0", "组织了迎新"),
        ("do", "add"),
    ];
    let page = site.send(&path, &student, &typed).await;
    assert_eq!(page.status(), StatusCode::OK);
    let html = page.text().await.unwrap();
    for part in ["学生会", "去年", "组织了迎新", "name=\"title-1\""] {
        assert!(html.contains(part), "{part}");
    }
    let both = [("title-0", "甲"), ("title-1", "乙"), ("do", "remove-0")];
    let html = site
        .send(&path, &student, &both)
        .await
        .text()
        .await
        .unwrap();
    assert!(html.contains("value=\"乙\"") && !html.contains("value=\"甲\""));
    let stored = site.page("/resume", &student).await;
    assert!(!stored.contains("组织了迎新"), "nothing was saved yet");
    let bad = [("title-0", "学生会"), ("from-0", "去年"), ("do", "save")];
    let page = site.send(&path, &student, &bad).await;
    assert_eq!(page.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let html = page.text().await.unwrap();
    assert!(html.contains("请按 2025.03 的样子填写年月") && html.contains("value=\"去年\""));
    site.end().await;
}

#[tokio::test]
async fn the_second_of_two_tabs_is_told_and_sees_both_texts() {
    let site = Site::start(Mode::Demo).await;
    let student = site.enter("student-01").await;
    let path = format!("{EDIT}summary");
    let seen = field(&site.page(&path, &student).await, "seen");
    let other = format!("{EDIT}languages");
    let other_seen = field(&site.page(&other, &student).await, "seen");
    let save = async |path: &str, field: &str, text: &str, seen: &str| {
        let pairs = [("seen", seen), (field, text), ("do", "save")];
        site.send(path, &student, &pairs).await
    };
    let first = save(&path, "summary", "第一个页面写的", &seen).await;
    assert_eq!(location(&first), "/resume");
    let second = save(&path, "summary", "第二个页面写的", &seen).await;
    assert_eq!(second.status(), StatusCode::CONFLICT);
    let html = second.text().await.unwrap();
    assert!(
        html.contains("第一个页面写的") && html.contains("第二个页面写的"),
        "{html}"
    );
    let stored = site.page("/resume", &student).await;
    assert!(stored.contains("第一个页面写的") && !stored.contains("第二个页面写的"));
    // Another section is no conflict, and saving once more decides.
    let apart = save(&other, "words", "英语", &other_seen).await;
    assert_eq!(location(&apart), "/resume");
    let again = save(&path, "summary", "第二个页面写的", &field(&html, "seen")).await;
    assert_eq!(location(&again), "/resume");
    let stored = site.page("/resume", &student).await;
    assert!(stored.contains("第二个页面写的") && stored.contains("英语"));
    site.end().await;
}

#[tokio::test]
async fn a_script_in_any_field_stays_text() {
    const EVIL: &str = "<script>alert(1)</script>";
    let site = Site::start(Mode::Demo).await;
    let student = site.enter("student-01").await;
    let entry = [
        ("title-0", EVIL),
        ("role-0", EVIL),
        ("from-0", "2025.03"),
        ("text-0", EVIL),
    ];
    let forms: [(&str, Vec<(&str, &str)>); 9] = [
        (
            "intent",
            vec![
                ("position", EVIL),
                ("cities", "<b>长沙"),
                ("pay", "<i>面议"),
            ],
        ),
        ("education", entry.to_vec()),
        ("internships", entry.to_vec()),
        ("projects", entry.to_vec()),
        ("campus", entry.to_vec()),
        ("skills", vec![("words", EVIL)]),
        ("certificates", vec![("words", EVIL)]),
        ("languages", vec![("words", EVIL)]),
        ("summary", vec![("summary", EVIL)]),
    ];
    for (section, mut pairs) in forms {
        let path = format!("{EDIT}{section}");
        let seen = field(&site.page(&path, &student).await, "seen");
        pairs.extend([("seen", seen.as_str()), ("do", "save")]);
        let done = site.send(&path, &student, &pairs).await;
        assert_eq!(location(&done), "/resume", "{section}");
        let form = site.page(&path, &student).await;
        assert!(!form.contains("<script>alert"), "{section}");
    }
    let (fair, booth) = site.booth("interviewer-01").await;
    let entry = site
        .entry("student-01", (fair, booth), ("applied", "waiting"), 1)
        .await;
    let now_ms = site.running.state.now_ms();
    site.sql(&format!("UPDATE queue_entries SET made_ms = {now_ms}"))
        .await;
    let interviewer = site.enter("interviewer-01").await;
    let sheet = format!("/room/{booth}/resume/{entry}");
    for (path, cookie) in [
        ("/resume", &student),
        ("/resume/preview", &student),
        ("/resume/preview?as=stranger", &student),
        (&sheet, &interviewer),
    ] {
        let html = site.page(path, cookie).await;
        assert!(
            !html.contains("<script>alert") && !html.contains("<b>长沙"),
            "{path}"
        );
        assert!(html.contains("alert(1)"), "{path}");
    }
    site.end().await;
}

#[tokio::test]
async fn a_shield_works_in_both_directions() {
    let site = Site::start(Mode::Demo).await;
    let (fair, booth) = site.booth("interviewer-01").await;
    let now_ms = site.running.state.now_ms();
    let entry = site
        .entry("student-01", (fair, booth), ("applied", "waiting"), now_ms)
        .await;
    let (student, interviewer) = (
        site.enter("student-01").await,
        site.enter("interviewer-01").await,
    );
    let sheet = format!("/room/{booth}/resume/{entry}");
    assert_eq!(
        site.get(&sheet, &interviewer).await.status(),
        StatusCode::OK
    );
    let page = site.page("/resume/shields?q=澄源", &student).await;
    let company = field(&page, "company");
    let done = site
        .send("/resume/shields", &student, &[("company", &company)])
        .await;
    assert_eq!(location(&done), "/resume/shields");
    // The company sees nothing, though he had applied; he sees no button to apply.
    assert_eq!(
        site.get(&sheet, &interviewer).await.status(),
        StatusCode::NOT_FOUND
    );
    let file = site.get(&format!("{sheet}/file"), &interviewer).await;
    assert_eq!(file.status(), StatusCode::NOT_FOUND);
    let at_booth = format!("/fairs/{fair}/booths/{booth}");
    let html = site.page(&at_booth, &student).await;
    assert!(
        html.contains("你屏蔽了这家企业") && !html.contains("data-apply"),
        "{html}"
    );
    // Other companies are not concerned.
    let (_, other) = site.booth("interviewer-04").await;
    let theirs = site
        .entry("student-01", (fair, other), ("applied", "waiting"), now_ms)
        .await;
    let stranger = site.enter("interviewer-04").await;
    let answer = site
        .get(&format!("/room/{other}/resume/{theirs}"), &stranger)
        .await;
    assert_eq!(answer.status(), StatusCode::OK);
    let done = site
        .send("/resume/shields/remove", &student, &[("company", &company)])
        .await;
    assert_eq!(location(&done), "/resume/shields");
    assert_eq!(
        site.get(&sheet, &interviewer).await.status(),
        StatusCode::OK
    );
    assert!(site.page(&at_booth, &student).await.contains("data-apply"));
    site.end().await;
}

#[tokio::test]
async fn who_was_only_invited_is_seen_masked_or_not_at_all() {
    let site = Site::start(Mode::Demo).await;
    let (fair, booth) = site.booth("interviewer-01").await;
    let now_ms = site.running.state.now_ms();
    let entry = site
        .entry("student-01", (fair, booth), ("invited", "invited"), now_ms)
        .await;
    let (student, interviewer) = (
        site.enter("student-01").await,
        site.enter("interviewer-01").await,
    );
    let sheet = format!("/room/{booth}/resume/{entry}");
    let html = site.page(&sheet, &interviewer).await;
    assert!(html.contains("陈**") && !html.contains("陈思远"), "{html}");
    let closed = site
        .send("/resume/visibility", &student, &[("visible", "applied")])
        .await;
    assert_eq!(location(&closed), "/resume");
    assert_eq!(
        site.get(&sheet, &interviewer).await.status(),
        StatusCode::NOT_FOUND
    );
    site.sql(&format!(
        "UPDATE queue_entries SET stage = 'waiting', joined_ms = {now_ms}, rank = 1"
    ))
    .await;
    let html = site.page(&sheet, &interviewer).await;
    assert!(html.contains("陈思远"), "he took the invitation");
    site.end().await;
}

#[tokio::test]
async fn the_own_pdf_is_shown_where_the_resume_is_and_can_be_taken_back() {
    let site = Site::start(Mode::Demo).await;
    let (fair, booth) = site.booth("interviewer-01").await;
    let now_ms = site.running.state.now_ms();
    let entry = site
        .entry("student-01", (fair, booth), ("applied", "waiting"), now_ms)
        .await;
    let (student, interviewer) = (
        site.enter("student-01").await,
        site.enter("interviewer-01").await,
    );
    let (_, answer) = site.upload(&student, ("resume", "陈.pdf"), pdf()).await;
    let reference = answer["reference"].as_str().unwrap();
    site.send("/resume/file", &student, &[("file", reference)])
        .await;
    let file = format!("/room/{booth}/resume/{entry}/file");
    let sheet = site
        .page(&format!("/room/{booth}/resume/{entry}"), &interviewer)
        .await;
    assert!(sheet.contains(&file), "{sheet}");
    let leads = site.get(&file, &interviewer).await;
    let link = location(&leads).to_owned();
    let bytes = site.get(&link, &interviewer).await.bytes().await.unwrap();
    assert_eq!(bytes, pdf());
    site.send("/resume/file/remove", &student, &[]).await;
    assert_eq!(
        site.get(&link, &interviewer).await.status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        site.get(&file, &interviewer).await.status(),
        StatusCode::NOT_FOUND
    );
    site.end().await;
}
