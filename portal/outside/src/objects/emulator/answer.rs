//! What the emulator answers to a request whose signature is good.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use quick_xml::escape::escape;
use time::UtcDateTime;
use time::macros::format_description;

use super::verify::{decode, pairs};
use super::{MAX_TOTAL_BYTES, Object, Shared};
use crate::sign::sha256_hex;

/// An S3 error.
#[derive(Debug)]
pub(super) struct Fault {
    status: StatusCode,
    code: String,
    message: String,
}

impl Fault {
    pub(super) fn new(status: StatusCode, code: &str) -> Self {
        Self::with(status, code, "See the code.")
    }

    pub(super) fn with(status: StatusCode, code: &str, message: &str) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.to_owned(),
        }
    }

    /// One that was ordered by `/_ctl`.
    pub(super) fn ordered(status: u16, code: &str) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        Self::with(status, code, "Ordered.")
    }

    pub(super) fn answer(&self, path: &str, id: u64) -> Response {
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code>\
             <Message>{}</Message><Resource>{}</Resource><RequestId>{id}</RequestId></Error>",
            escape(&self.code),
            escape(&self.message),
            escape(path)
        );
        let mut response = Response::new(Body::from(xml));
        *response.status_mut() = self.status;
        let xml = HeaderValue::from_static("application/xml");
        response.headers_mut().insert(header::CONTENT_TYPE, xml);
        response
    }
}

pub(super) fn answer(shared: &Shared, parts: &Parts, body: Bytes) -> Result<Response, Fault> {
    let key = key(parts, &shared.settings.bucket)?;
    match parts.method {
        Method::PUT => put(shared, parts, key, body),
        Method::GET | Method::HEAD => get(shared, parts, &key),
        Method::DELETE => {
            shared.memory().objects.remove(&key);
            Ok(empty(StatusCode::NO_CONTENT))
        }
        _ => Err(Fault::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
        )),
    }
}

/// The key, whether the bucket is in the host or in the path.
fn key(parts: &Parts, bucket: &str) -> Result<String, Fault> {
    let path = decode(parts.uri.path());
    let path = path.strip_prefix('/').unwrap_or(&path);
    let host = parts.headers.get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or("");
    let by_host = host
        .strip_prefix(bucket)
        .is_some_and(|rest| rest.starts_with('.'));
    let key = if by_host {
        path
    } else {
        let (first, key) = path.split_once('/').unwrap_or((path, ""));
        if first != bucket {
            return Err(Fault::new(StatusCode::NOT_FOUND, "NoSuchBucket"));
        }
        key
    };
    if key.is_empty() {
        return Err(Fault::new(StatusCode::NOT_IMPLEMENTED, "NotImplemented"));
    }
    Ok(key.to_owned())
}

fn put(shared: &Shared, parts: &Parts, key: String, bytes: Bytes) -> Result<Response, Fault> {
    if !parts.headers.contains_key(header::CONTENT_LENGTH) {
        let status = StatusCode::LENGTH_REQUIRED;
        return Err(Fault::new(status, "MissingContentLength"));
    }
    let content_type = parts.headers.get(header::CONTENT_TYPE);
    let content_type = content_type
        .and_then(|value| value.to_str().ok())
        .unwrap_or("binary/octet-stream")
        .to_owned();
    let modified_ms = shared.now_ms();
    let tag = tag(&bytes);
    let mut memory = shared.memory();
    let kept: usize = memory.objects.values().map(|o| o.bytes.len()).sum();
    if kept + bytes.len() > MAX_TOTAL_BYTES {
        let status = StatusCode::INSUFFICIENT_STORAGE;
        return Err(Fault::new(status, "XMinioStorageFull"));
    }
    memory.objects.insert(
        key,
        Object {
            bytes,
            content_type,
            modified_ms,
        },
    );
    let mut response = empty(StatusCode::OK);
    response.headers_mut().insert(header::ETAG, tag);
    Ok(response)
}

fn get(shared: &Shared, parts: &Parts, key: &str) -> Result<Response, Fault> {
    let object = shared.memory().objects.get(key).cloned();
    let object = object.ok_or_else(|| {
        let message = "The specified key does not exist.";
        Fault::with(StatusCode::NOT_FOUND, "NoSuchKey", message)
    })?;
    let length = object.bytes.len();
    let (status, bytes, range) = match range(&parts.headers, length)? {
        None => (StatusCode::OK, object.bytes.clone(), None),
        Some((from, to)) => (
            StatusCode::PARTIAL_CONTENT,
            object.bytes.slice(from..to),
            Some(format!("bytes {from}-{}/{length}", to - 1)),
        ),
    };
    let mut content_type = object.content_type.clone();
    let mut disposition = None;
    for (name, value) in pairs(parts.uri.query().unwrap_or("")) {
        match name.as_str() {
            "response-content-type" => content_type = value,
            "response-content-disposition" => disposition = Some(value),
            _ => {}
        }
    }
    let mut response = empty(status);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    headers.insert(header::ETAG, tag(&object.bytes));
    let texts = [
        (header::CONTENT_TYPE, Some(content_type)),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CONTENT_RANGE, range),
        (header::ACCEPT_RANGES, Some("bytes".to_owned())),
        (header::LAST_MODIFIED, Some(http_date(object.modified_ms))),
    ];
    for (name, text) in texts {
        if let Some(value) = text.and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert(name, value);
        }
    }
    // To a HEAD the server sends these headers without the body.
    *response.body_mut() = Body::from(bytes);
    Ok(response)
}

/// The first and the last-but-one byte that the header `range` asks for (RFC 9110 §14.1.2); a
/// header of another form is passed over.
fn range(headers: &HeaderMap, length: usize) -> Result<Option<(usize, usize)>, Fault> {
    let asked = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok()?.strip_prefix("bytes="))
        .and_then(|text| text.split_once('-'));
    let Some((from, to)) = asked else {
        return Ok(None);
    };
    let bounds = match (from.parse::<usize>(), to.parse::<usize>()) {
        (Ok(from), Ok(to)) => (from, to.saturating_add(1).min(length)),
        (Ok(from), Err(_)) if to.is_empty() => (from, length),
        (Err(_), Ok(last)) if from.is_empty() => (length.saturating_sub(last), length),
        _ => return Ok(None),
    };
    if bounds.0 < bounds.1 {
        Ok(Some(bounds))
    } else {
        let status = StatusCode::RANGE_NOT_SATISFIABLE;
        Err(Fault::new(status, "InvalidRange"))
    }
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn tag(bytes: &[u8]) -> HeaderValue {
    let text = format!("\"{}\"", &sha256_hex(bytes)[..32]);
    HeaderValue::from_str(&text).expect("invariant: hexadecimal digits and quotes")
}

/// RFC 9110 §5.6.7.
fn http_date(now_ms: i64) -> String {
    let format = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    UtcDateTime::from_unix_timestamp(now_ms.div_euclid(1_000))
        .unwrap_or(UtcDateTime::UNIX_EPOCH)
        .format(format)
        .unwrap_or_default()
}
