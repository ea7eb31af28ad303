//! Random days at a fair, beside what must always hold.
//!
//! Two fairs share their students; batches are refused, clocks are set, nothing can be stored for a
//! while, requests come late, sockets close too early.
//!
//! After each step: the rows written are the live state; a student has at most one busy entry and
//! one active entry at a booth (checked by the store at each write); places are a permutation of
//! those WAITING; no deadline lies in the past; a shown place gets worse only with a reason. Now
//! and then and at the end: pages that only followed the messages show what a fresh snapshot shows;
//! a fair restored from the rows is the live one, and the journal played
//! back gives the same stages and the same order as the rows.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use std::collections::BTreeMap;

use proptest::prelude::*;
use signaling_core::{
    Accepted, Actor, Audience, Fair, MediaSignal, PortalCommand, Rows, SocketId, Stop,
};
use signaling_protocol::*;
use support::follow::Followers;
use support::*;

const BOOTHS: u128 = 3;
const SEATS: u128 = 2;
const STUDENTS: u128 = 7;

#[derive(Debug, Clone)]
enum Step {
    StudentComes(u8),
    SeatComes(u8),
    SocketGoes(u8),
    /// A page that is here, or whose socket is gone, comes back on a new one.
    PageReturns(u8),
    Pass(u8),
    Apply(u8, u8),
    /// What a student does with one of his entries.
    Student(u8, u8),
    /// What an interviewer does with an entry of the booth.
    Seat(u8, u8, u8),
    CallNext(u8),
    Staff(u8, u8),
    Media(u8, u8),
    Evaluate(u8),
    /// Signed out, or shut out for good.
    Leaves(u8, bool),
    /// The portal pauses a booth.
    PauseBooth(u8),
    Restart(u8),
    /// Something is asked that the database refuses for good.
    Refused(u8, u8, u8),
    /// The wall clock is set.
    ClockSet(i8),
    /// Nothing can be stored for a while.
    Stall(u8),
    /// An answer or another request comes, and the owner gets to it late.
    Late(u8, u8),
    /// A socket closes before it is in.
    EarlyClose(u8),
    /// The fairs hear of each other whom they called.
    Hint,
}

fn step() -> impl Strategy<Value = Step> {
    let n = any::<u8>;
    prop_oneof![
        5 => n().prop_map(Step::StudentComes),
        4 => n().prop_map(Step::SeatComes),
        2 => n().prop_map(Step::SocketGoes),
        2 => n().prop_map(Step::PageReturns),
        8 => n().prop_map(Step::Pass),
        8 => (n(), n()).prop_map(|(a, b)| Step::Apply(a, b)),
        12 => (n(), n()).prop_map(|(a, b)| Step::Student(a, b)),
        22 => (n(), n(), n()).prop_map(|(a, b, c)| Step::Seat(a, b, c)),
        10 => n().prop_map(Step::CallNext),
        1 => (n(), n()).prop_map(|(a, b)| Step::Staff(a, b)),
        3 => (n(), n()).prop_map(|(a, b)| Step::Media(a, b)),
        1 => n().prop_map(Step::Evaluate),
        2 => (n(), any::<bool>()).prop_map(|(a, b)| Step::Leaves(a, b)),
        1 => n().prop_map(Step::PauseBooth),
        1 => n().prop_map(Step::Restart),
        2 => (n(), n(), n()).prop_map(|(a, b, c)| Step::Refused(a, b, c)),
        1 => any::<i8>().prop_map(Step::ClockSet),
        1 => n().prop_map(Step::Stall),
        3 => (n(), n()).prop_map(|(a, b)| Step::Late(a, b)),
        1 => n().prop_map(Step::EarlyClose),
        3 => Just(Step::Hint),
    ]
}

struct Day {
    stand: Stand,
    setup: signaling_core::FairSetup,
    /// Last shown place of each entry.
    shown: BTreeMap<EntryId, u32>,
    /// Pages that followed the messages.
    pages: Followers,
    /// Pages whose socket is gone.
    gone: Vec<Actor>,
    /// Each reread draws other ids.
    seed: u64,
}

