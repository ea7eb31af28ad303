//! What is sent is read up to a limit, and who sends too much or stops is told so.

#![expect(clippy::unwrap_used, reason = "tests")]

mod site;

use portal::Mode;
use reqwest::header::{CONTENT_SECURITY_POLICY, ORIGIN, X_CONTENT_TYPE_OPTIONS};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use site::Site;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn says(answer: Response, status: StatusCode, text: &str) {
    assert_eq!(answer.status(), status);
    let page = answer.text().await.unwrap();
    assert!(page.contains(text), "{page}");
}

#[tokio::test]
async fn a_form_that_is_too_long_is_called_so() {
    let site = Site::start(Mode::Demo).await;
    let student = site.enter("student-01").await;
    let csrf = site.csrf(&student).await;
    let long = format!("csrf={csrf}&text={}", "x".repeat(70_000));
    let answer = site.post("/account/profile", &student, long).await;
    says(answer, StatusCode::PAYLOAD_TOO_LARGE, "内容太长").await;
    site.end().await;
}

#[tokio::test]
async fn a_stranger_sends_little() {
    let site = Site::start(Mode::Demo).await;
    let long = |length: usize| format!("login=a&password={}", "x".repeat(length));
    let answer = site.post("/login", "", long(30_000)).await;
    assert_ne!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    for length in [33_000, 3_000_000] {
        let answer = site.post("/login", "", long(length)).await;
        says(answer, StatusCode::PAYLOAD_TOO_LARGE, "内容太长").await;
    }
    let body = json!({ "fair": "x".repeat(40_000) });
    let (status, told) = site.json(Method::POST, "/api/join-token", "", &body).await;
    assert_eq!(
        (status, &told["title"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &Value::from("内容太长"))
    );
    let metrics = reqwest::get(site.operator_url("/metrics"));
    let metrics = metrics.await.unwrap().text().await.unwrap();
    let line = "pinhui_http_strangers_bodies_refused_total{reason=\"too_long\"} 3";
    assert!(metrics.contains(line), "{metrics}");
    site.end().await;
}

#[tokio::test]
async fn a_form_that_stops_half_way_is_told_so() {
    let site = Site::start_with(Mode::Demo, |config| config.http.limits.stall_s = 1).await;
    let mut client = TcpStream::connect(site.running.http).await.unwrap();
    let head = "POST /login HTTP/1.1\r\nHost: a.test\r\n\
        Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 500\r\n\r\nlogin=";
    client.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("内容没有收全"), "{answer}");
    site.end().await;
}

#[tokio::test]
async fn a_refused_socket_has_the_headers_of_a_page() {
    let site = Site::start(Mode::Demo).await;
    let request = site
        .client
        .get(site.url(portal::LIVE_SOCKET))
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==")
        .header(ORIGIN, "https://evil.test");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    for name in [CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS] {
        assert!(answer.headers().contains_key(&name), "{name}");
    }
    site.end().await;
}
