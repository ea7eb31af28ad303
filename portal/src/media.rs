//! The media node of this process, as the live server wants one.

use signaling_protocol::SourceKind;
use signaling_server::{
    CloseCause, MediaEvent, MediaFuture, MediaNode, MediaRefused, MediaSlotUse, PeerId, RoomId,
};
use tokio::sync::mpsc;

/// Reports that may wait for the live server; more hold the node's own queue up.
const WAITING_EVENTS: usize = 4_096;

/// The node.
pub struct LocalNode(pub sfu_server::Node);

impl MediaNode for LocalNode {
    fn connect(&self, peer: PeerId, offer: String, beside: Option<PeerId>) -> MediaFuture<'_> {
        let answer = self
            .0
            .connect(node_peer(peer), offer, beside.map(node_peer));
        Box::pin(async move { answer.await.map_err(refused) })
    }

    fn restart_ice(&self, peer: PeerId, offer: String) -> MediaFuture<'_> {
        let answer = self.0.restart_ice(node_peer(peer), offer);
        Box::pin(async move { answer.await.map_err(refused) })
    }

    fn enter(&self, room: RoomId, peer: PeerId) {
        self.0.enter(sfu_server::RoomId(room.0), node_peer(peer));
    }

    fn leave(&self, room: RoomId, peer: PeerId) {
        self.0.leave(sfu_server::RoomId(room.0), node_peer(peer));
    }

    fn echo(&self, peer: PeerId, on: bool) {
        self.0.echo(node_peer(peer), on);
    }

    fn mute(&self, peer: PeerId, source: SourceKind, muted: bool) {
        let kind = match source {
            SourceKind::Microphone => sfu_server::SourceKind::Microphone,
            SourceKind::Camera => sfu_server::SourceKind::Camera,
            SourceKind::Screen => sfu_server::SourceKind::Screen,
        };
        self.0.mute(node_peer(peer), kind, muted);
    }

    fn remove(&self, peer: PeerId) {
        self.0.remove(node_peer(peer));
    }
}

/// Passes the node's reports on, those that the live server acts upon.
pub fn pass_on(
    mut from_node: mpsc::UnboundedReceiver<sfu_server::NodeEvent>,
) -> mpsc::Receiver<MediaEvent> {
    let (sender, receiver) = mpsc::channel(WAITING_EVENTS);
    tokio::spawn(async move {
        while let Some(event) = from_node.recv().await {
            if let Some(event) = report(event)
                && sender.send(event).await.is_err()
            {
                return;
            }
        }
    });
    receiver
}

fn report(event: sfu_server::NodeEvent) -> Option<MediaEvent> {
    use sfu_server::NodeEvent as Event;
    Some(match event {
        Event::Connected { peer } => MediaEvent::Connected(live_peer(peer)),
        Event::Disconnected { peer } => MediaEvent::Disconnected(live_peer(peer)),
        Event::Recovered { peer } => MediaEvent::Recovered(live_peer(peer)),
        Event::Gone { peer } => MediaEvent::Gone(live_peer(peer)),
        Event::Slots { peer, slots } => {
            MediaEvent::Slots(live_peer(peer), slots.into_iter().map(slot).collect())
        }
        Event::Closed { peer, reason } => MediaEvent::Closed(live_peer(peer), cause(reason)),
        // Figures: the node's own metrics have them.
        Event::FirstPacket { .. }
        | Event::FirstFrame { .. }
        | Event::Level { .. }
        | Event::Quality { .. } => return None,
    })
}

fn slot(used: sfu_server::SlotUse) -> MediaSlotUse {
    let kind = match used.kind {
        sfu_server::SourceKind::Microphone => SourceKind::Microphone,
        sfu_server::SourceKind::Camera => SourceKind::Camera,
        sfu_server::SourceKind::Screen => SourceKind::Screen,
    };
    MediaSlotUse {
        mid: used.mid,
        from: live_peer(used.from),
        kind,
    }
}

fn cause(reason: sfu_server::CloseReason) -> CloseCause {
    use sfu_server::CloseReason as Reason;
    match reason {
        Reason::Removed => CloseCause::Removed,
        Reason::Gone | Reason::Hangup => CloseCause::Gone,
        Reason::HandshakeFailed | Reason::Flood | Reason::NeverConnected => CloseCause::Fault,
    }
}

fn refused(refusal: sfu_server::MediaRefused) -> MediaRefused {
    use sfu_server::MediaRefused as Refused;
    match refusal {
        Refused::Offer(text) => MediaRefused::BadOffer(text),
        Refused::Draining | Refused::Full | Refused::NoAnswer => MediaRefused::Full,
        Refused::WrongPeer => MediaRefused::Unknown,
    }
}

fn node_peer(peer: PeerId) -> sfu_server::PeerId {
    sfu_server::PeerId(peer.0)
}

fn live_peer(peer: sfu_server::PeerId) -> PeerId {
    PeerId(peer.0)
}
