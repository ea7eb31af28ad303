//! SQL that reads fairs. Ownership stands in the `WHERE` of each query.

use std::collections::BTreeMap;

use base::db::{Db, JsonText, on_db};
use serde_json::Value;

use super::rules::FairTime;
use crate::complaints::bans::company_is_banned;
use crate::ids::{AccountId, BoothId, CompanyId, FairId, SchoolId, SeatId};
use crate::jobs::Job;

/// A booth and its company, which may not recruit at this moment (a parameter) if the platform or
/// the fair's school keeps it out.
macro_rules! booth_columns {
    ($now:literal) => {
        concat!(
            "SELECT r.id, r.fair_id, r.company_id, COALESCE(r.number, '') AS number, r.mode,
            c.name AS company, c.industry, c.nature, c.scale, c.city, c.intro,
            (c.status = 'frozen' OR ",
            company_is_banned!("c.id", $now),
            " OR EXISTS (SELECT 1 FROM school_joins sj
                    JOIN video_fairs f ON f.school_id = sj.school_id
                    WHERE f.id = r.fair_id AND sj.company_id = c.id
                        AND sj.status = 'blocked')) AS suspended
        FROM registrations r JOIN companies c ON c.id = r.company_id"
        )
    };
}

base::queries! {
    /// A fair that is not hidden.
    FIND_FAIR = "SELECT f.id, f.school_id, s.name AS school_name, f.title, f.starts_ms, f.ends_ms,
            f.slot_ms, f.max_queues, f.rules
        FROM video_fairs f JOIN schools s ON s.id = f.school_id
        WHERE f.id = $1 AND f.status = 'published'";
    /// Fairs of a school, the latest first.
    FAIRS_OF_SCHOOL = "SELECT f.id, f.school_id, s.name AS school_name, f.title, f.starts_ms,
            f.ends_ms, f.slot_ms, f.max_queues, f.rules
        FROM video_fairs f JOIN schools s ON s.id = f.school_id
        WHERE f.school_id = $1 AND f.status = 'published'
        ORDER BY f.starts_ms DESC, f.id LIMIT 100";
    /// Fairs of all schools, the latest first.
    LATEST_FAIRS = "SELECT f.id, f.school_id, s.name AS school_name, f.title, f.starts_ms,
            f.ends_ms, f.slot_ms, f.max_queues, f.rules
        FROM video_fairs f JOIN schools s ON s.id = f.school_id
        WHERE f.status = 'published' ORDER BY f.starts_ms DESC, f.id LIMIT 100";
    /// A fair of one school.
    FAIR_OF_SCHOOL = "SELECT f.id, f.school_id, s.name AS school_name, f.title, f.starts_ms,
            f.ends_ms, f.slot_ms, f.max_queues, f.rules
        FROM video_fairs f JOIN schools s ON s.id = f.school_id
        WHERE f.id = $1 AND f.school_id = $2 AND f.status = 'published'";
    /// Fairs of a student's school, and whether he is admitted.
    FAIRS_OF_STUDENT = "SELECT f.id, f.title, f.starts_ms, f.ends_ms, s.name AS school_name,
            (a.student_id IS NOT NULL AND st.verified_ms IS NOT NULL AND st.standing <> 'left')
                AS admitted,
            (SELECT COUNT(*) FROM registrations r
                WHERE r.fair_id = f.id AND r.status = 'approved') AS booths
        FROM students st
        JOIN video_fairs f ON f.school_id = st.school_id
        JOIN schools s ON s.id = f.school_id
        LEFT JOIN fair_admissions a ON a.fair_id = f.id AND a.student_id = st.account_id
        WHERE st.account_id = $1 AND f.status = 'published'
        ORDER BY f.starts_ms DESC, f.id LIMIT 100";
    /// A fair, for a student of its school.
    FAIR_OF_STUDENT = "SELECT f.id, f.school_id, s.name AS school_name, f.title, f.starts_ms,
            f.ends_ms, f.slot_ms, f.max_queues, f.rules
        FROM video_fairs f
        JOIN schools s ON s.id = f.school_id
        JOIN students st ON st.school_id = f.school_id
        WHERE f.id = $1 AND st.account_id = $2 AND f.status = 'published'";
    /// What an admission to a queue depends on.
    ADMISSION = "SELECT (a.student_id IS NOT NULL AND st.verified_ms IS NOT NULL
                AND st.standing <> 'left') AS admitted,
            COALESCE(r.completeness, 0) AS completeness
        FROM students st
        JOIN video_fairs f ON f.school_id = st.school_id
        LEFT JOIN fair_admissions a ON a.fair_id = f.id AND a.student_id = st.account_id
        LEFT JOIN resumes r ON r.student_id = st.account_id
        WHERE f.id = $1 AND st.account_id = $2 AND f.status = 'published'";
    /// Booths of a fair.
    BOOTHS_OF_FAIR = concat!(booth_columns!("$2"), "
        WHERE r.fair_id = $1 AND r.status = 'approved' ORDER BY r.number, r.id");
    /// One booth.
    FIND_BOOTH = concat!(booth_columns!("$3"), "
        WHERE r.fair_id = $1 AND r.id = $2 AND r.status = 'approved'");
    /// Jobs of all booths of a fair.
    JOBS_OF_FAIR = "SELECT rj.registration_id, j.id, j.title, j.kind, j.headcount, j.degree,
            j.majors, j.cities, j.pay_min_fen, j.pay_max_fen, j.description
        FROM registration_jobs rj
        JOIN jobs j ON j.id = rj.job_id
        JOIN registrations r ON r.id = rj.registration_id
        WHERE r.fair_id = $1 AND r.status = 'approved' AND j.status = 'open'
        ORDER BY rj.ordinal, j.id";
    /// Jobs of one booth.
    JOBS_OF_BOOTH = "SELECT rj.registration_id, j.id, j.title, j.kind, j.headcount, j.degree,
            j.majors, j.cities, j.pay_min_fen, j.pay_max_fen, j.description
        FROM registration_jobs rj
        JOIN jobs j ON j.id = rj.job_id
        WHERE rj.registration_id = $1 AND j.status = 'open'
        ORDER BY rj.ordinal, j.id";
    /// Seats of all booths of a fair.
    SEATS_OF_FAIR = "SELECT s.id, s.registration_id, s.account_id, a.nickname, a.department
        FROM seats s
        JOIN accounts a ON a.id = s.account_id
        JOIN registrations r ON r.id = s.registration_id
        WHERE r.fair_id = $1 AND r.status = 'approved' ORDER BY s.ordinal, s.id";
    /// Booths where someone has a seat.
    BOOTHS_OF_MEMBER = "SELECT r.id AS booth, r.fair_id, COALESCE(r.number, '') AS number,
            f.title, f.starts_ms, f.ends_ms, sc.name AS school_name, c.name AS company,
            (SELECT COUNT(*) FROM seats o WHERE o.registration_id = r.id) AS seats
        FROM seats s
        JOIN registrations r ON r.id = s.registration_id
        JOIN video_fairs f ON f.id = r.fair_id
        JOIN schools sc ON sc.id = f.school_id
        JOIN companies c ON c.id = r.company_id
        JOIN company_members m ON m.account_id = s.account_id AND m.company_id = r.company_id
        WHERE s.account_id = $1 AND m.status = 'approved' AND r.status = 'approved'
            AND f.status = 'published' AND c.status = 'certified'
            AND (m.guest_fair_id IS NULL OR m.guest_fair_id = r.fair_id)
        ORDER BY f.starts_ms DESC, r.number";
    /// Someone's seat at a booth, while he is a member of its company, or its guest and his time
    /// is not over.
    SEAT_OF = "SELECT s.id AS seat, r.id AS booth, r.fair_id, r.company_id,
            COALESCE(r.number, '') AS number, c.name AS company, f.title, f.starts_ms, f.ends_ms
        FROM seats s
        JOIN registrations r ON r.id = s.registration_id
        JOIN video_fairs f ON f.id = r.fair_id
        JOIN companies c ON c.id = r.company_id
        JOIN company_members m ON m.account_id = s.account_id AND m.company_id = r.company_id
        WHERE r.id = $1 AND s.account_id = $2 AND m.status = 'approved'
            AND r.status = 'approved' AND f.status = 'published' AND c.status = 'certified'
            AND (m.guest_fair_id IS NULL
                OR (m.guest_fair_id = r.fair_id AND m.guest_until_ms > $3))";
    /// Fairs that the live side must hold: running, about to, or just over.
    FAIRS_TO_OPEN = "SELECT id FROM video_fairs
        WHERE status = 'published' AND ends_ms > $1 AND starts_ms < $2 ORDER BY starts_ms, id";
}

/// A fair.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Fair {
    /// The fair.
    pub id: FairId,
    /// The school that holds it.
    pub school_id: SchoolId,
    /// Its name.
    pub school_name: String,
    /// Title.
    pub title: String,
    /// Begin, ms since 1970.
    pub starts_ms: i64,
    /// Planned end, ms since 1970.
    pub ends_ms: i64,
    /// Planned length of a call, ms.
    pub slot_ms: i64,
    /// Active entries that a student may have at once.
    pub max_queues: i64,
    /// Further rules of the live core.
    pub rules: JsonText<Value>,
}

