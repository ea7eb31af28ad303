//! Who sees whom: rooms and their members, turned into routes between workers.
//!
//! The plan is computed receiver by receiver: what a peer should see is a list of sources in a
//! fixed order; what it sees is a source for each of its slots. A source that stays keeps its
//! slot; new ones take the free slots, first cameras and microphones, then screens.

mod plan;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use plan::{Member, desired};

use crate::command::Command;
use crate::event::Plugs;
use crate::ids::{PeerId, RoomId, SlotRef, SourceId, SourceRef, WorkerId};
use crate::sdp::SourceKind;

/// What one receive slot shows from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotUse {
    /// The slot's `mid`.
    pub mid: String,
    /// Whose source.
    pub from: PeerId,
    /// Microphone, camera or screen.
    pub kind: SourceKind,
}

/// What follows from a change, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SwitchboardOutput {
    /// An order for one worker.
    Order {
        /// The worker.
        worker: WorkerId,
        /// The order.
        command: Command,
    },
    /// The complete use of a peer's slots has changed.
    SlotsChanged {
        /// The receiver.
        peer: PeerId,
        /// Every slot in use, in slot order.
        slots: Vec<SlotUse>,
    },
}

#[derive(Debug)]
struct Plugged {
    worker: WorkerId,
    plugs: Plugs,
    /// What each slot shows.
    shown: Vec<Option<SourceRef>>,
}

/// The node's routing plan, sans-IO like the rest; it lives outside the workers.
///
/// Orders may come in any order: a peer may enter a room before it is known here, and a peer's
/// mutes are kept until it is.
#[derive(Debug, Default)]
pub struct Switchboard {
    peers: BTreeMap<PeerId, Plugged>,
    /// Members in the order of their entering.
    rooms: BTreeMap<RoomId, Vec<PeerId>>,
    rooms_of: BTreeMap<PeerId, BTreeSet<RoomId>>,
    echo: BTreeSet<PeerId>,
    muted: BTreeSet<SourceId>,
    /// How many slots of a worker show a source of another one.
    crossings: BTreeMap<(SourceId, WorkerId), usize>,
    outputs: VecDeque<SwitchboardOutput>,
}

impl Switchboard {
    /// An empty plan.
    pub fn new() -> Switchboard {
        Switchboard::default()
    }

    /// A peer was placed on a worker and answered with these plugs (`Event::Answered`). A second
    /// call with the same peer (after an ICE restart) changes nothing.
    pub fn add_peer(&mut self, peer: PeerId, worker: WorkerId, plugs: Plugs) {
        if self.peers.contains_key(&peer) {
            return;
        }
        let shown = vec![None; plugs.slots.len()];
        self.peers.insert(
            peer,
            Plugged {
                worker,
                plugs,
                shown,
            },
        );
        let muted: Vec<SourceId> = self
            .muted
            .iter()
            .filter(|source| source.peer == peer)
            .copied()
            .collect();
        for source in muted {
            self.order(worker, Command::Mute { source, on: true });
        }
        self.replan_around(peer);
    }

    /// A peer is closed: its routes and its memberships end. No order goes out for its own slots,
    /// which are gone already.
    pub fn remove_peer(&mut self, peer: PeerId) {
        let neighbours = self.neighbours(peer);
        for room in self.rooms_of.remove(&peer).unwrap_or_default() {
            self.drop_member(room, peer);
        }
        self.echo.remove(&peer);
        self.muted.retain(|source| source.peer != peer);
        if let Some(gone) = self.peers.remove(&peer) {
            for shown in gone.shown.into_iter().flatten() {
                self.release_crossing(shown, gone.worker);
            }
        }
        for neighbour in neighbours {
            self.replan(neighbour);
        }
    }

    /// A peer enters a room; it may not be known yet. Every member's sources go to every other
    /// member's free slots.
    pub fn enter(&mut self, room: RoomId, peer: PeerId) {
        if self.rooms_of.entry(peer).or_default().insert(room) {
            self.rooms.entry(room).or_default().push(peer);
            self.replan_around(peer);
        }
    }

    /// A peer leaves a room.
    pub fn leave(&mut self, room: RoomId, peer: PeerId) {
        let neighbours = self.neighbours(peer);
        let Some(rooms) = self.rooms_of.get_mut(&peer) else {
            return;
        };
        if !rooms.remove(&room) {
            return;
        }
        if rooms.is_empty() {
            self.rooms_of.remove(&peer);
        }
        self.drop_member(room, peer);
        self.replan(peer);
        for neighbour in neighbours {
            self.replan(neighbour);
        }
    }

    /// A peer sees and hears itself (or no more).
    pub fn set_echo(&mut self, peer: PeerId, on: bool) {
        let changed = if on {
            self.echo.insert(peer)
        } else {
            self.echo.remove(&peer)
        };
        if changed {
            self.replan(peer);
        }
    }

