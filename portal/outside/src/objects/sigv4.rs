//! AWS Signature Version 4 for S3 ("Authenticating Requests (AWS Signature Version 4)" in the
//! Amazon S3 API Reference): signatures in a header and in a query.

use time::UtcDateTime;
use time::macros::format_description;

use crate::sign::{canonical_query, escape, hex, hmac_sha256, sha256_hex};

/// The name of the method.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// SHA-256 of no bytes: the payload's hash of a request without a body.
pub const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Stands for the payload's hash in a presigned address.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// Who signs, for where, and when.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    /// Access key id.
    pub access_key: &'a str,
    /// Secret access key.
    pub secret_key: &'a str,
    /// Region, such as `us-east-1`.
    pub region: &'a str,
    /// Ms since 1970.
    pub now_ms: i64,
}

/// What is signed of a request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// In upper case.
    pub method: &'a str,
    /// From the first slash on, not escaped.
    pub path: &'a str,
    /// Names and values, not escaped.
    pub query: &'a [(&'a str, &'a str)],
    /// All headers that are signed; `host` must be among them. Names in lower case.
    pub headers: &'a [(&'a str, &'a str)],
    /// SHA-256 of the body in hexadecimal, or [`UNSIGNED_PAYLOAD`].
    pub payload_hash: &'a str,
}

impl std::fmt::Debug for Signer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer")
            .field("access_key", &self.access_key)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

impl Signer<'_> {
    /// The time as `x-amz-date` wants it, such as `20130524T000000Z`.
    pub fn amz_date(&self) -> String {
        amz_date(self.now_ms)
    }

    /// Value of the header `authorization`. `x-amz-date` ([`amz_date`](Self::amz_date)) and
    /// `x-amz-content-sha256` must be among the request's headers.
    pub fn authorization(&self, request: &Request<'_>) -> String {
        let headers = Headers::new(request.headers);
        let canonical = canonical(request, &canonical_query(request.query), &headers);
        format!(
            "{ALGORITHM} Credential={}/{},SignedHeaders={},Signature={}",
            self.access_key,
            self.scope(),
            headers.names,
            self.signature(&canonical)
        )
    }

    /// The whole query of an address that works for `seconds` without a header.
    pub fn presigned_query(&self, request: &Request<'_>, seconds: u32) -> String {
        let headers = Headers::new(request.headers);
        let credential = format!("{}/{}", self.access_key, self.scope());
        let (date, seconds) = (self.amz_date(), seconds.to_string());
        let mut query = request.query.to_vec();
        query.extend([
            ("X-Amz-Algorithm", ALGORITHM),
            ("X-Amz-Credential", &credential),
            ("X-Amz-Date", &date),
            ("X-Amz-Expires", &seconds),
            ("X-Amz-SignedHeaders", &headers.names),
        ]);
        let query = canonical_query(&query);
        let signature = self.signature(&canonical(request, &query, &headers));
        format!("{query}&X-Amz-Signature={signature}")
    }

    fn signature(&self, canonical: &str) -> String {
        let (date, scope) = (self.amz_date(), self.scope());
        let hash = sha256_hex(canonical.as_bytes());
        let to_sign = format!("{ALGORITHM}\n{date}\n{scope}\n{hash}");
        let first = format!("AWS4{}", self.secret_key);
        let key = [&date[..8], self.region, "s3", "aws4_request"]
            .iter()
            .fold(first.into_bytes(), |key, part| {
                hmac_sha256(&key, part.as_bytes())
            });
        hex(&hmac_sha256(&key, to_sign.as_bytes()))
    }

    fn scope(&self) -> String {
        format!("{}/{}/s3/aws4_request", &self.amz_date()[..8], self.region)
    }
}

/// Signed headers in their order: the lines and the list of names.
struct Headers {
    lines: String,
    names: String,
}

impl Headers {
    fn new(headers: &[(&str, &str)]) -> Self {
        let mut sorted: Vec<_> = headers
            .iter()
            .map(|(name, value)| {
                let words: Vec<_> = value.split_ascii_whitespace().collect();
                (*name, words.join(" "))
            })
            .collect();
        sorted.sort();
        let lines = sorted
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let names: Vec<_> = sorted.iter().map(|(name, _)| *name).collect();
        Self {
            lines,
            names: names.join(";"),
        }
    }
}

fn canonical(request: &Request<'_>, query: &str, headers: &Headers) -> String {
    format!(
        "{}\n{}\n{query}\n{}\n{}\n{}",
        request.method,
        escape(request.path, b"/"),
        headers.lines,
        headers.names,
        request.payload_hash
    )
}

/// Ms since 1970 in the form of `x-amz-date`; outside of the years 0 to 9999, 1970.
fn amz_date(now_ms: i64) -> String {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    UtcDateTime::from_unix_timestamp(now_ms.div_euclid(1_000))
        .ok()
        .filter(|time| (0..=9_999).contains(&time.year()))
        .unwrap_or(UtcDateTime::UNIX_EPOCH)
        .format(format)
        .expect("invariant: the format has no offset")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The example of the Amazon S3 API Reference.
    const EXAMPLE: Signer<'static> = Signer {
        access_key: "AKIAIOSFODNN7EXAMPLE",
        secret_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        region: "us-east-1",
        now_ms: 1_369_353_600_000,
    };
    const HOST: (&str, &str) = ("host", "examplebucket.s3.amazonaws.com");

    #[test]
    fn the_reference_signs_a_header_like_this() {
        let date = EXAMPLE.amz_date();
        assert_eq!(date, "20130524T000000Z");
        let headers = [
            HOST,
            ("range", "bytes=0-9"),
            ("x-amz-content-sha256", EMPTY_SHA256),
            ("x-amz-date", &date),
        ];
        let authorization = EXAMPLE.authorization(&Request {
            method: "GET",
            path: "/test.txt",
            query: &[],
            headers: &headers,
            payload_hash: EMPTY_SHA256,
        });
        assert_eq!(
            authorization,
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
             SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,\
             Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        );
    }

    #[test]
    fn the_reference_presigns_like_this() {
        let query = EXAMPLE.presigned_query(
            &Request {
                method: "GET",
                path: "/test.txt",
                query: &[],
                headers: &[HOST],
                payload_hash: UNSIGNED_PAYLOAD,
            },
            86_400,
        );
        assert_eq!(
            query,
            "X-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
             &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
             &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        );
    }

    #[test]
    fn a_signer_does_not_print_its_secret() {
        assert!(!format!("{EXAMPLE:?}").contains("EXAMPLEKEY"));
    }

    proptest! {
        #[test]
        fn signing_never_panics(
            texts in proptest::array::uniform8(".*"), now_ms: i64, seconds: u32,
        ) {
            let [access, secret, region, path, name, value, header, payload_hash] = &texts;
            let signer = Signer { access_key: access, secret_key: secret, region, now_ms };
            let request = Request {
                method: "PUT",
                path,
                query: &[(name, value)],
                headers: &[("host", header), (name, value)],
                payload_hash,
            };
            let signature = signer.authorization(&request);
            prop_assert_eq!(&signature, &signer.authorization(&request));
            let query = signer.presigned_query(&request, seconds);
            prop_assert!(query.is_ascii(), "{}", query);
        }
    }
}
