//! How long until it is an entry's turn, and the range in which that is shown.
//!
//! Each active seat is free after some time; each callable entry ahead takes the seat that is free
//! first and keeps it for `per`. All times here are whole milliseconds.

use signaling_protocol::Wait;

/// What a queue has learned of its calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Service {
    /// Average S, ms.
    pub(crate) average_ms: i64,
    /// Deviation D, ms.
    pub(crate) deviation_ms: i64,
    /// Calls learned from.
    pub(crate) learned: u32,
    /// Call-ups with a result.
    pub(crate) call_ups: u32,
    /// Call-ups without an answer.
    pub(crate) unanswered: u32,
}

/// Calls before what was learned is used in place of the slot's length.
const LEARN_FROM: u32 = 3;
/// The average of missed calls starts at one in ten, as if so many call-ups had been seen.
const MISSED_BEFORE: (i64, i64) = (1, 10);

impl Service {
    /// Nothing learned yet: S is the slot's length, D is 0.4·S.
    pub(crate) fn new(slot_ms: i64) -> Self {
        let deviation_ms = slot_ms * 2 / 5;
        Self {
            average_ms: slot_ms,
            deviation_ms,
            learned: 0,
            call_ups: 0,
            unanswered: 0,
        }
    }

    /// Learns from a call of this length, ms:
    /// `S ← S + 0.25·(min(x,cap) − S)`, `D ← D + 0.25·(|x − S| − D)`.
    pub(crate) fn learn(&mut self, length_ms: i64, cap_ms: i64) {
        let length_ms = length_ms.min(cap_ms);
        self.deviation_ms += ((length_ms - self.average_ms).abs() - self.deviation_ms) / 4;
        self.average_ms += (length_ms - self.average_ms) / 4;
        self.learned += 1;
    }

    /// Notes whether a call-up was answered.
    pub(crate) fn note_call_up(&mut self, answered: bool) {
        self.call_ups += 1;
        self.unanswered += u32::from(!answered);
    }

    /// S and D as they count now, ms.
    pub(crate) fn in_use(&self, slot_ms: i64) -> (i64, i64) {
        if self.learned < LEARN_FROM {
            (slot_ms, slot_ms * 2 / 5)
        } else {
            (self.average_ms, self.deviation_ms)
        }
    }

    /// What one entry ahead costs, ms: `(1−p)·(S+g) + p·ready_timeout`.
    pub(crate) fn per_ms(&self, slot_ms: i64, gap_ms: i64, ready_ms: i64) -> i64 {
        let (average_ms, _) = self.in_use(slot_ms);
        let missed = MISSED_BEFORE.0 + i64::from(self.unanswered);
        let all = MISSED_BEFORE.1 + i64::from(self.call_ups);
        ((all - missed) * (average_ms + gap_ms) + missed * ready_ms) / all
    }
}

/// The seats of a queue as the places are walked from the front.
#[derive(Debug, Clone)]
pub(crate) struct Estimate {
    /// When each active seat is free, ms from now.
    free_ms: Vec<i64>,
    per_ms: i64,
    deviation_ms: i64,
    ahead: u32,
}

/// One answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expected {
    /// Most likely, ms from now.
    pub(crate) ms: i64,
    /// As shown.
    pub(crate) wait: Wait,
}

impl Estimate {
    /// `free_ms`: one per active seat.
    pub(crate) fn new(free_ms: Vec<i64>, per_ms: i64, deviation_ms: i64) -> Self {
        Self {
            free_ms,
            per_ms,
            deviation_ms,
            ahead: 0,
        }
    }

    /// Free time of a seat in a call: `max(0.25·S, S − elapsed)`.
    pub(crate) fn free_after(average_ms: i64, elapsed_ms: i64) -> i64 {
        (average_ms / 4).max(average_ms - elapsed_ms)
    }

