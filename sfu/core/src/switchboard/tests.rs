use proptest::prelude::*;

use super::*;
use crate::event::SlotInfo;
use crate::sdp::MediaKind;

fn plugs() -> Plugs {
    let slot = |index: usize, kind| SlotInfo {
        mid: index.to_string(),
        kind,
    };
    let kinds = [
        MediaKind::Audio,
        MediaKind::Audio,
        MediaKind::Video,
        MediaKind::Video,
    ];
    Plugs {
        sources: vec![
            SourceKind::Microphone,
            SourceKind::Camera,
            SourceKind::Screen,
        ],
        slots: kinds
            .into_iter()
            .enumerate()
            .map(|(index, kind)| slot(index + 3, kind))
            .collect(),
    }
}

fn outputs(board: &mut Switchboard) -> Vec<SwitchboardOutput> {
    std::iter::from_fn(|| board.poll_output()).collect()
}

fn last_use(outputs: &[SwitchboardOutput], of: u64) -> Option<Vec<(String, u64, SourceKind)>> {
    outputs.iter().rev().find_map(|output| match output {
        SwitchboardOutput::SlotsChanged { peer, slots } if peer.0 == of => Some(
            slots
                .iter()
                .map(|slot| (slot.mid.clone(), slot.from.0, slot.kind))
                .collect(),
        ),
        _ => None,
    })
}

const ROOM: RoomId = RoomId(9);

#[test]
fn two_peers_of_a_room_see_each_other_whatever_comes_first() {
    let want = vec![
        ("3".to_owned(), 2, SourceKind::Microphone),
        ("5".to_owned(), 2, SourceKind::Camera),
        ("6".to_owned(), 2, SourceKind::Screen),
    ];
    type Step = fn(&mut Switchboard);
    let steps: [Step; 4] = [
        |board| board.add_peer(PeerId(1), WorkerId(0), plugs()),
        |board| board.add_peer(PeerId(2), WorkerId(0), plugs()),
        |board| board.enter(ROOM, PeerId(1)),
        |board| board.enter(ROOM, PeerId(2)),
    ];
    for order in [[0, 1, 2, 3], [2, 3, 0, 1], [3, 1, 0, 2], [0, 2, 3, 1]] {
        let mut board = Switchboard::new();
        for step in order {
            steps[step](&mut board);
        }
        let outputs = outputs(&mut board);
        assert_eq!(last_use(&outputs, 1).as_ref(), Some(&want), "{order:?}");
    }
}

#[test]
fn a_source_keeps_its_slot_when_another_leaves() {
    let mut board = Switchboard::new();
    for peer in 1..=3 {
        board.add_peer(PeerId(peer), WorkerId(0), plugs());
        board.enter(ROOM, PeerId(peer));
    }
    outputs(&mut board);
    board.leave(ROOM, PeerId(2));
    let outputs = outputs(&mut board);
    let want = vec![
        ("4".to_owned(), 3, SourceKind::Microphone),
        ("5".to_owned(), 3, SourceKind::Screen),
        ("6".to_owned(), 3, SourceKind::Camera),
    ];
    // Three's camera had displaced Two's screen; it stays where it is.
    assert_eq!(last_use(&outputs, 1), Some(want));
    assert_eq!(last_use(&outputs, 2), Some(vec![]));
}

#[test]
fn sources_cross_to_another_worker_once_and_stop_with_the_last_slot() {
    let mut board = Switchboard::new();
    let worker = |peer| WorkerId(u16::from(peer != 1_u64));
    for peer in 1..=3 {
        board.add_peer(PeerId(peer), worker(peer), plugs());
        board.enter(ROOM, PeerId(peer));
    }
    let camera = SourceId {
        peer: PeerId(1),
        kind: SourceKind::Camera,
    };
    let crossings = |outputs: &[SwitchboardOutput]| {
        let is = |output: &&SwitchboardOutput| {
            matches!(output, SwitchboardOutput::Order {
                worker: WorkerId(0),
                command: Command::StartCrossing { source, to: WorkerId(1) }
                    | Command::StopCrossing { source, to: WorkerId(1) },
            } if *source == camera)
        };
        outputs.iter().filter(is).count()
    };
    assert_eq!(crossings(&outputs(&mut board)), 1);
    board.leave(ROOM, PeerId(2));
    assert_eq!(crossings(&outputs(&mut board)), 0);
    board.leave(ROOM, PeerId(3));
    assert_eq!(crossings(&outputs(&mut board)), 1);
}

#[test]
fn echo_shows_a_peer_itself_and_mute_waits_for_the_peer() {
    let mut board = Switchboard::new();
    board.set_echo(PeerId(1), true);
    board.mute(PeerId(1), SourceKind::Camera, true);
    assert_eq!(outputs(&mut board), []);
    board.add_peer(PeerId(1), WorkerId(3), plugs());
    let outputs = outputs(&mut board);
    let source = SourceId {
        peer: PeerId(1),
        kind: SourceKind::Camera,
    };
    let order = SwitchboardOutput::Order {
        worker: WorkerId(3),
        command: Command::Mute { source, on: true },
    };
    assert_eq!(outputs.first(), Some(&order));
    assert_eq!(last_use(&outputs, 1).map(|uses| uses.len()), Some(3));
}

#[test]
fn a_removed_peer_frees_its_places() {
    let mut board = Switchboard::new();
    for peer in 1..=2 {
        board.add_peer(PeerId(peer), WorkerId(peer as u16), plugs());
        board.enter(ROOM, PeerId(peer));
    }
    outputs(&mut board);
    board.remove_peer(PeerId(2));
    assert_eq!(last_use(&outputs(&mut board), 1), Some(vec![]));
    board.remove_peer(PeerId(1));
    assert!(board.crossings.is_empty() && board.rooms.is_empty() && board.rooms_of.is_empty());
}

proptest! {
    /// Whatever happens, the orders given so far, replayed, are the plan.
    #[test]
    fn orders_replayed_are_the_plan(
        steps in proptest::collection::vec((0_u8..6, 0_u64..4, 0_u128..2), 0..60),
    ) {
        let mut board = Switchboard::new();
        let mut routes: BTreeMap<SlotRef, SourceRef> = BTreeMap::new();
        for (step, peer, room) in steps {
            let (peer, room) = (PeerId(peer), RoomId(room));
            match step {
                0 => board.add_peer(peer, WorkerId((peer.0 % 2) as u16), plugs()),
                1 => {
                    board.remove_peer(peer);
                    routes.retain(|to, _| to.peer != peer);
                }
                2 | 3 => board.enter(room, peer),
                4 => board.leave(room, peer),
                _ => board.set_echo(peer, room.0 == 1),
            }
            while let Some(output) = board.poll_output() {
                match output {
                    SwitchboardOutput::Order { command: Command::AddRoute { from, to }, .. } => {
                        routes.insert(to, from);
                    }
                    SwitchboardOutput::Order { command: Command::RemoveRoute { to }, .. } => {
                        routes.remove(&to);
                    }
                    _ => {}
                }
            }
            let mut planned = BTreeMap::new();
            for (peer, plugged) in &board.peers {
                for (slot, shown) in plugged.shown.iter().enumerate() {
                    let to = SlotRef { peer: *peer, slot: slot as u8 };
                    planned.extend(shown.map(|from| (to, from)));
                }
            }
            prop_assert_eq!(&routes, &planned);
            let crossing = planned
                .iter()
                .filter(|(to, from)| board.peers[&to.peer].worker != from.worker)
                .count();
            prop_assert_eq!(board.crossings.values().sum::<usize>(), crossing);
        }
    }
}
