//! One live fair: the state and the ways in and out.
//!
//! Each `handle_…` takes the time, changes the state, and leaves commands for
//! [`Fair::poll_command`]. Due deadlines are always worked off first, so that nobody answers a call
//! that has run out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use signaling_protocol::{
    BoothId, CallId, ClientBody, EntryId, FairId, FairPhase, JobId, PersonId, Refusal, SeatId,
};
use uuid::Uuid;

use crate::booth::{Booth, Waits};
use crate::call::Call;
use crate::command::{Accepted, Actor, Command, MediaSignal, PortalCommand, SocketId};
use crate::entry::Entry;
use crate::journal::Changes;
use crate::permissions;
use crate::presence::{Person, Side, Socket};
use crate::reread::Untold;
use crate::seat::Seat;
use crate::setup::{FairSetup, Rules};
use crate::timers::{Deadline, Timers};
use crate::wall::Walls;

/// A live fair.
#[derive(Debug)]
pub struct Fair {
    pub(crate) id: FairId,
    pub(crate) title: String,
    pub(crate) starts_ms: i64,
    pub(crate) slot_ms: i64,
    pub(crate) max_queues: u32,
    pub(crate) rules: Rules,
    /// The time of the input that is being worked on.
    pub(crate) now_ms: i64,
    pub(crate) phase: FairPhase,
    pub(crate) ends_ms: i64,
    pub(crate) overrun_until_ms: Option<i64>,
    /// Number of the last event of the fair's own journal.
    pub(crate) events: u64,
    pub(crate) booths: BTreeMap<BoothId, Booth>,
    pub(crate) seats: BTreeMap<SeatId, Seat>,
    pub(crate) persons: BTreeMap<PersonId, Person>,
    pub(crate) entries: BTreeMap<EntryId, Entry>,
    pub(crate) calls: BTreeMap<CallId, Call>,
    pub(crate) sockets: BTreeMap<SocketId, Socket>,
    /// Sockets that are gone while their media connection is still in a call: whose side it is.
    pub(crate) broken: BTreeMap<SocketId, (CallId, Side)>,
    pub(crate) counts: Counts,
    pub(crate) settling: Option<Settling>,
    /// Students who are called or in a call in another fair, as the shell says.
    pub(crate) elsewhere: BTreeSet<PersonId>,
    /// The server is about to end; see [`Fair::handle_drain`].
    pub(crate) draining: bool,
    pub(crate) timers: Timers,
    pub(crate) changes: Changes,
    pub(crate) wall: Walls,
    /// Students with refreshes that wait, noted by this input.
    pub(crate) joined_persons: BTreeSet<PersonId>,
    /// Booths with news that wait, noted by this input.
    pub(crate) joined_booths: BTreeSet<BoothId>,
    pub(crate) commands: VecDeque<Command>,
    pub(crate) untold: Untold,
    rng: StdRng,
}

/// Figures of the whole fair, kept as things change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) students_online: u32,
    /// Entries CALLED, READY or IN_CALL.
    pub(crate) busy: u32,
    pub(crate) calls: u32,
    pub(crate) waiting: u32,
    pub(crate) done: u32,
    pub(crate) missed: u32,
    pub(crate) waits: Waits,
}

/// After a restart, until those who were here are back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settling {
    /// Who was here and is not back yet.
    pub(crate) missing: BTreeSet<PersonId>,
    /// How many were here.
    pub(crate) expected: usize,
}

impl Fair {
    /// A fair that has never run. `seed` must be new for each start of the server: ids are drawn
    /// from it. Times are ms since 1970.
    pub fn new(setup: FairSetup, seed: [u8; 32], now_ms: i64) -> Self {
        let mut fair = Self::empty(setup, seed, now_ms);
        fair.changes.fair = true;
        fair.changes.queues = fair.booths.keys().copied().collect();
        fair.arm_phase();
        fair.work_off();
        fair.finish();
        fair.mark_walls();
        fair
    }

