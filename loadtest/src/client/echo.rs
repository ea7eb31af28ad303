//! The least of a media server, for tests: answers checks, shakes hands, and gives a client its
//! own media back on its receive slots.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use tokio::sync::mpsc;

use super::dtls::{self, Identity, tests as dtls_tests};
use super::fleet::Fleet;
use super::peer::{PeerEvent, Plan};
use super::rtp::{Header, is_rtcp};
use super::sdp::{Answer, Slot};
use super::srtp::Session;
use super::stun::{self, Credentials};

const PASSWORD: &str = "the server's password";
const MICROPHONE: u32 = 11;
const CAMERA: u32 = 22;
const SOUND: u32 = 1_000;
const PICTURE: u32 = 2_000;

/// The first packets always come back: the first keyframe is among them.
const WHOLE: u64 = 40;

struct Echo {
    socket: UdpSocket,
    identity: Identity,
    dtls: Endpoint,
    session: Option<Session>,
    /// Lose each so many-th video packet; 0 loses none.
    lose_each: u64,
    count: u64,
}

impl Echo {
    fn run(mut self, stop: &AtomicBool) {
        let mut buffer = [0u8; 2048];
        self.socket
            .set_read_timeout(Some(Duration::from_millis(20)))
            .unwrap();
        while !stop.load(Ordering::Relaxed) {
            let Ok((len, from)) = self.socket.recv_from(&mut buffer) else {
                continue;
            };
            self.handle(&mut buffer[..len], from);
        }
    }

    fn handle(&mut self, bytes: &mut [u8], from: SocketAddr) {
        if stun::is_stun(bytes) {
            let mut answer = vec![1, 1, 0, 0];
            answer.extend_from_slice(&bytes[4..20]);
            stun::seal(&mut answer, PASSWORD.as_bytes());
            self.socket.send_to(&answer, from).unwrap();
        } else if dtls::is_dtls(bytes) {
            let data = BytesMut::from(&*bytes);
            let events = self
                .dtls
                .read(Instant::now(), dtls::remote(), None, data)
                .unwrap();
            if events
                .iter()
                .any(|event| matches!(event, EndpointEvent::HandshakeComplete))
            {
                self.session = dtls_tests::session(&self.dtls, &self.identity);
            }
            while let Some(out) = self.dtls.poll_transmit() {
                self.socket.send_to(&out.message, from).unwrap();
            }
        } else if !is_rtcp(bytes) {
            self.give_back(bytes, from);
        }
    }

    fn give_back(&mut self, bytes: &mut [u8], from: SocketAddr) {
        let Some(session) = &mut self.session else {
            return;
        };
        let header = Header::parse(bytes).unwrap();
        let len = session.outbound.open_rtp(bytes, header.len).unwrap();
        let mut packet = bytes[..len].to_vec();
        let ssrc = if header.ssrc == MICROPHONE {
            SOUND
        } else {
            PICTURE
        };
        packet[8..12].copy_from_slice(&ssrc.to_be_bytes());
        session.inbound.seal_rtp(&mut packet, header.len).unwrap();
        self.count += 1;
        let lost = self.count > WHOLE && self.lose_each > 0;
        if !(lost && self.count.is_multiple_of(self.lose_each)) {
            self.socket.send_to(&packet, from).unwrap();
        }
    }
}

fn plan(server: SocketAddr, identity: &Identity, events: mpsc::UnboundedSender<PeerEvent>) -> Plan {
    let slot = |mid: &str, video, ssrc| Slot {
        mid: mid.into(),
        video,
        ssrc,
        rtx: None,
    };
    Plan {
        number: 7,
        identity: identity.clone(),
        answer: Answer {
            ufrag: "server".into(),
            password: PASSWORD.into(),
            fingerprint: identity.fingerprint.clone(),
            candidate: server,
            transport_cc: true,
            slots: vec![slot("3", false, SOUND), slot("7", true, PICTURE)],
        },
        credentials: Credentials {
            username: "server:client".into(),
            remote_password: PASSWORD.into(),
            tie_breaker: 1,
        },
        microphone: MICROPHONE,
        camera: (CAMERA, CAMERA + 1),
        events,
    }
}

/// Connects a client to an echo, sends for a while, and gives its events and totals.
async fn call(lose_each: u64) -> (Vec<PeerEvent>, super::fleet::Snapshot) {
    let identity = Identity::generate().unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let server = socket.local_addr().unwrap();
    let dtls = dtls_tests::server(&identity);
    let echo = Echo {
        socket,
        identity: identity.clone(),
        dtls,
        session: None,
        lose_each,
        count: 0,
    };
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let thread = std::thread::spawn(move || echo.run(&stopped));
    let fleet = Fleet::start().unwrap();
    let (events, mut heard) = mpsc::unbounded_channel();
    fleet.open(plan(server, &identity, events));
    let mut all = Vec::new();
    let wait = async {
        while let Some(event) = heard.recv().await {
            if matches!(event, PeerEvent::Connected { .. }) {
                fleet.publish(7, true, 0.3);
            }
            let picture = matches!(event, PeerEvent::Frame { video: true, .. });
            all.push(event);
            if picture {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait)
        .await
        .unwrap();
    fleet.window(true).await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let snapshot = fleet.window(false).await.unwrap();
    stop.store(true, Ordering::Relaxed);
    thread.join().unwrap();
    (all, snapshot)
}

#[tokio::test]
async fn a_client_connects_and_gets_its_own_media_back() {
    let (events, snapshot) = call(0).await;
    assert!(matches!(events[0], PeerEvent::Checked { .. }), "{events:?}");
    assert!(
        matches!(events[1], PeerEvent::Connected { .. }),
        "{events:?}"
    );
    assert!(
        events
            .iter()
            .any(|event| matches!(event, PeerEvent::Frame { stream: 29, .. }))
    );
    // Half a second of 50 + 156 packets a second.
    assert!(snapshot.tally.forwarded > 60, "{snapshot:?}");
    assert_eq!(snapshot.tally.loss_ratio(), 0.0);
    assert_eq!(
        (snapshot.socket_drops, snapshot.failed, snapshot.strays),
        (0, 0, 0)
    );
    assert!(snapshot.tally.delay.quantile_ms(0.5).unwrap() < 50.0);
}

#[tokio::test]
async fn a_client_counts_what_the_server_loses() {
    let (_, snapshot) = call(10).await;
    let loss = snapshot.tally.loss_ratio();
    assert!((0.05..0.2).contains(&loss), "{loss}");
}
