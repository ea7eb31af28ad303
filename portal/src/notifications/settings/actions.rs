//! Saving the settings.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::State;
use axum::response::Redirect;
use serde_json::json;

use super::pages::{SAVED, choices};
use super::store;
use crate::accounts::SignedIn;
use crate::audit;
use crate::notifications::outbox::store::all_rules;
use crate::state::AppState;
use crate::web::PageResult;

/// `POST /account/notifications`: a box that is not in the form was left empty. What is mandatory
/// is no choice, whatever the form says.
pub(super) async fn save(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Form(form): Form<BTreeMap<String, String>>,
) -> PageResult<Redirect> {
    let account = session.account.id;
    let rules = all_rules(&state.db).await?;
    let before = store::list(&state.db, account).await?;
    let mut tx = state.db.begin().await?;
    let mut changed = 0;
    for (event, channel, usual) in choices(session.account.kind, &rules) {
        let wanted = form.contains_key(&format!("{event}.{channel}"));
        let had = before.get(&(event, channel)).copied().unwrap_or(usual);
        if wanted != had {
            store::set(&mut tx, account, (event, channel), wanted).await?;
            changed += 1;
        }
    }
    if changed > 0 {
        audit::Entry::by(account, "notification.settings", "account", &account)
            .with(json!({ "changed": changed }))
            .write_in(&mut tx, state.now_ms())
            .await?;
    }
    tx.commit().await?;
    Ok(Redirect::to(SAVED))
}
