//! `POST /login`: by login name and password.

use std::net::{IpAddr, SocketAddr};

use axum::Form;
use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::page::{Before, LoginPage, Way};
use crate::accounts::rules::{self, AccountKind, LoginName};
use crate::accounts::store::Try;
use crate::accounts::{captchas, enter::enter, sessions, store};
use crate::audit;
use crate::ids::AccountId;
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult, address};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::accounts) struct LoginForm {
    login: String,
    password: String,
    captcha_id: String,
    captcha: String,
    next: String,
    school: String,
}

/// How a login ended.
enum Attempt {
    Good(AccountId, AccountKind),
    Wrong,
    Locked,
    /// The captcha was missing or wrong: the password was not looked at.
    Captcha(&'static str),
    /// Too much has failed from this address; seconds until there is room again.
    Limited(u64),
}

/// `POST /login`
pub(in crate::accounts) async fn login(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<LoginForm>,
) -> PageResult<Response> {
    let from = address::client(&headers, peer, &state.config.http.proxies);
    let way = Way::Password.as_str();
    if let Err(retry_after_s) = state.limits.logins.check(&from, state.now_ms()) {
        state.access.login(way, "limited");
        return Err(PageError::TooMany { retry_after_s });
    }
    let (outcome, errors) = match attempt(&state, &form, from).await? {
        Attempt::Good(account, kind) => {
            state.access.login(way, "good");
            let path = rules::way_back(&form.next).unwrap_or(rules::home_path(kind));
            return enter(&state, account, &headers, path).await;
        }
        Attempt::Wrong => ("wrong", FormErrors::one("login", "账号或密码不对")),
        Attempt::Captcha(text) => ("captcha", FormErrors::one("captcha", text)),
        Attempt::Limited(retry_after_s) => {
            state.access.login(way, "limited");
            return Err(PageError::TooMany { retry_after_s });
        }
        Attempt::Locked => {
            let minutes = state.config.accounts.lock_min;
            let text = format!("连续输错次数过多，请 {minutes} 分钟后再试");
            ("locked", FormErrors::one("login", text))
        }
    };
    state.access.login(way, outcome);
    let before = Before {
        next: form.next.clone(),
        school: form.school.clone(),
    };
    let mut page = LoginPage::of(&state, Way::Password, &before).await?;
    if wants_captcha(&state, &form.login, from).await? {
        page.captcha = captchas::fresh(&state).to_string();
    }
    page.login = form.login;
    page.errors = errors;
    page.refused()
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
    // Both are counted before the password is looked at, and given back unless it is wrong: many
    // guesses at the same moment find no more room than one after the other.
    let limits = &state.limits;
    let easy = limits.easy_logins.reserve(&from, 1, now_ms).is_ok();
    let attempt = match limits.logins.reserve(&from, 1, now_ms) {
        Ok(()) => {
            let attempt = attempt_counted(state, form, (&name, &login_hash), (from, easy)).await;
            if !matches!(attempt, Ok((_, true))) {
                limits.logins.give_back(&from, 1);
            }
            attempt
        }
        Err(retry_after_s) => Ok((Attempt::Limited(retry_after_s), false)),
    };
    if easy && !matches!(attempt, Ok((_, true))) {
        limits.easy_logins.give_back(&from, 1);
    }
    attempt.map(|(attempt, _)| attempt)
}

/// The try itself, and whether a password was wrong. `easy`: nothing but the name can ask for a
/// captcha.
async fn attempt_counted(
    state: &AppState,
    form: &LoginForm,
    (name, login_hash): (&LoginName, &String),
    (from, easy): (IpAddr, bool),
) -> PageResult<(Attempt, bool)> {
    let now_ms = state.now_ms();
    if !easy || name_wants_captcha(state, login_hash).await? {
        let answer = captchas::spend(state, from, &form.captcha_id, &form.captcha).await?;
        if let Err(fault) = answer {
            return Ok((Attempt::Captcha(fault.zh()), false));
        }
    }
    let accounts = &state.config.accounts;
    let this = store::count_try(&state.db, accounts, login_hash, now_ms).await?;
    if this == Try::Refused {
        return Ok((Attempt::Locked, false));
    }
    let row = store::find_login(&state.db, name).await?;
    let stored = row.as_ref().map(|row| row.password_hash.clone());
    let fits = state.hasher.verify(form.password.clone(), stored).await?;
    match row {
        Some(row) if fits && row.status == "active" => {
            store::note_login(&state.db, row.id, login_hash, now_ms).await?;
            Ok((Attempt::Good(row.id, row.kind), false))
        }
        _ => Ok((failed(state, login_hash, this).await?, true)),
    }
}

async fn failed(state: &AppState, login_hash: &String, this: Try) -> PageResult<Attempt> {
    let now_ms = state.now_ms();
    if this != Try::Last {
        return Ok(Attempt::Wrong);
    }
    audit::Entry::system("login.locked", "login", login_hash)
        .write(&state.db, now_ms)
        .await?;
    Ok(Attempt::Locked)
}

/// Does the next try with this name, or from this address, need a captcha? Names that are none
/// do not count.
async fn wants_captcha(state: &AppState, login: &str, from: IpAddr) -> PageResult<bool> {
    let now_ms = state.now_ms();
    if state.limits.easy_logins.check(&from, now_ms).is_err() {
        return Ok(true);
    }
    let Some(name) = LoginName::parse(login) else {
        return Ok(false);
    };
    name_wants_captcha(state, &sessions::sha256(name.as_str())).await
}

async fn name_wants_captcha(state: &AppState, login_hash: &str) -> PageResult<bool> {
    let failures = store::failures(&state.db, login_hash, state.now_ms()).await?;
    Ok(failures.count >= i64::from(state.config.accounts.captcha_after))
}
