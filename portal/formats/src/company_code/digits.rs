//! Alphabets and check digits of the two codes.

/// The characters of a 统一社会信用代码 in the order of their values: no I, O, S, V, Z
/// (GB 32100-2015, with amendment 1 of 2016).
pub(super) const USCC_ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// GB 11714-1997, weights of the eight characters.
const ORG_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// First two characters that have been given out (登记管理部门, 机构类别). New ones get added, so
/// another pair is only a reason to look closer.
const KNOWN_PAIRS: &[&str] = &[
    "11", "12", "13", "19", "21", "29", "31", "32", "33", "34", "35", "39", "41", "49", "51", "52",
    "53", "54", "55", "59", "61", "62", "69", "71", "72", "79", "81", "89", "91", "92", "93", "A1",
    "A9", "G1", "J1", "N1", "N2", "N3", "N9", "Y1",
];

pub(super) fn is_known_pair(code: &str) -> bool {
    KNOWN_PAIRS.iter().any(|pair| code.starts_with(pair))
}

pub(super) fn is_uscc_char(c: u8) -> bool {
    USCC_ALPHABET.contains(&c)
}

/// Character 18 that belongs to the first 17: `(31 − Σ Cᵢ·3^(i−1) mod 31) mod 31`. `None`: one of
/// them is outside the alphabet.
pub(super) fn uscc_check(code: &[u8]) -> Option<char> {
    let mut sum = 0;
    let mut weight = 1;
    for c in &code[..17] {
        let value = USCC_ALPHABET.iter().position(|a| a == c)?;
        sum = (sum + value * weight) % 31;
        weight = weight * 3 % 31;
    }
    Some(char::from(USCC_ALPHABET[(31 - sum) % 31]))
}

/// Character 9 that belongs to the first eight: `11 − (Σ Cᵢ·Wᵢ mod 11)`, 10 is X and 11 is 0.
/// `None`: one of them is no digit or capital letter.
pub(super) fn org_check(body: &[u8]) -> Option<char> {
    let mut sum = 0;
    for (c, weight) in body.iter().zip(ORG_WEIGHTS) {
        let value = match c {
            b'0'..=b'9' => c - b'0',
            b'A'..=b'Z' => c - b'A' + 10,
            _ => return None,
        };
        sum += u32::from(value) * weight;
    }
    Some(match 11 - sum % 11 {
        11 => '0',
        10 => 'X',
        digit => char::from_digit(digit, 10)?,
    })
}
