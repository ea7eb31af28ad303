//! Writing the answer (RFC 8829 §5.3).

use std::fmt::Write as _;

use rand::Rng;

use super::agree::{Agreement, Decision, Line, same_slots};
use super::extensions::Extension;
use super::section::Section;
use super::{
    Candidate, Codec, CodecKind, MediaKind, Negotiated, Offer, ReceiveSlot, SdpError, SendSlot,
};
use crate::certificate::Fingerprint;
use crate::ice::Credentials;

/// Our side of an answer.
#[derive(Debug, Clone, Copy)]
pub struct LocalParams<'a> {
    /// ICE user fragment and password of this peer connection on our side.
    pub credentials: &'a Credentials,
    /// The node's certificate.
    pub fingerprint: &'a Fingerprint,
    /// Every address of the worker, preferred first.
    pub candidates: &'a [Candidate],
    /// The negotiation before, when this is an ICE restart: slots, SSRCs and session id are kept.
    pub previous: Option<&'a Negotiated>,
}

/// Writes the answer to `offer`. SSRCs, session id and cname come from `rng`.
///
/// # Errors
/// [`SdpError::NothingInCommon`] if no m-line can be accepted, [`SdpError::SlotsChanged`] if a
/// restart does not keep the m-lines as they were.
pub fn answer(
    offer: &Offer,
    local: &LocalParams<'_>,
    rng: &mut impl Rng,
) -> Result<(String, Negotiated), SdpError> {
    let decisions = Agreement::new(offer, local.previous, rng).decide()?;
    let lines = || {
        decisions.iter().filter_map(|decision| match decision {
            Decision::Accept(line) => Some(line),
            Decision::Reject => None,
        })
    };
    let (origin, cname) = match local.previous {
        Some(previous) => (
            (previous.origin.0, previous.origin.1 + 1),
            previous.cname.clone(),
        ),
        // Session ids are 62 bits, so that they fit every parser's signed number.
        None => ((rng.next_u64() >> 2, 1), format!("{:016x}", rng.next_u64())),
    };
    let negotiated = Negotiated {
        remote: offer.remote.clone(),
        fingerprint: offer.fingerprint.clone(),
        send: lines().filter_map(|line| line.send.clone()).collect(),
        receive: lines().filter_map(|line| line.receive.clone()).collect(),
        origin,
        cname,
    };
    if negotiated.send.is_empty() && negotiated.receive.is_empty() {
        return Err(SdpError::NothingInCommon);
    }
    if local
        .previous
        .is_some_and(|previous| !same_slots(previous, &negotiated))
    {
        return Err(SdpError::SlotsChanged);
    }
    let writer = Writer {
        offer,
        local,
        negotiated: &negotiated,
    };
    Ok((writer.write(&decisions), negotiated))
}

struct Writer<'a> {
    offer: &'a Offer,
    local: &'a LocalParams<'a>,
    negotiated: &'a Negotiated,
}

/// Appends one line. Writing to a `String` cannot fail.
macro_rules! line {
    ($out:expr, $($argument:tt)*) => {{
        let _ = write!($out, $($argument)*);
        $out.push_str("\r\n");
    }};
}

