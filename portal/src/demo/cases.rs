//! What has happened in the demo before it began: everyone agreed to the terms, a student complained
//! of a company, another one hides from one.

use base::db::{Tx, on_db};

use super::{data, seed};
use crate::complaints::store::{self as complaints, NewComplaint};
use crate::dictionaries::calendar;
use crate::ids::{AccountId, CompanyId, ComplaintId};
use crate::resumes::shields;

base::queries! {
    /// Everyone agreed to everything that is in force.
    ALL_AGREE = "INSERT INTO agreement_acceptances
            (account_id, code, version, accepted_ms, address)
        SELECT a.id, g.code, g.version, a.created_ms, '127.0.0.1'
        FROM accounts a CROSS JOIN agreements g
        WHERE a.kind IN ('student', 'company', 'school') AND g.code <> 'certification'
        ON CONFLICT (account_id, code, version) DO NOTHING";
    /// A demo person.
    DEMO_ACCOUNT = "SELECT id FROM accounts WHERE email = $1";
    /// A demo company.
    DEMO_COMPANY = "SELECT id FROM companies WHERE name = $1";
}

/// Adds them.
///
/// # Errors
/// The database failed.
pub async fn add(tx: &mut Tx, now_ms: i64) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ALL_AGREE).execute(c).await.map(drop))?;
    let companies = data::companies();
    let about = company(tx, &companies[1].name).await?;
    let due = calendar::due(tx, now_ms, crate::complaints::rules::DUE_WORKING_DAYS).await?;
    let complaint = NewComplaint {
        id: ComplaintId::new(),
        number: "TS20261125-DE3001".to_owned(),
        by: student(tx, 1).await?,
        subject_kind: "company",
        subject_id: about.to_string(),
        company: Some(about),
        category: "money".to_owned(),
        body: "（示例）面试结束后，对方说录用前要先交 500 元服装费，入职三个月后退还。请核实。"
            .to_owned(),
        due_ms: due.at_ms,
    };
    complaints::add(tx, &complaint, now_ms).await?;
    let hiding = student(tx, 2).await?;
    let from = company(tx, &companies[2].name).await?;
    shields::add(tx, hiding, from, now_ms).await?;
    Ok(())
}

async fn student(tx: &mut Tx, index: usize) -> Result<AccountId, sqlx::Error> {
    let (id,): (AccountId,) = on_db!(tx, c => sqlx::query_as(DEMO_ACCOUNT)
        .bind(seed::email(&seed::student_who(index))).fetch_one(c).await)?;
    Ok(id)
}

async fn company(tx: &mut Tx, name: &str) -> Result<CompanyId, sqlx::Error> {
    let (id,): (CompanyId,) = on_db!(tx, c => sqlx::query_as(DEMO_COMPANY)
        .bind(name).fetch_one(c).await)?;
    Ok(id)
}
