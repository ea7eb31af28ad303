//! Our SRTP against the library's, both ways and in both profiles; and what an attacker may try.

#![allow(clippy::unwrap_used, reason = "helpers of a test may panic")]

use rtc_srtp::context::Context;
use rtc_srtp::option::{srtcp_replay_protection, srtp_replay_protection};
use rtc_srtp::protection_profile::ProtectionProfile;
use sfu_core::srtp::{
    Inbound, MAX_INBOUND_SSRCS, MAX_OUTBOUND_SSRCS, MasterKey, Outbound, Profile, SrtpError,
    SrtpKeys,
};

const PROFILES: [Profile; 2] = [Profile::Aes128Gcm, Profile::Aes128CmSha1];

fn keys(profile: Profile) -> SrtpKeys {
    let material: Vec<u8> = (0..profile.keying_material_length() as u8)
        .map(|byte| byte.wrapping_mul(37))
        .collect();
    SrtpKeys::from_keying_material(profile, &material, false).unwrap()
}

/// The library's context for one direction.
fn library(profile: Profile, key: &MasterKey) -> Context {
    let name = match profile {
        Profile::Aes128Gcm => ProtectionProfile::AeadAes128Gcm,
        Profile::Aes128CmSha1 => ProtectionProfile::Aes128CmHmacSha1_80,
    };
    let provider = rtc_crypto::default_provider().unwrap();
    let (rtp, rtcp) = (srtp_replay_protection(512), srtcp_replay_protection(64));
    Context::new(
        &key.key,
        &key.salt,
        name,
        Some(rtp),
        Some(rtcp),
        provider.crypto(),
    )
    .unwrap()
}

/// A packet with one contributing source and a header extension.
fn rtp(ssrc: u32, sequence: u16, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x91, 96];
    packet.extend(sequence.to_be_bytes());
    packet.extend([0, 0, 0, 9]);
    packet.extend(ssrc.to_be_bytes());
    packet.extend([1, 2, 3, 4, 0xBE, 0xDE, 0, 1, 0x40, b'0', 0, 0]);
    packet.extend_from_slice(payload);
    packet
}

/// A receiver report followed by a PLI.
fn rtcp(ssrc: u32) -> Vec<u8> {
    let mut packet = vec![0x80, 201, 0, 1];
    packet.extend(ssrc.to_be_bytes());
    packet.extend([0x81, 206, 0, 2]);
    packet.extend(ssrc.to_be_bytes());
    packet.extend([0, 0, 0, 77]);
    packet
}

fn seal(outbound: &mut Outbound, plain: &[u8]) -> Result<Vec<u8>, SrtpError> {
    let mut arena = b"before".to_vec();
    let start = arena.len();
    arena.extend_from_slice(plain);
    let result = outbound.seal_rtp_in_place(&mut arena, start);
    assert_eq!(&arena[..start], b"before");
    result.map(|()| arena.split_off(start))
}

fn open(inbound: &mut Inbound, sealed: &[u8]) -> Result<Vec<u8>, SrtpError> {
    let mut packet = sealed.to_vec();
    inbound
        .open_rtp(&mut packet)
        .map(|length| packet[..length].to_vec())
}

#[test]
fn what_we_seal_the_library_opens() {
    for profile in PROFILES {
        let keys = keys(profile);
        let mut ours = Outbound::new(&keys).unwrap();
        let mut theirs = library(profile, &keys.local);
        for step in 0..200_u32 {
            // Two streams, and one of them wraps.
            let (ssrc, sequence) = (7 + step % 2, (65_450 + step) as u16);
            let plain = rtp(ssrc, sequence, &vec![step as u8; 1 + step as usize * 5]);
            let sealed = seal(&mut ours, &plain).unwrap();
            assert_eq!(sealed.len(), plain.len() + ours.rtp_overhead());
            assert_eq!(
                theirs.decrypt_rtp(&sealed).unwrap(),
                plain,
                "{profile:?} {step}"
            );
            let (plain, mut sealed) = (rtcp(ssrc), Vec::new());
            ours.seal_rtcp(&plain, &mut sealed).unwrap();
            assert_eq!(sealed.len(), plain.len() + ours.rtcp_overhead());
            assert_eq!(
                theirs.decrypt_rtcp(&sealed).unwrap(),
                plain,
                "{profile:?} {step}"
            );
        }
    }
}

