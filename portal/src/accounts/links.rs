//! Links that set a password once: made by an administrator for someone else (D9: nobody learns
//! another's password), or by the person himself with a code on his telephone (A21).

use std::net::{IpAddr, SocketAddr};

use askama::Template;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use base::db::{Db, Tx, on_db};
use formats::Fault;
use formats::phone::Mobile;
use serde::Deserialize;

use super::codes::{self, CodePurpose};
use super::sessions::Session;
use super::{captchas, own, sessions};
use crate::accounts::shut_out;
use crate::audit;
use crate::ids::AccountId;
use crate::notifications::{self, Event, Notice};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult, address};

/// How long a link that someone else made is good, ms.
pub const TTL_MS: i64 = 24 * 3_600_000;
/// How long one is good that a person made for himself, ms.
const OWN_TTL_MS: i64 = 15 * 60_000;
/// Links that one new one clears away.
const SWEEP: i64 = 100;

base::queries! {
    /// A new link ends the account's older ones.
    END_LINKS = "UPDATE password_links SET used_ms = $2
        WHERE account_id = $1 AND used_ms IS NULL";
    /// A new link.
    ADD_LINK = "INSERT INTO password_links (token_hash, account_id, made_by, created_ms, expires_ms)
        VALUES ($1, $2, $3, $4, $5)";
    /// Whose password a link sets, if it still does.
    FIND_LINK = "SELECT account_id FROM password_links
        WHERE token_hash = $1 AND used_ms IS NULL AND expires_ms > $2";
    /// Uses a link.
    USE_LINK = "UPDATE password_links SET used_ms = $2
        WHERE token_hash = $1 AND used_ms IS NULL AND expires_ms > $2 RETURNING account_id";
    /// Clears away a slice of those that are over.
    SWEEP_LINKS = "DELETE FROM password_links WHERE token_hash IN
        (SELECT token_hash FROM password_links WHERE expires_ms < $1 ORDER BY expires_ms LIMIT $2)";
}

/// Makes a link that sets an account's password once within 24 hours; the result is its path.
/// `made_by`: who made it, `None` for the account itself. Older links of the account end.
///
/// # Errors
/// The database failed.
pub async fn issue(
    tx: &mut Tx,
    account: AccountId,
    made_by: Option<AccountId>,
    now_ms: i64,
) -> Result<String, sqlx::Error> {
    let token = sessions::secret();
    let life_ms = if made_by.is_some() {
        TTL_MS
    } else {
        OWN_TTL_MS
    };
    on_db!(tx, c => sqlx::query(SWEEP_LINKS)
        .bind(now_ms - TTL_MS).bind(SWEEP).execute(c).await.map(drop))?;
    on_db!(tx, c => sqlx::query(END_LINKS)
        .bind(account).bind(now_ms).execute(c).await.map(drop))?;
    on_db!(tx, c => sqlx::query(ADD_LINK)
        .bind(sessions::sha256(&token))
        .bind(account)
        .bind(made_by)
        .bind(now_ms)
        .bind(now_ms + life_ms)
        .execute(c).await.map(drop))?;
    Ok(format!("/reset/{token}"))
}

/// Makes a link as [`issue`] does and sends it to its owner's telephone; nobody else sees it.
///
/// # Errors
/// The database failed.
pub async fn send(
    tx: &mut Tx,
    account: AccountId,
    by: AccountId,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let path = issue(tx, account, Some(by), now_ms).await?;
    let notice = Notice {
        event: Event::PasswordLink,
        to: account,
        args: serde_json::json!({ "link": path }),
        link: String::new(),
        dedupe: None,
    };
    notifications::enqueue(tx, &notice, now_ms).await
}

/// Whose password a token sets.
async fn find(db: &Db, token: &str, now_ms: i64) -> Result<Option<AccountId>, sqlx::Error> {
    let row: Option<(AccountId,)> = on_db!(db, c => sqlx::query_as(FIND_LINK)
        .bind(sessions::sha256(token)).bind(now_ms).fetch_optional(c).await)?;
    Ok(row.map(|(account,)| account))
}

/// `/forgot`
#[derive(Debug, Template)]
#[template(path = "forgot.html")]
pub struct ForgotPage {
    /// What was typed.
    pub mobile: String,
    /// What was wrong.
    pub errors: FormErrors,
    /// The page's captcha.
    pub captcha: String,
    /// The session's forgery token, if someone is signed in; else empty.
    pub csrf: String,
}

impl ForgotPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            mobile: "13800000001".to_owned(),
            errors: FormErrors::one("sms_code", "验证码不对"),
            captcha: "01a20000-0000-7000-8000-000000000000".to_owned(),
            csrf: String::new(),
        }
    }
}

fn csrf(session: Option<&Session>) -> String {
    session.map(|s| s.csrf.clone()).unwrap_or_default()
}

