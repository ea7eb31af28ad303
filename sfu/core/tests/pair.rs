//! Whole calls on a simulated clock: browsers, workers and a seeded bad network.
#![allow(clippy::unwrap_used, reason = "a test stops where its support fails")]

mod support;

use std::net::SocketAddr;
use std::time::Duration;

use sfu_core::{CloseReason, Command, Event, Limits, PeerId, RoomId, SourceId, SourceKind};
use support::netem::Weather;
use support::receiver::Frame;
use support::world::World;

const ROOM: RoomId = RoomId(1);

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn mild() -> Weather {
    Weather {
        delay: ms(15),
        jitter: ms(2),
        ..Weather::default()
    }
}

/// Browsers 1.. on the given workers, all connected.
fn world_of(workers: &[usize], weather: Weather) -> World {
    let count = workers.iter().max().unwrap() + 1;
    connected(World::new(count as u16), workers, weather)
}

fn connected(mut world: World, workers: &[usize], weather: Weather) -> World {
    for (index, worker) in workers.iter().enumerate() {
        world.join(index as u64 + 1, *worker, weather);
    }
    world.run_until(Duration::from_secs(10), |world| {
        world
            .browsers
            .values()
            .all(|browser| browser.is_connected())
    });
    world
}

fn enter(world: &mut World, numbers: &[u64]) {
    for number in numbers {
        world.board.enter(ROOM, PeerId(*number));
    }
    world.switch();
}

/// The frames of the first slot of a kind, in the order of their sampling.
fn frames(world: &mut World, number: u64, video: bool) -> Vec<Frame> {
    let slots = &world.browser(number).slots;
    let slot = slots.iter().find(|slot| slot.slot.video == video).unwrap();
    let mut frames = slot.frames.clone();
    let start = frames
        .first()
        .map_or(0, |frame| frame.timestamp.wrapping_sub(900_000));
    frames.sort_by_key(|frame| frame.timestamp.wrapping_sub(start));
    frames
}

/// Every frame between the first and the last one that arrived, each once; returns how many.
fn assert_complete(mut frames: Vec<Frame>) -> usize {
    frames.sort_by_key(|frame| frame.content.frame);
    for pair in frames.windows(2) {
        let (one, next) = (pair[0].content, pair[1].content);
        assert_eq!(
            one.frame + 1,
            next.frame,
            "a frame is missing or came twice"
        );
        assert_eq!(
            (one.picture_id + 1) & 0x7FFF,
            next.picture_id,
            "picture ids run on"
        );
        assert_eq!(one.tl0.wrapping_add(1), next.tl0);
    }
    frames.len()
}

#[test]
fn two_peers_see_and_hear_each_other() {
    let mut world = world_of(&[0, 0], mild());
    enter(&mut world, &[1, 2]);
    world.run(Duration::from_secs(4));
    for number in [1, 2] {
        let video = frames(&mut world, number, true);
        assert!(video[0].content.keyframe, "a slot starts with a keyframe");
        assert!(assert_complete(video) > 110);
        assert!(assert_complete_audio(frames(&mut world, number, false)) > 190);
        assert_eq!(world.browser(number).broken, 0);
        assert!(
            world.browser(number).feedback.0 > 600,
            "transport feedback flows"
        );
    }
    let flowing = |event: &&Event| matches!(event, Event::SlotFlowing { .. });
    assert_eq!(world.events.iter().filter(flowing).count(), 4);
    let quality = world.events.iter().rev().find_map(|event| match event {
        Event::Quality {
            peer: PeerId(1),
            quality,
        } => Some(*quality),
        _ => None,
    });
    let quality = quality.unwrap();
    let round_trip = quality.round_trip.unwrap();
    assert!(round_trip > ms(28) && round_trip < ms(45), "{round_trip:?}");
    assert_eq!(quality.loss_ppm, 0);
    assert!(
        quality.up_bps > 900_000 && quality.down_bps > 900_000,
        "{quality:?}"
    );
}

