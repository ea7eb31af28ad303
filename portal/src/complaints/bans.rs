//! Bans: who may not use the platform, since when, until when. A company that operations froze has
//! a row of the kind `freeze` among them; it keeps out as a ban does, but is neither listed nor
//! lifted here: it goes with the company's state.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::db::{Db, Tx, on_db};
use serde::Deserialize;

use super::about::About;
use super::appeals::{self, Hearing};
use super::desk::HERE;
use super::rules::{self, REASON_CHARS, TERMS};
use crate::accounts::shut_out;
use crate::accounts::{AccountKind, SupportStaff};
use crate::audit;
use crate::ids::{AccountId, BanId, ComplaintId};
use crate::layout::{Chrome, Menu, Viewer, moment};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// SQL: is this company, a column, kept out at this moment, a parameter?
macro_rules! company_is_banned {
    ($company:literal, $now:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM bans kept WHERE kept.subject_kind = 'company' AND kept.subject_id = ",
            $company,
            " AND kept.lifted_ms IS NULL AND (kept.until_ms IS NULL OR kept.until_ms > ",
            $now,
            "))"
        )
    };
}
pub(crate) use company_is_banned;

base::queries! {
    /// A running ban of an account or of a company.
    ACTIVE_BAN = "SELECT id, subject_kind, subject_id, reason, created_ms, until_ms FROM bans
        WHERE kind = 'ban' AND subject_kind = $1 AND subject_id = $2 AND lifted_ms IS NULL
            AND (until_ms IS NULL OR until_ms > $3)
        ORDER BY created_ms DESC LIMIT 1";
    /// What keeps an account out: its own ban before that of its company, or its freeze.
    BAN_OF_ACCOUNT = "SELECT id, subject_kind, subject_id, reason, created_ms, until_ms FROM bans
        WHERE lifted_ms IS NULL AND (until_ms IS NULL OR until_ms > $2) AND (
            (subject_kind = 'account' AND subject_id = $1)
            OR (subject_kind = 'company' AND subject_id IN (SELECT m.company_id
                FROM company_members m WHERE m.account_id = $1 AND m.status = 'approved')))
        ORDER BY subject_kind, created_ms DESC LIMIT 1";
    /// Running bans, the latest first.
    RUNNING_BANS = "SELECT b.id, b.subject_kind, b.subject_id, b.reason, b.created_ms, b.until_ms,
            COALESCE((SELECT c.name FROM companies c WHERE b.subject_kind = 'company'
                    AND c.id = b.subject_id),
                (SELECT a.nickname FROM accounts a WHERE b.subject_kind = 'account'
                    AND a.id = b.subject_id), '') AS name
        FROM bans b
        WHERE b.kind = 'ban' AND b.lifted_ms IS NULL AND (b.until_ms IS NULL OR b.until_ms > $1)
        ORDER BY b.created_ms DESC, b.id LIMIT 200";
    /// A new ban.
    ADD_BAN = "INSERT INTO bans (id, subject_kind, subject_id, reason, complaint_id, by_id,
            created_ms, until_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    /// The end of a ban before its time.
    LIFT_BAN = "UPDATE bans SET lifted_ms = $2, lifted_by = $3
        WHERE id = $1 AND kind = 'ban' AND lifted_ms IS NULL RETURNING complaint_id";
    /// A banned account is signed out everywhere.
    END_SESSIONS = "DELETE FROM sessions WHERE account_id = $1";
    /// Kind of an account.
    KIND_OF = "SELECT kind FROM accounts WHERE id = $1";
}

/// A ban.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Ban {
    /// Its id.
    pub id: BanId,
    /// `account` or `company`.
    pub subject_kind: String,
    /// Whom it keeps out.
    pub subject_id: String,
    /// Why, in words for him.
    pub reason: String,
    /// Since when, ms since 1970.
    pub created_ms: i64,
    /// Until when, ms since 1970; unset: until it is lifted.
    pub until_ms: Option<i64>,
}

