//! `/api/calls/{call}/…`: note, evaluation, feedback.
//!
//! All are `PUT`s of a whole value: sending one twice changes nothing more. The live side says
//! whose call it is; the seat is checked in SQL. A note carries the version that it grew from: a
//! page that lags behind another one is answered with the stored text and overwrites nothing.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base::db::Tx;
use serde::{Deserialize, Serialize};
use serde_json::json;
use signaling_core::PortalCommand;
use signaling_protocol::Outcome;

use super::rules::{self, FEEDBACK_CHARS, NOTE_CHARS};
use super::store::{self, CallOf, Judgement, Note};
use crate::accounts::{CompanyMember, Interviewer, Student};
use crate::audit;
use crate::ids::{AccountId, CallId};
use crate::state::AppState;
use crate::video_fairs;
use crate::web::{FormErrors, PageError, PageResult};

/// A note as a page sends it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoteText {
    text: String,
    /// The version that the page knows; 0 or none: it knows of no stored note.
    #[serde(default)]
    version: i64,
}

/// A note was not saved: status 409, and the other text, so that none is lost.
#[derive(Debug, Serialize)]
struct Stale {
    /// `note_stale`.
    code: &'static str,
    title: &'static str,
    text: &'static str,
    stored: Stored,
}

/// A note as it is stored.
#[derive(Debug, Serialize)]
struct Stored {
    text: String,
    version: i64,
}

/// What saving came to.
pub(super) enum Answer {
    Saved(Saved),
    Stale(Note),
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let note = match self {
            Self::Saved(saved) => return Json(saved).into_response(),
            Self::Stale(note) => note,
        };
        let stale = Stale {
            code: "note_stale",
            title: "备注已在另一个页面修改",
            text: "没有覆盖。请比较两份内容，再选择保留哪一份。",
            stored: Stored {
                text: note.body,
                version: note.version,
            },
        };
        (StatusCode::CONFLICT, Json(stale)).into_response()
    }
}

/// A note as a page reads it.
#[derive(Debug, Default, Serialize)]
pub(super) struct StoredNote {
    text: String,
    version: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    evaluation: Option<StoredEvaluation>,
}

#[derive(Debug, Serialize)]
struct StoredEvaluation {
    outcome: Outcome,
    stars: Option<i64>,
    note: String,
}

/// Which version was stored.
#[derive(Debug, Serialize)]
pub(super) struct Saved {
    version: i64,
    /// That of the note, where an evaluation came with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    note_version: Option<i64>,
}

/// An evaluation as a page sends it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EvaluationForm {
    outcome: Outcome,
    #[serde(default)]
    stars: Option<i64>,
    #[serde(default)]
    note: String,
    /// The version of the note that the page knows; as in [`NoteText`].
    #[serde(default)]
    note_version: i64,
}

/// Feedback as a page sends it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FeedbackForm {
    rating: i64,
    #[serde(default)]
    text: String,
}

/// `GET /api/calls/{call}/note`
pub(super) async fn read_note(
    State(state): State<AppState>,
    Interviewer { member, .. }: Interviewer,
    Path(call): Path<CallId>,
) -> PageResult<Json<StoredNote>> {
    let of = call_of_member(&state, call, &member).await?;
    let note = store::note(&state.db, call, member.id).await?;
    let evaluation = store::evaluation(&state.db, call, of.company).await?;
    Ok(Json(StoredNote {
        evaluation: evaluation.map(|stored| StoredEvaluation {
            outcome: stored.outcome.0,
            stars: stored.stars,
            note: stored.note,
        }),
        ..note.map_or_else(StoredNote::default, |note| StoredNote {
            text: note.body,
            version: note.version,
            evaluation: None,
        })
    }))
}

/// `PUT /api/calls/{call}/note`: saved by itself while the interviewer types.
pub(super) async fn save_note(
    State(state): State<AppState>,
    Interviewer { member, .. }: Interviewer,
    Path(call): Path<CallId>,
    Json(note): Json<NoteText>,
) -> PageResult<Answer> {
    let mut errors = FormErrors::default();
    rules::check_text("text", &note.text, NOTE_CHARS, &mut errors);
    errors.into_result()?;
    let of = call_of_member(&state, call, &member).await?;
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    let written = (note.text.as_str(), note.version);
    let version = match write_note(&mut tx, &of, member.id, written, now_ms).await? {
        Ok(version) => version,
        Err(stored) => return Ok(Answer::Stale(stored)),
    };
    // One row per note, not per keystroke.
    if version == 1 {
        audit::Entry::by(member.id, "note.begin", "call", &call)
            .write_in(&mut tx, now_ms)
            .await?;
    }
    tx.commit().await?;
    Ok(Answer::Saved(Saved {
        version,
        note_version: None,
    }))
}

