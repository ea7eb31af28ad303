//! What is made of each m-line: slots for the media half, and what the answer says about it.

use rand::Rng;

use super::section::Section;
use super::{
    Codec, ExtensionIds, MediaKind, Negotiated, Offer, ReceiveSlot, SdpError, SendSlot, SourceKind,
    extensions,
};

/// The decision about one m-line.
#[derive(Debug, Clone)]
pub(super) enum Decision {
    /// Not wanted: port 0, outside the bundle.
    Reject,
    /// Accepted, with what flows on it.
    Accept(Box<Line>),
}

/// An accepted m-line.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) codecs: Vec<Codec>,
    pub(super) extensions: ExtensionIds,
    /// The peer sends here, and we take it.
    pub(super) send: Option<SendSlot>,
    /// We send here.
    pub(super) receive: Option<ReceiveSlot>,
}

/// Decides about every m-line of an offer, in order.
pub(super) struct Agreement<'a, R> {
    pub(super) offer: &'a Offer,
    pub(super) previous: Option<&'a Negotiated>,
    pub(super) rng: &'a mut R,
    sources: Vec<SourceKind>,
    taken: Vec<u32>,
}

impl<'a, R: Rng> Agreement<'a, R> {
    pub(super) fn new(offer: &'a Offer, previous: Option<&'a Negotiated>, rng: &'a mut R) -> Self {
        let taken = offer.ssrcs().collect();
        Self {
            offer,
            previous,
            rng,
            sources: Vec::new(),
            taken,
        }
    }

    /// One decision per m-line.
    pub(super) fn decide(&mut self) -> Result<Vec<Decision>, SdpError> {
        let offer = self.offer;
        offer
            .sections
            .iter()
            .map(|section| self.decide_section(section))
            .collect()
    }

    fn decide_section(&mut self, section: &Section) -> Result<Decision, SdpError> {
        let Some(kind) = section.kind.filter(|_| section.is_usable()) else {
            return Ok(Decision::Reject);
        };
        let mut codecs = section.formats.accepted();
        codecs.retain(|codec| codec.kind.media() == kind);
        if codecs.is_empty() {
            return Ok(Decision::Reject);
        }
        let source = if section.sends {
            self.next_source(kind)
        } else {
            None
        };
        let transport_cc = codecs.iter().any(|codec| codec.transport_cc);
        let extensions = extensions::agreed(&section.extensions, source.is_some(), transport_cc);
        if extensions.transport_cc.is_none() {
            codecs
                .iter_mut()
                .for_each(|codec| codec.transport_cc = false);
        }
        let send = source.map(|source| SendSlot {
            mid: section.mid.clone(),
            kind: source,
            codecs: codecs.clone(),
            extensions,
            // Layers are told apart by the rid extension: without it there is no simulcast.
            rids: if extensions.rid.is_some() {
                section.rids.clone()
            } else {
                Vec::new()
            },
            ssrcs: section.ssrcs.clone(),
        });
        let receive = match section.receives {
            true => Some(self.receive_slot(section, kind, &codecs, extensions)?),
            false => None,
        };
        Ok(Decision::Accept(Box::new(Line {
            codecs,
            extensions,
            send,
            receive,
        })))
    }

    /// The meaning of the next sending m-line of this kind; `None` when all are given.
    fn next_source(&mut self, kind: MediaKind) -> Option<SourceKind> {
        let order = [
            SourceKind::Microphone,
            SourceKind::Camera,
            SourceKind::Screen,
        ];
        let mut free = order
            .into_iter()
            .filter(|source| !self.sources.contains(source));
        let source = free.find(|source| source.media() == kind)?;
        self.sources.push(source);
        Some(source)
    }

    fn receive_slot(
        &mut self,
        section: &Section,
        kind: MediaKind,
        codecs: &[Codec],
        extensions: ExtensionIds,
    ) -> Result<ReceiveSlot, SdpError> {
        let has_rtx = codecs.iter().any(|codec| codec.rtx_pt.is_some());
        let (ssrc, rtx_ssrc) = match self.previous {
            Some(previous) => {
                let slot = previous
                    .receive_slot(&section.mid)
                    .ok_or(SdpError::SlotsChanged)?;
                (slot.ssrc, slot.rtx_ssrc)
            }
            None => (self.draw_ssrc(), has_rtx.then(|| self.draw_ssrc())),
        };
        let extensions = ExtensionIds {
            rid: None,
            rrid: None,
            ..extensions
        };
        let (mid, codecs) = (section.mid.clone(), codecs.to_vec());
        Ok(ReceiveSlot {
            mid,
            kind,
            codecs,
            extensions,
            ssrc,
            rtx_ssrc,
        })
    }

    /// An SSRC that is not used in this connection, by us or by the peer.
    fn draw_ssrc(&mut self) -> u32 {
        loop {
            let ssrc = self.rng.next_u32();
            if ssrc != 0 && !self.taken.contains(&ssrc) {
                self.taken.push(ssrc);
                return ssrc;
            }
        }
    }
}

/// Whether the slots after an ICE restart are the ones of before.
pub(super) fn same_slots(before: &Negotiated, now: &Negotiated) -> bool {
    let sends = |negotiated: &Negotiated| -> Vec<(String, SourceKind)> {
        negotiated
            .send
            .iter()
            .map(|slot| (slot.mid.clone(), slot.kind))
            .collect()
    };
    let receives = |negotiated: &Negotiated| -> Vec<(String, u32, Option<u32>)> {
        let slots = negotiated.receive.iter();
        slots
            .map(|slot| (slot.mid.clone(), slot.ssrc, slot.rtx_ssrc))
            .collect()
    };
    sends(before) == sends(now) && receives(before) == receives(now)
}
