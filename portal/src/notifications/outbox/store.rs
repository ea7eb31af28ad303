//! SQL of the outbox: from a message to its sends, and what becomes of each.

use base::db::{Db, JsonText, Tx, on_db};
use serde_json::Value;

use crate::ids::{AccountId, NotificationId, SendId};
use crate::notifications::args::{self, Args};
use crate::notifications::channel::Channel;
use crate::notifications::events::Event;
use crate::notifications::plan::{Reach, Settings};
use crate::notifications::rules::{Change, Priority, Rules};
use crate::notifications::sending::{Chain, Stage};
use crate::notifications::templates::Template;

base::queries! {
    /// What there is to do: to plan, take back or work off; and what is due on each channel.
    WHAT_WAITS = "SELECT
            EXISTS (SELECT 1 FROM notifications WHERE planned_ms IS NULL)
            OR EXISTS (SELECT 1 FROM notification_sends WHERE state = 'sending' AND next_ms <= $1)
            OR EXISTS (SELECT 1 FROM notification_reports r
                JOIN notification_sends s ON s.provider_id = r.provider_id) AS planning,
            EXISTS (SELECT 1 FROM notification_sends WHERE state = 'waiting'
                AND channel = 'wechat' AND priority IN (0, 1, 2) AND next_ms <= $1) AS wechat,
            EXISTS (SELECT 1 FROM notification_sends WHERE state = 'waiting'
                AND channel = 'sms' AND priority IN (0, 1, 2) AND next_ms <= $1) AS sms,
            EXISTS (SELECT 1 FROM notification_sends WHERE state = 'waiting'
                AND channel = 'email' AND priority IN (0, 1, 2) AND next_ms <= $1) AS email";
    /// Messages of which nothing was planned yet, oldest first.
    UNPLANNED = "SELECT id FROM notifications WHERE planned_ms IS NULL
        ORDER BY created_ms LIMIT $1";
    /// Takes a message for planning; whoever comes second finds none.
    TAKE_UNPLANNED = "UPDATE notifications SET planned_ms = $2
        WHERE id = $1 AND planned_ms IS NULL RETURNING id, event, account_id, args, created_ms";
    /// A message without its secrets: neither among the values nor in the link.
    STRIP_SECRETS = "UPDATE notifications SET args = $2, link = '' WHERE id = $1";
    /// How a person can be reached.
    FIND_ADDRESSES = "SELECT a.mobile, a.email, a.real_name, b.openid, b.reachable
        FROM accounts a LEFT JOIN wechat_bindings b ON b.account_id = a.id WHERE a.id = $1";
    /// What a person switched on or off for one event.
    LIST_SETTINGS_OF = "SELECT channel, enabled FROM notification_settings
        WHERE account_id = $1 AND event = $2";
    /// What staff changed of the rules.
    LIST_RULES = "SELECT event, channel, enabled, daily_cap, version FROM notification_rules";
    /// A send, unless the message has one on this channel.
    ADD_SEND = "INSERT INTO notification_sends (id, notification_id, event, channel, args, state,
            priority, next_ms, expires_ms, error, created_ms, done_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (notification_id, channel) WHERE notification_id IS NOT NULL DO NOTHING";
    /// Sends of one channel and priority that are due.
    LIST_DUE = "SELECT id FROM notification_sends
        WHERE state = 'waiting' AND channel = $1 AND priority = $2 AND next_ms <= $3
        ORDER BY next_ms LIMIT $4";
    /// Sends whose sender is gone.
    LIST_STALE = "SELECT id FROM notification_sends
        WHERE state = 'sending' AND next_ms <= $1 ORDER BY next_ms LIMIT $2";
    /// A send with the message that it belongs to.
    FIND_SEND = "SELECT s.id, s.notification_id, n.account_id, n.link, s.event, s.channel,
            s.target, s.args, s.state, s.priority, s.tries, s.next_ms, s.expires_ms
        FROM notification_sends s LEFT JOIN notifications n ON n.id = s.notification_id
        WHERE s.id = $1";
    /// A step of a send; whoever comes second finds it elsewhere.
    MOVE_SEND = "UPDATE notification_sends SET state = $4, tries = $5, next_ms = $6, error = $7,
            provider_id = COALESCE($8, provider_id), done_ms = $9
        WHERE id = $1 AND state = $2 AND tries = $3 RETURNING id";
    /// Takes the values out of a send.
    WIPE_SEND = "UPDATE notification_sends SET args = '{}' WHERE id = $1";
    /// Takes the values out of a slice of the sends that are of no use any more.
    WIPE_EXPIRED = "UPDATE notification_sends SET args = '{}' WHERE id IN
        (SELECT id FROM notification_sends WHERE expires_ms <= $1 AND args <> '{}'
            ORDER BY expires_ms LIMIT $2)";
    /// Counts a message of the day, unless the person has had his fill.
    COUNT_TODAY = "INSERT INTO notification_days (account_id, channel, event, day, messages)
        VALUES ($1, $2, $3, $4, 1)
        ON CONFLICT (account_id, channel, event, day) DO UPDATE
            SET messages = notification_days.messages + 1
            WHERE notification_days.messages < $5
        RETURNING messages";
    /// Forgets a slice of the counts of days that are over.
    SWEEP_DAYS = "DELETE FROM notification_days WHERE (account_id, channel, event, day) IN
        (SELECT account_id, channel, event, day FROM notification_days WHERE day < $1
            ORDER BY day LIMIT $2)";
    /// Sends of a message that are on their way or have arrived.
    COUNT_ALIVE = "SELECT CAST(COUNT(*) AS BIGINT) AS alive FROM notification_sends
        WHERE notification_id = $1 AND state IN ('waiting', 'sending', 'sent', 'delivered')";
    /// WeChat says that a person does not follow any more.
    NOTE_UNREACHABLE = "UPDATE wechat_bindings SET reachable = FALSE
        WHERE account_id = $1 AND openid = $2";
    /// What staff changed of a template.
    FIND_TEMPLATE = "SELECT title, body, provider_template, version FROM notification_templates
        WHERE event = $1 AND channel = $2";
    /// Keeps a provider's report until it is worked off.
    ADD_REPORT = "INSERT INTO notification_reports (provider_id, delivered, error, received_ms)
        VALUES ($1, $2, $3, $4) ON CONFLICT (provider_id) DO NOTHING";
    /// Reports of sends that are known.
    LIST_REPORTS = "SELECT r.provider_id, r.delivered, r.error, s.id
        FROM notification_reports r JOIN notification_sends s ON s.provider_id = r.provider_id
        ORDER BY r.received_ms LIMIT $1";
    /// A report is worked off.
    DROP_REPORT = "DELETE FROM notification_reports WHERE provider_id = $1";
    /// Forgets a slice of the reports of what is not known here.
    SWEEP_REPORTS = "DELETE FROM notification_reports WHERE provider_id IN
        (SELECT provider_id FROM notification_reports WHERE received_ms < $1
            ORDER BY received_ms LIMIT $2)";
    /// What waits, by channel, and since when the oldest has been due.
    COUNT_WAITING = "SELECT channel, CAST(COUNT(*) AS BIGINT) AS waiting,
            CAST(MIN(CASE WHEN next_ms <= $1 THEN next_ms ELSE $1 END) AS BIGINT) AS oldest_ms
        FROM notification_sends WHERE state = 'waiting' GROUP BY channel";
    /// A person's SMS that wait for the morning, and for when.
    COUNT_OVERNIGHT = "SELECT CAST(COUNT(*) AS BIGINT) AS waiting,
            CAST(COALESCE(MIN(s.next_ms), 0) AS BIGINT) AS next_ms
        FROM notification_sends s JOIN notifications n ON n.id = s.notification_id
        WHERE n.account_id = $1 AND s.channel = 'sms' AND s.state = 'waiting'
            AND s.tries = 0 AND s.next_ms > $2";
    /// Since when the oldest message has been without a plan.
    OLDEST_UNPLANNED = "SELECT CAST(COALESCE(MIN(created_ms), $1) AS BIGINT) AS oldest_ms
        FROM notifications
        WHERE planned_ms IS NULL";
    /// Dead letters.
    COUNT_DEAD = "SELECT CAST(COUNT(*) AS BIGINT) AS dead FROM notification_sends WHERE state = 'dead'";
}

