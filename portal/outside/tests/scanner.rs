//! The malware scanner against an emulated clamd, and what may go wrong with it.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use base::clock::Clock;
use base::db::testing::TestFolder;
use outside::emulators::scanner::{SIGNATURE, eicar};
use outside::emulators::{Fault, Running, ScannerEmulator, ScannerOptions};
use outside::objects::{Folder, ObjectKey, ObjectMetrics, ObjectStore, Upload};
use outside::scanner::{Patience, ScanError, ScanMetrics, Scanner, ScannerConfig, Verdict};
use prometheus::{Registry, TextEncoder};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

const NOW_MS: i64 = 1_772_330_584_000;
const SHORT: Patience = Patience {
    connect: Duration::from_secs(5),
    scan: Duration::from_millis(200),
};

async fn clamd(max_stream_bytes: usize) -> Running<ScannerEmulator> {
    let options = ScannerOptions {
        max_stream_bytes,
        clock: Clock::simulated(NOW_MS),
        ..ScannerOptions::default()
    };
    ScannerEmulator::start(options).await.unwrap()
}

fn scanner(config: &ScannerConfig, patience: Patience, registry: &Registry) -> Scanner {
    let metrics = ScanMetrics::new(registry).unwrap();
    Scanner::new(config.address.parse().unwrap(), patience, metrics)
}

async fn scan(config: &ScannerConfig, content: &[u8]) -> Result<Verdict, ScanError> {
    let scanner = scanner(config, Patience::default(), &Registry::new());
    scanner.scan(content).await
}

fn infected() -> Vec<u8> {
    [b"%PDF-1.7\n% ".to_vec(), eicar(), vec![b'\n'; 300_000]].concat()
}

fn found() -> Verdict {
    Verdict::Found {
        signature: SIGNATURE.to_owned(),
    }
}

#[tokio::test]
async fn a_clean_file_is_clean_and_the_test_string_is_found() {
    let clamd = clamd(1 << 20).await;
    let config = clamd.emulator.config();
    let clean = vec![0x5a; 1 << 20];
    for (content, verdict) in [
        (&clean[..], Verdict::Clean),
        (&[], Verdict::Clean),
        (&infected(), found()),
        (&eicar(), found()),
    ] {
        assert_eq!(scan(&config, content).await.unwrap(), verdict);
    }
    let scanned = clamd.emulator.scanned();
    let lengths: Vec<_> = scanned.iter().map(|scanned| scanned.bytes).collect();
    assert_eq!(lengths, [1 << 20, 0, infected().len(), 68]);
}

#[tokio::test]
async fn a_socket_of_the_file_system_does_as_well() {
    let folder = TestFolder::new();
    std::fs::create_dir_all(folder.path()).unwrap();
    let options = ScannerOptions {
        socket: Some(folder.path().join("clamd.ctl")),
        ..ScannerOptions::default()
    };
    let clamd = ScannerEmulator::start(options).await.unwrap();
    let config = clamd.emulator.config();
    assert!(config.address.starts_with("unix:/"), "{config:?}");
    assert_eq!(scan(&config, &infected()).await.unwrap(), found());
    assert_eq!(scan(&config, b"hello").await.unwrap(), Verdict::Clean);
    let config = ScannerConfig {
        address: format!("unix:{}", folder.path().join("nobody").display()),
    };
    let error = scan(&config, b"hello").await.unwrap_err();
    assert!(matches!(error, ScanError::Unreachable(_)), "{error:?}");
}

#[tokio::test]
async fn an_upload_is_scanned_before_it_is_kept() {
    let clamd = clamd(1 << 20).await;
    let folder = TestFolder::new();
    let metrics = ObjectMetrics::new(&Registry::new()).unwrap();
    let store = ObjectStore::Folder(Folder::open(folder.path(), metrics).await.unwrap());
    let key = ObjectKey::new("student", NOW_MS).unwrap();
    let upload = Upload::bytes(infected(), 1 << 20);
    let draft = store.receive(&key, upload).await.unwrap();
    let scanner = scanner(
        &clamd.emulator.config(),
        Patience::default(),
        &Registry::new(),
    );
    let verdict = scanner.scan(draft.open().await.unwrap()).await.unwrap();
    assert_eq!(verdict, found());
}

#[tokio::test]
async fn a_stream_over_the_limit_of_clamd_is_no_clean_file() {
    // More than the sockets hold: clamd answers and closes in the middle.
    let clamd = clamd(1000).await;
    for length in [1001, 20 << 20] {
        let content = vec![0; length];
        let error = scan(&clamd.emulator.config(), &content).await.unwrap_err();
        assert!(
            matches!(error, ScanError::TooLarge | ScanError::Broken(_)),
            "{error:?}"
        );
    }
    assert_eq!(clamd.emulator.scanned(), []);
}

#[tokio::test]
async fn whatever_is_not_the_protocol_is_no_clean_file() {
    let clamd = clamd(1 << 20).await;
    let config = clamd.emulator.config();
    for (fault, label) in [
        (Fault::Garble, "unreadable"),
        (Fault::Flood, "unreadable"),
        (Fault::Drop, "broken"),
        (Fault::Code("no memory".to_owned()), "failed"),
    ] {
        clamd.emulator.plan(1, &fault);
        let error = scan(&config, b"hello").await.unwrap_err();
        assert_eq!(error.label(), label, "{fault:?}");
    }
    assert_eq!(scan(&config, b"hello").await.unwrap(), Verdict::Clean);
}

#[tokio::test]
async fn an_answer_before_the_end_says_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = ScannerConfig {
        address: format!("tcp://{}", listener.local_addr().unwrap()),
    };
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 100];
        stream.read_exact(&mut head).await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"stream: OK\0")
            .await
            .unwrap();
        std::future::pending::<()>().await;
    });
    // A content without an end: the answer has to end the scan.
    let content = tokio::io::repeat(0x5a);
    let scanner = scanner(&config, Patience::default(), &Registry::new());
    let error = scanner.scan(content).await.unwrap_err();
    assert!(matches!(error, ScanError::Unreadable), "{error:?}");
}

#[tokio::test]
async fn a_silent_scanner_is_not_waited_for() {
    let clamd = clamd(1 << 20).await;
    clamd
        .emulator
        .plan(1, &Fault::Delay(Duration::from_secs(600)));
    let registry = Registry::new();
    let scanner = scanner(&clamd.emulator.config(), SHORT, &registry);
    let error = scanner.scan(&b"hello"[..]).await.unwrap_err();
    assert!(matches!(error, ScanError::Slow(time) if time == SHORT.scan));
    scanner.scan(&b"hello"[..]).await.unwrap();
    let figures = TextEncoder::new()
        .encode_to_string(&registry.gather())
        .unwrap();
    for line in [
        r#"pinhui_scans_total{outcome="slow"} 1"#,
        r#"pinhui_scans_total{outcome="clean"} 1"#,
        r#"pinhui_scans_total{outcome="unreachable"} 0"#,
        "pinhui_scan_seconds_count 2",
    ] {
        assert!(figures.contains(line), "{line} in {figures}");
    }
}

#[tokio::test]
async fn nobody_listening_is_told_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = ScannerConfig {
        address: format!("tcp://{}", listener.local_addr().unwrap()),
    };
    drop(listener);
    let error = scan(&config, b"hello").await.unwrap_err();
    assert!(matches!(error, ScanError::Unreachable(_)), "{error:?}");
    let none = Scanner::open(
        &ScannerConfig::default(),
        ScanMetrics::new(&Registry::new()).unwrap(),
    );
    assert!(none.unwrap().is_none(), "no address, no scanner");
}
