//! What is typed to register, and what is wrong with it.

use formats::password::{self, Owner};
use formats::phone::Mobile;
use formats::{Fault, text::half_width};
use serde::Deserialize;

use super::super::facts::{self, FactsForm};
use super::super::list::store::Facts;
use crate::schools::rules::long_text;
use crate::web::FormErrors;

/// Longest note to the school, characters.
pub const NOTE_CHARS: usize = 300;

/// What is typed. The password is never shown again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RegisterForm {
    /// Code of the school.
    pub school: String,
    /// 学号.
    pub student_no: String,
    /// 姓名.
    pub name: String,
    /// 手机号.
    pub mobile: String,
    /// The code that the SMS brought.
    pub sms_code: String,
    /// Proof that this number was shown to be his a moment ago.
    pub proof: String,
    /// Password.
    pub password: String,
    /// `on`: agrees to the user agreement.
    pub agree: String,
    /// `on`: agrees to the privacy policy.
    pub privacy: String,
    /// `on`: is sixteen or older.
    pub of_age: String,
    /// Word of a degree (by hand only, as are those below).
    pub degree: String,
    /// 学院.
    pub faculty: String,
    /// 专业.
    pub major: String,
    /// 班级.
    pub class_name: String,
    /// 届别.
    pub grad_year: String,
    /// 学信网在线验证码; may be empty.
    pub chsi_code: String,
    /// What he says to the school; may be empty.
    pub note: String,
    /// Set by the button that leads on to the form by hand.
    pub go_on: String,
}

/// Everyone's part of the form, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// 学号.
    pub student_no: String,
    /// Name.
    pub name: String,
    /// Mobile number, 11 digits.
    pub mobile: String,
}

/// What a student says of himself whom the roster does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimText {
    /// What the school would know.
    pub facts: Facts,
    /// 学信网在线验证码; may be empty.
    pub chsi_code: String,
    /// A note; may be empty.
    pub note: String,
}

impl RegisterForm {
    /// Without what must not stand in a page.
    #[must_use]
    pub fn shown(mut self) -> Self {
        self.password.clear();
        self.sms_code.clear();
        self
    }

    /// Everyone's part; faults go to `errors`.
    pub fn person(&self, errors: &mut FormErrors) -> Person {
        let student_no = facts::number(&self.student_no).unwrap_or_else(|fault| {
            errors.add("student_no", fault);
            String::new()
        });
        let name = facts::name(&self.name).unwrap_or_else(|fault| {
            errors.add("name", fault);
            String::new()
        });
        let mobile = Mobile::parse(&self.mobile).map_or_else(
            |fault| {
                errors.add("mobile", fault.zh());
                String::new()
            },
            |mobile| mobile.as_str().to_owned(),
        );
        let owner = Owner {
            names: &[&name, &student_no],
            mobile: Some(mobile.as_str()).filter(|mobile| !mobile.is_empty()),
            company_code: None,
        };
        if self.password.is_empty() {
            errors.add("password", "请设置密码");
        } else if let Some(fault) = password::faults(&self.password, &owner).first() {
            errors.add("password", fault.zh());
        }
        for (field, value, text) in [
            ("of_age", &self.of_age, "未满 16 周岁不能注册"),
            ("agree", &self.agree, "请阅读并同意用户服务协议"),
            ("privacy", &self.privacy, "请阅读并同意隐私政策"),
        ] {
            if value != "on" {
                errors.add(field, text);
            }
        }
        Person {
            student_no,
            name,
            mobile,
        }
    }

    /// The part by hand; faults go to `errors`.
    pub fn claim(&self, errors: &mut FormErrors) -> Option<ClaimText> {
        let form = FactsForm {
            student_no: self.student_no.clone(),
            name: self.name.clone(),
            degree: self.degree.clone(),
            faculty: self.faculty.clone(),
            major: self.major.clone(),
            class_name: self.class_name.clone(),
            grad_year: self.grad_year.clone(),
        };
        check_claim(&form, &self.chsi_code, &self.note, errors)
    }
}

/// A claim as it is typed; faults go to `errors`, but none that is there already.
pub fn check_claim(
    form: &FactsForm,
    chsi_code: &str,
    note: &str,
    errors: &mut FormErrors,
) -> Option<ClaimText> {
    let chsi = half_width(chsi_code).replace(' ', "").to_ascii_uppercase();
    let good = chsi.is_empty()
        || ((12..=20).contains(&chsi.len()) && chsi.bytes().all(|b| b.is_ascii_alphanumeric()));
    if !good {
        errors.add(
            "chsi_code",
            "学信网在线验证码为 12 至 20 位字母和数字，也可以不填",
        );
    }
    let note = long_text(note, NOTE_CHARS).unwrap_or_else(|fault| {
        errors.add("note", fault);
        String::new()
    });
    match form.check() {
        Ok(facts) if errors.is_empty() => Some(ClaimText {
            facts,
            chsi_code: chsi,
            note,
        }),
        Ok(_) => None,
        Err(faults) => {
            for field in [
                "student_no",
                "name",
                "degree",
                "faculty",
                "major",
                "class_name",
                "grad_year",
            ] {
                if let (Some(text), None) = (faults.get(field), errors.get(field)) {
                    errors.add(field, text.to_owned());
                }
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> RegisterForm {
        RegisterForm {
            student_no: "2025001".to_owned(),
            name: "张璇".to_owned(),
            mobile: "138 0000 0001".to_owned(),
            password: "Nanchang-2027".to_owned(),
            agree: "on".to_owned(),
            privacy: "on".to_owned(),
            of_age: "on".to_owned(),
            ..RegisterForm::default()
        }
    }

    #[test]
    fn everything_that_is_missing_is_told() {
        let mut errors = FormErrors::default();
        RegisterForm::default().person(&mut errors);
        for field in [
            "student_no",
            "name",
            "mobile",
            "password",
            "agree",
            "privacy",
            "of_age",
        ] {
            assert!(errors.get(field).is_some(), "{field}");
        }
        let mut errors = FormErrors::default();
        assert_eq!(form().person(&mut errors).mobile, "13800000001");
        assert!(errors.is_empty(), "{errors:?}");
        let weak = RegisterForm {
            password: "13800000001aA".to_owned(),
            ..form()
        };
        weak.person(&mut errors);
        assert_eq!(errors.get("password"), Some("密码不能含有手机号"));
    }

    #[test]
    fn a_claim_may_bring_a_code_of_the_ministrys_site() {
        let facts = FactsForm {
            student_no: "1".to_owned(),
            name: "张璇".to_owned(),
            degree: "master".to_owned(),
            faculty: "a".to_owned(),
            major: "b".to_owned(),
            class_name: String::new(),
            grad_year: "2027".to_owned(),
        };
        let mut errors = FormErrors::default();
        let claim = check_claim(&facts, "a1b2 c3d4 e5f6", "", &mut errors).unwrap();
        assert_eq!(claim.chsi_code, "A1B2C3D4E5F6");
        assert!(check_claim(&facts, "<b>", "", &mut errors).is_none());
        assert!(errors.get("chsi_code").is_some());
    }
}