/// The running ban of a subject of this kind (`account` or `company`).
///
/// # Errors
/// The database failed.
pub async fn active(
    db: &Db,
    kind: &str,
    id: impl std::fmt::Display,
    now_ms: i64,
) -> Result<Option<Ban>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(ACTIVE_BAN)
        .bind(kind).bind(id.to_string()).bind(now_ms).fetch_optional(c).await)
}

/// What keeps an account out: a ban of its own, or of its company.
///
/// # Errors
/// The database failed.
pub async fn of_account(
    db: &Db,
    account: AccountId,
    now_ms: i64,
) -> Result<Option<Ban>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(BAN_OF_ACCOUNT)
        .bind(account).bind(now_ms).fetch_optional(c).await)
}

/// A ban to be imposed.
#[derive(Debug, Clone)]
pub struct NewBan<'a> {
    /// Whom it keeps out.
    pub about: &'a About,
    /// Why, in words for him.
    pub reason: &'a str,
    /// The complaint behind it.
    pub complaint: Option<ComplaintId>,
    /// Who imposes it.
    pub by: AccountId,
    /// Until when, ms since 1970; unset: until it is lifted.
    pub until_ms: Option<i64>,
}

/// Imposes a ban. A banned account's sessions end with it.
///
/// # Errors
/// The database failed.
pub async fn add(tx: &mut Tx, new: &NewBan<'_>, now_ms: i64) -> Result<BanId, sqlx::Error> {
    let id = BanId::new();
    on_db!(tx, c => sqlx::query(ADD_BAN)
        .bind(id)
        .bind(new.about.kind)
        .bind(&new.about.id)
        .bind(new.reason)
        .bind(new.complaint)
        .bind(new.by)
        .bind(now_ms)
        .bind(new.until_ms)
        .execute(c).await.map(drop))?;
    if new.about.kind == "account" {
        on_db!(tx, c => sqlx::query(END_SESSIONS)
            .bind(&new.about.id).execute(c).await.map(drop))?;
    }
    let detail = serde_json::json!({ "subject": new.about.text(), "until_ms": new.until_ms });
    audit::Entry::by(new.by, "ban.impose", "ban", &id)
        .with(detail.clone())
        .write_in(tx, now_ms)
        .await?;
    if let Some(complaint) = new.complaint {
        audit::Entry::by(new.by, "ban.impose", "complaint", &complaint)
            .with(detail)
            .write_in(tx, now_ms)
            .await?;
    }
    Ok(id)
}

/// Ends a ban before its time; the result is the complaint behind it. `None`: no running ban, or
/// the freeze of a company.
///
/// # Errors
/// The database failed.
pub async fn lift_in(
    tx: &mut Tx,
    ban: BanId,
    by: AccountId,
    now_ms: i64,
) -> Result<Option<Option<ComplaintId>>, sqlx::Error> {
    let row: Option<(Option<ComplaintId>,)> = on_db!(tx, c => sqlx::query_as(LIFT_BAN)
        .bind(ban).bind(now_ms).bind(by).fetch_optional(c).await)?;
    Ok(row.map(|(complaint,)| complaint))
}

/// Ends a ban before its time, with rows of the log for it and for the complaint behind it. False:
/// see [`lift_in`].
///
/// # Errors
/// The database failed.
pub(super) async fn lift_noted(
    tx: &mut Tx,
    ban: BanId,
    by: AccountId,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let Some(complaint) = lift_in(tx, ban, by, now_ms).await? else {
        return Ok(false);
    };
    audit::Entry::by(by, "ban.lift", "ban", &ban)
        .write_in(tx, now_ms)
        .await?;
    if let Some(complaint) = complaint {
        audit::Entry::by(by, "ban.lift", "complaint", &complaint)
            .write_in(tx, now_ms)
            .await?;
    }
    Ok(true)
}