#[test]
fn what_the_library_seals_we_open() {
    for profile in PROFILES {
        let keys = keys(profile);
        let mut theirs = library(profile, &keys.remote);
        let mut ours = Inbound::new(&keys).unwrap();
        for step in 0..200_u32 {
            let (ssrc, sequence) = (7 + step % 2, (65_450 + step) as u16);
            let plain = rtp(ssrc, sequence, &vec![step as u8; step as usize * 5]);
            let sealed = theirs.encrypt_rtp(&plain).unwrap();
            assert_eq!(
                open(&mut ours, &sealed).unwrap(),
                plain,
                "{profile:?} {step}"
            );
            let plain = rtcp(ssrc);
            let mut sealed = theirs.encrypt_rtcp(&plain).unwrap().to_vec();
            let length = ours.open_rtcp(&mut sealed).unwrap();
            assert_eq!(sealed[..length], plain, "{profile:?} {step}");
        }
    }
}

#[test]
fn packets_out_of_order_around_the_wrap_are_opened() {
    for profile in PROFILES {
        let keys = keys(profile);
        let mut outbound = Outbound::new(&keys.reversed()).unwrap();
        let mut inbound = Inbound::new(&keys).unwrap();
        let sequences = (65_500..=65_535).chain(0..=40_u16);
        let sealed: Vec<Vec<u8>> = sequences
            .map(|s| seal(&mut outbound, &rtp(5, s, b"payload")).unwrap())
            .collect();
        open(&mut inbound, &sealed[0]).unwrap();
        // Blocks of seven, each from its end to its beginning.
        for block in sealed[1..].chunks(7) {
            for packet in block.iter().rev() {
                open(&mut inbound, packet).unwrap();
            }
        }
    }
}

#[test]
fn a_replay_is_refused() {
    for profile in PROFILES {
        let keys = keys(profile);
        let mut outbound = Outbound::new(&keys.reversed()).unwrap();
        let mut inbound = Inbound::new(&keys).unwrap();
        let first = seal(&mut outbound, &rtp(5, 1, b"payload")).unwrap();
        open(&mut inbound, &first).unwrap();
        assert_eq!(open(&mut inbound, &first), Err(SrtpError::Replayed));
        let later = seal(&mut outbound, &rtp(5, 600, b"payload")).unwrap();
        open(&mut inbound, &later).unwrap();
        assert_eq!(open(&mut inbound, &first), Err(SrtpError::Replayed));
        let mut sealed = Vec::new();
        outbound.seal_rtcp(&rtcp(5), &mut sealed).unwrap();
        inbound.open_rtcp(&mut sealed.clone()).unwrap();
        assert_eq!(inbound.open_rtcp(&mut sealed), Err(SrtpError::Replayed));
    }
}

/// Flips every bit of a packet in turn: nothing is accepted, and nothing is remembered.
#[test]
fn a_forged_packet_changes_nothing() {
    for profile in PROFILES {
        let keys = keys(profile);
        let mut outbound = Outbound::new(&keys.reversed()).unwrap();
        let mut inbound = Inbound::new(&keys).unwrap();
        let sealed = seal(&mut outbound, &rtp(5, 1, b"payload")).unwrap();
        for bit in 0..8 * sealed.len() {
            let mut forged = sealed.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&mut inbound, &forged).is_err(), "{profile:?} {bit}");
        }
        // Neither window nor SSRC table has moved.
        open(&mut inbound, &sealed).unwrap();
        let forged = rtp(5, 30_000, b"payload and what might be a tag");
        assert_eq!(open(&mut inbound, &forged), Err(SrtpError::NotAuthentic));
        let next = seal(&mut outbound, &rtp(5, 2, b"payload")).unwrap();
        open(&mut inbound, &next).unwrap();
        let mut sealed = Vec::new();
        outbound.seal_rtcp(&rtcp(5), &mut sealed).unwrap();
        for bit in 0..8 * sealed.len() {
            let mut forged = sealed.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert!(inbound.open_rtcp(&mut forged).is_err(), "{profile:?} {bit}");
        }
        inbound.open_rtcp(&mut sealed).unwrap();
    }
}

/// State that is made before authentication costs 256 bytes for each forged SSRC; made after it,
/// forged packets leave room for every SSRC of the peer.
#[test]
fn a_flood_of_forged_ssrcs_leaves_room_for_real_ones() {
    for profile in PROFILES {
        let keys = keys(profile);
        let mut outbound = Outbound::new(&keys.reversed()).unwrap();
        let mut inbound = Inbound::new(&keys).unwrap();
        for ssrc in 1_000..11_000 {
            let forged = rtp(ssrc, 1, b"payload and what might be a tag");
            assert_eq!(open(&mut inbound, &forged), Err(SrtpError::NotAuthentic));
            let mut forged = [rtcp(ssrc), vec![0x80; 20]].concat();
            assert_eq!(inbound.open_rtcp(&mut forged), Err(SrtpError::NotAuthentic));
        }
        for ssrc in 0..MAX_INBOUND_SSRCS as u32 {
            let sealed = seal(&mut outbound, &rtp(ssrc, 1, b"payload")).unwrap();
            open(&mut inbound, &sealed).unwrap();
        }
    }
}