    /// A moderator silences a source (or lets it pass again).
    pub fn mute(&mut self, peer: PeerId, kind: SourceKind, on: bool) {
        let source = SourceId { peer, kind };
        let changed = if on {
            self.muted.insert(source)
        } else {
            self.muted.remove(&source)
        };
        if let Some(worker) = self.worker_of(peer).filter(|_| changed) {
            self.order(worker, Command::Mute { source, on });
        }
    }

    /// The worker of a peer.
    pub fn worker_of(&self, peer: PeerId) -> Option<WorkerId> {
        self.peers.get(&peer).map(|plugged| plugged.worker)
    }

    /// The next thing to carry out or to tell.
    pub fn poll_output(&mut self) -> Option<SwitchboardOutput> {
        self.outputs.pop_front()
    }

    fn order(&mut self, worker: WorkerId, command: Command) {
        self.outputs
            .push_back(SwitchboardOutput::Order { worker, command });
    }

    fn drop_member(&mut self, room: RoomId, peer: PeerId) {
        if let Some(members) = self.rooms.get_mut(&room) {
            members.retain(|member| *member != peer);
            if members.is_empty() {
                self.rooms.remove(&room);
            }
        }
    }

    /// Everyone who shares a room with a peer, without the peer.
    fn neighbours(&self, peer: PeerId) -> BTreeSet<PeerId> {
        let rooms = self.rooms_of.get(&peer).into_iter().flatten();
        let members = rooms.filter_map(|room| self.rooms.get(room)).flatten();
        members.copied().filter(|member| *member != peer).collect()
    }

    fn replan_around(&mut self, peer: PeerId) {
        self.replan(peer);
        for neighbour in self.neighbours(peer) {
            self.replan(neighbour);
        }
    }

    /// What a receiver should see.
    fn desired_for(&self, peer: PeerId) -> Vec<SourceRef> {
        let rooms = self.rooms_of.get(&peer).into_iter().flatten();
        let others = rooms
            .filter_map(|room| self.rooms.get(room))
            .flatten()
            .filter(|member| **member != peer);
        let own = self.echo.contains(&peer).then_some(&peer);
        let members = own.into_iter().chain(others).filter_map(|member| {
            let plugged = self.peers.get(member)?;
            let sources = &plugged.plugs.sources[..];
            Some(Member {
                peer: *member,
                worker: plugged.worker,
                sources,
            })
        });
        desired(members)
    }

    /// Brings a receiver's slots in line with what it should see.
    fn replan(&mut self, peer: PeerId) {
        let wanted = self.desired_for(peer);
        let Some(plugged) = self.peers.get_mut(&peer) else {
            return;
        };
        let worker = plugged.worker;
        let kinds: Vec<_> = plugged.plugs.slots.iter().map(|slot| slot.kind).collect();
        let changes = plan::assign(&kinds, &mut plugged.shown, &wanted);
        if changes.is_empty() {
            return;
        }
        for change in changes {
            let to = SlotRef {
                peer,
                slot: change.slot,
            };
            match change.now {
                Some(from) => {
                    self.order(worker, Command::AddRoute { from, to });
                    self.hold_crossing(from, worker);
                }
                None => self.order(worker, Command::RemoveRoute { to }),
            }
            if let Some(before) = change.before {
                self.release_crossing(before, worker);
            }
        }
        let slots = self.uses(peer);
        self.outputs
            .push_back(SwitchboardOutput::SlotsChanged { peer, slots });
    }

    fn uses(&self, peer: PeerId) -> Vec<SlotUse> {
        let Some(plugged) = self.peers.get(&peer) else {
            return Vec::new();
        };
        let slots = plugged.plugs.slots.iter().zip(&plugged.shown);
        slots
            .filter_map(|(slot, shown)| {
                let SourceId { peer: from, kind } = (*shown)?.source;
                Some(SlotUse {
                    mid: slot.mid.clone(),
                    from,
                    kind,
                })
            })
            .collect()
    }

    fn hold_crossing(&mut self, from: SourceRef, to: WorkerId) {
        if from.worker == to {
            return;
        }
        let count = self.crossings.entry((from.source, to)).or_default();
        *count += 1;
        if *count == 1 {
            self.order(
                from.worker,
                Command::StartCrossing {
                    source: from.source,
                    to,
                },
            );
        }
    }

    fn release_crossing(&mut self, from: SourceRef, to: WorkerId) {
        let Some(count) = self.crossings.get_mut(&(from.source, to)) else {
            return;
        };
        *count -= 1;
        if *count == 0 {
            self.crossings.remove(&(from.source, to));
            // A peer that is gone has no source left to stop.
            if self.peers.contains_key(&from.source.peer) {
                self.order(
                    from.worker,
                    Command::StopCrossing {
                        source: from.source,
                        to,
                    },
                );
            }
        }
    }
}

#[cfg(test)]
mod tests;
