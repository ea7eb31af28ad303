//! A script in every text that the database holds: no page of anybody shows it as anything but
//! text.
//!
//! Every stored text with a Chinese character in it (those are what people typed) gets a script at
//! its end, also inside stored JSON. Then each role follows the links from its first page on.

#![expect(clippy::unwrap_used, reason = "tests")]

mod site;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use base::db::{Db, on_db};
use portal::Mode;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;
use site::Site;
use sqlx::AssertSqlSafe;

const EVIL: &str = "\"'><script>alert(7)</script>";
/// The script as a part of an address.
const ASKED: &str = "%22%27%3E%3Cscript%3Ealert(7)%3C/script%3E";
/// What is left of [`EVIL`] wherever it is shown.
const SHOWN: &str = "alert(7)";
/// What must not be left of it.
const RUNS: &str = "<script>alert";
/// Pages of one kind (the same address but for ids and numbers) that are looked at.
const EACH: usize = 2;
/// One person of each role that has pages of its own.
const PEOPLE: [&str; 9] = [
    "student-01",
    "interviewer-01",
    "interviewer-02",
    "school",
    "faculty",
    "platform",
    "operations",
    "finance",
    "support",
];

fn is_typed(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// The text with the script at the end of everything that a person typed; `None`: nothing is.
fn poisoned(text: &str) -> Option<String> {
    if !is_typed(text) {
        return None;
    }
    match serde_json::from_str::<Value>(text) {
        Ok(mut value @ (Value::Object(_) | Value::Array(_))) => {
            poison(&mut value);
            Some(value.to_string())
        }
        _ => Some(format!("{text}{EVIL}")),
    }
}

fn poison(value: &mut Value) {
    match value {
        Value::String(text) if is_typed(text) => text.push_str(EVIL),
        Value::Array(items) => items.iter_mut().for_each(poison),
        Value::Object(fields) => fields.values_mut().for_each(poison),
        _ => {}
    }
}

async fn texts(db: &Db, query: String) -> Vec<String> {
    let query = AssertSqlSafe(query);
    let rows: Vec<(Option<String>,)> =
        on_db!(db, c => sqlx::query_as(query).fetch_all(c).await).unwrap();
    rows.into_iter().filter_map(|(text,)| text).collect()
}

/// Puts the script into everything typed; gives the columns that have it now and those that refuse
/// it.
async fn poison_all(db: &Db) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut done, mut refused) = (BTreeSet::new(), BTreeSet::new());
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%'
        ESCAPE '\\' AND name NOT LIKE 'sqlite%'";
    for table in texts(db, tables.to_owned()).await {
        let columns = format!("SELECT name FROM pragma_table_info('{table}') WHERE type = 'TEXT'");
        for column in texts(db, columns).await {
            let old = texts(db, format!("SELECT DISTINCT {column} FROM {table}")).await;
            for (old, new) in old.iter().filter_map(|old| Some((old, poisoned(old)?))) {
                let update = format!("UPDATE {table} SET {column} = $2 WHERE {column} = $1");
                let query = AssertSqlSafe(update);
                let written = on_db!(db.writer().await.unwrap(), c => sqlx::query(query)
                    .bind(old).bind(&new).execute(c).await.map(drop));
                let column = format!("{table}.{column}");
                match written {
                    Ok(()) => done.insert(column),
                    Err(_) => refused.insert(column),
                };
            }
        }
    }
    (done, refused)
}

/// The address without what differs between pages of one kind.
fn kind(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let part = |part: &str| match part.chars().any(|c| c.is_ascii_digit()) {
        true => "*".to_owned(),
        false => part.to_owned(),
    };
    let parts: Vec<_> = path.split('/').map(part).collect();
    let keys = query.split('&').filter_map(|pair| pair.split('=').next());
    format!("{}?{}", parts.join("/"), keys.collect::<Vec<_>>().join("&"))
}

/// Addresses of other pages that a page links to.
fn links(html: &str) -> impl Iterator<Item = String> {
    let hrefs = html.split("href=\"").skip(1);
    hrefs
        .filter_map(|rest| rest.split('"').next())
        .filter(|href| href.starts_with('/') && !href.starts_with("//"))
        .map(|href| href.split('#').next().unwrap_or_default())
        .map(|href| href.replace("&#38;", "&").replace("&amp;", "&"))
        .filter(|href| {
            !["/static", "/files/", "/demo"]
                .iter()
                .any(|no| href.starts_with(no))
        })
}

