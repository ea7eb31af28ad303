//! `/platform`: what waits, and how well it is kept up with (P12).

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use base::db::{Db, on_db};
use formats::beijing as day;

use super::chart::{self, Bar};
use crate::accounts::{PlatformRole, PlatformStaff};
use crate::home::{FairLine, fair_lines};
use crate::layout::{Chrome, Menu, Viewer, leads};
use crate::reviews::lists::{self, MonitorDecided, MonitorOpen};
use crate::reviews::{Inbox, Kind};
use crate::state::AppState;
use crate::video_fairs::{Fair, store as fairs};
use crate::web::PageResult;

const DAY_MS: i64 = 86_400_000;
/// What is due within this time is about to be overdue, ms.
const SOON_MS: i64 = DAY_MS;
/// Days of the on-time rate.
const RATE_DAYS: i64 = 30;

base::queries! {
    /// Messages that no more tries are made for.
    COUNT_DEAD = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM notification_sends
        WHERE state = 'dead'";
    /// Complaints, and appeals against bans, that wait for an answer.
    COUNT_COMPLAINTS = "SELECT CAST((SELECT COUNT(*) FROM complaints
            WHERE status IN ('open', 'handling', 'appealed'))
        + (SELECT COUNT(*) FROM ban_appeals WHERE status = 'open') AS BIGINT) AS n";
}

/// A figure with the page behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// What it counts.
    pub label: &'static str,
    /// How many.
    pub value: i64,
    /// Words below it.
    pub note: String,
    /// Where it leads; empty: the viewer may not go there.
    pub href: String,
    /// `bad` or `warn` if it is not zero and should be.
    pub tone: &'static str,
}

/// Reviews of one kind: what is open, and what was decided in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlaLine {
    /// The kind.
    pub kind: Kind,
    /// Open now.
    pub open: i64,
    /// Overdue now.
    pub overdue: i64,
    /// Decided in the last 30 days.
    pub decided: i64,
    /// In time.
    pub in_time: i64,
    /// When the oldest open one was handed in; empty: none is open.
    pub oldest: String,
}

impl SlaLine {
    /// On-time rate in percent.
    pub fn percent(&self) -> Option<u32> {
        let share = (self.in_time * 100).checked_div(self.decided)?;
        u32::try_from(share).ok()
    }

    /// For the table.
    pub fn rate(&self) -> String {
        self.percent()
            .map_or_else(|| "暂无".to_owned(), |percent| format!("{percent}%"))
    }
}

/// The platform's first page.
#[derive(Debug, Template)]
#[template(path = "platform/workbench.html")]
pub struct WorkbenchPage {
    /// The frame.
    pub chrome: Chrome,
    /// Figures.
    pub tiles: Vec<Tile>,
    /// Reviews by kind.
    pub lines: Vec<SlaLine>,
    /// The chart of the on-time rates.
    pub chart: String,
    /// The latest fairs.
    pub fairs: Vec<FairLine>,
}

impl WorkbenchPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let now_ms = 1_795_305_600_000;
        let open = vec![MonitorOpen {
            kind: Kind::Company,
            open_count: 9,
            overdue: 2,
            oldest_ms: now_ms - 4 * DAY_MS,
        }];
        let decided = [(Kind::Company, 40, 37), (Kind::SchoolJoin, 20, 20)];
        let decided = decided.map(|(kind, decided, in_time)| MonitorDecided {
            kind,
            decided,
            in_time,
        });
        let counts = Counts {
            open: 12,
            soon: 4,
            overdue: 2,
            decided: 7,
            dead: 1,
            complaints: 3,
        };
        let lines = lines(&open, &decided);
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "平台工作台", Menu::Platform, "/platform"),
            tiles: tiles(PlatformRole::Review, &counts),
            chart: chart_of(&lines),
            lines,
            fairs: fair_lines(&[Fair::sample()], now_ms),
        }
    }
}

/// What the tiles count.
struct Counts {
    open: i64,
    soon: i64,
    overdue: i64,
    decided: i64,
    dead: i64,
    complaints: i64,
}