/// A message of which nothing was planned yet.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Unplanned {
    pub id: NotificationId,
    pub event: String,
    pub account_id: AccountId,
    pub args: JsonText<Value>,
    pub created_ms: i64,
}

/// How a person can be reached.
#[derive(Debug, Default, sqlx::FromRow)]
pub(crate) struct Addresses {
    pub mobile: Option<String>,
    pub email: Option<String>,
    pub real_name: String,
    pub openid: Option<String>,
    pub reachable: Option<bool>,
}

/// A send to be added.
#[derive(Debug)]
pub(super) struct NewSend<'a> {
    pub notification: NotificationId,
    pub event: Event,
    pub channel: Channel,
    pub args: &'a Args,
    pub stage: Stage,
    /// When it may leave at the earliest, ms since 1970.
    pub next_ms: i64,
    pub expires_ms: Option<i64>,
    /// Why it is not sent; may be empty.
    pub error: &'a str,
}

/// A send as it is worked on.
#[derive(Debug, Clone)]
pub struct Send {
    /// Its id.
    pub id: SendId,
    /// The message that it belongs to; none for a code.
    pub notification: Option<NotificationId>,
    /// To whom.
    pub account: Option<AccountId>,
    /// Path of the page that it leads to.
    pub link: String,
    /// What happened.
    pub event: Event,
    /// On which channel.
    pub channel: Channel,
    /// Its address, unless it is looked up from the account.
    pub target: Option<String>,
    /// What its template names.
    pub args: Args,
    /// How soon it leaves.
    pub priority: Priority,
    /// Where it stands.
    pub chain: Chain,
}

