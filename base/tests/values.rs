//! Ids and JSON go into TEXT columns and come back, on both databases.
#![allow(missing_docs, clippy::unwrap_used)]

use base::db::{JsonText, Text, on_db, testing};

base::id! {
    /// An id for this test.
    ThingId
}

#[tokio::test]
async fn ids_and_json_round_trip_on_both() {
    for test in testing::both().await {
        let db = &test.db;
        on_db!(db.writer().await.unwrap(), c => sqlx::query("CREATE TABLE things (id TEXT PRIMARY KEY, tags TEXT NOT NULL, port TEXT)")
            .execute(c).await.map(drop))
        .unwrap();
        let id = ThingId::new();
        let tags = JsonText(vec!["甲".to_owned(), "乙".to_owned()]);
        on_db!(db.writer().await.unwrap(), c => sqlx::query("INSERT INTO things VALUES ($1, $2, $3)")
            .bind(id).bind(&tags).bind(Text(8080_u16)).execute(c).await.map(drop))
        .unwrap();
        let row: (ThingId, JsonText<Vec<String>>, Option<Text<u16>>) =
            on_db!(db, c => sqlx::query_as("SELECT id, tags, port FROM things WHERE id = $1")
                .bind(id).fetch_one(c).await)
            .unwrap();
        assert_eq!(row, (id, tags, Some(Text(8080))), "{}", db.kind());
    }
}
