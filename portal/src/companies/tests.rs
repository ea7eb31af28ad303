//! Stories of the stores of companies, told on both databases.

use base::db::testing::{self, TestDb};
use base::db::{Db, JsonText, is_unique_violation, on_db};

use super::certifications::{self, Certification};
use super::claims::{self, Claim};
use super::members::store as members;
use super::rules::CertificationData;
use super::{joins, reviewed, store};
use crate::accounts::testing::company_account;
use crate::ids::{AccountId, AdminClaimId, CertificationId, CompanyId, FileId, ReviewId, SchoolId};
use crate::reviews::{Decision, Inbox, Kind, NewReview, Review, store as reviews};
use crate::schools;

const NOW: i64 = 1_795_305_600_000;
/// Members of the company of the races.
const PEOPLE: usize = 6;
/// Swaps that each of two connections tries.
const SWAPS: usize = 40;

fn data(name: &str, code: &str) -> CertificationData {
    CertificationData {
        name: name.to_owned(),
        code: code.to_owned(),
        province: "43".to_owned(),
        city: "430100".to_owned(),
        address: "示例大道 1 号".to_owned(),
        nature: "39".to_owned(),
        industry: "I".to_owned(),
        ..CertificationData::default()
    }
}

/// A registered company with an administrator and further members.
async fn company(db: &Db) -> (CompanyId, Vec<AccountId>) {
    let id = CompanyId::new();
    let mut people = Vec::new();
    for n in 0..PEOPLE {
        people.push(company_account(db, &format!("成员{n}"), NOW).await);
    }
    let mut tx = db.begin().await.unwrap();
    let data = data("听雨软件（示例）", "91430100MADEM0089E");
    store::register(&mut tx, id, &data, None, NOW)
        .await
        .unwrap();
    for (n, account) in people.iter().enumerate() {
        let place = members::NewPlace {
            account: *account,
            company: id,
            admin: n == 0,
            approved: true,
            may_pay: false,
        };
        members::add(&mut tx, &place, NOW).await.unwrap();
    }
    tx.commit().await.unwrap();
    (id, people)
}

async fn admins(db: &Db, company: CompanyId) -> i64 {
    let (count,): (i64,) = on_db!(db, c => sqlx::query_as(
        "SELECT CAST(COUNT(*) AS BIGINT) AS total FROM company_members
         WHERE company_id = $1 AND role = 'admin' AND status = 'approved'")
        .bind(company).fetch_one(c).await)
    .unwrap();
    count
}

/// A chain of numbers that is the same for the same seed.
fn next(seed: &mut u64) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    usize::try_from(*seed >> 33).unwrap()
}

async fn swaps(db: Db, company: CompanyId, people: Vec<AccountId>, mut seed: u64) {
    for _ in 0..SWAPS {
        let new = people[next(&mut seed) % people.len()];
        let mut tx = db.begin().await.unwrap();
        store::lock(&mut tx, company).await.unwrap();
        members::swap_admin(&mut tx, company, new, NOW)
            .await
            .unwrap()
            .expect("everybody here could be the administrator");
        // Some change their mind after both steps.
        if next(&mut seed).is_multiple_of(4) {
            tx.rollback().await.unwrap();
        } else {
            tx.commit().await.unwrap();
        }
    }
}

#[tokio::test]
async fn after_every_commit_there_is_exactly_one_administrator() {
    for TestDb { db, .. } in &testing::both().await {
        let (company, people) = company(db).await;
        let seed = u64::from(std::process::id());
        println!("seed {seed} on {}", db.kind());
        let one = tokio::spawn(swaps(db.clone(), company, people.clone(), seed));
        let other = tokio::spawn(swaps(db.clone(), company, people, seed + 1));
        let mut looks = 0;
        while !(one.is_finished() && other.is_finished()) {
            assert_eq!(admins(db, company).await, 1, "{}", db.kind());
            looks += 1;
        }
        one.await.unwrap();
        other.await.unwrap();
        assert_eq!(admins(db, company).await, 1);
        assert!(looks > 0);
    }
}

