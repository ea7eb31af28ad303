//! What an export is made of: parts of records of fields.

use crate::layout::moment;

/// A value with its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// For machines.
    pub key: &'static str,
    /// For people.
    pub label: &'static str,
    /// The value; times are Beijing's.
    pub value: String,
}

/// One thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record(pub Vec<Field>);

/// Things of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// For machines.
    pub key: &'static str,
    /// For people.
    pub title: &'static str,
    /// The latest first.
    pub records: Vec<Record>,
    /// There are more, which a limit keeps out.
    pub cut: bool,
}

impl Record {
    /// With a value, unless it is empty.
    pub(super) fn with(
        mut self,
        key: &'static str,
        label: &'static str,
        value: impl ToString,
    ) -> Self {
        let value = value.to_string();
        if !value.is_empty() {
            self.0.push(Field { key, label, value });
        }
        self
    }

    /// With a moment, if there is one.
    pub(super) fn at(
        self,
        key: &'static str,
        label: &'static str,
        ms: impl Into<Option<i64>>,
    ) -> Self {
        match ms.into() {
            Some(ms) => self.with(key, label, moment(ms)),
            None => self,
        }
    }
}

impl Part {
    /// A part that is whole.
    pub(super) fn whole(
        (key, title): (&'static str, &'static str),
        records: impl IntoIterator<Item = Record>,
    ) -> Self {
        Self {
            key,
            title,
            records: records.into_iter().collect(),
            cut: false,
        }
    }
}
