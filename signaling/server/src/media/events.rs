//! What the media node reports, on its way to pages and to the core.

use std::sync::Arc;

use signaling_core::MediaSignal;
use signaling_protocol::{MediaSlot, Participant, Refusal, ServerBody, SourceKind};
use tokio::sync::mpsc::Receiver;

use super::desk::{Desk, Signal, State};
use super::node::{CloseCause, MediaEvent, MediaSlotUse, PeerId};
use crate::session::Body;

/// Works off the node's events until the node is gone. `tell` brings a signal to its fair.
pub(crate) async fn run(
    desk: Arc<Desk>,
    mut events: Receiver<MediaEvent>,
    tell: impl Fn(Signal) + Send,
) {
    while let Some(event) = events.recv().await {
        if let Some(signal) = desk.event(event) {
            tell(signal);
        }
    }
}

impl Desk {
    /// Takes one event; returns what the core must hear.
    pub(crate) fn event(&self, event: MediaEvent) -> Option<Signal> {
        match event {
            MediaEvent::Connected(peer) => self.note(peer, MediaSignal::Connected),
            MediaEvent::Sending(peer, bits) => self.sending(peer, bits),
            MediaEvent::Disconnected(peer) => self.note(peer, MediaSignal::Lost),
            MediaEvent::Recovered(peer) => self.note(peer, MediaSignal::Recovered),
            MediaEvent::Gone(peer) => self.note(peer, MediaSignal::Gone),
            MediaEvent::Slots(peer, slots) => {
                self.tell_slots(peer, &slots);
                None
            }
            MediaEvent::Closed(peer, cause) => self.closed(peer, cause),
        }
    }

    /// A tab that switched its microphone off may well send nothing.
    fn sending(&self, peer: PeerId, bits: u64) -> Option<Signal> {
        let mut state = self.lock();
        let socket = *state.by_peer.get(&peer)?;
        let plug = state.plugs.get_mut(&socket)?;
        plug.call?;
        let muted = plug.muted.contains(&SourceKind::Microphone);
        let connection = plug.connection.as_mut()?;
        if connection.signal != Some(MediaSignal::Connected) {
            return None;
        }
        let signal = connection.flow.report(bits).filter(|_| !muted)?;
        Some(Signal {
            fair: plug.fair(),
            socket,
            signal,
        })
    }

    fn note(&self, peer: PeerId, signal: MediaSignal) -> Option<Signal> {
        let mut state = self.lock();
        let socket = *state.by_peer.get(&peer)?;
        let plug = state.plugs.get_mut(&socket)?;
        plug.connection.as_mut()?.signal = Some(match signal {
            // Who enters a call well is connected, whatever was before.
            MediaSignal::Recovered => MediaSignal::Connected,
            other => other,
        });
        plug.call?;
        Some(Signal {
            fair: plug.fair(),
            socket,
            signal,
        })
    }

    fn tell_slots(&self, peer: PeerId, uses: &[MediaSlotUse]) {
        let state = self.lock();
        let Some(plug) = state
            .by_peer
            .get(&peer)
            .and_then(|socket| state.plugs.get(socket))
        else {
            return;
        };
        let mut participants: Vec<Participant> = Vec::new();
        let mut slots = Vec::new();
        for used in uses {
            let Some(participant) = participant(&state, used.from) else {
                continue;
            };
            slots.push(MediaSlot {
                mid: used.mid.clone(),
                person: participant.person,
                source: used.kind,
            });
            if participants
                .iter()
                .all(|other| other.person != participant.person)
            {
                participants.push(participant);
            }
        }
        let body = ServerBody::MediaSlots {
            slots,
            participants,
        };
        plug.socket
            .outbox
            .push(Body::new(&body, None).frame(None, None), None);
    }

    /// The node forgot a connection: the page must offer anew.
    fn closed(&self, peer: PeerId, cause: CloseCause) -> Option<Signal> {
        let mut state = self.lock();
        let socket = state.by_peer.remove(&peer)?;
        self.count(&state);
        let plug = state.plugs.get_mut(&socket)?;
        plug.connection
            .take_if(|connection| connection.peer == peer)?;
        let code = match cause {
            CloseCause::Removed | CloseCause::Gone => Refusal::NoMedia,
            CloseCause::Fault => Refusal::BadOffer,
        };
        let body = ServerBody::MediaClosed { code };
        plug.socket
            .outbox
            .push(Body::new(&body, None).frame(None, None), None);
        plug.call?;
        Some(Signal {
            fair: plug.fair(),
            socket,
            signal: MediaSignal::Gone,
        })
    }
}

fn participant(state: &State, peer: PeerId) -> Option<Participant> {
    let socket = state.by_peer.get(&peer)?;
    state.plugs.get(socket).map(super::plug::Plug::participant)
}