impl Day {
    fn new() -> Self {
        let mut setup = setup(BOOTHS, SEATS);
        setup.ends_ms = BEGIN + 24 * 60 * MINUTE;
        Self {
            stand: Stand::with(setup.clone()),
            setup,
            shown: BTreeMap::new(),
            pages: Followers::default(),
            gone: Vec::new(),
            seed: 0,
        }
    }

    fn sockets(&self, side: fn(&Role) -> bool) -> Vec<SocketId> {
        let actors = self.stand.actors.iter();
        actors
            .filter(|(_, actor)| side(&actor.role))
            .map(|(socket, _)| *socket)
            .collect()
    }

    fn pick<T: Copy>(from: &[T], n: u8) -> Option<T> {
        (!from.is_empty()).then(|| from[usize::from(n) % from.len()])
    }

    fn entries(&self, test: impl Fn(&signaling_core::rows::EntryRow) -> bool) -> Vec<EntryId> {
        let mut rows: Vec<_> = self
            .stand
            .store
            .rows
            .entries
            .iter()
            .filter(|r| test(r))
            .collect();
        // The newest first: those are the ones with which something can happen.
        rows.sort_by_key(|row| std::cmp::Reverse((row.since_ms, row.entry)));
        rows.into_iter().map(|row| row.entry).take(6).collect()
    }

    fn student(&self, n: u8) -> Option<SocketId> {
        Self::pick(&self.sockets(|role| matches!(role, Role::Student(_))), n)
    }

    fn seat(&self, n: u8) -> Option<SocketId> {
        Self::pick(
            &self.sockets(|role| matches!(role, Role::Interviewer { .. })),
            n,
        )
    }

    fn act(&mut self, socket: Option<SocketId>, body: Option<ClientBody>) {
        let (Some(socket), Some(body)) = (socket, body) else {
            return;
        };
        let events = self.stand.store.events.len();
        let rows = self.stand.store.sorted();
        let due = self
            .stand
            .fair
            .poll_timeout()
            .is_some_and(|at| at <= self.stand.now);
        match self.stand.act(socket, body) {
            Ok(Accepted::Applied { entry, .. }) => {
                assert!(
                    self.stand
                        .store
                        .rows
                        .entries
                        .iter()
                        .any(|row| row.entry == entry)
                );
            }
            Ok(_) => {}
            Err(_) if due => {}
            Err(refusal) => {
                let stays = self.stand.store.events.len() == events;
                // Whoever is passed over at the head is noted also when nobody can be called.
                let mut after = self.stand.store.sorted();
                let mut before = rows;
                for rows in [&mut before, &mut after] {
                    rows.entries
                        .iter_mut()
                        .for_each(|row| row.skipped_ms = None);
                }
                assert!(stays && after == before, "{refusal:?} changed something");
            }
        }
    }

