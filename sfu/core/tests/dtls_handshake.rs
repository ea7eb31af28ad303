//! Whole DTLS handshakes in memory: our association against the library's client, on a simulated
//! clock, over a network that loses and reorders.

#![allow(clippy::unwrap_used, reason = "helpers of a test may panic")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rtc_dtls::config::{ConfigBuilder, ExtendedMasterSecretType};
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_shared::TransportProtocol;
use rtc_srtp::config::LABEL_EXTRACTOR_DTLS_SRTP;
use sfu_core::certificate::{Fingerprint, Identity};
use sfu_core::dtls::{Association, DtlsError, MAX_DATAGRAMS, RecordError};
use sfu_core::srtp::{Profile, SrtpKeys};

const GCM: SrtpProtectionProfile = SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm;
const SHA1_80: SrtpProtectionProfile = SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80;
const SHA1_32: SrtpProtectionProfile = SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_32;

#[expect(
    clippy::disallowed_methods,
    reason = "the simulated clock needs a first instant"
)]
fn start() -> Instant {
    Instant::now()
}

/// How the client side differs from test to test.
struct ClientSetup {
    profiles: Vec<SrtpProtectionProfile>,
    extended_master_secret: ExtendedMasterSecretType,
}

impl Default for ClientSetup {
    fn default() -> Self {
        // The order of Chromium.
        let profiles = vec![SHA1_80, GCM];
        Self {
            profiles,
            extended_master_secret: ExtendedMasterSecretType::Request,
        }
    }
}

/// A browser's side, played by the library.
///
/// The library stops repeating its flight when a repeat of the other side's last flight arrives;
/// a browser does not. So each kind of flight is shown to it once.
struct Client {
    endpoint: Endpoint,
    /// Handshake type that opened the latest flight sent: 1 is a hello, 11 a certificate.
    sent: u8,
    verified: bool,
    completed: bool,
    failed: bool,
}

impl Client {
    const SERVER: &str = "127.0.0.1:2";

    fn new(setup: ClientSetup, now: Instant) -> (Self, Fingerprint) {
        let provider = rtc_crypto::default_provider().unwrap();
        let certificate = rtc_dtls::crypto::Certificate::generate_self_signed(
            vec!["client".to_owned()],
            provider.crypto(),
        )
        .unwrap();
        let fingerprint = Fingerprint::of_certificate(&certificate.certificate[0]);
        let config = ConfigBuilder::default()
            .with_crypto_provider(provider)
            .with_certificates(vec![certificate])
            .with_srtp_protection_profiles(setup.profiles)
            .with_extended_master_secret(setup.extended_master_secret)
            .with_insecure_skip_verify(true)
            .with_flight_interval(Duration::from_millis(400))
            .build(true, None)
            .unwrap();
        let address = "127.0.0.1:3".parse().unwrap();
        let mut endpoint = Endpoint::new(address, TransportProtocol::UDP, None);
        endpoint
            .connect(now, Self::SERVER.parse().unwrap(), Arc::new(config), None)
            .unwrap();
        (
            Self {
                endpoint,
                sent: 0,
                verified: false,
                completed: false,
                failed: false,
            },
            fingerprint,
        )
    }

    fn read(&mut self, now: Instant, datagram: &[u8]) {
        // 3 asks for the hello once more, 2 opens the server's long flight.
        let is_repeat = match (datagram[0], datagram[13]) {
            (22, 3) => std::mem::replace(&mut self.verified, true),
            (22, 2) => self.sent == 11,
            _ => false,
        };
        if is_repeat {
            return;
        }
        let server = Self::SERVER.parse().unwrap();
        match self
            .endpoint
            .read(now, server, None, BytesMut::from(datagram))
        {
            Ok(events) => {
                let is_complete =
                    |event: &EndpointEvent| matches!(event, EndpointEvent::HandshakeComplete);
                self.completed |= events.iter().any(is_complete);
            }
            Err(_) => self.failed = true,
        }
    }