impl Fair {
    /// Where it stands.
    pub fn time(&self, now_ms: i64) -> FairTime {
        FairTime::of(self.starts_ms, self.ends_ms, now_ms)
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            id: FairId::new(),
            school_id: SchoolId::new(),
            school_name: "赣江理工大学".to_owned(),
            title: "2027 届秋季视频双选会".to_owned(),
            starts_ms: 1_795_305_600_000,
            ends_ms: 1_795_334_400_000,
            slot_ms: 600_000,
            max_queues: 3,
            rules: JsonText(Value::Null),
        }
    }
}

/// A fair, as a student's list shows it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct StudentFair {
    /// The fair.
    pub id: FairId,
    /// Title.
    pub title: String,
    /// Begin, ms since 1970.
    pub starts_ms: i64,
    /// Planned end, ms since 1970.
    pub ends_ms: i64,
    /// The school that holds it.
    pub school_name: String,
    /// The school lets this student take part.
    pub admitted: bool,
    /// Companies in it.
    pub booths: i64,
}

/// A booth with its company and jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booth {
    /// The booth.
    pub id: BoothId,
    /// The fair.
    pub fair_id: FairId,
    /// The company.
    pub company_id: CompanyId,
    /// Its number, such as `B-017`.
    pub number: String,
    /// `video` or `text`.
    pub mode: String,
    /// The company's name.
    pub company: String,
    /// 行业.
    pub industry: String,
    /// 性质.
    pub nature: String,
    /// 规模.
    pub scale: String,
    /// 城市.
    pub city: String,
    /// 介绍.
    pub intro: String,
    /// The platform or the fair's school keeps the company out: students do not come to it.
    pub suspended: bool,
    /// What it recruits for.
    pub jobs: Vec<Job>,
}

