//! 公民身份号码 (GB 11643-1999), 18 characters, and the cards that share its check digit:
//! 港澳台居民居住证 and 外国人永久居留身份证.
//!
//! The platform does not collect these numbers unless a law asks for it. A value is therefore
//! never serialized and shows itself masked, in logs too; [`ResidentId::expose`] is the one way to
//! the number.

use std::borrow::Cow;
use std::fmt;

use time::{Date, Month};

use crate::fault::{Fault, shown};
use crate::regions;
use crate::text::compact;

/// Length of a number.
pub const CHARS: usize = 18;

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// By the weighted sum modulo 11.
const CHECKS: &[u8; 11] = b"10X98765432";

/// A number in the right format with the right check digit.
#[derive(Clone, PartialEq, Eq)]
pub struct ResidentId {
    number: String,
    birth: Date,
}

/// Whose number it is, by its first digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A citizen of the mainland.
    Citizen,
    /// 港澳台居民居住证: 81, 82, 83.
    HongKongMacaoTaiwan,
    /// 外国人永久居留身份证 (the card of 2023): 9.
    Foreigner,
}

/// Why a text is no such number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdFault {
    /// Nothing is there.
    #[error("no number")]
    Empty,
    /// Not 18 characters.
    #[error("{0} characters")]
    Length(usize),
    /// Not a digit, nor an X at the end.
    #[error("character {place} is no digit")]
    Character {
        /// Counted from 1.
        place: usize,
        /// What stands there.
        found: char,
    },
    /// No province has these first two digits.
    #[error("no such province")]
    Province,
    /// There was no such day, or it is not within 1800 to 2099.
    #[error("no such day of birth")]
    Birth,
    /// The check digit is wrong.
    #[error("wrong check digit")]
    Check,
}

impl Fault for IdFault {
    fn zh(&self) -> Cow<'static, str> {
        match self {
            Self::Empty => "请填写身份证号码".into(),
            Self::Length(found) => format!("身份证号码应为 18 位，现在是 {found} 位").into(),
            Self::Character { place, found } => format!(
                "第 {place} 位“{}”有误：只能是数字，最后一位可以是 X",
                shown(*found)
            )
            .into(),
            Self::Province => "前两位不是省级行政区代码，请核对".into(),
            Self::Birth => "第 7 至 14 位不是有效的出生日期，请核对".into(),
            Self::Check => "校验位不符，请核对号码".into(),
        }
    }
}

impl ResidentId {
    /// Reads a number however it is typed: full width, a small x, spaces.
    ///
    /// # Errors
    /// Format, province, day of birth or check digit are wrong.
    pub fn parse(text: &str) -> Result<Self, IdFault> {
        let number = compact(text).to_ascii_uppercase();
        match number.chars().count() {
            0 => return Err(IdFault::Empty),
            CHARS => {}
            length => return Err(IdFault::Length(length)),
        }
        for (place, found) in (1..).zip(number.chars()) {
            let good = found.is_ascii_digit() || (place == CHARS && found == 'X');
            if !good {
                return Err(IdFault::Character { place, found });
            }
        }
        if !number.starts_with('9') && !known_region(&number) {
            return Err(IdFault::Province);
        }
        let birth = birth(&number).ok_or(IdFault::Birth)?;
        if number.as_bytes()[17] != check(number.as_bytes()) {
            return Err(IdFault::Check);
        }
        Ok(Self { number, birth })
    }

    /// The number itself. Never for a company, a log or a page of somebody else.
    pub fn expose(&self) -> &str {
        &self.number
    }

    /// The first three and the last two characters: `110*************2X`.
    pub fn masked(&self) -> String {
        format!(
            "{}{}{}",
            &self.number[..3],
            "*".repeat(13),
            &self.number[16..]
        )
    }

    /// Day of birth.
    pub fn birth(&self) -> Date {
        self.birth
    }

    /// Full years on `day`; 0 before the birth. Who is born on 29 February is a year older on
    /// 1 March.
    pub fn age_on(&self, day: Date) -> u32 {
        let years = day.year() - self.birth.year();
        let had_birthday =
            (u8::from(day.month()), day.day()) >= (u8::from(self.birth.month()), self.birth.day());
        u32::try_from(years - i32::from(!had_birthday)).unwrap_or(0)
    }

    /// Whether digit 17 is odd.
    pub fn is_male(&self) -> bool {
        self.number.as_bytes()[16] % 2 == 1
    }

