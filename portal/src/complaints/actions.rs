//! Filing a complaint, and appealing.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::db::is_unique_violation;
use rand::RngExt;
use serde::Deserialize;

use super::about::About;
use super::pages::{self, HERE, NewPage, evidence_fields};
use super::rules::{self, CATEGORIES, Event, TEXT_CHARS};
use super::store::{self, Appeal, NewComplaint, Subject};
use crate::accounts::{Session, SignedIn};
use crate::audit;
use crate::dictionaries::calendar;
use crate::files::{self, FileRef, Purpose};
use crate::ids::ComplaintId;
use crate::layout::{chrome_of, day};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// Tries to find a number that is free. Two in one day that agree are one in 16 million.
const NUMBERS: usize = 3;

/// A complaint as it was typed.
#[derive(Debug, Deserialize)]
pub(super) struct NewForm {
    #[serde(default)]
    about: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    evidence1: String,
    #[serde(default)]
    evidence1_name: String,
    #[serde(default)]
    evidence2: String,
    #[serde(default)]
    evidence2_name: String,
    #[serde(default)]
    evidence3: String,
    #[serde(default)]
    evidence3_name: String,
}

impl NewForm {
    /// Uploads with their names.
    fn evidence(&self) -> [(&str, &str); rules::EVIDENCE] {
        [
            (&self.evidence1, &self.evidence1_name),
            (&self.evidence2, &self.evidence2_name),
            (&self.evidence3, &self.evidence3_name),
        ]
    }
}

fn check(state: &AppState, form: &NewForm) -> (Vec<FileRef>, FormErrors) {
    let mut errors = FormErrors::default();
    if !CATEGORIES.iter().any(|(code, _)| *code == form.category) {
        errors.add("category", "请选择投诉类型");
    }
    let chars = form.body.trim().chars().count();
    if chars == 0 {
        errors.add("body", "请写明时间、经过和诉求");
    } else if chars > TEXT_CHARS {
        errors.add(
            "body",
            format!("最多 {TEXT_CHARS} 个字，现在是 {chars} 个字"),
        );
    }
    let names = ["evidence1", "evidence2", "evidence3"];
    let mut files = Vec::new();
    for (field, (reference, _)) in names.into_iter().zip(form.evidence()) {
        if reference.is_empty() {
            continue;
        }
        match FileRef::parse(&state.signer, reference, Purpose::Evidence) {
            Some(file) => files.push(file),
            None => errors.add(field, "附件无效，请重新上传"),
        }
    }
    (files, errors)
}

