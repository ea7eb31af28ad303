//! ICE user fragments and passwords.

use std::fmt;

use rand::Rng;

/// ICE user fragment and password of one side (RFC 8839 §5.4).
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// User fragment, 4–256 characters.
    pub ufrag: String,
    /// Password, 22–256 characters.
    pub pwd: String,
}

/// The characters of both (`ice-char`).
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

impl Credentials {
    /// Draws new credentials: 48 bits of user fragment, 144 bits of password.
    #[must_use]
    pub fn generate(rng: &mut impl Rng) -> Self {
        let mut draw = |length: usize| -> String {
            (0..length)
                .map(|_| char::from(ALPHABET[(rng.next_u32() >> 26) as usize]))
                .collect()
        };
        Self {
            ufrag: draw(8),
            pwd: draw(24),
        }
    }

    /// Whether lengths and characters are what RFC 8839 §5.4 allows.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let valid = |text: &str, shortest: usize| {
            (shortest..=256).contains(&text.len()) && text.bytes().all(|c| ALPHABET.contains(&c))
        };
        valid(&self.ufrag, 4) && valid(&self.pwd, 22)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Credentials")
            .field("ufrag", &self.ufrag)
            .finish_non_exhaustive()
    }
}
