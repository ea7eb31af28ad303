//! What operations staff change of the platform's staff.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::db::{Tx, is_unique_violation};
use formats::Fault;
use formats::mail::Mail;
use formats::phone::Mobile;
use formats::text::{LineFault, person_name, plain_line};
use serde::Deserialize;
use serde_json::json;

use super::pages::{StaffForm, StaffPage};
use super::store::{self, Row};
use crate::accounts::extract::{OperationsStaff, PlatformStaff};
use crate::accounts::rules::{AccountKind, PlatformRole};
use crate::accounts::store::{self as accounts, NewAccount};
use crate::accounts::{NO_PASSWORD, links, sessions};
use crate::audit;
use crate::ids::AccountId;
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// Characters of a department.
const DEPARTMENT_CHARS: (usize, usize) = (1, 30);

/// `POST /platform/staff`: a new account without a password, and a link that sets one.
pub(in crate::accounts) async fn add(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Form(form): Form<StaffForm>,
) -> PageResult<Response> {
    let errors = match read(&form) {
        Err(errors) => errors,
        Ok((account, role)) => match save(&state, &staff, &account, role).await {
            Ok(()) => return Ok(Redirect::to("/platform/staff?done=added").into_response()),
            Err(PageError::Invalid(errors)) => errors,
            Err(error) => return Err(error),
        },
    };
    let mut page = StaffPage::of(&state, &staff).await?;
    page.form = form;
    page.errors = errors;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

fn read(form: &StaffForm) -> Result<(NewAccount, PlatformRole), FormErrors> {
    let mut errors = FormErrors::default();
    let mut taken = |field: &'static str, read: Result<String, String>| {
        read.unwrap_or_else(|text| {
            errors.add(field, text);
            String::new()
        })
    };
    let name = taken("name", person_name(&form.name).map_err(|f| f.zh().into()));
    let mobile = Mobile::parse(&form.mobile);
    let mobile = mobile.map(|mobile| mobile.as_str().to_owned());
    let mobile = taken("mobile", mobile.map_err(|fault| fault.zh().into()));
    let email = match form.email.trim() {
        "" => Ok(String::new()),
        typed => Mail::parse(typed)
            .map(|mail| mail.as_str().to_owned())
            .map_err(|fault| fault.zh().into()),
    };
    let email = taken("email", email);
    let department = match plain_line(&form.department, DEPARTMENT_CHARS) {
        Err(LineFault::Empty) => Ok(String::new()),
        read => read.map_err(|fault| fault.zh().into()),
    };
    let department = taken("department", department);
    let role = form.role.parse();
    let role = role.map_err(|_| errors.add("role", "请选择岗位"));
    match role {
        Ok(role) if errors.is_empty() => Ok((
            NewAccount {
                id: AccountId::new(),
                kind: AccountKind::Platform,
                mobile: Some(mobile),
                email: Some(email).filter(|email| !email.is_empty()),
                password_hash: NO_PASSWORD.to_owned(),
                nickname: name.clone(),
                real_name: name,
                department,
            },
            role,
        )),
        _ => Err(errors),
    }
}

async fn save(
    state: &AppState,
    staff: &PlatformStaff,
    account: &NewAccount,
    role: PlatformRole,
) -> PageResult<()> {
    let now_ms = state.now_ms();
    let mut tx = begin(state, staff).await?;
    if let Err(error) = accounts::add(&mut tx, account, now_ms).await {
        if is_unique_violation(&error) {
            let text = "这个手机号或邮箱已有账号";
            return Err(PageError::Invalid(FormErrors::one("mobile", text)));
        }
        return Err(error.into());
    }
    accounts::add_platform_staff(&mut tx, account.id, role, now_ms).await?;
    links::send(&mut tx, account.id, staff.id, now_ms).await?;
    audit::Entry::by(staff.id, "staff.add", "account", &account.id)
        .with(json!({ "role": role.as_str() }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Begins a change by someone who may still make it.
async fn begin(state: &AppState, staff: &PlatformStaff) -> PageResult<Tx> {
    let mut tx = state.db.begin().await?;
    if store::may_act(&mut tx, staff.id).await? {
        Ok(tx)
    } else {
        Err(PageError::Forbidden("no longer operations staff"))
    }
}

/// The one who is to be changed: not oneself.
async fn other(tx: &mut Tx, staff: &PlatformStaff, id: AccountId) -> PageResult<Row> {
    if id == staff.id {
        return Err(PageError::Conflict(
            "不能改自己的岗位或状态，请由另一位运营人员操作。",
        ));
    }
    store::find(tx, id).await?.ok_or(PageError::NotFound)
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::accounts) struct RoleForm {
    role: String,
}

/// `POST /platform/staff/{id}/role`: his sessions get new secrets.
pub(in crate::accounts) async fn change_role(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Path(id): Path<AccountId>,
    Form(form): Form<RoleForm>,
) -> PageResult<Redirect> {
    let role: PlatformRole = form
        .role
        .parse()
        .map_err(|_| PageError::Invalid(FormErrors::one("role", "请选择岗位")))?;
    let now_ms = state.now_ms();
    let mut tx = begin(&state, &staff).await?;
    other(&mut tx, &staff, id).await?;
    if store::set_role(&mut tx, id, role).await? {
        sessions::rotate_all(&mut tx, id).await?;
        audit::Entry::by(staff.id, "staff.change", "account", &id)
            .with(json!({ "role": role.as_str() }))
            .write_in(&mut tx, now_ms)
            .await?;
    }
    tx.commit().await?;
    Ok(Redirect::to("/platform/staff?done=changed"))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::accounts) struct StateForm {
    state: String,
}

/// `POST /platform/staff/{id}/state`: `disabled` lets someone go at once, `active` back in.
pub(in crate::accounts) async fn change_state(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Path(id): Path<AccountId>,
    Form(form): Form<StateForm>,
) -> PageResult<Redirect> {
    let (status, action) = match form.state.as_str() {
        "active" => ("active", "account.enable"),
        "disabled" => ("disabled", "account.disable"),
        _ => return Err(PageError::NotFound),
    };
    let now_ms = state.now_ms();
    let mut tx = begin(&state, &staff).await?;
    other(&mut tx, &staff, id).await?;
    if store::set_status(&mut tx, id, status).await? {
        if status == "disabled" {
            sessions::end_all_in(&mut tx, id).await?;
        }
        audit::Entry::by(staff.id, action, "account", &id)
            .write_in(&mut tx, now_ms)
            .await?;
    }
    tx.commit().await?;
    Ok(Redirect::to("/platform/staff?done=changed"))
}

/// `POST /platform/staff/{id}/link`: a new link that sets a password.
pub(in crate::accounts) async fn send_link(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Path(id): Path<AccountId>,
) -> PageResult<Redirect> {
    let now_ms = state.now_ms();
    let mut tx = begin(&state, &staff).await?;
    let row = other(&mut tx, &staff, id).await?;
    if row.status != "active" {
        return Err(PageError::Conflict("这个账号已停用，请先恢复。"));
    }
    links::send(&mut tx, id, staff.id, now_ms).await?;
    audit::Entry::by(staff.id, "password_link.create", "account", &id)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Redirect::to("/platform/staff?done=link"))
}
