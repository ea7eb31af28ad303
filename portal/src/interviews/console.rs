//! The school's live console.

use askama::Template;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{Html, Redirect};
use signaling_protocol::QueueRow;

use super::pages::SAMPLE_FAIR;
use crate::accounts::SchoolOffice;
use crate::ids::{BoothId, FairId};
use crate::layout::{Chrome, Menu, Viewer};
use crate::state::AppState;
use crate::video_fairs::{FairTime, store};
use crate::web::{PageError, PageResult};

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
            ..Viewer::sample()
        };
        Self {
            chrome: Chrome::with_menu(viewer, "直播控制台", Menu::School, CONSOLE),
            fair: SAMPLE_FAIR.to_owned(),
            title: "2027 届秋季视频双选会".to_owned(),
        }
    }
}

/// Where the menu leads: to the console of the running fair.
const CONSOLE: &str = "/school/console";

/// `GET /school/console`: the console of the school's running fair, or of its latest. A school
/// without one is told so on its workbench.
pub(super) async fn current(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
) -> PageResult<Redirect> {
    let fairs = store::of_school(&state.db, staff.school).await?;
    let now_ms = state.now_ms();
    let running = fairs
        .iter()
        .find(|fair| fair.time(now_ms) == FairTime::Running);
    Ok(match running.or(fairs.first()) {
        Some(fair) => Redirect::to(&format!("/school/fairs/{}/console", fair.id)),
        None => Redirect::to("/school"),
    })
}

/// `GET /school/fairs/{fair}/console`
pub(super) async fn console(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
    Path(fair): Path<FairId>,
) -> PageResult<Html<String>> {
    let found = store::find_of_school(&state.db, fair, staff.school).await?;
    let fair = found.ok_or(PageError::NotFound)?;
    let mut chrome = Chrome::school(&staff, "直播控制台", CONSOLE);
    if fair.time(state.now_ms()) == FairTime::Running {
        chrome.note(CONSOLE, "进行中");
    }
    let id = fair.id.to_string();
    Ok(Html(
        ConsolePage {
            chrome,
            fair: id,
            title: fair.title,
        }
        .render()?,
    ))
}

/// `GET /api/fairs/{fair}/booths/{booth}/queue`: who waits for or talks to a booth, for the staff
/// member who may have to take someone out.
pub(super) async fn queue(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
    Path((fair, booth)): Path<(FairId, BoothId)>,
) -> PageResult<Json<Vec<QueueRow>>> {
    let found = store::find_of_school(&state.db, fair, staff.school).await?;
    found.ok_or(PageError::NotFound)?;
    let rows = state.live.booth_rows(fair.into(), booth.into()).await;
    Ok(Json(rows.ok_or(PageError::NotFound)?))
}
