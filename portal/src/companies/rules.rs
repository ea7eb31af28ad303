//! What a company is certified by: the fields of the form, checked, and what a reviewer should
//! look at. No web, no database.

use formats::Fault;
use formats::company_code::{CompanyCode, Kind as CodeKind};
use formats::mail::{Mail, PUBLIC_HOST_ZH};
use formats::phone::Landline;
use formats::postcode::Postcode;
use formats::{lists, regions, text};
use serde::{Deserialize, Serialize};

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
    pub fn city_zh(&self) -> &'static str {
        regions::city(&self.city).map_or("", regions::City::short)
    }

    /// 单位性质 as pages show it.
    pub fn nature_zh(&self) -> &'static str {
        lists::COMPANY_NATURES
            .zh_of(&self.nature)
            .unwrap_or_default()
    }

    /// 所属行业 as pages show it.
    pub fn industry_zh(&self) -> &'static str {
        lists::INDUSTRIES.zh_of(&self.industry).unwrap_or_default()
    }

    /// Label and value of each field, for whoever reviews it.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let province = regions::province(&self.province).map_or("", |province| province.name);
        let city = regions::city(&self.city).map_or("", |city| city.name);
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

/// Name and code, the first step. What is wrong goes to `errors`.
pub(super) fn check_name_and_code(fields: &Fields, errors: &mut FormErrors) -> (String, String) {
    let name = taken(errors, "name", text::company_name(fields.text("name")));
    let code = CompanyCode::parse(fields.text("code")).map(|code| code.as_str().to_owned());
    (name, taken(errors, "code", code))
}

/// What a certification is about, without its files and without how the company is reached.
pub(super) fn check_identity(fields: &Fields, errors: &mut FormErrors) -> CertificationData {
    let (name, code) = check_name_and_code(fields, errors);
    let province = fields.own("province");
    if regions::province(&province).is_none() {
        errors.add("province", "请选择所在省份");
    }
    let city = fields.own("city");
    match regions::city(&city) {
        None => errors.add("city", "请选择所在城市"),
        Some(found) if found.province().code != province => {
            errors.add("city", "所在城市不属于所选省份");
        }
        Some(_) => {}
    }
    let address = text::plain_line(fields.text("address"), ADDRESS_CHARS);
    let (nature, industry) = (fields.own("nature"), fields.own("industry"));
    let address = taken(errors, "address", address);
    if !lists::COMPANY_NATURES.has(&nature) {
        errors.add("nature", "请选择单位性质");
    }
    if !lists::INDUSTRIES.has(&industry) {
        errors.add("industry", "请选择所属行业");
    }
    CertificationData {
        name,
        code,
        province,
        city,
        address,
        nature,
        industry,
        ..CertificationData::default()
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
    use super::*;

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
        check_identity(&fields, &mut errors);
        assert!(
            errors
                .get("city")
                .is_some_and(|text| text.contains("不属于"))
        );
        assert_eq!(errors.get("nature"), None);
    }
}
