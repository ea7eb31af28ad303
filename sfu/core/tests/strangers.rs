//! Whatever a stranger sends, the parsers neither panic nor accept it. The same entry points as
//! the fuzz targets in `sfu/fuzz`.

#![allow(clippy::unwrap_used, reason = "helpers of a test may panic")]

use std::time::Instant;

use proptest::collection::vec;
use proptest::prelude::*;
use sfu_core::certificate::Identity;
use sfu_core::classify::classify;
use sfu_core::dtls::Association;
use sfu_core::ice::{Credentials, IceLite};
use sfu_core::path::Path;
use sfu_core::sdp::{LocalParams, Offer, answer};
use sfu_core::srtp::{Inbound, Outbound, Profile, SrtpKeys};
use sfu_core::stun::peek_username;

const CHROMIUM: &str = include_str!("fixtures/chromium-offer.sdp");
const FIREFOX: &str = include_str!("fixtures/firefox-offer.sdp");

#[expect(
    clippy::disallowed_methods,
    reason = "the simulated clock needs a first instant"
)]
fn start() -> Instant {
    Instant::now()
}

fn credentials() -> Credentials {
    Credentials {
        ufrag: "abcd".to_owned(),
        pwd: "a password of 22 characters".to_owned(),
    }
}

/// Bytes that begin like a protocol's messages.
fn like(head: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..400).prop_map(move |tail| [head, &tail].concat())
}

/// A STUN message whose length is right and whose attributes are arbitrary.
fn stun() -> impl Strategy<Value = Vec<u8>> {
    let kinds = prop_oneof![
        Just(6_u16),
        Just(8),
        Just(0x24),
        Just(0x25),
        Just(0x8028),
        any::<u16>()
    ];
    let attribute = (kinds, vec(any::<u8>(), 0..40));
    vec(attribute, 0..6).prop_map(|attributes| {
        let mut body = Vec::new();
        for (kind, value) in attributes {
            body.extend(kind.to_be_bytes());
            body.extend((value.len() as u16).to_be_bytes());
            body.extend_from_slice(&value);
            body.resize(body.len().next_multiple_of(4), 0);
        }
        let mut message = vec![0, 1];
        message.extend((body.len() as u16).to_be_bytes());
        message.extend([0x21, 0x12, 0xA4, 0x42]);
        message.extend([5; 12]);
        message.extend(body);
        message
    })
}

/// An offer with some lines left out, doubled or replaced.
fn damaged_offer() -> impl Strategy<Value = String> {
    let edits = vec((any::<prop::sample::Index>(), 0..3_u8, "[ -~]{0,30}"), 1..8);
    (prop_oneof![Just(CHROMIUM), Just(FIREFOX)], edits).prop_map(|(offer, edits)| {
        let mut lines: Vec<String> = offer.split("\r\n").map(str::to_owned).collect();
        for (place, edit, text) in edits {
            let place = place.index(lines.len());
            match edit {
                0 => drop(lines.remove(place)),
                1 => lines.insert(place, lines[place].clone()),
                _ => {
                    let kept = lines[place].find([':', '=']).map_or(0, |end| end + 1);
                    lines[place].truncate(kept);
                    lines[place].push_str(&text);
                }
            }
            if lines.is_empty() {
                break;
            }
        }
        lines.join("\r\n")
    })
}

fn try_offer(text: &str) {
    let Ok(offer) = Offer::parse(text) else {
        return;
    };
    let identity = format!("sha-256 {}", ["2C"; 32].join(":")).parse().unwrap();
    let credentials = credentials();
    let local = LocalParams {
        credentials: &credentials,
        fingerprint: &identity,
        candidates: &[],
        previous: None,
    };
    let mut rng = <rand::rngs::StdRng as rand::SeedableRng>::seed_from_u64(1);
    if let Ok((text, negotiated)) = answer(&offer, &local, &mut rng) {
        assert!(text.ends_with("\r\n") && text.starts_with("v=0\r\n"));
        assert!(!negotiated.send.is_empty() || !negotiated.receive.is_empty());
    }
}

proptest! {
    #[test]
    fn stun_from_strangers(message in prop_oneof![stun(), like(&[0, 1, 0])]) {
        let _ = (classify(&message), peek_username(&message));
        let now = start();
        let provider = rtc_crypto::default_provider().unwrap();
        let mut agent = IceLite::new(provider, credentials(), credentials(), now);
        let mut reply = Vec::new();
        let path = Path::udp("192.0.2.1:9".parse().unwrap());
        prop_assert!(agent.handle_binding(now, path, &message, &mut reply).is_err());
        prop_assert!(reply.len() < 200, "an answer must not amplify");
        prop_assert!(!agent.is_validated(&path));
    }

    #[test]
    fn damaged_offers(text in damaged_offer()) {
        try_offer(&text);
    }

    #[test]
    fn offers_of_noise(text in "(v=0\r\n)?(([a-z]=|m=video |a=[a-z:]{0,9})[ -~]{0,20}\r?\n){0,20}") {
        try_offer(&text);
    }

    #[test]
    fn srtp_and_srtcp_from_strangers(
        packet in prop_oneof![like(&[0x80]), like(&[0x90, 96]), like(&[0x80, 200])],
        is_gcm: bool,
    ) {
        let profile = if is_gcm { Profile::Aes128Gcm } else { Profile::Aes128CmSha1 };
        let material = vec![7; profile.keying_material_length()];
        let keys = SrtpKeys::from_keying_material(profile, &material, false).unwrap();
        let mut inbound = Inbound::new(&keys).unwrap();
        prop_assert!(inbound.open_rtp(&mut packet.clone()).is_err());
        prop_assert!(inbound.open_rtcp(&mut packet.clone()).is_err());
        // What can be sealed is opened as it was.
        let mut sealed = Vec::new();
        let mut outbound = Outbound::new(&keys.reversed()).unwrap();
        if outbound.seal_rtp(&packet, &[], &mut sealed).is_ok() {
            let length = inbound.open_rtp(&mut sealed).unwrap();
            prop_assert_eq!(&sealed[..length], &packet[..]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn dtls_from_strangers(
        datagrams in vec(
            prop_oneof![
                like(&[22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40, 1, 0, 0, 28, 0, 0, 0, 0, 0]),
                like(&[22, 254, 253, 0, 1, 0, 0, 0, 0, 0, 0, 0, 40]),
                like(&[20, 254, 253]),
                like(&[21, 254, 253]),
            ],
            1..8,
        )
    ) {
        let now = start();
        let identity = Identity::generate().unwrap();
        let expected = identity.fingerprint().clone();
        let mut association = Association::new(&identity, expected, now).unwrap();
        for datagram in &datagrams {
            let _ = association.handle_datagram(now, datagram);
            while association.poll_transmit().is_some() {}
        }
        prop_assert!(association.take_keys().is_none());
    }
}
