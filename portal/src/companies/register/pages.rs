//! The steps before the last, and the last one's two forms.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use formats::text::name_key;

use super::proof;
use crate::accounts::{Session, captchas};
use crate::companies::choices::{Choices, ProvinceChoice};
use crate::companies::fields::Fields;
use crate::companies::person::Person;
use crate::companies::rules::{self, CertificationData};
use crate::companies::store::{self, Known, SchoolOption};
use crate::state::AppState;
use crate::web::{FormErrors, PageResult};

/// Beside a company that was found by its name.
const CODE_DIFFERS: &str = "您填写的统一社会信用代码与这家同名单位登记的不一致，请返回核对。确认不是同一家单位的，请联系平台客服。";
/// Beside a company that was found by its code.
const NAME_DIFFERS: &str = "您填写的单位名称与该代码登记的名称不一致，请核对后再提交。";
/// Schools that one registration may pick.
pub(super) const SCHOOLS_AT_ONCE: usize = 50;

/// A school to be ticked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchoolBox {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Ticked.
    pub picked: bool,
}

/// What the steps before hand on: schools, the entry school, name and code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// Codes of the schools that were picked.
    pub schools: Vec<String>,
    /// Code of the school at whose site the registration began.
    pub source: String,
    /// 单位名称.
    pub name: String,
    /// 统一社会信用代码.
    pub code: String,
}

impl Draft {
    /// What a form or an address brought.
    pub(super) fn read(fields: &Fields) -> Self {
        Self {
            schools: fields
                .all("schools")
                .take(SCHOOLS_AT_ONCE)
                .map(str::to_owned)
                .collect(),
            source: fields.own("school"),
            name: fields.own("name"),
            code: fields.own("code"),
        }
    }
}

/// `/register/company`: 选择入驻高校.
#[derive(Debug, Template)]
#[template(path = "company/register_schools.html")]
pub struct SchoolsStep {
    /// The schools.
    pub schools: Vec<SchoolBox>,
    /// Code of the entry school.
    pub source: String,
}

/// `/register/company/info`: 填写公司信息.
#[derive(Debug, Template)]
#[template(path = "company/register_info.html")]
pub struct CompanyStep {
    /// What was filled in so far.
    pub draft: Draft,
    /// What is wrong.
    pub errors: FormErrors,
    /// Links to 企查查 and 启信宝 are offered.
    pub check_links: bool,
}

/// Which form the last step is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Branch {
    /// 情况一: the company is known.
    Join {
        /// Its name.
        company: String,
        /// Its administrator, as strangers see him; empty: it has none.
        admin: String,
        /// Ask for its administration (成为管理员), not only for membership.
        claim: bool,
        /// Somebody else registered it just now.
        quicker: bool,
        /// What was typed and is not as the company has it; empty: nothing.
        differs: &'static str,
    },
    /// 情况二: it is not.
    Certify,
    /// It is known, and nobody may come to it.
    Frozen,
}

/// `/register/company/account`: who registers; and, for a new company, what it is certified by.
#[derive(Debug, Template)]
#[template(path = "company/register_account.html")]
pub struct AccountPage {
    /// The session's forgery token, if someone is signed in.
    pub csrf: String,
    /// What the steps before handed on.
    pub draft: Draft,
    /// The form.
    pub branch: Branch,
    /// The person.
    pub person: Person,
    /// The company.
    pub data: CertificationData,
    /// What the form lets choose.
    pub choices: Choices,
    /// Reference and name of the upload that the form is about (licence or letter).
    pub upload: (String, String),
    /// The same of the letter beside the licence.
    pub letter: (String, String),
    /// What stands at the code although it is taken.
    pub code_remark: Option<&'static str>,
    /// What stands at 单位邮箱 although it is taken.
    pub mail_remark: Option<&'static str>,
    /// The agreement's box is ticked.
    pub agreed: bool,
    /// The number was proven by a code already.
    pub proof: Option<String>,
    /// The picture with digits.
    pub captcha_id: String,
    /// What is wrong.
    pub errors: FormErrors,
    /// Links to 企查查 and 启信宝 are offered.
    pub check_links: bool,
}

