//! What a fair is made of: booths, seats, jobs, and the rules with their figures.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use signaling_protocol::{BoothId, FairId, JobView, PersonId, SeatId};

/// A fair as the portal (or an imported file) describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FairSetup {
    /// The fair.
    pub fair: FairId,
    /// Its title.
    pub title: String,
    /// Begin, ms since 1970.
    pub starts_ms: i64,
    /// Planned end, ms since 1970.
    pub ends_ms: i64,
    /// Planned length of a call, ms.
    pub slot_ms: u64,
    /// Active entries that one student may have at once.
    pub max_queues: u32,
    /// Figures of the rules.
    #[serde(default)]
    pub rules: Rules,
    /// The booths: approved registrations.
    pub booths: Vec<BoothSetup>,
}

/// A booth (展位).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoothSetup {
    /// The booth.
    pub booth: BoothId,
    /// Its number in the fair, such as `B-017`.
    pub number: String,
    /// The company.
    pub company: String,
    /// Jobs that it recruits for.
    #[serde(default)]
    pub jobs: Vec<JobView>,
    /// Its seats.
    pub seats: Vec<SeatSetup>,
}

/// A seat (面试官席位).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeatSetup {
    /// The seat.
    pub seat: SeatId,
    /// The interviewer.
    pub person: PersonId,
    /// What students see as the name.
    pub nickname: String,
    /// One line under the name.
    #[serde(default)]
    pub department: String,
}

/// What a setup has gained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gained {
    /// New booths.
    pub booths: usize,
    /// New seats, those of new booths among them.
    pub seats: usize,
    /// New jobs, those of new booths among them.
    pub jobs: usize,
}

impl FairSetup {
    /// Takes over the booths, seats and jobs of `newer` that are not here yet. Nothing is taken
    /// away or renamed: people may stand in a queue there.
    pub fn gain(&mut self, newer: &Self) -> Gained {
        let seats = self.booths.iter().flat_map(|booth| &booth.seats);
        let mut seated: BTreeSet<SeatId> = seats.map(|seat| seat.seat).collect();
        let mut gained = Gained::default();
        for newer in &newer.booths {
            let at = self.booths.iter().position(|b| b.booth == newer.booth);
            let at = at.unwrap_or_else(|| {
                gained.booths += 1;
                self.booths.push(BoothSetup {
                    jobs: Vec::new(),
                    seats: Vec::new(),
                    ..newer.clone()
                });
                self.booths.len() - 1
            });
            let booth = &mut self.booths[at];
            for job in &newer.jobs {
                if booth.jobs.iter().all(|known| known.job != job.job) {
                    gained.jobs += 1;
                    booth.jobs.push(job.clone());
                }
            }
            for seat in &newer.seats {
                if seated.insert(seat.seat) {
                    gained.seats += 1;
                    booth.seats.push(seat.clone());
                }
            }
        }
        gained
    }
}

