//! The catalogue of events that people are told of.

use std::fmt;
use std::str::FromStr;

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
    /// A result of the school's identity check (S1). Args: `school`, `result`, `reason`.
    IdentityDecided,
    /// An answer to a complaint (S14). Args: `number`, `result`.
    ComplaintAnswered,
    /// A one-time link that sets a password, made by an administrator (A101). Args: `link`.
    PasswordLink,
    /// A guest interviewer is invited (1.17). Args: `company`, `fair`, `link`.
    GuestInvited,
    /// A code by SMS (A10); to a mobile number, not to an account. Args: `code`.
    Code,
}

impl Event {
    /// All events.
    pub const ALL: [Self; 14] = [
        Self::JoinRequested,
        Self::JoinDecided,
        Self::CompanyReviewed,
        Self::ClaimDecided,
        Self::RecertificationDecided,
        Self::SchoolJoinDecided,
        Self::ReviewOverdue,
        Self::AccountCancellation,
        Self::NewDevice,
        Self::IdentityDecided,
        Self::ComplaintAnswered,
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
        }
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
