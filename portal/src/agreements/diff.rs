//! What changed between two texts, line by line.

/// Lines of one text that are compared, at most; of a longer one the rest counts as changed.
const LINES: usize = 1_500;

/// A line, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What became of it.
    pub kind: Kind,
    /// The line.
    pub text: String,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// In both texts.
    Same,
    /// In the old one only.
    Gone,
    /// In the new one only.
    New,
}

impl Kind {
    /// The word for a style sheet.
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Gone => "gone",
            Self::New => "new",
        }
    }

    /// Read aloud before the line.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Same => "",
            Self::Gone => "删除",
            Self::New => "新增",
        }
    }
}

/// The lines of both texts in order, by their longest common subsequence. Empty lines are left
/// out.
pub fn diff(old: &str, new: &str) -> Vec<Change> {
    let (old, new) = (lines(old), lines(new));
    let (old_head, old_rest) = old.split_at(old.len().min(LINES));
    let (new_head, new_rest) = new.split_at(new.len().min(LINES));
    let mut changes = compare(old_head, new_head);
    changes.extend(old_rest.iter().map(|line| change(Kind::Gone, line)));
    changes.extend(new_rest.iter().map(|line| change(Kind::New, line)));
    changes
}

fn lines(text: &str) -> Vec<&str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect()
}

fn change(kind: Kind, text: &str) -> Change {
    Change {
        kind,
        text: text.to_owned(),
    }
}

fn compare(old: &[&str], new: &[&str]) -> Vec<Change> {
    // length[i][j]: of the longest common subsequence of old[i..] and new[j..].
    let width = new.len() + 1;
    let mut length = vec![0_u16; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            length[i * width + j] = if old[i] == new[j] {
                length[(i + 1) * width + j + 1] + 1
            } else {
                length[(i + 1) * width + j].max(length[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut changes = Vec::new();
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            changes.push(change(Kind::Same, old[i]));
            (i, j) = (i + 1, j + 1);
        } else if length[(i + 1) * width + j] >= length[i * width + j + 1] {
            changes.push(change(Kind::Gone, old[i]));
            i += 1;
        } else {
            changes.push(change(Kind::New, new[j]));
            j += 1;
        }
    }
    changes.extend(old[i..].iter().map(|line| change(Kind::Gone, line)));
    changes.extend(new[j..].iter().map(|line| change(Kind::New, line)));
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(old: &str, new: &str) -> Vec<(&'static str, String)> {
        diff(old, new)
            .into_iter()
            .map(|change| (change.kind.word(), change.text))
            .collect()
    }

    #[test]
    fn a_changed_line_is_gone_and_new() {
        let found = words("甲\n乙\n\n丙", "甲\n丁\n丙\n戊");
        let found: Vec<_> = found.iter().map(|(k, t)| (*k, t.as_str())).collect();
        assert_eq!(
            found,
            [
                ("same", "甲"),
                ("gone", "乙"),
                ("new", "丁"),
                ("same", "丙"),
                ("new", "戊")
            ]
        );
        assert!(words("", "").is_empty());
    }

    #[test]
    fn texts_beyond_the_limit_are_still_told_whole() {
        let long: String = (0..LINES + 10).map(|n| format!("{n}\n")).collect();
        let found = diff(&long, &long);
        let same = found.iter().filter(|c| c.kind == Kind::Same).count();
        assert_eq!((same, found.len()), (LINES, LINES + 20));
    }
}
