//! A fair to try things on: people by number, a clock that only moves when told.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

pub mod follow;

use std::collections::{BTreeMap, BTreeSet};

use signaling_core::{
    Accepted, Actor, Audience, BoothSetup, Command, EventRow, Fair, FairSetup, MediaOrder,
    PortalCommand, Row, Rows, Rules, SeatSetup, SocketId,
};
use signaling_protocol::*;
use uuid::Uuid;

pub const MINUTE: i64 = 60_000;
pub const SECOND: i64 = 1_000;
/// The fair begins here.
pub const BEGIN: i64 = 1_800_000_000_000;

pub fn booth(n: u128) -> BoothId {
    BoothId(Uuid::from_u128(0xb000 + n))
}

pub fn seat(n: u128) -> SeatId {
    SeatId(Uuid::from_u128(0x5000 + n))
}

pub fn interviewer(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(0x1000 + n))
}

pub fn student(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(0xa000 + n))
}

/// `booths` booths with `seats` seats each; seat numbers run on through the booths.
pub fn setup(booths: u128, seats: u128) -> FairSetup {
    let one = |b: u128| BoothSetup {
        booth: booth(b),
        number: format!("B-{b:03}"),
        company: format!("company {b}"),
        jobs: vec![JobView {
            job: JobId(Uuid::from_u128(0xc000 + b)),
            title: "job".into(),
        }],
        seats: (0..seats)
            .map(|s| SeatSetup {
                seat: seat(b * seats + s),
                person: interviewer(b * seats + s),
                nickname: format!("interviewer {}", b * seats + s),
                department: String::new(),
            })
            .collect(),
    };
    FairSetup {
        fair: FairId(Uuid::from_u128(0xfa)),
        title: "fair".into(),
        starts_ms: BEGIN,
        ends_ms: BEGIN + 8 * 60 * MINUTE,
        slot_ms: 600_000,
        max_queues: 3,
        rules: Rules::default(),
        booths: (0..booths).map(one).collect(),
    }
}

/// What the database would hold.
#[derive(Debug, Default, Clone)]
pub struct Store {
    pub rows: Rows,
    pub events: Vec<EventRow>,
}

fn put<T, K: PartialEq>(rows: &mut Vec<T>, row: T, key: impl Fn(&T) -> K) {
    match rows.iter_mut().find(|other| key(other) == key(&row)) {
        Some(other) => *other = row,
        None => rows.push(row),
    }
}

impl Store {
    /// Who is called, or in a call.
    pub fn busy(&self) -> BTreeSet<PersonId> {
        let busy = |stage: Stage| matches!(stage, Stage::Called | Stage::Ready | Stage::InCall);
        let rows = self.rows.entries.iter().filter(|row| busy(row.stage));
        rows.map(|row| row.person).collect()
    }

    pub fn write(&mut self, row: Row) {
        match row {
            Row::Fair(row) => self.rows.fair = Some(row),
            Row::Queue(row) => put(&mut self.rows.queues, row, |r| r.booth),
            Row::Person(row) => put(&mut self.rows.persons, row, |r| r.person),
            Row::Entry(row) => {
                put(&mut self.rows.entries, row, |r| r.entry);
                self.check_unique();
            }
            Row::Call(row) => put(&mut self.rows.calls, row, |r| r.call),
            Row::CallSeat(row) => put(&mut self.rows.call_seats, row, |r| (r.call, r.seat)),
        }
    }

    /// The partial unique indexes of the database.
    fn check_unique(&self) {
        let active = [
            Stage::Applied,
            Stage::Waiting,
            Stage::Called,
            Stage::Ready,
            Stage::InCall,
        ];
        let busy = [Stage::Called, Stage::Ready, Stage::InCall];
        let mut pairs = BTreeMap::new();
        let mut people = BTreeMap::new();
        for row in &self.rows.entries {
            if active.contains(&row.stage) {
                *pairs.entry((row.person, row.booth)).or_insert(0) += 1;
            }
            if busy.contains(&row.stage) {
                *people.entry(row.person).or_insert(0) += 1;
            }
        }
        assert!(
            pairs.values().all(|n| *n == 1),
            "one active entry per student and booth"
        );
        assert!(
            people.values().all(|n| *n == 1),
            "one busy entry per student"
        );
    }