/// A ban as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// `企业` or `账号`.
    pub kind: &'static str,
    /// Whom it keeps out.
    pub name: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: String,
    /// Until when.
    pub until: String,
}

#[derive(sqlx::FromRow)]
struct NamedBan {
    #[sqlx(flatten)]
    ban: Ban,
    name: String,
}

impl From<NamedBan> for Row {
    fn from(NamedBan { ban, name }: NamedBan) -> Self {
        Self {
            id: ban.id.to_string(),
            kind: kind_zh(&ban.subject_kind),
            name,
            reason: ban.reason,
            since: moment(ban.created_ms),
            until: until_zh(ban.until_ms),
        }
    }
}

fn kind_zh(kind: &str) -> &'static str {
    if kind == "company" {
        "企业"
    } else {
        "账号"
    }
}

/// Until when, in words.
pub(super) fn until_zh(until_ms: Option<i64>) -> String {
    until_ms.map_or_else(|| "无限期".to_owned(), moment)
}

/// Running bans.
#[derive(Debug, Template)]
#[template(path = "platform-bans.html")]
pub struct BansPage {
    /// The frame.
    pub chrome: Chrome,
    /// The latest first.
    pub rows: Vec<Row>,
}

/// The form.
#[derive(Debug, Template)]
#[template(path = "platform-ban.html")]
pub struct BanPage {
    /// The frame.
    pub chrome: Chrome,
    /// Whom it would keep out, as an address names him.
    pub about: String,
    /// `企业` or `账号`.
    pub kind: &'static str,
    /// Whom it would keep out.
    pub name: String,
    /// The complaint behind it; may be empty.
    pub complaint: String,
    /// Why.
    pub reason: String,
    /// For how long.
    pub term: String,
    /// Codes and words of the terms.
    pub terms: Vec<(String, String)>,
    /// Faults.
    pub errors: FormErrors,
}

impl BansPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "封禁名单", Menu::Platform, HERE),
            rows: vec![Row {
                id: "018f".to_owned(),
                kind: "企业",
                name: "某某信息咨询（示例）".to_owned(),
                reason: "以服装费名义收费，经核实成立。".to_owned(),
                since: "2026-11-25 10:12".to_owned(),
                until: "2026-12-25 10:12".to_owned(),
            }],
        }
    }
}

impl BanPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "封禁", Menu::Platform, HERE),
            about: "company:018f".to_owned(),
            kind: "企业",
            name: "某某信息咨询（示例）".to_owned(),
            complaint: String::new(),
            reason: String::new(),
            term: "30".to_owned(),
            terms: rules::options(&TERMS),
            errors: FormErrors::one("reason", "请写明原因"),
        }
    }
}

/// `GET /platform/complaints/bans`
pub(super) async fn list(
    State(state): State<AppState>,
    SupportStaff(staff): SupportStaff,
) -> PageResult<Html<String>> {
    let now_ms = state.now_ms();
    let rows: Vec<NamedBan> =
        on_db!(&state.db, c => sqlx::query_as(RUNNING_BANS).bind(now_ms).fetch_all(c).await)?;
    let page = BansPage {
        chrome: Chrome::platform(&staff, "封禁名单", HERE),
        rows: rows.into_iter().map(Row::from).collect(),
    };
    Ok(Html(page.render()?))
}

/// A ban as the address or the form asks for it.
#[derive(Debug, Deserialize)]
pub(super) struct BanForm {
    #[serde(default)]
    about: String,
    #[serde(default)]
    complaint: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    term: String,
}

