//! Pages of a list whose filters stand in the address.

use std::fmt::Write as _;

/// Where a page of a list stands among the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// This page, from 1 on.
    pub page: i64,
    /// The last page; 1 for an empty list.
    pub last: i64,
    /// Entries on all pages.
    pub total: i64,
    /// Path and filters, ready for `page=`.
    base: String,
}

impl Paging {
    /// Page `asked` of `total` entries, `per_page` on each. `filters` are kept in every link;
    /// empty ones are left out.
    pub fn new(
        path: &str,
        filters: &[(&str, &str)],
        asked: i64,
        (total, per_page): (i64, i64),
    ) -> Self {
        let last = (total + per_page - 1).div_euclid(per_page).max(1);
        let mut base = format!("{path}?");
        for (name, value) in filters.iter().filter(|(_, value)| !value.is_empty()) {
            base.push_str(name);
            base.push('=');
            escape(value, &mut base);
            base.push('&');
        }
        Self {
            page: asked.clamp(1, last),
            last,
            total,
            base,
        }
    }

    /// Entries before this page.
    pub fn offset(&self, per_page: i64) -> i64 {
        (self.page - 1) * per_page
    }

    /// The address of the page before, if there is one.
    pub fn before(&self) -> Option<String> {
        (self.page > 1).then(|| self.href(self.page - 1))
    }

    /// The address of the page after, if there is one.
    pub fn after(&self) -> Option<String> {
        (self.page < self.last).then(|| self.href(self.page + 1))
    }

    fn href(&self, page: i64) -> String {
        format!("{}page={page}", self.base)
    }
}

/// Percent-encodes a value of a query (RFC 3986 §2.3 leaves the unreserved ones).
pub fn escape(value: &str, into: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            into.push(char::from(byte));
        } else {
            write!(into, "%{byte:02X}").expect("invariant: writing to a String cannot fail");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_go_along_and_pages_stay_in_range() {
        let filters = [("q", "芯 片&x"), ("kind", "")];
        let paging = Paging::new("/s/demo/jobs", &filters, 99, (41, 20));
        assert_eq!((paging.page, paging.last, paging.offset(20)), (3, 3, 40));
        assert_eq!(
            paging.before().as_deref(),
            Some("/s/demo/jobs?q=%E8%8A%AF%20%E7%89%87%26x&page=2")
        );
        assert_eq!(paging.after(), None);
        let empty = Paging::new("/x", &[], -3, (0, 20));
        assert_eq!((empty.page, empty.last, empty.before()), (1, 1, None));
    }
}
