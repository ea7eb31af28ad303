//! Packets in somebody's name: from a peer's own address, or as copies of its checks. They are
//! dropped and counted, and the call goes on.
#![allow(clippy::unwrap_used, reason = "a test stops where its support fails")]

mod support;

use std::net::SocketAddr;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use sfu_core::path::Path;
use sfu_core::{Batch, CloseReason, Event, Limits, PeerId, RoomId};
use support::netem::Weather;
use support::stun;
use support::world::World;

/// Two browsers in a call on one worker, which has run for two seconds.
fn call(limits: Limits) -> World {
    let mut world = World::with_limits(1, limits);
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
        world.board.enter(RoomId(1), PeerId(number));
    }
    world.switch();
    world.run(Duration::from_secs(2));
    world
}

/// Complete frames that a browser has got.
fn frames(world: &World, number: u64) -> usize {
    let slots = &world.browsers[&number].slots;
    slots.iter().map(|slot| slot.frames.len()).sum()
}

fn closed(world: &World) -> Vec<&Event> {
    let closed = |event: &&Event| matches!(event, Event::Closed { .. });
    world.events.iter().filter(closed).collect()
}

/// So many datagrams with a first byte as given, of random length and content.
fn random(rng: &mut StdRng, firsts: &[u8], count: usize) -> Vec<Vec<u8>> {
    let datagram = |_| {
        let mut bytes = vec![0; 20 + rng.next_u32() as usize % 1_000];
        rng.fill_bytes(&mut bytes);
        bytes[0] = firsts[rng.next_u32() as usize % firsts.len()];
        bytes
    };
    (0..count).map(datagram).collect()
}

/// Datagrams that look like RTCP.
fn like_rtcp(rng: &mut StdRng, count: usize) -> Vec<Vec<u8>> {
    let mut all = random(rng, &[0x80, 0x81], count);
    for datagram in &mut all {
        datagram[1] = 200 + datagram[1] % 7;
    }
    all
}

#[test]
fn forged_floods_from_a_peers_own_address_do_not_end_its_call() {
    let mut world = call(Limits::default());
    let mut rng = StdRng::seed_from_u64(5);
    for second in 0..20 {
        let before = [frames(&world, 1), frames(&world, 2)];
        for _ in 0..50 {
            // Each second: 250 like RTCP, 600 of anything, 100 like DTLS, all in the name of 1.
            let mut forged = like_rtcp(&mut rng, 5);
            forged.extend(random(&mut rng, &[0x80, 0x90, 0xB0, 0, 3, 70, 255], 12));
            forged.extend(random(&mut rng, &[20, 21, 22, 23], 2));
            world.browser(1).out.extend(forged);
            world.run(Duration::from_millis(20));
        }
        // 30 pictures and 50 sounds of the other one in each second.
        for (at, number) in [1, 2].into_iter().enumerate() {
            let more = frames(&world, number) - before[at];
            assert!(more > 70, "second {second}: {number} got {more} frames");
        }
    }
    assert_eq!(closed(&world), Vec::<&Event>::new());
    let stats = world.workers[0].stats();
    assert_eq!(stats.limit_floods, 0);
    assert!(stats.drop_unauthentic > 20 * 250, "{stats:?}");
}

/// Whoever writes a peer's address on records of his own cannot use up the place for its goodbye.
#[test]
fn forged_records_neither_end_an_association_nor_hide_its_end() {
    let mut world = call(Limits::default());
    let record = |content: u8, epoch: u8, number: u8, body: &[u8]| {
        let mut record = vec![content, 254, 253, 0, epoch, 0, 0, 0, 0, 1, number, 0];
        record.push(body.len() as u8);
        record.extend_from_slice(body);
        record
    };
    for number in 0..200 {
        let forged = [
            record(21, 0, number, &[2, 40]),
            record(21, 1, number, &[7; 26]),
            record(22, 1, number, &[7; 40]),
            record(23, 1, number, &[7; 60]),
        ];
        world.browser(1).out.extend(forged);
        world.run(Duration::from_millis(50));
    }
    assert_eq!(closed(&world), Vec::<&Event>::new());
    world.run(Duration::from_secs(2));
    let forged = world.workers[0].stats().drop_bad_dtls;
    let now = world.now;
    world.browser(1).hang_up(now);
    world.run_until(Duration::from_secs(2), |world| !closed(world).is_empty());
    let reason = CloseReason::Hangup;
    let peer = PeerId(1);
    assert_eq!(closed(&world), [&Event::Closed { peer, reason }]);
    // A goodbye is no fault.
    assert_eq!(world.workers[0].stats().drop_bad_dtls, forged);
}

/// Sends datagrams from an address to the worker, and gives what it sends back there.
fn from(world: &mut World, address: SocketAddr, datagrams: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut batch = Batch::new();
    for datagram in datagrams {
        assert!(batch.push(Path::udp(address), datagram));
    }
    let now = world.now;
    let worker = &mut world.workers[0];
    worker.handle_datagrams(now, &mut batch);
    let to_it = worker.transmits().filter(|t| t.path.remote == address);
    let sent = to_it.flat_map(|t| t.datagrams().map(<[u8]>::to_vec).collect::<Vec<_>>());
    let sent = sent.collect();
    worker.clear_transmits();
    sent
}

fn address(last: u8) -> SocketAddr {
    SocketAddr::from(([203, 0, 113, last], 99))
}

