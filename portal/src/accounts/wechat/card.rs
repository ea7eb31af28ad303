//! A code to scan, as pages show it.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

use super::store::Kind;

/// Modules of quiet ground around a code (ISO/IEC 18004 asks for four).
const QUIET: usize = 4;

/// A code to scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrCard {
    /// By which the page asks what became of it.
    pub nonce: String,
    /// `bind` or `login`.
    pub kind: &'static str,
    /// Side of the picture in modules.
    pub side: usize,
    /// The dark modules as the path of an SVG.
    pub path: String,
}

impl QrCard {
    /// A card for what the picture shall say; `None`: it does not fit into a QR code.
    pub(super) fn new(text: &str, nonce: String, kind: Kind) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (index, color) in code.to_colors().into_iter().enumerate() {
            if color == Color::Dark {
                let (x, y) = (index % width + QUIET, index / width + QUIET);
                write!(path, "M{x} {y}h1v1h-1z").ok()?;
            }
        }
        Some(Self {
            nonce,
            kind: kind.as_str(),
            side: width + 2 * QUIET,
            path,
        })
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self::new(
            "http://weixin.qq.com/q/02example",
            "00ff".to_owned(),
            Kind::Bind,
        )
        .unwrap_or_else(|| Self {
            nonce: String::new(),
            kind: Kind::Bind.as_str(),
            side: 1,
            path: String::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_has_its_quiet_ground_and_its_corners() {
        let card = QrCard::sample();
        assert!(card.side >= 21 + 2 * QUIET);
        assert!(card.path.starts_with("M4 4h1v1h-1z"));
        let long = "x".repeat(8_000);
        assert_eq!(QrCard::new(&long, String::new(), Kind::Login), None);
    }
}
