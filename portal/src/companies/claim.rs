//! 申请管理员 (A102): a member claims the company's administration with a stamped letter.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::application::{self, Asked, Lost};
use super::fields::Fields;
use super::outward::Upload;
use super::store;
use super::waiting::{self, Waiting};
use super::{claims, home::sample_viewer};
use crate::accounts::CompanyAccount;
use crate::audit;
use crate::files::{FileRef, Purpose};
use crate::layout::{Chrome, chrome_of};
use crate::reviews::Kind;
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// `/company/claim`
#[derive(Debug, Template)]
#[template(path = "company/claim.html")]
pub struct ClaimPage {
    /// The frame.
    pub chrome: Chrome,
    /// The reader is the administrator already.
    pub admin: bool,
    /// The administrator, as other members see him; empty: there is none.
    pub admin_name: String,
    /// His latest claim.
    pub waiting: Option<Waiting>,
    /// Reference and name of the letter.
    pub letter: (String, String),
    /// What is wrong.
    pub errors: FormErrors,
}

impl ClaimPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: Chrome::company(sample_viewer(), "申请管理员", "/company/claim"),
            admin: false,
            admin_name: "沈**".to_owned(),
            waiting: Some(Waiting {
                kind: Kind::AdminClaim,
                state: crate::reviews::State::Returned,
                reason: "公章不清晰，请重新拍照".to_owned(),
                ..Waiting::sample()
            }),
            letter: (String::new(), String::new()),
            errors: FormErrors::default(),
        }
    }

    /// The form can be sent: nothing waits.
    pub fn is_open(&self) -> bool {
        !self.admin && self.waiting.as_ref().is_none_or(Waiting::is_back)
    }
}

async fn build(state: &AppState, member: &CompanyAccount) -> PageResult<ClaimPage> {
    let company = store::known_by_id(&state.db, member.company).await?;
    let name = company.and_then(|company| company.admin_name);
    let mut waiting = None;
    let mut letter = (String::new(), String::new());
    if let Some(claim) = claims::latest(&state.db, member.id).await? {
        waiting = waiting::of_claim(state, &claim, &member.company_name).await?;
        // A letter that came back is still there: it may be the name beside it that was wrong.
        if claim.status == "returned" {
            let text = FileRef::issue(&state.signer, claim.letter_file, Purpose::Letter);
            letter = (text, "已上传的授权书".to_owned());
        }
    }
    Ok(ClaimPage {
        chrome: chrome_of(state, &member.session, "申请管理员", "/company/claim").await?,
        admin: member.admin,
        admin_name: name
            .map(|name| formats::text::masked_name(&name))
            .unwrap_or_default(),
        waiting,
        letter,
        errors: FormErrors::default(),
    })
}

/// `GET /company/claim`
pub(super) async fn page(
    State(state): State<AppState>,
    member: CompanyAccount,
) -> PageResult<Html<String>> {
    Ok(Html(build(&state, &member).await?.render()?))
}

/// `POST /company/claim`
pub(super) async fn submit(
    State(state): State<AppState>,
    member: CompanyAccount,
    Form(fields): Form<Fields>,
) -> PageResult<Response> {
    let mut page = build(&state, &member).await?;
    if !page.is_open() {
        return Err(PageError::Conflict("申请正在审核，或者你已经是管理员。"));
    }
    page.letter = (fields.own("letter"), fields.own("letter_name"));
    let Some(letter) = Upload::read(&state, fields.text("letter"), Purpose::Letter) else {
        return refused(page, "请上传盖章的授权书");
    };
    let now_ms = state.now_ms();
    let asked = Asked {
        account: member.id,
        company: member.company,
        company_name: member.company_name.clone(),
        certified: member.certified,
        name: member.session.account.real_name.clone(),
        department: member.session.account.department.clone(),
    };
    let mut tx = state.db.begin().await?;
    match application::claim(&mut tx, &asked, letter, now_ms).await? {
        Ok(()) => {}
        Err(Lost::Upload) => return refused(page, "上传的文件已失效，请重新上传"),
        Err(Lost::Busy(text)) => return refused(page, text),
    }
    audit::Entry::by(member.id, "admin.claim", "company", &member.company)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Redirect::to("/company/claim").into_response())
}

fn refused(page: ClaimPage, text: &str) -> PageResult<Response> {
    let page = ClaimPage {
        errors: FormErrors::one("letter", text),
        ..page
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

/// `POST /company/claim/withdraw`
pub(super) async fn withdraw(
    State(state): State<AppState>,
    member: CompanyAccount,
) -> PageResult<Redirect> {
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    if !application::withdraw(&mut tx, member.id, now_ms).await? {
        return Err(PageError::Conflict("没有正在审核的申请。"));
    }
    audit::Entry::by(
        member.id,
        "admin.claim_withdraw",
        "company",
        &member.company,
    )
    .write_in(&mut tx, now_ms)
    .await?;
    tx.commit().await?;
    Ok(Redirect::to("/company/claim"))
}
