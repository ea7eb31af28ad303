//! Every page with sample data: each must render. To look at them, set `PINHUI_SAMPLES` to a
//! folder, and the test writes them there.

use askama::Template;

use crate::accounts::LoginPage;
use crate::agreements::acceptance::AcceptPage;
use crate::agreements::pages::AgreementPage;
use crate::agreements::publish::{AgreementsPage, EditPage as AgreementEditPage};
use crate::complaints::bans::{BanPage, BansPage};
use crate::complaints::desk::{DeskPage, InboxPage};
use crate::complaints::gate::BannedPage;
use crate::complaints::pages::{ComplaintPage, ComplaintsPage, NewPage};
use crate::demo::pages::DemoPage;
use crate::home::StaffPage;
use crate::interviews::console::ConsolePage;
use crate::interviews::pages::{DeviceTestPage, QueuesPage};
use crate::interviews::room::{BoothsPage, RoomPage};
use crate::privacy::pages::PrivacyPage;
use crate::resumes::edit::EditPage as ResumeEditPage;
use crate::resumes::overview::{OverviewPage, PreviewPage};
use crate::resumes::pages::ResumeSheet;
use crate::resumes::shield_pages::ShieldsPage;
use crate::video_fairs::pages::{BoothPage, FairsPage, WallPage};
use crate::web::errors::ErrorPage;

fn all() -> Vec<(&'static str, askama::Result<String>)> {
    let no_fairs = FairsPage {
        fairs: Vec::new(),
        ..FairsPage::sample()
    };
    let no_seats = BoothsPage {
        booths: Vec::new(),
        ..BoothsPage::sample()
    };
    let [resume_entries, resume_intent, resume_words] = ResumeEditPage::samples();
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
        ("banned", BannedPage::sample().render()),
        ("privacy", PrivacyPage::sample().render()),
        ("resume-overview", OverviewPage::sample().render()),
        ("resume-empty", OverviewPage::empty_sample().render()),
        ("resume-entries", resume_entries.render()),
        ("resume-intent", resume_intent.render()),
        ("resume-words", resume_words.render()),
        ("resume-preview", PreviewPage::sample().render()),
        ("resume-shields", ShieldsPage::sample().render()),
        ("login", LoginPage::sample().render()),
        ("error", ErrorPage::sample().render()),
        ("demo", DemoPage::sample().render()),
        ("fairs", FairsPage::sample().render()),
        ("fairs-none", no_fairs.render()),
        ("wall", WallPage::sample().render()),
        ("booth", BoothPage::sample().render()),
        ("device-test", DeviceTestPage::sample().render()),
        ("queues", QueuesPage::sample().render()),
        ("booths", BoothsPage::sample().render()),
        ("booths-none", no_seats.render()),
        ("room", RoomPage::sample().render()),
        ("resume", ResumeSheet::sample().render()),
        ("console", ConsolePage::sample().render()),
        ("staff", StaffPage::sample().render()),
    ]
}

/// Neither script nor style stands inside a page: the content policy would not run it.
fn inline(html: &str) -> bool {
    html.contains("<script>") || html.contains("<style") || html.contains(" style=")
}

#[test]
fn every_page_renders_with_sample_data() {
    let folder = std::env::var_os("PINHUI_SAMPLES").map(std::path::PathBuf::from);
    for (name, html) in all() {
        let html = html.unwrap();
        assert!(!inline(&html), "{name} has inline script or style");
        if let Some(folder) = &folder {
            std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
        }
    }
}

#[test]
fn every_asset_that_a_page_names_exists() {
    for (name, html) in all() {
        let html = html.unwrap();
        for part in html.split("/static/").skip(1) {
            let path = part.split(['"', '#']).next().unwrap_or_default();
            assert!(path.contains("?h="), "{name}: no such file: {path}");
        }
    }
}
