//! Answers to offers that were captured from real browsers, and to those of other implementations.

#![allow(clippy::unwrap_used, reason = "helpers of a test may panic")]

use rand::SeedableRng;
use rand::rngs::StdRng;
use sfu_core::certificate::Fingerprint;
use sfu_core::ice::Credentials;
use sfu_core::sdp::{
    Candidate, CodecKind, LocalParams, MediaKind, Negotiated, Offer, SdpError, SourceKind, answer,
};

const CHROMIUM: &str = include_str!("fixtures/chromium-offer.sdp");
const FIREFOX: &str = include_str!("fixtures/firefox-offer.sdp");
const AIORTC: &str = include_str!("fixtures/aiortc-offer.sdp");
/// Written by hand in the manner of GStreamer's webrtcbin: transport attributes on each m-line, no
/// header extensions, wildcard-free feedback, mids with names.
const GSTREAMER: &str = include_str!("fixtures/webrtcbin-like-offer.sdp");
/// Written by hand in the manner of the `webrtc` crate: fingerprint and setup at the session.
const WEBRTC_RS: &str = include_str!("fixtures/webrtc-crate-like-offer.sdp");

fn local_fingerprint() -> Fingerprint {
    format!("sha-256 {}", vec!["2C"; 32].join(":"))
        .parse()
        .unwrap()
}

fn local_credentials() -> Credentials {
    Credentials {
        ufrag: "4RNzrJOt".to_owned(),
        pwd: "7bzz6XgmQYrFRB3g8Mba2jJF".to_owned(),
    }
}

fn answer_with(
    text: &str,
    previous: Option<&Negotiated>,
) -> Result<(String, Negotiated), SdpError> {
    let candidates = [
        Candidate::udp("192.0.2.2:5000".parse().unwrap()),
        Candidate::udp("[2001:db8::2]:5000".parse().unwrap()),
        Candidate::tcp("192.0.2.2:443".parse().unwrap()),
    ];
    let (fingerprint, credentials) = (local_fingerprint(), local_credentials());
    let local = LocalParams {
        credentials: &credentials,
        fingerprint: &fingerprint,
        candidates: &candidates,
        previous,
    };
    answer(&Offer::parse(text)?, &local, &mut StdRng::seed_from_u64(7))
}

/// The m-lines of a description, each with its attribute lines.
fn sections(text: &str) -> Vec<Vec<&str>> {
    let mut sections: Vec<Vec<&str>> = Vec::new();
    for line in text.split("\r\n").filter(|line| !line.is_empty()) {
        if line.starts_with("m=") {
            sections.push(Vec::new());
        }
        if let Some(section) = sections.last_mut() {
            section.push(line);
        }
    }
    sections
}

fn kinds(negotiated: &Negotiated) -> (Vec<SourceKind>, Vec<MediaKind>) {
    let send = negotiated.send.iter().map(|slot| slot.kind).collect();
    (
        send,
        negotiated.receive.iter().map(|slot| slot.kind).collect(),
    )
}

