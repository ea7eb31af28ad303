//! What the platform's staff keep: calendar, lists, flags, companies, the audit log (P8, P12,
//! A107, D10), and the workbench.

#![expect(clippy::unwrap_used, reason = "tests")]

mod reviews_site;
mod site;

use base::clock::Clock;
use base::db::on_db;
use formats::beijing;
use portal::Mode;
use portal::dictionaries::lists::{self, List};
use portal::platform::flags::{self, Flag};
use portal::reviews::{Inbox, Kind, escalation};
use reqwest::StatusCode;
use reviews_site as desk;
use site::{Site, location};

/// 2026-11-20 10:00 in Beijing, a Friday.
const FRIDAY: i64 = 1_795_140_000_000;

fn at(day: &str, hour: u8) -> i64 {
    beijing::ms_at(beijing::parse_iso(day).unwrap(), hour)
}

async fn start() -> Site {
    Site::start_at(Mode::Demo, Clock::simulated(FRIDAY), |_| {}).await
}

#[tokio::test]
async fn a_day_off_moves_the_due_date_of_an_open_review() {
    let site = start().await;
    let review = desk::submit(&site, Kind::Company, Inbox::Platform, "示例甲").await;
    assert_eq!(review.due_ms, at("2026-11-25", 18));
    let cookie = site.enter("operations").await;
    let day = [
        ("day", "2026-11-23"),
        ("status", "off"),
        ("name", "示例假日"),
    ];
    let answer = desk::post(&site, "/platform/calendar/days", &cookie, &day).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let html = site
        .get(location(&answer), &cookie)
        .await
        .text()
        .await
        .unwrap();
    assert!(html.contains("条待审事项的截止时间随之调整"));
    assert!(html.contains("国务院办公厅通知（内置），有修改"));
    assert_eq!(desk::now(&site, &review).await.due_ms, at("2026-11-26", 18));
    assert_eq!(desk::audited(&site, "calendar.change", "2026").await, 1);
    let back = [("day", "2026-11-23"), ("status", "weekday"), ("name", "")];
    desk::post(&site, "/platform/calendar/days", &cookie, &back).await;
    assert_eq!(desk::now(&site, &review).await.due_ms, at("2026-11-25", 18));
    site.end().await;
}

#[tokio::test]
async fn a_day_that_cannot_be_is_refused_beside_its_field() {
    let site = start().await;
    let cookie = site.enter("operations").await;
    for (day, status, name, text) in [
        ("2026-02-30", "off", "示例", "请填写日期"),
        ("2026-11-23", "", "示例", "请选择放假、上班或按星期"),
        ("2026-11-23", "off", " ", "请填写"),
        ("2027-11-23", "off", "示例", "尚未公布，请先导入整年安排"),
    ] {
        let fields = [("day", day), ("status", status), ("name", name)];
        let answer = desk::post(&site, "/platform/calendar/days", &cookie, &fields).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{day}");
        let html = answer.text().await.unwrap();
        assert!(html.contains(text) && html.contains(day), "{day}: {text}");
    }
    let html = site
        .get("/platform/calendar?year=2027", &cookie)
        .await
        .text()
        .await
        .unwrap();
    assert!(
        html.contains("尚未公布") && html.contains("预计"),
        "nothing was published"
    );
    site.end().await;
}

