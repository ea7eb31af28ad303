//! What the platform holds about one person, part by part. Nothing of anybody else: an
//! interviewer's export says when he interviewed and not whom.

use base::db::{Db, on_db};

use crate::accounts::AccountKind;
use crate::ids::AccountId;
use crate::layout::moment;
use crate::resumes::{self, Section, shields};
use crate::{agreements, complaints, files, privacy};

/// Rows of one part, at most; the latest are kept.
const ROWS: i64 = 2_000;

base::queries! {
    /// The account.
    ACCOUNT = "SELECT kind, mobile, email, real_name, nickname, department, created_ms,
            last_login_ms
        FROM accounts WHERE id = $1";
    /// What the school knows.
    STUDENT = "SELECT s.name AS school, st.student_no, st.name, st.faculty, st.major,
            st.class_name, st.grad_year, st.verified_ms
        FROM students st JOIN schools s ON s.id = st.school_id WHERE st.account_id = $1";
    /// Where someone works: a company, a school.
    PLACES = "SELECT c.name AS place, m.role, m.status, m.created_ms FROM company_members m
            JOIN companies c ON c.id = m.company_id WHERE m.account_id = $1
        UNION ALL SELECT s.name AS place, f.role, 'approved' AS status, f.created_ms
            FROM school_staff f JOIN schools s ON s.id = f.school_id WHERE f.account_id = $1
        UNION ALL SELECT '聘会平台' AS place, p.role, 'approved' AS status, p.created_ms
            FROM platform_staff p WHERE p.account_id = $1";
    /// Applications and invitations of a student.
    ENTRIES = "SELECT c.name AS company, COALESCE(j.title, '') AS job, q.origin, q.stage, q.made_ms
        FROM queue_entries q
        JOIN registrations r ON r.id = q.booth_id
        JOIN companies c ON c.id = r.company_id
        LEFT JOIN jobs j ON j.id = q.job_id
        WHERE q.person_id = $1 ORDER BY q.made_ms DESC, q.id LIMIT $2";
    /// Calls of a student.
    CALLS = "SELECT c.name AS company, l.started_ms, l.ended_ms
        FROM calls l
        JOIN registrations r ON r.id = l.booth_id
        JOIN companies c ON c.id = r.company_id
        WHERE l.student_id = $1 ORDER BY l.started_ms DESC, l.id LIMIT $2";
    /// Calls that an interviewer led.
    LED_CALLS = "SELECT c.name AS company, s.joined_ms AS started_ms, l.ended_ms
        FROM call_seats s
        JOIN calls l ON l.id = s.call_id
        JOIN registrations r ON r.id = l.booth_id
        JOIN companies c ON c.id = r.company_id
        WHERE s.person_id = $1 ORDER BY s.joined_ms DESC, s.call_id LIMIT $2";
    /// Feedback that a student gave.
    FEEDBACK = "SELECT stars, body, updated_ms FROM call_feedback
        WHERE student_id = $1 ORDER BY updated_ms DESC, call_id LIMIT $2";
    /// Messages.
    MESSAGES = "SELECT event, args, created_ms, read_ms FROM notifications
        WHERE account_id = $1 ORDER BY created_ms DESC, id LIMIT $2";
    /// Browsers.
    DEVICES = "SELECT label, first_ms, last_ms FROM known_devices
        WHERE account_id = $1 ORDER BY last_ms DESC LIMIT $2";
    /// The WeChat account.
    WECHAT = "SELECT openid, bound_ms FROM wechat_bindings WHERE account_id = $1";
    /// What someone did.
    DEEDS = "SELECT at_ms, action, subject_kind FROM audit_log
        WHERE actor_id = $1 ORDER BY at_ms DESC, id LIMIT $2";
    /// Who looked at a student's data: when and what; the reader is told by his company.
    LOOKS = "SELECT l.at_ms, l.action, COALESCE(c.name, '') AS company FROM audit_log l
        LEFT JOIN company_members m ON m.account_id = l.actor_id
        LEFT JOIN companies c ON c.id = m.company_id
        WHERE l.subject_kind = 'student' AND l.subject_id = $1
        ORDER BY l.at_ms DESC, l.id LIMIT $2";
    /// Bans of the account.
    BANS = "SELECT reason, created_ms, until_ms, lifted_ms FROM bans
        WHERE subject_kind = 'account' AND subject_id = $1 ORDER BY created_ms DESC LIMIT $2";
}