/// Writes a note over the version that its page knows; `Err`: what another page stored since.
async fn write_note(
    tx: &mut Tx,
    of: &CallOf,
    me: AccountId,
    note: (&str, i64),
    now_ms: i64,
) -> PageResult<Result<i64, Note>> {
    if let Some(version) = store::save_note(tx, of, me, note, now_ms).await? {
        return Ok(Ok(version));
    }
    let stored = store::note_in(tx, of.call, me).await?;
    stored.map(Err).ok_or(PageError::NotFound)
}

/// `PUT /api/calls/{call}/evaluation`: stored first, then the live side learns that it is no
/// longer due.
pub(super) async fn save_evaluation(
    State(state): State<AppState>,
    Interviewer { member, .. }: Interviewer,
    Path(call): Path<CallId>,
    Json(form): Json<EvaluationForm>,
) -> PageResult<Answer> {
    let mut errors = FormErrors::default();
    rules::check_text("note", &form.note, NOTE_CHARS, &mut errors);
    if let Some(stars) = form.stars {
        rules::check_stars("stars", stars, &mut errors);
    }
    errors.into_result()?;
    let of = call_of_member(&state, call, &member).await?;
    let judgement = Judgement {
        outcome: form.outcome,
        stars: form.stars,
        note: form.note,
    };
    let known = form.note_version;
    let saved = match store_evaluation(&state, &of, member.id, &judgement, known).await? {
        Ok(saved) => saved,
        Err(stored) => return Ok(Answer::Stale(stored)),
    };
    let command = PortalCommand::EvaluationSaved {
        call: call.into(),
        outcome: form.outcome,
    };
    if let Err(refusal) = state.live.portal_command(of.fair.into(), command).await {
        // The evaluation is stored all the same: the call may have ended with its fair.
        tracing::info!(%call, ?refusal, "the live fair did not take the evaluation");
    }
    Ok(Answer::Saved(saved))
}

/// All or nothing: an evaluation whose note lags behind is not stored either.
async fn store_evaluation(
    state: &AppState,
    of: &CallOf,
    me: AccountId,
    judgement: &Judgement,
    known: i64,
) -> PageResult<Result<Saved, Note>> {
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    let version = store::save_evaluation(&mut tx, of, me, judgement, now_ms)
        .await?
        .ok_or(PageError::NotFound)?;
    let note = (judgement.note.as_str(), known);
    let note_version = match write_note(&mut tx, of, me, note, now_ms).await? {
        Ok(version) => version,
        Err(stored) => return Ok(Err(stored)),
    };
    audit::Entry::by(me, "evaluation.save", "call", &of.call)
        .with(json!({ "outcome": judgement.outcome, "version": version }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Ok(Saved {
        version,
        note_version: Some(note_version),
    }))
}

/// `PUT /api/calls/{call}/feedback`: how it was for the student.
pub(super) async fn save_feedback(
    State(state): State<AppState>,
    student: Student,
    Path(call): Path<CallId>,
    Json(form): Json<FeedbackForm>,
) -> PageResult<Json<serde_json::Value>> {
    let mut errors = FormErrors::default();
    rules::check_stars("rating", form.rating, &mut errors);
    rules::check_text("text", &form.text, FEEDBACK_CHARS, &mut errors);
    errors.into_result()?;
    let record = state
        .live
        .call_of(call.into())
        .await?
        .filter(|record| AccountId::from(record.student) == student.id)
        .ok_or(PageError::NotFound)?;
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    let of = (call, student.id, record.booth.into());
    if !store::save_feedback(&mut tx, of, (form.rating, &form.text), now_ms).await? {
        return Err(PageError::NotFound);
    }
    audit::Entry::by(student.id, "feedback.save", "call", &call)
        .with(json!({ "rating": form.rating }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Json(json!({})))
}

/// The call, if this member has a seat at its booth.
async fn call_of_member(
    state: &AppState,
    call: CallId,
    member: &CompanyMember,
) -> PageResult<CallOf> {
    let record = state
        .live
        .call_of(call.into())
        .await?
        .ok_or(PageError::NotFound)?;
    let seat =
        video_fairs::store::seat_of(&state.db, record.booth.into(), member.id, state.now_ms())
            .await?
            .ok_or(PageError::NotFound)?;
    Ok(CallOf {
        call,
        fair: seat.fair_id,
        booth: seat.booth,
        company: seat.company_id,
        student: record.student.into(),
    })
}
