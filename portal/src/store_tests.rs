//! Stories of the stores, told on both databases with the demo's data.

use base::db::testing::{self, TestDb};
use base::db::{Db, is_unique_violation};
use prometheus::Registry;
use signaling_core::FairSetup;
use signaling_protocol::Outcome;

use crate::accounts::rules::LoginName;
use crate::accounts::store::NewAccount;
use crate::accounts::store::Try;
use crate::accounts::{AccountKind, Hasher, Seen, sessions, store as accounts};
use crate::companies::guests::store as guests;
use crate::companies::{self, joins};
use crate::complaints::About;
use crate::complaints::bans::{self, NewBan};
use crate::config::AccountsConfig;
use crate::demo::seed;
use crate::ids::{AccountId, BoothId, CallId, CompanyId, FairId, JobId, SeatId};
use crate::interviews::store::{self as interviews, CallOf, Judgement};
use crate::platform::companies_store;
use crate::schools::site::store::{self as site, JobFilter};
use crate::video_fairs::import::import;
use crate::video_fairs::{setup, store as fairs, write};
use crate::{audit, resumes, students};

const NOW: i64 = 1_795_305_600_000;

fn cheap() -> AccountsConfig {
    AccountsConfig {
        argon2_memory_kib: 8,
        argon2_passes: 1,
        failures_per_login: 3,
        ..AccountsConfig::default()
    }
}

async fn seeded() -> [TestDb; 2] {
    let both = testing::both().await;
    let hasher = Hasher::new(&cheap()).unwrap();
    for test in &both {
        seed::fill(&test.db, &hasher, NOW).await.unwrap();
        seed::fill(&test.db, &hasher, NOW).await.unwrap();
    }
    both
}

async fn who(db: &Db, who: &str) -> AccountId {
    let name = LoginName::Email(seed::email(who));
    accounts::find_login(db, &name)
        .await
        .unwrap()
        .expect("a demo person")
        .id
}

async fn own_booth(db: &Db, member: AccountId) -> fairs::OwnBooth {
    fairs::of_member(db, member).await.unwrap().remove(0)
}

#[tokio::test]
async fn the_demo_fair_has_its_wall_seats_and_admissions() {
    for test in seeded().await {
        let db = &test.db;
        let student = who(db, "student-01").await;
        let list = fairs::of_student(db, student).await.unwrap();
        assert_eq!((list.len(), list[0].booths, list[0].admitted), (1, 6, true));
        let fair = list[0].id;
        let wall = fairs::booths(db, fair, NOW).await.unwrap();
        let numbers: Vec<_> = wall.iter().map(|booth| booth.number.as_str()).collect();
        assert_eq!(
            numbers,
            ["B-001", "B-002", "B-003", "B-004", "B-005", "B-006"]
        );
        assert_eq!(wall[0].jobs[0].title, "模拟电路设计工程师");
        assert_eq!(wall[0].jobs[0].pay(), "15–22K");
        let one = fairs::booth(db, fair, wall[2].id, NOW)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(one, wall[2]);
        let thin = who(db, "student-40").await;
        let facts = fairs::admission(db, fair, thin).await.unwrap().unwrap();
        assert!(facts.admitted && !resumes::rules::is_complete(facts.completeness));
        let setup = setup::load(db, fair).await.unwrap().unwrap();
        assert_eq!((setup.booths.len(), setup.booths[0].seats.len()), (6, 3));
        assert_eq!(fairs::to_open(db, NOW, NOW).await.unwrap(), [fair]);
    }
}

#[tokio::test]
async fn a_seat_belongs_to_one_person_at_one_booth() {
    for test in seeded().await {
        let db = &test.db;
        let (mine, other) = (
            who(db, "interviewer-01").await,
            who(db, "interviewer-04").await,
        );
        let booth = own_booth(db, mine).await.booth;
        let seat = fairs::seat_of(db, booth, mine, NOW).await.unwrap().unwrap();
        assert_eq!(seat.number, "B-001");
        assert_eq!(fairs::seat_of(db, booth, other, NOW).await.unwrap(), None);
        let mut tx = db.begin().await.unwrap();
        let twice = write::add_seat(&mut tx, SeatId::new(), booth, mine, 9, NOW).await;
        assert!(is_unique_violation(&twice.unwrap_err()), "{}", db.kind());
    }
}

