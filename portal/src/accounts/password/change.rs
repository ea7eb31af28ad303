//! `/account/password`: old one, new one, and the new one again. It ends all other sessions.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::NO_PASSWORD;
use crate::accounts::extract::SignedIn;
use crate::accounts::own::{self, Own};
use crate::accounts::sessions::{self, Session};
use crate::accounts::shut_out;
use crate::accounts::store::{self, Try};
use crate::accounts::{enter::enter, pages, rules};
use crate::audit;
use crate::layout::{Chrome, chrome_of};
use crate::state::AppState;
use crate::web::{FormErrors, PageResult};

/// `/account/password`
#[derive(Debug, Template)]
#[template(path = "account-password.html")]
pub struct PasswordPage {
    /// The frame.
    pub chrome: Chrome,
    /// What was wrong.
    pub errors: FormErrors,
    /// It was changed just now.
    pub done: bool,
    /// There is no password yet: 忘记密码 sets one.
    pub none: bool,
}

impl PasswordPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: pages::chrome_sample("/account/password"),
            errors: FormErrors::one("old", "原密码不对"),
            done: false,
            none: false,
        }
    }

    async fn of(state: &AppState, session: &Session, own: &Own) -> PageResult<Self> {
        Ok(Self {
            chrome: chrome_of(state, session, "修改密码", "/account/password").await?,
            errors: FormErrors::default(),
            done: false,
            none: own.password_hash == NO_PASSWORD,
        })
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::accounts) struct Asked {
    done: String,
}

/// `GET /account/password`
pub(in crate::accounts) async fn page(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let own = own::of(&state, session.account.id).await?;
    let mut page = PasswordPage::of(&state, &session, &own).await?;
    page.done = !asked.done.is_empty();
    Ok(Html(page.render()?))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::accounts) struct ChangeForm {
    old: String,
    password: String,
    confirm: String,
}

/// `POST /account/password`
pub(in crate::accounts) async fn change(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    headers: HeaderMap,
    Form(form): Form<ChangeForm>,
) -> PageResult<Response> {
    let account = session.account.id;
    let own = own::of(&state, session.account.id).await?;
    let mut errors = if form.password == form.old {
        FormErrors::one("password", "新密码不能和原密码一样")
    } else {
        own.check_password("password", &form.password)
    };
    if form.password != form.confirm {
        errors.add("confirm", "两次输入的新密码不一样");
    }
    if errors.is_empty()
        && let Err(text) = is_own(&state, &own, &form.old).await?
    {
        errors.add("old", text);
    }
    if !errors.is_empty() {
        let mut page = PasswordPage::of(&state, &session, &own).await?;
        page.errors = errors;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
    }
    let hash = state.hasher.hash(form.password).await?;
    let mut tx = state.db.begin().await?;
    own::set_password(&mut tx, account, &hash).await?;
    sessions::end_all_in(&mut tx, account).await?;
    audit::Entry::by(account, "password.change", "account", &account)
        .write_in(&mut tx, state.now_ms())
        .await?;
    tx.commit().await?;
    shut_out::signed_out(&state, account).await;
    // This browser goes on, with a session of its own that begins now.
    enter(&state, account, &headers, "/account/password?done=1").await
}

/// Is this the account's password? Someone at an unattended browser must not be able to guess it,
/// so it is counted like logins, under a name of its own. `Err`: words for the place beside the
/// field.
///
/// # Errors
/// The database or the computation failed.
pub(crate) async fn is_own(
    state: &AppState,
    own: &Own,
    password: &str,
) -> PageResult<Result<(), String>> {
    if own.password_hash == NO_PASSWORD {
        return Ok(Err(
            "账号还没有密码，请先在登录页用「忘记密码」设置".to_owned()
        ));
    }
    if password.len() > rules::PASSWORD_BYTES {
        return Ok(Err("密码不对".to_owned()));
    }
    let config = &state.config.accounts;
    let now_ms = state.now_ms();
    let name = format!("own:{}", own.id);
    let count = store::count_try(&state.db, config, &sessions::sha256(&name), now_ms).await?;
    let locked = || format!("连续输错次数过多，请 {} 分钟后再试", config.lock_min);
    if count == Try::Refused {
        return Ok(Err(locked()));
    }
    let stored = Some(own.password_hash.clone());
    if state.hasher.verify(password.to_owned(), stored).await? {
        let mut tx = state.db.begin().await?;
        store::forgive(&mut tx, &name).await?;
        tx.commit().await?;
        return Ok(Ok(()));
    }
    Ok(Err(if count == Try::Last {
        locked()
    } else {
        "密码不对".to_owned()
    }))
}
