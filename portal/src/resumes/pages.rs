//! A résumé as an interviewer reads it: a fragment of the room.

use askama::Template;

use crate::layout;

/// One entry of a section.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SheetItem {
    /// School, company, project.
    pub title: String,
    /// Its period; may be empty.
    pub when: String,
    /// Role, or major and degree; may be empty.
    pub sub: String,
    /// What was done; may be empty.
    pub text: String,
}

/// One section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetSection {
    /// Its heading.
    pub title: &'static str,
    /// Its entries.
    pub items: Vec<SheetItem>,
}

/// `/room/{booth}/resume/{entry}`: a fragment of HTML.
#[derive(Debug, Template)]
#[template(path = "resume.html")]
pub struct ResumeSheet {
    /// The queue entry that it belongs to.
    pub entry: String,
    /// The student.
    pub name: String,
    /// `主动申请` or `企业邀请`.
    pub origin: &'static str,
    /// School, faculty, degree, year.
    pub headline: String,
    /// 求职意向; may be empty.
    pub intent: String,
    /// Sections that are not empty.
    pub sections: Vec<SheetSection>,
    /// Contact data, once the student agreed.
    pub contact: Option<String>,
    /// Where the student's own PDF can be had.
    pub file: Option<String>,
    /// Without the name: the student has not agreed yet.
    pub masked: bool,
}

impl ResumeSheet {
    /// First character of the name.
    pub fn initial(&self) -> String {
        layout::initial(&self.name)
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let item = |title: &str, when: &str, sub: &str, text: &str| SheetItem {
            title: title.to_owned(),
            when: when.to_owned(),
            sub: sub.to_owned(),
            text: text.to_owned(),
        };
        Self {
            entry: "018f0000-0000-7000-8000-000000000201".to_owned(),
            name: "陈思远".to_owned(),
            origin: "主动申请",
            headline: "赣江理工大学 · 微电子学院 · 硕士 · 2027 届".to_owned(),
            intent: "模拟电路设计工程师 · 长沙 / 深圳 · 15–20K".to_owned(),
            sections: vec![
                SheetSection {
                    title: "项目经历",
                    items: vec![item(
                        "低功耗带隙基准源设计",
                        "2025.03–2026.01",
                        "负责人",
                        "负责电路结构、版图与后仿真，温漂 8.4 ppm/℃，流片一次成功。",
                    )],
                },
                SheetSection {
                    title: "实习经历",
                    items: vec![item(
                        "晶岭电子（示例）",
                        "2026.07–2026.09",
                        "模拟设计实习生",
                        "",
                    )],
                },
                SheetSection {
                    title: "技能",
                    items: vec![item(
                        "",
                        "",
                        "",
                        "Cadence Virtuoso、Spectre、Verilog-A、Python",
                    )],
                },
            ],
            contact: None,
            file: Some("/room/x/resume/x/file".to_owned()),
            masked: false,
        }
    }
}
