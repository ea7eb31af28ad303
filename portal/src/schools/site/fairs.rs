//! Video fairs on a school's site: what everyone may know of them.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Html;

use super::store::{self, PublicFair};
use super::{SiteFrame, SiteTab};
use crate::accounts::Session;
use crate::schools::times;
use crate::state::AppState;
use crate::video_fairs::FairTime;
use crate::web::PageResult;

/// Fairs on the page.
const FAIRS: i64 = 100;

/// A fair in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FairRow {
    /// Title.
    pub title: String,
    /// `2026-11-22 周日 09:00 – 17:00`.
    pub when: String,
    /// `未开始`, `进行中`, `已结束`.
    pub phase: &'static str,
    /// Running now.
    pub running: bool,
    /// Companies in it.
    pub companies: i64,
}

impl FairRow {
    /// A fair at `now_ms`.
    pub fn of(fair: &PublicFair, now_ms: i64) -> Self {
        let time = FairTime::of(fair.starts_ms, fair.ends_ms, now_ms);
        let (begin, end) = (fair.starts_ms, fair.ends_ms);
        let until = if times::day(begin) == times::day(end) {
            times::clock(end)
        } else {
            times::minute(end)
        };
        Self {
            title: fair.title.clone(),
            when: format!(
                "{} {} {} – {until}",
                times::day(begin),
                times::weekday(begin),
                times::clock(begin)
            ),
            phase: time.zh(),
            running: time == FairTime::Running,
            companies: fair.companies,
        }
    }

    /// Colour of the phase's tag.
    pub fn tone(&self) -> &'static str {
        match self.phase {
            "进行中" => "ok",
            "未开始" => "info",
            _ => "quiet",
        }
    }

    /// Sample data for the test that renders every page.
    pub fn samples() -> Vec<Self> {
        vec![
            Self {
                title: "2027 届秋季视频双选会".to_owned(),
                when: "2026-11-22 周日 09:00 – 17:00".to_owned(),
                phase: "进行中",
                running: true,
                companies: 6,
            },
            Self {
                title: "2026 届春季视频双选会（补录专场）".to_owned(),
                when: "2026-03-18 周三 09:00 – 17:00".to_owned(),
                phase: "已结束",
                running: false,
                companies: 23,
            },
        ]
    }
}

/// `/s/{code}/fairs`
#[derive(Debug, Template)]
#[template(path = "site/fairs.html")]
pub struct SiteFairsPage {
    /// The frame.
    pub frame: SiteFrame,
    /// The fairs, the latest first.
    pub fairs: Vec<FairRow>,
}

impl SiteFairsPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            frame: SiteFrame::sample("视频双选会", SiteTab::Fairs),
            fairs: FairRow::samples(),
        }
    }
}

/// `GET /s/{code}/fairs`
pub(super) async fn list(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
    Path(code): Path<String>,
) -> PageResult<Html<String>> {
    let frame = super::frame(&state, &code, session, ("视频双选会", SiteTab::Fairs)).await?;
    let now_ms = state.now_ms();
    let fairs = store::fairs(&state.db, frame.school.id, FAIRS).await?;
    let page = SiteFairsPage {
        frame,
        fairs: fairs.iter().map(|fair| FairRow::of(fair, now_ms)).collect(),
    };
    Ok(Html(page.render()?))
}
