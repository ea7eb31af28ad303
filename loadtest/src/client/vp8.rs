//! VP8 payloads as the load sends and reads them (RFC 7741): descriptor, frame tag, keyframes.

/// Length of the descriptor that [`write_descriptor`] writes, bytes.
pub const DESCRIPTOR: usize = 6;
/// Length of a keyframe's header (RFC 6386 §9.1), bytes.
const KEY_HEADER: usize = 10;

/// What a packet's descriptor says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Descriptor {
    /// First packet of a frame.
    pub start: bool,
    /// 15-bit picture id, if there.
    pub picture_id: Option<u16>,
    /// A keyframe begins here; only known with `start`.
    pub keyframe: bool,
    /// Length of the descriptor, bytes.
    pub len: usize,
}

/// Writes a descriptor with a 15-bit picture id, TL0PICIDX and temporal layer 0.
pub fn write_descriptor(out: &mut Vec<u8>, start: bool, picture_id: u16, tl0: u8) {
    out.push(0x80 | (u8::from(start) << 4));
    out.push(0x80 | 0x40 | 0x20);
    out.extend_from_slice(&(0x8000 | (picture_id & 0x7fff)).to_be_bytes());
    out.push(tl0);
    out.push(0);
}

/// Writes the frame's own header, which follows the descriptor of its first packet: 640×360.
pub fn write_frame_header(out: &mut Vec<u8>, keyframe: bool) {
    const SHOWN: u8 = 0x10;
    if keyframe {
        let header: [u8; KEY_HEADER] = [SHOWN, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01];
        out.extend_from_slice(&header);
    } else {
        out.extend_from_slice(&[SHOWN | 1, 0, 0]);
    }
}

/// Reads a payload's descriptor; `None` if it is cut off.
#[must_use]
pub fn parse(payload: &[u8]) -> Option<Descriptor> {
    let first = *payload.first()?;
    let mut len = 1;
    let mut picture_id = None;
    if first & 0x80 != 0 {
        let flags = *payload.get(len)?;
        len += 1;
        if flags & 0x80 != 0 {
            let byte = *payload.get(len)?;
            if byte & 0x80 != 0 {
                picture_id = Some(u16::from_be_bytes([byte & 0x7f, *payload.get(len + 1)?]));
                len += 2;
            } else {
                picture_id = Some(u16::from(byte));
                len += 1;
            }
        }
        len += usize::from(flags & 0x40 != 0);
        len += usize::from(flags & 0x30 != 0);
    }
    let start = first & 0x10 != 0 && first & 0x07 == 0;
    let tag = *payload.get(len)?;
    Some(Descriptor {
        start,
        picture_id,
        keyframe: start && tag & 1 == 0,
        len,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_descriptor_reads_as_it_was_written() {
        let mut payload = Vec::new();
        write_descriptor(&mut payload, true, 0x7abc, 3);
        assert_eq!(payload.len(), DESCRIPTOR);
        write_frame_header(&mut payload, true);
        let read = parse(&payload).unwrap();
        assert_eq!(read.picture_id, Some(0x7abc));
        assert!(read.start && read.keyframe);
        assert_eq!(read.len, DESCRIPTOR);
    }

    #[test]
    fn only_a_first_packet_can_begin_a_keyframe() {
        let mut payload = Vec::new();
        write_descriptor(&mut payload, false, 1, 0);
        payload.push(0);
        assert!(!parse(&payload).unwrap().keyframe);
        let mut payload = Vec::new();
        write_descriptor(&mut payload, true, 1, 0);
        write_frame_header(&mut payload, false);
        assert!(!parse(&payload).unwrap().keyframe);
    }

    #[test]
    fn a_cut_descriptor_is_none() {
        let mut payload = Vec::new();
        write_descriptor(&mut payload, true, 1, 0);
        for len in 0..=payload.len() {
            assert_eq!(parse(&payload[..len]), None);
        }
    }
}
