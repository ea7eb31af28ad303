//! `/resume`: the whole résumé, what is missing, who may see it.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::db::Db;
use serde::Deserialize;

use super::pages::{ResumeSheet, SheetItem};
use super::rules::{COMPLETE_FROM, Section, Sections};
use super::sheet::{self, SheetOf};
use super::shields;
use super::store::{self, Resume};
use crate::accounts::Student;
use crate::audit;
use crate::files::{self, FileRef, Purpose};
use crate::ids::AccountId;
use crate::layout::{Chrome, StudentTab, Viewer, moment};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

pub(super) const HERE: &str = "/resume";

/// A section as a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Word in the address.
    pub code: &'static str,
    /// Heading.
    pub title: &'static str,
    /// Entries of a section that has some.
    pub items: Vec<SheetItem>,
    /// Words of a section that is a list.
    pub words: Vec<String>,
    /// Text of any other.
    pub text: String,
}

impl Card {
    fn of(section: Section, sections: &Sections) -> Self {
        let items = sections.entries(section).cloned().unwrap_or_default();
        let words = sections.words(section).cloned().unwrap_or_default();
        let text = match section {
            Section::Intent | Section::Summary => sections.as_text(section),
            _ => String::new(),
        };
        Self {
            code: section.code(),
            title: section.zh(),
            items: sheet::items(items),
            words,
            text,
        }
    }

    /// Nothing is in it yet.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.words.is_empty() && self.text.is_empty()
    }
}

/// The overview.
#[derive(Debug, Template)]
#[template(path = "resume-overview.html")]
pub struct OverviewPage {
    /// The frame.
    pub chrome: Chrome,
    /// The student.
    pub name: String,
    /// School, faculty, degree, year.
    pub headline: String,
    /// Percent.
    pub completeness: i64,
    /// Percent from which he may apply.
    pub needed: i64,
    /// Where what brings how much.
    pub missing: Vec<(&'static str, String)>,
    /// The sections.
    pub cards: Vec<Card>,
    /// Open to companies that have joined.
    pub visible: bool,
    /// Companies from which he hides.
    pub shields: usize,
    /// Name and address of the PDF.
    pub file: Option<(String, String)>,
    /// Last change; empty: there was none yet.
    pub updated: String,
    /// Faults of the upload.
    pub errors: FormErrors,
}

impl OverviewPage {
    fn new(viewer: Viewer<'_>, resume: &Resume) -> Self {
        let sections = &resume.sections;
        let missing = sections.missing();
        Self {
            chrome: Chrome::student(viewer, "我的简历", StudentTab::Resume, None),
            name: resume.profile.name.clone(),
            headline: format!(
                "{} · {}",
                resume.profile.school_name,
                resume.profile.headline()
            ),
            completeness: resume.completeness,
            needed: COMPLETE_FROM,
            missing: missing
                .into_iter()
                .map(|(one, text)| (one.code(), text))
                .collect(),
            cards: Section::ALL
                .map(|section| Card::of(section, sections))
                .into(),
            visible: resume.visible,
            shields: 0,
            file: None,
            updated: if resume.version == 0 {
                String::new()
            } else {
                moment(resume.updated_ms)
            },
            errors: FormErrors::default(),
        }
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let mut page = Self::new(Viewer::sample(), &Resume::sample());
        page.file = Some(("古丽娜尔_模拟设计.pdf".to_owned(), "/files/x".to_owned()));
        page.shields = 2;
        page.updated = "2026-11-22 08:00".to_owned();
        page
    }