    /// Rows in a fixed order, for comparing.
    pub fn sorted(&self) -> Rows {
        sorted(self.rows.clone())
    }
}

pub fn sorted(mut rows: Rows) -> Rows {
    rows.queues.sort_by_key(|r| r.booth);
    rows.persons.sort_by_key(|r| r.person);
    rows.entries.sort_by_key(|r| r.entry);
    rows.calls.sort_by_key(|r| r.call);
    rows.call_seats.sort_by_key(|r| (r.call, r.seat));
    rows
}

/// Would this make the student's page ring?
fn rings(command: &Command, person: PersonId) -> bool {
    matches!(command, Command::Send(outgoing)
        if outgoing.to == Audience::Persons(vec![person])
            && matches!(&outgoing.body, ServerBody::Entry { entry } if entry.stage == Stage::Called))
}

pub struct Stand {
    pub fair: Fair,
    pub now: i64,
    pub store: Store,
    /// All that was said since [`Stand::hear`].
    pub said: Vec<(Audience, ServerBody, Option<Stamp>)>,
    pub media: Vec<MediaOrder>,
    /// Students whom the database knows as busy in another fair.
    pub elsewhere: BTreeSet<PersonId>,
    /// The database refuses what comes, for good.
    pub refusing: bool,
    pub actors: BTreeMap<SocketId, Actor>,
    next_socket: u64,
}

impl Stand {
    /// A fair that has just begun.
    pub fn new(booths: u128, seats: u128) -> Self {
        Self::with(setup(booths, seats))
    }

    pub fn with(setup: FairSetup) -> Self {
        let fair = Fair::new(setup, [7; 32], BEGIN - MINUTE);
        let mut stand = Self {
            fair,
            now: BEGIN - MINUTE,
            store: Store::default(),
            said: Vec::new(),
            media: Vec::new(),
            elsewhere: BTreeSet::new(),
            refusing: false,
            actors: BTreeMap::new(),
            next_socket: 1,
        };
        stand.drain();
        stand.pass(MINUTE);
        stand
    }

    /// Writes what is to be written and keeps what is said; rows must come first.
    pub fn drain(&mut self) {
        let mut commands = self.commands();
        while let Some(person) = self.clash(&commands) {
            self.fair.handle_called_elsewhere(self.now, person);
            commands.retain(|command| !rings(command, person));
            commands.extend(self.commands());
            // Of one entry the last row counts, as in one transaction.
            let mut last = BTreeMap::new();
            for (n, command) in commands.iter().enumerate() {
                if let Command::Persist(Row::Entry(row)) = command {
                    last.insert(row.entry, n);
                }
            }
            let mut n = 0;
            commands.retain(|command| {
                n += 1;
                match command {
                    Command::Persist(Row::Entry(row)) => last[&row.entry] == n - 1,
                    _ => true,
                }
            });
            // Rows before messages, as the shell has it.
            commands.sort_by_key(|command| matches!(command, Command::Send(_) | Command::Media(_)));
        }
        if self.refusing {
            return;
        }
        self.fair.handle_stored();
        self.write(commands);
    }

    fn commands(&mut self) -> Vec<Command> {
        std::iter::from_fn(|| self.fair.poll_command()).collect()
    }

    /// The unique index over all fairs: whom another one has called.
    fn clash(&self, commands: &[Command]) -> Option<PersonId> {
        let mut last = BTreeMap::new();
        for command in commands {
            if let Command::Persist(Row::Entry(row)) = command {
                last.insert(row.entry, (row.stage, row.person));
            }
        }
        let called = last
            .into_values()
            .filter(|(stage, _)| *stage == Stage::Called);
        let mut persons = called.map(|(_, person)| person);
        persons.find(|person| self.elsewhere.contains(person))
    }