    fn run(&mut self, step: &Step) {
        match *step {
            Step::StudentComes(n) => {
                let page = self.stand.student_page(1 + u128::from(n) % STUDENTS);
                self.open_page(page);
                if n % 3 > 0 {
                    self.stand
                        .ok(page, ClientBody::DeviceTest { report: passed() });
                }
                if n % 4 > 1 {
                    self.stand.ok(page, ClientBody::Visible { visible: true });
                }
            }
            Step::SeatComes(n) => {
                self.open_room(u128::from(n) % (BOOTHS * SEATS));
            }
            Step::SocketGoes(n) => {
                if let Some(socket) = Self::pick(&self.sockets(|_| true), n) {
                    self.gone.push(self.stand.actors[&socket].clone());
                    self.stand.disconnect(socket);
                }
            }
            Step::PageReturns(n) => self.page_returns(n),
            Step::Pass(n) => {
                const TIMES: [i64; 8] = [0, 60, 1_000, 9_000, 31_000, 65_000, 240_000, 660_000];
                self.stand.pass(TIMES[usize::from(n) % TIMES.len()]);
            }
            Step::Apply(who, at) => {
                let booth = booth(u128::from(at) % BOOTHS);
                self.act(
                    self.student(who),
                    Some(ClientBody::Apply { booth, job: None }),
                );
            }
            Step::Student(who, what) => self.student_acts(who, what),
            Step::Seat(who, what, which) => self.seat_acts(who, what, which),
            Step::CallNext(who) => self.act(self.seat(who), Some(ClientBody::CallNext)),
            Step::Staff(what, which) => self.staff_acts(what, which),
            Step::Media(which, signal) => {
                const SIGNALS: [MediaSignal; 4] = [
                    MediaSignal::Connected,
                    MediaSignal::Lost,
                    MediaSignal::Unstable,
                    MediaSignal::Recovered,
                ];
                // Media go on, and are missed, without a socket as well.
                let mut sockets = self.sockets(|_| true);
                sockets.extend(self.gone.iter().map(|actor| actor.socket));
                if let Some(socket) = Self::pick(&sockets, which) {
                    let signal = SIGNALS[usize::from(signal) % SIGNALS.len()];
                    self.stand.fair.handle_media(self.stand.now, socket, signal);
                    self.stand.drain();
                }
            }
            Step::Evaluate(n) => self.evaluate(n),
            Step::Leaves(n, for_good) => self.leaves(n, for_good),
            Step::PauseBooth(n) => {
                let booth = booth(u128::from(n) % BOOTHS);
                let told = self.stand.portal(PortalCommand::PauseBooth { booth });
                assert!(matches!(told, Ok(()) | Err(Refusal::QueueClosed)));
            }
            Step::Restart(n) => {
                self.stand.restart(self.setup.clone(), i64::from(n) * 1_000);
                // Who comes back to a new run of the server needs a new token, and is shown all anew.
                self.gone.clear();
                self.shown.clear();
                self.hear_elsewhere();
            }
            ref other => self.upset(other),
        }
    }

    /// What an ordinary bad day brings.
    fn upset(&mut self, step: &Step) {
        match *step {
            Step::Refused(who, what, which) => self.refused(who, what, which),
            Step::ClockSet(n) => {
                let by_ms = i64::from(n) * MINUTE;
                self.stand.now += by_ms;
                self.stop(by_ms, Stop::ClockStep);
            }
            Step::Stall(n) => {
                let by_ms = i64::from(n) * 500;
                self.stand.now += by_ms;
                self.stop(by_ms, Stop::Stall);
            }
            Step::Late(who, after) => self.late(who, after),
            Step::EarlyClose(n) => {
                let page = self.stand.student_page(1 + u128::from(n) % STUDENTS);
                self.stand.disconnect(page);
            }
            Step::Hint => self.hear_elsewhere(),
            ref other => panic!("{other:?} is no upset"),
        }
    }

    fn stop(&mut self, by_ms: i64, stop: Stop) {
        let called: Vec<_> = self.entries(|row| row.stage == Stage::Called);
        self.stand.fair.handle_stop(self.stand.now, by_ms, stop);
        self.stand.drain();
        for entry in called {
            let still = self.stand.stage(entry) == Stage::Called;
            let over = self.stand.fair.fair_view().phase != FairPhase::Running;
            assert!(
                still || over,
                "a call-up was lost while the fair stood still"
            );
        }
    }

    /// What the other fair has done reaches this one.
    fn hear_elsewhere(&mut self) {
        let known: Vec<_> = self.stand.fair.busy_elsewhere().collect();
        let busy = self.stand.elsewhere.clone();
        for person in known.into_iter().chain(busy.iter().copied()) {
            let now = self.stand.now;
            let is = busy.contains(&person);
            self.stand.fair.handle_elsewhere(now, person, is);
            self.stand.drain();
        }
    }

