//! SQL of the messages in the site.

use base::db::{Db, JsonText, on_db};
use serde_json::Value;

use crate::ids::{AccountId, NotificationId};
use crate::notifications::events::Event;
use crate::notifications::templates::Template;

base::queries! {
    /// A person's messages, newest first.
    LIST_MESSAGES = "SELECT id, event, args, link, created_ms, read_ms FROM notifications
        WHERE account_id = $1 ORDER BY created_ms DESC, id DESC LIMIT $2 OFFSET $3";
    /// Those that he has not read.
    LIST_UNREAD = "SELECT id, event, args, link, created_ms, read_ms FROM notifications
        WHERE account_id = $1 AND read_ms IS NULL
        ORDER BY created_ms DESC, id DESC LIMIT $2 OFFSET $3";
    /// He has read one.
    READ_MESSAGE = "UPDATE notifications SET read_ms = COALESCE(read_ms, $3)
        WHERE id = $1 AND account_id = $2 RETURNING link";
    /// He has read them all, save for those that came after he saw the page.
    READ_ALL = "UPDATE notifications SET read_ms = $3
        WHERE account_id = $1 AND read_ms IS NULL AND created_ms <= $2";
    /// What staff made of the site's texts.
    LIST_SITE_TEXTS = "SELECT event, title, body FROM notification_templates
        WHERE channel = 'site'";
}

/// A message as it is stored.
#[derive(Debug, sqlx::FromRow)]
pub struct Row {
    /// Its id.
    pub id: NotificationId,
    /// Number in the catalogue.
    pub event: String,
    /// What the text names.
    pub args: JsonText<Value>,
    /// Path of the page that it leads to; may be empty.
    pub link: String,
    /// When it came, ms since 1970.
    pub created_ms: i64,
    /// When it was read.
    pub read_ms: Option<i64>,
}

/// A person's messages, newest first.
///
/// # Errors
/// The database failed.
pub async fn list(
    db: &Db,
    account: AccountId,
    unread: bool,
    (most, skip): (i64, i64),
) -> Result<Vec<Row>, sqlx::Error> {
    let sql = if unread { LIST_UNREAD } else { LIST_MESSAGES };
    on_db!(db, c => sqlx::query_as(sql)
        .bind(account).bind(most).bind(skip).fetch_all(c).await)
}

/// Marks one as read; the result is where it leads. None: it is not this person's.
///
/// # Errors
/// The database failed.
pub async fn read(
    db: &Db,
    id: NotificationId,
    account: AccountId,
    now_ms: i64,
) -> Result<Option<String>, sqlx::Error> {
    let row: Option<(String,)> = on_db!(db.writer().await?, c => sqlx::query_as(READ_MESSAGE)
        .bind(id).bind(account).bind(now_ms).fetch_optional(c).await)?;
    Ok(row.map(|(link,)| link))
}

/// Marks as read what came until `until_ms`.
///
/// # Errors
/// The database failed.
pub async fn read_all(
    db: &Db,
    account: AccountId,
    until_ms: i64,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(db.writer().await?, c => sqlx::query(READ_ALL)
        .bind(account).bind(until_ms).bind(now_ms).execute(c).await.map(drop))
}

/// The site's texts that staff changed.
///
/// # Errors
/// The database failed.
pub async fn site_texts(db: &Db) -> Result<Vec<(Event, Template)>, sqlx::Error> {
    let rows: Vec<(String, String, String)> =
        on_db!(db, c => sqlx::query_as(LIST_SITE_TEXTS).fetch_all(c).await)?;
    let texts = rows.into_iter().filter_map(|(event, title, body)| {
        let template = Template {
            title,
            body,
            provider_template: String::new(),
        };
        Some((event.parse().ok()?, template))
    });
    Ok(texts.collect())
}
