//! A fair as the sockets see it: its owner task's inbox and its registry.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use signaling_core::{Fair, FairSetup, PortalCommand};
use signaling_protocol::{BoothId, Bye, ClientBody, JoinClaims, PersonId, Refusal, Role, SeatId};
use tokio::sync::{mpsc, oneshot};

use super::Live;
use super::wall::WallCache;
use crate::media::Signal;
use crate::owner::Input;
use crate::session::{Arrival, Registry, SocketRef};

/// An open fair. Clones are the same one.
#[derive(Clone)]
pub(crate) struct FairHandle {
    pub(super) inputs: mpsc::Sender<Input>,
    pub(super) registry: Arc<Registry>,
    known: Arc<RwLock<Known>>,
    /// The wall as it was last asked for.
    pub(super) wall: Arc<WallCache>,
}

/// What the portal said of the fair.
struct Known {
    setup: FairSetup,
    seats: HashMap<SeatId, (BoothId, PersonId)>,
}

impl Known {
    /// Takes over a setup. Seats that it no longer names stay, as in the core.
    fn take(&mut self, setup: FairSetup) {
        let booths = setup.booths.iter();
        let seats = booths.flat_map(|booth| booth.seats.iter().map(|seat| (booth.booth, seat)));
        for (booth, seat) in seats {
            self.seats.entry(seat.seat).or_insert((booth, seat.person));
        }
        self.setup = setup;
    }
}

impl FairHandle {
    pub(super) fn new(
        inputs: mpsc::Sender<Input>,
        registry: Arc<Registry>,
        setup: FairSetup,
    ) -> Self {
        let mut known = Known {
            setup: setup.clone(),
            seats: HashMap::new(),
        };
        known.take(setup);
        Self {
            inputs,
            registry,
            known: Arc::new(RwLock::new(known)),
            wall: Arc::default(),
        }
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Its owner task still takes inputs.
    pub(crate) fn is_open(&self) -> bool {
        !self.inputs.is_closed()
    }

    /// Waits until its owner task takes no inputs any more.
    pub(crate) async fn closed(&self) {
        self.inputs.closed().await;
    }

    /// May this person come in so?
    ///
    /// # Errors
    /// The seat is not there, or is someone else's.
    pub(crate) fn admits(&self, claims: &JoinClaims) -> Result<(), Bye> {
        match claims.role {
            Role::Interviewer { booth, seat } => self
                .has_seat(seat, booth, claims.sub)
                .then_some(())
                .ok_or(Bye::SeatUnknown),
            Role::Student(_) | Role::Staff => Ok(()),
        }
    }

    /// Is this person's seat at this booth known here?
    pub(super) fn has_seat(&self, seat: SeatId, booth: BoothId, person: PersonId) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.seats.get(&seat) == Some(&(booth, person))
    }

    /// Passes on what the setup has gained; returns once it is committed. The same setup again
    /// costs a comparison.
    pub(super) async fn gain(&self, setup: FairSetup) -> Result<(), Refusal> {
        let same = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            known.setup == setup
        };
        if same {
            return Ok(());
        }
        let (answer, answered) = oneshot::channel();
        let input = Input::Setup {
            setup: Box::new(setup.clone()),
            answer,
        };
        self.inputs
            .send(input)
            .await
            .map_err(|_| Refusal::NotFound)?;
        answered.await.unwrap_or(Err(Refusal::Internal))?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.take(setup);
        Ok(())
    }

    /// Brings a socket in; false: the owner task has ended.
    pub(crate) async fn arrive(&self, arrival: Arrival) -> bool {
        let (person, socket) = (arrival.socket.member.person, arrival.socket.id);
        let sent = self
            .inputs
            .send(Input::Arrived(Box::new(arrival)))
            .await
            .is_ok();
        if !sent {
            self.registry.leave(person, socket);
        }
        sent
    }

    /// Takes a socket out.
    pub(crate) async fn depart(&self, live: &Live, socket: &SocketRef) {
        self.registry.leave(socket.member.person, socket.id);
        live.desk().depart(socket.id);
        // An owner task that has ended knows of nobody any more.
        drop(self.inputs.send(Input::Departed(socket.id)).await);
    }

    /// Passes a request on; false: too many wait already.
    pub(crate) fn act(&self, socket: &SocketRef, id: u32, body: ClientBody) -> bool {
        let (socket, body) = (socket.clone(), Box::new(body));
        self.inputs
            .try_send(Input::Action {
                socket,
                id,
                body,
                at: Instant::now(),
            })
            .is_ok()
    }

    /// Passes a signal of the media node on. If the inbox is full, the next one tells as much.
    pub(crate) fn media(&self, signal: Signal) {
        let Signal { socket, signal, .. } = signal;
        if self
            .inputs
            .try_send(Input::Media { socket, signal })
            .is_err()
        {
            tracing::warn!(socket = socket.0, ?signal, "a media signal was dropped");
        }
    }

    pub(crate) async fn portal(&self, command: PortalCommand) -> Result<(), Refusal> {
        let (answer, answered) = oneshot::channel();
        self.inputs
            .send(Input::Portal { command, answer })
            .await
            .map_err(|_| Refusal::NotFound)?;
        answered.await.unwrap_or(Err(Refusal::Internal))
    }

    /// Looks at the fair between two inputs.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Fair) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        let question = Box::new(move |fair: &mut Fair| drop(answer.send(question(fair))));
        self.inputs.send(Input::Look(question)).await.ok()?;
        answered.await.ok()
    }
}
