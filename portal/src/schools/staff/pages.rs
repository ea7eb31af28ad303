//! `/school/staff`: who works at the school.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use formats::text::masked_mobile;
use serde::Deserialize;

use super::super::times;
use super::add::tail;
use super::store::{self, Member};
use crate::accounts::{SchoolOffice, SchoolStaff};
use crate::layout::{Chrome, Menu, Viewer};
use crate::state::AppState;
use crate::students;
use crate::web::{FormErrors, PageResult};

/// Its place in the menu.
pub(super) const HERE: &str = "/school/staff";

/// One of the staff in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffFormRow {
    /// The account.
    pub id: String,
    /// Name.
    pub name: String,
    /// Department.
    pub department: String,
    /// Mobile number, masked.
    pub mobile: String,
    /// 校级?
    pub office: bool,
    /// The faculty of 院系 staff.
    pub faculty: String,
    /// May sign in.
    pub active: bool,
    /// Last login, or what is missing.
    pub seen: String,
    /// It is the reader himself.
    pub own: bool,
}

impl StaffFormRow {
    fn of(member: &Member, reader: &SchoolStaff) -> Self {
        let seen = match member.last_login_ms {
            Some(ms) => times::minute(ms),
            None if member.has_password => "未登录过".to_owned(),
            None => "未设置密码".to_owned(),
        };
        Self {
            id: member.id.to_string(),
            name: member.real_name.clone(),
            department: member.department.clone(),
            mobile: masked_mobile(&member.mobile),
            office: member.role == "school",
            faculty: member.faculty.clone(),
            active: member.status == "active",
            seen,
            own: member.id == reader.id,
        }
    }
}

/// What is typed to add someone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct StaffForm {
    /// Name.
    pub name: String,
    /// Mobile number.
    pub mobile: String,
    /// Department.
    pub department: String,
    /// `school` or `faculty`.
    pub role: String,
    /// The faculty of 院系 staff.
    pub faculty: String,
}

/// A link that was just sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentLink {
    /// To whom.
    pub name: String,
    /// The last digits of his mobile number.
    pub tail: String,
}

/// `/school/staff`
#[derive(Debug, Template)]
#[template(path = "school/staff.html")]
pub struct StaffPage {
    /// The frame.
    pub chrome: Chrome,
    /// The staff.
    pub members: Vec<StaffFormRow>,
    /// Faculties of the school's students, for the choice.
    pub faculties: Vec<String>,
    /// What is typed.
    pub form: StaffForm,
    /// What is wrong with it.
    pub errors: FormErrors,
    /// A link that was just sent.
    pub link: Option<SentLink>,
}

impl StaffPage {
    /// The page as it stands.
    pub(super) async fn load(state: &AppState, staff: &SchoolStaff) -> PageResult<Self> {
        let members = store::list(&state.db, staff.school).await?;
        Ok(Self {
            chrome: Chrome::school(staff, "工作人员", HERE),
            members: members
                .iter()
                .map(|member| StaffFormRow::of(member, staff))
                .collect(),
            faculties: students::list::store::faculties(&state.db, staff.school).await?,
            form: StaffForm {
                role: "school".to_owned(),
                ..StaffForm::default()
            },
            errors: FormErrors::default(),
            link: None,
        })
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let row = |name: &str, office: bool, active: bool, own: bool| StaffFormRow {
            id: "018f0000-0000-7000-8000-00000000000a".to_owned(),
            name: name.to_owned(),
            department: "就业指导中心".to_owned(),
            mobile: "138****0001".to_owned(),
            office,
            faculty: if office {
                String::new()
            } else {
                "微电子学院".to_owned()
            },
            active,
            seen: "2026-11-22 08:31".to_owned(),
            own,
        };
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "工作人员", Menu::School, HERE),
            members: vec![
                row("何静安", true, true, true),
                row("阿依努尔·买买提", false, true, false),
                row("秦岚", false, false, false),
            ],
            faculties: vec!["微电子学院".to_owned(), "计算机学院".to_owned()],
            form: StaffForm {
                role: "faculty".to_owned(),
                ..StaffForm::default()
            },
            errors: FormErrors::one("faculty", "请填写学院"),
            link: Some(SentLink {
                name: "秦岚".to_owned(),
                tail: "0001".to_owned(),
            }),
        }
    }
}

/// What the address says was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Done {
    /// To whom a link was sent.
    sent: String,
}

/// `GET /school/staff`
pub(super) async fn show(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
    Query(done): Query<Done>,
) -> PageResult<Html<String>> {
    let mut page = StaffPage::load(&state, &staff).await?;
    let sent = page.members.iter().find(|member| member.id == done.sent);
    page.link = sent.map(|member| SentLink {
        name: member.name.clone(),
        tail: tail(&member.mobile).to_owned(),
    });
    Ok(Html(page.render()?))
}
