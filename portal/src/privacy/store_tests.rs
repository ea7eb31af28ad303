//! Stories of consents, wiping and retention, told on both databases with the demo's data.

use base::db::testing::{self, TestDb};
use base::db::{Db, On, on_db};
use prometheus::Registry;
use sqlx::AssertSqlSafe;

use super::consents::{self, Consent, Standing};
use super::rules::{Purpose, months_before};
use super::{PrivacyMetrics, erase, retention};
use crate::accounts::rules::LoginName;
use crate::accounts::{Hasher, Seen, sessions, store as accounts};
use crate::agreements::store::{self as agreements, Agreement};
use crate::complaints::appeals::{Hearing, store as appeals};
use crate::complaints::bans::{self, NewBan};
use crate::complaints::rules::{Outcome, Status};
use crate::complaints::{About, store as complaints};
use crate::config::{AccountsConfig, PrivacyConfig};
use crate::demo::seed;
use crate::ids::{AccountId, CallId, CompanyId, ComplaintId, EntryId};
use crate::platform::companies_store;
use crate::resumes::{Sections, shields, store as resumes};
use crate::video_fairs::store as fairs;

const NOW: i64 = 1_795_305_600_000;
const DAY: i64 = 86_400_000;
const NAME: &str = "陈思远";
const MOBILE: &str = "13800138001";
const NUMBER: &str = "202300001";
const CONSENT: &str = "018f0000-0000-7000-8000-0000000000c1";

/// Those that hold, then those that are over, the latest first.
async fn all_consents(db: &Db, account: AccountId) -> Vec<Consent> {
    let most = (100, 0);
    let mut all = consents::of(db, account, Standing::Running, most)
        .await
        .unwrap();
    all.extend(
        consents::of(db, account, Standing::Over, most)
            .await
            .unwrap(),
    );
    all
}

pub(super) async fn seeded() -> [TestDb; 2] {
    let both = testing::both().await;
    let cheap = AccountsConfig {
        argon2_memory_kib: 8,
        argon2_passes: 1,
        ..AccountsConfig::default()
    };
    let hasher = Hasher::new(&cheap).unwrap();
    for test in &both {
        agreements::ensure(&test.db, NOW).await.unwrap();
        seed::fill(&test.db, &hasher, NOW).await.unwrap();
    }
    both
}

pub(super) async fn who(db: &Db, who: &str) -> AccountId {
    let name = LoginName::Email(seed::email(who));
    let found = accounts::find_login(db, &name).await.unwrap();
    found.expect("a demo person").id
}

pub(super) async fn company_of(db: &Db, member: AccountId) -> CompanyId {
    let row = accounts::member(db, member).await.unwrap();
    row.expect("a member").company_id
}

/// Runs statements of a test; `{me}` and the like are filled in before.
pub(super) async fn run(db: &Db, sql: &str) {
    for statement in sql.split(';').map(str::trim).filter(|s| !s.is_empty()) {
        let text = AssertSqlSafe(statement.to_owned());
        let done =
            on_db!(db.writer().await.unwrap(), c => sqlx::query(text).execute(c).await.map(drop));
        done.unwrap_or_else(|error| panic!("{}: {statement}: {error}", db.kind()));
    }
}

pub(super) async fn count(db: &Db, sql: String) -> i64 {
    let text = AssertSqlSafe(sql);
    let (n,): (i64,) = on_db!(db, c => sqlx::query_as(text).fetch_one(c).await).unwrap();
    n
}

/// Every text column of every table.
async fn text_columns(db: &Db) -> Vec<(String, String)> {
    let sql = match db.on() {
        On::Sqlite(_) => {
            "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c
                WHERE t.type = 'table' AND c.type = 'TEXT'"
        }
        On::Postgres(_) => {
            "SELECT table_name::text, column_name::text FROM information_schema.columns
                WHERE table_schema = 'public' AND data_type = 'text'"
        }
    };
    on_db!(db, c => sqlx::query_as(sql).fetch_all(c).await).unwrap()
}

