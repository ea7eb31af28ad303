//! The list of members and one member's page.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use formats::text::masked_mobile;

use super::store::{self, MemberRow, RequestRow};
use crate::accounts::{CompanyAdmin, CompanyMember};
use crate::companies::fields::Fields;
use crate::companies::home::sample_viewer;
use crate::companies::waiting::due_zh;
use crate::ids::AccountId;
use crate::layout::Chrome;
use crate::state::AppState;
use crate::video_fairs::rules::beijing;
use crate::web::{FormErrors, PageError, PageResult};

/// A member in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberLine {
    /// The account.
    pub id: String,
    /// Real name.
    pub name: String,
    /// What students see.
    pub nickname: String,
    /// Department.
    pub department: String,
    /// Mobile number, masked unless the reader is the administrator.
    pub mobile: String,
    /// `管理员`, `成员`, `来宾面试官`.
    pub role: &'static str,
    /// A guest: the fair and until when.
    pub guest: String,
    /// May pay for the company.
    pub may_pay: bool,
    /// Shut out.
    pub closed: bool,
    /// Last login; empty: never.
    pub seen: String,
}

impl MemberLine {
    fn new(row: MemberRow, reader_is_admin: bool) -> Self {
        let guest = row.guest_fair.map_or_else(String::new, |fair| {
            let until = row.guest_until_ms.map(beijing).unwrap_or_default();
            format!("{fair}（至 {until}）")
        });
        Self {
            id: row.account_id.to_string(),
            role: match (row.role.as_str(), guest.is_empty()) {
                ("admin", _) => "管理员",
                (_, true) => "成员",
                (_, false) => "来宾面试官",
            },
            mobile: if reader_is_admin {
                row.mobile
            } else {
                masked_mobile(&row.mobile)
            },
            may_pay: row.may_pay || row.role == "admin",
            closed: row.status == "disabled",
            seen: row.last_login_ms.map(beijing).unwrap_or_default(),
            name: row.real_name,
            nickname: row.nickname,
            department: row.department,
            guest,
        }
    }

    fn sample(name: &str, role: &'static str) -> Self {
        Self {
            id: "018f0000-0000-7000-8000-000000000020".to_owned(),
            name: name.to_owned(),
            nickname: "陆经理".to_owned(),
            department: "人力资源部".to_owned(),
            mobile: "13800138000".to_owned(),
            role,
            guest: String::new(),
            may_pay: role == "管理员",
            closed: false,
            seen: "11-22 08:55".to_owned(),
        }
    }
}

/// A request to join that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLine {
    /// Its review.
    pub id: String,
    /// The review's version.
    pub version: i64,
    /// Real name.
    pub name: String,
    /// Department.
    pub department: String,
    /// Mobile number.
    pub mobile: String,
    /// When it is due.
    pub due: String,
    /// The reason that was typed, and what is wrong with it.
    pub reason: (String, Option<String>),
}

impl RequestLine {
    fn new(row: RequestRow) -> Self {
        Self {
            id: row.id.to_string(),
            version: row.version,
            name: row.real_name,
            department: row.department,
            mobile: row.mobile,
            due: due_zh(row.due_ms, row.due_estimated),
            reason: (String::new(), None),
        }
    }
}

/// `/company/members`
#[derive(Debug, Template)]
#[template(path = "company/members.html")]
pub struct MembersPage {
    /// The frame.
    pub chrome: Chrome,
    /// The reader is the administrator.
    pub admin: bool,
    /// What was just done.
    pub done: &'static str,
    /// Requests that wait for the administrator.
    pub requests: Vec<RequestLine>,
    /// The members.
    pub members: Vec<MemberLine>,
}

