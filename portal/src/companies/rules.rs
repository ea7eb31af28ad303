//! What a company is certified by: the fields of the form, checked, and what a reviewer should
//! look at. No web, no database.

use formats::Fault;
use formats::company_code::{CompanyCode, Kind as CodeKind};
use formats::mail::{Mail, PUBLIC_HOST_ZH};
use formats::phone::Landline;
use formats::postcode::Postcode;
use formats::{lists, regions, text};
use serde::{Deserialize, Serialize};

use super::choices::Choices;
use super::fields::Fields;
use crate::ids::FileId;
use crate::web::FormErrors;

/// Shortest and longest address, characters.
pub const ADDRESS_CHARS: (usize, usize) = (4, 100);
/// Longest introduction, characters.
pub const INTRO_CHARS: usize = 2000;

/// How a company is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// 固定电话.
    pub tel: String,
    /// 单位邮箱.
    pub official_email: String,
    /// 招聘邮箱.
    pub hr_email: String,
    /// 邮编.
    pub postcode: String,
}

/// 认证信息: what is handed in to be certified. Each field in its stored form; on a page that is
/// shown again, what was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificationData {
    /// 单位名称.
    pub name: String,
    /// 统一社会信用代码 or 组织机构代码.
    pub code: String,
    /// GB/T 2260, two digits.
    pub province: String,
    /// GB/T 2260, six digits.
    pub city: String,
    /// 单位地址.
    pub address: String,
    /// Code of 单位性质.
    pub nature: String,
    /// Code of 所属行业.
    pub industry: String,
    /// 营业执照.
    pub licence: Option<FileId>,
    /// 账号授权书 of whoever registers the company; asked for at the first certification.
    #[serde(default)]
    pub letter: Option<FileId>,
    /// Phone, addresses, postcode; a change leaves them as they are.
    pub contact: Contact,
    /// What the codes stood for when it was handed in; empty where that was not kept.
    #[serde(default)]
    pub words: Words,
}

/// What codes stand for: the lists' words at that time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Words {
    /// 所在省份.
    pub province: String,
    /// 所在城市.
    pub city: String,
    /// 单位性质.
    pub nature: String,
    /// 所属行业.
    pub industry: String,
}

impl CertificationData {
    /// The 18-digit code, if it is one.
    pub fn uscc(&self) -> Option<&str> {
        CompanyCode::parse(&self.code)
            .is_ok_and(|code| code.kind() == CodeKind::Uscc)
            .then_some(self.code.as_str())
    }

    /// The organisation code: characters 9 to 17 of the longer one, so that a company is found by
    /// either.
    pub fn org_code(&self) -> Option<String> {
        CompanyCode::parse(&self.code)
            .ok()
            .map(|code| code.org_part().to_owned())
    }

    /// The city as pages show it.
    pub fn city_zh(&self) -> &str {
        let word = self.words.city.as_str();
        match regions::city(&self.city) {
            Some(city) if word.is_empty() || word == city.name => city.short(),
            _ => word.strip_suffix('市').unwrap_or(word),
        }
    }

    /// 单位性质 as pages show it.
    pub fn nature_zh(&self) -> &str {
        let built_in = lists::COMPANY_NATURES.zh_of(&self.nature);
        or(&self.words.nature, built_in)
    }

    /// 所属行业 as pages show it.
    pub fn industry_zh(&self) -> &str {
        or(
            &self.words.industry,
            lists::INDUSTRIES.zh_of(&self.industry),
        )
    }

    /// Label and value of each field, for whoever reviews it.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let province = regions::province(&self.province).map(|province| province.name);
        let province = or(&self.words.province, province);
        let city = or(
            &self.words.city,
            regions::city(&self.city).map(|city| city.name),
        );
        let all = [
            ("单位名称", self.name.clone()),
            ("统一社会信用代码", self.code.clone()),
            ("所在省份", province.to_owned()),
            ("所在城市", city.to_owned()),
            ("单位地址", self.address.clone()),
            ("单位性质", self.nature_zh().to_owned()),
            ("所属行业", self.industry_zh().to_owned()),
            ("固定电话", self.contact.tel.clone()),
            ("单位邮箱", self.contact.official_email.clone()),
            ("招聘邮箱", self.contact.hr_email.clone()),
            ("邮编", self.contact.postcode.clone()),
        ];
        all.into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }

    /// Soft findings, Chinese: not wrong, but to be looked at.
    pub fn flags(&self) -> Vec<String> {
        let mut flags = Vec::new();
        if let Ok(code) = CompanyCode::parse(&self.code) {
            flags.extend(code.remarks().into_iter().map(|r| r.zh().to_owned()));
            let registered = code.region().and_then(regions::province_of);
            if registered.is_some_and(|province| province.code != self.province) {
                flags.push("代码中的登记地区与所在省份不一致".to_owned());
            }
        }
        if Mail::parse(&self.contact.official_email).is_ok_and(|mail| mail.is_public()) {
            flags.push("单位邮箱是公共邮箱".to_owned());
        }
        flags
    }
}

