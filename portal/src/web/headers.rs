//! Security headers on every answer.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::state::AppState;

/// A year: browsers stay on TLS (RFC 6797).
const HSTS: &str = "max-age=31536000";
/// Camera, microphone and screen for the pages' own origin and for nobody else.
const PERMISSIONS: &str = "camera=(self), microphone=(self), display-capture=(self), \
    autoplay=(self), fullscreen=(self), screen-wake-lock=(self), geolocation=(), payment=(), usb=()";

/// The layer that adds them.
pub async fn add(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let policy = content_policy(request.headers());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::REFERRER_POLICY, "same-origin");
    set(headers, header::X_FRAME_OPTIONS, "DENY");
    set(
        headers,
        HeaderName::from_static("permissions-policy"),
        PERMISSIONS,
    );
    set(
        headers,
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    if state.secure() {
        set(headers, header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    // Pages hold personal data: nothing is kept unless a handler says so (static files do).
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}

/// Content Security Policy: own files only, no inline script or style.
///
/// The WebSocket's origin is named beside `'self'`, which older Safari does not take for `ws:`.
fn content_policy(headers: &HeaderMap) -> HeaderValue {
    let sockets = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .filter(|host| {
            host.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b))
        })
        .map_or_else(String::new, |host| format!(" ws://{host} wss://{host}"));
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
         media-src 'self' blob: data:; font-src 'self'; manifest-src 'self'; worker-src 'self'; \
         connect-src 'self'{sockets}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).expect("invariant: the host was checked")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_the_socket_and_no_inline_script() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::HOST,
            HeaderValue::from_static("student-01.localhost:8080"),
        );
        let policy = content_policy(&headers);
        let text = policy.to_str().unwrap();
        assert!(text.contains("connect-src 'self' ws://student-01.localhost:8080 wss://"));
        assert!(!text.contains("unsafe"));
    }

    #[test]
    fn a_forged_host_adds_nothing() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("x; script-src *"));
        assert!(
            content_policy(&headers)
                .to_str()
                .unwrap()
                .contains("connect-src 'self';")
        );
    }
}
