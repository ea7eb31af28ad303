//! SQL of templates, rules and the log.

use base::db::{Db, Tx, on_db};

use crate::ids::SendId;
use crate::notifications::channel::Channel;
use crate::notifications::events::Event;
use crate::notifications::templates::Template;

base::queries! {
    /// Which templates staff changed, and when.
    LIST_CHANGED = "SELECT event, channel, title, body, provider_template, changed_ms
        FROM notification_templates";
    /// Lays a template over the built-in one.
    ADD_TEMPLATE = "INSERT INTO notification_templates
            (event, channel, title, body, provider_template, version, changed_ms)
        VALUES ($1, $2, $3, $4, $5, 1, $6)
        ON CONFLICT (event, channel) DO NOTHING RETURNING version";
    /// Changes a template that nobody else has changed meanwhile.
    SET_TEMPLATE = "UPDATE notification_templates SET title = $3, body = $4,
            provider_template = $5, changed_ms = $6, version = version + 1
        WHERE event = $1 AND channel = $2 AND version = $7 RETURNING version";
    /// Lays a rule over the built-in one.
    ADD_RULE = "INSERT INTO notification_rules
            (event, channel, enabled, daily_cap, version, changed_ms)
        VALUES ($1, $2, $3, $4, 1, $5)
        ON CONFLICT (event, channel) DO NOTHING RETURNING version";
    /// Changes a rule that nobody else has changed meanwhile.
    SET_RULE = "UPDATE notification_rules SET enabled = $3, daily_cap = $4, changed_ms = $5,
            version = version + 1
        WHERE event = $1 AND channel = $2 AND version = $6 RETURNING version";
    /// The log, newest first.
    LIST_SENDS = "SELECT s.id, s.event, s.channel, s.target, s.state, s.tries, s.next_ms, s.error,
            s.created_ms, s.done_ms, a.mobile, a.email, b.openid
        FROM notification_sends s
        LEFT JOIN notifications n ON n.id = s.notification_id
        LEFT JOIN accounts a ON a.id = n.account_id
        LEFT JOIN wechat_bindings b ON b.account_id = n.account_id
        WHERE ($1 = '' OR s.channel = $1) AND ($2 = '' OR s.event = $2)
            AND ($3 = '' OR COALESCE(s.target, a.mobile) LIKE '%' || $3)
        ORDER BY s.created_ms DESC, s.id DESC LIMIT $4 OFFSET $5";
    /// The same for one state, by its index.
    LIST_SENDS_IN_STATE = "SELECT s.id, s.event, s.channel, s.target, s.state, s.tries, s.next_ms,
            s.error, s.created_ms, s.done_ms, a.mobile, a.email, b.openid
        FROM notification_sends s
        LEFT JOIN notifications n ON n.id = s.notification_id
        LEFT JOIN accounts a ON a.id = n.account_id
        LEFT JOIN wechat_bindings b ON b.account_id = n.account_id
        WHERE s.state = $6 AND ($1 = '' OR s.channel = $1) AND ($2 = '' OR s.event = $2)
            AND ($3 = '' OR COALESCE(s.target, a.mobile) LIKE '%' || $3)
        ORDER BY s.created_ms DESC, s.id DESC LIMIT $4 OFFSET $5";
    /// Dead letters of one channel, or of all, oldest first.
    LIST_DEAD = "SELECT id FROM notification_sends
        WHERE state = 'dead' AND ($1 = '' OR channel = $1) ORDER BY created_ms LIMIT $2";
}

/// A template that staff changed.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Changed {
    pub event: String,
    pub channel: Channel,
    pub title: String,
    pub body: String,
    pub provider_template: String,
    pub changed_ms: i64,
}

/// A line of the log, addresses unmasked.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct LogRow {
    pub id: SendId,
    pub event: String,
    pub channel: Channel,
    pub target: Option<String>,
    pub state: String,
    pub tries: i64,
    pub next_ms: i64,
    pub error: String,
    pub created_ms: i64,
    pub done_ms: Option<i64>,
    pub mobile: Option<String>,
    pub email: Option<String>,
    pub openid: Option<String>,
}

/// What of the log is asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct LogFilter {
    /// Word of the state; empty: all.
    pub state: String,
    /// Word of the channel; empty: all.
    pub channel: String,
    /// Number of the event; empty: all.
    pub event: String,
    /// Last digits of the mobile number; empty: all.
    pub tail: String,
}

pub(super) async fn changed(db: &Db) -> Result<Vec<Changed>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LIST_CHANGED).fetch_all(c).await)
}

/// Saves a template over `version` (0: the built-in one). False: someone else was quicker.
pub(crate) async fn save_template(
    tx: &mut Tx,
    (event, channel): (Event, Channel),
    template: &Template,
    version: i64,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let sql = if version == 0 {
        ADD_TEMPLATE
    } else {
        SET_TEMPLATE
    };
    let saved: Option<(i64,)> = on_db!(tx, c => {
        let query = sqlx::query_as(sql)
            .bind(event)
            .bind(channel)
            .bind(&template.title)
            .bind(&template.body)
            .bind(&template.provider_template)
            .bind(now_ms);
        if version == 0 {
            query.fetch_optional(c).await
        } else {
            query.bind(version).fetch_optional(c).await
        }
    })?;
    Ok(saved.is_some())
}

/// A rule as staff want it.
#[derive(Debug, Clone, Copy)]
pub(super) struct RuleDraft {
    pub enabled: bool,
    pub daily_cap: i64,
    /// The version that was seen; 0: the built-in rule.
    pub version: i64,
}

/// Saves a rule. False: someone else was quicker.
pub(super) async fn save_rule(
    tx: &mut Tx,
    (event, channel): (Event, Channel),
    rule: RuleDraft,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let sql = if rule.version == 0 {
        ADD_RULE
    } else {
        SET_RULE
    };
    let saved: Option<(i64,)> = on_db!(tx, c => {
        let query = sqlx::query_as(sql)
            .bind(event)
            .bind(channel)
            .bind(rule.enabled)
            .bind(rule.daily_cap)
            .bind(now_ms);
        if rule.version == 0 {
            query.fetch_optional(c).await
        } else {
            query.bind(rule.version).fetch_optional(c).await
        }
    })?;
    Ok(saved.is_some())
}

pub(super) async fn log(
    db: &Db,
    filter: &LogFilter,
    (most, skip): (i64, i64),
) -> Result<Vec<LogRow>, sqlx::Error> {
    let sql = if filter.state.is_empty() {
        LIST_SENDS
    } else {
        LIST_SENDS_IN_STATE
    };
    on_db!(db, c => {
        let query = sqlx::query_as(sql)
            .bind(&filter.channel)
            .bind(&filter.event)
            .bind(&filter.tail)
            .bind(most)
            .bind(skip);
        if filter.state.is_empty() {
            query.fetch_all(c).await
        } else {
            query.bind(&filter.state).fetch_all(c).await
        }
    })
}

pub(super) async fn dead(db: &Db, channel: &str, most: i64) -> Result<Vec<SendId>, sqlx::Error> {
    let rows: Vec<(SendId,)> = on_db!(db, c => sqlx::query_as(LIST_DEAD)
        .bind(channel).bind(most).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
