//! Registering: by the roster, or by hand.

use std::net::{IpAddr, SocketAddr};

use askama::Template;
use axum::Form;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use base::db::is_unique_violation;

use super::super::facts::same_name;
use super::super::identity;
use super::super::verified::IDENTITY;
use super::form::{ClaimText, Person, RegisterForm};
use super::limits::Limited;
use super::pages::RegisterPage;
use super::store;
use crate::accounts::codes::proof;
use crate::accounts::enter;
use crate::audit;
use crate::ids::AccountId;
use crate::schools::store::School;
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult, address};

/// Number and name do not go together. It says no more: neither whether the number is there, nor
/// whose it is.
const MISMATCH: &str = "学号与姓名不匹配，请核对后再试";
const CLAIMED: &str = "这个学号已经注册过";
const MOBILE_TAKEN: &str = "这个手机号已有账号，请直接登录，或用“忘记密码”找回";

/// Who asks, from where.
struct Applicant {
    from: IpAddr,
    headers: HeaderMap,
}

/// How a try ended, when nobody was registered.
enum Refusal {
    /// Faults beside the fields.
    Fields(FormErrors),
    /// The roster does not know this number with this name.
    Mismatch,
    /// The number has an account.
    Claimed,
    /// Anything else.
    Other(PageError),
}

impl<E: Into<PageError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

fn field(name: &'static str, text: &str) -> Refusal {
    Refusal::Fields(FormErrors::one(name, text))
}

/// `POST /register/student`
pub(super) async fn by_roster(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<RegisterForm>,
) -> PageResult<Response> {
    let from = address::client(&headers, peer, &state.config.http.proxies);
    register(&state, Applicant { from, headers }, form, false).await
}

/// `POST /register/student/manual`
pub(super) async fn by_hand(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<RegisterForm>,
) -> PageResult<Response> {
    if !form.go_on.is_empty() {
        return lead_on(&state, form).await;
    }
    let from = address::client(&headers, peer, &state.config.http.proxies);
    register(&state, Applicant { from, headers }, form, true).await
}

/// The form by hand with what was typed so far.
async fn lead_on(state: &AppState, form: RegisterForm) -> PageResult<Response> {
    let mobile = form.person(&mut FormErrors::default()).mobile;
    let proved = is_proved(state, &form, &mobile);
    let page = RegisterPage::load(state, form.shown(), true).await?;
    Ok(Html(RegisterPage { proved, ..page }.render()?).into_response())
}