fn assert_complete_audio(mut frames: Vec<Frame>) -> usize {
    frames.sort_by_key(|frame| frame.content.frame);
    assert!(
        frames
            .windows(2)
            .all(|pair| pair[0].content.frame + 1 == pair[1].content.frame)
    );
    frames.len()
}

#[test]
fn peers_of_two_workers_see_each_other() {
    let mut world = world_of(&[0, 1], mild());
    enter(&mut world, &[1, 2]);
    world.run(Duration::from_secs(3));
    for number in [1, 2] {
        assert!(assert_complete(frames(&mut world, number, true)) > 80);
        assert!(assert_complete_audio(frames(&mut world, number, false)) > 140);
    }
    assert!(world.workers[0].stats().crossing_packets_received > 400);
    world.board.leave(ROOM, PeerId(1));
    world.switch();
    let before = world.workers[0].stats().crossing_packets_sent;
    world.run(Duration::from_secs(1));
    assert_eq!(world.workers[0].stats().crossing_packets_sent, before);
    let remote = world.workers[1].stats().tracks;
    assert_eq!(remote, 2, "only the peer's own tracks are left");
}

#[test]
fn every_frame_arrives_through_loss_jitter_and_duplication() {
    for (loss, workers) in [(1.0, [0, 0]), (5.0, [0, 0]), (5.0, [0, 1]), (10.0, [0, 0])] {
        let mut world = world_of(&workers, mild());
        enter(&mut world, &[1, 2]);
        world.run(Duration::from_secs(1));
        let weather = Weather {
            loss,
            duplication: 2.0,
            delay: ms(20),
            jitter: ms(12),
        };
        world.set_weather(1, weather);
        world.set_weather(2, weather);
        world.run(Duration::from_secs(8));
        world.set_weather(1, mild());
        world.set_weather(2, mild());
        world.run(Duration::from_secs(1));
        for number in [1, 2] {
            let count = assert_complete(frames(&mut world, number, true));
            assert!(count > 280, "{count} frames at {loss} % loss");
            let browser = world.browser(number);
            assert!(browser.slots.iter().any(|slot| slot.repaired > 0));
            assert!(browser.nacked > 0, "the server asks upstream");
            assert_eq!(browser.broken, 0);
        }
        let stats = world.workers[0].stats();
        assert_eq!(stats.drop_unsendable, 0, "no nonce was about to repeat");
    }
}

#[test]
fn media_goes_on_after_a_change_of_address() {
    let mut world = world_of(&[0, 0], mild());
    enter(&mut world, &[1, 2]);
    world.run(Duration::from_secs(2));
    let now = world.now;
    world
        .browser(1)
        .move_to(SocketAddr::from(([198, 51, 100, 101], 9000)), now);
    world.run(Duration::from_secs(3));
    assert!(assert_complete(frames(&mut world, 1, true)) > 130);
    assert!(assert_complete(frames(&mut world, 2, true)) > 130);
    let ended = |event: &Event| matches!(event, Event::Closed { .. } | Event::Disconnected { .. });
    assert!(!world.events.iter().any(ended));
}

#[test]
fn the_second_call_starts_without_negotiation_and_picture_ids_run_on() {
    for workers in [[0, 0, 0], [0, 1, 0]] {
        let mut world = world_of(&workers, mild());
        enter(&mut world, &[1, 2]);
        world.run(Duration::from_secs(2));
        world.board.leave(ROOM, PeerId(2));
        world.switch();
        world.run(ms(300));
        let before = frames(&mut world, 1, true).len();
        let called = world.now;
        world.board.enter(ROOM, PeerId(3));
        world.switch();
        world.run(Duration::from_secs(2));
        assert_eq!(world.answers, 3);
        let all = frames(&mut world, 1, true);
        let first = all[before];
        assert!(first.content.keyframe, "a switch starts with a keyframe");
        assert!(first.at - called < ms(110), "{:?}", first.at - called);
        assert!(all.len() - before > 50);
        let froms: Vec<u32> = all.iter().map(|frame| frame.content.from).collect();
        assert!(froms[..before].iter().all(|from| *from == froms[0]));
        assert!(
            froms[before..]
                .iter()
                .all(|from| *from == froms[before] && *from != froms[0])
        );
        for pair in all.windows(2) {
            let (one, next) = (pair[0], pair[1]);
            assert_eq!(
                (one.content.picture_id + 1) & 0x7FFF,
                next.content.picture_id
            );
            assert_eq!(one.content.tl0.wrapping_add(1), next.content.tl0);
            let step = next.timestamp.wrapping_sub(one.timestamp);
            assert!((1..90_000).contains(&step), "time runs on: {step}");
        }
    }
}