/// `GET /platform`
pub(super) async fn show(
    State(state): State<AppState>,
    staff: PlatformStaff,
) -> PageResult<Html<String>> {
    let now_ms = state.now_ms();
    let open = lists::monitor_open(&state.db, now_ms).await?;
    let decided = lists::monitor_decided(&state.db, now_ms - RATE_DAYS * DAY_MS).await?;
    let lines = lines(&open, &decided);
    let fairs = fairs::latest(&state.db).await?;
    let page = WorkbenchPage {
        chrome: Chrome::platform(&staff, "平台工作台", "/platform"),
        tiles: tiles(staff.role, &counts(&state.db, now_ms).await?),
        chart: chart_of(&lines),
        lines,
        fairs: fair_lines(&fairs, now_ms),
    };
    Ok(Html(page.render()?))
}

async fn counts(db: &Db, now_ms: i64) -> Result<Counts, sqlx::Error> {
    let desk = Inbox::Platform;
    let today_ms = day::ms_at(day::date_at(now_ms), 0);
    let open = lists::open(db, desk, now_ms).await?;
    let (dead,): (i64,) = on_db!(db, c => sqlx::query_as(COUNT_DEAD).fetch_one(c).await)?;
    let (complaints,): (i64,) =
        on_db!(db, c => sqlx::query_as(COUNT_COMPLAINTS).fetch_one(c).await)?;
    Ok(Counts {
        open: open.iter().map(|row| row.open_count).sum(),
        soon: lists::due_between(db, desk, (now_ms, now_ms + SOON_MS)).await?,
        overdue: open.iter().map(|row| row.overdue).sum(),
        decided: lists::decided_since(db, desk, today_ms).await?,
        dead,
        complaints,
    })
}

/// The tiles; a figure leads somewhere only for those who may go there.
fn tiles(role: PlatformRole, counts: &Counts) -> Vec<Tile> {
    let tile = |label, value: i64, note: &str, href: &str, tone: &'static str| Tile {
        label,
        value,
        note: note.to_owned(),
        href: match href.split('?').next() {
            Some(path) if leads(role, path) => href.to_owned(),
            _ => String::new(),
        },
        tone: if value > 0 { tone } else { "" },
    };
    vec![
        tile("待审核", counts.open, "平台审核台", "/platform/reviews", ""),
        tile(
            "即将超期",
            counts.soon,
            "24 小时内到期",
            "/platform/reviews?who=soon",
            "warn",
        ),
        tile(
            "已超期",
            counts.overdue,
            "请优先处理",
            "/platform/reviews?who=overdue",
            "bad",
        ),
        tile("今日已处理", counts.decided, "通过、退回与不通过", "", ""),
        tile(
            "发送失败",
            counts.dead,
            "不再重试的通知",
            "/platform/sends?state=dead",
            "warn",
        ),
        tile(
            "待处理投诉",
            counts.complaints,
            "含处理中与申诉",
            "/platform/complaints",
            "warn",
        ),
    ]
}

fn lines(open: &[MonitorOpen], decided: &[MonitorDecided]) -> Vec<SlaLine> {
    Kind::ALL
        .into_iter()
        .map(|kind| {
            let open = open.iter().find(|row| row.kind == kind);
            let decided = decided.iter().find(|row| row.kind == kind);
            SlaLine {
                kind,
                open: open.map_or(0, |row| row.open_count),
                overdue: open.map_or(0, |row| row.overdue),
                decided: decided.map_or(0, |row| row.decided),
                in_time: decided.map_or(0, |row| row.in_time),
                oldest: open.map_or_else(String::new, |row| day::iso(day::date_at(row.oldest_ms))),
            }
        })
        .collect()
}

fn chart_of(lines: &[SlaLine]) -> String {
    let bars: Vec<_> = lines
        .iter()
        .map(|line| Bar {
            label: line.kind.zh().to_owned(),
            percent: line.percent(),
            value: match line.percent() {
                Some(percent) => format!("{percent}%（{}/{}）", line.in_time, line.decided),
                None => "暂无".to_owned(),
            },
        })
        .collect();
    chart::bars("近 30 天各类审核按时率", &bars)
}
