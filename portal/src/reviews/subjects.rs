//! SQL that reads what is under review, beside what is in force. It changes nothing.

use base::db::{Db, JsonText, on_db};

use super::duplicates;
use super::store::Review;
use crate::companies::rules::CertificationData;
use crate::ids::{AccountId, CompanyId, FileId};
use crate::platform::search;

base::queries! {
    /// A certification, its company as it stands, and who handed it in.
    FIND_CERTIFICATION = "SELECT t.company_id, t.kind, t.data, a.real_name AS by_name,
            a.mobile AS by_mobile, a.department AS by_department, c.name, c.uscc, c.org_code,
            c.province_code, c.city_code, c.address, c.tel, c.official_email, c.hr_email,
            c.postcode, c.nature_code, c.industry_code, c.status
        FROM certifications t JOIN companies c ON c.id = t.company_id
            JOIN accounts a ON a.id = t.submitted_by
        WHERE t.id = $1";
    /// Companies that may be the same as another: by code, or by a part of the name.
    LIST_CANDIDATES = "SELECT id, name, uscc, org_code, status FROM companies
        WHERE id <> $1 AND (uscc = $2 OR org_code = $3 OR substr(uscc, 9, 9) = $3
            OR lower(name) LIKE $4 ESCAPE '!')
        ORDER BY updated_ms DESC, id LIMIT 200";
    /// A claim of a company's administration.
    FIND_CLAIM = "SELECT k.company_id, k.account_id, k.letter_file, a.real_name AS name,
            a.mobile, a.department, c.name AS company, c.status AS company_status
        FROM admin_claims k JOIN companies c ON c.id = k.company_id
            JOIN accounts a ON a.id = k.account_id
        WHERE k.id = $1";
    /// A company's administrator.
    FIND_ADMIN = "SELECT a.id, a.real_name AS name, a.mobile, a.department, m.created_ms,
            a.last_login_ms
        FROM company_members m JOIN accounts a ON a.id = m.account_id
        WHERE m.company_id = $1 AND m.role = 'admin' AND m.status = 'approved'";
    /// Claims of a company's administration, the latest first.
    LIST_CLAIMS = "SELECT k.id, a.real_name AS name, k.status, k.created_ms, k.decided_ms
        FROM admin_claims k JOIN accounts a ON a.id = k.account_id
        WHERE k.company_id = $1 ORDER BY k.created_ms DESC, k.id LIMIT 20";
    /// A company's request to join a school.
    FIND_JOIN = "SELECT j.company_id, c.name, c.uscc, c.org_code, c.city, c.nature, c.industry,
            c.scale, c.intro, c.address, c.tel, c.hr_email, c.status, a.real_name AS admin,
            (SELECT CAST(COUNT(*) AS BIGINT) FROM school_joins o
                WHERE o.company_id = j.company_id AND o.status = 'approved') AS joined
        FROM school_joins j JOIN companies c ON c.id = j.company_id
            LEFT JOIN company_members m ON m.company_id = c.id AND m.role = 'admin'
                AND m.status = 'approved'
            LEFT JOIN accounts a ON a.id = m.account_id
        WHERE j.id = $1";
    /// What a student says of himself.
    FIND_STUDENT = "SELECT k.account_id, k.school_id, k.student_no, k.name, k.degree, k.faculty,
            k.major, k.class_name, k.grad_year, k.chsi_code, k.note, a.mobile
        FROM identity_claims k JOIN accounts a ON a.id = k.account_id WHERE k.id = $1";
    /// Students of a school's roster with the same name or number.
    LIST_NAMESAKES = "SELECT student_no, name, faculty, major, grad_year FROM students
        WHERE school_id = $1 AND (name = $2 OR student_no = $3) AND account_id <> $4
            AND verified_ms IS NOT NULL
        ORDER BY student_no LIMIT 10";
    /// An upload.
    FIND_FILE = "SELECT id, name, mime, bytes FROM files WHERE id = $1 AND state = 'attached'";
}

