//! Names, numbers and addresses as strangers see them.

/// The most stars for what is hidden of a name: its length is nobody's business.
const STARS: usize = 2;

/// The first character, and stars for the rest: `张璇` → `张*`, `欧阳娜娜` → `欧**`.
pub fn masked_name(name: &str) -> String {
    let mut chars = name.trim().chars();
    let Some(first) = chars.next() else {
        return String::new();
    };
    let stars = chars.count().clamp(1, STARS);
    format!("{first}{}", "*".repeat(stars))
}

/// The first three and the last four digits: `13800138000` → `138****8000`. Of a shorter text
/// only the last quarter.
pub fn masked_mobile(mobile: &str) -> String {
    let chars: Vec<char> = mobile.trim().chars().collect();
    let (head, tail) = match chars.len() {
        0 => return String::new(),
        11.. => (3, 4),
        short => (0, short / 4),
    };
    let part = |range: &[char]| range.iter().collect::<String>();
    let (head, tail) = (part(&chars[..head]), part(&chars[chars.len() - tail..]));
    format!("{head}****{tail}")
}

/// The first character and the host: `hr@demo.example` → `h***@demo.example`. What is no address
/// is hidden whole.
pub fn masked_email(address: &str) -> String {
    let address = address.trim();
    match address.rsplit_once('@') {
        Some((local, host)) => {
            let first = local.chars().next().map(String::from).unwrap_or_default();
            format!("{first}***@{host}")
        }
        None if address.is_empty() => String::new(),
        None => "***".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_shows_its_first_character() {
        for (name, masked) in [
            ("张璇", "张*"),
            ("欧阳娜", "欧**"),
            ("阿依古丽·买买提", "阿**"),
            ("𠅤一", "𠅤*"),
            ("张", "张*"),
            ("", ""),
        ] {
            assert_eq!(masked_name(name), masked);
        }
    }

    #[test]
    fn a_number_shows_its_ends() {
        for (mobile, masked) in [
            ("13800138000", "138****8000"),
            ("0731-88888888", "073****8888"),
            ("95588", "****8"),
            ("", ""),
        ] {
            assert_eq!(masked_mobile(mobile), masked);
        }
    }

    #[test]
    fn an_address_shows_its_host() {
        for (address, masked) in [
            ("zhangxuan@demo.example", "z***@demo.example"),
            ("z@demo.example", "z***@demo.example"),
            ("张璇@demo.example", "张***@demo.example"),
            ("zhangxuan", "***"),
            ("", ""),
        ] {
            assert_eq!(masked_email(address), masked);
        }
    }

    proptest! {
        #[test]
        fn masks_take_any_text(text in any::<String>()) {
            masked_name(&text);
            masked_mobile(&text);
            masked_email(&text);
        }

        #[test]
        fn masks_hide(mobile in "1[3-9][0-9]{9}", local in "[a-z]{4,20}") {
            prop_assert_eq!(&masked_mobile(&mobile)[3..7], "****");
            let address = format!("{local}@x.example");
            prop_assert_eq!(masked_email(&address), format!("{}***@x.example", &local[..1]));
        }
    }
}
