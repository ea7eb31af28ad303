//! What someone typed into a search box, for SQL.

/// Characters of a search that count; more are cut off.
pub const SEARCH_CHARS: usize = 60;

/// A pattern for `lower(column) LIKE … ESCAPE '!'` that finds `text` anywhere; empty for no text,
/// which queries take as "all".
pub fn pattern(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() {
        return String::new();
    }
    let mut pattern = String::from("%");
    for c in text.chars().take(SEARCH_CHARS).flat_map(char::to_lowercase) {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// `a=1&b=2` of those pairs whose value is not empty, escaped for an address.
pub fn query(pairs: &[(&str, &str)]) -> String {
    let mut query = String::new();
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        query.push(if query.is_empty() { '?' } else { '&' });
        query.push_str(name);
        query.push('=');
        query.push_str(&escape(value));
    }
    query
}

/// Percent-encoded for a part of an address (RFC 3986 §2.1).
pub fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_patterns_stand_for_themselves() {
        assert_eq!(pattern(" 50%_A! "), "%50!%!_a!!%");
        assert_eq!(pattern("  "), "");
        assert_eq!(pattern(&"x".repeat(99)).len(), SEARCH_CHARS + 2);
    }

    #[test]
    fn empty_filters_leave_the_address() {
        assert_eq!(
            query(&[("q", "云 杉"), ("state", "")]),
            "?q=%E4%BA%91%20%E6%9D%89"
        );
        assert_eq!(query(&[("q", "")]), "");
    }
}
