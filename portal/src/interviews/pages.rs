//! A student's live pages: device test, my queues.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::accounts::Student;
use crate::ids::FairId;
use crate::layout::{Chrome, StudentTab, Viewer};
use crate::state::AppState;
use crate::students::VerifiedStudent;
use crate::video_fairs::{FairTime, store};
use crate::web::{PageError, PageResult};

pub(super) const SAMPLE_FAIR: &str = "018f0000-0000-7000-8000-000000000001";

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

/// Which fair a page is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    fair: Option<FairId>,
}

/// The fair that is asked for, or the student's running one, or his next; none if his school has
/// none.
async fn chosen(state: &AppState, student: &Student, asked: &Asked) -> PageResult<Option<String>> {
    if let Some(fair) = asked.fair {
        let found = store::find_of_student(&state.db, fair, student.id).await?;
        return Ok(Some(found.ok_or(PageError::NotFound)?.id.to_string()));
    }
    let fairs = store::of_student(&state.db, student.id).await?;
    let now_ms = state.now_ms();
    let at = |time| {
        fairs
            .iter()
            .find(move |fair| FairTime::of(fair.starts_ms, fair.ends_ms, now_ms) == time)
    };
    let fair = at(FairTime::Running)
        .or_else(|| at(FairTime::Upcoming))
        .or(fairs.first());
    Ok(fair.map(|fair| fair.id.to_string()))
}

/// Where fairs stand once there are some, and that there is none yet.
fn no_fair() -> Response {
    Redirect::to("/fairs").into_response()
}

/// `GET /device-test`
pub(super) async fn device_test(
    State(state): State<AppState>,
    VerifiedStudent(student): VerifiedStudent,
    Query(asked): Query<Asked>,
) -> PageResult<Response> {
    let Some(fair) = chosen(&state, &student, &asked).await? else {
        return Ok(no_fair());
    };
    let page = DeviceTestPage::new(Viewer::of_student(&student), &fair);
    Ok(Html(page.render()?).into_response())
}

/// `GET /queues`
pub(super) async fn queues(
    State(state): State<AppState>,
    VerifiedStudent(student): VerifiedStudent,
    Query(asked): Query<Asked>,
) -> PageResult<Response> {
    let Some(fair) = chosen(&state, &student, &asked).await? else {
        return Ok(no_fair());
    };
    let page = QueuesPage::new(Viewer::of_student(&student), &fair);
    Ok(Html(page.render()?).into_response())
}