/// The word that was kept, else the built-in one.
fn or<'a>(word: &'a str, built_in: Option<&'static str>) -> &'a str {
    if word.is_empty() {
        built_in.unwrap_or_default()
    } else {
        word
    }
}

/// Name and code, the first step. What is wrong goes to `errors`.
pub(super) fn check_name_and_code(fields: &Fields, errors: &mut FormErrors) -> (String, String) {
    let name = taken(errors, "name", text::company_name(fields.text("name")));
    let code = CompanyCode::parse(fields.text("code")).map(|code| code.as_str().to_owned());
    (name, taken(errors, "code", code))
}

/// What a certification is about, without its files and without how the company is reached.
/// Only what `choices` offer is taken.
pub(super) fn check_identity(
    fields: &Fields,
    choices: &Choices,
    errors: &mut FormErrors,
) -> CertificationData {
    let (name, code) = check_name_and_code(fields, errors);
    let province = fields.own("province");
    if !choices.provinces.has(&province) {
        errors.add("province", "请选择所在省份");
    }
    let city = fields.own("city");
    if !choices.cities.has(&city) {
        errors.add("city", "请选择所在城市");
    } else if choices.cities.parent(&city) != province {
        errors.add("city", "所在城市不属于所选省份");
    }
    let address = text::plain_line(fields.text("address"), ADDRESS_CHARS);
    let (nature, industry) = (fields.own("nature"), fields.own("industry"));
    let address = taken(errors, "address", address);
    if !choices.natures.has(&nature) {
        errors.add("nature", "请选择单位性质");
    }
    if !choices.industries.has(&industry) {
        errors.add("industry", "请选择所属行业");
    }
    let data = CertificationData {
        name,
        code,
        province,
        city,
        address,
        nature,
        industry,
        ..CertificationData::default()
    };
    CertificationData {
        words: choices.words_of(&data),
        ..data
    }
}

/// How the company is reached.
pub(super) fn check_contact(fields: &Fields, errors: &mut FormErrors) -> Contact {
    let tel = Landline::parse(fields.text("tel")).map(|tel| tel.as_str().to_owned());
    let mail = |name: &str| Mail::parse(fields.text(name)).map(|mail| mail.as_str().to_owned());
    let postcode = Postcode::parse(fields.text("postcode")).map(|code| code.as_str().to_owned());
    Contact {
        tel: taken(errors, "tel", tel),
        official_email: taken(errors, "official_email", mail("official_email")),
        hr_email: taken(errors, "hr_email", mail("hr_email")),
        postcode: taken(errors, "postcode", postcode),
    }
}

/// What is typed, to be shown again: nothing is lost.
pub(super) fn as_typed(fields: &Fields) -> CertificationData {
    CertificationData {
        name: fields.own("name"),
        code: fields.own("code"),
        province: fields.own("province"),
        city: fields.own("city"),
        address: fields.own("address"),
        nature: fields.own("nature"),
        industry: fields.own("industry"),
        licence: None,
        letter: None,
        contact: contact_as_typed(fields),
        words: Words::default(),
    }
}

/// As [`as_typed`], of how the company is reached.
pub(super) fn contact_as_typed(fields: &Fields) -> Contact {
    Contact {
        tel: fields.own("tel"),
        official_email: fields.own("official_email"),
        hr_email: fields.own("hr_email"),
        postcode: fields.own("postcode"),
    }
}

/// What stands beside the code's field although it is taken.
pub(super) fn code_remark(code: &str) -> Option<&'static str> {
    let code = CompanyCode::parse(code).ok()?;
    code.remarks().first().map(|remark| remark.zh())
}

/// What stands beside 单位邮箱 although it is taken.
pub(super) fn mail_remark(address: &str) -> Option<&'static str> {
    Mail::parse(address)
        .is_ok_and(|mail| mail.is_public())
        .then_some(PUBLIC_HOST_ZH)
}

