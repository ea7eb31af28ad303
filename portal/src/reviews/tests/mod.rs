//! Stories of the engine, told on both databases.

mod clocks;
mod walk;

use base::db::testing::{self, TestDb};
use base::db::{Db, is_unique_violation, on_db};

use super::effects::TEST_SUBJECT;
use super::rules::{Decision, Inbox, Kind, State};
use super::store::{self, DecideError, NewReview, Review};
use super::{escalation, lists};
use crate::accounts::rules::LoginName;
use crate::accounts::{AccountKind, Hasher, NO_PASSWORD, store as accounts};
use crate::config::AccountsConfig;
use crate::demo::seed;
use crate::ids::{AccountId, ReviewId, SchoolId};
use crate::schools;

/// 2026-11-22 08:00 in Beijing, a Sunday.
const NOW: i64 = 1_795_305_600_000;
const DAY: i64 = 86_400_000;

async fn seeded() -> [TestDb; 2] {
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

async fn who(db: &Db, who: &str) -> AccountId {
    let name = LoginName::Email(seed::email(who));
    accounts::find_login(db, &name).await.unwrap().unwrap().id
}

/// A thing of `kind` that stands for nothing.
fn thing(kind: Kind, name: &str, inbox: Inbox, by: AccountId) -> NewReview {
    NewReview {
        kind,
        subject: format!("{TEST_SUBJECT}{name}"),
        inbox,
        company: None,
        title: format!("{name}（示例）"),
        flags: vec!["请核对".to_owned()],
        by,
    }
}

async fn submit(db: &Db, new: &NewReview, now_ms: i64) -> Review {
    let mut tx = db.begin().await.unwrap();
    let id = store::submit(&mut tx, new, now_ms).await.unwrap();
    tx.commit().await.unwrap();
    lists::find(db, id, new.inbox).await.unwrap().unwrap()
}

async fn resubmit(db: &Db, new: &NewReview, now_ms: i64) -> bool {
    let mut tx = db.begin().await.unwrap();
    let done = store::resubmit(&mut tx, new, now_ms).await.unwrap();
    tx.commit().await.unwrap();
    done
}

async fn decide(
    db: &Db,
    page: (ReviewId, i64),
    desk: Inbox,
    by: AccountId,
    decision: &Decision,
) -> Result<Review, DecideError> {
    let mut tx = db.begin().await?;
    let review = store::decide(&mut tx, page, desk, by, decision, NOW).await?;
    tx.commit().await?;
    Ok(review)
}

fn back(reason: &str) -> Decision {
    Decision::Return {
        reason: reason.to_owned(),
    }
}

async fn events(db: &Db, review: ReviewId) -> Vec<String> {
    let rows = lists::events(db, review).await.unwrap();
    rows.into_iter().map(|row| row.event).collect()
}

#[tokio::test]
async fn a_thing_has_one_running_review() {
    for test in seeded().await {
        let db = &test.db;
        let (me, by) = (who(db, "platform").await, who(db, "interviewer-01").await);
        let new = thing(Kind::Company, "one", Inbox::Platform, by);
        let review = submit(db, &new, NOW).await;
        let mut tx = db.begin().await.unwrap();
        let twice = store::submit(&mut tx, &new, NOW).await.unwrap_err();
        assert!(is_unique_violation(&twice), "{}", db.kind());
        drop(tx);
        assert!(!resubmit(db, &new, NOW).await, "it was not returned");
        let page = (review.id, review.version);
        let no = Decision::Reject {
            reason: "重复".to_owned(),
        };
        let review = decide(db, page, Inbox::Platform, me, &no).await.unwrap();
        assert_eq!(
            (review.state, review.reason.as_str()),
            (State::Rejected, "重复")
        );
        submit(db, &new, NOW).await;
    }
}

#[tokio::test]
async fn of_two_reviewers_at_once_one_decides() {
    for test in seeded().await {
        let db = &test.db;
        let (one, two) = (who(db, "platform").await, who(db, "reviewer-2").await);
        for round in 0..5 {
            let new = thing(
                Kind::Company,
                &format!("race {round}"),
                Inbox::Platform,
                one,
            );
            let review = submit(db, &new, NOW).await;
            let page = (review.id, review.version);
            let reason = back("补充材料");
            let (yes, no) = tokio::join!(
                decide(db, page, Inbox::Platform, one, &Decision::Approve),
                decide(db, page, Inbox::Platform, two, &reason),
            );
            let (won, lost) = match (&yes, &no) {
                (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
                other => panic!("{}: {other:?}", db.kind()),
            };
            assert!(matches!(lost, DecideError::Changed), "{lost:?}");
            let now = lists::find(db, page.0, Inbox::Platform)
                .await
                .unwrap()
                .unwrap();
            assert_eq!(&now, won);
            assert_eq!(events(db, page.0).await.len(), 2);
        }
    }
}

#[tokio::test]
async fn a_claim_needs_two_people() {
    for test in seeded().await {
        let db = &test.db;
        let (one, two) = (who(db, "platform").await, who(db, "reviewer-2").await);
        let new = thing(Kind::AdminClaim, "claim", Inbox::Platform, one);
        let review = submit(db, &new, NOW).await;
        let yes = Decision::Approve;
        let page = (review.id, review.version);
        let first = decide(db, page, Inbox::Platform, one, &yes).await.unwrap();
        assert_eq!((first.state, first.first_by), (State::Open, Some(one)));
        let page = (first.id, first.version);
        let again = decide(db, page, Inbox::Platform, one, &yes)
            .await
            .unwrap_err();
        assert!(matches!(again, DecideError::Refused(_)), "{again:?}");
        let done = decide(db, page, Inbox::Platform, two, &yes).await.unwrap();
        assert_eq!(done.state, State::Approved);
        assert_eq!((done.first_by, done.decided_by), (Some(one), Some(two)));
        let expected = ["submitted", "first_approved", "approved"];
        assert_eq!(events(db, done.id).await, expected);
    }
}

#[tokio::test]
async fn one_person_gives_a_claim_back_and_it_begins_anew() {
    for test in seeded().await {
        let db = &test.db;
        let (one, two) = (who(db, "platform").await, who(db, "reviewer-2").await);
        let new = thing(Kind::AdminClaim, "again", Inbox::Platform, one);
        let review = submit(db, &new, NOW).await;
        let page = (review.id, review.version);
        let first = decide(db, page, Inbox::Platform, one, &Decision::Approve)
            .await
            .unwrap();
        let page = (first.id, first.version);
        decide(db, page, Inbox::Platform, two, &back("公章不清"))
            .await
            .unwrap();
        assert!(resubmit(db, &new, NOW + 9 * DAY).await);
        let now = lists::find(db, review.id, Inbox::Platform)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (now.first_by, now.decided_by, now.reason.as_str()),
            (None, None, "")
        );
        assert_eq!(now.submitted_ms, NOW + 9 * DAY);
        assert!(now.due_ms > now.submitted_ms);
        let page = (now.id, now.version);
        let two = decide(db, page, Inbox::Platform, two, &Decision::Approve).await;
        assert_eq!(
            two.unwrap().state,
            State::Open,
            "the first approval does not count on"
        );
    }
}

#[tokio::test]
async fn another_desk_finds_nothing() {
    for test in seeded().await {
        let db = &test.db;
        let by = who(db, "interviewer-01").await;
        let school = schools::store::by_code(db, "demo").await.unwrap().unwrap();
        let other = SchoolId::new();
        let mut tx = db.begin().await.unwrap();
        schools::store::add(&mut tx, other, "other", "云岭师范学院", NOW)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let new = thing(Kind::SchoolJoin, "join", Inbox::School(school), by);
        let review = submit(db, &new, NOW).await;
        let page = (review.id, review.version);
        for desk in [Inbox::School(other), Inbox::Platform] {
            let answer = decide(db, page, desk, by, &Decision::Approve).await;
            assert!(matches!(answer, Err(DecideError::NotFound)), "{desk:?}");
            assert_eq!(lists::find(db, review.id, desk).await.unwrap(), None);
            let rows = lists::inbox(db, desk, &lists::Wanted::default())
                .await
                .unwrap();
            assert!(rows.iter().all(|row| row.id != review.id));
        }
    }
}

#[tokio::test]
async fn a_review_is_taken_and_handed_to_a_colleague_only() {
    for test in seeded().await {
        let db = &test.db;
        let (one, two) = (who(db, "platform").await, who(db, "reviewer-2").await);
        let outsider = who(db, "operations").await;
        let new = thing(Kind::Company, "take", Inbox::Platform, one);
        let review = submit(db, &new, NOW).await;
        let assign = async |version, to| {
            let mut tx = db.begin().await.unwrap();
            let page = (review.id, version);
            let done = store::assign(&mut tx, page, Inbox::Platform, one, to, NOW).await;
            if done.is_ok() {
                tx.commit().await.unwrap();
            }
            done
        };
        let taken = assign(1, Some(one)).await.unwrap();
        assert_eq!(taken.assignee_id, Some(one));
        let stale = assign(1, Some(two)).await.unwrap_err();
        assert!(matches!(stale, DecideError::Changed));
        let handed = assign(taken.version, Some(two)).await.unwrap();
        let refused = assign(handed.version, Some(outsider)).await.unwrap_err();
        assert!(matches!(refused, DecideError::Refused(_)));
        let free = assign(handed.version, None).await.unwrap();
        assert_eq!(free.assignee_id, None);
    }
}

/// Who was told what, by account.
async fn told(db: &Db) -> Vec<(AccountId, String)> {
    on_db!(db, c => sqlx::query_as(
        "SELECT account_id, link FROM notifications WHERE event = 'N28' ORDER BY account_id, link")
        .fetch_all(c).await)
    .unwrap()
}

async fn second_office(db: &Db, school: SchoolId) -> AccountId {
    let account = accounts::NewAccount {
        id: AccountId::new(),
        kind: AccountKind::School,
        mobile: None,
        email: Some("second@demo.example".to_owned()),
        password_hash: NO_PASSWORD.to_owned(),
        real_name: "易南".to_owned(),
        nickname: "易老师".to_owned(),
        department: "就业指导中心".to_owned(),
    };
    let mut tx = db.begin().await.unwrap();
    accounts::add(&mut tx, &account, NOW).await.unwrap();
    accounts::add_staff(&mut tx, account.id, school, NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    account.id
}

#[tokio::test]
async fn people_are_told_of_an_overdue_review_once_a_day() {
    for test in seeded().await {
        let db = &test.db;
        let (one, two) = (who(db, "platform").await, who(db, "reviewer-2").await);
        let above = who(db, "operations").await;
        let new = thing(Kind::Recertification, "late", Inbox::Platform, one);
        let review = submit(db, &new, NOW).await;
        // Other reviews of the demo are not this story's.
        on_db!(db.writer().await.unwrap(), c => sqlx::query("UPDATE reviews SET state = 'withdrawn' WHERE id <> $1")
            .bind(review.id).execute(c).await.map(drop))
        .unwrap();
        let escalate = async |now_ms| escalation::escalate(db, now_ms).await.unwrap();
        assert_eq!(escalate(review.due_ms).await, 0, "due is not overdue");
        let late = review.due_ms + 1;
        let both = tokio::join!(escalate(late), escalate(late));
        assert_eq!(both.0 + both.1, 1, "two servers tell once");
        let page = format!("/platform/reviews/{}", review.id);
        let mut expected = vec![
            (one, page.clone()),
            (two, page.clone()),
            (above, "/platform".to_owned()),
        ];
        expected.sort();
        assert_eq!(told(db).await, expected, "{}", db.kind());
        assert_eq!(escalate(late + 3_600_000).await, 0, "the same day");
        let mut tx = db.begin().await.unwrap();
        let desk = Inbox::Platform;
        store::assign(
            &mut tx,
            (review.id, review.version),
            desk,
            two,
            Some(two),
            late,
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(escalate(late + DAY).await, 1);
        let after = told(db).await;
        let of = |account| after.iter().filter(|(to, _)| *to == account).count();
        assert_eq!(
            (of(one), of(two), of(above)),
            (1, 2, 2),
            "the assignee and above"
        );
        let version = review.version + 1;
        decide(db, (review.id, version), desk, two, &back("补充材料"))
            .await
            .unwrap();
        assert_eq!(escalate(late + 3 * DAY).await, 0, "returned: no clock runs");
        assert_eq!(
            events(db, review.id)
                .await
                .iter()
                .filter(|e| *e == "escalated")
                .count(),
            2
        );
    }
}

#[tokio::test]
async fn a_schools_overdue_review_is_told_to_its_whole_office() {
    for test in seeded().await {
        let db = &test.db;
        let school = schools::store::by_code(db, "demo").await.unwrap().unwrap();
        let (one, two) = (who(db, "school").await, second_office(db, school).await);
        let desk = Inbox::School(school);
        let new = thing(Kind::SchoolJoin, "late", desk, one);
        let review = submit(db, &new, NOW).await;
        let mut tx = db.begin().await.unwrap();
        store::assign(
            &mut tx,
            (review.id, review.version),
            desk,
            one,
            Some(one),
            NOW,
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        escalation::escalate(db, review.due_ms + 1).await.unwrap();
        let page = format!("/school/reviews/{}", review.id);
        let told = told(db).await;
        let told: Vec<_> = told.iter().filter(|(_, link)| *link == page).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told.iter().any(|(to, _)| *to == two));
    }
}
