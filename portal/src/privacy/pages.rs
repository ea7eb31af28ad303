//! `/privacy`: the privacy centre.

use std::net::SocketAddr;

use askama::Template;
use axum::Form;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{Html, Redirect};
use serde::Deserialize;

use super::consents::{self, Consent, Counts, Standing};
use super::rules::Purpose;
use crate::accounts::proof::Proof;
use crate::accounts::{AccountKind, Session, SignedIn, Student};
use crate::ids::{CompanyId, ConsentId};
use crate::layout::{Chrome, Paging, StudentTab, Viewer, chrome_of, moment};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult, address};
use crate::{agreements, audit};

const HERE: &str = "/privacy";
/// Consents on a page.
const PER_PAGE: i64 = 20;

/// A consent as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// The company.
    pub company: String,
    /// Its id, for giving another consent.
    pub company_id: String,
    /// What for.
    pub purpose: &'static str,
    /// Text, version, time.
    pub given: String,
    /// The address of the text.
    pub text: String,
    /// When it ended; empty: it holds.
    pub ended: String,
    /// The company sees the résumé and not the contact data: those can be added.
    pub may_add_contact: bool,
}

/// An accepted agreement as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Title and version.
    pub title: String,
    /// Its address.
    pub href: String,
    /// When.
    pub when: String,
}

/// The privacy centre.
#[derive(Debug, Template)]
#[template(path = "privacy.html")]
pub struct PrivacyPage {
    /// The frame.
    pub chrome: Chrome,
    /// Students have consents, a résumé and shields.
    pub student: bool,
    /// How many consents hold, and how many are over.
    pub counts: Counts,
    /// Those that are over are shown instead of those that hold.
    pub ended: bool,
    /// A page of them.
    pub consents: Vec<Row>,
    /// The other pages.
    pub paging: Paging,
    /// What was accepted.
    pub accepted: Vec<Accepted>,
    /// Exports that are allowed in a day.
    pub exports_a_day: u32,
    /// What an export asks for.
    pub proof: Proof,
    /// What was wrong with an export.
    pub errors: FormErrors,
}

fn row(one: &Consent) -> Row {
    Row {
        id: one.id.to_string(),
        company: one
            .company
            .as_ref()
            .or(one.fair.as_ref())
            .cloned()
            .unwrap_or_default(),
        company_id: one.company_id.map(|id| id.to_string()).unwrap_or_default(),
        purpose: one.purpose.zh(),
        given: format!(
            "{} 同意，依据隐私政策第 {} 版",
            moment(one.given_ms),
            one.text_version
        ),
        text: format!("/agreements/{}?version={}", one.text_code, one.text_version),
        ended: one.withdrawn_ms.map(moment).unwrap_or_default(),
        may_add_contact: one.purpose == Purpose::Resume
            && one.withdrawn_ms.is_none()
            && one.contacts == 0,
    }
}

impl PrivacyPage {
    /// Sample data for the test that renders every page: what holds, and what is over.
    pub fn samples() -> [Self; 2] {
        [false, true].map(Self::sample)
    }

    fn sample(ended: bool) -> Self {
        let row = |company: &str, ended: &str| Row {
            id: "018f".to_owned(),
            company: company.to_owned(),
            company_id: "018f".to_owned(),
            purpose: "查看简历",
            given: "2026-11-22 09:14 同意，依据隐私政策第 1 版".to_owned(),
            text: "/agreements/privacy?version=1".to_owned(),
            ended: ended.to_owned(),
            may_add_contact: ended.is_empty(),
        };
        let chrome = Chrome::student(Viewer::sample(), "隐私中心", StudentTab::Other, None);
        Self {
            chrome,
            student: true,
            counts: Counts {
                running: 42,
                over: 1,
            },
            ended,
            consents: if ended {
                vec![row("禾木生物（示例）", "2026-11-23 10:00")]
            } else {
                vec![
                    row("澄源半导体（示例）有限公司", ""),
                    row("远航智能装备（示例）股份有限公司长沙分公司", ""),
                ]
            },
            paging: paging(ended, 2, if ended { 1 } else { 42 }),
            accepted: vec![Accepted {
                title: "隐私政策 第 1 版".to_owned(),
                href: "/agreements/privacy?version=1".to_owned(),
                when: "2026-11-22 08:00".to_owned(),
            }],
            exports_a_day: 5,
            proof: Proof::Code {
                mobile: "138****0001".to_owned(),
                captcha: "0".repeat(32),
            },
            errors: FormErrors::one("sms_code", "验证码不对"),
        }
    }
}

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// `1`: consents that are over.
    ended: String,
    /// Which page of them.
    page: String,
}