    /// Nothing of it happened: the rows are as they were, and who is here stays here.
    fn refused(&mut self, who: u8, what: u8, which: u8) {
        // What was to be told before is no part of what is given up.
        self.stand.pass(0);
        let before = self.stand.store.clone();
        self.stand.refusing = true;
        match who % 3 {
            0 => self.ask(|day| day.student_asks(which, what)),
            1 => self.ask(|day| day.seat_asks(who / 3, what, which)),
            _ => self.ask(|day| Some((day.seat(which)?, ClientBody::CallNext))),
        }
        self.stand.refusing = false;
        let (setup, now) = (self.setup.clone(), self.stand.now);
        let rows = before.rows.clone();
        self.seed += 1;
        let mut seed = [5; 32];
        seed[..8].copy_from_slice(&self.seed.to_le_bytes());
        self.stand.fair.reread(setup, rows, seed, now);
        self.stand.drain();
        let more = &self.stand.store.events[before.events.len()..];
        assert!(more.is_empty(), "something happened: {more:?}");
        let same = |rows: &Rows| sorted(rows.clone());
        assert_same(
            &same(&self.stand.store.rows),
            &same(&before.rows),
            "given up",
        );
    }

    fn ask(&mut self, what: impl Fn(&Self) -> Option<(SocketId, ClientBody)>) {
        if let Some((socket, body)) = what(self) {
            let actor = self.stand.actors[&socket].clone();
            let now = self.stand.now;
            let _ = self.stand.fair.handle_action(now, &actor, body);
            self.stand.drain();
        }
    }

    /// The request came before deadlines that ran out until the owner got to it.
    fn late(&mut self, who: u8, after: u8) {
        let came = self.stand.now + i64::from(after % 64) * SECOND;
        let Some((socket, body)) = self.student_asks(who, 7) else {
            return;
        };
        let ClientBody::Ready { entry } = body else {
            return;
        };
        let row = self.stand.row(entry);
        let in_time = row.deadline_ms.is_some_and(|until| came < until);
        let actor = self.stand.actors[&socket].clone();
        let answer = self.stand.fair.handle_action(came, &actor, body);
        self.stand.now = came;
        self.stand.drain();
        if in_time && answer.is_err() {
            // The booth can be gone by then; the student never has missed it.
            let now = self.stand.row(entry);
            assert_ne!(now.stage, Stage::Called, "{answer:?}");
            assert_eq!(now.misses, row.misses, "{answer:?}");
        }
        assert!(in_time || answer.is_err(), "{answer:?}");
        self.stand.pass(i64::from(after) * SECOND);
    }

    fn page_returns(&mut self, n: u8) {
        let here = self.sockets(|_| true);
        let back = if self.gone.is_empty() || n.is_multiple_of(4) {
            Self::pick(&here, n).map(|socket| self.stand.actors[&socket].clone())
        } else {
            let at = usize::from(n) % self.gone.len();
            Some(self.gone.swap_remove(at))
        };
        if let Some(actor) = back {
            let page = self.stand.resume(&actor);
            match actor.role {
                Role::Student(_) => self.open_page(page),
                Role::Interviewer { .. } => self.pages.open_room(&mut self.stand, page),
                Role::Staff => {}
            }
        }
    }

    /// Someone's sockets are closed by the shell; whoever is shut out has nothing left in the fair.
    fn leaves(&mut self, n: u8, for_good: bool) {
        let Some(socket) = Self::pick(&self.sockets(|_| true), n) else {
            return;
        };
        let person = self.stand.actors[&socket].person;
        let command = match for_good {
            true => PortalCommand::ShutOut {
                person,
                why: Some("banned".to_owned()),
            },
            false => PortalCommand::SignedOut { person },
        };
        self.stand.portal(command).unwrap();
        self.stand.actors.retain(|_, actor| actor.person != person);
        self.gone.retain(|actor| actor.person != person);
        if for_good {
            let own = self.entries(|row| row.person == person && is_active(row.stage));
            assert_eq!(own, [], "nothing is left of whoever is shut out");
        }
    }

    fn evaluate(&mut self, n: u8) {
        let calls: Vec<_> = self
            .stand
            .store
            .rows
            .calls
            .iter()
            .map(|row| row.call)
            .collect();
        if let Some(call) = Self::pick(&calls, n) {
            let command = PortalCommand::EvaluationSaved {
                call,
                outcome: Outcome::Pass,
            };
            self.stand.portal(command).unwrap();
        }
    }

    fn student_acts(&mut self, who: u8, what: u8) {
        if let Some((socket, body)) = self.student_asks(who, what) {
            self.act(Some(socket), Some(body));
        }
    }

