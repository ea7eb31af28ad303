//! Pages of agreements, complaints, privacy and résumés.

use askama::Template;

use super::Sample;
use crate::agreements::acceptance::AcceptPage;
use crate::agreements::pages::AgreementPage;
use crate::agreements::publish::{AgreementsPage, EditPage as AgreementEditPage};
use crate::complaints::appeals::desk::AppealPage;
use crate::complaints::appeals::pages::MinePage;
use crate::complaints::bans::{BanPage, BansPage};
use crate::complaints::desk::{DeskPage, InboxPage};
use crate::complaints::gate::BannedPage;
use crate::complaints::pages::{ComplaintPage, ComplaintsPage, NewPage};
use crate::privacy::pages::PrivacyPage;
use crate::privacy::processors::ProcessorsPage;
use crate::resumes::edit::EditPage as ResumeEditPage;
use crate::resumes::overview::{OverviewPage, PreviewPage};
use crate::resumes::pages::ResumeSheet;
use crate::resumes::shield_pages::ShieldsPage;

pub(super) fn pages() -> Vec<Sample> {
    let [resume_entries, resume_intent, resume_words] = ResumeEditPage::samples();
    let [privacy, privacy_ended] = PrivacyPage::samples();
    vec![
        ("agreement", AgreementPage::sample().render()),
        ("agreement-accept", AcceptPage::sample().render()),
        ("agreements", AgreementsPage::sample().render()),
        ("agreement-edit", AgreementEditPage::sample().render()),
        ("complaints", ComplaintsPage::sample().render()),
        ("complaint-new", NewPage::sample().render()),
        ("complaint", ComplaintPage::sample().render()),
        ("complaints-inbox", InboxPage::sample().render()),
        ("complaints-desk", DeskPage::sample().render()),
        ("bans", BansPage::sample().render()),
        ("ban", BanPage::sample().render()),
        ("ban-of-mine", MinePage::sample().render()),
        ("ban-appeal", AppealPage::sample().render()),
        ("banned", BannedPage::sample().render()),
        ("privacy", privacy.render()),
        ("privacy-ended", privacy_ended.render()),
        ("processors", ProcessorsPage::sample().render()),
        ("resume-overview", OverviewPage::sample().render()),
        ("resume-empty", OverviewPage::empty_sample().render()),
        ("resume-entries", resume_entries.render()),
        ("resume-intent", resume_intent.render()),
        ("resume-words", resume_words.render()),
        ("resume-preview", PreviewPage::sample().render()),
        ("resume-shields", ShieldsPage::sample().render()),
        ("resume", ResumeSheet::sample().render()),
    ]
}