#[derive(sqlx::FromRow)]
struct BoothRow {
    id: BoothId,
    fair_id: FairId,
    company_id: CompanyId,
    number: String,
    mode: String,
    company: String,
    industry: String,
    nature: String,
    scale: String,
    city: String,
    intro: String,
    suspended: bool,
}

#[derive(sqlx::FromRow)]
struct JobRow {
    registration_id: BoothId,
    #[sqlx(flatten)]
    job: Job,
}

/// A seat, as the live side is told of it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SeatRow {
    /// The seat.
    pub id: SeatId,
    /// Its booth.
    pub registration_id: BoothId,
    /// Who sits there.
    pub account_id: AccountId,
    /// What students see of him.
    pub nickname: String,
    /// Department.
    pub department: String,
}

/// A booth where someone has a seat, as his list shows it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OwnBooth {
    /// The booth.
    pub booth: BoothId,
    /// The fair.
    pub fair_id: FairId,
    /// The booth's number.
    pub number: String,
    /// The fair's title.
    pub title: String,
    /// Begin, ms since 1970.
    pub starts_ms: i64,
    /// Planned end, ms since 1970.
    pub ends_ms: i64,
    /// The school that holds it.
    pub school_name: String,
    /// The company.
    pub company: String,
    /// Seats at the booth.
    pub seats: i64,
}

