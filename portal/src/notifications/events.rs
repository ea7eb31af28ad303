//! The catalogue of events that people are told of.

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

base::words! {
    /// An event; its code is the number in the catalogue.
    pub enum Event: "event" {
        /// N1: someone asks to join the company. Args: `name`, `department`.
        JoinRequested = "N1",
        /// N2: the answer to a request to join. Args: `company`, `result`, `reason`.
        JoinDecided = "N2",
        /// N3: result of a company's certification. Args: `company`, `result`, `reason`.
        CompanyReviewed = "N3",
        /// N4: result of a claim, to the claimant and to the old administrator. Args: `company`,
        /// `result`, `reason`.
        ClaimDecided = "N4",
        /// N5: result of changed certification data. Args: `company`, `result`, `reason`.
        RecertificationDecided = "N5",
        /// N6: a school's answer to a company. Args: `school`, `result`, `reason`.
        SchoolJoinDecided = "N6",
        /// N28: a review is overdue; to the reviewer and to his supervisor. Args: `title`, `due`.
        ReviewOverdue = "N28",
        /// N29: an account is going to be, or has been, cancelled. Args: `date`, `state`.
        AccountCancellation = "N29",
        /// N30: a login from a new device. Args: `device`, `time`.
        NewDevice = "N30",
        /// The mobile number of an account is another one; to the person, and by SMS to the old number.
        /// Args: `mobile`, `time`.
        MobileChanged = "X6",
        /// A link that ties a mailbox to an account; to the mailbox. Args: `link`.
        EmailLink = "X7",
        /// The school has taken a student's account from its mobile number; by SMS to that number.
        /// Args: `school`, `time`.
        BindingReset = "X8",
        /// A result of the school's identity check (S1). Args: `school`, `result`, `reason`.
        IdentityDecided = "X1",
        /// An answer to a complaint (S14). Args: `number`, `result`.
        ComplaintAnswered = "X2",
        /// An answer to an appeal against a ban (S14). Args: `result`.
        BanAppealDecided = "X9",
        /// A one-time link that sets a password, made by an administrator (A101). Args: `link`.
        PasswordLink = "X3",
        /// A guest interviewer is invited (1.17). Args: `company`, `fair`, `link`.
        GuestInvited = "X4",
        /// A code by SMS (A10); to a mobile number, not to an account. Args: `code`.
        Code = "X5",
    }
}

impl Event {
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
