//! The catalogue of events that people are told of.

use std::fmt;
use std::str::FromStr;

use super::args::{self, Arg};
use crate::accounts::AccountKind;

/// What is told to people of every kind.
const EVERYONE: &[AccountKind] = &AccountKind::ALL;
const COMPANIES: &[AccountKind] = &[AccountKind::Company];
const STUDENTS: &[AccountKind] = &[AccountKind::Student];
const REVIEWERS: &[AccountKind] = &[AccountKind::School, AccountKind::Platform];
const WITH_PASSWORDS_SET: &[AccountKind] = &[
    AccountKind::Company,
    AccountKind::School,
    AccountKind::Platform,
];

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// An event; its code is the number in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// N1: someone asks to join the company. Args: `name`, `department`.
    JoinRequested,
    /// N2: the answer to a request to join. Args: `company`, `result`, `reason`.
    JoinDecided,
    /// N3: result of a company's certification. Args: `company`, `result`, `reason`.
    CompanyReviewed,
    /// N4: result of a claim, to the claimant and to the old administrator. Args: `company`,
    /// `result`, `reason`.
    ClaimDecided,
    /// N5: result of changed certification data. Args: `company`, `result`, `reason`.
    RecertificationDecided,
    /// N6: a school's answer to a company. Args: `school`, `result`, `reason`.
    SchoolJoinDecided,
    /// N28: a review is overdue; to the reviewer and to his supervisor. Args: `title`, `due`.
    ReviewOverdue,
    /// N29: an account is going to be, or has been, cancelled. Args: `date`, `state`.
    AccountCancellation,
    /// N30: a login from a new device. Args: `device`, `time`.
    NewDevice,
    /// The mobile number of an account is another one; to the person, and by SMS to the old number.
    /// Args: `mobile`, `time`.
    MobileChanged,
    /// A link that ties a mailbox to an account; to the mailbox. Args: `link`.
    EmailLink,
    /// The school has taken a student's account from its mobile number; by SMS to that number.
    /// Args: `school`, `time`.
    BindingReset,
    /// A result of the school's identity check (S1). Args: `school`, `result`, `reason`.
    IdentityDecided,
    /// An answer to a complaint (S14). Args: `number`, `result`.
    ComplaintAnswered,
    /// An answer to an appeal against a ban (S14). Args: `result`.
    BanAppealDecided,
    /// A one-time link that sets a password, made by an administrator (A101). Args: `link`.
    PasswordLink,
    /// A guest interviewer is invited (1.17). Args: `company`, `fair`, `link`.
    GuestInvited,
    /// A code by SMS (A10); to a mobile number, not to an account. Args: `code`.
    Code,
}

impl Event {
    /// All events.
    pub const ALL: [Self; 18] = [
        Self::JoinRequested,
        Self::JoinDecided,
        Self::CompanyReviewed,
        Self::ClaimDecided,
        Self::RecertificationDecided,
        Self::SchoolJoinDecided,
        Self::ReviewOverdue,
        Self::AccountCancellation,
        Self::NewDevice,
        Self::MobileChanged,
        Self::EmailLink,
        Self::BindingReset,
        Self::IdentityDecided,
        Self::ComplaintAnswered,
        Self::BanAppealDecided,
        Self::PasswordLink,
        Self::GuestInvited,
        Self::Code,
    ];

