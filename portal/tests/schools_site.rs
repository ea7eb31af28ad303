//! Schools' public sites over real HTTP, and what is published on them.

#![expect(clippy::unwrap_used, reason = "tests")]

mod companies_site;
mod site;

use companies_site::{Form, encode};
use portal::Mode;
use portal::demo::schools::HOST;
use reqwest::StatusCode;
use reqwest::header;
use site::{Site, location};

const SCRIPT: &str = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>";

/// A page under a `Host` header of the test's.
async fn by_host(site: &Site, host: &str) -> (StatusCode, String, String) {
    let answer = site
        .client
        .get(site.url("/"))
        .header(header::HOST, host)
        .send()
        .await
        .unwrap();
    let (status, to) = (answer.status(), location(&answer).to_owned());
    (status, to, answer.text().await.unwrap())
}

#[tokio::test]
async fn a_school_has_its_site_by_code_and_by_host() {
    let site = Site::start(Mode::Demo).await;
    let home = site.page("/s/demo", "").await;
    for words in [
        "赣江理工大学就业信息网",
        "2027 届秋季视频双选会学生参会须知",
        "澄源半导体（示例）2027 届校园宣讲会",
        "模拟电路设计工程师",
        "/register/student?school=demo",
        "/register/company?school=demo",
        "/login?school=demo",
    ] {
        assert!(home.contains(words), "{words}");
    }
    for host in [HOST.to_owned(), format!("{}:8443", HOST.to_uppercase())] {
        let (status, _, page) = by_host(&site, &host).await;
        assert_eq!(status, StatusCode::OK, "{host}");
        assert!(page.contains("赣江理工大学就业信息网"), "{host}");
    }
    let other = site.page("/s/xiangbin", "").await;
    assert!(
        !other.contains("模拟电路设计工程师"),
        "only companies that joined"
    );
    for path in ["/s/none", "/s/none/jobs", "/s/DEMO%2f"] {
        let answer = site.get(path, "").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
    site.end().await;
}

#[tokio::test]
async fn a_forged_host_shows_no_school_and_is_not_repeated() {
    let site = Site::start(Mode::Serve).await;
    for host in [
        "evil.example",
        "x%00.example",
        "a.example@evil.test",
        "[::1]:80",
        "1.2.3.4",
    ] {
        let (status, to, page) = by_host(&site, host).await;
        assert_eq!((status, to.as_str()), (StatusCode::OK, ""), "{host}");
        assert!(page.contains("选择你的学校"), "{host}");
        assert!(!page.contains("evil") && !page.contains(host), "{host}");
    }
    site.end().await;
}

#[tokio::test]
async fn the_first_page_lists_schools_and_who_runs_the_platform() {
    let site = Site::start_with(Mode::Demo, |config| {
        config.site = portal::config::SiteConfig::sample();
    })
    .await;
    assert_eq!(location(&site.get("/", "").await), "/demo");
    let found = site.page(&format!("/?q={}", encode("湘滨")), "").await;
    assert!(found.contains("湘滨师范学院") && !found.contains("赣江理工"));
    let none = site.page("/?q=100%25_", "").await;
    assert!(none.contains("没有找到学校"));
    for path in ["/?q=a", "/s/demo", "/s/demo/jobs", "/register/student"] {
        let page = site.page(path, "").await;
        assert!(page.contains("人力资源服务许可证：（示例）"), "{path}");
        assert!(page.contains("示例 ICP 备"), "{path}");
    }
    let student = site.enter("student-01").await;
    assert_eq!(location(&site.get("/", &student).await), "/fairs");
    site.end().await;
}

#[tokio::test]
async fn jobs_are_filtered_by_the_address() {
    let site = Site::start(Mode::Demo).await;
    let jobs = async |query: &str| site.page(&format!("/s/demo/jobs?{query}"), "").await;
    let all = jobs("").await;
    assert!(all.contains("版图设计实习生") && all.contains("共 15 条"));
    let interns = jobs("kind=internship").await;
    assert!(interns.contains("版图设计实习生") && !interns.contains("运动控制算法工程师"));
    let city = jobs(&format!("city={}&degree=master", encode("长沙"))).await;
    assert!(city.contains("模拟电路设计工程师") && !city.contains("嵌入式软件开发工程师"));
    let company = jobs(&format!("q={}", encode("禾木"))).await;
    assert!(company.contains("发酵工艺研究员") && company.contains("共 2 条"));
    for odd in [
        "q=%25",
        "kind=x&degree=x&page=-3&city=%5C",
        "page=99999999999999999999",
    ] {
        let page = site.get(&format!("/s/demo/jobs?{odd}"), "").await;
        assert_eq!(page.status(), StatusCode::OK, "{odd}");
    }
    assert!(jobs("q=%25").await.contains("没有符合条件的职位"));
    let injected = jobs(&format!("q={}", encode(SCRIPT))).await;
    assert!(!injected.contains("<script>alert") && !injected.contains("<img"));
    let id = all.split("/s/demo/jobs/").nth(1).unwrap()[..36].to_owned();
    let job = site.page(&format!("/s/demo/jobs/{id}"), "").await;
    assert!(job.contains("职位描述"));
    let elsewhere = site.get(&format!("/s/xiangbin/jobs/{id}"), "").await;
    assert_eq!(elsewhere.status(), StatusCode::NOT_FOUND);
    site.end().await;
}

#[tokio::test]
async fn a_blocked_companys_jobs_leave_the_site() {
    let site = Site::start(Mode::Demo).await;
    let office = site.enter("school").await;
    let company = site.company("澄源半导体（示例）").await;
    let path = format!("/school/companies/{company}");
    let refused = site
        .submit(
            &format!("{path}/block"),
            &office,
            &Form::new(&[("reason", " ")]),
        )
        .await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().await.unwrap().contains("请填写原因"));
    let reason = Form::new(&[("reason", SCRIPT)]);
    let done = site
        .submit(&format!("{path}/block"), &office, &reason)
        .await;
    assert_eq!(location(&done), "/school/companies");
    assert!(
        !site
            .page("/s/demo/jobs", "")
            .await
            .contains("模拟电路设计工程师")
    );
    let list = site.page("/school/companies?status=blocked", &office).await;
    assert!(list.contains("澄源半导体") && list.contains("&#60;script&#62;"));
    assert!(!list.contains("<script>alert"));
    let admin = site.account("interviewer-01").await;
    let told = site.told(admin).await;
    assert!(
        told.iter()
            .any(|(event, args)| event == "N6" && args["result"] == "已拉黑")
    );
    let again = site
        .submit(&format!("{path}/block"), &office, &reason)
        .await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
    let other = site.enter("school-2").await;
    let foreign = site
        .submit(&format!("{path}/unblock"), &other, &Form::default())
        .await;
    assert_eq!(foreign.status(), StatusCode::NOT_FOUND);
    let back = site
        .submit(&format!("{path}/unblock"), &office, &Form::default())
        .await;
    assert_eq!(back.status(), StatusCode::SEE_OTHER);
    let list = site
        .page("/school/companies?status=cancelled", &office)
        .await;
    assert!(
        list.contains("澄源半导体"),
        "it may ask again, it has not joined"
    );
    site.end().await;
}