#[derive(sqlx::FromRow)]
struct SendRow {
    id: SendId,
    notification_id: Option<NotificationId>,
    account_id: Option<AccountId>,
    link: Option<String>,
    event: String,
    channel: Channel,
    target: Option<String>,
    args: JsonText<Value>,
    state: String,
    priority: i64,
    tries: i64,
    next_ms: i64,
    expires_ms: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct RuleRow {
    event: String,
    channel: Channel,
    enabled: bool,
    daily_cap: i64,
    version: i64,
}

/// What staff changed of a template.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct TemplateRow {
    pub title: String,
    pub body: String,
    pub provider_template: String,
    pub version: i64,
}

/// A provider's report on a send that is known.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Report {
    pub provider_id: String,
    pub delivered: bool,
    pub error: String,
    pub id: SendId,
}

/// What waits on one channel.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Waiting {
    pub channel: Channel,
    pub waiting: i64,
    pub oldest_ms: i64,
}

/// A step of a send, as it is written down.
#[derive(Debug)]
pub(crate) struct Step<'a> {
    pub id: SendId,
    pub from: Chain,
    pub to: Chain,
    pub error: &'a str,
    pub provider_id: Option<&'a str>,
}

impl Addresses {
    pub fn reach(&self) -> Reach {
        Reach {
            bound: self.openid.is_some(),
            follows: self.reachable == Some(true),
            mobile: self.mobile.is_some(),
            email: self.email.is_some(),
        }
    }

    pub fn on(&self, channel: Channel) -> Option<&str> {
        match channel {
            Channel::Site => None,
            Channel::Wechat => self.openid.as_deref(),
            Channel::Sms => self.mobile.as_deref(),
            Channel::Email => self.email.as_deref(),
        }
    }
}

