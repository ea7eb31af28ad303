//! `/resume/edit/{section}`: one section, as a form that works without a script.
//!
//! The form carries a tag of the section as it was when the form was made. If another tab has
//! changed that section since, nothing is overwritten: the page shows both texts, and saving once
//! more decides for the one in the form. Other sections may change meanwhile.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::draft::{Draft, Step};
use super::overview::{self, HERE};
use super::rules::{Section, Sections};
use super::store;
use crate::accounts::{Student, sessions};
use crate::audit;
use crate::layout::{Chrome, StudentTab, Viewer};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// Times that a section is written anew because another one was changed at the same moment.
const TRIES: usize = 5;

/// The form of one section.
#[derive(Debug, Template)]
#[template(path = "resume-edit.html")]
pub struct EditPage {
    /// The frame.
    pub chrome: Chrome,
    /// Which section.
    pub section: Section,
    /// What is in the form.
    pub draft: Draft,
    /// Tag of the section that the form is over.
    pub seen: String,
    /// What another tab has stored meanwhile.
    pub stored: Option<String>,
    /// Words of the fields for titles and roles.
    pub words: (&'static str, &'static str),
}

impl EditPage {
    fn new(viewer: Viewer<'_>, section: Section, draft: Draft, seen: String) -> Self {
        Self {
            chrome: Chrome::student(viewer, section.zh(), StudentTab::Resume, None),
            section,
            draft,
            seen,
            stored: None,
            words: section.entry_words(),
        }
    }

    /// The section is a list of entries.
    pub fn has_entries(&self) -> bool {
        Sections::default().entries(self.section).is_some()
    }

    /// The section is a list of words.
    pub fn has_words(&self) -> bool {
        Sections::default().words(self.section).is_some()
    }

    /// Samples for the test that renders every page: entries with a conflict, intent, words.
    pub fn samples() -> [Self; 3] {
        let sections = store::Resume::sample().sections;
        let page = |section| {
            let draft = Draft::of(section, &sections);
            Self::new(Viewer::sample(), section, draft, "x".to_owned())
        };
        let mut conflict = page(Section::Projects);
        conflict.stored = Some(sections.as_text(Section::Projects));
        conflict.draft.entries[0].errors = FormErrors::one("from", "请按 2025.03 的样子填写年月");
        [conflict, page(Section::Intent), page(Section::Skills)]
    }
}

/// Tag of a section: changes when it does.
fn tag(section: Section, sections: &Sections) -> String {
    let text = format!("{}\n{}", section.code(), sections.as_text(section));
    sessions::sha256(&text)[..16].to_owned()
}

/// `GET /resume/edit/{section}`
pub(super) async fn form(
    State(state): State<AppState>,
    student: Student,
    Path(section): Path<String>,
) -> PageResult<Html<String>> {
    let section = Section::parse(&section).ok_or(PageError::NotFound)?;
    let resume = overview::current(&state.db, &student).await?;
    let draft = Draft::of(section, &resume.sections);
    let seen = tag(section, &resume.sections);
    let page = EditPage::new(Viewer::of_student(&student), section, draft, seen);
    Ok(Html(page.render()?))
}

/// How saving went.
enum Saved {
    Good,
    /// Another tab has changed the section: its text, and its tag.
    Changed(String, String),
}

/// `POST /resume/edit/{section}`
pub(super) async fn save(
    State(state): State<AppState>,
    student: Student,
    Path(section): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> PageResult<Response> {
    let section = Section::parse(&section).ok_or(PageError::NotFound)?;
    let value = |name: &str| {
        let found = pairs.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    let seen = value("seen").to_owned();
    let step = Step::parse(value("do"));
    let mut draft = Draft::read(&pairs);
    let viewer = Viewer::of_student(&student);
    if step != Step::Save {
        draft.step(step);
        let page = EditPage::new(viewer, section, draft, seen);
        return Ok(Html(page.render()?).into_response());
    }
    let Some(sections) = draft.check(section) else {
        let page = EditPage::new(viewer, section, draft, seen);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
    };
    match write(&state, &student, section, sections, &seen).await? {
        Saved::Good => Ok(Redirect::to(HERE).into_response()),
        Saved::Changed(stored, now) => {
            let mut page = EditPage::new(viewer, section, draft, now);
            page.stored = Some(stored);
            Ok((StatusCode::CONFLICT, Html(page.render()?)).into_response())
        }
    }
}

/// Puts the section into the résumé as it is now, unless the section itself has changed.
async fn write(
    state: &AppState,
    student: &Student,
    section: Section,
    new: Sections,
    seen: &str,
) -> PageResult<Saved> {
    for _ in 0..TRIES {
        let resume = overview::current(&state.db, student).await?;
        let now = tag(section, &resume.sections);
        if now != seen && tag(section, &new) != now {
            return Ok(Saved::Changed(resume.sections.as_text(section), now));
        }
        let mut sections = resume.sections;
        sections.take(section, new.clone());
        let now_ms = state.now_ms();
        let mut tx = state.db.begin().await?;
        let over = (&sections, resume.version);
        let Some(version) = store::change(&mut tx, student.id, over, now_ms).await? else {
            // Another section was saved in between: once more over that.
            continue;
        };
        audit::Entry::by(student.id, "resume.change", "student", &student.id)
            .with(serde_json::json!({ "section": section.code(), "version": version }))
            .write_in(&mut tx, now_ms)
            .await?;
        tx.commit().await?;
        return Ok(Saved::Good);
    }
    Err(PageError::Conflict("简历正在别处修改，请稍后再保存。"))
}
