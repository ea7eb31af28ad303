//! The emulator's check of signatures. It knows nothing of the client's signer: everything is
//! read from the request as it came in.

use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use time::PrimitiveDateTime;
use time::macros::format_description;

use super::Settings;
use super::answer::Fault;
use crate::sign::{escape, hex, hmac_sha256, sha256_hex};

/// Clocks may differ by so much, ms.
const SKEW_MS: i64 = 15 * 60 * 1_000;

/// The longest life of a presigned address, seconds.
const EXPIRES_MAX_S: i64 = 7 * 24 * 3_600;

/// A request as it came in.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) parts: &'a Parts,
    pub(super) body: &'a [u8],
}

/// What a request says of its signature.
struct Claim {
    credential: String,
    date: String,
    signed_headers: String,
    signature: String,
    payload_hash: String,
    /// Seconds of a presigned address.
    expires_s: Option<i64>,
}

/// Is it signed with the settings' key, for now and for these bytes?
pub(super) fn check(seen: &Seen<'_>, settings: &Settings, now_ms: i64) -> Result<(), Fault> {
    let claim = Claim::read(seen)?;
    let mut credential = claim.credential.splitn(2, '/');
    let (access_key, scope) = (credential.next(), credential.next().unwrap_or(""));
    if access_key != Some(&settings.access_key) {
        return Err(Fault::new(StatusCode::FORBIDDEN, "InvalidAccessKeyId"));
    }
    let day = claim.date.get(..8).unwrap_or("");
    if scope != format!("{day}/{}/s3/aws4_request", settings.region) {
        let code = "AuthorizationHeaderMalformed";
        return Err(Fault::new(StatusCode::BAD_REQUEST, code));
    }
    claim.check_time(now_ms)?;
    claim.check_headers(seen.parts)?;
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{}\n{scope}\n{}",
        claim.date,
        sha256_hex(claim.canonical(seen.parts).as_bytes())
    );
    let mut key = format!("AWS4{}", settings.secret_key.expose()).into_bytes();
    for part in scope.split('/') {
        key = hmac_sha256(&key, part.as_bytes());
    }
    if hex(&hmac_sha256(&key, to_sign.as_bytes())) != claim.signature {
        let message = "The request signature we calculated does not match yours.";
        let code = "SignatureDoesNotMatch";
        return Err(Fault::with(StatusCode::FORBIDDEN, code, message));
    }
    let signed_body = claim.payload_hash != "UNSIGNED-PAYLOAD";
    if signed_body && claim.payload_hash != sha256_hex(seen.body) {
        let code = "XAmzContentSHA256Mismatch";
        return Err(Fault::new(StatusCode::BAD_REQUEST, code));
    }
    Ok(())
}

impl Claim {
    fn read(seen: &Seen<'_>) -> Result<Self, Fault> {
        match text(seen.parts, header::AUTHORIZATION.as_str()) {
            Some(authorization) => Self::of_header(seen.parts, &authorization),
            None => Self::of_query(seen.parts),
        }
    }

    fn of_header(parts: &Parts, authorization: &str) -> Result<Self, Fault> {
        let malformed = || Fault::new(StatusCode::BAD_REQUEST, "AuthorizationHeaderMalformed");
        let fields = authorization
            .strip_prefix("AWS4-HMAC-SHA256 ")
            .ok_or_else(malformed)?;
        let field = |name: &str| {
            fields
                .split(',')
                .find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='))
                .map(str::to_owned)
                .ok_or_else(malformed)
        };
        let missing = || Fault::new(StatusCode::BAD_REQUEST, "MissingSecurityHeader");
        Ok(Self {
            credential: field("Credential")?,
            signed_headers: field("SignedHeaders")?,
            signature: field("Signature")?,
            date: text(parts, "x-amz-date").ok_or_else(missing)?,
            payload_hash: text(parts, "x-amz-content-sha256").ok_or_else(missing)?,
            expires_s: None,
        })
    }

    fn of_query(parts: &Parts) -> Result<Self, Fault> {
        let pairs = pairs(parts.uri.query().unwrap_or(""));
        let field = |name: &str| {
            let pair = pairs.iter().find(|(found, _)| found == name);
            pair.map(|(_, value)| value.clone())
                .ok_or_else(|| Fault::new(StatusCode::FORBIDDEN, "AccessDenied"))
        };
        let bad = || Fault::new(StatusCode::BAD_REQUEST, "AuthorizationQueryParametersError");
        let signature = field("X-Amz-Signature")?;
        let expires_s = field("X-Amz-Expires")?.parse().map_err(|_| bad())?;
        if field("X-Amz-Algorithm")? != "AWS4-HMAC-SHA256"
            || !(1..=EXPIRES_MAX_S).contains(&expires_s)
        {
            return Err(bad());
        }
        Ok(Self {
            credential: field("X-Amz-Credential")?,
            signed_headers: field("X-Amz-SignedHeaders")?,
            signature,
            date: field("X-Amz-Date")?,
            payload_hash: "UNSIGNED-PAYLOAD".to_owned(),
            expires_s: Some(expires_s),
        })
    }

