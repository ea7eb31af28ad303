//! An outbox with one person, his telephone, and a clock that stands still.

use std::sync::{Arc, Mutex};

use base::clock::Clock;
use base::db::testing::{self, TestDb};
use base::db::{Db, JsonText, on_db};
use prometheus::Registry;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use crate::accounts::store::NewAccount;
use crate::accounts::{AccountKind, NO_PASSWORD, store as accounts};
use crate::config::Config;
use crate::demo::{Emulators, emulators};
use crate::ids::{AccountId, NotificationId, SendId};
use crate::notifications::channel::Channel;
use crate::notifications::events::Event;
use crate::notifications::rules::Change;
use crate::notifications::{Channels, Notice, Outbox, OutboxMetrics, enqueue, enqueue_code};

/// 2026-11-25, 10:00 in Beijing.
pub(crate) const MORNING: i64 = 1_795_536_000_000 + 10 * 3_600_000;
/// The person in WeChat.
pub(crate) const OPENID: &str = "oEmulated0001";
/// His mobile number.
pub(crate) const MOBILE: &str = "13800138000";
/// His mailbox.
pub(crate) const EMAIL: &str = "lin@demo.example";

/// See the module.
pub(crate) struct Rig {
    pub outbox: Outbox,
    pub clock: Clock,
    pub emulators: Emulators,
    pub account: AccountId,
    _test: TestDb,
}

/// A send as the table has it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Row {
    pub id: SendId,
    pub channel: Channel,
    pub state: String,
    pub tries: i64,
    pub next_ms: i64,
    pub error: String,
    pub provider_id: Option<String>,
    pub args: JsonText<Value>,
}

impl Rig {
    /// One on each database; the person has not bound WeChat.
    pub async fn both() -> [Self; 2] {
        let [one, other] = testing::both().await;
        [Self::on(one).await, Self::on(other).await]
    }

    /// One on each database; the person has bound WeChat and follows.
    pub async fn both_bound() -> [Self; 2] {
        let rigs = Self::both().await;
        for rig in &rigs {
            rig.bind().await;
        }
        rigs
    }

    async fn on(test: TestDb) -> Self {
        let clock = Clock::simulated(MORNING);
        let mut config = Config::default();
        let emulators = Emulators::start(&mut config, &clock).await.unwrap();
        emulators::fill_in_templates(&test.db, MORNING)
            .await
            .unwrap();
        let account = AccountId::new();
        let new = NewAccount {
            id: account,
            kind: AccountKind::Company,
            mobile: Some(MOBILE.to_owned()),
            email: Some(EMAIL.to_owned()),
            password_hash: NO_PASSWORD.to_owned(),
            real_name: "林知远".to_owned(),
            nickname: "林".to_owned(),
            department: String::new(),
        };
        let mut tx = test.db.begin().await.unwrap();
        accounts::add(&mut tx, &new, MORNING).await.unwrap();
        tx.commit().await.unwrap();
        Self {
            outbox: outbox(&test.db, &config, &clock, 1),
            clock,
            emulators,
            account,
            _test: test,
        }
    }

    /// Another process on the same database.
    pub fn second(&self) -> Outbox {
        let mut config = Config::default();
        config.wechat = self.emulators.wechat.emulator.config();
        config.sms = self.emulators.sms.emulator.config();
        config.mail = self.emulators.mail.emulator.config();
        outbox(&self.outbox.db, &config, &self.clock, 2)
    }

    /// The same outbox with nothing set up.
    pub fn bare(&self) -> Outbox {
        Outbox {
            channels: Channels::default(),
            ..self.outbox.clone()
        }
    }

    /// The person binds WeChat and follows.
    pub async fn bind(&self) {
        let sql = "INSERT INTO wechat_bindings (account_id, openid, reachable, bound_ms)
            VALUES ($1, $2, TRUE, 0)";
        on_db!(self.outbox.db.writer().await.unwrap(), c => sqlx::query(sql)
            .bind(self.account).bind(OPENID).execute(c).await.map(drop))
        .unwrap();
        // Nobody hears of it here; he follows all the same.
        drop(self.emulators.wechat.emulator.follow(OPENID).await);
    }

