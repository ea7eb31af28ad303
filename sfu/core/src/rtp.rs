//! RTP header: a view for reading, and a writer (RFC 3550 §5.1, RFC 8285).

use std::ops::Range;

/// Length of the fixed header.
pub(crate) const FIXED_HEADER: usize = 12;
/// The `0xBEDE` mark of one-byte extensions (RFC 8285 §4.2).
const ONE_BYTE: u16 = 0xBEDE;

/// The header of a packet; ranges point into the packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RtpHeader {
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    /// Profile word of the extension block, 0 without one.
    profile: u16,
    extensions: Range<usize>,
    /// The payload without padding; empty for a packet of padding alone.
    pub payload: Range<usize>,
}

/// Reads a decrypted packet's header. `None`: it is malformed.
pub(crate) fn read_header(packet: &[u8]) -> Option<RtpHeader> {
    let fixed: &[u8; FIXED_HEADER] = packet.first_chunk()?;
    if fixed[0] >> 6 != 2 {
        return None;
    }
    let mut end = FIXED_HEADER + 4 * usize::from(fixed[0] & 0x0F);
    let mut profile = 0;
    let mut extensions = 0..0;
    if fixed[0] & 0x10 != 0 {
        let head: &[u8; 4] = packet.get(end..)?.first_chunk()?;
        profile = u16::from_be_bytes([head[0], head[1]]);
        let start = end + 4;
        end = start + 4 * usize::from(u16::from_be_bytes([head[2], head[3]]));
        extensions = start..end;
    }
    let padding = match fixed[0] & 0x20 {
        0 => 0,
        _ => usize::from(*packet.last()?).max(1),
    };
    let payload_end = packet.len().checked_sub(padding)?;
    if end > payload_end {
        return None;
    }
    Some(RtpHeader {
        marker: fixed[1] & 0x80 != 0,
        payload_type: fixed[1] & 0x7F,
        sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
        timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
        ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
        profile,
        extensions,
        payload: end..payload_end,
    })
}

/// What an extension id means to one peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExtensionKind {
    Mid,
    Rid,
    RepairedRid,
    AudioLevel,
    TransportCc,
}

/// The meaning of ids 1–15 of one peer; ids are the same in all media sections of a bundle.
#[derive(Debug, Clone, Default)]
pub(crate) struct ExtensionTable {
    kinds: [Option<ExtensionKind>; 16],
}

impl ExtensionTable {
    /// Says what an id means; ids past 15 are not used by browsers and are ignored.
    pub fn set(&mut self, id: Option<u8>, kind: ExtensionKind) {
        if let Some(place) = id.and_then(|id| self.kinds.get_mut(usize::from(id))) {
            *place = Some(kind);
        }
    }

    fn kind(&self, id: u8) -> Option<ExtensionKind> {
        self.kinds.get(usize::from(id)).copied().flatten()
    }
}

/// The extensions of one packet that matter here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Extensions<'a> {
    pub mid: Option<&'a [u8]>,
    pub rid: Option<&'a [u8]>,
    pub repaired_rid: Option<&'a [u8]>,
    pub audio_level: Option<u8>,
    pub transport_cc: Option<u16>,
}

impl<'a> Extensions<'a> {
    fn note(&mut self, kind: Option<ExtensionKind>, data: &'a [u8]) {
        match kind {
            Some(ExtensionKind::Mid) => self.mid = Some(data),
            Some(ExtensionKind::Rid) => self.rid = Some(data),
            Some(ExtensionKind::RepairedRid) => self.repaired_rid = Some(data),
            Some(ExtensionKind::AudioLevel) => self.audio_level = data.first().copied(),
            Some(ExtensionKind::TransportCc) => {
                self.transport_cc = data.first_chunk().map(|bytes| u16::from_be_bytes(*bytes));
            }
            None => {}
        }
    }
}

impl RtpHeader {
    /// Reads the extensions; a malformed block ends the reading where it breaks.
    pub fn extensions<'a>(&self, packet: &'a [u8], table: &ExtensionTable) -> Extensions<'a> {
        let mut found = Extensions::default();
        let mut rest = packet.get(self.extensions.clone()).unwrap_or_default();
        let two_byte = self.profile & 0xFFF0 == 0x1000;
        if !two_byte && self.profile != ONE_BYTE {
            return found;
        }
        while let [first, after @ ..] = rest {
            if *first == 0 {
                rest = after;
                continue;
            }
            let (id, length, data) = match (two_byte, after) {
                (false, _) if first >> 4 == 15 => break,
                (false, data) => (first >> 4, usize::from(first & 0x0F) + 1, data),
                (true, [length, data @ ..]) => (*first, usize::from(*length), data),
                (true, []) => break,
            };
            let Some((data, behind)) = data.split_at_checked(length) else {
                break;
            };
            found.note(table.kind(id), data);
            rest = behind;
        }
        found
    }
}

