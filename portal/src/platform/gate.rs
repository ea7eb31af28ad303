//! Paths that a feature flag closes: what is switched off answers with a page that says so.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use super::flags::{self, Flag};
use crate::state::AppState;
use crate::web::PageError;

/// Beginnings of a registration. What comes after it, for those who have registered, stays open.
const REGISTRATION: [&str; 8] = [
    "/register/company",
    "/register/company/info",
    "/register/company/account",
    "/register/company/join",
    "/register/company/certify",
    "/register/student",
    "/register/student/manual",
    "/register",
];

/// What is switched off.
#[derive(Debug, Template)]
#[template(path = "platform/closed.html")]
pub struct ClosedPage {
    /// What is closed.
    pub title: &'static str,
    /// What to do instead.
    pub text: &'static str,
}

impl ClosedPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self::of(Flag::RegistrationOpen)
    }

    fn of(flag: Flag) -> Self {
        let (title, text) = match flag {
            Flag::RegistrationOpen => (
                "注册暂未开放",
                "已有账号的请直接登录；已提交的申请照常审核，结果会通知您。",
            ),
            Flag::SmsLogin => ("短信登录已暂停", "请用密码登录；忘记密码可以重设。"),
            Flag::WechatLogin => ("微信登录已暂停", "请用密码登录；忘记密码可以重设。"),
        };
        Self { title, text }
    }
}

/// The flag that a path depends on.
fn flag_of(uri: &Uri) -> Option<Flag> {
    let path = uri.path().trim_end_matches('/');
    let asks = |way: &str| {
        let query = uri.query().unwrap_or_default();
        path == "/login" && query.split('&').any(|pair| pair == way)
    };
    if REGISTRATION.contains(&path) {
        Some(Flag::RegistrationOpen)
    } else if path == "/login/code" || asks("way=code") {
        Some(Flag::SmsLogin)
    } else if path == "/login/wechat" || asks("way=wechat") {
        Some(Flag::WechatLogin)
    } else {
        None
    }
}

/// The layer that closes them.
///
/// # Errors
/// [`PageError::Internal`] if the database failed.
pub async fn close(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, PageError> {
    if let Some(flag) = flag_of(request.uri())
        && !flags::is_on(&state, flag).await?
    {
        let page = ClosedPage::of(flag).render()?;
        return Ok((StatusCode::FORBIDDEN, Html(page)).into_response());
    }
    Ok(next.run(request).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_depends_on_its_flag() {
        for (uri, flag) in [
            (
                "/register/company/info?name=x",
                Some(Flag::RegistrationOpen),
            ),
            ("/register/student/", Some(Flag::RegistrationOpen)),
            ("/register/company/done", None),
            ("/register/student/identity", None),
            ("/login/code", Some(Flag::SmsLogin)),
            ("/login?next=%2F&way=wechat", Some(Flag::WechatLogin)),
            ("/login?way=password", None),
            ("/login", None),
        ] {
            let uri: Uri = uri.parse().unwrap();
            assert_eq!(flag_of(&uri), flag, "{uri}");
        }
    }

    #[test]
    fn what_a_registration_begins_with_exists() {
        let routes = crate::routes(false);
        for path in REGISTRATION.iter().filter(|path| **path != "/register") {
            assert!(
                routes.list().iter().any(|route| route.path == *path),
                "{path}"
            );
        }
    }
}