/// `POST /complaints/new`
pub(super) async fn file(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Form(form): Form<NewForm>,
) -> PageResult<Response> {
    let about = About::parse(&form.about).ok_or(PageError::NotFound)?;
    let subject = about.subject(&state.db, session.account.id).await?;
    let subject = subject.ok_or(PageError::NotFound)?;
    let (files, errors) = check(&state, &form);
    let errors = if errors.is_empty() {
        match save(&state, &session, (&about, &subject), &form, files).await? {
            Ok(id) => return Ok(Redirect::to(&format!("{HERE}/{id}")).into_response()),
            Err(errors) => errors,
        }
    } else {
        errors
    };
    let page = NewPage {
        chrome: chrome_of(&state, &session, "提交投诉", HERE).await?,
        about: about.text(),
        subject: subject.name,
        categories: rules::options(&CATEGORIES),
        evidence: evidence_fields(form.evidence()),
        category: form.category,
        body: form.body,
        errors,
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

/// Files the complaint under a free number.
async fn save(
    state: &AppState,
    session: &Session,
    of: (&About, &Subject),
    form: &NewForm,
    files: Vec<FileRef>,
) -> PageResult<Result<ComplaintId, FormErrors>> {
    let mut tries = 0;
    loop {
        tries += 1;
        match save_once(state, session, of, form, &files).await {
            Err(error) if is_unique_violation(&error) && tries < NUMBERS => {}
            done => return Ok(done?),
        }
    }
}

async fn save_once(
    state: &AppState,
    session: &Session,
    (about, subject): (&About, &Subject),
    form: &NewForm,
    files: &[FileRef],
) -> Result<Result<ComplaintId, FormErrors>, sqlx::Error> {
    let (now_ms, me) = (state.now_ms(), session.account.id);
    let mut tx = state.db.begin().await?;
    if store::filed_since(&mut tx, me, now_ms - 86_400_000).await? >= rules::A_DAY {
        state
            .privacy
            .complaints
            .with_label_values(&["capped"])
            .inc();
        let text = format!("24 小时内最多提交 {} 件投诉，请稍后再试", rules::A_DAY);
        return Ok(Err(FormErrors::one("body", text)));
    }
    let due = calendar::due(&mut tx, now_ms, rules::DUE_WORKING_DAYS).await?;
    let new = NewComplaint {
        id: ComplaintId::new(),
        number: number(now_ms),
        by: me,
        subject_kind: about.kind,
        subject_id: about.id.clone(),
        company: subject.company_id,
        category: form.category.clone(),
        body: form.body.trim().to_owned(),
        due_ms: due.at_ms,
    };
    store::add(&mut tx, &new, now_ms).await?;
    for file in files {
        let to = ("complaint", new.id.to_string());
        let subject = (to.0, to.1.as_str());
        let attached = files::attach(&mut tx, *file, Purpose::Evidence, subject, now_ms).await?;
        if attached.is_none() {
            let text = "附件已失效，请重新上传";
            return Ok(Err(FormErrors::one("evidence1", text)));
        }
    }
    audit::Entry::by(me, "complaint.file", "complaint", &new.id)
        .with(serde_json::json!({ "about": about.text(), "category": new.category }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    state.privacy.complaints.with_label_values(&["filed"]).inc();
    Ok(Ok(new.id))
}

/// `TS20261125-4F19C0`.
fn number(now_ms: i64) -> String {
    let tail = rand::rng().random::<u32>() & 0xff_ffff;
    format!("TS{}-{tail:06X}", day(now_ms).replace('-', ""))
}

/// An appeal as it was typed.
#[derive(Debug, Deserialize)]
pub(super) struct AppealForm {
    #[serde(default)]
    version: i64,
    #[serde(default)]
    appeal: String,
}

/// `POST /complaints/{complaint}/appeal`
pub(super) async fn appeal(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Path(id): Path<ComplaintId>,
    Form(form): Form<AppealForm>,
) -> PageResult<Response> {
    let (complaint, side) = pages::found(&state, &session, id).await?;
    let now_ms = state.now_ms();
    let next = complaint.status.on(Event::Appeal);
    let next = next.filter(|_| rules::may_appeal(complaint.status, complaint.decided_ms, now_ms));
    let status = next.ok_or(PageError::Conflict("这件投诉现在不能申诉，请刷新后查看。"))?;
    let text = form.appeal.trim();
    if text.is_empty() || text.chars().count() > TEXT_CHARS {
        let mut page = pages::page(&state, &session, &complaint, side).await?;
        let fault = format!("请写明申诉理由，最多 {TEXT_CHARS} 个字");
        page.errors = FormErrors::one("appeal", fault);
        page.appeal = form.appeal;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
    }
    let me = session.account.id;
    let mut tx = state.db.begin().await?;
    let due = calendar::due(&mut tx, now_ms, rules::DUE_WORKING_DAYS).await?;
    let appeal = Appeal {
        status,
        text,
        by: me,
        due_ms: due.at_ms,
    };
    if !store::appeal(&mut tx, (id, form.version), appeal, now_ms).await? {
        return Err(PageError::Conflict("这件投诉刚刚有了变化，请刷新后查看。"));
    }
    audit::Entry::by(me, "complaint.appeal", "complaint", &id)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    state
        .privacy
        .complaints
        .with_label_values(&["appealed"])
        .inc();
    Ok(Redirect::to(&format!("{HERE}/{id}")).into_response())
}
