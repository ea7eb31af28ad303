//! The list of what a school has published, withdrawn, or is writing.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use serde::Deserialize;

use super::super::rules::{NoticeKind, NoticeStatus};
use super::super::times;
use super::store::{self, NoticeFilter, StaffNotice};
use crate::accounts::SchoolOffice;
use crate::layout::{Chrome, Menu, Paging, Viewer};
use crate::state::AppState;
use crate::web::PageResult;

/// Notices on a page.
const PER_PAGE: i64 = 30;
/// Its place in the menu.
pub(super) const HERE: &str = "/school/notices";

/// A notice in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Title.
    pub title: String,
    /// What it is.
    pub kind: NoticeKind,
    /// Where it stands.
    pub status: NoticeStatus,
    /// Time and place of a talk; may be empty.
    pub when: String,
    /// When it was published, or begun.
    pub day: String,
    /// Its version, for the button.
    pub version: i64,
}

impl From<&StaffNotice> for Row {
    fn from(notice: &StaffNotice) -> Self {
        let when = match (notice.kind, notice.starts_ms) {
            (NoticeKind::Talk, Some(ms)) => format!("{} {}", times::minute(ms), notice.place),
            _ => String::new(),
        };
        Self {
            id: notice.id.to_string(),
            title: notice.title.clone(),
            kind: notice.kind,
            status: notice.status,
            when,
            day: times::minute(notice.published_ms.unwrap_or(notice.created_ms)),
            version: notice.version,
        }
    }
}

/// `/school/notices`
#[derive(Debug, Template)]
#[template(path = "school/notices.html")]
pub struct NoticesPage {
    /// The frame.
    pub chrome: Chrome,
    /// The filter.
    pub filter: NoticeFilter,
    /// This page of them.
    pub notices: Vec<Row>,
    /// The other pages.
    pub paging: Paging,
}

impl NoticesPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let row = |title: &str, kind, status, when: &str| Row {
            id: "018f0000-0000-7000-8000-000000000009".to_owned(),
            title: title.to_owned(),
            kind,
            status,
            when: when.to_owned(),
            day: "2026-11-18 09:00".to_owned(),
            version: 1,
        };
        let talk = "2026-11-26 14:30 科技楼 201";
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "公告与宣讲", Menu::School, HERE),
            filter: NoticeFilter::default(),
            notices: vec![
                row(
                    "生源信息核对的通知",
                    NoticeKind::Notice,
                    NoticeStatus::Published,
                    "",
                ),
                row(
                    "澄源半导体（示例）宣讲会",
                    NoticeKind::Talk,
                    NoticeStatus::Draft,
                    talk,
                ),
                row("放假安排", NoticeKind::Notice, NoticeStatus::Withdrawn, ""),
            ],
            paging: Paging::new(HERE, &[], 1, (3, PER_PAGE)),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    kind: String,
    status: String,
    page: String,
}

/// `GET /school/notices`
pub(super) async fn show(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let filter = NoticeFilter {
        kind: asked
            .kind
            .parse::<NoticeKind>()
            .map_or(String::new(), |kind| kind.to_string()),
        status: asked
            .status
            .parse::<NoticeStatus>()
            .map_or(String::new(), |status| status.to_string()),
    };
    let total = store::count(&state.db, staff.school, &filter).await?;
    let pairs = [
        ("kind", filter.kind.as_str()),
        ("status", filter.status.as_str()),
    ];
    let asked_page = asked.page.parse().unwrap_or(1);
    let paging = Paging::new(HERE, &pairs, asked_page, (total, PER_PAGE));
    let slice = (PER_PAGE, paging.offset(PER_PAGE));
    let rows = store::list(&state.db, staff.school, &filter, slice).await?;
    let page = NoticesPage {
        chrome: Chrome::school(&staff, "公告与宣讲", HERE),
        notices: rows.iter().map(Row::from).collect(),
        filter,
        paging,
    };
    Ok(Html(page.render()?))
}