/// `GET /forgot`
pub(super) async fn forgot_page(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
) -> PageResult<Html<String>> {
    let page = ForgotPage {
        mobile: String::new(),
        errors: FormErrors::default(),
        captcha: captchas::fresh(&state).to_string(),
        csrf: csrf(session.as_deref()),
    };
    Ok(Html(page.render()?))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ForgotForm {
    mobile: String,
    sms_code: String,
}

/// `POST /forgot`: a good code leads to a link.
pub(super) async fn forgot(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    session: Option<Extension<Session>>,
    headers: HeaderMap,
    Form(form): Form<ForgotForm>,
) -> PageResult<Response> {
    let now_ms = state.now_ms();
    let from = address::client(&headers, peer, &state.config.http.proxies);
    let errors = match Mobile::parse(&form.mobile) {
        Err(fault) => FormErrors::one("mobile", fault.zh()),
        Ok(mobile) => match prove(&state, from, mobile.as_str(), &form.sms_code).await? {
            Ok(account) => {
                let mut tx = state.db.begin().await?;
                let path = issue(&mut tx, account, None, now_ms).await?;
                audit::Entry::system("password_link.create", "account", &account)
                    .write_in(&mut tx, now_ms)
                    .await?;
                tx.commit().await?;
                return Ok(Redirect::to(&path).into_response());
            }
            Err(errors) => errors,
        },
    };
    let page = ForgotPage {
        mobile: form.mobile,
        errors,
        captcha: captchas::fresh(&state).to_string(),
        csrf: csrf(session.as_deref()),
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

async fn prove(
    state: &AppState,
    from: IpAddr,
    mobile: &str,
    code: &str,
) -> PageResult<Result<AccountId, FormErrors>> {
    let shown = (mobile, CodePurpose::Reset);
    if let Err(fault) = codes::spend_from(state, from, shown, code).await? {
        return Ok(Err(FormErrors::one("sms_code", fault.zh())));
    }
    let row = own::by_mobile(&state.db, mobile).await?;
    Ok(row
        .filter(|row| row.status == "active")
        .map(|row| row.id)
        .ok_or_else(|| FormErrors::one("mobile", "这个手机号没有可用的账号")))
}

/// `/reset/{token}`
#[derive(Debug, Template)]
#[template(path = "reset.html")]
pub struct ResetPage {
    /// The link's own path, where the form goes; empty: the link is over.
    pub action: String,
    /// The account's login name, partly hidden.
    pub login: String,
    /// What was wrong.
    pub errors: FormErrors,
    /// The session's forgery token, if someone is signed in; else empty.
    pub csrf: String,
}

impl ResetPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            action: "/reset/00ff".to_owned(),
            login: "138****0001".to_owned(),
            errors: FormErrors::one("confirm", "两次输入的密码不一样"),
            csrf: String::new(),
        }
    }

    /// A link that is over.
    pub fn over() -> Self {
        Self {
            action: String::new(),
            login: String::new(),
            errors: FormErrors::default(),
            csrf: String::new(),
        }
    }

    async fn of(
        state: &AppState,
        token: &str,
        account: AccountId,
        session: Option<&Session>,
    ) -> PageResult<(Self, own::Own)> {
        let own = own::find(&state.db, account)
            .await?
            .ok_or(PageError::NotFound)?;
        let page = Self {
            action: format!("/reset/{token}"),
            login: super::texts::masked_login(&own),
            errors: FormErrors::default(),
            csrf: csrf(session),
        };
        Ok((page, own))
    }
}

/// `GET /reset/{token}`
pub(super) async fn reset_page(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
    Path(token): Path<String>,
) -> PageResult<Response> {
    match find(&state.db, &token, state.now_ms()).await? {
        None => over(),
        Some(account) => {
            let (page, _) = ResetPage::of(&state, &token, account, session.as_deref()).await?;
            Ok(Html(page.render()?).into_response())
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ResetForm {
    password: String,
    confirm: String,
}

/// `POST /reset/{token}`: sets the password and ends all sessions of the account.
pub(super) async fn reset(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
    Path(token): Path<String>,
    Form(form): Form<ResetForm>,
) -> PageResult<Response> {
    let now_ms = state.now_ms();
    let Some(account) = find(&state.db, &token, now_ms).await? else {
        return over();
    };
    let (mut page, own) = ResetPage::of(&state, &token, account, session.as_deref()).await?;
    page.errors = own.check_password("password", &form.password);
    if form.password != form.confirm {
        page.errors.add("confirm", "两次输入的密码不一样");
    }
    if !page.errors.is_empty() {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
    }
    let hash = state.hasher.hash(form.password).await?;
    let mut tx = state.db.begin().await?;
    let used: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(USE_LINK)
        .bind(sessions::sha256(&token)).bind(now_ms).fetch_optional(c).await)?;
    let Some((account,)) = used else {
        return over();
    };
    own::set_password(&mut tx, account, &hash).await?;
    sessions::end_all_in(&mut tx, account).await?;
    audit::Entry::by(account, "password.reset", "account", &account)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    shut_out::signed_out(&state, account).await;
    Ok(Redirect::to("/login?done=password").into_response())
}

fn over() -> PageResult<Response> {
    let page = ResetPage::over();
    Ok((StatusCode::NOT_FOUND, Html(page.render()?)).into_response())
}
