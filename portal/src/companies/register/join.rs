//! 情况一: the company is known; somebody asks to join it, or to become its administrator (A7, A8,
//! A12).

use std::net::SocketAddr;

use axum::Form;
use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use base::db::is_unique_violation;

use super::applicant::Applicant;
use super::certify::{MOBILE_TAKEN, UPLOAD_GONE};
use super::pages::{AccountPage, Branch, find};
use super::proof;
use crate::accounts::{self, Session};
use crate::audit;
use crate::companies::application::{self, Asked, Lost};
use crate::companies::fields::Fields;
use crate::companies::members::store as members;
use crate::companies::outward::Upload;
use crate::companies::rules::{self, CertificationData};
use crate::companies::{person, store::Known};
use crate::files::Purpose;
use crate::ids::AccountId;
use crate::state::AppState;
use crate::web::{FormErrors, PageResult};

/// `POST /register/company/join`
pub(super) async fn submit(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    session: Option<axum::Extension<Session>>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> PageResult<Response> {
    let mut errors = FormErrors::default();
    let (name, code) = rules::check_name_and_code(&fields, &mut errors);
    let data = CertificationData {
        name,
        code,
        ..CertificationData::default()
    };
    let known = match errors.is_empty() {
        true => find(&state, &data).await?,
        false => None,
    };
    let Some(known) = known else {
        // Its address was made up, or the company is gone: begin again.
        return Ok(Redirect::to("/register/company").into_response());
    };
    let mut page = AccountPage::new(&state, &fields, Branch::of(&known, &fields, false)).await?;
    page.csrf = session
        .map(|session| session.csrf.clone())
        .unwrap_or_default();
    let Branch::Join { claim, .. } = page.branch else {
        return page.refused(errors);
    };
    let own = (known.name.as_str(), known.code.as_str());
    let (person, password) = person::check(&fields, own, &mut errors);
    let letter = Upload::read(&state, fields.text("letter"), Purpose::Letter);
    if claim && letter.is_none() {
        errors.add("letter", "请上传盖章的授权书");
    }
    if !page.agreed {
        errors.add("agree", "请阅读并同意这些协议");
    }
    if !errors.is_empty() {
        return page.refused(errors);
    }
    page.proof = proof::of_mobile(&state, &fields, &person.mobile, &mut errors).await?;
    if page.proof.is_none() {
        return page.refused(errors);
    }
    let applicant = Applicant::new(&state, &person, password, (&headers, peer)).await?;
    let letter = letter.filter(|_| claim);
    match register(&state, &applicant, &known, letter).await? {
        Ok(account) => accounts::enter(&state, account, &headers, "/register/company/done").await,
        Err((field, text)) => page.refused(FormErrors::one(field, text)),
    }
}

/// Account, place and request, all or nothing. `Err` inside: a field and what is wrong with it.
async fn register(
    state: &AppState,
    applicant: &Applicant<'_>,
    known: &Known,
    letter: Option<Upload>,
) -> Result<Result<AccountId, (&'static str, &'static str)>, sqlx::Error> {
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    let account = match applicant.add(&mut tx, now_ms).await {
        Err(error) if is_unique_violation(&error) => return Ok(Err(("mobile", MOBILE_TAKEN))),
        added => added?,
    };
    let place = members::NewPlace {
        account,
        company: known.id,
        admin: false,
        approved: false,
        may_pay: false,
    };
    members::add(&mut tx, &place, now_ms).await?;
    let asked = Asked {
        account,
        company: known.id,
        company_name: known.name.clone(),
        certified: known.status == "certified",
        name: applicant.person.name.clone(),
        department: applicant.person.department.clone(),
    };
    let handed_in = match letter {
        Some(letter) => application::claim(&mut tx, &asked, letter, now_ms).await?,
        None => application::join(&mut tx, &asked, now_ms).await?,
    };
    match handed_in {
        Ok(()) => {}
        Err(Lost::Upload) => return Ok(Err(("letter", UPLOAD_GONE))),
        Err(Lost::Busy(text)) => return Ok(Err(("kind", text))),
    }
    audit::Entry::by(account, "account.register", "company", &known.id)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Ok(account))
}