#[tokio::test]
async fn a_year_is_imported_whole_or_not_at_all() {
    let site = start().await;
    site.running.state.clock.set(at("2026-12-30", 10));
    let review = desk::submit(&site, Kind::Company, Inbox::Platform, "示例乙").await;
    assert!(review.due_estimated);
    let cookie = site.enter("operations").await;
    let bad = r#"{"year":2027,"days":[
        {"date":"2027-13-01","name":"元旦","isOffDay":true},
        {"date":"2027-01-01","name":"元旦","isOffDay":"yes"},
        {"date":"2025-01-01","name":"元旦","isOffDay":true}]}"#;
    let fields = [("text", bad), ("source", ""), ("year", "2027")];
    let answer = desk::post(&site, "/platform/calendar/import", &cookie, &fields).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let html = answer.text().await.unwrap();
    for text in [
        "第 1 行：",
        "第 2 行：",
        "第 3 行：",
        "没有导入",
        "2027-13-01",
    ] {
        assert!(html.contains(text), "{text}");
    }
    assert_eq!(desk::now(&site, &review).await.due_ms, review.due_ms);
    let good = r#"{"year":2027,"days":[
        {"date":"2027-01-01","name":"元旦","isOffDay":true},
        {"date":"2027-01-04","name":"元旦","isOffDay":true}]}"#;
    let path = "/platform/calendar/import";
    let import = async |year: &str, confirm: &str| {
        let fields = [
            ("text", good),
            ("source", "示例通知"),
            ("year", year),
            ("confirm", confirm),
        ];
        desk::post(&site, path, &cookie, &fields).await
    };
    // Another year than the page's, and a year with almost no days off, are asked about.
    for (year, text) in [
        ("2026", "内容是 2027 年的安排，当前页是 2026 年"),
        ("2027", "导入的只有 2 个放假日，全年不会少于 13 个"),
    ] {
        let answer = import(year, "").await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let html = answer.text().await.unwrap();
        assert!(html.contains(text), "{text}");
        assert_eq!(html.contains("name=\"confirm\""), year == "2027");
    }
    assert_eq!(desk::now(&site, &review).await.due_ms, review.due_ms);
    let answer = import("2027", "1").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let html = site
        .get(location(&answer), &cookie)
        .await
        .text()
        .await
        .unwrap();
    assert!(html.contains("已导入 2027 年安排") && html.contains("示例通知"));
    let now = desk::now(&site, &review).await;
    assert_eq!(
        (now.due_ms, now.due_estimated),
        (at("2027-01-06", 18), false)
    );
    site.end().await;
}

#[tokio::test]
async fn a_list_is_what_is_built_in_and_what_staff_made_of_it() {
    let site = start().await;
    let db = &site.running.state.db;
    let cookie = site.enter("operations").await;
    let nature = "/platform/dictionaries/nature";
    let add = [
        ("code", "L9"),
        ("label", "律师事务所"),
        ("ordinal", "15"),
        ("status", ""),
    ];
    let answer = desk::post(&site, &format!("{nature}/entries"), &cookie, &add).await;
    assert_eq!(location(&answer), format!("{nature}?done=add"));
    let off = [
        ("label", "部队（停用）"),
        ("ordinal", "100"),
        ("status", "off"),
    ];
    desk::post(&site, &format!("{nature}/entries/40"), &cookie, &off).await;
    let options = lists::options(db, List::Natures).await.unwrap();
    assert_eq!(options[1], ("L9".to_owned(), "律师事务所".to_owned()));
    assert!(!options.iter().any(|(code, _)| code == "40"));
    let label = lists::label(db, List::Natures, "40").await.unwrap();
    assert_eq!(label.as_deref(), Some("部队（停用）"));
    for (fields, text) in [
        (vec![("code", "L9"), ("label", "又一个")], "代码已被使用"),
        (vec![("code", "L8"), ("label", "国有企业")], "已有同名条目"),
        (vec![("code", "坏 码"), ("label", "")], "代码须为"),
        (
            vec![("code", "L8"), ("label", "甲"), ("ordinal", "-1")],
            "顺序须为",
        ),
        (
            vec![("code", "L8"), ("label", "甲"), ("parent", "43")],
            "没有上级",
        ),
    ] {
        let answer = desk::post(&site, &format!("{nature}/entries"), &cookie, &fields).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{text}");
        assert!(answer.text().await.unwrap().contains(text), "{text}");
    }
    let hunan = lists::options_under(db, List::Cities, "43").await.unwrap();
    assert!(hunan.iter().any(|(_, label)| label == "长沙市") && hunan.len() < 20);
    assert_eq!(desk::audited(&site, "dictionary.change", "nature").await, 2);
    site.end().await;
}