#[tokio::test]
async fn a_resume_is_read_back_as_it_was_saved() {
    for test in seeded().await {
        let db = &test.db;
        let student = who(db, "student-06").await;
        let resume = resumes::store::find(db, student).await.unwrap().unwrap();
        assert_eq!(resume.profile.name, "古丽娜尔·阿布都热西提");
        assert_eq!(resume.completeness, resume.sections.completeness());
        let profile = students::store::profile(db, student)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(profile, resume.profile);
        let mut tx = db.begin().await.unwrap();
        resumes::store::save(&mut tx, student, &resume.sections, NOW + 1)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let again = resumes::store::find(db, student).await.unwrap().unwrap();
        assert_eq!((again.version, again.updated_ms), (2, NOW + 1));
    }
}

#[tokio::test]
async fn sessions_end_by_logout_idleness_and_age() {
    let config = cheap();
    for test in seeded().await {
        let db = &test.db;
        let seen = Seen::new(&Registry::new()).unwrap();
        let student = who(db, "student-01").await;
        let secret = sessions::begin(db, &config, student, NOW).await.unwrap();
        let session = sessions::find(db, (&config, &seen), &secret, NOW)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(session.account.id, student);
        let hour = 3_600_000;
        assert!(
            sessions::find(db, (&config, &seen), &secret, NOW + 7 * hour)
                .await
                .unwrap()
                .is_some()
        );
        assert!(
            sessions::find(db, (&config, &seen), &secret, NOW + 14 * hour)
                .await
                .unwrap()
                .is_some()
        );
        assert!(
            sessions::find(db, (&config, &seen), &secret, NOW + 16 * hour)
                .await
                .unwrap()
                .is_none()
        );
        let idle = sessions::begin(db, &config, student, NOW).await.unwrap();
        assert!(
            sessions::find(db, (&config, &seen), &idle, NOW + 8 * hour + 1)
                .await
                .unwrap()
                .is_none()
        );
        let over = sessions::begin(db, &config, student, NOW).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        let ended = sessions::end_in(&mut tx, &over).await.unwrap();
        assert_eq!(ended, Some(student));
        assert_eq!(sessions::end_in(&mut tx, &over).await.unwrap(), None);
        tx.commit().await.unwrap();
        assert!(
            sessions::find(db, (&config, &seen), &over, NOW)
                .await
                .unwrap()
                .is_none()
        );
        sessions::end_all(db, student).await.unwrap();
        assert!(
            sessions::find(db, (&config, &seen), &secret, NOW)
                .await
                .unwrap()
                .is_none()
        );
    }
}

#[tokio::test]
async fn a_login_name_is_locked_whether_or_not_it_exists() {
    let config = cheap();
    for test in seeded().await {
        let db = &test.db;
        let hash = sessions::sha256("nobody@demo.example");
        for n in 1..=3 {
            let this = accounts::count_try(db, &config, &hash, NOW + n).await;
            let expected = if n == 3 { Try::Last } else { Try::Open };
            assert_eq!(this.unwrap(), expected, "{}", db.kind());
        }
        let after = accounts::count_try(db, &config, &hash, NOW + 4).await;
        assert_eq!(after.unwrap(), Try::Refused, "{}", db.kind());
        let until = accounts::locked_until(db, &hash).await.unwrap();
        assert_eq!(until, NOW + 3 + 15 * 60_000);
        let student = who(db, "student-01").await;
        accounts::note_login(db, student, &hash, NOW).await.unwrap();
        assert_eq!(accounts::locked_until(db, &hash).await.unwrap(), 0);
    }
}

/// A call between the first interviewer and the first student.
async fn call(db: &Db) -> (CallOf, AccountId) {
    let interviewer = who(db, "interviewer-01").await;
    let booth: BoothId = own_booth(db, interviewer).await.booth;
    let seat = fairs::seat_of(db, booth, interviewer, NOW)
        .await
        .unwrap()
        .unwrap();
    let student = who(db, "student-01").await;
    let (fair, company): (FairId, CompanyId) = (seat.fair_id, seat.company_id);
    (
        CallOf {
            call: CallId::new(),
            fair,
            booth,
            company,
            student,
        },
        interviewer,
    )
}

