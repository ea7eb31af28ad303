//! `POST /login/code`: by mobile number and a code on the telephone.

use std::net::SocketAddr;

use axum::Form;
use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use axum::response::Response;
use formats::Fault;
use formats::phone::Mobile;
use serde::Deserialize;

use super::page::{Before, LoginPage, Way};
use crate::accounts::codes::{self, CodePurpose};
use crate::accounts::{enter::enter, own, rules, sessions, store};
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
    let now_ms = state.now_ms();
    let way = Way::Code.as_str();
    if let Err(retry_after_s) = state.limits.logins.check(&from, now_ms) {
        state.access.login(way, "limited");
        return Err(PageError::TooMany { retry_after_s });
    }
    let errors = match Mobile::parse(&form.mobile) {
        Err(fault) => FormErrors::one("mobile", fault.zh()),
        Ok(mobile) => {
            let mobile = mobile.as_str();
            match codes::spend(&state, mobile, CodePurpose::Login, &form.sms_code).await? {
                Err(fault) => {
                    state.limits.logins.count(&from, 1, now_ms);
                    FormErrors::one("sms_code", fault.zh())
                }
                Ok(()) => match own::by_mobile(&state.db, mobile).await? {
                    Some(row) if row.status == "active" => {
                        let hash = sessions::sha256(mobile);
                        store::note_login(&state.db, row.id, &hash, now_ms).await?;
                        state.access.login(way, "good");
                        let path =
                            rules::way_back(&form.next).unwrap_or(rules::home_path(row.kind));
                        return enter(&state, row.id, &headers, path).await;
                    }
                    // The code was proven, so this tells its own owner only.
                    _ => FormErrors::one("mobile", "这个手机号没有可用的账号"),
                },
            }
        }
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
