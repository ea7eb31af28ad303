//! Whoever loses his sessions, or his place on the platform, leaves the live fair at once: its
//! sockets are outside the layers that look at sessions. Called after the commit.

use base::db::on_db;

use crate::ids::{AccountId, BoothId, CompanyId, SchoolId};
use crate::state::AppState;

/// How long after its end a fair may still hold booths, ms: it may have been prolonged.
const OVERRUN_MS: i64 = 24 * 3_600_000;

base::queries! {
    /// Whoever acts for a company.
    ACCOUNTS_OF_COMPANY = "SELECT account_id FROM company_members WHERE company_id = $1";
    /// Its booths in fairs that are not over.
    BOOTHS_OF_COMPANY = "SELECT r.id FROM registrations r JOIN video_fairs f ON f.id = r.fair_id
        WHERE r.company_id = $1 AND r.status = 'approved' AND f.ends_ms > $2";
    /// Whoever acts for a school.
    ACCOUNTS_OF_SCHOOL = "SELECT account_id FROM school_staff WHERE school_id = $1";
}

/// The account's sessions have ended: its live pages close, and may come back with a new session.
pub async fn signed_out(state: &AppState, account: AccountId) {
    state.live.sign_out(account.into()).await;
}

/// The account may not take part any more.
pub async fn account(state: &AppState, account: AccountId) {
    state.live.shut_out(account.into()).await;
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
        account(state, one).await;
    }
    // A fair that runs over its time is over for the portal a while before it is for the hall.
    let since_ms = state.now_ms() - OVERRUN_MS;
    let booths: Vec<(BoothId,)> = on_db!(&state.db, c => sqlx::query_as(BOOTHS_OF_COMPANY)
        .bind(company).bind(since_ms).fetch_all(c).await)?;
    let booths: Vec<_> = booths.into_iter().map(|(booth,)| booth.into()).collect();
    state.live.pause_booths(&booths).await;
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
        account(state, one).await;
    }
    Ok(())
}
