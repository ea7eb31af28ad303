//! Kinds of reviews, whose desk they lie on, and their states.

use super::machine::Eyes;
use crate::ids::{CompanyId, SchoolId};

base::words! {
    /// What is under review.
    pub enum Kind: "kind of review" {
        /// A new company's certification (A18).
        Company = "company",
        /// A certified company's changed certification data (A100).
        Recertification = "recertification",
        /// 申请成为管理员 (A12, A102).
        AdminClaim = "admin_claim",
        /// 入驻高校 (A77).
        SchoolJoin = "school_join",
        /// 申请加入公司 (A11).
        Membership = "membership",
        /// A student whom the roster does not know (S1).
        Identity = "identity",
    }
}

impl Kind {
    /// The word on pages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Company => "企业认证",
            Self::Recertification => "认证信息变更",
            Self::AdminClaim => "管理员申请",
            Self::SchoolJoin => "入驻高校",
            Self::Membership => "加入公司",
            Self::Identity => "学生身份",
        }
    }

    /// Working days until it is due. The manual states 1–3 for a company and for a claim and 1
    /// for changed data; what it does not state is 2, and is shown.
    pub fn working_days(self) -> u32 {
        match self {
            Self::Company | Self::AdminClaim => 3,
            Self::Recertification => 1,
            Self::SchoolJoin | Self::Membership | Self::Identity => 2,
        }
    }

    /// Does this kind lie on such a desk?
    pub fn is_for(self, desk: Desk) -> bool {
        match self {
            Self::Company | Self::Recertification | Self::AdminClaim => {
                matches!(desk, Inbox::Platform)
            }
            Self::SchoolJoin | Self::Identity => matches!(desk, Inbox::School(_)),
            Self::Membership => matches!(desk, Inbox::Company(_)),
        }
    }

    /// How many reviewers an approval needs: two for what hands a company over (1.17).
    pub fn eyes(self) -> Eyes {
        match self {
            Self::AdminClaim => Eyes::Four,
            Self::Company
            | Self::Recertification
            | Self::SchoolJoin
            | Self::Membership
            | Self::Identity => Eyes::Two,
        }
    }
}

/// Whose desk a review lies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inbox {
    /// The platform's reviewers.
    Platform,
    /// A school's staff.
    School(SchoolId),
    /// A company's administrator.
    Company(CompanyId),
}

/// Whose desk someone sits at: what he may see and decide.
pub type Desk = Inbox;

impl Inbox {
    /// The word in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::School(_) => "school",
            Self::Company(_) => "company",
        }
    }

    /// The school, if it is a school's.
    pub fn school(self) -> Option<SchoolId> {
        match self {
            Self::School(id) => Some(id),
            Self::Platform | Self::Company(_) => None,
        }
    }

    /// The company, if it is a company's.
    pub fn company(self) -> Option<CompanyId> {
        match self {
            Self::Company(id) => Some(id),
            Self::Platform | Self::School(_) => None,
        }
    }
}

base::words! {
    /// Where a review stands; what leads where says [`super::machine`].
    pub enum State: "state of a review" {
        /// Waits for a decision; its clock runs.
        Open = "open",
        /// Given back to the applicant with a reason; its clock stands.
        Returned = "returned",
        /// Approved.
        Approved = "approved",
        /// Refused with a reason.
        Rejected = "rejected",
        /// Taken back by the applicant.
        Withdrawn = "withdrawn",
    }
}

impl State {
    /// The word on pages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Open => "待审核",
            Self::Returned => "退回修改",
            Self::Approved => "已通过",
            Self::Rejected => "未通过",
            Self::Withdrawn => "已撤回",
        }
    }

    /// The colour of its tag.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Open => "info",
            Self::Returned => "warn",
            Self::Approved => "ok",
            Self::Rejected => "bad",
            Self::Withdrawn => "quiet",
        }
    }

    /// The Chinese of its code, for lists of choices.
    pub fn choices() -> Vec<(&'static str, &'static str)> {
        Self::ALL
            .iter()
            .map(|state| (state.as_str(), state.zh()))
            .collect()
    }

    /// May still be decided, changed or withdrawn.
    pub fn is_running(self) -> bool {
        matches!(self, Self::Open | Self::Returned)
    }
}

/// What a reviewer decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Approve,
    /// Back to the applicant, who may change it and hand it in again.
    Return {
        /// What is to be changed.
        reason: String,
    },
    /// No.
    Reject {
        /// Why.
        reason: String,
    },
}

/// The longest reason, characters.
pub const REASON_CHARS: usize = 500;

impl Decision {
    /// The state that follows.
    pub fn state(&self) -> State {
        match self {
            Self::Approve => State::Approved,
            Self::Return { .. } => State::Returned,
            Self::Reject { .. } => State::Rejected,
        }
    }

    /// The reason; empty for an approval.
    pub fn reason(&self) -> &str {
        match self {
            Self::Approve => "",
            Self::Return { reason } | Self::Reject { reason } => reason,
        }
    }
}
