//! Logging in and out.

use std::net::{IpAddr, SocketAddr};

use askama::Template;
use axum::Form;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::rules::{self, AccountKind, LoginName};
use super::{pages::LoginPage, sessions, store};
use crate::audit;
use crate::ids::AccountId;
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult, address, cookie};

#[derive(Debug, Deserialize)]
pub(super) struct LoginForm {
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// How a login ended.
enum Attempt {
    Good(AccountId, AccountKind),
    Wrong,
    Locked,
}

/// `POST /login`
pub(super) async fn login(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<LoginForm>,
) -> PageResult<Response> {
    let from = address::client(&headers, peer, &state.config.http.proxies);
    if let Err(retry_after_s) = state.login_limits.check(from, state.now_ms()) {
        state.http.logins.with_label_values(&["limited"]).inc();
        return Err(PageError::TooMany { retry_after_s });
    }
    let (outcome, text) = match attempt(&state, &form, from).await? {
        Attempt::Good(account, kind) => {
            state.http.logins.with_label_values(&["good"]).inc();
            let old = cookie::read(&headers, state.secure());
            let path = rules::way_back(&form.next).unwrap_or(rules::home_path(kind));
            return enter(&state, account, old, path).await;
        }
        Attempt::Wrong => ("wrong", "账号或密码不对".to_owned()),
        Attempt::Locked => (
            "locked",
            format!(
                "连续输错次数过多，请 {} 分钟后再试",
                state.config.accounts.lock_min
            ),
        ),
    };
    state.http.logins.with_label_values(&[outcome]).inc();
    let page = LoginPage {
        login: form.login,
        next: rules::way_back(&form.next).unwrap_or_default().to_owned(),
        errors: FormErrors::one("login", text),
        demo: state.demo,
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

/// Tries a name and a password. An unknown name costs the same work and gives the same answers
/// as a known one.
async fn attempt(state: &AppState, form: &LoginForm, from: IpAddr) -> PageResult<Attempt> {
    let Some(name) = LoginName::parse(&form.login) else {
        return Ok(Attempt::Wrong);
    };
    if form.password.len() > rules::PASSWORD_BYTES {
        return Ok(Attempt::Wrong);
    }
    let now_ms = state.now_ms();
    let login_hash = sessions::sha256(name.as_str());
    if store::locked_until(&state.db, &login_hash).await? > now_ms {
        return Ok(Attempt::Locked);
    }
    let row = store::find_login(&state.db, &name).await?;
    let stored = row.as_ref().map(|row| row.password_hash.clone());
    let fits = state.hasher.verify(form.password.clone(), stored).await?;
    match row {
        Some(row) if fits && row.status == "active" => {
            store::note_login(&state.db, row.id, &login_hash, now_ms).await?;
            Ok(Attempt::Good(row.id, row.kind))
        }
        _ => {
            state.login_limits.failed(from, now_ms);
            let accounts = &state.config.accounts;
            let locked = store::count_failure(&state.db, accounts, &login_hash, now_ms).await?;
            if locked {
                audit::Entry::system("login.locked", "login", &login_hash)
                    .write(&state.db, now_ms)
                    .await?;
            }
            Ok(if locked {
                Attempt::Locked
            } else {
                Attempt::Wrong
            })
        }
    }
}

/// Begins a fresh session (one that the browser brought along ends: no session is carried over a
/// login), sets the cookie and leads to `path`.
pub(crate) async fn enter(
    state: &AppState,
    account: AccountId,
    old: Option<&str>,
    path: &str,
) -> PageResult<Response> {
    if let Some(old) = old {
        sessions::end(&state.db, old).await?;
    }
    let now_ms = state.now_ms();
    let secret = sessions::begin(&state.db, &state.config.accounts, account, now_ms).await?;
    audit::Entry::by(account, "session.begin", "account", &account)
        .write(&state.db, now_ms)
        .await?;
    let set = cookie::set(&secret, state.secure());
    Ok(([(header::SET_COOKIE, set)], Redirect::to(path)).into_response())
}

/// `POST /logout`
pub(super) async fn logout(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> PageResult<Response> {
    if let Some(secret) = cookie::read(&headers, state.secure()) {
        sessions::end(&state.db, secret).await?;
    }
    let clear = cookie::clear(state.secure());
    Ok(([(header::SET_COOKIE, clear)], Redirect::to("/login")).into_response())
}