/// What there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Waits {
    /// Something to plan, to take back, or a report to work off.
    pub planning: bool,
    wechat: bool,
    sms: bool,
    email: bool,
}

impl Waits {
    /// Something is due on a channel.
    pub fn on(self, channel: Channel) -> bool {
        match channel {
            Channel::Site => false,
            Channel::Wechat => self.wechat,
            Channel::Sms => self.sms,
            Channel::Email => self.email,
        }
    }
}

pub(super) async fn what_waits(db: &Db, now_ms: i64) -> Result<Waits, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(WHAT_WAITS).bind(now_ms).fetch_one(c).await)
}

pub(super) async fn unplanned(db: &Db, most: i64) -> Result<Vec<NotificationId>, sqlx::Error> {
    let rows: Vec<(NotificationId,)> =
        on_db!(db, c => sqlx::query_as(UNPLANNED).bind(most).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub(super) async fn take_unplanned(
    tx: &mut Tx,
    id: NotificationId,
    now_ms: i64,
) -> Result<Option<Unplanned>, sqlx::Error> {
    on_db!(tx, c => sqlx::query_as(TAKE_UNPLANNED).bind(id).bind(now_ms).fetch_optional(c).await)
}

/// Takes the secrets out of a message; `args` are the values that are none.
pub(super) async fn strip_secrets(
    tx: &mut Tx,
    id: NotificationId,
    args: &Args,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(STRIP_SECRETS).bind(id).bind(JsonText(args)).execute(c).await.map(drop))
}

pub(crate) async fn addresses(tx: &mut Tx, account: AccountId) -> Result<Addresses, sqlx::Error> {
    let row: Option<Addresses> = on_db!(tx, c => sqlx::query_as(FIND_ADDRESSES)
        .bind(account).fetch_optional(c).await)?;
    Ok(row.unwrap_or_default())
}

pub(crate) async fn addresses_now(db: &Db, account: AccountId) -> Result<Addresses, sqlx::Error> {
    let row: Option<Addresses> = on_db!(db, c => sqlx::query_as(FIND_ADDRESSES)
        .bind(account).fetch_optional(c).await)?;
    Ok(row.unwrap_or_default())
}

pub(super) async fn settings_of(
    tx: &mut Tx,
    account: AccountId,
    event: Event,
) -> Result<Settings, sqlx::Error> {
    let rows: Vec<(Channel, bool)> = on_db!(tx, c => sqlx::query_as(LIST_SETTINGS_OF)
        .bind(account).bind(event).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(|(channel, enabled)| ((event, channel), enabled))
        .collect())
}

pub(crate) async fn rules(tx: &mut Tx) -> Result<Rules, sqlx::Error> {
    let rows: Vec<RuleRow> = on_db!(tx, c => sqlx::query_as(LIST_RULES).fetch_all(c).await)?;
    Ok(read_rules(rows))
}

/// The rules as staff left them.
///
/// # Errors
/// The database failed.
pub async fn all_rules(db: &Db) -> Result<Rules, sqlx::Error> {
    let rows: Vec<RuleRow> = on_db!(db, c => sqlx::query_as(LIST_RULES).fetch_all(c).await)?;
    Ok(read_rules(rows))
}

fn read_rules(rows: Vec<RuleRow>) -> Rules {
    Rules::new(rows.into_iter().filter_map(|row| {
        let event = row.event.parse().ok()?;
        let change = Change {
            enabled: row.enabled,
            daily_cap: row.daily_cap,
            version: row.version,
        };
        Some(((event, row.channel), change))
    }))
}

pub(super) async fn add_send(
    tx: &mut Tx,
    send: &NewSend<'_>,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let done_ms = send.stage.deadline_ms().is_none().then_some(now_ms);
    on_db!(tx, c => sqlx::query(ADD_SEND)
        .bind(SendId::new())
        .bind(send.notification)
        .bind(send.event)
        .bind(send.channel)
        .bind(JsonText(send.args))
        .bind(send.stage.as_str())
        .bind(send.event.priority().number())
        .bind(send.next_ms)
        .bind(send.expires_ms)
        .bind(send.error)
        .bind(now_ms)
        .bind(done_ms)
        .execute(c).await.map(drop))
}

pub(super) async fn due(
    db: &Db,
    channel: Channel,
    most: usize,
    now_ms: i64,
) -> Result<Vec<SendId>, sqlx::Error> {
    let mut due = Vec::new();
    for priority in Priority::ALL {
        let room = i64::try_from(most.saturating_sub(due.len())).unwrap_or(0);
        if room == 0 {
            break;
        }
        let rows: Vec<(SendId,)> = on_db!(db, c => sqlx::query_as(LIST_DUE)
            .bind(channel).bind(priority.number()).bind(now_ms).bind(room).fetch_all(c).await)?;
        due.extend(rows.into_iter().map(|(id,)| id));
    }
    Ok(due)
}

pub(super) async fn stale(db: &Db, most: i64, now_ms: i64) -> Result<Vec<SendId>, sqlx::Error> {
    let rows: Vec<(SendId,)> = on_db!(db, c => sqlx::query_as(LIST_STALE)
        .bind(now_ms).bind(most).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// A send; none: there is none, or it says what this version does not know.
pub(crate) async fn find_send(tx: &mut Tx, id: SendId) -> Result<Option<Send>, sqlx::Error> {
    let row: Option<SendRow> =
        on_db!(tx, c => sqlx::query_as(FIND_SEND).bind(id).fetch_optional(c).await)?;
    Ok(row.and_then(|row| {
        Some(Send {
            id: row.id,
            notification: row.notification_id,
            account: row.account_id,
            link: row.link.unwrap_or_default(),
            event: row.event.parse().ok()?,
            channel: row.channel,
            target: row.target,
            args: args::read(&row.args.0),
            priority: Priority::of_number(row.priority),
            chain: Chain {
                stage: Stage::of_row(&row.state, row.next_ms)?,
                tries: row.tries,
                expires_ms: row.expires_ms,
            },
        })
    }))
}

/// Writes a step down. False: someone else was quicker, and nothing is changed.
pub(crate) async fn take_step(
    tx: &mut Tx,
    step: &Step<'_>,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let next_ms = step.to.stage.deadline_ms().unwrap_or(now_ms);
    let done_ms = step.to.stage.deadline_ms().is_none().then_some(now_ms);
    let moved: Option<(SendId,)> = on_db!(tx, c => sqlx::query_as(MOVE_SEND)
        .bind(step.id)
        .bind(step.from.stage.as_str())
        .bind(step.from.tries)
        .bind(step.to.stage.as_str())
        .bind(step.to.tries)
        .bind(next_ms)
        .bind(step.error)
        .bind(step.provider_id)
        .bind(done_ms)
        .fetch_optional(c).await)?;
    Ok(moved.is_some())
}

pub(crate) async fn wipe(tx: &mut Tx, id: SendId) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(WIPE_SEND).bind(id).execute(c).await.map(drop))
}

/// Counts a message of `day`; false: the person has had `cap` already. `event` is the number in
/// the catalogue, or `*` for all together.
pub(super) async fn count_today(
    tx: &mut Tx,
    (account, channel, event): (AccountId, Channel, &str),
    day: &str,
    cap: i64,
) -> Result<bool, sqlx::Error> {
    if cap <= 0 {
        return Ok(false);
    }
    let counted: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(COUNT_TODAY)
        .bind(account).bind(channel).bind(event).bind(day).bind(cap).fetch_optional(c).await)?;
    Ok(counted.is_some())
}

