//! A résumé as a company reads it.

use super::pages::{ResumeSheet, SheetItem, SheetSection};
use super::rules::{Experience, Sections};
use super::store::Resume;
use crate::privacy::rules::masked;

/// What a sheet needs beside the résumé.
#[derive(Debug, Clone, Default)]
pub struct SheetOf {
    /// The queue entry that it belongs to; empty in a preview.
    pub entry: String,
    /// `主动申请` or `企业邀请`; empty in a preview.
    pub origin: &'static str,
    /// Without the name and whatever could lead to the person.
    pub masked: bool,
    /// Contact data, once the student agreed.
    pub contact: Option<String>,
    /// Where the student's own PDF can be had.
    pub file: Option<String>,
}

impl SheetOf {
    /// The sheet.
    pub fn sheet(self, resume: Resume) -> ResumeSheet {
        let profile = resume.profile;
        let intent = &resume.sections.intent;
        let words = [
            intent.position.clone(),
            intent.cities.join(" / "),
            intent.pay.clone(),
        ];
        let intent = words
            .into_iter()
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" · ");
        let mut sheet = ResumeSheet {
            entry: self.entry,
            origin: self.origin,
            headline: format!("{} · {}", profile.school_name, profile.headline()),
            name: profile.name,
            intent,
            sections: sections(resume.sections),
            contact: self.contact,
            file: self.file,
            masked: self.masked,
        };
        if self.masked {
            mask(&mut sheet);
        }
        sheet
    }
}

fn mask(sheet: &mut ResumeSheet) {
    let name = std::mem::take(&mut sheet.name);
    let hide = |text: &mut String| *text = masked(text, &name);
    hide(&mut sheet.intent);
    for item in sheet.sections.iter_mut().flat_map(|one| &mut one.items) {
        hide(&mut item.title);
        hide(&mut item.sub);
        hide(&mut item.text);
    }
    sheet.name = formats::text::masked_name(&name);
    sheet.contact = None;
    sheet.file = None;
}

/// The sections that are not empty, in the order in which an interviewer asks.
fn sections(all: Sections) -> Vec<SheetSection> {
    let list = |words: Vec<String>| {
        let title = words.join("、");
        if title.is_empty() {
            Vec::new()
        } else {
            vec![SheetItem {
                title,
                ..Default::default()
            }]
        }
    };
    let text = |text: String| {
        if text.is_empty() {
            Vec::new()
        } else {
            vec![SheetItem {
                text,
                ..Default::default()
            }]
        }
    };
    [
        ("项目经历", items(all.projects)),
        ("实习经历", items(all.internships)),
        ("教育经历", items(all.education)),
        ("校园经历", items(all.campus)),
        ("技能", list(all.skills)),
        ("证书", list(all.certificates)),
        ("语言", list(all.languages)),
        ("自我评价", text(all.summary)),
    ]
    .into_iter()
    .filter(|(_, items)| !items.is_empty())
    .map(|(title, items)| SheetSection { title, items })
    .collect()
}

/// Entries as a sheet shows them.
pub(super) fn items(experiences: Vec<Experience>) -> Vec<SheetItem> {
    experiences
        .into_iter()
        .map(|one| SheetItem {
            title: one.title,
            when: one.period,
            sub: one.role,
            text: one.text,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::*;

    #[test]
    fn a_sheet_shows_what_is_there_and_no_contact_data() {
        let of = SheetOf {
            origin: "主动申请",
            ..SheetOf::default()
        };
        let sheet = of.sheet(Resume::sample());
        assert_eq!(sheet.intent, "模拟电路设计工程师 · 长沙 / 深圳 · 15–20K");
        let titles: Vec<_> = sheet.sections.iter().map(|section| section.title).collect();
        assert_eq!(titles, ["项目经历", "实习经历", "教育经历", "技能"]);
        assert!(sheet.contact.is_none());
        let html = sheet.render().unwrap();
        assert!(html.contains("低功耗带隙基准源设计") && html.contains("主动申请"));
    }

    #[test]
    fn a_masked_sheet_leads_to_nobody() {
        let mut resume = Resume::sample();
        let name = resume.profile.name.clone();
        resume.sections.summary = format!("{name}，13800138000，a@b.example");
        let of = SheetOf {
            masked: true,
            contact: Some("13800138000".to_owned()),
            file: Some("/x".to_owned()),
            ..SheetOf::default()
        };
        let html = of.sheet(resume).render().unwrap();
        for word in [name.as_str(), "13800138000", "b.example", "/x"] {
            assert!(!html.contains(word), "{word}");
        }
        assert!(html.contains("古**"));
    }
}
