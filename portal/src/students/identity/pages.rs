//! `/register/student/identity`: how far the school is with a student, and saying it anew.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::super::facts::FactsForm;
use super::super::register::check_claim;
use super::super::rules::Degree;
use super::super::verified::IDENTITY;
use super::store::{self, Claim, ReviewLine};
use crate::accounts::Student;
use crate::audit;
use crate::layout::{Chrome, StudentTab, Viewer};
use crate::reviews;
use crate::schools::times;
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// What is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ClaimForm {
    /// The facts.
    #[serde(flatten)]
    pub facts: FactsForm,
    /// 学信网在线验证码.
    pub chsi_code: String,
    /// A note to the school.
    pub note: String,
}

impl ClaimForm {
    fn of(claim: &Claim) -> Self {
        Self {
            facts: FactsForm {
                student_no: claim.student_no.clone(),
                name: claim.name.clone(),
                degree: claim.degree.to_string(),
                faculty: claim.faculty.clone(),
                major: claim.major.clone(),
                class_name: claim.class_name.clone(),
                grad_year: claim.grad_year.to_string(),
            },
            chsi_code: claim.chsi_code.clone(),
            note: claim.note.clone(),
        }
    }
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "students/identity.html")]
pub struct IdentityPage {
    /// The frame.
    pub chrome: Chrome,
    /// `submitted`, `returned` or `rejected`.
    pub status: String,
    /// When it was handed in.
    pub submitted: String,
    /// By when the school should answer.
    pub due: String,
    /// Why not; may be empty.
    pub reason: String,
    /// What is typed.
    pub form: ClaimForm,
    /// What is wrong with it.
    pub errors: FormErrors,
}

impl IdentityPage {
    fn new(student: &Student, claim: &Claim, review: Option<ReviewLine>) -> Self {
        let viewer = Viewer::of_student(student);
        let line = review.as_ref();
        Self {
            chrome: Chrome::student(viewer, "身份核验", StudentTab::Other, None),
            status: claim.status.clone(),
            submitted: times::minute(line.map_or(claim.changed_ms, |line| line.submitted_ms)),
            due: line.map_or(String::new(), |line| times::minute(line.due_ms)),
            reason: review.map_or(String::new(), |line| line.reason),
            form: ClaimForm::of(claim),
            errors: FormErrors::default(),
        }
    }

    /// Degrees, for the choice.
    pub fn degrees(&self) -> [(&'static str, &'static str); 5] {
        Degree::ALL.map(|degree| (degree.as_str(), degree.zh()))
    }

    /// May it be said anew?
    pub fn is_editable(&self) -> bool {
        matches!(self.status.as_str(), "returned" | "rejected")
    }

    /// Sample data for the test that renders every page.
    pub fn sample(status: &str) -> Self {
        Self {
            chrome: Chrome::student(Viewer::sample(), "身份核验", StudentTab::Other, None),
            status: status.to_owned(),
            submitted: "2026-11-22 10:20".to_owned(),
            due: "2026-11-24 18:00".to_owned(),
            reason: if status == "returned" {
                "请补充班级，并说明为何不在 2027 届名单中。".to_owned()
            } else {
                String::new()
            },
            form: ClaimForm {
                facts: FactsForm {
                    student_no: "2025100001".to_owned(),
                    name: "欧阳若曦".to_owned(),
                    degree: "master".to_owned(),
                    faculty: "微电子学院".to_owned(),
                    major: "集成电路工程".to_owned(),
                    class_name: String::new(),
                    grad_year: "2027".to_owned(),
                },
                ..ClaimForm::default()
            },
            errors: FormErrors::default(),
        }
    }
}

/// `GET /register/student/identity`
pub(super) async fn show(State(state): State<AppState>, student: Student) -> PageResult<Response> {
    if student.profile.verified_ms.is_some() {
        return Ok(Redirect::to("/fairs").into_response());
    }
    let claim = store::of_account(&state.db, student.id)
        .await?
        .ok_or(PageError::NotFound)?;
    let review = store::latest_review(&state.db, student.id).await?;
    let page = IdentityPage::new(&student, &claim, review);
    Ok(Html(page.render()?).into_response())
}

/// `POST /register/student/identity`: said anew, after the school gave it back or refused.
pub(super) async fn resubmit(
    State(state): State<AppState>,
    student: Student,
    Form(form): Form<ClaimForm>,
) -> PageResult<Response> {
    let claim = store::of_account(&state.db, student.id)
        .await?
        .ok_or(PageError::NotFound)?;
    let mut errors = FormErrors::default();
    let Some(text) = check_claim(&form.facts, &form.chsi_code, &form.note, &mut errors) else {
        let review = store::latest_review(&state.db, student.id).await?;
        let page = IdentityPage {
            form,
            errors,
            ..IdentityPage::new(&student, &claim, review)
        };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
    };
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    if !store::save(&mut tx, (claim.id, student.id), &text, now_ms).await? {
        return Err(PageError::Conflict(
            "学校正在核验，或者已经通过。请返回查看结果。",
        ));
    }
    let review = super::review_of(&mut tx, (claim.id, student.id, claim.school_id), &text).await?;
    if !reviews::store::resubmit(&mut tx, &review, now_ms).await? {
        reviews::store::submit(&mut tx, &review, now_ms).await?;
    }
    audit::Entry::by(student.id, "identity.resubmit", "identity_claim", &claim.id)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Redirect::to(IDENTITY).into_response())
}