pub(super) async fn alive(tx: &mut Tx, id: NotificationId) -> Result<bool, sqlx::Error> {
    let (alive,): (i64,) =
        on_db!(tx, c => sqlx::query_as(COUNT_ALIVE).bind(id).fetch_one(c).await)?;
    Ok(alive > 0)
}

pub(super) async fn note_unreachable(
    tx: &mut Tx,
    account: AccountId,
    openid: &str,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(NOTE_UNREACHABLE)
        .bind(account).bind(openid).execute(c).await.map(drop))
}

/// The template of an event on a channel with its version: what staff made of it, or the built-in
/// one (version 0).
pub(crate) async fn template(
    db: &Db,
    event: Event,
    channel: Channel,
) -> Result<Option<(Template, i64)>, sqlx::Error> {
    let row: Option<TemplateRow> = on_db!(db, c => sqlx::query_as(FIND_TEMPLATE)
        .bind(event).bind(channel).fetch_optional(c).await)?;
    Ok(match row {
        Some(row) => Some((
            Template {
                title: row.title,
                body: row.body,
                provider_template: row.provider_template,
            },
            row.version,
        )),
        None => Template::built_in(event, channel).map(|template| (template, 0)),
    })
}

/// A provider tells what became of a message: keeps it until the outbox works it off, because it
/// may come before the id of the message is written down here.
///
/// # Errors
/// The database failed.
pub async fn delivered(
    tx: &mut Tx,
    provider_id: &str,
    delivered: bool,
    error: &str,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_REPORT)
        .bind(provider_id).bind(delivered).bind(error).bind(now_ms).execute(c).await.map(drop))
}

