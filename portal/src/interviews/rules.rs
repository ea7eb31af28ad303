//! Limits of what is written about a call, and the words of its outcomes.

use std::fmt;
use std::str::FromStr;

use signaling_protocol::Outcome;

use crate::web::FormErrors;

/// The longest note, in characters.
pub const NOTE_CHARS: usize = 4_000;
/// The longest feedback, in characters.
pub const FEEDBACK_CHARS: usize = 1_000;

/// An outcome as it stands in SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutcomeWord(pub Outcome);

impl fmt::Display for OutcomeWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Outcome::Pass => "pass",
            Outcome::Undecided => "undecided",
            Outcome::Fail => "fail",
        })
    }
}

/// A word in the database that is no outcome.
#[derive(Debug, thiserror::Error)]
#[error("no such outcome")]
pub struct UnknownOutcome;

impl FromStr for OutcomeWord {
    type Err = UnknownOutcome;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "pass" => Ok(Self(Outcome::Pass)),
            "undecided" => Ok(Self(Outcome::Undecided)),
            "fail" => Ok(Self(Outcome::Fail)),
            _ => Err(UnknownOutcome),
        }
    }
}

base::sql_text!(OutcomeWord);

/// Checks a text against its limit.
pub fn check_text(field: &'static str, text: &str, limit: usize, errors: &mut FormErrors) {
    if text.chars().count() > limit {
        errors.add(field, format!("最多 {limit} 个字"));
    }
}

/// Checks stars, 1 to 5.
pub fn check_stars(field: &'static str, stars: i64, errors: &mut FormErrors) {
    if !(1..=5).contains(&stars) {
        errors.add(field, "请选择 1 至 5 星");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_count_characters_not_bytes() {
        let mut errors = FormErrors::default();
        check_text("note", &"评".repeat(NOTE_CHARS), NOTE_CHARS, &mut errors);
        check_stars("stars", 5, &mut errors);
        assert!(errors.is_empty());
        check_text(
            "note",
            &"评".repeat(NOTE_CHARS + 1),
            NOTE_CHARS,
            &mut errors,
        );
        check_stars("stars", 0, &mut errors);
        assert!(errors.get("note").is_some() && errors.get("stars").is_some());
    }

    #[test]
    fn outcomes_are_the_words_of_the_protocol() {
        for outcome in [Outcome::Pass, Outcome::Undecided, Outcome::Fail] {
            let word = OutcomeWord(outcome);
            let json = serde_json::to_string(&outcome).unwrap();
            assert_eq!(json, format!("\"{word}\""));
            assert_eq!(word.to_string().parse::<OutcomeWord>().unwrap(), word);
        }
    }
}
