//! What any web server does: HTTP/1.1 and HTTP/2, TLS, an orderly end.

#![allow(missing_docs, reason = "tests")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod house;

use std::time::Duration;

use front::{Limits, Tls};
use house::{House, answer, far, rest};
use reqwest::{Certificate, Client, Version};

const HELD: &str = "GET /held HTTP/1.1\r\nHost: a.test\r\n\r\n";

/// A server with TLS, and the certificate that its clients trust.
fn with_tls(limits: Limits) -> (House, Certificate) {
    drop(rustls::crypto::ring::default_provider().install_default());
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let folder = base::db::testing::TestFolder::new();
    let (certificate, key) = (folder.path().join("crt"), folder.path().join("key"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let tls = Tls::from_files(&certificate, &key).unwrap();
    let trusted = Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    (House::open_with(limits, Vec::new(), Some(tls)), trusted)
}

#[tokio::test]
async fn pages_are_served_over_tls_by_both_versions() {
    let (house, trusted) = with_tls(far());
    let url = format!("https://localhost:{}", house.address.port());
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let client = Client::builder()
            .add_root_certificate(trusted.clone())
            .resolve("localhost", house.address);
        let client = match version {
            Version::HTTP_11 => client.http1_only(),
            _ => client,
        };
        let client = client.build().unwrap();
        let page = client.get(&url).send().await.unwrap();
        assert_eq!(page.version(), version);
        assert_eq!(page.text().await.unwrap(), "page");
        let upload = client.post(format!("{url}/read")).body(vec![7; 3_000_000]);
        assert_eq!(
            upload.send().await.unwrap().text().await.unwrap(),
            "3000000"
        );
        let large = client.get(format!("{url}/large")).send().await.unwrap();
        assert_eq!(large.bytes().await.unwrap().len(), house::LARGE_BYTES);
    }
}

#[tokio::test]
async fn a_handshake_has_to_come_in_time() {
    let (house, _) = with_tls(Limits {
        handshake_s: 1,
        ..far()
    });
    let mut silent = house.connect().await;
    assert_eq!(rest(&mut silent).await, "");
    house.until_closed("handshake", 1.0).await;
    // Whoever speaks something else is told nothing of HTTP.
    let mut plain = house.say("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    assert!(!rest(&mut plain).await.contains("HTTP"));
}

#[tokio::test]
async fn a_request_of_http11_names_one_host() {
    let house = House::open(far());
    for (hosts, status) in [
        ("", "400"),
        ("Host: a.test\r\nHost: b.test\r\n", "400"),
        ("Host: a.test\r\n", "200"),
    ] {
        let mut client = house.say(&format!("GET / HTTP/1.1\r\n{hosts}\r\n")).await;
        let told = answer(&mut client).await;
        assert!(told.starts_with(&format!("HTTP/1.1 {status}")), "{told}");
    }
    let mut old = house.say("GET / HTTP/1.0\r\n\r\n").await;
    assert!(rest(&mut old).await.starts_with("HTTP/1.0 200"));
}

#[tokio::test]
async fn an_orderly_end_lets_answers_go_out() {
    let house = House::open(far());
    let mut resting = house.say("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    answer(&mut resting).await;
    let mut silent = house.connect().await;
    let mut held = house.say(HELD).await;
    house.until_open("busy", 1.0).await;
    house.until_open("header", 1.0).await;
    house.stop.within(Duration::from_secs(3_600));
    assert_eq!(rest(&mut resting).await, "");
    assert_eq!(rest(&mut silent).await, "");
    let refused = tokio::net::TcpStream::connect(house.address).await;
    assert!(refused.is_err());
    house.leave.add_permits(1);
    assert!(rest(&mut held).await.ends_with("held"));
    house.served.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_end_waits_no_longer_than_it_may() {
    let house = House::open(far());
    let mut held = house.say(HELD).await;
    house.until_open("busy", 1.0).await;
    house.stop.within(Duration::ZERO);
    assert_eq!(rest(&mut held).await, "");
    house.served.await.unwrap().unwrap();
}
