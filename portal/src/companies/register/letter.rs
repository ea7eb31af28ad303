//! 账号授权书: the letter that names a company's administrator, to be printed, stamped and
//! photographed (A12, A102).

use askama::Template;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use axum::{Extension, Form};
use documents::pdf::Document;
use outside::objects::attachment;

use crate::accounts::{CompanyAccount, Session};
use crate::companies::fields::Fields;
use crate::companies::store;
use crate::state::AppState;
use crate::web::PageResult;

/// What stands on it, above the facts and below them.
const GRANTS: &str = "现授权本单位下列工作人员担任本单位在聘会平台的账号管理员，代表本单位办理企业认证、成员管理、校园招聘报名及与此有关的事项。本单位在平台的管理员只有一人，自平台审核通过之日起，原管理员的管理权限终止。";
const CONFIRMS: &str = "本单位确认以上内容真实有效，并对被授权人以本单位账号进行的操作承担责任。人员变动时，本单位将及时在平台办理管理员变更。";
const DATE: &str = "　　　　年　　　月　　　日";

/// Longest text of a field that is printed, characters.
const FIELD_CHARS: usize = 60;

/// The letter, filled in with what is known; the rest is left to be written by hand.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "company/letter.html")]
pub struct LetterPage {
    /// 单位名称.
    pub company: String,
    /// 统一社会信用代码.
    pub code: String,
    /// 被授权人.
    pub person: String,
    /// 所属部门.
    pub department: String,
    /// 联系手机.
    pub mobile: String,
    /// The session's forgery token, if someone is signed in.
    pub csrf: String,
}

impl LetterPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            company: "澄源半导体（示例）".to_owned(),
            code: "91430100MA4L101010".to_owned(),
            person: "陆怀瑾".to_owned(),
            department: "人力资源部".to_owned(),
            mobile: "13800138000".to_owned(),
            csrf: String::new(),
        }
    }

    /// Its facts, in their order.
    pub fn facts(&self) -> [(&'static str, &str); 5] {
        [
            ("单位名称", &self.company),
            ("统一社会信用代码", &self.code),
            ("被授权人姓名", &self.person),
            ("所属部门", &self.department),
            ("联系手机", &self.mobile),
        ]
    }

    /// The same on paper; none only if it were longer than any document may be.
    fn pdf(&self) -> Option<Vec<u8>> {
        let mut paper = Document::new("单位账号管理员授权书");
        paper.title("单位账号管理员授权书");
        paper.paragraph("聘会平台：");
        paper.paragraph(&format!("　　{GRANTS}"));
        paper.table(&self.facts());
        paper.space();
        paper.paragraph(&format!("　　{CONFIRMS}"));
        for line in ["被授权人（签字）：", "单位（盖公章）：", "日期："] {
            paper.space();
            paper.space();
            let rest = if line.starts_with('日') { DATE } else { "" };
            paper.paragraph(&format!("{line}{rest}"));
        }
        paper.finish().ok()
    }

    fn of(fields: &Fields) -> Self {
        let cut = |name: &str| fields.text(name).chars().take(FIELD_CHARS).collect();
        Self {
            company: cut("name"),
            code: cut("code"),
            person: cut("person"),
            department: cut("department"),
            mobile: cut("mobile"),
            csrf: String::new(),
        }
    }
}

/// `GET /register/company/letter`: with the company at most; a person's data do not belong into
/// an address.
pub(super) async fn blank(Query(fields): Query<Fields>) -> PageResult<Html<String>> {
    let page = LetterPage {
        person: String::new(),
        department: String::new(),
        mobile: String::new(),
        ..LetterPage::of(&fields)
    };
    Ok(Html(page.render()?))
}

/// `POST /register/company/letter`: with everything that the form says so far; as a file with
/// `format=pdf`.
pub(super) async fn filled(
    session: Option<Extension<Session>>,
    Form(fields): Form<Fields>,
) -> PageResult<Response> {
    let page = LetterPage {
        csrf: session
            .map(|session| session.csrf.clone())
            .unwrap_or_default(),
        ..LetterPage::of(&fields)
    };
    if fields.text("format") == "pdf"
        && let Some(pdf) = page.pdf()
    {
        let headers = [
            (CONTENT_TYPE, "application/pdf".to_owned()),
            (CONTENT_DISPOSITION, attachment("账号授权书.pdf")),
        ];
        return Ok((headers, pdf).into_response());
    }
    Ok(Html(page.render()?).into_response())
}

/// `GET /company/claim/letter`: for a member of the company.
pub(in crate::companies) async fn of_member(
    State(state): State<AppState>,
    member: CompanyAccount,
) -> PageResult<Html<String>> {
    let details = store::details(&state.db, member.company).await?;
    let account = &member.session.account;
    let page = LetterPage {
        code: details.map(|details| details.code).unwrap_or_default(),
        company: member.company_name,
        person: account.real_name.clone(),
        department: account.department.clone(),
        mobile: String::new(),
        csrf: member.session.csrf.clone(),
    };
    Ok(Html(page.render()?))
}