/// A text of several lines: ends trimmed, no control characters but line ends.
pub(super) fn check_lines(
    text: &str,
    most: usize,
    (errors, name): (&mut FormErrors, &'static str),
) -> String {
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    if text.chars().count() > most {
        errors.add(name, format!("最多 {most} 个字"));
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        errors.add(name, "不能含有控制字符");
    }
    text.to_owned()
}

/// The value, or its fault beside the field.
pub(super) fn taken<T: Default, F: Fault>(
    errors: &mut FormErrors,
    name: &'static str,
    result: Result<T, F>,
) -> T {
    result.unwrap_or_else(|fault| {
        errors.add(name, fault.zh());
        T::default()
    })
}

#[cfg(test)]
mod tests {
    use super::super::choices::Choice;
    use super::*;
    use crate::dictionaries::lists::Entry;

    fn good() -> CertificationData {
        CertificationData {
            name: "长沙云聘（示例）".to_owned(),
            code: "91430100MA4L004760".to_owned(),
            province: "43".to_owned(),
            city: "430100".to_owned(),
            contact: Contact {
                official_email: "hr@yunpin.example".to_owned(),
                ..Contact::default()
            },
            ..CertificationData::default()
        }
    }

    #[test]
    fn a_wrong_check_digit_is_a_flag_and_so_is_a_public_mailbox() {
        assert_eq!(good().flags(), Vec::<String>::new());
        let doubtful = CertificationData {
            code: "91430100MA4L10101C".to_owned(),
            contact: Contact {
                official_email: "someone@qq.com".to_owned(),
                ..Contact::default()
            },
            ..good()
        };
        let flags = doubtful.flags();
        assert!(flags[0].contains("校验位不符"), "{flags:?}");
        assert!(flags.iter().any(|flag| flag.contains("公共邮箱")));
        let elsewhere = CertificationData {
            province: "11".to_owned(),
            ..good()
        };
        assert!(elsewhere.flags()[0].contains("登记地区"));
    }

    #[test]
    fn either_code_gives_the_organisation_code() {
        assert_eq!(good().org_code().as_deref(), Some("MA4L00476"));
        assert_eq!(good().uscc(), Some("91430100MA4L004760"));
        let old = CertificationData {
            code: "802100433".to_owned(),
            ..good()
        };
        assert_eq!(
            (old.uscc(), old.org_code().as_deref()),
            (None, Some("802100433"))
        );
        assert!(old.flags().iter().any(|flag| flag.contains("老码")));
    }

    #[test]
    fn a_city_belongs_to_its_province() {
        let mut errors = FormErrors::default();
        let fields: Fields = serde_json::from_value(serde_json::json!([
            ["name", "云聘"],
            ["code", "802100433"],
            ["province", "11"],
            ["city", "430100"],
            ["address", "岳麓大道 1111 号"],
            ["nature", "39"],
            ["industry", "I"],
        ]))
        .unwrap();
        check_identity(&fields, &Choices::built_in(), &mut errors);
        assert!(
            errors
                .get("city")
                .is_some_and(|text| text.contains("不属于"))
        );
        assert_eq!(errors.get("nature"), None);
    }

    #[test]
    fn only_what_the_lists_offer_is_taken_and_its_words_are_kept() {
        let typed = |nature: &str| -> Fields {
            serde_json::from_value(serde_json::json!([["nature", nature]])).unwrap()
        };
        let entry = |code: &str, label: &str, enabled| Entry {
            code: code.to_owned(),
            label: label.to_owned(),
            parent: String::new(),
            ordinal: 1,
            enabled,
            changed: true,
        };
        let choices = Choices {
            natures: Choice::of(vec![
                entry("L9", "律师事务所", true),
                entry("39", "其他企业", false),
            ]),
            ..Choices::built_in()
        };
        let mut errors = FormErrors::default();
        let added = check_identity(&typed("L9"), &choices, &mut errors);
        assert_eq!(errors.get("nature"), None);
        assert_eq!(added.nature_zh(), "律师事务所");
        check_identity(&typed("39"), &choices, &mut errors);
        assert_eq!(errors.get("nature"), Some("请选择单位性质"));
        let old = CertificationData {
            nature: "39".to_owned(),
            ..CertificationData::default()
        };
        assert_eq!(old.nature_zh(), "其他企业", "what is stored stays readable");
    }
}
