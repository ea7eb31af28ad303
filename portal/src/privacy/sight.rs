//! What a company sees of a student through a queue entry: the one place that every reader of a
//! résumé asks.

use base::db::{Db, on_db};

use super::consents::{self, Agreed};
use super::rules::{self, Purpose, Sight};
use crate::ids::{AccountId, CompanyId, EntryId};
use crate::resumes::shields;
use crate::state::AppState;
use crate::web::PageError;

base::queries! {
    /// How a student can be reached.
    CONTACT_OF = "SELECT mobile, email FROM accounts WHERE id = $1";
}

/// How a student can be reached; `None`: nobody knows. Only for those whom [`of_entry`] lets.
///
/// # Errors
/// The database failed.
pub async fn contact(db: &Db, student: AccountId) -> Result<Option<String>, sqlx::Error> {
    let row: Option<(Option<String>, Option<String>)> = on_db!(db, c => {
        sqlx::query_as(CONTACT_OF).bind(student).fetch_optional(c).await
    })?;
    let (mobile, email) = row.unwrap_or_default();
    let known: Vec<_> = [mobile, email].into_iter().flatten().collect();
    Ok((!known.is_empty()).then(|| known.join(" · ")))
}

/// How much of the résumé, and whether contact data, `company` sees of `student` through `entry`.
/// `open`: the résumé is open to companies that have joined. An application counts with the consent
/// that was written when the student took part in the fair, and only with that; a look writes none.
///
/// # Errors
/// The database failed.
pub async fn of_entry(
    state: &AppState,
    (student, company): (AccountId, CompanyId),
    entry: EntryId,
    open: bool,
) -> Result<(Sight, bool), PageError> {
    let db = &state.db;
    let shielded = shields::is_shielded(db, student, company).await?;
    let oldest_ms = rules::months_before(state.now_ms(), state.config.privacy.resume_months);
    let agreed_ms = match consents::agreed_by(db, entry).await? {
        Agreed::Withdrawn => return Ok((Sight::Hidden, false)),
        Agreed::At(agreed_ms) => Some(agreed_ms).filter(|agreed| *agreed >= oldest_ms),
        Agreed::No => None,
        Agreed::Unwritten => {
            let counter = &state.privacy.consents;
            counter.with_label_values(&["missing"]).inc();
            None
        }
    };
    let last = consents::last(db, student, company, Purpose::Resume).await?;
    let sight = rules::sight(shielded, agreed_ms, last, open);
    if sight != Sight::Full {
        return Ok((sight, false));
    }
    let contact = consents::holds(db, student, company, Purpose::Contact).await?;
    Ok((sight, contact))
}
