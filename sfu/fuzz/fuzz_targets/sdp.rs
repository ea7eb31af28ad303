//! Offers, and the answers to those that are accepted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use sfu_core::ice::Credentials;
use sfu_core::sdp::{LocalParams, Offer, answer};

fuzz_target!(|text: &str| {
    let Ok(offer) = Offer::parse(text) else {
        return;
    };
    let credentials = Credentials {
        ufrag: "abcd".to_owned(),
        pwd: "p".repeat(22),
    };
    let local = LocalParams {
        credentials: &credentials,
        fingerprint: offer.fingerprint(),
        candidates: &[],
        previous: None,
    };
    let mut rng = rand::rngs::StdRng::seed_from_u64(1);
    let _ = answer(&offer, &local, &mut rng);
});
