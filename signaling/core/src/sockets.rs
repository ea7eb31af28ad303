//! Pages that come and go, and what follows for presence, seats and calls.

use signaling_protocol::{BoothId, CallId, EntryId, PageKind, PersonId, Refusal, Role, SeatId};

use crate::call::{Device, Line, Muted};
use crate::command::{Actor, MediaOrder, SocketId};
use crate::entry::EntryStage;
use crate::fair::Fair;
use crate::presence::{Person, Side, Socket};
use crate::timers::Deadline;

impl Fair {
    /// A page comes in. `earlier`: the socket that the same page had before.
    pub(crate) fn connect(
        &mut self,
        actor: &Actor,
        earlier: Option<SocketId>,
    ) -> Result<(), Refusal> {
        let side = match actor.role {
            Role::Student(_) => Side::Student,
            Role::Interviewer { booth, seat } => {
                let seat = self.seat(seat)?;
                if seat.booth != booth {
                    return Err(Refusal::NotFound);
                }
                if seat.person != actor.person {
                    return Err(Refusal::NotYourSeat);
                }
                Side::Seat(seat.id)
            }
            Role::Staff => Side::Staff,
        };
        if self.sockets.contains_key(&actor.socket) {
            self.disconnect(actor.socket);
        }
        let socket = Socket {
            person: actor.person,
            side,
            page: actor.page,
            visible: false,
            muted: Muted::default(),
        };
        self.sockets.insert(actor.socket, socket);
        match side {
            Side::Student => self.student_connected(actor, earlier),
            Side::Seat(seat) => self.seat_connected(actor, seat, earlier),
            Side::Staff => {}
        }
        Ok(())
    }

    fn student_connected(&mut self, actor: &Actor, earlier: Option<SocketId>) {
        let person = self
            .persons
            .entry(actor.person)
            .or_insert_with(|| Person::new(actor.person));
        if let Role::Student(admission) = actor.role {
            person.admission = admission;
        }
        person.name.clone_from(&actor.name);
        person.headline.clone_from(&actor.headline);
        let first = person.sockets.is_empty();
        person.sockets.insert(actor.socket);
        let was_offline = person.offline_since_ms.take().is_some();
        let kept = person.kept;
        let missed = person.single_ms;
        if first {
            self.counts.students_online += 1;
            self.wall.totals = true;
            self.timers.clear(Deadline::OfflineAway(actor.person));
            self.timers.clear(Deadline::OfflineLeft(actor.person));
            self.forgive_skips(actor.person);
            self.presence_changed(actor.person);
            self.note_return(actor.person);
        }
        if was_offline && kept {
            self.changes.persons.insert(actor.person);
        }
        if actor.page == PageKind::Queues {
            self.adopt_call(actor.person, actor.socket, earlier);
        }
        self.catch_up(actor.socket, missed);
    }

    /// What was said to single sockets a short time ago is shown to one that comes back, which may
    /// have missed it: it is not part of the sequence that a page resumes.
    fn catch_up(&mut self, socket: SocketId, missed: Option<i64>) {
        if missed.is_some_and(|at_ms| self.now_ms < at_ms + self.rules.offline_grace_ms) {
            self.changes.socket_snapshots.insert(socket);
        }
    }

    /// A student's page takes up what no other tab has.
    fn adopt_call(&mut self, person: PersonId, socket: SocketId, earlier: Option<SocketId>) {
        let Some(entry_id) = self.busy_entry(person) else {
            return;
        };
        let Some(entry) = self.entries.get_mut(&entry_id) else {
            return;
        };
        match &mut entry.stage {
            EntryStage::Ready { device, .. } => {
                device.get_or_insert(socket);
            }
            EntryStage::InCall { call } => {
                let call = *call;
                self.adopt_side(call, Side::Student, socket, earlier);
            }
            _ => {}
        }
    }

    /// A page comes in while its person is in a call. The tab that had the call has it again, on
    /// the connection that it kept. A new page takes a call that no open socket has: it is the same
    /// tab after a reload, and its old connection is of no use any more. Another tab that comes
    /// back leaves the call to the one whose connection is still there.
    fn adopt_side(
        &mut self,
        call: CallId,
        side: Side,
        socket: SocketId,
        earlier: Option<SocketId>,
    ) {
        self.changes.calls_told.insert(call);
        let Some(member) = self.member_mut(call, side) else {
            return;
        };
        match (member.device, earlier) {
            (Device::Here(_), _) => {}
            (Device::Broken(old), Some(earlier)) if old == earlier => {
                self.come_back_to_call(call, side, socket);
            }
            (Device::Broken(_), Some(_)) => {}
            (Device::Broken(_) | Device::None, _) => self.set_device(call, side, socket),
        }
    }