impl SchoolsStep {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let school = |code: &str, name: &str, picked| SchoolBox {
            code: code.to_owned(),
            name: name.to_owned(),
            picked,
        };
        Self {
            schools: vec![
                school("demo", "赣江理工大学", true),
                school("xiang", "湘水师范大学", false),
                school("yuelu", "岳麓工程学院", false),
            ],
            source: "demo".to_owned(),
        }
    }
}

impl Draft {
    fn sample() -> Self {
        Self {
            schools: vec!["demo".to_owned()],
            source: "demo".to_owned(),
            name: "星河新材料（示例）".to_owned(),
            code: "91430100MA4L10101C".to_owned(),
        }
    }
}

impl CompanyStep {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            draft: Draft::sample(),
            errors: FormErrors::one("code", "应为 18 位统一社会信用代码或 9 位组织机构代码"),
            check_links: true,
        }
    }
}

impl AccountPage {
    /// Sample data for the test that renders every page; `known`: the company is known.
    pub fn sample(known: bool) -> Self {
        let draft = Draft::sample();
        let branch = if known {
            Branch::Join {
                company: draft.name.clone(),
                admin: "张*".to_owned(),
                claim: false,
                quicker: false,
                differs: CODE_DIFFERS,
            }
        } else {
            Branch::Certify
        };
        Self {
            csrf: String::new(),
            data: CertificationData {
                name: draft.name.clone(),
                code: draft.code.clone(),
                ..CertificationData::default()
            },
            choices: Choices::built_in(),
            code_remark: rules::code_remark(&draft.code),
            draft,
            branch,
            person: Person {
                name: "张璇".to_owned(),
                department: "人力资源部".to_owned(),
                mobile: "13800138000".to_owned(),
            },
            upload: (String::new(), String::new()),
            letter: (String::new(), String::new()),
            mail_remark: None,
            agreed: false,
            proof: None,
            captcha_id: "018f0000-0000-7000-8000-000000000030".to_owned(),
            errors: FormErrors::one("sms_code", "验证码不对"),
            check_links: true,
        }
    }

    /// The form as it was filled in; nothing is lost but the password.
    pub(super) async fn new(
        state: &AppState,
        fields: &Fields,
        branch: Branch,
    ) -> Result<Self, sqlx::Error> {
        let upload = match branch {
            Branch::Join { .. } => "letter",
            Branch::Certify | Branch::Frozen => "licence",
        };
        Ok(Self {
            csrf: String::new(),
            draft: Draft::read(fields),
            branch,
            person: Person::as_typed(fields),
            data: rules::as_typed(fields),
            choices: Choices::load(&state.db).await?,
            upload: (fields.own(upload), fields.own(&format!("{upload}_name"))),
            letter: (fields.own("letter"), fields.own("letter_name")),
            code_remark: rules::code_remark(fields.text("code")),
            mail_remark: rules::mail_remark(fields.text("official_email")),
            agreed: fields.is_on("agree"),
            proof: proof::carried(state, fields),
            captcha_id: captchas::fresh(state).to_string(),
            errors: FormErrors::default(),
            check_links: state.config.companies.check_links,
        })
    }

    /// The page again, filled in, with what is wrong.
    pub(super) fn refused(self, errors: FormErrors) -> PageResult<Response> {
        let page = Self { errors, ..self };
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
    }

    /// Provinces with their cities.
    pub fn provinces(&self) -> Vec<ProvinceChoice> {
        self.choices.places()
    }

    /// 单位性质.
    pub fn natures(&self) -> Vec<(&str, &str)> {
        self.choices.natures.offered()
    }

