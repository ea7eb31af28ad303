use proptest::prelude::*;

use super::*;

fn code(text: &str) -> CompanyCode {
    CompanyCode::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

fn bad(expected: char) -> Check {
    Check::Bad { expected }
}

/// Valid in both check digits.
const GOOD: &[&str] = &[
    "91110000802100433B",
    "9144030071526726XG",
    "91330100799655058B",
    "914403001922038216",
    "91110108551385082Q",
    "91100000100003962T",
    "91110108562144110X",
    "91110302562134916R",
    "12100000400000624D",
    "12100000400002259P",
    "12100000470095016Q",
    "91110000101623741K",
    "911101066976941872",
    "91350100M000100Y43",
    "91430100MA4L004760",
    "91430100MA4L00118Y",
];

const GOOD_ORG: &[&str] = &[
    "D2143569-X",
    "802100433",
    "71526726X",
    "799655058",
    "192203821",
    "400000624",
    "562144110",
];

#[test]
fn genuine_codes_are_good() {
    for text in GOOD {
        assert_eq!(code(text).check(), Check::Good, "{text}");
        assert_eq!(code(text).org_check(), Check::Good, "{text}");
        assert_eq!(code(text).remarks(), [], "{text}");
        assert!(!code(text).needs_licence(), "{text}");
    }
    for text in GOOD_ORG {
        assert_eq!(code(text).check(), Check::Good, "{text}");
        assert_eq!(code(text).remarks(), [Remark::OldCode], "{text}");
    }
}

#[test]
fn a_remainder_of_0_and_1_is_the_first_and_the_last_character() {
    for (text, last) in [
        ("91430100MA4L101010", '0'),
        ("91430100MA4L004760", '0'),
        ("91430100MA4L00118Y", 'Y'),
    ] {
        assert_eq!(code(text).check(), Check::Good, "{text}");
        assert!(code(text).as_str().ends_with(last));
    }
    assert_eq!(code("91430100MA4L101010").org_check(), bad('5'));
    assert_eq!(
        code("91430100MA4L101010").remarks(),
        [Remark::OrgCheckDigit]
    );
}

#[test]
fn a_wrong_check_digit_is_taken_with_a_remark() {
    for (text, expected) in [
        ("91430100MA4L10101C", '0'),
        ("91310115MA1H8R7C6D", '7'),
        // Reported as a genuine registration.
        ("91350211M0000XUF46", 'R'),
    ] {
        let code = code(text);
        assert_eq!(code.check(), bad(expected), "{text}");
        assert!(code.needs_licence());
        assert!(code.remarks().contains(&Remark::CheckDigit { expected }));
    }
    assert_eq!(code("91430100MA4L10101C").org_check(), bad('5'));
    assert_eq!(code("802100434").check(), bad('3'));
    assert_eq!(code("MA4L10101").check(), bad('5'));
}

#[test]
fn codes_are_read_however_they_are_typed() {
    for text in [
        " 9144030071526726xg ",
        "９１４４０３００７１５２６７２６ＸＧ",
        "914403 0071526726X　G",
        "91440300\u{200b}71526726XG",
    ] {
        assert_eq!(code(text).as_str(), "9144030071526726XG", "{text}");
    }
    for text in ["d2143569-x", "D2143569X", "D2143569－Ｘ", "D2143569—X"] {
        assert_eq!(code(text).as_str(), "D2143569X", "{text}");
        assert_eq!(code(text).printed(), "D2143569-X");
    }
}

#[test]
fn a_wrong_format_is_refused_with_its_place() {
    use CodeFault::{Empty, Length};
    let uscc = |place, found| CodeFault::Character {
        place,
        found,
        kind: Kind::Uscc,
    };
    let org = |place, found| CodeFault::Character {
        place,
        found,
        kind: Kind::Org,
    };
    for (text, fault) in [
        ("", Empty),
        (" － ", Empty),
        ("91110000802100433", Length(17)),
        ("91110000802100433BB", Length(19)),
        ("长沙市示例科技公司", org(1, '长')),
        ("9111000080210O433B", uscc(14, 'O')),
        ("I1110000802100433B", uscc(1, 'I')),
        ("911100A0802100433B", uscc(7, 'A')),
        ("91110000802100433é", uscc(18, 'é')),
        ("80210043A", org(9, 'A')),
        ("8021_0433", org(5, '_')),
    ] {
        assert_eq!(CompanyCode::parse(text), Err(fault), "{text}");
    }
    assert_eq!(
        CompanyCode::parse("9111000080210O433B").unwrap_err().zh(),
        "第 14 位“O”有误：统一社会信用代码只含数字和大写字母，不含 I、O、S、V、Z"
    );
}

#[test]
fn a_pair_nobody_is_known_to_give_out_is_a_remark() {
    assert!(!code("22110000802100433B").is_known_pair());
    assert!(
        code("22110000802100433B")
            .remarks()
            .contains(&Remark::UnknownPair)
    );
    assert!(code("802100433").is_known_pair());
}

#[test]
fn the_short_code_is_within_the_long_one() {
    let long = code("91110000802100433B");
    assert_eq!((long.kind(), long.org_part()), (Kind::Uscc, "802100433"));
    assert_eq!(long.region(), Some("110000"));
    let short = code("80210043-3");
    assert_eq!((short.kind(), short.org_part()), (Kind::Org, "802100433"));
    assert_eq!(short.region(), None);
    assert!(long.agrees_with(&short) && short.agrees_with(&long) && long.agrees_with(&long));
    assert!(!long.agrees_with(&code("71526726X")));
    assert!(!long.agrees_with(&code("12110000802100433B")));
}

#[test]
fn a_code_is_stored_as_text() {
    let json = serde_json::to_string(&code("d2143569-x")).unwrap();
    assert_eq!(json, r#""D2143569X""#);
    assert_eq!(
        serde_json::from_str::<CompanyCode>(&json).unwrap(),
        code("D2143569X")
    );
    assert!(serde_json::from_str::<CompanyCode>(r#""D21""#).is_err());
}

proptest! {
    #[test]
    fn no_text_panics_and_a_code_stays_as_it_is(
        text in "\\PC{0,24}|[0-9A-Z]{9}|[0-9]{8}[0-9A-Z-]{10}|[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}",
    ) {
        if let Ok(code) = CompanyCode::parse(&text) {
            code.remarks();
            prop_assert!(code.agrees_with(&code));
            prop_assert_eq!(CompanyCode::parse(&code.printed()), Ok(code.clone()));
            prop_assert_eq!(CompanyCode::parse(code.as_str()), Ok(code));
        }
    }

    /// One mistyped character is always noticed, in the format or by the check digit.
    #[test]
    fn one_wrong_character_is_noticed(nth in 0..GOOD.len(), place in 0..18usize, other in 0..31usize) {
        let mut typed = GOOD[nth].as_bytes().to_vec();
        let other = digits::USCC_ALPHABET[other];
        prop_assume!(typed[place] != other);
        typed[place] = other;
        if let Ok(code) = CompanyCode::parse(std::str::from_utf8(&typed).unwrap()) {
            prop_assert_ne!(code.check(), Check::Good);
        }
    }
}
