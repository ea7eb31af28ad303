//! Every page with sample data: each must render. To look at them, set `PINHUI_SAMPLES` to a
//! folder, and the test writes them there.

use askama::Template;

use crate::accounts::LoginPage;
use crate::companies::{self, guests, members, register};
use crate::demo::pages::DemoPage;
use crate::home::StaffPage;
use crate::interviews::console::ConsolePage;
use crate::interviews::pages::{DeviceTestPage, QueuesPage};
use crate::interviews::room::{BoothsPage, RoomPage};
use crate::resumes::pages::ResumeSheet;
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
