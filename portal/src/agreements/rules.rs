//! Which agreements there are, whom they are for, and when someone is asked. No web, no database.

use crate::accounts::AccountKind;

/// 用户服务协议.
pub const USER: &str = "user";
/// 隐私政策.
pub const PRIVACY: &str = "privacy";
/// 企业认证承诺.
pub const CERTIFICATION: &str = "certification";

/// The longest title, in characters.
pub const TITLE_CHARS: usize = 60;
/// The longest text, in characters.
pub const BODY_CHARS: usize = 40_000;

/// What the program brings along: code, title, text.
pub const BUILT_IN: [(&str, &str, &str); 3] = [
    (USER, "用户服务协议", include_str!("texts/user.txt")),
    (PRIVACY, "隐私政策", include_str!("texts/privacy.txt")),
    (
        CERTIFICATION,
        "企业认证承诺",
        include_str!("texts/certification.txt"),
    ),
];

/// Whether someone must agree before he goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// He has agreed, or need not.
    Not,
    /// A note on each page.
    Note,
    /// A page of its own, before anything else.
    Stop,
}

/// How someone who has accepted version `accepted` (0: none) of `code` is asked about `latest`.
///
/// The first version is accepted at registration; who came by an import, and so never saw a form,
/// gets the note. A newer version of the terms or of the privacy policy stops everyone.
pub fn asking(code: &str, latest: i64, accepted: i64) -> Asking {
    if accepted >= latest {
        return Asking::Not;
    }
    match code {
        USER | PRIVACY if latest > 1 => Asking::Stop,
        USER | PRIVACY => Asking::Note,
        // A company's promise concerns those who have given it.
        _ if accepted > 0 => Asking::Note,
        _ => Asking::Not,
    }
}

/// Is this kind of account asked at all? Staff of the platform and operators work under contract.
pub fn is_asked(kind: AccountKind) -> bool {
    match kind {
        AccountKind::Student | AccountKind::Company | AccountKind::School => true,
        AccountKind::Platform | AccountKind::Operator => false,
    }
}

/// A line of a text as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// After `# `.
    Heading(String),
    /// Anything else that is not empty.
    Text(String),
}

/// The lines of a text.
pub fn lines(body: &str) -> Vec<Line> {
    body.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| match line.strip_prefix("# ") {
            Some(heading) => Line::Heading(heading.to_owned()),
            None => Line::Text(line.to_owned()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_terms_stop_and_first_ones_and_promises_do_not() {
        assert_eq!(asking(USER, 1, 0), Asking::Note);
        assert_eq!(asking(USER, 2, 0), Asking::Stop);
        assert_eq!(asking(PRIVACY, 3, 2), Asking::Stop);
        assert_eq!(asking(PRIVACY, 3, 3), Asking::Not);
        assert_eq!(asking(CERTIFICATION, 2, 0), Asking::Not);
        assert_eq!(asking(CERTIFICATION, 2, 1), Asking::Note);
    }

    #[test]
    fn built_in_texts_say_that_they_are_samples_and_fit() {
        for (code, title, body) in BUILT_IN {
            assert!(body.starts_with("【示例文本】"), "{code}");
            assert!(body.chars().count() < BODY_CHARS && title.chars().count() < TITLE_CHARS);
            let headings = lines(body);
            assert!(headings.iter().any(|line| matches!(line, Line::Heading(_))));
        }
    }
}
