//! The page of notification settings: events down, channels across.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use formats::text::{masked_email, masked_mobile};
use serde::Deserialize;

use super::store;
use crate::accounts::{AccountKind, SignedIn};
use crate::layout::{Chrome, Menu, StudentTab, Viewer, chrome_of};
use crate::notifications::channel::Channel;
use crate::notifications::events::Event;
use crate::notifications::outbox::store::{Addresses, addresses_now, all_rules};
use crate::notifications::plan::Settings;
use crate::notifications::rules::{Need, Rules};
use crate::state::AppState;
use crate::web::PageResult;

/// Where a person is led after saving.
pub(super) const SAVED: &str = "/account/notifications?saved=1";

/// What a page was asked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    saved: Option<String>,
}

/// A field of the matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// The event does not use the channel.
    None,
    /// The person cannot change it.
    Locked(&'static str),
    /// A box to tick.
    Choice {
        /// Name in the form.
        name: String,
        /// Read aloud with the box.
        label: String,
        /// It is ticked.
        on: bool,
        /// Said beside it; may be empty.
        note: &'static str,
    },
}

/// An event with its channels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Name of the event.
    pub event: &'static str,
    /// One for each channel outside the site.
    pub cells: Vec<Cell>,
}

/// A channel, and how the person is reached on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Name of the channel.
    pub channel: &'static str,
    /// The address, masked, or what is missing.
    pub state: String,
    /// It can be used.
    pub ready: bool,
}

/// `/account/notifications`
#[derive(Debug, Template)]
#[template(path = "notification-settings.html")]
pub struct SettingsPage {
    /// The frame.
    pub chrome: Chrome,
    /// The channels.
    pub ways: Vec<Way>,
    /// The events.
    pub lines: Vec<Line>,
    /// It was saved just now.
    pub saved: bool,
}

impl SettingsPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let addresses = Addresses {
            mobile: Some("13800138000".to_owned()),
            email: Some("lin@demo.example".to_owned()),
            ..Addresses::default()
        };
        let settings = Settings::from([((Event::JoinRequested, Channel::Wechat), false)]);
        Self {
            chrome: Chrome::with_menu(
                Viewer::sample(),
                "通知设置",
                Menu::Company,
                "/account/notifications",
            ),
            ways: ways(&addresses),
            lines: lines(AccountKind::Company, &Rules::default(), &settings),
            saved: true,
        }
    }

    /// The same in a student's frame.
    pub fn sample_of_student() -> Self {
        Self {
            chrome: Chrome::student(Viewer::sample(), "通知设置", StudentTab::Other, None),
            ways: ways(&Addresses::default()),
            lines: lines(AccountKind::Student, &Rules::default(), &Settings::new()),
            saved: false,
        }
    }
}

/// `GET /account/notifications`
pub(super) async fn show(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let here = "/account/notifications";
    let rules = all_rules(&state.db).await?;
    let settings = store::list(&state.db, session.account.id).await?;
    let addresses = addresses_now(&state.db, session.account.id).await?;
    let page = SettingsPage {
        chrome: chrome_of(&state, &session, "通知设置", here).await?,
        ways: ways(&addresses),
        lines: lines(session.account.kind, &rules, &settings),
        saved: asked.saved.is_some(),
    };
    Ok(Html(page.render()?))
}

/// What a person of this kind can switch, and how it is while he has not.
pub(super) fn choices(kind: AccountKind, rules: &Rules) -> Vec<(Event, Channel, bool)> {
    let events = events_of(kind);
    let all = events.flat_map(|event| Channel::OUTSIDE.map(|channel| (event, channel)));
    all.filter_map(|(event, channel)| {
        let rule = rules.of(event, channel)?;
        let free = rule.enabled && !rule.mandatory;
        free.then_some((event, channel, rule.need != Need::Offered))
    })
    .collect()
}

fn events_of(kind: AccountKind) -> impl Iterator<Item = Event> {
    let of_kind = move |event: &Event| event.audience().contains(&kind);
    Event::ALL.into_iter().filter(of_kind)
}

fn lines(kind: AccountKind, rules: &Rules, settings: &Settings) -> Vec<Line> {
    let line = |event: Event| Line {
        event: event.zh(),
        cells: Channel::OUTSIDE
            .iter()
            .map(|channel| cell(event, *channel, rules, settings))
            .collect(),
    };
    events_of(kind).map(line).collect()
}

fn cell(event: Event, channel: Channel, rules: &Rules, settings: &Settings) -> Cell {
    let Some(rule) = rules.of(event, channel).filter(|rule| rule.enabled) else {
        return Cell::None;
    };
    if rule.mandatory {
        return Cell::Locked(match rule.need {
            Need::Always | Need::Offered => "必发",
            Need::StandIn => "备用",
        });
    }
    let usual = rule.need != Need::Offered;
    Cell::Choice {
        name: format!("{event}.{channel}"),
        label: format!("{}：{}", event.zh(), channel.zh()),
        on: settings.get(&(event, channel)).copied().unwrap_or(usual),
        note: match rule.need {
            Need::StandIn => "备用",
            Need::Always | Need::Offered => "",
        },
    }
}

fn ways(addresses: &Addresses) -> Vec<Way> {
    let reach = addresses.reach();
    let masked = |text: &Option<String>, mask: fn(&str) -> String, none: &str| {
        text.as_deref().map_or_else(|| none.to_owned(), mask)
    };
    let wechat = match (reach.bound, reach.follows) {
        (false, _) => "未绑定微信",
        (true, false) => "已取消关注公众号",
        (true, true) => "已绑定",
    };
    let way = |channel: Channel, state: String, ready| Way {
        channel: channel.zh(),
        state,
        ready,
    };
    vec![
        way(
            Channel::Wechat,
            wechat.to_owned(),
            reach.bound && reach.follows,
        ),
        way(
            Channel::Sms,
            masked(&addresses.mobile, masked_mobile, "没有手机号"),
            reach.mobile,
        ),
        way(
            Channel::Email,
            masked(&addresses.email, masked_email, "没有邮箱"),
            reach.email,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_mandatory_is_no_choice() {
        for kind in AccountKind::ALL {
            for (event, channel, _) in choices(kind, &Rules::default()) {
                let rule = Rules::default().of(event, channel).unwrap();
                assert!(!rule.mandatory && event.audience().contains(&kind));
            }
            let lines = lines(kind, &Rules::default(), &Settings::new());
            assert!(!lines.is_empty(), "{kind}");
        }
    }

    #[test]
    fn codes_stand_in_nobodys_settings() {
        for kind in AccountKind::ALL {
            assert!(events_of(kind).all(|event| event != Event::Code));
        }
    }
}
