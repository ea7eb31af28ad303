//! Every query of the portal prepares on both databases and reads alike, and none that changes
//! rows reads through a table that grows with people and fairs.

use base::db::Query;

fn queries() -> Vec<Query> {
    [
        crate::accounts::queries().as_slice(),
        crate::agreements::store::QUERIES,
        crate::audit::QUERIES,
        crate::audit::log::QUERIES,
        crate::audit::purge::QUERIES,
        crate::companies::brand::QUERIES,
        crate::companies::certifications::QUERIES,
        crate::companies::claims::QUERIES,
        crate::companies::guests::store::QUERIES,
        crate::companies::invoices::QUERIES,
        crate::companies::joins::QUERIES,
        crate::companies::members::store::QUERIES,
        crate::companies::store::QUERIES,
        crate::dictionaries::calendar::store::QUERIES,
        crate::dictionaries::lists::store::QUERIES,
        crate::complaints::appeals::store::QUERIES,
        crate::complaints::bans::QUERIES,
        crate::complaints::escalation::QUERIES,
        crate::complaints::store::QUERIES,
        crate::demo::cases::QUERIES,
        crate::demo::history::QUERIES,
        crate::files::store::QUERIES,
        crate::interviews::store::QUERIES,
        crate::jobs::store::QUERIES,
        crate::notifications::desk::store::QUERIES,
        crate::notifications::messages::store::QUERIES,
        crate::notifications::outbox::store::QUERIES,
        crate::notifications::settings::store::QUERIES,
        crate::notifications::store::QUERIES,
        crate::platform::companies_store::QUERIES,
        crate::platform::flags::QUERIES,
        crate::platform::workbench::QUERIES,
        crate::privacy::consents::QUERIES,
        crate::privacy::erase::QUERIES,
        crate::privacy::export::QUERIES,
        crate::privacy::export::cases::QUERIES,
        crate::privacy::export::gather::QUERIES,
        crate::privacy::export::student::QUERIES,
        crate::privacy::retention::QUERIES,
        crate::privacy::sight::QUERIES,
        crate::resumes::shields::QUERIES,
        crate::resumes::store::QUERIES,
        crate::reviews::escalation::QUERIES,
        crate::reviews::lists::QUERIES,
        crate::reviews::reschedule::QUERIES,
        crate::reviews::store::QUERIES,
        crate::reviews::subjects::QUERIES,
        crate::schools::companies::store::QUERIES,
        crate::schools::notices::store::QUERIES,
        crate::schools::platform::store::QUERIES,
        crate::schools::site::store::QUERIES,
        crate::schools::staff::store::QUERIES,
        crate::schools::store::QUERIES,
        crate::schools::workbench::QUERIES,
        crate::students::identity::store::QUERIES,
        crate::students::list::store::QUERIES,
        crate::students::register::store::QUERIES,
        crate::students::roster::store::QUERIES,
        crate::students::store::QUERIES,
        crate::video_fairs::store::QUERIES,
        crate::video_fairs::write::QUERIES,
    ]
    .concat()
}

#[tokio::test]
async fn every_query_reads_alike_on_both_databases() {
    let faults = base::db::conformance::check(&queries()).await;
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Tables that grow with people, companies and fairs.
const GROWING: &[&str] = &[
    "accounts",
    "agreement_acceptances",
    "audit_log",
    "call_feedback",
    "call_notes",
    "call_seats",
    "calls",
    "captchas",
    "certifications",
    "company_members",
    "complaints",
    "consents",
    "evaluations",
    "fair_admissions",
    "files",
    "jobs",
    "known_devices",
    "live_events",
    "live_persons",
    "login_failures",
    "notification_days",
    "notification_sends",
    "notifications",
    "password_links",
    "queue_entries",
    "registration_jobs",
    "resume_shields",
    "resumes",
    "review_events",
    "reviews",
    "roster_parts",
    "school_joins",
    "sessions",
    "sms_codes",
    "students",
];

#[tokio::test]
async fn no_change_reads_a_growing_table_from_end_to_end() {
    let faults = base::db::conformance::scans(&queries(), GROWING).await;
    assert!(faults.is_empty(), "{faults:#?}");
}
