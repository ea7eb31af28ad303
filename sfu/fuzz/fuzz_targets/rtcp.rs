//! Compound RTCP packets and RTP headers after they were opened.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sfu_core::fuzzing;

fuzz_target!(|packet: &[u8]| {
    fuzzing::rtcp(packet);
    fuzzing::rtp(packet);
});
