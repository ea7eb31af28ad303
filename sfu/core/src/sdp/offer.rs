//! The typed offer.

use std::io::Cursor;

use rtc_sdp::{MediaDescription, SessionDescription};

use super::section::{Direction, Section, value, values};
use super::{MAX_MEDIA_SECTIONS, MAX_OFFER_BYTES, SdpError};
use crate::certificate::Fingerprint;
use crate::ice::Credentials;

/// A session description that passed all checks of form and size.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    pub(super) sections: Vec<Section>,
    pub(super) remote: Credentials,
    pub(super) fingerprint: Fingerprint,
    /// Session-level `a=extmap-allow-mixed`.
    pub(super) extmap_allow_mixed: bool,
}

impl Offer {
    /// Reads an offer: of a browser, or of any other WebRTC implementation that bundles.
    ///
    /// # Errors
    /// [`SdpError`] names the first fault.
    pub fn parse(text: &str) -> Result<Self, SdpError> {
        if text.len() > MAX_OFFER_BYTES {
            return Err(SdpError::TooLarge);
        }
        let m_lines = text.lines().filter(|line| line.starts_with("m=")).count();
        if m_lines > MAX_MEDIA_SECTIONS {
            return Err(SdpError::TooManySections);
        }
        let session = SessionDescription::unmarshal(&mut Cursor::new(text.as_bytes()))
            .map_err(|error| SdpError::Malformed(error.to_string()))?;
        if session.has_attribute("ice-lite") {
            return Err(SdpError::BothLite);
        }
        let default = session
            .attributes
            .iter()
            .find_map(|a| Direction::named(&a.key));
        let sections = session
            .media_descriptions
            .iter()
            .enumerate()
            .map(|(number, media)| Section::read(number, media, default.unwrap_or(Direction::BOTH)))
            .collect::<Result<Vec<_>, _>>()?;
        if !sections.iter().any(Section::is_usable) {
            return Err(SdpError::NothingInCommon);
        }
        check_mids(&sections)?;
        check_bundle(&session, &sections)?;
        let transports = Transports {
            session: &session,
            sections: &sections,
        };
        Ok(Self {
            remote: transports.credentials()?,
            fingerprint: transports.fingerprint()?,
            extmap_allow_mixed: session.has_attribute("extmap-allow-mixed"),
            sections,
        })
    }

    /// The other side's ICE credentials: an offer with new ones is an ICE restart.
    #[must_use]
    pub fn remote(&self) -> &Credentials {
        &self.remote
    }

    /// The certificate that the other side announces.
    #[must_use]
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// Every SSRC that the offer names.
    pub(super) fn ssrcs(&self) -> impl Iterator<Item = u32> {
        let declared = self.sections.iter().flat_map(|section| &section.ssrcs);
        declared
            .flat_map(|declared| [Some(declared.ssrc), declared.rtx])
            .flatten()
    }
}

fn check_mids(sections: &[Section]) -> Result<(), SdpError> {
    for (number, section) in sections.iter().enumerate() {
        if sections[..number]
            .iter()
            .any(|other| other.mid == section.mid)
        {
            return Err(SdpError::Section {
                section: number,
                what: "its mid is taken",
            });
        }
    }
    Ok(())
}

/// All usable m-lines must stand in one BUNDLE group (RFC 9143). A single one needs no group.
fn check_bundle(session: &SessionDescription, sections: &[Section]) -> Result<(), SdpError> {
    let groups = session
        .attributes
        .iter()
        .filter(|attribute| attribute.key == "group");
    let bundle = groups
        .filter_map(|group| group.value.as_deref()?.strip_prefix("BUNDLE"))
        .map(|mids| mids.split_ascii_whitespace().collect::<Vec<_>>())
        .next();
    let mut usable = sections.iter().filter(|section| section.is_usable());
    let is_bundled = match &bundle {
        Some(mids) => usable.all(|section| mids.contains(&section.mid.as_str())),
        None => usable.count() == 1,
    };
    if is_bundled {
        Ok(())
    } else {
        Err(SdpError::NotBundled)
    }
}

/// Transport attributes: they may stand at the session or at the m-lines, and within a bundle the
/// m-lines must agree.
struct Transports<'o> {
    session: &'o SessionDescription,
    sections: &'o [Section],
}

impl Transports<'_> {
    /// The m-lines that are used; `a=bundle-only` lines may leave transport attributes out.
    fn usable(&self) -> impl Iterator<Item = &MediaDescription> {
        let descriptions = self.session.media_descriptions.iter();
        let pairs = descriptions.zip(self.sections);
        pairs
            .filter(|(_, section)| section.is_usable())
            .map(|(description, _)| description)
    }

    /// The value that all used m-lines agree on, or the session's.
    fn common(&self, key: &'static str) -> Result<Option<&str>, SdpError> {
        let mut found = self.session.attribute(key).map(String::as_str);
        let mut is_session_level = found.is_some();
        for shown in self
            .usable()
            .filter_map(|description| value(description, key))
        {
            // An m-line's own value goes before the session's.
            match found {
                Some(agreed) if !is_session_level && agreed != shown => {
                    return Err(SdpError::TransportDiffers);
                }
                _ => found = Some(shown),
            }
            is_session_level = false;
        }
        Ok(found)
    }

    fn credentials(&self) -> Result<Credentials, SdpError> {
        let (ufrag, pwd) = (self.common("ice-ufrag")?, self.common("ice-pwd")?);
        let credentials = Credentials {
            ufrag: ufrag.ok_or(SdpError::NoCredentials)?.to_owned(),
            pwd: pwd.ok_or(SdpError::NoCredentials)?.to_owned(),
        };
        if !credentials.is_valid() {
            return Err(SdpError::NoCredentials);
        }
        if let Some("passive") = self.common("setup")? {
            return Err(SdpError::SetupPassive);
        }
        Ok(credentials)
    }

    /// The first fingerprint of an accepted hash: an offer may list the same certificate several
    /// times (RFC 8122 §5).
    fn fingerprint(&self) -> Result<Fingerprint, SdpError> {
        let of_session = self
            .session
            .attributes
            .iter()
            .filter(|a| a.key == "fingerprint");
        let mut found = first_accepted(of_session.filter_map(|a| a.value.as_deref()));
        let mut is_session_level = true;
        for description in self.usable() {
            let Some(shown) = first_accepted(values(description, "fingerprint")) else {
                continue;
            };
            if !is_session_level && found.as_ref() != Some(&shown) {
                return Err(SdpError::TransportDiffers);
            }
            is_session_level = false;
            found = Some(shown);
        }
        found.ok_or(SdpError::NoFingerprint)
    }
}

fn first_accepted<'v>(mut values: impl Iterator<Item = &'v str>) -> Option<Fingerprint> {
    values.find_map(|text| text.parse().ok())
}
