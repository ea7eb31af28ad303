//! One's own account: profile, password, links that set one, devices, 账号注销.

#![expect(clippy::unwrap_used, reason = "tests")]

mod access_site;
mod site;

use access_site::{
    Browser, DAY, HOUR, MINUTE, OTHER_PASSWORD, PASSWORD, audited, code_at, demo, demo_with,
    mobile_of, told,
};
use base::db::{on_db, testing};
use futures_util::future::join_all;
use portal::accounts::{cancellation, links, sessions};
use portal::files::{FileRef, Purpose};
use portal::ids::{AccountId, FileId};
use reqwest::StatusCode;
use site::{Site, location};

async fn column(site: &Site, account: AccountId, name: &'static str) -> Option<String> {
    let sql = match name {
        "mobile" => "SELECT mobile FROM accounts WHERE id = $1",
        "email" => "SELECT email FROM accounts WHERE id = $1",
        "real_name" => "SELECT real_name FROM accounts WHERE id = $1",
        "nickname" => "SELECT nickname FROM accounts WHERE id = $1",
        "status" => "SELECT status FROM accounts WHERE id = $1",
        "avatar_file" => "SELECT avatar_file FROM accounts WHERE id = $1",
        _ => panic!("{name}"),
    };
    let (value,): (Option<String>,) = on_db!(site.running.state.db, c => sqlx::query_as(sql)
        .bind(account).fetch_one(c).await)
    .unwrap();
    value
}