    fn check_time(&self, now_ms: i64) -> Result<(), Fault> {
        let format = format_description!("[year][month][day]T[hour][minute][second]Z");
        let date = PrimitiveDateTime::parse(&self.date, format)
            .map_err(|_| Fault::new(StatusCode::FORBIDDEN, "AccessDenied"))?;
        let signed_ms = date.as_utc().unix_timestamp() * 1_000;
        let behind_ms = now_ms.saturating_sub(signed_ms);
        let good_for_ms = self.expires_s.map_or(SKEW_MS, |seconds| seconds * 1_000);
        if behind_ms > good_for_ms && self.expires_s.is_some() {
            let message = "Request has expired";
            return Err(Fault::with(StatusCode::FORBIDDEN, "AccessDenied", message));
        }
        if behind_ms > good_for_ms || behind_ms < -SKEW_MS {
            return Err(Fault::new(StatusCode::FORBIDDEN, "RequestTimeTooSkewed"));
        }
        Ok(())
    }

    /// The host and all of S3's own headers must be signed.
    fn check_headers(&self, parts: &Parts) -> Result<(), Fault> {
        let signed: Vec<_> = self.signed_headers.split(';').collect();
        let own = parts.headers.keys().map(|name| name.as_str());
        let own = own.filter(|name| name.starts_with("x-amz-"));
        for name in own.chain(["host"]) {
            if !signed.contains(&name) {
                let message = format!("{name} is not signed");
                return Err(Fault::with(StatusCode::FORBIDDEN, "AccessDenied", &message));
            }
        }
        Ok(())
    }

    /// The request in the form that was signed.
    fn canonical(&self, parts: &Parts) -> String {
        let mut query: Vec<_> = pairs(parts.uri.query().unwrap_or(""))
            .into_iter()
            .filter(|(name, _)| name != "X-Amz-Signature")
            .map(|(name, value)| format!("{}={}", escape(&name, b""), escape(&value, b"")))
            .collect();
        query.sort();
        let mut lines = vec![
            parts.method.to_string(),
            escape(&decode(parts.uri.path()), b"/"),
            query.join("&"),
        ];
        for name in self.signed_headers.split(';') {
            let value = text(parts, name).unwrap_or_default();
            lines.push(format!("{name}:{}", value.trim()));
        }
        lines.push(String::new());
        lines.push(self.signed_headers.clone());
        lines.push(self.payload_hash.clone());
        lines.join("\n")
    }
}

fn text(parts: &Parts, name: &str) -> Option<String> {
    let value = parts.headers.get(name)?;
    value.to_str().ok().map(str::to_owned)
}

/// Names and values of a query, unescaped.
pub(super) fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// Undoes percent-encoding; what is none stays as it is.
pub(super) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(escaped.unwrap_or(bytes[at]));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;
    use base::clock::Clock;
    use base::config::Secret;

    /// Both examples of the Amazon S3 API Reference are accepted, and any change is refused.
    #[test]
    fn the_references_examples_pass() {
        let settings = Settings {
            bucket: "examplebucket".to_owned(),
            region: "us-east-1".to_owned(),
            access_key: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_key: Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            clock: Clock::simulated(0),
        };
        let now_ms = 1_369_353_600_000;
        let empty = sha256_hex(b"");
        let signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
        let by_header = |range: &str, signature: &str| {
            let request = Request::get("/test.txt")
                .header("host", "examplebucket.s3.amazonaws.com")
                .header("range", range)
                .header("x-amz-content-sha256", &empty)
                .header("x-amz-date", "20130524T000000Z")
                .header(
                    "authorization",
                    format!(
                        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/\
                         aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,\
                         Signature={signature}"
                    ),
                );
            let (parts, ()) = request.body(()).unwrap().into_parts();
            let seen = Seen {
                parts: &parts,
                body: b"",
            };
            check(&seen, &settings, now_ms).is_ok()
        };
        assert!(by_header("bytes=0-9", signature));
        assert!(!by_header("bytes=0-10", signature));
        assert!(!by_header("bytes=0-9", &signature.replace('f', "e")));

        let signature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
        let by_query = |expires: u32, now_ms: i64| {
            let uri = format!(
                "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE\
                 %2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z\
                 &X-Amz-Expires={expires}&X-Amz-SignedHeaders=host&X-Amz-Signature={signature}"
            );
            let request = Request::get(uri).header("host", "examplebucket.s3.amazonaws.com");
            let (parts, ()) = request.body(()).unwrap().into_parts();
            let seen = Seen {
                parts: &parts,
                body: b"",
            };
            check(&seen, &settings, now_ms).is_ok()
        };
        assert!(by_query(86_400, now_ms + 86_400_000));
        assert!(!by_query(86_400, now_ms + 86_401_000), "expired");
        assert!(!by_query(86_401, now_ms), "changed");
        assert!(!by_query(86_400, now_ms - SKEW_MS - 1_000), "too early");
    }

    #[test]
    fn texts_are_decoded_once() {
        assert_eq!(decode("a%2Fb%e4%BA%91%25zz%"), "a/b云%zz%");
    }
}
