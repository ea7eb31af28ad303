//! What may lie loose, told on both databases.

use base::db::Text;
use base::db::testing::{self, TestDb};
use outside::objects::ObjectKey;

use super::*;
use crate::accounts::testing::company_account;
use crate::files::store::{File, NewFile};
use crate::files::{FileRef, Purpose};
use crate::ids::FileId;
use crate::web::secret::Signer;

const NOW: i64 = 1_795_305_600_000;

fn config() -> FilesConfig {
    FilesConfig {
        stranger_loose_mib: 10,
        account_loose_mib: 10,
        ..FilesConfig::default()
    }
}

async fn open(db: &Db) -> Arc<LooseBytes> {
    let gauge = IntGauge::new("loose", "Loose.").unwrap();
    Arc::new(LooseBytes::open(&config(), db, gauge).await.unwrap())
}

/// The row of an upload of so many MiB.
async fn upload(db: &Db, owner_id: Option<AccountId>, mib: u64) -> FileId {
    let file = File {
        id: FileId::new(),
        purpose: Purpose::Licence,
        owner_id,
        name: "x.png".to_owned(),
        mime: "image/png".to_owned(),
        bytes: i64::try_from(mib * MIB).unwrap(),
        object_key: Text(ObjectKey::new("test", NOW).unwrap()),
    };
    let sha256 = "0".repeat(64);
    let new = NewFile {
        file: &file,
        sha256: &sha256,
    };
    let mut tx = db.begin().await.unwrap();
    store::add(&mut tx, &new, NOW).await.unwrap();
    tx.commit().await.unwrap();
    file.id
}

/// A form takes it.
async fn attach(db: &Db, id: FileId) {
    let signer = Signer::from_bytes(&[1; 32]);
    let text = FileRef::issue(&signer, id, Purpose::Licence);
    let file = FileRef::parse(&signer, &text, Purpose::Licence).unwrap();
    let mut tx = db.begin().await.unwrap();
    let to = ("certification", "1");
    let taken = store::attach(&mut tx, file, Purpose::Licence, to, NOW);
    assert_eq!(taken.await.unwrap(), Some(id));
    tx.commit().await.unwrap();
}

const FULL: Full = Full::Strangers(STRANGERS_AGAIN_S);

#[tokio::test]
async fn strangers_share_a_limit_that_a_restart_does_not_forget() {
    for TestDb { db, .. } in &testing::both().await {
        let loose = open(db).await;
        let reserve = async |mib: u64, now| {
            let room = loose.reserve(db, None, mib * MIB, now).await;
            room.unwrap()
        };
        let mut first = reserve(5, NOW).await.unwrap();
        let second = reserve(5, NOW).await.unwrap();
        assert_eq!(reserve(1, NOW).await.unwrap_err(), FULL, "on their way");
        drop(second);
        let id = upload(db, None, 4).await;
        first.keeps(4 * MIB);
        drop(first);
        drop(reserve(6, NOW).await.unwrap());
        assert_eq!(reserve(7, NOW).await.unwrap_err(), FULL, "4 lie loose");
        let again = open(db).await;
        let full = again.reserve(db, None, 7 * MIB, NOW).await.unwrap();
        assert_eq!(full.unwrap_err(), FULL, "after a restart");

        attach(db, id).await;
        assert_eq!(reserve(7, NOW + 1).await.unwrap_err(), FULL, "not yet");
        let later = NOW + RECOUNT_MS;
        drop(reserve(10, later).await.unwrap());
        assert_eq!(loose.strangers.get(), 0);
    }
}

#[tokio::test]
async fn an_upload_that_ends_during_a_count_is_not_left_out() {
    for TestDb { db, .. } in &testing::both().await {
        let loose = open(db).await;
        let room = loose.reserve(db, None, 6 * MIB, NOW).await.unwrap();
        let mut room = room.unwrap();
        room.keeps(6 * MIB);
        let count = async { loose.recount(db).await.unwrap() };
        let end = async {
            upload(db, None, 6).await;
            drop(room);
        };
        tokio::join!(count, end);
        let next = loose.reserve(db, None, 5 * MIB, NOW).await.unwrap();
        assert_eq!(next.unwrap_err(), FULL);
    }
}

#[tokio::test]
async fn an_account_has_a_limit_of_its_own() {
    for TestDb { db, .. } in &testing::both().await {
        let loose = open(db).await;
        let (me, other) = (
            company_account(db, "甲", NOW).await,
            company_account(db, "乙", NOW).await,
        );
        let reserve = async |owner, mib: u64| {
            let room = loose.reserve(db, Some(owner), mib * MIB, NOW).await;
            room.unwrap()
        };
        let id = upload(db, Some(me), 6).await;
        let room = reserve(me, 4).await.unwrap();
        let full = reserve(me, 1).await.unwrap_err();
        let day_s = 24 * 3600;
        let expected = Full::Account {
            most: 10 * MIB,
            retry_after_s: day_s,
        };
        assert_eq!(full, expected);
        drop(reserve(other, 10).await.unwrap());
        drop(room);
        drop(reserve(me, 4).await.unwrap());
        attach(db, id).await;
        let room = reserve(me, 10).await.unwrap();
        let full = reserve(me, 1).await.unwrap_err();
        let soon = Full::Account {
            most: 10 * MIB,
            retry_after_s: UNDER_WAY_AGAIN_S,
        };
        assert_eq!(full, soon, "nothing lies, all is on its way");
        drop(room);
        let left = loose.lock().under_way.len();
        assert_eq!(left, 0, "nothing is kept of what ended");
    }
}