/// A certification beside its company.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CertificationRow {
    /// The company.
    pub company_id: CompanyId,
    /// `first` or `change`.
    pub kind: String,
    /// What was handed in.
    pub data: JsonText<CertificationData>,
    /// Who handed it in.
    pub by_name: String,
    /// His mobile number.
    pub by_mobile: Option<String>,
    /// His department.
    pub by_department: String,
    /// In force: 单位名称.
    pub name: String,
    /// In force: 统一社会信用代码.
    pub uscc: Option<String>,
    /// In force: 组织机构代码.
    pub org_code: Option<String>,
    /// In force: 省份.
    pub province_code: String,
    /// In force: 城市.
    pub city_code: String,
    /// In force: 单位地址.
    pub address: String,
    /// In force: 固定电话.
    pub tel: String,
    /// In force: 单位邮箱.
    pub official_email: String,
    /// In force: 招聘邮箱.
    pub hr_email: String,
    /// In force: 邮编.
    pub postcode: String,
    /// In force: 单位性质.
    pub nature_code: String,
    /// In force: 所属行业.
    pub industry_code: String,
    /// Where the company stands.
    pub status: String,
}

/// A company that may be the same one.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Candidate {
    /// The company.
    pub id: CompanyId,
    /// Its name.
    pub name: String,
    /// 统一社会信用代码.
    pub uscc: Option<String>,
    /// 组织机构代码.
    pub org_code: Option<String>,
    /// Where it stands.
    pub status: String,
}

impl Candidate {
    /// Either code; empty: none.
    pub fn code(&self) -> &str {
        let code = self.uscc.as_deref().or(self.org_code.as_deref());
        code.unwrap_or_default()
    }
}

/// A claim of a company's administration.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ClaimRow {
    /// The company.
    pub company_id: CompanyId,
    /// The claimant.
    pub account_id: AccountId,
    /// The stamped letter.
    pub letter_file: String,
    /// His name.
    pub name: String,
    /// His mobile number.
    pub mobile: Option<String>,
    /// His department.
    pub department: String,
    /// The company's name.
    pub company: String,
    /// Where it stands.
    pub company_status: String,
}

/// A company's administrator.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AdminRow {
    /// The account.
    pub id: AccountId,
    /// Name.
    pub name: String,
    /// Mobile number.
    pub mobile: Option<String>,
    /// Department.
    pub department: String,
    /// Member since, ms since 1970.
    pub created_ms: i64,
    /// Last seen at a login, ms since 1970.
    pub last_login_ms: Option<i64>,
}

/// An earlier claim.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PastClaim {
    /// Its id.
    pub id: String,
    /// The claimant.
    pub name: String,
    /// What became of it.
    pub status: String,
    /// Handed in, ms since 1970.
    pub created_ms: i64,
    /// Decided, ms since 1970.
    pub decided_ms: Option<i64>,
}

/// A company that wants to join a school.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct JoinRow {
    /// The company.
    pub company_id: CompanyId,
    /// 单位名称.
    pub name: String,
    /// 统一社会信用代码.
    pub uscc: Option<String>,
    /// 组织机构代码.
    pub org_code: Option<String>,
    /// 城市.
    pub city: String,
    /// 单位性质.
    pub nature: String,
    /// 所属行业.
    pub industry: String,
    /// 规模.
    pub scale: String,
    /// 介绍.
    pub intro: String,
    /// 单位地址.
    pub address: String,
    /// 固定电话.
    pub tel: String,
    /// 招聘邮箱.
    pub hr_email: String,
    /// Where it stands.
    pub status: String,
    /// Its administrator.
    pub admin: Option<String>,
    /// Schools that it has joined.
    pub joined: i64,
}

