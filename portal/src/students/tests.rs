//! Stories of the stores of students, told on both databases.

use base::db::testing::TestDb;
use base::db::{Db, on_db};
use prometheus::Registry;

use super::StudentMetrics;
use super::facts::FactsForm;
use super::identity::{self, NewClaimant};
use super::register::{ClaimText, check_claim, store as register};
use super::roster::store::{self as roster, NewImport};
use super::roster::{RosterRow, Slice, plan, slice};
use super::rules::{Degree, Standing};
use crate::accounts::{Account, AccountKind, SchoolStaff, Session};
use crate::demo::schools::UNREGISTERED;
use crate::ids::{AccountId, FairId, ReviewId, RosterImportId, SchoolId};
use crate::reviews::{self, DecideError, Decision, Inbox};
use crate::schools;
use crate::schools::tests::{seeded, who};
use crate::video_fairs::write;
use crate::web::FormErrors;

const NOW: i64 = 1_795_305_600_000;
/// Rows of a roster that takes several slices and parts.
const ROWS: usize = 620;

async fn school(db: &Db) -> SchoolId {
    schools::store::by_code(db, "demo").await.unwrap().unwrap()
}

fn row(n: usize) -> RosterRow {
    RosterRow {
        student_no: format!("T{n:05}"),
        name: "王𬱖".to_owned(),
        degree: Degree::Bachelor,
        faculty: "计算机学院".to_owned(),
        major: "软件工程".to_owned(),
        class_name: Some("一班".to_owned()),
        grad_year: 2027,
        standing: None,
    }
}

/// A roster of new students that somebody has said yes to.
async fn confirmed(db: &Db, rows: &[RosterRow]) -> RosterImportId {
    let (id, school, by) = (
        RosterImportId::new(),
        school(db).await,
        who(db, "school").await,
    );
    let count = i64::try_from(rows.len()).unwrap();
    let new = NewImport {
        id,
        school,
        by,
        file_name: "名单.csv".to_owned(),
        rows: count,
        same: 0,
        new: count,
        changed: 0,
        bad: 0,
        to_take: count,
    };
    let mut tx = db.begin().await.unwrap();
    roster::begin(&mut tx, &new, NOW).await.unwrap();
    tx.commit().await.unwrap();
    roster::keep(db, id, "row", rows).await.unwrap();
    assert!(roster::finish_reading(db, id).await.unwrap());
    confirm(db, id).await;
    id
}

async fn confirm(db: &Db, import: RosterImportId) {
    let school = school(db).await;
    let mut tx = db.begin().await.unwrap();
    assert!(roster::confirm(&mut tx, school, import).await.unwrap());
    tx.commit().await.unwrap();
}

/// Takes slices until there is no more; the result is how many were taken.
async fn take_all(db: &Db, metrics: &StudentMetrics, import: RosterImportId) -> usize {
    let mut slices = 0;
    loop {
        match slice(db, metrics, import, NOW).await.unwrap() {
            Slice::More => slices += 1,
            Slice::Over => return slices + 1,
            // Another one was quicker with this slice.
            Slice::NotOurs => {}
        }
    }
}

fn metrics() -> StudentMetrics {
    StudentMetrics::new(&Registry::new()).unwrap()
}

