//! DTLS datagrams before any handshake; the input is cut into datagrams at 0xFF 0xFF.
#![no_main]

use std::sync::LazyLock;
use std::time::Instant;

use libfuzzer_sys::fuzz_target;
use sfu_core::certificate::Identity;
use sfu_core::dtls::Association;

static IDENTITY: LazyLock<Identity> = LazyLock::new(|| Identity::generate().expect("an identity"));

fuzz_target!(|bytes: &[u8]| {
    let now = Instant::now();
    let expected = IDENTITY.fingerprint().clone();
    let mut association = Association::new(&IDENTITY, expected, now).expect("an association");
    let mut rest = bytes;
    while !rest.is_empty() {
        let end = rest
            .windows(2)
            .position(|pair| pair == [0xFF; 2])
            .unwrap_or(rest.len());
        let _ = association.handle_datagram(now, &rest[..end]);
        rest = rest.get(end + 2..).unwrap_or_default();
        while association.poll_transmit().is_some() {}
    }
});
