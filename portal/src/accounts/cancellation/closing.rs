//! Carries out the cancellations whose cooling-off is over.

use std::time::Duration;

use base::shutdown::Shutdown;
use serde_json::json;

use super::{holds, store};
use crate::accounts::shut_out;
use crate::accounts::{codes, texts};
use crate::audit;
use crate::ids::AccountId;
use crate::notifications::{self, Event, Notice};
use crate::privacy;
use crate::state::AppState;

/// How often it is looked for accounts that are due.
const LOOK: Duration = Duration::from_secs(60);
/// Accounts that one look closes.
const AT_ONCE: i64 = 50;

/// Closes accounts as their time comes.
pub async fn keep_closing(state: AppState, shutdown: Shutdown) {
    loop {
        tokio::select! {
            () = shutdown.triggered() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        if let Err(error) = close_due(&state).await {
            tracing::error!(%error, "accounts could not be closed");
        }
    }
}

/// Closes the accounts that are due now; the result is how many.
///
/// # Errors
/// The database failed. One account that cannot be closed is passed over: the others' time has
/// come as well.
pub async fn close_due(state: &AppState) -> Result<usize, sqlx::Error> {
    let due = store::due(&state.db, state.now_ms(), AT_ONCE).await?;
    let mut closed = 0;
    for account in due {
        let done = match close(state, account).await {
            Ok(done) => done,
            Err(error) => {
                tracing::error!(%error, %account, "an account could not be closed");
                state.access.closed.with_label_values(&["failed"]).inc();
                continue;
            }
        };
        let outcome = if done { "done" } else { "held" };
        state.access.closed.with_label_values(&[outcome]).inc();
        closed += usize::from(done);
    }
    Ok(closed)
}

/// Closes one account. Something may have come up since it was asked for; then the wish is
/// withdrawn, and the person is told why.
async fn close(state: &AppState, account: AccountId) -> Result<bool, sqlx::Error> {
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    let holds = holds(&mut tx, account, now_ms).await?;
    if holds.is_empty() {
        if !store::finish(&mut tx, account, now_ms).await? {
            return Ok(false);
        }
        if let Some(mobile) = store::mobile(&mut tx, account).await? {
            codes::forget(&mut tx, &mobile).await?;
        }
        privacy::erase(&mut tx, account, now_ms).await?;
        tx.commit().await?;
        shut_out::account(state, account, None).await;
        return Ok(true);
    }
    if store::withdraw(&mut tx, account, now_ms).await? {
        let notice = Notice {
            event: Event::AccountCancellation,
            to: account,
            args: json!({ "date": texts::day(now_ms), "state": "未能注销" }),
            link: "/account/cancel".to_owned(),
            dedupe: None,
        };
        notifications::enqueue(&mut tx, &notice, now_ms).await?;
        audit::Entry::system("account.cancel_withdraw", "account", &account)
            .write_in(&mut tx, now_ms)
            .await?;
    }
    tx.commit().await?;
    Ok(false)
}
