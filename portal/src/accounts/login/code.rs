//! `POST /login/code`: by mobile number and a code on the telephone.

use std::net::{IpAddr, SocketAddr};

use axum::Form;
use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use axum::response::Response;
use formats::Fault;
use formats::phone::Mobile;
use serde::Deserialize;

use super::page::{Before, LoginPage, Way};
use crate::accounts::codes::{self, CodePurpose};
use crate::accounts::store::{self, LoginRow};
use crate::accounts::{enter::enter, own, rules, sessions};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult, address};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::accounts) struct CodeForm {
    mobile: String,
    sms_code: String,
    next: String,
    school: String,
}

/// `POST /login/code`
pub(in crate::accounts) async fn login(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<CodeForm>,
) -> PageResult<Response> {
    let from = address::client(&headers, peer, &state.config.http.proxies);
    let way = Way::Code.as_str();
    let errors = match prove(&state, from, &form).await? {
        Ok(row) => {
            state.access.login(way, "good");
            let path = rules::way_back(&form.next).unwrap_or(rules::home_path(row.kind));
            return enter(&state, row.id, &headers, path).await;
        }
        Err(errors) => errors,
    };
    state.access.login(way, "wrong");
    let before = Before {
        next: form.next,
        school: form.school,
    };
    let mut page = LoginPage::of(&state, Way::Code, &before).await?;
    page.login = form.mobile;
    page.errors = errors;
    page.refused()
}

/// Whose number it is, once the code has shown that.
async fn prove(
    state: &AppState,
    from: IpAddr,
    form: &CodeForm,
) -> PageResult<Result<LoginRow, FormErrors>> {
    let mobile = match Mobile::parse(&form.mobile) {
        Err(fault) => return Ok(Err(FormErrors::one("mobile", fault.zh()))),
        Ok(mobile) => mobile,
    };
    let mobile = mobile.as_str();
    let shown = (mobile, CodePurpose::Login);
    match codes::spend_from(state, from, shown, &form.sms_code).await {
        Err(limited @ PageError::TooMany { .. }) => {
            state.access.login(Way::Code.as_str(), "limited");
            return Err(limited);
        }
        Err(error) => return Err(error),
        Ok(Err(fault)) => return Ok(Err(FormErrors::one("sms_code", fault.zh()))),
        Ok(Ok(())) => {}
    }
    match own::by_mobile(&state.db, mobile).await? {
        Some(row) if row.status == "active" => {
            let hash = sessions::sha256(mobile);
            store::note_login(&state.db, row.id, &hash, state.now_ms()).await?;
            Ok(Ok(row))
        }
        // The code was proven, so this tells its own owner only.
        _ => Ok(Err(FormErrors::one("mobile", "这个手机号没有可用的账号"))),
    }
}
