//! What only an S3 storage has: signatures, busy hours, presigned addresses; and its emulator.

use std::fs;
use std::time::Duration;

use base::clock::Clock;
use base::config::Secret;
use outside::objects::sigv4::{Request, Signer};
use outside::objects::{AddressStyle, ObjectError, ObjectMetrics, ObjectStore, S3, Upload};
use prometheus::Registry;
use reqwest::StatusCode;

use crate::rig::{MIB, NOW_MS, Rig, key, key_name, read};

#[tokio::test]
async fn a_spool_of_uploads_is_swept_as_well() {
    let rig = Rig::s3().await;
    let left = rig.scratch.0.join(".tmp-0");
    fs::write(&left, "left").unwrap();
    let again = rig.emulator().config();
    let metrics = ObjectMetrics::new(&Registry::new()).unwrap();
    S3::open(&again, &rig.scratch.0, Clock::System, metrics)
        .await
        .unwrap();
    assert!(!left.exists());
}

#[tokio::test]
async fn a_wrong_secret_is_refused_and_not_told() {
    let rig = Rig::s3_with(|config| config.secret_key = Secret::new("hush-hush")).await;
    let refused = rig
        .store
        .put(&key(), Upload::bytes("x", 1), "a/b")
        .await
        .unwrap_err();
    assert!(
        matches!(&refused, ObjectError::Refused { status: 403, code } if code == "SignatureDoesNotMatch"),
        "{refused:?}"
    );
    assert!(!format!("{refused} {refused:?} {:?}", rig.store).contains("hush"));
    assert_eq!(rig.emulator().requests(), 1, "not asked again");
    rig.assert_empty();
    let rig = Rig::s3_with(|config| config.access_key = "nobody".to_owned()).await;
    let refused = rig.store.get(&key()).await.unwrap_err();
    assert!(matches!(refused, ObjectError::Refused { code, .. } if code == "InvalidAccessKeyId"));
    let rig = Rig::s3_with(|config| config.bucket = "other".to_owned()).await;
    let refused = rig.store.get(&key()).await.unwrap_err();
    assert!(matches!(refused, ObjectError::Refused { code, .. } if code == "NoSuchBucket"));
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_told() {
    let rig = Rig::s3().await;
    rig.put(&key(), b"x").await;
    for skew_ms in [16 * 60_000, -16 * 60_000] {
        rig.clock.set(NOW_MS + skew_ms);
        let refused = rig.store.get(&key()).await.unwrap_err();
        assert!(
            matches!(&refused, ObjectError::Refused { code, .. } if code == "RequestTimeTooSkewed"),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_busy_storage_is_asked_again_and_not_for_ever() {
    let rig = Rig::s3().await;
    let key = key();
    rig.emulator().fail(2, 503, "SlowDown");
    rig.put(&key, b"at the third attempt").await;
    assert_eq!(rig.read(&key).await, b"at the third attempt");
    assert!(rig.metric("pinhui_objects_retries_total 2"));

    let before = rig.emulator().requests();
    rig.emulator().fail(100, 500, "InternalError");
    let gave_up = rig.store.get(&key).await.unwrap_err();
    assert_eq!(
        gave_up.to_string(),
        "the object storage is unavailable after 4 attempts: 500 Internal Server Error InternalError"
    );
    assert_eq!(rig.emulator().requests() - before, 4);
    assert!(rig.metric(r#"pinhui_objects_total{operation="get",outcome="unavailable"} 1"#));
}

#[tokio::test]
async fn a_storage_that_does_not_answer_is_given_up() {
    let rig = Rig::s3_with(|config| {
        config.attempts = 2;
        config.attempt_timeout_ms = 20;
    })
    .await;
    rig.emulator().delay(Duration::from_secs(3_600));
    let gave_up = rig.store.head(&key()).await.unwrap_err();
    assert!(
        matches!(&gave_up, ObjectError::Unavailable { attempts: 2, .. }),
        "{gave_up}"
    );
    let rig = Rig::s3_with(|config| {
        // Nobody listens there: port 9 is discard.
        config.base_url = "http://127.0.0.1:9".to_owned();
    })
    .await;
    let gave_up = rig.store.head(&key()).await.unwrap_err();
    assert!(
        gave_up.to_string().contains("4 attempts: cannot connect"),
        "{gave_up}"
    );
}

#[tokio::test]
async fn a_download_that_breaks_off_is_an_error() {
    let rig = Rig::s3().await;
    let key = key();
    rig.put(&key, b"0123456789").await;
    rig.emulator().drop_answers(1);
    let cut = read(&rig.store, &key).await.unwrap_err();
    assert!(matches!(cut, ObjectError::Cut(_)), "{cut:?}");
    assert_eq!(rig.read(&key).await, b"0123456789");
}

#[tokio::test]
async fn a_presigned_address_works_for_its_time_and_its_object() {
    let rig = Rig::s3().await;
    let key = key();
    rig.put(&key, b"0123456789").await;
    let url = rig.store.presigned_get(&key, 86_400, "简历.pdf").unwrap();
    assert!(url.query().unwrap().contains("X-Amz-Expires=300&"), "{url}");
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = |url: &str, range: &str| client.get(url).header("range", range).send();

    let whole = client.get(url.clone()).send().await.unwrap();
    assert_eq!(whole.status(), StatusCode::OK);
    assert_eq!(whole.headers()["content-type"], "text/plain");
    assert_eq!(
        whole.headers()["content-disposition"],
        "attachment; filename=\"__.pdf\"; filename*=UTF-8''%E7%AE%80%E5%8E%86.pdf"
    );
    assert_eq!(whole.text().await.unwrap(), "0123456789");
    for (range, part, header) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=8-", "89", "bytes 8-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=5-100", "56789", "bytes 5-9/10"),
    ] {
        let answer = get(url.as_str(), range).await.unwrap();
        assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(answer.headers()["content-range"], header);
        assert_eq!(answer.text().await.unwrap(), part);
    }
    let beyond = get(url.as_str(), "bytes=10-").await.unwrap();
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);

    for (from, to) in [
        ("X-Amz-Expires=300", "X-Amz-Expires=999"),
        (key_name(&key), "other"),
    ] {
        let forged = url.as_str().replace(from, to);
        let answer = client.get(forged).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{to}");
        assert!(
            answer
                .text()
                .await
                .unwrap()
                .contains("<Code>SignatureDoesNotMatch</Code>")
        );
    }
    let bare = url.as_str().split('?').next().unwrap();
    let answer = client.get(bare).send().await.unwrap();
    assert_eq!(
        answer.status(),
        StatusCode::FORBIDDEN,
        "the bucket is private"
    );

    control(&rig, "clock", r#"{"offset_ms":301000}"#).await;
    let late = client.get(url).send().await.unwrap();
    assert_eq!(late.status(), StatusCode::FORBIDDEN);
    assert!(late.text().await.unwrap().contains("Request has expired"));
}

#[tokio::test]
async fn a_bucket_may_be_in_the_host_name() {
    let rig = Rig::s3().await;
    let mut config = rig.emulator().config();
    let address = rig.emulator().address();
    config.style = AddressStyle::VirtualHost;
    config.base_url = format!("http://s3.test:{}", address.port());
    let client = reqwest::Client::builder().resolve("pinhui.s3.test", address);
    let metrics = ObjectMetrics::new(&Registry::new()).unwrap();
    let spool = &rig.scratch.0;
    let s3 = S3::open_with(client, &config, spool, rig.clock.clone(), metrics).await;
    let store = ObjectStore::S3(s3.unwrap());
    let key = key();
    store
        .put(&key, Upload::bytes("by host", MIB), "a/b")
        .await
        .unwrap();
    assert_eq!(
        rig.read(&key).await,
        b"by host",
        "the same object in path style"
    );
    let url = store.presigned_get(&key, 60, "a").unwrap();
    assert!(url.as_str().starts_with("http://pinhui.s3.test:"), "{url}");
}

#[tokio::test]
async fn the_emulator_is_steered_from_outside() {
    let rig = Rig::s3().await;
    let key = key();
    control(&rig, "fail", r#"{"next":1,"status":503,"code":"SlowDown"}"#).await;
    rig.put(&key, b"hello").await;
    let list = format!("http://{}/_ctl/objects", rig.emulator().address());
    let list = reqwest::get(list).await.unwrap().text().await.unwrap();
    assert_eq!(
        list,
        format!(r#"[{{"key":"{key}","length":5,"content_type":"text/plain"}}]"#)
    );
    control(&rig, "drop", r#"{"next":1}"#).await;
    assert!(read(&rig.store, &key).await.is_err());
    control(&rig, "delay", r#"{"ms":1}"#).await;
    rig.read(&key).await;
    assert_eq!(rig.emulator().requests(), 4);
}

async fn control(rig: &Rig, what: &str, json: &'static str) {
    let url = format!("http://{}/_ctl/{what}", rig.emulator().address());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let post = client.post(url).header("content-type", "application/json");
    let answer = post.body(json).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT, "{what}");
}

/// A body that changed on its way is refused by its hash, not only by its length.
#[tokio::test]
async fn the_emulator_checks_the_body_against_its_signed_hash() {
    let rig = Rig::s3().await;
    let config = rig.emulator().config();
    let host = rig.emulator().address().to_string();
    let signer = Signer {
        access_key: &config.access_key,
        secret_key: config.secret_key.expose(),
        region: &config.region,
        now_ms: NOW_MS,
    };
    let (date, hash) = (signer.amz_date(), outside::sign::sha256_hex(b"signed"));
    let headers = [
        ("host", host.as_str()),
        ("x-amz-content-sha256", &hash),
        ("x-amz-date", &date),
    ];
    let authorization = signer.authorization(&Request {
        method: "PUT",
        path: "/pinhui/a b/云*.txt",
        query: &[],
        headers: &headers,
        payload_hash: &hash,
    });
    for (body, extra, status, code) in [
        (
            "forged",
            None,
            StatusCode::BAD_REQUEST,
            "XAmzContentSHA256Mismatch",
        ),
        (
            "signed",
            Some("x-amz-acl"),
            StatusCode::FORBIDDEN,
            "AccessDenied",
        ),
        ("signed", None, StatusCode::OK, ""),
    ] {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut request = client
            .put(format!("http://{host}/pinhui/a%20b/%E4%BA%91*.txt"))
            .header("x-amz-content-sha256", &hash)
            .header("x-amz-date", &date)
            .header("authorization", &authorization)
            .body(body);
        if let Some(header) = extra {
            request = request.header(header, "public-read");
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status, "{code}");
        assert!(answer.text().await.unwrap().contains(code), "{code}");
    }
    assert_eq!(rig.emulator().keys(), ["a b/云*.txt"]);
}