    /// Tells the person of an event, with sample values.
    pub async fn tell(&self, event: Event) -> NotificationId {
        let samples = crate::notifications::args::samples(event.args());
        self.tell_with(event, json!(samples), None).await
    }

    pub async fn tell_with(
        &self,
        event: Event,
        args: Value,
        dedupe: Option<&str>,
    ) -> NotificationId {
        let notice = Notice {
            event,
            to: self.account,
            args,
            link: "/messages".to_owned(),
            dedupe: dedupe.map(str::to_owned),
        };
        let mut tx = self.outbox.db.begin().await.unwrap();
        enqueue(&mut tx, &notice, self.clock.now_ms())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let sql = "SELECT id FROM notifications ORDER BY created_ms DESC, id DESC LIMIT 1";
        let (id,): (NotificationId,) =
            on_db!(&self.outbox.db, c => sqlx::query_as(sql).fetch_one(c).await).unwrap();
        id
    }

    /// Sends a code to a number that belongs to nobody yet.
    pub async fn code(&self, code: &str) {
        let now_ms = self.clock.now_ms();
        let mut tx = self.outbox.db.begin().await.unwrap();
        enqueue_code(&mut tx, "13900139000", code, now_ms, now_ms + 300_000)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// One round of the outbox.
    pub async fn round(&self) {
        self.outbox.round().await.unwrap();
    }

    /// All sends, oldest first.
    pub async fn rows(&self) -> Vec<Row> {
        let sql = "SELECT id, channel, state, tries, next_ms, error, provider_id, args
            FROM notification_sends ORDER BY created_ms, id";
        on_db!(&self.outbox.db, c => sqlx::query_as(sql).fetch_all(c).await).unwrap()
    }

    /// Channel and state of all sends, oldest first.
    pub async fn states(&self) -> Vec<(Channel, String)> {
        let rows = self.rows().await.into_iter();
        rows.map(|row| (row.channel, row.state)).collect()
    }

    /// The one send that there is.
    pub async fn only(&self) -> Row {
        let mut rows = self.rows().await;
        assert_eq!(rows.len(), 1, "{rows:#?}");
        rows.remove(0)
    }

    /// Staff change a rule.
    pub async fn rule(&self, event: Event, channel: Channel, change: Change) {
        let sql = "INSERT INTO notification_rules
            (event, channel, enabled, daily_cap, changed_ms) VALUES ($1, $2, $3, $4, 0)";
        on_db!(self.outbox.db.writer().await.unwrap(), c => sqlx::query(sql)
            .bind(event).bind(channel).bind(change.enabled).bind(change.daily_cap)
            .execute(c).await.map(drop))
        .unwrap();
    }

    /// The values that a message has.
    pub async fn args_of(&self, id: NotificationId) -> Value {
        let sql = "SELECT args FROM notifications WHERE id = $1";
        let (args,): (JsonText<Value>,) =
            on_db!(&self.outbox.db, c => sqlx::query_as(sql).bind(id).fetch_one(c).await).unwrap();
        args.0
    }

    /// Where a message leads.
    pub async fn link_of(&self, id: NotificationId) -> String {
        let sql = "SELECT link FROM notifications WHERE id = $1";
        let (link,): (String,) =
            on_db!(&self.outbox.db, c => sqlx::query_as(sql).bind(id).fetch_one(c).await).unwrap();
        link
    }

    /// Does the binding still count as reachable?
    pub async fn reachable(&self) -> bool {
        let sql = "SELECT reachable FROM wechat_bindings WHERE account_id = $1";
        let (reachable,): (bool,) = on_db!(&self.outbox.db, c => sqlx::query_as(sql)
            .bind(self.account).fetch_one(c).await)
        .unwrap();
        reachable
    }
}

fn outbox(db: &Db, config: &Config, clock: &Clock, seed: u64) -> Outbox {
    Outbox {
        db: db.clone(),
        clock: clock.clone(),
        channels: Channels::new(config, clock).unwrap(),
        metrics: OutboxMetrics::new(&Registry::new()).unwrap(),
        site: "https://fair.example".into(),
        rng: Arc::new(Mutex::new(StdRng::seed_from_u64(seed))),
    }
}
