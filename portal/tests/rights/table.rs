//! Tables of rights: one line for each thing, one letter for each role.
//!
//! ```text
//! # nobody | student other unverified | hr payer other admin guest pending | school faculty other | review operations finance support | operator
//! GET /company/members    L xxx oooxxx xxx xxxx x
//! ```

use std::collections::BTreeMap;

/// The roles, in the order of a row's letters.
pub const ROLES: [&str; 18] = [
    "nobody",
    "student",
    "student of another school",
    "unverified student",
    "HR",
    "HR who may pay",
    "HR of another company",
    "administrator",
    "guest interviewer",
    "member of an uncertified company",
    "school staff",
    "faculty staff",
    "staff of another school",
    "platform reviewer",
    "platform operations",
    "platform finance",
    "platform support",
    "operator",
];

/// What a walk found.
#[derive(Debug, Default)]
pub struct Report {
    /// Pairs of a thing and a role that were tried.
    pub pairs: usize,
    /// Differences from the table.
    pub faults: Vec<String>,
}

/// A table: what is in its first columns, and the letter of each role.
pub fn read(text: &str) -> BTreeMap<String, Vec<char>> {
    let mut rows = BTreeMap::new();
    for line in text.lines() {
        let line = line.split('#').next().unwrap().trim();
        if line.is_empty() {
            continue;
        }
        let (thing, letters) = line.split_once("  ").unwrap_or_else(|| {
            panic!("two spaces stand between the thing and its letters: {line}")
        });
        let letters: Vec<char> = letters.chars().filter(|c| !c.is_whitespace()).collect();
        assert_eq!(letters.len(), ROLES.len(), "letters of {thing}");
        let old = rows.insert(thing.trim().to_owned(), letters);
        assert!(old.is_none(), "{thing} stands twice");
    }
    rows
}

impl Report {
    /// Holds what there is beside what the table has.
    pub fn compare_names<'a>(
        &mut self,
        there: impl IntoIterator<Item = &'a str>,
        rows: &BTreeMap<String, Vec<char>>,
        what: &str,
    ) {
        let there: Vec<&str> = there.into_iter().collect();
        for name in &there {
            if !rows.contains_key(*name) {
                self.faults.push(format!("{what} without a row: {name}"));
            }
        }
        for name in rows.keys() {
            if !there.contains(&name.as_str()) {
                self.faults.push(format!("row without a {what}: {name}"));
            }
        }
    }

    /// Notes one pair.
    pub fn note(&mut self, thing: &str, role: usize, expected: char, found: char) {
        self.pairs += 1;
        if expected != found {
            self.faults.push(format!(
                "{thing} as {}: {found}, not {expected}",
                ROLES[role]
            ));
        }
    }
}