#[tokio::test]
async fn a_list_is_imported_or_every_faulty_row_told() {
    let site = start().await;
    let db = &site.running.state.db;
    let cookie = site.enter("operations").await;
    let path = "/platform/dictionaries/major_class/import";
    let bad = "代码,名称,上级\n0807,电子信息类,08\n0807,又一个,08\n0808,,08\n0809,计算机类,99";
    let answer = desk::post(&site, path, &cookie, &[("text", bad)]).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let html = answer.text().await.unwrap();
    for text in [
        "第 3 行：代码与第 2 行重复",
        "第 4 行：名称",
        "第 5 行：上级",
        "计算机类",
    ] {
        assert!(html.contains(text), "{text}");
    }
    assert!(
        lists::options(db, List::MajorClasses)
            .await
            .unwrap()
            .is_empty()
    );
    // A list of all majors is larger than a form may be without script.
    let rows: String = (0..1500)
        .map(|n| format!("08{n:04},示例专业类第 {n} 号名称比较长,08,{n},启用\n"))
        .collect();
    assert!(rows.len() > 64 * 1024);
    let answer = site
        .client
        .post(site.url(path))
        .header("cookie", &cookie)
        .header("x-csrf-token", site.csrf(&cookie).await)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("text={}", portal::platform::search::escape(&rows)))
        .send()
        .await
        .unwrap();
    assert_eq!(
        location(&answer),
        "/platform/dictionaries/major_class?done=1500"
    );
    assert_eq!(
        lists::options(db, List::MajorClasses).await.unwrap().len(),
        1500
    );
    site.end().await;
}

