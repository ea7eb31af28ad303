//! The few header fields that protection needs.

use super::SrtpError;

/// Length of an RTP header without CSRCs and extension.
const RTP_FIXED_HEADER: usize = 12;
/// The part of a compound RTCP packet that stays plain: first header and SSRC.
pub(super) const RTCP_HEADER: usize = 8;

/// What the header of an RTP packet says about its protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RtpFields {
    pub(super) header_length: usize,
    pub(super) sequence: u16,
    pub(super) ssrc: u32,
}

/// Reads an RTP header (RFC 3550 §5.1): length with CSRCs and extension, sequence number, SSRC.
pub(super) fn rtp_fields(packet: &[u8]) -> Result<RtpFields, SrtpError> {
    let fixed = packet
        .first_chunk::<RTP_FIXED_HEADER>()
        .ok_or(SrtpError::Malformed)?;
    if fixed[0] >> 6 != 2 {
        return Err(SrtpError::Malformed);
    }
    let mut header_length = RTP_FIXED_HEADER + 4 * usize::from(fixed[0] & 0x0F);
    if fixed[0] & 0x10 != 0 {
        let extension = packet
            .get(header_length..)
            .and_then(|rest| rest.first_chunk::<4>());
        let extension = extension.ok_or(SrtpError::Malformed)?;
        header_length += 4 + 4 * usize::from(u16::from_be_bytes([extension[2], extension[3]]));
    }
    if header_length > packet.len() {
        return Err(SrtpError::Malformed);
    }
    Ok(RtpFields {
        header_length,
        sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
        ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
    })
}

/// Reads the sender's SSRC of a compound RTCP packet (RFC 3550 §6.4).
pub(super) fn rtcp_ssrc(packet: &[u8]) -> Result<u32, SrtpError> {
    match packet.first_chunk::<RTCP_HEADER>() {
        Some(header) if header[0] >> 6 == 2 => Ok(u32::from_be_bytes([
            header[4], header[5], header[6], header[7],
        ])),
        _ => Err(SrtpError::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_length_counts_sources_and_extension() {
        let mut packet = vec![0x80, 96, 0x12, 0x34, 0, 0, 0, 0, 1, 2, 3, 4];
        let plain = RtpFields {
            header_length: 12,
            sequence: 0x1234,
            ssrc: 0x0102_0304,
        };
        assert_eq!(rtp_fields(&packet), Ok(plain));
        packet[0] = 0x91;
        packet.extend([9, 9, 9, 9, 0xBE, 0xDE, 0, 1, 0x10, 7, 0, 0]);
        assert_eq!(
            rtp_fields(&packet).map(|fields| fields.header_length),
            Ok(24)
        );
    }

    #[test]
    fn headers_that_do_not_add_up_are_refused() {
        let whole = [
            0x91, 96, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4, 9, 9, 9, 9, 0xBE, 0xDE, 0, 1,
        ];
        for length in 0..=whole.len() {
            assert_eq!(
                rtp_fields(&whole[..length]),
                Err(SrtpError::Malformed),
                "{length}"
            );
        }
        assert_eq!(rtp_fields(&[0x40; 12]), Err(SrtpError::Malformed));
        assert_eq!(rtcp_ssrc(&[0x80; 7]), Err(SrtpError::Malformed));
        assert_eq!(rtcp_ssrc(&[0xC0; 8]), Err(SrtpError::Malformed));
    }
}
