//! The session cookie.
//!
//! Over TLS its name has the `__Host-` prefix (RFC 6265bis §4.1.3.2): the browser then holds that
//! it is `Secure`, has no `Domain` and covers the whole site, so no neighbouring host can plant
//! one. On plain HTTP no cookie can be `Secure`, so there the name goes without the prefix. That
//! is only fit for loopback: `pinhui demo` binds loopback, where each `*.localhost` host is a
//! secure context with a cookie jar of its own, and `serve` without TLS stands behind a proxy
//! that is declared by `http.behind_tls` and makes the cookie `Secure` again.

use axum::http::{HeaderMap, HeaderValue, header};

const SECURE_NAME: &str = "__Host-pinhui";
const PLAIN_NAME: &str = "pinhui";

fn name(secure: bool) -> &'static str {
    if secure { SECURE_NAME } else { PLAIN_NAME }
}

/// The session's secret from the request, if there is one of a plausible length.
pub fn read(headers: &HeaderMap, secure: bool) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name(secure))
        .map(|(_, value)| value)
        .filter(|value| (32..=64).contains(&value.len()))
}

/// `Set-Cookie` for a new session. It lives as long as the server's row, and until the browser
/// closes at most: no `Max-Age`.
pub fn set(secret: &str, secure: bool) -> HeaderValue {
    value(
        &format!("{}={secret}; Path=/; HttpOnly; SameSite=Lax", name(secure)),
        secure,
    )
}

/// `Set-Cookie` that removes the cookie.
pub fn clear(secure: bool) -> HeaderValue {
    value(
        &format!(
            "{}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0",
            name(secure)
        ),
        secure,
    )
}

fn value(text: &str, secure: bool) -> HeaderValue {
    let text = if secure {
        format!("{text}; Secure")
    } else {
        text.to_owned()
    };
    HeaderValue::from_str(&text).expect("invariant: secrets are hexadecimal")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn over_tls_only_the_prefixed_cookie_counts() {
        let mut headers = HeaderMap::new();
        let line = format!("a=b; pinhui={SECRET}");
        headers.insert(header::COOKIE, line.parse().unwrap());
        assert_eq!(read(&headers, false), Some(SECRET));
        assert_eq!(read(&headers, true), None);
        let set = set(SECRET, true);
        let text = set.to_str().unwrap();
        assert!(text.starts_with("__Host-pinhui=") && text.ends_with("; Secure"));
        assert!(!text.contains("Domain"));
    }
}
