//! A fair as the sockets see it: its owner task's inbox and its registry.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use signaling_core::{Fair, FairSetup, PortalCommand};
use signaling_protocol::{BoothId, Bye, ClientBody, PersonId, Refusal, Role, SeatId};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::timeout;

use super::Live;
use super::wall::WallCache;
use crate::clock::FairClock;
use crate::media::Signal;
use crate::owner::{Answer, Health, Input, Timed};
use crate::session::{Arrival, Registry, SocketRef};

/// How long the portal waits for a fair's answer. What was asked may still be done later.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long a page waits for figures of a fair that can store nothing; it does without.
const LOOK_WITHIN: Duration = Duration::from_secs(1);

/// An open fair. Clones are the same one.
#[derive(Clone)]
pub(crate) struct FairHandle {
    inputs: mpsc::Sender<Timed>,
    registry: Arc<Registry>,
    time: Arc<FairClock>,
    health: Arc<Health>,
    known: Arc<RwLock<Known>>,
    /// The wall as it was last asked for.
    pub(super) wall: Arc<WallCache>,
}

/// Why a request was not passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// Too many wait already.
    Full,
    /// The owner task has ended.
    Closed,
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
        inputs: mpsc::Sender<Timed>,
        registry: Arc<Registry>,
        (time, health): (Arc<FairClock>, Arc<Health>),
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
            time,
            health,
            known: Arc::new(RwLock::new(known)),
            wall: Arc::default(),
        }
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// What the portal said of the fair.
    pub(super) fn setup(&self) -> FairSetup {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.setup.clone()
    }

    /// Its owner task still takes inputs.
    pub(crate) fn is_open(&self) -> bool {
        !self.inputs.is_closed()
    }

    /// Nothing of it can be stored at the moment.
    pub(crate) fn is_stalled(&self) -> bool {
        self.health.is_stalled()
    }

    /// Waits until its owner task takes no inputs any more.
    pub(crate) async fn closed(&self) {
        self.inputs.closed().await;
    }

    fn stamp(&self, input: Input) -> Timed {
        let at_ms = self.time.now_ms();
        Timed { at_ms, input }
    }

    /// Passes something on, and waits for room. False: the owner task has ended.
    async fn send(&self, input: Input) -> bool {
        self.inputs.send(self.stamp(input)).await.is_ok()
    }

    fn try_send(&self, input: Input) -> Result<(), NotTaken> {
        self.inputs
            .try_send(self.stamp(input))
            .map_err(|error| match error {
                TrySendError::Full(_) => NotTaken::Full,
                TrySendError::Closed(_) => NotTaken::Closed,
            })
    }

    /// Passes on what the fair finds out by itself, too, if there is no room.
    pub(super) fn hint(&self, input: Input) {
        let _ = self.try_send(input);
    }

    /// May this person come in so?
    ///
    /// # Errors
    /// The seat is not there, or is someone else's.
    pub(crate) fn admits(&self, person: PersonId, role: Role) -> Result<(), Bye> {
        match role {
            Role::Interviewer { booth, seat } => self
                .has_seat(seat, booth, person)
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
        let (answer, answered) = Answer::new();
        let gained = Arc::new(setup.clone());
        self.ask(
            Input::Setup {
                setup: gained,
                answer,
            },
            answered,
        )
        .await?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.take(setup);
        Ok(())
    }

    /// Brings a socket in; false: the owner task has ended.
    pub(crate) async fn arrive(&self, arrival: Arrival) -> bool {
        let socket = arrival.socket.clone();
        // While nothing can be stored, the welcome takes long: the page waits for it.
        if self.is_stalled() {
            self.registry.tell_stalled(&socket);
        }
        let sent = self.send(Input::Arrived(Arc::new(arrival))).await;
        if !sent {
            self.registry.leave(&socket);
        }
        sent
    }

    /// Takes a socket out.
    pub(crate) async fn depart(&self, live: &Live, socket: &SocketRef) {
        self.registry.leave(socket);
        live.desk().depart(socket.id);
        // An owner task that has ended knows of nobody any more.
        self.send(Input::Departed(socket.id)).await;
    }

    /// Passes a request on.
    ///
    /// # Errors
    /// It was not: see [`NotTaken`].
    pub(crate) fn act(
        &self,
        socket: &SocketRef,
        id: u32,
        body: ClientBody,
    ) -> Result<(), NotTaken> {
        let (socket, body) = (socket.clone(), Arc::new(body));
        self.try_send(Input::Action {
            socket,
            id,
            body,
            at: Instant::now(),
        })
    }

    /// Passes a signal of the media node on. If the inbox is full, the next one tells as much.
    pub(crate) fn media(&self, signal: Signal) {
        let Signal { socket, signal, .. } = signal;
        if self.try_send(Input::Media { socket, signal }).is_err() {
            tracing::warn!(socket = socket.0, ?signal, "a media signal was dropped");
        }
    }

    pub(crate) async fn portal(&self, command: PortalCommand) -> Result<(), Refusal> {
        let (answer, answered) = Answer::new();
        self.ask(Input::Portal { command, answer }, answered).await
    }

    /// Asks the owner task for something that must be stored.
    async fn ask(
        &self,
        input: Input,
        answered: tokio::sync::oneshot::Receiver<Result<(), Refusal>>,
    ) -> Result<(), Refusal> {
        let asked = async {
            if !self.send(input).await {
                return Err(Refusal::NotFound);
            }
            answered.await.unwrap_or(Err(Refusal::Internal))
        };
        let answer = timeout(ANSWER_WITHIN, asked).await;
        answer.unwrap_or(Err(Refusal::Internal))
    }

    /// Looks at the fair as it is stored. `None`: it has ended here, or nothing can be stored.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        question: impl Fn(&mut Fair) -> T + Send + Sync + 'static,
    ) -> Option<T> {
        let (answer, answered) = Answer::new();
        let question = Arc::new(move |fair: &mut Fair| answer.give(question(fair)));
        let looked = async {
            if !self.send(Input::Look(question)).await {
                return None;
            }
            answered.await.ok()
        };
        timeout(LOOK_WITHIN, looked).await.ok().flatten()
    }
}
