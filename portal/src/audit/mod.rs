//! The audit log: who changed or saw what (A107). Rows hold ids and figures, no names.

pub mod export;
pub mod log;
pub mod metrics;
pub mod pages;
pub mod purge;
pub mod texts;

use std::fmt::Display;

use base::db::{Db, JsonText, Tx, on_db};
use serde_json::{Value, json};

use crate::ids::{AccountId, AuditId};
use crate::web::Routes;

base::queries! {
    /// Adds a row.
    ADD_AUDIT = "INSERT INTO audit_log
        (id, at_ms, actor_id, action, subject_kind, subject_id, detail)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// What happened to a thing, oldest first.
    LIST_AUDIT = "SELECT at_ms, actor_id, action FROM audit_log
        WHERE subject_kind = $1 AND subject_id = $2 ORDER BY at_ms, id LIMIT 200";
}

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
        .get("/platform/audit", pages::platform)
        .post("/platform/audit/export", export::csv)
        .get("/school/audit", pages::school)
        .get("/company/audit", pages::company)
}

/// A row to be written.
#[derive(Debug, Clone)]
pub struct Entry {
    id: AuditId,
    actor: Option<AccountId>,
    action: &'static str,
    subject_kind: &'static str,
    subject: String,
    detail: Value,
}

/// A row as it was written.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Row {
    /// When, ms since 1970.
    pub at_ms: i64,
    /// Who.
    pub actor_id: Option<AccountId>,
    /// What.
    pub action: String,
}

impl Entry {
    /// Someone did `action` to a thing.
    pub fn by(
        actor: AccountId,
        action: &'static str,
        subject_kind: &'static str,
        subject: &impl Display,
    ) -> Self {
        Self {
            actor: Some(actor),
            ..Self::system(action, subject_kind, subject)
        }
    }

    /// The system did it, or someone who is not signed in.
    pub fn system(
        action: &'static str,
        subject_kind: &'static str,
        subject: &impl Display,
    ) -> Self {
        let subject = subject.to_string();
        Self {
            id: AuditId::new(),
            actor: None,
            action,
            subject_kind,
            subject,
            detail: json!({}),
        }
    }

    /// Its id, for a page that shows the row.
    pub fn id(&self) -> AuditId {
        self.id
    }

    /// Under another action's name.
    pub(crate) fn called(self, action: &'static str) -> Self {
        Self { action, ..self }
    }

    /// Ids and figures beside it.
    pub fn with(self, detail: Value) -> Self {
        Self { detail, ..self }
    }

    /// Writes the row by itself.
    ///
    /// # Errors
    /// The database failed.
    pub async fn write(self, db: &Db, now_ms: i64) -> Result<(), sqlx::Error> {
        let mut tx = db.begin().await?;
        self.write_in(&mut tx, now_ms).await?;
        tx.commit().await
    }

    /// Writes the row in the transaction of the change that it speaks of.
    ///
    /// # Errors
    /// The database failed.
    pub async fn write_in(self, tx: &mut Tx, now_ms: i64) -> Result<(), sqlx::Error> {
        on_db!(tx, c => sqlx::query(ADD_AUDIT)
            .bind(self.id)
            .bind(now_ms)
            .bind(self.actor)
            .bind(self.action)
            .bind(self.subject_kind)
            .bind(self.subject)
            .bind(JsonText(self.detail))
            .execute(c).await.map(drop))
    }
}

/// What happened to a thing, oldest first, 200 rows at most.
///
/// # Errors
/// The database failed.
pub async fn of(db: &Db, subject_kind: &str, subject: &str) -> Result<Vec<Row>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LIST_AUDIT)
        .bind(subject_kind).bind(subject).fetch_all(c).await)
}