#[tokio::test]
async fn without_the_lock_the_index_still_lets_no_second_one_in() {
    for TestDb { db, .. } in &testing::both().await {
        let (company, people) = company(db).await;
        let raised = on_db!(db.writer().await.unwrap(), c => sqlx::query(
            "UPDATE company_members SET role = 'admin' WHERE account_id = $1")
            .bind(people[1]).execute(c).await.map(drop));
        assert!(is_unique_violation(&raised.unwrap_err()), "{}", db.kind());
        assert_eq!(admins(db, company).await, 1);
    }
}

async fn claim(db: &Db, company: CompanyId, account: AccountId) -> Result<Claim, sqlx::Error> {
    let claim = Claim {
        id: AdminClaimId::new(),
        company_id: company,
        account_id: account,
        letter_file: FileId::new(),
        status: "submitted".to_owned(),
        created_ms: NOW,
    };
    let mut tx = db.begin().await?;
    claims::add(&mut tx, &claim, NOW).await?;
    tx.commit().await?;
    Ok(claim)
}

#[tokio::test]
async fn of_two_claims_at_once_one_waits() {
    for TestDb { db, .. } in &testing::both().await {
        let (company, people) = company(db).await;
        let (one, other) =
            tokio::join!(claim(db, company, people[1]), claim(db, company, people[2]));
        assert_ne!(one.is_ok(), other.is_ok(), "{}", db.kind());
        let lost = one.err().or(other.err()).unwrap();
        assert!(is_unique_violation(&lost));
    }
}

async fn register(db: &Db, name: &str, code: &str) -> Result<CompanyId, sqlx::Error> {
    let id = CompanyId::new();
    let mut tx = db.begin().await?;
    store::register(&mut tx, id, &data(name, code), None, NOW).await?;
    tx.commit().await?;
    Ok(id)
}

#[tokio::test]
async fn of_two_registrations_at_once_one_wins() {
    for TestDb { db, .. } in &testing::both().await {
        // The same name with other brackets; the same code in its old form.
        for (one, other) in [
            (
                ("甲（示例）", "91430100MADEM0011E"),
                ("甲(示例)", "91430200MADEM002XB"),
            ),
            (
                ("乙（示例）", "91360100MADEM0038U"),
                ("丙（示例）", "MADEM0038"),
            ),
        ] {
            let (a, b) = tokio::join!(register(db, one.0, one.1), register(db, other.0, other.1));
            assert_ne!(a.is_ok(), b.is_ok(), "{} {one:?}", db.kind());
            let winner = a.or(b).unwrap();
            let org = data("", one.1).org_code().unwrap();
            let known = store::known(db, &org, other.0).await.unwrap().unwrap();
            assert_eq!(known.id, winner);
        }
    }
}

/// A decided review, as the engine hands it to its domain.
fn review(kind: Kind, subject: String, company: CompanyId, by: AccountId) -> Review {
    Review {
        id: ReviewId::new(),
        kind,
        subject_id: subject,
        inbox: "platform".to_owned(),
        school_id: None,
        company_id: Some(company),
        title: String::new(),
        flags: JsonText(Vec::new()),
        submitted_by: by,
        submitted_ms: NOW,
        due_ms: NOW,
        due_estimated: false,
        state: crate::reviews::State::Approved,
        assignee_id: None,
        escalated_ms: None,
        first_by: None,
        decided_by: None,
        decided_ms: Some(NOW),
        reason: String::new(),
        version: 2,
    }
}

#[tokio::test]
async fn an_approved_claim_swaps_and_tells_both() {
    for TestDb { db, .. } in &testing::both().await {
        let (company, people) = company(db).await;
        let (old, new) = (people[0], people[3]);
        let claim = claim(db, company, new).await.unwrap();
        let review = review(Kind::AdminClaim, claim.id.to_string(), company, new);
        let mut tx = db.begin().await.unwrap();
        reviewed::admin_claim(&mut tx, &review, &Decision::Approve, NOW)
            .await
            .unwrap();
        assert_eq!(store::admin_of(&mut tx, company).await.unwrap(), Some(new));
        let twice = reviewed::admin_claim(&mut tx, &review, &Decision::Approve, NOW).await;
        assert!(twice.is_err(), "a settled claim is not settled again");
        tx.rollback().await.unwrap();
        let mut tx = db.begin().await.unwrap();
        reviewed::admin_claim(&mut tx, &review, &Decision::Approve, NOW)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(admins(db, company).await, 1);
        let told: Vec<(AccountId,)> = on_db!(db, c => sqlx::query_as(
            "SELECT account_id FROM notifications WHERE event = 'N4'").fetch_all(c).await)
        .unwrap();
        assert_eq!(told.len(), 2, "{}", db.kind());
        assert!(told.contains(&(old,)) && told.contains(&(new,)));
    }
}

