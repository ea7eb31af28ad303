//! The login form.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::rules;
use super::sessions::Session;
use crate::state::AppState;
use crate::web::{FormErrors, PageResult};

/// The login form; filled in again, with what was wrong, when a login failed.
#[derive(Debug, Template)]
#[template(path = "login.html")]
pub struct LoginPage {
    /// What was typed as login name.
    pub login: String,
    /// Where to go afterwards; may be empty.
    pub next: String,
    /// What was wrong, at the field `login`.
    pub errors: FormErrors,
    /// The page of one-click links exists here.
    pub demo: bool,
}

impl LoginPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            login: "13800000001".to_owned(),
            next: "/fairs".to_owned(),
            errors: FormErrors::one("login", "账号或密码不对"),
            demo: true,
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    next: String,
}

/// `GET /login`
pub(super) async fn login(
    State(state): State<AppState>,
    session: Option<axum::Extension<Session>>,
    Query(asked): Query<Asked>,
) -> PageResult<Response> {
    let next = rules::way_back(&asked.next).unwrap_or_default();
    if let Some(session) = session {
        let home = rules::home_path(session.account.kind);
        return Ok(Redirect::to(if next.is_empty() { home } else { next }).into_response());
    }
    let page = LoginPage {
        login: String::new(),
        next: next.to_owned(),
        errors: FormErrors::default(),
        demo: state.demo,
    };
    Ok(Html(page.render()?).into_response())
}
