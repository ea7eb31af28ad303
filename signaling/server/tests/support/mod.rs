//! A live server in this process, with clients over real sockets and a media node that records.
#![allow(missing_docs, dead_code, clippy::unwrap_used, clippy::print_stdout)]

pub mod client;
pub mod node;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base::clock::Clock;
use base::db::Db;
use base::db::testing::{self, TestDb};
use base::shutdown::Shutdown;
use signaling_core::{BoothSetup, FairSetup, Rules, SeatSetup};
use signaling_protocol::{Admission, BoothId, FairId, JoinClaims, PersonId, Role, SeatId};
use signaling_server::{Config, Live, LiveParts, TokenKey};
use uuid::Uuid;

use client::Client;
use node::RecordingNode;

/// Longest wait for anything that must happen.
pub const PATIENCE: Duration = Duration::from_secs(10);

pub fn fair_id() -> FairId {
    FairId(Uuid::from_u128(0xfa))
}

pub fn booth_id(booth: usize) -> BoothId {
    BoothId(Uuid::from_u128(0xb00 + booth as u128))
}

pub fn seat_id(booth: usize, seat: usize) -> SeatId {
    SeatId(Uuid::from_u128(0x5ea_000 + (booth * 16 + seat) as u128))
}

pub fn student(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(0x57_0000 + number))
}

pub fn interviewer(booth: usize, seat: usize) -> PersonId {
    PersonId(Uuid::from_u128(0x1f_0000 + (booth * 16 + seat) as u128))
}

/// A fair that runs now, with `booths` booths of two seats.
pub fn setup(booths: usize) -> FairSetup {
    let now_ms = Clock::System.now_ms();
    FairSetup {
        fair: fair_id(),
        title: "测试双选会".to_owned(),
        starts_ms: now_ms - 60_000,
        ends_ms: now_ms + 4 * 3_600_000,
        slot_ms: 480_000,
        max_queues: 3,
        rules: Rules {
            settling_ms: 0,
            ..Rules::default()
        },
        booths: (0..booths)
            .map(|booth| BoothSetup {
                booth: booth_id(booth),
                number: format!("B-{booth:03}"),
                company: format!("示例公司{booth}"),
                jobs: Vec::new(),
                seats: (0..2)
                    .map(|seat| SeatSetup {
                        seat: seat_id(booth, seat),
                        person: interviewer(booth, seat),
                        nickname: format!("面试官{seat}"),
                        department: "人力资源部".to_owned(),
                    })
                    .collect(),
            })
            .collect(),
    }
}

pub fn student_claims(number: u128) -> JoinClaims {
    let role = Role::Student(Admission {
        admitted: true,
        resume_complete: true,
    });
    claims(student(number), role, &format!("学生{number}"))
}

pub fn interviewer_claims(booth: usize, seat: usize) -> JoinClaims {
    let role = Role::Interviewer {
        booth: booth_id(booth),
        seat: seat_id(booth, seat),
    };
    claims(interviewer(booth, seat), role, "面试官")
}

pub fn staff_claims() -> JoinClaims {
    claims(PersonId(Uuid::from_u128(0x57aff)), Role::Staff, "老师")
}

pub fn claims(person: PersonId, role: Role, name: &str) -> JoinClaims {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let now_s = Clock::System.now_ms() / 1_000;
    JoinClaims {
        sub: person,
        fair: fair_id(),
        role,
        name: name.to_owned(),
        headline: "本科 · 计算机学院".to_owned(),
        jti: format!("token-{}", NEXT.fetch_add(1, Ordering::Relaxed)),
        iat: now_s,
        exp: now_s + 60,
    }
}

/// A live server on a port of its own.
pub struct Server {
    pub live: Live,
    pub address: SocketAddr,
    pub node: Arc<RecordingNode>,
    pub key: TokenKey,
    pub registry: prometheus::Registry,
    pub shutdown: Shutdown,
    pub db: Db,
}

impl Server {
    pub async fn start(db: &Db, setup: FairSetup) -> Self {
        Self::start_with(
            db,
            setup,
            Config {
                missing_origin: true,
                ..Config::default()
            },
        )
        .await
    }

