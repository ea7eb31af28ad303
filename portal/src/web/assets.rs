//! Static files: embedded in release builds, read from the folder in debug builds.
//!
//! A page names a file by [`url`], with a hash of its content: such an answer may be kept for
//! ever. A module imports its neighbours by plain name; those are asked for again each time and
//! answered by "not modified".

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::OnceLock;

use axum::extract::{Path, Query};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::Deserialize;
use tower_http::compression::CompressionLayer;

use super::{PageError, Routes};

#[derive(RustEmbed)]
#[folder = "static"]
struct Files;

/// Tests of the pages' scripts lie beside them and are no page's business.
const TESTS: &str = "js/tests/";

/// Routes of static files.
pub fn routes() -> Routes {
    Routes::new()
        .get("/static/{*path}", file)
        .layered(|router| router.layer(CompressionLayer::new()))
}

/// The address of a static file such as `css/base.css`, with its hash. A file that does not
/// exist gets an address without one, which answers 404.
pub fn url(path: &str) -> String {
    match hash(path) {
        Some(hash) => format!("/static/{path}?h={hash}"),
        None => format!("/static/{path}"),
    }
}

/// 16 hexadecimal digits of the file's SHA-256. In a release build they are worked out once.
fn hash(path: &str) -> Option<String> {
    if cfg!(debug_assertions) {
        return Files::get(path).map(|file| short(&file));
    }
    static HASHES: OnceLock<HashMap<String, String>> = OnceLock::new();
    let hashes = HASHES.get_or_init(|| {
        Files::iter()
            .filter_map(|path| Some((path.to_string(), short(&Files::get(&path)?))))
            .collect()
    });
    hashes.get(path).cloned()
}

fn short(file: &EmbeddedFile) -> String {
    file.metadata.sha256_hash()[..8]
        .iter()
        .fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("invariant: writing to a String cannot fail");
            text
        })
}

#[derive(Debug, Deserialize)]
struct Version {
    #[serde(default)]
    h: String,
}

/// `GET /static/{path}`
async fn file(
    Path(path): Path<String>,
    Query(version): Query<Version>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let file = Files::get(&path)
        .filter(|_| !path.starts_with(TESTS))
        .ok_or(PageError::NotFound)?;
    let hash = short(&file);
    let tag = format!("\"{hash}\"");
    let cache = if version.h == hash {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let unchanged = headers.get(header::IF_NONE_MATCH).is_some_and(|old| {
        old.as_bytes()
            .windows(hash.len())
            .any(|part| part == hash.as_bytes())
    });
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let kind = file.metadata.mimetype().to_owned();
        ([(header::CONTENT_TYPE, kind)], file.data.into_owned()).into_response()
    };
    let answer = response.headers_mut();
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.insert(header::ETAG, tag);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_carry_the_hash_of_what_exists() {
        assert_eq!(url("no/such.css"), "/static/no/such.css");
        if let Some(path) = Files::iter().next() {
            assert!(url(&path).contains("?h="), "{path}");
        }
    }
}
