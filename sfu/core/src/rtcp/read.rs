//! Reading compound RTCP without copying.

use super::{
    FIR, GOODBYE, NACK, PAYLOAD_FEEDBACK, PLI, RECEIVER_REPORT, ReportBlock, SENDER_REPORT,
    TRANSPORT_FEEDBACK,
};

/// Length of a report block.
const BLOCK: usize = 24;

/// One packet of a compound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rtcp<'a> {
    /// A sender's clock, and what it says of our streams.
    SenderReport {
        ssrc: u32,
        ntp: u64,
        timestamp: u32,
        blocks: Blocks<'a>,
    },
    /// What a receiver says of our streams.
    ReceiverReport { blocks: Blocks<'a> },
    /// Lost packets of one of our streams.
    Nack { ssrc: u32, lost: LostPackets<'a> },
    /// A decoder of one of our streams wants a keyframe (PLI or FIR).
    KeyframeRequest { ssrc: u32 },
    /// A stream of the sender ends.
    Goodbye { ssrc: u32 },
    /// Anything else.
    Other,
}

/// The packets of a compound.
#[derive(Debug, Clone)]
pub(crate) struct Packets<'a> {
    rest: &'a [u8],
}

/// Checks the framing of a compound. `None`: malformed.
pub(crate) fn packets(compound: &[u8]) -> Option<Packets<'_>> {
    let mut rest = compound;
    while !rest.is_empty() {
        let head: &[u8; 4] = rest.first_chunk()?;
        if head[0] >> 6 != 2 {
            return None;
        }
        rest = rest.get(packet_length(*head)..)?;
    }
    (!compound.is_empty()).then_some(Packets { rest: compound })
}

fn packet_length(head: [u8; 4]) -> usize {
    4 * (1 + usize::from(u16::from_be_bytes([head[2], head[3]])))
}

impl<'a> Iterator for Packets<'a> {
    type Item = Rtcp<'a>;

    fn next(&mut self) -> Option<Rtcp<'a>> {
        let head: [u8; 4] = *self.rest.first_chunk()?;
        let (packet, behind) = self.rest.split_at_checked(packet_length(head))?;
        self.rest = behind;
        Some(read(head, &packet[4..]).unwrap_or(Rtcp::Other))
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|word| u32::from_be_bytes(*word))
}

fn read(head: [u8; 4], body: &[u8]) -> Option<Rtcp<'_>> {
    let (count, kind) = (head[0] & 0x1F, head[1]);
    let blocks = |from: usize| {
        let length = BLOCK * usize::from(count);
        body.get(from..from + length).map(|rest| Blocks { rest })
    };
    Some(match (kind, count) {
        (SENDER_REPORT, _) => Rtcp::SenderReport {
            ssrc: word(body, 0)?,
            ntp: (u64::from(word(body, 4)?) << 32) | u64::from(word(body, 8)?),
            timestamp: word(body, 12)?,
            blocks: blocks(24)?,
        },
        (RECEIVER_REPORT, _) => Rtcp::ReceiverReport { blocks: blocks(4)? },
        (TRANSPORT_FEEDBACK, NACK) => Rtcp::Nack {
            ssrc: word(body, 4)?,
            lost: LostPackets {
                rest: body.get(8..)?,
                pending: None,
            },
        },
        (PAYLOAD_FEEDBACK, PLI) => Rtcp::KeyframeRequest {
            ssrc: word(body, 4)?,
        },
        (PAYLOAD_FEEDBACK, FIR) => Rtcp::KeyframeRequest {
            ssrc: word(body, 8)?,
        },
        (GOODBYE, 1..) => Rtcp::Goodbye {
            ssrc: word(body, 0)?,
        },
        _ => Rtcp::Other,
    })
}

/// Report blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Blocks<'a> {
    rest: &'a [u8],
}

impl Iterator for Blocks<'_> {
    type Item = ReportBlock;

    fn next(&mut self) -> Option<ReportBlock> {
        let (block, behind) = self.rest.split_first_chunk::<BLOCK>()?;
        self.rest = behind;
        let lost = word(block, 4)?;
        Some(ReportBlock {
            ssrc: word(block, 0)?,
            fraction_lost: (lost >> 24) as u8,
            total_lost: ((lost << 8) as i32) >> 8,
            highest: word(block, 8)?,
            jitter: word(block, 12)?,
            last_report: word(block, 16)?,
            delay: word(block, 20)?,
        })
    }
}

/// The sequence numbers of a generic NACK (RFC 4585 §6.2.1): at most 17 for each pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LostPackets<'a> {
    rest: &'a [u8],
    /// (sequence number, bits not yet given).
    pending: Option<(u16, u16)>,
}

impl Iterator for LostPackets<'_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        if let Some((sequence, bits)) = self.pending {
            if bits != 0 {
                let step = bits.trailing_zeros() as u16;
                self.pending = Some((sequence, bits & (bits - 1)));
                return Some(sequence.wrapping_add(step + 1));
            }
            self.pending = None;
        }
        let (pair, behind) = self.rest.split_first_chunk::<4>()?;
        self.rest = behind;
        let sequence = u16::from_be_bytes([pair[0], pair[1]]);
        self.pending = Some((sequence, u16::from_be_bytes([pair[2], pair[3]])));
        Some(sequence)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::write;
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let block = ReportBlock {
            ssrc: 9,
            fraction_lost: 12,
            total_lost: -3,
            highest: 70_000,
            jitter: 44,
            last_report: 5,
            delay: 6,
        };
        let mut bytes = Vec::new();
        write::sender_report(&mut bytes, 1, 0x0102_0304_0506_0708, 99, (10, 2000));
        write::receiver_report(&mut bytes, 2, &[block, block]);
        write::nack(&mut bytes, 2, 9, &[65_535, 0, 15, 16, 40]);
        write::pli(&mut bytes, 2, 7);
        write::description(&mut bytes, 2, "name");
        let all: Vec<_> = packets(&bytes).unwrap().collect();
        assert_eq!(all.len(), 5);
        assert!(matches!(
            all[0],
            Rtcp::SenderReport {
                ssrc: 1,
                ntp: 0x0102_0304_0506_0708,
                timestamp: 99,
                ..
            }
        ));
        let Rtcp::ReceiverReport { blocks } = all[1] else {
            panic!("{:?}", all[1])
        };
        assert_eq!(blocks.collect::<Vec<_>>(), [block, block]);
        let Rtcp::Nack { ssrc: 9, lost } = all[2] else {
            panic!("{:?}", all[2])
        };
        assert_eq!(lost.collect::<Vec<_>>(), [65_535, 0, 15, 16, 40]);
        assert_eq!(all[3], Rtcp::KeyframeRequest { ssrc: 7 });
        assert_eq!(all[4], Rtcp::Other);
    }

    #[test]
    fn a_wrong_length_is_malformed() {
        let mut bytes = Vec::new();
        write::pli(&mut bytes, 2, 7);
        assert!(packets(&bytes[..11]).is_none());
        assert!(packets(&[]).is_none());
        bytes[3] = 9;
        assert!(packets(&bytes).is_none());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            for packet in packets(&bytes).into_iter().flatten() {
                match packet {
                    Rtcp::SenderReport { blocks, .. } | Rtcp::ReceiverReport { blocks } => {
                        blocks.count();
                    }
                    Rtcp::Nack { lost, .. } => {
                        lost.count();
                    }
                    _ => {}
                }
            }
        }
    }
}
