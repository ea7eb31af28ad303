//! `/platform/audit`, `/school/audit`, `/company/audit`: who did what. The look is a row itself.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use formats::beijing as day;
use serde::Deserialize;

use super::log::{self, Cursor, LogRow, Scope, Wanted};
use super::texts;
use crate::accounts::proof::Proof;
use crate::accounts::{AccountKind, CompanyAdmin, PlatformStaff, SchoolOffice};
use crate::audit;
use crate::ids::{AccountId, AuditId};
use crate::layout::{Chrome, Menu, Viewer};
use crate::platform::search;
use crate::state::AppState;
use crate::web::{FormErrors, PageResult};

const DAY_MS: i64 = 86_400_000;
/// Days that a page shows unless others are asked for.
const USUAL_DAYS: i64 = 30;

/// What someone asks for, as it stands in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// First day, `2026-11-22`.
    pub from: String,
    /// Last day.
    pub to: String,
    /// Action.
    pub action: String,
    /// Kind of subject.
    pub kind: String,
    /// Id of the subject.
    pub subject: String,
    /// Name or id of a person.
    pub actor: String,
    /// The row after which the page begins.
    pub after: String,
}

impl Asked {
    /// Fills in the usual days, and reads all; faults stand beside their fields.
    pub(super) fn read(&mut self, now_ms: i64) -> (Wanted, FormErrors) {
        let mut errors = FormErrors::default();
        let today = day::date_at(now_ms);
        if self.from.trim().is_empty() {
            self.from = day::iso(day::date_at(now_ms - USUAL_DAYS * DAY_MS));
        }
        if self.to.trim().is_empty() {
            self.to = day::iso(today);
        }
        let mut date = |field, text: &str| {
            let read = day::parse_iso(text.trim());
            if read.is_none() {
                errors.add(field, "日期写作 2026-11-22");
            }
            read.map(|date| day::ms_at(date, 0))
        };
        let from_ms = date("from", &self.from);
        let to_ms = date("to", &self.to);
        if let (Some(from), Some(to)) = (from_ms, to_ms)
            && from > to
        {
            errors.add("to", "不能早于开始日期");
        }
        let wanted = Wanted {
            from_ms: from_ms.unwrap_or(0),
            to_ms: to_ms.map_or(0, |to| to + DAY_MS),
            action: self.action.trim().to_owned(),
            subject_kind: self.kind.trim().to_owned(),
            subject: self.subject.trim().to_owned(),
            actor: self.actor.trim().to_owned(),
        };
        (wanted, errors)
    }

    /// The address of these filters, from the row after `after` on.
    pub fn query(&self, after: &str) -> String {
        search::query(&[
            ("from", &self.from),
            ("to", &self.to),
            ("action", &self.action),
            ("kind", &self.kind),
            ("subject", &self.subject),
            ("actor", &self.actor),
            ("after", after),
        ])
    }
}

/// A row of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// `2026-11-22 08:00:05`, Beijing time.
    pub at: String,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// Of what kind.
    pub subject_kind: String,
    /// Which.
    pub subject: String,
    /// Ids and figures; empty where the reader has no use for them.
    pub detail: String,
}

/// A part of the audit log.
#[derive(Debug, Template)]
#[template(path = "platform/audit.html")]
pub struct AuditPage {
    /// The frame.
    pub chrome: Chrome,
    /// What this page is for.
    pub hint: &'static str,
    /// Path of the page.
    pub path: &'static str,
    /// What an export asks for; unset: there is none.
    pub export: Option<Proof>,
    /// The filters.
    pub asked: Asked,
    /// What is wrong with them.
    pub errors: FormErrors,
    /// The rows.
    pub lines: Vec<Line>,
    /// Where the next page begins; empty: there is none.
    pub next: String,
}

impl AuditPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let row = LogRow {
            id: AuditId::new(),
            at_ms: 1_795_305_600_000,
            actor_id: Some(AccountId::new()),
            actor_kind: Some(AccountKind::Platform),
            action: "review.decide".to_owned(),
            subject_kind: "review".to_owned(),
            subject_id: AuditId::new().to_string(),
            detail: base::db::JsonText(serde_json::json!({ "state": "approved" })),
            actor: Some("舒平".to_owned()),
        };
        let system = LogRow {
            actor_id: None,
            actor_kind: None,
            actor: None,
            action: "login.locked".to_owned(),
            ..row.clone()
        };
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "审计日志", Menu::Platform, PLATFORM),
            hint: PLATFORM_HINT,
            path: PLATFORM,
            export: Some(Proof::Password),
            asked: Asked {
                from: "2026-11-01".to_owned(),
                to: "2026-11-22".to_owned(),
                ..Asked::default()
            },
            errors: FormErrors::default(),
            lines: vec![line(&row, true), line(&system, true)],
            next: "1.x".to_owned(),
        }
    }

    /// Actions with their words.
    pub fn actions(&self) -> &'static [(&'static str, &'static str)] {
        texts::ACTIONS
    }

    /// Kinds of subjects with their words.
    pub fn kinds(&self) -> &'static [(&'static str, &'static str)] {
        texts::SUBJECTS
    }
}

const PLATFORM: &str = "/platform/audit";
const SCHOOL: &str = "/school/audit";
const COMPANY: &str = "/company/audit";
const PLATFORM_HINT: &str = "谁在什么时候做了什么；查看与导出本身也会留下记录";

