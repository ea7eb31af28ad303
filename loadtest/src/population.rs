//! The fair of a run and its people: everyone's id is a number, so that a run is the same each
//! time.

use serde_json::{Value, json};
use signaling_protocol::{Admission, BoothId, FairId, JobId, PersonId, Role, SeatId};
use uuid::Uuid;

use crate::clock::now_ms;
use crate::signal::token::Who;

const HOUR_MS: i64 = 3_600_000;

/// Booths with seats; students are whoever comes with a signed token.
#[derive(Debug, Clone)]
pub struct Population {
    /// Number that keeps the fairs of several runs apart.
    pub run: u32,
    /// Number that keeps the students of several runs at one fair apart: nobody is interviewed
    /// twice at the same booth.
    pub crowd: u32,
    /// Booths.
    pub booths: usize,
    /// Seats per booth.
    pub seats: usize,
    /// Rules that differ from the defaults, as JSON.
    pub rules: Value,
}

fn id(kind: u128, run: u32, booth: usize, n: usize) -> Uuid {
    const VERSION_AND_VARIANT: u128 = 0x0190_0000_0000_7000_8000_0000_0000_0000;
    let place = (kind << 44) | ((booth as u128) << 16) | n as u128;
    Uuid::from_u128(VERSION_AND_VARIANT | (u128::from(run) << 80) | place)
}

impl Population {
    /// The fair.
    #[must_use]
    pub fn fair(&self) -> FairId {
        FairId(id(1, self.run, 0, 0))
    }

    /// A booth.
    #[must_use]
    pub fn booth(&self, booth: usize) -> BoothId {
        BoothId(id(2, self.run, booth, 0))
    }

    /// The interviewer on a seat of a booth.
    #[must_use]
    pub fn interviewer(&self, booth: usize, seat: usize) -> Who {
        Who {
            person: PersonId(id(4, self.run, booth, seat)),
            role: Role::Interviewer {
                booth: self.booth(booth),
                seat: SeatId(id(3, self.run, booth, seat)),
            },
            name: format!("面试官{booth}-{seat}（示例）"),
        }
    }

    /// A student.
    #[must_use]
    pub fn student(&self, n: usize) -> Who {
        Who {
            person: PersonId(id(5, self.crowd, n, 0)),
            role: Role::Student(Admission {
                admitted: true,
                resume_complete: true,
            }),
            name: format!("学生{n}（示例）"),
        }
    }

    /// One of the school's staff.
    #[must_use]
    pub fn staff(&self, n: usize) -> Who {
        Who {
            person: PersonId(id(6, self.run, n, 0)),
            role: Role::Staff,
            name: format!("就业处{n}（示例）"),
        }
    }

    /// A job at a booth.
    #[must_use]
    pub fn job(&self, booth: usize, n: usize) -> JobId {
        JobId(id(7, self.run, booth, n))
    }

    /// The fair as `pinhui import` reads it.
    #[must_use]
    pub fn setup(&self) -> Value {
        let booths: Vec<Value> = (0..self.booths)
            .map(|booth| self.booth_setup(booth))
            .collect();
        json!({
            "fair": self.fair(), "title": "压力测试双选会（示例）",
            "starts_ms": now_ms() - HOUR_MS, "ends_ms": now_ms() + 12 * HOUR_MS,
            "slot_ms": 600_000, "max_queues": 3, "rules": self.rules, "booths": booths,
        })
    }

    fn booth_setup(&self, booth: usize) -> Value {
        let seats: Vec<Value> = (0..self.seats)
            .map(|seat| {
                let who = self.interviewer(booth, seat);
                let Role::Interviewer { seat, .. } = who.role else {
                    return Value::Null;
                };
                json!({ "seat": seat, "person": who.person, "nickname": who.name })
            })
            .collect();
        json!({
            "booth": self.booth(booth), "number": format!("L-{booth:03}"),
            "company": format!("压测企业{booth}（示例）"), "seats": seats,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn everyone_has_an_id_of_his_own_and_the_core_reads_the_fair() {
        let population = Population {
            run: 3,
            crowd: 3,
            booths: 50,
            seats: 4,
            rules: json!({}),
        };
        let mut ids = BTreeSet::new();
        for booth in 0..50 {
            assert!(ids.insert(population.booth(booth).0));
            for seat in 0..4 {
                assert!(ids.insert(population.interviewer(booth, seat).person.0));
            }
        }
        for student in 0..1_000 {
            assert!(ids.insert(population.student(student).person.0));
        }
        let other = Population {
            run: 4,
            ..population.clone()
        };
        assert_ne!(population.fair(), other.fair());
        let later = Population {
            crowd: 4,
            ..population.clone()
        };
        assert_eq!(population.fair(), later.fair());
        assert_eq!(population.booth(1), later.booth(1));
        assert_ne!(population.student(1).person, later.student(1).person);
        let setup: signaling_core::FairSetup = serde_json::from_value(population.setup()).unwrap();
        assert_eq!(setup.booths.len(), 50);
    }
}
