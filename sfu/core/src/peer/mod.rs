//! One connected browser: its keys, its way here, what it sends and what it gets.

pub(crate) mod allowance;
pub(crate) mod clock;
pub(crate) mod flood;
pub(crate) mod upstream;

use std::time::{Duration, Instant};

use allowance::Allowance;
use flood::Flood;
use upstream::Upstream;

use crate::config::Limits;
use crate::deadlines::Armed;
use crate::dtls::Association;
use crate::event::{Plugs, SlotInfo};
use crate::ice::{IceLite, IceState};
use crate::ids::PeerId;
use crate::path::Path;
use crate::prefetch::prefetch;
use crate::sdp::Negotiated;
use crate::send::slot::Slot;
use crate::srtp::{Inbound, Outbound};

/// Between two reports (sender and receiver reports, quality events).
pub(crate) const REPORT_INTERVAL: Duration = Duration::from_secs(1);
/// Assumed before the first report came back.
const FIRST_ROUND_TRIP: Duration = Duration::from_millis(100);

/// Everything of one peer.
pub(crate) struct Peer {
    pub id: PeerId,
    pub ice: IceLite,
    pub dtls: Association,
    pub inbound: Option<Inbound>,
    pub outbound: Option<Outbound>,
    pub negotiated: Negotiated,
    /// Local ICE user fragments under which it is found: the newest last.
    pub ufrags: Vec<String>,
    /// Paths under which it is found.
    pub paths: Vec<Path>,
    pub upstream: Upstream,
    pub slots: Vec<Slot>,
    /// One bit for each slot whose track has new packets.
    pub dirty: u64,
    /// SSRC of our receiver reports and feedback.
    pub ssrc: u32,
    pub armed: Armed,
    /// In the list of peers to look at before the input ends.
    pub attention: bool,
    /// It is in that list for media that came in, and for nothing else.
    pub media_only: bool,
    pub liveness: IceState,
    pub created: Instant,
    pub report_due: Instant,
    pub round_trip: Option<Duration>,
    pub allowance: Allowance,
    pub bad_packets: Flood,
    pub rtcp: Flood,
    pub resends: Flood,
}

impl Peer {
    /// What the peer may send and where it can be shown something.
    pub fn plugs(&self) -> Plugs {
        let slot = |slot: &crate::sdp::ReceiveSlot| SlotInfo {
            mid: slot.mid.clone(),
            kind: slot.kind,
        };
        Plugs {
            sources: self.negotiated.send.iter().map(|slot| slot.kind).collect(),
            slots: self.negotiated.receive.iter().map(slot).collect(),
        }
    }

    /// Whether it needs no look after media came in: it is connected, and it is armed no later
    /// than the feedback for them is due. That is so for most packets.
    pub fn can_wait(&self) -> bool {
        self.media_only
            && self.liveness == IceState::Connected
            && self.can_send()
            && !self.upstream.feedback_is_full()
            && self.upstream.due().is_none_or(|due| self.armed.is_by(due))
    }

    /// Asks for the memory that sending to it needs.
    pub fn prefetch_sending(&self) {
        if let Some(outbound) = &self.outbound {
            outbound.prefetch();
        }
        self.dirty_slots().for_each(prefetch);
    }

    /// The slots whose tracks have new packets.
    pub fn dirty_slots(&self) -> impl Iterator<Item = &Slot> {
        let dirty = self.dirty;
        let slots = self.slots.iter().enumerate();
        slots.filter_map(move |(index, slot)| (dirty & (1 << index) != 0).then_some(slot))
    }

    /// Whether media can be sent now.
    pub fn can_send(&self) -> bool {
        self.outbound.is_some() && self.ice.selected().is_some()
    }

    /// The round trip, or a guess before the first report.
    pub fn round_trip_or_guess(&self) -> Duration {
        self.round_trip.unwrap_or(FIRST_ROUND_TRIP)
    }

    /// The slot with an SSRC.
    pub fn slot_of(&mut self, ssrc: u32) -> Option<(u8, &mut Slot)> {
        let place = self.slots.iter().position(|slot| slot.ssrc == ssrc)?;
        Some((place as u8, &mut self.slots[place]))
    }

    /// Counters of the limits of one peer: bad packets, RTCP, retransmissions.
    pub fn floods(limits: &Limits, now: Instant) -> [Flood; 3] {
        [
            Flood::new(limits.bad_packets_per_second, now),
            Flood::new(limits.rtcp_per_second, now),
            Flood::new(limits.retransmissions_per_second, now),
        ]
    }
}
