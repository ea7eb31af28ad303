//! 情况二: a company that nobody has registered, and its first administrator (A16–A18).

use std::net::SocketAddr;

use axum::Form;
use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use axum::response::Response;
use base::db::{JsonText, is_unique_violation};

use super::applicant::Applicant;
use super::pages::{AccountPage, Branch, Draft, find};
use super::proof;
use crate::accounts::{self, Session};
use crate::agreements::rules::{CERTIFICATION, PRIVACY, USER};
use crate::audit;
use crate::companies::certifications::{self, Certification};
use crate::companies::fields::Fields;
use crate::companies::members::store as members;
use crate::companies::outward::Upload;
use crate::companies::rules::{self, CertificationData};
use crate::companies::{joins, person, store};
use crate::files::Purpose;
use crate::ids::{AccountId, CertificationId, CompanyId, SchoolId};
use crate::reviews::{Inbox, Kind, NewReview, store as reviews};
use crate::state::AppState;
use crate::web::{FormErrors, PageResult};

/// Beside the mobile number, once the code has shown that it is his.
pub(super) const MOBILE_TAKEN: &str = "该手机号已注册，请直接登录，或换一个手机号";
/// Beside an upload that was swept, or used for something else.
pub(super) const UPLOAD_GONE: &str = "上传的文件已失效，请重新上传";

/// What a good form asks for.
struct Registration<'a> {
    applicant: Applicant<'a>,
    data: CertificationData,
    licence: Upload,
    letter: Upload,
    schools: Vec<SchoolId>,
    source: Option<SchoolId>,
}

/// Why a good form did not become a company.
enum Lost {
    /// Somebody else registered it meanwhile.
    Company,
    /// A field's fault that only the database knows.
    Field(&'static str, &'static str),
}

/// `POST /register/company/certify`
pub(super) async fn submit(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    session: Option<axum::Extension<Session>>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> PageResult<Response> {
    let mut page = AccountPage::new(&state, &fields, Branch::Certify).await?;
    page.csrf = session
        .map(|session| session.csrf.clone())
        .unwrap_or_default();
    let mut errors = FormErrors::default();
    let mut data = rules::check_identity(&fields, &page.choices, &mut errors);
    data.contact = rules::check_contact(&fields, &mut errors);
    let licence = Upload::read(&state, fields.text("licence"), Purpose::Licence);
    if licence.is_none() {
        errors.add("licence", "请上传营业执照");
    }
    let letter = Upload::read(&state, fields.text("letter"), Purpose::Letter);
    if letter.is_none() {
        errors.add("letter", "请上传盖章的授权书");
    }
    let own = (data.name.as_str(), data.code.as_str());
    let (person, password) = person::check(&fields, own, &mut errors);
    if !page.agreed {
        errors.add("agree", "请阅读并同意这些协议");
    }
    let (Some(licence), Some(letter), true) = (licence, letter, errors.is_empty()) else {
        return page.refused(errors);
    };
    page.proof = proof::of_mobile(&state, &fields, &person.mobile, &mut errors).await?;
    if page.proof.is_none() {
        return page.refused(errors);
    }
    if let Some(known) = find(&state, &data).await? {
        page.branch = Branch::of(&known, &fields, true);
        return page.refused(errors);
    }
    let (schools, source) = picked(&state, &page.draft).await?;
    let registration = Registration {
        applicant: Applicant {
            agreements: &[USER, PRIVACY, CERTIFICATION],
            ..Applicant::new(&state, &person, password, (&headers, peer)).await?
        },
        data,
        licence,
        letter,
        schools,
        source,
    };
    match register(&state, &registration).await? {
        Ok(account) => accounts::enter(&state, account, &headers, "/register/company/done").await,
        Err(Lost::Field(name, text)) => page.refused(FormErrors::one(name, text)),
        Err(Lost::Company) => {
            if let Some(known) = find(&state, &registration.data).await? {
                page.branch = Branch::of(&known, &fields, true);
            }
            page.refused(FormErrors::default())
        }
    }
}

/// The schools of a draft, and the one at whose site it began.
async fn picked(
    state: &AppState,
    draft: &Draft,
) -> Result<(Vec<SchoolId>, Option<SchoolId>), sqlx::Error> {
    let schools = store::schools(&state.db).await?;
    let id_of = |code: &String| schools.iter().find(|s| s.code == *code).map(|s| s.id);
    let picked = draft.schools.iter().filter_map(id_of).collect();
    Ok((picked, id_of(&draft.source)))
}

/// Company, account and what is handed in, all or nothing.
async fn register(
    state: &AppState,
    registration: &Registration<'_>,
) -> Result<Result<AccountId, Lost>, sqlx::Error> {
    let now_ms = state.now_ms();
    let (company, id) = (CompanyId::new(), CertificationId::new());
    let mut data = registration.data.clone();
    let mut tx = state.db.begin().await?;
    // The unique indexes decide between two who register the same company at the same moment.
    match store::register(&mut tx, company, &data, registration.source, now_ms).await {
        Err(error) if is_unique_violation(&error) => return Ok(Err(Lost::Company)),
        done => done?,
    }
    let account = match registration.applicant.add(&mut tx, now_ms).await {
        Err(error) if is_unique_violation(&error) => {
            return Ok(Err(Lost::Field("mobile", MOBILE_TAKEN)));
        }
        added => added?,
    };
    let subject = id.to_string();
    let to = ("certification", subject.as_str());
    let (licence, letter) = (registration.licence, registration.letter);
    data.licence = licence.attach(&mut tx, to, None, now_ms).await?;
    data.letter = letter.attach(&mut tx, to, None, now_ms).await?;
    for (field, file) in [("licence", data.licence), ("letter", data.letter)] {
        if file.is_none() {
            return Ok(Err(Lost::Field(field, UPLOAD_GONE)));
        }
    }
    let place = members::NewPlace {
        account,
        company,
        admin: true,
        approved: true,
        may_pay: true,
    };
    members::add(&mut tx, &place, now_ms).await?;
    for school in &registration.schools {
        joins::pick(&mut tx, company, *school, now_ms).await?;
    }
    let review = NewReview {
        kind: Kind::Company,
        subject: subject.clone(),
        inbox: Inbox::Platform,
        company: Some(company),
        title: data.name.clone(),
        flags: data.flags(),
        by: account,
    };
    let certification = Certification {
        id,
        company_id: company,
        kind: "first".to_owned(),
        data: JsonText(data),
        status: "submitted".to_owned(),
        submitted_by: account,
        created_ms: now_ms,
    };
    certifications::add(&mut tx, &certification, now_ms).await?;
    reviews::submit(&mut tx, &review, now_ms).await?;
    audit::Entry::by(account, "company.register", "company", &company)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Ok(account))
}
