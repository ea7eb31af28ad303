//! Nobody else's page may act for someone who is signed in here.
//!
//! Three fences, each of which would do alone in a current browser: the cookie is `SameSite=Lax`;
//! a writing request must come from the own origin (`Sec-Fetch-Site` and `Origin`); and where a
//! session exists, the request must carry its token, in the header `x-csrf-token` (scripts) or
//! in the field `csrf` (forms).

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

use super::{PageError, address, body};
use crate::accounts::Session;
use crate::state::AppState;

/// The largest form, in bytes.
const FORM_BYTES: usize = 64 * 1024;
/// The largest form with long texts in it, in bytes: a Chinese character has nine when it is
/// escaped.
const LONG_FORM_BYTES: usize = 1024 * 1024;
/// Paths whose forms hold long texts begin with these.
const LONG_FORMS: [&str; 2] = ["/platform/agreements/", "/resume/edit/"];
/// Takes uploads, which are streamed, counted and limited there, also those of strangers.
const STREAMED: &str = "/api/files";
/// Name of the header that carries the token.
pub const HEADER: &str = "x-csrf-token";
/// Name of the form field that carries the token.
pub const FIELD: &str = "csrf";

/// The layer that refuses forged requests. It stands inside the layer that loads the session, and
/// reads whole the forms of a session, to find the token, and all bodies of those without one,
/// that they are small and few.
///
/// # Errors
/// [`PageError::Forbidden`], or that the body cannot be read.
pub async fn guard(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, PageError> {
    if request.method().is_safe() {
        return Ok(next.run(request).await);
    }
    if !same_origin(request.headers(), request.uri()) {
        return Err(PageError::Forbidden("a request from another origin"));
    }
    let Some(expected) = request
        .extensions()
        .get::<Session>()
        .map(|session| session.csrf.clone())
    else {
        return of_stranger(&state, request, next).await;
    };
    let request = if let Some(token) = request.headers().get(HEADER) {
        if !equal(token.as_bytes(), expected.as_bytes()) {
            return Err(PageError::Forbidden("a wrong forgery token"));
        }
        request
    } else {
        form_with_token(request, &expected).await?
    };
    Ok(next.run(request).await)
}

async fn of_stranger(
    state: &AppState,
    request: Request,
    next: Next,
) -> Result<Response, PageError> {
    if request.uri().path() == STREAMED || request.body().is_end_stream() {
        return Ok(next.run(request).await);
    }
    let address = address::of_request(&request, &state.config.http.proxies);
    let (parts, body) = request.into_parts();
    let (bytes, _place) = state.strangers.read(body, address).await?;
    Ok(next
        .run(Request::from_parts(parts, Body::from(bytes)))
        .await)
}

/// Reads the form, checks its token, and puts the body back.
async fn form_with_token(request: Request, expected: &str) -> Result<Request, PageError> {
    let is_form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| {
            kind.as_bytes()
                .starts_with(b"application/x-www-form-urlencoded")
        });
    if !is_form {
        return Err(PageError::Forbidden("no forgery token"));
    }
    let (parts, body) = request.into_parts();
    let bytes = body::read(body, form_bytes(parts.uri.path())).await?;
    if !field(&bytes).is_some_and(|token| equal(token, expected.as_bytes())) {
        return Err(PageError::Forbidden("no forgery token in the form"));
    }
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// The largest form that a path takes.
fn form_bytes(path: &str) -> usize {
    if LONG_FORMS.iter().any(|long| path.starts_with(long)) {
        LONG_FORM_BYTES
    } else {
        FORM_BYTES
    }
}

/// The token's field; it is hexadecimal, so no escape needs undoing.
fn field(form: &Bytes) -> Option<&[u8]> {
    form.split(|byte| *byte == b'&')
        .filter_map(|pair| pair.strip_prefix(FIELD.as_bytes()))
        .find_map(|rest| rest.strip_prefix(b"="))
}

/// Does the request come from a page of this host? A browser says so itself; a client that says
/// nothing at all is not a browser, so nobody's cookies are misused by it.
fn same_origin(headers: &HeaderMap, uri: &Uri) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if text(header::HeaderName::from_static("sec-fetch-site"))
        .is_some_and(|site| site != "same-origin" && site != "none")
    {
        return false;
    }
    match text(header::ORIGIN) {
        None => true,
        Some(origin) => {
            // HTTP/2 has the host in the request's own URI.
            let host = text(header::HOST).or_else(|| uri.authority().map(|a| a.as_str()));
            let own = origin.split_once("://").map(|(_, rest)| rest);
            own.is_some() && own == host
        }
    }
}

/// Compares without telling by its time how far two secrets agree.
fn equal(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .fold(0_u8, |sum, (a, b)| sum | (a ^ b))
            == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    header::HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn another_origin_is_refused() {
        let uri = Uri::from_static("/logout");
        let own = [("host", "a.test:8080"), ("origin", "http://a.test:8080")];
        assert!(same_origin(&headers(&own), &uri));
        let other = [("host", "a.test:8080"), ("origin", "http://b.test:8080")];
        assert!(!same_origin(&headers(&other), &uri));
        let opaque = [("host", "a.test:8080"), ("origin", "null")];
        assert!(!same_origin(&headers(&opaque), &uri));
        let sibling = [("host", "a.test"), ("sec-fetch-site", "same-site")];
        assert!(!same_origin(&headers(&sibling), &uri));
    }

    #[test]
    fn the_token_is_found_in_a_form() {
        assert_eq!(
            field(&Bytes::from_static(b"a=1&csrf=00ff&b=2")),
            Some(&b"00ff"[..])
        );
        assert_eq!(field(&Bytes::from_static(b"xcsrf=00ff")), None);
        assert!(equal(b"abc", b"abc") && !equal(b"abc", b"abd") && !equal(b"abc", b"ab"));
    }
}
