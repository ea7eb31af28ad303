//! The pages on which reviewers and schools' offices decide (U3, P1, P2, A12, A18, 1.17).

#![expect(clippy::unwrap_used, reason = "tests")]

mod reviews_site;
mod site;

use portal::Mode;
use portal::reviews::{Inbox, Kind, State};
use reqwest::StatusCode;
use reviews_site as desk;
use serde_json::json;
use site::{Site, location};

#[tokio::test]
async fn reviewers_alone_sit_at_the_platforms_desk() {
    let site = Site::start(Mode::Demo).await;
    let review = desk::submit(&site, Kind::Company, Inbox::Platform, "示例甲").await;
    let page = desk::path(review.id);
    let decide = format!("{page}/decide");
    for who in [
        "operations",
        "finance",
        "support",
        "school",
        "interviewer-01",
    ] {
        let cookie = site.enter(who).await;
        for path in ["/platform/reviews", page.as_str()] {
            let answer = site.get(path, &cookie).await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{who} {path}");
        }
        for path in ["/platform/reviews/batch", decide.as_str()] {
            let fields = [("version", "1"), ("decision", "approve")];
            let answer = desk::post(&site, path, &cookie, &fields).await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{who} {path}");
        }
    }
    assert_eq!(desk::now(&site, &review).await.state, State::Open);
    let cookie = site.enter("platform").await;
    let html = site.get(&page, &cookie).await.text().await.unwrap();
    assert!(html.contains("示例甲"));
    let subject = review.id.to_string();
    assert_eq!(desk::audited(&site, "review.view", &subject).await, 1);
    site.end().await;
}

#[tokio::test]
async fn another_schools_office_finds_nothing() {
    let site = Site::start(Mode::Demo).await;
    desk::other_school(&site).await;
    let own = Inbox::School(desk::school(&site).await);
    let review = desk::submit(&site, Kind::SchoolJoin, own, "来访单位（示例）").await;
    let page = format!("/school/reviews/{}", review.id);
    let decide = format!("{page}/decide");
    let fields = [("version", "1"), ("decision", "approve")];
    let other = site.enter("school-9").await;
    assert_eq!(
        site.get(&page, &other).await.status(),
        StatusCode::NOT_FOUND
    );
    let answer = desk::post(&site, &decide, &other, &fields).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let answer = desk::post(&site, &format!("{page}/assign"), &other, &fields).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let html = site
        .get("/school/reviews", &other)
        .await
        .text()
        .await
        .unwrap();
    assert!(!html.contains("来访单位"));
    let reviewer = site.enter("platform").await;
    let platform = desk::path(review.id);
    assert_eq!(
        site.get(&platform, &reviewer).await.status(),
        StatusCode::NOT_FOUND
    );
    let school = site.enter("school").await;
    let html = site
        .get("/school/reviews", &school)
        .await
        .text()
        .await
        .unwrap();
    assert!(html.contains("来访单位"));
    assert_eq!(site.get(&page, &school).await.status(), StatusCode::OK);
    site.end().await;
}

#[tokio::test]
async fn the_inbox_is_filtered_by_its_address() {
    let site = Site::start(Mode::Demo).await;
    let company = desk::submit(&site, Kind::Company, Inbox::Platform, "甲字 100% 号").await;
    let claim = desk::claim(&site).await;
    let cookie = site.enter("platform").await;
    let has = async |query: &str, title: &str| {
        let page = site
            .get(&format!("/platform/reviews{query}"), &cookie)
            .await;
        assert_eq!(page.status(), StatusCode::OK, "{query}");
        page.text().await.unwrap().contains(title)
    };
    assert!(has("", "甲字").await && has("", "陆怀瑾").await);
    assert!(has("?kind=admin_claim", "陆怀瑾").await);
    assert!(!has("?kind=admin_claim", "甲字").await);
    assert!(has("?q=100%25", "甲字").await);
    assert!(
        !has("?q=100_", ">甲字").await,
        "signs of patterns are plain letters"
    );
    assert!(
        has("?q=%E6%BE%84%E6%BA%90", "陆怀瑾").await,
        "by the company's name"
    );
    assert!(!has("?who=mine", "甲字").await && has("?who=unassigned", "甲字").await);
    let assign = format!("{}/assign", desk::path(company.id));
    let me = site.account("platform").await.to_string();
    let fields = [("version", "1"), ("to", me.as_str())];
    let taken = desk::post(&site, &assign, &cookie, &fields).await;
    assert_eq!(location(&taken), desk::path(company.id));
    assert!(has("?who=mine", "甲字").await && !has("?who=unassigned", "甲字").await);
    assert!(!has("?who=overdue", "甲字").await);
    site.end().await;
    drop(claim);
}