#[test]
fn lips_stay_in_sync_through_a_switch() {
    let mut world = world_of(&[0, 0, 1], mild());
    enter(&mut world, &[1, 2]);
    world.run(Duration::from_secs(3));
    world.board.leave(ROOM, PeerId(2));
    world.board.enter(ROOM, PeerId(3));
    world.switch();
    world.run(Duration::from_secs(4));
    let browser = world.browser(1);
    // When a frame was sampled, by the last sender report of its slot.
    let sampled = |video: bool, rate: f64| {
        let slot = browser
            .slots
            .iter()
            .find(|slot| slot.slot.video == video)
            .unwrap();
        let (ntp, rtp, _) = slot.sender_report.unwrap();
        let last = slot.frames.last().unwrap();
        let ticks = f64::from(last.timestamp.wrapping_sub(rtp) as i32);
        let seconds = (ntp >> 16) as f64 / 65_536.0 + ticks / rate;
        (seconds, last.at)
    };
    let (audio, audio_at) = sampled(false, 48_000.0);
    let (video, video_at) = sampled(true, 90_000.0);
    let apart = (audio - video) - (audio_at - world.now.min(video_at)).as_secs_f64()
        + (video_at - world.now.min(video_at)).as_secs_f64();
    assert!(apart.abs() < 0.045, "{apart} s");
}

#[test]
fn the_echo_room_shows_oneself() {
    let mut world = world_of(&[0], mild());
    world.board.set_echo(PeerId(1), true);
    world.switch();
    world.run(Duration::from_secs(2));
    assert!(assert_complete(frames(&mut world, 1, true)) > 50);
    world.board.set_echo(PeerId(1), false);
    world.switch();
    world.run(ms(100));
    let count = frames(&mut world, 1, true).len();
    world.run(Duration::from_secs(1));
    assert_eq!(
        frames(&mut world, 1, true).len(),
        count,
        "a slot without a source is silent"
    );
}

#[test]
fn a_moderator_mutes_and_unmutes() {
    let mut world = world_of(&[0, 1], mild());
    enter(&mut world, &[1, 2]);
    world.run(Duration::from_secs(2));
    for kind in [SourceKind::Camera, SourceKind::Microphone] {
        world.board.mute(PeerId(2), kind, true);
    }
    world.switch();
    world.run(ms(100));
    let count = |world: &mut World| (frames(world, 1, true).len(), frames(world, 1, false).len());
    let muted = count(&mut world);
    world.run(Duration::from_secs(4));
    assert_eq!(count(&mut world), muted);
    for kind in [SourceKind::Camera, SourceKind::Microphone] {
        world.board.mute(PeerId(2), kind, false);
    }
    world.switch();
    world.run(Duration::from_secs(2));
    let after = count(&mut world);
    assert!(
        after.0 > muted.0 + 50 && after.1 > muted.1 + 90,
        "{muted:?} {after:?}"
    );
    assert!(frames(&mut world, 1, true)[muted.0].content.keyframe);
}

#[test]
fn ice_restarts_without_a_gap() {
    let mut world = world_of(&[0, 0], mild());
    enter(&mut world, &[1, 2]);
    world.run(Duration::from_secs(1));
    let offer = world.browser(1).restart_ice();
    world.order(
        0,
        Command::RestartIce {
            peer: PeerId(1),
            offer,
        },
    );
    let now = world.now;
    world
        .browser(1)
        .move_to(SocketAddr::from(([198, 51, 100, 101], 7000)), now);
    world.run(Duration::from_secs(2));
    assert_eq!(world.answers, 3);
    assert!(assert_complete(frames(&mut world, 1, true)) > 70);
    assert!(assert_complete(frames(&mut world, 2, true)) > 70);
}

