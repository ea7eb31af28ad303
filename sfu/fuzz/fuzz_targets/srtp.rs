//! SRTP and SRTCP packets of both profiles, opened and sealed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sfu_core::classify::classify;
use sfu_core::srtp::{Inbound, Outbound, Profile, SrtpKeys};

fuzz_target!(|packet: &[u8]| {
    let _ = classify(packet);
    for profile in [Profile::Aes128Gcm, Profile::Aes128CmSha1] {
        let material = vec![7; profile.keying_material_length()];
        let keys = SrtpKeys::from_keying_material(profile, &material, false).expect("keys");
        let mut inbound = Inbound::new(&keys).expect("a context");
        let _ = inbound.open_rtp(&mut packet.to_vec());
        let _ = inbound.open_rtcp(&mut packet.to_vec());
        let mut outbound = Outbound::new(&keys.reversed()).expect("a context");
        let mut sealed = Vec::new();
        if outbound.seal_rtp(packet, &[], &mut sealed).is_ok() {
            let length = inbound.open_rtp(&mut sealed).expect("own packets open");
            assert_eq!(&sealed[..length], packet);
        }
    }
});
