//! One review: what was handed in, what a machine found, what happened so far, and the form that
//! decides it.

use askama::Template;
use axum::extract::{Path, State as AxumState};
use axum::response::Html;

use super::desk::{DeskStaff, Seat};
use super::lists::{self, EventRow};
use super::machine::Eyes;
use super::rules::{Kind, State};
use super::sections::{self, Section};
use super::store::{Colleague, Review};
use super::{reasons, rules};
use crate::audit;
use crate::dictionaries::calendar::{self, Remaining};
use crate::ids::{AccountId, ReviewId};
use crate::layout::{Chrome, Menu, Viewer};
use crate::state::AppState;
use crate::video_fairs::rules::beijing;
use crate::web::{FormErrors, PageError, PageResult};

/// A line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// When, Beijing time.
    pub at: String,
    /// What, and by whom.
    pub text: String,
    /// Why; may be empty.
    pub reason: String,
    /// The colour of its mark.
    pub tone: &'static str,
}

impl From<EventRow> for Moment {
    fn from(row: EventRow) -> Self {
        let (what, tone) = match row.event.as_str() {
            "submitted" => ("提交", ""),
            "resubmitted" => ("修改后重新提交", ""),
            "assigned" => ("领取或转交", ""),
            "first_approved" => ("初审通过", "ok"),
            "approved" => ("审核通过", "ok"),
            "returned" => ("退回修改", "warn"),
            "rejected" => ("审核不通过", "bad"),
            "withdrawn" => ("申请人撤回", ""),
            "escalated" => ("超期提醒", "bad"),
            "rescheduled" => ("工作日历变更", ""),
            _ => ("变更", ""),
        };
        let who = row.actor.unwrap_or_else(|| "系统".to_owned());
        Self {
            at: beijing(row.at_ms),
            text: format!("{who} {what}"),
            reason: row.reason,
            tone,
        }
    }
}

/// What someone typed into the form that decides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecisionForm {
    /// One of the usual reasons.
    pub usual: String,
    /// His own words.
    pub reason: String,
}

/// One review.
#[derive(Debug, Template)]
#[template(path = "reviews/detail.html")]
pub struct ReviewPage {
    /// The frame.
    pub chrome: Chrome,
    /// Path of the inbox.
    pub base: &'static str,
    /// The review.
    pub review: Review,
    /// What is under review.
    pub section: Section,
    /// The clock, while it runs.
    pub clock: Option<Remaining>,
    /// What happened so far.
    pub timeline: Vec<Moment>,
    /// Who can take it.
    pub colleagues: Vec<Colleague>,
    /// Who took it; empty: nobody.
    pub assignee: String,
    /// Who approved first; empty: nobody.
    pub first: String,
    /// Who decided; empty: nobody.
    pub decided: String,
    /// Who looks.
    pub me: AccountId,
    /// Someone was quicker; what the reader had typed is below.
    pub conflict: bool,
    /// The form.
    pub form: DecisionForm,
    /// What is wrong with it.
    pub errors: FormErrors,
}

impl ReviewPage {
    /// Sample data for the test that renders every page: one review of each kind.
    pub fn samples() -> Vec<Self> {
        [
            (Kind::Recertification, sections::sample::certification()),
            (Kind::AdminClaim, sections::sample::claim()),
            (Kind::SchoolJoin, sections::sample::join()),
            (Kind::Identity, sections::sample::identity()),
        ]
        .map(|(kind, section)| Self::sample(kind, section))
        .into()
    }

