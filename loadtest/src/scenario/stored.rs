//! What the server's database holds after a run.

use std::collections::BTreeSet;

use anyhow::Result;
use base::db::{Db, DbConfig, Text, on_db};
use signaling_protocol::EntryId;

/// All entries that the server's database holds, whichever it is.
///
/// # Errors
/// It cannot be read.
pub async fn stored_entries(database: &DbConfig) -> Result<BTreeSet<EntryId>> {
    let db = Db::connect(database).await?;
    let rows: Vec<(Text<EntryId>,)> = on_db!(db, c => {
        sqlx::query_as("SELECT id FROM queue_entries").fetch_all(c).await
    })?;
    db.close().await;
    Ok(rows.into_iter().map(|(entry,)| entry.0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::config::Secret;
    use base::db::{Tx, testing};

    const FAIR: &str = "INSERT INTO live_fairs (id, epoch, lease_owner, lease_fence, \
        lease_until_ms, alive_at_ms) VALUES ('f', 1, 'n', 1, 0, 0)";
    const ENTRY: &str = "INSERT INTO queue_entries (id, fair_id, booth_id, person_id, origin, \
        stage, made_ms, since_ms, misses, laters) \
        VALUES ($1, 'f', 'b', 'p', 'applied', 'applied', 1, 1, 0, 0)";

    async fn write(tx: &mut Tx, entry: EntryId) {
        on_db!(tx, c => sqlx::query(FAIR).execute(c).await.map(drop)).unwrap();
        on_db!(tx, c => sqlx::query(ENTRY).bind(Text(entry)).execute(c).await.map(drop)).unwrap();
    }

    #[tokio::test]
    async fn stored_places_are_read_from_either_database() {
        let entry = EntryId(uuid::Uuid::from_u128(7));
        for test in testing::both().await {
            let mut tx = test.db.begin().await.unwrap();
            write(&mut tx, entry).await;
            tx.commit().await.unwrap();
            let config = DbConfig {
                url: Secret::new(&test.url),
                ..DbConfig::default()
            };
            let stored = stored_entries(&config).await.unwrap();
            assert_eq!(stored, BTreeSet::from([entry]), "{}", test.db.kind());
        }
    }
}