/// A value with its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// For machines.
    pub key: &'static str,
    /// For people.
    pub label: &'static str,
    /// The value; times are Beijing's.
    pub value: String,
}

/// One thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record(pub Vec<Field>);

/// Things of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// For machines.
    pub key: &'static str,
    /// For people.
    pub title: &'static str,
    /// The latest first.
    pub records: Vec<Record>,
}

impl Record {
    fn with(mut self, key: &'static str, label: &'static str, value: impl ToString) -> Self {
        let value = value.to_string();
        if !value.is_empty() {
            self.0.push(Field { key, label, value });
        }
        self
    }

    fn at(self, key: &'static str, label: &'static str, ms: impl Into<Option<i64>>) -> Self {
        match ms.into() {
            Some(ms) => self.with(key, label, moment(ms)),
            None => self,
        }
    }
}

fn part(key: &'static str, title: &'static str, records: Vec<Record>) -> Part {
    Part {
        key,
        title,
        records,
    }
}

/// Everything that the platform holds about `me`.
///
/// # Errors
/// The database failed.
pub async fn gather(db: &Db, me: AccountId) -> Result<Vec<Part>, sqlx::Error> {
    let mut parts = vec![account(db, me).await?, places(db, me).await?];
    parts.extend(of_student(db, me).await?);
    parts.extend([
        led_calls(db, me).await?,
        uploads(db, me).await?,
        acceptances(db, me).await?,
        messages(db, me).await?,
        devices(db, me).await?,
        wechat(db, me).await?,
        complaints_of(db, me).await?,
        bans(db, me).await?,
        deeds(db, me).await?,
    ]);
    Ok(parts)
}

#[derive(sqlx::FromRow)]
struct AccountRow {
    kind: AccountKind,
    mobile: Option<String>,
    email: Option<String>,
    real_name: String,
    nickname: String,
    department: String,
    created_ms: i64,
    last_login_ms: Option<i64>,
}

async fn account(db: &Db, me: AccountId) -> Result<Part, sqlx::Error> {
    let row: Option<AccountRow> =
        on_db!(db, c => sqlx::query_as(ACCOUNT).bind(me).fetch_optional(c).await)?;
    let records = row.into_iter().map(|row| {
        Record::default()
            .with("id", "账号编号", me)
            .with("kind", "类型", kind_zh(row.kind))
            .with("real_name", "姓名", row.real_name)
            .with("nickname", "昵称", row.nickname)
            .with("department", "部门", row.department)
            .with("mobile", "手机号", row.mobile.unwrap_or_default())
            .with("email", "邮箱", row.email.unwrap_or_default())
            .at("created", "注册时间", row.created_ms)
            .at("last_login", "上次登录", row.last_login_ms)
    });
    Ok(part("account", "账号", records.collect()))
}

fn kind_zh(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Student => "学生",
        AccountKind::Company => "企业成员",
        AccountKind::School => "学校工作人员",
        AccountKind::Platform => "平台工作人员",
        AccountKind::Operator => "运维",
    }
}

async fn places(db: &Db, me: AccountId) -> Result<Part, sqlx::Error> {
    let rows: Vec<(String, String, String, i64)> =
        on_db!(db, c => sqlx::query_as(PLACES).bind(me).fetch_all(c).await)?;
    let records = rows.into_iter().map(|(place, role, status, since)| {
        Record::default()
            .with("place", "单位", place)
            .with("role", "角色", role)
            .with("status", "状态", status)
            .at("since", "自", since)
    });
    Ok(part("places", "任职", records.collect()))
}

