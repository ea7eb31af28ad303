//! The client's offer, shaped like a browser's: microphone, camera and screen to send, four
//! audio and four video slots to receive, all in one bundle; and what it needs of the answer.

use std::fmt::Write as _;
use std::net::SocketAddr;

use anyhow::{Context, Result, bail};

/// Receive slots per kind.
pub const SLOTS: usize = 4;
/// Payload types of the offer.
pub const OPUS: u8 = 111;
/// VP8.
pub const VP8: u8 = 96;
/// RTX of VP8.
pub const VP8_RTX: u8 = 97;
/// Header extension ids of the offer: ssrc-audio-level.
pub const EXT_LEVEL: u8 = 1;
/// transport-cc.
pub const EXT_TRANSPORT_CC: u8 = 3;
/// mid.
pub const EXT_MID: u8 = 4;

const URI_LEVEL: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
const URI_TRANSPORT_CC: &str =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
const URI_MID: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";

/// What an offer is made of.
#[derive(Debug, Clone)]
pub struct OfferParts {
    /// ICE user name fragment.
    pub ufrag: String,
    /// ICE password.
    pub password: String,
    /// SHA-256 of the client's certificate, in the notation of SDP.
    pub fingerprint: String,
    /// SSRC of the microphone.
    pub microphone: u32,
    /// SSRCs of the camera: media and RTX.
    pub camera: (u32, u32),
    /// SSRCs of the screen: media and RTX.
    pub screen: (u32, u32),
}

/// Writes the offer.
#[must_use]
pub fn write_offer(parts: &OfferParts) -> String {
    let mids: Vec<String> = (0..3 + 2 * SLOTS).map(|mid| mid.to_string()).collect();
    let mut out = String::with_capacity(12 * 1024);
    line(&mut out, "v=0");
    line(
        &mut out,
        &format!(
            "o=- {} 2 IN IP4 127.0.0.1",
            u64::from(parts.microphone) << 20
        ),
    );
    line(&mut out, "s=-");
    line(&mut out, "t=0 0");
    line(&mut out, &format!("a=group:BUNDLE {}", mids.join(" ")));
    line(&mut out, "a=extmap-allow-mixed");
    line(&mut out, "a=msid-semantic: WMS load");
    for (index, mid) in mids.iter().enumerate() {
        let audio = index == 0 || (3..3 + SLOTS).contains(&index);
        section(&mut out, parts, mid, audio);
        match index {
            0 => source(&mut out, parts.microphone, None),
            1 => source(&mut out, parts.camera.0, Some(parts.camera.1)),
            2 => source(&mut out, parts.screen.0, Some(parts.screen.1)),
            _ => line(&mut out, "a=recvonly"),
        }
    }
    out
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push_str("\r\n");
}

/// One m-line with all that sending and receiving ones share.
fn section(out: &mut String, parts: &OfferParts, mid: &str, audio: bool) {
    if audio {
        line(out, &format!("m=audio 9 UDP/TLS/RTP/SAVPF {OPUS}"));
    } else {
        line(out, &format!("m=video 9 UDP/TLS/RTP/SAVPF {VP8} {VP8_RTX}"));
    }
    line(out, "c=IN IP4 0.0.0.0");
    line(out, "a=rtcp:9 IN IP4 0.0.0.0");
    line(out, &format!("a=ice-ufrag:{}", parts.ufrag));
    line(out, &format!("a=ice-pwd:{}", parts.password));
    line(out, "a=ice-options:trickle");
    line(out, &format!("a=fingerprint:sha-256 {}", parts.fingerprint));
    line(out, "a=setup:actpass");
    line(out, &format!("a=mid:{mid}"));
    if audio {
        line(out, &format!("a=extmap:{EXT_LEVEL} {URI_LEVEL}"));
    }
    line(
        out,
        &format!("a=extmap:{EXT_TRANSPORT_CC} {URI_TRANSPORT_CC}"),
    );
    line(out, &format!("a=extmap:{EXT_MID} {URI_MID}"));
    line(out, "a=rtcp-mux");
    line(out, "a=rtcp-rsize");
    if audio {
        line(out, &format!("a=rtpmap:{OPUS} opus/48000/2"));
        line(out, &format!("a=rtcp-fb:{OPUS} transport-cc"));
        line(out, &format!("a=fmtp:{OPUS} minptime=10;useinbandfec=1"));
    } else {
        line(out, &format!("a=rtpmap:{VP8} VP8/90000"));
        for feedback in ["transport-cc", "ccm fir", "nack", "nack pli"] {
            line(out, &format!("a=rtcp-fb:{VP8} {feedback}"));
        }
        line(out, &format!("a=rtpmap:{VP8_RTX} rtx/90000"));
        line(out, &format!("a=fmtp:{VP8_RTX} apt={VP8}"));
    }
}

