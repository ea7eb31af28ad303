//! RTCP as the load reads and writes it: SR and RR (RFC 3550), NACK, PLI and FIR (RFC 4585,
//! RFC 5104), transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01).

use super::rtp::read_u32;
use crate::clock::SECOND;

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const TRANSPORT_FEEDBACK: u8 = 205;
const PAYLOAD_FEEDBACK: u8 = 206;
const FMT_NACK: u8 = 1;
const FMT_PLI: u8 = 1;
const FMT_FIR: u8 = 4;
const FMT_TRANSPORT_CC: u8 = 15;
/// Seconds from 1900 to 1970.
const NTP_OFFSET: i64 = 2_208_988_800;

/// What the server asks for or tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feedback {
    /// Packets of this SSRC are missing: a first one and a bit mask of the 16 after it.
    Nack {
        /// The SSRC.
        ssrc: u32,
        /// First missing sequence number.
        first: u16,
        /// The 16 after it.
        mask: u16,
    },
    /// A keyframe is wanted of this SSRC.
    Keyframe {
        /// The SSRC.
        ssrc: u32,
    },
    /// A sender report: the middle 32 bits of its NTP time, to be echoed.
    SenderReport {
        /// The SSRC.
        ssrc: u32,
        /// Middle of its NTP time.
        middle: u32,
    },
    /// Transport-wide feedback arrived.
    TransportCc,
}

/// Reads a compound packet and hands each piece of feedback to `on`; what is not known or cut
/// off is left out.
pub fn read(packet: &[u8], mut on: impl FnMut(Feedback)) {
    let mut at = 0;
    while at + 8 <= packet.len() {
        let words = usize::from(u16::from_be_bytes([packet[at + 2], packet[at + 3]]));
        let end = (at + 4 + 4 * words).min(packet.len());
        let (count, kind) = (packet[at] & 0x1f, packet[at + 1]);
        let body = &packet[at..end];
        match (kind, count) {
            (SENDER_REPORT, _) if body.len() >= 16 => {
                on(Feedback::SenderReport {
                    ssrc: read_u32(body, 4),
                    middle: read_u32(body, 10),
                });
            }
            (TRANSPORT_FEEDBACK, FMT_NACK) if body.len() >= 16 => {
                let ssrc = read_u32(body, 8);
                for pair in body[12..].chunks_exact(4) {
                    let first = u16::from_be_bytes([pair[0], pair[1]]);
                    let mask = u16::from_be_bytes([pair[2], pair[3]]);
                    on(Feedback::Nack { ssrc, first, mask });
                }
            }
            (TRANSPORT_FEEDBACK, FMT_TRANSPORT_CC) => on(Feedback::TransportCc),
            (PAYLOAD_FEEDBACK, FMT_PLI) if body.len() >= 12 => {
                on(Feedback::Keyframe {
                    ssrc: read_u32(body, 8),
                });
            }
            (PAYLOAD_FEEDBACK, FMT_FIR) if body.len() >= 20 => {
                for entry in body[12..].chunks_exact(8) {
                    on(Feedback::Keyframe {
                        ssrc: read_u32(entry, 0),
                    });
                }
            }
            _ => {}
        }
        at = end;
    }
}

/// The sequence numbers that a NACK names.
pub fn nacked(first: u16, mask: u16) -> impl Iterator<Item = u16> {
    let after = (0..16u16)
        .filter(move |bit| mask & (1 << bit) != 0)
        .map(move |bit| first.wrapping_add(bit + 1));
    std::iter::once(first).chain(after)
}

/// Appends a sender report without report blocks.
pub fn write_sender_report(
    out: &mut Vec<u8>,
    ssrc: u32,
    now_ns: i64,
    timestamp: u32,
    packets: u32,
    bytes: u32,
) {
    let fraction = ((now_ns % SECOND) as u64) << 32;
    out.extend_from_slice(&[0x80, SENDER_REPORT, 0, 6]);
    out.extend_from_slice(&ssrc.to_be_bytes());
    out.extend_from_slice(&((now_ns / SECOND + NTP_OFFSET) as u32).to_be_bytes());
    out.extend_from_slice(&((fraction / SECOND as u64) as u32).to_be_bytes());
    for word in [timestamp, packets, bytes] {
        out.extend_from_slice(&word.to_be_bytes());
    }
}