/// Someone's seat at a booth.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SeatOf {
    /// The seat.
    pub seat: SeatId,
    /// The booth.
    pub booth: BoothId,
    /// The fair.
    pub fair_id: FairId,
    /// The company.
    pub company_id: CompanyId,
    /// The booth's number.
    pub number: String,
    /// The company's name.
    pub company: String,
    /// The fair's title.
    pub title: String,
    /// Begin, ms since 1970.
    pub starts_ms: i64,
    /// Planned end, ms since 1970.
    pub ends_ms: i64,
}

/// What an admission to a queue depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Admission {
    /// The school lets the student take part.
    pub admitted: bool,
    /// Percent of the résumé.
    pub completeness: i64,
}

impl Booth {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            id: BoothId::new(),
            fair_id: FairId::new(),
            company_id: CompanyId::new(),
            number: "B-017".to_owned(),
            mode: "video".to_owned(),
            company: "澄源半导体（示例）".to_owned(),
            industry: "制造业".to_owned(),
            nature: "其他企业".to_owned(),
            scale: "500–999 人".to_owned(),
            city: "长沙".to_owned(),
            intro: "专注于电源管理芯片的设计公司。".to_owned(),
            suspended: false,
            jobs: vec![Job::sample()],
        }
    }

    fn new(row: BoothRow, jobs: Vec<Job>) -> Self {
        let BoothRow {
            id,
            fair_id,
            company_id,
            number,
            mode,
            company,
            ..
        } = row;
        let BoothRow {
            industry,
            nature,
            scale,
            city,
            intro,
            suspended,
            ..
        } = row;
        Self {
            id,
            fair_id,
            company_id,
            number,
            mode,
            company,
            industry,
            nature,
            scale,
            city,
            intro,
            suspended,
            jobs,
        }
    }
}

/// A fair. Anyone may know that it exists.
///
/// # Errors
/// The database failed.
pub async fn find(db: &Db, fair: FairId) -> Result<Option<Fair>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_FAIR).bind(fair).fetch_optional(c).await)
}

/// Fairs of a school, the latest first.
///
/// # Errors
/// The database failed.
pub async fn of_school(db: &Db, school: SchoolId) -> Result<Vec<Fair>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FAIRS_OF_SCHOOL).bind(school).fetch_all(c).await)
}

/// Fairs of all schools, the latest first, 100 at most.
///
/// # Errors
/// The database failed.
pub async fn latest(db: &Db) -> Result<Vec<Fair>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LATEST_FAIRS).fetch_all(c).await)
}

/// A fair, if this school holds it.
///
/// # Errors
/// The database failed.
pub async fn find_of_school(
    db: &Db,
    fair: FairId,
    school: SchoolId,
) -> Result<Option<Fair>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FAIR_OF_SCHOOL)
        .bind(fair).bind(school).fetch_optional(c).await)
}

/// Fairs of a student's school, the latest first.
///
/// # Errors
/// The database failed.
pub async fn of_student(db: &Db, student: AccountId) -> Result<Vec<StudentFair>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FAIRS_OF_STUDENT).bind(student).fetch_all(c).await)
}