/// Whom the form speaks of, and his name. Platform staff and operators are not banned here: their
/// accounts are disabled by those who hired them.
async fn subject(state: &AppState, form: &BanForm) -> PageResult<(About, String)> {
    let about = About::parse(&form.about)
        .filter(|about| matches!(about.kind, "company" | "account"))
        .ok_or(PageError::NotFound)?;
    if about.kind == "account" {
        let row: Option<(AccountKind,)> = on_db!(&state.db, c => sqlx::query_as(KIND_OF)
            .bind(&about.id).fetch_optional(c).await)?;
        if !row.is_some_and(|(kind,)| crate::agreements::rules::is_asked(kind)) {
            return Err(PageError::NotFound);
        }
    }
    let found = about.subject(&state.db, AccountId::new()).await?;
    Ok((about, found.ok_or(PageError::NotFound)?.name))
}

/// `GET /platform/complaints/bans/new`
pub(super) async fn form(
    State(state): State<AppState>,
    SupportStaff(staff): SupportStaff,
    Query(form): Query<BanForm>,
) -> PageResult<Html<String>> {
    let (about, name) = subject(&state, &form).await?;
    let page = BanPage {
        chrome: Chrome::platform(&staff, "封禁", HERE),
        kind: kind_zh(about.kind),
        about: about.text(),
        name,
        complaint: form.complaint,
        reason: form.reason,
        term: form.term,
        terms: rules::options(&TERMS),
        errors: FormErrors::default(),
    };
    Ok(Html(page.render()?))
}

/// `POST /platform/complaints/bans/new`
pub(super) async fn impose(
    State(state): State<AppState>,
    SupportStaff(staff): SupportStaff,
    Form(form): Form<BanForm>,
) -> PageResult<Response> {
    let (about, name) = subject(&state, &form).await?;
    let now_ms = state.now_ms();
    let mut errors = FormErrors::default();
    let reason = form.reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS {
        let fault = format!("请写明原因，最多 {REASON_CHARS} 个字；对方会看到");
        errors.add("reason", fault);
    }
    let until = rules::until(&form.term, now_ms);
    if until.is_none() {
        errors.add("term", "请选择期限");
    }
    if active(&state.db, about.kind, &about.id, now_ms)
        .await?
        .is_some()
    {
        errors.add("reason", "已经在封禁中；要改期限，请先解除");
    }
    let (Some(until_ms), true) = (until, errors.is_empty()) else {
        let page = BanPage {
            chrome: Chrome::platform(&staff, "封禁", HERE),
            kind: kind_zh(about.kind),
            about: about.text(),
            name,
            complaint: form.complaint,
            reason: form.reason,
            term: form.term,
            terms: rules::options(&TERMS),
            errors,
        };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
    };
    let complaint = form.complaint.parse::<ComplaintId>().ok();
    let complaint = match complaint {
        Some(id) => super::store::find(&state.db, id).await?.map(|one| one.id),
        None => None,
    };
    let new = NewBan {
        about: &about,
        reason,
        complaint,
        by: staff.id,
        until_ms,
    };
    let mut tx = state.db.begin().await?;
    add(&mut tx, &new, now_ms).await?;
    tx.commit().await?;
    match (about.kind, about.id.parse(), about.id.parse()) {
        ("account", Ok(account), _) => shut_out::account(&state, account, Some(reason)).await,
        ("company", _, Ok(company)) => shut_out::company(&state, company).await?,
        _ => {}
    }
    state
        .privacy
        .complaints
        .with_label_values(&["banned"])
        .inc();
    Ok(Redirect::to(&format!("{HERE}/bans")).into_response())
}

/// `POST /platform/complaints/bans/{ban}/lift`
pub(super) async fn lift(
    State(state): State<AppState>,
    SupportStaff(staff): SupportStaff,
    Path(ban): Path<BanId>,
) -> PageResult<Redirect> {
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    if !lift_noted(&mut tx, ban, staff.id, now_ms).await? {
        return Err(PageError::NotFound);
    }
    // Whoever appealed has what he asked for.
    let settled = (Hearing::Granted, "已解除封禁。");
    appeals::store::decide(&mut tx, (ban, staff.id), settled, now_ms).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{HERE}/bans")))
}
