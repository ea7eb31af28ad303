//! Pages that take part in the live fair: device test, my queues, the room, the console.

use askama::Template;

use crate::layout::{Chrome, StudentTab, Viewer};

const SAMPLE_FAIR: &str = "018f0000-0000-7000-8000-000000000001";
const SAMPLE_BOOTH: &str = "018f0000-0000-7000-8000-000000000010";

/// `/device-test`: camera, microphone, speaker, network.
#[derive(Debug, Template)]
#[template(path = "device-test.html")]
pub struct DeviceTestPage {
    /// The frame.
    pub chrome: Chrome,
    /// The fair whose media server is tried.
    pub fair: String,
}

impl DeviceTestPage {
    /// The page for `fair`.
    pub fn new(viewer: Viewer<'_>, fair: &str) -> Self {
        let chrome = Chrome::student(viewer, "设备测试", StudentTab::DeviceTest, Some(fair));
        Self {
            chrome,
            fair: fair.to_owned(),
        }
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self::new(Viewer::sample(), SAMPLE_FAIR)
    }
}

/// `/queues`: my queues, called, call, after; one live page.
#[derive(Debug, Template)]
#[template(path = "queues.html")]
pub struct QueuesPage {
    /// The frame.
    pub chrome: Chrome,
    /// The fair.
    pub fair: String,
}

impl QueuesPage {
    /// The page for `fair`.
    pub fn new(viewer: Viewer<'_>, fair: &str) -> Self {
        let chrome = Chrome::student(viewer, "我的排队", StudentTab::Queues, Some(fair));
        Self {
            chrome,
            fair: fair.to_owned(),
        }
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self::new(Viewer::sample(), SAMPLE_FAIR)
    }
}

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
            csrf: "00ff",
        };
        Self {
            chrome: Chrome::company(viewer, "视频双选会"),
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

/// `/school/fairs/{fair}/console`: the live console.
#[derive(Debug, Template)]
#[template(path = "console.html")]
pub struct ConsolePage {
    /// The frame.
    pub chrome: Chrome,
    /// The fair's id.
    pub fair: String,
    /// Its title.
    pub title: String,
}

impl ConsolePage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let viewer = Viewer {
            school: "赣江理工大学 · 就业指导中心",
            name: "何老师",
            csrf: "00ff",
        };
        Self {
            chrome: Chrome::school(viewer, "直播控制台", SAMPLE_FAIR, true),
            fair: SAMPLE_FAIR.to_owned(),
            title: "2027 届秋季视频双选会".to_owned(),
        }
    }
}