/// A fair, if the student's school holds it.
///
/// # Errors
/// The database failed.
pub async fn find_of_student(
    db: &Db,
    fair: FairId,
    student: AccountId,
) -> Result<Option<Fair>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FAIR_OF_STUDENT)
        .bind(fair).bind(student).fetch_optional(c).await)
}

/// What a student's admission to queues of this fair depends on; `None`: not his school's fair.
///
/// # Errors
/// The database failed.
pub async fn admission(
    db: &Db,
    fair: FairId,
    student: AccountId,
) -> Result<Option<Admission>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(ADMISSION).bind(fair).bind(student).fetch_optional(c).await)
}

/// All booths of a fair with their jobs, by number; those too whose company may not recruit.
///
/// # Errors
/// The database failed.
pub async fn booths(db: &Db, fair: FairId, now_ms: i64) -> Result<Vec<Booth>, sqlx::Error> {
    let rows: Vec<BoothRow> = on_db!(db, c => sqlx::query_as(BOOTHS_OF_FAIR)
        .bind(fair).bind(now_ms).fetch_all(c).await)?;
    let mut jobs = jobs_of(db, fair).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let jobs = jobs.remove(&row.id).unwrap_or_default();
            Booth::new(row, jobs)
        })
        .collect())
}

/// One booth of a fair with its jobs.
///
/// # Errors
/// The database failed.
pub async fn booth(
    db: &Db,
    fair: FairId,
    booth: BoothId,
    now_ms: i64,
) -> Result<Option<Booth>, sqlx::Error> {
    let row: Option<BoothRow> = on_db!(db, c => sqlx::query_as(FIND_BOOTH)
        .bind(fair).bind(booth).bind(now_ms).fetch_optional(c).await)?;
    let Some(row) = row else { return Ok(None) };
    let jobs: Vec<JobRow> =
        on_db!(db, c => sqlx::query_as(JOBS_OF_BOOTH).bind(booth).fetch_all(c).await)?;
    let jobs = jobs.into_iter().map(|row| row.job).collect();
    Ok(Some(Booth::new(row, jobs)))
}

async fn jobs_of(db: &Db, fair: FairId) -> Result<BTreeMap<BoothId, Vec<Job>>, sqlx::Error> {
    let rows: Vec<JobRow> =
        on_db!(db, c => sqlx::query_as(JOBS_OF_FAIR).bind(fair).fetch_all(c).await)?;
    let mut jobs: BTreeMap<BoothId, Vec<Job>> = BTreeMap::new();
    for row in rows {
        jobs.entry(row.registration_id).or_default().push(row.job);
    }
    Ok(jobs)
}

/// All seats of a fair, in the booths' order.
///
/// # Errors
/// The database failed.
pub async fn seats(db: &Db, fair: FairId) -> Result<Vec<SeatRow>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(SEATS_OF_FAIR).bind(fair).fetch_all(c).await)
}

/// Booths where a company member has a seat, the latest fair first.
///
/// # Errors
/// The database failed.
pub async fn of_member(db: &Db, member: AccountId) -> Result<Vec<OwnBooth>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(BOOTHS_OF_MEMBER).bind(member).fetch_all(c).await)
}

/// A company member's seat at a booth; `None`: he has none there.
///
/// # Errors
/// The database failed.
pub async fn seat_of(
    db: &Db,
    booth: BoothId,
    member: AccountId,
    now_ms: i64,
) -> Result<Option<SeatOf>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(SEAT_OF)
        .bind(booth).bind(member).bind(now_ms).fetch_optional(c).await)
}

/// Fairs that end after `ended_before_ms` and begin before `begins_before_ms`.
///
/// # Errors
/// The database failed.
pub async fn to_open(
    db: &Db,
    ended_before_ms: i64,
    begins_before_ms: i64,
) -> Result<Vec<FairId>, sqlx::Error> {
    let rows: Vec<(FairId,)> = on_db!(db, c => sqlx::query_as(FAIRS_TO_OPEN)
        .bind(ended_before_ms).bind(begins_before_ms).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|(fair,)| fair).collect())
}