    /// The fair as the setup describes it, with nobody in it.
    pub(crate) fn empty(setup: FairSetup, seed: [u8; 32], now_ms: i64) -> Self {
        let slot_ms = i64::try_from(setup.slot_ms)
            .unwrap_or(i64::MAX)
            .clamp(1_000, 24 * 3_600_000);
        let mut booths = BTreeMap::new();
        let mut seats = BTreeMap::new();
        for booth in &setup.booths {
            booths.insert(booth.booth, Booth::new(booth, slot_ms, now_ms));
            for seat in &booth.seats {
                seats.insert(seat.seat, Seat::new(seat, booth.booth, now_ms));
            }
        }
        Self {
            id: setup.fair,
            title: setup.title,
            starts_ms: setup.starts_ms,
            slot_ms,
            max_queues: setup.max_queues,
            rules: setup.rules,
            now_ms,
            phase: FairPhase::Upcoming,
            ends_ms: setup.ends_ms,
            overrun_until_ms: None,
            events: 0,
            booths,
            seats,
            persons: BTreeMap::new(),
            entries: BTreeMap::new(),
            calls: BTreeMap::new(),
            sockets: BTreeMap::new(),
            broken: BTreeMap::new(),
            counts: Counts::default(),
            settling: None,
            elsewhere: BTreeSet::new(),
            draining: false,
            timers: Timers::default(),
            changes: Changes::default(),
            wall: Walls::new(setup.booths.iter().map(|booth| booth.booth), now_ms),
            joined_persons: BTreeSet::new(),
            joined_booths: BTreeSet::new(),
            commands: VecDeque::new(),
            untold: Untold::default(),
            rng: StdRng::from_seed(seed),
        }
    }

    /// Something that a page asks for. Messages of the media connection and `hello` are the
    /// shell's own.
    ///
    /// # Errors
    /// [`Refusal`] if this person may not do it, or not now; nothing has changed then that anyone is
    /// told of.
    pub fn handle_action(
        &mut self,
        now_ms: i64,
        actor: &Actor,
        body: ClientBody,
    ) -> Result<Accepted, Refusal> {
        self.begin(now_ms);
        let result = self.act(actor, body);
        self.finish();
        result
    }

    fn act(&mut self, actor: &Actor, body: ClientBody) -> Result<Accepted, Refusal> {
        permissions::check(&actor.role, &body)?;
        let known = self
            .sockets
            .get(&actor.socket)
            .is_some_and(|s| s.person == actor.person);
        if !known {
            return Err(Refusal::NotAllowed);
        }
        self.changes.last = None;
        match body {
            ClientBody::Refresh => {
                self.refresh_all_waits();
                let view = self.snapshot(actor).ok_or(Refusal::NotFound)?;
                return Ok(Accepted::Snapshot(Box::new(view)));
            }
            ClientBody::Apply { booth, job } => {
                let entry = self.apply(actor, booth, job)?;
                return Ok(Accepted::Applied {
                    entry,
                    stamp: self.changes.last,
                });
            }
            body => match actor.role {
                signaling_protocol::Role::Student(_) => self.student_acts(actor, body)?,
                signaling_protocol::Role::Interviewer { seat, .. } => {
                    self.interviewer_acts(actor, seat, body)?;
                }
                signaling_protocol::Role::Staff => self.staff_acts(actor, body)?,
            },
        }
        Ok(Accepted::Done {
            stamp: self.changes.last,
        })
    }

    /// A page opened a socket with a good token: a new page, also where it is an old one that was
    /// loaded anew.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for a seat that is not in this fair, [`Refusal::NotYourSeat`] for
    /// someone else's.
    pub fn handle_connected(&mut self, now_ms: i64, actor: &Actor) -> Result<(), Refusal> {
        self.begin(now_ms);
        let result = self.connect(actor, None);
        self.finish();
        result
    }

    /// A page is back on a new socket, with its media connection if it had one. The `earlier`
    /// socket of the tab is gone with it, whether that was noticed before or not.
    ///
    /// # Errors
    /// As [`Fair::handle_connected`].
    pub fn handle_resumed(
        &mut self,
        now_ms: i64,
        actor: &Actor,
        earlier: SocketId,
    ) -> Result<(), Refusal> {
        self.begin(now_ms);
        self.disconnect(earlier);
        let result = self.connect(actor, Some(earlier));
        self.finish();
        result
    }

    /// A socket is gone. Media are not: what the tab has in a call stays there until the media
    /// server misses it, another page takes its place, or the call ends.
    pub fn handle_disconnected(&mut self, now_ms: i64, socket: SocketId) {
        self.begin(now_ms);
        self.disconnect(socket);
        self.finish();
    }

    /// The media server says something of a socket's media connection.
    pub fn handle_media(&mut self, now_ms: i64, socket: SocketId, signal: MediaSignal) {
        self.begin(now_ms);
        self.media_signal(socket, signal);
        self.finish();
    }

