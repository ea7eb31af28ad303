//! What a student sees of fairs: the list, the company wall, a booth.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use serde::Deserialize;

use super::cards::{BoothCard, FairCard};
use super::listing::Listing;
use super::store;
use crate::accounts::Student;
use crate::ids::{BoothId, FairId};
use crate::layout::{Chrome, StudentTab, Viewer};
use crate::resumes::shields;
use crate::state::AppState;
use crate::students::VerifiedStudent;
use crate::web::{PageError, PageResult};

/// `/fairs`: fairs of the student's school.
#[derive(Debug, Template)]
#[template(path = "fairs.html")]
pub struct FairsPage {
    /// The frame.
    pub chrome: Chrome,
    /// The fairs, the latest first.
    pub fairs: Vec<FairCard>,
}

impl FairsPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let over = FairCard {
            title: "2027 届春季视频双选会（补录专场）".to_owned(),
            when: "03-18 09:00 – 17:00".to_owned(),
            phase: "已结束",
            running: false,
            admitted: false,
            ..FairCard::sample()
        };
        Self {
            chrome: Chrome::student(Viewer::sample(), "招聘会", StudentTab::Fairs, None),
            fairs: vec![FairCard::sample(), over],
        }
    }
}

/// `/fairs/{fair}`: the company wall.
#[derive(Debug, Template)]
#[template(path = "wall.html")]
pub struct WallPage {
    /// The frame.
    pub chrome: Chrome,
    /// The fair.
    pub fair: FairCard,
    /// Cards of its booths.
    pub list: Arc<str>,
    /// What the address asks to search for; may be empty.
    pub query: String,
}

impl WallPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let fair = FairCard::sample();
        let chrome = Chrome::student(
            Viewer::sample(),
            &fair.title,
            StudentTab::Fairs,
            Some(&fair.fair),
        );
        let list = Listing::render(&fair.fair, &BoothCard::samples());
        Self {
            chrome,
            list: list.map_or_else(|_| "".into(), |list| list.html),
            fair,
            query: String::new(),
        }
    }
}

/// `/fairs/{fair}/booths/{booth}`: one company.
#[derive(Debug, Template)]
#[template(path = "booth.html")]
pub struct BoothPage {
    /// The frame.
    pub chrome: Chrome,
    /// The fair.
    pub fair: FairCard,
    /// The booth.
    pub booth: BoothCard,
    /// The student hides from this company: he cannot apply.
    pub shielded: bool,
}

impl BoothPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let fair = FairCard::sample();
        let booth = BoothCard::sample();
        let chrome = Chrome::student(
            Viewer::sample(),
            &booth.company,
            StudentTab::Fairs,
            Some(&fair.fair),
        );
        Self {
            chrome,
            fair,
            booth,
            shielded: false,
        }
    }
}

/// `GET /fairs`
pub(super) async fn fairs(
    State(state): State<AppState>,
    student: Student,
) -> PageResult<Html<String>> {
    let now_ms = state.now_ms();
    let rows = store::of_student(&state.db, student.id).await?;
    let page = FairsPage {
        chrome: Chrome::student(
            Viewer::of_student(&student),
            "招聘会",
            StudentTab::Fairs,
            None,
        ),
        fairs: rows
            .iter()
            .map(|fair| FairCard::of_list(fair, now_ms))
            .collect(),
    };
    Ok(Html(page.render()?))
}

/// What the wall's address may ask for.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
}

/// `GET /fairs/{fair}`
pub(super) async fn wall(
    State(state): State<AppState>,
    VerifiedStudent(student): VerifiedStudent,
    Path(fair): Path<FairId>,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let found = store::find_of_student(&state.db, fair, student.id).await?;
    let fair = found.ok_or(PageError::NotFound)?;
    let now_ms = state.now_ms();
    let listing = state.listings.of(&state.db, fair.id, now_ms).await?;
    let card = FairCard::of(&fair, listing.booths, now_ms);
    let viewer = Viewer::of_student(&student);
    let page = WallPage {
        chrome: Chrome::student(viewer, &fair.title, StudentTab::Fairs, Some(&card.fair)),
        list: listing.html,
        fair: card,
        query: asked.q,
    };
    Ok(Html(page.render()?))
}

/// `GET /fairs/{fair}/booths/{booth}`
pub(super) async fn booth(
    State(state): State<AppState>,
    VerifiedStudent(student): VerifiedStudent,
    Path((fair, booth)): Path<(FairId, BoothId)>,
) -> PageResult<Html<String>> {
    let found = store::find_of_student(&state.db, fair, student.id).await?;
    let fair = found.ok_or(PageError::NotFound)?;
    let found = store::booth(&state.db, fair.id, booth, state.now_ms()).await?;
    let found = found.ok_or(PageError::NotFound)?;
    if found.suspended {
        return Err(PageError::Conflict("该单位暂停招聘。"));
    }
    let shielded = shields::is_shielded(&state.db, student.id, found.company_id).await?;
    let booth = BoothCard::from(&found);
    let card = FairCard::of(&fair, 0, state.now_ms());
    let viewer = Viewer::of_student(&student);
    let page = BoothPage {
        chrome: Chrome::student(viewer, &booth.company, StudentTab::Fairs, Some(&card.fair)),
        fair: card,
        booth,
        shielded,
    };
    Ok(Html(page.render()?))
}