/// Follows the links from `start`; gives the kinds of pages seen and whether one shows the script.
async fn walk(site: &Site, who: &str, cookie: &str, start: &str) -> BTreeMap<String, bool> {
    let mut seen: BTreeMap<String, bool> = BTreeMap::new();
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    let mut known = BTreeSet::new();
    let mut waiting = VecDeque::from([start.to_owned()]);
    while let Some(path) = waiting.pop_front() {
        let kind = kind(&path);
        let times = asked.entry(kind.clone()).or_default();
        if *times == EACH || !known.insert(path.clone()) {
            continue;
        }
        *times += 1;
        let answer = site.browse(&path, cookie).await;
        assert!(
            !answer.status().is_server_error(),
            "{who}: {path}: {}",
            answer.status()
        );
        if answer.status().is_redirection() {
            let to = site::location(&answer).to_owned();
            waiting.extend(to.starts_with('/').then_some(to));
            continue;
        }
        let html = answer.headers().get(CONTENT_TYPE);
        if html.is_none_or(|kind| !kind.to_str().unwrap().starts_with("text/html")) {
            continue;
        }
        let html = answer.text().await.unwrap();
        if let Some(at) = html.find(RUNS) {
            let from = (0..at.saturating_sub(200))
                .rev()
                .find(|at| html.is_char_boundary(*at));
            panic!(
                "{who}: {path}: a script runs: {}",
                &html[from.unwrap_or(0)..at]
            );
        }
        *seen.entry(kind).or_default() |= html.contains(SHOWN);
        waiting.extend(links(&html));
        waiting.extend(searches(&path, &html));
    }
    seen
}

/// The addresses that the search forms of a page lead to when the script is looked for.
fn searches(path: &str, html: &str) -> Vec<String> {
    let quoted = |text: &str, key: &str| {
        let rest = text.split(key).nth(1)?;
        Some(rest.split('"').next().unwrap_or_default().to_owned())
    };
    let forms = html.split("<form").skip(1);
    let forms = forms.filter_map(|rest| rest.split("</form>").next());
    let mut found = Vec::new();
    for form in forms.filter(|form| quoted(form, "method=\"").is_some_and(|how| how == "get")) {
        let tag = form.split('>').next().unwrap_or_default();
        let to = quoted(tag, "action=\"").filter(|to| !to.is_empty());
        let to = to.unwrap_or_else(|| path.split('?').next().unwrap_or_default().to_owned());
        let inputs = form.split("<input").skip(1);
        let inputs = inputs.filter_map(|rest| rest.split('>').next());
        let asked = inputs.filter_map(|tag| quoted(tag, " name=\""));
        found.extend(asked.map(|name| format!("{to}?{name}={ASKED}")));
    }
    found
}

#[tokio::test]
async fn no_page_of_anybody_runs_a_script_that_the_database_holds() {
    let site = Site::start(Mode::Demo).await;
    let school = texts(
        &site.running.state.db,
        "SELECT code FROM schools ORDER BY id".to_owned(),
    );
    let mut entered = vec![("nobody", String::new(), format!("/s/{}", school.await[0]))];
    for who in PEOPLE {
        let answer = site.get(&format!("/demo/enter/{who}"), "").await;
        entered.push((
            who,
            site::cookie(&answer),
            site::location(&answer).to_owned(),
        ));
    }
    let (done, refused) = poison_all(&site.running.state.db).await;
    assert!(done.len() >= 35, "{done:?}");
    assert!(refused.is_empty(), "these refuse a script: {refused:?}");
    let mut shown = BTreeSet::new();
    for (who, cookie, start) in &entered {
        let seen = walk(&site, who, cookie, start).await;
        println!("{who}: {} kinds of pages: {seen:#?}", seen.len());
        assert!(seen.len() >= 5, "{who} comes nowhere: {seen:?}");
        shown.extend(
            seen.into_iter()
                .filter(|(_, shows)| *shows)
                .map(|(kind, _)| kind),
        );
    }
    assert!(
        shown.len() >= 60,
        "only these show what was typed: {shown:#?}"
    );
    site.end().await;
}

/// The scripts of the pages write text, never markup.
#[test]
fn no_script_of_ours_writes_markup() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/static/js");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|ext| ext == "js"))
        .collect();
    assert!(files.len() > 30, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
        ] {
            assert!(!text.contains(word), "{}: {word}", file.display());
        }
    }
}

#[test]
fn what_people_typed_is_found_in_json_too() {
    assert_eq!(poisoned("waiting"), None);
    assert_eq!(poisoned("何老师").unwrap(), format!("何老师{EVIL}"));
    let inside: Value =
        serde_json::from_str(&poisoned(r#"{"a":["b","何"],"n":1}"#).unwrap()).unwrap();
    assert_eq!(inside["a"][0], "b");
    assert_eq!(inside["a"][1], format!("何{EVIL}"));
}
