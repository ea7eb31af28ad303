//! Who is told on which channel: the built-in rules, what staff changed of them, and the hours in
//! which telephones stay quiet. No database, no web.

use std::collections::BTreeMap;

use formats::beijing;

use super::channel::Channel;
use super::events::Event;

/// An SMS that nobody waits for is not sent from this hour on, in Beijing.
pub const QUIET_FROM_HOUR: u8 = 22;
/// Nor before this hour.
pub const QUIET_UNTIL_HOUR: u8 = 8;
/// Messages of all events to one person on one channel in a day in Beijing, whatever the rules of
/// single events allow. It ends a loop that nobody thought of.
pub const TOTAL_CAP: i64 = 40;
/// The largest daily cap that staff can set.
pub const MAX_CAP: i64 = 1_000;

/// What a channel is for an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Used each time.
    Always,
    /// Used where none of the channels before it can be (A15).
    StandIn,
    /// Used by those who ask for it.
    Offered,
}

impl Need {
    /// The word on pages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Always => "必发",
            Self::StandIn => "备用",
            Self::Offered => "可选",
        }
    }
}

/// How an event goes out on a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// What the channel is for the event.
    pub need: Need,
    /// The person cannot switch it off.
    pub mandatory: bool,
    /// Messages to one person in a day in Beijing.
    pub daily_cap: i64,
    /// Staff left it on.
    pub enabled: bool,
}

/// Which sends leave first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Someone waits for it at this moment, or must act at once; at night too.
    Urgent,
    /// News.
    Normal,
    /// To many at once.
    Bulk,
}

impl Priority {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 3] = [Self::Urgent, Self::Normal, Self::Bulk];

    /// The number in SQL.
    pub fn number(self) -> i64 {
        match self {
            Self::Urgent => 0,
            Self::Normal => 1,
            Self::Bulk => 2,
        }
    }

    /// Of the number in SQL.
    pub fn of_number(number: i64) -> Self {
        match number {
            ..=0 => Self::Urgent,
            1 => Self::Normal,
            2.. => Self::Bulk,
        }
    }
}

impl Event {
    /// How soon it has to leave.
    pub fn priority(self) -> Priority {
        match self {
            Self::Code
            | Self::PasswordLink
            | Self::GuestInvited
            | Self::NewDevice
            | Self::MobileChanged
            | Self::EmailLink
            | Self::BindingReset => Priority::Urgent,
            Self::JoinRequested
            | Self::JoinDecided
            | Self::CompanyReviewed
            | Self::ClaimDecided
            | Self::RecertificationDecided
            | Self::SchoolJoinDecided
            | Self::ReviewOverdue
            | Self::AccountCancellation
            | Self::IdentityDecided
            | Self::ComplaintAnswered
            | Self::BanAppealDecided => Priority::Normal,
        }
    }
}

/// The built-in rule; none: the event does not use the channel.
///
/// Results of reviews go to the official account, and to the telephone or the mailbox where there
/// is no way to WeChat (A15). What holds a code or a one-time link goes to the telephone alone,
/// because WeChat's templates carry neither.
pub fn built_in(event: Event, channel: Channel) -> Option<Rule> {
    use Need::{Always, Offered, StandIn};
    let (wechat, sms, email) = match event {
        Event::JoinRequested => (
            Some(rule(Always, false, 20)),
            None,
            Some(rule(StandIn, false, 20)),
        ),
        Event::JoinDecided
        | Event::CompanyReviewed
        | Event::ClaimDecided
        | Event::RecertificationDecided
        | Event::IdentityDecided => (
            Some(rule(Always, true, 10)),
            Some(rule(StandIn, true, 5)),
            Some(rule(StandIn, true, 10)),
        ),
        Event::SchoolJoinDecided => (
            Some(rule(Always, true, 30)),
            Some(rule(StandIn, false, 10)),
            Some(rule(StandIn, true, 30)),
        ),
        Event::ReviewOverdue => (
            Some(rule(Always, false, 20)),
            None,
            Some(rule(Always, true, 20)),
        ),
        Event::AccountCancellation => (
            Some(rule(Always, true, 5)),
            Some(rule(Always, true, 5)),
            Some(rule(StandIn, true, 5)),
        ),
        Event::NewDevice => (
            Some(rule(Always, true, 10)),
            Some(rule(StandIn, false, 5)),
            Some(rule(Offered, false, 10)),
        ),
        // The old number gets an SMS of its own, whatever stands here.
        Event::MobileChanged => (
            Some(rule(Always, true, 5)),
            Some(rule(StandIn, true, 5)),
            Some(rule(Always, true, 5)),
        ),
        Event::ComplaintAnswered | Event::BanAppealDecided => (
            Some(rule(Always, false, 10)),
            Some(rule(StandIn, false, 5)),
            Some(rule(StandIn, true, 10)),
        ),
        Event::PasswordLink | Event::GuestInvited => (
            None,
            Some(rule(Always, true, 5)),
            Some(rule(StandIn, true, 5)),
        ),
        Event::Code | Event::BindingReset => (None, Some(rule(Always, true, 10)), None),
        Event::EmailLink => (None, None, Some(rule(Always, true, 10))),
    };
    match channel {
        Channel::Site => None,
        Channel::Wechat => wechat,
        Channel::Sms => sms,
        Channel::Email => email,
    }
}

fn rule(need: Need, mandatory: bool, daily_cap: i64) -> Rule {
    Rule {
        need,
        mandatory,
        daily_cap,
        enabled: true,
    }
}

