//! What is gathered, on both databases with the demo's data.

use base::db::Db;

use super::{Limits, Part, Record, Source, as_json, begin, gather};
use crate::ids::AccountId;
use crate::privacy::store_tests::{company_of, count, run, seeded, student_history, who};

const NOW: i64 = 1_795_305_600_000;

async fn gathered(db: &Db, me: AccountId, limits: Limits) -> Vec<Part> {
    gather(&Source { db, me, limits }).await.unwrap()
}

fn part<'a>(parts: &'a [Part], key: &str) -> &'a Part {
    let found = parts.iter().find(|part| part.key == key);
    found.unwrap_or_else(|| panic!("no part {key}"))
}

fn value<'a>(record: &'a Record, key: &str) -> &'a str {
    let field = record.0.iter().find(|field| field.key == key);
    field.map_or("", |field| field.value.as_str())
}

/// 37 messages, of which up to seven came in the same millisecond.
async fn many_messages(db: &Db, me: AccountId) {
    for n in 0..37 {
        let at = NOW + n / 7;
        run(
            db,
            &format!(
                "INSERT INTO notifications (id, event, account_id, args, link, created_ms)
                VALUES ('many-{n:02}', 'X1', '{me}', '{{\"n\":\"many-{n:02}\"}}', '', {at})"
            ),
        )
        .await;
    }
}

#[tokio::test]
async fn of_many_exports_at_one_moment_no_more_begin_than_may() {
    for test in seeded().await {
        let me = who(&test.db, "student-01").await;
        let mut asked = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let db = test.db.clone();
            asked.spawn(async move { begin(&db, me, ("json", 2), NOW).await.unwrap() });
        }
        let outcomes = asked.join_all().await;
        let begun = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(begun, 2, "{}", test.db.kind());
        let later = begin(&test.db, me, ("json", 2), NOW + 1_000).await.unwrap();
        assert_eq!(later, Err(86_399));
        let next_day = begin(&test.db, me, ("json", 2), NOW + super::DAY_MS)
            .await
            .unwrap();
        assert_eq!(next_day, Ok(()));
    }
}

#[tokio::test]
async fn a_list_of_many_slices_is_whole_and_has_nothing_twice() {
    for test in seeded().await {
        let db = &test.db;
        let me = who(db, "student-01").await;
        many_messages(db, me).await;
        let sql =
            format!("SELECT CAST(COUNT(*) AS BIGINT) FROM notifications WHERE account_id = '{me}'");
        let all = usize::try_from(count(db, sql).await).unwrap();
        let whole = Limits::default();
        for slice in [1, 7, 37, i64::try_from(all).unwrap(), 500] {
            let parts = gathered(db, me, Limits { slice, ..whole }).await;
            let messages = part(&parts, "messages");
            assert_eq!((messages.records.len(), messages.cut), (all, false));
            let mut many: Vec<_> = messages
                .records
                .iter()
                .map(|one| value(one, "args"))
                .collect();
            many.retain(|args| args.contains("many-"));
            assert!(many.is_sorted_by(|a, b| a > b), "{}: {many:?}", db.kind());
            assert_eq!(many.len(), 37, "slices of {slice}");
        }
    }
}

#[tokio::test]
async fn a_part_at_its_limit_says_that_it_is_cut() {
    for test in seeded().await {
        let db = &test.db;
        let me = who(db, "student-01").await;
        many_messages(db, me).await;
        let limits = Limits {
            slice: 5,
            part_rows: 12,
        };
        let parts = gathered(db, me, limits).await;
        let messages = part(&parts, "messages");
        assert_eq!((messages.records.len(), messages.cut), (12, true));
        assert!(value(&messages.records[0], "args").contains("many-36"));
        let json = as_json(&parts, NOW);
        let cut = json["cut"].as_array().unwrap();
        assert!(cut.contains(&"messages".into()), "{}: {cut:?}", db.kind());
        assert!(!cut.contains(&"account".into()));
    }
}

#[tokio::test]
async fn a_students_claim_reviews_files_and_settings_are_in() {
    for test in seeded().await {
        let db = &test.db;
        let me = who(db, "student-01").await;
        student_history(db, me).await;
        run(
            db,
            &format!(
                "INSERT INTO notification_settings (account_id, event, channel, enabled)
                VALUES ('{me}', 'N3', 'sms', FALSE)"
            ),
        )
        .await;
        let parts = gathered(db, me, Limits::default()).await;
        for (key, field, told) in [
            ("identity_claim", "note", "我是陈思远"),
            ("reviews", "kind", "学生身份"),
            ("files", "name", "陈思远"),
            ("notification_settings", "enabled", "否"),
            ("sends", "target", "13800138001"),
            ("complaints", "text", "13800138001"),
            ("bans", "reason", "骂人"),
            ("ban_appeals", "text", "13800138001"),
        ] {
            let records = &part(&parts, key).records;
            let found = records.iter().any(|one| value(one, field).contains(told));
            assert!(found, "{}: {key}.{field}: {records:?}", db.kind());
        }
        // Another's complaint about him is the other one's.
        assert_eq!(part(&parts, "complaints").records.len(), 1);
    }
}

#[tokio::test]
async fn a_members_place_seats_and_what_he_handed_in_are_in() {
    for test in seeded().await {
        let db = &test.db;
        let me = who(db, "interviewer-01").await;
        let company = company_of(db, me).await;
        run(
            db,
            &format!(
                "INSERT INTO certifications (id, company_id, kind, data, status, submitted_by,
                    created_ms) VALUES ('cert', '{company}', 'change',
                    '{{\"address\":\"麓谷大道 1 号\"}}', 'rejected', '{me}', 1);
                INSERT INTO admin_claims (id, company_id, account_id, letter_file, status,
                    created_ms) VALUES ('claim', '{company}', '{me}', 'f', 'rejected', 1);
                UPDATE company_members SET may_pay = TRUE WHERE account_id = '{me}'"
            ),
        )
        .await;
        let parts = gathered(db, me, Limits::default()).await;
        for (key, field, told) in [
            ("places", "may", "可付款"),
            ("seats", "company", "澄源"),
            ("certifications", "data", "麓谷大道"),
            ("admin_claims", "status", "rejected"),
        ] {
            let records = &part(&parts, key).records;
            let found = records.iter().any(|one| value(one, field).contains(told));
            assert!(found, "{}: {key}.{field}: {records:?}", db.kind());
        }
    }
}
