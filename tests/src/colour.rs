//! Fake cameras that can be told apart: a moving picture in one colour.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;

/// A camera picture's colour, far enough from the others that compression cannot confuse them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Red.
    Red,
    /// Green.
    Green,
    /// Blue.
    Blue,
}

/// Size of the fake picture, pixels.
const WIDTH: usize = 640;
const HEIGHT: usize = 360;
/// Frames in the file; Chromium plays it in a loop.
const FRAMES: usize = 30;

impl Colour {
    /// Luma and chroma (BT.601, limited range).
    fn yuv(self) -> (u8, u8, u8) {
        match self {
            Self::Red => (81, 90, 240),
            Self::Green => (145, 54, 34),
            Self::Blue => (41, 240, 110),
        }
    }

    /// The colour of a mean red, green, blue value, if one of them stands out.
    #[must_use]
    pub fn of(red: f64, green: f64, blue: f64) -> Option<Self> {
        let (most, second, colour) = if red >= green && red >= blue {
            (red, green.max(blue), Self::Red)
        } else if green >= blue {
            (green, red.max(blue), Self::Green)
        } else {
            (blue, red.max(green), Self::Blue)
        };
        (most > second + 60.0).then_some(colour)
    }

    /// Writes the camera file (YUV4MPEG2, 640×360, 30 frames/s): the colour with a lighter bar
    /// that moves, so that frozen pictures differ from moving ones.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn camera_file(self, folder: &Path) -> Result<PathBuf> {
        let path = folder.join(format!("{self:?}.y4m"));
        let mut file = BufWriter::new(std::fs::File::create(&path)?);
        writeln!(file, "YUV4MPEG2 W{WIDTH} H{HEIGHT} F30:1 Ip A1:1 C420jpeg")?;
        let (luma, u, v) = self.yuv();
        let mut row = vec![0_u8; WIDTH];
        for frame in 0..FRAMES {
            writeln!(file, "FRAME")?;
            let bar = frame * WIDTH / FRAMES;
            for (x, pixel) in row.iter_mut().enumerate() {
                *pixel = if x.abs_diff(bar) < 24 {
                    luma.saturating_add(40)
                } else {
                    luma
                };
            }
            for _ in 0..HEIGHT {
                file.write_all(&row)?;
            }
            file.write_all(&vec![u; WIDTH * HEIGHT / 4])?;
            file.write_all(&vec![v; WIDTH * HEIGHT / 4])?;
        }
        file.flush()?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_is_nobodys_picture() {
        assert_eq!(Colour::of(120.0, 118.0, 119.0), None);
        assert_eq!(Colour::of(220.0, 20.0, 30.0), Some(Colour::Red));
        assert_eq!(Colour::of(20.0, 180.0, 60.0), Some(Colour::Green));
        assert_eq!(Colour::of(20.0, 30.0, 200.0), Some(Colour::Blue));
    }
}
