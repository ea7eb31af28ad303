//! The demo's people and companies, read from the embedded files.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::jobs::JobKind;
use crate::resumes::{Experience, Intent, Sections};
use crate::students::Degree;

/// The demo school.
pub const SCHOOL: &str = "赣江理工大学";
/// Its code.
pub const SCHOOL_CODE: &str = "demo";
/// The demo fair.
pub const FAIR: &str = "2027 届秋季视频双选会（示例）";
/// The year in which its students graduate.
pub const GRAD_YEAR: i64 = 2027;

/// A company of the demo fair.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Company {
    /// Number of its booth.
    pub number: String,
    /// 单位名称.
    pub name: String,
    /// 统一社会信用代码.
    pub code: String,
    /// 所属行业.
    pub industry: String,
    /// 单位性质.
    pub nature: String,
    /// 规模.
    pub scale: String,
    /// 城市.
    pub city: String,
    /// 介绍.
    pub intro: String,
    /// Its interviewers.
    pub seats: Vec<Interviewer>,
    /// Its jobs.
    pub jobs: Vec<Job>,
}

/// An interviewer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interviewer {
    /// Real name.
    pub name: String,
    /// What students see.
    pub nickname: String,
    /// Department.
    pub department: String,
}

/// A job.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// 名称.
    pub title: String,
    /// 用工类型.
    #[serde(default)]
    pub kind: JobKind,
    /// 类别.
    pub category: String,
    /// 学历.
    pub degree: String,
    /// 人数.
    pub headcount: i64,
    /// 城市.
    pub cities: Vec<String>,
    /// 专业.
    pub majors: Vec<String>,
    /// Lowest and highest pay, yuan a month.
    pub pay: Option<(i64, i64)>,
    /// 描述; a job without one says what its title says.
    #[serde(default)]
    pub text: String,
}

/// A student.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Student {
    /// Name.
    pub name: String,
    /// Degree.
    pub degree: Degree,
    /// 学院.
    pub faculty: String,
    /// 专业.
    pub major: String,
    /// Pool of experience.
    pub track: String,
    /// 期望职位.
    pub intent: String,
    /// The résumé is filled in.
    #[serde(default = "yes")]
    pub resume: bool,
}

fn yes() -> bool {
    true
}

/// A pool of experience from which résumés are put together.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Track {
    cities: Vec<String>,
    pay: String,
    skills: Vec<String>,
    certificates: Vec<String>,
    projects: Vec<Experience>,
    internships: Vec<Experience>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CompanyFile {
    company: Vec<Company>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StudentFile {
    student: Vec<Student>,
    track: BTreeMap<String, Track>,
}

fn company_file() -> &'static CompanyFile {
    static FILE: OnceLock<CompanyFile> = OnceLock::new();
    FILE.get_or_init(|| {
        toml::from_str(include_str!("companies.toml")).expect("invariant: a test reads this file")
    })
}

fn student_file() -> &'static StudentFile {
    static FILE: OnceLock<StudentFile> = OnceLock::new();
    FILE.get_or_init(|| {
        toml::from_str(include_str!("students.toml")).expect("invariant: a test reads this file")
    })
}

/// The companies of the demo fair.
pub fn companies() -> &'static [Company] {
    &company_file().company
}

/// The students of the demo school.
pub fn students() -> &'static [Student] {
    &student_file().student
}

/// The résumé of student `index`: the pool of his track, one project and one internship of it
/// in turn, so that neighbours differ.
pub fn resume(index: usize, student: &Student) -> Sections {
    let Some(track) = student_file().track.get(&student.track) else {
        return Sections::default();
    };
    let intent = Intent {
        position: student.intent.clone(),
        cities: track.cities.clone(),
        pay: track.pay.clone(),
    };
    let education = education(student);
    if !student.resume {
        return Sections {
            intent,
            education,
            ..Sections::default()
        };
    }
    let second = index
        .is_multiple_of(3)
        .then(|| pick(&track.projects, index + 1))
        .flatten();
    Sections {
        intent,
        education,
        projects: pick(&track.projects, index)
            .into_iter()
            .chain(second)
            .collect(),
        internships: pick(&track.internships, index / 2).into_iter().collect(),
        campus: vec![campus(index)],
        skills: track.skills.clone(),
        certificates: track.certificates.clone(),
        languages: vec!["英语（读写流利）".to_owned()],
        summary: SUMMARIES[index % SUMMARIES.len()].to_owned(),
    }
}

