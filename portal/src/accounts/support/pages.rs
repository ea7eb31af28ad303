//! The search, and one account.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use formats::phone::Mobile;
use formats::text::{masked_email, masked_mobile, masked_name, one_line};
use serde::Deserialize;
use serde_json::json;

use super::store::{self, Found, MOST, One};
use crate::accounts::devices::{self, DeviceLine};
use crate::accounts::extract::SupportStaff;
use crate::accounts::pages::kind_zh;
use crate::accounts::rules::AccountKind;
use crate::accounts::{sessions, store as accounts, texts};
use crate::audit;
use crate::ids::AccountId;
use crate::layout::{Chrome, Menu, Viewer};
use crate::state::AppState;
use crate::web::{PageError, PageResult};

/// Bytes of a search that are looked at.
const SEARCH_BYTES: usize = 120;

/// An account in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLine {
    /// The account.
    pub id: String,
    /// Name, partly hidden.
    pub name: String,
    /// Mobile number, partly hidden; empty: none.
    pub mobile: String,
    /// Kind.
    pub kind: &'static str,
    /// Company or school; empty: none.
    pub belongs: String,
    /// May sign in.
    pub active: bool,
    /// Last login, Beijing time; empty: never.
    pub seen: String,
}

/// `/platform/accounts`
#[derive(Debug, Template)]
#[template(path = "platform-accounts.html")]
pub struct AccountsPage {
    /// The frame.
    pub chrome: Chrome,
    /// What was searched; empty: nothing.
    pub query: String,
    /// What was found.
    pub accounts: Vec<AccountLine>,
    /// There may be more.
    pub cut: bool,
}

impl AccountsPage {
    /// Sample data for the test that renders every page.
    pub fn sample(query: &str, count: usize) -> Self {
        let line = AccountLine {
            id: "01a20000-0000-7000-8000-000000000000".to_owned(),
            name: "欧**".to_owned(),
            mobile: "138****0001".to_owned(),
            kind: "企业",
            belongs: "澄源半导体（示例）".to_owned(),
            active: true,
            seen: "2027-03-01 09:30".to_owned(),
        };
        Self {
            chrome: chrome_sample(),
            query: query.to_owned(),
            accounts: vec![line; count],
            cut: count > 2,
        }
    }
}

fn chrome_sample() -> Chrome {
    let here = "/platform/accounts";
    Chrome::with_menu(Viewer::sample(), "账号", Menu::Platform, here)
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::accounts) struct Asked {
    q: String,
}

/// `GET /platform/accounts`: by the whole mobile number or the whole name.
pub(in crate::accounts) async fn page(
    State(state): State<AppState>,
    SupportStaff(staff): SupportStaff,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let query = asked.q.get(..SEARCH_BYTES).unwrap_or(&asked.q);
    let query = one_line(query);
    let mut found = Vec::new();
    if !query.is_empty() && query.len() <= SEARCH_BYTES {
        let mobile = Mobile::parse(&query).ok();
        let mobile = mobile.as_ref().map(Mobile::as_str);
        found = store::search(&state.db, mobile, &query).await?;
        look(&state, staff.id, mobile.is_some(), &found).await?;
    }
    let page = AccountsPage {
        chrome: Chrome::platform(&staff, "账号", "/platform/accounts"),
        query,
        cut: i64::try_from(found.len()).is_ok_and(|count| count >= MOST),
        accounts: found.into_iter().map(line).collect(),
    };
    Ok(Html(page.render()?))
}

/// Writes down that these accounts were seen; what was typed is not written down.
async fn look(
    state: &AppState,
    by: AccountId,
    by_mobile: bool,
    found: &[Found],
) -> Result<(), sqlx::Error> {
    let now_ms = state.now_ms();
    let way = if by_mobile { "mobile" } else { "name" };
    let mut tx = state.db.begin().await?;
    audit::Entry::by(by, "account.search", "account", &"")
        .with(json!({ "by": way, "found": found.len() }))
        .write_in(&mut tx, now_ms)
        .await?;
    for one in found {
        audit::Entry::by(by, "account.view", "account", &one.id)
            .with(json!({ "in": "list" }))
            .write_in(&mut tx, now_ms)
            .await?;
    }
    tx.commit().await
}

fn line(row: Found) -> AccountLine {
    AccountLine {
        id: row.id.to_string(),
        name: masked_name(&row.real_name),
        mobile: row.mobile.as_deref().map(masked_mobile).unwrap_or_default(),
        kind: kind_zh(row.kind),
        belongs: row.belongs,
        active: row.status == "active",
        seen: row.last_login_ms.map(texts::moment).unwrap_or_default(),
    }
}

