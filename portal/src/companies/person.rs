//! The person who registers (A8): name, department, mobile number, password.

use formats::password::{self, Owner};
use formats::phone::Mobile;
use formats::{Fault, text};

use super::fields::Fields;
use super::rules::taken;
use crate::accounts::profile::NICKNAME_IS_NAME;
use crate::web::FormErrors;

/// Shortest and longest department, characters.
pub const DEPARTMENT_CHARS: (usize, usize) = (2, 30);
/// Shortest and longest nickname, characters.
pub const NICKNAME_CHARS: (usize, usize) = (1, 20);

/// What the form says of the person. The password is never shown again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// 用户姓名.
    pub name: String,
    /// 所属部门.
    pub department: String,
    /// 联系手机, 11 digits.
    pub mobile: String,
}

impl Person {
    /// What students see of someone who has not chosen a nickname: never the name.
    pub fn nickname(&self) -> String {
        let first = self.name.chars().next().map(String::from);
        format!("{}老师", first.unwrap_or_default())
    }

    /// What is typed, to be shown again.
    pub(super) fn as_typed(fields: &Fields) -> Self {
        Self {
            name: fields.own("person"),
            department: fields.own("department"),
            mobile: fields.own("mobile"),
        }
    }
}

/// Name and department. What is wrong goes to `errors`.
pub(super) fn check_name(fields: &Fields, errors: &mut FormErrors) -> (String, String) {
    let name = taken(errors, "person", text::person_name(fields.text("person")));
    let department = text::plain_line(fields.text("department"), DEPARTMENT_CHARS);
    (name, taken(errors, "department", department))
}

/// What students see of him: not his name, `real_name`.
pub(super) fn check_nickname(fields: &Fields, real_name: &str, errors: &mut FormErrors) -> String {
    let nickname = text::plain_line(fields.text("nickname"), NICKNAME_CHARS);
    let nickname = taken(errors, "nickname", nickname);
    if !nickname.is_empty() && nickname == real_name {
        errors.add("nickname", NICKNAME_IS_NAME);
    }
    nickname
}

/// The whole person, and whether the password will do. `company`: name and code, which must not
/// be in the password.
pub(super) fn check(
    fields: &Fields,
    company: (&str, &str),
    errors: &mut FormErrors,
) -> (Person, String) {
    let (name, department) = check_name(fields, errors);
    let mobile = Mobile::parse(fields.text("mobile")).map(|mobile| mobile.as_str().to_owned());
    let mobile = taken(errors, "mobile", mobile);
    let password = fields.own("password");
    let (company, code) = company;
    let owner = Owner {
        names: &[&name, company],
        mobile: Some(&mobile)
            .filter(|mobile| !mobile.is_empty())
            .map(String::as_str),
        company_code: Some(code).filter(|code| !code.is_empty()),
    };
    if let Some(fault) = password::faults(&password, &owner).first() {
        errors.add("password", fault.zh());
    }
    let person = Person {
        name,
        department,
        mobile,
    };
    (person, password)
}
