//! `/api/calls/{call}/…`: note, evaluation, feedback.
//!
//! All are `PUT`s of a whole value: sending one twice changes nothing more. The live side says
//! whose call it is; the seat is checked in SQL.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::json;
use signaling_core::PortalCommand;
use signaling_protocol::Outcome;

use super::rules::{self, FEEDBACK_CHARS, NOTE_CHARS};
use super::store::{self, CallOf, Judgement};
use crate::accounts::{CompanyMember, Student};
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
    /// The version that the page knows; 0 or none: save over any.
    #[serde(default)]
    version: i64,
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
    member: CompanyMember,
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
    member: CompanyMember,
    Path(call): Path<CallId>,
    Json(note): Json<NoteText>,
) -> PageResult<Json<Saved>> {
    let mut errors = FormErrors::default();
    rules::check_text("text", &note.text, NOTE_CHARS, &mut errors);
    errors.into_result()?;
    let of = call_of_member(&state, call, &member).await?;
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    let version = store::save_note(&mut tx, &of, member.id, (&note.text, note.version), now_ms)
        .await?
        .ok_or(PageError::Conflict(
            "备注已在另一个页面修改，请刷新后再编辑。",
        ))?;
    // One row per note, not per keystroke.
    if version == 1 {
        audit::Entry::by(member.id, "note.begin", "call", &call)
            .write_in(&mut tx, now_ms)
            .await?;
    }
    tx.commit().await?;
    Ok(Json(Saved { version }))
}

/// `PUT /api/calls/{call}/evaluation`: stored first, then the live side learns that it is no
/// longer due.
pub(super) async fn save_evaluation(
    State(state): State<AppState>,
    member: CompanyMember,
    Path(call): Path<CallId>,
    Json(form): Json<EvaluationForm>,
) -> PageResult<Json<Saved>> {
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
    let version = store_evaluation(&state, &of, member.id, &judgement).await?;
    let command = PortalCommand::EvaluationSaved {
        call: call.into(),
        outcome: form.outcome,
    };
    if let Err(refusal) = state.live.portal_command(of.fair.into(), command).await {
        // The evaluation is stored all the same: the call may have ended with its fair.
        tracing::info!(%call, ?refusal, "the live fair did not take the evaluation");
    }
    Ok(Json(Saved { version }))
}

async fn store_evaluation(
    state: &AppState,
    of: &CallOf,
    me: AccountId,
    judgement: &Judgement,
) -> PageResult<i64> {
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    let version = store::save_evaluation(&mut tx, of, me, judgement, now_ms)
        .await?
        .ok_or(PageError::NotFound)?;
    store::save_note(&mut tx, of, me, (&judgement.note, 0), now_ms).await?;
    audit::Entry::by(me, "evaluation.save", "call", &of.call)
        .with(json!({ "outcome": judgement.outcome, "version": version }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(version)
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
    let seat = video_fairs::store::seat_of(&state.db, record.booth.into(), member.id)
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