/// `/platform/accounts/{id}`
#[derive(Debug, Template)]
#[template(path = "platform-account.html")]
pub struct AccountPage {
    /// The frame.
    pub chrome: Chrome,
    /// The account.
    pub id: String,
    /// Name, partly hidden.
    pub name: String,
    /// Facts: label and value.
    pub facts: Vec<(&'static str, String)>,
    /// May sign in.
    pub active: bool,
    /// Closed for good.
    pub gone: bool,
    /// Support may change it.
    pub ours: bool,
    /// A login name is locked.
    pub locked: bool,
    /// Its browsers.
    pub devices: Vec<DeviceLine>,
    /// Sessions that have not run out.
    pub sessions: i64,
}

impl AccountPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let facts = [
            ("类型", "企业"),
            ("单位", "澄源半导体（示例）"),
            ("手机号", "138****0001"),
            ("微信", "已绑定"),
        ];
        Self {
            chrome: chrome_sample(),
            id: "01a20000-0000-7000-8000-000000000000".to_owned(),
            name: "欧**".to_owned(),
            facts: facts
                .map(|(label, value)| (label, value.to_owned()))
                .to_vec(),
            active: true,
            gone: false,
            ours: true,
            locked: true,
            devices: devices::DevicesPage::sample().devices,
            sessions: 3,
        }
    }
}

/// `GET /platform/accounts/{id}`
pub(in crate::accounts) async fn one(
    State(state): State<AppState>,
    SupportStaff(staff): SupportStaff,
    Path(id): Path<AccountId>,
) -> PageResult<Html<String>> {
    let now_ms = state.now_ms();
    let one = store::find(&state.db, id, now_ms)
        .await?
        .ok_or(PageError::NotFound)?;
    audit::Entry::by(staff.id, "account.view", "account", &id)
        .write(&state.db, now_ms)
        .await?;
    let page = AccountPage {
        chrome: Chrome::platform(&staff, "账号", "/platform/accounts"),
        id: id.to_string(),
        name: masked_name(&one.real_name),
        active: one.status == "active",
        gone: one.cancel_done_ms.is_some(),
        ours: !matches!(one.kind, AccountKind::Platform | AccountKind::Operator),
        locked: is_locked(&state, &one).await?,
        devices: devices::list(&state.db, id, "", now_ms).await?,
        sessions: one.sessions,
        facts: facts(&one),
    };
    Ok(Html(page.render()?))
}

async fn is_locked(state: &AppState, one: &One) -> Result<bool, sqlx::Error> {
    for name in [&one.mobile, &one.email].into_iter().flatten() {
        let until = accounts::locked_until(&state.db, &sessions::sha256(name)).await?;
        if until > state.now_ms() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn facts(one: &One) -> Vec<(&'static str, String)> {
    let mut facts = vec![("类型", kind_zh(one.kind).to_owned())];
    if !one.belongs.is_empty() {
        facts.push(("单位或学校", one.belongs.clone()));
    }
    if let (Some(role), Some(status)) = (&one.member_role, &one.member_status) {
        let role = if role == "admin" {
            "企业管理员"
        } else {
            "企业成员"
        };
        let status = match status.as_str() {
            "approved" => "已通过",
            "pending" => "待审核",
            "refused" => "已拒绝",
            _ => "已停用",
        };
        facts.push(("成员身份", format!("{role}（{status}）")));
    }
    facts.push(("昵称", one.nickname.clone()));
    let none = || "（无）".to_owned();
    let mobile = one.mobile.as_deref().map_or_else(none, masked_mobile);
    let email = one.email.as_deref().map_or_else(none, masked_email);
    let wechat = if one.wechat > 0 {
        "已绑定"
    } else {
        "未绑定"
    };
    let seen = one.last_login_ms;
    facts.extend([
        ("手机号", mobile),
        ("邮箱", email),
        ("微信", wechat.to_owned()),
        ("注册时间", texts::moment(one.created_ms)),
        (
            "最近登录",
            seen.map_or_else(|| "从未".to_owned(), texts::moment),
        ),
    ]);
    if let (Some(due_ms), None) = (one.cancel_due_ms, one.cancel_withdrawn_ms) {
        let text = match one.cancel_done_ms {
            Some(done_ms) => format!("已于 {} 注销", texts::moment(done_ms)),
            None => format!("冷静期，{} 注销", texts::moment(due_ms)),
        };
        facts.push(("账号注销", text));
    }
    facts
}
