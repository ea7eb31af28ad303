//! Draws digits so that a person reads them and a program has to work for it: each digit turned,
//! slanted and bent by itself, overlapping its neighbours, with strokes through all of them in the
//! digits' own colours and gaps in the ground's.

use std::f32::consts::TAU;

use anyhow::Context;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::digits;

/// Width and height in pixels: twice what the page shows, for sharp screens.
const SIZE: (usize, usize) = (264, 80);
/// The pen's radius in pixels for digits, for strokes through them, and for gaps.
const PEN: f32 = 3.4;
const LINE_PEN: f32 = 1.5;
const GAP_PEN: f32 = 1.3;
/// Colours (the page's own ink, accent and info hues).
const GROUND: [u8; 3] = [243, 247, 247];
const INKS: [[u8; 3]; 4] = [[15, 60, 64], [11, 91, 85], [37, 74, 128], [72, 62, 110]];
/// Strokes through the digits, gaps, and specks.
const LINES: usize = 3;
const GAPS: usize = 3;
const SPECKS: usize = 90;

type Point = (f32, f32);

struct Canvas {
    pixels: Vec<[f32; 3]>,
}

/// A PNG of `digits`; the same `seed` draws the same picture.
///
/// # Errors
/// The encoder failed.
pub fn draw(digits: &str, seed: [u8; 32]) -> anyhow::Result<Vec<u8>> {
    let mut rng = StdRng::from_seed(seed);
    let mut canvas = Canvas::new();
    #[expect(
        clippy::cast_precision_loss,
        reason = "a picture's width is a small number"
    )]
    let width = SIZE.0 as f32;
    let count = digits.chars().count().max(1);
    #[expect(clippy::cast_precision_loss, reason = "five digits")]
    let cell = (width - 34.0) / count as f32;
    let mut left = 17.0;
    for digit in digits.chars() {
        canvas.digit(&mut rng, digit, left, cell);
        left += cell;
    }
    for _ in 0..LINES {
        let ink = INKS[rng.random_range(0..INKS.len())];
        canvas.wave(&mut rng, LINE_PEN, ink, 0.75);
    }
    for _ in 0..GAPS {
        canvas.wave(&mut rng, GAP_PEN, GROUND, 1.0);
    }
    for _ in 0..SPECKS {
        let at = (rng.random_range(0.0..width), rng.random_range(0.0..80.0));
        let ink = INKS[rng.random_range(0..INKS.len())];
        canvas.line(at, at, rng.random_range(0.5..1.3), ink, 0.6);
    }
    canvas.encode()
}

impl Canvas {
    fn new() -> Self {
        Self {
            pixels: vec![GROUND.map(f32::from); SIZE.0 * SIZE.1],
        }
    }

    /// A digit in a cell of its own, which it may leave.
    fn digit(&mut self, rng: &mut StdRng, digit: char, left: f32, cell: f32) {
        let ink = INKS[rng.random_range(0..INKS.len())];
        let (wide, high) = (
            cell * rng.random_range(0.68..0.92),
            rng.random_range(44.0..58.0),
        );
        let turn: f32 = rng.random_range(-0.34..0.34);
        let slant: f32 = rng.random_range(-0.22..0.22);
        let middle = (
            left + cell / 2.0 + rng.random_range(-4.0..4.0),
            40.0 + rng.random_range(-7.0..7.0),
        );
        let (sin, cos) = turn.sin_cos();
        for stroke in digits::strokes(digit) {
            let points: Vec<Point> = stroke
                .iter()
                .map(|(x, y)| {
                    let x = (x - 0.5) * wide + rng.random_range(-1.5..1.5);
                    let y = (y - 0.5) * high + rng.random_range(-1.5..1.5);
                    let x = x - slant * y;
                    (middle.0 + x * cos - y * sin, middle.1 + x * sin + y * cos)
                })
                .collect();
            let pen = PEN * rng.random_range(0.85..1.15);
            self.curve(&points, pen, ink);
        }
    }

    /// A smooth line through points (Catmull–Rom).
    fn curve(&mut self, points: &[Point], pen: f32, ink: [u8; 3]) {
        const STEPS: u8 = 6;
        let at = |index: usize| points[index.min(points.len() - 1)];
        for index in 0..points.len().saturating_sub(1) {
            let (before, from) = (at(index.saturating_sub(1)), at(index));
            let (to, after) = (at(index + 1), at(index + 2));
            let mut last = from;
            for step in 1..=STEPS {
                let t = f32::from(step) / f32::from(STEPS);
                let next = (
                    between(before.0, from.0, to.0, after.0, t),
                    between(before.1, from.1, to.1, after.1, t),
                );
                self.line(last, next, pen, ink, 1.0);
                last = next;
            }
        }
    }