    /// The portal says something.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for a call that is not in this fair.
    pub fn handle_portal(&mut self, now_ms: i64, command: PortalCommand) -> Result<(), Refusal> {
        self.begin(now_ms);
        let result = match command {
            PortalCommand::EvaluationSaved { call, outcome } => self.evaluated(call, outcome),
            PortalCommand::SignedOut { person } => {
                self.signed_out(person);
                Ok(())
            }
            PortalCommand::ShutOut { person, why } => {
                self.shut_out(person, why.as_deref());
                Ok(())
            }
            PortalCommand::PauseBooth { booth } => self.pause(None, booth, None, String::new()),
        };
        self.finish();
        result
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now_ms: i64) {
        self.begin(now_ms);
        self.finish();
    }

    /// The server is about to end: nobody is called up and no interview begins from now on. What
    /// runs goes on. The rows do not know of it: after the restart everything begins again.
    pub fn handle_drain(&mut self, now_ms: i64) {
        self.begin(now_ms);
        self.draining = true;
        self.finish();
    }

    /// How many interviews run.
    pub fn running_calls(&self) -> u32 {
        self.counts.calls
    }

    /// When [`Fair::handle_timeout`] must be called at the latest, ms since 1970.
    pub fn poll_timeout(&self) -> Option<i64> {
        self.timers.next()
    }

    /// The next command. Drain it after every `handle_…`.
    pub fn poll_command(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }

    /// Takes the time (it never goes back) and works off what is due.
    pub(crate) fn begin(&mut self, now_ms: i64) {
        self.now_ms = self.now_ms.max(now_ms);
        self.work_off();
    }

    /// Works off every deadline that has run out.
    pub(crate) fn work_off(&mut self) {
        while let Some(deadline) = self.timers.pop_due(self.now_ms) {
            self.on_deadline(deadline);
        }
    }

    /// A new id: UUIDv7 of the time of this input, ordered within it only by chance.
    fn draw_id(&mut self) -> Uuid {
        let mut random = [0; 10];
        self.rng.fill_bytes(&mut random);
        let millis = u64::try_from(self.now_ms).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    pub(crate) fn draw_entry_id(&mut self) -> EntryId {
        EntryId(self.draw_id())
    }

    pub(crate) fn draw_call_id(&mut self) -> CallId {
        CallId(self.draw_id())
    }

    pub(crate) fn entry(&self, id: EntryId) -> Result<&Entry, Refusal> {
        self.entries.get(&id).ok_or(Refusal::NotFound)
    }

    pub(crate) fn booth(&self, id: BoothId) -> Result<&Booth, Refusal> {
        self.booths.get(&id).ok_or(Refusal::NotFound)
    }

    pub(crate) fn seat(&self, id: SeatId) -> Result<&Seat, Refusal> {
        self.seats.get(&id).ok_or(Refusal::NotFound)
    }

    /// Is one of this student's entries CALLED, READY or IN_CALL? Derived, never stored.
    pub(crate) fn busy_entry(&self, person: PersonId) -> Option<EntryId> {
        let person = self.persons.get(&person)?;
        person
            .active
            .iter()
            .find(|id| {
                self.entries
                    .get(id)
                    .is_some_and(|entry| entry.stage.is_busy())
            })
            .copied()
    }

    /// Is the student called or in a call, here or in another fair?
    pub(crate) fn is_busy(&self, person: PersonId) -> bool {
        self.busy_entry(person).is_some() || self.elsewhere.contains(&person)
    }

    /// Online, not away, not busy. The stage is the caller's to know.
    pub(crate) fn is_callable(&self, person: PersonId) -> bool {
        self.persons.get(&person).is_some_and(Person::is_here) && !self.is_busy(person)
    }

    pub(crate) fn has_job(&self, booth: BoothId, job: Option<JobId>) -> bool {
        job.is_none()
            || self
                .booths
                .get(&booth)
                .is_some_and(|booth| booth.job(job).is_some())
    }

    /// Sets the deadline that belongs to the fair's phase.
    pub(crate) fn arm_phase(&mut self) {
        for deadline in [Deadline::FairStart, Deadline::FairEnd, Deadline::OverrunEnd] {
            self.timers.clear(deadline);
        }
        match self.phase {
            FairPhase::Upcoming => self.timers.set(Deadline::FairStart, self.starts_ms),
            FairPhase::Running => self.timers.set(Deadline::FairEnd, self.ends_ms),
            FairPhase::Overrun => {
                let until_ms = self.overrun_until_ms.unwrap_or(self.now_ms);
                self.timers.set(Deadline::OverrunEnd, until_ms);
            }
            FairPhase::Ended => {}
        }
    }
}