/// Without it nobody could register or come back in: staff cannot switch it off.
pub fn is_indispensable(event: Event, channel: Channel) -> bool {
    channel == Channel::Sms && event.secrets().next().is_some()
}

/// What staff changed of one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// It is on.
    pub enabled: bool,
    /// Messages to one person in a day in Beijing.
    pub daily_cap: i64,
    /// Counts the changes.
    pub version: i64,
}

/// The rules as staff left them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules(BTreeMap<(Event, Channel), Change>);

impl Rules {
    /// What staff changed.
    pub fn new(changes: impl IntoIterator<Item = ((Event, Channel), Change)>) -> Self {
        Self(changes.into_iter().collect())
    }

    /// The rule of an event on a channel; none: it does not use it.
    pub fn of(&self, event: Event, channel: Channel) -> Option<Rule> {
        let rule = built_in(event, channel)?;
        Some(match self.change(event, channel) {
            None => rule,
            Some(change) => Rule {
                enabled: change.enabled || is_indispensable(event, channel),
                daily_cap: change.daily_cap,
                ..rule
            },
        })
    }

    /// What staff changed of one rule.
    pub fn change(&self, event: Event, channel: Channel) -> Option<Change> {
        self.0.get(&(event, channel)).copied()
    }
}

/// The earliest moment from `at_ms` on at which a message may leave.
pub fn earliest(channel: Channel, priority: Priority, at_ms: i64) -> i64 {
    if channel != Channel::Sms || priority == Priority::Urgent {
        return at_ms;
    }
    let today = beijing::date_at(at_ms);
    let morning = beijing::ms_at(today, QUIET_UNTIL_HOUR);
    let night = beijing::ms_at(today, QUIET_FROM_HOUR);
    if at_ms < morning {
        morning
    } else if at_ms >= night {
        let midnight = beijing::ms_at(today, 24);
        beijing::ms_at(beijing::date_at(midnight), QUIET_UNTIL_HOUR)
    } else {
        at_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-25, 00:00 in Beijing.
    const MIDNIGHT: i64 = 1_795_536_000_000;
    const HOUR: i64 = 3_600_000;

    #[test]
    fn news_by_sms_waits_for_the_morning() {
        let news = |at| earliest(Channel::Sms, Priority::Normal, at);
        let morning = MIDNIGHT + 8 * HOUR;
        for (at, expected) in [
            (MIDNIGHT, morning),
            (MIDNIGHT + 3 * HOUR, morning),
            (morning - 1, morning),
            (morning, morning),
            (MIDNIGHT + 12 * HOUR, MIDNIGHT + 12 * HOUR),
            (MIDNIGHT + 22 * HOUR - 1, MIDNIGHT + 22 * HOUR - 1),
            (MIDNIGHT + 22 * HOUR, morning + 24 * HOUR),
            (MIDNIGHT + 24 * HOUR - 1, morning + 24 * HOUR),
        ] {
            assert_eq!(news(at), expected, "{at}");
        }
    }

    #[test]
    fn codes_other_channels_and_bulk_keep_their_hours() {
        let night = MIDNIGHT + 3 * HOUR;
        assert_eq!(earliest(Channel::Sms, Priority::Urgent, night), night);
        assert_eq!(earliest(Channel::Wechat, Priority::Normal, night), night);
        assert_eq!(earliest(Channel::Email, Priority::Bulk, night), night);
        assert!(earliest(Channel::Sms, Priority::Bulk, night) > night);
    }

    #[test]
    fn every_event_can_leave_the_site_and_a_stand_in_has_someone_to_stand_in_for() {
        for event in Event::ALL {
            let rules: Vec<_> = Channel::OUTSIDE
                .into_iter()
                .filter_map(|channel| built_in(event, channel))
                .collect();
            assert!(!rules.is_empty(), "{event}");
            assert_eq!(rules[0].need, Need::Always, "{event}");
            for rule in rules {
                assert!(rule.enabled && (1..=TOTAL_CAP).contains(&rule.daily_cap));
                assert!(!(rule.mandatory && rule.need == Need::Offered), "{event}");
            }
            assert_eq!(built_in(event, Channel::Site), None);
        }
    }

    #[test]
    fn what_staff_changed_lies_over_the_built_in_rule() {
        let off = |version| Change {
            enabled: false,
            daily_cap: 3,
            version,
        };
        let rules = Rules::new([
            ((Event::JoinDecided, Channel::Sms), off(1)),
            ((Event::Code, Channel::Sms), off(2)),
            ((Event::Code, Channel::Wechat), off(3)),
        ]);
        let changed = rules.of(Event::JoinDecided, Channel::Sms).unwrap();
        assert_eq!((changed.enabled, changed.daily_cap), (false, 3));
        assert!(changed.mandatory);
        let code = rules.of(Event::Code, Channel::Sms).unwrap();
        assert_eq!((code.enabled, code.daily_cap), (true, 3), "codes stay on");
        assert_eq!(rules.of(Event::Code, Channel::Wechat), None);
        assert_eq!(
            rules.of(Event::NewDevice, Channel::Sms),
            built_in(Event::NewDevice, Channel::Sms)
        );
    }

    #[test]
    fn priorities_have_their_numbers() {
        for priority in Priority::ALL {
            assert_eq!(Priority::of_number(priority.number()), priority);
        }
    }
}