#[tokio::test]
async fn a_flag_holds_within_ten_seconds() {
    let site = start().await;
    let state = &site.running.state;
    assert!(flags::is_on(state, Flag::SmsLogin).await.unwrap());
    // Another server switches it.
    let by = site.account("operations").await;
    on_db!(state.db.writer().await.unwrap(), c => sqlx::query("INSERT INTO feature_flags
        (code, enabled, changed_by, changed_ms) VALUES ('sms_login', $1, $2, 1)")
        .bind(false).bind(by).execute(c).await.map(drop))
    .unwrap();
    assert!(flags::is_on(state, Flag::SmsLogin).await.unwrap(), "kept");
    state.clock.advance(10_000);
    assert!(!flags::is_on(state, Flag::SmsLogin).await.unwrap());
    let cookie = site.enter("operations").await;
    let fields = [("flag", "sms_login"), ("on", "1")];
    desk::post(&site, "/platform/flags", &cookie, &fields).await;
    assert!(
        flags::is_on(state, Flag::SmsLogin).await.unwrap(),
        "at once on this server"
    );
    let unknown = desk::post(&site, "/platform/flags", &cookie, &[("flag", "x")]).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    let html = site
        .get("/platform/flags", &cookie)
        .await
        .text()
        .await
        .unwrap();
    assert!(html.contains("祝安"));
    let reviewer = site.enter("platform").await;
    assert_eq!(
        site.get("/platform/flags", &reviewer).await.status(),
        StatusCode::FORBIDDEN
    );
    site.end().await;
}

#[tokio::test]
async fn a_frozen_companys_members_are_refused_until_it_is_set_free() {
    let site = start().await;
    let company = desk::company(&site, "interviewer-01").await;
    let page = format!("/platform/companies/{company}");
    let (member, keeper) = (
        site.enter("interviewer-01").await,
        site.enter("platform").await,
    );
    assert_eq!(site.get("/booths", &member).await.status(), StatusCode::OK);
    let version = async || {
        let db = &site.running.state.db;
        let row = portal::platform::companies_store::find(db, company)
            .await
            .unwrap();
        row.unwrap().version.to_string()
    };
    let support = site.enter("support").await;
    let freeze = format!("{page}/freeze");
    let seen = version().await;
    let good = [("version", seen.as_str()), ("reason", "收取押金，核实中")];
    let answer = desk::post(&site, &freeze, &support, &good).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let short = [("version", seen.as_str()), ("reason", "坏")];
    let answer = desk::post(&site, &freeze, &keeper, &short).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let answer = desk::post(&site, &freeze, &keeper, &good).await;
    assert_eq!(location(&answer), page);
    let again = desk::post(&site, &freeze, &keeper, &good).await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
    for path in ["/booths", "/company"] {
        let answer = site.get(path, &member).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
    }
    let html = site.get(&page, &keeper).await.text().await.unwrap();
    assert!(html.contains("已冻结") && html.contains("收取押金，核实中"));
    let seen = version().await;
    let fields = [("version", seen.as_str())];
    desk::post(&site, &format!("{page}/unfreeze"), &keeper, &fields).await;
    assert_eq!(site.get("/booths", &member).await.status(), StatusCode::OK);
    let subject = company.to_string();
    for action in ["company.freeze", "company.unfreeze"] {
        assert_eq!(desk::audited(&site, action, &subject).await, 1, "{action}");
    }
    let nobody = portal::ids::CompanyId::new();
    let path = format!("/platform/companies/{nobody}/freeze");
    let answer = desk::post(&site, &path, &keeper, &good).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let list = site
        .get("/platform/companies?status=frozen", &support)
        .await;
    assert!(list.text().await.unwrap().contains("没有找到单位"));
    site.end().await;
}

#[tokio::test]
async fn the_workbench_counts_and_leads_where_its_reader_may_go() {
    let site = start().await;
    let state = &site.running.state;
    let cookie = site.enter("platform").await;
    let open = async || {
        let html = site.get("/platform", &cookie).await.text().await.unwrap();
        let tiles: Vec<i64> = html
            .split("data-testid=\"tile\">")
            .skip(1)
            .map(|part| part.split('<').next().unwrap().parse().unwrap())
            .collect();
        (tiles, html)
    };
    let (before, _) = open().await;
    desk::submit(&site, Kind::Recertification, Inbox::Platform, "示例").await;
    let (after, html) = open().await;
    assert_eq!(after[0], before[0] + 1);
    assert!(html.contains("<svg class=\"chart\"") && html.contains("href=\"/platform/reviews\""));
    state.clock.set(at("2026-11-23", 19));
    let cookie_later = site.enter("operations").await;
    let html = site
        .get("/platform", &cookie_later)
        .await
        .text()
        .await
        .unwrap();
    assert!(html.contains("已超期") && !html.contains("href=\"/platform/reviews?who=overdue\""));
    assert!(escalation::run_once(state).await.unwrap() >= 1);
    let figures = reqwest::get(site.operator_url("/metrics")).await.unwrap();
    let figures = figures.text().await.unwrap();
    for line in [
        "pinhui_reviews_overdue{kind=\"recertification\"}",
        "pinhui_reviews_oldest_seconds{kind=\"recertification\"}",
        "pinhui_reviews_open{kind=\"company\"}",
        "pinhui_reviews_escalated_total",
        "pinhui_audit_purged_total",
    ] {
        assert!(figures.contains(line), "{line}");
    }
    site.end().await;
}

#[tokio::test]
async fn what_is_switched_off_is_closed_and_no_longer_offered() {
    let site = start().await;
    let cookie = site.enter("operations").await;
    let form = async |path: &str| {
        let answer = site.get(path, "").await;
        (answer.status(), answer.text().await.unwrap())
    };
    let (open, html) = form("/login").await;
    assert!(open == StatusCode::OK && html.contains("短信登录"));
    for (flag, path, title) in [
        ("registration_open", "/register/company", "注册暂未开放"),
        ("registration_open", "/register/student", "注册暂未开放"),
        ("sms_login", "/login?way=code", "短信登录已暂停"),
        ("wechat_login", "/login?way=wechat", "微信登录已暂停"),
    ] {
        assert_eq!(form(path).await.0, StatusCode::OK, "{path} is open");
        let off = [("flag", flag), ("on", "0")];
        desk::post(&site, "/platform/flags", &cookie, &off).await;
        let (closed, html) = form(path).await;
        assert_eq!(closed, StatusCode::FORBIDDEN, "{path}");
        assert!(html.contains(title), "{path}");
        if flag == "sms_login" {
            let sent = site
                .post("/login/code", "", "mobile=13800000001".to_owned())
                .await;
            assert_eq!(sent.status(), StatusCode::FORBIDDEN);
            assert!(!form("/login").await.1.contains("短信登录"));
        }
        let on = [("flag", flag), ("on", "1")];
        desk::post(&site, "/platform/flags", &cookie, &on).await;
    }
    site.end().await;
}