    /// A wave from the left edge to the right.
    fn wave(&mut self, rng: &mut StdRng, pen: f32, ink: [u8; 3], cover: f32) {
        let (high, long) = (rng.random_range(6.0..18.0), rng.random_range(60.0..150.0));
        let (phase, middle) = (rng.random_range(0.0..TAU), rng.random_range(18.0..62.0));
        let tilt: f32 = rng.random_range(-0.12..0.12);
        let at = |x: f32| {
            let turn: f32 = x / long * TAU + phase;
            (x, middle + high * turn.sin() + tilt * (x - 132.0))
        };
        let mut last = at(0.0);
        for step in 1..=66_u16 {
            let next = at(f32::from(step) * 4.0);
            self.line(last, next, pen, ink, cover);
            last = next;
        }
    }

    /// A round-ended line with soft edges.
    fn line(&mut self, from: Point, to: Point, pen: f32, ink: [u8; 3], cover: f32) {
        let low = (from.0.min(to.0) - pen - 1.0, from.1.min(to.1) - pen - 1.0);
        let high = (from.0.max(to.0) + pen + 1.0, from.1.max(to.1) + pen + 1.0);
        for y in rows(low.1, high.1, SIZE.1) {
            for x in rows(low.0, high.0, SIZE.0) {
                #[expect(clippy::cast_precision_loss, reason = "pixels are few")]
                let far = distance((x as f32, y as f32), from, to);
                let share = (pen - far + 0.5).clamp(0.0, 1.0) * cover;
                if share > 0.0 {
                    let pixel = &mut self.pixels[y * SIZE.0 + x];
                    for (part, ink) in pixel.iter_mut().zip(ink) {
                        *part += (f32::from(ink) - *part) * share;
                    }
                }
            }
        }
    }

    fn encode(&self) -> anyhow::Result<Vec<u8>> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to a byte"
        )]
        let bytes: Vec<u8> = self
            .pixels
            .iter()
            .flatten()
            .map(|part| part.clamp(0.0, 255.0) as u8)
            .collect();
        let mut png = Vec::new();
        let (width, height) = (u32::try_from(SIZE.0)?, u32::try_from(SIZE.1)?);
        let mut encoder = png::Encoder::new(&mut png, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().context("captcha")?;
        writer.write_image_data(&bytes).context("captcha")?;
        writer.finish().context("captcha")?;
        Ok(png)
    }
}

/// Pixels from `low` to `high` that the picture has.
fn rows(low: f32, high: f32, size: usize) -> std::ops::Range<usize> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "clamped to the picture"
    )]
    let clamp = |value: f32| value.clamp(0.0, size as f32) as usize;
    clamp(low)..clamp(high + 1.0)
}

/// How far a pixel is from a line with two ends.
fn distance(pixel: Point, from: Point, to: Point) -> f32 {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let long = dx * dx + dy * dy;
    let t = if long > 0.0 {
        (((pixel.0 - from.0) * dx + (pixel.1 - from.1) * dy) / long).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (pixel.0 - from.0 - t * dx).hypot(pixel.1 - from.1 - t * dy)
}

/// The Catmull–Rom spline between `from` and `to`.
fn between(before: f32, from: f32, to: f32, after: f32, t: f32) -> f32 {
    let (a, b) = (to - before, 2.0 * before - 5.0 * from + 4.0 * to - after);
    let c = 3.0 * from - before - 3.0 * to + after;
    0.5 * (2.0 * from + a * t + b * t * t + c * t * t * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_picture_of_the_right_size() {
        let one = draw("97241", [1; 32]).unwrap();
        assert_eq!(one, draw("97241", [1; 32]).unwrap());
        assert_ne!(one, draw("97241", [2; 32]).unwrap());
        assert_ne!(one, draw("97242", [1; 32]).unwrap());
        let reader = png::Decoder::new(std::io::Cursor::new(&one))
            .read_info()
            .unwrap();
        let info = reader.info();
        assert_eq!((info.width, info.height), (264, 80));
    }

    /// To look at them: `PINHUI_SAMPLES=folder cargo test captcha`.
    #[test]
    fn every_digit_leaves_ink() {
        let folder = std::env::var_os("PINHUI_SAMPLES").map(std::path::PathBuf::from);
        for (index, digits) in ["01234", "56789", "13579", "86420"].iter().enumerate() {
            let seed = u8::try_from(index).unwrap();
            let png = draw(digits, [seed; 32]).unwrap();
            if let Some(folder) = &folder {
                std::fs::write(folder.join(format!("captcha-{digits}.png")), &png).unwrap();
            }
        }
        for digit in '0'..='9' {
            let mut canvas = Canvas::new();
            let mut rng = StdRng::from_seed([3; 32]);
            canvas.digit(&mut rng, digit, 100.0, 44.0);
            let ground = GROUND.map(f32::from);
            let inked = canvas.pixels.iter().filter(|pixel| **pixel != ground);
            assert!(inked.count() > 300, "{digit}");
        }
    }
}
