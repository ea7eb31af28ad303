//! The administrator hands the administration on: he says his password again, and the two change
//! places in one transaction (A13).

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde_json::json;

use super::pages::build_one;
use super::store;
use crate::accounts::{CompanyAdmin, is_own_password, own};
use crate::audit;
use crate::companies::fields::Fields;
use crate::companies::store as companies;
use crate::ids::AccountId;
use crate::notifications::{self, Event, Notice};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// `POST /company/members/{account}/transfer`
pub(super) async fn submit(
    State(state): State<AppState>,
    admin: CompanyAdmin,
    Path(account): Path<AccountId>,
    Form(fields): Form<Fields>,
) -> PageResult<Response> {
    let mut page = build_one(&state, &admin, account).await?;
    if !page.may_follow() {
        return Err(PageError::Conflict("只能转让给在职的公司成员。"));
    }
    if let Err(text) = is_he(&state, admin.0.id, &fields.own("password")).await? {
        page.errors = FormErrors::one("password", text);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
    }
    let (admin, now_ms) = (admin.0, state.now_ms());
    let mut tx = state.db.begin().await?;
    companies::lock(&mut tx, admin.company).await?;
    // Under the lock: a claim that was approved a moment ago has taken it from him.
    if companies::admin_of(&mut tx, admin.company).await? != Some(admin.id) {
        return Err(PageError::Conflict("公司管理员已经变更，请刷新页面。"));
    }
    if store::swap_admin(&mut tx, admin.company, account, now_ms)
        .await?
        .is_err()
    {
        return Err(PageError::Conflict("只能转让给在职的公司成员。"));
    }
    let notice = Notice {
        event: Event::ClaimDecided,
        to: account,
        args: json!({
            "company": admin.company_name,
            "result": "原管理员已将管理员转让给您",
            "reason": "",
        }),
        link: "/company".to_owned(),
        dedupe: None,
    };
    notifications::enqueue(&mut tx, &notice, now_ms).await?;
    audit::Entry::by(admin.id, "admin.transfer", "company", &admin.company)
        .with(json!({ "to": account }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Redirect::to("/company/members?done=transferred").into_response())
}

/// Is the password that of `account`? `Err` inside: what stands beside the field.
async fn is_he(
    state: &AppState,
    account: AccountId,
    password: &str,
) -> PageResult<Result<(), String>> {
    let own = own::find(&state.db, account).await?;
    is_own_password(state, &own.ok_or(PageError::SignIn)?, password).await
}
