//! What a form brought, field by field. A field that is missing is empty, one that comes more
//! than once (boxes to tick) is a list.

use serde::Deserialize;

/// The fields of a form or of a query, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// The first value of a field.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// [`Self::text`], owned: what a page shows again.
    pub(crate) fn own(&self, name: &str) -> String {
        self.text(name).to_owned()
    }

    /// All values of a field.
    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Is a box ticked?
    pub(crate) fn is_on(&self, name: &str) -> bool {
        !matches!(self.text(name), "" | "0" | "false" | "off")
    }

    /// The version of the row that the page was made from; 0 if there is none.
    pub(crate) fn version(&self) -> i64 {
        self.text("version").parse().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_may_come_never_once_or_often() {
        let fields = Fields(
            [
                ("school", "a"),
                ("name", "甲"),
                ("school", "b"),
                ("may_pay", "1"),
            ]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .to_vec(),
        );
        assert_eq!(fields.text("name"), "甲");
        assert_eq!(fields.text("code"), "");
        assert_eq!(fields.all("school").collect::<Vec<_>>(), ["a", "b"]);
        assert!(fields.is_on("may_pay") && !fields.is_on("name_x"));
    }
}
