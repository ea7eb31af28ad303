//! Appeals against bans. Whom a ban keeps out, or the administrator of the company that it keeps
//! out, may say once why it is wrong, as long as it runs. Somebody of the support who did not
//! impose it decides; what is granted lifts the ban in the same transaction.

pub mod desk;
pub mod pages;
pub mod store;

base::words! {
    /// Where an appeal stands.
    pub enum Hearing: "state of an appeal" {
        /// It waits for a decision.
        Open = "open",
        /// The ban was lifted.
        Granted = "granted",
        /// The ban stays.
        Refused = "refused",
    }
}

impl Hearing {
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
