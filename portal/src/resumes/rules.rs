//! Sections of a résumé and the measure of its completeness.

use serde::{Deserialize, Serialize};

/// Percent from which a student may apply to booths.
pub const COMPLETE_FROM: i64 = 70;

/// 求职意向.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Intent {
    /// 期望职位.
    pub position: String,
    /// 期望城市.
    pub cities: Vec<String>,
    /// 期望薪资, as the student wrote it.
    pub pay: String,
}

/// A stay, job or project with a period: 教育, 实习, 项目, 校园经历.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Experience {
    /// School, company or project.
    pub title: String,
    /// Role, or major and degree.
    pub role: String,
    /// `2025.03–2026.01`.
    pub period: String,
    /// What was done.
    pub text: String,
}

/// Everything in a résumé beyond the school's own facts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sections {
    /// 求职意向.
    pub intent: Intent,
    /// 教育经历.
    pub education: Vec<Experience>,
    /// 项目经历.
    pub projects: Vec<Experience>,
    /// 实习经历.
    pub internships: Vec<Experience>,
    /// 校园经历.
    pub campus: Vec<Experience>,
    /// 技能.
    pub skills: Vec<String>,
    /// 证书.
    pub certificates: Vec<String>,
    /// 语言.
    pub languages: Vec<String>,
    /// 自我评价.
    pub summary: String,
}

impl Sections {
    /// Percent: intent 20, education 20, a project or an internship 30 (both 40), skills 10,
    /// certificates or languages 5, summary 5.
    pub fn completeness(&self) -> i64 {
        let has_intent = !self.intent.position.is_empty() && !self.intent.cities.is_empty();
        let experience = match (!self.projects.is_empty(), !self.internships.is_empty()) {
            (true, true) => 40,
            (true, false) | (false, true) => 30,
            (false, false) => 0,
        };
        let points = |has: bool, points: i64| if has { points } else { 0 };
        points(has_intent, 20)
            + points(!self.education.is_empty(), 20)
            + experience
            + points(!self.skills.is_empty(), 10)
            + points(
                !self.certificates.is_empty() || !self.languages.is_empty(),
                5,
            )
            + points(!self.summary.is_empty(), 5)
    }
}

/// Complete enough to be shown to a company?
pub fn is_complete(completeness: i64) -> bool {
    completeness >= COMPLETE_FROM
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_resume_is_a_hundred_percent_and_an_empty_one_nothing() {
        assert_eq!(Sections::default().completeness(), 0);
        let one = vec![Experience::default()];
        let full = Sections {
            intent: Intent {
                position: "结构设计师".to_owned(),
                cities: vec!["武汉".to_owned()],
                pay: String::new(),
            },
            education: one.clone(),
            projects: one.clone(),
            internships: one,
            skills: vec!["PKPM".to_owned()],
            certificates: vec!["英语四级".to_owned()],
            summary: "踏实".to_owned(),
            ..Sections::default()
        };
        assert_eq!(full.completeness(), 100);
        let thin = Sections {
            projects: Vec::new(),
            internships: Vec::new(),
            ..full
        };
        assert!(thin.completeness() == 60 && !is_complete(thin.completeness()));
    }
}
