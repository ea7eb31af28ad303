//! 账号授权书: the letter that names a company's administrator, to be printed, stamped and
//! photographed (A12, A102).

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Html;

use crate::accounts::CompanyAccount;
use crate::companies::fields::Fields;
use crate::companies::store;
use crate::state::AppState;
use crate::web::PageResult;

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
        }
    }

    fn of(fields: &Fields) -> Self {
        let cut = |name: &str| fields.text(name).chars().take(FIELD_CHARS).collect();
        Self {
            company: cut("name"),
            code: cut("code"),
            person: cut("person"),
            department: cut("department"),
            mobile: cut("mobile"),
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

/// `POST /register/company/letter`: with everything that the form says so far.
pub(super) async fn filled(Form(fields): Form<Fields>) -> PageResult<Html<String>> {
    Ok(Html(LetterPage::of(&fields).render()?))
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
    };
    Ok(Html(page.render()?))
}
