//! Degrees, and what others see of a student in one line.

use serde::{Deserialize, Serialize};

use crate::ids::SchoolId;

base::words! {
    /// 学历.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Degree: "degree" {
        /// 专科.
        Associate = "associate",
        /// 本科.
        Bachelor = "bachelor",
        /// 第二学士学位.
        SecondBachelor = "second_bachelor",
        /// 硕士.
        Master = "master",
        /// 博士.
        Doctor = "doctor",
    }
}

impl Degree {
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

base::words! {
    /// What a roster says of a student.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Standing: "standing of a student" {
        /// 在读.
        Enrolled = "enrolled",
        /// 毕业.
        Graduated = "graduated",
        /// 离校, before a degree: takes part in nothing.
        Left = "left",
    }
}

impl Standing {
    /// The word on pages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Enrolled => "在读",
            Self::Graduated => "毕业",
            Self::Left => "离校",
        }
    }
}

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
