//! A guest comes in: by his link, his mobile number and a code.

use std::net::SocketAddr;

use askama::Template;
use axum::Form;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use formats::phone::Mobile;

use super::read_token;
use super::store::{self, Guest};
use crate::accounts::codes::{self, CodePurpose};
use crate::accounts::{self, Session, captchas};
use crate::companies::fields::Fields;
use crate::state::AppState;
use crate::video_fairs::rules::beijing;
use crate::web::{FormErrors, PageError, PageResult, address};

/// Beside the code, whatever is wrong with it or with the number.
const WRONG: &str = "手机号或验证码不对，或验证码已失效，请核对后重新获取";

/// `/guest/{token}`
#[derive(Debug, Template)]
#[template(path = "company/guest.html")]
pub struct GuestPage {
    /// The session's forgery token, if someone is signed in.
    pub csrf: String,
    /// The link's token.
    pub token: String,
    /// Who invites.
    pub company: String,
    /// To which fair.
    pub fair: String,
    /// When it is.
    pub when: String,
    /// The fair is over: nobody comes in any more.
    pub over: bool,
    /// 手机号, as typed.
    pub mobile: String,
    /// The picture with digits.
    pub captcha_id: String,
    /// What is wrong.
    pub errors: FormErrors,
}

impl GuestPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            csrf: String::new(),
            token: "1.2.3".to_owned(),
            company: "澄源半导体（示例）".to_owned(),
            fair: "2027 届秋季视频双选会".to_owned(),
            when: "11-22 09:00 – 11-22 17:00".to_owned(),
            over: false,
            mobile: "13800138000".to_owned(),
            captcha_id: "018f0000-0000-7000-8000-000000000030".to_owned(),
            errors: FormErrors::one("sms_code", "验证码不对"),
        }
    }
}

async fn find(state: &AppState, token: &str) -> PageResult<Guest> {
    let (account, fair) = read_token(&state.signer, token).ok_or(PageError::NotFound)?;
    store::guest(&state.db, account, fair)
        .await?
        .ok_or(PageError::NotFound)
}

fn build(state: &AppState, token: String, guest: &Guest) -> GuestPage {
    GuestPage {
        csrf: String::new(),
        token,
        company: guest.company.clone(),
        fair: guest.fair.clone(),
        when: format!("{} – {}", beijing(guest.starts_ms), beijing(guest.ends_ms)),
        over: guest
            .guest_until_ms
            .is_some_and(|until_ms| until_ms <= state.now_ms()),
        mobile: String::new(),
        captcha_id: captchas::fresh(state).to_string(),
        errors: FormErrors::default(),
    }
}

/// `GET /guest/{token}`
pub(super) async fn page(
    State(state): State<AppState>,
    session: Option<axum::Extension<Session>>,
    Path(token): Path<String>,
) -> PageResult<Html<String>> {
    let guest = find(&state, &token).await?;
    let mut page = build(&state, token, &guest);
    page.csrf = session
        .map(|session| session.csrf.clone())
        .unwrap_or_default();
    Ok(Html(page.render()?))
}

/// `POST /guest/{token}`
pub(super) async fn submit(
    State(state): State<AppState>,
    session: Option<axum::Extension<Session>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(token): Path<String>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> PageResult<Response> {
    let from = address::client(&headers, peer, &state.config.http.proxies);
    let guest = find(&state, &token).await?;
    let mut page = build(&state, token, &guest);
    page.csrf = session
        .map(|session| session.csrf.clone())
        .unwrap_or_default();
    if page.over {
        return Err(PageError::Conflict("这场双选会已经结束，邀请已失效。"));
    }
    page.mobile = fields.own("mobile");
    // Whoever found the link must know the number too, and does not learn here whether he does:
    // whatever is wrong with number or code, the answer is the same.
    let mobile = Mobile::parse(&page.mobile).map(|mobile| mobile.as_str().to_owned());
    let known = mobile.is_ok_and(|mobile| mobile == guest.mobile);
    let code = fields.text("sms_code");
    let good = known
        && codes::spend_from(&state, from, (&guest.mobile, CodePurpose::Guest), code)
            .await?
            .is_ok();
    if !good {
        page.errors.add("sms_code", WRONG);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
    }
    accounts::enter(&state, guest.id, &headers, "/booths").await
}