    fn transmits(&mut self) -> Vec<Vec<u8>> {
        let datagrams: Vec<Vec<u8>> = std::iter::from_fn(|| self.endpoint.poll_transmit())
            .map(|t| t.message.to_vec())
            .collect();
        if let Some(first) = datagrams.iter().find(|datagram| datagram[0] == 22) {
            self.sent = first[13];
        }
        datagrams
    }

    fn keys(&self, profile: Profile) -> SrtpKeys {
        let state = self
            .endpoint
            .get_connection_state(Self::SERVER.parse().unwrap())
            .unwrap();
        let length = profile.keying_material_length();
        let material = state
            .export_keying_material(LABEL_EXTRACTOR_DTLS_SRTP, &[], length)
            .unwrap();
        SrtpKeys::from_keying_material(profile, material.as_ref(), true).unwrap()
    }
}

fn server_transmits(server: &mut Association) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| server.poll_transmit()).collect()
}

fn pair(setup: ClientSetup, now: Instant) -> (Client, Association) {
    let (client, fingerprint) = Client::new(setup, now);
    let identity = Identity::generate().unwrap();
    (
        client,
        Association::new(&identity, fingerprint, now).unwrap(),
    )
}

/// Carries datagrams both ways until neither side has anything to say.
fn exchange(client: &mut Client, server: &mut Association, now: Instant) -> Result<(), DtlsError> {
    loop {
        let (up, down) = (client.transmits(), server_transmits(server));
        if up.is_empty() && down.is_empty() {
            return Ok(());
        }
        down.iter().for_each(|datagram| client.read(now, datagram));
        up.iter()
            .try_for_each(|datagram| server.handle_datagram(now, datagram))?;
    }
}

#[test]
fn gcm_is_chosen_though_the_client_prefers_sha1() {
    let now = start();
    let (mut client, mut server) = pair(ClientSetup::default(), now);
    exchange(&mut client, &mut server, now).unwrap();
    assert!(client.completed && server.is_complete());
    let keys = server.take_keys().unwrap();
    assert_eq!(keys.profile, Profile::Aes128Gcm);
    assert!(keys == client.keys(Profile::Aes128Gcm).reversed());
    assert!(server.take_keys().is_none(), "keys are handed out once");
}

#[test]
fn sha1_is_accepted_where_the_client_knows_nothing_better() {
    let now = start();
    let setup = ClientSetup {
        profiles: vec![SHA1_80],
        ..ClientSetup::default()
    };
    let (mut client, mut server) = pair(setup, now);
    exchange(&mut client, &mut server, now).unwrap();
    assert!(client.completed && !client.failed);
    let keys = server.take_keys().unwrap();
    assert_eq!(keys.profile, Profile::Aes128CmSha1);
    assert!(keys == client.keys(Profile::Aes128CmSha1).reversed());
}

#[test]
fn a_client_without_an_accepted_profile_is_refused() {
    let now = start();
    for profiles in [vec![SHA1_32], vec![]] {
        let setup = ClientSetup {
            profiles,
            ..ClientSetup::default()
        };
        let (mut client, mut server) = pair(setup, now);
        let result = exchange(&mut client, &mut server, now);
        assert_eq!(result, Err(DtlsError::NoSrtpProfile));
        assert!(server.is_failed() && server.take_keys().is_none());
    }
}

#[test]
fn a_certificate_that_was_not_announced_is_refused() {
    let now = start();
    let (mut client, _) = Client::new(ClientSetup::default(), now);
    let identity = Identity::generate().unwrap();
    let other = identity.fingerprint().clone();
    let mut server = Association::new(&identity, other, now).unwrap();
    let result = exchange(&mut client, &mut server, now);
    assert_eq!(result, Err(DtlsError::WrongCertificate));
    assert!(server.is_failed() && server.take_keys().is_none() && !client.completed);
}

