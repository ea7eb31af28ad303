//! Adding, changing and importing entries.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::db::is_unique_violation;
use serde::Deserialize;

use super::import::{self, Fields};
use super::pages::{DictionaryPage, EntryForm, PATH, list_of, load, refused};
use super::{Entry, List, store};
use crate::accounts::{OperationsStaff, PlatformStaff};
use crate::audit;
use crate::layout::Chrome;
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// Faults of an import that a page shows.
const FAULTS_SHOWN: usize = 50;
/// Rows of an import that are stored together; others write between two slices.
const IMPORT_SLICE: usize = 200;

impl EntryForm {
    fn fields(&self) -> Fields<'_> {
        Fields {
            code: self.code.trim(),
            label: &self.label,
            parent: self.parent.trim(),
            ordinal: self.ordinal.trim(),
            status: &self.status,
        }
    }
}

/// An entry from a form; no other of the same parent has its label.
fn read(
    list: List,
    form: &EntryForm,
    (all, old): (&[Entry], Option<&Entry>),
    parents: &[Entry],
) -> Result<Entry, FormErrors> {
    let place = all.iter().map(|entry| entry.ordinal).max().unwrap_or(0) + 10;
    let entry = import::entry(list, &form.fields(), (old, place), parents).map_err(|faults| {
        let mut errors = FormErrors::default();
        for (field, text) in faults {
            errors.add(field, text);
        }
        errors
    })?;
    let twin = all.iter().any(|other| {
        other.code != entry.code && other.parent == entry.parent && other.label == entry.label
    });
    if twin {
        return Err(FormErrors::one("label", "名称：已有同名条目"));
    }
    Ok(entry)
}

/// `POST /platform/dictionaries/{list}/entries`
pub(in crate::dictionaries) async fn add(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Path(name): Path<String>,
    Form(form): Form<EntryForm>,
) -> PageResult<Response> {
    let list = list_of(&name)?;
    let (all, parents) = load(&state, list).await?;
    let taken = || FormErrors::one("code", "代码已被使用");
    let errors = match read(list, &form, (&all, None), &parents) {
        Ok(entry) if all.iter().any(|other| other.code == entry.code) => taken(),
        Ok(entry) => {
            let now_ms = state.now_ms();
            let mut tx = state.db.begin().await?;
            match store::add(&mut tx, list, &entry, now_ms).await {
                Ok(()) => {
                    audit_of(&staff, list, &entry.code)
                        .write_in(&mut tx, now_ms)
                        .await?;
                    tx.commit().await?;
                    return Ok(back(list, "add"));
                }
                Err(error) if is_unique_violation(&error) => taken(),
                Err(error) => return Err(error.into()),
            }
        }
        Err(errors) => errors,
    };
    let chrome = Chrome::platform(&staff, list.zh(), PATH);
    let mut page = DictionaryPage::of(chrome, list, all, &parents);
    page.form = form;
    page.errors = errors;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

/// `POST /platform/dictionaries/{list}/entries/{code}`
pub(in crate::dictionaries) async fn change(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Path((name, code)): Path<(String, String)>,
    Form(mut form): Form<EntryForm>,
) -> PageResult<Response> {
    let list = list_of(&name)?;
    let (all, parents) = load(&state, list).await?;
    let found = all.iter().find(|entry| entry.code == code);
    let old = found.ok_or(PageError::NotFound)?;
    form.code = code;
    match read(list, &form, (&all, Some(old)), &parents) {
        Ok(entry) => {
            let now_ms = state.now_ms();
            let mut tx = state.db.begin().await?;
            store::save(&mut tx, list, &entry, now_ms).await?;
            audit_of(&staff, list, &entry.code)
                .write_in(&mut tx, now_ms)
                .await?;
            tx.commit().await?;
            Ok(back(list, "change"))
        }
        Err(errors) => {
            let chrome = Chrome::platform(&staff, "修改条目", PATH);
            let page = refused(chrome, list, &parents, (form, errors));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
        }
    }
}

#[derive(Debug, Deserialize)]
pub(in crate::dictionaries) struct ImportFields {
    #[serde(default)]
    text: String,
}

/// `POST /platform/dictionaries/{list}/import`
pub(in crate::dictionaries) async fn import(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Path(name): Path<String>,
    Form(fields): Form<ImportFields>,
) -> PageResult<Response> {
    let list = list_of(&name)?;
    let (all, parents) = load(&state, list).await?;
    match import::read(list, &fields.text, (&all, &parents)) {
        Ok(rows) => {
            let now_ms = state.now_ms();
            // The same rows again change nothing: what was cut off is imported once more.
            for slice in rows.chunks(IMPORT_SLICE) {
                let mut tx = state.db.begin().await?;
                for entry in slice {
                    store::save(&mut tx, list, entry, now_ms).await?;
                }
                tx.commit().await?;
            }
            let mut tx = state.db.begin().await?;
            audit::Entry::by(staff.id, "dictionary.import", "dictionary", &list)
                .with(serde_json::json!({ "rows": rows.len() }))
                .write_in(&mut tx, now_ms)
                .await?;
            tx.commit().await?;
            Ok(back(list, &rows.len().to_string()))
        }
        Err(faults) => {
            let chrome = Chrome::platform(&staff, list.zh(), PATH);
            let mut page = DictionaryPage::of(chrome, list, all, &parents);
            page.text = fields.text;
            page.faults = faults.into_iter().take(FAULTS_SHOWN).collect();
            page.errors = FormErrors::one("text", "没有导入，请按下面的提示修改后再试");
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
        }
    }
}

fn audit_of(staff: &PlatformStaff, list: List, code: &str) -> audit::Entry {
    audit::Entry::by(staff.id, "dictionary.change", "dictionary", &list)
        .with(serde_json::json!({ "code": code }))
}

fn back(list: List, done: &str) -> Response {
    Redirect::to(&format!("{PATH}/{list}?done={done}")).into_response()
}
