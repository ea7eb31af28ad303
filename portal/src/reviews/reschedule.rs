//! A changed calendar moves the due dates of what is open.

use base::db::{Tx, on_db};
use formats::beijing;
use formats::working_days::Calendar;
use time::{Date, Month};

use super::rules::Kind;
use super::store;
use crate::ids::{AccountId, ReviewId};

/// Reviews that are read at once.
const SLICE: i64 = 500;

base::queries! {
    /// Open reviews whose clock was estimated, or runs through some of a year; a slice by id.
    LIST_RUNNING_CLOCKS = "SELECT id, kind, submitted_ms, due_ms, due_estimated FROM reviews
        WHERE state = 'open' AND (due_estimated = TRUE OR (due_ms >= $1 AND submitted_ms < $2))
            AND (CAST($3 AS TEXT) IS NULL OR id > $3)
        ORDER BY id LIMIT $4";
    /// Gives an open review another due date; people are told anew once that has passed.
    MOVE_DUE = "UPDATE reviews SET due_ms = $2, due_estimated = $3,
            escalated_ms = CASE WHEN due_ms = $2 THEN escalated_ms ELSE NULL END,
            version = version + 1
        WHERE id = $1 AND state = 'open' RETURNING id";
}

#[derive(sqlx::FromRow)]
struct Running {
    id: ReviewId,
    kind: Kind,
    submitted_ms: i64,
    due_ms: i64,
    due_estimated: bool,
}

/// Works the due dates of open reviews out anew after the calendar of `year` has changed: of
/// those that were estimated, and of those whose clock runs through that year. Returns how many
/// moved.
///
/// # Errors
/// The database failed.
pub async fn reschedule(
    tx: &mut Tx,
    (calendar, year): (&Calendar, i32),
    by: AccountId,
    now_ms: i64,
) -> Result<i64, sqlx::Error> {
    let first_day = |year| {
        Date::from_calendar_date(year, Month::January, 1)
            .map_or(beijing::RANGE_MS.1, |date| beijing::ms_at(date, 0))
    };
    let (from_ms, to_ms) = (first_day(year), first_day(year + 1));
    let (mut after, mut moved) = (None::<ReviewId>, 0);
    loop {
        let slice: Vec<Running> = on_db!(tx, c => sqlx::query_as(LIST_RUNNING_CLOCKS)
            .bind(from_ms).bind(to_ms).bind(after).bind(SLICE).fetch_all(c).await)?;
        let Some(last) = slice.last() else {
            return Ok(moved);
        };
        after = Some(last.id);
        for row in &slice {
            moved += i64::from(move_due(tx, calendar, row, by, now_ms).await?);
        }
    }
}

async fn move_due(
    tx: &mut Tx,
    calendar: &Calendar,
    row: &Running,
    by: AccountId,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let days = u16::try_from(row.kind.working_days()).unwrap_or(u16::MAX);
    let due = calendar.due_ms(row.submitted_ms, days);
    if (due.at_ms, due.estimated) == (row.due_ms, row.due_estimated) {
        return Ok(false);
    }
    let done: Option<(ReviewId,)> = on_db!(tx, c => sqlx::query_as(MOVE_DUE)
        .bind(row.id).bind(due.at_ms).bind(due.estimated).fetch_optional(c).await)?;
    if done.is_some() {
        let text = format!("新的截止时间：{}", due.zh());
        store::note(tx, row.id, Some(by), ("rescheduled", &text), now_ms).await?;
    }
    Ok(done.is_some())
}