/// The library does not compare the client's Finished: what binds the keys to the handshake is
/// the extended master secret, so a client without it is refused.
#[test]
fn a_client_without_extended_master_secret_is_refused() {
    let now = start();
    let setup = ClientSetup {
        extended_master_secret: ExtendedMasterSecretType::Disable,
        ..ClientSetup::default()
    };
    let (mut client, mut server) = pair(setup, now);
    let result = exchange(&mut client, &mut server, now);
    assert!(matches!(result, Err(DtlsError::Handshake(_))), "{result:?}");
    assert!(server.is_failed() && server.take_keys().is_none());
}

/// A datagram on its way.
struct Flying {
    arrives: Instant,
    to_server: bool,
    bytes: Vec<u8>,
}

/// Runs one handshake over a network that loses `loss` of all datagrams and delays each by 5 to
/// 60 ms. Returns the simulated time that it took.
fn over_bad_network(seed: u64, loss: f64) -> Option<Duration> {
    let begin = start();
    let mut now = begin;
    let mut rng = StdRng::seed_from_u64(seed);
    let (mut client, mut server) = pair(ClientSetup::default(), now);
    let mut flying: Vec<Flying> = Vec::new();
    while now - begin < Duration::from_secs(60) {
        let up = client.transmits().into_iter().map(|bytes| (true, bytes));
        let down = server_transmits(&mut server)
            .into_iter()
            .map(|bytes| (false, bytes));
        for (to_server, bytes) in up.chain(down) {
            let arrives = now + Duration::from_millis(rng.random_range(5..60));
            if !rng.random_bool(loss) {
                flying.push(Flying {
                    arrives,
                    to_server,
                    bytes,
                });
            }
        }
        if client.completed && server.is_complete() {
            let keys = server.take_keys().unwrap();
            assert!(
                keys == client.keys(Profile::Aes128Gcm).reversed(),
                "seed {seed}"
            );
            return Some(now - begin);
        }
        now += Duration::from_millis(1);
        let (arrived, rest): (Vec<_>, Vec<_>) = flying
            .into_iter()
            .partition(|datagram| datagram.arrives <= now);
        flying = rest;
        for datagram in arrived {
            match datagram.to_server {
                true => assert_eq!(
                    server.handle_datagram(now, &datagram.bytes),
                    Ok(()),
                    "{seed}"
                ),
                false => client.read(now, &datagram.bytes),
            }
        }
        if server.poll_timeout().is_some_and(|due| due <= now) {
            server
                .handle_timeout(now)
                .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        }
        // The client's own patience is not what is tested: it goes on after its last attempt.
        let _ = client
            .endpoint
            .handle_timeout(Client::SERVER.parse().unwrap(), now);
    }
    None
}

#[test]
fn handshakes_complete_over_a_bad_network() {
    for seed in 0..40 {
        let took = over_bad_network(seed, 0.1);
        assert!(took.is_some(), "seed {seed} at 10 % loss");
    }
    assert!(over_bad_network(1_000, 0.0).is_some());
}

#[test]
fn flights_are_repeated_ever_more_slowly_for_ten_seconds() {
    let begin = start();
    let (mut client, mut server) = pair(ClientSetup::default(), begin);
    // The client's second hello brings the server's long flight; then the client is silent.
    for _ in 0..2 {
        for datagram in client.transmits() {
            server.handle_datagram(begin, &datagram).unwrap();
        }
        let down = server_transmits(&mut server);
        assert!(!down.is_empty());
        down.iter()
            .for_each(|datagram| client.read(begin, datagram));
    }
    let mut times = Vec::new();
    while let Some(due) = server.poll_timeout() {
        if server.handle_timeout(due).is_err() {
            break;
        }
        assert!(!server_transmits(&mut server).is_empty());
        times.push(due - begin);
    }
    assert!(server.is_failed());
    assert_eq!(times[0], Duration::from_millis(200));
    assert!(
        times.windows(3).all(|t| t[2] - t[1] >= t[1] - t[0]),
        "{times:?}"
    );
    assert!(
        times.last().unwrap() > &Duration::from_secs(10),
        "{times:?}"
    );
}