pub(super) async fn reports(db: &Db, most: i64) -> Result<Vec<Report>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LIST_REPORTS).bind(most).fetch_all(c).await)
}

pub(super) async fn drop_report(tx: &mut Tx, provider_id: &str) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(DROP_REPORT).bind(provider_id).execute(c).await.map(drop))
}

/// Rows of one slice when what is over is swept; others write between two of them.
const SWEEP_SLICE: i64 = 500;

/// Runs a statement with its limit until a slice is not full.
macro_rules! in_slices {
    ($db:expr, $query:expr, $before:expr) => {
        loop {
            let rows = on_db!($db.writer().await?, c => sqlx::query($query)
                .bind($before).bind(SWEEP_SLICE)
                .execute(c).await.map(|done| done.rows_affected()))?;
            if rows < SWEEP_SLICE.unsigned_abs() {
                break;
            }
        }
    };
}

/// Wipes and forgets what is over: secrets that have ended, counts before `day`, reports before
/// `reports_ms`.
pub(super) async fn sweep(
    db: &Db,
    day: &str,
    reports_ms: i64,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    in_slices!(db, WIPE_EXPIRED, now_ms);
    in_slices!(db, SWEEP_DAYS, day);
    in_slices!(db, SWEEP_REPORTS, reports_ms);
    Ok(())
}

pub(super) async fn waiting(db: &Db, now_ms: i64) -> Result<Vec<Waiting>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(COUNT_WAITING).bind(now_ms).fetch_all(c).await)
}

/// How many SMS of a person wait for the morning, and for when, ms since 1970.
pub(crate) async fn overnight(
    db: &Db,
    account: AccountId,
    now_ms: i64,
) -> Result<(i64, i64), sqlx::Error> {
    on_db!(db, c => sqlx::query_as(COUNT_OVERNIGHT)
        .bind(account).bind(now_ms).fetch_one(c).await)
}

pub(super) async fn oldest_unplanned(db: &Db, now_ms: i64) -> Result<i64, sqlx::Error> {
    let (oldest,): (i64,) =
        on_db!(db, c => sqlx::query_as(OLDEST_UNPLANNED).bind(now_ms).fetch_one(c).await)?;
    Ok(oldest)
}

pub(super) async fn dead(db: &Db) -> Result<i64, sqlx::Error> {
    let (dead,): (i64,) = on_db!(db, c => sqlx::query_as(COUNT_DEAD).fetch_one(c).await)?;
    Ok(dead)
}
