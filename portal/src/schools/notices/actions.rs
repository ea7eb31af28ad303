//! Writing, publishing and withdrawing a notice.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::super::rules::NoticeStatus;
use super::form::{NoticeForm, NoticeFormPage};
use super::list::HERE;
use super::store::{self, StaffNotice};
use crate::accounts::{SchoolOffice, SchoolStaff};
use crate::audit;
use crate::ids::NoticeId;
use crate::state::AppState;
use crate::web::{PageError, PageResult};

/// `POST /school/notices`
pub(super) async fn create(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
    Form(form): Form<NoticeForm>,
) -> PageResult<Response> {
    let text = match form.check() {
        Ok(text) => text,
        Err(errors) => {
            let page = NoticeFormPage::new(&staff, form);
            return refused(NoticeFormPage { errors, ..page });
        }
    };
    if form.action == "preview" {
        let page = NoticeFormPage::new(&staff, form).with_preview();
        return Ok(Html(page.render()?).into_response());
    }
    let (id, now_ms) = (NoticeId::new(), state.now_ms());
    let publish = form.action == "publish";
    let mut tx = state.db.begin().await?;
    store::add(
        &mut tx,
        (id, staff.school, staff.id),
        &text,
        publish,
        now_ms,
    )
    .await?;
    audit::Entry::by(staff.id, "notice.create", "notice", &id)
        .with(serde_json::json!({ "kind": text.kind.as_str(), "published": publish }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Redirect::to(HERE).into_response())
}

/// `POST /school/notices/{id}`
pub(super) async fn save(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
    Path(id): Path<NoticeId>,
    Form(form): Form<NoticeForm>,
) -> PageResult<Response> {
    let notice = store::find(&state.db, staff.school, id)
        .await?
        .ok_or(PageError::NotFound)?;
    let text = match form.check() {
        Ok(text) => text,
        Err(errors) => {
            let page = NoticeFormPage::of(&staff, &notice, form);
            return refused(NoticeFormPage { errors, ..page });
        }
    };
    if form.action == "preview" {
        let page = NoticeFormPage::of(&staff, &notice, form).with_preview();
        return Ok(Html(page.render()?).into_response());
    }
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    let Some(version) = store::save(&mut tx, (id, staff.school, form.version), &text).await? else {
        drop(tx);
        return conflict(&state, &staff, id, form).await;
    };
    audit::Entry::by(staff.id, "notice.update", "notice", &id)
        .write_in(&mut tx, now_ms)
        .await?;
    if form.action == "publish" && notice.status != NoticeStatus::Published {
        let this = (id, staff.school, version);
        store::set_status(&mut tx, this, NoticeStatus::Published, now_ms).await?;
        audit::Entry::by(staff.id, "notice.published", "notice", &id)
            .write_in(&mut tx, now_ms)
            .await?;
    }
    tx.commit().await?;
    Ok(Redirect::to(HERE).into_response())
}

/// The form again with everything that was typed, and the version that stands now: who saves
/// once more, does it knowingly.
async fn conflict(
    state: &AppState,
    staff: &SchoolStaff,
    id: NoticeId,
    mut form: NoticeForm,
) -> PageResult<Response> {
    let notice: StaffNotice = store::find(&state.db, staff.school, id)
        .await?
        .ok_or(PageError::NotFound)?;
    form.version = notice.version;
    let page = NoticeFormPage {
        conflict: true,
        ..NoticeFormPage::of(staff, &notice, form)
    };
    Ok((StatusCode::CONFLICT, Html(page.render()?)).into_response())
}

fn refused(page: NoticeFormPage) -> PageResult<Response> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

#[derive(Debug, Deserialize)]
pub(super) struct StatusForm {
    status: String,
    version: i64,
}

/// `POST /school/notices/{id}/status`: on the site, or off it.
pub(super) async fn set_status(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
    Path(id): Path<NoticeId>,
    Form(form): Form<StatusForm>,
) -> PageResult<Redirect> {
    let (status, action) = match form.status.as_str() {
        "published" => (NoticeStatus::Published, "notice.published"),
        "withdrawn" => (NoticeStatus::Withdrawn, "notice.withdrawn"),
        _ => return Err(PageError::NotFound),
    };
    store::find(&state.db, staff.school, id)
        .await?
        .ok_or(PageError::NotFound)?;
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    let this = (id, staff.school, form.version);
    if !store::set_status(&mut tx, this, status, now_ms).await? {
        return Err(PageError::Conflict(
            "这条内容已被修改，请返回列表刷新后再操作。",
        ));
    }
    audit::Entry::by(staff.id, action, "notice", &id)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Redirect::to(HERE))
}