/// A shell that does not fetch what goes to another worker: the queue to it is bounded.
#[test]
fn what_waits_for_another_worker_is_bounded_and_the_picture_recovers() {
    let limits = Limits {
        crossing_packets: 4,
        ..Limits::default()
    };
    let mut world = connected(World::with_limits(2, limits), &[0, 1], mild());
    enter(&mut world, &[1, 2]);
    world.run(Duration::from_secs(1));
    assert_eq!(world.workers[0].stats().drop_crossing_full, 0);
    world.hold_crossings = true;
    world.run(Duration::from_secs(4));
    let dropped = world.workers[0].stats().drop_crossing_full;
    assert!(dropped > 100, "{dropped} dropped");
    world.hold_crossings = false;
    let seen = frames(&mut world, 2, true).len();
    world.run(Duration::from_secs(4));
    assert_eq!(world.workers[0].stats().drop_crossing_full, dropped);
    assert!(frames(&mut world, 2, true).len() > seen + 60);
}

#[test]
fn silence_is_told_and_ends_in_closing() {
    let mut world = world_of(&[0, 0], mild());
    enter(&mut world, &[1, 2]);
    world.run(Duration::from_secs(1));
    let dead = Weather {
        loss: 100.0,
        ..Weather::default()
    };
    let disconnected = Event::Disconnected { peer: PeerId(2) };
    world.set_weather(2, dead);
    world.run(Duration::from_millis(4_900));
    assert!(!world.events.contains(&disconnected), "told too early");
    world.run(Duration::from_millis(300));
    assert!(world.events.contains(&disconnected));
    world.set_weather(2, mild());
    world.run(Duration::from_secs(1));
    assert!(world.events.contains(&Event::Recovered { peer: PeerId(2) }));
    world.set_weather(2, dead);
    world.run(Duration::from_millis(29_900));
    assert!(!world.events.contains(&Event::Gone { peer: PeerId(2) }));
    assert_eq!(world.workers[0].stats().peers, 2);
    world.run(Duration::from_millis(300));
    assert!(world.events.contains(&Event::Gone { peer: PeerId(2) }));
    let closed = Event::Closed {
        peer: PeerId(2),
        reason: CloseReason::Gone,
    };
    assert!(world.events.contains(&closed));
    assert_eq!(world.workers[0].stats().peers, 1);
    assert_eq!(world.slots[&1], []);
}

#[test]
fn keyframe_requests_are_merged_and_a_silent_slot_asks_for_nothing() {
    let mut world = world_of(&[0, 0], mild());
    world.browser(1).ask_keyframe(2);
    world.run(ms(200));
    enter(&mut world, &[1, 2]);
    world.run(Duration::from_secs(2));
    let before = world.browser(2).asked;
    for _ in 0..20 {
        world.browser(1).ask_keyframe(2);
        world.run(ms(50));
    }
    world.run(ms(600));
    let asked = world.browser(2).asked - before;
    assert!((2..=4).contains(&asked), "{asked} requests in a second");
}

#[test]
fn a_removed_peer_is_forgotten() {
    let mut world = world_of(&[0, 0], mild());
    enter(&mut world, &[1, 2]);
    world.run(Duration::from_secs(1));
    world.order(0, Command::Remove { peer: PeerId(2) });
    let closed = Event::Closed {
        peer: PeerId(2),
        reason: CloseReason::Removed,
    };
    assert!(world.events.contains(&closed));
    world.run(Duration::from_secs(1));
    let stats = world.workers[0].stats();
    assert_eq!((stats.peers, stats.routes), (1, 0));
    let source = SourceId {
        peer: PeerId(2),
        kind: SourceKind::Camera,
    };
    world.order(0, Command::Mute { source, on: true });
    assert!(world.workers[0].stats().unknown_targets > 0);
}