    fn student_asks(&self, who: u8, what: u8) -> Option<(SocketId, ClientBody)> {
        let socket = self.student(who)?;
        let person = self.stand.actors[&socket].person;
        let own = self.entries(|row| row.person == person);
        let entry = Self::pick(&own, what / 16);
        let call = entry.and_then(|entry| self.stand.row(entry).call);
        let ringing = self.entries(|row| row.person == person && row.stage == Stage::Called);
        let body = match what % 16 {
            0 if what > 128 => entry.map(|entry| ClientBody::Leave { entry }),
            1 | 2 => entry.map(|entry| ClientBody::Later { entry }),
            3 if what > 128 => Some(ClientBody::Away),
            3 | 4 => Some(ClientBody::Back),
            5 => call.map(|call| ClientBody::End { call }),
            6 => call.map(|call| ClientBody::TakeOver { call }),
            _ => ringing
                .first()
                .map(|entry| ClientBody::Ready { entry: *entry }),
        };
        Some((socket, body?))
    }

    fn seat_acts(&mut self, who: u8, what: u8, which: u8) {
        if let Some((socket, body)) = self.seat_asks(who, what, which) {
            self.act(Some(socket), Some(body));
        }
    }

    fn seat_asks(&self, who: u8, what: u8, which: u8) -> Option<(SocketId, ClientBody)> {
        let socket = self.seat(who)?;
        let Role::Interviewer { booth, .. } = self.stand.actors[&socket].role else {
            return None;
        };
        let of = |stage: Stage| self.entries(|row| row.booth == booth && row.stage == stage);
        let entry = |stage: Stage| Self::pick(&of(stage), which);
        let call = entry(Stage::InCall).and_then(|entry| self.stand.row(entry).call);
        let reason = || String::from("reason");
        let body = match what % 20 {
            0..=5 => entry(Stage::Applied).map(|entry| ClientBody::Accept { entry }),
            6 => entry(Stage::Applied).map(|entry| ClientBody::Refuse { entry }),
            7 => entry(Stage::Declined).map(|entry| ClientBody::UndoRefuse { entry }),
            8 => entry(Stage::Waiting).map(|entry| ClientBody::CallPick {
                entry,
                reason: reason(),
            }),
            9 => entry(Stage::Called).map(|entry| ClientBody::WithdrawCall { entry }),
            10 => entry(Stage::Missed).map(|entry| ClientBody::UndoMissed { entry }),
            11 | 12 => entry(Stage::Ready).map(|entry| ClientBody::Start { entry }),
            13 => call.map(|call| ClientBody::End { call }),
            14 => call.map(|call| ClientBody::PutBack {
                call,
                reason: reason(),
            }),
            15 => call.map(|call| ClientBody::JoinCall { call }),
            16 if which > 128 => entry(Stage::Waiting).map(|entry| ClientBody::Remove {
                entry,
                reason: reason(),
            }),
            17 if which > 160 => Some(ClientBody::PauseQueue {
                minutes: Some(3),
                message: reason(),
            }),
            17 | 18 => Some(ClientBody::ResumeQueue),
            _ => call.map(|call| ClientBody::Extend { call }),
        };
        Some((socket, body?))
    }

    fn staff_acts(&mut self, what: u8, which: u8) {
        let staff = self.stand.staff();
        let active = self.entries(|row| {
            matches!(
                row.stage,
                Stage::Waiting | Stage::InCall | Stage::Called | Stage::Applied
            )
        });
        let body = match what % 64 {
            0 => Some(ClientBody::EndFair),
            1..40 => Some(ClientBody::ExtendFair { minutes: 5 }),
            _ => Self::pick(&active, which).map(|entry| ClientBody::RemoveEntry {
                entry,
                reason: "rules".into(),
            }),
        };
        self.act(Some(staff), body);
        self.stand.disconnect(staff);
    }

