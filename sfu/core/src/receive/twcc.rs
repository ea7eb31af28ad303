//! Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01): which packets of
//! a peer came when, so that its congestion control knows its uplink.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::prefetch::prefetch;
use crate::rtcp::write::{begin, end};
use crate::rtcp::{TRANSPORT_CC, TRANSPORT_FEEDBACK};

/// Time from the first unreported packet to the feedback.
pub(crate) const INTERVAL: Duration = Duration::from_millis(80);
/// Most packets in one feedback message.
const MAX_STATUSES: usize = 400;
/// A packet is reported late at most this far behind the reported ones.
const MAX_LATE: u64 = 256;
/// One delta unit.
const TICK_US: i64 = 250;
/// One unit of the reference time.
const REFERENCE_US: i64 = 64_000;

const NOT_RECEIVED: u8 = 0;
const SMALL_DELTA: u8 = 1;
const LARGE_DELTA: u8 = 2;

/// The packets of one peer since the last feedback.
#[derive(Debug)]
pub(crate) struct TransportFeedback {
    epoch: Instant,
    /// Extended number of the first element of `arrivals`.
    base: Option<u64>,
    /// Arrival in microseconds since the epoch.
    arrivals: VecDeque<Option<i64>>,
    due: Option<Instant>,
    count: u8,
    ssrc: u32,
}

impl TransportFeedback {
    pub fn new(epoch: Instant) -> TransportFeedback {
        let arrivals = VecDeque::new();
        TransportFeedback {
            epoch,
            base: None,
            arrivals,
            due: None,
            count: 0,
            ssrc: 0,
        }
    }

    /// Asks for the memory that the next note needs.
    pub fn prefetch(&self) {
        if let Some(newest) = self.arrivals.back() {
            prefetch(newest);
        }
    }

    /// Notes that the packet with this transport-wide number came, on stream `ssrc`.
    pub fn note(&mut self, now: Instant, number: u16, ssrc: u32) {
        let next = self.base.map(|base| base + self.arrivals.len() as u64);
        let seq = match next {
            None => (1 << 16) + u64::from(number),
            Some(next) => {
                let step = i64::from(number.wrapping_sub(next as u16) as i16);
                next.saturating_add_signed(step)
            }
        };
        let mut base = *self.base.get_or_insert(seq);
        if seq < base {
            if base - seq > MAX_LATE {
                return;
            }
            while base > seq {
                self.arrivals.push_front(None);
                base -= 1;
            }
            self.base = Some(base);
        }
        let place = (seq - base) as usize;
        if place >= MAX_STATUSES {
            // A jump: what is before it is not worth its own message.
            self.arrivals.clear();
            self.base = Some(seq);
            self.arrivals.push_back(None);
        }
        let place = (seq - self.base.unwrap_or(seq)) as usize;
        while self.arrivals.len() <= place {
            self.arrivals.push_back(None);
        }
        let micros = now.saturating_duration_since(self.epoch).as_micros() as i64;
        if self.arrivals[place].is_none() {
            self.arrivals[place] = Some(micros);
        }
        self.ssrc = ssrc;
        if self.due.is_none() {
            self.due = Some(now + INTERVAL);
        }
    }

    /// When feedback should be sent.
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// True when a message would be full before it is due.
    pub fn is_full(&self) -> bool {
        self.arrivals.len() >= MAX_STATUSES / 2
    }

    /// Appends the feedback of all packets since the last one; false if there is none.
    pub fn write(&mut self, out: &mut Vec<u8>, sender: u32) -> bool {
        self.due = None;
        let Some(base) = self.base else { return false };
        let Some(first) = self.arrivals.iter().flatten().next().copied() else {
            return false;
        };
        let reference = first.div_euclid(REFERENCE_US);
        let mut statuses: Vec<u8> = Vec::with_capacity(self.arrivals.len());
        let mut deltas: Vec<u8> = Vec::with_capacity(self.arrivals.len());
        let mut last_ticks = reference * (REFERENCE_US / TICK_US);
        for arrival in &self.arrivals {
            let Some(micros) = arrival else {
                statuses.push(NOT_RECEIVED);
                continue;
            };
            let ticks = micros / TICK_US;
            let delta = (ticks - last_ticks).clamp(i64::from(i16::MIN), i64::from(i16::MAX));
            last_ticks += delta;
            match u8::try_from(delta) {
                Ok(small) => {
                    statuses.push(SMALL_DELTA);
                    deltas.push(small);
                }
                Err(_) => {
                    statuses.push(LARGE_DELTA);
                    deltas.extend_from_slice(&(delta as i16).to_be_bytes());
                }
            }
        }
        let start = begin(out, TRANSPORT_FEEDBACK, TRANSPORT_CC);
        out.extend_from_slice(&sender.to_be_bytes());
        out.extend_from_slice(&self.ssrc.to_be_bytes());
        out.extend_from_slice(&(base as u16).to_be_bytes());
        out.extend_from_slice(&(statuses.len() as u16).to_be_bytes());
        out.extend_from_slice(&(reference as u32).to_be_bytes()[1..]);
        out.push(self.count);
        write_chunks(out, &statuses);
        out.extend_from_slice(&deltas);
        end(out, start);
        self.count = self.count.wrapping_add(1);
        self.base = Some(base + self.arrivals.len() as u64);
        self.arrivals.clear();
        true
    }
}

