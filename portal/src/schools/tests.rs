//! Stories of the stores of schools, told on both databases.

use base::db::testing::{self, TestDb};
use base::db::{Db, is_unique_violation, on_db};

use super::companies::store::{self as companies, Step};
use super::notices::store::{self as notices, NoticeText};
use super::platform::store::{self as platform, SchoolFacts};
use super::rules::{NoticeKind, NoticeStatus};
use super::site::store::{self as site, JobFilter};
use super::staff::store::{self as staff, Change, Changed};
use super::store;
use crate::accounts::rules::LoginName;
use crate::accounts::{Hasher, store as accounts};
use crate::config::AccountsConfig;
use crate::demo::{schools as demo, seed};
use crate::ids::{AccountId, NoticeId, SchoolId};

const NOW: i64 = 1_795_305_600_000;
/// How often two connections try the same race.
const RACES: usize = 20;

pub(crate) async fn seeded() -> [TestDb; 2] {
    let both = testing::both().await;
    let config = AccountsConfig {
        argon2_memory_kib: 8,
        argon2_passes: 1,
        ..AccountsConfig::default()
    };
    let hasher = Hasher::new(&config).unwrap();
    for test in &both {
        seed::fill(&test.db, &hasher, NOW).await.unwrap();
    }
    both
}

pub(crate) async fn who(db: &Db, who: &str) -> AccountId {
    let name = LoginName::Email(seed::email(who));
    let row = accounts::find_login(db, &name).await.unwrap();
    row.expect("a demo person").id
}

async fn school(db: &Db, code: &str) -> SchoolId {
    store::by_code(db, code).await.unwrap().unwrap()
}

fn text(title: &str) -> NoticeText {
    NoticeText {
        kind: NoticeKind::Notice,
        title: title.to_owned(),
        body: "正文".to_owned(),
        starts_ms: None,
        place: String::new(),
    }
}

#[tokio::test]
async fn a_school_is_found_by_its_host_while_it_is_open() {
    for TestDb { db, .. } in &seeded().await {
        let found = store::of_host(db, demo::HOST).await.unwrap().unwrap();
        assert_eq!((found.code.as_str(), found.version), ("demo", 3));
        assert_eq!(store::of_host(db, "demo").await.unwrap(), None);
        let mut facts = SchoolFacts {
            name: found.name.clone(),
            host: found.host.clone(),
            province_code: "36".to_owned(),
            enabled: false,
        };
        let mut tx = db.begin().await.unwrap();
        assert!(
            platform::save(&mut tx, (found.id, 3), &facts)
                .await
                .unwrap()
        );
        assert!(
            !platform::save(&mut tx, (found.id, 3), &facts)
                .await
                .unwrap(),
            "a stale version"
        );
        tx.commit().await.unwrap();
        assert_eq!(store::of_host(db, demo::HOST).await.unwrap(), None);
        assert_eq!(store::open(db, "demo").await.unwrap(), None);
        facts.name = "另一所".to_owned();
        let mut tx = db.begin().await.unwrap();
        let other = school(db, demo::OTHER.0).await;
        let taken = platform::save(&mut tx, (other, 2), &facts).await;
        assert!(is_unique_violation(&taken.unwrap_err()), "{}", db.kind());
    }
}

#[tokio::test]
async fn of_two_who_save_a_notice_at_once_one_is_told() {
    for TestDb { db, .. } in &seeded().await {
        let (school, author) = (school(db, "demo").await, who(db, "school").await);
        let id = NoticeId::new();
        let mut tx = db.begin().await.unwrap();
        notices::add(&mut tx, (id, school, author), &text("一"), false, NOW)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let save = async |version: i64, title: &str| {
            let mut tx = db.begin().await.unwrap();
            let saved = notices::save(&mut tx, (id, school, version), &text(title))
                .await
                .unwrap();
            tx.commit().await.unwrap();
            saved.is_some()
        };
        for version in 1..=i64::try_from(RACES).unwrap() {
            let (one, two) = tokio::join!(save(version, "甲"), save(version, "乙"));
            assert!(one != two, "exactly one wins on {}", db.kind());
        }
        let foreign = SchoolId::new();
        assert_eq!(notices::find(db, foreign, id).await.unwrap(), None);
        let stored = notices::find(db, school, id).await.unwrap().unwrap();
        assert_eq!(stored.status, NoticeStatus::Draft);
    }
}

#[tokio::test]
async fn a_withdrawn_notice_keeps_its_day() {
    for TestDb { db, .. } in &seeded().await {
        let (school, author) = (school(db, "demo").await, who(db, "school").await);
        let id = NoticeId::new();
        let mut tx = db.begin().await.unwrap();
        notices::add(&mut tx, (id, school, author), &text("一"), true, NOW)
            .await
            .unwrap();
        let mut set = async |version, status, at_ms| {
            notices::set_status(&mut tx, (id, school, version), status, at_ms)
                .await
                .unwrap()
        };
        assert!(
            !set(1, NoticeStatus::Published, NOW + 1).await,
            "it is so already"
        );
        assert!(set(1, NoticeStatus::Withdrawn, NOW + 2).await);
        assert!(set(2, NoticeStatus::Published, NOW + 3).await);
        tx.commit().await.unwrap();
        let public = site::notice(db, school, id).await.unwrap().unwrap();
        assert_eq!(public.published_ms, Some(NOW));
    }
}

