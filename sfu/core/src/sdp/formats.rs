//! Payload formats of one m-line: `a=rtpmap`, `a=fmtp`, `a=rtcp-fb`.

use std::collections::BTreeMap;

use super::{Codec, CodecKind};

/// What the attributes say about one payload type.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Format {
    /// Encoding name in lower case.
    name: String,
    clock_rate: u32,
    /// The part after the clock rate: channels of audio.
    channels: String,
    /// The `a=fmtp` value.
    parameters: String,
    nack: bool,
    pli: bool,
    transport_cc: bool,
}

/// All payload types of an m-line, in the order of the m-line.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Formats {
    order: Vec<u8>,
    by_pt: BTreeMap<u8, Format>,
}

/// Which video formats come first in an answer.
const VIDEO_ORDER: [fn(&CodecKind) -> bool; 4] = [
    |kind| matches!(kind, CodecKind::Vp8),
    |kind| matches!(kind, CodecKind::H264 { .. }),
    |kind| matches!(kind, CodecKind::Vp9),
    |kind| matches!(kind, CodecKind::Av1),
];
/// Which audio formats come first.
const AUDIO_ORDER: [fn(&CodecKind) -> bool; 2] = [
    |kind| matches!(kind, CodecKind::Opus),
    |kind| matches!(kind, CodecKind::Red),
];

impl Formats {
    /// The payload types of the m-line itself.
    pub(super) fn new(payload_types: impl Iterator<Item = u8>) -> Self {
        let order: Vec<u8> = payload_types.filter(|pt| *pt < 128).collect();
        let by_pt = order.iter().map(|pt| (*pt, Format::default())).collect();
        Self { order, by_pt }
    }

    /// `a=rtpmap:<pt> <name>/<clock>[/<channels>]`
    pub(super) fn read_rtpmap(&mut self, value: &str) {
        let Some((format, encoding)) = self.format_of(value) else {
            return;
        };
        let mut parts = encoding.trim().splitn(3, '/');
        format.name = parts.next().unwrap_or_default().to_ascii_lowercase();
        format.clock_rate = parts
            .next()
            .and_then(|clock| clock.parse().ok())
            .unwrap_or(0);
        format.channels = parts.next().unwrap_or_default().to_owned();
    }

    /// `a=fmtp:<pt> <parameters>`
    pub(super) fn read_fmtp(&mut self, value: &str) {
        if let Some((format, parameters)) = self.format_of(value) {
            format.parameters = parameters.trim().to_owned();
        }
    }

    /// `a=rtcp-fb:<pt or *> <kind>`
    pub(super) fn read_feedback(&mut self, value: &str) {
        let Some((pt, kind)) = value.split_once(' ') else {
            return;
        };
        let pt = pt.parse::<u8>().ok();
        for (_, format) in self
            .by_pt
            .iter_mut()
            .filter(|(known, _)| pt.is_none_or(|pt| pt == **known))
        {
            match kind.trim() {
                "nack" => format.nack = true,
                "nack pli" => format.pli = true,
                "transport-cc" => format.transport_cc = true,
                _ => {}
            }
        }
    }

    fn format_of<'v>(&mut self, value: &'v str) -> Option<(&mut Format, &'v str)> {
        let (pt, rest) = value.split_once(' ')?;
        Some((self.by_pt.get_mut(&pt.parse().ok()?)?, rest))
    }

    /// The codecs that are accepted, preferred first, at most one of each kind.
    pub(super) fn accepted(&self) -> Vec<Codec> {
        let offered: Vec<Codec> = self.order.iter().filter_map(|pt| self.codec(*pt)).collect();
        let orders = AUDIO_ORDER.iter().chain(VIDEO_ORDER.iter());
        let mut accepted: Vec<Codec> = orders
            .filter_map(|is_kind| {
                let of_kind = offered.iter().filter(|codec| is_kind(&codec.kind));
                of_kind.min_by_key(|codec| rank(codec.kind)).copied()
            })
            .collect();
        // Redundancy is only of use around the Opus payload type that is accepted.
        let opus = accepted
            .iter()
            .find(|codec| codec.kind == CodecKind::Opus)
            .map(|c| c.pt);
        accepted.retain(|codec| {
            codec.kind != CodecKind::Red
                || opus.is_some_and(|pt| {
                    let parameters = self.parameters(codec.pt);
                    parameters.split('/').all(|inner| inner.parse() == Ok(pt))
                })
        });
        accepted
    }

    /// The `a=fmtp` value of a payload type; empty if there is none.
    pub(super) fn parameters(&self, pt: u8) -> &str {
        self.by_pt.get(&pt).map_or("", |format| &format.parameters)
    }

    /// The first payload type of the offer: a refused m-line has to name one.
    pub(super) fn first(&self) -> u8 {
        self.order.first().copied().unwrap_or(0)
    }

    fn codec(&self, pt: u8) -> Option<Codec> {
        let format = self.by_pt.get(&pt)?;
        let kind = match (format.name.as_str(), format.clock_rate) {
            ("opus", 48_000) if format.channels == "2" => CodecKind::Opus,
            ("red", 48_000) => CodecKind::Red,
            ("vp8", 90_000) => CodecKind::Vp8,
            ("h264", 90_000) => h264(format)?,
            ("vp9", 90_000) if matches!(format.parameter("profile-id"), None | Some("0")) => {
                CodecKind::Vp9
            }
            ("av1", 90_000) if matches!(format.parameter("profile"), None | Some("0")) => {
                CodecKind::Av1
            }
            _ => return None,
        };
        Some(Codec {
            kind,
            pt,
            rtx_pt: self.rtx_of(pt),
            clock_rate: format.clock_rate,
            nack: format.nack,
            pli: format.pli,
            transport_cc: format.transport_cc,
        })
    }

    /// The payload type of retransmissions of `pt` (RFC 4588 §8.6).
    fn rtx_of(&self, pt: u8) -> Option<u8> {
        let is_rtx = |format: &Format| {
            format.name == "rtx"
                && format
                    .parameter("apt")
                    .is_some_and(|apt| apt.parse() == Ok(pt))
        };
        self.by_pt
            .iter()
            .find(|(_, format)| is_rtx(format))
            .map(|(rtx, _)| *rtx)
    }
}

