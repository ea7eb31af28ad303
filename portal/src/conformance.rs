//! Every query of the portal prepares on both databases and reads alike.

use base::db::Query;

fn queries() -> Vec<Query> {
    [
        crate::accounts::queries().as_slice(),
        crate::audit::QUERIES,
        crate::companies::store::QUERIES,
        crate::files::store::QUERIES,
        crate::interviews::store::QUERIES,
        crate::jobs::store::QUERIES,
        crate::notifications::desk::store::QUERIES,
        crate::notifications::messages::store::QUERIES,
        crate::notifications::outbox::store::QUERIES,
        crate::notifications::settings::store::QUERIES,
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
