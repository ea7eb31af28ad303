//! The first message: a join token that is spent by it, or the secret of an earlier welcome.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use signaling_protocol::{
    Bye, ClientBody, ClientFrame, PageKind, Resume, Sequence, VERSION, limits,
};

use crate::live::{FairHandle, Live, Place};
use crate::session::{Arrival, Member, Socket, SocketRef};
use crate::token::TokenError;

/// A good hello.
pub(super) struct Hello {
    fair: FairHandle,
    arrival: Arrival,
}

impl Hello {
    /// The new socket.
    pub(super) fn socket(&self) -> &SocketRef {
        &self.arrival.socket
    }

    /// Brings the socket into the fair. `None`: the fair has just ended here.
    pub(super) async fn enter(self) -> Option<FairHandle> {
        let Self { fair, arrival } = self;
        fair.arrive(arrival).await.then_some(fair)
    }
}

/// Waits for the hello, checks it, and finds a place for the socket.
pub(super) async fn receive(
    live: &Live,
    stream: &mut SplitStream<WebSocket>,
) -> Result<(Hello, Place), Bye> {
    let within = Duration::from_millis(limits::HELLO_WITHIN_MS);
    let text = tokio::time::timeout(within, first_text(stream))
        .await
        .map_err(|_| Bye::HelloLate)?
        .ok_or(Bye::Faults)?;
    let frame = ClientFrame::parse(&text).map_err(|_| Bye::Faults)?;
    let ClientBody::Hello {
        version,
        token,
        resume,
        page,
    } = frame.body
    else {
        return Err(Bye::Faults);
    };
    if version != VERSION {
        return Err(Bye::Version);
    }
    if token.is_some() == resume.is_some() {
        return Err(Bye::Faults);
    }
    // Before the token is spent: whoever finds no place may use it again.
    let place = live.take_place().ok_or(Bye::Restart)?;
    let hello = match (token, resume) {
        (Some(token), None) => by_token(live, frame.id, &token, page),
        (None, Some(resume)) => by_secret(live, frame.id, resume, page),
        _ => Err(Bye::Faults),
    };
    hello.map(|hello| (hello, place))
}

/// The first text; pings may come before it.
async fn first_text(stream: &mut SplitStream<WebSocket>) -> Option<String> {
    loop {
        match stream.next().await? {
            Ok(Message::Text(text)) => return Some(text.to_string()),
            Ok(Message::Ping(_) | Message::Pong(_)) => {}
            Ok(Message::Binary(_) | Message::Close(_)) | Err(_) => return None,
        }
    }
}

fn by_token(live: &Live, re: u32, token: &str, page: PageKind) -> Result<Hello, Bye> {
    // Who is in an interview may come back by the secret; the token stays good for the restart.
    if live.is_draining() {
        return Err(Bye::Restart);
    }
    let claims = live.verify(token).map_err(|_| Bye::TokenBad)?;
    let fair = live
        .fair(claims.fair)
        .ok_or_else(|| live.without(claims.fair))?;
    fair.admits(claims.sub, claims.role)?;
    // Counted in before the token is spent: a person with too many tabs may use it later.
    fair.registry().enter(claims.sub)?;
    if let Err(TokenError::Spent | TokenError::Expired | TokenError::Forged) = live.spend(&claims) {
        fair.registry().leave_unseen(claims.sub);
        return Err(Bye::TokenSpent);
    }
    let spent = (claims.jti.clone(), claims.exp.saturating_mul(1_000));
    let socket = make(live, Member::new(claims, page), rand::random());
    Ok(Hello {
        arrival: Arrival {
            re,
            token: Some(spent),
            resume: None,
            secret: live.seal(&socket.resume_claims(live.now_s())),
            socket,
        },
        fair,
    })
}

fn by_secret(live: &Live, re: u32, resume: Resume, page: PageKind) -> Result<Hello, Bye> {
    let claims = live
        .open_secret(&resume.secret)
        .map_err(|_| Bye::ResumeUnknown)?;
    let fair = live
        .fair(claims.fair)
        .ok_or_else(|| live.without(claims.fair))?;
    fair.admits(claims.sub, claims.role)?;
    let earlier = fair.registry().tab(claims.sub, claims.tab);
    // A tab that is still half open gives way to its successor.
    let old = earlier.and_then(|earlier| fair.registry().socket(claims.sub, earlier));
    if let Some(old) = old {
        old.outbox.cut(Bye::Silent);
    }
    fair.registry().enter(claims.sub)?;
    let tab = claims.tab;
    let socket = make(live, Member::resumed(claims, page), tab);
    let at = Sequence {
        epoch: resume.epoch,
        n: resume.n,
    };
    Ok(Hello {
        arrival: Arrival {
            re,
            token: None,
            resume: Some((at, earlier)),
            secret: live.seal(&socket.resume_claims(live.now_s())),
            socket,
        },
        fair,
    })
}

fn make(live: &Live, member: Member, tab: u64) -> SocketRef {
    Arc::new(Socket::new(live.next_socket(), member, tab))
}