/// The hidden field `version` of 个人资料.
async fn version(browser: &Browser<'_>) -> String {
    let page = browser.page("/account").await;
    let (_, rest) = page.split_once("name=\"version\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

async fn upload(site: &Site, owner: AccountId, purpose: Purpose) -> String {
    let state = &site.running.state;
    let id = FileId::new();
    on_db!(state.db.writer().await.unwrap(), c => sqlx::query(
        "INSERT INTO files (id, purpose, owner_id, name, mime, bytes, sha256, object_key, state,
            created_ms, changed_ms)
         VALUES ($1, $2, $3, 'me.png', 'image/png', 9, $4, $5, 'loose', $6, $6)")
        .bind(id)
        .bind(purpose)
        .bind(owner)
        .bind("0".repeat(64))
        .bind(id.to_string())
        .bind(state.now_ms())
        .execute(c).await.map(drop))
    .unwrap();
    FileRef::issue(&state.signer, id, purpose)
}

#[tokio::test]
async fn a_profile_is_saved_with_its_picture() {
    let (site, _) = demo().await;
    let me = site.account("interviewer-01").await;
    let browser = Browser::of(&site, "interviewer-01").await;
    let avatar = upload(&site, me, Purpose::Avatar).await;
    let now = version(&browser).await;
    let fields = [
        ("real_name", " 张　璇 "),
        ("nickname", "张老师"),
        ("department", "校招组"),
        ("avatar", avatar.as_str()),
        ("version", now.as_str()),
    ];
    let answer = browser.post("/account", &fields).await;
    assert_eq!(location(&answer), "/account?saved=1");
    assert_eq!(
        column(&site, me, "real_name").await.as_deref(),
        Some("张璇")
    );
    assert_eq!(
        column(&site, me, "nickname").await.as_deref(),
        Some("张老师")
    );
    assert!(column(&site, me, "avatar_file").await.is_some());
    let page = browser.page("/account?saved=1").await;
    assert!(page.contains("/files/") && page.contains("已保存"));
    let stale = browser.post("/account", &fields).await;
    assert_eq!(stale.status(), StatusCode::CONFLICT, "it has changed since");
    let now = version(&browser).await;
    let remove = [
        ("real_name", "张璇"),
        ("nickname", "张老师"),
        ("department", ""),
        ("remove_avatar", "1"),
        ("version", now.as_str()),
    ];
    browser.post("/account", &remove).await;
    assert_eq!(column(&site, me, "avatar_file").await, None);
    assert_eq!(audited(&site, me).await.last().unwrap(), "account.profile");
    site.end().await;
}

#[tokio::test]
async fn a_bad_profile_comes_back_filled_in() {
    let (site, _) = demo().await;
    let me = site.account("interviewer-01").await;
    let browser = Browser::of(&site, "interviewer-01").await;
    let licence = upload(&site, me, Purpose::Licence).await;
    let now = version(&browser).await;
    for (field, value, told) in [
        ("real_name", "张<b>", "real_name-error"),
        ("real_name", "", "real_name-error"),
        ("nickname", "", "nickname-error"),
        ("nickname", "张璇", "昵称会给学生看"),
        ("department", &"长".repeat(31), "department-error"),
        ("avatar", licence.as_str(), "头像没有上传成功"),
        ("avatar", "x.y", "头像没有上传成功"),
    ] {
        let mut fields = vec![
            ("real_name", "张璇"),
            ("nickname", "张老师"),
            ("department", "校招组"),
            ("version", now.as_str()),
        ];
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let answer = browser.post("/account", &fields).await;
        assert_eq!(
            answer.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{field} {value}"
        );
        let page = answer.text().await.unwrap();
        assert!(page.contains(told), "{field} {value}");
        assert!(page.contains("校招组") || field == "department");
    }
    site.end().await;
}

#[tokio::test]
async fn a_student_cannot_change_the_name_that_the_school_knows() {
    let (site, _) = demo().await;
    let me = site.account("student-01").await;
    let browser = Browser::of(&site, "student-01").await;
    let before = column(&site, me, "real_name").await;
    let now = version(&browser).await;
    let fields = [
        ("real_name", "别人"),
        ("nickname", "小若"),
        ("version", now.as_str()),
    ];
    let answer = browser.post("/account", &fields).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(column(&site, me, "real_name").await, before);
    assert_eq!(column(&site, me, "nickname").await.as_deref(), Some("小若"));
    site.end().await;
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let (site, _) = demo().await;
    let me = site.account("student-01").await;
    let here = Browser::of(&site, "student-01").await;
    let there = Browser::of(&site, "student-01").await;
    let old = here.session();
    for (fields, told) in [
        ([PASSWORD, "short", "short"], "至少 8 个字符"),
        ([PASSWORD, OTHER_PASSWORD, "Ganjiang-2029"], "不一样"),
        ([PASSWORD, PASSWORD, PASSWORD], "不能和原密码一样"),
        (["wrong", OTHER_PASSWORD, OTHER_PASSWORD], "密码不对"),
        ([PASSWORD, "Password1", "Password1"], "太常见"),
    ] {
        let [old, new, confirm] = fields;
        let fields = [("old", old), ("password", new), ("confirm", confirm)];
        let answer = here.post("/account/password", &fields).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(answer.text().await.unwrap().contains(told), "{told}");
    }
    let fields = [
        ("old", PASSWORD),
        ("password", OTHER_PASSWORD),
        ("confirm", OTHER_PASSWORD),
    ];
    let answer = here.post("/account/password", &fields).await;
    assert_eq!(location(&answer), "/account/password?done=1");
    assert!(here.is_in().await && here.session() != old);
    assert!(!there.is_in().await, "the other one is out");
    let fresh = Browser::new(&site);
    let late = fresh.login("student-01", PASSWORD).await;
    assert_eq!(late.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let good = fresh.login("student-01", OTHER_PASSWORD).await;
    assert_eq!(good.status(), StatusCode::SEE_OTHER);
    assert!(
        audited(&site, me)
            .await
            .contains(&"password.change".to_owned())
    );
    site.end().await;
}

#[tokio::test]
async fn at_an_unattended_browser_the_password_cannot_be_guessed() {
    let (site, clock) = demo().await;
    let browser = Browser::of(&site, "student-01").await;
    let try_it = async |old: &str| {
        let fields = [
            ("old", old),
            ("password", OTHER_PASSWORD),
            ("confirm", OTHER_PASSWORD),
        ];
        browser.post("/account/password", &fields).await
    };
    for n in 1..=10 {
        let page = try_it("wrong").await.text().await.unwrap();
        assert_eq!(page.contains("15 分钟后再试"), n == 10, "{n}");
    }
    let locked = try_it(PASSWORD).await;
    assert_eq!(locked.status(), StatusCode::UNPROCESSABLE_ENTITY);
    clock.advance(15 * MINUTE);
    assert_eq!(try_it(PASSWORD).await.status(), StatusCode::SEE_OTHER);
    site.end().await;
}

/// What came to a telephone, newest last.
fn sms_at(site: &Site, mobile: &str) -> Vec<String> {
    let emulators = site.running.state.emulators.as_ref().expect("the demo");
    let received = emulators.sms.emulator.received();
    let here = received.into_iter().filter(|sms| sms.number == mobile);
    here.map(|sms| sms.text).collect()
}

#[tokio::test]
async fn another_mobile_number_takes_the_password_and_a_code_at_it() {
    let (site, clock) = demo().await;
    let me = site.account("interviewer-02").await;
    let old = mobile_of(&site, "interviewer-02").await;
    let taken = mobile_of(&site, "student-01").await;
    let new = "13900008877";
    let here = Browser::of(&site, "interviewer-02").await;
    let there = Browser::of(&site, "interviewer-02").await;
    let (status, _) = Browser::new(&site).ask_code(new, "mobile").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "nobody asks for it");
    // A number that is somebody's gets no code, and the answer does not say so.
    let (status, _) = here.ask_code(&taken, "mobile").await;
    assert_eq!(status, StatusCode::OK);
    clock.advance(MINUTE);
    let (status, _) = here.ask_code(new, "mobile").await;
    assert_eq!(status, StatusCode::OK);
    let code = code_at(&site, new, 1).await;
    assert_eq!(sms_at(&site, &taken), Vec::<String>::new());
    for (mobile, password, code, told) in [
        (old.as_str(), PASSWORD, code.as_str(), "就是现在的手机号"),
        ("1390000", PASSWORD, &code, "手机号"),
        (new, "wrong", &code, "密码不对"),
        (new, PASSWORD, "000000", "验证码不对"),
        (&taken, PASSWORD, &code, "验证码不对"),
    ] {
        let fields = [
            ("mobile", mobile),
            ("password", password),
            ("sms_code", code),
        ];
        let answer = here.post("/account/mobile", &fields).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(answer.text().await.unwrap().contains(told), "{told}");
    }
    let fields = [("mobile", new), ("password", PASSWORD), ("sms_code", &code)];
    let answer = here.post("/account/mobile", &fields).await;
    assert_eq!(location(&answer), "/account/mobile?done=1");
    assert!(here.is_in().await && !there.is_in().await);
    assert_eq!(column(&site, me, "mobile").await.as_deref(), Some(new));
    let warned = || {
        sms_at(&site, &old)
            .into_iter()
            .find(|text| text.contains("139****8877"))
    };
    access_site::wait_for(warned).await;
    assert!(told(&site, me).await.contains(&"X6".to_owned()));
    assert!(
        audited(&site, me)
            .await
            .contains(&"account.mobile".to_owned())
    );
    let fields = [("login", new), ("password", PASSWORD)];
    let answer = Browser::new(&site).post("/login", &fields).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    site.end().await;
}

/// The path of the link in the newest mail to an address.
async fn link_in_mail(site: &Site, to: &str, count: usize) -> String {
    let emulators = site.running.state.emulators.as_ref().expect("the demo");
    let mail = access_site::wait_for(|| {
        let received = emulators.mail.emulator.received().into_iter();
        received.filter(|mail| mail.to == [to]).nth(count - 1)
    });
    let text = mail.await.text().unwrap();
    let (_, rest) = text.split_once("/account/email/confirm").expect("a link");
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    format!("/account/email/confirm{}", &rest[..end])
}

#[tokio::test]
async fn a_mailbox_counts_once_its_owner_has_opened_the_link() {
    let (site, _) = demo().await;
    let me = site.account("student-03").await;
    let before = column(&site, me, "email").await;
    let new = "lin+fair@tingyu.example";
    let browser = Browser::of(&site, "student-03").await;
    for (email, password, told) in [
        ("lin@", PASSWORD, "域名"),
        ("student-03@demo.example", PASSWORD, "就是现在的邮箱"),
        (new, "wrong", "密码不对"),
    ] {
        let fields = [("email", email), ("password", password)];
        let answer = browser.post("/account/email", &fields).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(answer.text().await.unwrap().contains(told), "{told}");
    }
    let fields = [("email", new), ("password", PASSWORD)];
    let answer = browser.post("/account/email", &fields).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let path = link_in_mail(&site, new, 1).await;
    assert_eq!(column(&site, me, "email").await, before, "not yet");
    let stranger = Browser::of(&site, "student-04").await;
    assert_eq!(stranger.get(&path).await.status(), StatusCode::NOT_FOUND);
    assert!(browser.page(&path).await.contains(new));
    assert_eq!(
        column(&site, me, "email").await,
        before,
        "a look changes nothing"
    );
    let query = path.split_once('?').unwrap().1.replace("%2B", "+");
    let pairs: Vec<_> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .collect();
    let answer = browser.post("/account/email/confirm", &pairs).await;
    assert_eq!(location(&answer), "/account/email?done=1");
    assert_eq!(column(&site, me, "email").await.as_deref(), Some(new));
    assert!(
        audited(&site, me)
            .await
            .contains(&"account.email".to_owned())
    );
    let again = browser.post("/account/email/confirm", &pairs).await;
    assert_eq!(again.status(), StatusCode::NOT_FOUND, "a link is good once");
    let fields = [("login", new), ("password", PASSWORD)];
    let answer = Browser::new(&site).post("/login", &fields).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    site.end().await;
}

#[tokio::test]
async fn a_mailbox_is_of_one_account_and_gets_three_links_a_day() {
    let (site, clock) = demo().await;
    let new = "student-03@demo.example";
    let stranger = Browser::of(&site, "student-04").await;
    let fields = [("email", new), ("password", PASSWORD)];
    for count in 1..=3 {
        let answer = stranger.post("/account/email", &fields).await;
        assert_eq!(answer.status(), StatusCode::OK, "{count}");
    }
    let answer = stranger.post("/account/email", &fields).await;
    assert_eq!(
        answer.status(),
        StatusCode::UNPROCESSABLE_ENTITY,
        "three a day"
    );
    let path = link_in_mail(&site, new, 1).await;
    let query = path.split_once('?').unwrap().1.replace("%2B", "+");
    let pairs: Vec<_> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .collect();
    let answer = stranger.post("/account/email/confirm", &pairs).await;
    assert!(answer.text().await.unwrap().contains("已绑定其他账号"));
    clock.advance(DAY);
    let late = Browser::of(&site, "student-04").await;
    assert_eq!(
        late.get(&path).await.status(),
        StatusCode::NOT_FOUND,
        "too late"
    );
    site.end().await;
}

async fn link(site: &Site, account: AccountId, by: Option<AccountId>) -> String {
    let state = &site.running.state;
    let mut tx = state.db.begin().await.unwrap();
    let path = links::issue(&mut tx, account, by, state.now_ms())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    path
}

#[tokio::test]
async fn a_link_sets_a_password_once_and_ends_all_sessions() {
    let (site, clock) = demo().await;
    let me = site.account("student-01").await;
    let admin = site.account("school").await;
    let browser = Browser::of(&site, "student-01").await;
    let stranger = Browser::new(&site);
    let old = link(&site, me, Some(admin)).await;
    let path = link(&site, me, Some(admin)).await;
    assert_eq!(
        stranger.get(&old).await.status(),
        StatusCode::NOT_FOUND,
        "a newer one is out"
    );
    let fields = [("password", OTHER_PASSWORD), ("confirm", OTHER_PASSWORD)];
    let bad = [("password", "short"), ("confirm", "other")];
    let answer = stranger.post(&path, &bad).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        stranger.get(&path).await.status(),
        StatusCode::OK,
        "still good"
    );
    let answer = stranger.post(&path, &fields).await;
    assert_eq!(location(&answer), "/login?done=password");
    assert!(!browser.is_in().await);
    assert_eq!(
        stranger.post(&path, &fields).await.status(),
        StatusCode::NOT_FOUND
    );
    let good = stranger.login("student-01", OTHER_PASSWORD).await;
    assert_eq!(good.status(), StatusCode::SEE_OTHER);
    let late = link(&site, me, Some(admin)).await;
    clock.advance(24 * HOUR);
    assert_eq!(
        stranger.get(&late).await.status(),
        StatusCode::NOT_FOUND,
        "expired"
    );
    for forged in [
        "/reset/",
        "/reset/00ff",
        &format!("/reset/{}", "0".repeat(64)),
    ] {
        assert_eq!(stranger.get(forged).await.status(), StatusCode::NOT_FOUND);
    }
    site.end().await;
}

#[tokio::test]
async fn two_who_use_one_link_at_the_same_moment_set_one_password() {
    for test in testing::both().await {
        let url = test.url.clone();
        let (site, _) = demo_with(|c| c.database.url = base::config::Secret::new(url)).await;
        let me = site.account("student-01").await;
        let path = link(&site, me, Some(me)).await;
        let browsers: Vec<_> = (0..6).map(|_| Browser::new(&site)).collect();
        let fields = [("password", OTHER_PASSWORD), ("confirm", OTHER_PASSWORD)];
        let answers = join_all(browsers.iter().map(|b| b.post(&path, &fields))).await;
        let set = answers
            .iter()
            .filter(|answer| answer.status() == StatusCode::SEE_OTHER);
        assert_eq!(set.count(), 1, "{}", test.db.kind());
        site.end().await;
    }
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_with_a_code() {
    let (site, clock) = demo().await;
    let mobile = mobile_of(&site, "interviewer-01").await;
    let browser = Browser::new(&site);
    for _ in 0..10 {
        browser.login("interviewer-01", "wrong").await;
    }
    browser.ask_code(&mobile, "reset").await;
    let code = code_at(&site, &mobile, 1).await;
    let fields = [("mobile", mobile.as_str()), ("sms_code", code.as_str())];
    let answer = browser.post("/forgot", &fields).await;
    let path = location(&answer).to_owned();
    assert!(path.starts_with("/reset/"), "{path}");
    assert!(browser.page(&path).await.contains("设置密码"));
    let again = browser.post("/forgot", &fields).await;
    assert_eq!(again.status(), StatusCode::UNPROCESSABLE_ENTITY, "a replay");
    let set = [("password", OTHER_PASSWORD), ("confirm", OTHER_PASSWORD)];
    assert_eq!(
        browser.post(&path, &set).await.status(),
        StatusCode::SEE_OTHER
    );
    let fields = [("login", mobile.as_str()), ("password", OTHER_PASSWORD)];
    let good = browser.post("/login", &fields).await;
    assert_eq!(location(&good), "/company", "failed logins are forgiven");
    let me = site.account("interviewer-01").await;
    let own = link(&site, me, None).await;
    clock.advance(15 * MINUTE);
    let late = Browser::new(&site).get(&own).await;
    assert_eq!(
        late.status(),
        StatusCode::NOT_FOUND,
        "one's own is good for a quarter"
    );
    site.end().await;
}

#[tokio::test]
async fn a_login_from_a_new_device_is_told_and_can_be_ended() {
    let (site, _) = demo().await;
    let me = site.account("student-01").await;
    let home = Browser::new(&site);
    home.login("student-01", PASSWORD).await;
    assert_eq!(told(&site, me).await, [""; 0], "the first one");
    home.login("student-01", PASSWORD).await;
    assert_eq!(told(&site, me).await, [""; 0], "known");
    let phone = Browser::called(
        &site,
        "Mozilla/5.0 (Linux; Android 15) Chrome/130 MicroMessenger/8.0",
    );
    phone.login("student-01", PASSWORD).await;
    assert_eq!(told(&site, me).await, ["N30"]);
    phone.login("student-01", PASSWORD).await;
    assert_eq!(told(&site, me).await, ["N30"], "once");
    let page = home.page("/account/devices").await;
    assert!(page.contains("微信 · Android") && page.contains("Chrome · Windows"));
    assert!(page.contains("本机"));
    let (_, rest) = page.split_once("name=\"device\" value=\"").unwrap();
    let device = rest.split('"').next().unwrap().to_owned();
    let other = Browser::of(&site, "student-02").await;
    other
        .post("/account/devices/end", &[("device", &device)])
        .await;
    assert!(phone.is_in().await, "not his to end");
    home.post("/account/devices/end", &[("device", &device)])
        .await;
    assert!(home.is_in().await && !phone.is_in().await);
    phone.login("student-01", PASSWORD).await;
    assert_eq!(
        told(&site, me).await,
        ["N30", "N30"],
        "forgotten, so new again"
    );
    home.post("/account/devices/end", &[]).await;
    assert!(home.is_in().await && !phone.is_in().await, "all others");
    phone.login("student-01", PASSWORD).await;
    let page = phone.page("/account/devices").await;
    let (_, rest) = page.split_once("name=\"device\" value=\"").unwrap();
    let own = rest.split('"').next().unwrap().to_owned();
    for device in [&device, &own] {
        home.post("/account/devices/end", &[("device", device)])
            .await;
    }
    assert!(!home.is_in().await);
    Browser::new(&site).login("student-01", PASSWORD).await;
    assert_eq!(told(&site, me).await.len(), 3, "all forgotten, none known");
    site.end().await;
}

#[tokio::test]
async fn a_session_gets_a_new_secret_when_the_role_changes() {
    let (site, _) = demo().await;
    let me = site.account("support").await;
    let browser = Browser::of(&site, "support").await;
    let old = browser.session();
    let state = &site.running.state;
    let mut tx = state.db.begin().await.unwrap();
    sessions::rotate_all(&mut tx, me).await.unwrap();
    tx.commit().await.unwrap();
    // What a page fetches of itself brings none: only one of several requests could.
    let fetched = site.get("/messages", &old).await;
    assert_eq!(fetched.status(), StatusCode::OK);
    assert!(browser.is_in().await);
    let new = browser.session();
    assert_ne!(old, new);
    assert!(browser.is_in().await && browser.session() == new, "once");
    let stolen = site.get("/account", &old).await;
    assert!(location(&stolen).starts_with("/login"));
    site.end().await;
}

/// Asks for 账号注销 with all that it needs; `count`: which code it is.
async fn ask_to_close(browser: &Browser<'_>, site: &Site, who: &str, count: usize) -> String {
    let mobile = mobile_of(site, who).await;
    let (status, _) = browser.ask_code("", "cancel").await;
    assert_eq!(status, StatusCode::OK);
    let code = code_at(site, &mobile, count).await;
    let fields = [
        ("password", PASSWORD),
        ("sms_code", code.as_str()),
        ("understood", "1"),
    ];
    let answer = browser.post("/account/cancel", &fields).await;
    format!("{} {}", answer.status().as_u16(), location(&answer))
}

#[tokio::test]
async fn an_account_is_closed_after_seven_days_and_nobody_can_tell_whose_it_was() {
    let (site, clock) = demo().await;
    end_fairs(&site).await;
    let me = site.account("student-05").await;
    let (name, mobile) = (
        column(&site, me, "real_name").await.unwrap(),
        mobile_of(&site, "student-05").await,
    );
    let browser = Browser::of(&site, "student-05").await;
    for (password, code, understood, told) in [
        ("wrong", "000000", "1", "密码不对"),
        (PASSWORD, "000000", "", "勾选"),
        (PASSWORD, "000000", "1", "验证码已失效"),
    ] {
        let fields = [
            ("password", password),
            ("sms_code", code),
            ("understood", understood),
        ];
        let answer = browser.post("/account/cancel", &fields).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(answer.text().await.unwrap().contains(told), "{told}");
    }
    assert_eq!(
        ask_to_close(&browser, &site, "student-05", 1).await,
        "303 /account/cancel"
    );
    assert!(browser.page("/account/cancel").await.contains("撤回注销"));
    clock.advance(6 * DAY);
    let state = &site.running.state;
    assert_eq!(cancellation::close_due(state).await.unwrap(), 0);
    browser.enter("student-05").await;
    browser.post("/account/cancel/withdraw", &[]).await;
    clock.advance(2 * DAY);
    assert_eq!(
        cancellation::close_due(state).await.unwrap(),
        0,
        "withdrawn"
    );
    browser.enter("student-05").await;
    ask_to_close(&browser, &site, "student-05", 2).await;
    clock.advance(7 * DAY - 1);
    assert_eq!(
        cancellation::close_due(state).await.unwrap(),
        0,
        "not a moment too early"
    );
    browser.enter("student-05").await;
    clock.advance(1);
    assert_eq!(cancellation::close_due(state).await.unwrap(), 1);
    assert_eq!(cancellation::close_due(state).await.unwrap(), 0);
    assert!(!browser.is_in().await);
    assert_eq!(column(&site, me, "mobile").await, None);
    assert_eq!(column(&site, me, "email").await, None);
    assert_eq!(
        column(&site, me, "real_name").await.as_deref(),
        Some("已注销用户")
    );
    assert_eq!(
        column(&site, me, "status").await.as_deref(),
        Some("disabled")
    );
    assert_nothing_is_left(&site, me, &[&name, &mobile, "student-05@demo.example"]).await;
    let login = Browser::new(&site).login("student-05", PASSWORD).await;
    assert_eq!(login.status(), StatusCode::UNPROCESSABLE_ENTITY);
    site.end().await;
}

/// The fair of the demo is over: nobody waits for anybody.
async fn end_fairs(site: &Site) {
    on_db!(site.running.state.db.writer().await.unwrap(), c => sqlx::query(
        "UPDATE video_fairs SET ends_ms = starts_ms + 1").execute(c).await.map(drop))
    .unwrap();
}

/// No table that belongs to the account names it any more.
async fn assert_nothing_is_left(site: &Site, account: AccountId, words: &[&str]) {
    for sql in [
        "SELECT CAST(COUNT(*) AS BIGINT) FROM sessions WHERE account_id = $1",
        "SELECT CAST(COUNT(*) AS BIGINT) FROM known_devices WHERE account_id = $1",
        "SELECT CAST(COUNT(*) AS BIGINT) FROM wechat_bindings WHERE account_id = $1",
        "SELECT CAST(COUNT(*) AS BIGINT) FROM password_links WHERE account_id = $1",
        "SELECT CAST(COUNT(*) AS BIGINT) FROM resumes WHERE student_id = $1",
    ] {
        let (left,): (i64,) = on_db!(site.running.state.db, c => sqlx::query_as(sql)
            .bind(account).fetch_one(c).await)
        .unwrap();
        assert_eq!(left, 0, "{sql}");
    }
    for word in words {
        let (left,): (i64,) = on_db!(site.running.state.db, c => sqlx::query_as(
            "SELECT CAST((SELECT COUNT(*) FROM accounts WHERE real_name = $1 OR mobile = $1
                    OR email = $1) + (SELECT COUNT(*) FROM students WHERE name = $1)
                + (SELECT COUNT(*) FROM sms_codes WHERE mobile = $1)
                + (SELECT COUNT(*) FROM sms_gates WHERE mobile = $1) AS BIGINT)")
            .bind(*word).fetch_one(c).await)
        .unwrap();
        assert_eq!(left, 0, "{word}");
    }
}

#[tokio::test]
async fn an_account_that_cannot_be_closed_keeps_no_other_open() {
    let (site, clock) = demo().await;
    end_fairs(&site).await;
    let (stuck, other) = ("student-05", "student-06");
    for who in [stuck, other] {
        let browser = Browser::of(&site, who).await;
        assert_eq!(
            ask_to_close(&browser, &site, who, 1).await,
            "303 /account/cancel"
        );
        clock.advance(MINUTE);
    }
    let (account, other) = (site.account(stuck).await, site.account(other).await);
    let trigger = format!(
        "CREATE TRIGGER stuck BEFORE INSERT ON erasures WHEN NEW.account_id = '{account}'
            BEGIN SELECT RAISE(ABORT, 'stuck'); END"
    );
    let db = &site.running.state.db;
    on_db!(db.writer().await.unwrap(), c => sqlx::query(sqlx::AssertSqlSafe(trigger)).execute(c).await.map(drop))
        .unwrap();
    clock.advance(7 * DAY);
    assert_eq!(
        cancellation::close_due(&site.running.state).await.unwrap(),
        1
    );
    assert_eq!(
        column(&site, account, "status").await.as_deref(),
        Some("active")
    );
    assert_eq!(
        column(&site, other, "status").await.as_deref(),
        Some("disabled")
    );
    let figures = reqwest::get(site.operator_url("/metrics")).await.unwrap();
    let counted = "pinhui_accounts_closed_total{outcome=\"failed\"} 1";
    assert!(figures.text().await.unwrap().contains(counted));
    site.end().await;
}

#[tokio::test]
async fn the_administrator_of_a_frozen_company_stays() {
    let (site, _) = demo().await;
    let me = site.account("interviewer-01").await;
    let db = &site.running.state.db;
    on_db!(db.writer().await.unwrap(), c => sqlx::query(
        "UPDATE companies SET status = 'frozen' WHERE id IN
            (SELECT company_id FROM company_members WHERE account_id = $1)")
        .bind(me).execute(c).await.map(drop))
    .unwrap();
    let mut tx = db.begin().await.unwrap();
    let holds = cancellation::holds(&mut tx, me, access_site::NOW)
        .await
        .unwrap();
    tx.rollback().await.unwrap();
    assert!(
        holds.iter().any(|hold| hold.contains("唯一的企业管理员")),
        "{holds:?}"
    );
    site.end().await;
}

#[tokio::test]
async fn what_others_wait_for_keeps_an_account_open() {
    let (site, clock) = demo().await;
    let admin = Browser::of(&site, "interviewer-01").await;
    let page = admin.page("/account/cancel").await;
    assert!(
        page.contains("唯一的企业管理员") && page.contains("移交"),
        "{page}"
    );
    assert!(page.contains("还没有结束"), "and his seat");
    let fields = [("password", PASSWORD), ("understood", "1")];
    let answer = admin.post("/account/cancel", &fields).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let operations = Browser::of(&site, "operations").await;
    let page = operations.page("/account/cancel").await;
    assert!(page.contains("唯一的运营人员"));
    // One that came up during the cooling-off ends the wish, and the person is told.
    end_fairs(&site).await;
    let me = site.account("interviewer-02").await;
    let member = Browser::of(&site, "interviewer-02").await;
    ask_to_close(&member, &site, "interviewer-02", 1).await;
    on_db!(site.running.state.db.writer().await.unwrap(), c => sqlx::query(
        "UPDATE video_fairs SET ends_ms = $1").bind(access_site::NOW + 30 * DAY)
        .execute(c).await.map(drop))
    .unwrap();
    clock.advance(7 * DAY);
    let closed = cancellation::close_due(&site.running.state).await.unwrap();
    assert_eq!(closed, 0);
    assert_eq!(column(&site, me, "status").await.as_deref(), Some("active"));
    let events = told(&site, me).await;
    assert_eq!(events.iter().filter(|event| *event == "N29").count(), 2);
    site.end().await;
}

#[tokio::test]
async fn the_back_office_signs_in_again_after_half_an_hour_without_a_request() {
    let (site, clock) = demo().await;
    for (who, stays) in [
        ("student-01", true),
        ("interviewer-01", false),
        ("school", false),
        ("support", false),
    ] {
        let browser = Browser::of(&site, who).await;
        clock.advance(30 * MINUTE);
        assert!(browser.is_in().await, "{who}");
        clock.advance(30 * MINUTE + 1);
        assert_eq!(browser.is_in().await, stays, "{who}");
    }
    site.end().await;
}
