//! `GET /room/{booth}/resume/{entry}`: a student's résumé, for the booth where he stands.
//!
//! Applying at a booth, or accepting its invitation, is the student's consent that this company
//! reads his résumé; without an entry there, nobody at the booth does, and taking an application
//! back ends it. Each look is in the audit log.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Html;
use signaling_protocol::{Origin, Stage};

use crate::accounts::Interviewer;
use crate::audit;
use crate::ids::{AccountId, BoothId, EntryId};
use crate::resumes::pages::{ResumeSheet, SheetItem, SheetSection};
use crate::resumes::{Experience, Resume, Sections, store};
use crate::state::AppState;
use crate::video_fairs;
use crate::web::{PageError, PageResult};

/// `GET /room/{booth}/resume/{entry}`
pub(super) async fn show(
    State(state): State<AppState>,
    Interviewer { member, .. }: Interviewer,
    Path((booth, entry)): Path<(BoothId, EntryId)>,
) -> PageResult<Html<String>> {
    video_fairs::store::seat_of(&state.db, booth, member.id)
        .await?
        .ok_or(PageError::NotFound)?;
    let record = state
        .live
        .entry_of(entry.into())
        .await?
        .filter(|record| BoothId::from(record.booth) == booth)
        .filter(|record| record.stage != Stage::Withdrawn)
        .ok_or(PageError::NotFound)?;
    let student = AccountId::from(record.student);
    let resume = store::find(&state.db, student)
        .await?
        .ok_or(PageError::NotFound)?;
    audit::Entry::by(member.id, "resume.read", "student", &student)
        .with(serde_json::json!({ "booth": booth, "entry": entry }))
        .write(&state.db, state.now_ms())
        .await?;
    Ok(Html(sheet(entry, record.origin, resume).render()?))
}

fn sheet(entry: EntryId, origin: Origin, resume: Resume) -> ResumeSheet {
    let profile = resume.profile;
    let intent = &resume.sections.intent;
    let words = [
        intent.position.clone(),
        intent.cities.join(" / "),
        intent.pay.clone(),
    ];
    ResumeSheet {
        entry: entry.to_string(),
        origin: match origin {
            Origin::Applied => "主动申请",
            Origin::Invited => "企业邀请",
        },
        headline: format!("{} · {}", profile.school_name, profile.headline()),
        name: profile.name,
        intent: words
            .into_iter()
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" · "),
        sections: sections(resume.sections),
        contact: None,
    }
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

fn items(experiences: Vec<Experience>) -> Vec<SheetItem> {
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
    use super::*;

    #[test]
    fn a_sheet_shows_what_is_there_and_no_contact_data() {
        let sheet = sheet(EntryId::new(), Origin::Applied, Resume::sample());
        assert_eq!(sheet.intent, "模拟电路设计工程师 · 长沙 / 深圳 · 15–20K");
        let titles: Vec<_> = sheet.sections.iter().map(|section| section.title).collect();
        assert_eq!(titles, ["项目经历", "实习经历", "教育经历", "技能"]);
        assert!(sheet.contact.is_none());
        let html = sheet.render().unwrap();
        assert!(html.contains("低功耗带隙基准源设计") && html.contains("主动申请"));
    }
}
