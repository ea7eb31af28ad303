//! Every page with sample data: each must render. To look at them, set `PINHUI_SAMPLES` to a
//! folder, and the test writes them there.

use askama::Template;

use crate::accounts::LoginPage;
use crate::accounts::cancellation::CancelPage;
use crate::accounts::devices::DevicesPage;
use crate::accounts::links::{ForgotPage, ResetPage};
use crate::accounts::login::Way;
use crate::accounts::password::PasswordPage;
use crate::accounts::profile::ProfilePage;
use crate::accounts::staff::StaffPage as PlatformStaffPage;
use crate::accounts::support::{AccountPage, AccountsPage};
use crate::accounts::wechat::WechatPage;
use crate::demo::pages::DemoPage;
use crate::demo::phone::pages::PhonePage;
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
    ]
}

/// Pages of logging in and of one's own account.
fn access() -> Vec<(&'static str, askama::Result<String>)> {
    vec![
        ("login", LoginPage::sample(Way::Password).render()),
        ("login-code", LoginPage::sample(Way::Code).render()),
        ("login-wechat", LoginPage::sample(Way::Wechat).render()),
        ("forgot", ForgotPage::sample().render()),
        ("reset", ResetPage::sample().render()),
        ("reset-over", ResetPage::over().render()),
        ("account", ProfilePage::sample(false).render()),
        ("account-student", ProfilePage::sample(true).render()),
        ("account-password", PasswordPage::sample().render()),
        ("account-wechat", WechatPage::sample(false).render()),
        ("account-wechat-bound", WechatPage::sample(true).render()),
        ("account-devices", DevicesPage::sample().render()),
        ("account-cancel", CancelPage::sample("", false).render()),
        ("account-cancel-held", CancelPage::sample("", true).render()),
        (
            "account-cancel-cooling",
            CancelPage::sample("2027-03-08 09:30", false).render(),
        ),
        ("platform-staff", PlatformStaffPage::sample().render()),
        ("platform-accounts", AccountsPage::sample("", 0).render()),
        (
            "platform-accounts-none",
            AccountsPage::sample("欧阳若曦", 0).render(),
        ),
        (
            "platform-accounts-found",
            AccountsPage::sample("欧阳若曦", 3).render(),
        ),
        ("platform-account", AccountPage::sample().render()),
    ]
}

/// Neither script nor style stands inside a page: the content policy would not run it.
fn inline(html: &str) -> bool {
    html.contains("<script>") || html.contains("<style") || html.contains(" style=")
}

#[test]
fn every_page_renders_with_sample_data() {
    let folder = std::env::var_os("PINHUI_SAMPLES").map(std::path::PathBuf::from);
    for (name, html) in all().into_iter().chain(access()) {
        let html = html.unwrap();
        assert!(!inline(&html), "{name} has inline script or style");
        if let Some(folder) = &folder {
            std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
        }
    }
}

#[test]
fn every_asset_that_a_page_names_exists() {
    for (name, html) in all().into_iter().chain(access()) {
        let html = html.unwrap();
        for part in html.split("/static/").skip(1) {
            let path = part.split(['"', '#']).next().unwrap_or_default();
            assert!(path.contains("?h="), "{name}: no such file: {path}");
        }
    }
}
