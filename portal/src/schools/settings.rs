//! `/school/site`: what a school says of itself on its site.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use formats::Fault;
use formats::mail::Mail;
use formats::phone::Phone;
use serde::Deserialize;

use super::rules::{self, ADDRESS_CHARS, INTRO_CHARS};
use super::store::{self, School, SiteTexts};
use crate::accounts::{SchoolOffice, SchoolStaff};
use crate::audit;
use crate::layout::{Chrome, Menu, Viewer};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// Its place in the menu.
const HERE: &str = "/school/site";

/// What is typed into the form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SiteForm {
    /// Introduction.
    pub intro: String,
    /// Address.
    pub address: String,
    /// Telephone.
    pub tel: String,
    /// Mail address.
    pub email: String,
    /// The version that was read.
    pub version: i64,
}

impl SiteForm {
    fn of(school: &School) -> Self {
        Self {
            intro: school.intro.clone(),
            address: school.address.clone(),
            tel: school.tel.clone(),
            email: school.email.clone(),
            version: school.version,
        }
    }

    fn check(&self) -> Result<SiteTexts, FormErrors> {
        let mut errors = FormErrors::default();
        let mut take = |field: &'static str, value: Result<String, String>| {
            value.unwrap_or_else(|fault| {
                errors.add(field, fault);
                String::new()
            })
        };
        let optional = |text: &str, read: &dyn Fn(&str) -> Result<String, String>| {
            if text.trim().is_empty() {
                Ok(String::new())
            } else {
                read(text)
            }
        };
        let texts = SiteTexts {
            intro: take("intro", rules::long_text(&self.intro, INTRO_CHARS)),
            address: take("address", rules::short_text(&self.address, ADDRESS_CHARS)),
            tel: take(
                "tel",
                optional(&self.tel, &|text| {
                    Phone::parse(text)
                        .map(|phone| phone.as_str().to_owned())
                        .map_err(|fault| fault.zh().into_owned())
                }),
            ),
            email: take(
                "email",
                optional(&self.email, &|text| {
                    Mail::parse(text)
                        .map(|mail| mail.as_str().to_owned())
                        .map_err(|fault| fault.zh().into_owned())
                }),
            ),
        };
        if errors.is_empty() {
            Ok(texts)
        } else {
            Err(errors)
        }
    }
}

/// `/school/site`
#[derive(Debug, Template)]
#[template(path = "school/site.html")]
pub struct SettingsPage {
    /// The frame.
    pub chrome: Chrome,
    /// The school.
    pub school: School,
    /// What is typed.
    pub form: SiteForm,
    /// What is wrong with it.
    pub errors: FormErrors,
    /// Somebody else has changed it meanwhile.
    pub conflict: bool,
}

impl SettingsPage {
    fn new(staff: &SchoolStaff, school: School, form: SiteForm) -> Self {
        Self {
            chrome: Chrome::school(staff, "就业网站点", HERE),
            school,
            form,
            errors: FormErrors::default(),
            conflict: false,
        }
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let school = School::sample();
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "就业网站点", Menu::School, HERE),
            form: SiteForm::of(&school),
            school,
            errors: FormErrors::one("email", "邮箱地址缺少“@”"),
            conflict: false,
        }
    }
}

async fn own(state: &AppState, staff: &SchoolStaff) -> PageResult<School> {
    store::find(&state.db, staff.school)
        .await?
        .ok_or(PageError::NotFound)
}

/// `GET /school/site`
pub(super) async fn show(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
) -> PageResult<Html<String>> {
    let school = own(&state, &staff).await?;
    let form = SiteForm::of(&school);
    Ok(Html(SettingsPage::new(&staff, school, form).render()?))
}

/// `POST /school/site`
pub(super) async fn save(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
    Form(mut form): Form<SiteForm>,
) -> PageResult<Response> {
    let school = own(&state, &staff).await?;
    let texts = match form.check() {
        Ok(texts) => texts,
        Err(errors) => {
            let page = SettingsPage {
                errors,
                ..SettingsPage::new(&staff, school, form)
            };
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
        }
    };
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    if !store::save_site(&mut tx, (staff.school, form.version), &texts).await? {
        drop(tx);
        let school = own(&state, &staff).await?;
        form.version = school.version;
        let page = SettingsPage {
            conflict: true,
            ..SettingsPage::new(&staff, school, form)
        };
        return Ok((StatusCode::CONFLICT, Html(page.render()?)).into_response());
    }
    audit::Entry::by(staff.id, "school.site", "school", &staff.school)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Redirect::to(HERE).into_response())
}
