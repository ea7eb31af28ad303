//! 修改, 重置密码, 注销账户 of a member (A101). The administrator cannot shut himself out: he hands
//! the administration on first (D6).

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde_json::json;

use super::pages::build_one;
use super::store;
use crate::accounts::{CompanyAdmin, links, sessions, shut_out};
use crate::audit;
use crate::companies::fields::Fields;
use crate::companies::person;
use crate::ids::AccountId;
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// `POST /company/members/{account}`: name, nickname, department, and whether he may pay.
pub(super) async fn change(
    State(state): State<AppState>,
    admin: CompanyAdmin,
    Path(account): Path<AccountId>,
    Form(fields): Form<Fields>,
) -> PageResult<Response> {
    let mut page = build_one(&state, &admin, account).await?;
    let mut errors = FormErrors::default();
    let (name, department) = person::check_name(&fields, &mut errors);
    // All that is known of a guest is his nickname: it stands for his name.
    let hidden = if page.member.guest.is_empty() {
        name.as_str()
    } else {
        ""
    };
    let nickname = person::check_nickname(&fields, hidden, &mut errors);
    if !errors.is_empty() {
        page.member.name = fields.own("person");
        page.member.nickname = fields.own("nickname");
        page.member.department = fields.own("department");
        page.member.may_pay = fields.is_on("may_pay");
        page.errors = errors;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
    }
    let (admin, now_ms) = (admin.0, state.now_ms());
    let may_pay = fields.is_on("may_pay");
    let mut tx = state.db.begin().await?;
    let words = (name.as_str(), nickname.as_str(), department.as_str());
    if !store::rename(&mut tx, (account, admin.company), words).await? {
        return Err(PageError::NotFound);
    }
    // Guests never pay and the administrator always may: nothing to change there.
    store::let_pay(&mut tx, account, admin.company, may_pay).await?;
    audit::Entry::by(admin.id, "member.change", "account", &account)
        .with(json!({ "company": admin.company, "may_pay": may_pay }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Redirect::to("/company/members?done=saved").into_response())
}

/// `POST /company/members/{account}/password`: a fresh link by SMS; no password is shown.
pub(super) async fn password(
    State(state): State<AppState>,
    CompanyAdmin(admin): CompanyAdmin,
    Path(account): Path<AccountId>,
) -> PageResult<Redirect> {
    let row = store::find(&state.db, admin.company, account)
        .await?
        .filter(|row| row.status == "approved" && row.guest_fair.is_none())
        .ok_or(PageError::NotFound)?;
    if row.mobile.is_empty() {
        return Err(PageError::Conflict("该账号没有手机号，请联系平台客服。"));
    }
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    links::send(&mut tx, account, admin.id, now_ms).await?;
    audit::Entry::by(admin.id, "member.password_link", "account", &account)
        .with(json!({ "company": admin.company }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Redirect::to("/company/members?done=link"))
}

/// `POST /company/members/{account}/close`: 注销账户.
pub(super) async fn close(
    State(state): State<AppState>,
    admin: CompanyAdmin,
    Path(account): Path<AccountId>,
) -> PageResult<Redirect> {
    set_open(&state, &admin, account, false).await?;
    // Whoever is shut out is out at once, not at his next login.
    sessions::end_all(&state.db, account).await?;
    shut_out::account(&state, account, Some(shut_out::ACCOUNT_CLOSED)).await;
    Ok(Redirect::to("/company/members?done=closed"))
}

/// `POST /company/members/{account}/reopen`: lets him in again.
pub(super) async fn reopen(
    State(state): State<AppState>,
    admin: CompanyAdmin,
    Path(account): Path<AccountId>,
) -> PageResult<Redirect> {
    set_open(&state, &admin, account, true).await?;
    Ok(Redirect::to("/company/members?done=reopened"))
}

async fn set_open(
    state: &AppState,
    CompanyAdmin(admin): &CompanyAdmin,
    account: AccountId,
    open: bool,
) -> PageResult<()> {
    if account == admin.id {
        return Err(PageError::Conflict("请先把管理员转让给其他成员。"));
    }
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    if !store::set_open(&mut tx, account, admin.company, open, now_ms).await? {
        drop(tx);
        let row = store::find(&state.db, admin.company, account).await?;
        return Err(match row {
            Some(row) if open && row.status == "disabled" => {
                PageError::Conflict("该账号已被平台停用或已注销，不能恢复。")
            }
            _ => PageError::NotFound,
        });
    }
    let action = if open {
        "member.reopen"
    } else {
        "member.close"
    };
    audit::Entry::by(admin.id, action, "account", &account)
        .with(json!({ "company": admin.company }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(())
}
