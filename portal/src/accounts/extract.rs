//! Roles as types: a handler's signature is its permission.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::rules::AccountKind;
use super::sessions::Session;
use super::store;
use crate::ids::{AccountId, CompanyId, SchoolId};
use crate::state::AppState;
use crate::students;
use crate::web::PageError;

/// Anyone who is signed in.
#[derive(Debug, Clone)]
pub struct SignedIn(pub Session);

/// A student.
#[derive(Debug, Clone)]
pub struct Student {
    /// The session.
    pub session: Session,
    /// The account.
    pub id: AccountId,
    /// What the school knows of him.
    pub profile: students::Profile,
}

/// A member of a company: interviewers are members with a seat, which the SQL of each page asks
/// for.
#[derive(Debug, Clone)]
pub struct CompanyMember {
    /// The session.
    pub session: Session,
    /// The account.
    pub id: AccountId,
    /// The company.
    pub company: CompanyId,
    /// Its name.
    pub company_name: String,
    /// The company's one administrator.
    pub admin: bool,
}

/// School staff.
#[derive(Debug, Clone)]
pub struct SchoolStaff {
    /// The session.
    pub session: Session,
    /// The account.
    pub id: AccountId,
    /// The school.
    pub school: SchoolId,
    /// Its name.
    pub school_name: String,
}

/// Platform staff.
#[derive(Debug, Clone)]
pub struct PlatformStaff {
    /// The session.
    pub session: Session,
    /// The account.
    pub id: AccountId,
}

/// Runs the servers.
#[derive(Debug, Clone)]
pub struct Operator {
    /// The session.
    pub session: Session,
    /// The account.
    pub id: AccountId,
}

fn session(parts: &Parts) -> Result<Session, PageError> {
    parts
        .extensions
        .get::<Session>()
        .cloned()
        .ok_or(PageError::SignIn)
}

fn session_of(parts: &Parts, kind: AccountKind) -> Result<Session, PageError> {
    let session = session(parts)?;
    if session.account.kind == kind {
        Ok(session)
    } else {
        Err(PageError::Forbidden("a page for another kind of account"))
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, PageError> {
        session(parts).map(Self)
    }
}

impl FromRequestParts<AppState> for Student {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, PageError> {
        let session = session_of(parts, AccountKind::Student)?;
        let id = session.account.id;
        let profile = students::store::profile(&state.db, id)
            .await?
            .ok_or(PageError::Forbidden("a student account without a school"))?;
        Ok(Self {
            session,
            id,
            profile,
        })
    }
}

impl FromRequestParts<AppState> for CompanyMember {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, PageError> {
        let session = session_of(parts, AccountKind::Company)?;
        let id = session.account.id;
        let row = store::member(&state.db, id)
            .await?
            .ok_or(PageError::Forbidden("not an approved member of a company"))?;
        Ok(Self {
            session,
            id,
            company: row.company_id,
            company_name: row.company_name,
            admin: row.role == "admin",
        })
    }
}

impl FromRequestParts<AppState> for SchoolStaff {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, PageError> {
        let session = session_of(parts, AccountKind::School)?;
        let id = session.account.id;
        let row = store::staff(&state.db, id)
            .await?
            .ok_or(PageError::Forbidden("not staff of a school"))?;
        Ok(Self {
            session,
            id,
            school: row.school_id,
            school_name: row.school_name,
        })
    }
}

impl FromRequestParts<AppState> for PlatformStaff {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, PageError> {
        let session = session_of(parts, AccountKind::Platform)?;
        Ok(Self {
            id: session.account.id,
            session,
        })
    }
}

impl FromRequestParts<AppState> for Operator {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, PageError> {
        let session = session_of(parts, AccountKind::Operator)?;
        Ok(Self {
            id: session.account.id,
            session,
        })
    }
}
