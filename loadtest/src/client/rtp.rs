//! RTP packets as the load sends and reads them (RFC 3550), with one-byte header extensions
//! (RFC 8285), and the trailer by which a packet is followed through the server.

/// Profile of the one-byte header extension.
const ONE_BYTE: u16 = 0xBEDE;
/// Bytes of [`Trailer`] on the wire.
pub const TRAILER: usize = 24;
/// First bytes of a trailer.
const MAGIC: [u8; 4] = *b"PHLT";

/// What stands in an RTP header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Marker bit.
    pub marker: bool,
    /// Payload type.
    pub payload_type: u8,
    /// Sequence number.
    pub seq: u16,
    /// Timestamp, in the codec's clock.
    pub timestamp: u32,
    /// Synchronisation source.
    pub ssrc: u32,
    /// Length of the whole header with CSRCs and extensions, bytes.
    pub len: usize,
    /// Where the extension elements stand, from and to; equal if there are none.
    pub extensions: (usize, usize),
}

impl Header {
    /// Reads the header; `None` if the packet is no RTP packet or too short.
    #[must_use]
    pub fn parse(packet: &[u8]) -> Option<Header> {
        if packet.len() < 12 || packet[0] >> 6 != 2 {
            return None;
        }
        let mut len = 12 + 4 * usize::from(packet[0] & 0x0f);
        let mut extensions = (len, len);
        if packet[0] & 0x10 != 0 {
            let head = packet.get(len..len + 4)?;
            let words = usize::from(u16::from_be_bytes([head[2], head[3]]));
            let profile = u16::from_be_bytes([head[0], head[1]]);
            len += 4;
            extensions = (
                len,
                if profile == ONE_BYTE {
                    len + 4 * words
                } else {
                    len
                },
            );
            len += 4 * words;
        }
        (packet.len() >= len).then(|| Header {
            marker: packet[1] & 0x80 != 0,
            payload_type: packet[1] & 0x7f,
            seq: u16::from_be_bytes([packet[2], packet[3]]),
            timestamp: read_u32(packet, 4),
            ssrc: read_u32(packet, 8),
            len,
            extensions,
        })
    }

    /// The value of the one-byte extension `id`, if the packet has it.
    #[must_use]
    pub fn extension<'a>(&self, packet: &'a [u8], id: u8) -> Option<&'a [u8]> {
        let (mut at, end) = self.extensions;
        while at < end {
            let byte = *packet.get(at)?;
            if byte == 0 {
                at += 1;
                continue;
            }
            let len = usize::from(byte & 0x0f) + 1;
            if byte >> 4 == id {
                return packet.get(at + 1..at + 1 + len);
            }
            at += 1 + len;
        }
        None
    }
}

/// What a packet to be written carries in its header.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// Marker bit.
    pub marker: bool,
    /// Payload type.
    pub payload_type: u8,
    /// Sequence number.
    pub seq: u16,
    /// Timestamp, in the codec's clock.
    pub timestamp: u32,
    /// Synchronisation source.
    pub ssrc: u32,
    /// Header extensions: id and value of 1 to 16 bytes.
    pub extensions: &'a [(u8, &'a [u8])],
}

/// Writes a header into the empty `out` and gives its length.
pub fn write_header(out: &mut Vec<u8>, head: &Head<'_>) -> usize {
    let extended = !head.extensions.is_empty();
    out.push(0x80 | (u8::from(extended) << 4));
    out.push(head.payload_type | (u8::from(head.marker) << 7));
    out.extend_from_slice(&head.seq.to_be_bytes());
    out.extend_from_slice(&head.timestamp.to_be_bytes());
    out.extend_from_slice(&head.ssrc.to_be_bytes());
    if extended {
        out.extend_from_slice(&ONE_BYTE.to_be_bytes());
        out.extend_from_slice(&[0, 0]);
        let from = out.len();
        for (id, value) in head.extensions {
            out.push((id << 4) | ((value.len() - 1) as u8 & 0x0f));
            out.extend_from_slice(value);
        }
        while !(out.len() - from).is_multiple_of(4) {
            out.push(0);
        }
        let words = ((out.len() - from) / 4) as u16;
        out[from - 2..from].copy_from_slice(&words.to_be_bytes());
    }
    out.len()
}