    /// 所属行业.
    pub fn industries(&self) -> Vec<(&str, &str)> {
        self.choices.industries.offered()
    }
}

impl Branch {
    /// What a company that is known asks of someone who comes.
    pub(super) fn of(known: &Known, fields: &Fields, quicker: bool) -> Self {
        if known.status == "frozen" {
            return Self::Frozen;
        }
        let admin = known.admin_name.as_deref();
        Self::Join {
            company: known.name.clone(),
            admin: admin.map(formats::text::masked_name).unwrap_or_default(),
            // Where nobody could answer a request to join, only the claim is left.
            claim: admin.is_none() || fields.text("kind") == "claim",
            quicker,
            differs: differs(known, fields),
        }
    }
}

/// One of name and code leads to a company; what if the other one is not that company's?
fn differs(known: &Known, fields: &Fields) -> &'static str {
    let typed = rules::as_typed(fields);
    let registered = CertificationData {
        code: known.code.clone(),
        ..CertificationData::default()
    };
    let codes = (typed.org_code(), registered.org_code());
    if let (Some(typed), Some(registered)) = codes
        && typed != registered
    {
        return CODE_DIFFERS;
    }
    if name_key(&typed.name) != name_key(&known.name) {
        return NAME_DIFFERS;
    }
    ""
}

/// `GET /register/company`
pub(super) async fn schools(
    State(state): State<AppState>,
    Query(fields): Query<Fields>,
) -> PageResult<Html<String>> {
    let draft = Draft::read(&fields);
    let page = SchoolsStep {
        schools: boxes(store::schools(&state.db).await?, &draft),
        source: draft.source,
    };
    Ok(Html(page.render()?))
}

fn boxes(schools: Vec<SchoolOption>, draft: &Draft) -> Vec<SchoolBox> {
    let mut boxes: Vec<_> = schools
        .into_iter()
        .map(|school| SchoolBox {
            picked: school.code == draft.source || draft.schools.contains(&school.code),
            code: school.code,
            name: school.name,
        })
        .collect();
    // The school that sent someone here stands first.
    boxes.sort_by_key(|school| school.code != draft.source);
    boxes
}

/// `GET /register/company/info`
pub(super) async fn info(
    State(state): State<AppState>,
    Query(fields): Query<Fields>,
) -> PageResult<Html<String>> {
    let page = CompanyStep {
        draft: Draft::read(&fields),
        errors: FormErrors::default(),
        check_links: state.config.companies.check_links,
    };
    Ok(Html(page.render()?))
}

/// `GET /register/company/account`
pub(super) async fn account(
    State(state): State<AppState>,
    session: Option<axum::Extension<Session>>,
    Query(fields): Query<Fields>,
) -> PageResult<Response> {
    let mut errors = FormErrors::default();
    let (name, code) = rules::check_name_and_code(&fields, &mut errors);
    if !errors.is_empty() {
        let page = CompanyStep {
            draft: Draft::read(&fields),
            errors,
            check_links: state.config.companies.check_links,
        };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
    }
    let data = CertificationData {
        name,
        code,
        ..CertificationData::default()
    };
    let known = find(&state, &data).await?;
    let branch = known.map_or(Branch::Certify, |known| Branch::of(&known, &fields, false));
    let mut page = AccountPage::new(&state, &fields, branch).await?;
    page.csrf = session
        .map(|session| session.csrf.clone())
        .unwrap_or_default();
    // In their stored form from here on.
    (page.draft.name, page.draft.code) = (data.name.clone(), data.code.clone());
    (page.data.name, page.data.code) = (data.name, data.code);
    Ok(Html(page.render()?).into_response())
}

/// The company of name and code, if it is known.
pub(super) async fn find(
    state: &AppState,
    data: &CertificationData,
) -> Result<Option<Known>, sqlx::Error> {
    let org_code = data.org_code().unwrap_or_default();
    store::known(&state.db, &org_code, &data.name).await
}