pub(super) fn line(row: &LogRow, with_detail: bool) -> Line {
    let actor = match (&row.actor, row.actor_id, row.actor_kind) {
        (Some(name), ..) => name.clone(),
        (None, None, _) => "系统或未登录".to_owned(),
        (None, Some(_), kind) => kind.map_or("已删除的账号", kind_zh).to_owned(),
    };
    let detail = match &row.detail.0 {
        serde_json::Value::Object(fields) if with_detail && !fields.is_empty() => {
            row.detail.0.to_string()
        }
        _ => String::new(),
    };
    Line {
        at: texts::at(row.at_ms),
        actor,
        action: texts::action(&row.action).to_owned(),
        subject_kind: texts::subject(&row.subject_kind).to_owned(),
        subject: row.subject_id.clone(),
        detail,
    }
}

fn kind_zh(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Student => "学生",
        AccountKind::Company => "企业成员",
        AccountKind::School => "学校工作人员",
        AccountKind::Platform => "平台工作人员",
        AccountKind::Operator => "运维人员",
    }
}

/// Whose log, who looks, and in which frame.
struct Look {
    scope: Scope,
    reader: AccountId,
    chrome: Chrome,
    hint: &'static str,
    path: &'static str,
    export: Option<Proof>,
}

/// `faults`: what else was wrong, with an export.
async fn page(
    state: &AppState,
    look: Look,
    mut asked: Asked,
    faults: FormErrors,
) -> PageResult<Html<String>> {
    let now_ms = state.now_ms();
    let (wanted, errors) = asked.read(now_ms);
    let rows_wanted = usize::try_from(log::PAGE_ROWS).unwrap_or(usize::MAX);
    let mut rows = Vec::new();
    if errors.is_empty() {
        let after = Cursor::parse(&asked.after);
        let limit = log::PAGE_ROWS + 1;
        rows = log::rows(&state.db, look.scope, &wanted, after, limit).await?;
        seen(look.scope, look.reader, &wanted, "audit.view")
            .write(&state.db, now_ms)
            .await?;
    }
    let more = rows.len() > rows_wanted;
    rows.truncate(rows_wanted);
    let next = match rows.last() {
        Some(row) if more => row.cursor().text(),
        Some(_) | None => String::new(),
    };
    let with_detail = look.scope == Scope::Platform;
    let page = AuditPage {
        chrome: look.chrome,
        hint: look.hint,
        path: look.path,
        export: look.export,
        asked,
        errors: if errors.is_empty() { faults } else { errors },
        lines: rows.iter().map(|row| line(row, with_detail)).collect(),
        next,
    };
    Ok(Html(page.render()?))
}

/// The row that a look or an export leaves: what was asked for, without names.
pub(super) fn seen(
    scope: Scope,
    reader: AccountId,
    wanted: &Wanted,
    action: &'static str,
) -> audit::Entry {
    let entry = match scope {
        Scope::Platform => audit::Entry::by(reader, "audit.view", "audit", &"all"),
        Scope::School(school) => audit::Entry::by(reader, "audit.view", "school", &school),
        Scope::Company(company) => audit::Entry::by(reader, "audit.view", "company", &company),
    };
    entry.called(action).with(serde_json::json!({
        "from_ms": wanted.from_ms,
        "to_ms": wanted.to_ms,
        "action": wanted.action,
        "by_actor": !wanted.actor.is_empty(),
    }))
}

/// `GET /platform/audit`
pub(super) async fn platform(
    State(state): State<AppState>,
    staff: PlatformStaff,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let look = look_of(&state, &staff).await?;
    page(&state, look, asked, FormErrors::default()).await
}

/// The platform's page again, with what was wrong with an export.
pub(super) async fn refused(
    state: &AppState,
    staff: &PlatformStaff,
    asked: Asked,
    faults: FormErrors,
) -> PageResult<Html<String>> {
    let look = look_of(state, staff).await?;
    page(state, look, asked, faults).await
}

async fn look_of(state: &AppState, staff: &PlatformStaff) -> PageResult<Look> {
    Ok(Look {
        scope: Scope::Platform,
        reader: staff.id,
        chrome: Chrome::platform(staff, "审计日志", PLATFORM),
        hint: PLATFORM_HINT,
        path: PLATFORM,
        export: Some(Proof::of(state, staff.id).await?),
    })
}

/// `GET /school/audit`
pub(super) async fn school(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let look = Look {
        scope: Scope::School(staff.school),
        reader: staff.id,
        chrome: Chrome::school(&staff, "操作记录", SCHOOL),
        hint: "本校工作人员的操作，以及与本校有关的变更",
        path: SCHOOL,
        export: None,
    };
    page(&state, look, asked, FormErrors::default()).await
}

/// `GET /company/audit`
pub(super) async fn company(
    State(state): State<AppState>,
    CompanyAdmin(member): CompanyAdmin,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let look = Look {
        scope: Scope::Company(member.company),
        reader: member.id,
        chrome: Chrome::member(&member, "操作记录", COMPANY),
        hint: "本单位成员的操作，以及与本单位有关的变更",
        path: COMPANY,
        export: None,
    };
    page(&state, look, asked, FormErrors::default()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_days_are_filled_in_and_faults_told() {
        let mut asked = Asked::default();
        let (wanted, errors) = asked.read(1_795_305_600_000);
        assert!(errors.is_empty());
        assert_eq!(
            (asked.from.as_str(), asked.to.as_str()),
            ("2026-10-23", "2026-11-22")
        );
        assert_eq!(wanted.to_ms - wanted.from_ms, 31 * DAY_MS);
        let mut asked = Asked {
            from: "2026-11-22".to_owned(),
            to: "2026-11-21".to_owned(),
            ..Asked::default()
        };
        assert!(asked.read(0).1.get("to").is_some());
        asked.from = "x".to_owned();
        assert!(asked.read(0).1.get("from").is_some());
        assert!(asked.query("").contains("from=x&to=2026-11-21"));
        assert_eq!(Cursor::parse("1"), None);
    }
}
