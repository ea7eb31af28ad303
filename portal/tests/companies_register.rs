//! Registering a company, or oneself at one, over real HTTP.

#![expect(clippy::unwrap_used, reason = "tests")]

mod companies_site;
mod site;

use companies_site::{CODE, Form, certify_form, encode, join_form};
use portal::Mode;
use portal::accounts::codes::CodePurpose;
use portal::companies::joins;
use portal::files::Purpose;
use portal::reviews::{Decision, Inbox};
use reqwest::StatusCode;
use site::{Site, cookie, location};

const NEW: (&str, &str) = ("听雨软件（示例）", "91430100MADEM0089E");
const KNOWN: (&str, &str) = ("澄源半导体（示例）", "91430100MADEM0011E");
const MOBILE: &str = "13811110001";
/// What the later of two claims is told.
const BUSY: &str = "该公司已有一份管理员申请在审核中，请等待结果";

#[tokio::test]
async fn a_new_company_registers_is_certified_and_asks_its_schools() {
    let site = Site::start(Mode::Demo).await;
    let first = site.html("/register/company?school=demo", "").await;
    assert!(
        first.contains(r#"value="demo" checked"#),
        "the entry school is picked"
    );
    let query = Form::new(&[
        ("school", "demo"),
        ("schools", "demo"),
        ("name", NEW.0),
        ("code", NEW.1),
    ]);
    let form = site
        .html(
            &format!("/register/company/account?{}", query.encoded()),
            "",
        )
        .await;
    assert!(form.contains("企业认证资料") && form.contains(r#"data-testid="certify-form""#));
    let who = site.register(NEW.0, NEW.1, MOBILE).await;
    let done = site.html("/register/company/done", &who).await;
    assert!(done.contains("提交成功") && done.contains("18:00 前完成"));
    assert!(done.contains(r#"data-testid="wechat-card""#));
    let home = site.html("/company", &who).await;
    assert!(home.contains("企业认证审核中") && home.contains("待审核"));
    assert_eq!(
        site.get("/company/members", &who).await.status(),
        StatusCode::FORBIDDEN
    );

    let (company, school) = (site.company(NEW.0).await, site.school().await);
    let review = site.review("company", company).await;
    assert_eq!(review.flags, "[]");
    site.decide(&review, Inbox::Platform, "platform", &Decision::Approve)
        .await;
    let home = site.html("/company", &who).await;
    assert!(home.contains("已认证") && home.contains("入驻高校"));
    let told = site.told(site.by_mobile(MOBILE).await).await;
    assert_eq!(told[0].0, "N3");
    assert_eq!(told[0].1["result"], "已通过");

    let db = &site.running.state.db;
    assert!(!joins::is_joined(db, company, school).await.unwrap());
    let join = site.review("school_join", company).await;
    site.decide(&join, Inbox::School(school), "school", &Decision::Approve)
        .await;
    assert!(joins::is_joined(db, company, school).await.unwrap());
    let facts = site.html("/company/certification", &who).await;
    assert!(facts.contains("岳麓区示例大道 1111 号") && facts.contains("长沙市"));
    site.end().await;
}

#[tokio::test]
async fn a_known_company_is_joined_by_its_administrators_word() {
    let site = Site::start(Mode::Demo).await;
    // The name alone finds it too, however its brackets are typed.
    let query = Form::new(&[("name", "澄源半导体(示例)"), ("code", NEW.1)]);
    let form = site
        .html(
            &format!("/register/company/account?{}", query.encoded()),
            "",
        )
        .await;
    assert!(
        form.contains("该公司之前已被注册，管理员是沈**"),
        "the name is masked"
    );
    assert!(!form.contains("沈知行"));
    let who = site.ask_to_join(KNOWN.0, KNOWN.1, MOBILE).await;
    let waits = site.html("/company", &who).await;
    assert!(waits.contains("由公司管理员审核") && waits.contains(r#"data-testid="withdraw""#));
    assert!(
        !waits.contains("/company/certification"),
        "no link to a page that is not his yet"
    );
    let boss = site.enter("interviewer-01").await;
    let told = site.told(site.account("interviewer-01").await).await;
    assert!(
        told.iter()
            .any(|(event, args)| event == "N1" && args["name"] == "张璇")
    );
    let list = site.html("/company/members", &boss).await;
    let id = site.by_mobile(MOBILE).await;
    assert!(list.contains("张璇") && list.contains(MOBILE));
    let review = request_of(&list, MOBILE);

    let refuse = Form::new(&[("version", "1"), ("decision", "reject"), ("reason", " ")]);
    let path = format!("/company/members/requests/{review}");
    let blank = site.submit(&path, &boss, &refuse).await;
    assert_eq!(blank.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let refuse = refuse.with("reason", "不认识<b>你</b>");
    assert_eq!(
        site.submit(&path, &boss, &refuse).await.status(),
        StatusCode::SEE_OTHER
    );
    let refused = site.html("/company", &who).await;
    assert!(refused.contains("不认识&#60;b&#62;你") || refused.contains("不认识&lt;b&gt;你"));

    let again = Form::new(&[
        ("kind", "join"),
        ("person", "张璇"),
        ("department", "市场部"),
    ]);
    let asked = site.submit("/company/application", &who, &again).await;
    assert_eq!(location(&asked), "/company");
    let list = site.html("/company/members", &boss).await;
    assert!(list.contains("市场部"));
    let path = format!("/company/members/requests/{}", request_of(&list, MOBILE));
    let take = Form::new(&[("version", "1"), ("decision", "approve")]);
    assert_eq!(
        site.submit(&path, &boss, &take).await.status(),
        StatusCode::SEE_OTHER
    );
    let twice = site.submit(&path, &boss, &take).await;
    assert_eq!(twice.status(), StatusCode::CONFLICT);
    assert!(site.html("/company", &who).await.contains("你是公司成员"));
    assert_eq!(site.told(id).await.last().unwrap().1["result"], "已通过");
    site.end().await;
}

/// The review of the request with this number in the administrator's list.
fn request_of(list: &str, mobile: &str) -> String {
    let after = list.split(mobile).nth(1).unwrap();
    let id = after.split("/company/members/requests/").nth(1).unwrap();
    id.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_wrong_code_keeps_the_form_and_a_spent_one_is_not_asked_for_again() {
    let site = Site::start(Mode::Demo).await;
    site.sms(MOBILE, CodePurpose::Register).await;
    let licence = site.uploaded(Purpose::Licence).await;
    let form = certify_form(NEW.0, NEW.1, MOBILE)
        .with("licence", &licence)
        .with("letter", &site.uploaded(Purpose::Letter).await);
    let path = "/register/company/certify";
    let wrong = site
        .submit(path, "", &form.clone().with("sms_code", "000000"))
        .await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = wrong.text().await.unwrap();
    assert!(page.contains("验证码不对"));
    for kept in [
        NEW.0,
        NEW.1,
        "岳麓区示例大道 1111 号",
        "office@tingyu.example",
        "张璇",
        &licence,
    ] {
        assert!(page.contains(kept), "{kept} is lost");
    }
    assert!(!page.contains(companies_site::PASSWORD));

    // The upload is another's: the form fails after the code was spent.
    let stolen = site.uploaded(Purpose::Licence).await;
    let other = certify_form("别家软件（示例）", "91430100MADEM00979", "13811110009");
    site.sms("13811110009", CodePurpose::Register).await;
    let other = other
        .with("licence", &stolen)
        .with("letter", &site.uploaded(Purpose::Letter).await);
    let taken = site.submit(path, "", &other).await;
    assert_eq!(taken.status(), StatusCode::SEE_OTHER);
    let gone = site
        .submit(path, "", &form.clone().with("licence", &stolen))
        .await;
    assert_eq!(gone.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = gone.text().await.unwrap();
    assert!(page.contains("上传的文件已失效"));
    let proof = value_of(&page, "proof");
    let form = form.with("sms_code", "").with("proof", &proof);
    let elsewhere = form.clone().with("mobile", "13811110002");
    let refused = site.submit(path, "", &elsewhere).await;
    assert_eq!(
        refused.status(),
        StatusCode::UNPROCESSABLE_ENTITY,
        "the proof is of one number"
    );
    let good = site.submit(path, "", &form).await;
    assert_eq!(location(&good), "/register/company/done");
    site.end().await;
}

#[tokio::test]
async fn a_code_is_shown_before_the_first_upload_and_serves_the_form_too() {
    let site = Site::start(Mode::Demo).await;
    let show = async |mobile: &str, code: &str| {
        let json = serde_json::json!({ "mobile": mobile, "sms_code": code });
        let request = site.client.post(site.url("/api/number-proofs"));
        let answer = request.json(&json).send().await.unwrap();
        let status = answer.status();
        (status, answer.json::<serde_json::Value>().await.unwrap())
    };
    site.sms(MOBILE, CodePurpose::Register).await;
    for (mobile, code, field, text) in [
        ("1381111", CODE, "mobile", "手机号"),
        (MOBILE, " ", "sms_code", "请填写手机验证码"),
        (MOBILE, "000000", "sms_code", "验证码不对"),
    ] {
        let (status, told) = show(mobile, code).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        let told = told["fields"][field].as_str().unwrap();
        assert!(told.contains(text), "{told}");
    }
    let (status, proven) = show(MOBILE, CODE).await;
    assert_eq!(status, StatusCode::OK);
    let proof = proven["proof"].as_str().unwrap();
    assert_eq!(
        show(MOBILE, CODE).await.1["fields"]["sms_code"],
        "验证码已失效，请重新获取"
    );
    let mut form = certify_form(NEW.0, NEW.1, MOBILE)
        .with("sms_code", "")
        .with("proof", proof);
    for purpose in [Purpose::Licence, Purpose::Letter] {
        let path = site.url(&format!("/api/files?purpose={purpose}&name=x.png"));
        let request = site.client.post(path).header("x-number-proof", proof);
        let taken = request.body(site::forms::png()).send().await.unwrap();
        let taken: serde_json::Value = taken.json().await.unwrap();
        form = form.with(purpose.as_str(), taken["reference"].as_str().unwrap());
    }
    let done = site.submit("/register/company/certify", "", &form).await;
    assert_eq!(location(&done), "/register/company/done");

    // A number that has an account is told to whom it belongs.
    let taken = "13900000001";
    site.sms(taken, CodePurpose::Register).await;
    let (status, told) = show(taken, CODE).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let told = told["fields"]["mobile"].as_str().unwrap();
    assert!(told.contains("该手机号已注册"), "{told}");
    site.end().await;
}

/// The value of a page's hidden field.
fn value_of(page: &str, name: &str) -> String {
    let after = page
        .split(&format!(r#"name="{name}" value=""#))
        .nth(1)
        .unwrap();
    after.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_wrong_format_stops_and_a_wrong_check_digit_is_flagged() {
    let site = Site::start(Mode::Demo).await;
    for code in ["", "12345", "91430100MADEM008IE", "9143010OMADEM0089E"] {
        let query = Form::new(&[("name", NEW.0), ("code", code)]);
        let path = format!("/register/company/account?{}", query.encoded());
        let answer = site.get(&path, "").await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{code}");
        let page = answer.text().await.unwrap();
        assert!(
            page.contains(NEW.0) && page.contains("code-error"),
            "{code}"
        );
    }
    let doubtful = "91430100MADEM0089A";
    let query = Form::new(&[("name", NEW.0), ("code", doubtful)]);
    let page = site
        .html(
            &format!("/register/company/account?{}", query.encoded()),
            "",
        )
        .await;
    assert!(page.contains("校验位不符"));
    site.register(NEW.0, doubtful, MOBILE).await;
    let review = site.review("company", site.company(NEW.0).await).await;
    assert!(review.flags.contains("校验位不符"), "{}", review.flags);
    // The old code of the same company is the same company.
    let query = Form::new(&[("name", "另一个名字"), ("code", "MADEM008-9")]);
    let page = site
        .html(
            &format!("/register/company/account?{}", query.encoded()),
            "",
        )
        .await;
    assert!(page.contains("该公司之前已被注册，管理员是张*"));
    // Whichever of the two led to it, the other one that does not fit is told.
    assert!(page.contains("单位名称与该代码登记的名称不一致"), "{page}");
    for (name, code, text) in [
        (NEW.0, KNOWN.1, "单位名称与该代码登记的名称不一致"),
        (KNOWN.0, "91430100MA4L101010", "与这家同名单位登记的不一致"),
        (KNOWN.0, KNOWN.1, ""),
    ] {
        let query = Form::new(&[("name", name), ("code", code)]);
        let path = format!("/register/company/account?{}", query.encoded());
        let page = site.html(&path, "").await;
        assert!(page.contains("该公司之前已被注册"), "{name} {code}");
        assert!(page.contains(text), "{name} {code}");
        let told = page.contains(r#"data-testid="differs""#);
        assert_eq!(told, !text.is_empty(), "{name} {code}");
    }
    site.end().await;
}

#[tokio::test]
async fn a_taken_number_is_told_to_its_owner_only() {
    let site = Site::start(Mode::Demo).await;
    let taken = "13900000001";
    let form = join_form(KNOWN.0, KNOWN.1, taken);
    let stranger = site.submit("/register/company/join", "", &form).await;
    let page = stranger.text().await.unwrap();
    assert!(!page.contains("已注册，请直接登录"), "no code, no answer");
    site.sms(taken, CodePurpose::Register).await;
    let owner = site.submit("/register/company/join", "", &form).await;
    assert_eq!(owner.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        owner
            .text()
            .await
            .unwrap()
            .contains("该手机号已注册，请直接登录")
    );
    site.end().await;
}

#[tokio::test]
async fn scripts_in_the_fields_come_out_as_text() {
    const EVIL: &str = "\"><script>alert(1)</script>";
    let site = Site::start(Mode::Demo).await;
    let mut form = certify_form(EVIL, EVIL, EVIL);
    let fields = [
        "school",
        "schools",
        "province",
        "city",
        "address",
        "tel",
        "official_email",
        "hr_email",
        "postcode",
        "nature",
        "industry",
        "person",
        "department",
        "sms_code",
        "licence",
        "licence_name",
        "proof",
        "captcha_id",
    ];
    for field in fields {
        form = form.with(field, EVIL);
    }
    let query = form.encoded();
    let pages = [
        site.submit("/register/company/certify", "", &form).await,
        site.get(&format!("/register/company?{query}"), "").await,
        site.get(&format!("/register/company/info?{query}"), "")
            .await,
        site.get(&format!("/register/company/account?{query}"), "")
            .await,
        site.submit("/register/company/letter", "", &form).await,
    ];
    for answer in pages {
        let url = answer.url().path().to_owned();
        let page = answer.text().await.unwrap();
        assert!(!page.contains("<script>alert"), "{url}");
        if !url.ends_with("/company") {
            assert!(page.contains("alert(1)"), "{url} shows it again, as text");
        }
    }
    site.end().await;
}

#[tokio::test]
async fn rare_characters_and_long_names_are_taken_as_they_are() {
    let site = Site::start(Mode::Demo).await;
    let names = ["𠮷田䶮", "阿卜杜热合曼·买买提图尔荪", "欧阳娜娜"];
    for (n, name) in names.into_iter().enumerate() {
        let mobile = format!("1381111002{n}");
        site.sms(&mobile, CodePurpose::Register).await;
        let form = join_form(KNOWN.0, KNOWN.1, &mobile).with("person", name);
        let answer = site.submit("/register/company/join", "", &form).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{name}");
        let boss = site.enter("interviewer-01").await;
        assert!(site.html("/company/members", &boss).await.contains(name));
    }
    for bad in ["张3", "张", "张\u{202e}璇<", ""] {
        let form = join_form(KNOWN.0, KNOWN.1, "13811110030").with("person", bad);
        let answer = site.submit("/register/company/join", "", &form).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
    }
    site.end().await;
}

#[tokio::test]
async fn two_who_register_one_company_at_once_do_not_both_get_it() {
    let site = Site::start(Mode::Demo).await;
    let mobiles = ["13811110041", "13811110042"];
    let mut forms = Vec::new();
    for mobile in mobiles {
        site.sms(mobile, CodePurpose::Register).await;
        let licence = site.uploaded(Purpose::Licence).await;
        let letter = site.uploaded(Purpose::Letter).await;
        let form = certify_form(NEW.0, NEW.1, mobile).with("licence", &licence);
        forms.push(form.with("letter", &letter));
    }
    let path = "/register/company/certify";
    let (one, other) = tokio::join!(
        site.submit(path, "", &forms[0]),
        site.submit(path, "", &forms[1])
    );
    let one_won = one.status() == StatusCode::SEE_OTHER;
    assert_ne!(one_won, other.status() == StatusCode::SEE_OTHER);
    let (loser, mobile) = if one_won {
        (other, mobiles[1])
    } else {
        (one, mobiles[0])
    };
    assert_eq!(loser.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = loser.text().await.unwrap();
    assert!(page.contains("刚刚有人注册了这家单位") && page.contains(r#"data-testid="join-form""#));
    assert!(page.contains(mobile) && page.contains("张璇"));
    let form = join_form(NEW.0, NEW.1, mobile)
        .with("sms_code", "")
        .with("proof", &value_of(&page, "proof"));
    let joined = site.submit("/register/company/join", "", &form).await;
    assert_eq!(
        location(&joined),
        "/register/company/done",
        "his data go on"
    );
    site.end().await;
}

#[tokio::test]
async fn what_waits_for_the_reviewer_can_be_read_by_who_handed_it_in() {
    let site = Site::start(Mode::Demo).await;
    let who = site.register(NEW.0, NEW.1, MOBILE).await;
    let page = site.html("/company/certification", &who).await;
    for part in [
        NEW.0,
        NEW.1,
        "岳麓区示例大道 1111 号",
        "湖南省",
        "licence-link",
        "letter-link",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    site.end().await;
}

#[tokio::test]
async fn a_certification_that_came_back_is_corrected_and_one_refused_is_handed_in_anew() {
    let site = Site::start(Mode::Demo).await;
    let who = site.register(NEW.0, NEW.1, MOBILE).await;
    let company = site.company(NEW.0).await;
    let form = certify_form(NEW.0, NEW.1, MOBILE);
    let early = site.submit("/company/certification", &who, &form).await;
    assert_eq!(
        early.status(),
        StatusCode::CONFLICT,
        "nothing changes under the reviewer"
    );
    let back = Decision::Return {
        reason: "执照不清晰".to_owned(),
    };
    let review = site.review("company", company).await;
    site.decide(&review, Inbox::Platform, "platform", &back)
        .await;
    let home = site.html("/company", &who).await;
    assert!(home.contains("执照不清晰") && home.contains("企业认证资料已退回"));
    assert!(!home.contains("审核中"), "{home}");
    let done = site.get("/register/company/done", &who).await;
    assert_eq!(location(&done), "/company", "it is not handed in any more");
    let page = site.html("/company/certification", &who).await;
    let kept = value_of(&page, "licence");
    let form = form.with("letter", &value_of(&page, "letter"));
    let bare = form.clone().with("licence", &kept).with("letter", "");
    let answer = site.submit("/company/certification", &who, &bare).await;
    assert!(answer.text().await.unwrap().contains("请上传盖章的授权书"));
    let renamed = form
        .clone()
        .with("name", "听雨科技（示例）")
        .with("licence", &kept);
    let answer = site.submit("/company/certification", &who, &renamed).await;
    assert_eq!(location(&answer), "/company/certification");
    assert_eq!(site.company("听雨科技（示例）").await, company);

    let no = Decision::Reject {
        reason: "名称与执照不一致".to_owned(),
    };
    let review = site.review("company", company).await;
    site.decide(&review, Inbox::Platform, "reviewer-2", &no)
        .await;
    assert!(
        site.html("/company", &who)
            .await
            .contains("名称与执照不一致")
    );
    let taken = form.clone().with("name", KNOWN.0).with("licence", &kept);
    let answer = site.submit("/company/certification", &who, &taken).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().await.unwrap().contains("已由其他账号登记"));
    let fresh = site.uploaded(Purpose::Licence).await;
    let answer = site
        .submit(
            "/company/certification",
            &who,
            &form.with("licence", &fresh),
        )
        .await;
    assert_eq!(location(&answer), "/company/certification");
    let review = site.review("company", company).await;
    site.decide(&review, Inbox::Platform, "platform", &Decision::Approve)
        .await;
    assert!(site.html("/company", &who).await.contains("已认证"));
    site.end().await;
}

#[tokio::test]
async fn someone_from_outside_claims_the_administration_with_a_letter() {
    let site = Site::start(Mode::Demo).await;
    site.sms(MOBILE, CodePurpose::Register).await;
    let form = join_form(KNOWN.0, KNOWN.1, MOBILE).with("kind", "claim");
    let without = site.submit("/register/company/join", "", &form).await;
    assert_eq!(without.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(without.text().await.unwrap().contains("请上传盖章的授权书"));
    let letter = site.uploaded(Purpose::Letter).await;
    let answer = site
        .submit("/register/company/join", "", &form.with("letter", &letter))
        .await;
    let who = cookie(&answer);
    let company = site.company(KNOWN.0).await;
    let review = site.review("admin_claim", company).await;
    let old = site.enter("interviewer-01").await;
    assert!(
        site.html("/company", &old)
            .await
            .contains("有人申请成为本公司管理员")
    );
    decide_twice(&site, &review).await;
    assert!(site.html("/company", &who).await.contains("你是公司管理员"));
    assert!(site.html("/company", &old).await.contains("你是公司成员"));
    for account in [
        site.by_mobile(MOBILE).await,
        site.account("interviewer-01").await,
    ] {
        assert!(
            site.told(account)
                .await
                .iter()
                .any(|(event, _)| event == "N4")
        );
    }
    site.end().await;
}

#[tokio::test]
async fn of_two_strangers_who_claim_one_company_at_once_one_waits_and_the_other_loses_nothing() {
    let site = Site::start(Mode::Demo).await;
    let mobiles = ["13811110051", "13811110052"];
    let mut forms = Vec::new();
    for mobile in mobiles {
        site.sms(mobile, CodePurpose::Register).await;
        let letter = site.uploaded(Purpose::Letter).await;
        let form = join_form(KNOWN.0, KNOWN.1, mobile).with("kind", "claim");
        forms.push(form.with("letter", &letter));
    }
    let path = "/register/company/join";
    let (one, other) = tokio::join!(
        site.submit(path, "", &forms[0]),
        site.submit(path, "", &forms[1])
    );
    let one_won = one.status() == StatusCode::SEE_OTHER;
    assert_ne!(one_won, other.status() == StatusCode::SEE_OTHER);
    let (loser, lost) = if one_won { (other, 1) } else { (one, 0) };
    assert_eq!(loser.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = loser.text().await.unwrap();
    assert!(page.contains(BUSY), "{page}");
    assert!(page.contains(mobiles[lost]) && page.contains("张璇") && page.contains("手机号已验证"));
    assert_eq!(value_of(&page, "letter"), forms[lost].get("letter"));
    let company = site.company(KNOWN.0).await;
    assert_eq!(site.open_reviews("admin_claim", company).await.len(), 1);
    // No account was left behind: what he typed goes on as a request to join.
    let form = join_form(KNOWN.0, KNOWN.1, mobiles[lost])
        .with("sms_code", "")
        .with("proof", &value_of(&page, "proof"));
    let joined = site.submit(path, "", &form).await;
    assert_eq!(location(&joined), "/register/company/done");
    site.end().await;
}

#[tokio::test]
async fn of_two_members_who_claim_their_company_at_once_one_waits() {
    let site = Site::start(Mode::Demo).await;
    let company = site.company(KNOWN.0).await;
    let mut members = Vec::new();
    for mobile in ["13811110053", "13811110054"] {
        let cookie = site.ask_to_join(KNOWN.0, KNOWN.1, mobile).await;
        let id = site.by_mobile(mobile).await;
        site.sql(&format!(
            "UPDATE company_members SET status = 'approved' WHERE account_id = '{id}'"
        ))
        .await;
        let letter = site.uploaded(Purpose::Letter).await;
        members.push((cookie, Form::new(&[("letter", &letter)])));
    }
    let path = "/company/claim";
    let (one, other) = tokio::join!(
        site.submit(path, &members[0].0, &members[0].1),
        site.submit(path, &members[1].0, &members[1].1)
    );
    let one_won = one.status() == StatusCode::SEE_OTHER;
    assert_ne!(one_won, other.status() == StatusCode::SEE_OTHER);
    let (loser, lost) = if one_won { (other, 1) } else { (one, 0) };
    assert_eq!(loser.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = loser.text().await.unwrap();
    assert!(page.contains(BUSY), "{page}");
    assert_eq!(value_of(&page, "letter"), members[lost].1.get("letter"));
    assert_eq!(site.open_reviews("admin_claim", company).await.len(), 1);
    site.end().await;
}

/// Two reviewers approve a claim, if it takes two.
async fn decide_twice(site: &Site, review: &companies_site::Open) {
    site.decide(review, Inbox::Platform, "platform", &Decision::Approve)
        .await;
    let company = site.company(KNOWN.0).await;
    let open = site.open_reviews("admin_claim", company).await;
    for review in open {
        site.decide(&review, Inbox::Platform, "reviewer-2", &Decision::Approve)
            .await;
    }
}

#[tokio::test]
async fn the_letter_names_company_and_person_and_keeps_them_out_of_addresses() {
    let site = Site::start(Mode::Demo).await;
    let form = join_form(KNOWN.0, KNOWN.1, MOBILE);
    let page = site
        .submit("/register/company/letter", "", &form)
        .await
        .text()
        .await
        .unwrap();
    for text in [KNOWN.0, KNOWN.1, "张璇", "人力资源部", MOBILE] {
        assert!(page.contains(text), "{text}");
    }
    let file = form.clone().with("format", "pdf");
    let file = site.submit("/register/company/letter", "", &file).await;
    let named = file.headers()["content-disposition"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(named.starts_with("attachment"), "{named}");
    assert!(file.bytes().await.unwrap().starts_with(b"%PDF-"));
    let path = format!(
        "/register/company/letter?name={}&person=x{CODE}",
        encode(KNOWN.0)
    );
    let blank = site.html(&path, "").await;
    assert!(blank.contains(KNOWN.0) && !blank.contains(&format!("x{CODE}")));
    let member = site.enter("interviewer-02").await;
    let own = site.html("/company/claim/letter", &member).await;
    assert!(own.contains("陆怀瑾") && own.contains(KNOWN.1));
    site.end().await;
}
