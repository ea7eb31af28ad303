//! Who may say what. A page hides what a person may not do; this refuses it.

use signaling_protocol::{ClientBody, Refusal, Role};

/// Checks the role; whose entry, seat or call it is, each action checks itself.
///
/// # Errors
/// [`Refusal::NotAllowed`] if the message is not for this role, or is not one for the fair at all.
pub(crate) fn check(role: &Role, body: &ClientBody) -> Result<(), Refusal> {
    let student = matches!(role, Role::Student(_));
    let interviewer = matches!(role, Role::Interviewer { .. });
    let staff = matches!(role, Role::Staff);
    let allowed = match body {
        ClientBody::Visible { .. } | ClientBody::Refresh => true,
        ClientBody::Apply { .. }
        | ClientBody::Leave { .. }
        | ClientBody::Later { .. }
        | ClientBody::Away
        | ClientBody::Back
        | ClientBody::Ready { .. } => student,
        ClientBody::DeviceTest { .. }
        | ClientBody::TakeOver { .. }
        | ClientBody::End { .. }
        | ClientBody::MediaMute { .. }
        | ClientBody::MediaStats { .. } => student || interviewer,
        ClientBody::Accept { .. }
        | ClientBody::Refuse { .. }
        | ClientBody::UndoRefuse { .. }
        | ClientBody::CallNext
        | ClientBody::CallPick { .. }
        | ClientBody::WithdrawCall { .. }
        | ClientBody::UndoMissed { .. }
        | ClientBody::Start { .. }
        | ClientBody::Extend { .. }
        | ClientBody::PutBack { .. }
        | ClientBody::Remove { .. }
        | ClientBody::JoinCall { .. }
        | ClientBody::PauseQueue { .. }
        | ClientBody::ResumeQueue
        | ClientBody::CloseQueue
        | ClientBody::MediaMuteOther { .. } => interviewer,
        ClientBody::Broadcast { .. }
        | ClientBody::ExtendFair { .. }
        | ClientBody::EndFair
        | ClientBody::PauseBooth { .. }
        | ClientBody::ResumeBooth { .. }
        | ClientBody::RemoveEntry { .. } => staff,
        ClientBody::Hello { .. }
        | ClientBody::MediaOffer { .. }
        | ClientBody::MediaRestart { .. }
        | ClientBody::MediaClose
        | ClientBody::MediaEcho { .. } => false,
    };
    if allowed {
        Ok(())
    } else {
        Err(Refusal::NotAllowed)
    }
}
