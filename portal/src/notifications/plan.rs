//! Which channels a message goes out on, for one person. No database, no web.

use std::collections::BTreeMap;

use super::channel::Channel;
use super::events::Event;
use super::rules::{Need, Rules};

/// What a person switched on or off.
pub type Settings = BTreeMap<(Event, Channel), bool>;

/// How a person can be reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reach {
    /// WeChat is bound.
    pub bound: bool,
    /// He still follows the official account.
    pub follows: bool,
    /// A mobile number is known.
    pub mobile: bool,
    /// An e-mail address is known.
    pub email: bool,
}

/// Channels that the operator has set up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SetUp {
    /// The official account.
    pub wechat: bool,
    /// A provider of SMS.
    pub sms: bool,
    /// A mail relay.
    pub email: bool,
}

/// Why nothing goes out on a channel; the word in the column `error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The operator has not set the channel up.
    NotConfigured,
    /// Staff switched the rule off.
    RuleOff,
    /// The person switched it off.
    PersonOff,
    /// WeChat is not bound.
    NotBound,
    /// He does not follow the official account any more.
    NotFollowing,
    /// No mobile number is known.
    NoMobile,
    /// No e-mail address is known.
    NoEmail,
    /// The provider's template has no id here.
    NoTemplate,
    /// The person has had enough for today.
    OverCap,
}

impl Why {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::NotConfigured,
        Self::RuleOff,
        Self::PersonOff,
        Self::NotBound,
        Self::NotFollowing,
        Self::NoMobile,
        Self::NoEmail,
        Self::NoTemplate,
        Self::OverCap,
    ];

    /// The word in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotConfigured => "not_configured",
            Self::RuleOff => "rule_off",
            Self::PersonOff => "person_off",
            Self::NotBound => "not_bound",
            Self::NotFollowing => "not_following",
            Self::NoMobile => "no_mobile",
            Self::NoEmail => "no_email",
            Self::NoTemplate => "no_template",
            Self::OverCap => "over_cap",
        }
    }

    /// For staff.
    pub fn zh(self) -> &'static str {
        match self {
            Self::NotConfigured => "该渠道尚未由运维配置",
            Self::RuleOff => "规则已停用",
            Self::PersonOff => "本人已关闭",
            Self::NotBound => "未绑定微信",
            Self::NotFollowing => "已取消关注公众号",
            Self::NoMobile => "没有手机号",
            Self::NoEmail => "没有邮箱",
            Self::NoTemplate => "未填写模板编号",
            Self::OverCap => "当天已达上限",
        }
    }
}

/// What is done on a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It is sent.
    Send,
    /// It is not, because of how things are set; that is written down.
    Off(Why),
    /// There is no way to the person; that is written down.
    Unreachable(Why),
}

/// All that a plan depends on.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The rules.
    pub rules: &'a Rules,
    /// What is set up.
    pub set_up: SetUp,
    /// How the person can be reached.
    pub reach: Reach,
    /// What he switched on or off.
    pub settings: &'a Settings,
}

/// What is done with `event` on which channels. A channel that stands in is left out while one
/// before it can be used, and one that is only offered while nobody asked for it.
pub fn plan(event: Event, here: &Circumstances<'_>) -> Vec<(Channel, Decision)> {
    walk(event, here, &Channel::OUTSIDE, |_| true)
}

/// What is done after sending on `channel` came to nothing: the channels behind it that stand in.
pub fn stand_in(
    event: Event,
    channel: Channel,
    here: &Circumstances<'_>,
) -> Vec<(Channel, Decision)> {
    let at = Channel::OUTSIDE.iter().position(|c| *c == channel);
    let behind = at.map_or(&[][..], |at| &Channel::OUTSIDE[at + 1..]);
    walk(event, here, behind, |need| need == Need::StandIn)
}

fn walk(
    event: Event,
    here: &Circumstances<'_>,
    channels: &[Channel],
    counts: impl Fn(Need) -> bool,
) -> Vec<(Channel, Decision)> {
    let mut planned: Vec<(Channel, Decision)> = Vec::new();
    for channel in channels {
        let Some(rule) = here.rules.of(event, *channel) else {
            continue;
        };
        let on_its_way = planned.iter().any(|(_, done)| *done == Decision::Send);
        if !counts(rule.need) || (rule.need == Need::StandIn && on_its_way) {
            continue;
        }
        let asked = here.settings.get(&(event, *channel)).copied();
        if rule.need == Need::Offered && asked != Some(true) {
            continue;
        }
        let decision = if !rule.enabled {
            Decision::Off(Why::RuleOff)
        } else if asked == Some(false) && !rule.mandatory {
            Decision::Off(Why::PersonOff)
        } else if !here.set_up.has(*channel) {
            Decision::Off(Why::NotConfigured)
        } else {
            here.reach.on(*channel)
        };
        planned.push((*channel, decision));
    }
    planned
}

impl SetUp {
    /// Is the channel set up?
    pub fn has(self, channel: Channel) -> bool {
        match channel {
            Channel::Site => true,
            Channel::Wechat => self.wechat,
            Channel::Sms => self.sms,
            Channel::Email => self.email,
        }
    }
}

