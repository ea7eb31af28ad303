//! Passwords that anybody would try first.

/// Words that most common passwords are built from, in small letters.
const STEMS: &[&str] = &[
    "a",
    "aa",
    "aaa",
    "ab",
    "abc",
    "abcd",
    "abcde",
    "abcdef",
    "admin",
    "administrator",
    "asd",
    "asdf",
    "asdfgh",
    "changeme",
    "default",
    "demo",
    "guest",
    "hello",
    "iloveyou",
    "letmein",
    "login",
    "manager",
    "master",
    "pass",
    "passwd",
    "password",
    "pinhui",
    "pwd",
    "q",
    "qaz",
    "qazwsx",
    "qq",
    "qwe",
    "qwer",
    "qwerty",
    "root",
    "secret",
    "student",
    "super",
    "system",
    "sys",
    "test",
    "user",
    "welcome",
    "woaini",
    "wo",
    "woaiwojia",
    "x",
    "xx",
    "zaq",
    "zxc",
    "zxcvbn",
];

/// Common ones that are no word between digits and signs, in small letters.
const WHOLE: &[&str] = &[
    "1qaz@wsx",
    "!qaz2wsx",
    "1qaz2wsx",
    "1qaz!qaz",
    "zaq1@wsx",
    "zaq12wsx",
    "q1w2e3r4",
    "1q2w3e4r",
    "1q2w3e4r5t",
    "qwe123!@#",
    "qwer1234!@#$",
    "a1b2c3d4",
    "a1s2d3f4",
    "5tgb^yhn",
    "p@ssw0rd",
    "1234abcd",
    "1234qwer",
    "123qweasd",
    "123qwe!@#",
    "abc123!@#",
    "qazwsx123",
    "5201314a",
];

/// Signs that are put at an end to satisfy a rule.
const PADDING: &str = "!@#$%^&*._-+=? ";

/// Whether a password (in small letters) is a common word with digits and signs around it that
/// anybody would try: `Passw0rd!`, `Admin@123`, `123456Aa`, `Abc@2027`.
pub(super) fn is_common(lower: &str) -> bool {
    if WHOLE.contains(&lower) {
        return true;
    }
    let head = lower.find(|c: char| c.is_ascii_lowercase());
    let tail = lower.rfind(|c: char| c.is_ascii_lowercase());
    let (Some(head), Some(tail)) = (head, tail) else {
        return !lower.is_empty() && is_plain_digits(lower);
    };
    let stem: String = lower[head..=tail].chars().map(as_letter).collect();
    STEMS.contains(&stem.as_str())
        && is_plain_digits(&lower[..head])
        && is_plain_digits(&lower[tail + 1..])
}

/// Digits and signs that stand for a letter.
fn as_letter(c: char) -> char {
    match c {
        '@' | '4' => 'a',
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '$' | '5' => 's',
        _ => c,
    }
}

/// Nothing, or padding around digits that count up or down, repeat one digit, are a year, or mean
/// "I love you".
fn is_plain_digits(part: &str) -> bool {
    let digits = part.trim_matches(|c| PADDING.contains(c));
    if !digits.bytes().all(|c| c.is_ascii_digit()) {
        return false;
    }
    let first = digits.bytes().next();
    let is_year = digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20"));
    "01234567890".contains(digits)
        || "09876543210".contains(digits)
        || digits.bytes().all(|c| Some(c) == first)
        || is_year
        || matches!(
            digits,
            "520" | "521" | "1314" | "5201314" | "123123" | "112233"
        )
}