#[tokio::test]
async fn a_note_that_lags_behind_does_not_overwrite() {
    for test in seeded().await {
        let db = &test.db;
        let (of, me) = call(db).await;
        let mut tx = db.begin().await.unwrap();
        let first = interviews::save_note(&mut tx, &of, me, ("一", 0), NOW)
            .await
            .unwrap();
        let second = interviews::save_note(&mut tx, &of, me, ("二", 1), NOW)
            .await
            .unwrap();
        let late = interviews::save_note(&mut tx, &of, me, ("三", 1), NOW)
            .await
            .unwrap();
        let blind = interviews::save_note(&mut tx, &of, me, ("四", 0), NOW)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            (first, second, late, blind),
            (Some(1), Some(2), None, None),
            "{}",
            db.kind()
        );
        let note = interviews::note(db, of.call, me).await.unwrap().unwrap();
        assert_eq!((note.body.as_str(), note.version), ("二", 2));
        assert_eq!(
            interviews::note(db, of.call, of.student).await.unwrap(),
            None
        );
    }
}

#[tokio::test]
async fn an_evaluation_is_its_companys_and_feedback_its_students() {
    for test in seeded().await {
        let db = &test.db;
        let (of, me) = call(db).await;
        let stranger = who(db, "interviewer-04").await;
        let booth = own_booth(db, stranger).await.booth;
        let company = fairs::seat_of(db, booth, stranger, NOW)
            .await
            .unwrap()
            .unwrap()
            .company_id;
        let pass = Judgement {
            outcome: Outcome::Pass,
            stars: Some(4),
            note: "清楚".to_owned(),
        };
        let fail = Judgement {
            outcome: Outcome::Fail,
            stars: None,
            note: String::new(),
        };
        let mut tx = db.begin().await.unwrap();
        let first = interviews::save_evaluation(&mut tx, &of, me, &pass, NOW)
            .await
            .unwrap();
        let theirs = CallOf { company, ..of };
        let other = interviews::save_evaluation(&mut tx, &theirs, stranger, &fail, NOW)
            .await
            .unwrap();
        assert_eq!((first, other), (Some(1), None), "{}", db.kind());
        let mine = (of.call, of.student, of.booth);
        assert!(
            interviews::save_feedback(&mut tx, mine, (5, "顺利"), NOW)
                .await
                .unwrap()
        );
        let not_mine = (of.call, stranger, of.booth);
        assert!(
            !interviews::save_feedback(&mut tx, not_mine, (1, ""), NOW)
                .await
                .unwrap()
        );
        audit::Entry::by(me, "evaluation.save", "call", &of.call)
            .write_in(&mut tx, NOW)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let stored = interviews::evaluation(db, of.call, of.company)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((stored.outcome.0, stored.stars), (Outcome::Pass, Some(4)));
        assert_eq!(
            interviews::evaluation(db, of.call, company).await.unwrap(),
            None
        );
        let feedback = interviews::feedback(db, of.call, of.student).await.unwrap();
        assert_eq!(feedback, Some((5, "顺利".to_owned())));
        let rows = audit::of(db, "call", &of.call.to_string()).await.unwrap();
        assert_eq!(rows.len(), 1);
    }
}

/// A fair to import: two booths with interviewers whom nobody knows yet.
async fn file(db: &Db) -> FairSetup {
    let interviewer = who(db, "interviewer-01").await;
    let fair = own_booth(db, interviewer).await.fair_id;
    let mut file = setup::load(db, fair).await.unwrap().unwrap();
    file.booths.truncate(2);
    for booth in &mut file.booths {
        for seat in &mut booth.seats {
            seat.person = AccountId::new().into();
        }
        for job in &mut booth.jobs {
            job.job = JobId::new().into();
        }
    }
    another(&file)
}

/// Another fair with the same companies, jobs and people.
fn another(file: &FairSetup) -> FairSetup {
    let mut file = file.clone();
    file.fair = FairId::new().into();
    for booth in &mut file.booths {
        booth.booth = BoothId::new().into();
        for seat in &mut booth.seats {
            seat.seat = SeatId::new().into();
        }
    }
    file
}

#[tokio::test]
async fn an_imported_fair_is_the_fair_of_the_file() {
    for test in seeded().await {
        let db = &test.db;
        let file = file(db).await;
        let imported = import(db, &file, NOW).await.unwrap();
        assert!(imported.is_new && imported.booths.added == 2, "{imported}");
        assert_eq!(imported.companies.found, 2, "{imported}");
        let stored = setup::load(db, imported.fair).await.unwrap().unwrap();
        assert_eq!(stored, file, "{}", db.kind());
        let again = import(db, &file, NOW).await.unwrap();
        assert!(!again.has_changed(), "{again}");
        let stored = setup::load(db, imported.fair).await.unwrap().unwrap();
        assert_eq!(stored, file, "{}", db.kind());
    }
}