    fn sample(kind: Kind, section: Section) -> Self {
        let now_ms = 1_795_305_600_000;
        let (me, other) = (AccountId::new(), AccountId::new());
        let review = Review {
            id: ReviewId::new(),
            kind,
            subject_id: String::new(),
            inbox: "platform".to_owned(),
            school_id: None,
            company_id: None,
            title: "澄源半导体（示例）".to_owned(),
            flags: base::db::JsonText(vec!["代码的校验位不符，请核对".to_owned()]),
            submitted_by: other,
            submitted_ms: now_ms - 90_000_000,
            due_ms: now_ms + 34 * 3_600_000,
            due_estimated: false,
            state: State::Open,
            assignee_id: Some(me),
            escalated_ms: None,
            first_by: (kind == Kind::AdminClaim).then_some(other),
            decided_by: None,
            decided_ms: None,
            reason: String::new(),
            version: 2,
        };
        let event = |event: &str, actor: Option<&str>, reason: &str| EventRow {
            at_ms: now_ms - 90_000_000,
            actor_id: None,
            actor: actor.map(str::to_owned),
            event: event.to_owned(),
            reason: reason.to_owned(),
        };
        let timeline = [
            event("submitted", Some("沈知行"), ""),
            event("returned", Some("闻清"), "营业执照图片不清晰"),
            event("resubmitted", Some("沈知行"), ""),
            event("escalated", None, ""),
        ];
        let calendar = formats::working_days::Calendar::built_in();
        Self {
            chrome: Chrome::with_menu(
                Viewer::sample(),
                "审核",
                Menu::Platform,
                "/platform/reviews",
            ),
            base: "/platform/reviews",
            clock: Some(calendar::remaining(&calendar, now_ms, review.due())),
            first: review.first_by.map_or("", |_| "闻清").to_owned(),
            review,
            section,
            timeline: timeline.map(Moment::from).into(),
            colleagues: vec![Colleague {
                id: other,
                name: "闻清".to_owned(),
            }],
            assignee: "舒平".to_owned(),
            decided: String::new(),
            me,
            conflict: false,
            form: DecisionForm::default(),
            errors: FormErrors::one("reason", "请选择或填写理由"),
        }
    }

    /// It waits for a decision.
    pub fn is_open(&self) -> bool {
        self.review.state == State::Open
    }

    /// Two reviewers have to approve it.
    pub fn four_eyes(&self) -> bool {
        self.review.kind.eyes() == Eyes::Four
    }

    /// The reader approved it first, and another one has to.
    pub fn mine_first(&self) -> bool {
        self.review.first_by == Some(self.me)
    }

    /// The reader took it.
    pub fn is_mine(&self) -> bool {
        self.review.assignee_id == Some(self.me)
    }

    /// A student's claim, which may come with a code of 学信网.
    pub fn asks_chsi(&self) -> bool {
        self.review.kind == Kind::Identity
    }

    /// The words on the button that approves.
    pub fn approve(&self) -> &'static str {
        match (self.four_eyes(), self.review.first_by) {
            (true, None) => "初审通过",
            (true, Some(_)) => "复核通过",
            (false, _) => "通过",
        }
    }

    /// The usual reasons.
    pub fn usual(&self) -> &'static [&'static str] {
        reasons::usual(self.review.kind)
    }

    /// The longest reason.
    pub fn reason_chars(&self) -> usize {
        rules::REASON_CHARS
    }

    /// Beijing time of a moment.
    pub fn at(&self, ms: &i64) -> String {
        beijing(*ms)
    }

    /// When it is due.
    pub fn due(&self) -> String {
        calendar::zh(self.review.due())
    }
}

/// `GET /platform/reviews/{review}`, `GET /school/reviews/{review}`. A review shows personal
/// data, so the look is audited.
pub(super) async fn show<S: DeskStaff>(
    AxumState(state): AxumState<AppState>,
    staff: S,
    Path(review): Path<ReviewId>,
) -> PageResult<Html<String>> {
    let page = page_of(&state, &staff, review).await?;
    let id = staff.seat().id;
    audit::Entry::by(id, "review.view", "review", &review)
        .write(&state.db, state.now_ms())
        .await?;
    Ok(Html(page.render()?))
}

/// The page of a review, with an empty form.
pub(super) async fn page_of<S: DeskStaff>(
    state: &AppState,
    staff: &S,
    review: ReviewId,
) -> PageResult<ReviewPage> {
    let Seat { desk, id, base } = staff.seat();
    let (db, now_ms) = (&state.db, state.now_ms());
    let review = lists::find(db, review, desk).await?;
    let review = review.ok_or(PageError::NotFound)?;
    let calendar = calendar::load(db).await?;
    let events = lists::events(db, review.id).await?;
    let name = async |account: Option<AccountId>| match account {
        Some(account) => Ok(lists::name_of(db, account).await?.unwrap_or_default()),
        None => Ok::<_, sqlx::Error>(String::new()),
    };
    let open = review.state == State::Open;
    Ok(ReviewPage {
        chrome: staff.chrome(&review.title),
        base,
        section: sections::load(state, &review, id).await?,
        clock: open.then(|| calendar::remaining(&calendar, now_ms, review.due())),
        timeline: events.into_iter().map(Moment::from).collect(),
        colleagues: lists::people(db, desk).await?,
        assignee: name(review.assignee_id).await?,
        first: name(review.first_by).await?,
        decided: name(review.decided_by).await?,
        review,
        me: id,
        conflict: false,
        form: DecisionForm::default(),
        errors: FormErrors::default(),
    })
}
