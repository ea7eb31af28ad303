//! What keeps an account from being closed: things that others wait for, or that would be left
//! without anyone. Each is told in words that say what to do.

use base::db::{Tx, on_db};

use crate::accounts::texts;
use crate::ids::AccountId;

base::queries! {
    /// The company whose only administrator this is. One that is frozen may be freed again, and
    /// must not be without him then; a draft or a refused one holds while it has other members.
    ADMIN_OF = "SELECT c.name FROM company_members m JOIN companies c ON c.id = m.company_id
        WHERE m.account_id = $1 AND m.role = 'admin' AND m.status = 'approved'
            AND (c.status IN ('submitted', 'certified', 'frozen')
                OR (c.status IN ('draft', 'rejected') AND EXISTS
                    (SELECT 1 FROM company_members o WHERE o.company_id = m.company_id
                        AND o.account_id <> m.account_id AND o.status = 'approved')))";
    /// Reviews that this person waits for.
    OPEN_REVIEWS = "SELECT title FROM reviews
        WHERE submitted_by = $1 AND state IN ('open', 'returned') ORDER BY submitted_ms LIMIT 3";
    /// Fairs that run or come, at which this person has a seat or waits.
    COMING_FAIRS = "SELECT f.title, f.ends_ms FROM video_fairs f
        WHERE f.ends_ms > $2 AND f.status IN ('registering', 'published') AND f.id IN
            (SELECT r.fair_id FROM seats s JOIN registrations r ON r.id = s.registration_id
                WHERE s.account_id = $1 AND r.status IN ('submitted', 'approved')
            UNION SELECT q.fair_id FROM queue_entries q
                WHERE q.person_id = $1 AND q.stage IN
                    ('applied', 'invited', 'waiting', 'called', 'ready', 'in_call'))
        ORDER BY f.starts_ms LIMIT 3";
    /// Complaints that are not answered.
    OPEN_COMPLAINTS = "SELECT number FROM complaints
        WHERE account_id = $1 AND status IN ('open', 'handling', 'appealed')
        ORDER BY created_ms LIMIT 3";
    /// The last one who runs the platform.
    LAST_OPERATIONS = "SELECT p.account_id FROM platform_staff p
        WHERE p.account_id = $1 AND p.role = 'operations' AND NOT EXISTS
            (SELECT 1 FROM platform_staff o JOIN accounts a ON a.id = o.account_id
                WHERE o.role = 'operations' AND o.account_id <> $1 AND a.status = 'active')";
}

/// What keeps an account from being closed, in words for the person; empty: nothing.
///
/// # Errors
/// The database failed.
pub async fn holds(
    tx: &mut Tx,
    account: AccountId,
    now_ms: i64,
) -> Result<Vec<String>, sqlx::Error> {
    let mut holds = Vec::new();
    for (company,) in names(tx, ADMIN_OF, account).await? {
        holds.push(format!(
            "你是「{company}」唯一的企业管理员。请先在「公司设置 → 公司成员」里把管理员移交给同事；\
             单位不再招聘的，请联系平台客服关闭单位。"
        ));
    }
    for (title,) in names(tx, OPEN_REVIEWS, account).await? {
        holds.push(format!("「{title}」还在审核中。请等待结果，或先撤回。"));
    }
    let fairs: Vec<(String, i64)> = on_db!(tx, c => sqlx::query_as(COMING_FAIRS)
        .bind(account).bind(now_ms).fetch_all(c).await)?;
    for (title, ends_ms) in fairs {
        let until = texts::day(ends_ms);
        holds.push(format!(
            "「{title}」还没有结束（至 {until}），你在其中有席位或排队。请等它结束，或先退出。"
        ));
    }
    for (number,) in names(tx, OPEN_COMPLAINTS, account).await? {
        holds.push(format!("投诉 {number} 还没有处理完。请等待答复。"));
    }
    if !names(tx, LAST_OPERATIONS, account).await?.is_empty() {
        holds.push("你是平台唯一的运营人员。请先新增另一位。".to_owned());
    }
    Ok(holds)
}

async fn names(
    tx: &mut Tx,
    query: &'static str,
    account: AccountId,
) -> Result<Vec<(String,)>, sqlx::Error> {
    on_db!(tx, c => sqlx::query_as(query).bind(account).fetch_all(c).await)
}
