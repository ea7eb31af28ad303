//! A lean WebRTC client: just enough of ICE, DTLS, SRTP and RTCP to be a peer that costs far
//! less than the server it loads. Many share one thread ([`fleet::Fleet`]).

pub mod dtls;
pub mod fleet;
pub mod peer;
pub mod receive;
pub mod rtcp;
pub mod rtp;
pub mod sdp;
pub mod socket;
pub mod srtp;
pub mod stream;
pub mod stun;
pub mod vp8;

#[cfg(test)]
mod echo;