    /// A student who has written nothing yet.
    pub fn empty_sample() -> Self {
        let mut resume = Resume::sample();
        resume.sections = Sections::default();
        resume.completeness = 0;
        resume.version = 0;
        Self::new(Viewer::sample(), &resume)
    }
}

/// A student's résumé, or an empty one of version 0.
///
/// # Errors
/// The database failed.
pub(super) async fn current(db: &Db, student: &Student) -> Result<Resume, sqlx::Error> {
    let found = store::find(db, student.id).await?;
    Ok(found.unwrap_or_else(|| Resume {
        profile: student.profile.clone(),
        sections: Sections::default(),
        completeness: 0,
        visible: true,
        file_id: None,
        version: 0,
        updated_ms: 0,
    }))
}

async fn page(state: &AppState, student: &Student) -> PageResult<OverviewPage> {
    let resume = current(&state.db, student).await?;
    let mut page = OverviewPage::new(Viewer::of_student(student), &resume);
    page.shields = shields::of(&state.db, student.id).await?.len();
    if let Some(id) = resume.file_id {
        let file = files::find(&state.db, id).await?;
        let href = files::private_link(state, id, student.id, state.now_ms());
        page.file = file.map(|file| (file.name, href));
    }
    Ok(page)
}

/// `GET /resume`
pub(super) async fn show(
    State(state): State<AppState>,
    student: Student,
) -> PageResult<Html<String>> {
    Ok(Html(page(&state, &student).await?.render()?))
}

/// Who may see the résumé.
#[derive(Debug, Deserialize)]
pub(super) struct VisibilityForm {
    #[serde(default)]
    visible: String,
}

/// `POST /resume/visibility`
pub(super) async fn visibility(
    State(state): State<AppState>,
    student: Student,
    Form(form): Form<VisibilityForm>,
) -> PageResult<Redirect> {
    let visible = form.visible == "open";
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    store::set_visible(&mut tx, student.id, visible, now_ms).await?;
    audit::Entry::by(student.id, "resume.visibility", "student", &student.id)
        .with(serde_json::json!({ "visible": visible }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Redirect::to(HERE))
}

/// The upload that goes with the résumé.
#[derive(Debug, Deserialize)]
pub(super) struct FileForm {
    #[serde(default)]
    file: String,
}

/// `POST /resume/file`
pub(super) async fn attach(
    State(state): State<AppState>,
    student: Student,
    Form(form): Form<FileForm>,
) -> PageResult<Response> {
    let file = FileRef::parse(&state.signer, &form.file, Purpose::Resume);
    let done = match file {
        Some(file) => change_file(&state, student.id, Some(file)).await?,
        None => false,
    };
    if done {
        return Ok(Redirect::to(HERE).into_response());
    }
    let mut page = page(&state, &student).await?;
    page.errors = FormErrors::one("file", "请先选择 PDF 文件并等待上传完成");
    let status = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    Ok((status, Html(page.render()?)).into_response())
}

/// `POST /resume/file/remove`
pub(super) async fn detach(
    State(state): State<AppState>,
    student: Student,
) -> PageResult<Redirect> {
    change_file(&state, student.id, None).await?;
    Ok(Redirect::to(HERE))
}

/// Puts another file, or none, beside the résumé. False: the upload is gone.
async fn change_file(state: &AppState, me: AccountId, file: Option<FileRef>) -> PageResult<bool> {
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    let id = match file {
        None => None,
        Some(file) => {
            let owner = me.to_string();
            let subject = ("resume", owner.as_str());
            let id = files::attach(&mut tx, file, Purpose::Resume, subject, now_ms).await?;
            if id.is_none() {
                return Ok(false);
            }
            id
        }
    };
    let old = store::set_file(&mut tx, me, id, now_ms).await?;
    if let Some(old) = old.filter(|old| Some(*old) != id) {
        files::remove(&mut tx, old, now_ms).await?;
    }
    audit::Entry::by(me, "resume.file", "student", &me)
        .with(serde_json::json!({ "file": id }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(true)
}

/// The résumé as companies see it.
#[derive(Debug, Template)]
#[template(path = "resume-preview.html")]
pub struct PreviewPage {
    /// The frame.
    pub chrome: Chrome,
    /// As a company sees it that was not applied to.
    pub masked: bool,
    /// Nobody sees it like that: it is only for companies that were applied to.
    pub closed: bool,
    /// The sheet.
    pub sheet: ResumeSheet,
}

impl PreviewPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let chrome = Chrome::student(Viewer::sample(), "预览", StudentTab::Resume, None);
        let of = SheetOf {
            masked: true,
            ..SheetOf::default()
        };
        Self {
            chrome,
            masked: true,
            closed: false,
            sheet: of.sheet(Resume::sample()),
        }
    }
}

/// What the address may ask for.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default, rename = "as")]
    seen_by: String,
}

/// `GET /resume/preview?as=…`: `applied` or `stranger`.
pub(super) async fn preview(
    State(state): State<AppState>,
    student: Student,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let masked = asked.seen_by == "stranger";
    let resume = store::find(&state.db, student.id).await?;
    let resume = resume.ok_or(PageError::NotFound)?;
    let of = SheetOf {
        masked,
        file: resume.file_id.map(|_| "#resume-file".to_owned()),
        ..SheetOf::default()
    };
    let viewer = Viewer::of_student(&student);
    let page = PreviewPage {
        chrome: Chrome::student(viewer, "预览", StudentTab::Resume, None),
        masked,
        closed: masked && !resume.visible,
        sheet: of.sheet(resume),
    };
    Ok(Html(page.render()?))
}
