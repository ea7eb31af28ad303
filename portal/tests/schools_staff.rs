//! A school's own staff over real HTTP: who sees which students, who changes what.

#![expect(clippy::unwrap_used, reason = "tests")]

mod companies_site;
mod site;

use std::time::Duration;

use base::db::on_db;
use companies_site::{Form, encode};
use portal::Mode;
use reqwest::StatusCode;
use site::{Site, location};

const SCRIPT: &str = "<script>alert(1)</script>";

/// The facts of a demo student as the form has them.
async fn facts(site: &Site, who: &str, cookie: &str) -> (String, Form) {
    let path = format!("/school/students/{}", site.account(who).await);
    let page = site.page(&path, cookie).await;
    let value = |name: &str| {
        let part = page.split(&format!("name=\"{name}\"")).nth(1).unwrap();
        let part = part.split("value=\"").nth(1).unwrap();
        part.split('"').next().unwrap().to_owned()
    };
    let form = Form::new(&[
        ("student_no", &value("student_no")),
        ("name", &value("name")),
        ("degree", "master"),
        ("faculty", "微电子学院"),
        ("major", &value("major")),
        ("grad_year", &value("grad_year")),
        ("version", &value("version")),
    ]);
    (path, form)
}

#[tokio::test]
async fn the_workbench_shows_what_waits_and_the_running_fair() {
    let site = Site::start(Mode::Demo).await;
    let office = site.page("/school", &site.enter("school").await).await;
    for words in [
        "待审核",
        "入驻企业",
        "2027 届秋季视频双选会",
        "/console",
        "已注册 40",
        "最近导入",
    ] {
        assert!(office.contains(words), "{words}");
    }
    let faculty = site.page("/school", &site.enter("faculty").await).await;
    assert!(faculty.contains("未注册") && !faculty.contains("待审核"));
    assert!(!faculty.contains("最近导入"));
    site.end().await;
}

