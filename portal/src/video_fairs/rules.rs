//! Where a fair stands in time.

/// A fair against the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FairTime {
    /// Not begun.
    Upcoming,
    /// Running.
    Running,
    /// Over by its plan; the live side may have extended it.
    Over,
}

impl FairTime {
    /// Of a fair from `starts_ms` to `ends_ms`.
    pub fn of(starts_ms: i64, ends_ms: i64, now_ms: i64) -> Self {
        if now_ms < starts_ms {
            Self::Upcoming
        } else if now_ms < ends_ms {
            Self::Running
        } else {
            Self::Over
        }
    }

    /// The word on pages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Upcoming => "未开始",
            Self::Running => "进行中",
            Self::Over => "已结束",
        }
    }
}

/// Beijing time as `11-22 09:30`, for pages. China has one time zone and no summer time.
pub fn beijing(ms: i64) -> String {
    const OFFSET_S: i64 = 8 * 3600;
    let at = time::OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000) + OFFSET_S)
        .unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    format!(
        "{:02}-{:02} {:02}:{:02}",
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fair_begins_and_ends() {
        assert_eq!(FairTime::of(10, 20, 9), FairTime::Upcoming);
        assert_eq!(FairTime::of(10, 20, 10), FairTime::Running);
        assert_eq!(FairTime::of(10, 20, 20), FairTime::Over);
    }

    #[test]
    fn times_are_beijings() {
        assert_eq!(beijing(0), "01-01 08:00");
        assert_eq!(beijing(1_795_305_600_000), "11-22 08:00");
    }
}