/// Writes packet status chunks: a run where one status repeats, else a vector of 14 one-bit or 7
/// two-bit symbols.
fn write_chunks(out: &mut Vec<u8>, statuses: &[u8]) {
    let mut rest = statuses;
    while let [first, ..] = rest {
        let run = rest
            .iter()
            .take_while(|status| *status == first)
            .count()
            .min(0x1FFF);
        let chunk = if run >= 14 || run == rest.len() {
            rest = &rest[run..];
            (u16::from(*first) << 13) | run as u16
        } else {
            let one_bit = rest.iter().take(14).all(|status| *status != LARGE_DELTA);
            let (count, bits, mark) = if one_bit {
                (14, 1, 0x8000_u16)
            } else {
                (7, 2, 0xC000_u16)
            };
            let mut chunk = mark;
            for (place, status) in rest.iter().take(count).enumerate() {
                chunk |= u16::from(*status) << ((count - 1 - place) * bits);
            }
            rest = &rest[count.min(rest.len())..];
            chunk
        };
        out.extend_from_slice(&chunk.to_be_bytes());
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "a test needs some instant to start from"
)]
mod tests {
    use proptest::prelude::*;
    use rtc_rtcp::transport_feedbacks::transport_layer_cc::{
        PacketStatusChunk, SymbolTypeTcc, TransportLayerCc,
    };
    use rtc_shared::marshal::Unmarshal;

    use super::*;

    /// (number, arrival in µs) of every packet that a message reports as received, read by
    /// another implementation.
    fn read(mut bytes: &[u8]) -> (u16, Vec<(u16, i64)>) {
        let message = TransportLayerCc::unmarshal(&mut bytes).unwrap();
        let mut symbols = Vec::new();
        for chunk in &message.packet_chunks {
            match chunk {
                PacketStatusChunk::RunLengthChunk(run) => {
                    let count = usize::from(run.run_length);
                    symbols.extend(std::iter::repeat_n(run.packet_status_symbol, count));
                }
                PacketStatusChunk::StatusVectorChunk(vector) => {
                    symbols.extend(vector.symbol_list.iter().copied());
                }
            }
        }
        symbols.truncate(usize::from(message.packet_status_count));
        let mut at = i64::from(message.reference_time) * REFERENCE_US;
        let mut deltas = message.recv_deltas.iter();
        let mut found = Vec::new();
        for (place, symbol) in symbols.iter().enumerate() {
            if *symbol != SymbolTypeTcc::PacketNotReceived {
                at += deltas.next().unwrap().delta;
                found.push((message.base_sequence_number.wrapping_add(place as u16), at));
            }
        }
        assert!(deltas.next().is_none());
        (message.packet_status_count, found)
    }

    #[test]
    fn reports_holes_runs_and_wraps() {
        let epoch = Instant::now();
        let mut feedback = TransportFeedback::new(epoch);
        let mut sent = Vec::new();
        for n in (0..60_u16).filter(|n| ![3, 4, 20].contains(n)) {
            let number = n.wrapping_add(65_530);
            let micros = 100_000 + i64::from(n) * 1000;
            feedback.note(epoch + Duration::from_micros(micros as u64), number, 7);
            sent.push((number, micros));
        }
        assert_eq!(
            feedback.due(),
            Some(epoch + Duration::from_millis(100) + INTERVAL)
        );
        let mut out = Vec::new();
        assert!(feedback.write(&mut out, 1));
        assert_eq!(read(&out), (60, sent));
        assert_eq!(feedback.due(), None);
        assert!(!feedback.write(&mut out, 1));
    }

    #[test]
    fn a_late_packet_is_reported_by_the_next_message() {
        let epoch = Instant::now();
        let mut feedback = TransportFeedback::new(epoch);
        let mut out = Vec::new();
        for number in [10, 11, 13] {
            feedback.note(epoch, number, 7);
        }
        feedback.write(&mut out, 1);
        feedback.note(epoch + Duration::from_millis(1), 12, 7);
        out.clear();
        assert!(feedback.write(&mut out, 1));
        assert_eq!(read(&out), (2, vec![(12, 1000)]));
    }

    proptest! {
        #[test]
        fn every_packet_is_reported_at_its_time(
            steps in proptest::collection::vec((0_u16..6, 0_u64..90_000), 1..150),
        ) {
            let epoch = Instant::now();
            let mut feedback = TransportFeedback::new(epoch);
            let (mut number, mut micros) = (65_500_u16, 0_u64);
            let mut sent = Vec::new();
            for (step, wait) in steps {
                number = number.wrapping_add(1 + step);
                micros += wait;
                sent.push((number, (micros as i64 / TICK_US) * TICK_US));
                feedback.note(epoch + Duration::from_micros(micros), number, 7);
            }
            prop_assume!(number.wrapping_sub(sent[0].0) < MAX_STATUSES as u16);
            let mut out = Vec::new();
            prop_assert!(feedback.write(&mut out, 1));
            prop_assert_eq!(read(&out).1, sent);
        }
    }
}
