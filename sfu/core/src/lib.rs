//! Sans-IO media server: ICE-lite, DTLS-SRTP, routing table, no socket, no clock, no task.

// From bytes to authenticated packets, and back.
pub mod certificate;
pub mod classify;
pub mod dtls;
pub mod ice;
pub mod path;
pub mod sdp;
pub mod srtp;
pub mod stun;
