//! An interviewer's pages: own booths, the room.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Html;

use super::pages::SAMPLE_FAIR;
use crate::accounts::Interviewer;
use crate::ids::{BoothId, FairId};
use crate::layout::{Chrome, Viewer};
use crate::state::AppState;
use crate::video_fairs::{FairTime, cards, store};
use crate::web::{PageError, PageResult};

const SAMPLE_BOOTH: &str = "018f0000-0000-7000-8000-000000000010";

/// A booth where the reader has a seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatCard {
    /// The booth's id.
    pub booth: String,
    /// Its number.
    pub number: String,
    /// The fair's title.
    pub fair: String,
    /// `赣江理工大学 · 11-22 09:00 – 17:00`.
    pub when: String,
    /// The company.
    pub company: String,
    /// `未开始`, `进行中`, `已结束`.
    pub phase: &'static str,
    /// Running now.
    pub running: bool,
    /// Figures of the moment, if the fair is live.
    pub live: Option<SeatFigures>,
}

/// A booth in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatFigures {
    /// Students who wait.
    pub waiting: u32,
    /// Applications not decided.
    pub applied: u32,
    /// Interviewers connected.
    pub seats_online: u32,
    /// Seats.
    pub seats: u32,
}

/// `/booths`: where the reader interviews.
#[derive(Debug, Template)]
#[template(path = "booths.html")]
pub struct BoothsPage {
    /// The frame.
    pub chrome: Chrome,
    /// Own seats, the latest fair first.
    pub booths: Vec<SeatCard>,
}

impl BoothsPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let running = SeatCard {
            booth: SAMPLE_BOOTH.to_owned(),
            number: "B-017".to_owned(),
            fair: "2027 届秋季视频双选会".to_owned(),
            when: "赣江理工大学 · 11-22 09:00 – 17:00".to_owned(),
            company: "澄源半导体（示例）".to_owned(),
            phase: "进行中",
            running: true,
            live: Some(SeatFigures {
                waiting: 14,
                applied: 6,
                seats_online: 2,
                seats: 3,
            }),
        };
        let later = SeatCard {
            fair: "2027 届研究生专场视频双选会".to_owned(),
            when: "湘水师范大学 · 12-03 13:30 – 17:30".to_owned(),
            phase: "未开始",
            running: false,
            live: None,
            ..running.clone()
        };
        let viewer = Viewer {
            school: "澄源半导体（示例）有限公司",
            name: "沈工",
            ..Viewer::sample()
        };
        Self {
            chrome: Chrome::company(viewer, "视频双选会", "/booths"),
            booths: vec![running, later],
        }
    }
}

/// `/room/{booth}`: the interviewer's room.
#[derive(Debug, Template)]
#[template(path = "room.html")]
pub struct RoomPage {
    /// The session's forgery token.
    pub csrf: String,
    /// The fair's id.
    pub fair: String,
    /// Its title.
    pub fair_title: String,
    /// The booth's id.
    pub booth: String,
    /// Its number.
    pub number: String,
    /// The company.
    pub company: String,
}

impl RoomPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            csrf: "00ff".to_owned(),
            fair: SAMPLE_FAIR.to_owned(),
            fair_title: "2027 届秋季视频双选会".to_owned(),
            booth: SAMPLE_BOOTH.to_owned(),
            number: "B-017".to_owned(),
            company: "澄源半导体（示例）".to_owned(),
        }
    }
}

/// `GET /booths`
pub(super) async fn booths(
    State(state): State<AppState>,
    interviewer: Interviewer,
) -> PageResult<Html<String>> {
    let now_ms = state.now_ms();
    let rows = store::of_member(&state.db, interviewer.member.id).await?;
    let mut booths = Vec::with_capacity(rows.len());
    for row in rows {
        let live = figures(&state, row.fair_id, row.booth).await;
        booths.push(SeatCard::new(row, live, now_ms));
    }
    let chrome = Chrome::interviewer(&interviewer, "视频双选会");
    Ok(Html(BoothsPage { chrome, booths }.render()?))
}

impl SeatCard {
    fn new(row: store::OwnBooth, live: Option<SeatFigures>, now_ms: i64) -> Self {
        let time = FairTime::of(row.starts_ms, row.ends_ms, now_ms);
        let period = cards::period(row.starts_ms, row.ends_ms);
        Self {
            booth: row.booth.to_string(),
            number: row.number,
            fair: row.title,
            when: format!("{} · {period}", row.school_name),
            company: row.company,
            phase: time.zh(),
            running: time == FairTime::Running,
            live,
        }
    }
}

/// A booth as the live side counts it; `None` while its fair is not live.
async fn figures(state: &AppState, fair: FairId, booth: BoothId) -> Option<SeatFigures> {
    let wall = state.live.wall(fair.into()).await?;
    let brief = wall
        .booths
        .iter()
        .find(|brief| BoothId::from(brief.booth) == booth)?;
    Some(SeatFigures {
        waiting: brief.waiting,
        applied: brief.applied,
        seats_online: brief.seats_online,
        seats: brief.seats,
    })
}

/// `GET /room/{booth}`
pub(super) async fn room(
    State(state): State<AppState>,
    Interviewer { member, .. }: Interviewer,
    Path(booth): Path<BoothId>,
) -> PageResult<Html<String>> {
    let found = store::seat_of(&state.db, booth, member.id, state.now_ms()).await?;
    let seat = found.ok_or(PageError::NotFound)?;
    let page = RoomPage {
        csrf: member.session.csrf,
        fair: seat.fair_id.to_string(),
        fair_title: seat.title,
        booth: seat.booth.to_string(),
        number: seat.number,
        company: seat.company,
    };
    Ok(Html(page.render()?))
}
