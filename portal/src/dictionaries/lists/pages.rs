//! `/platform/dictionaries`: the lists, one list, one entry.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use serde::Deserialize;

use super::{Entry, List, entries, store};
use crate::accounts::OperationsStaff;
use crate::layout::{Chrome, Menu, Viewer};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// Path of the lists.
pub(super) const PATH: &str = "/platform/dictionaries";
/// Entries on one page.
const PAGE_ROWS: usize = 100;

/// A list in the list of lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListLine {
    /// Which.
    pub list: List,
    /// How many entries it has.
    pub size: usize,
    /// How many of them staff added or changed.
    pub changed: i64,
}

/// All lists.
#[derive(Debug, Template)]
#[template(path = "platform/dictionaries.html")]
pub struct DictionariesPage {
    /// The frame.
    pub chrome: Chrome,
    /// The lists.
    pub lists: Vec<ListLine>,
}

impl DictionariesPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "字典", Menu::Platform, PATH),
            lists: lines(&[("nature".to_owned(), 2)]),
        }
    }
}

fn lines(changed: &[(String, i64)]) -> Vec<ListLine> {
    List::ALL
        .into_iter()
        .map(|list| {
            let own = changed.iter().find(|(name, _)| name == list.as_str());
            let size = list.built_in().len();
            ListLine {
                list,
                size,
                changed: own.map_or(0, |(_, count)| *count),
            }
        })
        .collect()
}

/// What someone typed for an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct EntryForm {
    /// 代码.
    pub code: String,
    /// 名称.
    pub label: String,
    /// 上级.
    pub parent: String,
    /// 顺序.
    pub ordinal: String,
    /// `on` or `off`.
    pub status: String,
}

impl EntryForm {
    /// Filled with an entry.
    pub fn of(entry: &Entry) -> Self {
        Self {
            code: entry.code.clone(),
            label: entry.label.clone(),
            parent: entry.parent.clone(),
            ordinal: entry.ordinal.to_string(),
            status: if entry.enabled { "on" } else { "off" }.to_owned(),
        }
    }
}

/// Code and label of what an entry can belong to.
pub type Parents = Vec<(String, String)>;

/// One list.
#[derive(Debug, Template)]
#[template(path = "platform/dictionary.html")]
pub struct DictionaryPage {
    /// The frame.
    pub chrome: Chrome,
    /// Which.
    pub list: List,
    /// Its entries on this page.
    pub entries: Vec<Entry>,
    /// How many there are on all pages.
    pub total: usize,
    /// Number of this page, from 1.
    pub page: usize,
    /// What its entries can belong to.
    pub parents: Parents,
    /// Chosen parent.
    pub parent: String,
    /// What is searched for.
    pub q: String,
    /// What was done just now; may be empty.
    pub done: String,
    /// The form for a new entry.
    pub form: EntryForm,
    /// What was pasted for an import.
    pub text: String,
    /// What is wrong with it, by row.
    pub faults: Vec<String>,
    /// What is wrong with the form.
    pub errors: FormErrors,
}

impl DictionaryPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let chrome = Chrome::with_menu(Viewer::sample(), "城市", Menu::Platform, PATH);
        let provinces = List::Provinces.built_in();
        let mut page = Self::of(chrome, List::Cities, List::Cities.built_in(), &provinces);
        page.faults = vec!["第 2 行：上级须为省份的代码".to_owned()];
        page.entries[1].enabled = false;
        page.entries[1].changed = true;
        page
    }

    /// The first page of a list, with empty forms.
    pub(super) fn of(chrome: Chrome, list: List, all: Vec<Entry>, parents: &[Entry]) -> Self {
        let total = all.len();
        Self {
            chrome,
            list,
            entries: all.into_iter().take(PAGE_ROWS).collect(),
            total,
            page: 1,
            parents: pairs(parents),
            parent: String::new(),
            q: String::new(),
            done: String::new(),
            form: EntryForm::default(),
            text: String::new(),
            faults: Vec::new(),
            errors: FormErrors::default(),
        }
    }

    /// Is there a page after this one?
    pub fn has_next(&self) -> bool {
        self.page * PAGE_ROWS < self.total
    }

    /// What an entry belongs to, by its label.
    pub fn parent_of(&self, entry: &Entry) -> &str {
        let found = self.parents.iter().find(|(code, _)| *code == entry.parent);
        found.map_or("", |(_, label)| label.as_str())
    }
}