    /// The tab that had this side of the call is back on a new socket; its connection never left.
    fn come_back_to_call(&mut self, id: CallId, side: Side, socket: SocketId) {
        let Some(member) = self.member_mut(id, side) else {
            return;
        };
        let (person, muted) = (member.person, member.muted);
        let before = std::mem::replace(&mut member.device, Device::Here(socket));
        if let Device::Broken(before) = before {
            self.broken.remove(&before);
        }
        if let Some(socket) = self.sockets.get_mut(&socket) {
            socket.muted = muted;
        }
        self.changes.media.push(MediaOrder::Enter {
            call: id,
            person,
            socket,
        });
        self.settle_call(id);
    }

    /// Puts one side of a call on another tab, and its own connection in place of the old one.
    pub(crate) fn set_device(&mut self, id: CallId, side: Side, socket: SocketId) {
        let muted = self.muted_on(Some(socket));
        let Some(member) = self.member_mut(id, side) else {
            return;
        };
        let person = member.person;
        let before = std::mem::replace(&mut member.device, Device::Here(socket));
        member.line = Line::Unknown;
        // Another tab has sources and a connection of its own.
        (member.muted, member.moderated) = (muted, Muted::default());
        if let Device::Broken(before) = before {
            self.broken.remove(&before);
        }
        if let Some(before) = before.media().filter(|before| *before != socket) {
            self.changes.media.push(MediaOrder::Leave {
                call: id,
                person,
                socket: before,
            });
        }
        if before != Device::Here(socket) {
            self.changes.media.push(MediaOrder::Enter {
                call: id,
                person,
                socket,
            });
        }
        self.settle_call(id);
    }

    /// What the page on a socket has switched off.
    pub(crate) fn muted_on(&self, socket: Option<SocketId>) -> Muted {
        let socket = socket.and_then(|socket| self.sockets.get(&socket));
        socket.map(|socket| socket.muted).unwrap_or_default()
    }

    /// The socket of the tab that has this side of the call is gone. Its media stay.
    fn break_device(&mut self, id: CallId, side: Side, socket: SocketId) {
        let Some(member) = self.member_mut(id, side) else {
            return;
        };
        if member.device != Device::Here(socket) {
            return;
        }
        member.device = Device::Broken(socket);
        self.broken.insert(socket, (id, side));
        self.settle_call(id);
    }

    fn seat_connected(&mut self, actor: &Actor, id: SeatId, earlier: Option<SocketId>) {
        let Some(seat) = self.seats.get_mut(&id) else {
            return;
        };
        let first = seat.sockets.is_empty();
        seat.sockets.insert(actor.socket);
        if actor.page == PageKind::Room && seat.device.is_none() {
            seat.device = Some(actor.socket);
        }
        seat.gone_since_ms = None;
        let (booth, entry, call) = (seat.booth, seat.entry, seat.call);
        let missed = seat.single_ms;
        self.catch_up(actor.socket, missed);
        if first {
            self.timers.clear(Deadline::SeatGone(id));
            self.seats_changed(booth);
            self.note_booth_presence(booth);
            self.note_return(actor.person);
        }
        if let Some(entry) = entry {
            self.resume_start(entry);
        }
        if let (Some(call), PageKind::Room) = (call, actor.page) {
            self.adopt_side(call, Side::Seat(id), actor.socket, earlier);
        }
    }

    /// The start by itself waited for the seat: it runs again.
    fn resume_start(&mut self, id: EntryId) {
        if self.timers.get(Deadline::StartByItself(id)).is_some() {
            return;
        }
        let at_ms = self.now_ms + self.rules.start_by_itself_ms;
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        if let EntryStage::Ready { until_ms, .. } = &mut entry.stage {
            *until_ms = at_ms;
            let booth = entry.booth;
            self.timers.set(Deadline::StartByItself(id), at_ms);
            self.changes.entries.insert(id);
            self.changes.told.insert(id);
            self.row_changed(booth, id);
        }
    }

    pub(crate) fn disconnect(&mut self, id: SocketId) {
        let Some(socket) = self.sockets.remove(&id) else {
            return;
        };
        match socket.side {
            Side::Student => self.student_disconnected(socket.person, id),
            Side::Seat(seat) => self.seat_disconnected(seat, id),
            Side::Staff => {}
        }
    }

