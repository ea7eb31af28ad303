//! 发票抬头: what an electronic invoice (数电票) is made out with.
//!
//! A general invoice needs a title, a company's also its tax number. A special one (增值税专用发票)
//! needs address, phone, bank and account as well; a person gets none.

mod check;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;

pub use check::{
    ACCOUNT_DIGITS, ADDRESS_CHARS, BANK_CHARS, REMARK_CHARS, TAX_NUMBER_CHARS, TITLE_CHARS,
};

/// 发票类型.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 电子发票(普通发票).
    #[default]
    General,
    /// 电子发票(增值税专用发票).
    Special,
}

/// 抬头类型: whom it is made out to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// 企业.
    #[default]
    Enterprise,
    /// 事业单位.
    Institution,
    /// 个人.
    Individual,
}

/// A field of the form; its word is the field's name in HTML and JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// 发票类型.
    Kind,
    /// 抬头类型.
    Holder,
    /// 抬头.
    Title,
    /// 税号.
    TaxNumber,
    /// 注册地址.
    Address,
    /// 注册电话.
    Phone,
    /// 开户行.
    Bank,
    /// 银行账号.
    Account,
    /// 接收邮箱.
    Email,
    /// 接收手机.
    Mobile,
    /// 备注.
    Remark,
}

/// A word that stands in SQL and in forms, and its Chinese.
macro_rules! words {
    ($name:ident, $what:literal: $($variant:ident = $word:literal, $zh:literal;)+) => {
        impl $name {
            #[doc = concat!("All ", $what, ", in the order of the form.")]
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word in SQL, JSON and forms.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The word on pages.
            pub fn zh(self) -> &'static str {
                match self { $(Self::$variant => $zh),+ }
            }

            /// The one of a word; `None`: there is none.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word)
            }
        }
    };
}

words! { Kind, "kinds":
    General = "general", "电子发票(普通发票)";
    Special = "special", "电子发票(增值税专用发票)";
}

words! { Holder, "holders":
    Enterprise = "enterprise", "企业";
    Institution = "institution", "事业单位";
    Individual = "individual", "个人";
}

words! { Field, "fields":
    Kind = "kind", "发票类型";
    Holder = "holder", "抬头类型";
    Title = "title", "抬头";
    TaxNumber = "tax_number", "税号";
    Address = "address", "注册地址";
    Phone = "phone", "注册电话";
    Bank = "bank", "开户行";
    Account = "account", "银行账号";
    Email = "email", "接收邮箱";
    Mobile = "mobile", "接收手机";
    Remark = "remark", "备注";
}

/// What a person typed, field by field.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// 发票类型.
    pub kind: Kind,
    /// 抬头类型.
    pub holder: Holder,
    /// 抬头.
    pub title: String,
    /// 税号.
    pub tax_number: String,
    /// 注册地址.
    pub address: String,
    /// 注册电话.
    pub phone: String,
    /// 开户行.
    pub bank: String,
    /// 银行账号.
    pub account: String,
    /// 接收邮箱.
    pub email: String,
    /// 接收手机.
    pub mobile: String,
    /// 备注.
    pub remark: String,
}

/// A checked [`Draft`]: every field in its stored form, those that were left out empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Title(Draft);

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {problem}", field.as_str())]
pub struct FieldFault {
    /// Beside which field it stands.
    pub field: Field,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong with a field; a field's own format is in the words of its module.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It must be filled in.
    #[error("missing")]
    Missing,
    /// An institution without tax number says so in the remark.
    #[error("no tax number and no remark")]
    NoTaxNumber,
    /// A special invoice is not for a person.
    #[error("no special invoice for a person")]
    SpecialForPerson,
    /// No tax number.
    #[error("bad tax number")]
    TaxNumber,
    /// No bank account.
    #[error("bad account")]
    Account,
    /// As another module says: the sentence for the page.
    #[error("{0}")]
    Format(Cow<'static, str>),
}

impl Fault for FieldFault {
    fn zh(&self) -> Cow<'static, str> {
        match &self.problem {
            Problem::Missing => format!("请填写{}", self.field.zh()).into(),
            Problem::NoTaxNumber => "请填写税号；没有税号的事业单位，请在备注中说明".into(),
            Problem::SpecialForPerson => "增值税专用发票不能开给个人，请选普通发票".into(),
            Problem::TaxNumber => {
                let (least, most) = TAX_NUMBER_CHARS;
                format!("税号应为 {least} 至 {most} 位数字和大写字母").into()
            }
            Problem::Account => {
                let (least, most) = ACCOUNT_DIGITS;
                format!("银行账号应为 {least} 至 {most} 位数字").into()
            }
            Problem::Format(zh) => zh.clone(),
        }
    }
}

/// The fields that must be filled in, in the order of the form. An institution may leave the tax
/// number of a general invoice out, if its remark says why.
pub fn required(kind: Kind, holder: Holder) -> &'static [Field] {
    use Field::{Account, Address, Bank, Email, Phone, TaxNumber, Title};
    match (kind, holder) {
        (Kind::Special, _) => &[Title, TaxNumber, Address, Phone, Bank, Account, Email],
        (Kind::General, Holder::Enterprise) => &[Title, TaxNumber, Email],
        (Kind::General, Holder::Institution | Holder::Individual) => &[Title, Email],
    }
}

impl Draft {
    /// The text of a field; of the two choices, their word.
    pub fn text(&self, field: Field) -> &str {
        match field {
            Field::Kind => self.kind.as_str(),
            Field::Holder => self.holder.as_str(),
            Field::Title => &self.title,
            Field::TaxNumber => &self.tax_number,
            Field::Address => &self.address,
            Field::Phone => &self.phone,
            Field::Bank => &self.bank,
            Field::Account => &self.account,
            Field::Email => &self.email,
            Field::Mobile => &self.mobile,
            Field::Remark => &self.remark,
        }
    }

    /// Checks all fields at once.
    ///
    /// # Errors
    /// All that is wrong, in the order of the form; at most one for each field.
    pub fn check(&self) -> Result<Title, Vec<FieldFault>> {
        check::check(self).map(Title)
    }
}

impl Title {
    /// The fields in their stored form.
    pub fn fields(&self) -> &Draft {
        &self.0
    }

    /// To fill the form again.
    pub fn into_draft(self) -> Draft {
        self.0
    }

    /// Whether the tax number's check digit is wrong: it is taken, and finance looks at it. `false`
    /// if it is no 统一社会信用代码.
    pub fn is_tax_number_doubtful(&self) -> bool {
        crate::company_code::CompanyCode::parse(&self.0.tax_number)
            .is_ok_and(|code| code.needs_licence())
    }
}

impl<'de> Deserialize<'de> for Title {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Draft::deserialize(deserializer)?.check().map_err(|faults| {
            let first = faults.first().map(ToString::to_string);
            serde::de::Error::custom(first.unwrap_or_default())
        })
    }
}

#[cfg(test)]
mod tests;
