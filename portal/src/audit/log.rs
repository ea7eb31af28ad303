//! SQL that reads the audit log: all of it, a school's part, a company's part.

use base::db::{Db, JsonText, on_db};
use serde_json::Value;

use crate::accounts::AccountKind;
use crate::ids::{AccountId, AuditId, CompanyId, SchoolId};

/// Rows on one page.
pub const PAGE_ROWS: i64 = 100;

/// What every reader may choose: time, action, subject; and from which row on.
macro_rules! chosen {
    () => {
        " FROM audit_log l LEFT JOIN accounts a ON a.id = l.actor_id
        WHERE l.at_ms >= $1 AND l.at_ms < $2 AND ($3 = '' OR l.action = $3)
            AND ($4 = '' OR l.subject_kind = $4) AND ($5 = '' OR l.subject_id = $5)
            AND (l.at_ms < $7 OR (l.at_ms = $7 AND l.id < $8))"
    };
}

/// Columns besides the actor's name.
macro_rules! columns {
    () => {
        "SELECT l.id, l.at_ms, l.actor_id, a.kind AS actor_kind, l.action, l.subject_kind, \
         l.subject_id, l.detail, "
    };
}

/// Someone of the company of the row's time: an approved member since he asked to join, and one
/// who was shut out until then. What he did before, elsewhere, is no business of this company.
macro_rules! of_company {
    ($actor:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM company_members m
                WHERE m.account_id = ",
            $actor,
            " AND m.company_id = $10 AND l.at_ms >= m.created_ms
                    AND (m.status = 'approved'
                        OR (m.status = 'disabled' AND l.at_ms <= m.decided_ms)))"
        )
    };
}

/// Someone of the school's staff at the row's time.
macro_rules! of_school {
    ($actor:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM school_staff s
                WHERE s.account_id = ",
            $actor,
            " AND s.school_id = $10 AND l.at_ms >= s.created_ms)"
        )
    };
}

/// What companies and schools both see: reviews, looks at people, interviews, logins, looks at the
/// log. Not what is someone's own: complaints, exports, consents, his account.
macro_rules! common_business {
    () => {
        "l.action LIKE 'review.%' OR l.action LIKE 'school_join.%' OR l.action LIKE 'audit.%'
                OR l.action IN ('session.begin', 'resume.read', 'resume.file.read', 'live.join',
                    'note.begin', 'evaluation.save')"
    };
}

/// The latest first.
macro_rules! latest {
    () => {
        " ORDER BY l.at_ms DESC, l.id DESC LIMIT $9"
    };
}

base::queries! {
    /// All rows.
    LIST_ALL = concat!(columns!(), "a.real_name AS actor", chosen!(), "
            AND ($6 = '' OR l.actor_id IN (SELECT x.id FROM accounts x
                WHERE x.real_name = $6 OR x.mobile = $6 OR x.email = $6 OR x.id = $6))",
        latest!());
    /// What a school's staff did for it, and what happened to the school's things. Others who did
    /// it have no name there.
    LIST_OF_SCHOOL = concat!(columns!(), "(SELECT x.real_name FROM accounts x
                WHERE x.id = l.actor_id AND ", of_school!("x.id"), ") AS actor", chosen!(), "
            AND ($6 = '' OR (", of_school!("l.actor_id"), " AND l.actor_id IN
                (SELECT x.id FROM accounts x WHERE x.real_name = $6 OR x.id = $6)))
            AND (", common_business!(), " OR l.action LIKE 'school.%'
                OR l.action LIKE 'school_staff.%' OR l.action LIKE 'notice.%'
                OR l.action LIKE 'roster.%' OR l.action LIKE 'student.%'
                OR l.action LIKE 'identity.%' OR l.action = 'password_link.create')
            AND (", of_school!("l.actor_id"), "
                OR (l.subject_kind = 'school' AND l.subject_id = $10)
                OR (l.subject_kind = 'review' AND l.subject_id IN
                    (SELECT r.id FROM reviews r WHERE r.school_id = $10))
                OR (l.subject_kind = 'fair' AND l.subject_id IN
                    (SELECT f.id FROM video_fairs f WHERE f.school_id = $10))
                OR (l.subject_kind = 'notice' AND l.subject_id IN
                    (SELECT n.id FROM school_notices n WHERE n.school_id = $10))
                OR (l.subject_kind = 'school_join' AND l.subject_id IN
                    (SELECT j.id FROM school_joins j WHERE j.school_id = $10)))",
        latest!());
    /// What a company's members did for it, and what happened to the company. Others who did it
    /// have no name there.
    LIST_OF_COMPANY = concat!(columns!(), "(SELECT x.real_name FROM accounts x
                WHERE x.id = l.actor_id AND ", of_company!("x.id"), ") AS actor", chosen!(), "
            AND ($6 = '' OR (", of_company!("l.actor_id"), " AND l.actor_id IN
                (SELECT x.id FROM accounts x WHERE x.real_name = $6 OR x.id = $6)))
            AND (", common_business!(), " OR l.action LIKE 'company.%'
                OR l.action LIKE 'certification.%' OR l.action LIKE 'admin.%'
                OR l.action LIKE 'membership.%' OR l.action LIKE 'member.%'
                OR l.action LIKE 'guest.%')
            AND (", of_company!("l.actor_id"), "
                OR (l.subject_kind = 'company' AND l.subject_id = $10)
                OR (l.subject_kind = 'review' AND l.subject_id IN
                    (SELECT r.id FROM reviews r WHERE r.company_id = $10))
                OR (l.subject_kind = 'certification' AND l.subject_id IN
                    (SELECT t.id FROM certifications t WHERE t.company_id = $10))
                OR (l.subject_kind = 'admin_claim' AND l.subject_id IN
                    (SELECT k.id FROM admin_claims k WHERE k.company_id = $10))
                OR (l.subject_kind = 'school_join' AND l.subject_id IN
                    (SELECT j.id FROM school_joins j WHERE j.company_id = $10)))",
        latest!());
    /// One row of somebody's own.
    FIND_OWN = "SELECT at_ms, detail FROM audit_log
        WHERE id = $1 AND actor_id = $2 AND action = $3";
}

