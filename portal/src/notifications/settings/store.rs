//! SQL of what people switch on and off.

use base::db::{Db, Tx, on_db};

use crate::ids::AccountId;
use crate::notifications::channel::Channel;
use crate::notifications::events::Event;
use crate::notifications::plan::Settings;

base::queries! {
    /// What a person switched on or off.
    LIST_SETTINGS = "SELECT event, channel, enabled FROM notification_settings
        WHERE account_id = $1";
    /// He switches one on or off.
    SET_SETTING = "INSERT INTO notification_settings (account_id, event, channel, enabled)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (account_id, event, channel) DO UPDATE SET enabled = $4";
}

/// What a person switched on or off.
///
/// # Errors
/// The database failed.
pub async fn list(db: &Db, account: AccountId) -> Result<Settings, sqlx::Error> {
    let rows: Vec<(String, Channel, bool)> =
        on_db!(db, c => sqlx::query_as(LIST_SETTINGS).bind(account).fetch_all(c).await)?;
    let known = rows
        .into_iter()
        .filter_map(|(event, channel, on)| Some(((event.parse().ok()?, channel), on)));
    Ok(known.collect())
}

/// Switches one on or off.
///
/// # Errors
/// The database failed.
pub async fn set(
    tx: &mut Tx,
    account: AccountId,
    (event, channel): (Event, Channel),
    enabled: bool,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(SET_SETTING)
        .bind(account).bind(event).bind(channel).bind(enabled).execute(c).await.map(drop))
}
