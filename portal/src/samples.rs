//! Every page with sample data: each must render. To look at them, set `PINHUI_SAMPLES` to a
//! folder, and the test writes them there.

use askama::Template;

use crate::accounts::LoginPage;
use crate::demo::pages::DemoPage;
use crate::home::StaffPage;
use crate::interviews::console::ConsolePage;
use crate::interviews::pages::{DeviceTestPage, QueuesPage};
use crate::interviews::room::{BoothsPage, RoomPage};
use crate::resumes::pages::ResumeSheet;
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
    vec![
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
        (
            "school-companies",
            companies::CompaniesPage::sample().render(),
        ),
        ("school-notices", notices::NoticesPage::sample().render()),
        ("school-notice", notices::NoticeFormPage::sample().render()),
        ("school-site", settings::SettingsPage::sample().render()),
        ("school-staff", staff::StaffPage::sample().render()),
        ("platform-schools", platform::SchoolsPage::sample().render()),
        (
            "platform-school",
            platform::SchoolFormPage::sample().render(),
        ),
    ]
}

fn students() -> Vec<(&'static str, askama::Result<String>)> {
    use crate::students::{identity, list, register, roster};
    vec![
        ("students", list::StudentsPage::sample().render()),
        ("student", list::StudentPage::sample().render()),
        ("roster", roster::ImportsPage::sample().render()),
        (
            "roster-checked",
            roster::ImportPage::sample("checked").render(),
        ),
        (
            "roster-taking",
            roster::ImportPage::sample("taking").render(),
        ),
        ("roster-done", roster::ImportPage::sample("done").render()),
        (
            "register-student",
            register::RegisterPage::sample(false).render(),
        ),
        (
            "register-manual",
            register::RegisterPage::sample(true).render(),
        ),
        (
            "identity",
            identity::IdentityPage::sample("submitted").render(),
        ),
        (
            "identity-returned",
            identity::IdentityPage::sample("returned").render(),
        ),
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