#[test]
fn chromium_gets_all_its_slots() {
    let (text, negotiated) = answer_with(CHROMIUM, None).unwrap();
    let (send, receive) = kinds(&negotiated);
    assert_eq!(send, [SourceKind::Microphone, SourceKind::Camera]);
    use MediaKind::{Audio, Video};
    assert_eq!(receive, [Audio, Audio, Video, Video]);
    assert_eq!(negotiated.remote.ufrag, "3DBj");
    assert!(
        negotiated
            .fingerprint
            .to_string()
            .starts_with("sha-256 3E:BE:F3")
    );
    let camera = negotiated.send_slot("1").unwrap();
    assert_eq!(camera.rids, ["q", "h", "f"]);
    let ids = camera.extensions;
    assert_eq!(
        (ids.mid, ids.rid, ids.rrid, ids.transport_cc),
        (Some(4), Some(10), Some(11), Some(3))
    );
    assert_eq!(ids.abs_send_time, None);
    let order: Vec<CodecKind> = camera.codecs.iter().map(|codec| codec.kind).collect();
    let constrained = CodecKind::H264 {
        profile_level_id: 0x42_e01f,
        packetization_mode: 1,
    };
    assert_eq!(
        order,
        [CodecKind::Vp8, constrained, CodecKind::Vp9, CodecKind::Av1]
    );
    assert_eq!(
        (camera.codecs[0].pt, camera.codecs[0].rtx_pt),
        (96, Some(97))
    );
    assert_eq!(
        (camera.codecs[1].pt, camera.codecs[1].rtx_pt),
        (108, Some(109))
    );
    assert!(
        camera
            .codecs
            .iter()
            .all(|codec| codec.nack && codec.pli && codec.transport_cc)
    );
    let microphone = negotiated.send_slot("0").unwrap();
    assert_eq!(microphone.extensions.audio_level, Some(1));
    assert_eq!(microphone.codecs[1].kind, CodecKind::Red);
    assert_eq!(microphone.ssrcs[0].ssrc, 643_037_669);
    assert_eq!(sections(&text).len(), 6);
}

#[test]
fn firefox_gets_all_its_slots_on_bundle_only_lines() {
    let (text, negotiated) = answer_with(FIREFOX, None).unwrap();
    let (send, receive) = kinds(&negotiated);
    assert_eq!(send, [SourceKind::Microphone, SourceKind::Camera]);
    assert_eq!(receive.len(), 4);
    let camera = negotiated.send_slot("1").unwrap();
    assert_eq!(camera.rids, ["q", "h", "f"]);
    let order: Vec<u8> = camera.codecs.iter().map(|codec| codec.pt).collect();
    assert_eq!(order, [120, 121, 99], "no H.264 was offered");
    assert_eq!(camera.ssrcs.len(), 3);
    assert_eq!(
        (camera.ssrcs[0].ssrc, camera.ssrcs[0].rtx),
        (491_387_304, Some(4_090_482_357))
    );
    assert!(text.contains("m=video 9 UDP/TLS/RTP/SAVPF 120 124 121 125 99 100\r\n"));
}

/// What a browser demands of an answer, whichever browser it is.
#[test]
fn answers_have_what_browsers_demand() {
    for offer in [CHROMIUM, FIREFOX] {
        let (text, negotiated) = answer_with(offer, None).unwrap();
        let session = text.split("m=").next().unwrap();
        assert!(session.contains("a=ice-lite\r\n"));
        assert!(session.contains("a=group:BUNDLE 0 1 2 3 4 5\r\n"));
        assert!(
            !text.replace("\r\n", "").contains('\n'),
            "every line ends in CR LF"
        );
        for (number, section) in sections(&text).iter().enumerate() {
            let has = |line: &str| section.contains(&line);
            assert!(has(&format!("a=mid:{number}")));
            assert!(has("a=setup:passive") && has("a=rtcp-mux"));
            assert!(has("a=ice-ufrag:4RNzrJOt") && has("a=ice-pwd:7bzz6XgmQYrFRB3g8Mba2jJF"));
            assert!(
                section
                    .iter()
                    .any(|line| line.starts_with("a=fingerprint:sha-256 2C:2C"))
            );
            assert!(has(if number < 2 {
                "a=recvonly"
            } else {
                "a=sendonly"
            }));
            let candidates = section
                .iter()
                .filter(|line| line.starts_with("a=candidate:"))
                .count();
            assert_eq!(candidates, 3);
            assert!(
                section
                    .iter()
                    .any(|line| line.starts_with("a=extmap:") && line.ends_with(":mid"))
            );
        }
        let camera = &sections(&text)[1];
        for rid in ["q", "h", "f"] {
            assert!(camera.contains(&format!("a=rid:{rid} recv").as_str()));
        }
        assert!(camera.contains(&"a=simulcast:recv q;h;f"));
        assert!(
            camera
                .iter()
                .any(|line| line.ends_with("sdes:rtp-stream-id"))
        );
        assert!(
            camera
                .iter()
                .any(|line| line.ends_with("sdes:repaired-rtp-stream-id"))
        );
        assert!(camera.iter().any(|line| line.ends_with(" transport-cc")));
        assert!(!text.contains("goog-remb") && !text.contains("abs-send-time"));
        for slot in &negotiated.receive {
            let number: usize = slot.mid.parse().unwrap();
            let section = &sections(&text)[number];
            assert!(section.iter().any(|line| line.starts_with("a=msid:")));
            assert!(
                section
                    .contains(&format!("a=ssrc:{} cname:{}", slot.ssrc, negotiated.cname).as_str())
            );
            match slot.rtx_ssrc {
                Some(rtx) => {
                    let group = format!("a=ssrc-group:FID {} {rtx}", slot.ssrc);
                    assert!(section.contains(&group.as_str()));
                }
                None => assert_eq!(slot.kind, MediaKind::Audio),
            }
        }
    }
}

