//! Charts drawn on the server as SVG. A table with the same figures stands below each.

use std::fmt::Write as _;

/// A bar: label, share in percent (`None`: nothing to measure), and the words at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// What it is of.
    pub label: String,
    /// 0 to 100.
    pub percent: Option<u32>,
    /// Words at its end.
    pub value: String,
}

const WIDTH: u32 = 640;
const ROW: u32 = 34;
const LABEL: u32 = 120;
const VALUE: u32 = 150;

/// Horizontal bars, one below the other. Colours come from the style sheet by class.
pub fn bars(title: &str, bars: &[Bar]) -> String {
    let count = u32::try_from(bars.len()).unwrap_or(0);
    let height = (count * ROW).max(ROW);
    let mut svg = format!(
        "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\">",
        escape(title)
    );
    let room = WIDTH - LABEL - VALUE;
    for (row, bar) in (0_u32..).zip(bars) {
        let y = row * ROW;
        let percent = bar.percent.unwrap_or(0).min(100);
        let tone = match bar.percent {
            None => "none",
            Some(0..80) => "bad",
            Some(80..95) => "warn",
            Some(_) => "ok",
        };
        let line = format_args!(
            "<text class=\"chart-label\" x=\"0\" y=\"{text_y}\">{label}</text>\
             <rect class=\"chart-ground\" x=\"{LABEL}\" y=\"{bar_y}\" width=\"{room}\" height=\"14\" rx=\"3\"/>\
             <rect class=\"chart-bar {tone}\" x=\"{LABEL}\" y=\"{bar_y}\" width=\"{width}\" height=\"14\" rx=\"3\"/>\
             <text class=\"chart-value\" x=\"{value_x}\" y=\"{text_y}\">{value}</text>",
            label = escape(&bar.label),
            value = escape(&bar.value),
            text_y = y + 22,
            bar_y = y + 10,
            width = room * percent / 100,
            value_x = WIDTH - VALUE + 12,
        )
        .to_string();
        svg.push_str(&line);
    }
    svg.push_str("</svg>");
    svg
}

fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '<' | '>' | '&' | '"' | '\'' => {
                write!(escaped, "&#{};", u32::from(c))
                    .expect("invariant: writing to a String cannot fail");
            }
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        let bar = |percent| Bar {
            label: "<企业>".to_owned(),
            percent,
            value: "12 / 12".to_owned(),
        };
        let svg = bars("按时率", &[bar(Some(50)), bar(None), bar(Some(100))]);
        assert!(
            svg.contains("chart-bar bad\" x=\"120\" y=\"10\" width=\"185\""),
            "{svg}"
        );
        assert!(svg.contains("chart-bar none\" x=\"120\" y=\"44\" width=\"0\""));
        assert!(svg.contains("chart-bar ok\" x=\"120\" y=\"78\" width=\"370\""));
        assert!(!svg.contains("<企业>"));
    }
}
