//! One student as staff see him.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Html;
use formats::text::masked_mobile;
use serde::Deserialize;

use super::super::facts::FactsForm;
use super::super::identity::store as identity;
use super::super::rules::{Degree, Standing};
use super::pages::HERE;
use super::store::{self, Listed};
use crate::accounts::SchoolStaff;
use crate::audit;
use crate::ids::AccountId;
use crate::layout::{Chrome, Menu, Viewer};
use crate::schools::times;
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// What is typed about a student, and the version that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct EditForm {
    /// The facts.
    #[serde(flatten)]
    pub facts: FactsForm,
    /// The version that was read.
    pub version: String,
}

impl EditForm {
    fn of(student: &Listed) -> Self {
        Self {
            facts: FactsForm {
                student_no: student.student_no.clone(),
                name: student.name.clone(),
                degree: student.degree.to_string(),
                faculty: student.faculty.clone(),
                major: student.major.clone(),
                class_name: student.class_name.clone(),
                grad_year: student.grad_year.to_string(),
            },
            version: student.version.to_string(),
        }
    }
}

/// `/school/students/{student}`
#[derive(Debug, Template)]
#[template(path = "students/detail.html")]
pub struct StudentPage {
    /// The frame.
    pub chrome: Chrome,
    /// The student.
    pub student: Listed,
    /// What is typed.
    pub form: EditForm,
    /// What is wrong with it.
    pub errors: FormErrors,
    /// Somebody else has changed it meanwhile.
    pub conflict: bool,
    /// The page of his identity's review, if one runs.
    pub review: Option<String>,
    /// 校级 staff?
    pub office: bool,
}

impl StudentPage {
    /// The page as it stands.
    pub(super) async fn load(
        state: &AppState,
        staff: &SchoolStaff,
        id: AccountId,
    ) -> PageResult<Self> {
        let student = store::find(&state.db, staff, id)
            .await?
            .ok_or(PageError::NotFound)?;
        let review = identity::review_of(&state.db, id).await?;
        Ok(Self {
            chrome: Chrome::school(staff, &student.name, HERE),
            form: EditForm::of(&student),
            errors: FormErrors::default(),
            conflict: false,
            review: review.map(|review| format!("/school/reviews/{review}")),
            office: staff.faculty.is_none(),
            student,
        })
    }

    /// The mobile number as staff see it.
    pub fn mobile(&self) -> String {
        masked_mobile(&self.student.mobile)
    }

    /// Last login, for pages.
    pub fn seen(&self) -> String {
        self.student
            .last_login_ms
            .map_or("从未登录".to_owned(), times::minute)
    }

    /// When number and name were confirmed, for pages.
    pub fn verified(&self) -> String {
        match self.student.verified_ms {
            Some(ms) => format!("{} · {}", self.student.verified_zh(), times::minute(ms)),
            None => "尚未核验".to_owned(),
        }
    }

    /// Degrees, for the choice.
    pub fn degrees(&self) -> [(&'static str, &'static str); 5] {
        Degree::ALL.map(|degree| (degree.as_str(), degree.zh()))
    }

    /// Standings, for the choice.
    pub fn standings(&self) -> [(&'static str, &'static str); 3] {
        Standing::ALL.map(|standing| (standing.as_str(), standing.zh()))
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let student = Listed::sample();
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), &student.name, Menu::School, HERE),
            form: EditForm::of(&student),
            errors: FormErrors::one("grad_year", "毕业年份须在 1990 至 2100 之间"),
            conflict: true,
            review: None,
            office: true,
            student,
        }
    }
}

/// `GET /school/students/{student}`: a look at personal data, so it is written down.
pub(super) async fn show(
    State(state): State<AppState>,
    staff: SchoolStaff,
    Path(id): Path<AccountId>,
) -> PageResult<Html<String>> {
    let page = StudentPage::load(&state, &staff, id).await?;
    audit::Entry::by(staff.id, "student.view", "account", &id)
        .write(&state.db, state.now_ms())
        .await?;
    Ok(Html(page.render()?))
}
