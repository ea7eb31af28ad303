//! Who may do what in a company, over real HTTP.

#![expect(clippy::unwrap_used, reason = "tests")]

mod companies_site;
mod site;

use std::time::Duration;

use base::clock::Clock;
use base::db::on_db;
use companies_site::{CODE, Form};
use portal::Mode;
use portal::accounts::codes::CodePurpose;
use portal::companies::{guests, invoices, joins};
use portal::files::Purpose;
use portal::reviews::{Decision, Inbox};
use reqwest::StatusCode;
use site::{Site, cookie, location};

const NOW: i64 = 1_795_305_600_000;
const HOUR_MS: i64 = 3_600_000;
const COMPANY: &str = "澄源半导体（示例）";

/// The administrator, an HR, and an HR who may pay, of the first demo company.
const ADMIN: &str = "interviewer-01";
const HR: &str = "interviewer-02";
const PAYER: &str = "interviewer-03";

fn member_form() -> Form {
    Form::new(&[
        ("mobile", "13822220001"),
        ("person", "陆怀瑾"),
        ("nickname", "陆经理"),
        ("department", "人力资源部"),
    ])
}

#[tokio::test]
async fn an_hr_cannot_do_what_only_the_administrator_may() {
    let site = Site::start(Mode::Demo).await;
    let hr = site.enter(HR).await;
    let (other, school) = (site.account(PAYER).await, site.school().await);
    let nothing = portal::ids::ReviewId::new();
    let member = format!("/company/members/{other}");
    for path in [
        "/company/members/new",
        "/company/guests",
        member.as_str(),
        "/company/invoice",
    ] {
        assert_eq!(
            site.get(path, &hr).await.status(),
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
    let posts = [
        "/company/members".to_owned(),
        "/company/guests".to_owned(),
        "/company/profile".to_owned(),
        "/company/certification".to_owned(),
        "/company/certification/withdraw".to_owned(),
        "/company/brand".to_owned(),
        "/company/invoice".to_owned(),
        format!("/company/members/requests/{nothing}"),
        member.clone(),
        format!("{member}/password"),
        format!("{member}/close"),
        format!("{member}/reopen"),
        format!("{member}/transfer"),
        format!("/company/schools/{school}/cancel"),
    ];
    for path in posts {
        let answer = site.submit(&path, &hr, &member_form()).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
    }
    // He reads what he may not change, and no one else's number.
    for path in [
        "/company/profile",
        "/company/brand",
        "/company/certification",
    ] {
        assert!(
            !site
                .html(path, &hr)
                .await
                .contains(r#"method="post" action="/company/"#)
        );
    }
    assert!(!site.html("/company/members", &hr).await.contains("待审核"));
    site.end().await;
}

#[tokio::test]
async fn what_is_another_companys_is_not_found() {
    let site = Site::start(Mode::Demo).await;
    let stranger = site.enter("interviewer-04").await;
    let company = site.company(COMPANY).await;
    let review = site.review("membership", company).await;
    let member = format!("/company/members/{}", site.account(HR).await);
    assert_eq!(
        site.get(&member, &stranger).await.status(),
        StatusCode::NOT_FOUND
    );
    let form = member_form()
        .with("password", "Pinhui-2027")
        .with("version", &review.version.to_string())
        .with("decision", "approve");
    let posts = [
        member.clone(),
        format!("{member}/password"),
        format!("{member}/close"),
        format!("{member}/reopen"),
        format!("{member}/transfer"),
        format!("/company/members/requests/{}", review.id),
        format!("/company/schools/{}/join", portal::ids::SchoolId::new()),
        format!("/company/schools/{}/cancel", portal::ids::SchoolId::new()),
    ];
    for path in posts {
        let answer = site.submit(&path, &stranger, &form).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
    site.end().await;
}

#[tokio::test]
async fn a_new_hr_gets_a_link_and_nobody_sees_a_password() {
    let site = Site::start(Mode::Demo).await;
    let admin = site.enter(ADMIN).await;
    let bad = member_form().with("mobile", "123").with("nickname", "");
    let answer = site.submit("/company/members", &admin, &bad).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = answer.text().await.unwrap();
    assert!(page.contains("陆怀瑾") && page.contains("mobile-error"));
    let answer = site
        .submit("/company/members", &admin, &member_form())
        .await;
    assert_eq!(location(&answer), "/company/members?done=added");
    let page = site.html("/company/members?done=added", &admin).await;
    assert!(page.contains("陆怀瑾") && page.contains("13822220001") && page.contains("已新增成员"));
    assert!(!page.contains("/reset/"));
    let id = site.by_mobile("13822220001").await;
    let told = site.told(id).await;
    assert_eq!(told[0].0, "X3");
    assert!(told[0].1["link"].as_str().unwrap().starts_with("/reset/"));
    let twice = site
        .submit("/company/members", &admin, &member_form())
        .await;
    assert_eq!(twice.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(twice.text().await.unwrap().contains("该手机号已注册"));
    let again = site
        .submit(
            &format!("/company/members/{id}/password"),
            &admin,
            &Form::default(),
        )
        .await;
    assert_eq!(location(&again), "/company/members?done=link");
    let links: Vec<(i64,)> = on_db!(site.running.state.db, c => sqlx::query_as(
        "SELECT created_ms FROM password_links WHERE account_id = $1 AND used_ms IS NULL")
        .bind(id).fetch_all(c).await)
    .unwrap();
    assert_eq!(links.len(), 1, "the earlier link is good no more");
    site.end().await;
}

#[tokio::test]
async fn no_nickname_tells_the_name_of_a_member() {
    let site = Site::start(Mode::Demo).await;
    let admin = site.enter(ADMIN).await;
    let form = member_form().with("nickname", "陆怀瑾");
    let member = format!("/company/members/{}", site.account(HR).await);
    for path in ["/company/members", member.as_str()] {
        let answer = site.submit(path, &admin, &form).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("不要和真实姓名一样"), "{path}");
    }
    site.end().await;
}

#[tokio::test]
async fn a_closed_account_is_out_at_once_and_may_come_back() {
    let site = Site::start(Mode::Demo).await;
    let (admin, hr) = (site.enter(ADMIN).await, site.enter(HR).await);
    let id = site.account(HR).await;
    let own = site.account(ADMIN).await;
    let close = |id| format!("/company/members/{id}/close");
    let himself = site.submit(&close(own), &admin, &Form::default()).await;
    assert_eq!(
        himself.status(),
        StatusCode::CONFLICT,
        "he hands it on first"
    );
    let answer = site.submit(&close(id), &admin, &Form::default()).await;
    assert_eq!(location(&answer), "/company/members?done=closed");
    assert!(location(&site.get("/company", &hr).await).starts_with("/login"));
    let page = site.html("/company/members", &admin).await;
    assert!(page.contains("已注销"));
    let hr = site.enter(HR).await;
    let home = site.html("/company", &hr).await;
    assert!(home.contains("你在该公司的账号已停用") && home.contains("apply-form"));
    for path in ["/company/members", "/company/profile", "/booths"] {
        let answer = site.get(path, &hr).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
    }
    let path = format!("/company/members/{id}/reopen");
    site.submit(&path, &admin, &Form::default()).await;
    assert!(!site.html("/company", &hr).await.contains("已停用"));
    site.end().await;
}

#[tokio::test]
async fn a_closed_member_may_ask_another_company_or_end_his_account() {
    let site = Site::start(Mode::Demo).await;
    let admin = site.enter(ADMIN).await;
    let path = format!("/company/members/{}/close", site.account(HR).await);
    site.submit(&path, &admin, &Form::default()).await;
    let hr = site.enter(HR).await;
    let cancel = site.get("/account/cancel", &hr).await;
    assert_eq!(cancel.status(), StatusCode::OK);
    let ask = Form::new(&[
        ("kind", "join"),
        ("person", "顾远山"),
        ("department", "招聘组"),
        ("name", "没有这家单位"),
        ("code", "91430200MADEM002XB"),
    ]);
    let answer = site.submit("/company/application", &hr, &ask).await;
    assert_eq!(location(&answer), "/company");
    let other = site.enter("interviewer-04").await;
    assert!(
        site.html("/company/members", &other)
            .await
            .contains("顾远山")
    );
    let again = site.submit("/company/application", &hr, &ask).await;
    assert_eq!(again.status(), StatusCode::CONFLICT, "it waits");
    let members = site.html("/company/members", &admin).await;
    assert!(!members.contains("顾远山"));
    site.end().await;
}

#[tokio::test]
async fn a_company_does_not_let_in_whom_support_has_disabled() {
    let site = Site::start(Mode::Demo).await;
    let (admin, support) = (site.enter(ADMIN).await, site.enter("support").await);
    let id = site.account(HR).await;
    let state = format!("/platform/accounts/{id}/state");
    let disable = Form::new(&[("state", "disabled")]);
    let done = site.submit(&state, &support, &disable).await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    let place = |verb: &str| format!("/company/members/{id}/{verb}");
    let closed = site.submit(&place("close"), &admin, &Form::default()).await;
    assert_eq!(location(&closed), "/company/members?done=closed");
    let answer = site
        .submit(&place("reopen"), &admin, &Form::default())
        .await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    let login = site.login(HR, "Pinhui-2027").await;
    assert_eq!(login.status(), StatusCode::UNPROCESSABLE_ENTITY);
    site.end().await;
}

#[tokio::test]
async fn the_administration_is_handed_on_with_the_password() {
    let site = Site::start(Mode::Demo).await;
    let (admin, hr) = (site.enter(ADMIN).await, site.enter(HR).await);
    let path = format!("/company/members/{}/transfer", site.account(HR).await);
    let wrong = site
        .submit(&path, &admin, &Form::new(&[("password", "Wrong-2027")]))
        .await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().await.unwrap().contains("密码不对"));
    let right = Form::new(&[("password", "Pinhui-2027")]);
    let himself = format!("/company/members/{}/transfer", site.account(ADMIN).await);
    let answer = site.submit(&himself, &admin, &right).await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    let answer = site.submit(&path, &admin, &right).await;
    assert_eq!(location(&answer), "/company/members?done=transferred");
    assert_eq!(
        site.get("/company/members/new", &hr).await.status(),
        StatusCode::OK
    );
    let old = site.get("/company/members/new", &admin).await;
    assert_eq!(old.status(), StatusCode::FORBIDDEN);
    assert!(site.html("/company", &admin).await.contains("你是公司成员"));
    site.end().await;
}

#[tokio::test]
async fn wrong_passwords_lock_the_hand_over() {
    let site = Site::start_with(Mode::Demo, |c| c.accounts.failures_per_login = 2).await;
    let admin = site.enter(ADMIN).await;
    let path = format!("/company/members/{}/transfer", site.account(HR).await);
    for _ in 0..2 {
        site.submit(&path, &admin, &Form::new(&[("password", "Wrong-2027")]))
            .await;
    }
    let right = Form::new(&[("password", "Pinhui-2027")]);
    let locked = site.submit(&path, &admin, &right).await;
    assert!(locked.text().await.unwrap().contains("15 分钟后再试"));
    site.end().await;
}

#[tokio::test]
async fn who_may_pay_keeps_the_invoice_data() {
    let site = Site::start(Mode::Demo).await;
    let (admin, payer, hr) = (
        site.enter(ADMIN).await,
        site.enter(PAYER).await,
        site.enter(HR).await,
    );
    let start = site.html("/company/invoice", &payer).await;
    assert!(
        start.contains("91430100MADEM0011E"),
        "what is known is filled in"
    );
    let form = Form::new(&[
        ("version", "0"),
        ("kind", "special"),
        ("holder", "enterprise"),
        ("title", COMPANY),
        ("tax_number", "91430100MADEM0011E"),
        ("email", "finance@chengyuan.example"),
    ]);
    let short = site.submit("/company/invoice", &payer, &form).await;
    assert_eq!(short.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = short.text().await.unwrap();
    for text in [
        "请填写注册地址",
        "请填写开户行",
        "请填写银行账号",
        "finance@chengyuan.example",
    ] {
        assert!(page.contains(text), "{text}");
    }
    let general = form.with("kind", "general");
    let saved = site.submit("/company/invoice", &payer, &general).await;
    assert_eq!(location(&saved), "/company/invoice?saved=1");
    let late = site.submit("/company/invoice", &admin, &general).await;
    assert_eq!(
        late.status(),
        StatusCode::CONFLICT,
        "he saw an older version"
    );
    let company = site.company(COMPANY).await;
    let kept = invoices::find(&site.running.state.db, company)
        .await
        .unwrap();
    assert_eq!(kept.unwrap().0.fields().title, COMPANY);
    let may = member_form().with("may_pay", "1");
    let path = format!("/company/members/{}", site.account(HR).await);
    assert_eq!(
        site.get("/company/invoice", &hr).await.status(),
        StatusCode::FORBIDDEN
    );
    site.submit(&path, &admin, &may).await;
    assert_eq!(
        site.get("/company/invoice", &hr).await.status(),
        StatusCode::OK
    );
    site.submit(&path, &admin, &member_form()).await;
    assert_eq!(
        site.get("/company/invoice", &hr).await.status(),
        StatusCode::FORBIDDEN
    );
    site.end().await;
}

/// A guest is not let into the company's own pages.
async fn has_the_room_only(site: &Site, guest: &str) {
    for path in [
        "/company/members",
        "/company/invoice",
        "/company/claim",
        "/company/profile",
    ] {
        let answer = site.get(path, guest).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
    }
}

/// The link of an invitation, as the guest's telephone gets it.
async fn guest_link(site: &Site, mobile: &str) -> String {
    let emulators = site.running.state.emulators.as_ref().unwrap();
    let sent = || {
        let received = emulators.sms.emulator.received();
        let mut texts = received.iter().filter(|sms| sms.number == mobile);
        let rest = texts.find_map(|sms| sms.text.split_once("/guest/"))?.1;
        let token = rest.split_whitespace().next()?;
        Some(format!("/guest/{token}"))
    };
    let came = async {
        loop {
            if let Some(link) = sent() {
                return link;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let came = tokio::time::timeout(Duration::from_secs(20), came).await;
    came.expect("it came in time")
}

/// A session of whoever has this number, begun just now: its cookie.
async fn fresh_session(site: &Site, mobile: &str) -> String {
    let state = &site.running.state;
    let account = site.by_mobile(mobile).await;
    let accounts = &state.config.accounts;
    let secret = portal::accounts::sessions::begin(&state.db, accounts, account, state.now_ms())
        .await
        .unwrap();
    format!("pinhui={secret}")
}

#[tokio::test]
async fn a_guest_is_not_invited_again_at_once() {
    let clock = Clock::simulated(NOW);
    let site = Site::start_at(Mode::Demo, clock.clone(), |_| {}).await;
    let admin = site.enter(ADMIN).await;
    let (fair, _) = site.booth(ADMIN).await;
    let form = Form::new(&[("mobile", "13833330001"), ("nickname", "王工")])
        .with("fair", &fair.to_string());
    let first = site.submit("/company/guests", &admin, &form).await;
    assert_eq!(location(&first), "/company/members?done=invited");
    let again = site.submit("/company/guests", &admin, &form).await;
    assert_eq!(again.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let html = again.text().await.unwrap();
    assert!(
        html.contains("刚刚已发送过邀请，请 10 分钟后再发"),
        "{html}"
    );
    clock.advance(10 * 60_000);
    let answer = site.submit("/company/guests", &admin, &form).await;
    assert_eq!(location(&answer), "/company/members?done=invited");
    site.end().await;
}

#[tokio::test]
async fn a_guest_sits_at_one_fairs_booth_until_it_is_over() {
    let clock = Clock::simulated(NOW);
    let site = Site::start_at(Mode::Demo, clock.clone(), |_| {}).await;
    let admin = site.enter(ADMIN).await;
    let (fair, booth) = site.booth(ADMIN).await;
    let form = Form::new(&[("mobile", "13833330001"), ("nickname", "王工")]);
    let none = site.submit("/company/guests", &admin, &form).await;
    assert!(none.text().await.unwrap().contains("请选择视频双选会"));
    let form = form.with("fair", &fair.to_string());
    let elsewhere = form
        .clone()
        .with("fair", &portal::ids::FairId::new().to_string());
    let answer = site.submit("/company/guests", &admin, &elsewhere).await;
    assert!(answer.text().await.unwrap().contains("没有展位"));
    let answer = site.submit("/company/guests", &admin, &form).await;
    assert_eq!(location(&answer), "/company/members?done=invited");
    let taken = site
        .submit(
            "/company/guests",
            &admin,
            &form.clone().with("mobile", "13900000001"),
        )
        .await;
    assert!(taken.text().await.unwrap().contains("已被其他账号使用"));

    let told = site.told(site.by_mobile("13833330001").await).await;
    assert_eq!(told[0].0, "X4");
    let link = guest_link(&site, "13833330001").await;
    assert!(site.html(&link, "").await.contains(COMPANY));
    let forged = format!("{}x", &link[..link.len() - 1]);
    assert_eq!(site.get(&forged, "").await.status(), StatusCode::NOT_FOUND);
    site.sms("13833330001", CodePurpose::Guest).await;
    site.sms("13833330009", CodePurpose::Guest).await;
    for (mobile, code) in [("13833330009", CODE), ("13833330001", "000000")] {
        let form = Form::new(&[("mobile", mobile), ("sms_code", code)]);
        let answer = site.submit(&link, "", &form).await;
        assert_eq!(
            answer.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{mobile} {code}"
        );
    }
    let good = Form::new(&[("mobile", "138 3333 0001"), ("sms_code", CODE)]);
    let entered = site.submit(&link, "", &good).await;
    assert_eq!(location(&entered), "/booths");
    let guest = cookie(&entered);
    assert!(site.html("/booths", &guest).await.contains(COMPANY));
    assert_eq!(
        site.get(&format!("/room/{booth}"), &guest).await.status(),
        StatusCode::OK
    );
    assert_eq!(location(&site.get("/company", &guest).await), "/booths");
    has_the_room_only(&site, &guest).await;
    // The demo fair goes on for six hours.
    clock.advance(6 * HOUR_MS + guests::STAYS_MS);
    // Neither the session that lay idle nor a fresh one lets him in.
    let idle = site.get("/booths", &guest).await;
    assert_eq!(location(&idle), "/login?next=/booths");
    let fresh = fresh_session(&site, "13833330001").await;
    let fresh = site.get("/booths", &fresh).await;
    assert_eq!(fresh.status(), StatusCode::FORBIDDEN);
    assert!(site.html(&link, "").await.contains("邀请已失效"));
    let late = site.submit(&link, "", &good).await;
    assert_eq!(late.status(), StatusCode::CONFLICT);
    site.end().await;
}

#[tokio::test]
async fn a_guest_gets_no_ticket_after_his_time() {
    let clock = Clock::simulated(NOW);
    let site = Site::start_at(Mode::Demo, clock.clone(), |_| {}).await;
    let admin = site.enter(ADMIN).await;
    let (fair, booth) = site.booth(ADMIN).await;
    let form = Form::new(&[
        ("mobile", "13833330002"),
        ("nickname", "王工"),
        ("fair", &fair.to_string()),
    ]);
    site.submit("/company/guests", &admin, &form).await;
    let wish = serde_json::json!({ "fair": fair, "page": "room", "booth": booth });
    let ticket = async || {
        let guest = fresh_session(&site, "13833330002").await;
        let post = reqwest::Method::POST;
        let (status, _) = site.json(post, "/api/join-token", &guest, &wish).await;
        status
    };
    assert_eq!(ticket().await, StatusCode::OK);
    clock.advance(6 * HOUR_MS + guests::STAYS_MS);
    assert_eq!(ticket().await, StatusCode::NOT_FOUND);
    site.end().await;
}

#[tokio::test]
async fn a_wrong_number_and_a_wrong_code_look_alike() {
    let site = Site::start(Mode::Demo).await;
    let admin = site.enter(ADMIN).await;
    let (fair, _) = site.booth(ADMIN).await;
    let form = Form::new(&[
        ("mobile", "13833330003"),
        ("nickname", "王工"),
        ("fair", &fair.to_string()),
    ]);
    site.submit("/company/guests", &admin, &form).await;
    let link = guest_link(&site, "13833330003").await;
    site.sms("13833330003", CodePurpose::Guest).await;
    for mobile in ["13833330003", "13833330009"] {
        let form = Form::new(&[("mobile", mobile), ("sms_code", "000000")]);
        let answer = site.submit(&link, "", &form).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let page = answer.text().await.unwrap();
        let words = "手机号或验证码不对，或验证码已失效，请核对后重新获取";
        assert!(page.contains(words), "{mobile}");
    }
    site.end().await;
}

#[tokio::test]
async fn a_profile_is_saved_at_once_and_not_over_another_ones() {
    let site = Site::start(Mode::Demo).await;
    let admin = site.enter(ADMIN).await;
    let page = site.html("/company/profile", &admin).await;
    let version = version_of(&page);
    let form = Form::new(&[
        ("version", &version),
        ("tel", "0731-1888888"),
        ("official_email", "someone@qq.com"),
        ("hr_email", "hr@chengyuan.example"),
        ("postcode", "410001"),
    ]);
    let bad = site.submit("/company/profile", &admin, &form).await;
    assert_eq!(bad.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = bad.text().await.unwrap();
    assert!(page.contains("tel-error") && page.contains("410001"));
    assert!(
        page.contains("公共邮箱"),
        "a public mailbox is doubtful, not wrong"
    );
    let form = form.with("tel", "(0731) 88888888转801");
    let saved = site.submit("/company/profile", &admin, &form).await;
    assert_eq!(location(&saved), "/company/profile?saved=1");
    let page = site.html("/company/profile?saved=1", &admin).await;
    assert!(page.contains("0731-88888888-801") && page.contains("已保存"));
    let late = site.submit("/company/profile", &admin, &form).await;
    assert_eq!(late.status(), StatusCode::CONFLICT);
    site.end().await;
}

/// The version in a page's form.
fn version_of(page: &str) -> String {
    let after = page.split(r#"name="version" value=""#).nth(1).unwrap();
    after.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_changed_certification_waits_while_the_old_one_is_in_force() {
    let site = Site::start(Mode::Demo).await;
    let admin = site.enter(ADMIN).await;
    let company = site.company(COMPANY).await;
    let licence = site.uploaded(Purpose::Licence).await;
    let form = companies_site::certify_form("澄源微电子（示例）", "91430100MADEM0011E", "")
        .with("licence", &licence);
    let taken = form.clone().with("code", "91430200MADEM002XB");
    let answer = site.submit("/company/certification", &admin, &taken).await;
    assert!(answer.text().await.unwrap().contains("已由其他账号登记"));
    let answer = site.submit("/company/certification", &admin, &form).await;
    assert_eq!(location(&answer), "/company/certification");
    let page = site.html("/company/certification", &admin).await;
    assert!(page.contains(COMPANY) && page.contains("待审核"));
    let again = site.submit("/company/certification", &admin, &form).await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
    let taken_back = site
        .submit("/company/certification/withdraw", &admin, &Form::default())
        .await;
    assert_eq!(location(&taken_back), "/company/certification");
    let stale = site.submit("/company/certification", &admin, &form).await;
    assert!(stale.text().await.unwrap().contains("上传的文件已失效"));
    let licence = site.uploaded(Purpose::Licence).await;
    let form = form.with("licence", &licence);
    let answer = site.submit("/company/certification", &admin, &form).await;
    assert_eq!(location(&answer), "/company/certification");
    assert!(site.html("/company", &admin).await.contains(COMPANY));
    let review = site.review("recertification", company).await;
    site.decide(&review, Inbox::Platform, "platform", &Decision::Approve)
        .await;
    let page = site.html("/company/certification", &admin).await;
    assert!(page.contains("澄源微电子（示例）"));
    let page = site.html("/company/profile", &admin).await;
    assert!(
        page.contains("office@demo.example"),
        "how it is reached was not asked"
    );
    let told = site.told(site.account(ADMIN).await).await;
    assert!(
        told.iter()
            .any(|(event, args)| event == "N5" && args["result"] == "已通过")
    );
    site.end().await;
}

#[tokio::test]
async fn a_brand_is_saved_and_takes_no_script_for_an_address() {
    let site = Site::start(Mode::Demo).await;
    let (admin, hr) = (site.enter(ADMIN).await, site.enter(HR).await);
    let logo = site.uploaded(Purpose::Logo).await;
    let picture = site.uploaded(Purpose::Album).await;
    let form = Form::new(&[
        ("version", "0"),
        ("short_name", "澄源"),
        ("scale", "L4"),
        ("benefits", "五险一金，带薪年假"),
        ("website", "javascript:alert(1)"),
        ("intro", "第一行\n<script>alert(1)</script>"),
        ("logo", &logo),
        ("album_1", &picture),
    ]);
    let bad = site.submit("/company/brand", &admin, &form).await;
    assert_eq!(bad.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = bad.text().await.unwrap();
    assert!(page.contains("完整的网址") && page.contains(&logo) && page.contains("带薪年假"));
    let wrong = form.clone().with("website", "").with("logo", &picture);
    let answer = site.submit("/company/brand", &admin, &wrong).await;
    assert!(
        answer.text().await.unwrap().contains("上传的文件已失效"),
        "an album picture"
    );
    let form = form.with("website", "https://www.chengyuan.example");
    let saved = site.submit("/company/brand", &admin, &form).await;
    assert_eq!(location(&saved), "/company/brand?saved=1");
    let page = site.html("/company/brand", &hr).await;
    assert!(page.contains("https://www.chengyuan.example") && page.contains("五险一金"));
    assert!(page.contains("alert(1)") && !page.contains("<script>alert"));
    let late = site.submit("/company/brand", &admin, &form).await;
    assert_eq!(late.status(), StatusCode::CONFLICT);
    let again = site
        .submit("/company/brand", &admin, &form.with("version", "1"))
        .await;
    assert_eq!(
        location(&again),
        "/company/brand?saved=1",
        "its pictures stay"
    );
    site.end().await;
}

/// An entry of a list as staff would save it.
async fn list_entry(site: &Site, (list, code, label): (&str, &str, &str), enabled: bool) {
    on_db!(site.running.state.db.writer().await.unwrap(), c => sqlx::query(
        "INSERT INTO dictionary_entries (list, code, label, ordinal, enabled, changed_ms)
         VALUES ($1, $2, $3, 5, $4, 0)")
        .bind(list).bind(code).bind(label).bind(enabled).execute(c).await.map(drop))
    .unwrap();
}

#[tokio::test]
async fn forms_offer_what_the_lists_say() {
    let site = Site::start(Mode::Demo).await;
    let admin = site.enter(ADMIN).await;
    list_entry(&site, ("nature", "L9", "律师事务所"), true).await;
    list_entry(&site, ("industry", "A", "旧的行业"), false).await;
    list_entry(&site, ("size", "L9", "十万人以上"), true).await;
    list_entry(&site, ("size", "L2", "很少的人"), false).await;
    let register = "/register/company/account?name=新的单位（示例）&code=91430200MADEM0097F";
    for path in ["/company/certification", register] {
        let page = site.html(path, &admin).await;
        assert!(page.contains("律师事务所"), "{path}");
        assert!(!page.contains("旧的行业"), "{path}");
    }
    let page = site.html("/company/brand", &admin).await;
    assert!(page.contains("十万人以上") && !page.contains("很少的人"));
    let form = Form::new(&[("version", "0"), ("scale", "L2")]);
    let off = site.submit("/company/brand", &admin, &form).await;
    assert!(off.text().await.unwrap().contains("请选择规模"));
    let added = form.with("scale", "L9");
    let saved = site.submit("/company/brand", &admin, &added).await;
    assert_eq!(location(&saved), "/company/brand?saved=1");
    let off = Form::new(&[("industry", "A"), ("nature", "L9")]);
    let refused = site.submit("/company/certification", &admin, &off).await;
    let page = refused.text().await.unwrap();
    assert!(page.contains("请选择所属行业") && !page.contains("请选择单位性质"));
    site.end().await;
}

#[tokio::test]
async fn a_school_is_asked_left_and_asked_again_unless_it_has_shut_the_company_out() {
    let site = Site::start(Mode::Demo).await;
    let (admin, hr) = (site.enter(ADMIN).await, site.enter(HR).await);
    let (company, school) = (site.company(COMPANY).await, site.school().await);
    let db = &site.running.state.db;
    let path = |what: &str| format!("/company/schools/{school}/{what}");
    let (ask, leave) = (path("join"), path("cancel"));
    let none = Form::default();
    assert!(joins::is_joined(db, company, school).await.unwrap());
    assert_eq!(
        site.submit(&ask, &hr, &none).await.status(),
        StatusCode::CONFLICT
    );
    assert_eq!(
        location(&site.submit(&leave, &admin, &none).await),
        "/company/schools"
    );
    assert!(!joins::is_joined(db, company, school).await.unwrap());
    assert_eq!(
        location(&site.submit(&ask, &hr, &none).await),
        "/company/schools"
    );
    assert!(
        site.html("/company/schools", &hr)
            .await
            .contains("18:00 前完成")
    );
    let back = Decision::Return {
        reason: "请补充岗位".to_owned(),
    };
    let review = site.review("school_join", company).await;
    site.decide(&review, Inbox::School(school), "school", &back)
        .await;
    assert!(
        site.html("/company/schools", &hr)
            .await
            .contains("请补充岗位")
    );
    site.submit(&ask, &hr, &none).await;
    let review = site.review("school_join", company).await;
    let mut tx = db.begin().await.unwrap();
    joins::block(&mut tx, (company, school), "连续缺席", NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = db.begin().await.unwrap();
    let by = site.account("school").await;
    let late = portal::reviews::store::decide(
        &mut tx,
        (review.id, review.version),
        Inbox::School(school),
        by,
        &Decision::Approve,
        NOW,
    );
    assert!(
        late.await.is_err(),
        "who is shut out is not let in by an older request"
    );
    drop(tx);
    assert_eq!(
        site.submit(&ask, &hr, &none).await.status(),
        StatusCode::CONFLICT
    );
    assert!(
        site.html("/company/schools", &hr)
            .await
            .contains("连续缺席")
    );
    site.end().await;
}

#[tokio::test]
async fn a_member_claims_the_administration_and_may_take_it_back() {
    let site = Site::start(Mode::Demo).await;
    let hr = site.enter(HR).await;
    let without = site.submit("/company/claim", &hr, &Form::default()).await;
    assert_eq!(without.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let letter = site.uploaded(Purpose::Letter).await;
    let form = Form::new(&[("letter", &letter)]);
    assert_eq!(
        location(&site.submit("/company/claim", &hr, &form).await),
        "/company/claim"
    );
    assert!(
        site.html("/company/claim", &hr)
            .await
            .contains("18:00 前完成")
    );
    let payer = site.enter(PAYER).await;
    let other = site.uploaded(Purpose::Letter).await;
    let second = site
        .submit("/company/claim", &payer, &Form::new(&[("letter", &other)]))
        .await;
    assert!(second.text().await.unwrap().contains("已有一份管理员申请"));
    let back = site
        .submit("/company/claim/withdraw", &hr, &Form::default())
        .await;
    assert_eq!(location(&back), "/company/claim");
    assert!(
        site.html("/company", &hr).await.contains("你是公司成员"),
        "he stays what he was"
    );
    let second = site
        .submit("/company/claim", &payer, &Form::new(&[("letter", &other)]))
        .await;
    assert_eq!(location(&second), "/company/claim");
    let company = site.company(COMPANY).await;
    let no = Decision::Return {
        reason: "公章不清晰".to_owned(),
    };
    let review = site.review("admin_claim", company).await;
    site.decide(&review, Inbox::Platform, "platform", &no).await;
    let page = site.html("/company/claim", &payer).await;
    assert!(page.contains("公章不清晰") && page.contains("已上传的授权书"));
    let fresh = site.uploaded(Purpose::Letter).await;
    let again = site
        .submit("/company/claim", &payer, &Form::new(&[("letter", &fresh)]))
        .await;
    assert_eq!(location(&again), "/company/claim");
    assert_eq!(site.open_reviews("admin_claim", company).await.len(), 1);
    site.end().await;
}

#[tokio::test]
async fn who_was_refused_may_ask_another_company() {
    let site = Site::start(Mode::Demo).await;
    let who = site.enter("applicant-02").await;
    let none = Form::default();
    assert_eq!(
        site.submit("/company/application", &who, &none)
            .await
            .status(),
        StatusCode::CONFLICT
    );
    let back = site
        .submit("/company/application/withdraw", &who, &none)
        .await;
    assert_eq!(location(&back), "/company");
    let ask = Form::new(&[
        ("kind", "join"),
        ("person", "𠮷田䶮"),
        ("department", "招聘组"),
        ("name", "没有这家单位"),
        ("code", "91430100MADEM010XR"),
    ]);
    let answer = site.submit("/company/application", &who, &ask).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().await.unwrap().contains("没有找到这家单位"));
    let ask = ask.with("code", "91430200MADEM002XB");
    let answer = site.submit("/company/application", &who, &ask).await;
    assert_eq!(location(&answer), "/company");
    let first = site
        .html("/company/members", &site.enter(ADMIN).await)
        .await;
    assert!(!first.contains("𠮷田䶮"));
    let second = site
        .html("/company/members", &site.enter("interviewer-04").await)
        .await;
    assert!(second.contains("𠮷田䶮") && second.contains("招聘组"));
    site.end().await;
}
