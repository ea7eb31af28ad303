//! The list of schools, and the form of one.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use serde::Deserialize;

use super::super::store::{self as schools, School};
use super::super::text;
use super::store::{self, SchoolLine};
use crate::accounts::{OperationsStaff, PlatformStaff};
use crate::ids::SchoolId;
use crate::layout::{Chrome, Menu, Paging, Viewer};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// Schools on a page.
const PER_PAGE: i64 = 50;
/// Its place in the menu.
pub(super) const HERE: &str = "/platform/schools";

/// `/platform/schools`
#[derive(Debug, Template)]
#[template(path = "school/platform-list.html")]
pub struct SchoolsPage {
    /// The frame.
    pub chrome: Chrome,
    /// What is searched for.
    pub q: String,
    /// This page of them.
    pub schools: Vec<SchoolLine>,
    /// The other pages.
    pub paging: Paging,
}

impl SchoolsPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let line = |code: &str, name: &str, enabled: bool| SchoolLine {
            id: SchoolId::new(),
            code: code.to_owned(),
            name: name.to_owned(),
            host: enabled.then(|| format!("job.{code}.example")),
            province_code: "36".to_owned(),
            enabled,
            created_ms: 0,
            students: 6812,
            companies: 128,
            staff: 9,
        };
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "学校", Menu::Platform, HERE),
            q: String::new(),
            schools: vec![
                line("ganjiang", "赣江理工大学", true),
                line("xiangbin", "湘滨师范学院（示例）", false),
            ],
            paging: Paging::new(HERE, &[], 1, (2, PER_PAGE)),
        }
    }
}

/// What is typed about a school.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SchoolForm {
    /// Code, for a new one.
    pub code: String,
    /// Name.
    pub school_name: String,
    /// Two digits.
    pub province: String,
    /// Host name.
    pub host: String,
    /// `on`: open to the public.
    pub enabled: String,
    /// Name of the first staff member, for a new one.
    pub name: String,
    /// His mobile number, for a new one.
    pub mobile: String,
    /// The version that was read.
    pub version: i64,
}

impl SchoolForm {
    fn of(school: &School) -> Self {
        Self {
            code: school.code.clone(),
            school_name: school.name.clone(),
            province: school.province_code.clone(),
            host: school.host.clone().unwrap_or_default(),
            enabled: if school.enabled {
                "on".to_owned()
            } else {
                String::new()
            },
            version: school.version,
            ..Self::default()
        }
    }
}

/// `/platform/schools/new` and `/platform/schools/{id}`
#[derive(Debug, Template)]
#[template(path = "school/platform-form.html")]
pub struct SchoolFormPage {
    /// The frame.
    pub chrome: Chrome,
    /// The school, unless it is new.
    pub id: Option<String>,
    /// What is typed.
    pub form: SchoolForm,
    /// What is wrong with it.
    pub errors: FormErrors,
    /// Somebody else has changed it meanwhile.
    pub conflict: bool,
    /// Who was just sent the first staff member's link: name and last digits of the number.
    pub link: Option<(String, String)>,
}

impl SchoolFormPage {
    /// Of a school, or of a new one.
    pub(super) fn new(staff: &PlatformStaff, id: Option<SchoolId>, form: SchoolForm) -> Self {
        let title = if id.is_some() {
            "学校"
        } else {
            "新增学校"
        };
        Self {
            chrome: Chrome::platform(staff, title, HERE),
            id: id.map(|id| id.to_string()),
            form,
            errors: FormErrors::default(),
            conflict: false,
            link: None,
        }
    }

    /// Provinces, for the choice.
    pub fn provinces(&self) -> Vec<(&'static str, &'static str)> {
        formats::regions::provinces()
            .iter()
            .map(|province| (province.code, province.name))
            .collect()
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "新增学校", Menu::Platform, HERE),
            id: None,
            form: SchoolForm {
                school_name: "湘滨师范学院（示例）".to_owned(),
                ..SchoolForm::default()
            },
            errors: FormErrors::one("code", "请填写 2 至 32 位小写字母、数字或连字符"),
            conflict: false,
            link: Some(("秦岚".to_owned(), "0001".to_owned())),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    page: String,
}

/// `GET /platform/schools`
pub(super) async fn list(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let q = text::cut(&asked.q, 40);
    let total = store::count(&state.db, &q).await?;
    let asked_page = asked.page.parse().unwrap_or(1);
    let paging = Paging::new(HERE, &[("q", &q)], asked_page, (total, PER_PAGE));
    let slice = (PER_PAGE, paging.offset(PER_PAGE));
    let page = SchoolsPage {
        chrome: Chrome::platform(&staff, "学校", HERE),
        schools: store::list(&state.db, &q, slice).await?,
        q,
        paging,
    };
    Ok(Html(page.render()?))
}

/// `GET /platform/schools/new`
pub(super) async fn fresh(OperationsStaff(staff): OperationsStaff) -> PageResult<Html<String>> {
    Ok(Html(
        SchoolFormPage::new(&staff, None, SchoolForm::default()).render()?,
    ))
}

/// `GET /platform/schools/{id}`
pub(super) async fn edit(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Path(id): Path<SchoolId>,
) -> PageResult<Html<String>> {
    let school = schools::find(&state.db, id)
        .await?
        .ok_or(PageError::NotFound)?;
    let page = SchoolFormPage::new(&staff, Some(id), SchoolForm::of(&school));
    Ok(Html(page.render()?))
}
