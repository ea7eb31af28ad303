//! One m-line of an offer.

use rtc_sdp::MediaDescription;

use super::extensions::read_extmap;
use super::formats::Formats;
use super::{
    DeclaredSsrc, ExtensionIds, MAX_ATTRIBUTES, MAX_DECLARED_SSRCS, MAX_FORMATS, MAX_ID_BYTES,
    MAX_RIDS, MediaKind, SdpError,
};

/// What an m-line offers, from the offerer's point of view.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Section {
    /// `m=audio`, `m=video` or anything else, as written.
    pub(super) media: String,
    pub(super) kind: Option<MediaKind>,
    pub(super) protocol: String,
    /// Port 0 without `a=bundle-only`: the m-line is not wanted.
    pub(super) is_rejected: bool,
    pub(super) mid: String,
    pub(super) sends: bool,
    pub(super) receives: bool,
    pub(super) rtcp_mux: bool,
    pub(super) rtcp_rsize: bool,
    pub(super) formats: Formats,
    pub(super) extensions: ExtensionIds,
    pub(super) extmap_allow_mixed: bool,
    pub(super) rids: Vec<String>,
    pub(super) ssrcs: Vec<DeclaredSsrc>,
    /// The m-line's formats as written, for media that is neither audio nor video.
    pub(super) raw_formats: Vec<String>,
}

impl Section {
    /// Reads the m-line with this `number`, counted from 0.
    pub(super) fn read(
        number: usize,
        description: &MediaDescription,
        default: Direction,
    ) -> Result<Self, SdpError> {
        check_limits(number, description)?;
        let name = &description.media_name;
        let fault = |what| SdpError::Section {
            section: number,
            what,
        };
        let kind = match name.media.as_str() {
            "audio" => Some(MediaKind::Audio),
            "video" => Some(MediaKind::Video),
            _ => None,
        };
        let payload_types = name.formats.iter().filter_map(|format| format.parse().ok());
        let mid = value(description, "mid").ok_or_else(|| fault("it has no mid"))?;
        if !is_token(mid) {
            return Err(fault("its mid is not a short token"));
        }
        let direction = Direction::of(description).unwrap_or(default);
        let mut section = Self {
            media: name.media.clone(),
            kind,
            protocol: name.protos.join("/"),
            is_rejected: name.port.value == 0 && !description.has_attribute("bundle-only"),
            mid: mid.to_owned(),
            sends: direction.sends,
            receives: direction.receives,
            rtcp_mux: description.has_attribute("rtcp-mux"),
            rtcp_rsize: description.has_attribute("rtcp-rsize"),
            formats: Formats::new(payload_types),
            extensions: ExtensionIds::default(),
            extmap_allow_mixed: description.has_attribute("extmap-allow-mixed"),
            rids: Vec::new(),
            ssrcs: Vec::new(),
            raw_formats: name.formats.clone(),
        };
        section.read_attributes(description);
        section.read_rids(number, description)?;
        section.read_ssrcs(number, description)?;
        Ok(section)
    }

    /// Whether the m-line is media that this server can carry.
    pub(super) fn is_usable(&self) -> bool {
        let is_secure = matches!(
            self.protocol.as_str(),
            "UDP/TLS/RTP/SAVPF" | "UDP/TLS/RTP/SAVP" | "RTP/SAVPF" | "TCP/DTLS/RTP/SAVPF"
        );
        self.kind.is_some() && is_secure && !self.is_rejected && self.rtcp_mux
    }

    fn read_attributes(&mut self, description: &MediaDescription) {
        let pairs = || {
            let attributes = description.attributes.iter();
            attributes.filter_map(|a| Some((a.key.as_str(), a.value.as_deref()?)))
        };
        // Parameters may stand before the rtpmap that they belong to.
        for (key, value) in pairs() {
            match key {
                "rtpmap" => self.formats.read_rtpmap(value),
                "fmtp" => self.formats.read_fmtp(value),
                "rtcp-fb" => self.formats.read_feedback(value),
                "extmap" => read_extmap(value, &mut self.extensions),
                _ => {}
            }
        }
    }

