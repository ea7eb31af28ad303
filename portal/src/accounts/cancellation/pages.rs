//! `/account/cancel`: what it means, what stands against it, the wish, and its withdrawal.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use formats::text::masked_mobile;
use serde::Deserialize;
use serde_json::json;

use super::{holds, store};
use crate::accounts::codes::{self, CodePurpose};
use crate::accounts::extract::SignedIn;
use crate::accounts::own::{self, Own};
use crate::accounts::sessions::Session;
use crate::accounts::{captchas, pages, password, texts};
use crate::audit;
use crate::layout::{Chrome, chrome_of};
use crate::notifications::{self, Event, Notice};
use crate::state::AppState;
use crate::web::{FormErrors, PageResult};

const DAY_MS: i64 = 86_400_000;

/// `/account/cancel`
#[derive(Debug, Template)]
#[template(path = "account-cancel.html")]
pub struct CancelPage {
    /// The frame.
    pub chrome: Chrome,
    /// What stands against it.
    pub holds: Vec<String>,
    /// It runs: when it is carried out, Beijing time; empty: it does not.
    pub due: String,
    /// Days of cooling-off.
    pub days: u32,
    /// Mobile number that the code goes to, partly hidden; empty: none, and no code is needed.
    pub mobile: String,
    /// The page's captcha.
    pub captcha: String,
    /// What was wrong.
    pub errors: FormErrors,
}

impl CancelPage {
    /// Sample data for the test that renders every page.
    pub fn sample(due: &str, held: bool) -> Self {
        let hold = "你是「澄源半导体（示例）」唯一的企业管理员。请先在「公司设置 → 公司成员」里把\
                    管理员移交给同事；单位不再招聘的，请联系平台客服关闭单位。";
        Self {
            chrome: pages::chrome_sample("/account/cancel"),
            holds: held.then(|| hold.to_owned()).into_iter().collect(),
            due: due.to_owned(),
            days: 7,
            mobile: "138****0001".to_owned(),
            captcha: "01a20000-0000-7000-8000-000000000000".to_owned(),
            errors: FormErrors::one("password", "密码不对"),
        }
    }

    async fn of(state: &AppState, session: &Session, own: &Own) -> PageResult<Self> {
        let running = store::find(&state.db, own.id)
            .await?
            .filter(store::Cancellation::runs);
        let mut tx = state.db.begin().await?;
        let holds = holds(&mut tx, own.id, state.now_ms()).await?;
        tx.rollback().await?;
        Ok(Self {
            chrome: chrome_of(state, session, "账号注销", "/account/cancel").await?,
            holds,
            due: running
                .map(|running| texts::moment(running.due_ms))
                .unwrap_or_default(),
            days: state.config.accounts.cancel_days,
            mobile: own.mobile.as_deref().map(masked_mobile).unwrap_or_default(),
            captcha: captchas::fresh(state).to_string(),
            errors: FormErrors::default(),
        })
    }
}

/// `GET /account/cancel`
pub(in crate::accounts) async fn page(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
) -> PageResult<Html<String>> {
    let own = own::of(&state, session.account.id).await?;
    let page = CancelPage::of(&state, &session, &own).await?;
    Ok(Html(page.render()?))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::accounts) struct CancelForm {
    password: String,
    sms_code: String,
    understood: String,
}

/// `POST /account/cancel`
pub(in crate::accounts) async fn ask(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Form(form): Form<CancelForm>,
) -> PageResult<Response> {
    let own = own::of(&state, session.account.id).await?;
    let mut page = CancelPage::of(&state, &session, &own).await?;
    if !page.due.is_empty() {
        return Ok(Redirect::to("/account/cancel").into_response());
    }
    page.errors = check(&state, &own, &form, &page.holds).await?;
    if !page.errors.is_empty() {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
    }
    let now_ms = state.now_ms();
    let due_ms = now_ms + i64::from(state.config.accounts.cancel_days) * DAY_MS;
    let mut tx = state.db.begin().await?;
    if store::ask(&mut tx, own.id, now_ms, due_ms).await? {
        let notice = told(&own, due_ms, "申请已提交");
        notifications::enqueue(&mut tx, &notice, now_ms).await?;
        audit::Entry::by(own.id, "account.cancel", "account", &own.id)
            .write_in(&mut tx, now_ms)
            .await?;
    }
    tx.commit().await?;
    Ok(Redirect::to("/account/cancel").into_response())
}

/// Everything that a wish needs. The code comes last: each look at it is a try.
async fn check(
    state: &AppState,
    own: &Own,
    form: &CancelForm,
    holds: &[String],
) -> PageResult<FormErrors> {
    let mut errors = FormErrors::default();
    if !holds.is_empty() {
        errors.add("cancel", "还有未了结的事项，暂不能注销");
        return Ok(errors);
    }
    if form.understood.is_empty() {
        errors.add("understood", "请先阅读并勾选");
    }
    if let Err(text) = password::is_own(state, own, &form.password).await? {
        errors.add("password", text);
    }
    if !errors.is_empty() {
        return Ok(errors);
    }
    if let Some(mobile) = &own.mobile {
        let spent = codes::spend(state, mobile, CodePurpose::Cancel, &form.sms_code).await?;
        if let Err(fault) = spent {
            errors.add("sms_code", fault.zh());
        }
    }
    Ok(errors)
}

/// `POST /account/cancel/withdraw`
pub(in crate::accounts) async fn withdraw(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
) -> PageResult<Redirect> {
    let own = own::of(&state, session.account.id).await?;
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    if store::withdraw(&mut tx, own.id, now_ms).await? {
        let notice = told(&own, now_ms, "已撤回");
        notifications::enqueue(&mut tx, &notice, now_ms).await?;
        audit::Entry::by(own.id, "account.cancel_withdraw", "account", &own.id)
            .write_in(&mut tx, now_ms)
            .await?;
    }
    tx.commit().await?;
    Ok(Redirect::to("/account/cancel"))
}

fn told(own: &Own, day_ms: i64, state: &str) -> Notice {
    Notice {
        event: Event::AccountCancellation,
        to: own.id,
        args: json!({ "date": texts::day(day_ms), "state": state }),
        link: "/account/cancel".to_owned(),
        dedupe: None,
    }
}
