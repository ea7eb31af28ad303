//! The session cookie, and the cookie by which a browser is known again.
//!
//! Over TLS their names have the `__Host-` prefix (RFC 6265bis §4.1.3.2): the browser then holds that
//! they are `Secure`, have no `Domain` and cover the whole site, so no neighbouring host can plant
//! one. On plain HTTP no cookie can be `Secure`, so there the names go without the prefix. That
//! is only fit for loopback: `pinhui demo` binds loopback, where each `*.localhost` host is a
//! secure context with a cookie jar of its own, and `serve` without TLS stands behind a proxy
//! that is declared by `http.behind_tls` and makes the cookie `Secure` again.

use axum::http::{HeaderMap, HeaderValue, header};

const SECURE_NAME: &str = "__Host-pinhui";
const PLAIN_NAME: &str = "pinhui";
const SECURE_DEVICE: &str = "__Host-pinhui-device";
const PLAIN_DEVICE: &str = "pinhui-device";
/// How long a browser is known, s: 400 days, which browsers keep a cookie at most.
const DEVICE_S: u32 = 400 * 86_400;

fn name(secure: bool) -> &'static str {
    if secure { SECURE_NAME } else { PLAIN_NAME }
}

fn device_name(secure: bool) -> &'static str {
    if secure { SECURE_DEVICE } else { PLAIN_DEVICE }
}

/// The session's secret from the request, if there is one of a plausible length.
pub fn read(headers: &HeaderMap, secure: bool) -> Option<&str> {
    find(headers, name(secure))
}

/// The browser's own secret, if it has one of a plausible length.
pub fn read_device(headers: &HeaderMap, secure: bool) -> Option<&str> {
    find(headers, device_name(secure))
}

fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
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

/// `Set-Cookie` of the browser's own secret.
pub fn set_device(secret: &str, secure: bool) -> HeaderValue {
    let name = device_name(secure);
    value(
        &format!("{name}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={DEVICE_S}"),
        secure,
    )
}

/// Does this `Set-Cookie` speak of the session?
pub fn is_session(set: &HeaderValue, secure: bool) -> bool {
    set.as_bytes()
        .strip_prefix(name(secure).as_bytes())
        .is_some_and(|rest| rest.first() == Some(&b'='))
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
        assert!(is_session(&set, true) && !is_session(&set_device(SECRET, true), true));
    }

    #[test]
    fn a_browser_is_known_by_a_cookie_of_its_own() {
        let mut headers = HeaderMap::new();
        let line = format!("pinhui-device={SECRET}");
        headers.insert(header::COOKIE, line.parse().unwrap());
        assert_eq!(read_device(&headers, false), Some(SECRET));
        assert_eq!(read(&headers, false), None);
        let text = set_device(SECRET, false);
        assert!(text.to_str().unwrap().contains("Max-Age=34560000"));
    }
}
