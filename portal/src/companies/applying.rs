//! Someone who waits, was refused or took his request back: what he sees at `/company`, and how
//! he asks again.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::application::{self, Asked, Lost};
use super::fields::Fields;
use super::members::store::{self as members, Standing};
use super::outward::Upload;
use super::rules::CertificationData;
use super::store::{self, Known};
use super::waiting::{self, Waiting};
use super::{claims, person, rules};
use crate::accounts::{AccountKind, Session, SignedIn};
use crate::audit;
use crate::files::{FileRef, Purpose};
use crate::layout::{Chrome, Menu, chrome_of};
use crate::reviews::{Kind, State as ReviewState};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// The form that asks again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApplyForm {
    /// Ask for the administration.
    pub claim: bool,
    /// 用户姓名.
    pub person: String,
    /// 所属部门.
    pub department: String,
    /// Another company's name; empty: the same company.
    pub name: String,
    /// Another company's code.
    pub code: String,
    /// Reference and name of the letter.
    pub letter: (String, String),
}

impl ApplyForm {
    /// What was handed in last time.
    pub(super) fn of(session: &Session, waiting: Option<&Waiting>) -> Self {
        Self {
            claim: waiting.is_some_and(|it| it.kind == crate::reviews::Kind::AdminClaim),
            person: session.account.real_name.clone(),
            department: session.account.department.clone(),
            ..Self::default()
        }
    }

    fn as_typed(fields: &Fields) -> Self {
        Self {
            claim: fields.text("kind") == "claim",
            person: fields.own("person"),
            department: fields.own("department"),
            name: fields.own("name"),
            code: fields.own("code"),
            letter: (fields.own("letter"), fields.own("letter_name")),
        }
    }
}

/// `/company`, of someone who waits.
#[derive(Debug, Template)]
#[template(path = "company/waiting.html")]
pub struct WaitingPage {
    /// The frame.
    pub chrome: Chrome,
    /// What is the matter, in a sentence.
    pub standing: String,
    /// What he waits for.
    pub waiting: Option<Waiting>,
    /// He administers a company that is not certified: its data are changed on their own page.
    pub certification: bool,
    /// The form below can be sent.
    pub editable: bool,
    /// The form that asks again.
    pub form: ApplyForm,
    /// What is wrong with it.
    pub errors: FormErrors,
}

impl WaitingPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let chrome = Chrome::with_menu(
            super::home::sample_viewer(),
            "首页",
            Menu::Uncertified,
            "/company",
        );
        Self {
            chrome,
            standing: "申请未通过，可以修改后重新提交。".to_owned(),
            waiting: Some(Waiting {
                kind: crate::reviews::Kind::Membership,
                state: crate::reviews::State::Rejected,
                reason: "请填写真实姓名".to_owned(),
                ..Waiting::sample()
            }),
            certification: false,
            editable: true,
            form: ApplyForm {
                person: "张璇".to_owned(),
                department: "人力资源部".to_owned(),
                ..ApplyForm::default()
            },
            errors: FormErrors::default(),
        }
    }
}

/// What is the matter with someone's place, in a sentence.
pub(super) fn words_of(standing: &Standing, waiting: Option<&Waiting>) -> String {
    let returned = waiting.is_some_and(|it| it.state == ReviewState::Returned);
    match (standing.status.as_str(), standing.company_status.as_str()) {
        ("disabled", _) => "你在该公司的账号已停用，可以申请加入公司，或在账号中心注销账号。",
        ("approved", "frozen") => "公司已被平台冻结，请联系平台客服。",
        ("approved", "rejected") => "企业认证未通过，可以修改后重新提交。",
        ("approved", _) if returned => "企业认证资料已退回，请按退回理由修改后重新提交。",
        ("approved", _) => "企业认证审核中，通过后即可使用全部功能。",
        ("refused", _) => "申请未通过，可以修改后重新提交。",
        _ => "申请已提交，请等待处理。",
    }
    .to_owned()
}

/// May he ask again? Not while something waits, and not as a member.
pub(super) fn is_editable(standing: &Standing, waiting: Option<&Waiting>) -> bool {
    match standing.status.as_str() {
        // What was decided before he was shut out counts no more.
        "disabled" => waiting.is_none_or(|it| !it.state.is_running()),
        "pending" | "refused" => waiting.is_none_or(Waiting::is_back),
        _ => false,
    }
}

async fn own_standing(state: &AppState, session: &Session) -> PageResult<Standing> {
    if session.account.kind != AccountKind::Company {
        return Err(PageError::Forbidden("a page for another kind of account"));
    }
    members::standing(&state.db, session.account.id)
        .await?
        .ok_or(PageError::NotFound)
}

