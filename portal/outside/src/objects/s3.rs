//! Objects in an S3-compatible storage.
//!
//! An upload is spooled to a temporary file first, because its hash and length are wanted anyway
//! (the portal stores both), because a content type is only known from the whole content, and
//! because a second attempt needs the body again. So the payload is signed, not
//! `UNSIGNED-PAYLOAD`: the storage itself refuses a body that changed on its way, also without TLS
//! in a private network, and one PUT stores all or nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base::clock::Clock;
use base::config::Validate as _;
use bytes::BytesMut;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use quick_xml::de;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderValue};
use reqwest::{Method, Response, StatusCode, redirect};
use serde::Deserialize;
use tokio::io::AsyncReadExt as _;
use url::Url;

use super::config::{AddressStyle, S3Config};
use super::disposition::attachment;
use super::draft::{self, Draft, Upload};
use super::sigv4::{EMPTY_SHA256, Request, Signer, UNSIGNED_PAYLOAD};
use super::{
    Download, ObjectError, ObjectInfo, ObjectKey, ObjectMetrics, READ_BYTES, Stored, blocking,
};

/// Bytes of an error's XML that are read.
const ERROR_BYTES: usize = 64 * 1024;

/// The longest pause between two attempts.
const BACKOFF_MAX: Duration = Duration::from_secs(10);

/// An upload that is slower than this is given up, bytes a second.
const UPLOAD_BYTES_PER_S: u64 = 128 * 1024;

/// A bucket. Clones share it.
#[derive(Debug, Clone)]
pub struct S3 {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    config: S3Config,
    /// Scheme and host of all addresses; with virtual hosts the bucket is part of it.
    base: Url,
    client: reqwest::Client,
    /// Where uploads wait.
    spool: PathBuf,
    clock: Clock,
    metrics: ObjectMetrics,
}

/// How an attempt failed.
enum Failure {
    /// Another one may work.
    Again(String),
    /// No other one will.
    Final(ObjectError),
}

/// One request, without its signature.
struct Call<'a> {
    method: Method,
    key: &'a ObjectKey,
    /// The body and its content type.
    body: Option<(&'a Draft, &'a str)>,
}

impl S3 {
    /// Makes `spool` if it is missing and deletes what killed processes left in it. The storage
    /// itself is not asked yet.
    ///
    /// # Errors
    /// [`ObjectError::Config`], [`ObjectError::Disk`].
    pub async fn open(
        config: &S3Config,
        spool: &Path,
        clock: Clock,
        metrics: ObjectMetrics,
    ) -> Result<Self, ObjectError> {
        Self::open_with(reqwest::Client::builder(), config, spool, clock, metrics).await
    }

    /// The same with a prepared client, such as one that finds host names by its own table.
    ///
    /// # Errors
    /// [`ObjectError::Config`], [`ObjectError::Disk`].
    pub async fn open_with(
        client: reqwest::ClientBuilder,
        config: &S3Config,
        spool: &Path,
        clock: Clock,
        metrics: ObjectMetrics,
    ) -> Result<Self, ObjectError> {
        let mut faults = Vec::new();
        config.faults(&mut faults);
        let Some(base) = base(config).filter(|_| faults.is_empty()) else {
            return Err(ObjectError::Config(faults.join("; ")));
        };
        let at = spool.to_owned();
        let swept = blocking("opening the folder of uploads", move || {
            std::fs::create_dir_all(&at)?;
            draft::sweep(&at)
        })
        .await?;
        metrics.swept.inc_by(swept);
        // Whoever comes first sets the provider of the process; they are all the same one.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = client
            .no_proxy()
            .redirect(redirect::Policy::none())
            .connect_timeout(Duration::from_millis(config.connect_timeout_ms))
            .read_timeout(Duration::from_millis(config.idle_timeout_ms))
            .build()
            .map_err(|error| ObjectError::Config(error.to_string()))?;
        Ok(Self {
            inner: Arc::new(Inner {
                config: config.clone(),
                base,
                client,
                spool: spool.to_owned(),
                clock,
                metrics,
            }),
        })
    }

    pub(super) fn metrics(&self) -> &ObjectMetrics {
        &self.inner.metrics
    }

    pub(super) async fn receive(
        &self,
        key: &ObjectKey,
        upload: Upload<'_>,
    ) -> Result<Draft, ObjectError> {
        draft::receive(self.inner.spool.clone(), key, upload).await
    }