/// The fields of a header to write.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewHeader<'a> {
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    /// (id, value) of the `mid` extension.
    pub mid: Option<(u8, &'a [u8])>,
    /// (id, value) of the audio level extension.
    pub audio_level: Option<(u8, u8)>,
}

impl NewHeader<'_> {
    /// Appends the header; returns its length.
    pub fn write(&self, out: &mut Vec<u8>) -> usize {
        let start = out.len();
        let extended = self.mid.is_some() || self.audio_level.is_some();
        let mut fixed = [0; FIXED_HEADER];
        fixed[0] = 0x80 | (u8::from(extended) << 4);
        fixed[1] = (u8::from(self.marker) << 7) | (self.payload_type & 0x7F);
        fixed[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        fixed[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        fixed[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
        out.extend_from_slice(&fixed);
        if extended {
            self.write_extensions(out);
        }
        out.len() - start
    }

    fn write_extensions(&self, out: &mut Vec<u8>) {
        let head = out.len();
        out.extend_from_slice(&[0xBE, 0xDE, 0, 0]);
        if let Some((id, value)) = self
            .mid
            .filter(|(_, value)| (1..=16).contains(&value.len()))
        {
            out.push((id << 4) | (value.len() as u8 - 1));
            out.extend_from_slice(value);
        }
        if let Some((id, level)) = self.audio_level {
            out.extend_from_slice(&[id << 4, level]);
        }
        while !(out.len() - head).is_multiple_of(4) {
            out.push(0);
        }
        let words = ((out.len() - head) / 4 - 1) as u16;
        out[head + 2..head + 4].copy_from_slice(&words.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table() -> ExtensionTable {
        let mut table = ExtensionTable::default();
        table.set(Some(4), ExtensionKind::Mid);
        table.set(Some(1), ExtensionKind::AudioLevel);
        table.set(Some(3), ExtensionKind::TransportCc);
        table.set(Some(10), ExtensionKind::Rid);
        table.set(Some(200), ExtensionKind::RepairedRid);
        table
    }

    #[test]
    fn what_is_written_is_read() {
        let header = NewHeader {
            marker: true,
            payload_type: 96,
            sequence: 65_535,
            timestamp: 7,
            ssrc: 0xDEAD_BEEF,
            mid: Some((4, b"12")),
            audio_level: Some((1, 0x85)),
        };
        let mut packet = Vec::new();
        let length = header.write(&mut packet);
        packet.extend_from_slice(b"payload");
        let read = read_header(&packet).unwrap();
        assert_eq!(read.payload, length..length + 7);
        assert_eq!(
            (read.marker, read.payload_type, read.sequence),
            (true, 96, 65_535)
        );
        assert_eq!((read.timestamp, read.ssrc), (7, 0xDEAD_BEEF));
        let extensions = read.extensions(&packet, &table());
        assert_eq!(extensions.mid, Some(&b"12"[..]));
        assert_eq!(extensions.audio_level, Some(0x85));
    }

    #[test]
    fn reads_two_byte_extensions_and_padding() {
        let mut packet = vec![0xB0, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
        packet.extend_from_slice(&[0x10, 0x00, 0, 2, 3, 2, 0x12, 0x34, 0, 10, 1, b'h']);
        packet.extend_from_slice(&[9, 9, 0, 0, 3]);
        let header = read_header(&packet).unwrap();
        assert_eq!(&packet[header.payload.clone()], [9, 9]);
        let extensions = header.extensions(&packet, &table());
        assert_eq!(extensions.transport_cc, Some(0x1234));
        assert_eq!(extensions.rid, Some(&b"h"[..]));
    }

    #[test]
    fn refuses_what_is_cut_or_padded_past_its_start() {
        let good = vec![
            0xB0, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xBE, 0xDE, 0, 1, 0, 0, 0, 0, 1,
        ];
        assert!(read_header(&good).is_some());
        assert!((0..good.len()).all(|n| read_header(&good[..n]).is_none() || n >= 20));
        let mut padded = good;
        *padded.last_mut().unwrap() = 200;
        assert_eq!(read_header(&padded), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Some(header) = read_header(&bytes) {
                header.extensions(&bytes, &table());
                prop_assert!(header.payload.end <= bytes.len());
            }
        }
    }
}