#[tokio::test]
async fn a_roster_is_taken_in_slices_and_a_second_time_nothing_changes() {
    for TestDb { db, .. } in &seeded().await {
        let (school, metrics) = (school(db).await, metrics());
        let rows: Vec<_> = (0..ROWS).map(row).collect();
        let import = confirmed(db, &rows).await;
        let slices = take_all(db, &metrics, import).await;
        assert!(
            slices >= ROWS / 100,
            "no slice holds more than 100 rows: {slices}"
        );
        let done = roster::find(db, school, import).await.unwrap().unwrap();
        assert_eq!(
            (done.state.as_str(), done.added, done.changed),
            ("done", 620, 0)
        );
        let known = roster::known(db, school).await.unwrap();
        let again = plan(rows.clone(), &known);
        assert_eq!(
            (again.same, again.new, again.changed),
            (620, 0, 0),
            "{}",
            db.kind()
        );
        let changed = RosterRow {
            major: "网络工程".to_owned(),
            standing: Some(Standing::Left),
            class_name: None,
            ..row(7)
        };
        let plan = plan(vec![changed, row(8)], &known);
        assert_eq!((plan.same, plan.changed), (1, 1));
        let import = confirmed(db, &plan.to_take).await;
        take_all(db, &metrics, import).await;
        let known = roster::known(db, school).await.unwrap();
        let seventh = known
            .iter()
            .find(|student| student.student_no == "T00007")
            .unwrap();
        assert_eq!(
            (seventh.major.as_str(), seventh.standing),
            ("网络工程", Standing::Left)
        );
        assert_eq!(
            seventh.class_name, "一班",
            "what the roster does not say stays"
        );
    }
}

#[tokio::test]
async fn an_interrupted_roster_goes_on_where_it_stood() {
    for TestDb { db, .. } in &seeded().await {
        let (school, metrics) = (school(db).await, metrics());
        let rows: Vec<_> = (0..ROWS).map(row).collect();
        let import = confirmed(db, &rows).await;
        assert_eq!(slice(db, &metrics, import, NOW).await.unwrap(), Slice::More);
        let half = roster::find(db, school, import).await.unwrap().unwrap();
        assert!(half.taken > 0 && half.taken < 620 && half.added == half.taken);
        confirm(db, import).await;
        take_all(db, &metrics, import).await;
        let done = roster::find(db, school, import).await.unwrap().unwrap();
        assert_eq!(
            (done.state.as_str(), done.taken, done.added),
            ("done", 620, 620)
        );
    }
}

#[tokio::test]
async fn two_tasks_at_one_roster_take_every_row_once() {
    for TestDb { db, .. } in &seeded().await {
        let (school, metrics) = (school(db).await, metrics());
        let rows: Vec<_> = (0..ROWS).map(row).collect();
        let import = confirmed(db, &rows).await;
        tokio::join!(
            take_all(db, &metrics, import),
            take_all(db, &metrics, import)
        );
        let done = roster::find(db, school, import).await.unwrap().unwrap();
        assert_eq!((done.taken, done.added), (620, 620), "{}", db.kind());
        let known = roster::known(db, school).await.unwrap();
        let taken = known
            .iter()
            .filter(|student| student.student_no.starts_with('T'));
        assert_eq!(taken.count(), 620);
    }
}

#[tokio::test]
async fn of_two_who_claim_one_account_at_once_one_has_it() {
    for TestDb { db, .. } in &seeded().await {
        let school = school(db).await;
        let waits = register::in_roster(db, school, UNREGISTERED.0)
            .await
            .unwrap()
            .unwrap();
        assert!(!waits.claimed);
        let claim = async |mobile: &str| {
            let mut tx = db.begin().await.unwrap();
            let claimed = register::claim(&mut tx, waits.account_id, mobile, "x")
                .await
                .unwrap();
            tx.commit().await.unwrap();
            claimed
        };
        let (one, two) = tokio::join!(claim("13788880001"), claim("13788880002"));
        assert!(one != two, "{}", db.kind());
        let now = register::in_roster(db, school, UNREGISTERED.0)
            .await
            .unwrap()
            .unwrap();
        assert!(now.claimed);
    }
}

fn claim(student_no: &str, name: &str) -> ClaimText {
    let form = FactsForm {
        student_no: student_no.to_owned(),
        name: name.to_owned(),
        degree: "master".to_owned(),
        faculty: "别的学院".to_owned(),
        major: "别的专业".to_owned(),
        class_name: String::new(),
        grad_year: "2026".to_owned(),
    };
    check_claim(&form, "", "", &mut FormErrors::default()).unwrap()
}

