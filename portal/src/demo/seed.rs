//! Puts the demo's school, fair, companies and people into an empty database.

use anyhow::Context;
use base::db::{Db, Tx};

use super::{applicants, cases, data, history};
use crate::accounts::store::{self as accounts, NewAccount};
use crate::accounts::{AccountKind, Hasher, PlatformRole};
use crate::companies::{self, NewCompany};
use crate::ids::{AccountId, BoothId, CompanyId, FairId, JobId, SchoolId, SeatId};
use crate::jobs::{self, NewJob};
use crate::students::Profile;
use crate::video_fairs::write::{self, NewFair};
use crate::{resumes, schools, students};

/// The password of every demo account; the page of links names it.
pub const PASSWORD: &str = "Pinhui-2027";
/// The fair began so long ago, ms.
const BEGAN_MS: i64 = 3_600_000;
/// The fair goes on for so long, ms.
const GOES_ON_MS: i64 = 6 * 3_600_000;
/// Planned length of a call, ms.
const SLOT_MS: i64 = 10 * 60_000;

/// The platform's staff: short name, role, name.
pub const PLATFORM_STAFF: &[(&str, PlatformRole, &str)] = &[
    ("platform", PlatformRole::Review, "舒平"),
    ("reviewer-2", PlatformRole::Review, "闻清"),
    ("operations", PlatformRole::Operations, "祝安"),
    ("finance", PlatformRole::Finance, "裴宁"),
    ("support", PlatformRole::Support, "温言"),
    // An appeal is decided by another one.
    ("support-2", PlatformRole::Support, "晏和"),
];

/// What all rows of one seeding share.
pub(super) struct Seeding {
    pub(super) tx: Tx,
    pub(super) now_ms: i64,
    password_hash: String,
    pub(super) school: SchoolId,
    fair: FairId,
    interviewers: usize,
    accounts: u32,
    /// The companies so far, with their administrator and the last of their other members.
    staffed: Vec<applicants::Staffed>,
}

/// The address that stands for a demo person in the login form and in the links.
pub fn email(who: &str) -> String {
    format!("{who}@demo.example")
}

/// The mobile number of the demo's account number `n`. The demo sends to its own emulators alone.
fn mobile(n: u32) -> String {
    format!("1990000{n:04}")
}

/// The short name of student `index`: `student-01` and so on.
pub fn student_who(index: usize) -> String {
    format!("student-{:02}", index + 1)
}

/// The short name of interviewer `index`, counted over all booths.
pub fn interviewer_who(index: usize) -> String {
    format!("interviewer-{:02}", index + 1)
}

/// Fills the database, unless the demo school is there already.
///
/// # Errors
/// The database failed.
pub async fn fill(db: &Db, hasher: &Hasher, now_ms: i64) -> anyhow::Result<()> {
    if schools::store::by_code(db, data::SCHOOL_CODE)
        .await?
        .is_some()
    {
        return Ok(());
    }
    let password_hash = hasher.hash(PASSWORD.to_owned()).await?;
    let mut seeding = Seeding {
        tx: db.begin().await?,
        now_ms,
        password_hash,
        school: SchoolId::new(),
        fair: FairId::new(),
        interviewers: 0,
        accounts: 0,
        staffed: Vec::new(),
    };
    seeding.school().await.context("demo school")?;
    seeding.other_school().await.context("second school")?;
    for company in data::companies() {
        seeding
            .company(company)
            .await
            .with_context(|| company.name.clone())?;
    }
    let cast = applicants::Cast {
        now_ms,
        password_hash: &seeding.password_hash,
        school: seeding.school,
        companies: &seeding.staffed,
    };
    applicants::fill(&mut seeding.tx, &cast)
        .await
        .context("applicants")?;
    let companies: Vec<_> = seeding
        .staffed
        .iter()
        .filter_map(|one| Some((one.company, one.name.clone(), *one.members.first()?)))
        .collect();
    history::add(&mut seeding.tx, &companies, seeding.school, now_ms)
        .await
        .context("history")?;
    for (index, student) in data::students().iter().enumerate() {
        seeding
            .student(index, student)
            .await
            .with_context(|| student.name.clone())?;
    }
    cases::add(&mut seeding.tx, now_ms).await.context("cases")?;
    seeding.tx.commit().await?;
    Ok(())
}

impl Seeding {
    pub(super) async fn account(
        &mut self,
        who: &str,
        kind: AccountKind,
        name: &str,
        nickname: &str,
        department: &str,
    ) -> anyhow::Result<AccountId> {
        self.accounts += 1;
        let account = NewAccount {
            id: AccountId::new(),
            kind,
            mobile: Some(mobile(self.accounts)),
            email: Some(email(who)),
            password_hash: self.password_hash.clone(),
            real_name: name.to_owned(),
            nickname: nickname.to_owned(),
            department: department.to_owned(),
        };
        accounts::add(&mut self.tx, &account, self.now_ms).await?;
        Ok(account.id)
    }

