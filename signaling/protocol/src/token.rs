//! What a join token says: one person, one fair, one connection.

use serde::{Deserialize, Serialize};

use crate::ids::{BoothId, FairId, PersonId, SeatId};

/// As what a person takes part in a fair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "as", rename_all = "snake_case", deny_unknown_fields)]
pub enum Role {
    /// A student, with what an admission to a queue depends on.
    Student(Admission),
    /// An interviewer on one seat of one booth.
    Interviewer {
        /// The booth.
        booth: BoothId,
        /// The seat.
        seat: SeatId,
    },
    /// School staff who run this fair.
    Staff,
}

/// What the portal knows of a student when it signs the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Admission {
    /// The school lets this student take part in this fair.
    pub admitted: bool,
    /// The résumé is complete enough to be shown to a company.
    pub resume_complete: bool,
}

/// The claims of a join token (JWT, HS256, RFC 7519).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinClaims {
    /// The person.
    pub sub: PersonId,
    /// The fair.
    pub fair: FairId,
    /// As what.
    pub role: Role,
    /// The name that the other side sees: a student's name, an interviewer's nickname.
    pub name: String,
    /// One line under the name: a student's degree and faculty, an interviewer's department.
    pub headline: String,
    /// Unique id of the token: it is spent by the first message that carries it.
    pub jti: String,
    /// Issued at, seconds since 1970.
    pub iat: i64,
    /// Not valid after, seconds since 1970.
    pub exp: i64,
}
