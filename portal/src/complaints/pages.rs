//! `/complaints`: what someone complains of, and what is complained of him.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use serde::Deserialize;

use super::about::About;
use super::appeals::{self, pages::Line};
use super::rules::{self, CATEGORIES, Outcome};
use super::store::{self, Complaint};
use crate::accounts::{Session, SignedIn};
use crate::files;
use crate::ids::ComplaintId;
use crate::layout::{Chrome, Paging, StudentTab, Viewer, chrome_of, moment};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

pub(super) const HERE: &str = "/complaints";
/// Own complaints on one page.
const PER_PAGE: i64 = 20;

/// A complaint as a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: String,
    /// Words of the category.
    pub category: &'static str,
    /// Where it stands.
    pub status: &'static str,
    /// The tag's colour.
    pub tone: &'static str,
    /// When it was filed.
    pub filed: String,
    /// When it is due; empty once it is decided.
    pub due: String,
}

impl From<&Complaint> for Card {
    fn from(one: &Complaint) -> Self {
        let waits = matches!(
            one.status,
            rules::Status::Open | rules::Status::Handling | rules::Status::Appealed
        );
        Self {
            id: one.id.to_string(),
            number: one.number.clone(),
            category: rules::category_zh(&one.category),
            status: one.status.zh(),
            tone: one.status.tone(),
            filed: moment(one.created_ms),
            due: if waits {
                moment(one.due_ms)
            } else {
                String::new()
            },
        }
    }
}

impl Card {
    pub(super) fn sample() -> Self {
        Self {
            id: "018f0000-0000-7000-8000-000000000301".to_owned(),
            number: "TS20261125-4F19C0".to_owned(),
            category: "收取费用、押金，培训贷",
            status: "待处理",
            tone: "warn",
            filed: "2026-11-25 09:30".to_owned(),
            due: "2026-11-27 18:00".to_owned(),
        }
    }
}

/// The list.
#[derive(Debug, Template)]
#[template(path = "complaints.html")]
pub struct ComplaintsPage {
    /// The frame.
    pub chrome: Chrome,
    /// Own complaints.
    pub own: Vec<Card>,
    /// Where these stand among all of them.
    pub paging: Paging,
    /// Decided ones about this person or his company.
    pub about_me: Vec<Card>,
    /// What keeps this person or his company out, or did.
    pub bans: Vec<Line>,
    /// Nothing keeps the reader himself from complaining.
    pub may_file: bool,
    /// Telephone for complaints; may be empty.
    pub phone: String,
}

/// A place for one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceField {
    /// Name of the field.
    pub field: &'static str,
    /// Its label.
    pub label: &'static str,
    /// What may be uploaded; may be empty.
    pub hint: &'static str,
    /// Reference of the upload; may be empty.
    pub reference: String,
    /// Its name.
    pub name: String,
}

/// Places for files, with what is in them: references and names.
pub(super) fn evidence_fields(filled: [(&str, &str); rules::EVIDENCE]) -> Vec<EvidenceField> {
    const HINT: &str = "截图或文件，JPG、PNG 或 PDF，每个不超过 5 MB";
    let places = [
        ("evidence1", "证据（选填）", HINT),
        ("evidence2", "证据二（选填）", ""),
        ("evidence3", "证据三（选填）", ""),
    ];
    places
        .into_iter()
        .zip(filled)
        .map(|((field, label, hint), (reference, name))| EvidenceField {
            field,
            label,
            hint,
            reference: reference.to_owned(),
            name: name.to_owned(),
        })
        .collect()
}

/// The form.
#[derive(Debug, Template)]
#[template(path = "complaint-new.html")]
pub struct NewPage {
    /// The frame.
    pub chrome: Chrome,
    /// What it is about, as an address names it.
    pub about: String,
    /// What it is about, by name.
    pub subject: String,
    /// Codes and words.
    pub categories: Vec<(String, String)>,
    /// Code of the category.
    pub category: String,
    /// What happened.
    pub body: String,
    /// Places for files.
    pub evidence: Vec<EvidenceField>,
    /// Faults.
    pub errors: FormErrors,
}

