//! Every query of the portal prepares on both databases and reads alike.

use base::db::Query;

fn queries() -> Vec<Query> {
    [
        crate::accounts::codes::QUERIES,
        crate::accounts::sessions::QUERIES,
        crate::accounts::store::QUERIES,
        crate::audit::QUERIES,
        crate::companies::store::QUERIES,
        crate::demo::schools::QUERIES,
        crate::files::store::QUERIES,
        crate::interviews::store::QUERIES,
        crate::jobs::store::QUERIES,
        crate::notifications::store::QUERIES,
        crate::resumes::store::QUERIES,
        crate::reviews::store::QUERIES,
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
