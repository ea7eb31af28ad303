//! How alive a peer is, judged by the last authenticated packet.

use std::time::{Duration, Instant};

/// Nothing authenticated for this long: the peer counts as disconnected.
pub const DISCONNECTED_AFTER: Duration = Duration::from_secs(5);
/// Nothing authenticated for this long: the peer is gone, and nothing more is sent (RFC 7675).
pub const GONE_AFTER: Duration = Duration::from_secs(30);

/// How alive a peer is, judged by the last authenticated packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IceState {
    /// No check has been accepted yet.
    New,
    /// Something authenticated arrived within [`DISCONNECTED_AFTER`].
    Connected,
    /// Silent for [`DISCONNECTED_AFTER`].
    Disconnected,
    /// Silent for [`GONE_AFTER`], or no check within that time from the start.
    Gone,
}

/// The liveness clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Liveness {
    /// Start, or the last authenticated packet.
    last: Instant,
    heard: bool,
}

impl Liveness {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            last: now,
            heard: false,
        }
    }

    pub(super) fn note(&mut self, now: Instant) {
        self.last = self.last.max(now);
        self.heard = true;
    }

    pub(super) fn state(&self, now: Instant) -> IceState {
        let silent = now.saturating_duration_since(self.last);
        if silent >= GONE_AFTER {
            IceState::Gone
        } else if !self.heard {
            IceState::New
        } else if silent >= DISCONNECTED_AFTER {
            IceState::Disconnected
        } else {
            IceState::Connected
        }
    }

    /// When the state changes next if nothing arrives.
    pub(super) fn next_change(&self, now: Instant) -> Option<Instant> {
        match self.state(now) {
            IceState::Connected => Some(self.last + DISCONNECTED_AFTER),
            IceState::New | IceState::Disconnected => Some(self.last + GONE_AFTER),
            IceState::Gone => None,
        }
    }
}
