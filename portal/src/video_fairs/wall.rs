//! `GET /api/fairs/{fair}/wall`: the figures of all booths, for a wall that opens or has missed news.
//!
//! Thousands may ask within a second when a fair opens or the server has restarted: all are given the
//! same bytes, compressed once.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::store;
use crate::ids::FairId;
use crate::state::AppState;
use crate::students::VerifiedStudent;
use crate::web::{PageError, PageResult};

/// Kept by the browser, and asked for anew each time: the number of the last news tells whether it
/// still holds.
const CACHE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// `GET /api/fairs/{fair}/wall`
pub(super) async fn wall(
    State(state): State<AppState>,
    VerifiedStudent(student): VerifiedStudent,
    Path(fair): Path<FairId>,
    headers: HeaderMap,
) -> PageResult<Response> {
    let found = store::find_of_student(&state.db, fair, student.id).await?;
    found.ok_or(PageError::NotFound)?;
    let body = state.live.wall_body(fair.into()).await;
    let body = body.ok_or(match state.live.is_open(fair.into()) {
        true => PageError::Busy,
        false => PageError::NotFound,
    })?;
    let tag = format!("\"{}\"", body.n);
    let same = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .any(|known| known.as_bytes() == tag.as_bytes());
    let mut answer = if same {
        StatusCode::NOT_MODIFIED.into_response()
    } else if takes_gzip(&headers) {
        let mut answer = Response::new(Body::from(body.gzip.clone()));
        let gzip = HeaderValue::from_static("gzip");
        answer.headers_mut().insert(header::CONTENT_ENCODING, gzip);
        answer
    } else {
        Response::new(Body::from(body.json.clone()))
    };
    let json = HeaderValue::from_static("application/json");
    let vary = HeaderValue::from_static("accept-encoding");
    let answers = answer.headers_mut();
    answers.insert(header::CONTENT_TYPE, json);
    answers.insert(header::CACHE_CONTROL, CACHE);
    answers.insert(header::VARY, vary);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answers.insert(header::ETAG, tag);
    }
    Ok(answer)
}

/// Does the client take `gzip` (RFC 9110 §12.5.3)?
fn takes_gzip(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let named = parts.next() == Some("gzip");
            let refused = parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
            named && !refused
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_for_those_who_take_it() {
        let takes = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, value.parse().unwrap());
            takes_gzip(&headers)
        };
        assert!(takes("gzip, deflate, br, zstd") && takes("br;q=1.0, gzip;q=0.5"));
        assert!(!takes("br") && !takes("gzip;q=0") && !takes("identity"));
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