#[tokio::test]
async fn a_disabled_claimant_leaves_the_old_administrator_in_place() {
    for TestDb { db, .. } in &testing::both().await {
        let (company, people) = company(db).await;
        let claim = claim(db, company, people[1]).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        assert!(
            members::set_open(&mut tx, people[1], company, false, NOW)
                .await
                .unwrap()
        );
        assert!(
            !members::set_open(&mut tx, people[0], company, false, NOW)
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        let review = review(Kind::AdminClaim, claim.id.to_string(), company, people[1]);
        let mut tx = db.begin().await.unwrap();
        let refused = reviewed::admin_claim(&mut tx, &review, &Decision::Approve, NOW).await;
        assert!(refused.is_err());
        drop(tx);
        let mut tx = db.begin().await.unwrap();
        let admin = store::admin_of(&mut tx, company).await.unwrap();
        assert_eq!(admin, Some(people[0]), "{}", db.kind());
    }
}

#[tokio::test]
async fn a_certification_puts_its_data_in_force_and_asks_the_schools() {
    for TestDb { db, .. } in &testing::both().await {
        let (company, people) = company(db).await;
        let (school, id) = (SchoolId::new(), CertificationId::new());
        let mut tx = db.begin().await.unwrap();
        schools::store::add(&mut tx, school, "xs", "湘水师范大学", NOW)
            .await
            .unwrap();
        joins::pick(&mut tx, company, school, NOW).await.unwrap();
        let certification = Certification {
            id,
            company_id: company,
            kind: "first".to_owned(),
            data: JsonText(data("听雨软件（示例）", "91430100MADEM0089E")),
            status: "submitted".to_owned(),
            submitted_by: people[0],
            created_ms: NOW,
        };
        certifications::add(&mut tx, &certification, NOW)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let review = review(Kind::Company, id.to_string(), company, people[0]);
        let mut tx = db.begin().await.unwrap();
        reviewed::certification(&mut tx, &review, &Decision::Approve, NOW)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let details = store::details(db, company).await.unwrap().unwrap();
        assert_eq!(details.status, "certified", "{}", db.kind());
        assert_eq!(
            (details.city.as_str(), details.nature.as_str()),
            ("长沙", "其他企业")
        );
        let rows = joins::of_company(db, company).await.unwrap();
        assert_eq!(rows[0].status, "submitted");
        assert!(rows[0].due_ms.is_some_and(|due_ms| due_ms > NOW));
        let mut tx = db.begin().await.unwrap();
        assert_eq!(
            joins::ask(&mut tx, company, school, NOW).await.unwrap(),
            None
        );
        joins::block(&mut tx, (company, school), "缺席", NOW)
            .await
            .unwrap();
        assert_eq!(
            joins::ask(&mut tx, company, school, NOW).await.unwrap(),
            None
        );
        assert!(joins::unblock(&mut tx, company, school, NOW).await.unwrap());
        assert!(
            joins::ask(&mut tx, company, school, NOW)
                .await
                .unwrap()
                .is_some()
        );
    }
}

#[tokio::test]
async fn a_request_is_answered_once() {
    for TestDb { db, .. } in &testing::both().await {
        let (company, people) = company(db).await;
        let applicant = company_account(db, "申请人", NOW).await;
        let mut tx = db.begin().await.unwrap();
        let place = members::NewPlace {
            account: applicant,
            company,
            admin: false,
            approved: false,
            may_pay: false,
        };
        members::add(&mut tx, &place, NOW).await.unwrap();
        let new = NewReview {
            kind: Kind::Membership,
            subject: applicant.to_string(),
            inbox: Inbox::Company(company),
            company: Some(company),
            title: "申请人".to_owned(),
            flags: Vec::new(),
            by: applicant,
        };
        let id = reviews::submit(&mut tx, &new, NOW).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(members::requests(db, company).await.unwrap()[0].id, id);
        let decide = async |decision: Decision| {
            let desk = Inbox::Company(company);
            let mut tx = db.begin().await.unwrap();
            reviews::decide(&mut tx, (id, 1), desk, people[0], &decision, NOW).await?;
            tx.commit().await?;
            Ok::<(), crate::reviews::DecideError>(())
        };
        let no = Decision::Reject {
            reason: "不认识".to_owned(),
        };
        let (yes, no) = tokio::join!(decide(Decision::Approve), decide(no));
        assert_ne!(yes.is_ok(), no.is_ok(), "{}", db.kind());
        let standing = members::standing(db, applicant).await.unwrap().unwrap();
        assert_eq!(standing.status == "approved", yes.is_ok());
        assert_eq!(members::count_requests(db, company).await.unwrap(), 0);
    }
}

async fn sql_for(db: &Db, sql: &'static str, account: AccountId) {
    on_db!(db.writer().await.unwrap(), c => sqlx::query(sql).bind(account).execute(c).await.map(drop)).unwrap();
}

async fn set_open(db: &Db, account: AccountId, company: CompanyId, open: bool) -> bool {
    let mut tx = db.begin().await.unwrap();
    let done = members::set_open(&mut tx, account, company, open, NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    done
}

async fn status_of(db: &Db, account: AccountId) -> String {
    let (status,): (String,) = on_db!(db, c => sqlx::query_as(
        "SELECT status FROM accounts WHERE id = $1").bind(account).fetch_one(c).await)
    .unwrap();
    status
}

#[tokio::test]
async fn a_company_shuts_out_by_the_place_and_never_touches_the_account() {
    for TestDb { db, .. } in &testing::both().await {
        let (company, people) = company(db).await;
        let one = people[1];
        assert!(set_open(db, one, company, false).await);
        assert_eq!(status_of(db, one).await, "active", "{}", db.kind());
        assert!(set_open(db, one, company, true).await);
        let disable = "UPDATE accounts SET status = 'disabled' WHERE id = $1";
        sql_for(db, disable, one).await;
        assert!(set_open(db, one, company, false).await);
        assert!(!set_open(db, one, company, true).await, "support's word");
        assert_eq!(status_of(db, one).await, "disabled", "{}", db.kind());
    }
}

#[tokio::test]
async fn whoever_is_erased_never_comes_back_nor_becomes_the_administrator() {
    for TestDb { db, .. } in &testing::both().await {
        let (company, people) = company(db).await;
        let mut tx = db.begin().await.unwrap();
        crate::privacy::erase(&mut tx, people[1], NOW)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert!(!set_open(db, people[1], company, true).await);
        assert_eq!(status_of(db, people[1]).await, "disabled", "{}", db.kind());
        let mut tx = db.begin().await.unwrap();
        let swapped = members::swap_admin(&mut tx, company, people[1], NOW).await;
        assert_eq!(swapped.unwrap(), Err(()));
    }
}

#[tokio::test]
async fn whoever_loses_the_administration_pays_no_longer() {
    for TestDb { db, .. } in &testing::both().await {
        let (company, people) = company(db).await;
        let may = "UPDATE company_members SET may_pay = TRUE WHERE account_id = $1";
        sql_for(db, may, people[0]).await;
        let mut tx = db.begin().await.unwrap();
        let swapped = members::swap_admin(&mut tx, company, people[2], NOW).await;
        assert_eq!(swapped.unwrap(), Ok(Some(people[0])));
        tx.commit().await.unwrap();
        let row = members::find(db, company, people[0]).await.unwrap();
        let row = row.expect("he stays a member");
        assert!(!row.may_pay && row.role == "member", "{}", db.kind());
    }
}