    fn student_disconnected(&mut self, person_id: PersonId, socket: SocketId) {
        let Some(person) = self.persons.get_mut(&person_id) else {
            return;
        };
        person.sockets.remove(&socket);
        let last = person.sockets.is_empty();
        if let Some(entry) = self.busy_entry(person_id) {
            self.student_device_gone(entry, socket);
        }
        if !last {
            return;
        }
        self.counts.students_online -= 1;
        self.wall.totals = true;
        self.go_offline(person_id);
        self.presence_changed(person_id);
    }

    fn student_device_gone(&mut self, id: EntryId, socket: SocketId) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        match &mut entry.stage {
            EntryStage::Ready { device, .. } if *device == Some(socket) => *device = None,
            EntryStage::InCall { call } => {
                let call = *call;
                self.break_device(call, Side::Student, socket);
            }
            _ => {}
        }
    }

    fn seat_disconnected(&mut self, id: SeatId, socket: SocketId) {
        let now_ms = self.now_ms;
        let Some(seat) = self.seats.get_mut(&id) else {
            return;
        };
        seat.sockets.remove(&socket);
        if seat.device == Some(socket) {
            seat.device = seat.sockets.last().copied();
        }
        let (booth, call, last) = (seat.booth, seat.call, seat.sockets.is_empty());
        if last {
            seat.gone_since_ms = Some(now_ms);
            if seat.entry.is_some() {
                self.timers
                    .set(Deadline::SeatGone(id), now_ms + self.rules.seat_gone_ms);
            }
            self.seats_changed(booth);
            self.note_booth_presence(booth);
        }
        if let Some(call) = call {
            self.break_device(call, Side::Seat(id), socket);
        }
    }

    /// Keeps since when a booth has no seat connected.
    fn note_booth_presence(&mut self, id: BoothId) {
        let now_ms = self.now_ms;
        let Some(booth) = self.booths.get_mut(&id) else {
            return;
        };
        let online = booth
            .seats
            .iter()
            .any(|id| self.seats.get(id).is_some_and(crate::seat::Seat::is_online));
        if online {
            booth.offline_since_ms = None;
        } else {
            booth.offline_since_ms.get_or_insert(now_ms);
        }
    }

    /// The last socket of a student is gone: the grace time begins.
    fn go_offline(&mut self, id: PersonId) {
        let now_ms = self.now_ms;
        let Some(person) = self.persons.get_mut(&id) else {
            return;
        };
        person.offline_since_ms = Some(now_ms);
        if person.kept {
            self.changes.persons.insert(id);
        }
        self.arm_offline(id);
    }

    /// Sets the deadlines of an offline student who stands in a queue.
    pub(crate) fn arm_offline(&mut self, id: PersonId) {
        let Some(person) = self.persons.get(&id) else {
            return;
        };
        let Some(since_ms) = person.offline_since_ms else {
            return;
        };
        if person.active.is_empty() {
            return;
        }
        let away_ms = since_ms + self.rules.offline_grace_ms;
        if away_ms > self.now_ms {
            self.timers.set(Deadline::OfflineAway(id), away_ms);
        }
        let left_ms = away_ms + self.rules.offline_away_ms;
        self.timers
            .set(Deadline::OfflineLeft(id), left_ms.max(self.now_ms));
    }

    /// Someone who is offline when he gets a place has the whole grace time from there on.
    pub(crate) fn restart_grace(&mut self, id: PersonId) {
        let now_ms = self.now_ms;
        let Some(person) = self.persons.get_mut(&id) else {
            return;
        };
        if person.is_online() {
            return;
        }
        person.offline_since_ms = Some(now_ms);
        self.changes.persons.insert(id);
        self.arm_offline(id);
        self.presence_changed(id);
    }

    /// Whoever is back is no longer passed over.
    pub(crate) fn forgive_skips(&mut self, id: PersonId) {
        let Some(person) = self.persons.get(&id) else {
            return;
        };
        for entry_id in person.active.clone() {
            let Some(entry) = self.entries.get_mut(&entry_id) else {
                continue;
            };
            if entry.skipped_ms.take().is_some() {
                self.timers.clear(Deadline::HeadSkip(entry_id));
                self.changes.entries.insert(entry_id);
            }
        }
    }

    /// After a restart: one more of those who were here is back.
    fn note_return(&mut self, id: PersonId) {
        let Some(settling) = &mut self.settling else {
            return;
        };
        settling.missing.remove(&id);
        let returned = settling.expected - settling.missing.len();
        if returned * 5 >= settling.expected * 4 {
            self.settled();
        }
    }

    /// Calling is open again.
    pub(crate) fn settled(&mut self) {
        self.settling = None;
        self.timers.clear(Deadline::Settled);
    }
}
