//! Access tokens as the stable interface gives them: the same one to all who ask, a new one in the
//! last five minutes, and at once when it is forced.

/// Life of a token.
const LIFE_MS: i64 = 7_200_000;
/// A new one is given this long before the end; the old one lives on to its own.
const EARLY_MS: i64 = 5 * 60_000;
/// Between two forced ones.
const BETWEEN_FORCED_MS: i64 = 30_000;
/// WeChat says that tokens may have this many characters; these have.
const TOKEN_CHARS: usize = 512;

/// What an account was given.
#[derive(Debug, Default)]
pub(super) struct IssuedTokens {
    current: Option<Issued>,
    previous: Option<Issued>,
    forced_ms: Option<i64>,
    count: u64,
    /// How often one was asked for.
    pub requests: u64,
}

#[derive(Debug)]
struct Issued {
    text: String,
    end_ms: i64,
}

impl IssuedTokens {
    /// Gives a token and the seconds that it lives; an `errcode` for forcing too often.
    pub fn give(&mut self, force: bool, now_ms: i64) -> Result<(String, i64), i64> {
        self.requests += 1;
        if force {
            if self
                .forced_ms
                .is_some_and(|at_ms| now_ms - at_ms < BETWEEN_FORCED_MS)
            {
                return Err(45011);
            }
            self.forced_ms = Some(now_ms);
            self.issue(now_ms);
        } else if self
            .current
            .as_ref()
            .is_none_or(|current| current.end_ms - now_ms <= EARLY_MS)
        {
            let old = self.current.take();
            self.issue(now_ms);
            self.previous = old;
        }
        let current = self.current.as_ref().ok_or(-1)?;
        Ok((current.text.clone(), (current.end_ms - now_ms) / 1_000))
    }

    /// Makes a new one; the one before is worth nothing from now on.
    pub fn issue(&mut self, now_ms: i64) {
        self.count += 1;
        let head = format!("{:04}_emulated_token_", self.count);
        let text = format!("{head}{}", "x".repeat(TOKEN_CHARS - head.len()));
        self.previous = None;
        self.current = Some(Issued {
            text,
            end_ms: now_ms + LIFE_MS,
        });
    }

    /// The current one ends.
    pub fn expire(&mut self, now_ms: i64) {
        if let Some(current) = &mut self.current {
            current.end_ms = now_ms;
        }
    }

    /// An `errcode` for a token that is not valid.
    pub fn check(&self, token: &str, now_ms: i64) -> Result<(), i64> {
        let known = [&self.current, &self.previous]
            .into_iter()
            .flatten()
            .find(|issued| issued.text == token);
        match known {
            Some(issued) if now_ms < issued.end_ms => Ok(()),
            Some(_) => Err(42001),
            None => Err(40001),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_token_until_the_last_five_minutes() {
        let mut tokens = IssuedTokens::default();
        let (first, life_s) = tokens.give(false, 0).unwrap();
        assert_eq!((first.len(), life_s), (512, 7_200));
        assert_eq!(
            tokens.give(false, 6_000_000).unwrap(),
            (first.clone(), 1_200)
        );
        let (second, _) = tokens.give(false, LIFE_MS - EARLY_MS).unwrap();
        assert_ne!(first, second);
        assert_eq!(tokens.check(&first, LIFE_MS - 1), Ok(()));
        assert_eq!(tokens.check(&first, LIFE_MS), Err(42001));
        assert_eq!(tokens.check(&second, LIFE_MS), Ok(()));
    }

    #[test]
    fn a_forced_token_ends_the_old_one_and_is_rare() {
        let mut tokens = IssuedTokens::default();
        let (first, _) = tokens.give(false, 0).unwrap();
        assert!(tokens.give(true, 0).is_ok());
        assert_eq!(tokens.check(&first, 0), Err(40001));
        assert_eq!(tokens.give(true, 29_999), Err(45011));
        assert!(tokens.give(true, 30_000).is_ok());
    }
}
