//! Whole-system tests: real servers, real WebRTC peers, real browsers.
