//! ICE-lite (RFC 8445 §2.5): answers the browser's connectivity checks and follows its choice.

use std::time::{Duration, Instant};

use rand::Rng;

use crate::path::Path;

/// Nothing authenticated for this long: the peer counts as disconnected.
pub const DISCONNECTED_AFTER: Duration = Duration::from_secs(5);
/// Nothing authenticated for this long: the peer is gone, and nothing more is sent (RFC 7675).
pub const GONE_AFTER: Duration = Duration::from_secs(30);

/// ICE user fragment and password of one side (RFC 8839 §5.4).
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// User fragment, 4–256 characters.
    pub ufrag: String,
    /// Password, 22–256 characters.
    pub pwd: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Credentials")
            .field("ufrag", &self.ufrag)
            .finish_non_exhaustive()
    }
}

impl Credentials {
    /// Draws new credentials: 48 bits of user fragment, 144 bits of password.
    #[must_use]
    pub fn generate(rng: &mut impl Rng) -> Self {
        const ALPHABET: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
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
}

/// What a connectivity check meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IceEvent {
    /// An authenticated check; the selected path is as before.
    CheckPassed,
    /// The path is now the selected one: send there from now on.
    Nominated,
}

/// Why a binding request was not accepted. If `reply` is not empty after an error, it holds the
/// error response to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IceError {
    /// Not a well-formed STUN message.
    #[error("not a STUN message")]
    Malformed,
}

/// How alive a peer is, judged by the last authenticated packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IceState {
    /// No check has been accepted yet.
    New,
    /// Something authenticated arrived within [`DISCONNECTED_AFTER`].
    Connected,
    /// Silent for [`DISCONNECTED_AFTER`].
    Disconnected,
    /// Silent for [`GONE_AFTER`].
    Gone,
}

/// The lite agent of one peer connection.
#[derive(Debug)]
pub struct IceLite {
    local: Credentials,
    remote: Credentials,
    last_authenticated: Instant,
    selected: Option<Path>,
}

impl IceLite {
    /// A new agent; the liveness clock starts at `now`.
    #[must_use]
    pub fn new(local: Credentials, remote: Credentials, now: Instant) -> Self {
        Self {
            local,
            remote,
            last_authenticated: now,
            selected: None,
        }
    }

    /// Answers a binding request that came over `from`; the response is appended to `reply`
    /// (cleared first).
    ///
    /// # Errors
    /// [`IceError`]; the caller counts it. `reply` may hold an error response to send.
    pub fn handle_binding(
        &mut self,
        now: Instant,
        from: Path,
        message: &[u8],
        reply: &mut Vec<u8>,
    ) -> Result<IceEvent, IceError> {
        let _ = (now, from, message);
        reply.clear();
        Err(IceError::Malformed)
    }

    /// Begins an ICE restart (RFC 8445 §9) with new credentials on both sides; the old ones stay
    /// valid until the first check with the new ones selects a path.
    pub fn restart(&mut self, local: Credentials, remote: Credentials, now: Instant) {
        let _ = now;
        self.local = local;
        self.remote = remote;
    }

    /// The path to send to.
    #[must_use]
    pub fn selected(&self) -> Option<Path> {
        self.selected
    }

    /// Whether an authenticated check has come over `path`: only then may DTLS come over it.
    #[must_use]
    pub fn is_validated(&self, path: &Path) -> bool {
        let _ = path;
        false
    }

    /// Forgets a path whose TCP connection was closed.
    pub fn forget(&mut self, path: &Path) {
        let _ = path;
    }

    /// Something authenticated (SRTP, SRTCP, a check) arrived.
    pub fn note_authenticated(&mut self, now: Instant) {
        self.last_authenticated = now;
    }

    /// How alive the peer is.
    #[must_use]
    pub fn state(&self, now: Instant) -> IceState {
        let _ = (now, &self.remote, &self.local);
        IceState::New
    }

    /// When [`IceLite::state`] changes next if nothing arrives.
    #[must_use]
    pub fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        let _ = now;
        None
    }
}
