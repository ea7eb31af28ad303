//! The lite agent: paths, nomination, restart.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rtc_crypto::RTCCryptoProvider;
use rtc_stun::message::TransactionId;

use super::checks::{Checks, Novelty};
use super::liveness::Liveness;
use super::request::Responder;
use super::{Credentials, IceError, IceState};
use crate::path::Path;

/// Most paths that are remembered as validated; the one checked longest ago goes first.
pub const MAX_PATHS: usize = 16;
/// How long the credentials of before an ICE restart stay valid beside the new ones, unless a
/// path is nominated with the new ones earlier.
pub const RESTART_OVERLAP: Duration = Duration::from_secs(10);

/// What a connectivity check meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IceEvent {
    /// An authenticated check; the selected path is as before.
    CheckPassed,
    /// A check that came before, over the same path: it is answered again, and changes nothing.
    Repeated,
    /// The path is now the selected one: send there from now on.
    Nominated,
}

/// The lite agent of one peer connection.
pub struct IceLite {
    crypto: Arc<dyn RTCCryptoProvider>,
    local: Credentials,
    remote: Credentials,
    /// Credentials of before a restart, and until when they are good.
    former: Option<(Credentials, Instant)>,
    liveness: Liveness,
    selected: Option<Path>,
    nominated: bool,
    /// Paths that passed a check, the latest last.
    validated: Vec<Path>,
    checks: Checks,
}

impl IceLite {
    /// A new agent; the liveness clock starts at `now`.
    #[must_use]
    pub fn new(
        crypto: Arc<dyn RTCCryptoProvider>,
        local: Credentials,
        remote: Credentials,
        now: Instant,
    ) -> Self {
        Self {
            crypto,
            local,
            remote,
            former: None,
            liveness: Liveness::new(now),
            selected: None,
            nominated: false,
            validated: Vec::new(),
            checks: Checks::new(now),
        }
    }

    /// Answers a binding request that came over `from`. The response, if any, is left in `reply`,
    /// which is cleared first; it is sent back over `from`.
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
        reply.clear();
        let id = transaction(message).ok_or(IceError::Malformed)?;
        let novelty = self.checks.look(now, id, from);
        if novelty == Novelty::Copy {
            return Err(IceError::Copied);
        }
        if !self.checks.has_room(now, novelty) {
            return Err(IceError::TooOften);
        }
        if self.former.as_ref().is_some_and(|(_, until)| now >= *until) {
            self.former = None;
        }
        let mut responder = Responder {
            crypto: self.crypto.crypto(),
            from: from.remote,
            reply,
        };
        let former = self.former.iter().map(|(credentials, _)| credentials);
        let accepted = std::iter::once(&self.local).chain(former);
        let (nominates, generation) = responder.respond(message, accepted)?;
        self.checks.note(now, id, from, novelty);
        if novelty == Novelty::Repeat {
            return Ok(IceEvent::Repeated);
        }
        self.liveness.note(now);
        self.validate(from);
        let is_current = generation == 0;
        if !nominates {
            if !self.nominated {
                self.selected = Some(from);
            }
            return Ok(IceEvent::CheckPassed);
        }
        if is_current {
            self.former = None;
        }
        let changed = !self.nominated || self.selected != Some(from);
        self.selected = Some(from);
        self.nominated = true;
        Ok(if changed {
            IceEvent::Nominated
        } else {
            IceEvent::CheckPassed
        })
    }

    fn validate(&mut self, path: Path) {
        self.validated.retain(|known| *known != path);
        self.validated.push(path);
        if self.validated.len() > MAX_PATHS {
            let oldest = self
                .validated
                .iter()
                .position(|known| Some(*known) != self.selected);
            self.validated.remove(oldest.unwrap_or(0));
        }
    }

    /// Begins an ICE restart (RFC 8445 §9) with new credentials on both sides. Media goes on over
    /// the selected path; the old credentials stay valid for [`RESTART_OVERLAP`], or until the
    /// first nomination with the new ones.
    pub fn restart(&mut self, local: Credentials, remote: Credentials, now: Instant) {
        let former = std::mem::replace(&mut self.local, local);
        self.former = Some((former, now + RESTART_OVERLAP));
        self.remote = remote;
    }

    /// Our credentials of now.
    #[must_use]
    pub fn local(&self) -> &Credentials {
        &self.local
    }

    /// The peer's credentials of now.
    #[must_use]
    pub fn remote(&self) -> &Credentials {
        &self.remote
    }

    /// The path to send to: the nominated one or, before the first nomination, the one of the
    /// latest check (Chromium starts DTLS before it nominates).
    #[must_use]
    pub fn selected(&self) -> Option<Path> {
        self.selected
    }

    /// Whether an authenticated check has come over `path`: only then may DTLS come over it.
    #[must_use]
    pub fn is_validated(&self, path: &Path) -> bool {
        self.validated.contains(path)
    }

    /// Every path that passed a check, the latest last: the addresses by which the caller's
    /// table may find this peer.
    #[must_use]
    pub fn validated(&self) -> &[Path] {
        &self.validated
    }

    /// Forgets a path whose TCP connection was closed. If it was the selected one, the path of
    /// the latest check is selected until the peer nominates again.
    pub fn forget(&mut self, path: &Path) {
        self.validated.retain(|known| known != path);
        if self.selected == Some(*path) {
            self.selected = self.validated.last().copied();
            self.nominated = false;
        }
    }

    /// Something authenticated (SRTP or SRTCP; checks are noted already) arrived.
    pub fn note_authenticated(&mut self, now: Instant) {
        self.liveness.note(now);
    }

    /// How alive the peer is.
    #[must_use]
    pub fn state(&self, now: Instant) -> IceState {
        self.liveness.state(now)
    }

    /// When [`IceLite::state`] changes next if nothing arrives.
    #[must_use]
    pub fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        self.liveness.next_change(now)
    }
}

/// The transaction id in a STUN header (RFC 8489 §5).
fn transaction(message: &[u8]) -> Option<TransactionId> {
    let id = message.get(8..20)?.try_into().ok()?;
    Some(TransactionId(id))
}

impl std::fmt::Debug for IceLite {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("IceLite")
            .field("local", &self.local)
            .field("selected", &self.selected)
            .field("nominated", &self.nominated)
            .finish_non_exhaustive()
    }
}
