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

/// A section of a résumé, in the order of the editor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// 求职意向.
    Intent,
    /// 教育经历.
    Education,
    /// 实习经历.
    Internships,
    /// 项目经历.
    Projects,
    /// 校园经历.
    Campus,
    /// 技能.
    Skills,
    /// 证书.
    Certificates,
    /// 语言.
    Languages,
    /// 自我评价.
    Summary,
}

impl Section {
    /// All sections.
    pub const ALL: [Self; 9] = [
        Self::Intent,
        Self::Education,
        Self::Internships,
        Self::Projects,
        Self::Campus,
        Self::Skills,
        Self::Certificates,
        Self::Languages,
        Self::Summary,
    ];

    /// The word in addresses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Education => "education",
            Self::Internships => "internships",
            Self::Projects => "projects",
            Self::Campus => "campus",
            Self::Skills => "skills",
            Self::Certificates => "certificates",
            Self::Languages => "languages",
            Self::Summary => "summary",
        }
    }

    /// Reads the word.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.code() == code)
    }

    /// Its heading.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Intent => "求职意向",
            Self::Education => "教育经历",
            Self::Internships => "实习经历",
            Self::Projects => "项目经历",
            Self::Campus => "校园经历",
            Self::Skills => "技能",
            Self::Certificates => "证书",
            Self::Languages => "语言",
            Self::Summary => "自我评价",
        }
    }

    /// Words for the title and the role of its entries.
    pub fn entry_words(self) -> (&'static str, &'static str) {
        match self {
            Self::Education => ("学校", "专业与学历"),
            Self::Internships => ("单位", "岗位"),
            Self::Projects => ("项目名称", "担任角色"),
            _ => ("组织或活动", "担任角色"),
        }
    }
}

impl Sections {
    /// The entries of a section that has some.
    pub fn entries(&self, section: Section) -> Option<&Vec<Experience>> {
        match section {
            Section::Education => Some(&self.education),
            Section::Internships => Some(&self.internships),
            Section::Projects => Some(&self.projects),
            Section::Campus => Some(&self.campus),
            Section::Intent
            | Section::Skills
            | Section::Certificates
            | Section::Languages
            | Section::Summary => None,
        }
    }

    /// The words of a section that is a list of words.
    pub fn words(&self, section: Section) -> Option<&Vec<String>> {
        match section {
            Section::Skills => Some(&self.skills),
            Section::Certificates => Some(&self.certificates),
            Section::Languages => Some(&self.languages),
            Section::Intent
            | Section::Education
            | Section::Internships
            | Section::Projects
            | Section::Campus
            | Section::Summary => None,
        }
    }

    /// Takes one section from another résumé.
    pub fn take(&mut self, section: Section, from: Self) {
        match section {
            Section::Intent => self.intent = from.intent,
            Section::Education => self.education = from.education,
            Section::Internships => self.internships = from.internships,
            Section::Projects => self.projects = from.projects,
            Section::Campus => self.campus = from.campus,
            Section::Skills => self.skills = from.skills,
            Section::Certificates => self.certificates = from.certificates,
            Section::Languages => self.languages = from.languages,
            Section::Summary => self.summary = from.summary,
        }
    }

    /// A section as one text: for exports, and for telling whether it has changed.
    pub fn as_text(&self, section: Section) -> String {
        let joined = |parts: &[&str], by: &str| {
            let parts: Vec<_> = parts
                .iter()
                .filter(|part| !part.is_empty())
                .copied()
                .collect();
            parts.join(by)
        };
        if let Some(entries) = self.entries(section) {
            let lines = entries.iter().map(|one| {
                let head = joined(&[&one.title, &one.role, &one.period], " · ");
                joined(&[&head, &one.text], "\n")
            });
            return lines.collect::<Vec<_>>().join("\n");
        }
        if let Some(words) = self.words(section) {
            return words.join("、");
        }
        match section {
            Section::Intent => {
                let cities = self.intent.cities.join(" / ");
                joined(&[&self.intent.position, &cities, &self.intent.pay], " · ")
            }
            _ => self.summary.clone(),
        }
    }

    /// What would make the résumé more complete: the section, and what to do there with how many
    /// percent it brings.
    pub fn missing(&self) -> Vec<(Section, String)> {
        let has_intent = !self.intent.position.is_empty() && !self.intent.cities.is_empty();
        let (projects, internships) = (!self.projects.is_empty(), !self.internships.is_empty());
        let experience = match (projects, internships) {
            (true, true) => None,
            (true, false) => Some((Section::Internships, "填写实习经历 +10%")),
            (false, true) => Some((Section::Projects, "填写项目经历 +10%")),
            (false, false) => Some((Section::Projects, "填写项目或实习经历 +30%")),
        };
        let certified = !self.certificates.is_empty() || !self.languages.is_empty();
        let need = |has: bool, section, text| (!has).then_some((section, text));
        [
            need(has_intent, Section::Intent, "填写求职意向 +20%"),
            need(
                !self.education.is_empty(),
                Section::Education,
                "填写教育经历 +20%",
            ),
            experience,
            need(!self.skills.is_empty(), Section::Skills, "填写技能 +10%"),
            need(certified, Section::Certificates, "填写证书或语言 +5%"),
            need(
                !self.summary.is_empty(),
                Section::Summary,
                "填写自我评价 +5%",
            ),
        ]
        .into_iter()
        .flatten()
        .map(|(section, text)| (section, text.to_owned()))
        .collect()
    }

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
        assert!(full.missing().is_empty());
        let thin = Sections {
            projects: Vec::new(),
            internships: Vec::new(),
            ..full
        };
        assert!(thin.completeness() == 60 && !is_complete(thin.completeness()));
        assert_eq!(thin.missing().len(), 1);
    }

    #[test]
    fn every_section_can_be_taken_and_told() {
        let whole = Sections {
            intent: Intent {
                position: "结构设计师".to_owned(),
                cities: vec!["武汉".to_owned(), "长沙".to_owned()],
                pay: String::new(),
            },
            campus: vec![Experience {
                title: "学生会".to_owned(),
                period: "2025.03–至今".to_owned(),
                ..Experience::default()
            }],
            languages: vec!["英语".to_owned(), "日语".to_owned()],
            summary: "踏实".to_owned(),
            ..Sections::default()
        };
        let mut copy = Sections::default();
        for section in Section::ALL {
            assert_eq!(Section::parse(section.code()), Some(section));
            copy.take(section, whole.clone());
        }
        assert_eq!(copy, whole);
        assert_eq!(whole.as_text(Section::Intent), "结构设计师 · 武汉 / 长沙");
        assert_eq!(whole.as_text(Section::Campus), "学生会 · 2025.03–至今");
        assert_eq!(whole.as_text(Section::Languages), "英语、日语");
        assert_eq!(whole.as_text(Section::Summary), "踏实");
        assert_eq!(whole.as_text(Section::Skills), "");
    }
}
