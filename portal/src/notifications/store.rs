//! SQL of the outbox.

use base::db::{JsonText, Tx, on_db};
use serde_json::Value;

use super::channel::Channel;
use super::events::Event;
use crate::ids::{AccountId, NotificationId, SendId};

base::queries! {
    /// A message to a person, unless it was written before.
    ADD_NOTIFICATION = "INSERT INTO notifications
            (id, event, account_id, args, link, dedupe_key, created_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (dedupe_key) DO NOTHING";
    /// A message to a telephone or a mailbox, whoever it belongs to.
    ADD_TO = "INSERT INTO notification_sends
            (id, event, channel, target, args, state, priority, next_ms, expires_ms, created_ms)
        VALUES ($1, $2, $3, $4, $5, 'waiting', 0, $6, $7, $6)";
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
    let to = (Channel::Sms, mobile);
    enqueue_to(tx, Event::Code, to, &args, (now_ms, expires_ms)).await
}

/// Sends to a telephone or a mailbox that need not be an account's; no use after `expires_ms`.
///
/// # Errors
/// The database failed.
pub async fn enqueue_to(
    tx: &mut Tx,
    event: Event,
    (channel, target): (Channel, &str),
    args: &Value,
    (now_ms, expires_ms): (i64, i64),
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_TO)
        .bind(SendId::new())
        .bind(event)
        .bind(channel)
        .bind(target)
        .bind(JsonText(args))
        .bind(now_ms)
        .bind(expires_ms)
        .execute(c).await.map(drop))
}
