//! 新增 HR: the administrator adds a member, who sets his password by a link (A101, D9).

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::db::is_unique_violation;
use formats::phone::Mobile;
use serde_json::json;

use super::{MEMBERS, store};
use crate::accounts::store::{self as accounts, NewAccount};
use crate::accounts::{AccountKind, CompanyAdmin, CompanyMember, NO_PASSWORD, links};
use crate::audit;
use crate::companies::fields::Fields;
use crate::companies::home::sample_viewer;
use crate::companies::person::{self, Person};
use crate::companies::rules::taken;
use crate::ids::AccountId;
use crate::layout::Chrome;
use crate::state::AppState;
use crate::web::{FormErrors, PageResult};

/// The form, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewMemberForm {
    /// 用户姓名, 所属部门, 联系手机.
    pub person: Person,
    /// 昵称.
    pub nickname: String,
    /// May pay for the company.
    pub may_pay: bool,
}

/// `/company/members/new`
#[derive(Debug, Template)]
#[template(path = "company/member_new.html")]
pub struct NewMemberPage {
    /// The frame.
    pub chrome: Chrome,
    /// The form.
    pub form: NewMemberForm,
    /// What is wrong.
    pub errors: FormErrors,
}

impl NewMemberPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: Chrome::company(sample_viewer(), "新增 HR", "/company/members"),
            form: NewMemberForm::default(),
            errors: FormErrors::one("mobile", "该手机号已注册"),
        }
    }

    fn new(admin: &CompanyMember, form: NewMemberForm, errors: FormErrors) -> Self {
        Self {
            chrome: Chrome::member(admin, "新增 HR", "/company/members"),
            form,
            errors,
        }
    }
}

/// `GET /company/members/new`
pub(super) async fn page(CompanyAdmin(admin): CompanyAdmin) -> PageResult<Html<String>> {
    let page = NewMemberPage::new(&admin, NewMemberForm::default(), FormErrors::default());
    Ok(Html(page.render()?))
}

/// `POST /company/members`
pub(super) async fn submit(
    State(state): State<AppState>,
    CompanyAdmin(admin): CompanyAdmin,
    Form(fields): Form<Fields>,
) -> PageResult<Response> {
    let mut errors = FormErrors::default();
    let (name, department) = person::check_name(&fields, &mut errors);
    let mobile = Mobile::parse(fields.text("mobile")).map(|mobile| mobile.as_str().to_owned());
    let nickname = person::check_nickname(&fields, &name, &mut errors);
    let good = NewMemberForm {
        person: Person {
            name,
            department,
            mobile: taken(&mut errors, "mobile", mobile),
        },
        nickname,
        may_pay: fields.is_on("may_pay"),
    };
    if errors.is_empty() {
        match add(&state, &admin, &good).await? {
            Ok(()) => return Ok(Redirect::to("/company/members?done=added").into_response()),
            Err(text) => errors.add("mobile", text),
        }
    }
    let typed = NewMemberForm {
        person: Person::as_typed(&fields),
        nickname: fields.own("nickname"),
        may_pay: good.may_pay,
    };
    let page = NewMemberPage::new(&admin, typed, errors);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

/// Adds account and place. `Err` inside: what is wrong with the number.
async fn add(
    state: &AppState,
    admin: &CompanyMember,
    form: &NewMemberForm,
) -> Result<Result<(), String>, sqlx::Error> {
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    if store::count(&mut tx, admin.company).await? >= MEMBERS {
        return Ok(Err(format!("公司成员已达上限 {MEMBERS} 人")));
    }
    let account = NewAccount {
        id: AccountId::new(),
        kind: AccountKind::Company,
        mobile: Some(form.person.mobile.clone()),
        email: None,
        password_hash: NO_PASSWORD.to_owned(),
        real_name: form.person.name.clone(),
        nickname: form.nickname.clone(),
        department: form.person.department.clone(),
    };
    match accounts::add(&mut tx, &account, now_ms).await {
        Err(error) if is_unique_violation(&error) => {
            return Ok(Err("该手机号已注册，请让本人申请加入公司".to_owned()));
        }
        done => done?,
    }
    let place = store::NewPlace {
        account: account.id,
        company: admin.company,
        admin: false,
        approved: true,
        may_pay: form.may_pay,
    };
    store::add(&mut tx, &place, now_ms).await?;
    links::send(&mut tx, account.id, admin.id, now_ms).await?;
    audit::Entry::by(admin.id, "member.add", "account", &account.id)
        .with(json!({ "company": admin.company, "may_pay": form.may_pay }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Ok(()))
}