/// Where a word stands.
async fn found(db: &Db, word: &str) -> Vec<String> {
    let mut places = Vec::new();
    for (table, column) in text_columns(db).await {
        let sql =
            format!("SELECT CAST(COUNT(*) AS BIGINT) FROM {table} WHERE {column} LIKE '%{word}%'");
        if count(db, sql).await > 0 {
            places.push(format!("{}: {table}.{column}", db.kind()));
        }
    }
    places
}

/// A student's whole life on the platform, with his name wherever one could stand.
pub(super) async fn student_history(db: &Db, me: AccountId) {
    let member = who(db, "interviewer-01").await;
    let staff = who(db, "support").await;
    let own = fairs::of_member(db, member).await.unwrap().remove(0);
    let sql = include_str!("history.sql");
    let sql: Vec<_> = sql.lines().filter(|line| !line.starts_with("--")).collect();
    let words = [
        (":me:", me.to_string()),
        (":member:", member.to_string()),
        (":staff:", staff.to_string()),
        (":fair:", own.fair_id.to_string()),
        (":booth:", own.booth.to_string()),
        (":company:", company_of(db, member).await.to_string()),
        (":entry:", EntryId::new().to_string()),
        (":call:", CallId::new().to_string()),
        (":hash:", "0".repeat(64)),
        (":login:", sessions::sha256(MOBILE)),
        (":NAME:", NAME.to_owned()),
        (":MOBILE:", MOBILE.to_owned()),
        (":NUMBER:", NUMBER.to_owned()),
        (":CONSENT:", CONSENT.to_owned()),
        (":NOW:", NOW.to_string()),
    ];
    let filled = words.iter().fold(sql.join("\n"), |sql, (word, value)| {
        sql.replace(word, value)
    });
    run(db, &filled).await;
    let summary = Sections {
        summary: format!("{NAME} {MOBILE}"),
        ..Sections::default()
    };
    let mut tx = db.begin().await.unwrap();
    resumes::save(&mut tx, me, &summary, NOW).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_wiped_student_is_found_in_no_table_and_his_interviews_stay() {
    for test in seeded().await {
        let db = &test.db;
        let me = who(db, "student-01").await;
        student_history(db, me).await;
        for word in [NAME, MOBILE, NUMBER, "203.0.113.77", "student-01@"] {
            assert!(!found(db, word).await.is_empty(), "{word}: nothing to wipe");
        }
        let mut tx = db.begin().await.unwrap();
        erase(&mut tx, me, NOW).await.unwrap();
        erase(&mut tx, me, NOW + 1).await.unwrap();
        tx.commit().await.unwrap();
        for word in [NAME, MOBILE, NUMBER, "203.0.113.77", "student-01@"] {
            assert_eq!(found(db, word).await, Vec::<String>::new(), "{word}");
        }
        for (table, column, left) in [
            ("calls", "student_id", 1),
            ("queue_entries", "person_id", 1),
            ("evaluations", "student_id", 1),
            ("resumes", "student_id", 0),
            ("resume_shields", "student_id", 0),
            ("sessions", "account_id", 0),
            ("known_devices", "account_id", 0),
            ("wechat_bindings", "account_id", 0),
        ] {
            let sql =
                format!("SELECT CAST(COUNT(*) AS BIGINT) FROM {table} WHERE {column} = '{me}'");
            assert_eq!(count(db, sql).await, left, "{}: {table}", db.kind());
        }
        let all = all_consents(db, me).await;
        assert!(all.iter().all(|one| one.withdrawn_ms.is_some()), "{all:?}");
        let removed = "SELECT CAST(COUNT(*) AS BIGINT) FROM files WHERE state = 'removed'";
        assert_eq!(
            count(db, removed.to_owned()).await,
            1,
            "the letter is his company's"
        );
    }
}

#[tokio::test]
async fn a_wiped_member_is_no_longer_named_by_his_company() {
    const MEMBER: &str = "钟离未央";
    const HIS_MOBILE: &str = "13900139002";
    for test in seeded().await {
        let db = &test.db;
        let me = who(db, "interviewer-02").await;
        let admin = who(db, "interviewer-01").await;
        let company = company_of(db, me).await;
        run(
            db,
            &format!(
                "UPDATE accounts SET mobile = '{HIS_MOBILE}', real_name = '{MEMBER}',
                nickname = '{MEMBER}' WHERE id = '{me}';
            INSERT INTO notifications (id, event, account_id, args, link, created_ms)
                VALUES ('n1', 'N1', '{admin}', '{{\"name\":\"{MEMBER}\",\"x\":\"y\"}}', '', 1);
            INSERT INTO notification_sends (id, notification_id, event, channel, args, state,
                next_ms, created_ms) VALUES ('s1', 'n1', 'N1', 'sms',
                '{{\"name\":\"{MEMBER}\"}}', 'sent', 1, 1);
            INSERT INTO certifications (id, company_id, kind, data, status, submitted_by,
                created_ms) VALUES ('c1', '{company}', 'first',
                '{{\"contact\":\"{MEMBER}\",\"mobile\":\"{HIS_MOBILE}\",\"name\":\"公司\"}}',
                'approved', '{me}', 1);
            INSERT INTO invoice_profiles (company_id, data, version, updated_ms) VALUES ('{company}', '{{\"to\":\"{HIS_MOBILE}\"}}', 1, 1);
            INSERT INTO reviews (id, kind, subject_id, inbox, company_id, title, flags,
                submitted_by, submitted_ms, due_ms, due_estimated, state) VALUES ('r1',
                'membership', '{me}', 'company', '{company}', '{MEMBER}', '[]', '{me}',
                1, 2, FALSE, 'approved'), ('r2', 'admin_claim', 'x1', 'platform', '{company}',
                '公司 · {MEMBER}', '[]', '{me}', 1, 2, FALSE, 'approved'), ('r3', 'company', 'x2',
                'platform', '{company}', '公司', '[]', '{me}', 1, 2, FALSE, 'approved')"
            ),
        )
        .await;
        let mut tx = db.begin().await.unwrap();
        erase(&mut tx, me, NOW).await.unwrap();
        tx.commit().await.unwrap();
        for word in [MEMBER, HIS_MOBILE] {
            assert_eq!(found(db, word).await, Vec::<String>::new(), "{word}");
        }
        let kept = "SELECT CAST(COUNT(*) AS BIGINT) FROM certifications
            WHERE data LIKE '%\"name\":\"公司\"%'";
        assert_eq!(count(db, kept.to_owned()).await, 1, "{}", db.kind());
        let titles = "SELECT CAST(COUNT(*) AS BIGINT) FROM reviews r
            JOIN companies c ON c.id = r.company_id
            WHERE (r.id = 'r2' AND r.title LIKE c.name || ' · %') OR (r.id = 'r3'
                AND r.title = '公司')";
        assert_eq!(count(db, titles.to_owned()).await, 2, "{}", db.kind());
        assert!(accounts::member(db, me).await.unwrap().is_none());
    }
}

fn metrics() -> PrivacyMetrics {
    PrivacyMetrics::new(&prometheus::Registry::new()).unwrap()
}

#[tokio::test]
async fn what_is_over_is_purged_and_what_is_not_stays() {
    for test in seeded().await {
        let db = &test.db;
        let me = who(db, "student-01").await;
        student_history(db, me).await;
        let (config, metrics) = (PrivacyConfig::default(), metrics());
        let company = company_of(db, who(db, "interviewer-01").await).await;
        run(
            db,
            &format!(
                "UPDATE consents SET given_ms = {NOW} WHERE id = '{CONSENT}';
            UPDATE jobs SET status = 'deleted', updated_ms = {NOW} WHERE company_id = '{company}'"
            ),
        )
        .await;
        let mut tx = db.begin().await.unwrap();
        erase(&mut tx, me, NOW).await.unwrap();
        tx.commit().await.unwrap();
        let purge = async |at| retention::purge(db, &config, &metrics, at).await.unwrap();
        assert_eq!(purge(NOW + 30 * DAY).await, 0, "{}", db.kind());
        let jobs =
            format!("SELECT CAST(COUNT(*) AS BIGINT) FROM jobs WHERE company_id = '{company}'");
        assert!(count(db, jobs.clone()).await > 0);
        let later = NOW + (NOW - months_before(NOW, 36)) + 1;
        assert!(purge(later).await > 0);
        assert_eq!(count(db, jobs).await, 0, "{}", db.kind());
        for table in ["calls", "call_feedback", "evaluations", "call_notes"] {
            let sql =
                format!("SELECT CAST(COUNT(*) AS BIGINT) FROM {table} WHERE student_id = '{me}'");
            assert_eq!(count(db, sql).await, 0, "{}: {table}", db.kind());
        }
        assert_eq!(purge(later).await, 0, "nothing is left");
    }
}

#[tokio::test]
async fn notes_and_consents_of_companies_end_after_two_years() {
    for test in seeded().await {
        let db = &test.db;
        let me = who(db, "student-01").await;
        student_history(db, me).await;
        run(
            db,
            &format!("UPDATE consents SET given_ms = {NOW} WHERE id = '{CONSENT}'"),
        )
        .await;
        let (config, metrics) = (PrivacyConfig::default(), metrics());
        let over = NOW + (NOW - months_before(NOW, 24)) + 1;
        let rows = retention::purge(db, &config, &metrics, over).await.unwrap();
        assert_eq!(
            rows,
            3,
            "{}: a consent, a note, an evaluation's note",
            db.kind()
        );
        let all = all_consents(db, me).await;
        let ended: Vec<_> = all.iter().filter_map(|one| one.withdrawn_ms).collect();
        assert_eq!(ended, [over]);
        let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM evaluations WHERE outcome = 'pass'
            AND note = ''";
        assert_eq!(count(db, sql.to_owned()).await, 1, "the result stays");
    }
}

#[tokio::test]
async fn a_consent_is_given_once_withdrawn_at_once_and_ends_contact_too() {
    for test in seeded().await {
        let db = &test.db;
        let (me, other) = (who(db, "student-01").await, who(db, "student-02").await);
        let company = company_of(db, who(db, "interviewer-01").await).await;
        let mut tx = db.begin().await.unwrap();
        let resume = (company, Purpose::Resume);
        assert!(
            consents::give(&mut tx, me, resume, "203.0.113.7", NOW)
                .await
                .unwrap()
        );
        assert!(
            !consents::give(&mut tx, me, resume, "203.0.113.7", NOW)
                .await
                .unwrap()
        );
        let contact = (company, Purpose::Contact);
        assert!(
            consents::give(&mut tx, me, contact, "203.0.113.7", NOW)
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        let all = all_consents(db, me).await;
        let one: &Consent = all
            .iter()
            .find(|one| one.purpose == Purpose::Resume)
            .unwrap();
        assert_eq!((one.text_code.as_str(), one.text_version), ("privacy", 1));
        assert_eq!(one.address, "203.0.113.7");
        let mut tx = db.begin().await.unwrap();
        let foreign = consents::withdraw(&mut tx, other, one.id, NOW + 1)
            .await
            .unwrap();
        assert_eq!(foreign, None, "another person's");
        let ended = consents::withdraw(&mut tx, me, one.id, NOW + 1)
            .await
            .unwrap();
        assert_eq!(ended, Some((Some(company), Purpose::Resume)));
        let again = consents::withdraw(&mut tx, me, one.id, NOW + 2)
            .await
            .unwrap();
        assert_eq!(again, None);
        tx.commit().await.unwrap();
        for purpose in Purpose::ALL {
            assert!(!consents::holds(db, me, company, purpose).await.unwrap());
        }
    }
}

#[tokio::test]
async fn applications_are_written_down_as_consents_and_withdrawals_are_not_undone() {
    for test in seeded().await {
        let db = &test.db;
        let me = who(db, "student-01").await;
        student_history(db, me).await;
        run(db, "DELETE FROM consents").await;
        let fair = fairs::of_member(db, who(db, "interviewer-01").await)
            .await
            .unwrap()
            .remove(0)
            .fair_id;
        let record = async || {
            let mut tx = db.begin().await.unwrap();
            let given = consents::record_entries(&mut tx, me).await.unwrap();
            tx.commit().await.unwrap();
            given
        };
        assert_eq!(record().await, 0, "he never agreed to the fair");
        for once in [true, false] {
            let mut tx = db.begin().await.unwrap();
            let given = consents::give_at_fair(&mut tx, me, fair, "203.0.113.8", 0).await;
            assert_eq!(given.unwrap(), once);
            tx.commit().await.unwrap();
        }
        assert_eq!((record().await, record().await), (1, 0), "{}", db.kind());
        let one = all_consents(db, me).await.remove(0);
        assert_eq!((one.given_ms, one.purpose), (1, Purpose::Resume));
        assert_eq!(one.address, "203.0.113.8", "where he took part");
        let mut tx = db.begin().await.unwrap();
        consents::withdraw(&mut tx, me, one.id, NOW).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            record().await,
            0,
            "the application is older than the withdrawal"
        );
        run(
            db,
            &format!("UPDATE queue_entries SET made_ms = {}", NOW + 1),
        )
        .await;
        assert_eq!(record().await, 1, "a new application agrees anew");
    }
}

#[tokio::test]
async fn a_published_text_never_changes() {
    for test in seeded().await {
        let db = &test.db;
        let first = agreements::latest(db, "user").await.unwrap().unwrap();
        let next = |version, body: &str| Agreement {
            version,
            body: body.to_owned(),
            published_ms: NOW + 1,
            ..first.clone()
        };
        let mut tx = db.begin().await.unwrap();
        assert!(
            !agreements::add(&mut tx, &next(1, "别的"), None)
                .await
                .unwrap()
        );
        assert!(
            agreements::add(&mut tx, &next(2, "新的"), None)
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        agreements::ensure(db, NOW + 2).await.unwrap();
        assert_eq!(agreements::find(db, "user", 1).await.unwrap(), Some(first));
        let latest = agreements::latest(db, "user").await.unwrap().unwrap();
        assert_eq!((latest.version, latest.body.as_str()), (2, "新的"));
        for query in agreements::QUERIES {
            assert!(
                !query.sqlite.contains("UPDATE agreements ")
                    && !query.sqlite.contains("DELETE FROM agreements "),
                "{}",
                query.name
            );
        }
    }
}

#[tokio::test]
async fn two_publishers_at_once_make_one_version() {
    for test in seeded().await {
        let db = &test.db;
        let first = agreements::latest(db, "user").await.unwrap().unwrap();
        let publish = async |body: &str| {
            let next = Agreement {
                version: 2,
                body: body.to_owned(),
                ..first.clone()
            };
            let mut tx = db.begin().await.unwrap();
            let added = agreements::add(&mut tx, &next, None).await.unwrap();
            tx.commit().await.unwrap();
            added
        };
        let (one, two) = tokio::join!(publish("甲"), publish("乙"));
        assert!(one != two, "{}: {one} {two}", db.kind());
    }
}

#[tokio::test]
async fn a_resume_is_written_over_the_version_that_was_read() {
    for test in seeded().await {
        let db = &test.db;
        let me = who(db, "student-05").await;
        let resume = resumes::find(db, me).await.unwrap().unwrap();
        let write = async |known| {
            let mut tx = db.begin().await.unwrap();
            let over = (&resume.sections, known);
            let done = resumes::change(&mut tx, me, over, NOW).await.unwrap();
            tx.commit().await.unwrap();
            done
        };
        let (one, two) = tokio::join!(write(resume.version), write(resume.version));
        assert!(
            one.is_some() != two.is_some(),
            "{}: {one:?} {two:?}",
            db.kind()
        );
        assert_eq!(write(0).await, None, "there was one");
    }
}

#[tokio::test]
async fn shields_are_counted_found_and_taken_away() {
    for test in seeded().await {
        let db = &test.db;
        let me = who(db, "student-01").await;
        let company = company_of(db, who(db, "interviewer-01").await).await;
        let names = shields::search(db, me, "澄源").await.unwrap();
        assert_eq!(names.len(), 1, "{}", db.kind());
        assert_eq!(names[0].company_id, company);
        assert!(
            shields::search(db, me, "%").await.unwrap().is_empty(),
            "no wildcard"
        );
        let mut tx = db.begin().await.unwrap();
        assert!(shields::add(&mut tx, me, company, NOW).await.unwrap());
        assert!(!shields::add(&mut tx, me, company, NOW).await.unwrap());
        assert!(
            !shields::add(&mut tx, me, CompanyId::new(), NOW)
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        assert!(shields::is_shielded(db, me, company).await.unwrap());
        assert!(shields::search(db, me, "澄源").await.unwrap().is_empty());
        let mut tx = db.begin().await.unwrap();
        assert!(shields::remove(&mut tx, me, company).await.unwrap());
        tx.commit().await.unwrap();
        assert!(!shields::is_shielded(db, me, company).await.unwrap());
    }
}

#[tokio::test]
async fn a_ban_ends_sessions_and_ends_itself() {
    for test in seeded().await {
        let db = &test.db;
        let (me, staff) = (who(db, "student-01").await, who(db, "support").await);
        let config = AccountsConfig::default();
        let secret = sessions::begin(db, &config, me, NOW).await.unwrap();
        let about = About::parse(&format!("account:{me}")).unwrap();
        let ban = NewBan {
            about: &about,
            reason: "骂人",
            complaint: None,
            by: staff,
            until_ms: Some(NOW + DAY),
        };
        let mut tx = db.begin().await.unwrap();
        bans::add(&mut tx, &ban, NOW).await.unwrap();
        tx.commit().await.unwrap();
        assert!(
            sessions::find(
                db,
                (&config, &Seen::new(&Registry::new()).unwrap()),
                &secret,
                NOW
            )
            .await
            .unwrap()
            .is_none()
        );
        let active = async |at| bans::active(db, "account", me, at).await.unwrap();
        assert_eq!(active(NOW + 1).await.unwrap().reason, "骂人");
        assert!(bans::of_account(db, me, NOW + 1).await.unwrap().is_some());
        assert!(active(NOW + DAY).await.is_none(), "{}", db.kind());
        let member = who(db, "interviewer-01").await;
        let company = About::parse(&format!("company:{}", company_of(db, member).await)).unwrap();
        let ban = NewBan {
            about: &company,
            until_ms: None,
            ..ban
        };
        let mut tx = db.begin().await.unwrap();
        bans::add(&mut tx, &ban, NOW).await.unwrap();
        tx.commit().await.unwrap();
        let of_member = bans::of_account(db, member, NOW + 999 * DAY).await.unwrap();
        assert_eq!(of_member.unwrap().subject_kind, "company");
    }
}

#[tokio::test]
async fn a_freeze_and_a_ban_are_each_lifted_by_their_own_act() {
    for test in seeded().await {
        let db = &test.db;
        let (member, staff) = (who(db, "interviewer-01").await, who(db, "support").await);
        let company = company_of(db, member).await;
        let about = About::parse(&format!("company:{company}")).unwrap();
        let ban = NewBan {
            about: &about,
            reason: "诈骗",
            complaint: None,
            by: staff,
            until_ms: None,
        };
        let version = async || {
            let row = companies_store::find(db, company).await.unwrap();
            row.unwrap().version
        };
        let seen = (company, version().await);
        let mut tx = db.begin().await.unwrap();
        let ban = bans::add(&mut tx, &ban, NOW).await.unwrap();
        assert!(
            companies_store::freeze(&mut tx, seen, "核实中", staff, NOW + 1)
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        let freezes = companies_store::freezes(db, company).await.unwrap();
        assert_eq!(freezes.len(), 1, "a ban is no freeze");
        let seen = (company, version().await);
        let mut tx = db.begin().await.unwrap();
        assert!(
            companies_store::unfreeze(&mut tx, seen, staff, NOW + 2)
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        let of = async || bans::of_account(db, member, NOW + 3).await.unwrap();
        assert_eq!(of().await.unwrap().reason, "诈骗", "{}", db.kind());
        // The other way round: a freeze is no ban that support could lift.
        let seen = (company, version().await);
        let mut tx = db.begin().await.unwrap();
        companies_store::freeze(&mut tx, seen, "核实中", staff, NOW + 4)
            .await
            .unwrap();
        let lifted = bans::lift_in(&mut tx, ban, staff, NOW + 5).await.unwrap();
        assert_eq!(lifted, Some(None), "it had no complaint");
        tx.commit().await.unwrap();
        let freeze = of().await.unwrap();
        assert_eq!(freeze.reason, "核实中");
        let mut tx = db.begin().await.unwrap();
        let lifted = bans::lift_in(&mut tx, freeze.id, staff, NOW + 6).await;
        assert_eq!(lifted.unwrap(), None, "{}", db.kind());
        let row = companies_store::find(db, company).await.unwrap();
        assert_eq!(row.unwrap().status, "frozen");
    }
}

#[tokio::test]
async fn a_complaint_is_decided_once_when_two_decide_at_once() {
    for test in seeded().await {
        let db = &test.db;
        let (me, staff) = (who(db, "student-01").await, who(db, "support").await);
        let new = complaints::NewComplaint {
            id: ComplaintId::new(),
            number: "TS20261125-000001".to_owned(),
            by: me,
            subject_kind: "platform",
            subject_id: String::new(),
            company: None,
            category: "other".to_owned(),
            body: "打不开".to_owned(),
            due_ms: NOW + DAY,
        };
        let mut tx = db.begin().await.unwrap();
        complaints::add(&mut tx, &new, NOW).await.unwrap();
        tx.commit().await.unwrap();
        let decide = async |outcome| {
            let mut tx = db.begin().await.unwrap();
            let decision = complaints::Decision {
                status: Status::Upheld,
                outcome,
                answer: "好",
                by: staff,
            };
            let at = (new.id, 1);
            let done = complaints::decide(&mut tx, at, decision, NOW)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            done
        };
        let (one, two) = tokio::join!(decide(Outcome::Upheld), decide(Outcome::Dismissed));
        assert!(one != two, "{}", db.kind());
        let found = complaints::find(db, new.id).await.unwrap().unwrap();
        assert_eq!(found.version, 2);
        assert_eq!(complaints::count_of(db, staff).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn an_overdue_complaint_is_told_once_a_day_to_the_support_and_to_operations() {
    for test in seeded().await {
        let db = &test.db;
        let me = who(db, "student-01").await;
        let new = complaints::NewComplaint {
            id: ComplaintId::new(),
            number: "TS20261125-000002".to_owned(),
            by: me,
            subject_kind: "platform",
            subject_id: String::new(),
            company: None,
            category: "other".to_owned(),
            body: "打不开".to_owned(),
            due_ms: NOW + 1_000,
        };
        let mut tx = db.begin().await.unwrap();
        complaints::add(&mut tx, &new, NOW).await.unwrap();
        tx.commit().await.unwrap();
        let escalate = async |at| {
            crate::complaints::escalation::escalate(db, at)
                .await
                .unwrap()
        };
        assert_eq!(escalate(NOW + 1_000).await, 0, "due is not overdue");
        let late = NOW + 2_000;
        let both = tokio::join!(escalate(late), escalate(late));
        assert_eq!(both.0 + both.1, 1, "two servers tell once");
        assert_eq!(escalate(late + 1_000).await, 0, "the same day");
        assert_eq!(escalate(late + DAY).await, 1, "{}", db.kind());
    }
}

#[tokio::test]
async fn an_appeal_against_a_ban_is_made_and_decided_once_and_its_delay_is_told() {
    for test in seeded().await {
        let db = &test.db;
        let (me, staff) = (who(db, "student-01").await, who(db, "support").await);
        let other = who(db, "support-2").await;
        let about = About::parse(&format!("account:{me}")).unwrap();
        let ban = NewBan {
            about: &about,
            reason: "骂人",
            complaint: None,
            by: staff,
            until_ms: None,
        };
        let mut tx = db.begin().await.unwrap();
        let ban = bans::add(&mut tx, &ban, NOW).await.unwrap();
        tx.commit().await.unwrap();
        let before = appeals::find_of(db, me, ban).await.unwrap().unwrap();
        assert!(before.may_appeal(NOW) && before.hearing.is_none());
        assert!(appeals::find_of(db, other, ban).await.unwrap().is_none());
        let add = async || {
            let mut tx = db.begin().await.unwrap();
            let added = appeals::add(&mut tx, (ban, me), "不是我", NOW + 1_000, NOW).await;
            tx.commit().await.unwrap();
            added.unwrap()
        };
        let (one, two) = tokio::join!(add(), add());
        assert_ne!(one, two, "{}", db.kind());
        let case = appeals::of(db, me, NOW).await.unwrap().remove(0);
        assert!(!case.may_appeal(NOW) && !case.name.is_empty());
        assert!(case.bar(staff).is_some() && case.bar(other).is_none());
        let escalate = async |at| {
            crate::complaints::escalation::escalate(db, at)
                .await
                .unwrap()
        };
        assert_eq!(escalate(NOW + 1_000).await, 0, "due is not overdue");
        let both = tokio::join!(escalate(NOW + 2_000), escalate(NOW + 2_000));
        assert_eq!(both.0 + both.1, 1, "two servers tell once");
        let decide = async |hearing| {
            let mut tx = db.begin().await.unwrap();
            let decision = (hearing, "好");
            let done = appeals::decide(&mut tx, (ban, other), decision, NOW).await;
            tx.commit().await.unwrap();
            done.unwrap()
        };
        let (one, two) = tokio::join!(decide(Hearing::Granted), decide(Hearing::Refused));
        assert_ne!(one, two, "{}", db.kind());
        assert!(appeals::inbox(db, false).await.unwrap().is_empty());
        assert_eq!(appeals::inbox(db, true).await.unwrap().len(), 1);
        assert_eq!(escalate(NOW + 2 * DAY).await, 0, "nothing waits");
    }
}

#[tokio::test]
async fn a_consent_names_the_text_that_was_accepted_and_not_a_later_one() {
    for test in seeded().await {
        let db = &test.db;
        let me = who(db, "student-01").await;
        let company = company_of(db, who(db, "interviewer-01").await).await;
        run(
            db,
            &format!(
                "INSERT INTO agreements (code, version, title, body, published_ms)
                VALUES ('privacy', 7, '隐私政策', '新', {})",
                NOW + DAY
            ),
        )
        .await;
        let give = async |purpose, at| {
            let mut tx = db.begin().await.unwrap();
            let what = (company, purpose);
            consents::give(&mut tx, me, what, "", at).await.unwrap();
            tx.commit().await.unwrap();
        };
        run(db, "DELETE FROM consents").await;
        give(Purpose::Resume, NOW).await;
        let before = all_consents(db, me).await.remove(0);
        assert_eq!(before.text_version, 1, "version 7 came after it");
        run(
            db,
            &format!(
                "INSERT INTO agreement_acceptances (account_id, code, version, accepted_ms, address)
                VALUES ('{me}', 'privacy', 7, {}, '')",
                NOW + 2 * DAY
            ),
        )
        .await;
        give(Purpose::Contact, NOW + 3 * DAY).await;
        let after = all_consents(db, me).await.remove(0);
        assert_eq!(after.text_version, 7, "{}", db.kind());
    }
}