    pub(super) async fn keep(
        &self,
        draft: Draft,
        content_type: &str,
    ) -> Result<Stored, ObjectError> {
        self.inner
            .send(&Call {
                method: Method::PUT,
                key: &draft.key,
                body: Some((&draft, content_type)),
            })
            .await?;
        Ok(Stored {
            length: draft.length,
            sha256: draft.sha256.clone(),
        })
    }

    pub(super) async fn get(&self, key: &ObjectKey) -> Result<Download, ObjectError> {
        let response = self.inner.send(&Call::of(Method::GET, key)).await?;
        let length = length(&response)?;
        let stream = response
            .bytes_stream()
            .map_err(|error| ObjectError::Cut(told(&error)))
            .boxed();
        Ok(Download { length, stream })
    }

    pub(super) async fn head(&self, key: &ObjectKey) -> Result<ObjectInfo, ObjectError> {
        let response = self.inner.send(&Call::of(Method::HEAD, key)).await?;
        let length = length(&response)?;
        Ok(ObjectInfo { length })
    }

    pub(super) async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectError> {
        match self.inner.send(&Call::of(Method::DELETE, key)).await {
            Ok(_) | Err(ObjectError::NotFound(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub(super) fn presigned_get(&self, key: &ObjectKey, seconds: u32, filename: &str) -> Url {
        let inner = &self.inner;
        let mut url = inner.url(key);
        let query = inner.signer().presigned_query(
            &Request {
                method: "GET",
                path: url.path(),
                query: &[("response-content-disposition", &attachment(filename))],
                headers: &[("host", &host(&url))],
                payload_hash: UNSIGNED_PAYLOAD,
            },
            seconds,
        );
        url.set_query(Some(&query));
        url
    }
}

impl<'a> Call<'a> {
    fn of(method: Method, key: &'a ObjectKey) -> Self {
        Self {
            method,
            key,
            body: None,
        }
    }
}

impl Inner {
    /// Sends a call until it works, is refused, or the attempts are used up.
    async fn send(&self, call: &Call<'_>) -> Result<Response, ObjectError> {
        let mut pause = Duration::from_millis(self.config.backoff_ms);
        let mut attempt = 1;
        loop {
            match self.attempt(call).await {
                Ok(response) => return Ok(response),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Again(last)) if attempt >= self.config.attempts => {
                    return Err(ObjectError::Unavailable {
                        attempts: attempt,
                        last,
                    });
                }
                Err(Failure::Again(why)) => {
                    tracing::debug!(attempt, why, "the object storage is asked again");
                    self.metrics.retries.inc();
                }
            }
            // Clients that failed together do not come back together.
            let jittered = pause.mul_f64(rand::random_range(0.5..1.0));
            tokio::time::sleep(jittered).await;
            pause = (pause * 2).min(BACKOFF_MAX);
            attempt += 1;
        }
    }

    async fn attempt(&self, call: &Call<'_>) -> Result<Response, Failure> {
        let request = self.signed(call).await.map_err(Failure::Final)?;
        let length = call.body.map_or(0, |(draft, _)| draft.length);
        let limit = Duration::from_millis(self.config.attempt_timeout_ms)
            + Duration::from_secs(length / UPLOAD_BYTES_PER_S);
        let response = tokio::time::timeout(limit, request.send())
            .await
            .map_err(|_| Failure::Again("no answer in time".to_owned()))?
            .map_err(|error| Failure::Again(told(&error)))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let code = tokio::time::timeout(limit, error_code(response))
            .await
            .unwrap_or_default();
        Err(match status {
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
                Failure::Again(format!("{status} {code}"))
            }
            // The answer to a HEAD has no body and so no code.
            StatusCode::NOT_FOUND if code.is_empty() || code == "NoSuchKey" => {
                Failure::Final(ObjectError::NotFound(call.key.clone()))
            }
            status if status.is_server_error() => Failure::Again(format!("{status} {code}")),
            status => Failure::Final(ObjectError::Refused {
                status: status.as_u16(),
                code,
            }),
        })
    }

    /// The request of one attempt, signed now.
    async fn signed(&self, call: &Call<'_>) -> Result<reqwest::RequestBuilder, ObjectError> {
        let url = self.url(call.key);
        let (signer, host) = (self.signer(), host(&url));
        let date = signer.amz_date();
        let payload_hash = call.body.map_or(EMPTY_SHA256, |(draft, _)| &draft.sha256);
        let mut headers = vec![
            ("host", host.as_str()),
            ("x-amz-content-sha256", payload_hash),
            ("x-amz-date", &date),
        ];
        headers.extend(
            call.body
                .map(|(_, content_type)| ("content-type", content_type)),
        );
        let authorization = signer.authorization(&Request {
            method: call.method.as_str(),
            path: url.path(),
            query: &[],
            headers: &headers,
            payload_hash,
        });
        let mut request = self
            .client
            .request(call.method.clone(), url)
            .header(HOST, &host)
            .header("x-amz-content-sha256", payload_hash)
            .header("x-amz-date", &date)
            .header("authorization", sensitive(&authorization)?);
        if let Some((draft, content_type)) = call.body {
            request = request
                .header(CONTENT_TYPE, content_type)
                .header(CONTENT_LENGTH, draft.length)
                .body(body(draft).await?);
        }
        Ok(request)
    }

    fn signer(&self) -> Signer<'_> {
        Signer {
            access_key: &self.config.access_key,
            secret_key: self.config.secret_key.expose(),
            region: &self.config.region,
            now_ms: self.clock.now_ms(),
        }
    }

    /// Keys and buckets need no escaping, so the address's path is the signed one.
    fn url(&self, key: &ObjectKey) -> Url {
        let mut url = self.base.clone();
        match self.config.style {
            AddressStyle::Path => url.set_path(&format!("/{}/{key}", self.config.bucket)),
            AddressStyle::VirtualHost => url.set_path(&format!("/{key}")),
        }
        url
    }
}

/// Scheme, host and port, with the bucket in front of the host if it belongs there.
fn base(config: &S3Config) -> Option<Url> {
    let mut url = config.base()?;
    if config.style == AddressStyle::VirtualHost {
        let host = format!("{}.{}", config.bucket, url.host_str()?);
        url.set_host(Some(&host)).ok()?;
    }
    Some(url)
}

/// Value of the header `host`: the port only if it is not the scheme's own.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// A header that no log of the client shows.
fn sensitive(text: &str) -> Result<HeaderValue, ObjectError> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| ObjectError::Config("access_key and region must be plain ASCII".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// A draft's bytes, read from the disk as they are sent.
async fn body(draft: &Draft) -> Result<reqwest::Body, ObjectError> {
    let file = tokio::fs::File::open(&draft.temporary.path)
        .await
        .map_err(ObjectError::disk("reading an upload"))?;
    let stream = stream::try_unfold(file, |mut file| async move {
        let mut chunk = BytesMut::with_capacity(READ_BYTES);
        let read = file.read_buf(&mut chunk).await?;
        Ok::<_, std::io::Error>((read > 0).then(|| (chunk.freeze(), file)))
    });
    Ok(reqwest::Body::wrap_stream(stream))
}

fn length(response: &Response) -> Result<u64, ObjectError> {
    response
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .ok_or_else(|| ObjectError::Refused {
            status: response.status().as_u16(),
            code: "NoContentLength".to_owned(),
        })
}

/// The `Code` of an S3 error, or nothing.
async fn error_code(mut response: Response) -> String {
    #[derive(Deserialize)]
    struct Answer {
        #[serde(rename = "Code")]
        code: String,
    }
    let mut text = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = ERROR_BYTES - text.len();
        text.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if text.len() == ERROR_BYTES {
            break;
        }
    }
    let code = de::from_str::<Answer>(&String::from_utf8_lossy(&text))
        .map(|answer| answer.code)
        .unwrap_or_default();
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .take(64)
        .collect()
}

/// An error of the client with its first cause and without its address.
fn told(error: &reqwest::Error) -> String {
    use std::error::Error as _;
    let kind = if error.is_timeout() {
        "timed out"
    } else if error.is_connect() {
        "cannot connect"
    } else {
        "broken connection"
    };
    let (mut cause, mut innermost) = (error.source(), String::new());
    while let Some(error) = cause {
        innermost = format!(": {error}");
        cause = error.source();
    }
    format!("{kind}{innermost}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_the_bucket_in_the_path_or_in_the_host() {
        let config = |base_url: &str, style| S3Config {
            base_url: base_url.to_owned(),
            bucket: "pinhui".to_owned(),
            style,
            ..S3Config::default()
        };
        let path = base(&config("http://127.0.0.1:9000", AddressStyle::Path)).unwrap();
        assert_eq!(host(&path), "127.0.0.1:9000");
        let virtual_host = AddressStyle::VirtualHost;
        let oss = base(&config("https://oss.example.com", virtual_host)).unwrap();
        assert_eq!(host(&oss), "pinhui.oss.example.com");
        let port = base(&config("https://oss.example.com:443", virtual_host)).unwrap();
        assert_eq!(host(&port), "pinhui.oss.example.com");
    }
}
