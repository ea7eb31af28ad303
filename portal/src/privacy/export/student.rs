//! What only students have: who they are to their school, résumé, consents, interviews.

use super::record::{Part, Record};
use super::source::{Source, keyed, slice};
use crate::privacy::rules::Purpose;
use crate::resumes::{self, Section};

base::queries! {
    /// What the school knows.
    STUDENT = "SELECT s.name AS school, st.student_no, st.name, st.faculty, st.major,
            st.class_name, st.grad_year, st.verified_ms
        FROM students st JOIN schools s ON s.id = st.school_id WHERE st.account_id = $1";
    /// What he said of himself to the school.
    CLAIM = "SELECT s.name AS school, i.student_no, i.name, i.degree, i.faculty, i.major,
            i.class_name, i.grad_year, i.chsi_code, i.note, i.status, i.created_ms, i.changed_ms
        FROM identity_claims i JOIN schools s ON s.id = i.school_id WHERE i.account_id = $1";
    /// Whom he hides from.
    SHIELDS = concat!("SELECT c.name AS company, h.created_ms",
            keyed!("h.created_ms", "h.company_id"), "
        FROM resume_shields h JOIN companies c ON c.id = h.company_id
        WHERE h.student_id = $1", slice!("h.created_ms", "h.company_id"));
    /// What he agreed to.
    CONSENTS = concat!("SELECT t.purpose, COALESCE(c.name, '') AS company,
            COALESCE(f.title, '') AS fair, t.text_code, t.text_version, t.given_ms, t.withdrawn_ms, t.address",
            keyed!("t.given_ms", "t.id"), "
        FROM consents t LEFT JOIN companies c ON c.id = t.company_id
        LEFT JOIN video_fairs f ON f.id = t.fair_id
        WHERE t.account_id = $1", slice!("t.given_ms", "t.id"));
    /// Who looked at a student's data: when and what; the reader is told by his company.
    LOOKS = concat!("SELECT l.at_ms, l.action, COALESCE(c.name, '') AS company",
            keyed!("l.at_ms", "l.id"), "
        FROM audit_log l
        LEFT JOIN company_members m ON m.account_id = l.actor_id
        LEFT JOIN companies c ON c.id = m.company_id
        WHERE l.subject_kind = 'student' AND l.subject_id = $1", slice!("l.at_ms", "l.id"));
    /// Fairs that he is admitted to.
    ADMISSIONS = concat!("SELECT f.title, a.admitted_ms", keyed!("a.admitted_ms", "a.fair_id"), "
        FROM fair_admissions a JOIN video_fairs f ON f.id = a.fair_id
        WHERE a.student_id = $1", slice!("a.admitted_ms", "a.fair_id"));
    /// Applications and invitations.
    ENTRIES = concat!("SELECT c.name AS company, COALESCE(j.title, '') AS job, q.origin, q.stage,
            q.made_ms", keyed!("q.made_ms", "q.id"), "
        FROM queue_entries q
        JOIN registrations r ON r.id = q.booth_id
        JOIN companies c ON c.id = r.company_id
        LEFT JOIN jobs j ON j.id = q.job_id
        WHERE q.person_id = $1", slice!("q.made_ms", "q.id"));
    /// Calls.
    CALLS = concat!("SELECT c.name AS company, l.started_ms, l.ended_ms",
            keyed!("l.started_ms", "l.id"), "
        FROM calls l
        JOIN registrations r ON r.id = l.booth_id
        JOIN companies c ON c.id = r.company_id
        WHERE l.student_id = $1", slice!("l.started_ms", "l.id"));
    /// Feedback that he gave.
    FEEDBACK = concat!("SELECT b.stars, b.body, b.updated_ms", keyed!("b.updated_ms", "b.call_id"), "
        FROM call_feedback b WHERE b.student_id = $1", slice!("b.updated_ms", "b.call_id"));
}

/// All of it; empty parts for others.
///
/// # Errors
/// The database failed.
pub(super) async fn gather(source: &Source<'_>) -> Result<Vec<Part>, sqlx::Error> {
    Ok(vec![
        student(source).await?,
        claim(source).await?,
        resume(source).await?,
        shields(source).await?,
        consents(source).await?,
        looks(source).await?,
        admissions(source).await?,
        entries(source).await?,
        source.list(("calls", "面试记录"), CALLS, call).await?,
        feedback(source).await?,
    ])
}

#[derive(sqlx::FromRow)]
struct StudentRow {
    school: String,
    student_no: String,
    name: String,
    faculty: String,
    major: String,
    class_name: String,
    grad_year: i64,
    verified_ms: Option<i64>,
}

async fn student(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    let record = |row: StudentRow| {
        Record::default()
            .with("school", "学校", row.school)
            .with("student_no", "学号", row.student_no)
            .with("name", "姓名", row.name)
            .with("faculty", "学院", row.faculty)
            .with("major", "专业", row.major)
            .with("class", "班级", row.class_name)
            .with("grad_year", "届别", row.grad_year)
            .at("verified", "核验时间", row.verified_ms)
    };
    source.few(("student", "学籍"), STUDENT, record).await
}

#[derive(sqlx::FromRow)]
struct ClaimRow {
    school: String,
    student_no: String,
    name: String,
    degree: String,
    faculty: String,
    major: String,
    class_name: String,
    grad_year: i64,
    chsi_code: String,
    note: String,
    status: String,
    created_ms: i64,
    changed_ms: i64,
}

async fn claim(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    let record = |row: ClaimRow| {
        Record::default()
            .with("school", "学校", row.school)
            .with("student_no", "学号", row.student_no)
            .with("name", "姓名", row.name)
            .with("degree", "学历", row.degree)
            .with("faculty", "学院", row.faculty)
            .with("major", "专业", row.major)
            .with("class", "班级", row.class_name)
            .with("grad_year", "届别", row.grad_year)
            .with("chsi_code", "学信网验证码", row.chsi_code)
            .with("note", "说明", row.note)
            .with("status", "状态", row.status)
            .at("filed", "提交时间", row.created_ms)
            .at("changed", "更新时间", row.changed_ms)
    };
    let names = ("identity_claim", "提交的学生身份材料");
    source.few(names, CLAIM, record).await
}

async fn resume(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    let found = resumes::store::find(source.db, source.me).await?;
    let record = found.map(|found| {
        let shown = if found.visible {
            "公开给已入驻企业"
        } else {
            "仅投递的企业"
        };
        let mut record = Record::default().with("visibility", "公开范围", shown);
        for section in Section::ALL {
            let text = found.sections.as_text(section);
            record = record.with(section.code(), section.zh(), text);
        }
        record.at("updated", "更新时间", found.updated_ms)
    });
    Ok(Part::whole(("resume", "简历"), record))
}

async fn shields(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    let record = |(company, since): (String, i64)| {
        Record::default()
            .with("company", "企业", company)
            .at("since", "自", since)
    };
    source
        .list(("shields", "屏蔽的企业"), SHIELDS, record)
        .await
}

async fn consents(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    type Row = (
        Purpose,
        String,
        String,
        String,
        i64,
        i64,
        Option<i64>,
        String,
    );
    let record = |(purpose, company, fair, text, version, given, ended, address): Row| {
        Record::default()
            .with("company", "企业", company)
            .with("fair", "双选会", fair)
            .with("purpose", "用途", purpose.zh())
            .with("text", "依据", text)
            .with("text_version", "版本", version)
            .at("given", "同意时间", given)
            .at("ended", "结束时间", ended)
            .with("address", "网络地址", address)
    };
    source
        .list(("consents", "同意记录"), CONSENTS, record)
        .await
}

async fn looks(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    let record = |(at, action, company): (i64, String, String)| {
        Record::default()
            .at("at", "时间", at)
            .with("action", "操作", action)
            .with("company", "企业", company)
    };
    source
        .list(("looks", "我的信息被查看的记录"), LOOKS, record)
        .await
}

async fn admissions(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    let record = |(fair, at): (String, i64)| {
        Record::default()
            .with("fair", "双选会", fair)
            .at("admitted", "时间", at)
    };
    source
        .list(("admissions", "可参加的双选会"), ADMISSIONS, record)
        .await
}

async fn entries(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    let record = |(company, job, origin, stage, made): (String, String, String, String, i64)| {
        Record::default()
            .with("company", "企业", company)
            .with("job", "职位", job)
            .with("origin", "方式", origin)
            .with("stage", "状态", stage)
            .at("made", "时间", made)
    };
    source
        .list(("applications", "面试申请与邀请"), ENTRIES, record)
        .await
}

/// A call, by whoever took part.
pub(super) fn call((company, started, ended): (String, i64, Option<i64>)) -> Record {
    Record::default()
        .with("company", "企业", company)
        .at("started", "开始", started)
        .at("ended", "结束", ended)
}

async fn feedback(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    let record = |(stars, body, at): (i64, String, i64)| {
        Record::default()
            .with("stars", "星级", stars)
            .with("text", "内容", body)
            .at("at", "时间", at)
    };
    source
        .list(("feedback", "我提交的面试反馈"), FEEDBACK, record)
        .await
}
