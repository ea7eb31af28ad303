//! Which pages may open a live socket: browsers send the page's origin, and a page of another
//! site must not speak with a visitor's token (cross-site WebSocket hijacking).

use axum::http::{HeaderMap, header};

use crate::config::Config;

/// The page's own origin is the socket's, or it is listed.
pub(super) fn is_allowed(config: &Config, headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else {
        return config.missing_origin;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    if origins.next().is_some() {
        return false;
    }
    if config
        .origins
        .iter()
        .any(|allowed| allowed.trim_end_matches('/') == origin)
    {
        return true;
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let authority = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    matches!((host, authority), (Some(host), Some(authority)) if host.eq_ignore_ascii_case(authority))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(name.clone(), value.parse().unwrap());
        }
        map
    }

    #[test]
    fn the_own_host_and_listed_origins_are_allowed_and_no_other() {
        let config = Config {
            origins: vec!["https://fair.test/".to_owned()],
            ..Config::default()
        };
        let allowed = |origin: &str| {
            is_allowed(
                &config,
                &headers(&[(header::HOST, "live.test:8080"), (header::ORIGIN, origin)]),
            )
        };
        assert!(allowed("http://live.test:8080"));
        assert!(allowed("https://LIVE.test:8080"));
        assert!(allowed("https://fair.test"));
        assert!(!allowed("https://evil.test"));
        assert!(!allowed("http://live.test:8081"));
        assert!(!allowed("https://fair.test.evil.test"));
        assert!(!allowed("null"));
    }

    #[test]
    fn a_missing_origin_needs_leave_and_two_are_none() {
        let host = (header::HOST, "live.test");
        let closed = Config::default();
        let open = Config {
            missing_origin: true,
            ..Config::default()
        };
        assert!(!is_allowed(&closed, &headers(std::slice::from_ref(&host))));
        assert!(is_allowed(&open, &headers(std::slice::from_ref(&host))));
        let twice = headers(&[
            host,
            (header::ORIGIN, "http://live.test"),
            (header::ORIGIN, "https://evil.test"),
        ]);
        assert!(!is_allowed(&open, &twice));
    }
}