fn fragment(sequence: u16, length: u32, offset: u32, body: &[u8], record: u64) -> Vec<u8> {
    let mut message = vec![1];
    message.extend(&length.to_be_bytes()[1..]);
    message.extend(sequence.to_be_bytes());
    message.extend(&offset.to_be_bytes()[1..]);
    message.extend(&(body.len() as u32).to_be_bytes()[1..]);
    message.extend(body);
    let mut datagram = vec![22, 254, 253, 0, 0];
    datagram.extend(&record.to_be_bytes()[2..]);
    datagram.extend((message.len() as u16).to_be_bytes());
    datagram.extend(message);
    datagram
}

/// A plain handshake record with one fragment of `message`, as it stands after its header.
fn record_of(message: &[u8], offset: usize, length: usize, number: u64) -> Vec<u8> {
    let mut fragment = message[..6].to_vec();
    fragment.extend(&(offset as u32).to_be_bytes()[1..]);
    fragment.extend(&(length as u32).to_be_bytes()[1..]);
    fragment.extend(&message[12 + offset..12 + offset + length]);
    let mut record = vec![22, 254, 253, 0, 0];
    record.extend(&number.to_be_bytes()[2..]);
    record.extend((fragment.len() as u16).to_be_bytes());
    record.extend(fragment);
    record
}

/// The same flight as OpenSSL writes it to memory: packets of 256 bytes, each filled up with
/// whatever fragment fits, all joined in one datagram. Its records are numbered from `number` on.
fn in_small_packets(flight: &[Vec<u8>], mut number: u64) -> Vec<u8> {
    const PACKET: usize = 256;
    const HEADERS: usize = 13 + 12;
    let (mut joined, mut used) = (Vec::new(), 0);
    for mut rest in flight.iter().map(Vec::as_slice) {
        while !rest.is_empty() {
            let end = 13 + usize::from(u16::from_be_bytes([rest[11], rest[12]]));
            let (record, next) = rest.split_at(end);
            rest = next;
            if record[3..5] != [0, 0] {
                // What is encrypted stays as it is.
                joined.extend_from_slice(record);
                continue;
            }
            if record[0] != 22 {
                // The change of cipher takes its turn in the numbers.
                joined.extend(&record[..5]);
                joined.extend(&number.to_be_bytes()[2..]);
                joined.extend(&record[11..]);
                number += 1;
                continue;
            }
            let (message, mut offset) = (&record[13..], 0);
            while offset < message.len() - 12 {
                if PACKET - used <= HEADERS {
                    used = 0;
                }
                let length = (PACKET - used - HEADERS).min(message.len() - 12 - offset);
                joined.extend(record_of(message, offset, length, number));
                used += HEADERS + length;
                number += 1;
                offset += length;
            }
        }
    }
    joined
}

#[test]
fn a_client_that_fills_small_packets_with_short_fragments_needs_no_repeat() {
    let now = start();
    let (mut client, mut server) = pair(ClientSetup::default(), now);
    let mut flights = 0;
    while !client.completed || !server.is_complete() {
        let flight = client.transmits();
        assert!(!flight.is_empty(), "the handshake stands still");
        flights += 1;
        let joined = in_small_packets(&flight, 100 * flights);
        assert_eq!(server.handle_datagram(now, &joined), Ok(()));
        for datagram in server_transmits(&mut server) {
            client.read(now, &datagram);
        }
    }
    assert_eq!(flights, 3, "two hellos and the flight with the certificate");
}

