//! Pages of reviews, lists, the audit log and the platform.

use askama::Template;

use super::Sample;
use crate::audit::pages::AuditPage;
use crate::dictionaries::calendar::pages::CalendarPage;
use crate::dictionaries::lists::{DictionariesPage, DictionaryPage, EntryPage};
use crate::platform::companies::{CompaniesPage, CompanyPage};
use crate::platform::flag_pages::FlagsPage;
use crate::platform::gate::ClosedPage;
use crate::platform::workbench::WorkbenchPage;
use crate::reviews::batch::BatchPage;
use crate::reviews::detail::ReviewPage;
use crate::reviews::inbox::InboxPage;

pub(super) fn pages() -> Vec<Sample> {
    let no_reviews = InboxPage {
        lines: Vec::new(),
        ..InboxPage::sample()
    };
    let names = ["review", "review-claim", "review-join", "review-identity"];
    let reviews = names.into_iter().zip(ReviewPage::samples());
    let mut pages = vec![
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
        ("closed", ClosedPage::sample().render()),
        ("audit", AuditPage::sample().render()),
    ];
    pages.extend(reviews.map(|(name, page)| (name, page.render())));
    pages
}
