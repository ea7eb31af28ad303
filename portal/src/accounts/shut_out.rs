//! Whoever loses his sessions, or his place on the platform, leaves the live fair at once: its
//! sockets are outside the layers that look at sessions. Called after the commit.

use base::db::on_db;
use signaling_core::PortalCommand;
use signaling_protocol::Refusal;

use crate::ids::{AccountId, BoothId, CompanyId, FairId, SchoolId};
use crate::state::AppState;

/// Why somebody is removed whose account was closed.
pub const ACCOUNT_CLOSED: &str = "账号已停用";
/// Why somebody is removed whose company was frozen.
const COMPANY_CLOSED: &str = "单位已停用";

base::queries! {
    /// Whoever acts for a company.
    ACCOUNTS_OF_COMPANY = "SELECT account_id FROM company_members WHERE company_id = $1";
    /// Its booths, with their fairs.
    BOOTHS_OF_COMPANY = "SELECT fair_id, id FROM registrations
        WHERE company_id = $1 AND status = 'approved'";
    /// Whoever acts for a school.
    ACCOUNTS_OF_SCHOOL = "SELECT account_id FROM school_staff WHERE school_id = $1";
}

/// The account's sessions have ended: its live pages close, and may come back with a new session.
pub async fn signed_out(state: &AppState, account: AccountId) {
    state.live.sign_out(account.into()).await;
}

/// The account may not take part any more: it is removed from its queues for a reason that the
/// person reads, or leaves them by his own wish.
pub async fn account(state: &AppState, account: AccountId, why: Option<&str>) {
    state.live.shut_out(account.into(), why).await;
}

/// Nobody of the company may take part any more. The queues of its booths stand still; once it may
/// act again, its people let them go on.
///
/// # Errors
/// The database failed.
pub async fn company(state: &AppState, company: CompanyId) -> Result<(), sqlx::Error> {
    let all: Vec<(AccountId,)> = on_db!(&state.db, c => sqlx::query_as(ACCOUNTS_OF_COMPANY)
        .bind(company).fetch_all(c).await)?;
    for (one,) in all {
        account(state, one, Some(COMPANY_CLOSED)).await;
    }
    let booths: Vec<(FairId, BoothId)> = on_db!(&state.db, c => sqlx::query_as(BOOTHS_OF_COMPANY)
        .bind(company).fetch_all(c).await)?;
    for (fair, booth) in booths {
        let pause = PortalCommand::PauseBooth {
            booth: booth.into(),
        };
        match state.live.portal_command(fair.into(), pause).await {
            // Most of its fairs are not open now.
            Ok(()) | Err(Refusal::NotFound | Refusal::QueueClosed) => {}
            Err(refusal) => tracing::warn!(?refusal, %booth, "a booth was not paused"),
        }
    }
    Ok(())
}

/// Nobody of the school's staff may take part any more.
///
/// # Errors
/// The database failed.
pub async fn school(state: &AppState, school: SchoolId) -> Result<(), sqlx::Error> {
    let all: Vec<(AccountId,)> = on_db!(&state.db, c => sqlx::query_as(ACCOUNTS_OF_SCHOOL)
        .bind(school).fetch_all(c).await)?;
    for (one,) in all {
        account(state, one, Some(ACCOUNT_CLOSED)).await;
    }
    Ok(())
}
