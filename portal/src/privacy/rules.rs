//! What a consent is for, and what a company sees of a student. No web, no database.

base::words! {
    /// What a consent is for.
    pub enum Purpose: "purpose of a consent" {
        /// The company reads the résumé.
        Resume = "resume",
        /// The company sees mobile number and e-mail address.
        Contact = "contact",
        /// At one fair, the companies to which he applies, or whose invitation he takes, read the
        /// résumé.
        Fair = "fair",
    }
}

impl Purpose {
    /// The words on pages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Resume => "查看简历",
            Self::Contact => "查看手机号和邮箱",
            Self::Fair => "向会上申请的企业出示简历",
        }
    }
}

/// The newest consent of a student for one company and purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Last {
    /// When it was given, ms since 1970.
    pub given_ms: i64,
    /// When it was withdrawn or expired, ms since 1970.
    pub withdrawn_ms: Option<i64>,
}

impl Last {
    /// It holds.
    pub fn holds(self) -> bool {
        self.withdrawn_ms.is_none()
    }
}

/// How much of a résumé a company sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Everything but contact data, which have a consent of their own.
    Full,
    /// Without the name and whatever could lead to the person.
    Masked,
    /// Nothing.
    Hidden,
}

/// What a company sees through one queue entry.
///
/// `agreed_ms`: when the student applied, or took the invitation; `None`: he has only been
/// invited. An application after a withdrawal agrees anew; a shield is stronger than both, so
/// applying lifts none. Who was invited and has not answered is seen masked, if his résumé is
/// `open` to companies that have joined.
pub fn sight(shielded: bool, agreed_ms: Option<i64>, last: Option<Last>, open: bool) -> Sight {
    if shielded {
        return Sight::Hidden;
    }
    match (agreed_ms, last) {
        (_, Some(last)) if last.holds() => Sight::Full,
        (Some(agreed), Some(last)) if last.withdrawn_ms.is_some_and(|at| at >= agreed) => {
            Sight::Hidden
        }
        (Some(_), _) => Sight::Full,
        (None, Some(_)) => Sight::Hidden,
        (None, None) if open => Sight::Masked,
        (None, None) => Sight::Hidden,
    }
}

/// The moment `months` (of 30.4 days) before `now_ms`.
pub fn months_before(now_ms: i64, months: u32) -> i64 {
    const MONTH_MS: i64 = 2_629_746_000;
    now_ms - i64::from(months) * MONTH_MS
}

/// A run of so many digits is taken for a number by which someone could be reached.
const DIGITS: usize = 7;

/// A text without the person's name, long numbers and mail addresses.
pub fn masked(text: &str, name: &str) -> String {
    let mut out = if name.is_empty() {
        text.to_owned()
    } else {
        text.replace(name, &formats::text::masked_name(name))
    };
    if out.contains('@') {
        out = out
            .split_inclusive(|c: char| c.is_whitespace() || "，。；、：（）".contains(c))
            .map(|part| {
                if part.contains('@') {
                    "***".to_owned()
                } else {
                    part.to_owned()
                }
            })
            .collect();
    }
    masked_numbers(&out)
}

fn masked_numbers(text: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    for c in text.chars().chain(['\0']) {
        let inside = c.is_ascii_digit() || (!run.is_empty() && matches!(c, '-' | ' '));
        if inside {
            run.push(c);
            continue;
        }
        let digits = run.chars().filter(char::is_ascii_digit).count();
        if digits >= DIGITS {
            out.push_str("***");
        } else {
            out.push_str(&run);
        }
        run.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(given_ms: i64, withdrawn_ms: Option<i64>) -> Option<Last> {
        Some(Last {
            given_ms,
            withdrawn_ms,
        })
    }

    #[test]
    fn a_withdrawal_hides_and_a_new_application_shows_again() {
        assert_eq!(sight(false, Some(10), None, false), Sight::Full);
        assert_eq!(sight(false, Some(10), last(10, None), false), Sight::Full);
        let withdrawn = last(10, Some(20));
        assert_eq!(sight(false, Some(10), withdrawn, true), Sight::Hidden);
        assert_eq!(sight(false, Some(30), withdrawn, true), Sight::Full);
        assert_eq!(sight(false, None, withdrawn, true), Sight::Hidden);
    }

    #[test]
    fn an_invitation_alone_shows_no_name_and_a_shield_shows_nothing() {
        assert_eq!(sight(false, None, None, true), Sight::Masked);
        assert_eq!(sight(false, None, None, false), Sight::Hidden);
        for agreed in [None, Some(10)] {
            for last in [None, last(5, None)] {
                assert_eq!(sight(true, agreed, last, true), Sight::Hidden);
            }
        }
    }

    #[test]
    fn a_masked_text_leads_to_nobody() {
        let text = "我是陈思远，电话 138-0013-8000，邮箱 a@b.example；2025 年获奖 3 次";
        assert_eq!(
            masked(text, "陈思远"),
            "我是陈**，电话 ***，邮箱 ***2025 年获奖 3 次"
        );
        assert_eq!(masked("", ""), "");
    }
}