/// A file that can be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceLink {
    /// As the person's disk calls it.
    pub name: String,
    /// Signed address.
    pub href: String,
    /// It can be shown as a picture.
    pub picture: bool,
}

/// One complaint, for one of its sides.
#[derive(Debug, Template)]
#[template(path = "complaint.html")]
pub struct ComplaintPage {
    /// The frame.
    pub chrome: Chrome,
    /// Head.
    pub card: Card,
    /// What it is about.
    pub subject: String,
    /// What happened; only for who wrote it.
    pub body: Option<String>,
    /// Files that came with it, likewise.
    pub evidence: Vec<EvidenceLink>,
    /// Words of the decision; empty: none yet.
    pub outcome: &'static str,
    /// The answer.
    pub answer: String,
    /// The appeal's text; shown to who wrote it.
    pub appeal: String,
    /// Someone appealed.
    pub appealed: bool,
    /// The form for an appeal is shown.
    pub may_appeal: bool,
    /// Version that the form speaks of.
    pub version: i64,
    /// Faults.
    pub errors: FormErrors,
}

fn sample_chrome(title: &str) -> Chrome {
    Chrome::student(Viewer::sample(), title, StudentTab::Other, None)
}

impl ComplaintsPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: sample_chrome("投诉与申诉"),
            own: vec![Card::sample()],
            paging: Paging::new(HERE, &[], 1, (1, PER_PAGE)),
            about_me: vec![Card::sample()],
            bans: vec![Line::sample()],
            may_file: true,
            phone: "010-00000000（示例）".to_owned(),
        }
    }
}

impl NewPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: sample_chrome("提交投诉"),
            about: "company:018f0000-0000-7000-8000-000000000101".to_owned(),
            subject: "澄源半导体（示例）有限公司".to_owned(),
            categories: rules::options(&CATEGORIES),
            category: "money".to_owned(),
            body: "面试后要求先交 500 元服装费。".to_owned(),
            evidence: evidence_fields([("", ""); rules::EVIDENCE]),
            errors: FormErrors::one("body", "请写明时间、经过和诉求"),
        }
    }
}

impl ComplaintPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: sample_chrome("投诉详情"),
            card: Card::sample(),
            subject: "澄源半导体（示例）有限公司".to_owned(),
            body: Some("面试后要求先交 500 元服装费。".to_owned()),
            evidence: vec![EvidenceLink {
                name: "聊天截图.png".to_owned(),
                href: "/files/x".to_owned(),
                picture: true,
            }],
            outcome: "投诉成立",
            answer: "经核实，已要求企业退还并限制其使用 30 天。".to_owned(),
            appeal: String::new(),
            appealed: false,
            may_appeal: true,
            version: 3,
            errors: FormErrors::default(),
        }
    }
}

/// Which part of the list the address asks for.
#[derive(Debug, Deserialize)]
pub(super) struct Listed {
    #[serde(default)]
    page: String,
}

/// `GET /complaints`
pub(super) async fn list(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Query(listed): Query<Listed>,
) -> PageResult<Html<String>> {
    let me = session.account.id;
    let total = store::count_of(&state.db, me).await?;
    let asked_page = listed.page.parse().unwrap_or(1);
    let paging = Paging::new(HERE, &[], asked_page, (total, PER_PAGE));
    let own = store::of(&state.db, me, (PER_PAGE, paging.offset(PER_PAGE))).await?;
    let about_me = store::about(&state.db, me).await?;
    let now_ms = state.now_ms();
    let bans = appeals::store::of(&state.db, me, now_ms).await?;
    let page = ComplaintsPage {
        chrome: chrome_of(&state, &session, "投诉与申诉", HERE).await?,
        own: own.iter().map(Card::from).collect(),
        paging,
        about_me: about_me.iter().map(Card::from).collect(),
        bans: bans.iter().map(Line::from).collect(),
        may_file: !bans
            .iter()
            .any(|case| case.ban.subject_kind == "account" && case.runs(now_ms)),
        phone: state.config.site.support_phone.clone(),
    };
    Ok(Html(page.render()?))
}

