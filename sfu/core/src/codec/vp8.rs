//! VP8 payload descriptor (RFC 7741 §4.2): where a decoder can start, and the three counters that
//! must run on through a switch.

/// The counters of a descriptor; absent ones are `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Vp8Counters {
    /// Picture id, 7 or 15 bits.
    pub picture_id: Option<u16>,
    /// Index of the last base-layer picture.
    pub tl0_index: Option<u8>,
    /// Index of the last keyframe, 5 bits.
    pub key_index: Option<u8>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Descriptor {
    counters: Vp8Counters,
    wide: bool,
    picture_id_at: usize,
    tl0_at: usize,
    key_at: usize,
    length: usize,
}

fn read(payload: &[u8]) -> Option<Descriptor> {
    let mut found = Descriptor {
        length: 1,
        ..Descriptor::default()
    };
    if payload.first()? & 0x80 == 0 {
        return Some(found);
    }
    let flags = *payload.get(1)?;
    found.length = 2;
    if flags & 0x80 != 0 {
        found.picture_id_at = found.length;
        let first = *payload.get(found.length)?;
        found.wide = first & 0x80 != 0;
        found.length += 1;
        let mut id = u16::from(first & 0x7F);
        if found.wide {
            id = (id << 8) | u16::from(*payload.get(found.length)?);
            found.length += 1;
        }
        found.counters.picture_id = Some(id);
    }
    if flags & 0x40 != 0 {
        found.tl0_at = found.length;
        found.counters.tl0_index = Some(*payload.get(found.length)?);
        found.length += 1;
    }
    if flags & 0x30 != 0 {
        let byte = *payload.get(found.length)?;
        if flags & 0x10 != 0 {
            found.key_at = found.length;
            found.counters.key_index = Some(byte & 0x1F);
        }
        found.length += 1;
    }
    Some(found)
}

/// Whether the first partition of a keyframe begins in this packet.
pub(crate) fn is_keyframe_start(payload: &[u8]) -> bool {
    let Some(descriptor) = read(payload) else {
        return false;
    };
    let begins = payload[0] & 0x10 != 0 && payload[0] & 0x07 == 0;
    begins
        && payload
            .get(descriptor.length)
            .is_some_and(|first| first & 1 == 0)
}

/// The counters of a packet.
pub(crate) fn counters(payload: &[u8]) -> Vp8Counters {
    read(payload)
        .map(|descriptor| descriptor.counters)
        .unwrap_or_default()
}

/// What is added to each counter from one switch to the next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Vp8Shift {
    picture_id: u16,
    tl0_index: u8,
    key_index: u8,
}

impl Vp8Shift {
    /// The shift that lets a stream beginning with `first` continue behind `last`.
    pub fn between(last: Vp8Counters, first: Vp8Counters) -> Vp8Shift {
        let wide = |last: Option<u16>, first: Option<u16>| match (last, first) {
            (Some(last), Some(first)) => last.wrapping_add(1).wrapping_sub(first),
            _ => 0,
        };
        let narrow = |last: Option<u8>, first: Option<u8>| match (last, first) {
            (Some(last), Some(first)) => last.wrapping_add(1).wrapping_sub(first),
            _ => 0,
        };
        Vp8Shift {
            picture_id: wide(last.picture_id, first.picture_id),
            tl0_index: narrow(last.tl0_index, first.tl0_index),
            key_index: narrow(last.key_index, first.key_index),
        }
    }

    /// Rewrites the counters of a packet in place; returns what stands there now.
    pub fn apply(self, payload: &mut [u8]) -> Vp8Counters {
        let Some(descriptor) = read(payload) else {
            return Vp8Counters::default();
        };
        let mut counters = descriptor.counters;
        if let Some(id) = counters.picture_id.as_mut() {
            let at = descriptor.picture_id_at;
            *id = id.wrapping_add(self.picture_id) & if descriptor.wide { 0x7FFF } else { 0x7F };
            if descriptor.wide {
                payload[at..at + 2].copy_from_slice(&(*id | 0x8000).to_be_bytes());
            } else {
                payload[at] = *id as u8;
            }
        }
        if let Some(index) = counters.tl0_index.as_mut() {
            *index = index.wrapping_add(self.tl0_index);
            payload[descriptor.tl0_at] = *index;
        }
        if let Some(index) = counters.key_index.as_mut() {
            *index = index.wrapping_add(self.key_index) & 0x1F;
            let byte = &mut payload[descriptor.key_at];
            *byte = (*byte & 0xE0) | *index;
        }
        counters
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Extended descriptor with a 15-bit picture id, TL0PICIDX, TID and KEYIDX.
    fn packet(picture_id: u16, tl0: u8, key: u8, start: bool, keyframe: bool) -> Vec<u8> {
        let [high, low] = (picture_id | 0x8000).to_be_bytes();
        let first = 0x80 | (u8::from(start) << 4);
        vec![
            first,
            0xF0,
            high,
            low,
            tl0,
            0x40 | key,
            u8::from(!keyframe),
            9,
        ]
    }

    #[test]
    fn a_decoder_starts_at_the_first_partition_of_a_keyframe() {
        assert!(is_keyframe_start(&packet(5, 0, 0, true, true)));
        assert!(!is_keyframe_start(&packet(5, 0, 0, false, true)));
        assert!(!is_keyframe_start(&packet(5, 0, 0, true, false)));
        assert!(is_keyframe_start(&[0x10, 0x00]), "plain descriptor");
        assert!(!is_keyframe_start(&[0x11, 0x00]), "second partition");
        assert!(
            !is_keyframe_start(&[0x90, 0x80, 0x80]),
            "cut inside the picture id"
        );
        assert!(!is_keyframe_start(&[]));
    }

    #[test]
    fn counters_continue_behind_the_last_ones_and_wrap() {
        let last = counters(&packet(0x7FFF, 255, 31, true, false));
        let mut first = packet(77, 12, 4, true, true);
        let shift = Vp8Shift::between(last, counters(&first));
        let now = shift.apply(&mut first);
        let want = Vp8Counters {
            picture_id: Some(0),
            tl0_index: Some(0),
            key_index: Some(0),
        };
        assert_eq!((now, counters(&first)), (want, want));
        let mut next = packet(78, 13, 4, true, false);
        assert_eq!(shift.apply(&mut next).picture_id, Some(1));
        assert_eq!(next[5] & 0xE0, 0x40, "the temporal id stays");
    }

    #[test]
    fn a_short_picture_id_stays_short() {
        let mut payload = vec![0x90, 0x80, 0x7E, 0x01, 7];
        let last = Vp8Counters {
            picture_id: Some(300),
            ..Vp8Counters::default()
        };
        let shift = Vp8Shift::between(last, counters(&payload));
        assert_eq!(shift.apply(&mut payload).picture_id, Some(301 & 0x7F));
        assert_eq!(payload.len(), 5);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..20)) {
            is_keyframe_start(&bytes);
            let shift = Vp8Shift { picture_id: 3, tl0_index: 2, key_index: 1 };
            shift.apply(&mut bytes);
        }
    }
}