/// 40,000 fragments of one byte overflow the stack of a server that lets them in.
#[test]
fn a_flood_of_tiny_fragments_is_refused() {
    let now = start();
    let (mut client, mut server) = pair(ClientSetup::default(), now);
    let mut refused = 0;
    for offset in (1..40_000_u32).rev() {
        let datagram = fragment(0, 40_001, offset, &[7], u64::from(offset));
        match server.handle_datagram(now, &datagram) {
            Err(DtlsError::Records(_)) => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(refused, 39_999);
    assert!(!server.is_failed() && server.poll_transmit().is_none());
    // The flood has used up nothing that the client needs.
    exchange(&mut client, &mut server, now).unwrap();
    assert!(server.is_complete());
}

#[test]
fn a_few_forged_fragments_do_not_disturb_a_handshake() {
    let now = start();
    let (mut client, mut server) = pair(ClientSetup::default(), now);
    for offset in 0..50 {
        let datagram = fragment(0, 1_000, offset, &[7], u64::from(offset));
        let result = server.handle_datagram(now, &datagram);
        assert_eq!(
            result,
            Err(DtlsError::Records(RecordError::FragmentTooSmall))
        );
    }
    exchange(&mut client, &mut server, now).unwrap();
    assert!(server.is_complete());
}

#[test]
fn datagrams_of_one_association_are_limited() {
    let now = start();
    let (_, mut server) = pair(ClientSetup::default(), now);
    for record in 0..MAX_DATAGRAMS as u64 {
        server
            .handle_datagram(now, &fragment(3, 200, 0, &[7; 200], record))
            .unwrap();
    }
    let one_more = fragment(3, 200, 0, &[7; 200], 1_000);
    assert_eq!(
        server.handle_datagram(now, &one_more),
        Err(DtlsError::TooManyDatagrams)
    );
}

/// After the handshake anyone could write plain handshake records in the peer's name, and each
/// would be answered with a flight.
#[test]
fn plain_handshake_records_after_the_handshake_are_not_answered() {
    let now = start();
    let (mut client, mut server) = pair(ClientSetup::default(), now);
    exchange(&mut client, &mut server, now).unwrap();
    for record in 100..110 {
        let forged = fragment(2, 200, 0, &[7; 200], record);
        assert_eq!(server.handle_datagram(now, &forged), Ok(()));
        assert!(server.poll_transmit().is_none());
    }
    assert!(server.is_complete());
}

/// An endpoint that stays after its association has ended opens a new one for a late datagram.
#[test]
fn a_late_datagram_after_the_end_wakes_nothing() {
    let now = start();
    let (mut client, mut server) = pair(ClientSetup::default(), now);
    let hello = client.transmits().remove(0);
    server.handle_datagram(now, &hello).unwrap();
    server.stop(now);
    while server.poll_transmit().is_some() {}
    assert_eq!(server.handle_datagram(now, &hello), Err(DtlsError::Ended));
    assert!(server.poll_transmit().is_none() && server.poll_timeout().is_none());
    assert!(!server.is_failed());
}

#[test]
fn a_close_by_the_peer_ends_the_association() {
    let now = start();
    let (mut client, mut server) = pair(ClientSetup::default(), now);
    exchange(&mut client, &mut server, now).unwrap();
    drop(client.endpoint.stop(now, Client::SERVER.parse().unwrap()));
    for datagram in client.transmits() {
        assert_eq!(
            server.handle_datagram(now, &datagram),
            Err(DtlsError::Ended)
        );
    }
    assert!(server.is_failed());
}

#[test]
fn stopping_tells_the_peer() {
    let now = start();
    let (mut client, mut server) = pair(ClientSetup::default(), now);
    exchange(&mut client, &mut server, now).unwrap();
    server.stop(now);
    let close = server.poll_transmit().unwrap();
    let server_address = Client::SERVER.parse().unwrap();
    let events = client
        .endpoint
        .read(now, server_address, None, BytesMut::from(&close[..]))
        .unwrap();
    assert!(
        events
            .iter()
            .any(|event| matches!(event, EndpointEvent::PeerClosed))
    );
}
