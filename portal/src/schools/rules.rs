//! What a school's code, host and texts may be; kinds and states of what it publishes.

/// Longest introduction of a school, characters.
pub const INTRO_CHARS: usize = 1000;
/// Longest address, characters.
pub const ADDRESS_CHARS: usize = 120;
/// Shortest and longest name of a school, characters.
pub const NAME_CHARS: (usize, usize) = (2, 60);
/// Shortest and longest code of a school.
pub const CODE_CHARS: (usize, usize) = (2, 32);
/// Longest host name (RFC 1035 §2.3.4).
const HOST_BYTES: usize = 253;
/// Longest name of a faculty, a major or a class, characters.
pub const FACULTY_CHARS: usize = 60;

base::words! {
    /// What a school publishes.
    pub enum NoticeKind: "kind of notice" {
        /// 通知公告.
        Notice = "notice",
        /// 宣讲会, as an announcement with time and place.
        Talk = "talk",
    }
}

impl NoticeKind {
    /// The word on pages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Notice => "通知公告",
            Self::Talk => "宣讲会",
        }
    }
}

base::words! {
    /// Where a notice stands.
    ///
    /// | state | publish | withdraw |
    /// |---|---|---|
    /// | draft | published | – |
    /// | published | – | withdrawn |
    /// | withdrawn | published | – |
    pub enum NoticeStatus: "state of a notice" {
        /// Only staff see it.
        Draft = "draft",
        /// On the site.
        Published = "published",
        /// Was on the site.
        Withdrawn = "withdrawn",
    }
}

impl NoticeStatus {
    /// The word on pages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Draft => "草稿",
            Self::Published => "已发布",
            Self::Withdrawn => "已撤下",
        }
    }

    /// The colour of its tag.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Draft => "warn",
            Self::Published => "ok",
            Self::Withdrawn => "quiet",
        }
    }
}

/// A school's code as it stands in addresses: small letters, digits and inner hyphens.
pub fn code(text: &str) -> Option<String> {
    let code = formats::text::half_width(text).trim().to_ascii_lowercase();
    let long = (CODE_CHARS.0..=CODE_CHARS.1).contains(&code.len());
    (long && is_label(&code)).then_some(code)
}

/// A host name of a school's own site: at least two labels, no port, no number as the last label
/// (which would be an address).
pub fn host(text: &str) -> Option<String> {
    let host = formats::text::half_width(text)
        .trim()
        .trim_end_matches('.')
        .to_ascii_lowercase();
    let labels: Vec<&str> = host.split('.').collect();
    let last_is_word = labels
        .last()
        .is_some_and(|label| label.bytes().any(|b| b.is_ascii_lowercase()));
    let good = host.len() <= HOST_BYTES
        && labels.len() >= 2
        && labels.iter().all(|label| is_label(label))
        && last_is_word;
    good.then_some(host)
}

/// The name in a `Host` header: without port, small. `None`: no host name that a school could have.
pub fn host_of_header(header: &str) -> Option<String> {
    let name = match header.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        Some(_) => return None,
        None => header,
    };
    host(name)
}

/// A label of a host name (RFC 1123 §2.1).
fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 63
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// One line of at most `most` characters, without control characters.
pub fn short_text(text: &str, most: usize) -> Result<String, String> {
    let line = formats::text::one_line(text);
    if line.chars().any(char::is_control) {
        return Err("含有无法显示的字符".to_owned());
    }
    if line.chars().count() > most {
        return Err(format!("最多 {most} 个字"));
    }
    Ok(line)
}

/// Several lines of at most `most` characters: line ends alike, other control characters gone,
/// no white space at the ends.
pub fn long_text(text: &str, most: usize) -> Result<String, String> {
    let text: String = text
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    let text = text.trim();
    if text.chars().count() > most {
        return Err(format!("最多 {most} 个字"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_hosts_have_one_form() {
        assert_eq!(code(" JXLG ").as_deref(), Some("jxlg"));
        assert_eq!(code("ａｂ-1").as_deref(), Some("ab-1"));
        for text in ["", "a", "-ab", "a b", "学校", "a/b", "..", &"a".repeat(33)] {
            assert_eq!(code(text), None, "{text}");
        }
        assert_eq!(host("Job.JXLG.edu.CN.").as_deref(), Some("job.jxlg.edu.cn"));
        for text in [
            "localhost",
            "10.0.0.1",
            "a..b",
            "a.b:80",
            "a.b/c",
            "-a.b",
            "学校.中国",
        ] {
            assert_eq!(host(text), None, "{text}");
        }
    }

    #[test]
    fn a_host_header_is_read_without_its_port() {
        assert_eq!(
            host_of_header("A.example:8080").as_deref(),
            Some("a.example")
        );
        assert_eq!(host_of_header("a.example").as_deref(), Some("a.example"));
        for text in ["[::1]:80", "a.example:x", "a.example@evil.test", "", "x; y"] {
            assert_eq!(host_of_header(text), None, "{text}");
        }
    }

    #[test]
    fn texts_keep_their_length_and_lose_control_characters() {
        assert_eq!(long_text("一\r\n二\u{7} \n", 10).unwrap(), "一\n二");
        assert!(long_text("一二三", 2).is_err());
        assert_eq!(short_text(" 一\n二 ", 10).unwrap(), "一 二");
        assert!(short_text("一\u{0}", 10).is_err());
    }

    #[test]
    fn words_are_read_back() {
        for kind in NoticeKind::ALL {
            assert_eq!(kind.to_string().parse::<NoticeKind>().unwrap(), kind);
        }
        for status in NoticeStatus::ALL {
            assert_eq!(status.to_string().parse::<NoticeStatus>().unwrap(), status);
        }
    }
}