fn notice(action: &str) -> Form {
    Form::new(&[
        ("kind", "talk"),
        ("title", SCRIPT),
        (
            "body",
            "第一段 https://job.example/a?b=1&c=2，\n\njavascript:alert(1)\n<b>粗体</b>",
        ),
        ("starts", "2030-11-26T14:30"),
        ("place", "<i>科技楼</i>"),
        ("version", "1"),
        ("action", action),
    ])
}

/// The first notice of the list that has these words in its title.
async fn notice_id(site: &Site, office: &str) -> String {
    let list = site.page("/school/notices", office).await;
    let at = list.find("alert(").unwrap();
    let before = &list[..at];
    let start = before.rfind("/school/notices/").unwrap() + "/school/notices/".len();
    before[start..start + 36].to_owned()
}

#[tokio::test]
async fn a_notice_is_written_previewed_published_and_withdrawn() {
    let site = Site::start(Mode::Demo).await;
    let office = site.enter("school").await;
    let bare = Form::new(&[
        ("kind", "talk"),
        ("title", "宣讲"),
        ("body", "正文"),
        ("action", "publish"),
    ]);
    let refused = site.submit("/school/notices", &office, &bare).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let text = refused.text().await.unwrap();
    assert!(text.contains("请填写时间") && text.contains("请填写地点") && text.contains("正文"));
    let preview = site
        .submit("/school/notices", &office, &notice("preview"))
        .await;
    let text = preview.text().await.unwrap();
    assert!(
        text.contains("href=\"https://job.example/a?b=1&#38;c=2\""),
        "a link"
    );
    assert!(!text.contains("<script>alert") && !text.contains("href=\"javascript"));
    let saved = site
        .submit("/school/notices", &office, &notice("save"))
        .await;
    assert_eq!(location(&saved), "/school/notices");
    let id = notice_id(&site, &office).await;
    let public = format!("/s/demo/notices/{id}");
    assert_eq!(
        site.get(&public, "").await.status(),
        StatusCode::NOT_FOUND,
        "a draft"
    );
    let own = format!("/school/notices/{id}");
    let published = site.submit(&own, &office, &notice("publish")).await;
    assert_eq!(published.status(), StatusCode::SEE_OTHER);
    let page = site.page(&public, "").await;
    assert!(page.contains("2030-11-26 周二 14:30") && page.contains("&#60;i&#62;科技楼"));
    assert!(!page.contains("<script>alert") && !page.contains("<b>粗体"));
    assert_eq!(
        site.get(&format!("/s/xiangbin/notices/{id}"), "")
            .await
            .status(),
        StatusCode::NOT_FOUND
    );
    let stale = Form::new(&[("status", "withdrawn"), ("version", "1")]);
    let conflict = site.submit(&format!("{own}/status"), &office, &stale).await;
    assert_eq!(conflict.status(), StatusCode::CONFLICT);
    let other = site.enter("school-2").await;
    let withdrawn = stale.with("version", "3");
    for path in [own.clone(), format!("{own}/status")] {
        let foreign = site
            .submit(&path, &other, &notice("save").with("status", "withdrawn"))
            .await;
        assert_eq!(foreign.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let done = site
        .submit(&format!("{own}/status"), &office, &withdrawn)
        .await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    assert_eq!(site.get(&public, "").await.status(), StatusCode::NOT_FOUND);
    site.end().await;
}

#[tokio::test]
async fn of_two_who_edit_a_notice_the_second_keeps_his_text_and_is_told() {
    let site = Site::start(Mode::Demo).await;
    let office = site.enter("school").await;
    site.submit("/school/notices", &office, &notice("save"))
        .await;
    let own = format!("/school/notices/{}", notice_id(&site, &office).await);
    let first = site.submit(&own, &office, &notice("save")).await;
    assert_eq!(first.status(), StatusCode::SEE_OTHER);
    let mine = notice("save").with("body", "我的版本");
    let second = site.submit(&own, &office, &mine).await;
    assert_eq!(second.status(), StatusCode::CONFLICT);
    let page = second.text().await.unwrap();
    assert!(page.contains("data-testid=\"conflict\"") && page.contains("我的版本"));
    assert!(
        page.contains("name=\"version\" value=\"2\""),
        "saving again is deliberate"
    );
    let again = site.submit(&own, &office, &mine.with("version", "2")).await;
    assert_eq!(again.status(), StatusCode::SEE_OTHER);
    site.end().await;
}

#[tokio::test]
async fn a_disabled_school_is_closed_to_everyone() {
    let site = Site::start(Mode::Demo).await;
    let (operations, office) = (site.enter("operations").await, site.enter("school").await);
    let list = site.page("/platform/schools", &operations).await;
    assert!(list.contains("湘滨师范学院") && list.contains(HOST));
    let path = format!("/platform/schools/{}", site.school().await);
    let form = Form::new(&[
        ("school_name", "赣江理工大学"),
        ("province", "36"),
        ("host", HOST),
        ("version", "3"),
    ]);
    let stale = site
        .submit(&path, &operations, &form.clone().with("version", "1"))
        .await;
    assert_eq!(stale.status(), StatusCode::CONFLICT);
    let done = site.submit(&path, &operations, &form).await;
    assert_eq!(location(&done), "/platform/schools");
    for path in ["/s/demo", "/s/demo/jobs", "/s/demo/notices"] {
        assert_eq!(
            site.get(path, "").await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let (_, to, _) = by_host(&site, HOST).await;
    assert_eq!(to, "/demo", "the host is nobody's");
    assert!(
        !site
            .page("/register/student", "")
            .await
            .contains("赣江理工大学")
    );
    let ended = site.get("/school", &office).await;
    assert!(
        location(&ended).starts_with("/login"),
        "its staff are signed out"
    );
    let again = site.enter("school").await;
    assert_eq!(
        site.get("/school", &again).await.status(),
        StatusCode::FORBIDDEN
    );
    site.end().await;
}

#[tokio::test]
async fn operations_open_a_school_with_its_first_staff_member() {
    let site = Site::start(Mode::Demo).await;
    let operations = site.enter("operations").await;
    let form = Form::new(&[
        ("code", "Jiangnan"),
        ("school_name", "江南测试大学"),
        ("province", "32"),
        ("host", "Job.Jiangnan.example"),
        ("name", "顾南"),
        ("mobile", "13900000077"),
    ]);
    let bad = form
        .clone()
        .with("code", "a b")
        .with("host", "http://x")
        .with("province", "99")
        .with("mobile", "12");
    let refused = site.submit("/platform/schools", &operations, &bad).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let text = refused.text().await.unwrap();
    for words in [
        "请填写 2 至 32 位",
        "请填写域名",
        "请选择省份",
        "11 位数字",
        "江南测试大学",
    ] {
        assert!(text.contains(words), "{words}");
    }
    for (field, value, words) in [
        ("code", "demo", "这个代码已被使用"),
        ("host", HOST, "这个域名已被另一所学校使用"),
    ] {
        let taken = form.clone().with(field, value);
        let refused = site.submit("/platform/schools", &operations, &taken).await;
        assert_eq!(
            refused.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{field}"
        );
        assert!(refused.text().await.unwrap().contains(words), "{field}");
    }
    let done = site.submit("/platform/schools", &operations, &form).await;
    assert_eq!(done.status(), StatusCode::OK);
    let text = done.text().await.unwrap();
    assert!(text.contains("已发送到尾号") && !text.contains("/reset/"));
    assert!(site.page("/s/jiangnan", "").await.contains("江南测试大学"));
    let (_, _, page) = by_host(&site, "job.jiangnan.example").await;
    assert!(page.contains("江南测试大学"));
    let reviewer = site.enter("platform").await;
    let refused = site.get("/platform/schools", &reviewer).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    site.end().await;
}
