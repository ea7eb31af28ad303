//! Booths, seats and jobs that come while the fair is open.

use std::collections::btree_map;

use signaling_protocol::{FairPhase, QueueState, SeatId};

use crate::booth::Booth;
use crate::fair::Fair;
use crate::seat::Seat;
use crate::setup::{BoothSetup, FairSetup};

impl Fair {
    /// The setup has gained something: see [`FairSetup::gain`], which the shell calls first so that
    /// a restart finds the same. Nothing is taken away or renamed here either.
    pub fn handle_setup(&mut self, now_ms: i64, setup: &FairSetup) {
        self.begin(now_ms);
        for booth in &setup.booths {
            self.gain_booth(booth);
            self.gain_seats(booth);
            self.gain_jobs(booth);
        }
        self.finish();
    }

    fn gain_booth(&mut self, setup: &BoothSetup) {
        let btree_map::Entry::Vacant(place) = self.booths.entry(setup.booth) else {
            return;
        };
        let bare = BoothSetup {
            jobs: Vec::new(),
            seats: Vec::new(),
            ..setup.clone()
        };
        let booth = place.insert(Booth::new(&bare, self.slot_ms, self.now_ms));
        if matches!(self.phase, FairPhase::Overrun | FairPhase::Ended) {
            booth.state = QueueState::Closed;
        }
        self.changes.queues.insert(setup.booth);
        self.changes.waits.insert(setup.booth);
        self.wall.booths.insert(setup.booth);
    }

    fn gain_seats(&mut self, setup: &BoothSetup) {
        let mut gained: Vec<SeatId> = Vec::new();
        for seat in &setup.seats {
            if let btree_map::Entry::Vacant(place) = self.seats.entry(seat.seat) {
                place.insert(Seat::new(seat, setup.booth, self.now_ms));
                gained.push(seat.seat);
            }
        }
        if gained.is_empty() {
            return;
        }
        if let Some(booth) = self.booths.get_mut(&setup.booth) {
            booth.seats.append(&mut gained);
        }
        self.seats_changed(setup.booth);
    }

    fn gain_jobs(&mut self, setup: &BoothSetup) {
        let Some(booth) = self.booths.get_mut(&setup.booth) else {
            return;
        };
        for job in &setup.jobs {
            if booth.job(Some(job.job)).is_none() {
                booth.jobs.push(job.clone());
            }
        }
    }
}