#[tokio::test]
async fn a_second_fair_with_the_same_people_reuses_them() {
    for test in seeded().await {
        let db = &test.db;
        let first = file(db).await;
        let second = another(&first);
        import(db, &first, NOW).await.unwrap();
        let imported = import(db, &second, NOW).await.unwrap();
        assert_eq!(imported.accounts.added, 0, "{imported}");
        assert!(imported.accounts.found > 0, "{imported}");
        assert_eq!(
            (imported.jobs.added, imported.companies.added),
            (0, 0),
            "{imported}"
        );
        let stored = setup::load(db, imported.fair).await.unwrap().unwrap();
        assert_eq!(stored, second, "{}", db.kind());
        let person = AccountId::from(first.booths[0].seats[0].person);
        let own = fairs::of_member(db, person).await.unwrap();
        assert_eq!(own.len(), 2, "one seat in each fair");
    }
}

#[tokio::test]
async fn an_import_adds_what_a_file_has_gained() {
    for test in seeded().await {
        let db = &test.db;
        let whole = file(db).await;
        let mut part = whole.clone();
        part.booths.truncate(1);
        part.booths[0].seats.truncate(1);
        part.booths[0].jobs.truncate(1);
        import(db, &part, NOW).await.unwrap();
        let imported = import(db, &whole, NOW).await.unwrap();
        assert!(!imported.is_new && imported.has_changed(), "{imported}");
        assert_eq!(
            (imported.booths.added, imported.booths.found),
            (1, 1),
            "{imported}"
        );
        let stored = setup::load(db, imported.fair).await.unwrap().unwrap();
        assert_eq!(stored, whole, "{}", db.kind());
    }
}

#[tokio::test]
async fn an_import_that_contradicts_the_database_changes_nothing() {
    for test in seeded().await {
        let db = &test.db;
        let good = file(db).await;
        import(db, &good, NOW).await.unwrap();
        let refused = async |what: &str, change: &dyn Fn(&mut FairSetup)| {
            let mut bad = good.clone();
            // What stands before the fault must be taken back, too.
            bad.booths[0].seats[0].seat = SeatId::new().into();
            bad.booths[0].seats[0].person = AccountId::new().into();
            change(&mut bad);
            let error = format!("{:#}", import(db, &bad, NOW).await.unwrap_err());
            assert!(error.contains(what), "{what}: {error}");
            let stored = setup::load(db, good.fair.into()).await.unwrap().unwrap();
            assert_eq!(stored, good, "{}: {what}", db.kind());
        };
        refused("title", &|fair| fair.title = "别的".to_owned()).await;
        refused("ends_ms", &|fair| fair.ends_ms += 1).await;
        refused("it is there already", &|fair| {
            fair.booths[1].number = "B-900".to_owned()
        })
        .await;
        refused("its number is taken", &|fair| {
            fair.booths[1].booth = BoothId::new().into()
        })
        .await;
        refused("belongs to another company", &|fair| {
            fair.booths[1].seats[0].person = good.booths[0].seats[0].person;
        })
        .await;
        let student = who(db, "student-01").await;
        refused("no company member's", &|fair| {
            fair.booths[1].seats[0].person = student.into();
        })
        .await;
        refused("another company's", &|fair| {
            fair.booths[1].jobs[0] = good.booths[0].jobs[0].clone();
        })
        .await;
        refused("another person's", &|fair| {
            fair.booths[1].seats[0].person = AccountId::new().into();
        })
        .await;
    }
}