fn source(out: &mut String, ssrc: u32, rtx: Option<u32>) {
    line(out, "a=sendonly");
    line(out, &format!("a=msid:load track{ssrc}"));
    if let Some(rtx) = rtx {
        line(out, &format!("a=ssrc-group:FID {ssrc} {rtx}"));
    }
    for ssrc in std::iter::once(ssrc).chain(rtx) {
        line(out, &format!("a=ssrc:{ssrc} cname:load"));
        let _ = write!(out, "a=ssrc:{ssrc} msid:load track{ssrc}\r\n");
    }
}

/// A receive slot, as the answer fills it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// `mid` of its m-line.
    pub mid: String,
    /// Video; else audio.
    pub video: bool,
    /// SSRC of its media.
    pub ssrc: u32,
    /// SSRC of its retransmissions.
    pub rtx: Option<u32>,
}

/// What the client needs of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The server's ICE user name fragment.
    pub ufrag: String,
    /// The server's ICE password.
    pub password: String,
    /// SHA-256 of the server's certificate, in the notation of SDP.
    pub fingerprint: String,
    /// The server's UDP candidate that is taken: loopback if there is one, else the first.
    pub candidate: SocketAddr,
    /// transport-cc is agreed for what the client sends.
    pub transport_cc: bool,
    /// The receive slots.
    pub slots: Vec<Slot>,
}

/// Reads an answer.
///
/// # Errors
/// When something that the client needs is missing from it.
pub fn parse_answer(text: &str) -> Result<Answer> {
    let attribute = |name: &str| -> Option<&str> {
        text.lines()
            .find_map(|line| line.strip_prefix("a=")?.strip_prefix(name))
    };
    let fingerprint = attribute("fingerprint:").context("answer without fingerprint")?;
    let Some(fingerprint) = fingerprint.trim().strip_prefix("sha-256 ") else {
        bail!("fingerprint is not SHA-256");
    };
    Ok(Answer {
        ufrag: attribute("ice-ufrag:")
            .context("answer without ice-ufrag")?
            .trim()
            .into(),
        password: attribute("ice-pwd:")
            .context("answer without ice-pwd")?
            .trim()
            .into(),
        fingerprint: fingerprint.trim().into(),
        candidate: candidate(text).context("answer without a UDP candidate")?,
        transport_cc: text.contains(&format!("a=extmap:{EXT_TRANSPORT_CC} {URI_TRANSPORT_CC}")),
        slots: slots(text),
    })
}

fn candidate(text: &str) -> Option<SocketAddr> {
    let all = text.lines().filter_map(|line| {
        let parts: Vec<&str> = line
            .strip_prefix("a=candidate:")?
            .split_whitespace()
            .collect();
        let udp = parts.get(2)?.eq_ignore_ascii_case("udp");
        let address = format_address(parts.get(4)?, parts.get(5)?)?;
        udp.then_some(address)
    });
    let all: Vec<SocketAddr> = all.collect();
    let loopback = all
        .iter()
        .find(|address| address.ip().is_loopback() && address.is_ipv4());
    loopback
        .or_else(|| all.iter().find(|address| address.is_ipv4()))
        .copied()
}

