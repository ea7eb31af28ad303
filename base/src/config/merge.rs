//! Lays single keys over a TOML table and reads it, fault by fault.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

/// Faults after which reading gives up.
const MAX_FAULTS: usize = 100;

/// Where a key was set, other than in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// By a variable.
    Environment,
    /// By a flag.
    Flag,
}

/// Keys that were set by a text outside the file, with that text: it may have to be read as
/// text although it looks like a number.
#[derive(Debug, Default)]
pub(super) struct Origins(BTreeMap<String, (Origin, String)>);

/// Sets `key` (dotted) to `text`, which is read as a TOML value if it is one.
pub(super) fn set(
    table: &mut Table,
    key: &str,
    text: &str,
    origin: Origin,
    origins: &mut Origins,
    faults: &mut Vec<String>,
) {
    let value = format!("x = {text}")
        .parse::<Table>()
        .ok()
        .filter(|parsed| parsed.len() == 1)
        .and_then(|mut parsed| parsed.remove("x"))
        .unwrap_or_else(|| Value::String(text.to_owned()));
    if put(table, key, value) {
        origins.0.insert(key.to_owned(), (origin, text.to_owned()));
    } else {
        faults.push(format!("{key}: part of it is a value, not a section"));
    }
}

fn put(table: &mut Table, key: &str, value: Value) -> bool {
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
            true
        }
        Some((section, rest)) => {
            let inner = table
                .entry(section.to_owned())
                .or_insert_with(|| Value::Table(Table::new()));
            inner
                .as_table_mut()
                .is_some_and(|inner| put(inner, rest, value))
        }
    }
}

/// Reads the table. A key that does not fit is noted and taken out, so that its default stands
/// in for it and the next fault shows.
pub(super) fn read<T: DeserializeOwned>(
    mut table: Table,
    origins: &Origins,
    faults: &mut Vec<String>,
) -> Option<T> {
    let mut as_text = Vec::new();
    while faults.len() < MAX_FAULTS {
        let error = match serde_path_to_error::deserialize(Value::Table(table.clone())) {
            Ok(config) => return Some(config),
            Err(error) => error,
        };
        let path: Vec<String> = error.path().iter().map(ToString::to_string).collect();
        let key = setting(&table, &path);
        if let Some((_, text)) = origins.0.get(&key)
            && !as_text.contains(&key)
        {
            put(&mut table, &key, Value::String(text.clone()));
            as_text.push(key);
            continue;
        }
        let source = match origins.0.get(&key) {
            Some((Origin::Environment, _)) => " (from the environment)",
            Some((Origin::Flag, _)) => " (from a flag)",
            None => "",
        };
        let inner = error.into_inner().to_string();
        faults.push(format!(
            "{key}{source}: {}",
            inner.trim().replace('\n', " ")
        ));
        if key.is_empty() || !remove(&mut table, &key) {
            return None;
        }
    }
    None
}

/// The dotted key of the setting at `path`: the path without positions in a list.
fn setting(table: &Table, path: &[String]) -> String {
    let mut keys: Vec<&str> = Vec::new();
    let mut here = Some(table);
    for part in path {
        let Some(value) = here.and_then(|table| table.get(part)) else {
            break;
        };
        keys.push(part);
        here = value.as_table();
    }
    keys.join(".")
}

fn remove(table: &mut Table, key: &str) -> bool {
    match key.split_once('.') {
        None => table.remove(key).is_some(),
        Some((section, rest)) => table
            .get_mut(section)
            .and_then(Value::as_table_mut)
            .is_some_and(|inner| remove(inner, rest)),
    }
}
