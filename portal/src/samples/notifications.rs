//! Pages of notifications.

use askama::Template;

use super::Sample;
use crate::demo::phone::pages::PhonePage;
use crate::notifications::desk::sends::pages::SendsPage;
use crate::notifications::desk::templates::edit::TemplatePage;
use crate::notifications::desk::templates::list::TemplatesPage;
use crate::notifications::messages::pages::MessagesPage;
use crate::notifications::settings::pages::SettingsPage;
use crate::notifications::{Channel, Event};

pub(super) fn pages() -> Vec<Sample> {
    vec![
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
