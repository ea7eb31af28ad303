//! A school's public site: `/s/{code}`, and `/` on the school's own host. Everyone may read it;
//! it shows what the school published and the open jobs of companies that joined it.

mod fairs;
mod front;
mod home;
mod jobs;
mod notices;
pub mod store;

use axum::Extension;
use axum::http::HeaderMap;
use axum::http::header::HOST;

use super::rules;
use super::store::School;
use crate::accounts::Session;
use crate::accounts::rules::home_path;
use crate::config::SiteConfig;
use crate::state::AppState;
use crate::web::{PageError, PageResult, Routes};

pub use fairs::SiteFairsPage;
pub use front::FrontPage;
pub use home::SiteHome;
pub use jobs::{SiteJobPage, SiteJobsPage};
pub use notices::{SiteNoticePage, SiteNoticesPage, SiteTalksPage};

pub(crate) use front::front;
pub(crate) use home::render as render_home;

/// Routes of the public sites.
pub fn routes() -> Routes {
    Routes::new()
        .get("/s/{school}", home::show)
        .get("/s/{school}/notices", notices::list)
        .get("/s/{school}/notices/{notice}", notices::show)
        .get("/s/{school}/talks", notices::talks)
        .get("/s/{school}/fairs", fairs::list)
        .get("/s/{school}/jobs", jobs::list)
        .get("/s/{school}/jobs/{job}", jobs::show)
}

/// Pages that the site's menu leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteTab {
    /// 首页.
    Home,
    /// 通知公告.
    Notices,
    /// 宣讲会.
    Talks,
    /// 视频双选会.
    Fairs,
    /// 职位.
    Jobs,
}

/// Who reads the site, if he is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// His name.
    pub name: String,
    /// His first page.
    pub home: &'static str,
}

impl Visitor {
    /// Of a request's session.
    pub fn of(session: Option<&Session>) -> Option<Self> {
        session.map(|session| Self {
            name: session.account.nickname.clone(),
            home: home_path(session.account.kind),
        })
    }
}

/// What surrounds a page of a school's site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteFrame {
    /// Title of the browser tab, before the school's name.
    pub title: String,
    /// The school.
    pub school: School,
    /// Where the reader is.
    pub here: SiteTab,
    /// Who runs the platform.
    pub site: SiteConfig,
    /// Who reads, if he is signed in.
    pub visitor: Option<Visitor>,
}

impl SiteFrame {
    /// Label, address and whether it is the page that is shown, for each link of the menu.
    pub fn links(&self) -> Vec<(&'static str, String, bool)> {
        [
            ("首页", "", SiteTab::Home),
            ("通知公告", "/notices", SiteTab::Notices),
            ("宣讲会", "/talks", SiteTab::Talks),
            ("视频双选会", "/fairs", SiteTab::Fairs),
            ("职位", "/jobs", SiteTab::Jobs),
        ]
        .into_iter()
        .map(|(label, path, tab)| {
            let href = format!("{}{path}", self.school.path());
            (label, href, tab == self.here)
        })
        .collect()
    }

    /// First character of the school's name.
    pub fn initial(&self) -> String {
        crate::layout::initial(&self.school.name)
    }

    /// Sample data for the test that renders every page.
    pub fn sample(title: &str, here: SiteTab) -> Self {
        Self {
            title: title.to_owned(),
            school: School::sample(),
            here,
            site: SiteConfig::sample(),
            visitor: None,
        }
    }
}

/// The frame of an open school's page.
async fn frame(
    state: &AppState,
    code: &str,
    session: Option<Extension<Session>>,
    (title, here): (&str, SiteTab),
) -> PageResult<SiteFrame> {
    let school = super::store::open(&state.db, code)
        .await?
        .ok_or(PageError::NotFound)?;
    let session = session.map(|Extension(session)| session);
    Ok(frame_of(state, school, session.as_ref(), (title, here)))
}

fn frame_of(
    state: &AppState,
    school: School,
    session: Option<&Session>,
    (title, here): (&str, SiteTab),
) -> SiteFrame {
    SiteFrame {
        title: title.to_owned(),
        school,
        here,
        site: state.config.site.clone(),
        visitor: Visitor::of(session),
    }
}

/// The school whose own host this request came to. A `Host` header is a stranger's text: it is
/// looked up and nothing else.
///
/// # Errors
/// The database failed.
pub(crate) async fn school_of_host(
    state: &AppState,
    headers: &HeaderMap,
) -> Result<Option<School>, PageError> {
    let host = headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .and_then(rules::host_of_header);
    match host {
        Some(host) => Ok(super::store::of_host(&state.db, &host).await?),
        None => Ok(None),
    }
}