#[tokio::test]
async fn a_decision_without_a_reason_comes_back_filled_in() {
    let site = Site::start(Mode::Demo).await;
    let review = desk::submit(&site, Kind::Company, Inbox::Platform, "示例乙").await;
    let cookie = site.enter("platform").await;
    let path = format!("{}/decide", desk::path(review.id));
    for (decision, reason, text) in [
        ("return", "", "请选择或填写理由"),
        ("reject", " ", "请选择或填写理由"),
        ("", "写了理由", "请选择通过、退回修改或不通过"),
        ("approve", &"长".repeat(501), "理由最多 500 个字"),
    ] {
        let fields = [("version", "1"), ("decision", decision), ("reason", reason)];
        let answer = desk::post(&site, &path, &cookie, &fields).await;
        assert_eq!(
            answer.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{decision}"
        );
        let html = answer.text().await.unwrap();
        assert!(html.contains(text), "{decision}");
        assert!(html.contains(reason), "what was typed is still there");
    }
    assert_eq!(desk::now(&site, &review).await.version, 1);
    site.end().await;
}

#[tokio::test]
async fn a_claim_is_approved_by_two_people_and_the_slower_one_is_told() {
    let site = Site::start(Mode::Demo).await;
    let review = desk::claim(&site).await;
    let (one, two) = (site.enter("platform").await, site.enter("reviewer-2").await);
    let page = desk::path(review.id);
    let html = site.get(&page, &one).await.text().await.unwrap();
    assert!(html.contains("须由两位审核员先后通过") && html.contains("初审通过"));
    assert!(html.contains("沈知行"), "who is administrator now");
    let decide = format!("{page}/decide");
    let yes = [("version", "1"), ("decision", "approve"), ("reason", "")];
    let answer = desk::post(&site, &decide, &one, &yes).await;
    assert_eq!(
        (answer.status(), location(&answer)),
        (StatusCode::SEE_OTHER, page.as_str())
    );
    // The second had the page open before the first approved.
    let no = [
        ("version", "1"),
        ("decision", "return"),
        ("reason", "公章不清晰"),
    ];
    let late = desk::post(&site, &decide, &two, &no).await;
    assert_eq!(late.status(), StatusCode::CONFLICT);
    let html = late.text().await.unwrap();
    assert!(html.contains("您的操作没有生效") && html.contains("公章不清晰"));
    let now = desk::now(&site, &review).await;
    assert_eq!((now.state, now.version), (State::Open, 2));
    let again = [("version", "2"), ("decision", "approve"), ("reason", "")];
    let same = desk::post(&site, &decide, &one, &again).await;
    assert_eq!(same.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(same.text().await.unwrap().contains("请由另一位审核员复核"));
    let html = site.get(&page, &two).await.text().await.unwrap();
    assert!(html.contains("舒平 已初审通过，请您复核") && html.contains("复核通过"));
    let subject = review.id.to_string();
    assert_eq!(
        desk::audited(&site, "review.first_approve", &subject).await,
        1
    );
    site.end().await;
}

#[tokio::test]
async fn a_batch_reports_row_by_row() {
    let site = Site::start(Mode::Demo).await;
    let mut picks = Vec::new();
    for n in 0..3 {
        let title = format!("批量示例 {n}");
        let review = desk::submit(&site, Kind::AdminClaim, Inbox::Platform, &title).await;
        picks.push(format!("{}.{}", review.id, review.version));
    }
    let (one, two) = (site.enter("platform").await, site.enter("reviewer-2").await);
    // Someone else was quicker with the second one.
    let quick = [("pick", picks[1].as_str()), ("decision", "approve")];
    desk::post(&site, "/platform/reviews/batch", &two, &quick).await;
    let mut fields: Vec<_> = picks.iter().map(|pick| ("pick", pick.as_str())).collect();
    let nobody = format!("{}.1", portal::ids::ReviewId::new());
    fields.push(("pick", &nobody));
    fields.push(("decision", "approve"));
    let answer = desk::post(&site, "/platform/reviews/batch", &one, &fields).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let report = location(&answer).to_owned();
    let html = site.get(&report, &one).await.text().await.unwrap();
    assert!(html.contains("共 4 条，完成 2 条"), "{html}");
    assert!(html.contains("刚刚被他人处理") && html.contains("不在本审核台"));
    assert_eq!(
        site.get(&report, &two).await.status(),
        StatusCode::NOT_FOUND,
        "another's"
    );
    // The same reviewer once more: four eyes are two people.
    let pick = picks[0].replace(".1", ".2");
    let fields = [("pick", pick.as_str()), ("decision", "approve")];
    let answer = desk::post(&site, "/platform/reviews/batch", &one, &fields).await;
    let html = site
        .get(location(&answer), &one)
        .await
        .text()
        .await
        .unwrap();
    assert!(html.contains("须由另一位审核员复核"));
    site.end().await;
}

#[tokio::test]
async fn what_is_in_doubt_is_marked_and_not_approved_in_a_batch() {
    let site = Site::start(Mode::Demo).await;
    let review = desk::submit(&site, Kind::Company, Inbox::Platform, "示例丁").await;
    let cookie = site.enter("platform").await;
    let inbox = "/platform/reviews?q=%E7%A4%BA%E4%BE%8B%E4%B8%81";
    assert!(!site.page(inbox, &cookie).await.contains("有疑点"));
    site.sql(&format!(
        "UPDATE reviews SET flags = '[\"校验位不符\"]' WHERE id = '{}'",
        review.id
    ))
    .await;
    assert!(site.page(inbox, &cookie).await.contains("有疑点"));
    let pick = format!("{}.1", review.id);
    let yes = [("pick", pick.as_str()), ("decision", "approve")];
    let answer = desk::post(&site, "/platform/reviews/batch", &cookie, &yes).await;
    let report = site.page(location(&answer), &cookie).await;
    assert!(
        report.contains("共 1 条，完成 0 条") && report.contains("须打开逐条核对"),
        "{report}"
    );
    assert_eq!(desk::now(&site, &review).await.state, State::Open);
    let page = site.page(&desk::path(review.id), &cookie).await;
    assert!(
        page.contains("校验位不符"),
        "the page says what is in doubt"
    );
    site.end().await;
}

#[tokio::test]
async fn a_batch_that_cannot_begin_says_why() {
    let site = Site::start(Mode::Demo).await;
    let review = desk::submit(&site, Kind::Company, Inbox::Platform, "示例丙").await;
    let pick = format!("{}.1", review.id);
    let cookie = site.enter("platform").await;
    for (fields, text) in [
        (vec![("decision", "approve")], "请先勾选"),
        (
            vec![("pick", pick.as_str()), ("decision", "return")],
            "请选择或填写理由",
        ),
        (
            vec![
                ("pick", pick.as_str()),
                ("decision", "reject"),
                ("reason", "不符"),
            ],
            "不通过须逐条处理",
        ),
    ] {
        let answer = desk::post(&site, "/platform/reviews/batch", &cookie, &fields).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().await.unwrap().contains(text), "{text}");
    }
    assert_eq!(desk::now(&site, &review).await.state, State::Open);
    site.end().await;
}

