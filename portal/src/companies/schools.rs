//! 入驻高校 (A77): which schools the company has joined, asked, or may ask.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Html, Redirect};

use super::home::sample_viewer;
use super::joins::{self, SchoolRow};
use super::waiting::due_zh;
use crate::accounts::{CompanyAdmin, CompanyMember};
use crate::audit;
use crate::ids::SchoolId;
use crate::layout::Chrome;
use crate::reviews::{Inbox, Kind, NewReview, store as reviews};
use crate::state::AppState;
use crate::web::{PageError, PageResult};

/// A school in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchoolLine {
    /// The school.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it stands, in words; empty: never asked.
    pub state: &'static str,
    /// Its colour.
    pub tone: &'static str,
    /// When it is due, or why not.
    pub note: String,
    /// May be asked (again).
    pub may_ask: bool,
    /// Has been joined, or waits: may be taken back.
    pub may_cancel: bool,
}

impl SchoolLine {
    fn new(row: SchoolRow) -> Self {
        let due = || match (row.due_ms, row.due_estimated) {
            (Some(due_ms), Some(estimated)) => due_zh(due_ms, estimated),
            _ => String::new(),
        };
        let (state, tone, note) = match row.status.as_str() {
            "waiting" => ("待认证", "quiet", "企业认证通过后自动提交".to_owned()),
            "submitted" => ("待审核", "info", due()),
            "returned" => ("退回修改", "warn", row.reason.clone()),
            "approved" => ("已入驻", "ok", String::new()),
            "rejected" => ("未通过", "bad", row.reason.clone()),
            "cancelled" => ("已取消", "quiet", String::new()),
            "blocked" => ("已被学校拉黑", "bad", row.reason.clone()),
            _ => ("", "", String::new()),
        };
        let is = |words: &[&str]| words.contains(&row.status.as_str());
        Self {
            id: row.school_id.to_string(),
            state,
            tone,
            note,
            may_ask: is(&["", "returned", "rejected", "cancelled"]),
            may_cancel: is(&["approved", "submitted"]),
            name: row.school_name,
        }
    }
}

/// `/company/schools`
#[derive(Debug, Template)]
#[template(path = "company/schools.html")]
pub struct SchoolsPage {
    /// The frame.
    pub chrome: Chrome,
    /// The reader is the administrator.
    pub admin: bool,
    /// The schools.
    pub schools: Vec<SchoolLine>,
}

impl SchoolsPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let line = |name: &str, status: &str, reason: &str| {
            SchoolLine::new(SchoolRow {
                school_id: SchoolId::new(),
                school_name: name.to_owned(),
                join_id: None,
                status: status.to_owned(),
                reason: reason.to_owned(),
                due_ms: Some(1_795_305_600_000),
                due_estimated: Some(false),
            })
        };
        Self {
            chrome: Chrome::company(sample_viewer(), "入驻高校", "/company/schools"),
            admin: true,
            schools: vec![
                line("赣江理工大学", "approved", ""),
                line("湘水师范大学", "submitted", ""),
                line("岳麓工程学院", "rejected", "本校暂不接受该行业单位"),
                line("洞庭医科大学", "", ""),
                line("庐山艺术学院", "blocked", "连续两次缺席双选会"),
            ],
        }
    }
}

/// `GET /company/schools`
pub(super) async fn page(
    State(state): State<AppState>,
    member: CompanyMember,
) -> PageResult<Html<String>> {
    let rows = joins::of_company(&state.db, member.company).await?;
    let page = SchoolsPage {
        chrome: Chrome::member(&member, "入驻高校", "/company/schools"),
        admin: member.admin,
        schools: rows.into_iter().map(SchoolLine::new).collect(),
    };
    Ok(Html(page.render()?))
}

/// `POST /company/schools/{school}/join`: 入驻.
pub(super) async fn join(
    State(state): State<AppState>,
    member: CompanyMember,
    Path(school): Path<SchoolId>,
) -> PageResult<Redirect> {
    let open = joins::of_company(&state.db, member.company).await?;
    if !open.iter().any(|row| row.school_id == school) {
        return Err(PageError::NotFound);
    }
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    let Some(id) = joins::ask(&mut tx, member.company, school, now_ms).await? else {
        return Err(PageError::Conflict("已入驻或正在审核，或学校不接受申请。"));
    };
    let review = NewReview {
        kind: Kind::SchoolJoin,
        subject: id.to_string(),
        inbox: Inbox::School(school),
        company: Some(member.company),
        title: member.company_name.clone(),
        flags: Vec::new(),
        by: member.id,
    };
    if !reviews::resubmit(&mut tx, &review, now_ms).await? {
        reviews::submit(&mut tx, &review, now_ms).await?;
    }
    audit::Entry::by(member.id, "school_join.ask", "school_join", &id)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Redirect::to("/company/schools"))
}

/// `POST /company/schools/{school}/cancel`: takes a request back, or leaves the school.
pub(super) async fn cancel(
    State(state): State<AppState>,
    CompanyAdmin(admin): CompanyAdmin,
    Path(school): Path<SchoolId>,
) -> PageResult<Redirect> {
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    let join = joins::find_of(&mut tx, admin.company, school)
        .await?
        .ok_or(PageError::NotFound)?;
    if !matches!(join.status.as_str(), "approved" | "submitted" | "returned") {
        return Err(PageError::Conflict("现在没有可以取消的入驻。"));
    }
    if !joins::set(&mut tx, join.id, ("cancelled", ""), now_ms).await? {
        return Err(PageError::Conflict("学校已将本公司拉黑。"));
    }
    let subject = join.id.to_string();
    reviews::withdraw(&mut tx, Kind::SchoolJoin, &subject, admin.id, now_ms).await?;
    audit::Entry::by(admin.id, "school_join.cancel", "school_join", &join.id)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Redirect::to("/company/schools"))
}
