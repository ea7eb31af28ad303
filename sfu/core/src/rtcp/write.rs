//! Writing RTCP: each function appends one packet.

use super::{
    NACK, PAYLOAD_FEEDBACK, PLI, RECEIVER_REPORT, ReportBlock, SENDER_REPORT, SOURCE_DESCRIPTION,
    TRANSPORT_FEEDBACK,
};

/// Most report blocks in one packet (5 bits of count).
pub(crate) const MAX_BLOCKS: usize = 31;

/// Appends a header with an open length; returns where the packet starts.
pub(crate) fn begin(out: &mut Vec<u8>, kind: u8, count: u8) -> usize {
    let start = out.len();
    out.extend_from_slice(&[0x80 | (count & 0x1F), kind, 0, 0]);
    start
}

/// Pads to whole words and fills in the length.
pub(crate) fn end(out: &mut Vec<u8>, start: usize) {
    while !(out.len() - start).is_multiple_of(4) {
        out.push(0);
    }
    let words = ((out.len() - start) / 4 - 1) as u16;
    out[start + 2..start + 4].copy_from_slice(&words.to_be_bytes());
}

fn words(out: &mut Vec<u8>, values: &[u32]) {
    for value in values {
        out.extend_from_slice(&value.to_be_bytes());
    }
}

/// Appends a sender report without blocks. `sent`: packets and payload bytes so far.
pub(crate) fn sender_report(
    out: &mut Vec<u8>,
    ssrc: u32,
    ntp: u64,
    timestamp: u32,
    sent: (u32, u32),
) {
    let start = begin(out, SENDER_REPORT, 0);
    words(
        out,
        &[
            ssrc,
            (ntp >> 32) as u32,
            ntp as u32,
            timestamp,
            sent.0,
            sent.1,
        ],
    );
    end(out, start);
}

/// Appends a receiver report with at most [`MAX_BLOCKS`] blocks.
pub(crate) fn receiver_report(out: &mut Vec<u8>, sender: u32, blocks: &[ReportBlock]) {
    let blocks = &blocks[..blocks.len().min(MAX_BLOCKS)];
    let start = begin(out, RECEIVER_REPORT, blocks.len() as u8);
    words(out, &[sender]);
    for block in blocks {
        let lost = block.total_lost.clamp(-0x80_0000, 0x7F_FFFF) as u32 & 0xFF_FFFF;
        words(
            out,
            &[
                block.ssrc,
                (u32::from(block.fraction_lost) << 24) | lost,
                block.highest,
                block.jitter,
                block.last_report,
                block.delay,
            ],
        );
    }
    end(out, start);
}

/// Appends a source description with a canonical name (RFC 3550 §6.5.1).
pub(crate) fn description(out: &mut Vec<u8>, ssrc: u32, name: &str) {
    let name = &name.as_bytes()[..name.len().min(255)];
    let start = begin(out, SOURCE_DESCRIPTION, 1);
    words(out, &[ssrc]);
    out.extend_from_slice(&[1, name.len() as u8]);
    out.extend_from_slice(name);
    out.push(0);
    end(out, start);
}

/// Appends a generic NACK; `lost` in order of sequence.
pub(crate) fn nack(out: &mut Vec<u8>, sender: u32, ssrc: u32, lost: &[u16]) {
    let start = begin(out, TRANSPORT_FEEDBACK, NACK);
    words(out, &[sender, ssrc]);
    let mut rest = lost;
    while let [first, behind @ ..] = rest {
        let mut bits = 0_u16;
        rest = behind;
        while let [next, behind @ ..] = rest {
            let step = next.wrapping_sub(*first);
            if !(1..=16).contains(&step) {
                break;
            }
            bits |= 1 << (step - 1);
            rest = behind;
        }
        words(out, &[(u32::from(*first) << 16) | u32::from(bits)]);
    }
    end(out, start);
}

/// Appends a picture loss indication.
pub(crate) fn pli(out: &mut Vec<u8>, sender: u32, ssrc: u32) {
    let start = begin(out, PAYLOAD_FEEDBACK, PLI);
    words(out, &[sender, ssrc]);
    end(out, start);
}
