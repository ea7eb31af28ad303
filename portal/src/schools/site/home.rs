//! A school's home page.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Html;

use super::fairs::FairRow;
use super::notices::{NoticeRow, TalkRow};
use super::store::{self, JobFilter, PublicJob};
use super::{SiteFrame, SiteTab};
use crate::accounts::Session;
use crate::schools::store::School;
use crate::state::AppState;
use crate::web::PageResult;

/// Notices on the home page.
const NOTICES: i64 = 7;
/// Talks on the home page.
const TALKS: i64 = 5;
/// Fairs on the home page.
const FAIRS: i64 = 3;
/// Jobs on the home page.
const JOBS: i64 = 8;

/// `/s/{code}`: a school's home page.
#[derive(Debug, Template)]
#[template(path = "site/home.html")]
pub struct SiteHome {
    /// The frame.
    pub frame: SiteFrame,
    /// The latest notices.
    pub notices: Vec<NoticeRow>,
    /// The next talks.
    pub talks: Vec<TalkRow>,
    /// The latest fairs.
    pub fairs: Vec<FairRow>,
    /// The latest jobs.
    pub jobs: Vec<PublicJob>,
    /// Figures: label and value.
    pub figures: Vec<(&'static str, i64)>,
}

impl SiteHome {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            frame: SiteFrame::sample("首页", SiteTab::Home),
            notices: NoticeRow::samples(),
            talks: TalkRow::samples(),
            fairs: FairRow::samples(),
            jobs: vec![
                PublicJob::sample(),
                PublicJob::sample(),
                PublicJob::sample(),
            ],
            figures: vec![("入驻单位", 6), ("在招职位", 14), ("近期宣讲会", 5)],
        }
    }

    /// A fair that runs now, for the banner.
    pub fn running(&self) -> Option<&FairRow> {
        self.fairs.iter().find(|fair| fair.running)
    }
}

/// `GET /s/{code}`
pub(super) async fn show(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
    Path(code): Path<String>,
) -> PageResult<Html<String>> {
    let frame = super::frame(&state, &code, session, ("首页", SiteTab::Home)).await?;
    page(&state, frame).await
}

/// The home page of a school that is asked for by its host.
pub(crate) async fn render(
    state: &AppState,
    school: School,
    session: Option<&Session>,
) -> PageResult<Html<String>> {
    let frame = super::frame_of(state, school, session, ("首页", SiteTab::Home));
    page(state, frame).await
}

async fn page(state: &AppState, frame: SiteFrame) -> PageResult<Html<String>> {
    let (db, school, now_ms) = (&state.db, frame.school.id, state.now_ms());
    let everything = JobFilter::default();
    let notices = store::notices(db, school, (NOTICES, 0)).await?;
    let talks = store::coming_talks(db, school, now_ms, TALKS).await?;
    let fairs = store::fairs(db, school, FAIRS).await?;
    let jobs = store::jobs(db, school, &everything, (JOBS, 0), now_ms).await?;
    let figures = vec![
        ("入驻单位", store::count_joined(db, school, now_ms).await?),
        (
            "在招职位",
            store::count_jobs(db, school, &everything, now_ms).await?,
        ),
        ("通知公告", store::count_notices(db, school).await?),
    ];
    let page = SiteHome {
        notices: notices.iter().map(NoticeRow::from).collect(),
        talks: talks.iter().map(TalkRow::from).collect(),
        fairs: fairs.iter().map(|fair| FairRow::of(fair, now_ms)).collect(),
        jobs,
        figures,
        frame,
    };
    Ok(Html(page.render()?))
}
