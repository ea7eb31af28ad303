//! What a complaint may be, and how it goes on. No web, no database.

/// The longest complaint, answer and appeal, in characters.
pub const TEXT_CHARS: usize = 2_000;
/// The longest reason of a ban, in characters.
pub const REASON_CHARS: usize = 500;
/// Files as evidence of one complaint.
pub const EVIDENCE: usize = 3;
/// Complaints that one person may file in 24 hours.
pub const A_DAY: i64 = 10;
/// Working days until it is answered.
pub const DUE_WORKING_DAYS: u32 = 2;
/// An appeal may be filed so long after the decision, ms.
pub const APPEAL_MS: i64 = 15 * 86_400_000;

/// What a complaint is about: code and words.
pub const CATEGORIES: [(&str, &str); 7] = [
    ("fraud", "虚假招聘、冒名招聘"),
    ("money", "收取费用、押金，培训贷"),
    ("bias", "歧视性内容"),
    ("conduct", "面试中言行不当、骚扰"),
    ("privacy", "泄露或滥用个人信息"),
    ("unlawful", "违法违规内容"),
    ("other", "其他"),
];

/// Codes and words as the options of a form.
pub fn options(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter()
        .map(|(code, zh)| ((*code).to_owned(), (*zh).to_owned()))
        .collect()
}

/// The words of a category.
pub fn category_zh(code: &str) -> &'static str {
    CATEGORIES
        .iter()
        .find(|(known, _)| *known == code)
        .map_or("其他", |(_, zh)| zh)
}

base::words! {
    /// Where a complaint stands.
    pub enum Status: "status of a complaint" {
        /// Filed.
        Open = "open",
        /// Someone works on it.
        Handling = "handling",
        /// Decided for the complainer.
        Upheld = "upheld",
        /// Decided against him.
        Dismissed = "dismissed",
        /// Someone appealed against the decision.
        Appealed = "appealed",
        /// Decided after the appeal: final.
        Closed = "closed",
    }
}

/// How it was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// 成立.
    Upheld,
    /// 不成立.
    Dismissed,
}

/// What happens to a complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Someone of the support takes it.
    Take,
    /// It is decided.
    Decide(Outcome),
    /// One of the two sides appeals.
    Appeal,
}

impl Status {
    /// The word on pages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Open => "待处理",
            Self::Handling => "处理中",
            Self::Upheld => "成立",
            Self::Dismissed => "不成立",
            Self::Appealed => "申诉中",
            Self::Closed => "已办结",
        }
    }

    /// Its tag's colour.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Open | Self::Appealed => "warn",
            Self::Handling => "info",
            Self::Upheld => "ok",
            Self::Dismissed | Self::Closed => "quiet",
        }
    }

    /// Where it stands after `event`; `None`: not now.
    ///
    /// | | take | decide | appeal |
    /// |---|---|---|---|
    /// | open | handling | upheld, dismissed | – |
    /// | handling | – | upheld, dismissed | – |
    /// | upheld, dismissed | – | – | appealed |
    /// | appealed | – | closed | – |
    /// | closed | – | – | – |
    pub fn on(self, event: Event) -> Option<Self> {
        match (self, event) {
            (Self::Open, Event::Take) => Some(Self::Handling),
            (Self::Open | Self::Handling, Event::Decide(Outcome::Upheld)) => Some(Self::Upheld),
            (Self::Open | Self::Handling, Event::Decide(Outcome::Dismissed)) => {
                Some(Self::Dismissed)
            }
            (Self::Upheld | Self::Dismissed, Event::Appeal) => Some(Self::Appealed),
            (Self::Appealed, Event::Decide(_)) => Some(Self::Closed),
            (Self::Open | Self::Handling | Self::Closed, Event::Appeal)
            | (Self::Appealed, Event::Appeal | Event::Take)
            | (Self::Handling | Self::Closed, Event::Take)
            | (Self::Upheld | Self::Dismissed, Event::Take | Event::Decide(_))
            | (Self::Closed, Event::Decide(_)) => None,
        }
    }
}

impl Outcome {
    /// The word in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upheld => "upheld",
            Self::Dismissed => "dismissed",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "upheld" => Some(Self::Upheld),
            "dismissed" => Some(Self::Dismissed),
            _ => None,
        }
    }

    /// The word on pages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Upheld => "投诉成立",
            Self::Dismissed => "投诉不成立",
        }
    }
}

/// May one of the sides appeal? Once, within [`APPEAL_MS`] of the decision.
pub fn may_appeal(status: Status, decided_ms: Option<i64>, now_ms: i64) -> bool {
    status.on(Event::Appeal).is_some()
        && decided_ms.is_some_and(|decided| now_ms <= decided + APPEAL_MS)
}

/// Why a member of the support may not work on a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bar {
    /// He filed it, or it is about him.
    Side,
    /// He decided what is appealed against.
    FirstDecision,
}

impl Bar {
    /// The words for him.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Side => "你是这件投诉的一方，须由另一位同事处理。",
            Self::FirstDecision => "申诉针对你作出的决定，须由另一位同事复核。",
        }
    }
}

/// For how long a ban may be imposed: days (0: until it is lifted) and words.
pub const TERMS: [(&str, &str); 5] = [
    ("7", "7 天"),
    ("30", "30 天"),
    ("90", "90 天"),
    ("365", "1 年"),
    ("0", "无限期"),
];

/// When a ban of a term ends; `None` inside: not by itself. `None` outside: no such term.
pub fn until(term: &str, now_ms: i64) -> Option<Option<i64>> {
    let (days, _) = TERMS.iter().find(|(days, _)| *days == term)?;
    let days: i64 = days.parse().ok()?;
    Some((days > 0).then(|| now_ms + days * 86_400_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: [Event; 4] = [
        Event::Take,
        Event::Decide(Outcome::Upheld),
        Event::Decide(Outcome::Dismissed),
        Event::Appeal,
    ];

    #[test]
    fn whatever_happens_there_is_one_appeal_and_then_an_end() {
        // Every sequence of six events, by counting in base 4.
        for number in 0..4_usize.pow(6) {
            let (mut status, mut appeals) = (Status::Open, 0);
            let mut rest = number;
            for _ in 0..6 {
                let event = EVENTS[rest % 4];
                rest /= 4;
                if let Some(next) = status.on(event) {
                    appeals += usize::from(event == Event::Appeal);
                    status = next;
                }
            }
            assert!(appeals <= 1);
            if status == Status::Closed {
                assert_eq!(appeals, 1);
                assert!(EVENTS.iter().all(|event| status.on(*event).is_none()));
            }
        }
    }

    #[test]
    fn an_appeal_has_its_time() {
        assert!(may_appeal(Status::Upheld, Some(0), APPEAL_MS));
        assert!(!may_appeal(Status::Upheld, Some(0), APPEAL_MS + 1));
        assert!(!may_appeal(Status::Open, None, 0));
        assert!(!may_appeal(Status::Closed, Some(0), 0));
    }

    #[test]
    fn terms_end_or_do_not() {
        assert_eq!(until("7", 0), Some(Some(7 * 86_400_000)));
        assert_eq!(until("0", 0), Some(None));
        assert_eq!(until("8", 0), None);
    }
}
