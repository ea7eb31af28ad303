//! Packet indices: rollover estimation and the window of indices that were used.

/// Replay window of an RTP stream, in packets.
pub const RTP_REPLAY_WINDOW: usize = 512;
/// Replay window of an RTCP stream, in packets.
pub const RTCP_REPLAY_WINDOW: usize = 64;

/// Largest packet index of RTP: 48 bits.
pub(super) const MAX_RTP_INDEX: u64 = (1 << 48) - 1;
/// Largest packet index of SRTCP: 31 bits.
pub(super) const MAX_RTCP_INDEX: u32 = (1 << 31) - 1;

/// Indices of an RTP stream.
pub(super) type RtpIndices = Indices<{ RTP_REPLAY_WINDOW / 64 }>;
/// Indices of an RTCP stream.
pub(super) type RtcpIndices = Indices<{ RTCP_REPLAY_WINDOW / 64 }>;

/// The highest index of a stream and which of the `64 × WORDS` up to it were used
/// (RFC 3711 §3.3.2).
#[derive(Debug, Clone)]
pub(super) struct Indices<const WORDS: usize> {
    highest: u64,
    /// Bit `index % window` tells whether `index` was used.
    used: [u64; WORDS],
}

impl<const WORDS: usize> Indices<WORDS> {
    const WINDOW: u64 = 64 * WORDS as u64;

    /// A stream whose first index is `first`.
    pub(super) fn starting_at(first: u64) -> Self {
        let mut indices = Self {
            highest: first,
            used: [0; WORDS],
        };
        indices.mark(first);
        indices
    }

    /// Whether `index` is neither used nor too old to tell.
    pub(super) fn is_fresh(&self, index: u64) -> bool {
        if index > self.highest {
            return true;
        }
        let (word, bit) = Self::place(index);
        self.highest - index < Self::WINDOW && self.used[word] & bit == 0
    }

    /// Notes that `index` was used.
    pub(super) fn accept(&mut self, index: u64) {
        if index > self.highest {
            if index - self.highest >= Self::WINDOW {
                self.used = [0; WORDS];
            } else {
                for skipped in self.highest + 1..index {
                    let (word, bit) = Self::place(skipped);
                    self.used[word] &= !bit;
                }
            }
            self.highest = index;
        }
        self.mark(index);
    }

    fn mark(&mut self, index: u64) {
        let (word, bit) = Self::place(index);
        self.used[word] |= bit;
    }

    fn place(index: u64) -> (usize, u64) {
        let position = index % Self::WINDOW;
        // The remainder is below 64 × WORDS.
        ((position / 64) as usize, 1 << (position % 64))
    }
}

impl RtpIndices {
    /// The 48-bit index that a packet with this sequence number most likely has
    /// (RFC 3711 §3.3.1). `None` if the rollover counter would overflow.
    ///
    /// Before the first rollover there is no lower counter to guess: a number far ahead then
    /// belongs to counter 0 as well.
    pub(super) fn estimate(&self, sequence: u16) -> Option<u64> {
        let rollovers = self.highest >> 16;
        let last = self.highest as u16;
        let rollovers = if last < 0x8000 {
            if sequence > last && sequence - last > 0x8000 {
                rollovers.saturating_sub(1)
            } else {
                rollovers
            }
        } else if last - 0x8000 > sequence {
            rollovers + 1
        } else {
            rollovers
        };
        let index = rollovers << 16 | u64::from(sequence);
        (index <= MAX_RTP_INDEX).then_some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_used_index_is_not_fresh_again() {
        let mut indices = RtpIndices::starting_at(100);
        assert!(!indices.is_fresh(100));
        for index in [101, 105, 103] {
            assert!(indices.is_fresh(index));
            indices.accept(index);
            assert!(!indices.is_fresh(index));
        }
        assert!(indices.is_fresh(102) && indices.is_fresh(104) && indices.is_fresh(99));
    }

    #[test]
    fn indices_older_than_the_window_are_not_fresh() {
        let mut indices = RtpIndices::starting_at(0);
        indices.accept(1_000);
        assert!(indices.is_fresh(1_000 - 511));
        assert!(!indices.is_fresh(1_000 - 512));
        let mut indices = RtcpIndices::starting_at(0);
        indices.accept(100);
        assert!(indices.is_fresh(37));
        assert!(!indices.is_fresh(36));
    }

    #[test]
    fn marks_of_the_round_before_are_cleared() {
        let mut indices = RtpIndices::starting_at(0);
        (1..=600).for_each(|index| indices.accept(index));
        indices.accept(1_000);
        assert!((601..1_000).all(|index| indices.is_fresh(index)));
        assert!((489..=600).all(|index| !indices.is_fresh(index)));
    }

    #[test]
    fn estimation_follows_wraps_both_ways() {
        let mut indices = RtpIndices::starting_at(65_530);
        assert_eq!(indices.estimate(65_531), Some(65_531));
        assert_eq!(indices.estimate(2), Some(0x1_0002));
        indices.accept(0x1_0002);
        assert_eq!(indices.estimate(65_533), Some(65_533));
        assert_eq!(indices.estimate(3), Some(0x1_0003));
        assert_eq!(indices.estimate(32_770), Some(0x1_8002));
        assert_eq!(indices.estimate(32_771), Some(32_771));
    }

    #[test]
    fn there_is_nothing_before_the_first_round_and_nothing_after_the_last() {
        let indices = RtpIndices::starting_at(5);
        assert_eq!(indices.estimate(60_000), Some(60_000));
        let indices = RtpIndices::starting_at(MAX_RTP_INDEX);
        assert_eq!(indices.estimate(0), None);
    }
}