impl Format {
    /// One parameter of the `a=fmtp` value.
    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.split(';').find_map(|parameter| {
            let (key, value) = parameter.trim().split_once('=')?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

/// H.264 in the profiles that every browser decodes: baseline and constrained baseline. Without
/// parameters RFC 6184 §8.1 says baseline, level 1, single NAL unit mode.
fn h264(format: &Format) -> Option<CodecKind> {
    let profile_level_id = match format.parameter("profile-level-id") {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => 0x42_000A,
    };
    let packetization_mode = match format.parameter("packetization-mode") {
        Some(mode) => mode.parse().ok()?,
        None => 0,
    };
    let is_accepted = profile_level_id >> 16 == 0x42 && packetization_mode <= 1;
    is_accepted.then_some(CodecKind::H264 {
        profile_level_id,
        packetization_mode,
    })
}

/// Among several H.264 formats: packetization mode 1 first, then the constrained profile.
fn rank(kind: CodecKind) -> u8 {
    match kind {
        CodecKind::H264 {
            profile_level_id,
            packetization_mode,
        } => {
            let is_constrained = profile_level_id & 0x00_4000 != 0;
            2 * u8::from(packetization_mode != 1) + u8::from(!is_constrained)
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn video(lines: &[&str], payload_types: &[u8]) -> Formats {
        let mut formats = Formats::new(payload_types.iter().copied());
        for line in lines {
            match line.split_once(':').unwrap() {
                ("rtpmap", value) => formats.read_rtpmap(value),
                ("fmtp", value) => formats.read_fmtp(value),
                ("rtcp-fb", value) => formats.read_feedback(value),
                (other, _) => panic!("{other}"),
            }
        }
        formats
    }

    #[test]
    fn vp8_is_first_whatever_the_offer_prefers() {
        let formats = video(
            &[
                "rtpmap:98 VP9/90000",
                "rtpmap:102 H264/90000",
                "fmtp:102 packetization-mode=0;profile-level-id=42e01f",
                "rtpmap:104 H264/90000",
                "fmtp:104 profile-level-id=42001f;packetization-mode=1",
                "rtpmap:108 H264/90000",
                "fmtp:108 profile-level-id=42e01f;packetization-mode=1",
                "rtpmap:116 H264/90000",
                "fmtp:116 profile-level-id=4d001f;packetization-mode=1",
                "rtpmap:96 VP8/90000",
                "rtpmap:97 rtx/90000",
                "fmtp:97 apt=96",
                "rtcp-fb:* nack",
                "rtcp-fb:96 nack pli",
            ],
            &[98, 102, 104, 108, 116, 96, 97],
        );
        let accepted = formats.accepted();
        let order: Vec<u8> = accepted.iter().map(|codec| codec.pt).collect();
        assert_eq!(order, [96, 108, 98]);
        assert_eq!(accepted[0].rtx_pt, Some(97));
        assert!(accepted[0].nack && accepted[0].pli && accepted[1].nack && !accepted[1].pli);
    }

    #[test]
    fn red_counts_only_around_the_accepted_opus() {
        let lines = [
            "rtpmap:111 opus/48000/2",
            "rtpmap:63 red/48000/2",
            "fmtp:63 111/111",
        ];
        let kinds = |formats: &Formats| -> Vec<CodecKind> {
            formats.accepted().iter().map(|codec| codec.kind).collect()
        };
        assert_eq!(
            kinds(&video(&lines, &[111, 63])),
            [CodecKind::Opus, CodecKind::Red]
        );
        let other = [
            "rtpmap:111 opus/48000/2",
            "rtpmap:63 red/48000/2",
            "fmtp:63 8/8",
        ];
        assert_eq!(kinds(&video(&other, &[111, 63])), [CodecKind::Opus]);
    }

    #[test]
    fn attributes_of_unknown_payload_types_are_ignored() {
        let formats = video(
            &[
                "rtpmap:96 VP8/90000",
                "rtpmap:300 VP8/90000",
                "rtpmap:x y",
                "fmtp:97",
                "rtcp-fb:9",
            ],
            &[97],
        );
        assert!(formats.accepted().is_empty());
    }
}
