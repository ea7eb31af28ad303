//! Every query of the portal prepares on both databases and reads alike.

use base::db::Query;

fn queries() -> Vec<Query> {
    [
        crate::accounts::codes::QUERIES,
        crate::accounts::sessions::QUERIES,
        crate::accounts::store::QUERIES,
        crate::agreements::store::QUERIES,
        crate::audit::QUERIES,
        crate::companies::store::QUERIES,
        crate::complaints::bans::QUERIES,
        crate::complaints::store::QUERIES,
        crate::demo::cases::QUERIES,
        crate::files::store::QUERIES,
        crate::interviews::store::QUERIES,
        crate::jobs::store::QUERIES,
        crate::notifications::store::QUERIES,
        crate::privacy::consents::QUERIES,
        crate::privacy::erase::QUERIES,
        crate::privacy::export::QUERIES,
        crate::privacy::export::gather::QUERIES,
        crate::privacy::retention::QUERIES,
        crate::privacy::sight::QUERIES,
        crate::resumes::shields::QUERIES,
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