async fn register(
    state: &AppState,
    applicant: Applicant,
    mut form: RegisterForm,
    manual: bool,
) -> PageResult<Response> {
    let refusal = match attempt(state, &applicant, &mut form, manual).await {
        Ok((account, path)) => {
            return enter(state, account, &applicant.headers, path).await;
        }
        Err(Refusal::Other(error)) => return Err(error),
        Err(refusal) => refusal,
    };
    let mobile = form.person(&mut FormErrors::default()).mobile;
    let proved = is_proved(state, &form, &mobile);
    let mut page = RegisterPage::load(state, form.shown(), manual).await?;
    page.proved = proved;
    match refusal {
        Refusal::Fields(errors) => page.errors = errors,
        Refusal::Mismatch => {
            page.errors = FormErrors::one("student_no", MISMATCH);
            page.offer = true;
        }
        Refusal::Claimed => {
            page.errors = FormErrors::one("student_no", CLAIMED);
            page.claimed = true;
        }
        Refusal::Other(error) => return Err(error),
    }
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

/// Who is registered now, and where he goes on.
async fn attempt(
    state: &AppState,
    applicant: &Applicant,
    form: &mut RegisterForm,
    manual: bool,
) -> Result<(AccountId, &'static str), Refusal> {
    let mut errors = FormErrors::default();
    let person = form.person(&mut errors);
    let claim = if manual {
        form.claim(&mut errors)
    } else {
        None
    };
    let school = crate::schools::store::open(&state.db, &form.school).await?;
    if school.is_none() {
        errors.add("school", "请选择学校");
    }
    let Some(school) = school.filter(|_| errors.is_empty()) else {
        return Err(Refusal::Fields(errors));
    };
    limits(state, applicant, &person)?;
    prove(state, form, &person).await?;
    reserve(state, applicant, &person)?;
    let known = store::in_roster(&state.db, school.id, &person.student_no).await?;
    let fits = known.filter(|student| same_name(&student.name, &person.name));
    let outcomes = &state.students.registrations;
    match (fits, claim) {
        (Some(student), _) if student.claimed => {
            outcomes.with_label_values(&["claimed"]).inc();
            Err(Refusal::Claimed)
        }
        (Some(student), _) => {
            state.matches.give_back(&person.mobile, applicant.from);
            take(state, applicant, form, (&person, student.account_id)).await?;
            outcomes.with_label_values(&["good"]).inc();
            Ok((student.account_id, "/fairs"))
        }
        (None, Some(claim)) => {
            state.matches.give_back(&person.mobile, applicant.from);
            let account = ask(state, applicant, form, (&person, &school, &claim)).await?;
            outcomes.with_label_values(&["manual"]).inc();
            Ok((account, IDENTITY))
        }
        (None, None) => {
            outcomes.with_label_values(&["mismatch"]).inc();
            Err(Refusal::Mismatch)
        }
    }
}

/// Has this mobile number, or this address, had its tries?
fn limits(state: &AppState, applicant: &Applicant, person: &Person) -> Result<(), Refusal> {
    let now_ms = state.now_ms();
    let checked = state.matches.check(&person.mobile, applicant.from, now_ms);
    limited(state, checked)
}

/// Counts the try. It is given back if number and name fit, or nothing is compared.
fn reserve(state: &AppState, applicant: &Applicant, person: &Person) -> Result<(), Refusal> {
    let now_ms = state.now_ms();
    let reserved = state
        .matches
        .reserve(&person.mobile, applicant.from, now_ms);
    limited(state, reserved)
}

fn limited(state: &AppState, outcome: Result<(), Limited>) -> Result<(), Refusal> {
    let outcomes = &state.students.registrations;
    match outcome {
        Ok(()) => Ok(()),
        Err(Limited::Address(retry_after_s)) => {
            outcomes.with_label_values(&["address_limited"]).inc();
            Err(Refusal::Other(PageError::TooMany { retry_after_s }))
        }
        Err(Limited::Mobile) => {
            outcomes.with_label_values(&["mobile_limited"]).inc();
            let text = "这个手机号今天的尝试次数已用完，请明天再试，或联系学校就业指导中心";
            Err(field("student_no", text))
        }
    }
}

/// Is the mobile number his? A code that was good once is not asked for again for a while: whoever
/// mistyped his name need not wait for another SMS.
async fn prove(state: &AppState, form: &mut RegisterForm, person: &Person) -> Result<(), Refusal> {
    let mobile = &person.mobile;
    if !is_proved(state, form, mobile) && form.sms_code.trim().is_empty() {
        return Err(field("sms_code", "请填写手机验证码"));
    }
    let taken = proof::take(state, mobile, (&form.proof, &form.sms_code)).await?;
    form.proof = taken.map_err(|fault| field("sms_code", fault.zh()))?;
    Ok(())
}

/// Was this mobile number shown to be his a while ago?
fn is_proved(state: &AppState, form: &RegisterForm, mobile: &str) -> bool {
    proof::is_good(&state.signer, mobile, &form.proof, state.now_ms())
}

/// The account that waits in the roster becomes his.
async fn take(
    state: &AppState,
    applicant: &Applicant,
    form: &RegisterForm,
    (person, account): (&Person, AccountId),
) -> Result<(), Refusal> {
    let hash = state.hasher.hash(form.password.clone()).await?;
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    match store::claim(&mut tx, account, &person.mobile, &hash).await {
        Ok(true) => {}
        Ok(false) => return Err(Refusal::Claimed),
        Err(error) if is_unique_violation(&error) => return Err(field("mobile", MOBILE_TAKEN)),
        Err(error) => return Err(error.into()),
    }
    store::accept(&mut tx, account, applicant.from, now_ms).await?;
    audit::Entry::by(account, "student.register", "account", &account)
        .with(serde_json::json!({ "by": "roster" }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// A new account whose identity the school is asked about.
async fn ask(
    state: &AppState,
    applicant: &Applicant,
    form: &RegisterForm,
    (person, school, claim): (&Person, &School, &ClaimText),
) -> Result<AccountId, Refusal> {
    let hash = state.hasher.hash(form.password.clone()).await?;
    let now_ms = state.now_ms();
    let new = identity::NewClaimant {
        school: school.id,
        mobile: &person.mobile,
        password_hash: &hash,
        claim,
    };
    let mut tx = state.db.begin().await?;
    let account = match identity::add(&mut tx, &new, now_ms).await {
        Ok(account) => account,
        Err(error) if is_unique_violation(&error) => return Err(field("mobile", MOBILE_TAKEN)),
        Err(error) => return Err(error.into()),
    };
    store::accept(&mut tx, account, applicant.from, now_ms).await?;
    audit::Entry::by(account, "student.register", "account", &account)
        .with(serde_json::json!({ "by": "claim" }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(account)
}
