//! Pages of schools and of students' accounts.

use askama::Template;

use super::Sample;

pub(super) fn pages() -> Vec<Sample> {
    let mut pages = schools();
    pages.extend(students());
    pages
}

fn schools() -> Vec<Sample> {
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

fn students() -> Vec<Sample> {
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