impl Writer<'_> {
    fn write(&self, decisions: &[Decision]) -> String {
        let mut out = String::with_capacity(8 * 1_024);
        let pairs = || self.offer.sections.iter().zip(decisions);
        let accepted = pairs().filter(|(_, decision)| matches!(decision, Decision::Accept(_)));
        let mids: Vec<&str> = accepted.map(|(section, _)| section.mid.as_str()).collect();
        let (session, version) = self.negotiated.origin;
        line!(out, "v=0");
        line!(out, "o=- {session} {version} IN IP4 127.0.0.1");
        line!(out, "s=-");
        line!(out, "t=0 0");
        line!(out, "a=ice-lite");
        line!(out, "a=group:BUNDLE {}", mids.join(" "));
        if self.offer.extmap_allow_mixed {
            line!(out, "a=extmap-allow-mixed");
        }
        line!(out, "a=msid-semantic: WMS *");
        for (section, decision) in pairs() {
            match decision {
                Decision::Reject => reject(&mut out, section),
                Decision::Accept(accepted) => {
                    self.accept(&mut out, section, accepted);
                }
            }
        }
        out
    }

    fn accept(&self, out: &mut String, section: &Section, accepted: &Line) {
        let formats = accepted
            .codecs
            .iter()
            .flat_map(|codec| [Some(codec.pt), codec.rtx_pt]);
        let formats: Vec<String> = formats.flatten().map(|pt| pt.to_string()).collect();
        line!(
            out,
            "m={} 9 {} {}",
            section.media,
            section.protocol,
            formats.join(" ")
        );
        line!(out, "c=IN IP4 0.0.0.0");
        line!(out, "a=rtcp:9 IN IP4 0.0.0.0");
        line!(out, "a=mid:{}", section.mid);
        self.transport(out);
        line!(out, "a={}", direction(accepted));
        line!(out, "a=rtcp-mux");
        if section.rtcp_rsize {
            line!(out, "a=rtcp-rsize");
        }
        if section.extmap_allow_mixed && !self.offer.extmap_allow_mixed {
            line!(out, "a=extmap-allow-mixed");
        }
        for extension in Extension::ALL {
            if let Some(id) = extension.id(&accepted.extensions) {
                line!(out, "a=extmap:{id} {}", extension.uri());
            }
        }
        for codec in &accepted.codecs {
            self.codec(out, section, codec);
        }
        if let Some(send) = accepted.send.as_ref().filter(|send| !send.rids.is_empty()) {
            simulcast(out, send);
        }
        if let Some(receive) = &accepted.receive {
            self.source(out, receive);
        }
    }

    /// Credentials, certificate and candidates on every m-line. RFC 9143 §7.1.3 has them on the
    /// first of the bundle alone; browsers take both, and aiortc keeps those of the last m-line.
    fn transport(&self, out: &mut String) {
        let Credentials { ufrag, pwd } = self.local.credentials;
        line!(out, "a=ice-ufrag:{ufrag}");
        line!(out, "a=ice-pwd:{pwd}");
        line!(out, "a=fingerprint:{}", self.local.fingerprint);
        line!(out, "a=setup:passive");
        for (position, candidate) in self.local.candidates.iter().enumerate() {
            line!(out, "a=candidate:{}", candidate.line(position));
        }
        line!(out, "a=end-of-candidates");
    }

    fn codec(&self, out: &mut String, section: &Section, codec: &Codec) {
        let Codec { pt, clock_rate, .. } = *codec;
        let (name, channels) = match codec.kind {
            CodecKind::Opus => ("opus", "/2"),
            CodecKind::Red => ("red", "/2"),
            CodecKind::Vp8 => ("VP8", ""),
            CodecKind::H264 { .. } => ("H264", ""),
            CodecKind::Vp9 => ("VP9", ""),
            CodecKind::Av1 => ("AV1", ""),
        };
        line!(out, "a=rtpmap:{pt} {name}/{clock_rate}{channels}");
        if codec.transport_cc {
            line!(out, "a=rtcp-fb:{pt} transport-cc");
        }
        if codec.nack {
            line!(out, "a=rtcp-fb:{pt} nack");
        }
        if codec.pli {
            line!(out, "a=rtcp-fb:{pt} nack pli");
        }
        let parameters = section.formats.parameters(pt);
        match codec.kind {
            // Forward error correction inside Opus passes through as it is.
            CodecKind::Opus => line!(out, "a=fmtp:{pt} minptime=10;useinbandfec=1"),
            CodecKind::Vp8 => {}
            _ if parameters.is_empty() => {}
            _ => line!(out, "a=fmtp:{pt} {parameters}"),
        }
        if let Some(rtx) = codec.rtx_pt {
            line!(out, "a=rtpmap:{rtx} rtx/{clock_rate}");
            line!(out, "a=fmtp:{rtx} apt={pt}");
        }
    }

    /// The fixed SSRCs of a receive slot. Each slot is a stream of its own, so that the browser
    /// does not hold audio back for video.
    fn source(&self, out: &mut String, slot: &ReceiveSlot) {
        let ReceiveSlot { mid, ssrc, .. } = slot;
        let cname = &self.negotiated.cname;
        let kind = match slot.kind {
            MediaKind::Audio => "audio",
            MediaKind::Video => "video",
        };
        line!(out, "a=msid:slot{mid} slot{mid}-{kind}");
        if let Some(rtx) = slot.rtx_ssrc {
            line!(out, "a=ssrc-group:FID {ssrc} {rtx}");
        }
        for ssrc in [Some(*ssrc), slot.rtx_ssrc].into_iter().flatten() {
            line!(out, "a=ssrc:{ssrc} cname:{cname}");
            line!(out, "a=ssrc:{ssrc} msid:slot{mid} slot{mid}-{kind}");
        }
    }
}

/// A refused m-line: port 0, outside the bundle (RFC 8829 §5.3.1).
fn reject(out: &mut String, section: &Section) {
    let formats = match section.kind {
        Some(_) => section.formats.first().to_string(),
        None => section
            .raw_formats
            .first()
            .cloned()
            .unwrap_or_else(|| "0".to_owned()),
    };
    line!(out, "m={} 0 {} {formats}", section.media, section.protocol);
    line!(out, "c=IN IP4 0.0.0.0");
    line!(out, "a=mid:{}", section.mid);
    line!(out, "a=inactive");
}

/// The direction from our side.
fn direction(accepted: &Line) -> &'static str {
    match (accepted.receive.is_some(), accepted.send.is_some()) {
        (true, true) => "sendrecv",
        (true, false) => "sendonly",
        (false, true) => "recvonly",
        (false, false) => "inactive",
    }
}

fn simulcast(out: &mut String, send: &SendSlot) {
    for rid in &send.rids {
        line!(out, "a=rid:{rid} recv");
    }
    line!(out, "a=simulcast:recv {}", send.rids.join(";"));
}
