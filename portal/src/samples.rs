//! Every page with sample data: each must render. To look at them, set `PINHUI_SAMPLES` to a
//! folder, and the test writes them there.

use askama::Template;

use crate::accounts::LoginPage;
use crate::audit::pages::AuditPage;
use crate::agreements::acceptance::AcceptPage;
use crate::agreements::pages::AgreementPage;
use crate::agreements::publish::{AgreementsPage, EditPage as AgreementEditPage};
use crate::complaints::bans::{BanPage, BansPage};
use crate::complaints::desk::{DeskPage, InboxPage};
use crate::complaints::gate::BannedPage;
use crate::complaints::pages::{ComplaintPage, ComplaintsPage, NewPage};
use crate::companies::{self, guests, members, register};
use crate::demo::pages::DemoPage;
use crate::demo::phone::pages::PhonePage;
use crate::dictionaries::calendar::pages::CalendarPage;
use crate::dictionaries::lists::{DictionariesPage, DictionaryPage, EntryPage};
use crate::home::StaffPage;
use crate::interviews::console::ConsolePage;
use crate::interviews::pages::{DeviceTestPage, QueuesPage};
use crate::interviews::room::{BoothsPage, RoomPage};
use crate::notifications::desk::sends::pages::SendsPage;
use crate::notifications::desk::templates::edit::TemplatePage;
use crate::notifications::desk::templates::list::TemplatesPage;
use crate::notifications::messages::pages::MessagesPage;
use crate::notifications::settings::pages::SettingsPage;
use crate::notifications::{Channel, Event};
use crate::platform::companies::{CompaniesPage, CompanyPage};
use crate::platform::flag_pages::FlagsPage;
use crate::platform::workbench::WorkbenchPage;
use crate::resumes::pages::ResumeSheet;
use crate::reviews::batch::BatchPage;
use crate::reviews::detail::ReviewPage;
use crate::reviews::inbox::InboxPage;
use crate::privacy::pages::PrivacyPage;
use crate::resumes::edit::EditPage as ResumeEditPage;
use crate::resumes::overview::{OverviewPage, PreviewPage};
use crate::resumes::pages::ResumeSheet;
use crate::resumes::shield_pages::ShieldsPage;
use crate::video_fairs::pages::{BoothPage, FairsPage, WallPage};
use crate::web::errors::ErrorPage;

/// The pages of companies.
fn of_companies() -> Vec<(&'static str, askama::Result<String>)> {
    vec![
        ("register-schools", register::SchoolsStep::sample().render()),
        ("register-info", register::CompanyStep::sample().render()),
        (
            "register-join",
            register::AccountPage::sample(true).render(),
        ),
        (
            "register-certify",
            register::AccountPage::sample(false).render(),
        ),
        ("register-done", register::DonePage::sample().render()),
        ("letter", register::LetterPage::sample().render()),
        ("company", companies::HomePage::sample().render()),
        ("company-waiting", companies::WaitingPage::sample().render()),
        ("company-members", members::MembersPage::sample().render()),
        ("company-member", members::MemberPage::sample().render()),
        (
            "company-member-new",
            members::NewMemberPage::sample().render(),
        ),
        ("company-claim", companies::ClaimPage::sample().render()),
        ("company-schools", companies::SchoolsPage::sample().render()),
        ("company-profile", companies::ProfilePage::sample().render()),
        (
            "company-certification",
            companies::CertificationPage::sample().render(),
        ),
        ("company-brand", companies::BrandPage::sample().render()),
        ("company-invoice", companies::InvoicePage::sample().render()),
        (
            "company-guest-invite",
            guests::InvitePage::sample().render(),
        ),
        ("company-guest", guests::GuestPage::sample().render()),
    ]
}

fn all() -> Vec<(&'static str, askama::Result<String>)> {
    let mut pages = of_portal();
    pages.extend(of_companies());
    pages
}

