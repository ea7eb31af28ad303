//! Overdue complaints and appeals against bans: people are told once a day, as of overdue reviews
//! (N28). Told are whoever works on the case, else everyone of the support who may; and the
//! operations staff above them.

use std::collections::BTreeSet;

use base::db::{Db, Tx, on_db};
use formats::beijing;

use super::desk::HERE;
use super::rules::Status;
use crate::audit;
use crate::ids::{AccountId, BanId, ComplaintId};
use crate::layout::moment;
use crate::notifications::{self, Event, Notice};

/// Cases of a kind that one look takes; the rest waits for the next.
const SLICE: i64 = 200;

base::queries! {
    /// Overdue complaints of which nobody was told since a moment.
    OVERDUE_COMPLAINTS = "SELECT id FROM complaints
        WHERE status IN ('open', 'handling', 'appealed') AND due_ms < $1
            AND (escalated_ms IS NULL OR escalated_ms < $2)
        ORDER BY due_ms, id LIMIT $3";
    /// Marks one as told of, unless another server was quicker.
    MARK_COMPLAINT_ESCALATED = "UPDATE complaints SET escalated_ms = $2
        WHERE id = $1 AND status IN ('open', 'handling', 'appealed') AND due_ms < $2
            AND (escalated_ms IS NULL OR escalated_ms < $3)
        RETURNING number, status, handler_id, due_ms";
    /// Overdue appeals against bans of which nobody was told since a moment.
    OVERDUE_BAN_APPEALS = "SELECT ban_id FROM ban_appeals
        WHERE status = 'open' AND due_ms < $1
            AND (escalated_ms IS NULL OR escalated_ms < $2)
        ORDER BY due_ms, ban_id LIMIT $3";
    /// Marks one as told of, unless another server was quicker.
    MARK_BAN_APPEAL_ESCALATED = "UPDATE ban_appeals SET escalated_ms = $2
        WHERE ban_id = $1 AND status = 'open' AND due_ms < $2
            AND (escalated_ms IS NULL OR escalated_ms < $3)
        RETURNING due_ms, (SELECT b.by_id FROM bans b WHERE b.id = ban_appeals.ban_id) AS by_id";
    /// The support, and the operations staff above it.
    SUPPORT_AND_OPERATIONS = "SELECT p.account_id, p.role FROM platform_staff p
        JOIN accounts a ON a.id = p.account_id AND a.status = 'active'
        WHERE p.role IN ('support', 'operations') ORDER BY p.account_id LIMIT 200";
}

#[derive(sqlx::FromRow)]
struct Overdue {
    number: String,
    status: Status,
    handler_id: Option<AccountId>,
    due_ms: i64,
}

/// Whose work a case is.
enum Work {
    /// This one's.
    Of(AccountId),
    /// The support's, but for whoever decided first.
    AllBut(Option<AccountId>),
}

/// A case as people are told of it.
struct Late {
    id: String,
    title: String,
    due_ms: i64,
    page: String,
    work: Work,
}

impl Late {
    fn complaint(id: ComplaintId, one: Overdue) -> Self {
        Self {
            id: id.to_string(),
            title: format!("投诉 {}", one.number),
            due_ms: one.due_ms,
            page: format!("{HERE}/{id}"),
            work: match one.handler_id {
                Some(handler) if one.status == Status::Handling => Work::Of(handler),
                first if one.status == Status::Appealed => Work::AllBut(first),
                _ => Work::AllBut(None),
            },
        }
    }

    fn ban_appeal(ban: BanId, (due_ms, imposed_by): (i64, AccountId)) -> Self {
        Self {
            id: ban.to_string(),
            title: "封禁申诉".to_owned(),
            due_ms,
            page: format!("{HERE}/bans/{ban}"),
            work: Work::AllBut(Some(imposed_by)),
        }
    }
}

/// Tells of each overdue case once a day (Beijing). Each is a transaction of its own. Returns of
/// how many people were told.
///
/// # Errors
/// The database failed.
pub async fn escalate(db: &Db, now_ms: i64) -> Result<usize, sqlx::Error> {
    let today_ms = beijing::ms_at(beijing::date_at(now_ms), 0);
    let complaints = escalate_complaints(db, now_ms, today_ms).await?;
    Ok(complaints + escalate_ban_appeals(db, now_ms, today_ms).await?)
}

