//! `GET /room/{booth}/resume/{entry}`: a student's résumé, for the booth where he stands.
//!
//! Applying at a booth, or accepting its invitation, is what the student agreed to when he took
//! part in the fair: that this company reads his résumé; without an entry there, nobody at the
//! booth does. Taking an application back ends it, as does withdrawing the consent, and a shield is
//! stronger than both. Each look is in the audit log.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Html, Redirect};
use signaling_protocol::{Origin, Stage};

use crate::accounts::Interviewer;
use crate::ids::{AccountId, BoothId, EntryId};
use crate::privacy::rules::Sight;
use crate::privacy::sight;
use crate::resumes::sheet::SheetOf;
use crate::resumes::{Resume, store};
use crate::state::AppState;
use crate::web::{PageError, PageResult};
use crate::{audit, files, video_fairs};

/// What a look is allowed to see.
struct Look {
    student: AccountId,
    origin: Origin,
    resume: Resume,
    masked: bool,
    contact: bool,
}

/// Whom the entry is of, and how much of him this interviewer sees.
async fn look(
    state: &AppState,
    interviewer: &Interviewer,
    (booth, entry): (BoothId, EntryId),
) -> PageResult<Look> {
    let seat = video_fairs::store::seat_of(&state.db, booth, interviewer.member.id, state.now_ms())
        .await?
        .ok_or(PageError::NotFound)?;
    let record = state
        .live
        .entry_of(entry.into())
        .await?
        .filter(|record| BoothId::from(record.booth) == booth)
        .filter(|record| record.stage != Stage::Withdrawn)
        .ok_or(PageError::NotFound)?;
    let student = AccountId::from(record.student);
    let resume = store::find(&state.db, student)
        .await?
        .ok_or(PageError::NotFound)?;
    let pair = (student, seat.company_id);
    let (sight, contact) = sight::of_entry(state, pair, entry, resume.visible).await?;
    if sight == Sight::Hidden {
        return Err(PageError::NotFound);
    }
    Ok(Look {
        student,
        origin: record.origin,
        resume,
        masked: sight == Sight::Masked,
        contact,
    })
}

/// `GET /room/{booth}/resume/{entry}`
pub(super) async fn show(
    State(state): State<AppState>,
    interviewer: Interviewer,
    Path((booth, entry)): Path<(BoothId, EntryId)>,
) -> PageResult<Html<String>> {
    let look = look(&state, &interviewer, (booth, entry)).await?;
    let contact = if look.contact {
        sight::contact(&state.db, look.student).await?
    } else {
        None
    };
    let detail = serde_json::json!({
        "booth": booth,
        "entry": entry,
        "masked": look.masked,
        "contact": contact.is_some(),
    });
    audit::Entry::by(
        interviewer.member.id,
        "resume.read",
        "student",
        &look.student,
    )
    .with(detail)
    .write(&state.db, state.now_ms())
    .await?;
    let file = look
        .resume
        .file_id
        .map(|_| format!("/room/{booth}/resume/{entry}/file"));
    let of = SheetOf {
        entry: entry.to_string(),
        origin: match look.origin {
            Origin::Applied => "主动申请",
            Origin::Invited => "企业邀请",
        },
        masked: look.masked,
        contact,
        file,
    };
    Ok(Html(of.sheet(look.resume).render()?))
}

/// `GET /room/{booth}/resume/{entry}/file`: to the student's own PDF, by a link of the moment.
pub(super) async fn file(
    State(state): State<AppState>,
    interviewer: Interviewer,
    Path((booth, entry)): Path<(BoothId, EntryId)>,
) -> PageResult<Redirect> {
    let look = look(&state, &interviewer, (booth, entry)).await?;
    let file = look
        .resume
        .file_id
        .filter(|_| !look.masked)
        .ok_or(PageError::NotFound)?;
    let (now_ms, me) = (state.now_ms(), interviewer.member.id);
    audit::Entry::by(me, "resume.file.read", "student", &look.student)
        .with(serde_json::json!({ "booth": booth, "entry": entry }))
        .write(&state.db, now_ms)
        .await?;
    Ok(Redirect::to(&files::private_link(&state, file, me, now_ms)))
}