fn of_portal() -> Vec<(&'static str, askama::Result<String>)> {
    let no_fairs = FairsPage {
        fairs: Vec::new(),
        ..FairsPage::sample()
    };
    let no_seats = BoothsPage {
        booths: Vec::new(),
        ..BoothsPage::sample()
    };
    let no_reviews = InboxPage {
        lines: Vec::new(),
        ..InboxPage::sample()
    };
    let names = ["review", "review-claim", "review-join", "review-identity"];
    let reviews = names.into_iter().zip(ReviewPage::samples());
    let mut pages = vec![
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
        ("messages", MessagesPage::sample().render()),
        (
            "messages-student",
            MessagesPage::sample_of_student().render(),
        ),
        ("notification-settings", SettingsPage::sample().render()),
        (
            "notification-settings-student",
            SettingsPage::sample_of_student().render(),
        ),
        ("notification-templates", TemplatesPage::sample().render()),
        ("notification-template", TemplatePage::sample().render()),
        (
            "notification-template-wechat",
            TemplatePage::sample_of(Event::CompanyReviewed, Channel::Wechat).render(),
        ),
        (
            "notification-template-site",
            TemplatePage::sample_of(Event::JoinRequested, Channel::Site).render(),
        ),
        ("sends", SendsPage::sample().render()),
        ("demo-phone", PhonePage::sample().render()),
        ("workbench", WorkbenchPage::sample().render()),
        ("reviews", InboxPage::sample().render()),
        ("reviews-none", no_reviews.render()),
        ("review-batch", BatchPage::sample().render()),
        ("platform-companies", CompaniesPage::sample().render()),
        ("platform-company", CompanyPage::sample().render()),
        ("calendar", CalendarPage::sample().render()),
        ("dictionaries", DictionariesPage::sample().render()),
        ("dictionary", DictionaryPage::sample().render()),
        ("dictionary-entry", EntryPage::sample().render()),
        ("flags", FlagsPage::sample().render()),
        ("audit", AuditPage::sample().render()),
    ];
    pages.extend(reviews.map(|(name, page)| (name, page.render())));
    pages
    ]
    .into_iter()
    .chain(schools())
    .chain(students())
    .collect()
}

fn schools() -> Vec<(&'static str, askama::Result<String>)> {
    use crate::schools::{companies, notices, platform, settings, site, staff, workbench};
    vec![
        ("front", site::FrontPage::sample().render()),
        ("site-home", site::SiteHome::sample().render()),
        ("site-notices", site::SiteNoticesPage::sample().render()),
        ("site-notice", site::SiteNoticePage::sample().render()),
        ("site-talks", site::SiteTalksPage::sample().render()),
        ("site-fairs", site::SiteFairsPage::sample().render()),
        ("site-jobs", site::SiteJobsPage::sample().render()),
        ("site-job", site::SiteJobPage::sample().render()),
        ("school-home", workbench::WorkbenchPage::sample().render()),
        ("school-companies", companies::CompaniesPage::sample().render()),
        ("school-notices", notices::NoticesPage::sample().render()),
        ("school-notice", notices::NoticeFormPage::sample().render()),
        ("school-site", settings::SettingsPage::sample().render()),
        ("school-staff", staff::StaffPage::sample().render()),
        ("platform-schools", platform::SchoolsPage::sample().render()),
        ("platform-school", platform::SchoolFormPage::sample().render()),
    ]
}

fn students() -> Vec<(&'static str, askama::Result<String>)> {
    use crate::students::{identity, list, register, roster};
    vec![
        ("students", list::StudentsPage::sample().render()),
        ("student", list::StudentPage::sample().render()),
        ("roster", roster::ImportsPage::sample().render()),
        ("roster-checked", roster::ImportPage::sample("checked").render()),
        ("roster-taking", roster::ImportPage::sample("taking").render()),
        ("roster-done", roster::ImportPage::sample("done").render()),
        ("register-student", register::RegisterPage::sample(false).render()),
        ("register-manual", register::RegisterPage::sample(true).render()),
        ("identity", identity::IdentityPage::sample("submitted").render()),
        ("identity-returned", identity::IdentityPage::sample("returned").render()),
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
