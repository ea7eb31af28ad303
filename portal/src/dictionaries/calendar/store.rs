//! SQL of the calendar: years that staff imported or edited.

use std::collections::BTreeMap;

use base::db::{Db, Tx, on_db};
use formats::beijing;
use formats::working_days::{Calendar, Day, Notice};

base::queries! {
    /// Years that stand in the database.
    LIST_YEARS = "SELECT year, source, changed_ms FROM holiday_years ORDER BY year";
    /// Their days.
    LIST_DAYS = "SELECT year, day, name, off FROM holidays ORDER BY year, day";
    /// Puts a year there; whoever changes it waits for others who do.
    SAVE_YEAR = "INSERT INTO holiday_years (year, source, changed_ms) VALUES ($1, $2, $3)
        ON CONFLICT (year) DO UPDATE SET source = $2, changed_ms = $3";
    /// Keeps others from changing a year meanwhile, and puts it there if it was not.
    TOUCH_YEAR = "INSERT INTO holiday_years (year, source, changed_ms) VALUES ($1, $2, $3)
        ON CONFLICT (year) DO UPDATE SET changed_ms = $3 RETURNING source";
    /// Clears a year's days.
    CLEAR_YEAR = "DELETE FROM holidays WHERE year = $1";
    /// Adds a day.
    ADD_DAY = "INSERT INTO holidays (year, day, name, off) VALUES ($1, $2, $3, $4)";
}

/// A year that stands in the database.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct YearRow {
    /// The year.
    pub year: i64,
    /// Where it is from.
    pub source: String,
    /// When it was changed last, ms since 1970.
    pub changed_ms: i64,
}

#[derive(sqlx::FromRow)]
struct DayRow {
    year: i64,
    day: String,
    name: String,
    off: bool,
}

/// The calendar: built in, overlaid by what staff imported or edited.
///
/// # Errors
/// The database failed.
pub async fn load(db: &Db) -> Result<Calendar, sqlx::Error> {
    let rows: Vec<DayRow> = on_db!(db, c => sqlx::query_as(LIST_DAYS).fetch_all(c).await)?;
    Ok(overlaid(rows))
}

/// As [`load`], inside a transaction.
///
/// # Errors
/// The database failed.
pub async fn load_in(tx: &mut Tx) -> Result<Calendar, sqlx::Error> {
    let rows: Vec<DayRow> = on_db!(tx, c => sqlx::query_as(LIST_DAYS).fetch_all(c).await)?;
    Ok(overlaid(rows))
}

/// The years that stand in the database.
///
/// # Errors
/// The database failed.
pub async fn years(db: &Db) -> Result<Vec<YearRow>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LIST_YEARS).fetch_all(c).await)
}

/// Waits for others who change `year`; the result is its source, which is `source` unless the
/// year stood in the database before.
///
/// # Errors
/// The database failed.
pub async fn touch(
    tx: &mut Tx,
    year: i32,
    source: &str,
    now_ms: i64,
) -> Result<String, sqlx::Error> {
    let (source,): (String,) = on_db!(tx, c => sqlx::query_as(TOUCH_YEAR)
        .bind(i64::from(year)).bind(source).bind(now_ms).fetch_one(c).await)?;
    Ok(source)
}

/// Replaces a whole year.
///
/// # Errors
/// The database failed.
pub async fn save(
    tx: &mut Tx,
    notice: &Notice,
    source: &str,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let year = i64::from(notice.year());
    on_db!(tx, c => sqlx::query(SAVE_YEAR)
        .bind(year).bind(source).bind(now_ms).execute(c).await.map(drop))?;
    on_db!(tx, c => sqlx::query(CLEAR_YEAR).bind(year).execute(c).await.map(drop))?;
    for day in notice.days() {
        on_db!(tx, c => sqlx::query(ADD_DAY)
            .bind(year)
            .bind(beijing::iso(day.date))
            .bind(&day.name)
            .bind(day.off)
            .execute(c).await.map(drop))?;
    }
    Ok(())
}

fn overlaid(rows: Vec<DayRow>) -> Calendar {
    let mut years: BTreeMap<i32, Vec<Day>> = BTreeMap::new();
    for row in rows {
        let (Ok(year), Some(date)) = (i32::try_from(row.year), beijing::parse_iso(&row.day)) else {
            tracing::error!(
                year = row.year,
                day = row.day,
                "no such day in the calendar"
            );
            continue;
        };
        years.entry(year).or_default().push(Day {
            date,
            name: row.name,
            off: row.off,
        });
    }
    let mut calendar = Calendar::built_in();
    for (year, days) in years {
        match Notice::new(year, days) {
            Ok(notice) => drop(calendar.publish(notice)),
            Err(faults) => tracing::error!(year, ?faults, "a year of the calendar cannot be read"),
        }
    }
    calendar
}
