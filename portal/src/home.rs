//! `/` leads everyone to the first page of his role; here is the operators'.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::accounts::{Operator, Session, rules};
use crate::layout::{Chrome, Menu, Viewer};
use crate::schools::site;
use crate::state::AppState;
use crate::video_fairs::opening::Reason;
use crate::video_fairs::rules::beijing;
use crate::video_fairs::{Fair, store};
use crate::web::PageResult;

/// A fair in the list of platform staff and operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FairLine {
    /// Title.
    pub title: String,
    /// The school that holds it.
    pub school: String,
    /// Begin and end, Beijing time.
    pub when: String,
    /// `未开始`, `进行中`, `已结束`.
    pub phase: &'static str,
}

/// The first page of operators: what is going on.
#[derive(Debug, Template)]
#[template(path = "staff.html")]
pub struct StaffPage {
    /// The frame.
    pub chrome: Chrome,
    /// What this page is for.
    pub hint: &'static str,
    /// Facts: label and value.
    pub facts: Vec<(&'static str, String)>,
    /// Fairs that should be open on this server and are not: fair, why, since when.
    pub not_open: Vec<(String, &'static str, String)>,
    /// The latest fairs.
    pub fairs: Vec<FairLine>,
}

impl StaffPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "运行状况", Menu::Operator, "/operator"),
            hint: "服务的版本与正在进行的招聘会",
            facts: vec![
                ("版本", "0.1.0".to_owned()),
                ("数据库", "sqlite".to_owned()),
            ],
            not_open: vec![(
                Fair::sample().title,
                Reason::Elsewhere.zh(),
                beijing(1_795_305_600_000),
            )],
            fairs: fair_lines(&[Fair::sample()], 1_795_305_600_000),
        }
    }
}

/// What the address of the first page may ask for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
}

/// `GET /`: on a school's own host its site; else everyone's first page, and for those who are
/// not signed in the schools.
pub(crate) async fn home(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> PageResult<Response> {
    let session = session.map(|Extension(session)| session);
    if let Some(school) = site::school_of_host(&state, &headers).await? {
        let page = site::render_home(&state, school, session.as_ref()).await?;
        return Ok(page.into_response());
    }
    Ok(match session {
        Some(session) => Redirect::to(rules::home_path(session.account.kind)).into_response(),
        None if state.demo && asked.q.is_empty() => Redirect::to("/demo").into_response(),
        None => site::front(&state, &asked.q).await?.into_response(),
    })
}

/// `GET /operator`: which server this is, and what it holds.
pub(crate) async fn operator(
    State(state): State<AppState>,
    operator: Operator,
) -> PageResult<Html<String>> {
    let fairs = store::latest(&state.db).await?;
    let page = StaffPage {
        chrome: Chrome::with_menu(
            Viewer::of_session("聘会平台", &operator.session),
            "运行状况",
            Menu::Operator,
            "/operator",
        ),
        hint: "服务的版本与正在进行的招聘会；指标与告警见监控系统",
        facts: vec![
            ("版本", env!("CARGO_PKG_VERSION").to_owned()),
            ("数据库", state.db.kind().to_owned()),
            ("指标地址", format!("http://{}/metrics", state.operator)),
        ],
        not_open: not_open(&state).await?,
        fairs: fair_lines(&fairs, state.now_ms()),
    };
    Ok(Html(page.render()?))
}

async fn not_open(state: &AppState) -> PageResult<Vec<(String, &'static str, String)>> {
    let mut lines = Vec::new();
    for it in state.fairs_not_open.list() {
        let fair = store::find(&state.db, it.fair).await?;
        let title = fair.map_or_else(|| it.fair.to_string(), |fair| fair.title);
        lines.push((title, it.reason.zh(), beijing(it.since_ms)));
    }
    Ok(lines)
}

/// Fairs as lists of them show them.
pub(crate) fn fair_lines(fairs: &[Fair], now_ms: i64) -> Vec<FairLine> {
    fairs
        .iter()
        .map(|fair| FairLine {
            title: fair.title.clone(),
            school: fair.school_name.clone(),
            when: format!("{} – {}", beijing(fair.starts_ms), beijing(fair.ends_ms)),
            phase: fair.time(now_ms).zh(),
        })
        .collect()
}
