//! What someone handed in to be decided, what he complained of, and what was decided about him.

use super::record::{Part, Record};
use super::source::{Source, keyed, slice};
use crate::complaints::appeals::Hearing;
use crate::complaints::rules::{Status, category_zh};
use crate::reviews::{Kind, State};

base::queries! {
    /// 认证信息 that someone handed in.
    CERTIFICATIONS = concat!("SELECT c.name AS company, t.kind, t.status, t.data, t.created_ms,
            t.decided_ms", keyed!("t.created_ms", "t.id"), "
        FROM certifications t JOIN companies c ON c.id = t.company_id
        WHERE t.submitted_by = $1", slice!("t.created_ms", "t.id"));
    /// Claims of a company's administration.
    ADMIN_CLAIMS = concat!("SELECT c.name AS company, k.status, k.created_ms, k.decided_ms",
            keyed!("k.created_ms", "k.id"), "
        FROM admin_claims k JOIN companies c ON c.id = k.company_id
        WHERE k.account_id = $1", slice!("k.created_ms", "k.id"));
    /// Everything that someone asked to have approved.
    REVIEWS = concat!("SELECT r.kind, r.title, r.state, r.reason, r.submitted_ms, r.decided_ms",
            keyed!("r.submitted_ms", "r.id"), "
        FROM reviews r WHERE r.submitted_by = $1", slice!("r.submitted_ms", "r.id"));
    /// Complaints that he filed.
    COMPLAINTS = concat!("SELECT p.number, p.category, p.body, p.status, p.answer,
            CASE WHEN p.appealed_by = $1 THEN p.appeal ELSE '' END AS appeal,
            p.created_ms, p.decided_ms", keyed!("p.created_ms", "p.id"), "
        FROM complaints p WHERE p.account_id = $1", slice!("p.created_ms", "p.id"));
    /// What he said against a decision about himself.
    APPEALS = concat!("SELECT p.number, p.appeal, p.changed_ms",
            keyed!("p.created_ms", "p.id"), "
        FROM complaints p WHERE p.appealed_by = $1 AND p.account_id <> $1",
        slice!("p.created_ms", "p.id"));
    /// Bans of the account.
    BANS = concat!("SELECT b.reason, b.created_ms, b.until_ms, b.lifted_ms",
            keyed!("b.created_ms", "b.id"), "
        FROM bans b WHERE b.subject_kind = 'account' AND b.subject_id = $1",
        slice!("b.created_ms", "b.id"));
    /// What he said against a ban of himself or of his company.
    BAN_APPEALS = concat!("SELECT a.body, a.status, a.answer, a.created_ms, a.decided_ms",
            keyed!("a.created_ms", "a.ban_id"), "
        FROM ban_appeals a WHERE a.account_id = $1", slice!("a.created_ms", "a.ban_id"));
    /// 账号注销.
    CANCELLATION = "SELECT asked_ms, due_ms, withdrawn_ms FROM account_cancellations
        WHERE account_id = $1";
}

/// All of it.
///
/// # Errors
/// The database failed.
pub(super) async fn gather(source: &Source<'_>) -> Result<Vec<Part>, sqlx::Error> {
    Ok(vec![
        certifications(source).await?,
        admin_claims(source).await?,
        reviews(source).await?,
        complaints(source).await?,
        appeals(source).await?,
        bans(source).await?,
        ban_appeals(source).await?,
        cancellation(source).await?,
    ])
}

async fn certifications(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    type Row = (String, String, String, String, i64, Option<i64>);
    let record = |(company, kind, status, data, filed, decided): Row| {
        Record::default()
            .with("company", "企业", company)
            .with("kind", "类型", kind)
            .with("status", "状态", status)
            .with("data", "内容", data)
            .at("filed", "提交时间", filed)
            .at("decided", "审核时间", decided)
    };
    source
        .list(
            ("certifications", "我提交的企业认证"),
            CERTIFICATIONS,
            record,
        )
        .await
}

async fn admin_claims(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    let record = |(company, status, filed, decided): (String, String, i64, Option<i64>)| {
        Record::default()
            .with("company", "企业", company)
            .with("status", "状态", status)
            .at("filed", "提交时间", filed)
            .at("decided", "审核时间", decided)
    };
    source
        .list(("admin_claims", "我的管理员申请"), ADMIN_CLAIMS, record)
        .await
}

async fn reviews(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    type Row = (Kind, String, State, String, i64, Option<i64>);
    let record = |(kind, title, state, reason, filed, decided): Row| {
        Record::default()
            .with("kind", "类型", kind.zh())
            .with("title", "事项", title)
            .with("state", "状态", state.zh())
            .with("reason", "意见", reason)
            .at("filed", "提交时间", filed)
            .at("decided", "审核时间", decided)
    };
    source
        .list(("reviews", "我提交的审核"), REVIEWS, record)
        .await
}

#[derive(sqlx::FromRow)]
struct ComplaintRow {
    number: String,
    category: String,
    body: String,
    status: Status,
    answer: String,
    appeal: String,
    created_ms: i64,
    decided_ms: Option<i64>,
}

async fn complaints(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    let record = |row: ComplaintRow| {
        Record::default()
            .with("number", "编号", row.number)
            .with("category", "类型", category_zh(&row.category))
            .with("text", "经过与诉求", row.body)
            .with("status", "状态", row.status.zh())
            .with("answer", "答复", row.answer)
            .with("appeal", "申诉", row.appeal)
            .at("filed", "提交时间", row.created_ms)
            .at("decided", "答复时间", row.decided_ms)
    };
    source
        .list(("complaints", "投诉"), COMPLAINTS, record)
        .await
}

async fn appeals(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    let record = |(number, appeal, changed): (String, String, i64)| {
        Record::default()
            .with("number", "编号", number)
            .with("appeal", "申诉", appeal)
            .at("changed", "更新时间", changed)
    };
    source.list(("appeals", "我的申诉"), APPEALS, record).await
}

async fn bans(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    let record = |(reason, since, until, lifted): (String, i64, Option<i64>, Option<i64>)| {
        Record::default()
            .with("reason", "原因", reason)
            .at("since", "开始", since)
            .at("until", "截止", until)
            .at("lifted", "解除", lifted)
    };
    source.list(("bans", "限制使用"), BANS, record).await
}

async fn ban_appeals(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    type Row = (String, Hearing, String, i64, Option<i64>);
    let record = |(text, hearing, answer, filed, decided): Row| {
        Record::default()
            .with("text", "申诉理由", text)
            .with("status", "状态", hearing.zh())
            .with("answer", "答复", answer)
            .at("filed", "提交时间", filed)
            .at("decided", "答复时间", decided)
    };
    source
        .list(("ban_appeals", "对限制的申诉"), BAN_APPEALS, record)
        .await
}

async fn cancellation(source: &Source<'_>) -> Result<Part, sqlx::Error> {
    let record = |(asked, due, withdrawn): (i64, i64, Option<i64>)| {
        Record::default()
            .at("asked", "申请时间", asked)
            .at("due", "到期时间", due)
            .at("withdrawn", "撤回时间", withdrawn)
    };
    source
        .few(("cancellation", "账号注销申请"), CANCELLATION, record)
        .await
}