    /// Whose number it is.
    pub fn holder(&self) -> Holder {
        match &self.number[..2] {
            "81" | "82" | "83" => Holder::HongKongMacaoTaiwan,
            pair if pair.starts_with('9') => Holder::Foreigner,
            _ => Holder::Citizen,
        }
    }
}

impl fmt::Debug for ResidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ResidentId").field(&self.masked()).finish()
    }
}

impl std::str::FromStr for ResidentId {
    type Err = IdFault;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// 83 stands for Taiwan on 港澳台居民居住证; GB/T 2260 has 71.
fn known_region(number: &str) -> bool {
    number.starts_with("83") || regions::province(&number[..2]).is_some()
}

fn birth(number: &str) -> Option<Date> {
    let year: i32 = number[6..10].parse().ok()?;
    let month: u8 = number[10..12].parse().ok()?;
    let day = number[12..14].parse().ok()?;
    if !(1800..=2099).contains(&year) {
        return None;
    }
    Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()
}

fn check(number: &[u8]) -> u8 {
    let sum: u32 = number
        .iter()
        .zip(WEIGHTS)
        .map(|(c, weight)| u32::from(c - b'0') * weight)
        .sum();
    CHECKS[(sum % 11) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::date;

    /// A made-up number with the right check digit.
    fn made_up(first17: &str) -> String {
        format!("{first17}{}", char::from(check(first17.as_bytes())))
    }

    #[test]
    fn the_samples_of_the_standard_are_good() {
        for (text, birth, male) in [
            ("11010519491231002X", date!(1949 - 12 - 31), false),
            ("440524188001010014", date!(1880 - 01 - 01), true),
            ("110101199003074514", date!(1990 - 03 - 07), true),
            ("110101199003070011", date!(1990 - 03 - 07), true),
            (" 110105 1949１２３１ 002x", date!(1949 - 12 - 31), false),
        ] {
            let id = ResidentId::parse(text).unwrap();
            assert_eq!((id.birth(), id.is_male()), (birth, male), "{text}");
            assert_eq!(id.holder(), Holder::Citizen);
        }
    }

    #[test]
    fn what_is_no_number_is_refused_with_its_cause() {
        let no_such_day = made_up("11010519490229002");
        let no_such_year = made_up("11010517991231002");
        let no_such_province = made_up("16010519491231002");
        for (text, fault) in [
            ("", IdFault::Empty),
            ("110105491231002", IdFault::Length(15)),
            (
                "1101051949123100XX",
                IdFault::Character {
                    place: 17,
                    found: 'X',
                },
            ),
            (
                "11010519491231002A",
                IdFault::Character {
                    place: 18,
                    found: 'A',
                },
            ),
            (
                "身10519491231002X11",
                IdFault::Character {
                    place: 1,
                    found: '身',
                },
            ),
            ("110105194912310021", IdFault::Check),
            (&no_such_province, IdFault::Province),
            ("010105194912310021", IdFault::Province),
            (&no_such_day, IdFault::Birth),
            (&no_such_year, IdFault::Birth),
        ] {
            assert_eq!(ResidentId::parse(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn other_cards_share_the_check_digit() {
        for (first17, holder) in [
            ("81000019900307001", Holder::HongKongMacaoTaiwan),
            ("83000019900307002", Holder::HongKongMacaoTaiwan),
            ("91115619900307001", Holder::Foreigner),
        ] {
            assert_eq!(
                ResidentId::parse(&made_up(first17)).unwrap().holder(),
                holder
            );
        }
    }

    #[test]
    fn a_number_shows_itself_masked() {
        let id = ResidentId::parse("11010519491231002X").unwrap();
        assert_eq!(format!("{id:?}"), r#"ResidentId("110*************2X")"#);
        assert_eq!(id.expose(), "11010519491231002X");
    }

    #[test]
    fn years_are_full_years() {
        let id = ResidentId::parse(&made_up("11010520080229001")).unwrap();
        for (day, age) in [
            (date!(2024 - 02 - 28), 15),
            (date!(2024 - 02 - 29), 16),
            (date!(2025 - 02 - 28), 16),
            (date!(2025 - 03 - 01), 17),
            (date!(2000 - 01 - 01), 0),
        ] {
            assert_eq!(id.age_on(day), age, "{day}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,24}|[1-8][0-9]{5}(19|20)[0-9]{9}[0-9X]") {
            if let Ok(id) = ResidentId::parse(&text) {
                prop_assert_eq!(ResidentId::parse(id.expose()), Ok(id));
            }
        }
    }
}
