//! Kinds of job and how pay is written.

use serde::{Deserialize, Serialize};

base::words! {
    /// 用工类型.
    #[derive(Default, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum JobKind: "kind of job" {
        /// 全职.
        #[default]
        FullTime = "full_time",
        /// 实习.
        Internship = "internship",
    }
}

impl JobKind {
    /// The word on pages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::FullTime => "全职",
            Self::Internship => "实习",
        }
    }
}

/// Degree that a job asks for, for pages.
pub fn degree_zh(word: &str) -> &'static str {
    match word {
        "associate" => "专科及以上",
        "bachelor" => "本科及以上",
        "master" => "硕士及以上",
        "doctor" => "博士",
        _ => "学历不限",
    }
}

/// Pay a month, from fen: `15–22K`, `4–5K`, `9.5–14K`, or 面议.
pub fn pay_text(min_fen: Option<i64>, max_fen: Option<i64>) -> String {
    match (min_fen, max_fen) {
        (Some(min), Some(max)) if min == max => format!("{}K", thousands(min)),
        (Some(min), Some(max)) => format!("{}–{}K", thousands(min), thousands(max)),
        _ => "面议".to_owned(),
    }
}

fn thousands(fen: i64) -> String {
    let hundreds = fen / 10_000;
    if hundreds % 10 == 0 {
        (hundreds / 10).to_string()
    } else {
        format!("{}.{}", hundreds / 10, hundreds % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pay_is_written_in_thousands() {
        assert_eq!(pay_text(Some(1_500_000), Some(2_200_000)), "15–22K");
        assert_eq!(pay_text(Some(950_000), Some(1_400_000)), "9.5–14K");
        assert_eq!(pay_text(Some(500_000), Some(500_000)), "5K");
        assert_eq!(pay_text(None, None), "面议");
    }
}