#[test]
fn the_ssrcs_of_slots_are_unique_and_not_the_peers_own() {
    let (_, negotiated) = answer_with(CHROMIUM, None).unwrap();
    let mut ssrcs: Vec<u32> = negotiated
        .receive
        .iter()
        .flat_map(|slot| [Some(slot.ssrc), slot.rtx_ssrc])
        .flatten()
        .collect();
    assert_eq!(ssrcs.len(), 6);
    assert!(!ssrcs.contains(&643_037_669));
    ssrcs.sort_unstable();
    ssrcs.dedup();
    assert_eq!(ssrcs.len(), 6);
}

#[test]
fn a_restart_keeps_slots_and_counts_the_version_up() {
    let (first, before) = answer_with(CHROMIUM, None).unwrap();
    let restarted = CHROMIUM.replace("a=ice-ufrag:3DBj", "a=ice-ufrag:NewU");
    let (second, after) = answer_with(&restarted, Some(&before)).unwrap();
    assert_eq!(after.remote.ufrag, "NewU");
    assert_eq!(before.receive, after.receive);
    let origin = |text: &str| text.lines().nth(1).unwrap().to_owned();
    assert_eq!(origin(&first).replace(" 1 IN ", " 2 IN "), origin(&second));
    let fewer = restarted
        .split("m=video 9")
        .take(2)
        .collect::<Vec<_>>()
        .join("m=video 9");
    let fewer = fewer.replace("BUNDLE 0 1 2 3 4 5", "BUNDLE 0 1 2 3");
    assert_eq!(
        answer_with(&fewer, Some(&before)).unwrap_err(),
        SdpError::SlotsChanged
    );
}

#[test]
fn other_implementations_send_and_receive_on_one_line() {
    for (name, offer) in [
        ("aiortc", AIORTC),
        ("GStreamer", GSTREAMER),
        ("webrtc-rs", WEBRTC_RS),
    ] {
        let (text, negotiated) = answer_with(offer, None).unwrap();
        let (send, receive) = kinds(&negotiated);
        assert_eq!(send, [SourceKind::Microphone, SourceKind::Camera], "{name}");
        assert_eq!(receive, [MediaKind::Audio, MediaKind::Video], "{name}");
        let directions = text.lines().filter(|line| *line == "a=sendrecv").count();
        assert_eq!(directions, 2, "{name}");
        let camera = &negotiated.send[1];
        assert!(camera.rids.is_empty(), "{name}");
        assert_eq!(camera.codecs[0].kind, CodecKind::Vp8, "{name}");
        assert!(camera.codecs[0].nack && camera.codecs[0].pli, "{name}");
    }
}

#[test]
fn lines_that_are_not_wanted_are_refused_outside_the_bundle() {
    let offer = format!(
        "{}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:6\r\n\
         a=ice-ufrag:3DBj\r\na=ice-pwd:hdcL8kj/jiVxK73kkR+KDeHp\r\na=setup:actpass\r\n\
         a=sctp-port:5000\r\n",
        CHROMIUM.replace("BUNDLE 0 1 2 3 4 5", "BUNDLE 0 1 2 3 4 5 6")
    );
    let (text, negotiated) = answer_with(&offer, None).unwrap();
    assert_eq!(negotiated.receive.len(), 4);
    assert!(text.contains("a=group:BUNDLE 0 1 2 3 4 5\r\n"));
    let refused = "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:6\r\n\
                   a=inactive\r\n";
    assert!(text.ends_with(refused));
}

