//! STUN: the first look, and a whole binding request.
#![no_main]

use std::time::Instant;

use libfuzzer_sys::fuzz_target;
use sfu_core::ice::{Credentials, IceLite};
use sfu_core::path::Path;
use sfu_core::stun::peek_username;

fuzz_target!(|message: &[u8]| {
    let _ = peek_username(message);
    let now = Instant::now();
    let ours = Credentials {
        ufrag: "abcd".to_owned(),
        pwd: "p".repeat(22),
    };
    let provider = rtc_crypto::default_provider().expect("a provider");
    let mut agent = IceLite::new(provider, ours.clone(), ours, now);
    let path = Path::udp(([192, 0, 2, 1], 9).into());
    let mut reply = Vec::new();
    let _ = agent.handle_binding(now, path, message, &mut reply);
});
