//! SQL of the outbox.

use base::db::{JsonText, Tx, on_db};
use serde_json::Value;

use super::events::Event;
use crate::ids::{AccountId, NotificationId, SendId};

base::queries! {
    /// A message to a person, unless it was written before.
    ADD_NOTIFICATION = "INSERT INTO notifications
            (id, event, account_id, args, link, dedupe_key, created_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (dedupe_key) DO NOTHING";
    /// A code to a mobile number.
    ADD_CODE = "INSERT INTO notification_sends
            (id, event, channel, target, args, state, priority, next_ms, expires_ms, created_ms)
        VALUES ($1, $2, 'sms', $3, $4, 'waiting', 0, $5, $6, $5)";
}

/// What one person is to be told.
#[derive(Debug, Clone)]
pub struct Notice {
    /// What happened.
    pub event: Event,
    /// Who is told.
    pub to: AccountId,
    /// JSON object: what the event's templates name.
    pub args: Value,
    /// Path of the page that it leads to; may be empty.
    pub link: String,
    /// A second notice with the same key is dropped.
    pub dedupe: Option<String>,
}

/// Tells someone, together with the change that `tx` makes.
///
/// # Errors
/// The database failed.
pub async fn enqueue(tx: &mut Tx, notice: &Notice, now_ms: i64) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_NOTIFICATION)
        .bind(NotificationId::new())
        .bind(notice.event)
        .bind(notice.to)
        .bind(JsonText(&notice.args))
        .bind(&notice.link)
        .bind(&notice.dedupe)
        .bind(now_ms)
        .execute(c).await.map(drop))
}

/// Sends a code to a mobile number; no use after `expires_ms`.
///
/// # Errors
/// The database failed.
pub async fn enqueue_code(
    tx: &mut Tx,
    mobile: &str,
    code: &str,
    now_ms: i64,
    expires_ms: i64,
) -> Result<(), sqlx::Error> {
    let args = serde_json::json!({ "code": code });
    enqueue_to_mobile(tx, (Event::Code, args), mobile, now_ms, expires_ms).await
}

/// Tells a mobile number that is no account's, or soon will not be; no use after `expires_ms`.
///
/// # Errors
/// The database failed.
pub async fn enqueue_to_mobile(
    tx: &mut Tx,
    (event, args): (Event, Value),
    mobile: &str,
    now_ms: i64,
    expires_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_CODE)
        .bind(SendId::new())
        .bind(event)
        .bind(mobile)
        .bind(JsonText(args))
        .bind(now_ms)
        .bind(expires_ms)
        .execute(c).await.map(drop))
}