    /// The wait of who stands here; `None` without an active seat.
    pub(crate) fn here(&self) -> Option<Expected> {
        let ms = self.free_ms.iter().copied().min()?;
        Some(Expected {
            ms,
            wait: self.shown(ms),
        })
    }

    /// One callable entry ahead takes the seat that is free first.
    pub(crate) fn step(&mut self) {
        self.ahead += 1;
        if let Some(first) = self.free_ms.iter_mut().min() {
            *first += self.per_ms;
        }
    }

    /// `± 1.6·D·√((n+1)/c)`, ms.
    fn spread_ms(&self) -> i64 {
        let share = f64::from(self.ahead + 1) / self.free_ms.len().max(1) as f64;
        (1.6 * self.deviation_ms as f64 * share.sqrt()).round() as i64
    }

    fn shown(&self, ms: i64) -> Wait {
        const STEP_MS: i64 = 5 * 60_000;
        if ms < 2 * 60_000 {
            return Wait::UnderTwoMinutes;
        }
        let spread = self.spread_ms();
        let low = (ms - spread).max(0) / STEP_MS;
        let high = ((ms + spread) + STEP_MS - 1) / STEP_MS;
        let minutes = |steps: i64| u32::try_from(steps * 5).unwrap_or(u32::MAX);
        Wait::Range {
            low_min: minutes(low),
            high_min: minutes(high.max(low + 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// c = 2, S = 480 s, g = 0, p = 0, elapsed 120 and 400 s.
    fn vector(deviation_ms: i64) -> Estimate {
        let free = [120_000, 400_000]
            .map(|elapsed| Estimate::free_after(480_000, elapsed))
            .to_vec();
        assert_eq!(free, [360_000, 120_000]);
        Estimate::new(free, 480_000, deviation_ms)
    }

    #[test]
    fn three_ahead_of_two_busy_seats_wait_840_seconds() {
        let mut estimate = vector(120_000);
        for _ in 0..3 {
            estimate.step();
        }
        assert_eq!(estimate.here().unwrap().ms, 840_000);
    }

    #[test]
    fn the_range_is_568_to_1112_seconds_shown_as_5_to_20_minutes() {
        let mut estimate = vector(120_000);
        for _ in 0..3 {
            estimate.step();
        }
        let spread = estimate.spread_ms();
        assert_eq!((840_000 - spread) / 1_000, 568);
        assert_eq!((840_000 + spread + 500) / 1_000, 1_112);
        let shown = estimate.here().unwrap().wait;
        assert_eq!(
            shown,
            Wait::Range {
                low_min: 5,
                high_min: 20
            }
        );
    }

    #[test]
    fn no_active_seat_gives_no_number() {
        assert_eq!(Estimate::new(Vec::new(), 480_000, 1).here(), None);
    }

    #[test]
    fn an_idle_seat_and_nobody_ahead_is_under_two_minutes() {
        let estimate = Estimate::new(vec![0, 300_000], 480_000, 120_000);
        assert_eq!(estimate.here().unwrap().wait, Wait::UnderTwoMinutes);
    }

    #[test]
    fn what_was_learned_counts_from_the_third_call_on() {
        let mut service = Service::new(600_000);
        assert_eq!(service.in_use(600_000), (600_000, 240_000));
        service.learn(200_000, 1_200_000);
        service.learn(200_000, 1_200_000);
        assert_eq!(service.in_use(600_000), (600_000, 240_000));
        service.learn(9_000_000, 1_200_000);
        assert_eq!(
            service.in_use(600_000),
            (service.average_ms, service.deviation_ms)
        );
        assert!(service.average_ms < 1_200_000);
    }

    #[test]
    fn missed_calls_shorten_what_one_ahead_costs() {
        let mut service = Service::new(480_000);
        let before = service.per_ms(480_000, 10_000, 45_000);
        assert_eq!(before, (9 * 490_000 + 45_000) / 10);
        service.note_call_up(false);
        assert!(service.per_ms(480_000, 10_000, 45_000) < before);
    }
}