#[tokio::test]
async fn a_changed_certification_stands_beside_what_is_in_force() {
    let site = Site::start(Mode::Demo).await;
    let data = json!({
        "name": "澄源半导体（示例）有限公司",
        "code": "91430100MA4L10101C",
        "province": "36", "city": "360100", "address": "红谷滩示例路 1 号",
        "nature": "39", "industry": "C", "licence": null,
        "contact": { "tel": "", "official_email": "a@qq.com", "hr_email": "", "postcode": "" },
    });
    let review = desk::certification(&site, data).await;
    let state = &site.running.state;
    let mut tx = state.db.begin().await.unwrap();
    let twin = portal::companies::NewCompany {
        name: "湖南澄源半导体".to_owned(),
        ..portal::companies::NewCompany::default()
    };
    portal::companies::store::add(&mut tx, portal::ids::CompanyId::new(), &twin, 1)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let cookie = site.enter("platform").await;
    let page = site.get(&desk::path(review.id), &cookie).await;
    let html = page.text().await.unwrap();
    for text in [
        "澄源半导体（示例）有限公司",
        "有变更",
        "校验位不符",
        "登记地区是湖南省，与所在省份不同",
        "公共邮箱",
        "没有上传营业执照",
        "湖南澄源半导体",
        "名称相近",
        "https://www.qcc.com/web/search?key=%E6%BE%84",
        "江西省",
    ] {
        assert!(html.contains(text), "{text}");
    }
    site.end().await;
}

/// The open review of this kind on the platform's desk whose title has this part.
async fn waiting(site: &Site, kind: Kind, part: &str) -> portal::reviews::Review {
    let db = &site.running.state.db;
    let wanted = portal::reviews::lists::Wanted {
        kind: Some(kind),
        state: Some(State::Open),
        text: part.to_owned(),
        ..Default::default()
    };
    let rows = portal::reviews::lists::inbox(db, Inbox::Platform, &wanted);
    let row = rows.await.unwrap().remove(0);
    let found = portal::reviews::lists::find(db, row.id, Inbox::Platform).await;
    found.unwrap().unwrap()
}

