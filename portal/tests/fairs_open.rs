//! One fair that cannot be opened stops neither the others nor the start.

#![expect(clippy::unwrap_used, reason = "tests")]

mod site;

use std::time::{Duration, Instant};

use base::clock::Clock;
use base::db::testing::TestFolder;
use base::db::{Db, on_db};
use base::shutdown::Shutdown;
use portal::ids::FairId;
use portal::video_fairs::import;
use portal::video_fairs::opening::Reason;
use portal::{Config, Mode, Running};
use signaling_core::{FairSetup, Rules};

/// Longest wait for what is looked for every 10 s.
const PATIENCE: Duration = Duration::from_secs(60);

const FAIRS: &str = "pinhui_live_fairs_failed";

/// A data folder with two fairs that run now.
struct Stored {
    folder: TestFolder,
    db: Db,
    good: FairId,
    bad: FairId,
}

impl Stored {
    async fn new() -> Self {
        let folder = TestFolder::new();
        let db = Db::open(&config(&folder).database()).await.unwrap();
        let mut fairs = Vec::new();
        // The one that fails begins first, and is opened first.
        for hours in [2, 1] {
            let fair = FairId::new();
            import::import(&db, &setup(fair, hours), Clock::System.now_ms())
                .await
                .unwrap();
            fairs.push(fair);
        }
        Self {
            folder,
            db,
            bad: fairs[0],
            good: fairs[1],
        }
    }

    async fn start(&self, shutdown: &Shutdown) -> Running {
        let config = config(&self.folder);
        portal::start_at(config, Mode::Serve, Clock::System, shutdown.clone())
            .await
            .unwrap()
    }

    async fn execute(&self, sql: &'static str) {
        let bad = self.bad.to_string();
        let now_ms = Clock::System.now_ms();
        on_db!(self.db.writer().await.unwrap(), c => sqlx::query(sql)
            .bind(&bad).bind(now_ms).execute(c).await.map(drop))
        .unwrap();
    }
}

fn config(folder: &TestFolder) -> Config {
    let mut config = Config {
        data: folder.path().to_owned(),
        ..Config::default()
    };
    config.http.bind = "127.0.0.1:0".parse().unwrap();
    config.operator.bind = config.http.bind;
    config.media.workers = 1;
    config.media.announce = vec![config.http.bind.ip()];
    config
}

fn setup(fair: FairId, began_h_ago: i64) -> FairSetup {
    let now_ms = Clock::System.now_ms();
    FairSetup {
        fair: fair.into(),
        title: format!("{began_h_ago} 小时前开始的双选会"),
        starts_ms: now_ms - began_h_ago * 3_600_000,
        ends_ms: now_ms + 3_600_000,
        slot_ms: 480_000,
        max_queues: 3,
        rules: Rules::default(),
        booths: Vec::new(),
    }
}

async fn metrics(running: &Running) -> String {
    let url = format!("http://{}/metrics", running.operator);
    reqwest::get(url).await.unwrap().text().await.unwrap()
}

async fn end(running: Running, shutdown: &Shutdown) {
    shutdown.trigger();
    running.wait().await.unwrap();
}

/// The good one is open, the bad one is told of.
async fn is_told(running: &Running, stored: &Stored, reason: Reason) {
    assert!(running.state.live.is_open(stored.good.into()));
    assert!(!running.state.live.is_open(stored.bad.into()));
    let told = running.state.fairs_not_open.list();
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].fair, told[0].reason), (stored.bad, reason));
    assert!(metrics(running).await.contains(&format!("{FAIRS} 1")));
}

/// It opens by itself once its fault is gone.
async fn opens(running: &Running, stored: &Stored) {
    let begun = Instant::now();
    while !running.state.live.is_open(stored.bad.into()) {
        assert!(begun.elapsed() < PATIENCE, "it stays closed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    while !running.state.fairs_not_open.list().is_empty() {
        assert!(begun.elapsed() < PATIENCE, "it is still told of");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(metrics(running).await.contains(&format!("{FAIRS} 0")));
}

#[tokio::test]
async fn a_fair_that_another_node_holds_opens_when_that_one_is_silent() {
    let stored = Stored::new().await;
    // It was silent for 10 of the 15 seconds that a lease lasts.
    stored
        .execute(
            "INSERT INTO live_fairs
                (id, epoch, lease_owner, lease_fence, lease_until_ms, alive_at_ms)
            VALUES ($1, 1, 'another-node', 1, $2 + 5000, $2 - 10000)",
        )
        .await;
    let shutdown = Shutdown::new(Duration::from_secs(5));
    let running = stored.start(&shutdown).await;
    is_told(&running, &stored, Reason::Elsewhere).await;
    opens(&running, &stored).await;
    end(running, &shutdown).await;
}

#[tokio::test]
async fn a_fair_whose_rules_nobody_knows_opens_once_they_are_mended() {
    let stored = Stored::new().await;
    stored
        .execute("UPDATE video_fairs SET rules = '{\"from_tomorrow\": 1}' WHERE id = $1 AND $2 > 0")
        .await;
    let shutdown = Shutdown::new(Duration::from_secs(5));
    let running = stored.start(&shutdown).await;
    is_told(&running, &stored, Reason::Failed).await;
    stored
        .execute("UPDATE video_fairs SET rules = '{}' WHERE id = $1 AND $2 > 0")
        .await;
    opens(&running, &stored).await;
    end(running, &shutdown).await;
}

#[tokio::test]
async fn the_operators_page_names_a_fair_that_is_not_open() {
    let site = site::Site::start(Mode::Demo).await;
    let operator = site.enter("operator").await;
    let quiet = site.get("/operator", &operator).await.text().await.unwrap();
    assert!(!quiet.contains("未能打开"));
    let state = &site.running.state;
    let fair = FairId::new();
    import::import(&state.db, &setup(fair, 1), state.now_ms())
        .await
        .unwrap();
    let id = fair.to_string();
    on_db!(state.db.writer().await.unwrap(), c => sqlx::query(
        "UPDATE video_fairs SET rules = '{\"from_tomorrow\": 1}' WHERE id = $1")
        .bind(&id).execute(c).await.map(drop))
    .unwrap();
    portal::video_fairs::opening::open_due(state).await.unwrap();
    let page = site.get("/operator", &operator).await.text().await.unwrap();
    assert!(page.contains("未能打开") && page.contains("1 小时前开始的双选会"));
    site.end().await;
}
