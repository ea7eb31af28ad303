//! 发送记录: what was sent on which channel, and what became of it; dead letters.

pub(super) mod actions;
pub mod pages;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::accounts::{PlatformRole, PlatformStaff};
use crate::state::AppState;
use crate::web::PageError;

/// Platform staff who look after what was sent: 运营 and 客服.
#[derive(Debug, Clone)]
pub struct SendDesk(pub PlatformStaff);

impl FromRequestParts<AppState> for SendDesk {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, PageError> {
        let staff = PlatformStaff::from_request_parts(parts, state).await?;
        match staff.role {
            PlatformRole::Operations | PlatformRole::Support => Ok(Self(staff)),
            PlatformRole::Review | PlatformRole::Finance => {
                Err(PageError::Forbidden("for operations and support"))
            }
        }
    }
}
