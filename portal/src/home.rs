//! `/`: leads everyone to the first page of his role.

use axum::Extension;
use axum::extract::State;
use axum::response::Redirect;

use crate::accounts::{AccountKind, SchoolStaff, Session, rules};
use crate::state::AppState;
use crate::video_fairs::{FairTime, store};
use crate::web::{PageError, PageResult};

/// `GET /`
pub(crate) async fn home(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
) -> Redirect {
    match session {
        Some(Extension(session)) if session.account.kind == AccountKind::School => {
            Redirect::to("/school")
        }
        Some(Extension(session)) if rules::home_path(session.account.kind) != "/" => {
            Redirect::to(rules::home_path(session.account.kind))
        }
        _ if state.demo => Redirect::to("/demo"),
        _ => Redirect::to("/login"),
    }
}

/// `GET /school`: the console of the school's running fair, or of its latest.
pub(crate) async fn school(
    State(state): State<AppState>,
    staff: SchoolStaff,
) -> PageResult<Redirect> {
    let fairs = store::of_school(&state.db, staff.school).await?;
    let now_ms = state.now_ms();
    let running = fairs
        .iter()
        .find(|fair| fair.time(now_ms) == FairTime::Running);
    let fair = running.or(fairs.first()).ok_or(PageError::NotFound)?;
    Ok(Redirect::to(&format!("/school/fairs/{}/console", fair.id)))
}