/// Someone who asks his school under this number and name.
async fn claimant(db: &Db, mobile: &str, claim: &ClaimText) -> AccountId {
    let new = NewClaimant {
        school: school(db).await,
        mobile,
        password_hash: "x",
        claim,
    };
    let mut tx = db.begin().await.unwrap();
    let account = identity::add(&mut tx, &new, NOW).await.unwrap();
    tx.commit().await.unwrap();
    account
}

async fn decide(db: &Db, account: AccountId, decision: &Decision) -> Result<(), DecideError> {
    let (school, by) = (school(db).await, who(db, "school").await);
    let review: ReviewId = identity::store::review_of(db, account)
        .await
        .unwrap()
        .unwrap();
    let (version,): (i64,) = on_db!(db, c => sqlx::query_as(
        "SELECT version FROM reviews WHERE id = $1").bind(review).fetch_one(c).await)?;
    let mut tx = db.begin().await?;
    let desk = Inbox::School(school);
    reviews::store::decide(&mut tx, (review, version), desk, by, decision, NOW).await?;
    tx.commit().await?;
    Ok(())
}

fn session(id: AccountId) -> Session {
    let account = Account {
        id,
        kind: AccountKind::School,
        real_name: String::new(),
        nickname: String::new(),
        department: String::new(),
    };
    Session {
        account,
        csrf: String::new(),
        unread: 0,
        rotate: false,
    }
}

/// Staff of the whole demo school, as a request has them.
async fn office(db: &Db) -> SchoolStaff {
    let id = who(db, "school").await;
    SchoolStaff {
        session: session(id),
        id,
        school: school(db).await,
        school_name: String::new(),
        faculty: None,
    }
}

#[tokio::test]
async fn an_approved_student_takes_over_the_row_that_waited_in_the_roster() {
    for TestDb { db, .. } in &seeded().await {
        let school = school(db).await;
        let waits = register::in_roster(db, school, UNREGISTERED.0)
            .await
            .unwrap()
            .unwrap();
        let (fair,): (FairId,) = on_db!(db, c => sqlx::query_as(
            "SELECT id FROM video_fairs LIMIT 1").fetch_one(c).await)
        .unwrap();
        let mut tx = db.begin().await.unwrap();
        write::admit(&mut tx, fair, waits.account_id, NOW)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let student = claimant(db, "13788880001", &claim(UNREGISTERED.0, "林晚洲")).await;
        decide(db, student, &Decision::Approve).await.unwrap();
        let now = register::in_roster(db, school, UNREGISTERED.0)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (now.account_id, now.name.as_str(), now.claimed),
            (student, "林晚洲", true)
        );
        let profile = super::store::profile(db, student).await.unwrap().unwrap();
        assert_eq!(
            (profile.faculty.as_str(), profile.grad_year),
            ("微电子学院", 2027)
        );
        let admission = crate::video_fairs::store::admission(db, fair, student)
            .await
            .unwrap();
        assert!(
            admission.unwrap().admitted,
            "the fair that let the row in lets him in"
        );
        let gone = super::store::profile(db, waits.account_id).await.unwrap();
        assert_eq!(gone, None, "{}", db.kind());
    }
}

#[tokio::test]
async fn a_number_that_somebody_has_or_had_is_not_given_away() {
    for TestDb { db, .. } in &seeded().await {
        let registered = claimant(db, "13788880001", &claim("202300001", "陈思苑")).await;
        let refused = decide(db, registered, &Decision::Approve)
            .await
            .unwrap_err();
        assert!(
            refused.to_string().contains("已被另一名学生注册"),
            "{refused}"
        );
        let mut tx = db.begin().await.unwrap();
        let student = who(db, "student-01").await;
        let office = office(db).await;
        assert!(
            super::list::store::unclaim(&mut tx, &office, student, NOW)
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        let refused = decide(db, registered, &Decision::Approve)
            .await
            .unwrap_err();
        assert!(refused.to_string().contains("曾经注册过"), "{refused}");
        let reason = "不是本校学生".to_owned();
        decide(db, registered, &Decision::Reject { reason })
            .await
            .unwrap();
        let claim = identity::store::of_account(db, registered)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(claim.status, "rejected");
    }
}
