//! What someone of a company waits for: its certification, his request to join, his claim.

use formats::beijing;

use super::members::store::{self as members, Standing};
use super::store::{self, LatestReview};
use super::{certifications, claims};
use crate::ids::AccountId;
use crate::reviews::{Kind, State};
use crate::state::AppState;

/// Where a request stands, as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// What is under review.
    pub kind: Kind,
    /// At which company.
    pub company: String,
    /// Where it stands.
    pub state: State,
    /// `预计 2026-11-25 18:00 前完成`.
    pub due: String,
    /// Why it was returned or refused.
    pub reason: String,
    /// When it was handed in.
    pub submitted: String,
}

impl Waiting {
    fn new(kind: Kind, company: &str, review: LatestReview) -> Self {
        Self {
            kind,
            company: company.to_owned(),
            state: review.state,
            due: due_zh(review.due_ms, review.due_estimated),
            reason: review.reason,
            submitted: beijing::iso(beijing::date_at(review.submitted_ms)),
        }
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            kind: Kind::Company,
            company: "星河新材料（示例）".to_owned(),
            state: State::Open,
            due: "预计 2026-11-25 18:00 前完成".to_owned(),
            reason: String::new(),
            submitted: "2026-11-20".to_owned(),
        }
    }

    /// Who decides.
    pub fn by_whom(&self) -> &'static str {
        match self.kind {
            Kind::Membership => "公司管理员",
            Kind::SchoolJoin | Kind::Identity => "学校",
            Kind::Company | Kind::Recertification | Kind::AdminClaim => "平台",
        }
    }

    /// It can be changed and handed in again.
    pub fn is_back(&self) -> bool {
        matches!(
            self.state,
            State::Returned | State::Rejected | State::Withdrawn
        )
    }
}

/// When something is due, for its page.
pub fn due_zh(due_ms: i64, estimated: bool) -> String {
    let day = beijing::iso(beijing::date_at(due_ms));
    let note = if estimated {
        "（该年度放假安排尚未公布）"
    } else {
        ""
    };
    format!("预计 {day} 18:00 前完成{note}")
}

/// What `account` waits for; the newest, if there are several. `None`: nothing.
///
/// # Errors
/// The database failed.
pub async fn of(state: &AppState, account: AccountId) -> Result<Option<Waiting>, sqlx::Error> {
    let Some(standing) = members::standing(&state.db, account).await? else {
        return Ok(None);
    };
    match standing.status.as_str() {
        "approved" if standing.company_status == "certified" => claim(state, account, &standing)
            .await
            .map(|claim| claim.filter(|claim| claim.state.is_running())),
        "approved" => certification(state, &standing).await,
        _ => {
            let claim = claim(state, account, &standing).await?;
            let subject = account.to_string();
            let joining = store::latest_review(&state.db, Kind::Membership, &subject).await?;
            let joining = joining
                .map(|review| Waiting::new(Kind::Membership, &standing.company_name, review));
            Ok(newer(claim, joining))
        }
    }
}

fn newer(one: Option<Waiting>, other: Option<Waiting>) -> Option<Waiting> {
    match (one, other) {
        (Some(one), Some(other)) if other.state.is_running() && !one.state.is_running() => {
            Some(other)
        }
        (Some(one), Some(other)) if !one.state.is_running() && other.submitted > one.submitted => {
            Some(other)
        }
        (Some(one), _) => Some(one),
        (None, other) => other,
    }
}

/// The certification of someone's company, the first or the latest change.
async fn certification(
    state: &AppState,
    standing: &Standing,
) -> Result<Option<Waiting>, sqlx::Error> {
    let company = standing.company_id;
    match certifications::latest(&state.db, company).await? {
        Some(latest) => of_certification(state, &latest, &standing.company_name).await,
        None => Ok(None),
    }
}

/// Where data that were handed in stand.
///
/// # Errors
/// The database failed.
pub(super) async fn of_certification(
    state: &AppState,
    handed_in: &certifications::Certification,
    company: &str,
) -> Result<Option<Waiting>, sqlx::Error> {
    let kind = handed_in.review_kind();
    let review = store::latest_review(&state.db, kind, &handed_in.id.to_string()).await?;
    Ok(review.map(|review| Waiting::new(kind, company, review)))
}

async fn claim(
    state: &AppState,
    account: AccountId,
    standing: &Standing,
) -> Result<Option<Waiting>, sqlx::Error> {
    let claim = claims::latest(&state.db, account).await?;
    match claim.filter(|claim| claim.company_id == standing.company_id) {
        Some(claim) => of_claim(state, &claim, &standing.company_name).await,
        None => Ok(None),
    }
}

/// Where a claim stands.
///
/// # Errors
/// The database failed.
pub(super) async fn of_claim(
    state: &AppState,
    claim: &claims::Claim,
    company: &str,
) -> Result<Option<Waiting>, sqlx::Error> {
    let subject = claim.id.to_string();
    let review = store::latest_review(&state.db, Kind::AdminClaim, &subject).await?;
    Ok(review.map(|review| Waiting::new(Kind::AdminClaim, company, review)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_of_a_year_without_calendar_says_so() {
        let ms = 1_795_305_600_000;
        assert!(due_zh(ms, false).starts_with("预计 2026-11-22 18:00"));
        assert!(due_zh(ms, true).contains("尚未公布"));
    }
}
