//! Roles as types: a handler's signature is its permission.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::rules::{AccountKind, PlatformRole};
use super::sessions::Session;
use super::store;
use crate::ids::{AccountId, CompanyId, FairId, SchoolId};
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

/// An approved member of a company in whatever state the company is: it may still wait for its
/// certification.
#[derive(Debug, Clone)]
pub struct CompanyAccount {
    /// The session.
    pub session: Session,
    /// The account.
    pub id: AccountId,
    /// The company.
    pub company: CompanyId,
    /// Its name.
    pub company_name: String,
    /// The company is certified, and not frozen.
    pub certified: bool,
    /// The company's one administrator.
    pub admin: bool,
    /// May pay for the company: the administrator, and whom he lets.
    pub may_pay: bool,
}

/// A member of a certified company.
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
    /// May pay for the company.
    pub may_pay: bool,
}

/// The administrator of a certified company.
#[derive(Debug, Clone)]
pub struct CompanyAdmin(pub CompanyMember);

/// A member of a certified company who may pay for it.
#[derive(Debug, Clone)]
pub struct Payer(pub CompanyMember);

/// Someone who may sit at a booth: a member of a certified company, or a guest for one fair.
/// The seat itself is asked for by the SQL of each page.
#[derive(Debug, Clone)]
pub struct Interviewer {
    /// The member; `admin` and `may_pay` are false for a guest.
    pub member: CompanyMember,
    /// A guest: only this fair is his.
    pub guest_fair: Option<FairId>,
}

/// School staff; a faculty's staff see that faculty's students only.
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
    /// 院系: the faculty; none for 校级.
    pub faculty: Option<String>,
}

/// School staff of the whole school (校级).
#[derive(Debug, Clone)]
pub struct SchoolOffice(pub SchoolStaff);

/// Platform staff of any role.
#[derive(Debug, Clone)]
pub struct PlatformStaff {
    /// The session.
    pub session: Session,
    /// The account.
    pub id: AccountId,
    /// What for.
    pub role: PlatformRole,
}

/// Platform staff who review (审核).
#[derive(Debug, Clone)]
pub struct Reviewer(pub PlatformStaff);

/// Platform staff who run the platform (运营): lists, texts, schools, staff.
#[derive(Debug, Clone)]
pub struct OperationsStaff(pub PlatformStaff);

/// Platform staff who help people (客服): complaints, accounts.
#[derive(Debug, Clone)]
pub struct SupportStaff(pub PlatformStaff);

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

/// The company side of a request, guests included.
async fn membership(
    parts: &Parts,
    state: &AppState,
) -> Result<(Session, store::MemberRow), PageError> {
    let session = session_of(parts, AccountKind::Company)?;
    let row = store::member(&state.db, session.account.id)
        .await?
        .ok_or(PageError::Forbidden("not an approved member of a company"))?;
    if row.company_status == "frozen" {
        return Err(PageError::Forbidden("the company is frozen"));
    }
    Ok((session, row))
}

impl CompanyAccount {
    fn new(session: Session, row: store::MemberRow) -> Self {
        let admin = row.role == "admin";
        Self {
            id: session.account.id,
            session,
            company: row.company_id,
            company_name: row.company_name,
            certified: row.company_status == "certified",
            admin,
            may_pay: admin || row.may_pay,
        }
    }

    fn certified(self) -> Result<CompanyMember, PageError> {
        if !self.certified {
            return Err(PageError::Forbidden("the company is not certified"));
        }
        Ok(CompanyMember {
            session: self.session,
            id: self.id,
            company: self.company,
            company_name: self.company_name,
            admin: self.admin,
            may_pay: self.may_pay,
        })
    }
}

impl FromRequestParts<AppState> for CompanyAccount {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, PageError> {
        let (session, row) = membership(parts, state).await?;
        if row.guest_fair_id.is_some() {
            return Err(PageError::Forbidden(
                "a guest interviewer has the room only",
            ));
        }
        Ok(Self::new(session, row))
    }
}

impl FromRequestParts<AppState> for CompanyMember {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, PageError> {
        CompanyAccount::from_request_parts(parts, state)
            .await?
            .certified()
    }
}

impl FromRequestParts<AppState> for CompanyAdmin {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, PageError> {
        let member = CompanyMember::from_request_parts(parts, state).await?;
        if member.admin {
            Ok(Self(member))
        } else {
            Err(PageError::Forbidden("for the company's administrator"))
        }
    }
}

impl FromRequestParts<AppState> for Payer {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, PageError> {
        let member = CompanyMember::from_request_parts(parts, state).await?;
        if member.may_pay {
            Ok(Self(member))
        } else {
            Err(PageError::Forbidden("for those who may pay"))
        }
    }
}

impl FromRequestParts<AppState> for Interviewer {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, PageError> {
        let (session, row) = membership(parts, state).await?;
        let guest_fair = row.guest_fair_id;
        let over = row
            .guest_until_ms
            .is_some_and(|until_ms| until_ms <= state.now_ms());
        if guest_fair.is_some() && over {
            return Err(PageError::Forbidden("the guest's fair is over"));
        }
        let member = CompanyAccount::new(session, row).certified()?;
        Ok(Self { member, guest_fair })
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
            faculty: (row.role == "faculty").then_some(row.faculty),
        })
    }
}

impl FromRequestParts<AppState> for SchoolOffice {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, PageError> {
        let staff = SchoolStaff::from_request_parts(parts, state).await?;
        if staff.faculty.is_none() {
            Ok(Self(staff))
        } else {
            Err(PageError::Forbidden("for staff of the whole school"))
        }
    }
}

impl FromRequestParts<AppState> for PlatformStaff {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, PageError> {
        let session = session_of(parts, AccountKind::Platform)?;
        let id = session.account.id;
        let role = store::platform_role(&state.db, id)
            .await?
            .ok_or(PageError::Forbidden("platform staff without a role"))?;
        Ok(Self { session, id, role })
    }
}

/// Platform staff of one role.
async fn platform_staff(
    parts: &mut Parts,
    state: &AppState,
    role: PlatformRole,
) -> Result<PlatformStaff, PageError> {
    let staff = PlatformStaff::from_request_parts(parts, state).await?;
    if staff.role == role {
        Ok(staff)
    } else {
        Err(PageError::Forbidden("for platform staff of another role"))
    }
}

impl FromRequestParts<AppState> for Reviewer {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, PageError> {
        platform_staff(parts, state, PlatformRole::Review)
            .await
            .map(Self)
    }
}

impl FromRequestParts<AppState> for OperationsStaff {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, PageError> {
        platform_staff(parts, state, PlatformRole::Operations)
            .await
            .map(Self)
    }
}

impl FromRequestParts<AppState> for SupportStaff {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, PageError> {
        platform_staff(parts, state, PlatformRole::Support)
            .await
            .map(Self)
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