#[test]
fn a_third_sending_video_line_stays_inactive() {
    let camera = sections(CHROMIUM)[1].join("\r\n") + "\r\n";
    let more = |mid: u8| camera.replace("a=mid:1", &format!("a=mid:{mid}"));
    let bundled = CHROMIUM.replace("BUNDLE 0 1 2 3 4 5", "BUNDLE 0 1 2 3 4 5 6 7");
    let offer = bundled + &more(6) + &more(7);
    let (text, negotiated) = answer_with(&offer, None).unwrap();
    let (send, _) = kinds(&negotiated);
    assert_eq!(
        send,
        [
            SourceKind::Microphone,
            SourceKind::Camera,
            SourceKind::Screen
        ]
    );
    assert!(sections(&text).last().unwrap().contains(&"a=inactive"));
}

#[test]
fn bad_offers_are_refused_with_the_reason() {
    let refused = |text: &str| answer_with(text, None).unwrap_err();
    assert!(matches!(
        refused(""),
        SdpError::Malformed(_) | SdpError::NothingInCommon
    ));
    assert!(matches!(refused("hello"), SdpError::Malformed(_)));
    assert_eq!(refused(&"a".repeat(300 * 1_024)), SdpError::TooLarge);
    assert_eq!(
        refused(&CHROMIUM.replace("a=mid:5", "a=mid:4")).to_string(),
        "m-line 5: its mid is taken"
    );
    assert_eq!(
        refused(&CHROMIUM.replace("a=mid:5", "a=x")).to_string(),
        "m-line 5: it has no mid"
    );
    assert_eq!(
        refused(&CHROMIUM.replace("BUNDLE 0 1 2", "BUNDLE 0 2")),
        SdpError::NotBundled
    );
    assert_eq!(
        refused(&CHROMIUM.replace("a=ice-ufrag", "a=x")),
        SdpError::NoCredentials
    );
    assert_eq!(
        refused(&CHROMIUM.replace("a=ice-ufrag:3DBj", "a=ice-ufrag:3")),
        SdpError::NoCredentials
    );
    assert_eq!(
        refused(&CHROMIUM.replace("sha-256", "sha-1")),
        SdpError::NoFingerprint
    );
    assert_eq!(
        refused(&CHROMIUM.replace("actpass", "passive")),
        SdpError::SetupPassive
    );
    assert_eq!(
        refused(&CHROMIUM.replace("t=0 0", "t=0 0\r\na=ice-lite")),
        SdpError::BothLite
    );
    assert_eq!(
        refused(&CHROMIUM.replace("rtcp-mux", "x")),
        SdpError::NothingInCommon
    );
    let differing = CHROMIUM.replacen("a=ice-ufrag:3DBj", "a=ice-ufrag:Other", 1);
    assert_eq!(refused(&differing), SdpError::TransportDiffers);
    let many = CHROMIUM.to_owned() + &"m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n".repeat(19);
    assert_eq!(refused(&many), SdpError::TooManySections);
    let layers = CHROMIUM.replace(
        "a=simulcast:send q;h;f",
        "a=rid:a send\r\na=rid:b send\r\na=simulcast:send q;h;f;a;b",
    );
    assert_eq!(
        refused(&layers).to_string(),
        "m-line 1 has too many simulcast layers"
    );
    let attributes = CHROMIUM.replace("a=mid:1", &("a=x\r\n".repeat(1_000) + "a=mid:1"));
    assert_eq!(
        refused(&attributes).to_string(),
        "m-line 1 has too many attributes"
    );
    let quoted = CHROMIUM.replace("a=mid:1\r\n", "a=mid:a b\r\n");
    assert_eq!(
        refused(&quoted).to_string(),
        "m-line 1: its mid is not a short token"
    );
}
