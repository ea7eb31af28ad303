//! `/account/mobile`: another mobile number, which is the login name. It takes the password and a
//! code at the new number; the old one is told, and all other sessions end.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use base::db::is_unique_violation;
use formats::Fault;
use formats::phone::Mobile;
use formats::text::masked_mobile;
use serde::Deserialize;
use serde_json::json;

use super::codes::{self, CodeFault, CodePurpose};
use super::enter::enter;
use super::extract::SignedIn;
use super::own::{self, Own};
use super::sessions::{self, Session};
use super::{captchas, pages, password, texts};
use crate::audit;
use crate::layout::{Chrome, chrome_of};
use crate::notifications::channel::Channel;
use crate::notifications::events::Event;
use crate::notifications::{self, Notice};
use crate::state::AppState;
use crate::web::{FormErrors, PageResult};

/// How long it is of use to tell the old number, ms.
const TOLD_MS: i64 = 24 * 3_600_000;

/// `/account/mobile`
#[derive(Debug, Template)]
#[template(path = "account-mobile.html")]
pub struct MobilePage {
    /// The frame.
    pub chrome: Chrome,
    /// The number now, partly hidden; empty: none.
    pub now: String,
    /// What stands at the new number.
    pub mobile: String,
    /// What was wrong.
    pub errors: FormErrors,
    /// Id of the captcha.
    pub captcha: String,
    /// It was changed just now.
    pub done: bool,
}

impl MobilePage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: pages::chrome_sample("/account/mobile"),
            now: "138****0001".to_owned(),
            mobile: "13900000077".to_owned(),
            errors: FormErrors::one("sms_code", "验证码不对"),
            captcha: "0".repeat(32),
            done: true,
        }
    }

    async fn of(state: &AppState, session: &Session, own: &Own) -> PageResult<Self> {
        Ok(Self {
            chrome: chrome_of(state, session, "更换手机", "/account/mobile").await?,
            now: own.mobile.as_deref().map(masked_mobile).unwrap_or_default(),
            mobile: String::new(),
            errors: FormErrors::default(),
            captcha: captchas::fresh(state).to_string(),
            done: false,
        })
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    done: String,
}

/// `GET /account/mobile`
pub(super) async fn page(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let own = own::of(&state, session.account.id).await?;
    let mut page = MobilePage::of(&state, &session, &own).await?;
    page.done = !asked.done.is_empty();
    Ok(Html(page.render()?))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct MobileForm {
    mobile: String,
    password: String,
    sms_code: String,
}

/// `POST /account/mobile`
pub(super) async fn change(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    headers: HeaderMap,
    Form(form): Form<MobileForm>,
) -> PageResult<Response> {
    let own = own::of(&state, session.account.id).await?;
    let checked = check(&state, &own, &form).await?;
    let saved = match checked {
        Ok(mobile) => save(&state, &own, &mobile).await?,
        Err(errors) => Err(errors),
    };
    match saved {
        // This browser goes on, with a session of its own that begins now.
        Ok(()) => enter(&state, own.id, &headers, "/account/mobile?done=1").await,
        Err(errors) => {
            let mut page = MobilePage::of(&state, &session, &own).await?;
            page.mobile = form.mobile;
            page.errors = errors;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
        }
    }
}

/// The new number, if all is as it must be. The code comes last: each look at it is a try.
async fn check(
    state: &AppState,
    own: &Own,
    form: &MobileForm,
) -> PageResult<Result<String, FormErrors>> {
    let mut errors = FormErrors::default();
    let mobile = match Mobile::parse(&form.mobile) {
        Ok(mobile) if own.mobile.as_deref() == Some(mobile.as_str()) => {
            errors.add("mobile", "这就是现在的手机号");
            None
        }
        Ok(mobile) => Some(mobile),
        Err(fault) => {
            errors.add("mobile", fault.zh());
            None
        }
    };
    let Some(mobile) = mobile else {
        return Ok(Err(errors));
    };
    if let Err(text) = password::is_own(state, own, &form.password).await? {
        errors.add("password", text);
        return Ok(Err(errors));
    }
    let mobile = mobile.as_str();
    let spent = codes::spend(state, mobile, CodePurpose::Mobile, &form.sms_code).await?;
    if let Err(fault) = spent {
        errors.add("sms_code", fault.zh());
        return Ok(Err(errors));
    }
    Ok(Ok(mobile.to_owned()))
}

/// Changes it. Whoever has the number already got no code; should he have come by it between the
/// code and now, the database says so.
async fn save(state: &AppState, own: &Own, mobile: &str) -> PageResult<Result<(), FormErrors>> {
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    match own::set_mobile(&mut tx, own.id, mobile).await {
        Ok(()) => {}
        Err(error) if is_unique_violation(&error) => {
            return Ok(Err(FormErrors::one("sms_code", CodeFault::Gone.zh())));
        }
        Err(error) => return Err(error.into()),
    }
    sessions::end_all_in(&mut tx, own.id).await?;
    let args = json!({ "mobile": masked_mobile(mobile), "time": texts::moment(now_ms) });
    if let Some(old) = &own.mobile {
        let until_ms = now_ms + TOLD_MS;
        let to = (Channel::Sms, old.as_str());
        notifications::enqueue_to(&mut tx, Event::MobileChanged, to, &args, (now_ms, until_ms))
            .await?;
    }
    let notice = Notice {
        event: Event::MobileChanged,
        to: own.id,
        args,
        link: "/account/devices".to_owned(),
        dedupe: None,
    };
    notifications::enqueue(&mut tx, &notice, now_ms).await?;
    audit::Entry::by(own.id, "account.mobile", "account", &own.id)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Ok(()))
}
