//! What decisions of school staff change for students.

use base::db::{Tx, is_unique_violation};
use serde_json::json;

use super::identity::store::{self, Claim};
use super::list::store::{self as list, Facts};
use super::rules::Standing;
use super::verified::IDENTITY;
use crate::notifications::{self, Event, Notice};
use crate::reviews::{DecideError, Decision, Review};
use crate::schools;

/// A student whom the roster did not know.
///
/// # Errors
/// The claim is gone, its number is another student's, or the database failed.
pub async fn identity(
    tx: &mut Tx,
    review: &Review,
    decision: &Decision,
    now_ms: i64,
) -> Result<(), DecideError> {
    let claim = store::find(tx, &review.subject_id)
        .await?
        .ok_or(DecideError::Refused("这条身份核验已不存在"))?;
    let status = match decision {
        Decision::Approve => {
            approve(tx, &claim, now_ms).await?;
            "approved"
        }
        Decision::Return { .. } => "returned",
        Decision::Reject { .. } => "rejected",
    };
    store::set_status(tx, claim.id, status, now_ms).await?;
    let school = schools::store::find_in(tx, claim.school_id).await?;
    let notice = Notice {
        event: Event::IdentityDecided,
        to: claim.account_id,
        args: json!({
            "school": school.map(|school| school.name).unwrap_or_default(),
            "result": decision.state().zh(),
            "reason": decision.reason(),
        }),
        link: match decision {
            Decision::Approve => "/fairs".to_owned(),
            Decision::Return { .. } | Decision::Reject { .. } => IDENTITY.to_owned(),
        },
        dedupe: Some(format!("identity-{}-{}", review.id, review.version)),
    };
    notifications::enqueue(tx, &notice, now_ms).await?;
    Ok(())
}

/// The reviewer says that he checked the claim's code at 学信网: after the approval. Nothing
/// changes where no code was given.
///
/// # Errors
/// The database failed.
pub async fn checked_at_chsi(tx: &mut Tx, review: &Review) -> Result<(), sqlx::Error> {
    store::checked_at_chsi(tx, &review.subject_id).await
}

/// The student takes his number. A row of the roster that waits under it gives way, and what it
/// says (but the name, which was doubtful) becomes the student's.
async fn approve(tx: &mut Tx, claim: &Claim, now_ms: i64) -> Result<(), DecideError> {
    schools::store::lock(tx, claim.school_id).await?;
    let mut facts = Facts {
        student_no: claim.student_no.clone(),
        name: claim.name.clone(),
        degree: claim.degree,
        faculty: claim.faculty.clone(),
        major: claim.major.clone(),
        class_name: claim.class_name.clone(),
        grad_year: claim.grad_year,
    };
    let mut standing = Standing::Enrolled;
    if let Some(row) = store::in_roster(tx, claim.school_id, &claim.student_no).await? {
        if row.claimed {
            return Err(DecideError::Refused("这个学号已被另一名学生注册，不能通过"));
        }
        if row.used {
            return Err(DecideError::Refused(
                "这个学号曾经注册过：请在学生页更正姓名，再请学生用学号和姓名重新注册",
            ));
        }
        store::replace(tx, row.account_id, claim.account_id)
            .await
            .map_err(hanging)?;
        facts.degree = row.degree;
        facts.faculty = row.faculty;
        facts.major = row.major;
        facts.class_name = row.class_name;
        facts.grad_year = row.grad_year;
        standing = row.standing;
    }
    // A code that the student typed proves nothing: see `checked_at_chsi`.
    let by = "staff";
    let confirmed = store::confirm(tx, claim.account_id, (&facts, standing), by, now_ms).await;
    match confirmed {
        Ok(true) => {}
        Ok(false) => return Err(DecideError::Refused("这名学生已经通过核验")),
        Err(error) if is_unique_violation(&error) => {
            return Err(DecideError::Refused(
                "这个学号刚刚被另一名学生使用，请刷新后再处理",
            ));
        }
        Err(error) => return Err(error.into()),
    }
    list::rename(tx, claim.account_id, &facts.name).await?;
    Ok(())
}

/// A row on which something hangs that nobody expects on a row that was never entered.
fn hanging(error: sqlx::Error) -> DecideError {
    let foreign = error
        .as_database_error()
        .is_some_and(|inner| inner.is_foreign_key_violation());
    if foreign {
        DecideError::Refused("名单中的这名学生已有其他记录，请在学生页更正姓名后请学生重新注册")
    } else {
        error.into()
    }
}
