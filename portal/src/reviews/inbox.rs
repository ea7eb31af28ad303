//! The inbox of a desk: `/platform/reviews`, `/school/reviews`. Its filters live in the address.

use askama::Template;
use axum::extract::{Query, State as AxumState};
use axum::response::Html;
use base::db::JsonText;
use serde::Deserialize;

use super::desk::{DeskStaff, Seat};
use super::lists::{self, InboxRow, OpenCount, PAGE_ROWS, Wanted};
use super::rules::{Desk, Kind, State};
use crate::dictionaries::calendar::{self, Due, Remaining};
use crate::ids::{AccountId, ReviewId};
use crate::layout::{Chrome, Menu, Viewer};
use crate::platform::search;
use crate::state::AppState;
use crate::video_fairs::rules::beijing;
use crate::web::PageResult;

/// What is due within this time is about to be overdue, ms.
const SOON_MS: i64 = 86_400_000;
/// Pages that an inbox has at most.
const PAGES: i64 = 2_000;

/// What someone asks for, as it stands in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Kind; empty: all.
    pub kind: String,
    /// State; empty: open; `all`.
    pub state: String,
    /// `mine`, `unassigned`, `soon`, `overdue`; empty: all.
    pub who: String,
    /// Part of a name, or a whole code.
    pub q: String,
    /// Page, from 0.
    pub page: String,
}

impl Asked {
    fn read(&self, me: AccountId, now_ms: i64) -> Wanted {
        Wanted {
            kind: self.kind.parse().ok(),
            state: match self.state.as_str() {
                "" => Some(State::Open),
                other => other.parse().ok(),
            },
            assignee: (self.who == "mine").then_some(me),
            unassigned: self.who == "unassigned",
            due_before_ms: match self.who.as_str() {
                "overdue" => Some(now_ms),
                "soon" => Some(now_ms + SOON_MS),
                _ => None,
            },
            text: self.q.clone(),
            page: self.page.parse().unwrap_or(0).clamp(0, PAGES),
        }
    }
}

/// A kind with what is open of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindTab {
    /// The kind.
    pub kind: Kind,
    /// Open.
    pub open: i64,
    /// Overdue.
    pub overdue: i64,
}

/// A row of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The review.
    pub id: ReviewId,
    /// Counts changes.
    pub version: i64,
    /// What is under review.
    pub kind: Kind,
    /// What it is called.
    pub title: String,
    /// The company, if the title does not say it.
    pub company: String,
    /// Handed in, Beijing time.
    pub submitted: String,
    /// Due, Beijing time.
    pub due: String,
    /// The clock, while it runs.
    pub clock: Option<Remaining>,
    /// Where it stands.
    pub state: State,
    /// Who took it; empty: nobody.
    pub assignee: String,
    /// Someone approved it, and a second one has to.
    pub half: bool,
    /// Something about it was flagged when it was handed in.
    pub doubtful: bool,
}

/// The inbox of a desk.
#[derive(Debug, Template)]
#[template(path = "reviews/inbox.html")]
pub struct InboxPage {
    /// The frame.
    pub chrome: Chrome,
    /// Path of the inbox.
    pub base: &'static str,
    /// Kinds with what is open of them.
    pub kinds: Vec<KindTab>,
    /// The filters.
    pub asked: Asked,
    /// The rows.
    pub lines: Vec<Line>,
    /// Number of the page, from 0.
    pub page: i64,
    /// There is a next page.
    pub more: bool,
}