#[test]
fn authentic_ssrcs_are_limited_too() {
    let keys = keys(Profile::Aes128Gcm);
    let mut theirs = library(Profile::Aes128Gcm, &keys.remote);
    let mut inbound = Inbound::new(&keys).unwrap();
    let limit = MAX_INBOUND_SSRCS as u32;
    for ssrc in 0..=limit {
        let sealed = theirs.encrypt_rtp(&rtp(ssrc, 1, b"payload")).unwrap();
        let mut report = theirs.encrypt_rtcp(&rtcp(ssrc)).unwrap().to_vec();
        let expected = if ssrc < limit {
            Ok(())
        } else {
            Err(SrtpError::TooManySsrcs)
        };
        assert_eq!(open(&mut inbound, &sealed).map(drop), expected);
        assert_eq!(inbound.open_rtcp(&mut report).map(drop), expected);
    }
    // Known ones go on.
    let sealed = theirs.encrypt_rtp(&rtp(0, 2, b"payload")).unwrap();
    open(&mut inbound, &sealed).unwrap();
    let mut outbound = Outbound::new(&keys).unwrap();
    for ssrc in 0..MAX_OUTBOUND_SSRCS as u32 {
        seal(&mut outbound, &rtp(ssrc, 1, b"payload")).unwrap();
    }
    let result = seal(&mut outbound, &rtp(9_999, 1, b"payload"));
    assert_eq!(result, Err(SrtpError::TooManySsrcs));
}

/// Two payloads under one SSRC and index would give the key stream away.
#[test]
fn an_index_is_never_sealed_twice() {
    for profile in PROFILES {
        let keys = keys(profile);
        let mut outbound = Outbound::new(&keys).unwrap();
        for sequence in [65_000_u16, 65_001, 65_400, 100, 101] {
            seal(&mut outbound, &rtp(5, sequence, b"first")).unwrap();
        }
        for sequence in [65_400_u16, 100, 101, 65_000] {
            let again = seal(&mut outbound, &rtp(5, sequence, b"second"));
            assert_eq!(again, Err(SrtpError::IndexReused), "{profile:?} {sequence}");
        }
        // A gap inside the window may still be filled, once, and other streams are apart.
        seal(&mut outbound, &rtp(5, 65_401, b"late")).unwrap();
        assert_eq!(
            seal(&mut outbound, &rtp(5, 65_401, b"x")),
            Err(SrtpError::IndexReused)
        );
        seal(&mut outbound, &rtp(6, 100, b"other")).unwrap();
    }
}

/// Walks three rounds of sequence numbers on two streams with skips, as switches and
/// retransmissions make them, and holds that the receiver opens every packet.
#[test]
fn indices_go_up_through_many_rounds() {
    let keys = keys(Profile::Aes128Gcm);
    let mut outbound = Outbound::new(&keys.reversed()).unwrap();
    let mut inbound = Inbound::new(&keys).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for step in (0..200_000_u32).filter(|step| step % 7 != 3) {
        let sealed = seal(&mut outbound, &rtp(1 + step % 2, step as u16, b"p")).unwrap();
        assert!(
            seen.insert(sealed[24..].to_vec()),
            "the same cipher text at {step}"
        );
        open(&mut inbound, &sealed).unwrap();
    }
}

#[test]
fn broken_packets_are_malformed_and_leave_the_arena_as_it_was() {
    for profile in PROFILES {
        let keys = keys(profile);
        let mut outbound = Outbound::new(&keys).unwrap();
        let mut inbound = Inbound::new(&keys).unwrap();
        let whole = rtp(5, 1, b"");
        for length in 0..whole.len() {
            assert_eq!(
                seal(&mut outbound, &whole[..length]),
                Err(SrtpError::Malformed)
            );
            assert!(open(&mut inbound, &whole[..length]).is_err());
        }
        let mut out = b"kept".to_vec();
        assert_eq!(
            outbound.seal_rtcp(&[0x80; 7], &mut out),
            Err(SrtpError::Malformed)
        );
        assert_eq!(out, b"kept");
        assert_eq!(
            inbound.open_rtcp(&mut [0x80; 20]),
            Err(SrtpError::Malformed)
        );
        let mut arena = Vec::new();
        assert_eq!(
            outbound.seal_rtp_in_place(&mut arena, 9),
            Err(SrtpError::Malformed)
        );
    }
}
