//! `/school`: what waits for school staff today.

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use base::db::{Db, on_db};

use super::site::store::{self as site, Notice};
use super::{store, times};
use crate::accounts::SchoolStaff;
use crate::ids::{FairId, RosterImportId, SchoolId};
use crate::layout::{Chrome, Menu, Viewer};
use crate::state::AppState;
use crate::video_fairs::{FairTime, store as fairs};
use crate::web::PageResult;

base::queries! {
    /// What waits on a school's desk, and by when the first is due.
    WAITING_REVIEWS = "SELECT COUNT(*) AS total, MIN(due_ms) AS due_ms FROM reviews
        WHERE inbox = 'school' AND school_id = $1 AND state = 'open'";
    /// Students of a school, or of one faculty: all, those who have registered, those who wait
    /// for their identity.
    STUDENT_FIGURES = "SELECT COUNT(*) AS total,
            CAST(COALESCE(SUM(CASE WHEN a.password_hash <> '!' AND st.verified_ms IS NOT NULL
                THEN 1 ELSE 0 END), 0) AS BIGINT) AS registered,
            CAST(COALESCE(SUM(CASE WHEN st.verified_ms IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT)
                AS unverified
        FROM students st JOIN accounts a ON a.id = st.account_id
        WHERE st.school_id = $1 AND ($2 = '' OR st.faculty = $2)";
    /// The latest rosters.
    LATEST_IMPORTS = "SELECT id, file_name, state, row_count, added, changed, fault_count,
            created_ms
        FROM roster_imports WHERE school_id = $1 AND state <> 'dropped'
        ORDER BY created_ms DESC, id DESC LIMIT $2";
}

/// Imports on the page.
const IMPORTS: i64 = 5;
/// Talks on the page.
const TALKS: i64 = 5;

#[derive(Debug, sqlx::FromRow)]
struct Waiting {
    total: i64,
    due_ms: Option<i64>,
}

#[derive(Debug, sqlx::FromRow)]
struct Figures {
    total: i64,
    registered: i64,
    unverified: i64,
}

/// A roster in the list of the latest.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ImportLine {
    /// The import.
    pub id: RosterImportId,
    /// As the file was called.
    pub file_name: String,
    /// Where it stands.
    pub state: String,
    /// Rows of the file.
    pub row_count: i64,
    /// Students that were added.
    pub added: i64,
    /// Students that were changed.
    pub changed: i64,
    /// Rows that were not good.
    pub fault_count: i64,
    /// ms since 1970.
    pub created_ms: i64,
}

impl ImportLine {
    /// When, for pages.
    pub fn when(&self) -> String {
        times::minute(self.created_ms)
    }

    /// Where it stands: label and colour.
    pub fn standing(&self) -> (&'static str, &'static str) {
        match self.state.as_str() {
            "done" => ("已完成", "ok"),
            "taking" => ("导入中", "info"),
            _ => ("待确认", "warn"),
        }
    }
}

/// A figure with what is behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// What is counted.
    pub label: &'static str,
    /// The figure.
    pub value: String,
    /// A short note under it.
    pub note: String,
    /// Where it leads.
    pub href: String,
}

/// `/school`
#[derive(Debug, Template)]
#[template(path = "school/home.html")]
pub struct WorkbenchPage {
    /// The frame.
    pub chrome: Chrome,
    /// The figures.
    pub tiles: Vec<Tile>,
    /// The fair that runs or comes next: title, when, phase, its console.
    pub fair: Option<(String, String, &'static str, String)>,
    /// The latest rosters; none for 院系 staff.
    pub imports: Vec<ImportLine>,
    /// The next talks: when, title and place.
    pub talks: Vec<(String, String, String)>,
    /// 校级 staff?
    pub office: bool,
    /// The school's public site.
    pub site: String,
}

impl WorkbenchPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let tile = |label, value: &str, note: &str, href: &str| Tile {
            label,
            value: value.to_owned(),
            note: note.to_owned(),
            href: href.to_owned(),
        };
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "工作台", Menu::School, "/school"),
            tiles: vec![
                tile(
                    "待审核",
                    "3",
                    "最早 2026-11-24 18:00 到期",
                    "/school/reviews",
                ),
                tile("学生", "6,812", "已注册 5,903", "/school/students"),
                tile(
                    "待核验身份",
                    "2",
                    "名单中没有的学生",
                    "/school/students?state=unverified",
                ),
                tile("入驻企业", "128", "在招职位 402 个", "/school/companies"),
            ],
            fair: Some((
                "2027 届秋季视频双选会".to_owned(),
                "2026-11-22 09:00 – 17:00".to_owned(),
                "进行中",
                "/school/console".to_owned(),
            )),
            imports: vec![ImportLine {
                id: RosterImportId::new(),
                file_name: "2027届毕业生名单.xlsx".to_owned(),
                state: "done".to_owned(),
                row_count: 6812,
                added: 6790,
                changed: 12,
                fault_count: 10,
                created_ms: 1_795_305_600_000,
            }],
            talks: vec![(
                "11-26 14:30".to_owned(),
                "澄源半导体（示例）校园宣讲会".to_owned(),
                "科技楼 201".to_owned(),
            )],
            office: true,
            site: "/s/demo".to_owned(),
        }
    }
}

