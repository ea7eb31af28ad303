//! What a handler answers when it cannot do what was asked.
//!
//! Return [`PageError`] from every handler. [`render`], the outermost layer, turns it into a
//! Chinese page, or into JSON below `/api/`, and logs it once under the number that the reader
//! sees. Inner text never reaches the browser.

use std::sync::Arc;

use askama::Template;
use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::db::is_transient;
use rand::RngExt;
use serde_json::json;

use crate::accounts::Busy;

/// After how long whoever came when too many were there may try again, seconds.
const BUSY_S: u64 = 2;
/// The same, when the database is full, away or overrun, seconds.
const UNAVAILABLE_S: u64 = 5;

/// Why a request was not served.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// Nobody is signed in: pages lead to the login form.
    #[error("not signed in")]
    SignIn,
    /// No such thing, or not one of this person's.
    #[error("not found")]
    NotFound,
    /// Signed in, but as someone for whom this page is not.
    #[error("forbidden: {0}")]
    Forbidden(&'static str),
    /// The state has moved on; the text, in Chinese, says how.
    #[error("conflict: {0}")]
    Conflict(&'static str),
    /// The fields of a form or of a JSON body are not acceptable.
    #[error("invalid fields: {0:?}")]
    Invalid(FormErrors),
    /// More was sent than is taken.
    #[error("a body over the limit")]
    TooLong,
    /// The rest of what was to be sent did not come.
    #[error("an unfinished body")]
    Unfinished,
    /// A limit was hit.
    #[error("too many requests, again after {retry_after_s} s")]
    TooMany {
        /// Seconds until it is worth trying again.
        retry_after_s: u64,
    },
    /// More came at once than can be served; it is worth trying again at once.
    #[error("busy")]
    Busy,
    /// The database cannot do it now, and will again: its disk is full, its server away, too many
    /// wait for it.
    #[error("the database is not available: {0:#}")]
    Unavailable(anyhow::Error),
    /// The server's own fault.
    #[error("internal: {0:#}")]
    Internal(anyhow::Error),
}

impl From<anyhow::Error> for PageError {
    fn from(error: anyhow::Error) -> Self {
        if error.is::<Busy>() {
            Self::Busy
        } else if error.chain().any(passes) {
            Self::Unavailable(error)
        } else {
            Self::Internal(error)
        }
    }
}

/// Is this an error of the database that passes?
fn passes(cause: &(dyn std::error::Error + 'static)) -> bool {
    let of_database = cause
        .downcast_ref::<sqlx::Error>()
        .or_else(|| cause.downcast_ref::<Arc<sqlx::Error>>().map(AsRef::as_ref));
    of_database.is_some_and(is_transient)
}

impl From<sqlx::Error> for PageError {
    fn from(error: sqlx::Error) -> Self {
        anyhow::Error::new(error).context("database").into()
    }
}

/// Of a group commit: one error for all who were in it.
impl From<Arc<sqlx::Error>> for PageError {
    fn from(error: Arc<sqlx::Error>) -> Self {
        anyhow::Error::new(error).context("database").into()
    }
}

impl From<signaling_server::StoreError> for PageError {
    fn from(error: signaling_server::StoreError) -> Self {
        match error {
            signaling_server::StoreError::Database(error) => error.into(),
            other => Self::Internal(anyhow::Error::new(other).context("live tables")),
        }
    }
}

impl From<askama::Error> for PageError {
    fn from(error: askama::Error) -> Self {
        Self::Internal(anyhow::Error::new(error).context("template"))
    }
}

/// Faults of a form: field name and Chinese text, in the form's order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormErrors(Vec<(&'static str, String)>);

impl FormErrors {
    /// One fault.
    pub fn one(field: &'static str, text: impl Into<String>) -> Self {
        Self(vec![(field, text.into())])
    }

    /// Adds a fault.
    pub fn add(&mut self, field: &'static str, text: impl Into<String>) {
        self.0.push((field, text.into()));
    }

    /// The first fault of `field`, for the place beside it.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(name, _)| *name == field)
            .map(|(_, text)| text.as_str())
    }

    /// No faults?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Err` if there is a fault.
    ///
    /// # Errors
    /// [`PageError::Invalid`] with all faults.
    pub fn into_result(self) -> Result<(), PageError> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(PageError::Invalid(self))
        }
    }
}

impl PageError {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unfinished => StatusCode::REQUEST_TIMEOUT,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Title and text for the reader.
    pub fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::SignIn => ("请先登录", "登录后即可继续。"),
            Self::NotFound => ("没有找到这个页面", "它可能已被移走，或者不属于当前账号。"),
            Self::Forbidden(_) => ("当前账号不能访问", "请换用有权限的账号登录，或返回首页。"),
            Self::Conflict(text) => ("状态已经变化", text),
            Self::Invalid(_) => ("填写的内容有误", "请返回上一页，按提示修改后再提交。"),
            Self::TooLong => (
                "内容太长",
                "提交的内容超过了允许的长度，请返回上一页删减后再提交。",
            ),
            Self::Unfinished => ("内容没有收全", "网络太慢或已经中断，请检查网络后重新提交。"),
            Self::TooMany { .. } => ("操作太频繁", "请稍等片刻再试。"),
            Self::Busy => ("现在使用的人太多", "请过几秒再试，填写的内容没有提交。"),
            Self::Unavailable(_) => (
                "服务器暂时无法保存",
                "刚才的操作没有完成。请返回上一页，过几秒再提交一次。",
            ),
            Self::Internal(_) => ("服务器出了点问题", "我们已经记录下来，请稍后再试。"),
        }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// The page of an error.
