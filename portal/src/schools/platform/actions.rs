//! Adding a school with its first staff member, and changing one.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::db::is_unique_violation;

use super::super::rules::{self, NAME_CHARS};
use super::super::staff::add::{self, NewStaff};
use super::super::store as schools;
use super::pages::{HERE, SchoolForm, SchoolFormPage};
use super::store::{self, SchoolFacts};
use crate::accounts::shut_out;
use crate::accounts::{OperationsStaff, PlatformStaff};
use crate::audit;
use crate::ids::SchoolId;
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

impl SchoolForm {
    /// What is to be stored; faults go to `errors`.
    fn facts(&self, errors: &mut FormErrors) -> SchoolFacts {
        let (least, most) = NAME_CHARS;
        let name = rules::short_text(&self.school_name, most).unwrap_or_default();
        if name.chars().count() < least {
            errors.add(
                "school_name",
                format!("请填写 {least} 至 {most} 个字的学校名称"),
            );
        }
        if formats::regions::province(&self.province).is_none() {
            errors.add("province", "请选择省份");
        }
        let host = (!self.host.trim().is_empty()).then(|| rules::host(&self.host));
        if host == Some(None) {
            errors.add("host", "请填写域名，如 job.jxlg.edu.cn，不带 http 和端口");
        }
        SchoolFacts {
            name,
            host: host.flatten(),
            province_code: self.province.clone(),
            enabled: self.enabled == "on",
        }
    }
}

/// `POST /platform/schools`. The first staff member gets a link by SMS.
pub(super) async fn create(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Form(form): Form<SchoolForm>,
) -> PageResult<Response> {
    match insert(&state, &staff, &form).await {
        Ok((id, tail)) => {
            let name = form.name.trim().to_owned();
            let form = SchoolForm {
                version: 2,
                enabled: "on".to_owned(),
                ..form
            };
            let page = SchoolFormPage {
                link: Some((name, tail)),
                ..SchoolFormPage::new(&staff, Some(id), form)
            };
            Ok(Html(page.render()?).into_response())
        }
        Err(PageError::Invalid(errors)) => refused(SchoolFormPage {
            errors,
            ..SchoolFormPage::new(&staff, None, form)
        }),
        Err(error) => Err(error),
    }
}

async fn insert(
    state: &AppState,
    staff: &PlatformStaff,
    form: &SchoolForm,
) -> PageResult<(SchoolId, String)> {
    let mut errors = FormErrors::default();
    let code = rules::code(&form.code).unwrap_or_else(|| {
        errors.add("code", "请填写 2 至 32 位小写字母、数字或连字符");
        String::new()
    });
    let mut facts = form.facts(&mut errors);
    facts.enabled = true;
    let (name, mobile) = NewStaff::check(&form.name, &form.mobile, &mut errors);
    errors.into_result()?;
    let (id, now_ms) = (SchoolId::new(), state.now_ms());
    let mut tx = state.db.begin().await?;
    if let Err(error) = schools::add(&mut tx, id, &code, &facts.name, now_ms).await {
        return Err(taken(error, "code", "这个代码已被使用"));
    }
    if let Err(error) = store::save(&mut tx, (id, 1), &facts).await {
        return Err(taken(error, "host", "这个域名已被另一所学校使用"));
    }
    audit::Entry::by(staff.id, "school.create", "school", &id)
        .write_in(&mut tx, now_ms)
        .await?;
    let new = NewStaff {
        name,
        mobile,
        department: "就业指导中心".to_owned(),
        faculty: None,
    };
    add::add(&mut tx, id, &new, staff.id, now_ms).await?;
    tx.commit().await?;
    Ok((id, add::tail(&new.mobile).to_owned()))
}

fn taken(error: sqlx::Error, field: &'static str, text: &str) -> PageError {
    if is_unique_violation(&error) {
        PageError::Invalid(FormErrors::one(field, text))
    } else {
        error.into()
    }
}

/// `POST /platform/schools/{id}`
pub(super) async fn save(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Path(id): Path<SchoolId>,
    Form(mut form): Form<SchoolForm>,
) -> PageResult<Response> {
    match update(&state, &staff, id, &form).await {
        Ok(true) => Ok(Redirect::to(HERE).into_response()),
        Ok(false) => {
            let school = schools::find(&state.db, id)
                .await?
                .ok_or(PageError::NotFound)?;
            form.version = school.version;
            let page = SchoolFormPage {
                conflict: true,
                ..SchoolFormPage::new(&staff, Some(id), form)
            };
            Ok((StatusCode::CONFLICT, Html(page.render()?)).into_response())
        }
        Err(PageError::Invalid(errors)) => refused(SchoolFormPage {
            errors,
            ..SchoolFormPage::new(&staff, Some(id), form)
        }),
        Err(error) => Err(error),
    }
}

async fn update(
    state: &AppState,
    staff: &PlatformStaff,
    id: SchoolId,
    form: &SchoolForm,
) -> PageResult<bool> {
    let school = schools::find(&state.db, id)
        .await?
        .ok_or(PageError::NotFound)?;
    let mut errors = FormErrors::default();
    let facts = form.facts(&mut errors);
    errors.into_result()?;
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    let saved = match store::save(&mut tx, (id, form.version), &facts).await {
        Ok(saved) => saved,
        Err(error) => return Err(taken(error, "host", "这个域名已被另一所学校使用")),
    };
    if !saved {
        return Ok(false);
    }
    if !facts.enabled {
        store::end_sessions(&mut tx, id).await?;
    }
    audit::Entry::by(staff.id, "school.update", "school", &id)
        .with(serde_json::json!({
            "enabled": facts.enabled,
            "host_changed": facts.host != school.host,
        }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    if !facts.enabled {
        shut_out::school(state, id).await?;
    }
    Ok(true)
}

fn refused(page: SchoolFormPage) -> PageResult<Response> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}