/// What a report block says of a received stream.
#[derive(Debug, Clone, Copy)]
pub struct ReportBlock {
    /// The stream.
    pub ssrc: u32,
    /// Highest sequence number with its cycles.
    pub highest: u32,
    /// Middle of the last sender report's NTP time.
    pub last_report: u32,
    /// Time since that report, in 1/65536 s.
    pub since_report: u32,
}

/// Appends a receiver report.
pub fn write_receiver_report(out: &mut Vec<u8>, ssrc: u32, blocks: &[ReportBlock]) {
    let count = blocks.len().min(31);
    out.extend_from_slice(&[
        0x80 | count as u8,
        RECEIVER_REPORT,
        0,
        (1 + 6 * count) as u8,
    ]);
    out.extend_from_slice(&ssrc.to_be_bytes());
    for block in &blocks[..count] {
        let words = [
            block.ssrc,
            0,
            block.highest,
            0,
            block.last_report,
            block.since_report,
        ];
        for word in words {
            out.extend_from_slice(&word.to_be_bytes());
        }
    }
}

/// Appends a picture loss indication.
pub fn write_pli(out: &mut Vec<u8>, own: u32, media: u32) {
    out.extend_from_slice(&[0x80 | FMT_PLI, PAYLOAD_FEEDBACK, 0, 2]);
    out.extend_from_slice(&own.to_be_bytes());
    out.extend_from_slice(&media.to_be_bytes());
}

/// Appends a NACK; `missing` is in rising order.
pub fn write_nack(out: &mut Vec<u8>, own: u32, media: u32, missing: &[u16]) {
    let from = out.len();
    out.extend_from_slice(&[0x80 | FMT_NACK, TRANSPORT_FEEDBACK, 0, 0]);
    out.extend_from_slice(&own.to_be_bytes());
    out.extend_from_slice(&media.to_be_bytes());
    let mut at = 0;
    while let Some(first) = missing.get(at).copied() {
        let mut mask = 0u16;
        at += 1;
        while let Some(next) = missing.get(at) {
            let distance = next.wrapping_sub(first);
            if distance == 0 || distance > 16 {
                break;
            }
            mask |= 1 << (distance - 1);
            at += 1;
        }
        out.extend_from_slice(&first.to_be_bytes());
        out.extend_from_slice(&mask.to_be_bytes());
    }
    set_length(out, from);
}

/// Unit of a delta in transport-wide feedback, microseconds.
const DELTA_US: i64 = 250;

/// Appends transport-wide feedback for arrivals in rising order of sequence (their distances
/// below 2¹⁵), times in nanoseconds. `count` numbers the feedback packets.
pub fn write_transport_cc(
    out: &mut Vec<u8>,
    own: u32,
    media: u32,
    count: u8,
    arrivals: &[(u16, i64)],
) {
    let Some(((base, first_ns), (last, _))) =
        arrivals.first().copied().zip(arrivals.last().copied())
    else {
        return;
    };
    let from = out.len();
    let reference = first_ns / 1_000 / 64_000;
    let span = last.wrapping_sub(base) + 1;
    out.extend_from_slice(&[0x80 | FMT_TRANSPORT_CC, TRANSPORT_FEEDBACK, 0, 0]);
    out.extend_from_slice(&own.to_be_bytes());
    out.extend_from_slice(&media.to_be_bytes());
    out.extend_from_slice(&base.to_be_bytes());
    out.extend_from_slice(&span.to_be_bytes());
    out.extend_from_slice(&((reference as u32) << 8 | u32::from(count)).to_be_bytes());
    let mut deltas = Vec::with_capacity(2 * arrivals.len());
    let mut symbols = vec![0u8; usize::from(span)];
    let mut clock = reference * 64_000 / DELTA_US;
    for (seq, at_ns) in arrivals {
        let ticks = at_ns / 1_000 / DELTA_US;
        let delta = ticks - clock;
        clock = ticks;
        let symbol = &mut symbols[usize::from(seq.wrapping_sub(base))];
        if let Ok(small) = u8::try_from(delta) {
            *symbol = 1;
            deltas.push(small);
        } else {
            *symbol = 2;
            let large = delta.clamp(i64::from(i16::MIN), i64::from(i16::MAX)) as i16;
            deltas.extend_from_slice(&large.to_be_bytes());
        }
    }
    // Two-bit status vectors, seven packets each.
    for seven in symbols.chunks(7) {
        let mut chunk = 0xC000u16;
        for (index, symbol) in seven.iter().enumerate() {
            chunk |= u16::from(*symbol) << (12 - 2 * index);
        }
        out.extend_from_slice(&chunk.to_be_bytes());
    }
    out.extend_from_slice(&deltas);
    while !(out.len() - from).is_multiple_of(4) {
        out.push(0);
    }
    set_length(out, from);
}