#[derive(Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage<'a> {
    /// HTTP status.
    pub status: u16,
    /// What happened.
    pub title: &'a str,
    /// What to do.
    pub text: &'a str,
    /// The number that is also in the log.
    pub number: &'a str,
}

impl ErrorPage<'static> {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            status: 404,
            title: "没有找到这个页面",
            text: "它可能已被移走。",
            number: "4f19c0aa",
        }
    }
}

/// The layer that renders a [`PageError`].
pub async fn render(request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    let reads = request.method().is_safe();
    let response = next.run(request).await;
    let error = match response.extensions().get::<Arc<PageError>>() {
        Some(error) => error.clone(),
        None => match refused_by_framework(&response) {
            Some(error) => Arc::new(error),
            None => return response,
        },
    };
    let number = format!("{:08x}", rand::rng().random::<u32>());
    log(&error, &number, &uri);
    let mut rendered = match (&*error, is_api(&uri)) {
        (PageError::SignIn, false) => Redirect::to(&login_path(&uri, reads)).into_response(),
        (_, true) => as_json(&error, &number),
        (_, false) => as_page(&error, &number),
    };
    let retry_after_s = match &*error {
        PageError::TooMany { retry_after_s } => Some(*retry_after_s),
        PageError::Busy => Some(BUSY_S),
        PageError::Unavailable(_) => Some(UNAVAILABLE_S),
        _ => None,
    };
    if let Some(retry_after_s) = retry_after_s {
        rendered
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(retry_after_s));
    }
    rendered
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    rendered
}

/// What the framework refused by itself (a path or body that cannot be read, a method that a
/// route does not have) speaks English in plain text; it becomes one of ours.
fn refused_by_framework(response: &Response) -> Option<PageError> {
    let plain = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !plain || !response.status().is_client_error() {
        return None;
    }
    Some(match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE => PageError::TooLong,
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            PageError::Invalid(FormErrors::one("body", "提交的内容无法识别"))
        }
        // An id in the path that is none, or a method that is not there.
        _ => PageError::NotFound,
    })
}

fn is_api(uri: &Uri) -> bool {
    uri.path().starts_with("/api/")
}

/// The login form, with the way back to the page that was asked for.
fn login_path(uri: &Uri, reads: bool) -> String {
    let back = uri.path_and_query().map_or("/", |path| path.as_str());
    if !reads || back == "/" {
        return "/login".to_owned();
    }
    let mut path = String::from("/login?next=");
    for byte in back.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte) {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
    }
    path
}

/// Paths whose rest is a secret that may still be good.
const SECRET_PATHS: [&str; 2] = ["/reset/", "/guest/"];

/// The path for the log.
fn logged(path: &str) -> &str {
    SECRET_PATHS
        .into_iter()
        .find(|prefix| path.starts_with(prefix))
        .unwrap_or(path)
}

fn log(error: &PageError, number: &str, uri: &Uri) {
    let path = logged(uri.path());
    match error {
        PageError::Internal(_) => tracing::error!(number, path, %error, "request failed"),
        PageError::SignIn => tracing::debug!(path, "sent to the login form"),
        _ => tracing::info!(number, path, %error, "request refused"),
    }
}

fn as_json(error: &PageError, number: &str) -> Response {
    let (title, text) = error.words();
    let mut body = json!({ "title": title, "text": text, "number": number });
    if let PageError::Invalid(errors) = error {
        body["fields"] = errors
            .0
            .iter()
            .map(|(field, text)| ((*field).to_owned(), json!(text)))
            .collect();
    }
    (error.status(), Json(body)).into_response()
}

fn as_page(error: &PageError, number: &str) -> Response {
    let (title, text) = error.words();
    let page = ErrorPage {
        status: error.status().as_u16(),
        title,
        text,
        number,
    };
    match page.render() {
        Ok(html) => (error.status(), Html(html)).into_response(),
        Err(_) => (error.status(), format!("{title}（{number}）")).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_is_escaped() {
        let uri: Uri = "/fairs/1?filter=a&b=%22".parse().unwrap();
        assert_eq!(
            login_path(&uri, true),
            "/login?next=/fairs/1%3Ffilter%3Da%26b%3D%2522"
        );
        assert_eq!(login_path(&uri, false), "/login");
    }

    #[test]
    fn no_secret_of_a_path_is_logged() {
        assert_eq!(logged("/reset/00ff"), "/reset/");
        assert_eq!(logged("/fairs/1"), "/fairs/1");
    }

    #[test]
    fn what_passes_in_the_database_is_no_fault_of_the_server() {
        let full = || sqlx::Error::PoolTimedOut;
        let wrapped = anyhow::Error::new(full()).context("profile");
        for error in [
            PageError::from(full()),
            PageError::from(Arc::new(full())),
            PageError::from(wrapped),
            PageError::from(signaling_server::StoreError::Database(full())),
        ] {
            assert_eq!(error.status(), StatusCode::SERVICE_UNAVAILABLE, "{error}");
        }
        let fault = PageError::from(sqlx::Error::RowNotFound);
        assert_eq!(fault.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[test]
    fn inner_text_stays_inside() {
        let error = PageError::Internal(anyhow::anyhow!("password=hunter2"));
        let (title, text) = error.words();
        assert!(!title.contains("hunter2") && !text.contains("hunter2"));
        assert!(ErrorPage::sample().render().unwrap().contains("4f19c0aa"));
    }
}
