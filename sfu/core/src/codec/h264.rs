//! H.264 payloads (RFC 6184): only where a decoder can start.

const IDR: u8 = 5;
const SPS: u8 = 7;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;

/// Whether a sequence parameter set or the first piece of an IDR slice begins in this packet.
pub(crate) fn is_keyframe_start(payload: &[u8]) -> bool {
    let Some(first) = payload.first() else {
        return false;
    };
    match first & 0x1F {
        IDR | SPS => true,
        STAP_A => stap_units(&payload[1..]).any(|kind| kind == IDR || kind == SPS),
        FU_A => payload.get(1).is_some_and(|header| {
            header & 0x80 != 0 && (header & 0x1F == IDR || header & 0x1F == SPS)
        }),
        _ => false,
    }
}

/// The unit types inside an aggregation packet.
fn stap_units(mut rest: &[u8]) -> impl Iterator<Item = u8> + '_ {
    std::iter::from_fn(move || {
        let (size, behind) = rest.split_first_chunk::<2>()?;
        let (unit, behind) = behind.split_at_checked(usize::from(u16::from_be_bytes(*size)))?;
        rest = behind;
        Some(unit.first().map_or(0, |first| first & 0x1F))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_decoder_starts_at_parameter_sets_or_an_idr() {
        let table: [(&[u8], bool, &str); 9] = [
            (&[], false, "empty"),
            (&[0x67, 0x42], true, "SPS"),
            (&[0x68, 0xCE], false, "PPS alone"),
            (&[0x65, 0x88], true, "IDR"),
            (&[0x41, 0x9A], false, "P slice"),
            (
                &[0x78, 0, 2, 0x67, 0x42, 0, 2, 0x68, 0xCE],
                true,
                "STAP-A with SPS",
            ),
            (
                &[0x78, 0, 2, 0x41, 0x42, 0, 9, 0x65],
                false,
                "STAP-A cut before its IDR",
            ),
            (&[0x7C, 0x85, 1], true, "FU-A, first piece of an IDR"),
            (&[0x7C, 0x45, 1], false, "FU-A, last piece of an IDR"),
        ];
        for (payload, starts, name) in table {
            assert_eq!(is_keyframe_start(payload), starts, "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            is_keyframe_start(&bytes);
        }
    }
}
