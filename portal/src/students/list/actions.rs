//! What staff change about a student.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::db::is_unique_violation;
use serde::Deserialize;

use super::super::rules::Standing;
use super::detail::{EditForm, StudentPage};
use super::store;
use crate::accounts::SchoolStaff;
use crate::accounts::shut_out;
use crate::audit;
use crate::ids::AccountId;
use crate::notifications::args::stamp;
use crate::notifications::{self, Channel, Event};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// `POST /school/students/{student}`: facts. 院系 staff cannot move a student to another faculty.
pub(super) async fn save(
    State(state): State<AppState>,
    staff: SchoolStaff,
    Path(id): Path<AccountId>,
    Form(mut form): Form<EditForm>,
) -> PageResult<Response> {
    if let Some(faculty) = &staff.faculty {
        form.facts.faculty.clone_from(faculty);
    }
    let page = StudentPage::load(&state, &staff, id).await?;
    let facts = match form.facts.check() {
        Ok(facts) => facts,
        Err(errors) => {
            return refused(StudentPage {
                form,
                errors,
                ..page
            });
        }
    };
    let now_ms = state.now_ms();
    let version = form.version.parse().unwrap_or(0);
    let mut tx = state.db.begin().await?;
    match store::save(&mut tx, &staff, (id, version), &facts).await {
        Ok(true) => {}
        Ok(false) => {
            form.version = page.student.version.to_string();
            let page = StudentPage {
                form,
                conflict: true,
                ..page
            };
            return Ok((StatusCode::CONFLICT, Html(page.render()?)).into_response());
        }
        Err(error) if is_unique_violation(&error) => {
            let errors = FormErrors::one("student_no", "这个学号已属于另一名学生");
            return refused(StudentPage {
                form,
                errors,
                ..page
            });
        }
        Err(error) => return Err(error.into()),
    }
    audit::Entry::by(staff.id, "student.update", "account", &id)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(back(id).into_response())
}

fn refused(page: StudentPage) -> PageResult<Response> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

fn back(id: AccountId) -> Redirect {
    Redirect::to(&format!("/school/students/{id}"))
}

#[derive(Debug, Deserialize)]
pub(super) struct StandingForm {
    standing: String,
}

/// `POST /school/students/{student}/standing`
pub(super) async fn set_standing(
    State(state): State<AppState>,
    staff: SchoolStaff,
    Path(id): Path<AccountId>,
    Form(form): Form<StandingForm>,
) -> PageResult<Redirect> {
    let standing: Standing = form
        .standing
        .parse()
        .map_err(|_| PageError::Invalid(FormErrors::one("standing", "请选择状态")))?;
    let mut tx = state.db.begin().await?;
    if !store::set_standing(&mut tx, &staff, id, standing).await? {
        return Err(PageError::NotFound);
    }
    audit::Entry::by(staff.id, "student.standing", "account", &id)
        .with(serde_json::json!({ "standing": standing.as_str() }))
        .write_in(&mut tx, state.now_ms())
        .await?;
    tx.commit().await?;
    Ok(back(id))
}

/// Whoever loses his binding is told within this time or not at all, ms.
const TOLD_WITHIN_MS: i64 = 86_400_000;

/// `POST /school/students/{student}/reset`: the student registers again, with a number of his.
pub(super) async fn reset(
    State(state): State<AppState>,
    staff: SchoolStaff,
    Path(id): Path<AccountId>,
) -> PageResult<Redirect> {
    let student = store::find(&state.db, &staff, id)
        .await?
        .ok_or(PageError::NotFound)?;
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    if !student.mobile.is_empty() {
        // To the number itself: the account has none any more when the notice goes out.
        let args = serde_json::json!({ "school": staff.school_name, "time": stamp(now_ms) });
        let (to, until_ms) = ((Channel::Sms, &*student.mobile), now_ms + TOLD_WITHIN_MS);
        notifications::enqueue_to(&mut tx, Event::BindingReset, to, &args, (now_ms, until_ms))
            .await?;
    }
    if !store::unclaim(&mut tx, &staff, id, now_ms).await? {
        return Err(PageError::Conflict(
            "这名学生没有可以解除的绑定，请刷新页面查看。",
        ));
    }
    audit::Entry::by(staff.id, "student.reset", "account", &id)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    shut_out::account(&state, id, Some("学校已解除身份绑定")).await;
    Ok(back(id))
}
