//! Who is here: sockets, and what each person has been told.

mod frame;
mod outbox;
mod registry;
mod stream;
mod watchers;

use std::sync::Arc;

use signaling_core::{Actor, SocketId};
use signaling_protocol::{FairId, JoinClaims, PageKind, PersonId, Role};

pub(crate) use frame::Body;
pub(crate) use outbox::{Outbox, Taken};
pub(crate) use registry::{Arrival, Registry};
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
}

/// One open socket whose hello was good.
#[derive(Debug)]
pub(crate) struct Socket {
    pub id: SocketId,
    pub member: Member,
    pub outbox: Outbox,
}

impl Socket {
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