/// Every figure of the rules of the live queue; the defaults are those of the product text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Ready check while no page of the student is in the foreground, ms.
    pub ready_ms: i64,
    /// Ready check while a page of the student is in the foreground, ms.
    pub ready_visible_ms: i64,
    /// READY becomes IN_CALL by itself after this, ms.
    pub start_by_itself_ms: i64,
    /// A refusal can be undone for this long, ms.
    pub undo_refuse_ms: i64,
    /// A MISSED can be undone for this long, ms.
    pub undo_missed_ms: i64,
    /// Uses of 稍后 per entry.
    pub laters: u32,
    /// Places that 稍后 costs.
    pub later_places: usize,
    /// Uses of 暂时离开 per person.
    pub aways: u32,
    /// The longest 暂时离开, ms.
    pub away_ms: i64,
    /// An entry that is passed over at the head for this long goes back, ms.
    pub head_skip_ms: i64,
    /// An unanswered call puts the entry behind so many callable ones.
    pub unanswered_behind: usize,
    /// A person without a socket keeps the place for this long, ms.
    pub offline_grace_ms: i64,
    /// Then counts as away for this long, then has LEFT, ms.
    pub offline_away_ms: i64,
    /// A seat that is gone for this long loses whom it called, ms.
    pub seat_gone_ms: i64,
    /// The call clock stands still for at most this long per loss, ms.
    pub clock_stop_ms: i64,
    /// A call with a side gone for this long is shown as stuck, ms.
    pub stuck_ms: i64,
    /// Interviewers gone for this long: a colleague may take the call, else it goes back, ms.
    pub interviewer_gone_ms: i64,
    /// Both sides gone for this long: the entry goes to the front, ms.
    pub both_gone_ms: i64,
    /// Reconnect time of a student whose interviewer is there: then the call is DONE, ms.
    pub reconnect_ms: i64,
    /// The one extension of a call, ms.
    pub extension_ms: i64,
    /// A device test counts for this long, ms.
    pub device_test_ms: i64,
    /// Calls may run on for this long after the fair's end, ms.
    pub overrun_ms: i64,
    /// After a restart, calling stays closed for at most this long, ms.
    pub settling_ms: i64,
    /// Calls shorter than this do not count for the service average, ms.
    pub shortest_call_ms: i64,
    /// A call counts for the service average with at most so many slots.
    pub service_cap_slots: i64,
    /// Pause of a seat between two calls in the wait formula, ms.
    pub gap_ms: i64,
    /// Refreshes of places and waits to one person are joined for this long, ms. The product text
    /// says 1 s; 100 ms is chosen because an event must have reached its last addressee within
    /// 250 ms (99th percentile), and a longer window would be spent on that bar alone.
    pub join_window_ms: i64,
    /// Changes of the company wall are joined for this long, 2 to 5 s; longer where the news are
    /// long, ms.
    pub wall_window_ms: i64,
    /// Changes of the console are joined for this long, ms.
    pub console_window_ms: i64,
    /// Waits are worked out anew this often even if nothing happens, ms.
    pub wait_refresh_ms: i64,
    /// A shown wait is told again when it moved by this much, ms.
    pub wait_step_ms: i64,
    /// Entries that one queue may hold.
    pub queue_limit: usize,
    /// Applications of one student at one booth, with those that were taken back.
    pub applications: usize,
}

impl Default for Rules {
    fn default() -> Self {
        const SECOND: i64 = 1_000;
        const MINUTE: i64 = 60 * SECOND;
        Self {
            ready_ms: 45 * SECOND,
            ready_visible_ms: 25 * SECOND,
            start_by_itself_ms: 10 * SECOND,
            undo_refuse_ms: 10 * MINUTE,
            undo_missed_ms: 2 * MINUTE,
            laters: 2,
            later_places: 3,
            aways: 2,
            away_ms: 10 * MINUTE,
            head_skip_ms: 10 * MINUTE,
            unanswered_behind: 2,
            offline_grace_ms: 5 * MINUTE,
            offline_away_ms: 10 * MINUTE,
            seat_gone_ms: 30 * SECOND,
            clock_stop_ms: 60 * SECOND,
            stuck_ms: 30 * SECOND,
            interviewer_gone_ms: 2 * MINUTE,
            both_gone_ms: 3 * MINUTE,
            reconnect_ms: 5 * MINUTE,
            extension_ms: 5 * MINUTE,
            device_test_ms: 24 * 60 * MINUTE,
            overrun_ms: 15 * MINUTE,
            settling_ms: 10 * SECOND,
            shortest_call_ms: 30 * SECOND,
            service_cap_slots: 2,
            gap_ms: 10 * SECOND,
            join_window_ms: 100,
            wall_window_ms: 3 * SECOND,
            console_window_ms: 500,
            wait_refresh_ms: 30 * SECOND,
            wait_step_ms: 2 * MINUTE,
            queue_limit: 500,
            applications: 10,
        }
    }
}
