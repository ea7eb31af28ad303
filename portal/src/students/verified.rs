//! A student whose school has confirmed who he is: only he takes part in fairs.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};

use crate::accounts::Student;
use crate::state::AppState;

/// A student whose number and name the school has confirmed. Others are led to the page where
/// their confirmation stands.
#[derive(Debug, Clone)]
pub struct VerifiedStudent(pub Student);

/// Where a student sees how far his confirmation is.
pub const IDENTITY: &str = "/register/student/identity";

impl FromRequestParts<AppState> for VerifiedStudent {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let student = Student::from_request_parts(parts, state)
            .await
            .map_err(IntoResponse::into_response)?;
        if student.profile.verified_ms.is_none() {
            return Err(Redirect::to(IDENTITY).into_response());
        }
        Ok(Self(student))
    }
}