    /// What must hold after every step.
    fn check(&mut self) {
        let rows = self.stand.store.sorted();
        assert_eq!(
            sorted(self.stand.fair.rows()),
            rows,
            "rows are the live state"
        );
        if let Some(next) = self.stand.fair.poll_timeout() {
            assert!(next >= self.stand.now, "a deadline in the past");
        }
        self.check_figures(&rows);
        for (to, body, stamp) in self.stand.hear() {
            match &body {
                ServerBody::Entry { entry } => self.entry_told(&to, entry, stamp),
                ServerBody::Student(view) => self.places_shown(view),
                _ => {}
            }
            self.pages.hear(&to, body, SEATS);
        }
    }

    fn entry_told(&mut self, to: &Audience, entry: &StudentEntry, stamp: Option<Stamp>) {
        let row = self.stand.row(entry.entry);
        assert_eq!(*to, Audience::Persons(vec![row.person]));
        assert!(stamp.is_none_or(|stamp| stamp.first <= stamp.last));
        if let Some(position) = entry.position {
            let before = self.shown.insert(entry.entry, position);
            let moved = before.is_some_and(|before| position != before);
            assert!(!moved || stamp.is_some(), "moved by no event: {entry:?}");
            let worse = before.is_some_and(|before| position > before);
            assert!(
                !worse || entry.cause.is_some(),
                "worse without a reason: {entry:?}"
            );
        }
    }

    fn open_page(&mut self, socket: SocketId) {
        let view = self.stand.view(socket);
        self.places_shown(&view);
        self.pages.open_student(&mut self.stand, socket);
    }

    /// A page that is shown everything anew shows its places too: what moved while nobody heard
    /// of it needs no event any more.
    fn places_shown(&mut self, view: &StudentView) {
        let places = view.entries.iter();
        let places = places.filter_map(|entry| Some((entry.entry, entry.position?)));
        self.shown.extend(places);
    }

    fn open_room(&mut self, n: u128) {
        let socket = self.stand.interviewer(n);
        self.pages.open_room(&mut self.stand, socket);
    }

    /// The figures that are kept as things change are those of the rows.
    fn check_figures(&mut self, rows: &Rows) {
        let count = |stage: Stage| {
            u32::try_from(rows.entries.iter().filter(|row| row.stage == stage).count()).unwrap()
        };
        let totals = self.stand.fair.totals();
        assert_eq!(totals.waiting, count(Stage::Waiting));
        assert_eq!(totals.calls, count(Stage::InCall));
        assert_eq!(totals.done, count(Stage::Done));
        assert_eq!(totals.missed, count(Stage::Missed));
        let students = self
            .stand
            .actors
            .values()
            .filter(|a| matches!(a.role, Role::Student(_)));
        let online: std::collections::BTreeSet<_> = students.map(|actor| actor.person).collect();
        assert_eq!(totals.students_online, u32::try_from(online.len()).unwrap());
        let briefs = self.stand.fair.wall_view().booths;
        assert_eq!(
            briefs.iter().map(|brief| brief.waiting).sum::<u32>(),
            totals.waiting
        );
        assert_eq!(
            briefs.iter().map(|brief| brief.applied).sum::<u32>(),
            count(Stage::Applied)
        );
    }

    /// Pages that followed the messages show what a snapshot shows.
    fn check_pages(&mut self) {
        self.stand.pass(150);
        self.check();
        self.pages.check(&mut self.stand);
    }

    /// What must hold at rest: restart and journal.
    fn check_store(&self) {
        let rows = self.stand.store.sorted();
        let again =
            Fair::restore(self.setup.clone(), rows.clone(), [3; 32], self.stand.now, 0).rows();
        assert_same(&at_rest(again), &at_rest(rows.clone()), "restored is live");
        let (stages, orders) = self.played_back();
        let of_rows: BTreeMap<_, _> = rows.entries.iter().map(|r| (r.entry, r.stage)).collect();
        assert_eq!(stages, of_rows, "the journal's stages are the rows'");
        for (booth, order) in orders {
            let mut waiting: Vec<_> = rows
                .entries
                .iter()
                .filter(|row| row.booth == booth && row.stage == Stage::Waiting)
                .collect();
            waiting.sort_by_key(|row| row.rank.unwrap());
            let waiting: Vec<_> = waiting.into_iter().map(|row| row.entry).collect();
            assert_eq!(order, waiting, "the journal's order is the rows'");
        }
    }