/// A student who says who he is.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct StudentRow {
    /// The account.
    pub account_id: AccountId,
    /// The school.
    pub school_id: String,
    /// 学号.
    pub student_no: String,
    /// 姓名.
    pub name: String,
    /// 学历.
    pub degree: crate::students::Degree,
    /// 学院.
    pub faculty: String,
    /// 专业.
    pub major: String,
    /// 班级.
    pub class_name: String,
    /// 毕业年份.
    pub grad_year: i64,
    /// 学信网在线验证码; may be empty.
    pub chsi_code: String,
    /// A note; may be empty.
    pub note: String,
    /// Mobile number.
    pub mobile: Option<String>,
}

/// A student of the roster with the same name or number.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Namesake {
    /// 学号.
    pub student_no: String,
    /// 姓名.
    pub name: String,
    /// 学院.
    pub faculty: String,
    /// 专业.
    pub major: String,
    /// 毕业年份.
    pub grad_year: i64,
}

/// An upload that a reviewer looks at.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FileRow {
    /// Its id.
    pub id: FileId,
    /// As the person's disk calls it.
    pub name: String,
    /// Its type.
    pub mime: String,
    /// Its size, bytes.
    pub bytes: i64,
}

/// The certification of a review.
///
/// # Errors
/// The database failed.
pub async fn certification(
    db: &Db,
    review: &Review,
) -> Result<Option<CertificationRow>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_CERTIFICATION)
        .bind(&review.subject_id).fetch_optional(c).await)
}

/// Companies that may be the same as the one of this name and code.
///
/// # Errors
/// The database failed.
pub async fn candidates(
    db: &Db,
    company: CompanyId,
    (name, code): (&str, &str),
) -> Result<Vec<Candidate>, sqlx::Error> {
    /// Letters of a name that candidates have in common.
    const SHARED: usize = 3;
    let shared: String = duplicates::core(name).chars().take(SHARED).collect();
    let org = code.get(8..17).unwrap_or(code);
    on_db!(db, c => sqlx::query_as(LIST_CANDIDATES)
        .bind(company)
        .bind(code)
        .bind(org)
        .bind(search::pattern(&shared))
        .fetch_all(c).await)
}

/// The claim of a review.
///
/// # Errors
/// The database failed.
pub async fn claim(db: &Db, review: &Review) -> Result<Option<ClaimRow>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_CLAIM)
        .bind(&review.subject_id).fetch_optional(c).await)
}

/// A company's administrator.
///
/// # Errors
/// The database failed.
pub async fn admin(db: &Db, company: CompanyId) -> Result<Option<AdminRow>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_ADMIN).bind(company).fetch_optional(c).await)
}

/// Claims of a company's administration, the latest first, 20 at most.
///
/// # Errors
/// The database failed.
pub async fn claims(db: &Db, company: CompanyId) -> Result<Vec<PastClaim>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LIST_CLAIMS).bind(company).fetch_all(c).await)
}

/// The request of a review to join a school.
///
/// # Errors
/// The database failed.
pub async fn join(db: &Db, review: &Review) -> Result<Option<JoinRow>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_JOIN)
        .bind(&review.subject_id).fetch_optional(c).await)
}

/// The student of a review.
///
/// # Errors
/// The database failed.
pub async fn student(db: &Db, review: &Review) -> Result<Option<StudentRow>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_STUDENT)
        .bind(&review.subject_id).fetch_optional(c).await)
}

/// Students of his school's roster with his name or number, 10 at most.
///
/// # Errors
/// The database failed.
pub async fn namesakes(db: &Db, student: &StudentRow) -> Result<Vec<Namesake>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LIST_NAMESAKES)
        .bind(&student.school_id)
        .bind(&student.name)
        .bind(&student.student_no)
        .bind(student.account_id)
        .fetch_all(c).await)
}

/// An upload.
///
/// # Errors
/// The database failed.
pub async fn file(db: &Db, id: &str) -> Result<Option<FileRow>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_FILE).bind(id).fetch_optional(c).await)
}