/// The last bytes of each payload: who sent it, which packet of that stream it is, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trailer {
    /// Number of the publisher's stream in this run.
    pub stream: u32,
    /// Number of the packet in the stream, from 0; a retransmission keeps it.
    pub number: u64,
    /// When it was handed to the socket for the first time, nanoseconds since 1970.
    pub sent_ns: i64,
}

impl Trailer {
    /// Writes the trailer over the last bytes of `payload`.
    pub fn write(&self, payload: &mut [u8]) {
        let at = payload.len() - TRAILER;
        payload[at..at + 4].copy_from_slice(&MAGIC);
        payload[at + 4..at + 8].copy_from_slice(&self.stream.to_be_bytes());
        payload[at + 8..at + 16].copy_from_slice(&self.number.to_be_bytes());
        payload[at + 16..].copy_from_slice(&self.sent_ns.to_be_bytes());
    }

    /// Reads a trailer; `None` if the payload carries none.
    #[must_use]
    pub fn read(payload: &[u8]) -> Option<Trailer> {
        let tail = payload.get(payload.len().checked_sub(TRAILER)?..)?;
        let number = u64::from_be_bytes(tail[8..16].try_into().ok()?);
        let sent_ns = i64::from_be_bytes(tail[16..24].try_into().ok()?);
        (tail[..4] == MAGIC).then(|| Trailer {
            stream: read_u32(tail, 4),
            number,
            sent_ns,
        })
    }
}

/// Reads a big-endian word.
#[must_use]
pub fn read_u32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// RTP or RTCP, told apart by the payload type (RFC 5761 §4).
#[must_use]
pub fn is_rtcp(packet: &[u8]) -> bool {
    packet.len() > 1 && (192..=223).contains(&packet[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_reads_as_it_was_written() {
        let mut packet = Vec::new();
        let head = Head {
            marker: true,
            payload_type: 96,
            seq: 65_535,
            timestamp: 7,
            ssrc: 0xdead_beef,
            extensions: &[(3, &[1, 2]), (1, &[9])],
        };
        let len = write_header(&mut packet, &head);
        packet.extend_from_slice(b"payload");
        let read = Header::parse(&packet).unwrap();
        assert_eq!(
            (read.len, read.seq, read.marker, read.ssrc),
            (len, 65_535, true, 0xdead_beef)
        );
        assert_eq!(read.extension(&packet, 3), Some(&[1u8, 2][..]));
        assert_eq!(read.extension(&packet, 1), Some(&[9u8][..]));
        assert_eq!(read.extension(&packet, 5), None);
        assert_eq!(&packet[read.len..], b"payload");
    }

    #[test]
    fn cut_and_foreign_packets_are_no_rtp() {
        let mut packet = Vec::new();
        write_header(
            &mut packet,
            &Head {
                marker: false,
                payload_type: 111,
                seq: 1,
                timestamp: 1,
                ssrc: 1,
                extensions: &[(3, &[1, 2])],
            },
        );
        for len in 0..packet.len() {
            assert_eq!(Header::parse(&packet[..len]), None);
        }
        assert_eq!(Header::parse(&[0; 40]), None);
    }

    #[test]
    fn a_trailer_reads_as_it_was_written() {
        let trailer = Trailer {
            stream: 9,
            number: 1 << 40,
            sent_ns: 1_700_000_000_000_000_000,
        };
        let mut payload = [0u8; 60];
        trailer.write(&mut payload);
        assert_eq!(Trailer::read(&payload), Some(trailer));
        assert_eq!(Trailer::read(&payload[..59]), None);
        assert_eq!(Trailer::read(&[]), None);
    }
}