/// `GET /school`
pub(super) async fn show(
    State(state): State<AppState>,
    staff: SchoolStaff,
) -> PageResult<Html<String>> {
    let (db, school, now_ms) = (&state.db, staff.school, state.now_ms());
    let office = staff.faculty.is_none();
    let imports = if office {
        latest_imports(db, school).await?
    } else {
        Vec::new()
    };
    let talks = site::coming_talks(db, school, now_ms, TALKS).await?;
    let code = store::find(db, school).await?.map(|school| school.path());
    let fair = next_fair(db, school, now_ms).await?;
    let mut chrome = Chrome::school(&staff, "工作台", "/school");
    if fair
        .as_ref()
        .is_some_and(|(_, _, phase, _)| *phase == FairTime::Running.zh())
    {
        chrome.note("/school/console", "进行中");
    }
    let page = WorkbenchPage {
        chrome,
        tiles: tiles(&state, &staff).await?,
        fair,
        imports,
        talks: talks.iter().map(talk_line).collect(),
        office,
        site: code.unwrap_or_default(),
    };
    Ok(Html(page.render()?))
}

fn talk_line(talk: &Notice) -> (String, String, String) {
    let starts_ms = talk.starts_ms.unwrap_or_default();
    (
        times::minute(starts_ms),
        talk.title.clone(),
        talk.place.clone(),
    )
}

async fn latest_imports(db: &Db, school: SchoolId) -> Result<Vec<ImportLine>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LATEST_IMPORTS)
        .bind(school).bind(IMPORTS).fetch_all(c).await)
}

/// The figures; 院系 staff see their own faculty's students and nothing of reviews.
async fn tiles(state: &AppState, staff: &SchoolStaff) -> PageResult<Vec<Tile>> {
    let (db, school) = (&state.db, staff.school);
    let faculty = staff.faculty.as_deref().unwrap_or_default();
    let figures: Figures = on_db!(db, c => sqlx::query_as(STUDENT_FIGURES)
        .bind(school).bind(faculty).fetch_one(c).await)?;
    let tile = |label, value: i64, note: String, href: &str| Tile {
        label,
        value: grouped(value),
        note,
        href: href.to_owned(),
    };
    let registered = format!("已注册 {}", grouped(figures.registered));
    let students = tile("学生", figures.total, registered, "/school/students");
    if staff.faculty.is_some() {
        let missing = figures.total - figures.registered - figures.unverified;
        let unregistered = "/school/students?state=unregistered";
        return Ok(vec![
            students,
            tile(
                "未注册",
                missing,
                "名单中还没有注册的学生".to_owned(),
                unregistered,
            ),
        ]);
    }
    let waiting: Waiting = on_db!(db, c => sqlx::query_as(WAITING_REVIEWS)
        .bind(school).fetch_one(c).await)?;
    let due = waiting.due_ms.map_or_else(
        || "没有等待处理的审核".to_owned(),
        |due_ms| format!("最早 {} 到期", times::minute(due_ms)),
    );
    let now_ms = state.now_ms();
    let joined = site::count_joined(db, school, now_ms).await?;
    let jobs = site::count_jobs(db, school, &site::JobFilter::default(), now_ms).await?;
    let unverified = "/school/students?state=unverified";
    Ok(vec![
        tile("待审核", waiting.total, due, "/school/reviews"),
        students,
        tile(
            "待核验身份",
            figures.unverified,
            "名单中没有的学生".to_owned(),
            unverified,
        ),
        tile(
            "入驻企业",
            joined,
            format!("在招职位 {jobs} 个"),
            "/school/companies",
        ),
    ])
}

/// The fair that runs, or comes next, or was the latest.
async fn next_fair(
    db: &Db,
    school: SchoolId,
    now_ms: i64,
) -> PageResult<Option<(String, String, &'static str, String)>> {
    let all = fairs::of_school(db, school).await?;
    let at = |time| all.iter().rev().find(move |fair| fair.time(now_ms) == time);
    let fair = at(FairTime::Running)
        .or_else(|| at(FairTime::Upcoming))
        .or(all.first());
    Ok(fair.map(|fair| {
        let id: FairId = fair.id;
        (
            fair.title.clone(),
            format!(
                "{} – {}",
                times::minute(fair.starts_ms),
                times::minute(fair.ends_ms)
            ),
            fair.time(now_ms).zh(),
            format!("/school/fairs/{id}/console"),
        )
    }))
}

/// `6812` as `6,812`.
pub fn grouped(value: i64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped_by_thousands() {
        for (value, text) in [
            (0, "0"),
            (999, "999"),
            (6812, "6,812"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(value), text);
        }
    }
}
