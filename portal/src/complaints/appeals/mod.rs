//! Appeals against bans. Whom a ban keeps out, or the administrator of the company that it keeps
//! out, may say once why it is wrong, as long as it runs. Somebody of the support who did not
//! impose it decides; what is granted lifts the ban in the same transaction.

pub mod desk;
pub mod pages;
pub mod store;

use std::fmt;
use std::str::FromStr;

/// Where an appeal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hearing {
    /// It waits for a decision.
    Open,
    /// The ban was lifted.
    Granted,
    /// The ban stays.
    Refused,
}

impl Hearing {
    const ALL: [Self; 3] = [Self::Open, Self::Granted, Self::Refused];

    /// The word in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Granted => "granted",
            Self::Refused => "refused",
        }
    }

    /// The word on pages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Open => "申诉中",
            Self::Granted => "申诉成立，已解除",
            Self::Refused => "申诉不成立，维持限制",
        }
    }

    /// Its tag's colour.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Open => "warn",
            Self::Granted => "ok",
            Self::Refused => "quiet",
        }
    }

    /// The decision that a form names; none: it names none.
    pub fn decision(text: &str) -> Option<Self> {
        text.parse().ok().filter(|hearing| *hearing != Self::Open)
    }
}

impl fmt::Display for Hearing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word in the database that is none of them.
#[derive(Debug, thiserror::Error)]
#[error("no such state of an appeal")]
pub struct UnknownHearing;

impl FromStr for Hearing {
    type Err = UnknownHearing;
    fn from_str(text: &str) -> Result<Self, UnknownHearing> {
        Self::ALL
            .into_iter()
            .find(|hearing| hearing.as_str() == text)
            .ok_or(UnknownHearing)
    }
}

base::sql_text!(Hearing);
