//! Pages of logging in, of one's own account, and of those who look after accounts.

use askama::Template;

use super::Sample;
use crate::accounts::LoginPage;
use crate::accounts::cancellation::CancelPage;
use crate::accounts::devices::DevicesPage;
use crate::accounts::email::{ConfirmPage, EmailPage};
use crate::accounts::links::{ForgotPage, ResetPage};
use crate::accounts::login::Way;
use crate::accounts::mobile::MobilePage;
use crate::accounts::password::PasswordPage;
use crate::accounts::profile::ProfilePage;
use crate::accounts::staff::StaffPage;
use crate::accounts::support::{AccountPage, AccountsPage};
use crate::accounts::wechat::WechatPage;

pub(super) fn pages() -> Vec<Sample> {
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
        ("account-email", EmailPage::sample().render()),
        ("account-email-confirm", ConfirmPage::sample().render()),
        ("account-mobile", MobilePage::sample().render()),
        ("account-wechat", WechatPage::sample(false).render()),
        ("account-wechat-bound", WechatPage::sample(true).render()),
        ("account-devices", DevicesPage::sample().render()),
        ("account-cancel", CancelPage::sample("", false).render()),
        ("account-cancel-held", CancelPage::sample("", true).render()),
        (
            "account-cancel-cooling",
            CancelPage::sample("2027-03-08 09:30", false).render(),
        ),
        ("platform-staff", StaffPage::sample().render()),
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