    fn write(&mut self, commands: Vec<Command>) {
        let mut told = false;
        for command in commands {
            match command {
                Command::Persist(row) => {
                    assert!(!told, "a row after a message");
                    self.store.write(row);
                }
                Command::Record(event) => {
                    assert!(!told, "an event after a message");
                    self.store.events.push(event);
                }
                Command::Media(order) => self.media.push(order),
                Command::Send(outgoing) => {
                    told = true;
                    self.said.push((outgoing.to, outgoing.body, outgoing.stamp));
                }
            }
        }
    }

    /// Lets time pass, stopping at every deadline.
    pub fn pass(&mut self, ms: i64) {
        let until = self.now + ms;
        while let Some(at) = self.fair.poll_timeout().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.fair.handle_timeout(self.now);
            self.drain();
            let next = self.fair.poll_timeout();
            assert!(
                next.is_none_or(|next| next > self.now),
                "a deadline in the past"
            );
        }
        self.now = until;
        self.fair.handle_timeout(self.now);
        self.drain();
    }

    pub fn connect(&mut self, person: PersonId, role: Role, page: PageKind) -> SocketId {
        let socket = SocketId(self.next_socket);
        self.next_socket += 1;
        let name = format!("name {}", person.0.as_u128() & 0xfff);
        let actor = Actor {
            person,
            socket,
            role,
            page,
            name,
            headline: String::new(),
        };
        self.fair.handle_connected(self.now, &actor).unwrap();
        self.actors.insert(socket, actor);
        self.drain();
        socket
    }

    /// The portal says something.
    pub fn portal(&mut self, command: PortalCommand) -> Result<(), Refusal> {
        let result = self.fair.handle_portal(self.now, command);
        self.drain();
        result
    }

    pub fn disconnect(&mut self, socket: SocketId) {
        self.fair.handle_disconnected(self.now, socket);
        self.actors.remove(&socket);
        self.drain();
    }

    /// The same page on a new socket, whether the old one was seen to go or not.
    pub fn resume(&mut self, actor: &Actor) -> SocketId {
        let socket = SocketId(self.next_socket);
        self.next_socket += 1;
        let earlier = actor.socket;
        let actor = Actor {
            socket,
            ..actor.clone()
        };
        self.fair.handle_resumed(self.now, &actor, earlier).unwrap();
        self.actors.remove(&earlier);
        self.actors.insert(socket, actor);
        self.drain();
        socket
    }

    /// An admitted student on the queues page, without a device test.
    pub fn student_page(&mut self, n: u128) -> SocketId {
        let admission = Admission {
            admitted: true,
            resume_complete: true,
        };
        self.connect(student(n), Role::Student(admission), PageKind::Queues)
    }

    /// An admitted student who passed the device test.
    pub fn student(&mut self, n: u128) -> SocketId {
        let socket = self.student_page(n);
        self.ok(socket, ClientBody::DeviceTest { report: passed() });
        socket
    }

    pub fn interviewer(&mut self, n: u128) -> SocketId {
        let booth = self.booth_of(n);
        let role = Role::Interviewer {
            booth,
            seat: seat(n),
        };
        self.connect(interviewer(n), role, PageKind::Room)
    }

    fn booth_of(&self, n: u128) -> BoothId {
        let wall = self.fair.wall_view();
        let seats = u128::from(wall.booths[0].seats);
        booth(n / seats)
    }

    pub fn staff(&mut self) -> SocketId {
        self.connect(
            PersonId(Uuid::from_u128(0xeeee)),
            Role::Staff,
            PageKind::Console,
        )
    }

    pub fn act(&mut self, socket: SocketId, body: ClientBody) -> Result<Accepted, Refusal> {
        let actor = self.actors[&socket].clone();
        let result = self.fair.handle_action(self.now, &actor, body);
        self.drain();
        result
    }

    pub fn ok(&mut self, socket: SocketId, body: ClientBody) -> Accepted {
        self.act(socket, body.clone())
            .unwrap_or_else(|refusal| panic!("{body:?}: {refusal:?}"))
    }

    pub fn refused(&mut self, socket: SocketId, body: ClientBody) -> Refusal {
        self.act(socket, body).unwrap_err()
    }

    pub fn apply(&mut self, socket: SocketId, b: u128) -> EntryId {
        match self.ok(
            socket,
            ClientBody::Apply {
                booth: booth(b),
                job: None,
            },
        ) {
            Accepted::Applied { entry, .. } => entry,
            other => panic!("{other:?}"),
        }
    }

    /// Applies and is accepted.
    pub fn queue_up(&mut self, student: SocketId, interviewer: SocketId, b: u128) -> EntryId {
        let entry = self.apply(student, b);
        self.ok(interviewer, ClientBody::Accept { entry });
        entry
    }

    /// Calls the next, who answers on `student` and is started.
    pub fn call(&mut self, interviewer: SocketId, student: SocketId, entry: EntryId) -> CallId {
        self.ok(interviewer, ClientBody::CallNext);
        self.ok(student, ClientBody::Ready { entry });
        self.ok(interviewer, ClientBody::Start { entry });
        self.row(entry).call.unwrap()
    }

    pub fn row(&self, entry: EntryId) -> signaling_core::rows::EntryRow {
        self.store
            .rows
            .entries
            .iter()
            .find(|row| row.entry == entry)
            .unwrap()
            .clone()
    }

    pub fn stage(&self, entry: EntryId) -> Stage {
        self.row(entry).stage
    }

    pub fn view(&mut self, socket: SocketId) -> StudentView {
        let actor = self.actors[&socket].clone();
        match self.fair.snapshot(&actor).unwrap() {
            ServerBody::Student(view) => view,
            other => panic!("{other:?}"),
        }
    }

    pub fn room(&mut self, socket: SocketId) -> BoothView {
        let actor = self.actors[&socket].clone();
        match self.fair.snapshot(&actor).unwrap() {
            ServerBody::Booth(view) => view,
            other => panic!("{other:?}"),
        }
    }

    pub fn order(&mut self, interviewer: SocketId) -> Vec<EntryId> {
        self.room(interviewer).order
    }

    pub fn hear(&mut self) -> Vec<(Audience, ServerBody, Option<Stamp>)> {
        std::mem::take(&mut self.said)
    }

    /// Own-entry messages to this student since the last hearing.
    pub fn heard_by(&mut self, person: PersonId) -> Vec<StudentEntry> {
        self.said
            .iter()
            .filter(|(to, _, _)| *to == Audience::Persons(vec![person]))
            .filter_map(|(_, body, _)| match body {
                ServerBody::Entry { entry } => Some(entry.clone()),
                _ => None,
            })
            .collect()
    }

    /// Stops the server at once and starts it again after `down_ms`; all sockets are gone.
    pub fn restart(&mut self, setup: FairSetup, down_ms: i64) {
        self.now += down_ms;
        self.actors.clear();
        self.fair = Fair::restore(setup, self.store.rows.clone(), [9; 32], self.now, down_ms);
        self.drain();
    }
}

pub fn passed() -> DeviceReport {
    DeviceReport {
        camera: true,
        microphone: true,
        speaker: true,
        network: Quality::Good,
        rtt_ms: 20,
        loss_permille: 0,
    }
}

/// A booth with two seats, the first of which is taken, and one student in its queue.
pub struct Pair {
    pub stand: Stand,
    pub hr: SocketId,
    pub anna: SocketId,
    pub entry: EntryId,
}

/// One student in the queue of a booth with two seats, the first of which is taken.
pub fn pair() -> Pair {
    let mut stand = Stand::new(1, 2);
    let hr = stand.interviewer(0);
    let anna = stand.student(1);
    let entry = stand.queue_up(anna, hr, 0);
    Pair {
        stand,
        hr,
        anna,
        entry,
    }
}

impl Pair {
    pub fn call(&mut self) -> CallId {
        self.stand.call(self.hr, self.anna, self.entry)
    }

    pub fn seen(&mut self) -> CallView {
        self.stand.view(self.anna).call.unwrap()
    }
}
