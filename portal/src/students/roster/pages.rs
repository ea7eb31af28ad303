//! The pages of importing: upload, what was found, progress, the faults as a file.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Redirect, Response};
use documents::sheet::write_csv;

use super::super::list::HERE;
use super::columns::Column;
use super::rows::Fault;
use super::store::{self, Import};
use super::take;
use crate::accounts::SchoolOffice;
use crate::audit;
use crate::ids::{AccountId, RosterImportId, SchoolId};
use crate::layout::{Chrome, Menu, Viewer};
use crate::schools::times;
use crate::state::AppState;
use crate::web::{PageError, PageResult};

/// Imports in the list.
const IMPORTS: i64 = 20;
/// Faults on the page; the file has all of them.
const FAULTS: usize = 200;

impl Import {
    /// When it came, for pages.
    pub fn when(&self) -> String {
        times::minute(self.created_ms)
    }

    /// Where it stands: label and colour.
    pub fn standing(&self) -> (&'static str, &'static str) {
        match self.state.as_str() {
            "done" => ("已完成", "ok"),
            "taking" => ("导入中", "info"),
            "dropped" => ("已作废", "quiet"),
            "checked" if self.to_take == 0 => ("无需更新", "quiet"),
            _ => ("待确认", "warn"),
        }
    }

    /// Sample data for the test that renders every page.
    pub fn sample(state: &str) -> Self {
        Self {
            id: RosterImportId::new(),
            school_id: SchoolId::new(),
            account_id: AccountId::new(),
            file_name: "2027届毕业生名单.xlsx".to_owned(),
            state: state.to_owned(),
            row_count: 6812,
            same: 12,
            new_count: 6768,
            changed_count: 22,
            fault_count: 10,
            to_take: 6790,
            taken: 2100,
            added: 2090,
            changed: 10,
            created_ms: 1_795_305_600_000,
            done_ms: None,
        }
    }
}

/// `/school/students/import`
#[derive(Debug, Template)]
#[template(path = "students/imports.html")]
pub struct ImportsPage {
    /// The frame.
    pub chrome: Chrome,
    /// The latest imports.
    pub imports: Vec<Import>,
}

impl ImportsPage {
    /// Columns of a roster: heading and whether it is needed.
    pub fn columns(&self) -> [(&'static str, bool); 8] {
        Column::ALL.map(|column| (column.zh(), column.is_needed()))
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "导入学生名单", Menu::School, HERE),
            imports: vec![Import::sample("checked"), Import::sample("done")],
        }
    }
}

/// `/school/students/import/{import}`
#[derive(Debug, Template)]
#[template(path = "students/import.html")]
pub struct ImportPage {
    /// The frame.
    pub chrome: Chrome,
    /// The import.
    pub import: Import,
    /// The first of its faults.
    pub faults: Vec<Fault>,
    /// There are more.
    pub more: bool,
}

impl ImportPage {
    /// Sample data for the test that renders every page.
    pub fn sample(state: &str) -> Self {
        let fault = |row, column: &str, value: &str, text: &str| Fault {
            row,
            column: column.to_owned(),
            value: value.to_owned(),
            text: text.to_owned(),
        };
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "导入学生名单", Menu::School, HERE),
            import: Import::sample(state),
            faults: vec![
                fault(
                    17,
                    "学历",
                    "研究僧",
                    "无法识别的学历，请写：专科、本科、第二学士学位、硕士或博士",
                ),
                fault(
                    203,
                    "学号",
                    "2.02510E+11",
                    "学号被表格软件改成了科学计数法，请把这一列设为文本格式",
                ),
            ],
            more: true,
        }
    }
}

/// `GET /school/students/import`
pub(super) async fn list(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
) -> PageResult<Html<String>> {
    let page = ImportsPage {
        chrome: Chrome::school(&staff, "导入学生名单", HERE),
        imports: store::list(&state.db, staff.school, IMPORTS).await?,
    };
    Ok(Html(page.render()?))
}

/// `GET /school/students/import/{import}`
pub(super) async fn show(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
    Path(id): Path<RosterImportId>,
) -> PageResult<Html<String>> {
    let import = store::find(&state.db, staff.school, id)
        .await?
        .ok_or(PageError::NotFound)?;
    let mut faults: Vec<Fault> = store::entries(&state.db, id, "fault", 1).await?;
    let more = faults.len() > FAULTS;
    faults.truncate(FAULTS);
    let page = ImportPage {
        chrome: Chrome::school(&staff, "导入学生名单", HERE),
        import,
        faults,
        more,
    };
    Ok(Html(page.render()?))
}

/// `POST /school/students/import/{import}`: yes. An import that a crash interrupted goes on.
pub(super) async fn confirm(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
    Path(id): Path<RosterImportId>,
) -> PageResult<Redirect> {
    store::find(&state.db, staff.school, id)
        .await?
        .ok_or(PageError::NotFound)?;
    let mut tx = state.db.begin().await?;
    if !store::confirm(&mut tx, staff.school, id).await? {
        return Err(PageError::Conflict(
            "这份名单已经导入，或者已被新的上传取代。",
        ));
    }
    audit::Entry::by(staff.id, "roster.import", "roster_import", &id)
        .write_in(&mut tx, state.now_ms())
        .await?;
    tx.commit().await?;
    tokio::spawn(take::run(state, id));
    Ok(Redirect::to(&format!("/school/students/import/{id}")))
}

/// `GET /school/students/import/template.csv`
pub(super) async fn template(SchoolOffice(_): SchoolOffice) -> Response {
    csv(
        "students.csv",
        [Column::ALL.map(|column| column.zh().to_owned()).to_vec()],
    )
}

/// `GET /school/students/import/{import}/faults.csv`: every fault.
pub(super) async fn faults(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
    Path(id): Path<RosterImportId>,
) -> PageResult<Response> {
    store::find(&state.db, staff.school, id)
        .await?
        .ok_or(PageError::NotFound)?;
    let faults: Vec<Fault> = store::entries(&state.db, id, "fault", i64::MAX).await?;
    let head = ["行号", "列", "内容", "问题"].map(str::to_owned).to_vec();
    let rows = faults
        .into_iter()
        .map(|fault| vec![fault.row.to_string(), fault.column, fault.value, fault.text]);
    Ok(csv("faults.csv", std::iter::once(head).chain(rows)))
}

fn csv(name: &str, rows: impl IntoIterator<Item = Vec<String>>) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    (headers, write_csv(rows)).into_response()
}
