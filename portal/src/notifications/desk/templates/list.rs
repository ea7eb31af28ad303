//! The list of templates.

use askama::Template;
use axum::extract::State;
use axum::response::Html;

use super::super::store;
use crate::accounts::OperationsStaff;
use crate::layout::{Chrome, Menu, Viewer};
use crate::notifications::args;
use crate::notifications::channel::Channel;
use crate::notifications::events::Event;
use crate::notifications::outbox::store::all_rules;
use crate::notifications::plan::SetUp;
use crate::notifications::rules::Rules;
use crate::notifications::texts;
use crate::state::AppState;
use crate::web::PageResult;

/// One event on one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it is edited; empty: the event does not use the channel.
    pub path: String,
    /// What the channel is for the event, such as 必发.
    pub need: &'static str,
    /// The tone of its tag.
    pub tone: &'static str,
    /// The words of its tag.
    pub state: String,
    /// When staff changed the text, Beijing time; empty: it is built in.
    pub changed: String,
}

/// An event with its channels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Number in the catalogue.
    pub code: &'static str,
    /// Its name.
    pub event: &'static str,
    /// One for each channel.
    pub entries: Vec<Entry>,
}

/// `/platform/templates`
#[derive(Debug, Template)]
#[template(path = "notification-templates.html")]
pub struct TemplatesPage {
    /// The frame.
    pub chrome: Chrome,
    /// Names of the channels that the operator has not set up.
    pub not_set_up: Vec<&'static str>,
    /// The events.
    pub lines: Vec<Line>,
}

impl TemplatesPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let changed = [store::Changed {
            event: "N3".to_owned(),
            channel: Channel::Sms,
            title: "企业认证结果".to_owned(),
            body: "{company}的企业认证已有结果：{result}。".to_owned(),
            provider_template: "SMS_1".to_owned(),
            changed_ms: 1_795_536_000_000,
        }];
        Self {
            chrome: Chrome::with_menu(
                Viewer::sample(),
                "通知模板",
                Menu::Platform,
                "/platform/templates",
            ),
            not_set_up: vec!["邮件"],
            lines: lines(&Rules::default(), &changed),
        }
    }
}

/// `GET /platform/templates`
pub(crate) async fn show(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
) -> PageResult<Html<String>> {
    let rules = all_rules(&state.db).await?;
    let changed = store::changed(&state.db).await?;
    let page = TemplatesPage {
        chrome: Chrome::platform(&staff, "通知模板", "/platform/templates"),
        not_set_up: not_set_up(state.outbox.channels.set_up()),
        lines: lines(&rules, &changed),
    };
    Ok(Html(page.render()?))
}

/// Names of the channels that are not set up.
pub(in super::super) fn not_set_up(set_up: SetUp) -> Vec<&'static str> {
    let missing = Channel::OUTSIDE
        .into_iter()
        .filter(|channel| !set_up.has(*channel));
    missing.map(Channel::zh).collect()
}

fn lines(rules: &Rules, changed: &[store::Changed]) -> Vec<Line> {
    let line = |event: Event| Line {
        code: event.as_str(),
        event: event.zh(),
        entries: Channel::ALL
            .iter()
            .map(|channel| entry(event, *channel, rules, changed))
            .collect(),
    };
    Event::ALL.into_iter().map(line).collect()
}

fn entry(event: Event, channel: Channel, rules: &Rules, changed: &[store::Changed]) -> Entry {
    let rule = rules.of(event, channel);
    let own = changed
        .iter()
        .find(|row| row.event == event.as_str() && row.channel == channel);
    let has_id = own.is_some_and(|row| !row.provider_template.is_empty());
    let needs_id = matches!(channel, Channel::Wechat | Channel::Sms);
    let (tone, state) = match rule {
        None if channel == Channel::Site => ("ok", "始终显示".to_owned()),
        None => {
            return Entry {
                path: String::new(),
                need: "",
                tone: "",
                state: String::new(),
                changed: String::new(),
            };
        }
        Some(rule) if !rule.enabled => ("quiet", "已停用".to_owned()),
        Some(_) if needs_id && !has_id => ("warn", "缺模板编号".to_owned()),
        Some(rule) => ("ok", format!("每日 {} 条", rule.daily_cap)),
    };
    Entry {
        path: format!("/platform/templates/{event}/{channel}"),
        need: rule.map_or("", |rule| rule.need.zh()),
        tone,
        state,
        changed: own
            .filter(|row| {
                texts::built_in(event, channel)
                    .is_none_or(|text| (text.title, text.body) != (&*row.title, &*row.body))
            })
            .map_or_else(String::new, |row| args::stamp(row.changed_ms)),
    }
}