/// `POST /company/application`: asks again, the same company or another one.
pub(super) async fn submit(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Form(fields): Form<Fields>,
) -> PageResult<Response> {
    let standing = own_standing(&state, &session).await?;
    let waiting = waiting::of(&state, session.account.id).await?;
    if !is_editable(&standing, waiting.as_ref()) {
        return Err(PageError::Conflict(
            "申请正在等待处理，或者你已经是公司成员。",
        ));
    }
    let form = ApplyForm::as_typed(&fields);
    let mut errors = FormErrors::default();
    let (name, department) = person::check_name(&fields, &mut errors);
    let company = target(&state, &standing, &fields, &mut errors).await?;
    let letter = letter_of(&state, &session, &form).await?;
    if form.claim && letter.is_none() {
        errors.add("letter", "请上传盖章的授权书");
    }
    if let (Some(company), true) = (company, errors.is_empty()) {
        let asked = Asked {
            account: session.account.id,
            company: company.id,
            company_name: company.name.clone(),
            certified: company.status == "certified",
            name,
            department,
        };
        let letter = letter.filter(|_| form.claim);
        // What came back is handed in again only as what it was, and where it was.
        let afresh = company.id != standing.company_id
            || waiting
                .as_ref()
                .is_none_or(|it| (it.kind == Kind::AdminClaim) != form.claim);
        match hand_in(&state, &asked, afresh, letter).await? {
            Ok(()) => return Ok(Redirect::to("/company").into_response()),
            Err(Lost::Upload) => errors.add("letter", "上传的文件已失效，请重新上传"),
            Err(Lost::Busy(text)) => errors.add("kind", text),
        }
    }
    let page = WaitingPage {
        chrome: chrome_of(&state, &session, "首页", "/company").await?,
        standing: words_of(&standing, waiting.as_ref()),
        waiting,
        certification: false,
        editable: true,
        form,
        errors,
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

/// The letter of the form, or the one that was handed in before and came back.
async fn letter_of(
    state: &AppState,
    session: &Session,
    form: &ApplyForm,
) -> Result<Option<Upload>, sqlx::Error> {
    if let Some(letter) = Upload::read(state, &form.letter.0, Purpose::Letter) {
        return Ok(Some(letter));
    }
    let earlier = claims::latest(&state.db, session.account.id).await?;
    let kept = earlier
        .filter(|claim| claim.status == "returned")
        .map(|claim| FileRef::issue(&state.signer, claim.letter_file, Purpose::Letter));
    Ok(kept.and_then(|text| Upload::read(state, &text, Purpose::Letter)))
}

/// The company that is asked: another one if name and code are filled in.
async fn target(
    state: &AppState,
    standing: &Standing,
    fields: &Fields,
    errors: &mut FormErrors,
) -> Result<Option<Known>, sqlx::Error> {
    if fields.text("name").trim().is_empty() && fields.text("code").trim().is_empty() {
        let same = Known {
            id: standing.company_id,
            name: standing.company_name.clone(),
            code: String::new(),
            status: standing.company_status.clone(),
            admin_name: None,
        };
        return Ok(Some(same));
    }
    let (name, code) = rules::check_name_and_code(fields, errors);
    let data = CertificationData {
        name,
        code,
        ..CertificationData::default()
    };
    let org_code = data.org_code().unwrap_or_default();
    let known = store::known(&state.db, &org_code, &data.name).await?;
    if known.as_ref().is_none_or(|known| known.status == "frozen") {
        errors.add("name", "没有找到这家单位，请核对名称和代码");
        return Ok(None);
    }
    Ok(known)
}

async fn hand_in(
    state: &AppState,
    asked: &Asked,
    afresh: bool,
    letter: Option<Upload>,
) -> PageResult<Result<(), Lost>> {
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    if afresh {
        application::withdraw(&mut tx, asked.account, now_ms).await?;
    }
    if !members::ask_again(&mut tx, asked.account, asked.company, now_ms).await? {
        return Err(PageError::Conflict("申请的状态已经变化，请刷新页面。"));
    }
    let words = (asked.name.as_str(), asked.department.as_str());
    members::rename_applicant(&mut tx, asked.account, words).await?;
    let handed_in = match letter {
        Some(letter) => application::claim(&mut tx, asked, letter, now_ms).await?,
        None => application::join(&mut tx, asked, now_ms).await?,
    };
    if handed_in.is_err() {
        return Ok(handed_in);
    }
    audit::Entry::by(asked.account, "membership.ask", "company", &asked.company)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// `POST /company/application/withdraw`: takes a request or a claim back.
pub(super) async fn withdraw(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
) -> PageResult<Redirect> {
    own_standing(&state, &session).await?;
    let (account, now_ms) = (session.account.id, state.now_ms());
    let mut tx = state.db.begin().await?;
    if !application::withdraw(&mut tx, account, now_ms).await? {
        return Err(PageError::Conflict("没有正在等待的申请。"));
    }
    audit::Entry::by(account, "membership.withdraw", "account", &account)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Redirect::to("/company"))
}
