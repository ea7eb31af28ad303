//! The login form.

use std::net::{IpAddr, SocketAddr};

use askama::Template;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::db::on_db;
use serde::Deserialize;

use crate::accounts::devices::Device;
use crate::accounts::sessions::Session;
use crate::accounts::wechat::QrCard;
use crate::accounts::{captchas, rules, wechat};
use crate::platform::flags::{self, Flag};
use crate::state::AppState;
use crate::web::{FormErrors, PageResult, address};

/// How someone says who he is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// 密码登录.
    #[default]
    Password,
    /// 短信登录.
    Code,
    /// 微信扫码.
    Wechat,
}

impl Way {
    /// The word in addresses and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
            Self::Wechat => "wechat",
        }
    }
}

/// Where someone comes from: it goes along through all tabs of the form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Before {
    /// Where to go afterwards; may be empty.
    pub next: String,
    /// Code of the school whose site led here; may be empty.
    pub school: String,
}

/// A tab of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab {
    /// Its words.
    pub label: &'static str,
    /// Where it leads.
    pub href: String,
    /// It is the one that is shown.
    pub current: bool,
}

/// The login form; filled in again, with what was wrong, when a login failed.
#[derive(Debug, Template)]
#[template(path = "login.html")]
pub struct LoginPage {
    /// Which tab.
    pub way: Way,
    /// The tabs.
    pub tabs: Vec<Tab>,
    /// Where someone comes from.
    pub before: Before,
    /// The school's name; empty: none.
    pub school_name: String,
    /// What was typed as login name or mobile number.
    pub login: String,
    /// What was wrong.
    pub errors: FormErrors,
    /// A captcha, where one has to be answered; else empty.
    pub captcha: String,
    /// The code to scan, on its tab.
    pub card: Option<QrCard>,
    /// Something that was done before; empty: nothing.
    pub notice: &'static str,
    /// The page of one-click links exists here.
    pub demo: bool,
}

impl LoginPage {
    /// Sample data for the test that renders every page.
    pub fn sample(way: Way) -> Self {
        let before = Before {
            next: "/fairs".to_owned(),
            school: "gjlg".to_owned(),
        };
        let (errors, card) = match way {
            Way::Password => (FormErrors::one("login", "账号或密码不对"), None),
            Way::Code => (FormErrors::one("sms_code", "验证码不对"), None),
            Way::Wechat => (FormErrors::default(), Some(QrCard::sample())),
        };
        Self {
            way,
            tabs: tabs(way, &before, (true, true)),
            before,
            school_name: "赣江理工大学".to_owned(),
            login: "13800000001".to_owned(),
            errors,
            captcha: "01a20000-0000-7000-8000-000000000000".to_owned(),
            card,
            notice: "密码已重设，请用新密码登录",
            demo: true,
        }
    }

    /// The form as someone first sees it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn of(state: &AppState, way: Way, before: &Before) -> Result<Self, sqlx::Error> {
        let before = Before {
            next: rules::way_back(&before.next).unwrap_or_default().to_owned(),
            school: before.school.clone(),
        };
        let captcha = match way {
            Way::Code => captchas::fresh(state).to_string(),
            Way::Password | Way::Wechat => String::new(),
        };
        let sms = flags::is_on(state, Flag::SmsLogin).await?;
        let wechat = state.outbox.channels.wechat.is_some()
            && flags::is_on(state, Flag::WechatLogin).await?;
        Ok(Self {
            way,
            tabs: tabs(way, &before, (sms, wechat)),
            school_name: school_name(state, &before.school).await?,
            before,
            login: String::new(),
            errors: FormErrors::default(),
            captcha,
            card: None,
            notice: "",
            demo: state.demo,
        })
    }

    /// Where 忘记密码 leads.
    pub fn forgot(&self) -> String {
        format!("/forgot{}", rules::query(&[("next", &self.before.next)]))
    }

    /// Where those without an account go: the company's and the student's registration.
    pub fn register(&self, whose: &str) -> String {
        let query = rules::query(&[("school", &self.before.school)]);
        format!("/register/{whose}{query}")
    }

    /// The answer to a form that was not good.
    ///
    /// # Errors
    /// The template failed.
    pub fn refused(&self) -> PageResult<Response> {
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(self.render()?)).into_response())
    }
}

/// The tabs; codes by SMS and WeChat where they are on.
fn tabs(current: Way, before: &Before, (sms, wechat): (bool, bool)) -> Vec<Tab> {
    let tab = |way: Way, label| Tab {
        label,
        href: format!(
            "/login{}",
            rules::query(&[
                ("way", way.as_str()),
                ("next", &before.next),
                ("school", &before.school),
            ])
        ),
        current: way == current,
    };
    let mut tabs = vec![tab(Way::Password, "密码登录")];
    if sms {
        tabs.push(tab(Way::Code, "短信登录"));
    }
    if wechat {
        tabs.push(tab(Way::Wechat, "微信扫码"));
    }
    tabs
}

base::queries! {
    /// A school's name by its code.
    SCHOOL_NAME = "SELECT name FROM schools WHERE code = $1";
}

async fn school_name(state: &AppState, code: &str) -> Result<String, sqlx::Error> {
    if code.is_empty() {
        return Ok(String::new());
    }
    let row: Option<(String,)> = on_db!(state.db, c => sqlx::query_as(SCHOOL_NAME)
        .bind(code).fetch_optional(c).await)?;
    Ok(row.map(|(name,)| name).unwrap_or_default())
}

#[derive(Debug, Deserialize)]
pub(in crate::accounts) struct Asked {
    #[serde(default)]
    way: Way,
    #[serde(default)]
    next: String,
    #[serde(default)]
    school: String,
    #[serde(default)]
    done: String,
}

/// `GET /login`
pub(in crate::accounts) async fn login(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    session: Option<axum::Extension<Session>>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> PageResult<Response> {
    if let Some(session) = session {
        let home = rules::home_path(session.account.kind);
        return Ok(Redirect::to(rules::way_back(&asked.next).unwrap_or(home)).into_response());
    }
    let before = Before {
        next: asked.next,
        school: asked.school,
    };
    let mut page = LoginPage::of(&state, asked.way, &before).await?;
    page.notice = match asked.done.as_str() {
        "password" => "密码已重设，请用新密码登录",
        "closed" => "账号注销申请已提交，冷静期内登录可以撤回",
        _ => "",
    };
    if asked.way != Way::Wechat {
        return Ok(Html(page.render()?).into_response());
    }
    let from = address::client(&headers, peer, &state.config.http.proxies);
    with_code(&state, page, from, &Device::of(&headers, state.secure())).await
}

/// The tab with the code to scan; the browser gets the cookie by which only it can use the scan.
async fn with_code(
    state: &AppState,
    mut page: LoginPage,
    from: IpAddr,
    device: &Device,
) -> PageResult<Response> {
    page.card = wechat::login_card(state, from, device).await?;
    if page.card.is_none() {
        page.errors = FormErrors::one("wechat", "微信登录暂不可用，请用其他方式登录");
    }
    let mut response = Html(page.render()?).into_response();
    if let Some(set) = device.cookie(state.secure()) {
        response.headers_mut().append(header::SET_COOKIE, set);
    }
    Ok(response)
}
