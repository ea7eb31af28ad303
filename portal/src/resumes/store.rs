//! SQL of résumés.

use base::db::{Db, JsonText, Tx, on_db};

use super::rules::Sections;
use crate::ids::{AccountId, FileId};
use crate::students::{Degree, Profile};

base::queries! {
    /// A résumé with the school's facts.
    FIND_RESUME = "SELECT st.school_id, s.name AS school_name, st.student_no, st.name, st.degree,
            st.faculty, st.major, st.grad_year, st.verified_ms,
            r.sections, r.completeness, r.visible, r.file_id, r.version, r.updated_ms
        FROM resumes r
        JOIN students st ON st.account_id = r.student_id
        JOIN schools s ON s.id = st.school_id
        WHERE r.student_id = $1";
    /// Writes a résumé.
    SAVE_RESUME = "INSERT INTO resumes (student_id, sections, completeness, updated_ms)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (student_id) DO UPDATE SET sections = $2, completeness = $3, updated_ms = $4,
            version = resumes.version + 1";
    /// Writes a résumé over the version that its reader knows; 0: there was none.
    CHANGE_RESUME = "INSERT INTO resumes (student_id, sections, completeness, updated_ms)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (student_id) DO UPDATE SET sections = $2, completeness = $3, updated_ms = $4,
            version = resumes.version + 1
        WHERE resumes.version = $5
        RETURNING version";
    /// Makes sure that there is a résumé, if only an empty one.
    BEGIN_RESUME = "INSERT INTO resumes (student_id, sections, completeness, updated_ms)
        VALUES ($1, '{}', 0, $2) ON CONFLICT (student_id) DO NOTHING";
    /// Who may see it.
    SET_VISIBLE = "UPDATE resumes SET visible = $2, updated_ms = $3, version = version + 1
        WHERE student_id = $1";
    /// The file that goes with it.
    FILE_OF_RESUME = "SELECT file_id FROM resumes WHERE student_id = $1";
    /// Another file, or none.
    SET_FILE = "UPDATE resumes SET file_id = $2, updated_ms = $3, version = version + 1
        WHERE student_id = $1";
}

/// A résumé with the school's facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    /// What the school knows.
    pub profile: Profile,
    /// What the student wrote.
    pub sections: Sections,
    /// Percent.
    pub completeness: i64,
    /// Open to companies that have joined; otherwise for those that he applied to.
    pub visible: bool,
    /// A PDF of his own.
    pub file_id: Option<FileId>,
    /// Counts changes.
    pub version: i64,
    /// Last change, ms since 1970.
    pub updated_ms: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    profile: Profile,
    sections: JsonText<Sections>,
    completeness: i64,
    visible: bool,
    file_id: Option<FileId>,
    version: i64,
    updated_ms: i64,
}

/// A student's résumé. Who may see it is the caller's question.
///
/// # Errors
/// The database failed.
pub async fn find(db: &Db, student: AccountId) -> Result<Option<Resume>, sqlx::Error> {
    let row: Option<Row> =
        on_db!(db, c => sqlx::query_as(FIND_RESUME).bind(student).fetch_optional(c).await)?;
    Ok(row.map(|row| Resume {
        profile: row.profile,
        sections: row.sections.0,
        completeness: row.completeness,
        visible: row.visible,
        file_id: row.file_id,
        version: row.version,
        updated_ms: row.updated_ms,
    }))
}

/// Writes a student's résumé.
///
/// # Errors
/// There is no such student, or the database failed.
pub async fn save(
    tx: &mut Tx,
    student: AccountId,
    sections: &Sections,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(SAVE_RESUME)
        .bind(student)
        .bind(JsonText(sections))
        .bind(sections.completeness())
        .bind(now_ms)
        .execute(c).await.map(drop))
}

/// Writes a student's résumé over the version `known` (0: there was none). `None`: it has changed
/// since.
///
/// # Errors
/// There is no such student, or the database failed.
pub async fn change(
    tx: &mut Tx,
    student: AccountId,
    (sections, known): (&Sections, i64),
    now_ms: i64,
) -> Result<Option<i64>, sqlx::Error> {
    let row: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(CHANGE_RESUME)
        .bind(student)
        .bind(JsonText(sections))
        .bind(sections.completeness())
        .bind(now_ms)
        .bind(known)
        .fetch_optional(c).await)?;
    Ok(row.map(|(version,)| version))
}

/// Opens a résumé to companies that have joined, or to those only that the student applied to.
///
/// # Errors
/// There is no such student, or the database failed.
pub async fn set_visible(
    tx: &mut Tx,
    student: AccountId,
    visible: bool,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    begin(tx, student, now_ms).await?;
    on_db!(tx, c => sqlx::query(SET_VISIBLE)
        .bind(student).bind(visible).bind(now_ms).execute(c).await.map(drop))
}

/// Puts another file, or none, beside a résumé; gives the one that was there.
///
/// # Errors
/// There is no such student, or the database failed.
pub async fn set_file(
    tx: &mut Tx,
    student: AccountId,
    file: Option<FileId>,
    now_ms: i64,
) -> Result<Option<FileId>, sqlx::Error> {
    begin(tx, student, now_ms).await?;
    let (old,): (Option<FileId>,) = on_db!(tx, c => sqlx::query_as(FILE_OF_RESUME)
        .bind(student).fetch_one(c).await)?;
    on_db!(tx, c => sqlx::query(SET_FILE)
        .bind(student).bind(file).bind(now_ms).execute(c).await.map(drop))?;
    Ok(old)
}

async fn begin(tx: &mut Tx, student: AccountId, now_ms: i64) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(BEGIN_RESUME)
        .bind(student).bind(now_ms).execute(c).await.map(drop))
}

impl Resume {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        use super::rules::{Experience, Intent};
        let experience = |title: &str, role: &str| Experience {
            title: title.to_owned(),
            role: role.to_owned(),
            period: "2025.03–2026.01".to_owned(),
            text: "负责电路结构、版图与后仿真，温漂 8.4 ppm/℃，流片一次成功。".to_owned(),
        };
        let sections = Sections {
            intent: Intent {
                position: "模拟电路设计工程师".to_owned(),
                cities: vec!["长沙".to_owned(), "深圳".to_owned()],
                pay: "15–20K".to_owned(),
            },
            education: vec![experience("赣江理工大学", "集成电路工程 · 硕士")],
            projects: vec![experience("低功耗带隙基准源设计", "电路设计")],
            internships: vec![experience("晶岭电子（示例）", "模拟设计实习生")],
            skills: vec!["Cadence Virtuoso".to_owned()],
            ..Sections::default()
        };
        Self {
            profile: Profile {
                school_id: crate::ids::SchoolId::new(),
                school_name: "赣江理工大学".to_owned(),
                student_no: "2025100001".to_owned(),
                name: "古丽娜尔·阿布都热西提".to_owned(),
                degree: Degree::Master,
                faculty: "微电子学院".to_owned(),
                major: "集成电路工程".to_owned(),
                grad_year: 2027,
                verified_ms: Some(0),
            },
            completeness: sections.completeness(),
            visible: true,
            file_id: None,
            sections,
            version: 1,
            updated_ms: 0,
        }
    }
}