async fn ban(db: &Db, company: CompanyId, by: AccountId, until_ms: i64) {
    let about = About::parse(&format!("company:{company}")).unwrap();
    let ban = NewBan {
        about: &about,
        reason: "收费",
        complaint: None,
        by,
        until_ms: Some(until_ms),
    };
    let mut tx = db.begin().await.unwrap();
    bans::add(&mut tx, &ban, NOW).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_company_that_is_kept_out_stands_before_no_student() {
    for test in seeded().await {
        let db = &test.db;
        let (member, support) = (who(db, "interviewer-01").await, who(db, "support").await);
        let own = own_booth(db, member).await;
        let fair = fairs::find(db, own.fair_id).await.unwrap().unwrap();
        let booth = async |at| fairs::booth(db, fair.id, own.booth, at).await.unwrap();
        let company = booth(NOW).await.unwrap().company_id;
        let everything = JobFilter::default();
        let seen = async |at| {
            let jobs = site::jobs(db, fair.school_id, &everything, (100, 0), at)
                .await
                .unwrap();
            let count = site::count_jobs(db, fair.school_id, &everything, at).await;
            assert_eq!(count.unwrap(), i64::try_from(jobs.len()).unwrap());
            let wall = fairs::booths(db, fair.id, at).await.unwrap();
            (
                jobs.iter().any(|job| job.company == own.company),
                wall.iter().any(|one| one.id == own.booth && !one.suspended),
            )
        };
        assert_eq!(seen(NOW).await, (true, true), "{}", db.kind());
        ban(db, company, support, NOW + 1000).await;
        assert_eq!(seen(NOW).await, (false, false), "{}", db.kind());
        assert!(booth(NOW).await.unwrap().suspended);
        assert_eq!(seen(NOW + 1000).await, (true, true), "it ends by itself");
        let row = companies_store::find(db, company).await.unwrap().unwrap();
        let mut tx = db.begin().await.unwrap();
        let seen_row = (company, row.version);
        companies_store::freeze(&mut tx, seen_row, "核实中", support, NOW)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(seen(NOW + 1000).await, (false, false), "{}", db.kind());
    }
}

#[tokio::test]
async fn a_school_that_shut_a_company_out_gets_no_booth_of_it() {
    for test in seeded().await {
        let db = &test.db;
        let whole = file(db).await;
        let mut part = whole.clone();
        part.booths.truncate(1);
        let imported = import(db, &part, NOW).await.unwrap();
        let fair = fairs::find(db, imported.fair).await.unwrap().unwrap();
        let first = fairs::booths(db, fair.id, NOW).await.unwrap().remove(0);
        let joined = joins::is_joined(db, first.company_id, fair.school_id).await;
        assert!(joined.unwrap(), "the file is the operator's word");
        let mut tx = db.begin().await.unwrap();
        let second = companies::store::by_name(&mut tx, &whole.booths[1].company)
            .await
            .unwrap()
            .unwrap();
        for company in [first.company_id, second] {
            joins::block(&mut tx, (company, fair.school_id), "缺席", NOW)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        let refused = format!("{:#}", import(db, &whole, NOW).await.unwrap_err());
        assert!(refused.contains("has not joined"), "{refused}");
        let wall = fairs::booths(db, fair.id, NOW).await.unwrap();
        assert!(wall[0].suspended, "{}", db.kind());
    }
}

#[tokio::test]
async fn a_guest_of_a_running_fair_is_not_called_away_to_another() {
    for test in seeded().await {
        let db = &test.db;
        let file = file(db).await;
        let imported = import(db, &file, NOW).await.unwrap();
        let (here, there) = (file_fair(db).await, imported.fair);
        let booth = fairs::booths(db, there, NOW).await.unwrap().remove(0);
        let guest = NewAccount {
            id: AccountId::new(),
            kind: AccountKind::Company,
            mobile: None,
            email: None,
            password_hash: "!".to_owned(),
            real_name: "王工".to_owned(),
            nickname: "王工".to_owned(),
            department: "来宾".to_owned(),
        };
        let of = (guest.id, booth.company_id);
        let until_ms = NOW + 1000;
        let mut tx = db.begin().await.unwrap();
        accounts::add(&mut tx, &guest, NOW).await.unwrap();
        guests::add_guest(&mut tx, of, (here, until_ms), NOW)
            .await
            .unwrap();
        let mut renew = async |fair, now_ms| {
            let until = (fair, until_ms + 1000);
            guests::renew_guest(&mut tx, of, until, now_ms)
                .await
                .unwrap()
        };
        assert!(!renew(there, NOW).await, "{}", db.kind());
        assert!(renew(here, NOW).await, "invited again to the same one");
        assert!(renew(there, until_ms + 1000).await, "{}", db.kind());
    }
}

/// The demo's fair.
async fn file_fair(db: &Db) -> FairId {
    let interviewer = who(db, "interviewer-01").await;
    own_booth(db, interviewer).await.fair_id
}
