//! `/platform/agreements`: new versions, what they change, who accepted them.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::diff::{Change, diff};
use super::rules::{BODY_CHARS, TITLE_CHARS};
use super::store::{self, Agreement, Version};
use crate::accounts::{OperationsStaff, PlatformStaff};
use crate::audit;
use crate::layout::{Chrome, Menu, Viewer, moment};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

const HERE: &str = "/platform/agreements";

/// A version as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Which text.
    pub code: String,
    /// Title.
    pub title: String,
    /// Counts from 1.
    pub version: i64,
    /// When it was published.
    pub published: String,
    /// People who accepted it.
    pub accepted: i64,
}

impl From<Version> for Row {
    fn from(version: Version) -> Self {
        Self {
            published: moment(version.published_ms),
            code: version.code,
            title: version.title,
            version: version.version,
            accepted: version.accepted,
        }
    }
}

/// The list of texts.
#[derive(Debug, Template)]
#[template(path = "platform-agreements.html")]
pub struct AgreementsPage {
    /// The frame.
    pub chrome: Chrome,
    /// The newest version of each.
    pub rows: Vec<Row>,
}

/// One text: a form for the next version, its changes, the versions so far.
#[derive(Debug, Template)]
#[template(path = "platform-agreement.html")]
pub struct EditPage {
    /// The frame.
    pub chrome: Chrome,
    /// Which text.
    pub code: String,
    /// The version that the form would make.
    pub next: i64,
    /// Title in the form.
    pub title: String,
    /// Text in the form.
    pub body: String,
    /// Faults.
    pub errors: FormErrors,
    /// What changes, if it was asked for.
    pub changes: Option<Vec<Change>>,
    /// What the changes are between.
    pub changes_of: String,
    /// Versions so far, the newest first.
    pub versions: Vec<Row>,
}

fn sample_row() -> Row {
    Row {
        code: "user".to_owned(),
        title: "用户服务协议".to_owned(),
        version: 1,
        published: "2026-11-22 08:00".to_owned(),
        accepted: 4_212,
    }
}

impl AgreementsPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "协议", Menu::Platform, HERE),
            rows: vec![sample_row()],
        }
    }
}

impl EditPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let (old, new) = ("# 一、范围\n旧的一行\n不变", "# 一、范围\n新的一行\n不变");
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "用户服务协议", Menu::Platform, HERE),
            code: "user".to_owned(),
            next: 2,
            title: "用户服务协议".to_owned(),
            body: new.to_owned(),
            errors: FormErrors::one("title", "请填写标题"),
            changes: Some(diff(old, new)),
            changes_of: "第 1 版 → 草稿".to_owned(),
            versions: vec![sample_row()],
        }
    }
}

/// `GET /platform/agreements`
pub(super) async fn list(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
) -> PageResult<Html<String>> {
    let rows = store::latest_of_all(&state.db).await?;
    let page = AgreementsPage {
        chrome: Chrome::platform(&staff, "协议", HERE),
        rows: rows.into_iter().map(Row::from).collect(),
    };
    Ok(Html(page.render()?))
}

/// What the address may ask for: the changes of one version against the one before.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    diff: Option<i64>,
}

/// `GET /platform/agreements/{code}`
pub(super) async fn edit(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let latest = store::latest(&state.db, &code)
        .await?
        .ok_or(PageError::NotFound)?;
    let mut page = page(&state, &staff, &latest).await?;
    if let Some(version) = asked.diff {
        let new = store::find(&state.db, &code, version)
            .await?
            .ok_or(PageError::NotFound)?;
        let old = store::find(&state.db, &code, version - 1).await?;
        let old = old.map(|old| old.body).unwrap_or_default();
        page.changes = Some(diff(&old, &new.body));
        page.changes_of = format!("第 {} 版 → 第 {version} 版", version - 1);
    }
    Ok(Html(page.render()?))
}

/// The form with the newest version in it.
async fn page(
    state: &AppState,
    staff: &PlatformStaff,
    latest: &Agreement,
) -> Result<EditPage, PageError> {
    let versions = store::versions(&state.db, &latest.code).await?;
    Ok(EditPage {
        chrome: Chrome::platform(staff, &latest.title, HERE),
        code: latest.code.clone(),
        next: latest.version + 1,
        title: latest.title.clone(),
        body: latest.body.clone(),
        errors: FormErrors::default(),
        changes: None,
        changes_of: String::new(),
        versions: versions.into_iter().map(Row::from).collect(),
    })
}

/// The next version as it was typed.
#[derive(Debug, Deserialize)]
pub(super) struct Draft {
    #[serde(default)]
    version: i64,
    #[serde(default)]
    title: String,
    #[serde(default)]
    body: String,
    /// `publish`, or anything else for a look at the changes.
    #[serde(default)]
    step: String,
}

fn check(draft: &Draft, latest: &Agreement) -> FormErrors {
    let mut errors = FormErrors::default();
    let (title, body) = (draft.title.trim(), draft.body.trim());
    if title.is_empty() || title.chars().count() > TITLE_CHARS {
        errors.add("title", format!("请填写标题，最多 {TITLE_CHARS} 个字"));
    }
    if body.is_empty() || body.chars().count() > BODY_CHARS {
        errors.add("body", format!("请填写正文，最多 {BODY_CHARS} 个字"));
    }
    if errors.is_empty() && body == latest.body.trim() && title == latest.title {
        errors.add("body", "与现行版本相同，没有需要发布的内容");
    }
    errors
}

/// `POST /platform/agreements/{code}`: shows the changes, or publishes.
pub(super) async fn publish(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Path(code): Path<String>,
    Form(draft): Form<Draft>,
) -> PageResult<Response> {
    let latest = store::latest(&state.db, &code)
        .await?
        .ok_or(PageError::NotFound)?;
    // A browser sends line ends as CR LF.
    let draft = Draft {
        body: draft.body.replace("\r\n", "\n"),
        ..draft
    };
    let mut errors = check(&draft, &latest);
    let stale = draft.version != latest.version + 1;
    if stale {
        let text = format!("第 {} 版已经发布，请对照下面的变化再改", latest.version);
        errors.add("version", text);
    }
    if errors.is_empty() && draft.step == "publish" {
        save(&state, &staff, &latest, draft).await?;
        return Ok(Redirect::to(HERE).into_response());
    }
    let status = if stale {
        StatusCode::CONFLICT
    } else if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = EditPage {
        changes: Some(diff(&latest.body, &draft.body)),
        changes_of: format!("第 {} 版 → 草稿", latest.version),
        title: draft.title,
        body: draft.body,
        errors,
        ..page(&state, &staff, &latest).await?
    };
    Ok((status, Html(page.render()?)).into_response())
}

async fn save(
    state: &AppState,
    staff: &PlatformStaff,
    latest: &Agreement,
    draft: Draft,
) -> Result<(), PageError> {
    let now_ms = state.now_ms();
    let next = Agreement {
        code: latest.code.clone(),
        version: latest.version + 1,
        title: draft.title.trim().to_owned(),
        body: draft.body.trim().to_owned(),
        published_ms: now_ms,
    };
    let mut tx = state.db.begin().await?;
    if !store::add(&mut tx, &next, Some(staff.id)).await? {
        return Err(PageError::Conflict(
            "有人刚刚发布了新版本，请返回重新对照。",
        ));
    }
    audit::Entry::by(staff.id, "agreement.publish", "agreement", &next.code)
        .with(serde_json::json!({ "version": next.version }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(())
}