fn pick(pool: &[Experience], index: usize) -> Option<Experience> {
    pool.get(index % pool.len().max(1)).cloned()
}

const SUMMARIES: &[&str] = &[
    "做事有始有终，习惯把过程写成文档；喜欢在现场找问题。",
    "动手能力强，能独立完成从方案到验证的全过程，乐于与不同专业的同学合作。",
    "对数据敏感，遇到问题先复现再下结论；长跑五年，耐力不错。",
    "表达清楚，愿意从基础岗位做起，希望在三年内成长为能带小组的人。",
];

fn campus(index: usize) -> Experience {
    const ROLES: &[(&str, &str, &str)] = &[
        (
            "学院科技协会",
            "副主席",
            "组织技术分享 14 场，带 6 名新成员完成校级创新项目。",
        ),
        (
            "校图书馆志愿服务队",
            "队长",
            "排班 48 名志愿者，累计服务 1,900 小时。",
        ),
        (
            "班级",
            "学习委员",
            "整理期末复习资料，班级挂科率由 9 % 降到 4 %。",
        ),
        ("校田径队", "队员", "省大学生运动会 5,000 米第六名。"),
    ];
    let (title, role, text) = ROLES[index % ROLES.len()];
    Experience {
        title: title.to_owned(),
        role: role.to_owned(),
        period: "2024.09–2026.06".to_owned(),
        text: text.to_owned(),
    }
}

fn education(student: &Student) -> Vec<Experience> {
    let stage = |degree: Degree, period: &str, text: &str| Experience {
        title: SCHOOL.to_owned(),
        role: format!("{} · {}", student.major, degree.zh()),
        period: period.to_owned(),
        text: text.to_owned(),
    };
    match student.degree {
        Degree::Doctor => vec![
            stage(
                Degree::Doctor,
                "2023.09–2027.06",
                "发表论文三篇，参与国家级课题一项。",
            ),
            stage(Degree::Master, "2020.09–2023.06", ""),
        ],
        Degree::Master => vec![
            stage(
                Degree::Master,
                "2024.09–2027.06",
                "学业奖学金一等，专业前 20 %。",
            ),
            stage(Degree::Bachelor, "2020.09–2024.06", "平均绩点 3.5 / 4.0。"),
        ],
        Degree::Associate | Degree::Bachelor | Degree::SecondBachelor => {
            vec![stage(
                student.degree,
                "2023.09–2027.06",
                "平均绩点 3.4 / 4.0，校级奖学金两次。",
            )]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resumes::rules::is_complete;

    #[test]
    fn six_fictional_companies_have_jobs_and_seats() {
        assert_eq!(companies().len(), 6);
        for company in companies() {
            assert!(company.name.ends_with("（示例）"), "{}", company.name);
            assert!((2..=3).contains(&company.jobs.len()), "{}", company.name);
            assert!((1..=3).contains(&company.seats.len()), "{}", company.name);
        }
    }

    #[test]
    fn forty_students_have_resumes_and_one_is_too_thin() {
        assert_eq!(students().len(), 40);
        let complete = students()
            .iter()
            .enumerate()
            .filter(|(n, student)| is_complete(resume(*n, student).completeness()))
            .count();
        assert_eq!(complete, 39);
        for (n, student) in students().iter().enumerate() {
            let resume = resume(n, student);
            for stay in &resume.internships {
                assert!(stay.title.ends_with("（示例）"), "{}", stay.title);
            }
        }
    }
}
