//! What only a folder has: what a killed process leaves, links, and who may read.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use base::clock::Clock;
use futures_util::future;
use outside::objects::{ObjectError, ObjectKey, ObjectMetrics, ObjectStore, ObjectsConfig, Upload};
use prometheus::Registry;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio::sync::Notify;

use crate::rig::{MIB, NOW_MS, Rig, Scratch, endless, key, key_name, read, shows};

#[tokio::test]
async fn a_folder_sweeps_what_a_killed_process_left_and_never_serves_it() {
    let rig = Rig::folder().await;
    let (kept, unfinished) = (key(), key());
    rig.put(&kept, b"kept").await;
    let upload = Upload::bytes("half of it", MIB);
    let draft = rig.store.receive(&unfinished, upload).await.unwrap();
    let files = rig.scratch.files();
    let in_use = files
        .iter()
        .find(|path| !path.ends_with(key_name(&kept)))
        .unwrap();
    let name = in_use.file_name().unwrap().to_str().unwrap();
    assert!(
        name.parse::<uuid::Uuid>().is_err() && name.starts_with('.'),
        "no key has this name"
    );
    // What `kill -9` leaves: the same file, and nobody who holds it.
    let left = in_use.with_file_name(name.replace(char::is_numeric, "0"));
    fs::copy(in_use, &left).unwrap();
    assert!(matches!(
        rig.store.get(&unfinished).await,
        Err(ObjectError::NotFound(_))
    ));

    let config = ObjectsConfig {
        folder: rig.scratch.0.clone(),
        ..ObjectsConfig::default()
    };
    let registry = Registry::new();
    let metrics = ObjectMetrics::new(&registry).unwrap();
    let again = ObjectStore::open(&config, Clock::System, metrics)
        .await
        .unwrap();
    assert!(!left.exists(), "swept");
    assert!(in_use.exists(), "another process is still at it");
    assert!(shows(&registry, "pinhui_objects_swept_total 1"));
    assert_eq!(read(&again, &kept).await.unwrap(), b"kept");
    again.keep(draft, "a/b").await.unwrap();
    assert_eq!(read(&again, &unfinished).await.unwrap(), b"half of it");
}

/// Runs itself once more as the process that is killed; it says so when the upload is on the disk.
#[tokio::test]
async fn kill_9_in_an_upload_leaves_the_objects_and_nothing_else() {
    const FOLDER: &str = "PINHUI_TEST_KILLED_IN";
    const MARK: &str = "the upload is on the disk";
    let config = |folder: &Path| ObjectsConfig {
        folder: folder.to_owned(),
        ..ObjectsConfig::default()
    };
    let metrics = |registry: &Registry| ObjectMetrics::new(registry).unwrap();
    let registry = Registry::new();
    if let Some(folder) = std::env::var_os(FOLDER) {
        let config = config(Path::new(&folder));
        let store = ObjectStore::open(&config, Clock::System, metrics(&registry))
            .await
            .unwrap();
        let reached = Arc::<Notify>::default();
        let upload = Upload::stream(endless(Arc::clone(&reached)), MIB);
        let (killed, said) = (key(), async {
            reached.notified().await;
            println!("{MARK}");
        });
        let (put, ()) = future::join(store.put(&killed, upload, "a/b"), said).await;
        panic!("not killed: {put:?}");
    }
    let rig = Rig::folder().await;
    let kept = key();
    rig.put(&kept, b"kept").await;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture"])
        .arg("folder::kill_9_in_an_upload_leaves_the_objects_and_nothing_else")
        .env(FOLDER, &rig.scratch.0)
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while !lines.next_line().await.unwrap().unwrap().contains(MARK) {}
    child.kill().await.unwrap();
    assert_eq!(rig.scratch.files().len(), 2, "the object and what was left");

    let config = config(&rig.scratch.0);
    let again = ObjectStore::open(&config, Clock::System, metrics(&registry))
        .await
        .unwrap();
    assert_eq!(rig.scratch.files(), [rig.scratch.0.join(kept.as_str())]);
    assert!(shows(&registry, "pinhui_objects_swept_total 1"));
    assert_eq!(read(&again, &kept).await.unwrap(), b"kept");
}

#[tokio::test]
async fn a_folder_never_follows_a_link_out_of_its_root() {
    let rig = Rig::folder().await;
    let outside = Scratch::new();
    let (linked_file, linked_folder) = (key(), ObjectKey::new("linked", NOW_MS).unwrap());
    fs::create_dir_all(outside.0.join("2026/03")).unwrap();
    let secret = outside.0.join("2026/03").join(key_name(&linked_folder));
    fs::write(&secret, "secret").unwrap();
    rig.put(&linked_file, b"x").await;
    let file = rig.scratch.0.join(linked_file.as_str());
    fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink(&secret, &file).unwrap();
    std::os::unix::fs::symlink(&outside.0, rig.scratch.0.join("linked")).unwrap();
    for key in [&linked_file, &linked_folder] {
        assert!(rig.store.get(key).await.is_err(), "{key}");
        assert!(rig.store.head(key).await.is_err(), "{key}");
        assert!(rig.store.delete(key).await.is_err(), "{key}");
    }
    let upload = Upload::bytes("x", 1);
    assert!(rig.store.put(&linked_folder, upload, "a/b").await.is_err());
    assert_eq!(fs::read(&secret).unwrap(), b"secret");
    assert_eq!(outside.files(), [secret]);
}

#[tokio::test]
async fn files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let rig = Rig::folder().await;
    rig.put(&key(), b"x").await;
    let mode = fs::metadata(&rig.scratch.files()[0])
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(rig.store.presigned_get(&key(), 60, "a.pdf"), None);
}
