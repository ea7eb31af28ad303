//! When reviews are due, by the calendar that staff keep.

use formats::beijing;
use formats::working_days::{Calendar, Day, Notice};

use super::*;
use crate::dictionaries::calendar::{self, store as days};
use crate::reviews::reschedule::reschedule;

/// §4.6: submitted, working days, due.
const VECTORS: [(&str, u32, &str); 9] = [
    ("2026-02-12", 3, "2026-02-24"),
    ("2026-02-13", 1, "2026-02-14"),
    ("2026-04-30", 3, "2026-05-08"),
    ("2026-05-08", 1, "2026-05-09"),
    ("2026-09-18", 2, "2026-09-21"),
    ("2026-09-24", 3, "2026-09-30"),
    ("2026-09-30", 3, "2026-10-10"),
    ("2026-10-09", 1, "2026-10-10"),
    ("2026-11-20", 3, "2026-11-25"),
];

fn at(day: &str, hour: u8) -> i64 {
    beijing::ms_at(beijing::parse_iso(day).unwrap(), hour)
}

fn notice(year: i32, rows: &[(&str, bool)]) -> Notice {
    let days = rows.iter().map(|(day, off)| Day {
        date: beijing::parse_iso(day).unwrap(),
        name: "示例".to_owned(),
        off: *off,
    });
    Notice::new(year, days.collect()).unwrap()
}

async fn due(db: &Db, submitted: &str, working_days: u32) -> (String, bool) {
    let mut tx = db.begin().await.unwrap();
    let due = calendar::due(&mut tx, at(submitted, 10), working_days)
        .await
        .unwrap();
    let day = beijing::date_at(due.at_ms);
    assert_eq!(due.at_ms, beijing::ms_at(day, 18));
    (beijing::iso(day), due.estimated)
}

async fn publish(db: &Db, notice: &Notice) {
    let mut tx = db.begin().await.unwrap();
    days::save(&mut tx, notice, "示例", NOW).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn due_dates_are_those_of_the_notice_built_in_or_stored() {
    for test in seeded().await {
        let db = &test.db;
        let built_in = Calendar::built_in();
        for stored in [false, true] {
            if stored {
                publish(db, built_in.notice(2026).unwrap()).await;
            }
            for (submitted, working_days, expected) in VECTORS {
                let expected = (expected.to_owned(), false);
                assert_eq!(due(db, submitted, working_days).await, expected, "{stored}");
            }
        }
        assert_eq!(days::load(db).await.unwrap(), built_in);
    }
}

#[tokio::test]
async fn a_stored_year_replaces_the_built_in_one() {
    for test in seeded().await {
        let db = &test.db;
        // Made up: Monday the 23rd off, Saturday the 28th worked.
        publish(
            db,
            &notice(2026, &[("2026-11-23", true), ("2026-11-28", false)]),
        )
        .await;
        assert_eq!(
            due(db, "2026-11-20", 3).await,
            ("2026-11-26".to_owned(), false)
        );
        assert_eq!(
            due(db, "2026-11-27", 1).await,
            ("2026-11-28".to_owned(), false)
        );
        assert_eq!(
            due(db, "2026-12-30", 2).await,
            ("2027-01-04".to_owned(), true)
        );
        // New Year's of 2027 begins in December.
        publish(
            db,
            &notice(2027, &[("2026-12-31", true), ("2027-01-02", false)]),
        )
        .await;
        assert_eq!(
            due(db, "2026-12-30", 1).await,
            ("2027-01-01".to_owned(), false)
        );
    }
}

#[tokio::test]
async fn a_new_calendar_moves_what_is_open_and_nothing_else() {
    for test in seeded().await {
        let db = &test.db;
        let by = who(db, "operations").await;
        let new = |name: &str| thing(Kind::Company, name, Inbox::Platform, by);
        // Due in 2026, estimated into 2027, returned, and long before.
        let near = submit(db, &new("near"), at("2026-11-20", 10)).await;
        let far = submit(db, &new("far"), at("2026-12-30", 10)).await;
        assert!(far.due_estimated && !near.due_estimated);
        let back_again = submit(db, &new("returned"), at("2026-12-30", 10)).await;
        let page = (back_again.id, back_again.version);
        decide(db, page, Inbox::Platform, by, &back("补充"))
            .await
            .unwrap();
        let before = [near.due_ms, back_again.due_ms];
        publish(
            db,
            &notice(2027, &[("2027-01-01", true), ("2027-01-04", true)]),
        )
        .await;
        let calendar = days::load(db).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        let later = at("2026-12-31", 10);
        let moved = reschedule(&mut tx, (&calendar, 2027), by, later)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(moved, 1);
        let found = async |id| lists::find(db, id, Inbox::Platform).await.unwrap().unwrap();
        let far = found(far.id).await;
        // 31 December, 5 and 6 January.
        assert_eq!(
            (far.due_ms, far.due_estimated),
            (at("2027-01-06", 18), false)
        );
        assert_eq!(events(db, far.id).await, ["submitted", "rescheduled"]);
        let after = [
            found(near.id).await.due_ms,
            found(back_again.id).await.due_ms,
        ];
        assert_eq!(after, before);
        publish(db, &notice(2026, &[("2026-11-23", true)])).await;
        let calendar = days::load(db).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        reschedule(&mut tx, (&calendar, 2026), by, NOW)
            .await
            .unwrap();
        let again = reschedule(&mut tx, (&calendar, 2026), by, NOW)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(again, 0, "nothing moves twice");
        assert_eq!(found(near.id).await.due_ms, at("2026-11-26", 18));
    }
}

#[tokio::test]
async fn an_overdue_review_that_gets_more_time_is_told_of_anew() {
    for test in seeded().await {
        let db = &test.db;
        let by = who(db, "operations").await;
        let new = thing(Kind::Recertification, "late", Inbox::Platform, by);
        let review = submit(db, &new, at("2026-11-20", 10)).await;
        escalation::escalate(db, review.due_ms + 1).await.unwrap();
        publish(db, &notice(2026, &[("2026-11-23", true)])).await;
        let calendar = days::load(db).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        reschedule(&mut tx, (&calendar, 2026), by, NOW)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let now = lists::find(db, review.id, Inbox::Platform)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((now.due_ms, now.escalated_ms), (at("2026-11-24", 18), None));
    }
}