    pub async fn start_with(db: &Db, setup: FairSetup, config: Config) -> Self {
        Self::start_within(db, setup, config, Shutdown::new(Duration::from_secs(10))).await
    }

    pub async fn start_within(
        db: &Db,
        setup: FairSetup,
        config: Config,
        shutdown: Shutdown,
    ) -> Self {
        Self::start_by(db, vec![setup], config, (Clock::System, shutdown)).await
    }

    /// Several fairs, by a clock of the test's.
    pub async fn start_by(
        db: &Db,
        setups: Vec<FairSetup>,
        config: Config,
        (clock, shutdown): (Clock, Shutdown),
    ) -> Self {
        let registry = prometheus::Registry::new();
        let key = TokenKey::from_bytes(&[42; 32]);
        let (node, node_events) = RecordingNode::new();
        let live = Live::start(LiveParts {
            config,
            db: db.clone(),
            node: node.clone(),
            node_events,
            key: key.clone(),
            clock,
            registry: registry.clone(),
            shutdown: shutdown.clone(),
        })
        .await
        .unwrap();
        for setup in setups {
            live.open_fair(setup).await.unwrap();
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = live
            .router()
            .layer(axum::middleware::from_fn(client::note_address));
        let stop = live.clone();
        tokio::spawn(async move {
            axum::serve(listener, router)
                .with_graceful_shutdown(async move { stop.drained().await })
                .await
                .unwrap();
        });
        Self {
            live,
            address,
            node,
            key,
            registry,
            shutdown,
            db: db.clone(),
        }
    }

    /// Ends the server as an operator would.
    pub async fn stop(self) {
        self.shutdown.trigger();
        assert!(self.shutdown.drained().await, "the server drained in time");
    }

    /// Leaves the server without waiting for the interviews that run.
    pub fn abandon(self) {}

    pub fn token(&self, claims: &JoinClaims) -> String {
        self.key.sign(claims)
    }

    pub async fn student(&self, number: u128) -> Client {
        let token = self.token(&student_claims(number));
        Client::join(self.address, token, signaling_protocol::PageKind::Queues).await
    }

    pub async fn interviewer(&self, booth: usize, seat: usize) -> Client {
        let token = self.token(&interviewer_claims(booth, seat));
        Client::join(self.address, token, signaling_protocol::PageKind::Room).await
    }

    pub async fn staff(&self) -> Client {
        let token = self.token(&staff_claims());
        Client::join(self.address, token, signaling_protocol::PageKind::Console).await
    }

    /// Sum of a figure over its labels.
    pub fn figure(&self, name: &str, label: Option<&str>) -> f64 {
        let families = self.registry.gather();
        let Some(family) = families.iter().find(|family| family.name() == name) else {
            return 0.0;
        };
        family
            .get_metric()
            .iter()
            .filter(|metric| {
                label.is_none_or(|value| metric.get_label().iter().any(|l| l.value() == value))
            })
            .map(|metric| metric.get_counter().get_value() + metric.get_gauge().get_value())
            .sum()
    }
}

/// Runs a test on both databases.
pub async fn on_both<F, Fut>(test: F)
where
    F: Fn(Db) -> Fut,
    Fut: Future<Output = ()>,
{
    for database in testing::both().await {
        let TestDb { db, .. } = &database;
        println!("on {}", db.kind());
        test(db.clone()).await;
    }
}

/// Waits for a condition.
pub async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let begun = std::time::Instant::now();
    while !condition().await {
        assert!(begun.elapsed() < PATIENCE, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits for something that a client is answered: asks at the pace of a person.
pub async fn asks_until(
    client: &mut client::Client,
    body: signaling_protocol::ClientBody,
    good: impl Fn(&signaling_protocol::ServerBody) -> bool,
) {
    let begun = std::time::Instant::now();
    loop {
        let answer = client.ask(body.clone()).await;
        if good(&answer.body) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "in vain: {body:?}: {answer:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