#[tokio::test]
async fn an_approved_company_is_certified_and_its_school_is_asked() {
    let site = Site::start(Mode::Demo).await;
    let review = waiting(&site, Kind::Company, "星河新材料").await;
    let applicant = site.enter("applicant-01").await;
    assert_eq!(
        site.get("/company/members", &applicant).await.status(),
        StatusCode::FORBIDDEN,
        "it waits"
    );
    let reviewer = site.enter("platform").await;
    let page = desk::path(review.id);
    let html = site.get(&page, &reviewer).await.text().await.unwrap();
    assert!(html.contains("校验位不符") && html.contains("岳麓区示例大道 1111 号"));
    let yes = [("version", "1"), ("decision", "approve")];
    let answer = desk::post(&site, &format!("{page}/decide"), &reviewer, &yes).await;
    assert_eq!(location(&answer), page);
    let now = desk::now(&site, &review).await;
    assert_eq!(now.state, State::Approved);
    let members = site.get("/company/members", &applicant).await;
    assert_eq!(members.status(), StatusCode::OK, "certified");
    let figures = reqwest::get(site.operator_url("/metrics")).await.unwrap();
    let counted = "pinhui_reviews_decided_total{kind=\"company\",outcome=\"approved\"} 1";
    assert!(figures.text().await.unwrap().contains(counted));
    // The school that it picked at its registration decides next.
    let school = site.enter("school").await;
    let inbox = site
        .get("/school/reviews?q=%E6%98%9F%E6%B2%B3", &school)
        .await;
    let html = inbox.text().await.unwrap();
    let row = html.split("name=\"pick\" value=\"").nth(1).unwrap();
    let pick = row.split('"').next().unwrap().to_owned();
    let fields = [("pick", pick.as_str()), ("decision", "approve")];
    let answer = desk::post(&site, "/school/reviews/batch", &school, &fields).await;
    let report = site
        .get(location(&answer), &school)
        .await
        .text()
        .await
        .unwrap();
    assert!(report.contains("共 1 条，完成 1 条"), "{report}");
    site.end().await;
}

#[tokio::test]
async fn the_second_approval_swaps_the_administrator() {
    let site = Site::start(Mode::Demo).await;
    let review = waiting(&site, Kind::AdminClaim, "").await;
    let page = format!("{}/decide", desk::path(review.id));
    let admin = async || {
        let company = review.company_id.unwrap();
        let db = &site.running.state.db;
        let row = portal::reviews::subjects::admin(db, company).await.unwrap();
        row.unwrap().id
    };
    let before = admin().await;
    for (who, version) in [("platform", "1"), ("reviewer-2", "2")] {
        assert_eq!(admin().await, before, "one approval changes nothing");
        let cookie = site.enter(who).await;
        let yes = [("version", version), ("decision", "approve")];
        let answer = desk::post(&site, &page, &cookie, &yes).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{who}");
    }
    assert_ne!(admin().await, before);
    assert_eq!(admin().await, review.submitted_by);
    assert_eq!(desk::now(&site, &review).await.state, State::Approved);
    site.end().await;
}

#[tokio::test]
async fn what_is_given_back_waits_for_the_applicant() {
    let site = Site::start(Mode::Demo).await;
    let review = waiting(&site, Kind::Company, "星河新材料").await;
    let reviewer = site.enter("platform").await;
    let page = desk::path(review.id);
    let back = [
        ("version", "1"),
        ("decision", "return"),
        ("usual", "营业执照图片不清晰或不完整，请重新上传"),
        ("reason", "第二页缺失"),
    ];
    let answer = desk::post(&site, &format!("{page}/decide"), &reviewer, &back).await;
    assert_eq!(location(&answer), page);
    let now = desk::now(&site, &review).await;
    assert_eq!(now.state, State::Returned);
    assert_eq!(
        now.reason,
        "营业执照图片不清晰或不完整，请重新上传；第二页缺失"
    );
    let html = site.get(&page, &reviewer).await.text().await.unwrap();
    assert!(html.contains("退回修改") && !html.contains("data-testid=\"decide-form\""));
    let again = [("version", "2"), ("decision", "approve")];
    let answer = desk::post(&site, &format!("{page}/decide"), &reviewer, &again).await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    let applicant = site.enter("applicant-01").await;
    let home = site.get("/company", &applicant).await.text().await.unwrap();
    assert!(home.contains("第二页缺失"), "the applicant reads why");
    site.end().await;
}
