//! `/platform/complaints`: the support's desk.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::appeals;
use super::pages::{self, Card, EvidenceLink};
use super::rules::{Bar, Event, Outcome, Status, TEXT_CHARS};
use super::store::{self, Complaint, Decision};
use crate::accounts::{PlatformStaff, SupportStaff};
use crate::audit;
use crate::ids::ComplaintId;
use crate::layout::{Chrome, Menu, Paging, Viewer, moment};
use crate::notifications::{self, Event as NoticeEvent, Notice};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

pub(super) const HERE: &str = "/platform/complaints";
/// Complaints on one page of the inbox.
const PER_PAGE: i64 = 50;

/// A row of the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Number, category, state.
    pub card: Card,
    /// It should be answered by now.
    pub overdue: bool,
    /// It is this staff member's.
    pub mine: bool,
    /// Another one has to work on it.
    pub barred: bool,
}

/// The inbox.
#[derive(Debug, Template)]
#[template(path = "platform-complaints.html")]
pub struct InboxPage {
    /// The frame.
    pub chrome: Chrome,
    /// Those that are decided are shown.
    pub done: bool,
    /// The most urgent first; of the decided ones, the latest.
    pub rows: Vec<Row>,
    /// Where these stand among all.
    pub paging: Paging,
    /// Appeals against bans, likewise.
    pub appeals: Vec<appeals::desk::Row>,
}

/// One complaint on the desk.
#[derive(Debug, Template)]
#[template(path = "platform-complaint.html")]
pub struct DeskPage {
    /// The frame.
    pub chrome: Chrome,
    /// Head.
    pub card: Card,
    /// What it is about.
    pub subject: String,
    /// What happened.
    pub body: String,
    /// Files that came with it.
    pub evidence: Vec<EvidenceLink>,
    /// Words of the decision so far; may be empty.
    pub outcome: &'static str,
    /// The answer so far, or what is in the form.
    pub answer: String,
    /// The appeal; may be empty.
    pub appeal: String,
    /// Who appealed.
    pub appealed_by: &'static str,
    /// It can be taken.
    pub may_take: bool,
    /// It can be decided.
    pub may_decide: bool,
    /// Why another one has to work on it; empty: this staff member may.
    pub barred: &'static str,
    /// There is no other one.
    pub alone: bool,
    /// `company:…` and `account:…` that can be banned, with words.
    pub bans: Vec<(String, &'static str)>,
    /// What happened to it: when and what.
    pub history: Vec<(String, &'static str)>,
    /// Version that the forms speak of.
    pub version: i64,
    /// Faults.
    pub errors: FormErrors,
}

impl InboxPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let row = |overdue, mine| Row {
            card: Card::sample(),
            overdue,
            mine,
            barred: overdue,
        };
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "投诉与封禁", Menu::Platform, HERE),
            done: false,
            rows: vec![row(true, false), row(false, true)],
            paging: Paging::new(HERE, &[], 1, (2, PER_PAGE)),
            appeals: vec![appeals::desk::Row::sample()],
        }
    }
}

impl DeskPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "处理投诉", Menu::Platform, HERE),
            card: Card::sample(),
            subject: "澄源半导体（示例）有限公司".to_owned(),
            body: "面试后要求先交 500 元服装费。".to_owned(),
            evidence: vec![EvidenceLink {
                name: "聊天截图.png".to_owned(),
                href: "/files/x".to_owned(),
                picture: true,
            }],
            outcome: "",
            answer: String::new(),
            appeal: String::new(),
            appealed_by: "",
            may_take: true,
            may_decide: true,
            barred: Bar::FirstDecision.zh(),
            alone: true,
            bans: vec![("company:018f".to_owned(), "封禁企业")],
            history: vec![("2026-11-25 09:30".to_owned(), "提交")],
            version: 1,
            errors: FormErrors::one("answer", "请写明处理结果"),
        }
    }
}

/// What the address may ask for.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    tab: String,
    #[serde(default)]
    page: String,
}

