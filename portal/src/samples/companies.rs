//! Pages of companies.

use askama::Template;

use super::Sample;
use crate::companies::{self, guests, members, register};

pub(super) fn pages() -> Vec<Sample> {
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