/// What only students have.
async fn of_student(db: &Db, me: AccountId) -> Result<Vec<Part>, sqlx::Error> {
    Ok(vec![
        student(db, me).await?,
        resume(db, me).await?,
        shields_of(db, me).await?,
        consents_of(db, me).await?,
        looks(db, me).await?,
        entries(db, me).await?,
        calls(db, me).await?,
        feedback(db, me).await?,
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

async fn student(db: &Db, me: AccountId) -> Result<Part, sqlx::Error> {
    let row: Option<StudentRow> =
        on_db!(db, c => sqlx::query_as(STUDENT).bind(me).fetch_optional(c).await)?;
    let records = row.into_iter().map(|row| {
        Record::default()
            .with("school", "学校", row.school)
            .with("student_no", "学号", row.student_no)
            .with("name", "姓名", row.name)
            .with("faculty", "学院", row.faculty)
            .with("major", "专业", row.major)
            .with("class", "班级", row.class_name)
            .with("grad_year", "届别", row.grad_year)
            .at("verified", "核验时间", row.verified_ms)
    });
    Ok(part("student", "学籍", records.collect()))
}

async fn resume(db: &Db, me: AccountId) -> Result<Part, sqlx::Error> {
    let Some(found) = resumes::store::find(db, me).await? else {
        return Ok(part("resume", "简历", Vec::new()));
    };
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
    let record = record.at("updated", "更新时间", found.updated_ms);
    Ok(part("resume", "简历", vec![record]))
}

async fn shields_of(db: &Db, me: AccountId) -> Result<Part, sqlx::Error> {
    let rows = shields::of(db, me).await?;
    let records = rows.into_iter().map(|row| {
        Record::default()
            .with("company", "企业", row.name)
            .at("since", "自", row.created_ms)
    });
    Ok(part("shields", "屏蔽的企业", records.collect()))
}

async fn consents_of(db: &Db, me: AccountId) -> Result<Part, sqlx::Error> {
    let rows = privacy::consents::of(db, me).await?;
    let records = rows.into_iter().map(|row| {
        Record::default()
            .with("company", "企业", row.company.unwrap_or_default())
            .with("purpose", "用途", row.purpose.zh())
            .with("text", "依据", row.text_code)
            .with("text_version", "版本", row.text_version)
            .at("given", "同意时间", row.given_ms)
            .at("ended", "结束时间", row.withdrawn_ms)
            .with("address", "网络地址", row.address)
    });
    Ok(part("consents", "同意记录", records.collect()))
}

async fn looks(db: &Db, me: AccountId) -> Result<Part, sqlx::Error> {
    let rows: Vec<(i64, String, String)> = on_db!(db, c => sqlx::query_as(LOOKS)
        .bind(me).bind(ROWS).fetch_all(c).await)?;
    let records = rows.into_iter().map(|(at, action, company)| {
        Record::default()
            .at("at", "时间", at)
            .with("action", "操作", action)
            .with("company", "企业", company)
    });
    Ok(part("looks", "我的信息被查看的记录", records.collect()))
}

async fn entries(db: &Db, me: AccountId) -> Result<Part, sqlx::Error> {
    let rows: Vec<(String, String, String, String, i64)> = on_db!(db, c => {
        sqlx::query_as(ENTRIES).bind(me).bind(ROWS).fetch_all(c).await
    })?;
    let records = rows.into_iter().map(|(company, job, origin, stage, made)| {
        Record::default()
            .with("company", "企业", company)
            .with("job", "职位", job)
            .with("origin", "方式", origin)
            .with("stage", "状态", stage)
            .at("made", "时间", made)
    });
    Ok(part("applications", "面试申请与邀请", records.collect()))
}

fn call_records(rows: Vec<(String, i64, Option<i64>)>) -> Vec<Record> {
    rows.into_iter()
        .map(|(company, started, ended)| {
            Record::default()
                .with("company", "企业", company)
                .at("started", "开始", started)
                .at("ended", "结束", ended)
        })
        .collect()
}

async fn calls(db: &Db, me: AccountId) -> Result<Part, sqlx::Error> {
    let rows = on_db!(db, c => sqlx::query_as(CALLS).bind(me).bind(ROWS).fetch_all(c).await)?;
    Ok(part("calls", "面试记录", call_records(rows)))
}

async fn led_calls(db: &Db, me: AccountId) -> Result<Part, sqlx::Error> {
    let rows = on_db!(db, c => sqlx::query_as(LED_CALLS).bind(me).bind(ROWS).fetch_all(c).await)?;
    Ok(part("led_calls", "我主持的面试", call_records(rows)))
}

async fn feedback(db: &Db, me: AccountId) -> Result<Part, sqlx::Error> {
    let rows: Vec<(i64, String, i64)> = on_db!(db, c => sqlx::query_as(FEEDBACK)
        .bind(me).bind(ROWS).fetch_all(c).await)?;
    let records = rows.into_iter().map(|(stars, body, at)| {
        Record::default()
            .with("stars", "星级", stars)
            .with("text", "内容", body)
            .at("at", "时间", at)
    });
    Ok(part("feedback", "我提交的面试反馈", records.collect()))
}

async fn uploads(db: &Db, me: AccountId) -> Result<Part, sqlx::Error> {
    let rows = files::store::of(db, me).await?;
    let records = rows.into_iter().map(|file| {
        Record::default()
            .with("name", "文件名", file.name)
            .with("purpose", "用途", file.purpose)
            .with("bytes", "大小（字节）", file.bytes)
    });
    Ok(part("files", "上传的文件", records.collect()))
}

async fn acceptances(db: &Db, me: AccountId) -> Result<Part, sqlx::Error> {
    let rows = agreements::store::accepted_by(db, me).await?;
    let records = rows.into_iter().map(|row| {
        Record::default()
            .with("title", "协议", row.title)
            .with("version", "版本", row.version)
            .at("accepted", "同意时间", row.accepted_ms)
            .with("address", "网络地址", row.address)
    });
    Ok(part("agreements", "同意过的协议", records.collect()))
}

async fn messages(db: &Db, me: AccountId) -> Result<Part, sqlx::Error> {
    let rows: Vec<(String, String, i64, Option<i64>)> = on_db!(db, c => {
        sqlx::query_as(MESSAGES).bind(me).bind(ROWS).fetch_all(c).await
    })?;
    let records = rows.into_iter().map(|(event, args, created, read)| {
        Record::default()
            .with("event", "事件", event)
            .with("args", "内容", args)
            .at("created", "时间", created)
            .at("read", "阅读时间", read)
    });
    Ok(part("messages", "消息", records.collect()))
}

async fn devices(db: &Db, me: AccountId) -> Result<Part, sqlx::Error> {
    let rows: Vec<(String, i64, i64)> = on_db!(db, c => sqlx::query_as(DEVICES)
        .bind(me).bind(ROWS).fetch_all(c).await)?;
    let records = rows.into_iter().map(|(label, first, last)| {
        Record::default()
            .with("label", "设备", label)
            .at("first", "首次使用", first)
            .at("last", "最近使用", last)
    });
    Ok(part("devices", "登录设备", records.collect()))
}

async fn wechat(db: &Db, me: AccountId) -> Result<Part, sqlx::Error> {
    let rows: Vec<(String, i64)> =
        on_db!(db, c => sqlx::query_as(WECHAT).bind(me).fetch_all(c).await)?;
    let records = rows.into_iter().map(|(openid, bound)| {
        Record::default()
            .with("openid", "微信标识", openid)
            .at("bound", "绑定时间", bound)
    });
    Ok(part("wechat", "微信绑定", records.collect()))
}

async fn complaints_of(db: &Db, me: AccountId) -> Result<Part, sqlx::Error> {
    let rows = complaints::store::of(db, me).await?;
    let records = rows.into_iter().map(|row| {
        Record::default()
            .with("number", "编号", row.number)
            .with(
                "category",
                "类型",
                complaints::rules::category_zh(&row.category),
            )
            .with("text", "经过与诉求", row.body)
            .with("status", "状态", row.status.zh())
            .with("answer", "答复", row.answer)
            .at("filed", "提交时间", row.created_ms)
    });
    Ok(part("complaints", "投诉", records.collect()))
}

async fn bans(db: &Db, me: AccountId) -> Result<Part, sqlx::Error> {
    let rows: Vec<(String, i64, Option<i64>, Option<i64>)> = on_db!(db, c => {
        sqlx::query_as(BANS).bind(me).bind(ROWS).fetch_all(c).await
    })?;
    let records = rows.into_iter().map(|(reason, since, until, lifted)| {
        Record::default()
            .with("reason", "原因", reason)
            .at("since", "开始", since)
            .at("until", "截止", until)
            .at("lifted", "解除", lifted)
    });
    Ok(part("bans", "限制使用", records.collect()))
}

async fn deeds(db: &Db, me: AccountId) -> Result<Part, sqlx::Error> {
    let rows: Vec<(i64, String, String)> = on_db!(db, c => sqlx::query_as(DEEDS)
        .bind(me).bind(ROWS).fetch_all(c).await)?;
    let records = rows.into_iter().map(|(at, action, subject)| {
        Record::default()
            .at("at", "时间", at)
            .with("action", "操作", action)
            .with("subject", "对象", subject)
    });
    Ok(part("deeds", "登录与操作记录", records.collect()))
}