/// Whose part of the log is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All of it.
    Platform,
    /// A school's.
    School(SchoolId),
    /// A company's.
    Company(CompanyId),
}

/// Which rows are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// From this moment on, ms since 1970.
    pub from_ms: i64,
    /// Until before this moment, ms since 1970.
    pub to_ms: i64,
    /// This action; empty: all.
    pub action: String,
    /// Things of this kind; empty: all.
    pub subject_kind: String,
    /// This thing; empty: all.
    pub subject: String,
    /// By this person: name, id, for the platform also mobile or e-mail; empty: all.
    pub actor: String,
}

/// The row after which a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Its time, ms since 1970.
    pub at_ms: i64,
    /// Its id.
    pub id: AuditId,
}

impl Cursor {
    /// As an address carries it.
    pub fn text(self) -> String {
        format!("{}.{}", self.at_ms, self.id)
    }

    /// Reads what an address carries.
    pub fn parse(text: &str) -> Option<Self> {
        let (at_ms, id) = text.split_once('.')?;
        Some(Self {
            at_ms: at_ms.parse().ok()?,
            id: id.parse().ok()?,
        })
    }
}

/// A row as a reader sees it.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct LogRow {
    /// Its id.
    pub id: AuditId,
    /// When, ms since 1970.
    pub at_ms: i64,
    /// Who.
    pub actor_id: Option<AccountId>,
    /// What kind of account.
    pub actor_kind: Option<AccountKind>,
    /// What.
    pub action: String,
    /// Of what kind.
    pub subject_kind: String,
    /// Which.
    pub subject_id: String,
    /// Ids and figures.
    pub detail: JsonText<Value>,
    /// The actor's name, if the reader may know it.
    pub actor: Option<String>,
}

impl LogRow {
    /// Where the next page begins.
    pub fn cursor(&self) -> Cursor {
        Cursor {
            at_ms: self.at_ms,
            id: self.id,
        }
    }
}

/// Up to `limit` rows after `after`, the latest first.
///
/// # Errors
/// The database failed.
pub async fn rows(
    db: &Db,
    scope: Scope,
    wanted: &Wanted,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<LogRow>, sqlx::Error> {
    let (sql, whose) = match scope {
        Scope::Platform => (LIST_ALL, None),
        Scope::School(school) => (LIST_OF_SCHOOL, Some(school.to_string())),
        Scope::Company(company) => (LIST_OF_COMPANY, Some(company.to_string())),
    };
    let (at_ms, id) = after.map_or((i64::MAX, String::new()), |after| {
        (after.at_ms, after.id.to_string())
    });
    on_db!(db, c => {
        let query = sqlx::query_as(sql)
            .bind(wanted.from_ms)
            .bind(wanted.to_ms)
            .bind(&wanted.action)
            .bind(&wanted.subject_kind)
            .bind(&wanted.subject)
            .bind(&wanted.actor)
            .bind(at_ms)
            .bind(&id)
            .bind(limit);
        match &whose {
            Some(whose) => query.bind(whose).fetch_all(c).await,
            None => query.fetch_all(c).await,
        }
    })
}

/// A row that `actor` wrote himself: its time and what stands beside it.
///
/// # Errors
/// The database failed.
pub async fn own(
    db: &Db,
    id: AuditId,
    actor: AccountId,
    action: &str,
) -> Result<Option<(i64, JsonText<Value>)>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_OWN)
        .bind(id).bind(actor).bind(action).fetch_optional(c).await)
}
