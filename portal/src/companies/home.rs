//! `/company`: a company's first page; for someone who waits, what he waits for.

use askama::Template;
use axum::extract::State as AxState;
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::applying::{self, ApplyForm, WaitingPage};
use super::members::store::{self as members, Standing};
use super::store::{self, CompanyFair, UnderWay};
use super::waiting::{self, due_zh};
use super::{claims, joins};
use crate::accounts::{AccountKind, Session, SignedIn};
use crate::layout::{Chrome, Menu, Viewer, chrome_of};
use crate::reviews::State as ReviewState;
use crate::state::AppState;
use crate::video_fairs::rules::{FairTime, beijing};
use crate::web::{PageError, PageResult};

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToDo {
    /// What.
    pub text: String,
    /// Where.
    pub href: &'static str,
    /// The link's words.
    pub action: &'static str,
}

/// A review that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewLine {
    /// What is under review.
    pub what: &'static str,
    /// Its title.
    pub title: String,
    /// Its state.
    pub state: &'static str,
    /// Its colour.
    pub tone: &'static str,
    /// When it is due, or why it came back.
    pub note: String,
}

/// A fair with a booth of the company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FairCard {
    /// Title.
    pub title: String,
    /// School and time.
    pub when: String,
    /// Number of the booth.
    pub number: String,
    /// `未开始`, `进行中`.
    pub phase: &'static str,
}

/// `/company`, of a certified company.
#[derive(Debug, Template)]
#[template(path = "company/home.html")]
pub struct HomePage {
    /// The frame.
    pub chrome: Chrome,
    /// The reader is the administrator.
    pub admin: bool,
    /// Requests to join that wait.
    pub requests: i64,
    /// Schools that the company has joined.
    pub schools: usize,
    /// What is to be done.
    pub to_do: Vec<ToDo>,
    /// Reviews under way.
    pub reviews: Vec<ReviewLine>,
    /// Fairs that are not over.
    pub fairs: Vec<FairCard>,
}

impl HomePage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: Chrome::company(sample_viewer(), "首页", "/company"),
            admin: true,
            requests: 2,
            schools: 3,
            to_do: vec![ToDo {
                text: "2 人申请加入公司".to_owned(),
                href: "/company/members",
                action: "去处理",
            }],
            reviews: vec![ReviewLine {
                what: "入驻高校",
                title: "湘水师范大学".to_owned(),
                state: "待审核",
                tone: "info",
                note: "预计 2026-11-25 18:00 前完成".to_owned(),
            }],
            fairs: vec![FairCard {
                title: "2027 届秋季视频双选会".to_owned(),
                when: "赣江理工大学 · 11-22 09:00 – 11-22 17:00".to_owned(),
                number: "B-017".to_owned(),
                phase: "进行中",
            }],
        }
    }
}

/// Whom sample pages of companies greet.
pub(super) fn sample_viewer() -> Viewer<'static> {
    Viewer {
        school: "澄源半导体（示例）",
        name: "沈工",
        csrf: "00ff",
        unread: 0,
    }
}

/// `GET /company`
pub(super) async fn page(
    AxState(state): AxState<AppState>,
    SignedIn(session): SignedIn,
) -> PageResult<Response> {
    if session.account.kind != AccountKind::Company {
        return Err(PageError::Forbidden("a page for another kind of account"));
    }
    let standing = members::standing(&state.db, session.account.id).await?;
    let Some(standing) = standing else {
        return Ok(Redirect::to("/register/company").into_response());
    };
    if standing.guest_fair_id.is_some() && standing.status == "approved" {
        return Ok(Redirect::to("/booths").into_response());
    }
    if standing.status == "approved" && standing.company_status == "certified" {
        let page = certified(&state, &session, &standing).await?;
        return Ok(Html(page.render()?).into_response());
    }
    let waiting = waiting::of(&state, session.account.id).await?;
    let page = WaitingPage {
        chrome: chrome_of(&state, &session, "首页", "/company").await?,
        standing: applying::words_of(&standing, waiting.as_ref()),
        form: ApplyForm::of(&session, waiting.as_ref()),
        editable: applying::is_editable(&standing, waiting.as_ref()),
        certification: standing.status == "approved",
        waiting,
        errors: crate::web::FormErrors::default(),
    };
    Ok(Html(page.render()?).into_response())
}

async fn certified(
    state: &AppState,
    session: &Session,
    standing: &Standing,
) -> PageResult<HomePage> {
    let (db, company) = (&state.db, standing.company_id);
    let admin = standing.role == "admin";
    let requests = if admin {
        members::count_requests(db, company).await?
    } else {
        0
    };
    let schools = joins::of_company(db, company).await?;
    let schools = schools
        .iter()
        .filter(|row| row.status == "approved")
        .count();
    let viewer = Viewer {
        school: &standing.company_name,
        name: &session.account.nickname,
        csrf: &session.csrf,
        unread: session.unread,
    };
    let menu = Menu::Member {
        admin,
        pays: admin || standing.may_pay,
    };
    let now_ms = state.now_ms();
    Ok(HomePage {
        chrome: Chrome::with_menu(viewer, "首页", menu, "/company"),
        admin,
        requests,
        schools,
        to_do: to_do(state, standing, (admin, requests, schools)).await?,
        reviews: lines(store::under_way(db, company).await?),
        fairs: cards(store::fairs(db, company, now_ms).await?, now_ms),
    })
}

async fn to_do(
    state: &AppState,
    standing: &Standing,
    (admin, requests, schools): (bool, i64, usize),
) -> Result<Vec<ToDo>, sqlx::Error> {
    let mut list = Vec::new();
    let mut add = |when: bool, text: &str, href, action| {
        if when {
            let text = text.to_owned();
            list.push(ToDo { text, href, action });
        }
    };
    if requests > 0 {
        add(
            true,
            &format!("{requests} 人申请加入公司"),
            "/company/members",
            "去处理",
        );
    }
    add(
        schools == 0,
        "还没有入驻高校，入驻后才能报名校园招聘",
        "/company/schools",
        "去入驻",
    );
    if admin {
        let claim = claims::open(&state.db, standing.company_id).await?;
        add(
            claim.is_some(),
            "有人申请成为本公司管理员，平台正在审核；如有异议请联系平台",
            "/company/members",
            "看成员",
        );
        let details = store::details(&state.db, standing.company_id).await?;
        let old = details.is_some_and(|details| details.code.len() == 9);
        add(
            old,
            "登记的是 9 位老码，请补充 18 位统一社会信用代码",
            "/company/certification",
            "去补充",
        );
    }
    Ok(list)
}

fn lines(reviews: Vec<UnderWay>) -> Vec<ReviewLine> {
    reviews
        .into_iter()
        .map(|review| ReviewLine {
            what: review.kind.zh(),
            title: review.title,
            state: review.state.zh(),
            tone: review.state.tone(),
            note: if review.state == ReviewState::Returned {
                review.reason
            } else {
                due_zh(review.due_ms, review.due_estimated)
            },
        })
        .collect()
}

fn cards(fairs: Vec<CompanyFair>, now_ms: i64) -> Vec<FairCard> {
    fairs
        .into_iter()
        .map(|fair| FairCard {
            when: format!(
                "{} · {} – {}",
                fair.school_name,
                beijing(fair.starts_ms),
                beijing(fair.ends_ms)
            ),
            title: fair.title,
            number: fair.number,
            phase: FairTime::of(fair.starts_ms, fair.ends_ms, now_ms).zh(),
        })
        .collect()
}