#[tokio::test]
async fn faculty_staff_see_and_change_their_own_students_only() {
    let site = Site::start(Mode::Demo).await;
    let faculty = site.enter("faculty").await;
    let list = site.page("/school/students", &faculty).await;
    assert!(list.contains("陈思远") && !list.contains("欧阳若曦"));
    let asked = format!(
        "/school/students?faculty={}&q={}",
        encode("信息工程学院"),
        encode("欧阳")
    );
    assert!(
        site.page(&asked, &faculty)
            .await
            .contains("没有符合条件的学生")
    );
    let other = site.account("student-02").await;
    let standing = Form::new(&[("standing", "left")]);
    for (path, form) in [
        (format!("/school/students/{other}/standing"), standing),
        (format!("/school/students/{other}/reset"), Form::default()),
        (format!("/school/students/{other}"), Form::default()),
    ] {
        let answer = site.submit(&path, &faculty, &form).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let seen = site
        .get(&format!("/school/students/{other}"), &faculty)
        .await;
    assert_eq!(seen.status(), StatusCode::NOT_FOUND);
    let (path, form) = facts(&site, "student-01", &faculty).await;
    let moved = form
        .with("faculty", "信息工程学院")
        .with("class_name", "一班");
    let done = site.submit(&path, &faculty, &moved).await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    let page = site.page(&path, &faculty).await;
    assert!(
        page.contains("一班") && page.contains("微电子学院"),
        "still theirs"
    );
    for path in [
        "/school/companies",
        "/school/notices",
        "/school/site",
        "/school/staff",
        "/school/students/import",
    ] {
        assert_eq!(
            site.get(path, &faculty).await.status(),
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
    site.end().await;
}

#[tokio::test]
async fn another_schools_students_are_not_there() {
    let site = Site::start(Mode::Demo).await;
    let office = site.enter("school").await;
    let foreign = site.account("other-student").await;
    let path = format!("/school/students/{foreign}");
    assert_eq!(
        site.get(&path, &office).await.status(),
        StatusCode::NOT_FOUND
    );
    for action in ["", "/standing", "/reset"] {
        let form = Form::new(&[("standing", "left")]);
        let answer = site
            .submit(&format!("{path}{action}"), &office, &form)
            .await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{action}");
    }
    assert!(
        !site
            .page("/school/students", &office)
            .await
            .contains("苏念")
    );
    let other = site.enter("school-2").await;
    assert!(site.page(&path, &other).await.contains("苏念"));
    site.end().await;
}

#[tokio::test]
async fn students_are_filtered_and_shown_without_their_numbers() {
    let site = Site::start(Mode::Demo).await;
    let office = site.enter("school").await;
    let list = async |query: &str| {
        site.page(&format!("/school/students?{query}"), &office)
            .await
    };
    assert!(list("").await.contains("共 41 条"));
    assert!(list("state=unregistered").await.contains("林晚舟"));
    assert!(list("state=registered").await.contains("共 40 条"));
    assert!(list("degree=doctor").await.contains("慕容清越"));
    assert!(list("year=2026").await.contains("没有符合条件的学生"));
    let found = list(&format!("q={}", encode("古丽"))).await;
    assert!(found.contains("古丽娜尔·阿布都热西提") && found.contains("共 1 条"));
    assert!(list("q=%25").await.contains("没有符合条件的学生"));
    let injected = list(&format!("q={}", encode(SCRIPT))).await;
    assert!(!injected.contains(SCRIPT));
    let page = list("").await;
    assert!(page.contains("199****"), "numbers are masked");
    site.end().await;
}

#[tokio::test]
async fn facts_are_checked_and_a_second_editor_is_told() {
    let site = Site::start(Mode::Demo).await;
    let office = site.enter("school").await;
    let (path, form) = facts(&site, "student-01", &office).await;
    let bad = form
        .clone()
        .with("name", SCRIPT)
        .with("grad_year", "27")
        .with("degree", "x");
    let refused = site.submit(&path, &office, &bad).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let text = refused.text().await.unwrap();
    assert!(text.contains("毕业年份须为四位年份") && text.contains("请选择学历"));
    assert!(!text.contains(SCRIPT));
    let taken = form.clone().with("student_no", "202400002");
    let refused = site.submit(&path, &office, &taken).await;
    assert!(
        refused
            .text()
            .await
            .unwrap()
            .contains("这个学号已属于另一名学生")
    );
    let renamed = form
        .clone()
        .with("name", "陈思遠")
        .with("major", "<b>x</b>");
    let done = site.submit(&path, &office, &renamed).await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    let page = site.page(&path, &office).await;
    assert!(page.contains("陈思遠") && !page.contains("<b>x</b>"));
    let late = site
        .submit(&path, &office, &form.with("major", "我的专业"))
        .await;
    assert_eq!(late.status(), StatusCode::CONFLICT);
    let text = late.text().await.unwrap();
    assert!(text.contains("data-testid=\"conflict\"") && text.contains("我的专业"));
    site.end().await;
}

#[tokio::test]
async fn a_student_who_left_takes_part_in_no_fair() {
    let site = Site::start(Mode::Demo).await;
    let (office, student) = (site.enter("school").await, site.enter("student-01").await);
    assert!(site.page("/fairs", &student).await.contains("已获准"));
    let id = site.account("student-01").await;
    let path = format!("/school/students/{id}/standing");
    let left = site
        .submit(&path, &office, &Form::new(&[("standing", "left")]))
        .await;
    assert_eq!(left.status(), StatusCode::SEE_OTHER);
    assert!(site.page("/fairs", &student).await.contains("未获准"));
    let odd = site
        .submit(&path, &office, &Form::new(&[("standing", "x")]))
        .await;
    assert_eq!(odd.status(), StatusCode::UNPROCESSABLE_ENTITY);
    site.end().await;
}

#[tokio::test]
async fn a_reset_binding_ends_every_way_in() {
    let site = Site::start(Mode::Demo).await;
    let (office, student) = (site.enter("school").await, site.enter("student-01").await);
    let id = site.account("student-01").await;
    let path = format!("/school/students/{id}");
    let done = site
        .submit(&format!("{path}/reset"), &office, &Form::default())
        .await;
    assert_eq!(location(&done), path);
    let told = "SELECT COUNT(*) FROM notification_sends WHERE event = 'X8' AND channel = 'sms'
        AND target IS NOT NULL AND args LIKE '%school%'";
    assert_eq!(site.number(told).await, 1, "the old number hears of it");
    let out = site.get("/fairs", &student).await;
    assert!(location(&out).starts_with("/login"), "signed out");
    let login = site.login("student-01", "Pinhui-2027").await;
    assert_eq!(login.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(site.page(&path, &office).await.contains("未注册"));
    let again = site
        .submit(&format!("{path}/reset"), &office, &Form::default())
        .await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
    site.end().await;
}

#[tokio::test]
async fn a_look_at_a_student_is_written_down() {
    let site = Site::start(Mode::Demo).await;
    let office = site.enter("school").await;
    let (student, staff) = (
        site.account("student-01").await,
        site.account("school").await,
    );
    site.page(&format!("/school/students/{student}"), &office)
        .await;
    let rows = portal::audit::of(&site.running.state.db, "account", &student.to_string())
        .await
        .unwrap();
    let seen = rows
        .iter()
        .any(|row| row.action == "student.view" && row.actor_id == Some(staff));
    assert!(seen, "{rows:?}");
    site.end().await;
}

fn new_staff(mobile: &str, role: &str, faculty: &str) -> Form {
    Form::new(&[
        ("name", "秦小岚"),
        ("mobile", mobile),
        ("department", SCRIPT),
        ("role", role),
        ("faculty", faculty),
    ])
}

/// The link in message number `count` opens for its owner.
async fn sets_his_password(site: &Site, mobile: &str, count: usize) {
    let emulators = site.running.state.emulators.as_ref().unwrap();
    let sent = || {
        let received = emulators.sms.emulator.received();
        let texts = received.iter().filter(|sms| sms.number == mobile);
        let links = texts.filter_map(|sms| sms.text.split_once("/reset/"));
        let (_, rest) = links.collect::<Vec<_>>().get(count - 1).copied()?;
        let token: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
        Some(format!("/reset/{token}"))
    };
    let came = async {
        loop {
            if let Some(link) = sent() {
                return link;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let link = tokio::time::timeout(Duration::from_secs(20), came)
        .await
        .expect("it came in time");
    assert!(site.page(&link, "").await.contains("139****0055"));
}

#[tokio::test]
async fn staff_are_added_changed_and_disabled_and_one_office_member_stays() {
    let site = Site::start(Mode::Demo).await;
    let office = site.enter("school").await;
    let bad = new_staff("139", "faculty", "");
    let refused = site.submit("/school/staff", &office, &bad).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let text = refused.text().await.unwrap();
    assert!(text.contains("11 位数字") && text.contains("请填写学院") && text.contains("秦小岚"));
    let form = new_staff("13900000055", "faculty", "计算机学院");
    let done = site.submit("/school/staff", &office, &form).await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    let text = site.page(location(&done), &office).await;
    assert!(text.contains("尾号 0055") && text.contains("院系 · 计算机学院"));
    assert!(!text.contains("/reset/"), "nobody else sees the link");
    assert!(!text.contains(SCRIPT));
    let twice = site.submit("/school/staff", &office, &form).await;
    assert!(twice.text().await.unwrap().contains("这个手机号已有账号"));
    let id = site.by_mobile("13900000055").await;
    let path = format!("/school/staff/{id}");
    let role = Form::new(&[("action", "role"), ("role", "school")]);
    let promoted = site.submit(&path, &office, &role).await;
    assert_eq!(location(&promoted), "/school/staff");
    let link = site
        .submit(&format!("{path}/link"), &office, &Form::default())
        .await;
    let text = site.page(location(&link), &office).await;
    assert!(text.contains("尾号 0055") && !text.contains("/reset/"));
    sets_his_password(&site, "13900000055", 2).await;
    let disable = Form::new(&[("action", "disable")]);
    let gone = site.submit(&path, &office, &disable).await;
    assert_eq!(gone.status(), StatusCode::SEE_OTHER);
    assert!(site.page("/school/staff", &office).await.contains("已停用"));
    let own = format!("/school/staff/{}", site.account("school").await);
    let refused = site.submit(&own, &office, &disable).await;
    assert_eq!(
        refused.status(),
        StatusCode::CONFLICT,
        "nobody locks himself out"
    );
    let other = site.enter("school-2").await;
    for path in [path.clone(), format!("{path}/link")] {
        let foreign = site
            .submit(&path, &other, &Form::new(&[("action", "enable")]))
            .await;
        assert_eq!(foreign.status(), StatusCode::NOT_FOUND, "{path}");
    }
    site.end().await;
}

#[tokio::test]
async fn the_sites_texts_are_checked_and_escaped() {
    let site = Site::start(Mode::Demo).await;
    let office = site.enter("school").await;
    let form = Form::new(&[
        ("intro", SCRIPT),
        ("address", "<b>学府路</b>"),
        ("tel", "0791-88880001"),
        ("email", "Job@ganjiang.example"),
        ("version", "3"),
    ]);
    let bad = form
        .clone()
        .with("tel", "12345")
        .with("email", "x")
        .with("intro", &"长".repeat(1001));
    let refused = site.submit("/school/site", &office, &bad).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let text = refused.text().await.unwrap();
    assert!(
        text.contains("最多 1000 个字") && text.contains("请填写固定电话") && text.contains("@")
    );
    let done = site.submit("/school/site", &office, &form).await;
    assert_eq!(location(&done), "/school/site");
    let page = site.page("/s/demo", "").await;
    assert!(page.contains("0791-88880001") && page.contains("job@ganjiang.example"));
    assert!(!page.contains(SCRIPT) && !page.contains("<b>学府路"));
    let late = site.submit("/school/site", &office, &form).await;
    assert_eq!(late.status(), StatusCode::CONFLICT);
    site.end().await;
}

#[tokio::test]
async fn a_disabled_staff_member_is_signed_out() {
    let site = Site::start(Mode::Demo).await;
    let (office, faculty) = (site.enter("school").await, site.enter("faculty").await);
    let path = format!("/school/staff/{}", site.account("faculty").await);
    let disable = Form::new(&[("action", "disable")]);
    site.submit(&path, &office, &disable).await;
    assert!(location(&site.get("/school", &faculty).await).starts_with("/login"));
    let db = &site.running.state.db;
    let (sessions,): (i64,) = on_db!(db, c => sqlx::query_as(
        "SELECT COUNT(*) FROM sessions WHERE account_id = $1")
        .bind(site.account("faculty").await).fetch_one(c).await)
    .unwrap();
    assert_eq!(sessions, 0);
    site.end().await;
}