fn paging(ended: bool, page: i64, total: i64) -> Paging {
    let ended = if ended { "1" } else { "" };
    Paging::new(HERE, &[("ended", ended)], page, (total, PER_PAGE))
}

/// `GET /privacy`. What a student agreed to in the live fair is written down first.
pub(super) async fn show(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    page(&state, &session, &asked, FormErrors::default()).await
}

/// The page. `errors`: what was wrong with an export.
pub(super) async fn page(
    state: &AppState,
    session: &Session,
    asked: &Asked,
    errors: FormErrors,
) -> PageResult<Html<String>> {
    let me = session.account.id;
    let student = session.account.kind == AccountKind::Student;
    if student {
        let mut tx = state.db.begin().await?;
        let given = consents::record_entries(&mut tx, me).await?;
        tx.commit().await?;
        let counter = &state.privacy.consents;
        counter.with_label_values(&["given"]).inc_by(given);
    }
    let ended = asked.ended == "1";
    let standing = if ended {
        Standing::Over
    } else {
        Standing::Running
    };
    let counts = consents::count(&state.db, me).await?;
    let paging = paging(ended, asked.page.parse().unwrap_or(1), counts.of(standing));
    let slice = (PER_PAGE, paging.offset(PER_PAGE));
    let consents = consents::of(&state.db, me, standing, slice).await?;
    let accepted = agreements::store::accepted_by(&state.db, me).await?;
    let page = PrivacyPage {
        chrome: chrome_of(state, session, "隐私中心", HERE).await?,
        student,
        counts,
        ended,
        consents: consents.iter().map(row).collect(),
        paging,
        accepted: accepted
            .iter()
            .map(|one| Accepted {
                title: format!("{} 第 {} 版", one.title, one.version),
                href: format!("/agreements/{}?version={}", one.code, one.version),
                when: moment(one.accepted_ms),
            })
            .collect(),
        exports_a_day: state.config.privacy.exports_a_day,
        proof: Proof::of(state, me).await?,
        errors,
    };
    Ok(Html(page.render()?))
}

/// `POST /privacy/consents/{consent}/withdraw`: hides at once.
pub(super) async fn withdraw(
    State(state): State<AppState>,
    student: Student,
    Path(consent): Path<ConsentId>,
) -> PageResult<Redirect> {
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    let ended = consents::withdraw(&mut tx, student.id, consent, now_ms).await?;
    let (company, purpose) = ended.ok_or(PageError::NotFound)?;
    audit::Entry::by(student.id, "consent.withdraw", "consent", &consent)
        .with(serde_json::json!({ "company": company, "purpose": purpose.as_str() }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    let counter = &state.privacy.consents;
    counter.with_label_values(&["withdrawn"]).inc();
    Ok(Redirect::to(HERE))
}

/// Which company may see contact data.
#[derive(Debug, Deserialize)]
pub(super) struct ContactForm {
    company: CompanyId,
}

/// `POST /privacy/consents/contact`: a company that sees the résumé sees contact data, too.
pub(super) async fn give_contact(
    State(state): State<AppState>,
    student: Student,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<ContactForm>,
) -> PageResult<Redirect> {
    let now_ms = state.now_ms();
    let from = address::client(&headers, peer, &state.config.http.proxies);
    if !consents::holds(&state.db, student.id, form.company, Purpose::Resume).await? {
        return Err(PageError::NotFound);
    }
    let mut tx = state.db.begin().await?;
    let what = (form.company, Purpose::Contact);
    if consents::give(&mut tx, student.id, what, from, now_ms).await? {
        audit::Entry::by(student.id, "consent.give", "company", &form.company)
            .with(serde_json::json!({ "purpose": Purpose::Contact.as_str() }))
            .write_in(&mut tx, now_ms)
            .await?;
        state.privacy.consents.with_label_values(&["given"]).inc();
    }
    tx.commit().await?;
    Ok(Redirect::to(HERE))
}
