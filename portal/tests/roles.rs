//! Every route with every role: who is let in, who is sent away, and how.

#![expect(clippy::unwrap_used, reason = "tests")]

mod site;

use portal::Mode;
use reqwest::header::COOKIE;
use reqwest::{Method, StatusCode};
use site::{Site, location};

/// The roles in the order of the table's columns; the first is nobody.
const ROLES: [&str; 6] = [
    "",
    "student-01",
    "interviewer-01",
    "school",
    "platform",
    "operator",
];

/// How a route answers a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// Served, or sent on to the page that is for this role.
    Ok,
    /// To the login form (pages) or 401 (API).
    Login,
    /// 403.
    No,
    /// 404: it exists, but is not this person's.
    NotHis,
    /// Let in, and then the empty body was refused.
    Body,
}

use Answer::{Body, Login, No, NotHis, Ok};

#[tokio::test]
async fn every_route_knows_every_role() {
    let site = Site::start(Mode::Demo).await;
    let (fair, booth) = site.booth("interviewer-01").await;
    let nothing = "01a20000-0000-7000-8000-000000000000";
    let wall = format!("/fairs/{fair}");
    let at_wall = format!("/fairs/{fair}/booths/{booth}");
    let room = format!("/room/{booth}");
    let resume = format!("/room/{booth}/resume/{nothing}");
    let console = format!("/school/fairs/{fair}/console");
    let call = |what: &str| format!("/api/calls/{nothing}/{what}");
    let queue = format!("/api/fairs/{fair}/booths/{booth}/queue");
    let (note, evaluation, feedback) = (call("note"), call("evaluation"), call("feedback"));
    let (get, put, post) = (Method::GET, Method::PUT, Method::POST);
    let table: [(&Method, &str, [Answer; 6]); 19] = [
        (&get, "/", [Ok; 6]),
        (&get, "/login", [Ok; 6]),
        (&get, "/healthz", [Ok; 6]),
        (&get, "/demo", [Ok; 6]),
        (&get, "/fairs", [Login, Ok, No, No, No, No]),
        (&get, &wall, [Login, Ok, No, No, No, No]),
        (&get, &at_wall, [Login, Ok, No, No, No, No]),
        (&get, "/device-test", [Login, Ok, No, No, No, No]),
        (&get, "/queues", [Login, Ok, No, No, No, No]),
        (&get, "/booths", [Login, No, Ok, No, No, No]),
        (&get, &room, [Login, No, Ok, No, No, No]),
        (&get, &resume, [Login, No, NotHis, No, No, No]),
        (&get, "/school", [Login, No, No, Ok, No, No]),
        (&get, &console, [Login, No, No, Ok, No, No]),
        (&get, "/platform", [Login, No, No, No, Ok, No]),
        (&get, "/operator", [Login, No, No, No, No, Ok]),
        (&get, &note, [Login, No, NotHis, No, No, No]),
        (
            &post,
            "/api/join-token",
            [Login, Body, Body, Body, Body, Body],
        ),
        (&put, &note, [Login, No, Body, No, No, No]),
    ];
    let more: [(&Method, &str, [Answer; 6]); 3] = [
        (&get, &queue, [Login, No, No, Ok, No, No]),
        (&put, &evaluation, [Login, No, Body, No, No, No]),
        (&put, &feedback, [Login, Body, No, No, No, No]),
    ];
    let mut cookies = vec![String::new()];
    for who in &ROLES[1..] {
        cookies.push(site.enter(who).await);
    }
    let mut faults = Vec::new();
    for (method, path, expected) in table.into_iter().chain(more) {
        for ((role, cookie), expected) in ROLES.iter().zip(&cookies).zip(expected) {
            let found = answer(&site, method, path, cookie).await;
            if found != expected {
                faults.push(format!(
                    "{method} {path} as {role:?}: {found:?}, not {expected:?}"
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    site.end().await;
}

async fn answer(site: &Site, method: &Method, path: &str, cookie: &str) -> Answer {
    let mut request = site
        .client
        .request(method.clone(), site.url(path))
        .header(COOKIE, cookie);
    if *method != Method::GET {
        request = request
            .header("content-type", "application/json")
            .body("{}");
        if !cookie.is_empty() {
            request = request.header("x-csrf-token", site.csrf(cookie).await);
        }
    }
    let response = request.send().await.unwrap();
    match response.status() {
        StatusCode::UNAUTHORIZED => Login,
        StatusCode::SEE_OTHER if location(&response).starts_with("/login?next=") => Login,
        StatusCode::OK | StatusCode::SEE_OTHER => Ok,
        StatusCode::FORBIDDEN => No,
        StatusCode::NOT_FOUND => NotHis,
        StatusCode::UNPROCESSABLE_ENTITY => Body,
        other => panic!("{method} {path}: {other}"),
    }
}

#[tokio::test]
async fn another_booths_room_is_not_found() {
    let site = Site::start(Mode::Demo).await;
    let (_, booth) = site.booth("interviewer-04").await;
    let cookie = site.enter("interviewer-01").await;
    let response = site.get(&format!("/room/{booth}"), &cookie).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    site.end().await;
}
