//! What decisions of reviewers change for companies. Each function runs in the transaction of
//! the decision, so that a state and what follows from it are there together.

use base::db::{Tx, is_unique_violation};
use serde_json::json;

use super::{certifications, claims, joins, members, store};
use crate::ids::{AccountId, CompanyId};
use crate::notifications::{self, Event, Notice};
use crate::reviews::store::submit;
use crate::reviews::{self, DecideError, Decision, Inbox, Kind, NewReview, Review};

/// The thing's id, as its own domain knows it.
fn subject<T: std::str::FromStr>(review: &Review) -> Result<T, DecideError> {
    review
        .subject_id
        .parse()
        .map_err(|_| DecideError::Refused("审核对象已不存在"))
}

/// What someone is told of a decision.
struct Told<'a> {
    event: Event,
    to: AccountId,
    /// Under which word of the event's templates `name` stands: `company` or `school`.
    of: (&'static str, &'a str),
    result: &'a str,
}

async fn tell(
    tx: &mut Tx,
    review: &Review,
    told: Told<'_>,
    reason: &str,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let (word, name) = told.of;
    let notice = Notice {
        event: told.event,
        to: told.to,
        args: json!({ word: name, "result": told.result, "reason": reason }),
        link: if word == "school" {
            "/company/schools".to_owned()
        } else {
            "/company".to_owned()
        },
        dedupe: Some(format!("{}:{}:{}", review.id, review.version, told.to)),
    };
    notifications::enqueue(tx, &notice, now_ms).await
}

async fn company_name(tx: &mut Tx, company: CompanyId) -> Result<String, DecideError> {
    store::name_of(tx, company)
        .await?
        .ok_or(DecideError::Refused("公司已不存在"))
}

/// A company's certification, the first or a changed one.
///
/// # Errors
/// The database failed, or name or code are another company's by now.
pub async fn certification(
    tx: &mut Tx,
    review: &Review,
    decision: &Decision,
    now_ms: i64,
) -> Result<(), DecideError> {
    let id = subject(review)?;
    let handed_in = certifications::find_in(tx, id)
        .await?
        .ok_or(DecideError::Refused("认证信息已不存在"))?;
    let (company, first) = (handed_in.company_id, handed_in.is_first());
    let status = match decision {
        Decision::Approve => "approved",
        Decision::Return { .. } => "returned",
        Decision::Reject { .. } => "rejected",
    };
    if !certifications::settle(tx, id, status, now_ms).await? {
        return Err(DecideError::Changed);
    }
    match decision {
        Decision::Approve => {
            let data = &handed_in.data.0;
            if let Err(error) = store::apply(tx, company, data, first, now_ms).await {
                return Err(if is_unique_violation(&error) {
                    DecideError::Refused("单位名称或代码已被其他公司使用，请退回核对")
                } else {
                    error.into()
                });
            }
            if first {
                hand_in_joins(tx, company, handed_in.submitted_by, now_ms).await?;
            }
        }
        Decision::Reject { .. } if first => {
            store::set_status(tx, company, "rejected", now_ms).await?;
        }
        Decision::Return { .. } | Decision::Reject { .. } => {}
    }
    let event = if first {
        Event::CompanyReviewed
    } else {
        Event::RecertificationDecided
    };
    let name = handed_in.data.0.name.clone();
    let admin = store::admin_of(tx, company).await?;
    let mut to = vec![handed_in.submitted_by];
    to.extend(admin.filter(|admin| *admin != handed_in.submitted_by));
    for to in to {
        let told = Told {
            event,
            to,
            of: ("company", &name),
            result: decision.state().zh(),
        };
        tell(tx, review, told, decision.reason(), now_ms).await?;
    }
    Ok(())
}

/// Schools that were picked at registration are asked now.
async fn hand_in_joins(
    tx: &mut Tx,
    company: CompanyId,
    by: AccountId,
    now_ms: i64,
) -> Result<(), DecideError> {
    let name = company_name(tx, company).await?;
    for (join, school) in joins::picked(tx, company).await? {
        joins::set(tx, join, ("submitted", ""), now_ms).await?;
        let review = NewReview {
            kind: Kind::SchoolJoin,
            subject: join.to_string(),
            inbox: Inbox::School(school),
            company: Some(company),
            title: name.clone(),
            flags: Vec::new(),
            by,
        };
        submit(tx, &review, now_ms).await?;
    }
    Ok(())
}