    fn played_back(&self) -> (BTreeMap<EntryId, Stage>, BTreeMap<BoothId, Vec<EntryId>>) {
        let mut stages = BTreeMap::new();
        let mut orders = BTreeMap::<_, Vec<EntryId>>::new();
        let mut numbers = BTreeMap::new();
        for event in &self.stand.store.events {
            let number = numbers.entry(event.booth).or_insert(0);
            *number += 1;
            assert_eq!(event.number, *number, "no gap in a journal");
            let (Some(booth), Some(entry)) = (event.booth, event.entry) else {
                continue;
            };
            stages.insert(entry, event.stage.unwrap());
            let order = orders.entry(booth).or_default();
            order.retain(|other| *other != entry);
            if let Some(place) = event.place {
                order.insert(usize::try_from(place).unwrap(), entry);
            }
        }
        (stages, orders)
    }
}

fn is_active(stage: Stage) -> bool {
    use Stage::{Applied, Called, InCall, Invited, Ready, Waiting};
    matches!(stage, Applied | Invited | Waiting | Called | Ready | InCall)
}

/// Rows without what a restart changes by itself: nobody is connected, so clocks stand still.
fn at_rest(rows: Rows) -> Rows {
    let mut rows = sorted(rows);
    rows.persons
        .iter_mut()
        .for_each(|row| row.offline_since_ms = None);
    for row in &mut rows.calls {
        (row.used_ms, row.clock_at_ms, row.clock_runs) = (0, 0, false);
    }
    rows
}

/// Compares table by table, row by row, so that a failure shows the one row.
fn assert_same(left: &Rows, right: &Rows, what: &str) {
    fn table<T: PartialEq + std::fmt::Debug>(left: &[T], right: &[T], what: &str) {
        for (left, right) in left.iter().zip(right) {
            assert_eq!(left, right, "{what}");
        }
        assert_eq!(left.len(), right.len(), "{what}");
    }
    assert_eq!(left.fair, right.fair, "{what}");
    table(&left.queues, &right.queues, what);
    table(&left.persons, &right.persons, what);
    table(&left.entries, &right.entries, what);
    table(&left.calls, &right.calls, what);
    table(&left.call_seats, &right.call_seats, what);
}

/// Steps in all, unless `PINHUI_MODEL_STEPS` says so.
const STEPS: u32 = 30_000;
/// The most steps of a day; half as many on average.
const LONGEST: u32 = 160;

fn cases() -> u32 {
    let steps = std::env::var("PINHUI_MODEL_STEPS");
    let steps: u32 = steps.map_or(STEPS, |steps| steps.parse().unwrap());
    steps / (LONGEST / 2)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(),
        failure_persistence: None,
        max_shrink_iters: 1_000,
        ..ProptestConfig::default()
    })]

    /// One fair of a school, and another one on the same day with the same students.
    #[test]
    fn a_random_day_holds_every_promise(
        steps in prop::collection::vec((any::<bool>(), step()), 1..LONGEST as usize)
    ) {
        let mut days = [Day::new(), Day::new()];
        for day in &mut days {
            for n in 0..3 {
                day.open_room(n);
                let page = day.stand.student(n + 1);
                day.open_page(page);
            }
        }
        for (n, (second, step)) in steps.iter().enumerate() {
            let (own, other) = (usize::from(*second), usize::from(!*second));
            days[own].stand.elsewhere = days[other].stand.store.busy();
            let day = &mut days[own];
            day.run(step);
            day.check();
            if n % 16 == 0 {
                day.check_store();
                day.check_pages();
            }
            let busy = days[own].stand.store.busy();
            let both: Vec<_> = busy.intersection(&days[own].stand.elsewhere).collect();
            assert!(both.is_empty(), "in two interviews at once: {both:?}");
        }
        for day in &mut days {
            day.stand.elsewhere.clear();
            day.stand.pass(30 * 60 * MINUTE);
            day.check();
            day.check_store();
        }
    }
}
