//! Which protocol a datagram belongs to, by its first bytes (RFC 7983, RFC 5761).

/// The protocols that share one port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PacketKind {
    /// First byte 0–3.
    Stun,
    /// First byte 20–63.
    Dtls,
    /// First byte 128–191, and the second byte is not an RTCP packet type.
    Rtp,
    /// First byte 128–191, second byte 192–223 (RFC 5761 §4).
    Rtcp,
    /// Anything else: dropped.
    Unknown,
}

/// Tells the protocols on one port apart without reading more than two bytes.
#[must_use]
pub fn classify(datagram: &[u8]) -> PacketKind {
    match datagram {
        [0..=3, ..] => PacketKind::Stun,
        [20..=63, ..] => PacketKind::Dtls,
        [128..=191, 192..=223, ..] => PacketKind::Rtcp,
        [128..=191, _, ..] => PacketKind::Rtp,
        _ => PacketKind::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_the_protocol() {
        let table: [(&[u8], PacketKind); 10] = [
            (&[], PacketKind::Unknown),
            (&[0, 1], PacketKind::Stun),
            (&[3], PacketKind::Stun),
            (&[4, 0], PacketKind::Unknown),
            (&[22, 254], PacketKind::Dtls),
            (&[64, 0], PacketKind::Unknown),
            (&[128, 96], PacketKind::Rtp),
            (&[144, 224], PacketKind::Rtp),
            (&[128, 200], PacketKind::Rtcp),
            (&[192, 200], PacketKind::Unknown),
        ];
        for (datagram, kind) in table {
            assert_eq!(classify(datagram), kind, "{datagram:?}");
        }
    }
}