/// What the address may ask for.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    about: String,
}

/// `GET /complaints/new`
pub(super) async fn form(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let about = About::parse(&asked.about).ok_or(PageError::NotFound)?;
    let subject = about.subject(&state.db, session.account.id).await?;
    let page = NewPage {
        chrome: chrome_of(&state, &session, "提交投诉", HERE).await?,
        about: about.text(),
        subject: subject.ok_or(PageError::NotFound)?.name,
        categories: rules::options(&CATEGORIES),
        category: String::new(),
        body: String::new(),
        evidence: evidence_fields([("", ""); rules::EVIDENCE]),
        errors: FormErrors::default(),
    };
    Ok(Html(page.render()?))
}

/// As what someone sees a complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// He filed it.
    Complainer,
    /// It is about him or his company, and decided.
    About,
}

/// The complaint, if `session` is one of its sides.
pub(super) async fn found(
    state: &AppState,
    session: &Session,
    id: ComplaintId,
) -> PageResult<(Complaint, Side)> {
    let me = session.account.id;
    let own = store::find(&state.db, id).await?;
    if let Some(own) = own.filter(|one| one.account_id == me) {
        return Ok((own, Side::Complainer));
    }
    let one = store::find_about(&state.db, me, id).await?;
    Ok((one.ok_or(PageError::NotFound)?, Side::About))
}

/// `GET /complaints/{complaint}`
pub(super) async fn show(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Path(id): Path<ComplaintId>,
) -> PageResult<Html<String>> {
    let (complaint, side) = found(&state, &session, id).await?;
    let page = page(&state, &session, &complaint, side).await?;
    Ok(Html(page.render()?))
}

/// The page of a complaint. Whom it is about does not read what was written, nor by whom.
pub(super) async fn page(
    state: &AppState,
    session: &Session,
    one: &Complaint,
    side: Side,
) -> PageResult<ComplaintPage> {
    let now_ms = state.now_ms();
    let own = side == Side::Complainer;
    let evidence = if own {
        evidence(state, session, one.id).await?
    } else {
        Vec::new()
    };
    let wrote_appeal = one.appealed_by == Some(session.account.id);
    Ok(ComplaintPage {
        chrome: chrome_of(state, session, "投诉详情", HERE).await?,
        card: Card::from(one),
        subject: match one.subject_kind.as_str() {
            "platform" => "聘会平台".to_owned(),
            _ => store::subject_name(&state.db, one.id).await?,
        },
        body: own.then(|| one.body.clone()),
        evidence,
        outcome: Outcome::parse(&one.outcome).map_or("", Outcome::zh),
        answer: one.answer.clone(),
        appeal: if wrote_appeal {
            one.appeal.clone()
        } else {
            String::new()
        },
        appealed: one.appealed_by.is_some(),
        may_appeal: rules::may_appeal(one.status, one.decided_ms, now_ms),
        version: one.version,
        errors: FormErrors::default(),
    })
}

/// Links to the files that came with a complaint, for this viewer.
pub(super) async fn evidence(
    state: &AppState,
    session: &Session,
    id: ComplaintId,
) -> PageResult<Vec<EvidenceLink>> {
    let (now_ms, me) = (state.now_ms(), session.account.id);
    let rows = store::evidence(&state.db, id).await?;
    Ok(rows
        .into_iter()
        .map(|row| EvidenceLink {
            href: files::private_link(state, row.id, me, now_ms),
            picture: row.mime.starts_with("image/"),
            name: row.name,
        })
        .collect())
}
