//! The real media node behind the trait.

use std::sync::Arc;

use sfu_server::{CloseReason, Node, NodeEvent, NodeEvents, PeerId, RoomId, SlotUse};
use signaling_protocol::SourceKind;
use tokio::sync::mpsc;

use super::node::{CloseCause, MediaEvent, MediaFuture, MediaNode, MediaRefused, MediaSlotUse};

/// Events that may wait for the live server.
const EVENTS: usize = 4_096;

/// Puts a media node and its events behind the live server's trait. Has to be called within a
/// tokio runtime.
pub fn media_node(
    node: Node,
    mut events: NodeEvents,
) -> (Arc<dyn MediaNode>, mpsc::Receiver<MediaEvent>) {
    let (sender, receiver) = mpsc::channel(EVENTS);
    tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            let Some(event) = translate(event) else {
                continue;
            };
            if sender.send(event).await.is_err() {
                return;
            }
        }
    });
    (Arc::new(node), receiver)
}

fn translate(event: NodeEvent) -> Option<MediaEvent> {
    Some(match event {
        NodeEvent::Connected { peer } => MediaEvent::Connected(peer),
        NodeEvent::Disconnected { peer } => MediaEvent::Disconnected(peer),
        NodeEvent::Recovered { peer } => MediaEvent::Recovered(peer),
        NodeEvent::Gone { peer } => MediaEvent::Gone(peer),
        NodeEvent::Slots { peer, slots } => {
            MediaEvent::Slots(peer, slots.into_iter().map(slot).collect())
        }
        NodeEvent::Quality { peer, quality } => MediaEvent::Sending(peer, quality.up_bps),
        NodeEvent::Closed { peer, reason } => MediaEvent::Closed(
            peer,
            match reason {
                CloseReason::Removed => CloseCause::Removed,
                CloseReason::Gone | CloseReason::Hangup => CloseCause::Gone,
                CloseReason::HandshakeFailed | CloseReason::Flood | CloseReason::NeverConnected => {
                    CloseCause::Fault
                }
            },
        ),
        NodeEvent::FirstPacket { .. } | NodeEvent::FirstFrame { .. } | NodeEvent::Level { .. } => {
            return None;
        }
    })
}

fn slot(slot: SlotUse) -> MediaSlotUse {
    let kind = match slot.kind {
        sfu_server::SourceKind::Microphone => SourceKind::Microphone,
        sfu_server::SourceKind::Camera => SourceKind::Camera,
        sfu_server::SourceKind::Screen => SourceKind::Screen,
    };
    MediaSlotUse {
        mid: slot.mid,
        from: slot.from,
        kind,
    }
}

impl From<sfu_server::MediaRefused> for MediaRefused {
    fn from(refused: sfu_server::MediaRefused) -> Self {
        use sfu_server::MediaRefused as Node;
        match refused {
            Node::Offer(why) => Self::BadOffer(why),
            Node::Draining | Node::Full | Node::Behind | Node::NoAnswer => Self::Full,
            Node::Busy => Self::Busy,
            Node::WrongPeer => Self::Unknown,
        }
    }
}

impl MediaNode for Node {
    fn connect(&self, peer: PeerId, offer: String, beside: Option<PeerId>) -> MediaFuture<'_> {
        Box::pin(async move { Ok(Node::connect(self, peer, offer, beside).await?) })
    }

    fn restart_ice(&self, peer: PeerId, offer: String) -> MediaFuture<'_> {
        Box::pin(async move { Ok(Node::restart_ice(self, peer, offer).await?) })
    }

    fn enter(&self, room: RoomId, peer: PeerId) {
        Node::enter(self, room, peer);
    }

    fn leave(&self, room: RoomId, peer: PeerId) {
        Node::leave(self, room, peer);
    }

    fn echo(&self, peer: PeerId, on: bool) {
        Node::echo(self, peer, on);
    }

    fn mute(&self, peer: PeerId, source: SourceKind, muted: bool) {
        let source = match source {
            SourceKind::Microphone => sfu_server::SourceKind::Microphone,
            SourceKind::Camera => sfu_server::SourceKind::Camera,
            SourceKind::Screen => sfu_server::SourceKind::Screen,
        };
        Node::mute(self, peer, source, muted);
    }

    fn remove(&self, peer: PeerId) {
        Node::remove(self, peer);
    }

    fn is_whole(&self) -> bool {
        self.health().is_whole()
    }

    fn crash_worker(&self, worker: usize) {
        Node::crash_worker(self, worker);
    }
}
