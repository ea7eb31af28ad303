//! The frame of pages that every kind of account has: account settings, messages.

use super::{Chrome, Menu, StudentTab, Viewer};
use crate::accounts::{AccountKind, Session, store};
use crate::state::AppState;
use crate::students;
use crate::web::PageError;

/// The frame of whoever is signed in, with his own menu.
///
/// # Errors
/// The database failed.
pub async fn chrome_of(
    state: &AppState,
    session: &Session,
    title: &str,
    here: &str,
) -> Result<Chrome, PageError> {
    let id = session.account.id;
    Ok(match session.account.kind {
        AccountKind::Student => {
            let profile = students::store::profile(&state.db, id).await?;
            let school = profile.map(|profile| profile.school_name);
            let viewer = Viewer::of_session(school.as_deref().unwrap_or_default(), session);
            Chrome::student(viewer, title, StudentTab::Other, None)
        }
        AccountKind::Company => {
            let row = store::member(&state.db, id).await?;
            let menu = match &row {
                Some(row) if row.guest_fair_id.is_some() => Menu::Guest,
                Some(row) if row.company_status == "certified" => Menu::Member {
                    admin: row.role == "admin",
                    pays: row.role == "admin" || row.may_pay,
                },
                Some(row) if row.company_status != "frozen" => Menu::Uncertified,
                _ => Menu::Applicant,
            };
            let company = row.map(|row| row.company_name).unwrap_or_default();
            let viewer = Viewer::of_session(&company, session);
            Chrome::with_menu(viewer, title, menu, here)
        }
        AccountKind::School => {
            let row = store::staff(&state.db, id).await?;
            let menu = match &row {
                Some(row) if row.role == "faculty" => Menu::Faculty,
                _ => Menu::School,
            };
            let school = row.map(|row| row.school_name).unwrap_or_default();
            Chrome::with_menu(Viewer::of_session(&school, session), title, menu, here)
        }
        AccountKind::Platform => {
            let role = store::platform_role(&state.db, id).await?;
            let menu = role.map_or(Menu::Platform, Menu::Staff);
            let viewer = Viewer::of_session("聘会平台", session);
            Chrome::with_menu(viewer, title, menu, here)
        }
        AccountKind::Operator => {
            let viewer = Viewer::of_session("聘会平台", session);
            Chrome::with_menu(viewer, title, Menu::Operator, here)
        }
    })
}