fn pairs(parents: &[Entry]) -> Parents {
    parents
        .iter()
        .map(|entry| (entry.code.clone(), entry.label.clone()))
        .collect()
}

/// One entry.
#[derive(Debug, Template)]
#[template(path = "platform/dictionary-entry.html")]
pub struct EntryPage {
    /// The frame.
    pub chrome: Chrome,
    /// Of which list.
    pub list: List,
    /// What it can belong to.
    pub parents: Parents,
    /// The form.
    pub form: EntryForm,
    /// What is wrong with it.
    pub errors: FormErrors,
}

impl EntryPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "修改条目", Menu::Platform, PATH),
            list: List::Cities,
            parents: vec![("43".to_owned(), "湖南省".to_owned())],
            form: EntryForm {
                code: "430100".to_owned(),
                label: "长沙市".to_owned(),
                parent: "43".to_owned(),
                ordinal: "2010".to_owned(),
                status: "on".to_owned(),
            },
            errors: FormErrors::one("label", "名称：请填写"),
        }
    }
}

/// `GET /platform/dictionaries`
pub(in crate::dictionaries) async fn all(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
) -> PageResult<Html<String>> {
    let changed = store::counts(&state.db).await?;
    let mut lists = lines(&changed);
    for line in lists.iter_mut().filter(|line| line.changed > 0) {
        line.size = entries(&state.db, line.list).await?.len();
    }
    let chrome = Chrome::platform(&staff, "字典", PATH);
    Ok(Html(DictionariesPage { chrome, lists }.render()?))
}

#[derive(Debug, Deserialize)]
pub(in crate::dictionaries) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    parent: String,
    #[serde(default)]
    page: String,
    #[serde(default)]
    done: String,
}

/// The list of a path.
pub(super) fn list_of(name: &str) -> PageResult<List> {
    name.parse().map_err(|_| PageError::NotFound)
}

/// The entries of a list, and those that they can belong to.
pub(super) async fn load(state: &AppState, list: List) -> PageResult<(Vec<Entry>, Vec<Entry>)> {
    let all = entries(&state.db, list).await?;
    let parents = match list.parents() {
        Some(parents) => entries(&state.db, parents).await?,
        None => Vec::new(),
    };
    Ok((all, parents))
}

/// `GET /platform/dictionaries/{list}`
pub(in crate::dictionaries) async fn list(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let list = list_of(&name)?;
    let (all, parents) = load(&state, list).await?;
    let q = asked.q.trim().to_owned();
    let found: Vec<_> = all
        .into_iter()
        .filter(|entry| asked.parent.is_empty() || entry.parent == asked.parent)
        .filter(|entry| q.is_empty() || entry.label.contains(&q) || entry.code.starts_with(&q))
        .collect();
    let last = found.len().div_ceil(PAGE_ROWS).max(1);
    let number = asked.page.parse().unwrap_or(1).clamp(1, last);
    let chrome = Chrome::platform(&staff, list.zh(), PATH);
    let mut page = DictionaryPage::of(chrome, list, found.clone(), &parents);
    let shown = found.into_iter().skip((number - 1) * PAGE_ROWS);
    page.entries = shown.take(PAGE_ROWS).collect();
    page.page = number;
    page.parent = asked.parent;
    page.q = q;
    page.done = match asked.done.as_str() {
        "add" => "已新增".to_owned(),
        "change" => "已保存".to_owned(),
        count => count
            .parse()
            .map_or_else(|_| String::new(), |rows: usize| format!("已导入 {rows} 行")),
    };
    Ok(Html(page.render()?))
}

/// `GET /platform/dictionaries/{list}/entries/{code}`
pub(in crate::dictionaries) async fn entry(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Path((name, code)): Path<(String, String)>,
) -> PageResult<Html<String>> {
    let list = list_of(&name)?;
    let (all, parents) = load(&state, list).await?;
    let found = all.iter().find(|entry| entry.code == code);
    let entry = found.ok_or(PageError::NotFound)?;
    let page = EntryPage {
        chrome: Chrome::platform(&staff, "修改条目", PATH),
        list,
        parents: pairs(&parents),
        form: EntryForm::of(entry),
        errors: FormErrors::default(),
    };
    Ok(Html(page.render()?))
}

/// The page of an entry again, with what is wrong.
pub(super) fn refused(
    chrome: Chrome,
    list: List,
    parents: &[Entry],
    (form, errors): (EntryForm, FormErrors),
) -> EntryPage {
    let parents = pairs(parents);
    EntryPage {
        chrome,
        list,
        parents,
        form,
        errors,
    }
}
