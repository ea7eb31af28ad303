//! The registration form of students.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::super::rules::Degree;
use super::form::RegisterForm;
use crate::accounts::rules::home_path;
use crate::accounts::{Session, captchas};
use crate::config::SiteConfig;
use crate::ids::CaptchaId;
use crate::schools::store::{self as schools, School};
use crate::state::AppState;
use crate::web::{FormErrors, PageResult};

/// `/register/student` and `/register/student/manual`
#[derive(Debug, Template)]
#[template(path = "students/register.html")]
pub struct RegisterPage {
    /// What is typed.
    pub form: RegisterForm,
    /// What is wrong with it.
    pub errors: FormErrors,
    /// Schools, for the choice: code and name.
    pub schools: Vec<(String, String)>,
    /// The school that is chosen.
    pub school: Option<School>,
    /// The picture beside the SMS code.
    pub captcha_id: String,
    /// By hand: with the fields that the roster would know.
    pub manual: bool,
    /// The mobile number is proved: no further code is needed.
    pub proved: bool,
    /// The roster does not know this number with this name: the way by hand is offered.
    pub offer: bool,
    /// The number has an account: the way back to it is shown.
    pub claimed: bool,
    /// Who runs the platform.
    pub site: SiteConfig,
}

impl RegisterPage {
    /// The form for a school.
    pub(super) async fn load(
        state: &AppState,
        form: RegisterForm,
        manual: bool,
    ) -> PageResult<Self> {
        let all = schools::open_ones(&state.db, "").await?;
        let school = all
            .iter()
            .find(|school| school.code == form.school)
            .cloned();
        Ok(Self {
            form,
            errors: FormErrors::default(),
            schools: all
                .into_iter()
                .map(|school| (school.code, school.name))
                .collect(),
            school,
            captcha_id: captchas::fresh(state).to_string(),
            manual,
            proved: false,
            offer: false,
            claimed: false,
            site: state.config.site.clone(),
        })
    }

    /// Degrees, for the choice.
    pub fn degrees(&self) -> [(&'static str, &'static str); 5] {
        Degree::ALL.map(|degree| (degree.as_str(), degree.zh()))
    }

    /// Sample data for the test that renders every page.
    pub fn sample(manual: bool) -> Self {
        let form = RegisterForm {
            school: "demo".to_owned(),
            student_no: "2025100001".to_owned(),
            name: "古丽娜尔·阿布都热西提".to_owned(),
            mobile: "13800000001".to_owned(),
            ..RegisterForm::default()
        };
        let errors = if manual {
            FormErrors::one("faculty", "请填写学院")
        } else {
            FormErrors::one("student_no", "学号与姓名不匹配，请核对后再试")
        };
        Self {
            form,
            errors,
            schools: vec![("demo".to_owned(), "赣江理工大学".to_owned())],
            school: Some(School::sample()),
            captcha_id: CaptchaId::new().to_string(),
            manual,
            proved: manual,
            offer: !manual,
            claimed: false,
            site: SiteConfig::sample(),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    school: String,
}

/// `GET /register/student`
pub(super) async fn show(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
    Query(asked): Query<Asked>,
) -> PageResult<Response> {
    empty(&state, session, asked, false).await
}

/// `GET /register/student/manual`
pub(super) async fn show_manual(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
    Query(asked): Query<Asked>,
) -> PageResult<Response> {
    empty(&state, session, asked, true).await
}

async fn empty(
    state: &AppState,
    session: Option<Extension<Session>>,
    asked: Asked,
    manual: bool,
) -> PageResult<Response> {
    if let Some(Extension(session)) = session {
        return Ok(Redirect::to(home_path(session.account.kind)).into_response());
    }
    let form = RegisterForm {
        school: asked.school,
        ..RegisterForm::default()
    };
    let page = RegisterPage::load(state, form, manual).await?;
    Ok(Html(page.render()?).into_response())
}
