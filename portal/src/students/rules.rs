//! Degrees, and what others see of a student in one line.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::SchoolId;

/// 学历.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Degree {
    /// 专科.
    Associate,
    /// 本科.
    Bachelor,
    /// 第二学士学位.
    SecondBachelor,
    /// 硕士.
    Master,
    /// 博士.
    Doctor,
}

impl Degree {
    /// All degrees.
    pub const ALL: [Self; 5] = [
        Self::Associate,
        Self::Bachelor,
        Self::SecondBachelor,
        Self::Master,
        Self::Doctor,
    ];

    /// The word in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Associate => "associate",
            Self::Bachelor => "bachelor",
            Self::SecondBachelor => "second_bachelor",
            Self::Master => "master",
            Self::Doctor => "doctor",
        }
    }

    /// The word on pages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Associate => "专科",
            Self::Bachelor => "本科",
            Self::SecondBachelor => "第二学士学位",
            Self::Master => "硕士",
            Self::Doctor => "博士",
        }
    }
}

impl fmt::Display for Degree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word in the database that is no degree.
#[derive(Debug, thiserror::Error)]
#[error("no such degree")]
pub struct UnknownDegree;

impl FromStr for Degree {
    type Err = UnknownDegree;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|degree| degree.as_str() == text)
            .ok_or(UnknownDegree)
    }
}

base::sql_text!(Degree);

/// What a roster says of a student.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// 在读.
    Enrolled,
    /// 毕业.
    Graduated,
    /// 离校, before a degree: takes part in nothing.
    Left,
}

impl Standing {
    /// All standings.
    pub const ALL: [Self; 3] = [Self::Enrolled, Self::Graduated, Self::Left];

    /// The word in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enrolled => "enrolled",
            Self::Graduated => "graduated",
            Self::Left => "left",
        }
    }

    /// The word on pages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Enrolled => "在读",
            Self::Graduated => "毕业",
            Self::Left => "离校",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no standing.
#[derive(Debug, thiserror::Error)]
#[error("no such standing")]
pub struct UnknownStanding;

impl FromStr for Standing {
    type Err = UnknownStanding;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|standing| standing.as_str() == text)
            .ok_or(UnknownStanding)
    }
}

base::sql_text!(Standing);

/// What the school knows of a student.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Profile {
    /// The school.
    pub school_id: SchoolId,
    /// Its name.
    pub school_name: String,
    /// 学号.
    pub student_no: String,
    /// Name.
    pub name: String,
    /// Degree.
    pub degree: Degree,
    /// 学院.
    pub faculty: String,
    /// 专业.
    pub major: String,
    /// 届别.
    pub grad_year: i64,
    /// When the school confirmed number and name, ms since 1970.
    pub verified_ms: Option<i64>,
}

impl Profile {
    /// The line under the name: `微电子学院 · 硕士 · 2027 届`.
    pub fn headline(&self) -> String {
        format!(
            "{} · {} · {} 届",
            self.faculty,
            self.degree.zh(),
            self.grad_year
        )
    }
}
