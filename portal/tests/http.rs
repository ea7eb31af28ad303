//! The portal over real HTTP: logins, sessions, forgery, roles, and what `serve` does not have.

#![expect(clippy::unwrap_used, reason = "tests")]

mod site;

use portal::Mode;
use reqwest::StatusCode;
use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use site::{Site, cookie, location};

#[tokio::test]
async fn serve_has_no_demo_links() {
    let site = Site::start(Mode::Serve).await;
    for path in ["/demo", "/demo/enter/student-01"] {
        assert_eq!(
            site.get(path, "").await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    site.end().await;
}

#[tokio::test]
async fn a_demo_link_enters_as_that_person() {
    let site = Site::start(Mode::Demo).await;
    let page = site.get("/demo", "").await.text().await.unwrap();
    assert!(page.contains("student-01.localhost") && page.contains("interviewer-12.localhost"));
    for (who, home) in [("student-01", "/fairs"), ("interviewer-01", "/company")] {
        let response = site.get(&format!("/demo/enter/{who}"), "").await;
        assert_eq!(
            (response.status(), location(&response)),
            (StatusCode::SEE_OTHER, home)
        );
        let signed_in = site.get("/login", &cookie(&response)).await;
        assert_eq!(location(&signed_in), home);
    }
    assert_eq!(
        site.get("/demo/enter/nobody", "").await.status(),
        StatusCode::NOT_FOUND
    );
    site.end().await;
}

#[tokio::test]
async fn a_login_rotates_the_session_and_logout_ends_it() {
    let site = Site::start(Mode::Demo).await;
    let first = site.login("student-01", "Pinhui-2027").await;
    assert_eq!(
        (first.status(), location(&first)),
        (StatusCode::SEE_OTHER, "/fairs")
    );
    let old = cookie(&first);
    let form = "login=student-01%40demo.example&password=Pinhui-2027&next=%2Fqueues";
    let csrf = site.csrf(&old).await;
    let second = site
        .post("/login", &old, format!("{form}&csrf={csrf}"))
        .await;
    assert_eq!(location(&second), "/queues");
    let new = cookie(&second);
    assert_ne!(old, new);
    assert_eq!(
        site.get("/login", &old).await.status(),
        StatusCode::OK,
        "the old one is over"
    );
    let csrf = site.csrf(&new).await;
    let out = site.post("/logout", &new, format!("csrf={csrf}")).await;
    assert_eq!(location(&out), "/login");
    assert_eq!(site.get("/login", &new).await.status(), StatusCode::OK);
    let me = site.account("student-01").await.to_string();
    let rows = portal::audit::of(&site.running.state.db, "account", &me)
        .await
        .unwrap();
    let last: Vec<_> = rows.iter().map(|row| row.action.as_str()).collect();
    assert_eq!(last, ["session.begin", "session.begin", "session.end"]);
    site.end().await;
}

#[tokio::test]
async fn a_forged_request_is_refused() {
    let site = Site::start(Mode::Demo).await;
    let cookie = site.enter("student-01").await;
    for form in ["", "csrf=", "csrf=0000"] {
        let out = site.post("/logout", &cookie, form.to_owned()).await;
        assert_eq!(out.status(), StatusCode::FORBIDDEN, "{form}");
    }
    let csrf = site.csrf(&cookie).await;
    let elsewhere = site
        .client
        .post(site.url("/logout"))
        .header(COOKIE, &cookie)
        .header(ORIGIN, "https://evil.test")
        .header("x-csrf-token", &csrf)
        .send()
        .await
        .unwrap();
    assert_eq!(elsewhere.status(), StatusCode::FORBIDDEN);
    assert_eq!(
        location(&site.get("/login", &cookie).await),
        "/fairs",
        "still signed in"
    );
    site.end().await;
}

#[tokio::test]
async fn wrong_passwords_lock_known_and_unknown_names_alike() {
    let site = Site::start_with(Mode::Demo, |c| c.accounts.failures_per_login = 3).await;
    for who in ["student-02", "nobody"] {
        for n in 1..=3 {
            let page = site.login(who, "wrong").await;
            assert_eq!(page.status(), StatusCode::UNPROCESSABLE_ENTITY);
            let text = page.text().await.unwrap();
            assert_eq!(text.contains("账号或密码不对"), n < 3, "{who} {n}");
        }
        let locked = site.login(who, "Pinhui-2027").await.text().await.unwrap();
        assert!(locked.contains("15 分钟后再试"), "{who}");
    }
    site.end().await;
}

#[tokio::test]
async fn an_address_that_fails_too_often_waits() {
    let site = Site::start_with(Mode::Demo, |c| c.accounts.failures_per_address = 2).await;
    for n in 0..2 {
        site.login(&format!("nobody{n}"), "wrong").await;
    }
    let limited = site.login("student-01", "Pinhui-2027").await;
    assert_eq!(limited.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(limited.headers().contains_key("retry-after"));
    site.end().await;
}

#[tokio::test]
async fn behind_tls_the_cookie_is_a_host_cookie() {
    let site = Site::start_with(Mode::Demo, |c| c.http.behind_tls = true).await;
    let response = site.get("/demo/enter/student-01", "").await;
    let line = response.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    for part in [
        "__Host-pinhui=",
        "; Path=/",
        "; Secure",
        "; HttpOnly",
        "; SameSite=Lax",
    ] {
        assert!(line.contains(part), "{part} in {line}");
    }
    assert!(response.headers().contains_key("strict-transport-security"));
    site.end().await;
}

#[tokio::test]
async fn an_error_is_a_chinese_page_with_a_number_and_every_answer_is_fenced() {
    let site = Site::start(Mode::Serve).await;
    let response = site.get("/no/such/page", "").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    for name in [
        "content-security-policy",
        "x-content-type-options",
        "referrer-policy",
        "permissions-policy",
    ] {
        assert!(response.headers().contains_key(name), "{name}");
    }
    assert!(response.text().await.unwrap().contains("错误编号"));
    site.end().await;
}

#[tokio::test]
async fn what_the_framework_refuses_is_told_in_chinese_too() {
    let site = Site::start(Mode::Demo).await;
    let cookie = site.enter("student-01").await;
    let page = site.get("/fairs/no-id", &cookie).await;
    assert_eq!(page.status(), StatusCode::NOT_FOUND);
    assert!(page.text().await.unwrap().contains("错误编号"));
    let wish = serde_json::json!({ "fair": "no-id" });
    let post = reqwest::Method::POST;
    let (status, body) = site.json(post, "/api/join-token", &cookie, &wish).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(body["fields"]["body"], "提交的内容无法识别");
    site.end().await;
}

#[tokio::test]
async fn operators_see_health_and_figures_and_a_drain_ends_readiness() {
    let site = Site::start(Mode::Serve).await;
    site.get("/login", "").await;
    for path in ["/healthz", "/readyz"] {
        let answer = reqwest::get(site.operator_url(path)).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
    }
    let figures = reqwest::get(site.operator_url("/metrics"))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let line = r#"pinhui_http_requests_total{method="GET",route="/login",status="200"} 1"#;
    assert!(figures.contains(line), "{figures}");
    assert_eq!(
        site.get("/metrics", "").await.status(),
        StatusCode::NOT_FOUND
    );
    // The operator's listener outlives the pages' while work drains.
    let readiness = site.operator_url("/readyz");
    let (release, held) = tokio::sync::oneshot::channel::<()>();
    site.shutdown.spawn(async move { drop(held.await) });
    site.shutdown.trigger();
    while reqwest::get(&readiness).await.unwrap().status() == StatusCode::OK {
        tokio::task::yield_now().await;
    }
    drop(release);
    site.end().await;
}

#[tokio::test]
async fn self_signed_tls_answers_and_is_kept() {
    let folder = base::db::testing::TestFolder::new();
    let mut kept = Vec::new();
    for _ in 0..2 {
        let data = folder.path().to_owned();
        let site = Site::start_with(Mode::Serve, |config| {
            config.data = data;
            config.http.tls = portal::config::TlsMode::SelfSigned;
        })
        .await;
        assert!(site.url("/").starts_with("https://"));
        kept.push(std::fs::read(folder.path().join("self-signed.crt")).unwrap());
        site.end().await;
    }
    assert_eq!(kept[0], kept[1]);
}

#[tokio::test]
async fn the_operators_page_names_the_address_where_metrics_really_are() {
    let site = Site::start(Mode::Demo).await;
    let operator = site.enter("operator").await;
    let page = site.get("/operator", &operator).await;
    let html = page.text().await.unwrap();
    let address = site.operator_url("/metrics");
    assert!(html.contains(&address), "{address}: {html}");
    let answer = reqwest::get(address).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    site.end().await;
}
