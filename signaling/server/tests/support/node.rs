//! A media node that writes down what it is told, and answers every offer but a bad one.

use std::sync::{Arc, Mutex};

use signaling_protocol::SourceKind;
use signaling_server::{MediaEvent, MediaFuture, MediaNode, MediaRefused, PeerId, RoomId};
use tokio::sync::mpsc;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    Connect {
        peer: PeerId,
        beside: Option<PeerId>,
    },
    Restart(PeerId),
    Enter(RoomId, PeerId),
    Leave(RoomId, PeerId),
    Echo(PeerId, bool),
    Mute(PeerId, SourceKind, bool),
    Remove(PeerId),
}

pub struct RecordingNode {
    told: Mutex<Vec<Told>>,
    events: mpsc::Sender<MediaEvent>,
}

impl RecordingNode {
    pub fn new() -> (Arc<Self>, mpsc::Receiver<MediaEvent>) {
        let (events, receiver) = mpsc::channel(256);
        (
            Arc::new(Self {
                told: Mutex::default(),
                events,
            }),
            receiver,
        )
    }

    pub fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap().clone()
    }

    pub async fn report(&self, event: MediaEvent) {
        self.events.send(event).await.unwrap();
    }

    fn note(&self, told: Told) {
        self.told.lock().unwrap().push(told);
    }
}

fn answer(offer: &str) -> Result<String, MediaRefused> {
    if offer == "bad" {
        return Err(MediaRefused::BadOffer("it says so".to_owned()));
    }
    Ok(format!("answer to {offer}"))
}

impl MediaNode for RecordingNode {
    fn connect(&self, peer: PeerId, offer: String, beside: Option<PeerId>) -> MediaFuture<'_> {
        self.note(Told::Connect { peer, beside });
        Box::pin(async move { answer(&offer) })
    }
    fn restart_ice(&self, peer: PeerId, offer: String) -> MediaFuture<'_> {
        self.note(Told::Restart(peer));
        Box::pin(async move { answer(&offer) })
    }
    fn enter(&self, room: RoomId, peer: PeerId) {
        self.note(Told::Enter(room, peer));
    }
    fn leave(&self, room: RoomId, peer: PeerId) {
        self.note(Told::Leave(room, peer));
    }
    fn echo(&self, peer: PeerId, on: bool) {
        self.note(Told::Echo(peer, on));
    }
    fn mute(&self, peer: PeerId, source: SourceKind, muted: bool) {
        self.note(Told::Mute(peer, source, muted));
    }
    fn remove(&self, peer: PeerId) {
        self.note(Told::Remove(peer));
    }
}
