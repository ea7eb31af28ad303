//! Every query of the portal prepares on both databases and reads alike.

use base::db::Query;

fn queries() -> Vec<Query> {
    [
        crate::accounts::codes::QUERIES,
        crate::accounts::sessions::QUERIES,
        crate::accounts::store::QUERIES,
        crate::audit::QUERIES,
        crate::companies::brand::QUERIES,
        crate::companies::certifications::QUERIES,
        crate::companies::claims::QUERIES,
        crate::companies::guests::store::QUERIES,
        crate::companies::invoices::QUERIES,
        crate::companies::joins::QUERIES,
        crate::companies::members::store::QUERIES,
        crate::companies::outward::QUERIES,
        crate::companies::store::QUERIES,
        crate::files::store::QUERIES,
        crate::interviews::store::QUERIES,
        crate::jobs::store::QUERIES,
        crate::notifications::store::QUERIES,
        crate::resumes::store::QUERIES,
        crate::reviews::store::QUERIES,
        crate::schools::store::QUERIES,
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
