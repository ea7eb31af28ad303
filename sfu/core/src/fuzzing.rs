//! Doors for `sfu/fuzz` to parsers that are not public.

use crate::rtcp::read::{Rtcp, packets};
use crate::rtp::{ExtensionTable, read_header};

/// Reads a compound RTCP packet to its end, as for an authenticated peer.
pub fn rtcp(compound: &[u8]) {
    for packet in packets(compound).into_iter().flatten() {
        match packet {
            Rtcp::SenderReport { blocks, .. } | Rtcp::ReceiverReport { blocks } => {
                blocks.for_each(drop);
            }
            Rtcp::Nack { lost, .. } => lost.for_each(drop),
            _ => {}
        }
    }
}

/// Reads an RTP header and its extensions.
pub fn rtp(packet: &[u8]) {
    if let Some(header) = read_header(packet) {
        let _ = header.extensions(packet, &ExtensionTable::default());
    }
}
