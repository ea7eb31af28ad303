//! The file store: one story on a folder and on an S3 storage, then what only one of them has.

#![expect(clippy::unwrap_used, reason = "tests")]

mod folder;
mod rig;
mod s3;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::{future, stream};
use outside::objects::sniff::{Doubt, Kind};
use outside::objects::{ObjectError, Upload};
use tokio::sync::Notify;

use rig::{MIB, Rig, chunks, endless, key};

#[tokio::test]
async fn an_object_is_stored_read_measured_and_deleted() {
    for rig in Rig::both().await {
        let key = key();
        let stored = rig.put(&key, b"hello").await;
        let sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        assert_eq!((stored.length, stored.sha256.as_str()), (5, sha256));
        assert_eq!(rig.store.head(&key).await.unwrap().length, 5);
        assert_eq!(rig.read(&key).await, b"hello");

        rig.put(&key, b"other").await;
        assert_eq!(rig.read(&key).await, b"other", "replaced");
        rig.store.delete(&key).await.unwrap();
        rig.store.delete(&key).await.unwrap();
        assert!(matches!(
            rig.store.head(&key).await,
            Err(ObjectError::NotFound(missing)) if missing == key
        ));
        rig.assert_empty();
        assert!(rig.metric(r#"pinhui_objects_total{operation="keep",outcome="good"} 2"#));
        assert!(rig.metric(r#"pinhui_objects_total{operation="head",outcome="missing"} 1"#));
    }
}

#[tokio::test]
async fn an_empty_object_and_one_of_many_chunks_come_back_whole() {
    for rig in Rig::both().await {
        let (empty, large) = (key(), key());
        rig.put(&empty, b"").await;
        assert_eq!(rig.read(&empty).await, b"");
        let upload = Upload::stream(chunks(50, Arc::default()), 10 * MIB);
        let stored = rig.store.put(&large, upload, "video/webm").await.unwrap();
        assert_eq!(stored.length, 50 * 64 * 1024);
        assert_eq!(rig.read(&large).await, vec![7; 50 * 64 * 1024]);
    }
}

#[tokio::test]
async fn an_unknown_key_is_not_found() {
    for rig in Rig::both().await {
        let key = key();
        let missing = |error| matches!(error, ObjectError::NotFound(of) if of == key);
        assert!(missing(rig.store.get(&key).await.unwrap_err()));
        assert!(missing(rig.store.head(&key).await.unwrap_err()));
        rig.store.delete(&key).await.unwrap();
    }
}

#[tokio::test]
async fn the_cap_is_the_last_byte_that_fits() {
    for rig in Rig::both().await {
        let (fits, too_large) = (key(), key());
        let upload = Upload::bytes(vec![1; 1_000], 1_000);
        rig.store.put(&fits, upload, "a/b").await.unwrap();
        rig.store.delete(&fits).await.unwrap();
        let upload = Upload::bytes(vec![1; 1_001], 1_000);
        let refused = rig.store.put(&too_large, upload, "a/b").await;
        assert!(matches!(refused, Err(ObjectError::TooLarge { cap: 1_000 })));
        rig.assert_empty();
        assert!(rig.metric(r#"pinhui_objects_total{operation="receive",outcome="too_large"} 1"#));
    }
}

#[tokio::test]
async fn a_body_that_lies_about_its_length_is_cut_off_early() {
    for rig in Rig::both().await {
        let taken = Arc::<AtomicUsize>::default();
        // 200 MiB for a cap of one: only what fits and one chunk more is ever asked for, and each
        // chunk is gone before the next one comes.
        let upload = Upload::stream(chunks(3_200, Arc::clone(&taken)), MIB);
        let refused = rig.store.put(&key(), upload, "a/b").await;
        assert!(matches!(refused, Err(ObjectError::TooLarge { .. })));
        assert!(taken.load(Ordering::SeqCst) <= 17, "{taken:?}");
        rig.assert_empty();
    }
}

#[tokio::test]
async fn a_stream_that_breaks_leaves_nothing() {
    for rig in Rig::both().await {
        let parts = stream::iter([
            Ok(Bytes::from_static(b"half")),
            Err(io::Error::other("the browser went away")),
        ]);
        let refused = rig
            .store
            .put(&key(), Upload::stream(parts, MIB), "a/b")
            .await;
        assert!(matches!(refused, Err(ObjectError::Broken(_))));
        rig.assert_empty();
    }
}

#[tokio::test]
async fn an_upload_that_is_given_up_leaves_nothing() {
    for rig in Rig::both().await {
        let key = key();
        let reached = Arc::<Notify>::default();
        let upload = Upload::stream(endless(Arc::clone(&reached)), MIB);
        tokio::select! {
            _ = rig.store.put(&key, upload, "a/b") => panic!("an upload without an end has ended"),
            () = reached.notified() => {}
        }
        rig.assert_empty();
    }
}

#[tokio::test]
async fn a_draft_is_sniffed_before_it_is_kept() {
    for rig in Rig::both().await {
        let key = key();
        let pdf: &[u8] = b"%PDF-1.4\n%%EOF\n";
        let upload = Upload::bytes(pdf, MIB);
        let draft = rig.store.receive(&key, upload).await.unwrap();
        assert_eq!((draft.length(), draft.sha256().len()), (15, 64));
        assert_eq!(draft.read().await.unwrap(), pdf);
        let kind = draft.sniff().await.unwrap().kind;
        assert_eq!(kind, Kind::Pdf);
        rig.store.keep(draft, kind.mime()).await.unwrap();
        assert_eq!(rig.read(&key).await, pdf);
        rig.store.delete(&key).await.unwrap();

        let upload = Upload::bytes("<svg onload=x>", MIB);
        let draft = rig.store.receive(&key, upload).await.unwrap();
        let sniffed = draft.sniff().await.unwrap();
        assert_eq!(sniffed.doubt, Some(Doubt::Unknown));
        drop(draft);
        rig.assert_empty();
    }
}

#[tokio::test]
async fn a_content_type_that_is_none_is_refused() {
    for rig in Rig::both().await {
        for bad in ["", "png", "a/b\r\nx-amz-acl: public-read", "文/本", " a/b"] {
            let refused = rig.store.put(&key(), Upload::bytes("x", 1), bad).await;
            assert!(
                matches!(refused, Err(ObjectError::ContentType(_))),
                "{bad:?}"
            );
        }
        rig.assert_empty();
    }
}

#[tokio::test]
async fn puts_at_the_same_time_do_not_mix() {
    for rig in Rig::both().await {
        let shared = key();
        let keys: Vec<_> = (0..16).map(|_| key()).collect();
        let bytes = |n: usize| vec![n as u8; 100_000 + n];
        let puts = keys.iter().enumerate().flat_map(|(n, own)| {
            [own, &shared].map(|key| {
                let upload = Upload::bytes(bytes(n), MIB);
                rig.store.put(key, upload, "a/b")
            })
        });
        for stored in future::join_all(puts).await {
            stored.unwrap();
        }
        for (n, key) in keys.iter().enumerate() {
            assert_eq!(rig.read(key).await, bytes(n));
        }
        let last = rig.read(&shared).await;
        assert_eq!(last, bytes(usize::from(last[0])), "one of them, whole");
    }
}
