//! What was decided before the demo began, so that the workbench has figures to show.

use base::db::{Tx, on_db};

use super::seed;
use crate::ids::{AccountId, CompanyId, ReviewId, SchoolId};
use crate::reviews::{Inbox, Kind, NewReview, store as reviews};

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

base::queries! {
    /// A demo person's account.
    FIND_PERSON = "SELECT id FROM accounts WHERE email = $1";
    /// Decides a review at a moment in the past; what follows from it is there already.
    SETTLE_PAST = "UPDATE reviews SET state = $2, decided_by = $3, decided_ms = $4, reason = $5,
            version = version + 1 WHERE id = $1";
}

/// Kind, days before the demo began, hours that the decision took, and why it was refused.
const DECIDED: [(Kind, i64, i64, &str); 10] = [
    (Kind::Company, 27, 30, ""),
    (Kind::Company, 21, 49, ""),
    (
        Kind::Company,
        16,
        25,
        "单位名称与营业执照不一致，请按执照填写",
    ),
    (Kind::Company, 9, 150, ""),
    (Kind::Recertification, 20, 5, ""),
    (Kind::Recertification, 6, 8, ""),
    (Kind::AdminClaim, 18, 40, "授权书未加盖单位公章"),
    (Kind::SchoolJoin, 24, 28, ""),
    (Kind::SchoolJoin, 15, 26, ""),
    (Kind::SchoolJoin, 8, 27, ""),
];

/// Adds them; the companies take turns.
pub(super) async fn add(
    tx: &mut Tx,
    companies: &[(CompanyId, String, AccountId)],
    school: SchoolId,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let (reviewer, office) = (person(tx, "platform").await?, person(tx, "school").await?);
    for ((kind, days, hours, reason), (company, name, by)) in
        DECIDED.into_iter().zip(companies.iter().cycle())
    {
        let (inbox, decider) = match kind {
            Kind::SchoolJoin => (Inbox::School(school), office),
            _ => (Inbox::Platform, reviewer),
        };
        let submitted_ms = now_ms - days * DAY_MS;
        let new = NewReview {
            kind,
            subject: ReviewId::new().to_string(),
            inbox,
            company: Some(*company),
            title: name.clone(),
            flags: Vec::new(),
            by: *by,
        };
        let id = reviews::submit(tx, &new, submitted_ms).await?;
        let state = if reason.is_empty() {
            "approved"
        } else {
            "rejected"
        };
        let decided_ms = submitted_ms + hours * HOUR_MS;
        on_db!(tx, c => sqlx::query(SETTLE_PAST)
            .bind(id).bind(state).bind(decider).bind(decided_ms).bind(reason)
            .execute(c).await.map(drop))?;
    }
    Ok(())
}

async fn person(tx: &mut Tx, who: &str) -> Result<AccountId, sqlx::Error> {
    let (id,): (AccountId,) = on_db!(tx, c => sqlx::query_as(FIND_PERSON)
        .bind(seed::email(who)).fetch_one(c).await)?;
    Ok(id)
}