fn format_address(ip: &str, port: &str) -> Option<SocketAddr> {
    Some(SocketAddr::new(ip.parse().ok()?, port.parse().ok()?))
}

/// The m-lines that the server sends on, with their SSRCs.
fn slots(text: &str) -> Vec<Slot> {
    let mut slots = Vec::new();
    for section in text.split("\nm=").skip(1) {
        let value = |name: &str| {
            section
                .lines()
                .find_map(|line| line.trim().strip_prefix(name))
                .map(str::trim)
        };
        if value("a=sendonly").is_none() {
            continue;
        }
        let pair: Vec<u32> = value("a=ssrc-group:FID ")
            .map(|pair| {
                pair.split(' ')
                    .filter_map(|ssrc| ssrc.parse().ok())
                    .collect()
            })
            .unwrap_or_default();
        let single = value("a=ssrc:").and_then(|rest| rest.split(' ').next()?.parse().ok());
        let (Some(mid), Some(ssrc)) = (value("a=mid:"), pair.first().copied().or(single)) else {
            continue;
        };
        slots.push(Slot {
            mid: mid.to_owned(),
            video: section.starts_with("video"),
            ssrc,
            rtx: pair.get(1).copied(),
        });
    }
    slots
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> OfferParts {
        OfferParts {
            ufrag: "abcd".into(),
            password: "p".repeat(24),
            fingerprint: "AB:CD".into(),
            microphone: 1,
            camera: (2, 3),
            screen: (4, 5),
        }
    }

    #[test]
    fn the_real_sdp_crate_reads_the_offer() {
        let offer = write_offer(&parts());
        let mut reader = std::io::Cursor::new(offer.as_bytes());
        let parsed = rtc_sdp::SessionDescription::unmarshal(&mut reader).unwrap();
        assert_eq!(parsed.media_descriptions.len(), 3 + 2 * SLOTS);
        let video = parsed
            .media_descriptions
            .iter()
            .filter(|media| media.media_name.media == "video");
        assert_eq!(video.count(), 2 + SLOTS);
        assert_eq!(offer.matches("a=sendonly").count(), 3);
        assert_eq!(offer.matches("a=recvonly").count(), 2 * SLOTS);
    }

    const ANSWER: &str = "v=0\r\na=ice-lite\r\na=group:BUNDLE 0 1 2\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:uf\r\na=ice-pwd:pw\r\n\
        a=fingerprint:sha-256 AA:BB\r\na=recvonly\r\n\
        a=candidate:1 1 udp 2130706431 192.0.2.2 5000 typ host\r\n\
        a=candidate:2 1 udp 2130706175 127.0.0.1 5001 typ host\r\n\
        a=candidate:3 1 tcp 1 127.0.0.1 5002 typ host tcptype passive\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:1\r\na=sendonly\r\na=ssrc:41 cname:sfu\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:2\r\na=sendonly\r\n\
        a=ssrc-group:FID 42 43\r\na=ssrc:42 cname:sfu\r\na=ssrc:43 cname:sfu\r\n";

    #[test]
    fn an_answer_gives_slots_and_the_loopback_candidate() {
        let answer = parse_answer(ANSWER).unwrap();
        assert_eq!(
            answer.candidate,
            "127.0.0.1:5001".parse::<SocketAddr>().unwrap()
        );
        assert_eq!(
            (answer.ufrag.as_str(), answer.password.as_str()),
            ("uf", "pw")
        );
        assert!(!answer.transport_cc);
        let audio = Slot {
            mid: "1".into(),
            video: false,
            ssrc: 41,
            rtx: None,
        };
        let video = Slot {
            mid: "2".into(),
            video: true,
            ssrc: 42,
            rtx: Some(43),
        };
        assert_eq!(answer.slots, vec![audio, video]);
    }

    #[test]
    fn an_answer_without_a_candidate_is_an_error() {
        let text = ANSWER.replace("candidate", "x");
        assert!(parse_answer(&text).is_err());
    }
}
