//! Why an upload is not taken, and what its sender is told.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::loose::Full;
use super::rules::MIB;

/// Seconds after which an upload is worth another try when the scanner did not answer.
const SCANNER_AGAIN_S: u64 = 60;

/// Why an upload is not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Larger than its purpose allows, bytes.
    TooLarge(u64),
    /// Not what its purpose allows, in Chinese.
    WrongKind(String),
    /// The scanner found malware.
    Infected,
    /// The scanner gave no verdict.
    ScannerDown,
    /// It ended early.
    Broken,
    /// It took too long.
    Slow,
    /// By someone who is not signed in and has not proven a mobile number.
    Unproven,
    /// Too much of one mobile number; again after so many seconds.
    NumberFull(u64),
    /// Too many from one address; again after so many seconds.
    AddressOften(u64),
    /// Too many of one account; again after so many seconds.
    AccountOften(u64),
    /// Too much lies loose.
    Full(Full),
}

impl Refusal {
    /// The outcome in figures.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "too_large",
            Self::WrongKind(_) => "wrong_kind",
            Self::Infected => "infected",
            Self::ScannerDown => "scanner_down",
            Self::Broken => "broken",
            Self::Slow => "slow",
            Self::Unproven => "unproven",
            Self::AddressOften(_) | Self::AccountOften(_) | Self::NumberFull(_) => "limited",
            Self::Full(Full::Strangers(_)) => "strangers_full",
            Self::Full(Full::Account { .. }) => "account_full",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongKind(_) | Self::Infected => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Broken => StatusCode::BAD_REQUEST,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::Unproven => StatusCode::FORBIDDEN,
            Self::AddressOften(_)
            | Self::AccountOften(_)
            | Self::NumberFull(_)
            | Self::Full(Full::Account { .. }) => StatusCode::TOO_MANY_REQUESTS,
            Self::ScannerDown | Self::Full(Full::Strangers(_)) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::TooLarge(_)
            | Self::WrongKind(_)
            | Self::Infected
            | Self::Broken
            | Self::Slow
            | Self::Unproven => None,
            Self::ScannerDown => Some(SCANNER_AGAIN_S),
            Self::AddressOften(seconds)
            | Self::NumberFull(seconds)
            | Self::AccountOften(seconds)
            | Self::Full(Full::Strangers(seconds)) => Some(*seconds),
            Self::Full(Full::Account { retry_after_s, .. }) => Some(*retry_after_s),
        }
    }

    fn text(&self) -> String {
        const STAYS: &str = "页面上已填写的内容不会丢失";
        match self {
            Self::TooLarge(cap) => format!("文件超过 {} MB，请压缩后再上传", cap / MIB),
            Self::WrongKind(text) => text.clone(),
            Self::Infected => format!("文件未通过安全检查，请换一个文件；{STAYS}"),
            Self::ScannerDown => format!(
                "文件安全检查暂时不可用，请 {}再试，{STAYS}",
                after(SCANNER_AGAIN_S)
            ),
            Self::Broken => "上传中断，请重新选择文件".to_owned(),
            Self::Slow => "上传太慢，请换个网络再试".to_owned(),
            Self::Unproven => "请先填写手机号并输入短信验证码，再上传文件".to_owned(),
            Self::NumberFull(seconds) => format!(
                "用这个手机号上传的文件太多，请 {}再试，{STAYS}",
                after(*seconds)
            ),
            Self::AddressOften(seconds) => {
                format!("当前网络上传太频繁，请 {}再试，{STAYS}", after(*seconds))
            }
            Self::AccountOften(seconds) => {
                format!("上传太频繁，请 {}再试，{STAYS}", after(*seconds))
            }
            Self::Full(Full::Strangers(seconds)) => format!(
                "目前等待提交的文件太多，暂时不能上传，请 {}再试，{STAYS}",
                after(*seconds)
            ),
            Self::Full(Full::Account {
                most,
                retry_after_s,
            }) => format!(
                "上传后还没有提交的文件已接近上限（{} MB），请先提交正在填写的表单，\
                 或 {}再上传，{STAYS}",
                most / MIB,
                after(*retry_after_s)
            ),
        }
    }
}

/// "5 分钟后", "24 小时后".
fn after(seconds: u64) -> String {
    match seconds.div_ceil(60) {
        minutes @ ..60 => format!("{minutes} 分钟后"),
        minutes => format!("{} 小时后", minutes.div_ceil(60)),
    }
}

/// JSON as other refused calls have it; the fault belongs to the field `file`.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let text = self.text();
        let body = json!({ "title": "文件没有上传", "text": text, "fields": { "file": text } });
        let mut response = (self.status(), Json(body)).into_response();
        if let Some(seconds) = self.retry_after_s() {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_to_wait_is_told_how_long_and_what_to_do() {
        let full = Refusal::Full(Full::Account {
            most: 200 * MIB,
            retry_after_s: 7_201,
        });
        let cases = [
            (Refusal::AddressOften(61), 429, "请 2 分钟后再试"),
            (Refusal::AccountOften(600), 429, "请 10 分钟后再试"),
            (Refusal::NumberFull(86_000), 429, "请 24 小时后再试"),
            (
                Refusal::Full(Full::Strangers(300)),
                503,
                "请 5 分钟后再试，页面上已填写的内容不会丢失",
            ),
            (
                Refusal::ScannerDown,
                503,
                "请 1 分钟后再试，页面上已填写的内容不会丢失",
            ),
            (full, 429, "请先提交正在填写的表单，或 3 小时后再上传"),
        ];
        for (refusal, status, part) in cases {
            let text = refusal.text();
            assert!(text.contains(part), "{text}");
            let response = refusal.into_response();
            assert_eq!(response.status().as_u16(), status, "{text}");
            assert!(response.headers().contains_key("retry-after"), "{text}");
        }
        assert_eq!(
            Refusal::Slow.into_response().headers().get("retry-after"),
            None
        );
    }
}
