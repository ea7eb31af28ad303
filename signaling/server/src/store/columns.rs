//! Rows as the database gives them, and their way into the core's types.

use std::str::FromStr;

use signaling_core::codes::Code;
use signaling_core::rows::{CallRow, CallSeatRow, EntryRow, FairRow, PersonRow, QueueStateRow};
use signaling_protocol::FairId;

use super::StoreError;

/// Where a value stands, for the error.
#[derive(Clone, Copy)]
struct At(&'static str, &'static str);

impl At {
    fn unknown(self, value: impl ToString) -> StoreError {
        StoreError::Unknown {
            table: self.0,
            column: self.1,
            value: value.to_string(),
        }
    }

    fn id<T: FromStr>(self, text: &str) -> Result<T, StoreError> {
        text.parse().map_err(|_| self.unknown(text))
    }

    fn id_if<T: FromStr>(self, text: Option<&str>) -> Result<Option<T>, StoreError> {
        text.map(|text| self.id(text)).transpose()
    }

    fn code<T: Code>(self, word: &str) -> Result<T, StoreError> {
        T::from_code(word).ok_or_else(|| self.unknown(word))
    }

    fn code_if<T: Code>(self, word: Option<&str>) -> Result<Option<T>, StoreError> {
        word.map(|word| self.code(word)).transpose()
    }

    fn count<T: TryFrom<i64>>(self, number: i64) -> Result<T, StoreError> {
        T::try_from(number).map_err(|_| self.unknown(number))
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct FairColumns {
    phase: String,
    ends_ms: i64,
    overrun_until_ms: Option<i64>,
    events: i64,
}

impl FairColumns {
    pub(super) fn row(self, fair: FairId) -> Result<FairRow, StoreError> {
        let at = |column| At("live_fairs", column);
        Ok(FairRow {
            fair,
            phase: at("phase").code(&self.phase)?,
            ends_ms: self.ends_ms,
            overrun_until_ms: self.overrun_until_ms,
            events: at("events").count(self.events)?,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct QueueColumns {
    id: String,
    state: String,
    paused_until_ms: Option<i64>,
    message: Option<String>,
    events: i64,
    service_ms: i64,
    deviation_ms: i64,
    learned: i64,
    call_ups: i64,
    unanswered: i64,
}

impl QueueColumns {
    pub(super) fn row(self, fair: FairId) -> Result<QueueStateRow, StoreError> {
        let at = |column| At("live_queues", column);
        Ok(QueueStateRow {
            fair,
            booth: at("id").id(&self.id)?,
            state: at("state").code(&self.state)?,
            paused_until_ms: self.paused_until_ms,
            message: self.message,
            events: at("events").count(self.events)?,
            service_ms: self.service_ms,
            deviation_ms: self.deviation_ms,
            learned: at("learned").count(self.learned)?,
            call_ups: at("call_ups").count(self.call_ups)?,
            unanswered: at("unanswered").count(self.unanswered)?,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct PersonColumns {
    person_id: String,
    name: String,
    headline: String,
    device_test_ms: Option<i64>,
    away_until_ms: Option<i64>,
    aways: i64,
    offline_since_ms: Option<i64>,
}

impl PersonColumns {
    pub(super) fn row(self, fair: FairId) -> Result<PersonRow, StoreError> {
        let at = |column| At("live_persons", column);
        Ok(PersonRow {
            fair,
            person: at("person_id").id(&self.person_id)?,
            name: self.name,
            headline: self.headline,
            device_test_ms: self.device_test_ms,
            away_until_ms: self.away_until_ms,
            aways: at("aways").count(self.aways)?,
            offline_since_ms: self.offline_since_ms,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct EntryColumns {
    id: String,
    booth_id: String,
    person_id: String,
    job_id: Option<String>,
    origin: String,
    stage: String,
    rank: Option<i64>,
    made_ms: i64,
    joined_ms: Option<i64>,
    since_ms: i64,
    deadline_ms: Option<i64>,
    ready_ms: Option<i64>,
    seat_id: Option<String>,
    call_id: Option<String>,
    misses: i64,
    laters: i64,
    held_by: Option<String>,
    skipped_ms: Option<i64>,
    waited_ms: Option<i64>,
    cause: Option<String>,
    reason: Option<String>,
}

impl EntryColumns {
    pub(super) fn row(self, fair: FairId) -> Result<EntryRow, StoreError> {
        let at = |column| At("queue_entries", column);
        Ok(EntryRow {
            entry: at("id").id(&self.id)?,
            fair,
            booth: at("booth_id").id(&self.booth_id)?,
            person: at("person_id").id(&self.person_id)?,
            job: at("job_id").id_if(self.job_id.as_deref())?,
            origin: at("origin").code(&self.origin)?,
            stage: at("stage").code(&self.stage)?,
            rank: self.rank,
            made_ms: self.made_ms,
            joined_ms: self.joined_ms,
            since_ms: self.since_ms,
            deadline_ms: self.deadline_ms,
            ready_ms: self.ready_ms,
            seat: at("seat_id").id_if(self.seat_id.as_deref())?,
            call: at("call_id").id_if(self.call_id.as_deref())?,
            misses: at("misses").count(self.misses)?,
            laters: at("laters").count(self.laters)?,
            held_by: at("held_by").id_if(self.held_by.as_deref())?,
            skipped_ms: self.skipped_ms,
            waited_ms: self.waited_ms,
            cause: at("cause").code_if(self.cause.as_deref())?,
            reason: self.reason,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct CallColumns {
    id: String,
    booth_id: String,
    entry_id: String,
    student_id: String,
    seat_id: String,
    started_ms: i64,
    length_ms: i64,
    extended: bool,
    used_ms: i64,
    clock_at_ms: i64,
    clock_runs: bool,
    ended_ms: Option<i64>,
    done: bool,
    outcome: Option<String>,
}

impl CallColumns {
    pub(super) fn row(self, fair: FairId) -> Result<CallRow, StoreError> {
        let at = |column| At("calls", column);
        Ok(CallRow {
            call: at("id").id(&self.id)?,
            fair,
            booth: at("booth_id").id(&self.booth_id)?,
            entry: at("entry_id").id(&self.entry_id)?,
            student: at("student_id").id(&self.student_id)?,
            seat: at("seat_id").id(&self.seat_id)?,
            started_ms: self.started_ms,
            length_ms: self.length_ms,
            extended: self.extended,
            used_ms: self.used_ms,
            clock_at_ms: self.clock_at_ms,
            clock_runs: self.clock_runs,
            ended_ms: self.ended_ms,
            done: self.done,
            outcome: at("outcome").code_if(self.outcome.as_deref())?,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct CallSeatColumns {
    call_id: String,
    seat_id: String,
    person_id: String,
    joined_ms: i64,
}

impl CallSeatColumns {
    pub(super) fn row(self) -> Result<CallSeatRow, StoreError> {
        let at = |column| At("call_seats", column);
        Ok(CallSeatRow {
            call: at("call_id").id(&self.call_id)?,
            seat: at("seat_id").id(&self.seat_id)?,
            person: at("person_id").id(&self.person_id)?,
            joined_ms: self.joined_ms,
        })
    }
}
