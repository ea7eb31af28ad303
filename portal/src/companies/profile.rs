//! 基本资料 (A99): how the company is reached. Saved at once; what it is certified by is not here.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::fields::Fields;
use super::home::sample_viewer;
use super::rules::{self, Contact};
use super::store::{self, Details};
use crate::accounts::{CompanyAdmin, CompanyMember};
use crate::audit;
use crate::layout::Chrome;
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// `/company/profile`
#[derive(Debug, Template)]
#[template(path = "company/profile.html")]
pub struct ProfilePage {
    /// The frame.
    pub chrome: Chrome,
    /// The reader may change it.
    pub admin: bool,
    /// It was saved just now.
    pub saved: bool,
    /// The company's name.
    pub name: String,
    /// The form.
    pub form: Contact,
    /// What stands at 单位邮箱 although it is taken.
    pub mail_remark: Option<&'static str>,
    /// The version that the page was made from.
    pub version: i64,
    /// What is wrong.
    pub errors: FormErrors,
}

impl ProfilePage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: Chrome::company(sample_viewer(), "基本资料", "/company/profile"),
            admin: true,
            saved: true,
            name: "澄源半导体（示例）".to_owned(),
            form: Contact {
                tel: "0731-88888888".to_owned(),
                official_email: "hr@chengyuan.example".to_owned(),
                hr_email: "zhaopin@chengyuan.example".to_owned(),
                postcode: "410000".to_owned(),
            },
            mail_remark: None,
            version: 1,
            errors: FormErrors::default(),
        }
    }

    fn new(member: &CompanyMember, form: Contact, version: i64) -> Self {
        Self {
            chrome: Chrome::member(member, "基本资料", "/company/profile"),
            admin: member.admin,
            saved: false,
            name: member.company_name.clone(),
            mail_remark: rules::mail_remark(&form.official_email),
            form,
            version,
            errors: FormErrors::default(),
        }
    }
}

/// How a company is reached, as it stands.
pub(super) fn contact_of(details: &Details) -> Contact {
    Contact {
        tel: details.tel.clone(),
        official_email: details.official_email.clone(),
        hr_email: details.hr_email.clone(),
        postcode: details.postcode.clone(),
    }
}

/// `GET /company/profile`
pub(super) async fn page(
    State(state): State<AppState>,
    member: CompanyMember,
    Query(fields): Query<Fields>,
) -> PageResult<Html<String>> {
    let details = store::details(&state.db, member.company)
        .await?
        .ok_or(PageError::NotFound)?;
    let mut page = ProfilePage::new(&member, contact_of(&details), details.version);
    page.saved = fields.is_on("saved");
    Ok(Html(page.render()?))
}

/// `POST /company/profile`
pub(super) async fn save(
    State(state): State<AppState>,
    CompanyAdmin(admin): CompanyAdmin,
    Form(fields): Form<Fields>,
) -> PageResult<Response> {
    let mut errors = FormErrors::default();
    let contact = rules::check_contact(&fields, &mut errors);
    if !errors.is_empty() {
        let typed = rules::contact_as_typed(&fields);
        let mut page = ProfilePage::new(&admin, typed, fields.version());
        page.errors = errors;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
    }
    let now_ms = state.now_ms();
    let of = (admin.company, fields.version());
    let mut tx = state.db.begin().await?;
    store::save_profile(&mut tx, of, &contact, now_ms)
        .await?
        .ok_or(PageError::Conflict(
            "资料已被其他人修改，请刷新页面后再改。",
        ))?;
    audit::Entry::by(admin.id, "company.profile", "company", &admin.company)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Redirect::to("/company/profile?saved=1").into_response())
}
