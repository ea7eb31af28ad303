//! One-click links. Each person's link has a host of its own (`student-01.localhost`), so that
//! cookies stay apart and one browser can be several people.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{Html, Response};

use super::{data, seed};
use crate::accounts::rules::{self, LoginName};
use crate::accounts::{enter as begin_session, store};
use crate::state::AppState;
use crate::web::{PageError, PageResult, cookie};

/// One person of the demo.
struct Person {
    who: String,
    name: String,
    headline: String,
}

/// `GET /demo`
pub(super) async fn page(State(_state): State<AppState>, headers: HeaderMap) -> Html<String> {
    let port = port(&headers);
    let items: String = people()
        .iter()
        .map(|person| {
            let Person { who, name, headline } = person;
            format!(
                "<li><a href=\"http://{who}.localhost:{port}/demo/enter/{who}\">{name}</a> {headline}</li>"
            )
        })
        .collect();
    Html(format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>聘会</title><ul>{items}</ul>"
    ))
}

/// `GET /demo/enter/{who}`: signs in as that person and leads to his first page. It writes on a
/// GET, which only a demo on loopback may.
pub(super) async fn enter(
    State(state): State<AppState>,
    Path(who): Path<String>,
    headers: HeaderMap,
) -> PageResult<Response> {
    let name = LoginName::Email(seed::email(&who));
    let row = store::find_login(&state.db, &name)
        .await?
        .ok_or(PageError::NotFound)?;
    let old = cookie::read(&headers, state.secure());
    begin_session(&state, row.id, old, rules::home_path(row.kind)).await
}

/// The port that the browser used.
fn port(headers: &HeaderMap) -> &str {
    headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .and_then(|host| host.rsplit_once(':'))
        .map_or("80", |(_, port)| port)
}

fn people() -> Vec<Person> {
    let interviewers = data::companies()
        .iter()
        .flat_map(|company| company.seats.iter().map(move |seat| (company, seat)))
        .enumerate()
        .map(|(index, (company, seat))| Person {
            who: seed::interviewer_who(index),
            name: seat.nickname.clone(),
            headline: format!(
                "{} · {} · {}",
                company.name, company.number, seat.department
            ),
        });
    let students = data::students()
        .iter()
        .enumerate()
        .map(|(index, student)| Person {
            who: seed::student_who(index),
            name: student.name.clone(),
            headline: format!("{} · {}", student.faculty, student.degree.zh()),
        });
    interviewers.chain(students).collect()
}
