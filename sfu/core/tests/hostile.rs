//! What strangers and hostile peers can send: counted, limited, never fatal.
#![allow(clippy::unwrap_used, reason = "a test stops where its support fails")]

mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use sfu_core::certificate::Identity;
use sfu_core::path::{ConnectionId, Path};
use sfu_core::{
    Batch, CloseReason, Command, Config, Event, Limits, PeerId, Sfu, SlotRef, SourceId, SourceKind,
    SourceRef, WorkerId,
};
use support::netem::Weather;
use support::world::World;

fn sfu() -> (Sfu, Instant) {
    #[expect(
        clippy::disallowed_methods,
        reason = "the simulated clock starts somewhere"
    )]
    let now = Instant::now();
    let identity = Arc::new(Identity::generate().unwrap());
    (
        Sfu::new(Config::default(), WorkerId(0), identity, [1; 32], now),
        now,
    )
}

fn address(last: u8) -> SocketAddr {
    SocketAddr::from(([203, 0, 113, last], 99))
}

#[test]
fn checks_that_name_nobody_are_counted_and_get_no_answer() {
    let (mut sfu, now) = sfu();
    let request = support::stun::nominate([1; 12], "0000nobody", "me", "password");
    let mut batch = Batch::new();
    for n in 0..100_u8 {
        batch.clear();
        for _ in 0..50 {
            batch.push(Path::udp(address(n)), &request);
        }
        sfu.handle_datagrams(now, &mut batch);
    }
    assert_eq!(sfu.stats().drop_bad_stun, 5_000);
    assert_eq!(sfu.transmits().count(), 0, "a stranger gets no answer");
}

#[test]
fn a_peer_that_floods_with_authentic_nonsense_is_closed_with_a_reason() {
    let mut world = World::new(1);
    world.join(1, 0, Weather::default());
    world.run_until(Duration::from_secs(5), |world| {
        world.browsers[&1].is_connected()
    });
    // A receiver report whose length leads behind its end.
    let nonsense = [0x80, 201, 0, 50, 0, 0, 0, 1];
    let mut seconds = 0;
    while world.workers[0].stats().peers == 1 {
        for _ in 0..100 {
            world.run(Duration::from_millis(10));
            world.browser(1).inject(true, &nonsense);
        }
        seconds += 1;
        assert!(seconds < 10, "never closed: {:?}", world.workers[0].stats());
    }
    assert!(seconds > 3, "a burst is not yet a flood");
    let closed = Event::Closed {
        peer: PeerId(1),
        reason: CloseReason::Flood,
    };
    assert!(world.events.contains(&closed));
    let stats = world.workers[0].stats();
    assert_eq!((stats.limit_floods, stats.drop_unauthentic), (1, 0));
}

/// Reports that are in order, but far more of them than a browser sends.
#[test]
fn a_peer_that_floods_with_rtcp_is_limited_and_then_closed_with_a_reason() {
    let limit = u64::from(Limits::default().rtcp_per_second);
    let mut world = World::new(1);
    for number in [1, 2] {
        world.join(number, 0, Weather::default());
    }
    world.run_until(Duration::from_secs(5), |world| {
        world
            .browsers
            .values()
            .all(|browser| browser.is_connected())
    });
    for number in [1, 2] {
        world.board.enter(sfu_core::RoomId(1), PeerId(number));
    }
    world.switch();
    // An empty receiver report (RFC 3550 §6.4.2), sealed with the peer's own keys.
    let report = [0x80, 201, 0, 1, 0, 0, 0, 1];
    let mut seconds = 0;
    while world.workers[0].stats().peers == 2 {
        let taken = world.workers[0].stats().rtcp_packets;
        for _ in 0..100 {
            for _ in 0..10 {
                world.browser(1).inject(true, &report);
            }
            world.run(Duration::from_millis(10));
        }
        let taken = world.workers[0].stats().rtcp_packets - taken;
        // A second of the test may touch two seconds of the limit; the other peer reports as well.
        assert!(taken <= 2 * limit + 100, "{taken} taken in a second");
        seconds += 1;
        assert!(seconds < 10, "never closed: {:?}", world.workers[0].stats());
    }
    assert!(seconds > 3, "a burst is not yet a flood");
    let closed = Event::Closed {
        peer: PeerId(1),
        reason: CloseReason::Flood,
    };
    assert!(world.events.contains(&closed));
    let stats = world.workers[0].stats();
    assert_eq!(stats.limit_floods, 1);
    assert!(stats.drop_rtcp_rate > 3 * (1_000 - limit), "{stats:?}");
    assert_eq!(stats.drop_unauthentic, 0, "{stats:?}");
    // The other one is not touched.
    let before = stats.media_packets;
    world.run(Duration::from_secs(1));
    assert!(world.workers[0].stats().media_packets > before + 50);
    assert!(world.browsers[&2].is_connected());
}