/// A claim of a company's administration: the swap leaves exactly one administrator.
///
/// # Errors
/// The claimant cannot become one any more, or the database failed.
pub async fn admin_claim(
    tx: &mut Tx,
    review: &Review,
    decision: &Decision,
    now_ms: i64,
) -> Result<(), DecideError> {
    let id = subject(review)?;
    let claim = claims::find_in(tx, id)
        .await?
        .ok_or(DecideError::Refused("申请已不存在"))?;
    let (company, claimant) = (claim.company_id, claim.account_id);
    let status = store::lock(tx, company).await?;
    let settled = match decision {
        Decision::Approve => "approved",
        Decision::Return { .. } => "returned",
        Decision::Reject { .. } => "rejected",
    };
    if !claims::settle(tx, id, settled, now_ms).await? {
        return Err(DecideError::Changed);
    }
    let name = company_name(tx, company).await?;
    match decision {
        Decision::Approve if status.as_deref() == Some("frozen") => {
            return Err(DecideError::Refused("公司已被冻结，不能更换管理员"));
        }
        Decision::Approve => {
            let old = members::store::swap_admin(tx, company, claimant, now_ms)
                .await?
                .map_err(|()| DecideError::Refused("申请人的账号已停用"))?;
            // A request to join that he had made before is settled with it.
            let account = claimant.to_string();
            reviews::store::withdraw(tx, Kind::Membership, &account, claimant, now_ms).await?;
            if let Some(old) = old.filter(|old| *old != claimant) {
                let told = Told {
                    event: Event::ClaimDecided,
                    to: old,
                    of: ("company", &name),
                    result: "管理员已变更，您现在是公司成员",
                };
                tell(tx, review, told, "", now_ms).await?;
            }
        }
        Decision::Return { reason } => {
            let place = (claimant, company);
            members::store::answer(tx, place, ("pending", reason), now_ms).await?;
        }
        Decision::Reject { reason } => {
            // A member stays one; someone who came with the claim is refused.
            let place = (claimant, company);
            members::store::answer(tx, place, ("refused", reason), now_ms).await?;
        }
    }
    let told = Told {
        event: Event::ClaimDecided,
        to: claimant,
        of: ("company", &name),
        result: decision.state().zh(),
    };
    tell(tx, review, told, decision.reason(), now_ms).await?;
    Ok(())
}

/// A company's request to join a school.
///
/// # Errors
/// The school has blocked the company meanwhile, or the database failed.
pub async fn school_join(
    tx: &mut Tx,
    review: &Review,
    decision: &Decision,
    now_ms: i64,
) -> Result<(), DecideError> {
    let id = subject(review)?;
    let join = joins::find_in(tx, id)
        .await?
        .ok_or(DecideError::Refused("入驻申请已不存在"))?;
    let status = match decision {
        Decision::Approve => "approved",
        Decision::Return { .. } => "returned",
        Decision::Reject { .. } => "rejected",
    };
    if !joins::set(tx, id, (status, decision.reason()), now_ms).await? {
        return Err(DecideError::Refused("该公司已被本校拉黑"));
    }
    let admin = store::admin_of(tx, join.company_id).await?;
    let mut to = vec![review.submitted_by];
    to.extend(admin.filter(|admin| *admin != review.submitted_by));
    for to in to {
        let told = Told {
            event: Event::SchoolJoinDecided,
            to,
            of: ("school", &join.school_name),
            result: decision.state().zh(),
        };
        tell(tx, review, told, decision.reason(), now_ms).await?;
    }
    Ok(())
}

/// A person's request to join a company.
///
/// # Errors
/// It does not wait any more, or the database failed.
pub async fn membership(
    tx: &mut Tx,
    review: &Review,
    decision: &Decision,
    now_ms: i64,
) -> Result<(), DecideError> {
    let account: AccountId = subject(review)?;
    let company = review
        .company_id
        .ok_or(DecideError::Refused("公司已不存在"))?;
    let answer = match decision {
        Decision::Approve => ("approved", ""),
        Decision::Return { reason } => ("pending", reason.as_str()),
        Decision::Reject { reason } => ("refused", reason.as_str()),
    };
    if !members::store::answer(tx, (account, company), answer, now_ms).await? {
        return Err(DecideError::Changed);
    }
    let name = company_name(tx, company).await?;
    let told = Told {
        event: Event::JoinDecided,
        to: account,
        of: ("company", &name),
        result: decision.state().zh(),
    };
    tell(tx, review, told, decision.reason(), now_ms).await?;
    Ok(())
}
