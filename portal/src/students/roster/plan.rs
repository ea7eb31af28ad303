//! What a roster would change: its good rows against what the school has.

use std::collections::HashMap;

use super::rows::RosterRow;
use super::store::Known;
use crate::students::rules::Standing;

/// Good rows, parted by what they would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Rows that say what is there already.
    pub same: i64,
    /// Students that are new.
    pub new: i64,
    /// Students whose facts change.
    pub changed: i64,
    /// The rows that do something, in the order of the file.
    pub to_take: Vec<RosterRow>,
}

/// Parts `rows` by what `known` has.
pub fn plan(rows: Vec<RosterRow>, known: &[Known]) -> Plan {
    let known: HashMap<&str, &Known> = known
        .iter()
        .map(|student| (student.student_no.as_str(), student))
        .collect();
    let mut plan = Plan::default();
    for row in rows {
        match known.get(row.student_no.as_str()) {
            Some(student) if !differs(&row, student) => {
                plan.same += 1;
                continue;
            }
            Some(_) => plan.changed += 1,
            None => plan.new += 1,
        }
        plan.to_take.push(row);
    }
    plan
}

/// Would this row change that student? What the roster does not say changes nothing.
pub fn differs(row: &RosterRow, known: &Known) -> bool {
    let class = row.class_name.as_deref();
    let standing: Option<Standing> = row.standing;
    row.name != known.name
        || row.degree != known.degree
        || row.faculty != known.faculty
        || row.major != known.major
        || class.is_some_and(|class| class != known.class_name)
        || row.grad_year != known.grad_year
        || standing.is_some_and(|standing| standing != known.standing)
}