impl InboxPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let now_ms = 1_795_305_600_000;
        let row = |kind, title: &str, hours: i64| InboxRow {
            id: ReviewId::new(),
            kind,
            title: title.to_owned(),
            submitted_ms: now_ms - 90_000_000,
            due_ms: now_ms + hours * 3_600_000,
            due_estimated: false,
            state: State::Open,
            assignee_id: None,
            assignee: (hours > 10).then(|| "闻清".to_owned()),
            first_by: (kind == Kind::AdminClaim).then(AccountId::new),
            flags: JsonText(Vec::new()),
            decided_ms: None,
            version: 1,
            company: Some("澄源半导体（示例）".to_owned()),
        };
        let rows = [
            row(
                Kind::Company,
                "江西省赣江新区数字经济产业发展投资集团（示例）有限责任公司",
                -3,
            ),
            row(Kind::AdminClaim, "澄源半导体（示例） · 沈知行", 34),
            row(Kind::Recertification, "澄源半导体（示例）", 82),
        ];
        let calendar = formats::working_days::Calendar::built_in();
        let count = OpenCount {
            kind: Kind::Company,
            open_count: 9,
            overdue: 1,
        };
        Self {
            chrome: Chrome::with_menu(
                Viewer::sample(),
                "审核",
                Menu::Platform,
                "/platform/reviews",
            ),
            base: "/platform/reviews",
            kinds: tabs(Desk::Platform, &[count]),
            asked: Asked::default(),
            lines: rows
                .into_iter()
                .map(|row| line(row, &calendar, now_ms))
                .collect(),
            page: 0,
            more: true,
        }
    }

    /// The address with one filter changed; the page begins anew.
    pub fn link(&self, name: &str, value: &str) -> String {
        let with = |own, old: &str| {
            if own == name {
                value.to_owned()
            } else {
                old.to_owned()
            }
        };
        let (kind, state) = (
            with("kind", &self.asked.kind),
            with("state", &self.asked.state),
        );
        let (who, page) = (with("who", &self.asked.who), with("page", ""));
        let query = search::query(&[
            ("kind", &kind),
            ("state", &state),
            ("who", &who),
            ("q", &self.asked.q),
            ("page", &page),
        ]);
        format!("{}{query}", self.base)
    }

    /// Open reviews of all kinds.
    pub fn open(&self) -> i64 {
        self.kinds.iter().map(|tab| tab.open).sum()
    }

    /// Choices of who has it.
    pub fn who(&self) -> [(&'static str, &'static str); 5] {
        [
            ("", "全部"),
            ("mine", "我领取的"),
            ("unassigned", "未领取"),
            ("soon", "即将超期"),
            ("overdue", "已超期"),
        ]
    }

    /// Choices of states.
    pub fn states(&self) -> Vec<(&'static str, &'static str)> {
        let mut states = State::choices();
        states.retain(|(code, _)| *code != State::Open.as_str());
        states.insert(0, ("", State::Open.zh()));
        states.push(("all", "全部状态"));
        states
    }
}

/// The kinds that lie on a desk.
fn tabs(desk: Desk, counts: &[OpenCount]) -> Vec<KindTab> {
    Kind::ALL
        .into_iter()
        .filter(|kind| kind.is_for(desk))
        .map(|kind| {
            let row = counts.iter().find(|row| row.kind == kind);
            KindTab {
                kind,
                open: row.map_or(0, |row| row.open_count),
                overdue: row.map_or(0, |row| row.overdue),
            }
        })
        .collect()
}

fn line(row: InboxRow, calendar: &formats::working_days::Calendar, now_ms: i64) -> Line {
    let due = Due {
        at_ms: row.due_ms,
        estimated: row.due_estimated,
    };
    let open = row.state == State::Open;
    Line {
        id: row.id,
        version: row.version,
        kind: row.kind,
        company: row
            .company
            .filter(|company| !row.title.contains(company.as_str()))
            .unwrap_or_default(),
        title: row.title,
        submitted: beijing(row.submitted_ms),
        due: calendar::zh(due),
        clock: open.then(|| calendar::remaining(calendar, now_ms, due)),
        state: row.state,
        assignee: row.assignee.unwrap_or_default(),
        half: open && row.first_by.is_some(),
        doubtful: open && !row.flags.0.is_empty(),
    }
}

/// `GET /platform/reviews`, `GET /school/reviews`
pub(super) async fn show<S: DeskStaff>(
    AxumState(state): AxumState<AppState>,
    staff: S,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let Seat { desk, id, base } = staff.seat();
    let now_ms = state.now_ms();
    let wanted = asked.read(id, now_ms);
    let mut rows = lists::inbox(&state.db, desk, &wanted).await?;
    let room = usize::try_from(PAGE_ROWS).unwrap_or(usize::MAX);
    let more = rows.len() > room;
    rows.truncate(room);
    let calendar = calendar::load(&state.db).await?;
    let page = InboxPage {
        chrome: staff.chrome("审核"),
        base,
        kinds: tabs(desk, &lists::open(&state.db, desk, now_ms).await?),
        page: wanted.page,
        asked,
        lines: rows
            .into_iter()
            .map(|row| line(row, &calendar, now_ms))
            .collect(),
        more,
    };
    Ok(Html(page.render()?))
}