impl MembersPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: Chrome::company(sample_viewer(), "公司成员", "/company/members"),
            admin: true,
            done: "已发送设置密码的短信链接",
            requests: vec![RequestLine {
                id: "018f0000-0000-7000-8000-000000000021".to_owned(),
                version: 1,
                name: "古丽娜尔·阿布都热西提".to_owned(),
                department: "研发中心".to_owned(),
                mobile: "13900139000".to_owned(),
                due: "预计 2026-11-25 18:00 前完成".to_owned(),
                reason: (String::new(), Some("请填写拒绝的理由".to_owned())),
            }],
            members: vec![
                MemberLine::sample("沈知行", "管理员"),
                MemberLine::sample("陆怀瑾", "成员"),
                MemberLine {
                    guest: "2027 届秋季视频双选会（至 11-22 19:00）".to_owned(),
                    closed: true,
                    seen: String::new(),
                    ..MemberLine::sample("唐明诚", "来宾面试官")
                },
            ],
        }
    }
}

/// What was just done, in words; the address names it by a word, so that nobody can put his own
/// sentence there.
fn done_zh(word: &str) -> &'static str {
    match word {
        "added" => "已新增成员，设置密码的链接已用短信发给他",
        "saved" => "已保存",
        "link" => "设置密码的链接已用短信发给他",
        "closed" => "账户已注销，他不能再登录",
        "reopened" => "账户已恢复",
        "approved" => "已通过，对方可以以公司成员身份登录",
        "rejected" => "已拒绝，对方会收到理由",
        "transferred" => "管理员已转让",
        "invited" => "邀请链接已用短信发给来宾面试官",
        _ => "",
    }
}

/// The list as it stands.
pub(super) async fn build(
    state: &AppState,
    member: &CompanyMember,
    done: &str,
) -> PageResult<MembersPage> {
    let rows = store::list(&state.db, member.company).await?;
    let requests = if member.admin {
        store::requests(&state.db, member.company).await?
    } else {
        Vec::new()
    };
    Ok(MembersPage {
        chrome: Chrome::member(member, "公司成员", "/company/members"),
        admin: member.admin,
        done: done_zh(done),
        requests: requests.into_iter().map(RequestLine::new).collect(),
        members: rows
            .into_iter()
            .map(|row| MemberLine::new(row, member.admin))
            .collect(),
    })
}

/// `GET /company/members`
pub(super) async fn list(
    State(state): State<AppState>,
    member: CompanyMember,
    Query(fields): Query<Fields>,
) -> PageResult<Html<String>> {
    let page = build(&state, &member, fields.text("done")).await?;
    Ok(Html(page.render()?))
}

/// `/company/members/{account}`
#[derive(Debug, Template)]
#[template(path = "company/member.html")]
pub struct MemberPage {
    /// The frame.
    pub chrome: Chrome,
    /// The member.
    pub member: MemberLine,
    /// He is the reader.
    pub own: bool,
    /// What is wrong.
    pub errors: FormErrors,
}

impl MemberPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: Chrome::company(sample_viewer(), "修改成员", "/company/members"),
            member: MemberLine::sample("陆怀瑾", "成员"),
            own: false,
            errors: FormErrors::one("password", "密码不对"),
        }
    }

    /// May be made the administrator.
    pub fn may_follow(&self) -> bool {
        self.member.role == "成员" && !self.member.closed
    }
}

/// A member's page as it stands.
pub(super) async fn build_one(
    state: &AppState,
    admin: &CompanyAdmin,
    account: AccountId,
) -> PageResult<MemberPage> {
    let admin = &admin.0;
    let row = store::find(&state.db, admin.company, account)
        .await?
        .ok_or(PageError::NotFound)?;
    Ok(MemberPage {
        chrome: Chrome::member(admin, "修改成员", "/company/members"),
        member: MemberLine::new(row, true),
        own: account == admin.id,
        errors: FormErrors::default(),
    })
}

/// `GET /company/members/{account}`
pub(super) async fn one(
    State(state): State<AppState>,
    admin: CompanyAdmin,
    Path(account): Path<AccountId>,
) -> PageResult<Html<String>> {
    Ok(Html(build_one(&state, &admin, account).await?.render()?))
}