    /// The word in SQL: the number in the catalogue, or `X…` for what the catalogue lacks.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::JoinRequested => "N1",
            Self::JoinDecided => "N2",
            Self::CompanyReviewed => "N3",
            Self::ClaimDecided => "N4",
            Self::RecertificationDecided => "N5",
            Self::SchoolJoinDecided => "N6",
            Self::ReviewOverdue => "N28",
            Self::AccountCancellation => "N29",
            Self::NewDevice => "N30",
            Self::IdentityDecided => "X1",
            Self::ComplaintAnswered => "X2",
            Self::PasswordLink => "X3",
            Self::GuestInvited => "X4",
            Self::Code => "X5",
            Self::MobileChanged => "X6",
            Self::EmailLink => "X7",
            Self::BindingReset => "X8",
            Self::BanAppealDecided => "X9",
        }
    }

    /// Its name on pages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::JoinRequested => "加入公司申请",
            Self::JoinDecided => "加入公司结果",
            Self::CompanyReviewed => "企业认证结果",
            Self::ClaimDecided => "管理员申请结果",
            Self::RecertificationDecided => "重新认证结果",
            Self::SchoolJoinDecided => "入驻高校结果",
            Self::ReviewOverdue => "审核超期提醒",
            Self::AccountCancellation => "账号注销",
            Self::NewDevice => "新设备登录",
            Self::MobileChanged => "手机号更换",
            Self::EmailLink => "邮箱确认链接",
            Self::BindingReset => "学校重置绑定",
            Self::IdentityDecided => "学籍核验结果",
            Self::ComplaintAnswered => "投诉处理结果",
            Self::BanAppealDecided => "封禁申诉结果",
            Self::PasswordLink => "设置密码链接",
            Self::GuestInvited => "来宾面试官邀请",
            Self::Code => "短信验证码",
        }
    }

    /// What its templates can name, in the order in which the catalogue has them.
    pub fn args(self) -> &'static [Arg] {
        match self {
            Self::JoinRequested => &[args::NAME, args::DEPARTMENT],
            Self::JoinDecided
            | Self::CompanyReviewed
            | Self::ClaimDecided
            | Self::RecertificationDecided => &[args::COMPANY, args::RESULT, args::REASON],
            Self::SchoolJoinDecided | Self::IdentityDecided => {
                &[args::SCHOOL, args::RESULT, args::REASON]
            }
            Self::ReviewOverdue => &[args::TITLE, args::DUE],
            Self::AccountCancellation => &[args::DATE, args::STATE],
            Self::NewDevice => &[args::DEVICE, args::TIME],
            Self::MobileChanged => &[args::MOBILE, args::TIME],
            Self::ComplaintAnswered => &[args::NUMBER, args::RESULT],
            Self::BanAppealDecided => &[args::RESULT],
            Self::PasswordLink | Self::EmailLink => &[args::LINK],
            Self::BindingReset => &[args::SCHOOL, args::TIME],
            Self::GuestInvited => &[args::COMPANY, args::FAIR, args::LINK],
            Self::Code => &[args::CODE],
        }
    }

    /// Whose settings it stands in. Empty: it goes to a mobile number, not to an account.
    pub fn audience(self) -> &'static [AccountKind] {
        match self {
            Self::JoinRequested
            | Self::JoinDecided
            | Self::CompanyReviewed
            | Self::ClaimDecided
            | Self::RecertificationDecided
            | Self::SchoolJoinDecided
            | Self::GuestInvited => COMPANIES,
            Self::IdentityDecided => STUDENTS,
            Self::ReviewOverdue => REVIEWERS,
            Self::PasswordLink => WITH_PASSWORDS_SET,
            Self::AccountCancellation
            | Self::NewDevice
            | Self::MobileChanged
            | Self::ComplaintAnswered
            | Self::BanAppealDecided => EVERYONE,
            Self::Code | Self::EmailLink | Self::BindingReset => &[],
        }
    }

    /// After this time, in ms, it is of no use to anyone, and is not sent any more. A code brings
    /// its own end.
    pub fn life_ms(self) -> Option<i64> {
        match self {
            Self::Code => Some(5 * MINUTE_MS),
            Self::PasswordLink | Self::EmailLink | Self::BindingReset => Some(DAY_MS),
            Self::GuestInvited => Some(7 * DAY_MS),
            Self::NewDevice => Some(3 * DAY_MS),
            Self::JoinRequested
            | Self::JoinDecided
            | Self::CompanyReviewed
            | Self::ClaimDecided
            | Self::RecertificationDecided
            | Self::SchoolJoinDecided
            | Self::ReviewOverdue
            | Self::AccountCancellation
            | Self::MobileChanged
            | Self::IdentityDecided
            | Self::ComplaintAnswered
            | Self::BanAppealDecided => None,
        }
    }

    /// Names of the args that open something for whoever reads them.
    pub fn secrets(self) -> impl Iterator<Item = &'static str> {
        let secret = self.args().iter().filter(|arg| arg.secret);
        secret.map(|arg| arg.name)
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word in the database that is none of the events.
#[derive(Debug, thiserror::Error)]
#[error("no such event")]
pub struct UnknownEvent;

impl FromStr for Event {
    type Err = UnknownEvent;
    fn from_str(text: &str) -> Result<Self, UnknownEvent> {
        Self::ALL
            .into_iter()
            .find(|event| event.as_str() == text)
            .ok_or(UnknownEvent)
    }
}

base::sql_text!(Event);
