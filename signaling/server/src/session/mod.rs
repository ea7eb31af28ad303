//! Who is here: sockets, and what each person has been told.

mod frame;
mod outbox;
mod registry;
mod rings;
mod stream;
mod watchers;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signaling_core::{Actor, SocketId};
use signaling_protocol::{FairId, JoinClaims, PageKind, PersonId, Role};

use crate::token::ResumeClaims;

pub(crate) use frame::Body;
pub(crate) use outbox::{Outbox, Taken};
pub(crate) use registry::{Arrival, Registry};
pub(crate) use rings::RingBudget;
pub(crate) use watchers::Watchers;

/// What a join token said, and on which page it was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub fair: FairId,
    pub person: PersonId,
    pub role: Role,
    pub page: PageKind,
    pub name: String,
    pub headline: String,
    /// When the token was made, seconds since 1970.
    pub since_s: i64,
}

impl Member {
    pub(crate) fn new(claims: JoinClaims, page: PageKind) -> Self {
        Self {
            fair: claims.fair,
            person: claims.sub,
            role: claims.role,
            page,
            name: claims.name,
            headline: claims.headline,
            since_s: claims.iat,
        }
    }

    /// The same person on a new socket.
    pub(crate) fn resumed(claims: ResumeClaims, page: PageKind) -> Self {
        Self {
            fair: claims.fair,
            person: claims.sub,
            role: claims.role,
            page,
            name: claims.name,
            headline: claims.headline,
            since_s: claims.since_s,
        }
    }
}

/// One open socket whose hello was good.
#[derive(Debug)]
pub(crate) struct Socket {
    pub id: SocketId,
    pub member: Member,
    /// Names the tab, over all its sockets.
    pub tab: u64,
    pub outbox: Outbox,
    gone: AtomicBool,
}

impl Socket {
    pub(crate) fn new(id: SocketId, member: Member, tab: u64) -> Self {
        Self {
            id,
            member,
            tab,
            outbox: Outbox::default(),
            gone: AtomicBool::new(false),
        }
    }

    /// It is closed: from now on nobody takes it in.
    pub(crate) fn set_gone(&self) {
        self.gone.store(true, Ordering::Release);
    }

    /// Is it closed? Whoever takes it in asks under the lock that is held to take it out.
    pub(crate) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }

    /// What the tab may come back with.
    pub(crate) fn resume_claims(&self, now_s: i64) -> ResumeClaims {
        let member = &self.member;
        ResumeClaims {
            fair: member.fair,
            sub: member.person,
            role: member.role,
            name: member.name.clone(),
            headline: member.headline.clone(),
            since_s: member.since_s,
            iat: now_s,
            tab: self.tab,
        }
    }

    /// The speaker, as the core knows it.
    pub(crate) fn actor(&self) -> Actor {
        Actor {
            person: self.member.person,
            socket: self.id,
            role: self.member.role,
            page: self.member.page,
            name: self.member.name.clone(),
            headline: self.member.headline.clone(),
        }
    }
}

/// A socket that several tasks hold.
pub(crate) type SocketRef = Arc<Socket>;
