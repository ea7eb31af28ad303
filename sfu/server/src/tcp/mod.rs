//! ICE over TCP (RFC 6544, passive): for networks that let no UDP out.

mod frames;
