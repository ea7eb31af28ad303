//! RTP header extensions (RFC 8285): the few that are agreed on.

use super::ExtensionIds;

/// Highest id of a one-byte header extension; 15 is reserved (RFC 8285 §4.2).
const MAX_ONE_BYTE_ID: u8 = 14;

/// The header extensions that an answer may contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extension {
    Mid,
    Rid,
    RepairedRid,
    AudioLevel,
    TransportCc,
    AbsSendTime,
}

impl Extension {
    pub(super) const ALL: [Self; 6] = [
        Self::AudioLevel,
        Self::AbsSendTime,
        Self::TransportCc,
        Self::Mid,
        Self::Rid,
        Self::RepairedRid,
    ];

    pub(super) fn uri(self) -> &'static str {
        match self {
            Self::Mid => "urn:ietf:params:rtp-hdrext:sdes:mid",
            Self::Rid => "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
            Self::RepairedRid => "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
            Self::AudioLevel => "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
            Self::TransportCc => {
                "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
            }
            Self::AbsSendTime => "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
        }
    }

    fn slot(self, ids: &mut ExtensionIds) -> &mut Option<u8> {
        match self {
            Self::Mid => &mut ids.mid,
            Self::Rid => &mut ids.rid,
            Self::RepairedRid => &mut ids.rrid,
            Self::AudioLevel => &mut ids.audio_level,
            Self::TransportCc => &mut ids.transport_cc,
            Self::AbsSendTime => &mut ids.abs_send_time,
        }
    }

    /// The id that was agreed for this extension.
    pub(super) fn id(self, ids: &ExtensionIds) -> Option<u8> {
        *self.slot(&mut { *ids })
    }
}

/// Reads one `a=extmap` value into `ids`. What is unknown or cannot be carried in a one-byte
/// header is left out: it is then not agreed.
pub(super) fn read_extmap(value: &str, ids: &mut ExtensionIds) {
    let mut words = value.split_ascii_whitespace();
    let (Some(id), Some(uri)) = (words.next(), words.next()) else {
        return;
    };
    // The direction after the slash does not matter: what is agreed is used where it fits.
    let id = id.split('/').next().unwrap_or(id);
    let Ok(id @ 1..=MAX_ONE_BYTE_ID) = id.parse::<u8>() else {
        return;
    };
    if let Some(known) = Extension::ALL.into_iter().find(|known| known.uri() == uri) {
        known.slot(ids).get_or_insert(id);
    }
}

/// What is agreed of an offered set. Transport-wide feedback is what the server gives;
/// abs-send-time is only of use where transport-cc is not on offer.
pub(super) fn agreed(offered: &ExtensionIds, sends: bool, transport_cc: bool) -> ExtensionIds {
    let transport_cc = offered.transport_cc.filter(|_| transport_cc);
    ExtensionIds {
        mid: offered.mid,
        rid: offered.rid.filter(|_| sends),
        rrid: offered.rrid.filter(|_| sends),
        audio_level: offered.audio_level,
        transport_cc,
        abs_send_time: offered.abs_send_time.filter(|_| transport_cc.is_none()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extmap_lines_with_and_without_direction_are_read() {
        let mut ids = ExtensionIds::default();
        read_extmap("4 urn:ietf:params:rtp-hdrext:sdes:mid", &mut ids);
        read_extmap(
            "9/sendonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
            &mut ids,
        );
        read_extmap("15 urn:ietf:params:rtp-hdrext:ssrc-audio-level", &mut ids);
        for broken in [
            "",
            "x",
            "x urn:ietf:params:rtp-hdrext:sdes:mid",
            "3",
            "3 urn:unknown",
        ] {
            read_extmap(broken, &mut ids);
        }
        let expected = ExtensionIds {
            mid: Some(4),
            rid: Some(9),
            ..ExtensionIds::default()
        };
        assert_eq!(ids, expected);
    }

    #[test]
    fn abs_send_time_is_left_out_beside_transport_cc() {
        let offered = ExtensionIds {
            transport_cc: Some(3),
            abs_send_time: Some(2),
            ..Default::default()
        };
        assert_eq!(agreed(&offered, true, true).abs_send_time, None);
        assert_eq!(agreed(&offered, true, false).transport_cc, None);
        assert_eq!(agreed(&offered, true, false).abs_send_time, Some(2));
    }
}
