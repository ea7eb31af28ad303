//! Overdue complaints: people are told once a day, as of overdue reviews (N28). Told are whoever
//! works on the complaint, else everyone of the support; and the operations staff above them.

use std::collections::BTreeSet;

use base::db::{Db, Tx, on_db};
use formats::beijing;

use super::desk::HERE;
use super::rules::Status;
use crate::audit;
use crate::ids::{AccountId, ComplaintId};
use crate::layout::moment;
use crate::notifications::{self, Event, Notice};

/// Complaints that one look takes; the rest waits for the next.
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

/// Tells of each overdue complaint once a day (Beijing). Each is a transaction of its own. Returns
/// of how many people were told.
///
/// # Errors
/// The database failed.
pub async fn escalate(db: &Db, now_ms: i64) -> Result<usize, sqlx::Error> {
    let today_ms = beijing::ms_at(beijing::date_at(now_ms), 0);
    let overdue: Vec<(ComplaintId,)> = on_db!(db, c => sqlx::query_as(OVERDUE_COMPLAINTS)
        .bind(now_ms).bind(today_ms).bind(SLICE).fetch_all(c).await)?;
    let mut told = 0;
    for (id,) in overdue {
        let mut tx = db.begin().await?;
        let marked: Option<Overdue> = on_db!(tx, c => sqlx::query_as(MARK_COMPLAINT_ESCALATED)
            .bind(id).bind(now_ms).bind(today_ms).fetch_optional(c).await)?;
        let Some(one) = marked else { continue };
        tell(&mut tx, id, &one, now_ms).await?;
        tx.commit().await?;
        tracing::info!(complaint = %id, "overdue complaint escalated");
        told += 1;
    }
    Ok(told)
}

async fn tell(tx: &mut Tx, id: ComplaintId, one: &Overdue, now_ms: i64) -> Result<(), sqlx::Error> {
    audit::Entry::system("complaint.escalate", "complaint", &id)
        .write_in(tx, now_ms)
        .await?;
    let day = beijing::iso(beijing::date_at(now_ms));
    for (account, link) in readers(tx, id, one).await? {
        let notice = Notice {
            event: Event::ReviewOverdue,
            to: account,
            args: serde_json::json!({
                "title": format!("投诉 {}", one.number),
                "due": moment(one.due_ms),
            }),
            link,
            dedupe: Some(format!("N28:{id}:{day}:{account}")),
        };
        notifications::enqueue(tx, &notice, now_ms).await?;
    }
    Ok(())
}

/// Who is told, each once, with the page that it leads to. Whoever decided first does not work on
/// the appeal.
async fn readers(
    tx: &mut Tx,
    id: ComplaintId,
    one: &Overdue,
) -> Result<Vec<(AccountId, String)>, sqlx::Error> {
    let staff: Vec<(AccountId, String)> =
        on_db!(tx, c => sqlx::query_as(SUPPORT_AND_OPERATIONS).fetch_all(c).await)?;
    let of_role = |wanted: &'static str| {
        let staff = staff.iter().filter(move |(_, role)| role == wanted);
        staff.map(|(account, _)| *account)
    };
    let own: BTreeSet<AccountId> = match one.handler_id {
        Some(handler) if one.status == Status::Handling => BTreeSet::from([handler]),
        Some(first) if one.status == Status::Appealed => {
            of_role("support").filter(|other| *other != first).collect()
        }
        _ => of_role("support").collect(),
    };
    let page = format!("{HERE}/{id}");
    let mut readers: Vec<_> = own.iter().map(|one| (*one, page.clone())).collect();
    let above = of_role("operations").filter(|other| !own.contains(other));
    readers.extend(above.map(|other| (other, "/platform".to_owned())));
    Ok(readers)
}
