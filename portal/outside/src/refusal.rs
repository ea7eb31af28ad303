//! Why an outside system did not do what it was asked for: one vocabulary for all of them, so that
//! whoever sends can decide between "again later" and "never" without knowing the system.

use std::fmt;

/// The longest code that is kept, in bytes.
const MAX_CODE_BYTES: usize = 64;

/// A request that was not granted. Holds no text of the other side: such texts repeat keys,
/// numbers and signed strings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause} ({code})")]
pub struct Refusal {
    /// What kind of reason.
    pub cause: Cause,
    /// The system's own code, such as `43004`, or a word of ours where it gave none.
    pub code: String,
}

/// Kinds of reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// This address does not exist or refuses everything: a bad number, an unknown mailbox.
    Recipient,
    /// The person does not follow the official account or refused its messages.
    NotFollowing,
    /// Template, arguments or text are not accepted.
    Content,
    /// A frequency or quota is used up.
    Limit,
    /// The account with the system is empty.
    Balance,
    /// Key, password, signature name or allowed address are wrong: an operator has to mend it.
    Credentials,
    /// The system has trouble of its own.
    Busy,
    /// No connection came about: nothing was sent.
    Unreachable,
    /// The connection ended or time ran out before an answer: the request may have been granted.
    NoAnswer,
    /// The answer is not what the protocol says: the request may have been granted.
    Unreadable,
    /// A code that is not known here.
    Other,
}

impl Refusal {
    /// A refusal with a code of the other side; what is not printable ASCII is left out of it.
    pub fn new(cause: Cause, code: impl fmt::Display) -> Self {
        let mut code = code.to_string();
        code.retain(|c| c.is_ascii_graphic());
        code.truncate(MAX_CODE_BYTES);
        Self { cause, code }
    }

    /// Trying again would be refused again.
    pub fn is_final(&self) -> bool {
        self.cause.is_final()
    }
}

impl Cause {
    /// All of them, for metrics that show zeros.
    pub const ALL: [Self; 11] = [
        Self::Recipient,
        Self::NotFollowing,
        Self::Content,
        Self::Limit,
        Self::Balance,
        Self::Credentials,
        Self::Busy,
        Self::Unreachable,
        Self::NoAnswer,
        Self::Unreadable,
        Self::Other,
    ];

    /// Trying again would be refused again. An unknown code is not final: a sender's own limit of
    /// tries ends it, while a message given up too early is lost.
    pub fn is_final(self) -> bool {
        match self {
            Self::Recipient | Self::NotFollowing | Self::Content => true,
            Self::Limit
            | Self::Balance
            | Self::Credentials
            | Self::Busy
            | Self::Unreachable
            | Self::NoAnswer
            | Self::Unreadable
            | Self::Other => false,
        }
    }

    /// The request may have been granted all the same; where that costs money or annoys, the
    /// sender rather asks a person than trying again.
    pub fn may_have_arrived(self) -> bool {
        matches!(self, Self::NoAnswer | Self::Unreadable)
    }

    /// The word in metrics and in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recipient => "recipient",
            Self::NotFollowing => "not_following",
            Self::Content => "content",
            Self::Limit => "limit",
            Self::Balance => "balance",
            Self::Credentials => "credentials",
            Self::Busy => "busy",
            Self::Unreachable => "unreachable",
            Self::NoAnswer => "no_answer",
            Self::Unreadable => "unreadable",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_the_other_side_is_cut_and_cleaned() {
        let refusal = Refusal::new(Cause::Other, format!("a b\n云{}", "x".repeat(100)));
        assert_eq!(refusal.code.len(), MAX_CODE_BYTES);
        assert!(refusal.code.starts_with("abxx"), "{refusal}");
    }

    #[test]
    fn every_cause_has_a_word_of_its_own() {
        let mut words: Vec<_> = Cause::ALL.map(Cause::as_str).to_vec();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Cause::ALL.len());
    }

    #[test]
    fn what_may_have_arrived_is_never_final() {
        for cause in Cause::ALL {
            assert!(!(cause.is_final() && cause.may_have_arrived()), "{cause}");
        }
    }
}