    async fn school(&mut self) -> anyhow::Result<()> {
        let (school, now_ms) = (self.school, self.now_ms);
        schools::store::add(
            &mut self.tx,
            school,
            data::SCHOOL_CODE,
            data::SCHOOL,
            now_ms,
        )
        .await?;
        let staff = self
            .account(
                "school",
                AccountKind::School,
                "何静安",
                "何老师",
                "就业指导中心",
            )
            .await?;
        accounts::add_staff(&mut self.tx, staff, school, now_ms).await?;
        self.site(staff).await?;
        for (who, role, name) in PLATFORM_STAFF {
            let department = format!("{}组", role.zh());
            let staff = self
                .account(who, AccountKind::Platform, name, name, &department)
                .await?;
            accounts::add_platform_staff(&mut self.tx, staff, *role, now_ms).await?;
        }
        self.account(
            "operator",
            AccountKind::Operator,
            "值班运维",
            "运维",
            "运维组",
        )
        .await?;
        let fair = NewFair {
            id: self.fair,
            school,
            title: data::FAIR.to_owned(),
            starts_ms: now_ms - BEGAN_MS,
            ends_ms: now_ms + GOES_ON_MS,
            slot_ms: SLOT_MS,
            max_queues: 3,
            rules: serde_json::json!({}),
        };
        write::add_fair(&mut self.tx, &fair, now_ms).await?;
        Ok(())
    }

    async fn company(&mut self, company: &data::Company) -> anyhow::Result<()> {
        let id = CompanyId::new();
        let new = NewCompany {
            name: company.name.clone(),
            industry: company.industry.clone(),
            nature: company.nature.clone(),
            scale: company.scale.clone(),
            city: company.city.clone(),
            intro: company.intro.clone(),
        };
        companies::store::add(&mut self.tx, id, &new, self.now_ms).await?;
        applicants::certify(&mut self.tx, id, company, self.now_ms).await?;
        let mut members = Vec::new();
        let booth = BoothId::new();
        let numbered = (booth, company.number.as_str());
        write::add_booth(&mut self.tx, numbered, self.fair, id, self.now_ms).await?;
        for (ordinal, job) in (0_i64..).zip(&company.jobs) {
            let job_id = JobId::new();
            jobs::store::add(&mut self.tx, job_id, id, &new_job(job), self.now_ms).await?;
            write::add_booth_job(&mut self.tx, booth, job_id, ordinal).await?;
        }
        for (ordinal, seat) in (0_i64..).zip(&company.seats) {
            let who = interviewer_who(self.interviewers);
            self.interviewers += 1;
            let account = self
                .account(
                    &who,
                    AccountKind::Company,
                    &seat.name,
                    &seat.nickname,
                    &seat.department,
                )
                .await?;
            let (tx, now_ms) = (&mut self.tx, self.now_ms);
            accounts::add_member(tx, account, id, ordinal == 0, now_ms).await?;
            members.push(account);
            write::add_seat(tx, SeatId::new(), booth, account, ordinal, now_ms).await?;
        }
        let school = self.school;
        applicants::join_school(&mut self.tx, id, school, self.now_ms).await?;
        self.staffed.push(applicants::Staffed {
            company: id,
            name: company.name.clone(),
            members,
        });
        Ok(())
    }

    async fn student(&mut self, index: usize, student: &data::Student) -> anyhow::Result<()> {
        let who = student_who(index);
        let account = self
            .account(&who, AccountKind::Student, &student.name, &student.name, "")
            .await?;
        let profile = Profile {
            school_id: self.school,
            school_name: data::SCHOOL.to_owned(),
            student_no: format!("20{}{:05}", 23 + index % 2, index + 1),
            name: student.name.clone(),
            degree: student.degree,
            faculty: student.faculty.clone(),
            major: student.major.clone(),
            grad_year: data::GRAD_YEAR,
            verified_ms: Some(self.now_ms),
        };
        students::store::add(&mut self.tx, account, &profile).await?;
        let sections = data::resume(index, student);
        resumes::store::save(&mut self.tx, account, &sections, self.now_ms).await?;
        write::admit(&mut self.tx, self.fair, account, self.now_ms).await?;
        Ok(())
    }
}

fn new_job(job: &data::Job) -> NewJob {
    NewJob {
        title: job.title.clone(),
        category: job.category.clone(),
        kind: job.kind,
        headcount: job.headcount,
        degree: job.degree.clone(),
        majors: job.majors.clone(),
        cities: job.cities.clone(),
        pay_fen: job.pay.map(|(min, max)| (min * 100, max * 100)),
        description: job.text.clone(),
    }
}