    /// Layers in the order of `a=simulcast:send`, or of the `a=rid` lines. Of alternatives
    /// (`a,b`) the first counts; a layer that starts paused (`~`) counts as any other.
    fn read_rids(&mut self, number: usize, description: &MediaDescription) -> Result<(), SdpError> {
        let declared: Vec<&str> = values(description, "rid")
            .filter_map(|rid| rid.split_once(' '))
            .filter(|(_, rest)| rest.split(' ').next() == Some("send"))
            .map(|(id, _)| id)
            .collect();
        let simulcast = value(description, "simulcast").unwrap_or_default();
        let mut words = simulcast.split_ascii_whitespace();
        let layers = words
            .by_ref()
            .find(|word| *word == "send")
            .and(words.next());
        let ordered: Vec<&str> = match layers {
            Some(layers) => layers
                .split(';')
                .filter_map(|layer| layer.split(',').next())
                .map(|rid| rid.trim_start_matches('~'))
                .filter(|rid| declared.contains(rid))
                .collect(),
            None => Vec::new(),
        };
        if ordered.len() > MAX_RIDS {
            return Err(SdpError::TooMany {
                section: number,
                what: "simulcast layers",
            });
        }
        if !ordered.iter().all(|rid| is_token(rid)) {
            return Err(SdpError::Section {
                section: number,
                what: "a rid is not a short token",
            });
        }
        self.rids = ordered.into_iter().map(str::to_owned).collect();
        Ok(())
    }

    fn read_ssrcs(
        &mut self,
        number: usize,
        description: &MediaDescription,
    ) -> Result<(), SdpError> {
        let number_of = |text: &str| text.split(' ').next().and_then(|ssrc| ssrc.parse().ok());
        let pairs: Vec<(u32, u32)> = values(description, "ssrc-group")
            .filter_map(|group| group.strip_prefix("FID "))
            .filter_map(|pair| {
                let (media, rtx) = pair.split_once(' ')?;
                Some((media.parse().ok()?, rtx.trim().parse().ok()?))
            })
            .collect();
        for ssrc in values(description, "ssrc").filter_map(number_of) {
            let is_known = self.ssrcs.iter().any(|declared| declared.ssrc == ssrc);
            if is_known || pairs.iter().any(|(_, rtx)| *rtx == ssrc) {
                continue;
            }
            if self.ssrcs.len() == MAX_DECLARED_SSRCS {
                return Err(SdpError::TooMany {
                    section: number,
                    what: "ssrcs",
                });
            }
            let rtx = pairs
                .iter()
                .find(|(media, _)| *media == ssrc)
                .map(|(_, rtx)| *rtx);
            self.ssrcs.push(DeclaredSsrc { ssrc, rtx });
        }
        Ok(())
    }
}

/// `a=sendrecv` and its relatives (RFC 8866 §6.7).
#[derive(Debug, Clone, Copy)]
pub(super) struct Direction {
    sends: bool,
    receives: bool,
}

impl Direction {
    /// What holds where nothing is said.
    pub(super) const BOTH: Self = Self {
        sends: true,
        receives: true,
    };

    /// The direction that a name stands for.
    pub(super) fn named(name: &str) -> Option<Self> {
        let (sends, receives) = match name {
            "sendrecv" => (true, true),
            "sendonly" => (true, false),
            "recvonly" => (false, true),
            "inactive" => (false, false),
            _ => return None,
        };
        Some(Self { sends, receives })
    }

    fn of(description: &MediaDescription) -> Option<Self> {
        description
            .attributes
            .iter()
            .find_map(|attribute| Self::named(&attribute.key))
    }
}

/// The value of the first attribute with this name.
pub(super) fn value<'d>(description: &'d MediaDescription, key: &'d str) -> Option<&'d str> {
    values(description, key).next()
}

/// The values of all attributes with this name.
pub(super) fn values<'d>(
    description: &'d MediaDescription,
    key: &'d str,
) -> impl Iterator<Item = &'d str> {
    let attributes = description.attributes.iter();
    attributes
        .filter(move |a| a.key == key)
        .filter_map(|a| a.value.as_deref())
}

/// Whether a mid or rid is short and made of characters that cannot break a line of the answer.
fn is_token(text: &str) -> bool {
    let is_token_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.{}+/".contains(&byte);
    (1..=MAX_ID_BYTES).contains(&text.len()) && text.bytes().all(is_token_byte)
}

fn check_limits(number: usize, description: &MediaDescription) -> Result<(), SdpError> {
    if description.attributes.len() > MAX_ATTRIBUTES {
        return Err(SdpError::TooMany {
            section: number,
            what: "attributes",
        });
    }
    if description.media_name.formats.len() > MAX_FORMATS {
        return Err(SdpError::TooMany {
            section: number,
            what: "formats",
        });
    }
    Ok(())
}
