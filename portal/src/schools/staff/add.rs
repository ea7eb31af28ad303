//! A new member of a school's staff, and the link to his telephone by which he sets his password.

use base::db::{Tx, is_unique_violation};
use formats::phone::Mobile;
use formats::{Fault, text};

use super::super::rules::{self, FACULTY_CHARS};
use super::store;
use crate::accounts::store::{self as accounts, NewAccount};
use crate::accounts::{AccountKind, NO_PASSWORD, links};
use crate::audit;
use crate::ids::{AccountId, SchoolId};
use crate::web::{FormErrors, PageError, PageResult};

/// A person who is to become staff, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStaff {
    /// Name.
    pub name: String,
    /// Mobile number, 11 digits.
    pub mobile: String,
    /// Department; may be empty.
    pub department: String,
    /// 院系: the faculty; unset: 校级.
    pub faculty: Option<String>,
}

impl NewStaff {
    /// Reads name and mobile number as they are typed; faults go to `errors`.
    pub fn check(name: &str, mobile: &str, errors: &mut FormErrors) -> (String, String) {
        let name = text::person_name(name).unwrap_or_else(|fault| {
            errors.add("name", fault.zh());
            String::new()
        });
        let mobile = match Mobile::parse(mobile) {
            Ok(mobile) => mobile.as_str().to_owned(),
            Err(fault) => {
                errors.add("mobile", fault.zh());
                String::new()
            }
        };
        (name, mobile)
    }
}

/// Reads role and faculty; `None`: a fault went to `errors`. `Some(None)`: 校级.
pub fn check_role(role: &str, faculty: &str, errors: &mut FormErrors) -> Option<Option<String>> {
    match role {
        "school" => Some(None),
        "faculty" => match rules::short_text(faculty, FACULTY_CHARS) {
            Ok(faculty) if !faculty.is_empty() => Some(Some(faculty)),
            Ok(_) => {
                errors.add("faculty", "请填写学院");
                None
            }
            Err(fault) => {
                errors.add("faculty", fault);
                None
            }
        },
        _ => {
            errors.add("role", "请选择范围");
            None
        }
    }
}

/// Adds the account and sends it the link. `Err(Invalid)`: the mobile number has an account.
///
/// # Errors
/// See above; or the database failed. `tx` must then be rolled back.
pub async fn add(
    tx: &mut Tx,
    school: SchoolId,
    new: &NewStaff,
    by: AccountId,
    now_ms: i64,
) -> PageResult<AccountId> {
    let account = NewAccount {
        id: AccountId::new(),
        kind: AccountKind::School,
        mobile: Some(new.mobile.clone()),
        email: None,
        password_hash: NO_PASSWORD.to_owned(),
        real_name: new.name.clone(),
        nickname: nickname(&new.name),
        department: new.department.clone(),
    };
    if let Err(error) = accounts::add(tx, &account, now_ms).await {
        return Err(if is_unique_violation(&error) {
            PageError::Invalid(FormErrors::one("mobile", "这个手机号已有账号，请换一个"))
        } else {
            error.into()
        });
    }
    store::add(tx, (account.id, school), new.faculty.as_deref(), now_ms).await?;
    audit::Entry::by(by, "school_staff.create", "account", &account.id)
        .with(serde_json::json!({ "school": school, "office": new.faculty.is_none() }))
        .write_in(tx, now_ms)
        .await?;
    send_link(tx, account.id, by, now_ms).await?;
    Ok(account.id)
}

/// Sends someone the link by which he sets his password once: to his own telephone, so that no
/// colleague can set it for him.
///
/// # Errors
/// The database failed.
pub async fn send_link(
    tx: &mut Tx,
    account: AccountId,
    by: AccountId,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    links::send(tx, account, by, now_ms).await?;
    audit::Entry::by(by, "password_link.create", "account", &account)
        .write_in(tx, now_ms)
        .await
}

/// The last digits of a mobile number: enough to tell whose telephone it is.
pub fn tail(mobile: &str) -> &str {
    mobile
        .get(mobile.len().saturating_sub(4)..)
        .unwrap_or_default()
}

/// What students and companies see of a staff member.
fn nickname(name: &str) -> String {
    let first: String = name.chars().take(1).collect();
    format!("{first}老师")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_the_whole_school_or_a_named_faculty() {
        let mut errors = FormErrors::default();
        assert_eq!(check_role("school", "x", &mut errors), Some(None));
        let faculty = check_role("faculty", " 计算机学院 ", &mut errors);
        assert_eq!(faculty, Some(Some("计算机学院".to_owned())));
        assert!(errors.is_empty());
        assert_eq!(check_role("faculty", " ", &mut errors), None);
        assert_eq!(check_role("admin", "", &mut errors), None);
        assert!(errors.get("faculty").is_some() && errors.get("role").is_some());
    }
}