/// `GET /platform/complaints`
pub(super) async fn list(
    State(state): State<AppState>,
    SupportStaff(staff): SupportStaff,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let done = asked.tab == "done";
    let now_ms = state.now_ms();
    let tab = if done { "done" } else { "" };
    let total = store::count(&state.db, done).await?;
    let asked_page = asked.page.parse().unwrap_or(1);
    let paging = Paging::new(HERE, &[("tab", tab)], asked_page, (total, PER_PAGE));
    let slice = (PER_PAGE, paging.offset(PER_PAGE));
    let rows = store::inbox(&state.db, done, slice).await?;
    let cases = appeals::store::inbox(&state.db, done).await?;
    let page = InboxPage {
        chrome: Chrome::platform(&staff, "投诉与封禁", HERE),
        done,
        rows: rows
            .iter()
            .map(|one| Row {
                card: Card::from(one),
                overdue: !done && one.due_ms < now_ms,
                mine: one.handler_id == Some(staff.id),
                barred: !done && one.bar(staff.id).is_some(),
            })
            .collect(),
        paging,
        appeals: cases
            .iter()
            .map(|case| appeals::desk::Row::new(case, staff.id, now_ms))
            .collect(),
    };
    Ok(Html(page.render()?))
}

/// `GET /platform/complaints/{complaint}`: each look is in the audit log.
pub(super) async fn show(
    State(state): State<AppState>,
    SupportStaff(staff): SupportStaff,
    Path(id): Path<ComplaintId>,
) -> PageResult<Html<String>> {
    let found = store::find(&state.db, id).await?;
    let complaint = found.ok_or(PageError::NotFound)?;
    let page = page(&state, &staff, &complaint).await?;
    audit::Entry::by(staff.id, "complaint.read", "complaint", &id)
        .write(&state.db, state.now_ms())
        .await?;
    Ok(Html(page.render()?))
}

async fn page(state: &AppState, staff: &PlatformStaff, one: &Complaint) -> PageResult<DeskPage> {
    let mut bans = Vec::new();
    if let Some(company) = one.company_id {
        bans.push((format!("company:{company}"), "封禁企业"));
    }
    if one.subject_kind == "account" {
        bans.push((format!("account:{}", one.subject_id), "封禁账号"));
    }
    let history = audit::of(&state.db, "complaint", &one.id.to_string()).await?;
    let outcome = Outcome::parse(&one.outcome);
    let decidable = one.status.on(Event::Decide(Outcome::Upheld)).is_some();
    let bar = one.bar(staff.id).filter(|_| decidable);
    let alone = match bar {
        Some(_) => {
            let support = store::support(&state.db).await?;
            support.into_iter().all(|other| one.bar(other).is_some())
        }
        None => false,
    };
    Ok(DeskPage {
        chrome: Chrome::platform(staff, "处理投诉", HERE),
        card: Card::from(one),
        subject: match one.subject_kind.as_str() {
            "platform" => "聘会平台".to_owned(),
            _ => store::subject_name(&state.db, one.id).await?,
        },
        body: one.body.clone(),
        evidence: pages::evidence(state, &staff.session, one.id).await?,
        outcome: outcome.map_or("", Outcome::zh),
        answer: one.answer.clone(),
        appeal: one.appeal.clone(),
        appealed_by: match one.appealed_by {
            None => "",
            Some(by) if by == one.account_id => "投诉人",
            Some(_) => "被投诉方",
        },
        may_take: one.status.on(Event::Take).is_some() && bar.is_none(),
        may_decide: decidable && bar.is_none(),
        barred: bar.map_or("", Bar::zh),
        alone,
        bans,
        history: history
            .iter()
            .filter_map(|row| Some((moment(row.at_ms), action_zh(&row.action)?)))
            .collect(),
        version: one.version,
        errors: FormErrors::default(),
    })
}

/// Words of what changed; looks are left out.
fn action_zh(action: &str) -> Option<&'static str> {
    Some(match action {
        "complaint.file" => "提交",
        "complaint.take" => "受理",
        "complaint.uphold" => "认定成立",
        "complaint.dismiss" => "认定不成立",
        "complaint.appeal" => "申诉",
        "ban.impose" => "封禁",
        "ban.lift" => "解除封禁",
        _ => return None,
    })
}

/// Which version a button speaks of.
#[derive(Debug, Deserialize)]
pub(super) struct TakeForm {
    #[serde(default)]
    version: i64,
}