async fn escalate_complaints(db: &Db, now_ms: i64, today_ms: i64) -> Result<usize, sqlx::Error> {
    let overdue: Vec<(ComplaintId,)> = on_db!(db, c => sqlx::query_as(OVERDUE_COMPLAINTS)
        .bind(now_ms).bind(today_ms).bind(SLICE).fetch_all(c).await)?;
    let mut told = 0;
    for (id,) in overdue {
        let mut tx = db.begin().await?;
        let marked: Option<Overdue> = on_db!(tx, c => sqlx::query_as(MARK_COMPLAINT_ESCALATED)
            .bind(id).bind(now_ms).bind(today_ms).fetch_optional(c).await)?;
        let Some(one) = marked else { continue };
        audit::Entry::system("complaint.escalate", "complaint", &id)
            .write_in(&mut tx, now_ms)
            .await?;
        tell(&mut tx, &Late::complaint(id, one), now_ms).await?;
        tx.commit().await?;
        tracing::info!(complaint = %id, "overdue complaint escalated");
        told += 1;
    }
    Ok(told)
}

async fn escalate_ban_appeals(db: &Db, now_ms: i64, today_ms: i64) -> Result<usize, sqlx::Error> {
    let overdue: Vec<(BanId,)> = on_db!(db, c => sqlx::query_as(OVERDUE_BAN_APPEALS)
        .bind(now_ms).bind(today_ms).bind(SLICE).fetch_all(c).await)?;
    let mut told = 0;
    for (ban,) in overdue {
        let mut tx = db.begin().await?;
        let marked: Option<(i64, AccountId)> = on_db!(tx, c => sqlx::query_as(MARK_BAN_APPEAL_ESCALATED)
                .bind(ban).bind(now_ms).bind(today_ms).fetch_optional(c).await)?;
        let Some(one) = marked else { continue };
        audit::Entry::system("ban.escalate", "ban", &ban)
            .write_in(&mut tx, now_ms)
            .await?;
        tell(&mut tx, &Late::ban_appeal(ban, one), now_ms).await?;
        tx.commit().await?;
        tracing::info!(%ban, "overdue appeal against a ban escalated");
        told += 1;
    }
    Ok(told)
}

async fn tell(tx: &mut Tx, late: &Late, now_ms: i64) -> Result<(), sqlx::Error> {
    let day = beijing::iso(beijing::date_at(now_ms));
    for (account, link) in readers(tx, late).await? {
        let notice = Notice {
            event: Event::ReviewOverdue,
            to: account,
            args: serde_json::json!({ "title": late.title, "due": moment(late.due_ms) }),
            link,
            dedupe: Some(format!("N28:{}:{day}:{account}", late.id)),
        };
        notifications::enqueue(tx, &notice, now_ms).await?;
    }
    Ok(())
}

/// Who is told, each once, with the page that it leads to.
async fn readers(tx: &mut Tx, late: &Late) -> Result<Vec<(AccountId, String)>, sqlx::Error> {
    let staff: Vec<(AccountId, String)> =
        on_db!(tx, c => sqlx::query_as(SUPPORT_AND_OPERATIONS).fetch_all(c).await)?;
    let of_role = |wanted: &'static str| {
        let staff = staff.iter().filter(move |(_, role)| role == wanted);
        staff.map(|(account, _)| *account)
    };
    let own: BTreeSet<AccountId> = match late.work {
        Work::Of(one) => BTreeSet::from([one]),
        Work::AllBut(first) => of_role("support")
            .filter(|other| Some(*other) != first)
            .collect(),
    };
    let mut readers: Vec<_> = own.iter().map(|one| (*one, late.page.clone())).collect();
    let above = of_role("operations").filter(|other| !own.contains(other));
    readers.extend(above.map(|other| (other, "/platform".to_owned())));
    Ok(readers)
}
