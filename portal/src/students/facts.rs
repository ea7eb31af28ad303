//! What a school knows of a student, as it is typed into a form or stands in a roster.

use formats::Fault;
use formats::text::{half_width, one_line, person_name};
use serde::Deserialize;

use super::list::store::Facts;
use super::rules::Degree;
use crate::schools::rules::{FACULTY_CHARS, short_text};
use crate::web::FormErrors;

/// Longest student number, characters.
pub const NUMBER_CHARS: usize = 32;
/// First and last year of graduation that can be meant.
pub const GRAD_YEARS: (i64, i64) = (1990, 2100);

/// What is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct FactsForm {
    /// 学号.
    pub student_no: String,
    /// 姓名.
    pub name: String,
    /// Word of a degree.
    pub degree: String,
    /// 学院.
    pub faculty: String,
    /// 专业.
    pub major: String,
    /// 班级.
    pub class_name: String,
    /// 届别.
    pub grad_year: String,
}

impl FactsForm {
    /// What is to be stored, or what is wrong.
    ///
    /// # Errors
    /// All faults, each beside its field.
    pub fn check(&self) -> Result<Facts, FormErrors> {
        let mut errors = FormErrors::default();
        let mut take = |field: &'static str, value: Result<String, String>| {
            value.unwrap_or_else(|fault| {
                errors.add(field, fault);
                String::new()
            })
        };
        let student_no = take("student_no", number(&self.student_no));
        let name = take("name", name(&self.name));
        let faculty = take("faculty", needed(&self.faculty, "请填写学院"));
        let major = take("major", needed(&self.major, "请填写专业"));
        let class_name = take("class_name", short_text(&self.class_name, FACULTY_CHARS));
        let degree = self.degree.parse::<Degree>();
        if degree.is_err() {
            errors.add("degree", "请选择学历");
        }
        let grad_year = grad_year(&self.grad_year).unwrap_or_else(|fault| {
            errors.add("grad_year", fault);
            0
        });
        match degree {
            Ok(degree) if errors.is_empty() => Ok(Facts {
                student_no,
                name,
                degree,
                faculty,
                major,
                class_name,
                grad_year,
            }),
            _ => Err(errors),
        }
    }
}

/// A student number: letters, digits and hyphens, half width.
///
/// # Errors
/// Chinese text that says what is wrong.
pub fn number(text: &str) -> Result<String, String> {
    let number: String = half_width(&one_line(text)).replace(' ', "");
    if number.is_empty() {
        return Err("请填写学号".to_owned());
    }
    if is_scientific(&number) {
        return Err("学号被表格软件改成了科学计数法，请把这一列设为文本格式".to_owned());
    }
    let good = number
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !good {
        return Err("学号只能含字母、数字和连字符".to_owned());
    }
    if number.len() > NUMBER_CHARS {
        return Err(format!("学号最多 {NUMBER_CHARS} 位"));
    }
    Ok(number)
}

/// `2.025E+09`: what a spreadsheet makes of a long number.
fn is_scientific(number: &str) -> bool {
    let upper = number.to_ascii_uppercase();
    upper.split_once("E+").is_some_and(|(digits, power)| {
        !power.is_empty()
            && power.bytes().all(|b| b.is_ascii_digit())
            && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    })
}

/// A name, in the form that is stored.
///
/// # Errors
/// Chinese text that says what is wrong.
pub fn name(text: &str) -> Result<String, String> {
    person_name(text).map_err(|fault| fault.zh().into_owned())
}

/// A short text that must be there.
///
/// # Errors
/// `missing`, or Chinese text that says what is wrong.
pub fn needed(text: &str, missing: &str) -> Result<String, String> {
    let text = short_text(text, FACULTY_CHARS)?;
    if text.is_empty() {
        Err(missing.to_owned())
    } else {
        Ok(text)
    }
}

/// The year of graduation: `2027`, `2027届`, `2027 年`, `2027.0`, and dates that begin with it.
///
/// # Errors
/// Chinese text that says what is wrong.
pub fn grad_year(text: &str) -> Result<i64, String> {
    let text = half_width(&one_line(text)).replace(' ', "");
    if text.is_empty() {
        return Err("请填写毕业年份".to_owned());
    }
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let rest = &text[digits.len()..];
    let known_rest = matches!(rest, "" | "届" | "年" | "届毕业生" | ".0")
        || rest.starts_with(['-', '/', '.', '年']);
    let (least, most) = GRAD_YEARS;
    match digits.parse() {
        Ok(year) if digits.len() == 4 && known_rest && (least..=most).contains(&year) => Ok(year),
        _ => Err(format!("毕业年份须为四位年份，在 {least} 至 {most} 之间")),
    }
}

/// The degree that a word of a roster means: its usual names, and the codes of the Ministry of
/// Education.
///
/// # Errors
/// Chinese text that says what can be written.
pub fn degree(text: &str) -> Result<Degree, String> {
    let word = half_width(&one_line(text)).replace([' ', '(', ')'], "");
    Ok(match word.as_str() {
        "专科" | "专科高职" | "专科生" | "高职" | "高职高专" | "大专" | "41" | "associate" => {
            Degree::Associate
        }
        "本科" | "本科生" | "大学本科" | "学士" | "31" | "bachelor" => Degree::Bachelor,
        "第二学士学位" | "第二学士" | "二学位" | "25" | "second_bachelor" => {
            Degree::SecondBachelor
        }
        "硕士" | "硕士研究生" | "硕士生" | "11" | "master" => Degree::Master,
        "博士" | "博士研究生" | "博士生" | "01" | "1" | "doctor" => Degree::Doctor,
        "" => return Err("请填写学历".to_owned()),
        _ => return Err("无法识别的学历，请写：专科、本科、第二学士学位、硕士或博士".to_owned()),
    })
}

/// Do two names mean the same person? Width, case, spaces and kinds of dots do not count.
pub fn same_name(one: &str, other: &str) -> bool {
    let key = |name: &str| {
        let name = person_name(name).unwrap_or_else(|_| name.to_owned());
        formats::text::name_key(&name)
    };
    key(one) == key(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_letters_and_digits() {
        assert_eq!(number(" ２０２５１ 00001 ").unwrap(), "2025100001");
        assert_eq!(number("BY-2025a").unwrap(), "BY-2025a");
        assert!(number("2.02510E+11").unwrap_err().contains("科学计数法"));
        for text in ["", "学号", "1'--", "=1", &"1".repeat(33), "待核验-3f"] {
            assert!(number(text).is_err(), "{text}");
        }
    }

    #[test]
    fn years_and_degrees_are_read_as_schools_write_them() {
        for text in [
            "2027",
            "2027届",
            "２０２７ 年",
            "2027.0",
            "2027-06-30",
            "2027年6月",
        ] {
            assert_eq!(grad_year(text), Ok(2027), "{text}");
        }
        for text in ["", "27", "20270", "1989", "届2027", "2027x"] {
            assert!(grad_year(text).is_err(), "{text}");
        }
        assert_eq!(degree("硕士研究生"), Ok(Degree::Master));
        assert_eq!(degree("专科（高职）"), Ok(Degree::Associate));
        assert!(degree("研究僧").unwrap_err().contains("硕士"));
    }

    #[test]
    fn names_agree_whatever_the_keyboard() {
        assert!(same_name("阿依古丽·买买提", "阿依古丽•买买提"));
        assert!(same_name("张 璇", "张璇"));
        assert!(same_name("王𬱖", "王𬱖"));
        assert!(!same_name("王𬱖", "王颐"));
    }
}
