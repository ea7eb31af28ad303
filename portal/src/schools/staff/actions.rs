//! Adding, changing and disabling staff.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::super::rules;
use super::add::{self, NewStaff};
use super::pages::{HERE, StaffForm, StaffPage};
use super::store::{self, Change, Changed};
use crate::accounts::shut_out;
use crate::accounts::{SchoolOffice, SchoolStaff};
use crate::audit;
use crate::ids::AccountId;
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// Longest department, characters.
const DEPARTMENT_CHARS: usize = 30;

/// `POST /school/staff`: the new one gets a link by SMS.
pub(super) async fn create(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
    Form(form): Form<StaffForm>,
) -> PageResult<Response> {
    match insert(&state, &staff, &form).await {
        Ok(account) => Ok(sent_to(account).into_response()),
        Err(PageError::Invalid(errors)) => {
            let page = StaffPage {
                form,
                errors,
                ..StaffPage::load(&state, &staff).await?
            };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
        }
        Err(error) => Err(error),
    }
}

async fn insert(state: &AppState, staff: &SchoolStaff, form: &StaffForm) -> PageResult<AccountId> {
    let mut errors = FormErrors::default();
    let (name, mobile) = NewStaff::check(&form.name, &form.mobile, &mut errors);
    let department = rules::short_text(&form.department, DEPARTMENT_CHARS);
    let department = department.unwrap_or_else(|fault| {
        errors.add("department", fault);
        String::new()
    });
    let faculty = add::check_role(&form.role, &form.faculty, &mut errors);
    let Some(faculty) = faculty.filter(|_| errors.is_empty()) else {
        return Err(PageError::Invalid(errors));
    };
    let new = NewStaff {
        name,
        mobile,
        department,
        faculty,
    };
    let mut tx = state.db.begin().await?;
    let account = add::add(&mut tx, staff.school, &new, staff.id, state.now_ms()).await?;
    tx.commit().await?;
    Ok(account)
}

/// The page that says to whom a link went.
fn sent_to(account: AccountId) -> Redirect {
    Redirect::to(&format!("{HERE}?sent={account}"))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ChangeForm {
    /// `role`, `disable` or `enable`.
    action: String,
    role: String,
    faculty: String,
}

/// `POST /school/staff/{account}`: another role, or no more entry. One 校级 member always stays.
pub(super) async fn change(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
    Path(account): Path<AccountId>,
    Form(form): Form<ChangeForm>,
) -> PageResult<Redirect> {
    if account == staff.id {
        return Err(PageError::Conflict(
            "不能停用或调整自己的账号，请由另一位校级老师操作。",
        ));
    }
    let change = match form.action.as_str() {
        "disable" => Change::Disable,
        "enable" => Change::Enable,
        "role" => {
            let mut errors = FormErrors::default();
            let faculty = add::check_role(&form.role, &form.faculty, &mut errors);
            Change::Role(faculty.ok_or(PageError::Invalid(errors))?)
        }
        _ => return Err(PageError::NotFound),
    };
    let mut tx = state.db.begin().await?;
    match store::change(&mut tx, (account, staff.school), &change).await? {
        Changed::Done => {}
        Changed::NotThere => return Err(PageError::NotFound),
        Changed::Withheld => {
            return Err(PageError::Conflict("该账号已被平台停用，请联系平台客服。"));
        }
        Changed::LastOne => {
            return Err(PageError::Conflict("至少要保留一位可以登录的校级老师。"));
        }
    }
    audit::Entry::by(staff.id, "school_staff.change", "account", &account)
        .with(serde_json::json!({ "school": staff.school, "change": change.as_str() }))
        .write_in(&mut tx, state.now_ms())
        .await?;
    tx.commit().await?;
    match change {
        Change::Disable => {
            shut_out::account(&state, account, Some(shut_out::ACCOUNT_CLOSED)).await;
        }
        Change::Enable | Change::Role(_) => shut_out::signed_out(&state, account).await,
    }
    Ok(Redirect::to(HERE))
}

/// `POST /school/staff/{account}/link`: a new link by SMS; the one before is no good any more.
pub(super) async fn link(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
    Path(account): Path<AccountId>,
) -> PageResult<Redirect> {
    let mut tx = state.db.begin().await?;
    let member = store::find(&mut tx, staff.school, account)
        .await?
        .filter(|member| member.status == "active")
        .ok_or(PageError::NotFound)?;
    if member.mobile.is_empty() {
        return Err(PageError::Conflict("该账号没有手机号，请联系平台客服。"));
    }
    add::send_link(&mut tx, account, staff.id, state.now_ms()).await?;
    tx.commit().await?;
    Ok(sent_to(account))
}
