//! What the platform holds about one person, part by part. Nothing of anybody else: an
//! interviewer's export says when he interviewed and not whom.

use super::record::{Part, Record};
use super::source::{Source, keyed, slice};
use super::{cases, student};
use crate::accounts::AccountKind;

base::queries! {
    /// The account.
    ACCOUNT = "SELECT kind, mobile, email, real_name, nickname, department, created_ms,
            last_login_ms
        FROM accounts WHERE id = $1";
    /// Where someone works, as what, and what he may do there: a company, a school, the platform.
    PLACES = "SELECT c.name AS place, m.role, m.status,
                CASE WHEN m.may_pay THEN '可付款' ELSE '' END AS may, m.created_ms,
                m.guest_until_ms AS until_ms
            FROM company_members m JOIN companies c ON c.id = m.company_id WHERE m.account_id = $1
        UNION ALL SELECT s.name AS place, f.role, f.status, f.faculty AS may, f.created_ms,
                CAST(NULL AS BIGINT) AS until_ms
            FROM school_staff f JOIN schools s ON s.id = f.school_id WHERE f.account_id = $1
        UNION ALL SELECT '聘会平台' AS place, p.role, 'approved' AS status, '' AS may,
                p.created_ms, CAST(NULL AS BIGINT) AS until_ms
            FROM platform_staff p WHERE p.account_id = $1";
    /// Interviewer's seats.
    SEATS = concat!("SELECT f.title, c.name AS company, s.created_ms",
            keyed!("s.created_ms", "s.id"), "
        FROM seats s
        JOIN registrations r ON r.id = s.registration_id
        JOIN video_fairs f ON f.id = r.fair_id
        JOIN companies c ON c.id = r.company_id
        WHERE s.account_id = $1", slice!("s.created_ms", "s.id"));
    /// Calls that an interviewer led.
    LED_CALLS = concat!("SELECT c.name AS company, s.joined_ms AS started_ms, l.ended_ms",
            keyed!("s.joined_ms", "s.call_id"), "
        FROM call_seats s
        JOIN calls l ON l.id = s.call_id
        JOIN registrations r ON r.id = l.booth_id
        JOIN companies c ON c.id = r.company_id
        WHERE s.person_id = $1", slice!("s.joined_ms", "s.call_id"));
    /// Uploads.
    FILES = concat!("SELECT f.id, f.name, f.purpose, f.mime, f.bytes, f.created_ms",
            keyed!("f.created_ms", "f.id"), "
        FROM files f
        WHERE f.owner_id = $1 AND f.state <> 'removed'", slice!("f.created_ms", "f.id"));
    /// Texts that someone agreed to.
    ACCEPTED = concat!("SELECT g.title, x.version, x.accepted_ms, x.address",
            keyed!("x.accepted_ms", "(x.code || '/' || CAST(x.version AS TEXT))"), "
        FROM agreement_acceptances x
        JOIN agreements g ON g.code = x.code AND g.version = x.version
        WHERE x.account_id = $1",
        slice!("x.accepted_ms", "(x.code || '/' || CAST(x.version AS TEXT))"));
    /// Messages.
    MESSAGES = concat!("SELECT n.event, n.args, n.created_ms, n.read_ms",
            keyed!("n.created_ms", "n.id"), "
        FROM notifications n WHERE n.account_id = $1", slice!("n.created_ms", "n.id"));
    /// What was sent of them outside the site.
    SENDS = concat!("SELECT s.event, s.channel, COALESCE(s.target, '') AS target, s.state,
            s.created_ms", keyed!("s.created_ms", "s.id"), "
        FROM notification_sends s JOIN notifications n ON n.id = s.notification_id
        WHERE n.account_id = $1", slice!("s.created_ms", "s.id"));
    /// What someone switched on and off.
    SETTINGS = "SELECT event, channel, enabled FROM notification_settings
        WHERE account_id = $1 ORDER BY event, channel";
    /// Browsers.
    DEVICES = concat!("SELECT d.label, d.first_ms, d.last_ms",
            keyed!("d.last_ms", "d.device_hash"), "
        FROM known_devices d WHERE d.account_id = $1 AND d.device_hash <> ''", slice!("d.last_ms", "d.device_hash"));
    /// Where someone is signed in.
    SESSIONS = concat!("SELECT s.created_ms, s.seen_ms, s.expires_ms",
            keyed!("s.created_ms", "s.token_hash"), "
        FROM sessions s WHERE s.account_id = $1", slice!("s.created_ms", "s.token_hash"));
    /// The WeChat account.
    WECHAT = "SELECT openid, bound_ms FROM wechat_bindings WHERE account_id = $1";
    /// What someone did.
    DEEDS = concat!("SELECT l.at_ms, l.action, l.subject_kind", keyed!("l.at_ms", "l.id"), "
        FROM audit_log l WHERE l.actor_id = $1", slice!("l.at_ms", "l.id"));
}

/// Everything that the platform holds about someone.
///
/// # Errors
/// The database failed.
pub async fn gather(source: &Source<'_>) -> Result<Vec<Part>, sqlx::Error> {
    let mut parts = vec![
        account(source).await?,
        places(source).await?,
        seats(source).await?,
    ];
    parts.extend(student::gather(source).await?);
    parts.extend([
        led_calls(source).await?,
        uploads(source).await?,
        accepted(source).await?,
        messages(source).await?,
        sends(source).await?,
        settings(source).await?,
        devices(source).await?,
        sessions(source).await?,
        wechat(source).await?,
    ]);
    parts.extend(cases::gather(source).await?);
    parts.push(deeds(source).await?);
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

async fn account(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    let me = source.me;
    let record = |row: AccountRow| {
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
    };
    source.few(("account", "账号"), ACCOUNT, record).await
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

async fn places(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    type Row = (String, String, String, String, i64, Option<i64>);
    let record = |(place, role, status, may, since, until): Row| {
        Record::default()
            .with("place", "单位", place)
            .with("role", "角色", role)
            .with("status", "状态", status)
            .with("may", "权限或范围", may)
            .at("since", "自", since)
            .at("until", "至", until)
    };
    source.few(("places", "任职与权限"), PLACES, record).await
}

async fn seats(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    let record = |(fair, company, since): (String, String, i64)| {
        Record::default()
            .with("fair", "双选会", fair)
            .with("company", "企业", company)
            .at("since", "自", since)
    };
    source.list(("seats", "面试官席位"), SEATS, record).await
}

async fn led_calls(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    source
        .list(("led_calls", "我主持的面试"), LED_CALLS, student::call)
        .await
}

async fn uploads(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    type Row = (String, String, String, String, i64, i64);
    let record = |(id, name, purpose, mime, bytes, created): Row| {
        Record::default()
            .with("id", "编号", id)
            .with("name", "文件名", name)
            .with("purpose", "用途", purpose)
            .with("type", "类型", mime)
            .with("bytes", "大小（字节）", bytes)
            .at("created", "上传时间", created)
    };
    source.list(("files", "上传的文件"), FILES, record).await
}

async fn accepted(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    let record = |(title, version, at, address): (String, i64, i64, String)| {
        Record::default()
            .with("title", "协议", title)
            .with("version", "版本", version)
            .at("accepted", "同意时间", at)
            .with("address", "网络地址", address)
    };
    source
        .list(("agreements", "同意过的协议"), ACCEPTED, record)
        .await
}

async fn messages(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    let record = |(event, args, created, read): (String, String, i64, Option<i64>)| {
        Record::default()
            .with("event", "事件", event)
            .with("args", "内容", args)
            .at("created", "时间", created)
            .at("read", "阅读时间", read)
    };
    source.list(("messages", "消息"), MESSAGES, record).await
}

async fn sends(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    let record = |(event, channel, target, state, at): (String, String, String, String, i64)| {
        Record::default()
            .with("event", "事件", event)
            .with("channel", "渠道", channel)
            .with("target", "发往", target)
            .with("state", "状态", state)
            .at("at", "时间", at)
    };
    source.list(("sends", "站外通知"), SENDS, record).await
}

async fn settings(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    let record = |(event, channel, enabled): (String, String, bool)| {
        Record::default()
            .with("event", "事件", event)
            .with("channel", "渠道", channel)
            .with("enabled", "接收", if enabled { "是" } else { "否" })
    };
    source
        .few(("notification_settings", "通知设置"), SETTINGS, record)
        .await
}

async fn devices(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    let record = |(label, first, last): (String, i64, i64)| {
        Record::default()
            .with("label", "设备", label)
            .at("first", "首次使用", first)
            .at("last", "最近使用", last)
    };
    source.list(("devices", "登录设备"), DEVICES, record).await
}

async fn sessions(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    let record = |(began, seen, ends): (i64, i64, i64)| {
        Record::default()
            .at("began", "登录时间", began)
            .at("seen", "最近使用", seen)
            .at("ends", "失效时间", ends)
    };
    source
        .list(("sessions", "登录中的会话"), SESSIONS, record)
        .await
}

async fn wechat(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    let record = |(openid, bound): (String, i64)| {
        Record::default()
            .with("openid", "微信标识", openid)
            .at("bound", "绑定时间", bound)
    };
    source.few(("wechat", "微信绑定"), WECHAT, record).await
}

async fn deeds(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    let record = |(at, action, subject): (i64, String, String)| {
        Record::default()
            .at("at", "时间", at)
            .with("action", "操作", action)
            .with("subject", "对象", subject)
    };
    source
        .list(("deeds", "登录与操作记录"), DEEDS, record)
        .await
}