fn set_length(out: &mut [u8], from: usize) {
    let words = ((out.len() - from) / 4 - 1) as u16;
    out[from + 2..from + 4].copy_from_slice(&words.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtc_rtcp::transport_feedbacks::transport_layer_cc::TransportLayerCc;
    use rtc_rtcp::transport_feedbacks::transport_layer_nack::TransportLayerNack;
    use rtc_shared::marshal::Unmarshal;

    fn heard(packet: &[u8]) -> Vec<Feedback> {
        let mut all = Vec::new();
        read(packet, |feedback| all.push(feedback));
        all
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut out = Vec::new();
        write_receiver_report(&mut out, 1, &[]);
        write_pli(&mut out, 1, 2);
        write_nack(&mut out, 1, 2, &[65_535, 0, 3, 40]);
        write_sender_report(&mut out, 9, 1_700_000_000 * SECOND, 1, 2, 3);
        let all = heard(&out);
        assert_eq!(all[0], Feedback::Keyframe { ssrc: 2 });
        assert_eq!(
            all[1],
            Feedback::Nack {
                ssrc: 2,
                first: 65_535,
                mask: 0b1001
            }
        );
        assert_eq!(
            all[2],
            Feedback::Nack {
                ssrc: 2,
                first: 40,
                mask: 0
            }
        );
        assert!(matches!(all[3], Feedback::SenderReport { ssrc: 9, .. }));
        assert_eq!(
            nacked(65_535, 0b1001).collect::<Vec<_>>(),
            vec![65_535, 0, 3]
        );
    }

    #[test]
    fn the_real_rtcp_crate_reads_nack_and_transport_feedback() {
        let mut out = Vec::new();
        write_nack(&mut out, 1, 2, &[5, 6]);
        let nack = TransportLayerNack::unmarshal(&mut &out[..]).unwrap();
        assert_eq!(nack.nacks[0].packet_list(), vec![5, 6]);
        let mut out = Vec::new();
        let at = 1_700_000_000 * SECOND;
        let arrivals = [(65_534, at), (65_535, at + 500_000), (1, at + 300_000_000)];
        write_transport_cc(&mut out, 1, 2, 7, &arrivals);
        let feedback = TransportLayerCc::unmarshal(&mut &out[..]).unwrap();
        assert_eq!(feedback.packet_status_count, 4);
        assert_eq!(feedback.recv_deltas.len(), 3);
        assert_eq!(feedback.recv_deltas[1].delta, 500);
        assert_eq!(feedback.fb_pkt_count, 7);
    }

    #[test]
    fn cut_packets_do_not_panic() {
        let mut out = Vec::new();
        write_nack(&mut out, 1, 2, &[5, 6]);
        write_sender_report(&mut out, 9, SECOND, 1, 2, 3);
        for len in 0..out.len() {
            heard(&out[..len]);
        }
    }
}