const CHANGED: PageError = PageError::Conflict("这件投诉刚刚有了变化，请刷新后再处理。");

/// `POST /platform/complaints/{complaint}/take`
pub(super) async fn take(
    State(state): State<AppState>,
    SupportStaff(staff): SupportStaff,
    Path(id): Path<ComplaintId>,
    Form(form): Form<TakeForm>,
) -> PageResult<Redirect> {
    let found = store::find(&state.db, id).await?;
    let complaint = found.ok_or(PageError::NotFound)?;
    if let Some(bar) = complaint.bar(staff.id) {
        return Err(PageError::Conflict(bar.zh()));
    }
    let status = complaint.status.on(Event::Take).ok_or(CHANGED)?;
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    if !store::take(&mut tx, (id, form.version), status, staff.id, now_ms).await? {
        return Err(CHANGED);
    }
    audit::Entry::by(staff.id, "complaint.take", "complaint", &id)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{HERE}/{id}")))
}

/// A decision as it was typed.
#[derive(Debug, Deserialize)]
pub(super) struct AnswerForm {
    #[serde(default)]
    version: i64,
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    answer: String,
}

/// `POST /platform/complaints/{complaint}/answer`
pub(super) async fn answer(
    State(state): State<AppState>,
    SupportStaff(staff): SupportStaff,
    Path(id): Path<ComplaintId>,
    Form(form): Form<AnswerForm>,
) -> PageResult<Response> {
    let found = store::find(&state.db, id).await?;
    let complaint = found.ok_or(PageError::NotFound)?;
    if form.version != complaint.version {
        return Err(CHANGED);
    }
    if let Some(bar) = complaint.bar(staff.id) {
        return Err(PageError::Conflict(bar.zh()));
    }
    let answer = form.answer.trim();
    let mut errors = FormErrors::default();
    let outcome = Outcome::parse(&form.outcome);
    if outcome.is_none() {
        errors.add("outcome", "请选择处理结果");
    }
    if answer.is_empty() || answer.chars().count() > TEXT_CHARS {
        let fault = format!("请写明核实情况和处理结果，最多 {TEXT_CHARS} 个字");
        errors.add("answer", fault);
    }
    let (Some(outcome), true) = (outcome, errors.is_empty()) else {
        let mut page = page(&state, &staff, &complaint).await?;
        page.errors = errors;
        page.answer = form.answer;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
    };
    let status = complaint.status.on(Event::Decide(outcome)).ok_or(CHANGED)?;
    let decision = Decision {
        status,
        outcome,
        answer,
        by: staff.id,
    };
    decide(&state, &complaint, form.version, decision).await?;
    Ok(Redirect::to(&format!("{HERE}/{id}")).into_response())
}

/// Decides, and tells whoever waits for it: the complainer, and who appealed.
async fn decide(
    state: &AppState,
    complaint: &Complaint,
    version: i64,
    decision: Decision<'_>,
) -> PageResult<()> {
    let (now_ms, id) = (state.now_ms(), complaint.id);
    let mut tx = state.db.begin().await?;
    if !store::decide(&mut tx, (id, version), decision, now_ms).await? {
        return Err(CHANGED);
    }
    let action = match decision.outcome {
        Outcome::Upheld => "complaint.uphold",
        Outcome::Dismissed => "complaint.dismiss",
    };
    audit::Entry::by(decision.by, action, "complaint", &id)
        .with(serde_json::json!({ "final": decision.status == Status::Closed }))
        .write_in(&mut tx, now_ms)
        .await?;
    let appellant = complaint
        .appealed_by
        .filter(|by| *by != complaint.account_id);
    for to in [Some(complaint.account_id), appellant]
        .into_iter()
        .flatten()
    {
        let notice = Notice {
            event: NoticeEvent::ComplaintAnswered,
            to,
            args: serde_json::json!({
                "number": complaint.number,
                "result": decision.outcome.zh(),
            }),
            link: format!("/complaints/{id}"),
            dedupe: Some(format!("complaint:{id}:{version}:{to}")),
        };
        notifications::enqueue(&mut tx, &notice, now_ms).await?;
    }
    tx.commit().await?;
    let label = decision.outcome.as_str();
    state.privacy.complaints.with_label_values(&[label]).inc();
    Ok(())
}
