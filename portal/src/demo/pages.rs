//! The page of one-click links.

use askama::Template;

use crate::layout;

/// One person of the demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoLink {
    /// Short name, also the host's first label.
    pub who: String,
    /// The person's name.
    pub name: String,
    /// One line under it.
    pub headline: String,
    /// The link, on a host of its own.
    pub url: String,
}

impl DemoLink {
    /// First character of the name.
    pub fn initial(&self) -> String {
        layout::initial(&self.name)
    }
}

/// People of one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoGroup {
    /// The role.
    pub title: &'static str,
    /// What they can do.
    pub hint: &'static str,
    /// The people.
    pub entries: Vec<DemoLink>,
}

/// `/demo`: one-click links to enter as each role.
#[derive(Debug, Template)]
#[template(path = "demo.html")]
pub struct DemoPage {
    /// The demo fair's title.
    pub fair: String,
    /// The people by role.
    pub groups: Vec<DemoGroup>,
}

impl DemoPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let link = |who: &str, name: &str, headline: &str| DemoLink {
            who: who.to_owned(),
            name: name.to_owned(),
            headline: headline.to_owned(),
            url: format!("http://{who}.localhost:8080/demo/enter/{who}"),
        };
        let students = (1..=8)
            .map(|n| {
                link(
                    &format!("student{n}"),
                    "欧阳若曦",
                    "微电子学院 · 硕士 · 2027 届",
                )
            })
            .collect();
        Self {
            fair: "2027 届秋季视频双选会".to_owned(),
            groups: vec![
                DemoGroup {
                    title: "面试官",
                    hint: "叫号、面试、写评价",
                    entries: vec![
                        link("interviewer1", "沈工", "澄源半导体（示例） · B-001"),
                        link("interviewer2", "陆经理", "澄源半导体（示例） · B-001"),
                    ],
                },
                DemoGroup {
                    title: "学生",
                    hint: "申请、排队、面试",
                    entries: students,
                },
                DemoGroup {
                    title: "学校",
                    hint: "看全场、广播、延时",
                    entries: vec![link("school", "何老师", "就业指导中心")],
                },
            ],
        }
    }
}