#[test]
fn only_failed_checks_use_up_the_rate_of_their_prefix() {
    let mut world = call(Limits::default());
    let (ufrag, password) = world.browsers[&1].server_credentials();
    let wrong = stun::nominate([1; 12], &ufrag, "me", "a wrong password of 24 ch");
    let nobody = stun::nominate([1; 12], "0000nobody", "me", &password);
    let mut answered = 0;
    for n in 0..100 {
        assert_eq!(
            from(&mut world, address(n), &vec![nobody.clone(); 50]).len(),
            0
        );
        answered += from(&mut world, address(n), &vec![wrong.clone(); 50]).len();
    }
    let stats = world.workers[0].stats().clone();
    let rate = u64::from(Limits::default().stranger_requests_per_second);
    assert_eq!(answered as u64, rate, "401, and then nothing");
    assert_eq!(
        (stats.drop_bad_stun, stats.drop_stranger_rate),
        (5_000 + rate, 5_000 - rate)
    );
    // The rate is used up, and an honest one of the same prefix joins all the same.
    let good = stun::nominate([9; 12], &ufrag, "me", &password);
    let sent = from(&mut world, address(7), &[good]);
    assert!(stun::is_success(&sent[0]), "{sent:?}");
}

#[test]
fn a_copied_check_moves_nothing_for_as_long_as_checks_are_remembered() {
    let mut world = call(Limits::default());
    let (ufrag, password) = world.browsers[&1].server_credentials();
    let own = world.browsers[&1].address;
    let check = |n: u8| {
        stun::nominate(
            [n, 77, 77, 77, 77, 77, 77, 77, 77, 77, 77, 77],
            &ufrag,
            "me",
            &password,
        )
    };
    assert_eq!(from(&mut world, own, &[check(0)]).len(), 1);
    for n in 1..30 {
        from(&mut world, own, &[check(n)]);
        world.run(Duration::from_millis(900));
    }
    let before = frames(&world, 1);
    let copied = from(&mut world, address(66), &[check(0), check(5)]);
    assert_eq!(copied.len(), 0, "a copy gets no answer");
    let again = from(&mut world, own, &[check(5), check(5)]);
    assert_eq!(again.len(), 2, "one whose answer was lost is asked again");
    assert_eq!(world.workers[0].stats().drop_check_copied, 2);
    world.run(Duration::from_millis(300));
    assert!(
        frames(&world, 1) > before + 15,
        "media still go to its own address"
    );
}

#[test]
fn more_checks_than_a_browser_makes_are_dropped_and_the_call_goes_on() {
    let mut world = call(Limits::default());
    let (ufrag, password) = world.browsers[&1].server_credentials();
    let own = world.browsers[&1].address;
    let many = |batch: u8| {
        let id = |n: u8| [n, batch, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5];
        (0..60)
            .map(|n| stun::nominate(id(n), &ufrag, "me", &password))
            .collect::<Vec<_>>()
    };
    let answered: usize = (0..10)
        .map(|batch| from(&mut world, own, &many(batch)).len())
        .sum();
    assert!((90..=100).contains(&answered), "{answered}");
    assert!(world.workers[0].stats().drop_check_rate >= 500);
    let before = frames(&world, 1);
    world.run(Duration::from_secs(1));
    assert!(frames(&world, 1) > before + 60);
}

#[test]
fn a_check_does_not_take_away_the_path_that_a_neighbours_media_use() {
    let mut world = call(Limits::default());
    // 2 writes the address of 1 on a check of its own.
    let (ufrag, password) = world.browsers[&2].server_credentials();
    let victim = world.browsers[&1].address;
    let before = world.workers[0].stats().drop_unauthentic;
    let theft = stun::nominate([66; 12], &ufrag, "user2", &password);
    assert_eq!(
        from(&mut world, victim, std::slice::from_ref(&theft)).len(),
        0
    );
    world.run(Duration::from_millis(300));
    let stats = world.workers[0].stats();
    assert_eq!(stats.drop_path_held, 1);
    assert_eq!(
        stats.drop_unauthentic, before,
        "the victim's media still open"
    );
    // Once 1 is silent for long enough, its address may be somebody else's.
    world.browsers.remove(&1);
    world.run(Duration::from_secs(6));
    assert_eq!(from(&mut world, victim, &[theft]).len(), 1);
}

#[test]
fn what_a_peer_sends_beyond_its_allowance_is_dropped_and_for_long_closes_it() {
    let limits = Limits {
        sender_bits_per_second: 2_000_000,
        sender_packets_per_second: 400,
        ..Limits::default()
    };
    let mut world = call(limits);
    let flood = |world: &mut World, number: u16, count: u16| {
        for n in 0..count {
            // A payload type that was never agreed on: opened, and then nobody's.
            let [high, low] = (number + n).to_be_bytes();
            let mut packet = vec![0x80, 63, high, low, 0, 0, 0, 9, 0, 0, 0, 77];
            packet.resize(600, 1);
            world.browser(1).inject(false, &packet);
        }
    };
    let mut seconds = 0;
    while closed(&world).is_empty() {
        let dropped = world.workers[0].stats().drop_sender_rate;
        let before = frames(&world, 1);
        for step in 0..50 {
            flood(&mut world, seconds * 1_000 + step * 20, 20);
            world.run(Duration::from_millis(20));
        }
        let stats = world.workers[0].stats();
        if closed(&world).is_empty() {
            assert!(stats.drop_sender_rate > dropped + 400, "{stats:?}");
            assert!(
                frames(&world, 1) > before + 70,
                "the other one's media go on"
            );
        }
        seconds += 1;
        assert!(seconds < 20, "never closed: {stats:?}");
    }
    assert!(seconds >= 10, "a burst is not yet a flood");
    let (peer, reason) = (PeerId(1), CloseReason::Flood);
    assert_eq!(closed(&world), [&Event::Closed { peer, reason }]);
}