fn command() -> impl Strategy<Value = Command> {
    let source = || {
        (0..3_u64, 0..3_usize).prop_map(|(peer, kind)| {
            let kinds = [
                SourceKind::Microphone,
                SourceKind::Camera,
                SourceKind::Screen,
            ];
            SourceId {
                peer: PeerId(peer),
                kind: kinds[kind],
            }
        })
    };
    let slot = || {
        (0..3_u64, any::<u8>()).prop_map(|(peer, slot)| SlotRef {
            peer: PeerId(peer),
            slot,
        })
    };
    prop_oneof![
        (0..3_u64, any::<bool>()).prop_map(|(peer, good)| {
            let fingerprint = format!("sha-256 {}", vec!["AA"; 32].join(":"));
            let offer = support::sdp::offer("abcd", "0123456789012345678901234", &fingerprint);
            let offer = if good {
                offer
            } else {
                offer[..offer.len() / 2].to_owned()
            };
            Command::Connect {
                peer: PeerId(peer),
                offer,
            }
        }),
        (0..3_u64).prop_map(|peer| Command::RestartIce {
            peer: PeerId(peer),
            offer: "v=0".into()
        }),
        (source(), 0..2_u16, slot()).prop_map(|(source, worker, to)| Command::AddRoute {
            from: SourceRef {
                source,
                worker: WorkerId(worker)
            },
            to,
        }),
        slot().prop_map(|to| Command::RemoveRoute { to }),
        source().prop_map(|source| Command::StartCrossing {
            source,
            to: WorkerId(1)
        }),
        source().prop_map(|source| Command::StopCrossing {
            source,
            to: WorkerId(1)
        }),
        (source(), any::<bool>()).prop_map(|(source, on)| Command::Mute { source, on }),
        (0..3_u64).prop_map(|peer| Command::Remove { peer: PeerId(peer) }),
        (0..3_u64).prop_map(|id| Command::StreamClosed {
            connection: ConnectionId(id)
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// No order of orders, datagrams and waits panics, and closing everything leaves nothing.
    #[test]
    fn no_input_sequence_panics(
        steps in proptest::collection::vec(
            (command(), proptest::collection::vec(any::<u8>(), 0..80), 0_u64..20_000), 1..40),
    ) {
        let (mut sfu, mut now) = sfu();
        let mut batch = Batch::new();
        for (command, bytes, wait) in steps {
            sfu.handle_command(now, command);
            batch.clear();
            batch.push(Path::udp(address(1)), &bytes);
            sfu.handle_datagrams(now, &mut batch);
            now += Duration::from_millis(wait);
            if let Some(due) = sfu.poll_timeout() && due <= now {
                sfu.handle_timeout(now);
            }
            if let Some(due) = sfu.poll_timeout() {
                prop_assert!(due > now, "a deadline stays in the past");
            }
            sfu.clear_transmits();
            while sfu.poll_crossing().is_some() {}
            while sfu.poll_event().is_some() {}
        }
        for peer in 0..3 {
            sfu.handle_command(now, Command::Remove { peer: PeerId(peer) });
        }
        let stats = sfu.stats();
        prop_assert_eq!((stats.peers, stats.tracks, stats.routes), (0, 0, 0));
    }

    /// A peer with keys sends anything under its own SSRCs and numbers; its receiver's worker
    /// stands, and what passes is sealed under fresh numbers.
    #[test]
    fn authentic_nonsense_is_harmless(
        packets in proptest::collection::vec(
            (any::<bool>(), 0..5_u8, any::<u16>(), proptest::collection::vec(any::<u8>(), 0..60)),
            1..150),
    ) {
        let mut world = World::new(1);
        world.join(1, 0, Weather::default());
        world.join(2, 0, Weather::default());
        world.run_until(Duration::from_secs(5), |world| {
            world.browsers.values().all(|browser| browser.is_connected())
        });
        world.board.enter(sfu_core::RoomId(1), PeerId(1));
        world.board.enter(sfu_core::RoomId(1), PeerId(2));
        world.switch();
        world.browsers.remove(&2);
        world.browser(1).deaf = true;
        world.browser(1).camera.on = false;
        world.browser(1).microphone.on = false;
        for (index, (rtcp, kind, number, body)) in packets.into_iter().enumerate() {
            let ssrc = [1010, 1012, 1013, 5, u32::from(number)][usize::from(kind)];
            let mut plain = match rtcp {
                true => vec![0x80 | (number as u8 & 0x1F), 200 + kind * 2 % 7, 0, (body.len() / 4 + 1) as u8],
                false => {
                    let first = [0x80, 0x90, 0xA0, 0xB0, 0x8F][usize::from(number as u8 % 5)];
                    let payload_type = [96, 97, 111, 63, 120][usize::from(kind)];
                    let [high, low] = number.to_be_bytes();
                    vec![first, payload_type, high, low, 0, 0, 0, 9]
                }
            };
            plain.extend_from_slice(&ssrc.to_be_bytes());
            plain.extend_from_slice(&body[..if rtcp { body.len() / 4 * 4 } else { body.len() }]);
            world.browser(1).inject(rtcp, &plain);
            if index % 10 == 9 {
                world.run(Duration::from_millis(20));
            }
        }
        world.run(Duration::from_millis(100));
        prop_assert_eq!(world.workers[0].stats().drop_unsendable, 0);
    }
}
