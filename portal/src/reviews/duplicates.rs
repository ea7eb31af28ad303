//! Companies that may be the same one (P1): same code, same name, or names that are nearly alike.
//! No database.

use formats::regions;
use formats::text::name_key;

/// How a company is like another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// Their codes are the same, or one is part of the other.
    SameCode,
    /// Their names are the same but for brackets, width, case and spaces.
    SameName,
    /// Their names are nearly alike.
    SimilarName,
}

impl Likeness {
    /// The words on pages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::SameCode => "代码相同",
            Self::SameName => "名称相同",
            Self::SimilarName => "名称相近",
        }
    }
}

/// Most letters that differ between names that are nearly alike.
const MOST_DIFFERENT: usize = 2;
/// A shorter name must be the same to count as alike.
const SHORTEST: usize = 4;

/// What companies of many names are called; it tells nothing apart.
const TAILS: [&str; 8] = [
    "(示例)",
    "有限责任公司",
    "股份有限公司",
    "有限公司",
    "分公司",
    "集团",
    "股份",
    "公司",
];

/// The part of a name that tells companies apart: without brackets and width, without the place
/// at its beginning and the legal form at its end.
pub fn core(name: &str) -> String {
    let key = name_key(name);
    let mut core = key.as_str();
    while let Some(rest) = TAILS.iter().find_map(|tail| core.strip_suffix(tail)) {
        core = rest;
    }
    let core = without_place(without_place(core));
    if core.is_empty() {
        key
    } else {
        core.to_owned()
    }
}

/// A name without the province or city at its beginning.
fn without_place(name: &str) -> &str {
    let provinces = regions::provinces().iter();
    let provinces = provinces.flat_map(|province| [province.name, province.short]);
    let cities = regions::cities().flat_map(|city| [city.name, city.short()]);
    provinces
        .chain(cities)
        .filter_map(|place| name.strip_prefix(place))
        .filter(|rest| rest.chars().count() >= MOST_DIFFERENT)
        .min_by_key(|rest| rest.len())
        .unwrap_or(name)
}

/// How one company is like another, by name and code. Codes may be empty.
pub fn likeness(mine: (&str, &str), other: (&str, &str)) -> Option<Likeness> {
    if same_code(mine.1, other.1) {
        return Some(Likeness::SameCode);
    }
    if name_key(mine.0) == name_key(other.0) {
        return Some(Likeness::SameName);
    }
    let (one, two) = (core(mine.0), core(other.0));
    let short = one.chars().count().min(two.chars().count()) < SHORTEST;
    let alike = if short {
        one == two
    } else {
        distance(&one, &two) <= MOST_DIFFERENT
    };
    alike.then_some(Likeness::SimilarName)
}

/// An 18-digit code holds the 9-digit one in its characters 9 to 17.
fn same_code(one: &str, two: &str) -> bool {
    fn part(code: &str) -> &str {
        if code.len() == 18 {
            code.get(8..17).unwrap_or(code)
        } else {
            code
        }
    }
    !one.is_empty() && !two.is_empty() && part(one) == part(two)
}

/// How many letters must be put in, taken out or changed to make one text of the other
/// (Levenshtein).
fn distance(one: &str, two: &str) -> usize {
    let two: Vec<char> = two.chars().collect();
    let mut row: Vec<usize> = (0..=two.len()).collect();
    for (i, a) in (1..).zip(one.chars()) {
        let mut corner = std::mem::replace(&mut row[0], i);
        for (j, b) in (1..).zip(&two) {
            let change = corner + usize::from(a != *b);
            corner = row[j];
            row[j] = change.min(row[j] + 1).min(row[j - 1] + 1);
        }
    }
    row[two.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn place_and_legal_form_tell_nothing_apart() {
        for (name, expected) in [
            ("湖南省长沙市澄源半导体（示例）有限公司", "澄源半导体"),
            ("湖南长沙澄源半导体股份有限公司", "澄源半导体"),
            ("澄源半导体集团有限责任公司", "澄源半导体"),
            ("北京", "北京"),
            ("有限公司", "有限公司"),
        ] {
            assert_eq!(core(name), expected, "{name}");
        }
    }

    #[test]
    fn companies_are_alike_by_code_name_or_nearly() {
        let mine = ("长沙澄源半导体有限公司", "91430100MA4L101010");
        for (other, expected) in [
            (("另一家", "91430100MA4L101010"), Some(Likeness::SameCode)),
            (("另一家", "MA4L10101"), Some(Likeness::SameCode)),
            (("长沙 澄源半导体有限公司", ""), Some(Likeness::SameName)),
            (("湖南澄源半导体有限公司", ""), Some(Likeness::SimilarName)),
            (("澄原半导体（示例）", ""), Some(Likeness::SimilarName)),
            (("禾木生物（示例）", ""), None),
        ] {
            assert_eq!(likeness(mine, other), expected, "{other:?}");
        }
        assert_eq!(
            likeness(("禾木", ""), ("禾本", "")),
            None,
            "too short to be alike"
        );
    }

    proptest! {
        #[test]
        fn no_name_panics(one in "\\PC{0,12}", two in "\\PC{0,12}") {
            likeness((&one, ""), (&two, "x"));
            prop_assert_eq!(distance(&one, &two), distance(&two, &one));
            prop_assert_eq!(distance(&one, &one), 0);
        }
    }
}