impl Reach {
    fn on(self, channel: Channel) -> Decision {
        let (there, why) = match channel {
            Channel::Site => (true, Why::NotConfigured),
            Channel::Wechat if !self.bound => (false, Why::NotBound),
            Channel::Wechat => (self.follows, Why::NotFollowing),
            Channel::Sms => (self.mobile, Why::NoMobile),
            Channel::Email => (self.email, Why::NoEmail),
        };
        if there {
            Decision::Send
        } else {
            Decision::Unreachable(why)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notifications::rules::{self, Change};

    const ALL: SetUp = SetUp {
        wechat: true,
        sms: true,
        email: true,
    };
    const EVERYWHERE: Reach = Reach {
        bound: true,
        follows: true,
        mobile: true,
        email: true,
    };

    struct Case {
        rules: Rules,
        set_up: SetUp,
        reach: Reach,
        settings: Settings,
    }

    impl Default for Case {
        fn default() -> Self {
            Self {
                rules: Rules::default(),
                set_up: ALL,
                reach: EVERYWHERE,
                settings: Settings::new(),
            }
        }
    }

    impl Case {
        fn here(&self) -> Circumstances<'_> {
            Circumstances {
                rules: &self.rules,
                set_up: self.set_up,
                reach: self.reach,
                settings: &self.settings,
            }
        }

        fn plan(&self, event: Event) -> Vec<(Channel, Decision)> {
            plan(event, &self.here())
        }
    }

    #[test]
    fn a_result_goes_to_wechat_alone_where_it_can() {
        let plan = Case::default().plan(Event::CompanyReviewed);
        assert_eq!(plan, [(Channel::Wechat, Decision::Send)]);
    }

    #[test]
    fn without_wechat_the_telephone_stands_in_and_without_both_the_mailbox() {
        let unbound = Case {
            reach: Reach {
                bound: false,
                ..EVERYWHERE
            },
            ..Case::default()
        };
        assert_eq!(
            unbound.plan(Event::CompanyReviewed),
            [
                (Channel::Wechat, Decision::Unreachable(Why::NotBound)),
                (Channel::Sms, Decision::Send)
            ]
        );
        let mail_alone = Case {
            reach: Reach {
                email: true,
                ..Reach::default()
            },
            set_up: SetUp {
                wechat: false,
                ..ALL
            },
            ..Case::default()
        };
        assert_eq!(
            mail_alone.plan(Event::CompanyReviewed),
            [
                (Channel::Wechat, Decision::Off(Why::NotConfigured)),
                (Channel::Sms, Decision::Unreachable(Why::NoMobile)),
                (Channel::Email, Decision::Send)
            ]
        );
    }

    #[test]
    fn what_is_mandatory_cannot_be_switched_off() {
        for event in Event::ALL {
            for channel in Channel::OUTSIDE {
                let case = Case {
                    settings: Settings::from([((event, channel), false)]),
                    ..Case::default()
                };
                let off = case
                    .plan(event)
                    .contains(&(channel, Decision::Off(Why::PersonOff)));
                let may = rules::built_in(event, channel)
                    .is_some_and(|rule| !rule.mandatory && rule.need == Need::Always);
                assert_eq!(off, may, "{event} {channel}");
            }
        }
    }

    #[test]
    fn what_the_person_switched_off_lets_another_channel_stand_in() {
        let case = Case {
            settings: Settings::from([((Event::JoinRequested, Channel::Wechat), false)]),
            ..Case::default()
        };
        assert_eq!(
            case.plan(Event::JoinRequested),
            [
                (Channel::Wechat, Decision::Off(Why::PersonOff)),
                (Channel::Email, Decision::Send)
            ]
        );
    }

    #[test]
    fn what_is_offered_goes_to_those_who_asked() {
        let asked = Case {
            settings: Settings::from([((Event::NewDevice, Channel::Email), true)]),
            ..Case::default()
        };
        let mails = |case: &Case| {
            let plan = case.plan(Event::NewDevice);
            plan.contains(&(Channel::Email, Decision::Send))
        };
        assert!(mails(&asked) && !mails(&Case::default()));
    }

    #[test]
    fn a_rule_that_staff_switched_off_is_off_for_all() {
        let off = Change {
            enabled: false,
            daily_cap: 1,
            version: 1,
        };
        let case = Case {
            rules: Rules::new([((Event::CompanyReviewed, Channel::Wechat), off)]),
            ..Case::default()
        };
        assert_eq!(
            case.plan(Event::CompanyReviewed),
            [
                (Channel::Wechat, Decision::Off(Why::RuleOff)),
                (Channel::Sms, Decision::Send)
            ]
        );
    }

    #[test]
    fn after_a_failure_the_next_one_that_stands_in_is_used() {
        let case = Case::default();
        let after = |channel| stand_in(Event::CompanyReviewed, channel, &case.here());
        assert_eq!(after(Channel::Wechat), [(Channel::Sms, Decision::Send)]);
        assert_eq!(after(Channel::Sms), [(Channel::Email, Decision::Send)]);
        assert_eq!(after(Channel::Email), []);
        let always = stand_in(Event::AccountCancellation, Channel::Wechat, &case.here());
        assert_eq!(
            always,
            [(Channel::Email, Decision::Send)],
            "SMS goes out anyway"
        );
    }

    #[test]
    fn nothing_set_up_is_written_down_for_each_channel() {
        let case = Case {
            set_up: SetUp::default(),
            ..Case::default()
        };
        for event in Event::ALL {
            let plan = case.plan(event);
            assert!(!plan.is_empty(), "{event}");
            assert!(
                plan.iter()
                    .all(|(_, d)| *d == Decision::Off(Why::NotConfigured))
            );
        }
    }
}
