//! The list of platform staff, and the form for a new one.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use formats::text::masked_mobile;
use serde::Deserialize;

use super::store::{self, Row};
use crate::accounts::extract::{OperationsStaff, PlatformStaff};
use crate::accounts::rules::PlatformRole;
use crate::accounts::{NO_PASSWORD, texts};
use crate::layout::{Chrome, Menu, Viewer};
use crate::state::AppState;
use crate::web::{FormErrors, PageResult};

/// The form for a new member.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct StaffForm {
    /// Real name.
    pub name: String,
    /// Mobile number, the login name.
    pub mobile: String,
    /// E-mail address; may be empty.
    pub email: String,
    /// Department; may be empty.
    pub department: String,
    /// What for.
    pub role: String,
}

/// A member in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffLine {
    /// The account.
    pub id: String,
    /// Real name.
    pub name: String,
    /// Department; may be empty.
    pub department: String,
    /// Mobile number, partly hidden; empty: none.
    pub mobile: String,
    /// What for, the word in SQL.
    pub role: &'static str,
    /// What for.
    pub role_zh: &'static str,
    /// May sign in.
    pub active: bool,
    /// Has set a password.
    pub ready: bool,
    /// Last login, Beijing time; empty: never.
    pub seen: String,
    /// It is the one who looks at the page.
    pub me: bool,
}

/// `/platform/staff`
#[derive(Debug, Template)]
#[template(path = "platform-staff.html")]
pub struct StaffPage {
    /// The frame.
    pub chrome: Chrome,
    /// The members.
    pub staff: Vec<StaffLine>,
    /// The form.
    pub form: StaffForm,
    /// What was wrong.
    pub errors: FormErrors,
    /// What was done just now; empty: nothing.
    pub notice: &'static str,
}

impl StaffPage {
    /// Roles: code and words.
    pub fn roles(&self) -> Vec<(&'static str, &'static str)> {
        PlatformRole::ALL
            .map(|role| (role.as_str(), role.zh()))
            .to_vec()
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let line = |name: &str, role: PlatformRole, active, ready, me| StaffLine {
            id: "01a20000-0000-7000-8000-000000000000".to_owned(),
            name: name.to_owned(),
            department: format!("{}组", role.zh()),
            mobile: "199****0001".to_owned(),
            role: role.as_str(),
            role_zh: role.zh(),
            active,
            ready,
            seen: if ready {
                "2027-03-01 09:30".to_owned()
            } else {
                String::new()
            },
            me,
        };
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "员工", Menu::Platform, "/platform/staff"),
            staff: vec![
                line("祝安", PlatformRole::Operations, true, true, true),
                line("舒平", PlatformRole::Review, true, true, false),
                line(
                    "古丽娜尔·阿布都热西提",
                    PlatformRole::Support,
                    true,
                    false,
                    false,
                ),
                line("裴宁", PlatformRole::Finance, false, true, false),
            ],
            form: StaffForm {
                mobile: "1990000".to_owned(),
                ..StaffForm::default()
            },
            errors: FormErrors::one("mobile", "手机号应为 11 位"),
            notice: "已新增，设置密码的链接已发到他的手机",
        }
    }

    pub(super) async fn of(state: &AppState, staff: &PlatformStaff) -> Result<Self, sqlx::Error> {
        let rows = store::list(&state.db).await?;
        Ok(Self {
            chrome: Chrome::platform(staff, "员工", "/platform/staff"),
            staff: rows.into_iter().map(|row| line(row, staff)).collect(),
            form: StaffForm::default(),
            errors: FormErrors::default(),
            notice: "",
        })
    }
}

fn line(row: Row, viewer: &PlatformStaff) -> StaffLine {
    StaffLine {
        me: row.account_id == viewer.id,
        id: row.account_id.to_string(),
        name: row.real_name,
        department: row.department,
        mobile: row.mobile.as_deref().map(masked_mobile).unwrap_or_default(),
        role: row.role.as_str(),
        role_zh: row.role.zh(),
        active: row.status == "active",
        ready: row.password_hash != NO_PASSWORD,
        seen: row.last_login_ms.map(texts::moment).unwrap_or_default(),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::accounts) struct Asked {
    done: String,
}

/// `GET /platform/staff`
pub(in crate::accounts) async fn page(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let mut page = StaffPage::of(&state, &staff).await?;
    page.notice = match asked.done.as_str() {
        "added" => "已新增，设置密码的链接已发到他的手机，24 小时内有效",
        "link" => "设置密码的链接已重新发出，之前的链接失效",
        "changed" => "已保存",
        _ => "",
    };
    Ok(Html(page.render()?))
}