/// Two 校级 members, by account.
async fn two_of_the_office(db: &Db) -> (SchoolId, [AccountId; 2]) {
    let (school, first, second) = (
        school(db, "demo").await,
        who(db, "school").await,
        who(db, "faculty").await,
    );
    let mut tx = db.begin().await.unwrap();
    let promoted = staff::change(&mut tx, (second, school), &Change::Role(None)).await;
    assert_eq!(promoted.unwrap(), Changed::Done);
    tx.commit().await.unwrap();
    (school, [first, second])
}

#[tokio::test]
async fn two_who_disable_each_other_at_once_do_not_both_succeed() {
    for TestDb { db, .. } in &seeded().await {
        let (school, [first, second]) = two_of_the_office(db).await;
        let set = async |account, change: &Change| {
            let mut tx = db.begin().await.unwrap();
            let changed = staff::change(&mut tx, (account, school), change)
                .await
                .unwrap();
            if changed == Changed::Done {
                tx.commit().await.unwrap();
            }
            changed
        };
        for race in 0..RACES {
            let faculty = Change::Role(Some("微电子学院".to_owned()));
            let away = if race % 2 == 0 {
                &Change::Disable
            } else {
                &faculty
            };
            let mut results = tokio::join!(set(first, away), set(second, away));
            if results.0 == Changed::LastOne {
                results = (results.1, results.0);
            }
            assert_eq!(results, (Changed::Done, Changed::LastOne), "{}", db.kind());
            for account in [first, second] {
                assert_eq!(set(account, &Change::Enable).await, Changed::Done);
                assert_eq!(set(account, &Change::Role(None)).await, Changed::Done);
            }
        }
        let stranger = who(db, "school-2").await;
        assert_eq!(set(stranger, &Change::Disable).await, Changed::NotThere);
    }
}

#[tokio::test]
async fn a_school_does_not_let_in_whom_the_platform_has_disabled() {
    for TestDb { db, .. } in &seeded().await {
        let (school, [one, _]) = two_of_the_office(db).await;
        let disable = "UPDATE accounts SET status = 'disabled' WHERE id = $1";
        on_db!(db.writer().await.unwrap(), c => sqlx::query(disable).bind(one).execute(c).await.map(drop))
            .unwrap();
        let mut tx = db.begin().await.unwrap();
        let enabled = staff::change(&mut tx, (one, school), &Change::Enable).await;
        assert_eq!(enabled.unwrap(), Changed::Withheld, "{}", db.kind());
        // Its own word stands apart from the platform's, and is lifted apart from it.
        staff::change(&mut tx, (one, school), &Change::Disable)
            .await
            .unwrap();
        let enable = "UPDATE accounts SET status = 'active' WHERE id = $1";
        on_db!(&mut tx, c => sqlx::query(enable).bind(one).execute(c).await.map(drop)).unwrap();
        let member = staff::find(&mut tx, school, one).await.unwrap().unwrap();
        assert_eq!(member.status, "disabled", "{}", db.kind());
        let enabled = staff::change(&mut tx, (one, school), &Change::Enable).await;
        assert_eq!(enabled.unwrap(), Changed::Done, "{}", db.kind());
    }
}

#[tokio::test]
async fn a_company_moves_only_from_where_it_stands() {
    for TestDb { db, .. } in &seeded().await {
        let school = school(db, "demo").await;
        let company = companies::list(db, school, ("approved", "澄源"), (10, 0))
            .await
            .unwrap();
        let company = company[0].company_id;
        let mut tx = db.begin().await.unwrap();
        let mut step = async |step, school| {
            let this = (school, company);
            companies::take(&mut tx, this, (step, "原因"), NOW)
                .await
                .unwrap()
                .is_some()
        };
        assert!(!step(Step::Unblock, school).await, "it is not blocked");
        assert!(
            !step(Step::Block, SchoolId::new()).await,
            "no other school's"
        );
        assert!(step(Step::Block, school).await && !step(Step::Block, school).await);
        assert!(!step(Step::Cancel, school).await);
        assert!(step(Step::Unblock, school).await && step(Step::Block, school).await);
        tx.commit().await.unwrap();
        let states = companies::states(db, school).await.unwrap();
        assert!(states.contains(&("blocked".to_owned(), 1)), "{states:?}");
        let jobs = site::jobs(db, school, &JobFilter::default(), (100, 0), NOW)
            .await
            .unwrap();
        assert!(!jobs.is_empty() && jobs.iter().all(|job| !job.company.contains("澄源")));
    }
}

#[tokio::test]
async fn keywords_are_texts_and_no_patterns() {
    for TestDb { db, .. } in &seeded().await {
        let school = school(db, "demo").await;
        let count = async |q: &str, city: &str| {
            let filter = JobFilter {
                q: q.to_owned(),
                city: city.to_owned(),
                ..JobFilter::default()
            };
            site::count_jobs(db, school, &filter, NOW).await.unwrap()
        };
        assert_eq!(count("", "").await, 15, "{}", db.kind());
        assert_eq!(
            (
                count("%", "").await,
                count("_", "").await,
                count("\\", "").await
            ),
            (0, 0, 0)
        );
        assert_eq!(count("禾木", "").await, 2);
        assert!(count("工程师", "长沙").await < count("工程师", "").await);
        let cities = site::cities(db, school, 3, NOW).await.unwrap();
        assert_eq!((cities.len(), cities[0].as_str()), (3, "长沙"));
    }
}
