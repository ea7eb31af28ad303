//! The one font: STSong-Light (宋体), which every reader of Chinese PDF files has or replaces.
//!
//! Nothing is embedded. Characters are named by their UTF-16 code (the predefined CMap
//! UniGB-UTF16-H, ISO 32000-1 §9.7.5.2), so that a reader also knows what the text says.

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo};
use pdf_writer::{Name, Pdf, Rect, Ref, Str};

/// Its name in the pages' resources.
pub(super) const RESOURCE: Name<'static> = Name(b"Song");

/// Shown in the place of a character that the font has not: the mark of Chinese and Japanese
/// typesetters for a missing type.
pub(super) const MISSING: char = '〓';

/// Width of everything that is not ASCII, thousandths of the size.
const FULL: u16 = 1_000;

/// Widths from the space to the tilde, thousandths of the size: the published metrics of
/// STSong-Light. They also go into the file, so a replacement font keeps the lines.
#[rustfmt::skip]
const ASCII: [u16; 95] = [
    207, 270, 342, 467, 462, 797, 710, 239, 374, 374, 423, 605, 238, 375, 238, 334, 462, 462, 462,
    462, 462, 462, 462, 462, 462, 462, 238, 238, 605, 605, 605, 344, 748, 684, 560, 695, 739, 563,
    511, 729, 793, 318, 312, 666, 526, 896, 758, 772, 544, 772, 628, 465, 607, 753, 711, 972, 647,
    620, 607, 374, 333, 374, 606, 500, 239, 417, 503, 427, 529, 415, 264, 444, 518, 241, 230, 495,
    228, 793, 527, 524, 524, 504, 338, 336, 277, 517, 450, 652, 466, 452, 407, 370, 258, 370, 605,
];

/// The characters of the Adobe-GB1-5 collection above ASCII, as first and last of each run.
#[rustfmt::skip]
const COVERED: &[(u16, u16)] = &[
    (0x00a0, 0x00a0), (0x00a4, 0x00a5), (0x00a7, 0x00a9), (0x00b0, 0x00b1), (0x00b7, 0x00b7),
    (0x00d7, 0x00d7), (0x00e0, 0x00e1), (0x00e8, 0x00ea), (0x00ec, 0x00ed), (0x00f2, 0x00f3),
    (0x00f7, 0x00f7), (0x00f9, 0x00fa), (0x00fc, 0x00fc), (0x0101, 0x0101), (0x0113, 0x0113),
    (0x011b, 0x011b), (0x012b, 0x012b), (0x0144, 0x0144), (0x0148, 0x0148), (0x014d, 0x014d),
    (0x016b, 0x016b), (0x01ce, 0x01ce), (0x01d0, 0x01d0), (0x01d2, 0x01d2), (0x01d4, 0x01d4),
    (0x01d6, 0x01d6), (0x01d8, 0x01d8), (0x01da, 0x01da), (0x01dc, 0x01dc), (0x01f9, 0x01f9),
    (0x0251, 0x0251), (0x0261, 0x0261), (0x02c7, 0x02c7), (0x02c9, 0x02cb), (0x02d9, 0x02d9),
    (0x0391, 0x03a1), (0x03a3, 0x03a9), (0x03b1, 0x03c1), (0x03c3, 0x03c9), (0x0401, 0x0401),
    (0x0410, 0x044f), (0x0451, 0x0451), (0x1e3f, 0x1e3f), (0x2002, 0x2002), (0x2010, 0x2010),
    (0x2013, 0x2016), (0x2018, 0x2019), (0x201c, 0x201d), (0x2022, 0x2022), (0x2025, 0x2026),
    (0x2030, 0x2030), (0x2032, 0x2033), (0x2035, 0x2035), (0x203b, 0x203b), (0x205d, 0x205d),
    (0x20ac, 0x20ac), (0x2103, 0x2103), (0x2105, 0x2105), (0x2109, 0x2109), (0x2116, 0x2116),
    (0x2121, 0x2122), (0x2160, 0x216b), (0x2170, 0x2179), (0x2190, 0x2193), (0x2196, 0x2199),
    (0x2208, 0x2208), (0x220f, 0x220f), (0x2211, 0x2211), (0x2215, 0x2215), (0x221a, 0x221a),
    (0x221d, 0x2220), (0x2223, 0x2223), (0x2225, 0x2225), (0x2227, 0x222b), (0x222e, 0x222e),
    (0x2234, 0x2237), (0x223d, 0x223d), (0x2248, 0x2248), (0x224c, 0x224c), (0x2252, 0x2252),
    (0x2260, 0x2261), (0x2264, 0x2267), (0x226e, 0x226f), (0x2295, 0x2295), (0x2299, 0x2299),
    (0x22a5, 0x22a5), (0x22bf, 0x22bf), (0x22ef, 0x22ef), (0x2312, 0x2312), (0x2329, 0x232a),
    (0x2460, 0x2469), (0x2474, 0x249b), (0x2500, 0x254b), (0x2550, 0x2573), (0x2581, 0x258f),
    (0x2593, 0x2595), (0x25a0, 0x25a1), (0x25b2, 0x25b3), (0x25bc, 0x25bd), (0x25c6, 0x25c7),
    (0x25cb, 0x25cb), (0x25ce, 0x25cf), (0x25e2, 0x25e5), (0x2605, 0x2606), (0x2609, 0x2609),
    (0x2640, 0x2640), (0x2642, 0x2642), (0x2e80, 0x2e99), (0x2e9b, 0x2ef3), (0x2f00, 0x2fd5),
    (0x2ff0, 0x2ffb), (0x3000, 0x3003), (0x3005, 0x3017), (0x301d, 0x301e), (0x3021, 0x3029),
    (0x3033, 0x3035), (0x3038, 0x303a), (0x303e, 0x303f), (0x3041, 0x3096), (0x309b, 0x309e),
    (0x30a1, 0x30fe), (0x3105, 0x312c), (0x31a0, 0x31b7), (0x3220, 0x3229), (0x3231, 0x3231),
    (0x32a3, 0x32a3), (0x338e, 0x338f), (0x339c, 0x339e), (0x33a1, 0x33a1), (0x33c4, 0x33c4),
    (0x33ce, 0x33ce), (0x33d1, 0x33d2), (0x33d5, 0x33d5), (0x3400, 0x4db5), (0x4e00, 0x9fa5),
    (0x9fb4, 0x9fbb), (0xa000, 0xa48c), (0xa490, 0xa4c6), (0xf92c, 0xf92c), (0xf979, 0xf979),
    (0xf995, 0xf995), (0xf9e7, 0xf9e7), (0xf9f1, 0xf9f1), (0xfa0c, 0xfa0f), (0xfa11, 0xfa11),
    (0xfa13, 0xfa14), (0xfa18, 0xfa18), (0xfa1f, 0xfa21), (0xfa23, 0xfa24), (0xfa27, 0xfa29),
    (0xfe10, 0xfe19), (0xfe30, 0xfe31), (0xfe33, 0xfe44), (0xfe49, 0xfe52), (0xfe54, 0xfe57),
    (0xfe59, 0xfe66), (0xfe68, 0xfe6b), (0xff01, 0xff5e), (0xffe0, 0xffe5),
];

/// The characters of Adobe-GB1-5 beyond the basic plane.
const COVERED_BEYOND: [u32; 8] = [
    0x20087, 0x20089, 0x200cc, 0x20509, 0x2099d, 0x215d7, 0x2298f, 0x241fe,
];

/// Width of a character, thousandths of the size.
pub(super) fn width(c: char) -> u16 {
    match c {
        ' '..='~' => ASCII[c as usize - ' ' as usize],
        '\u{a0}' => ASCII[0],
        _ => FULL,
    }
}

/// Does the font have this character?
pub(super) fn covers(c: char) -> bool {
    let code = u32::from(c);
    match u16::try_from(code) {
        Ok(code) => {
            matches!(c, ' '..='~') || {
                let after = COVERED.partition_point(|&(first, _)| first <= code);
                after > 0 && code <= COVERED[after - 1].1
            }
        }
        Err(_) => COVERED_BEYOND.contains(&code),
    }
}

/// UTF-16, the high byte first; beyond the basic plane as two surrogates.
pub(super) fn encode(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// Where the font's objects are in the file.
pub(super) struct Refs {
    pub(super) font: Ref,
    pub(super) descendant: Ref,
    pub(super) descriptor: Ref,
}

/// Writes the font's three objects.
pub(super) fn write(pdf: &mut Pdf, refs: &Refs) {
    let name = Name(b"STSong-Light");
    pdf.type0_font(refs.font)
        .base_font(Name(b"STSong-Light-UniGB-UTF16-H"))
        .encoding_predefined(Name(b"UniGB-UTF16-H"))
        .descendant_font(refs.descendant);
    let mut descendant = pdf.cid_font(refs.descendant);
    descendant
        .subtype(CidFontType::Type0)
        .base_font(name)
        .system_info(SystemInfo {
            registry: Str(b"Adobe"),
            ordering: Str(b"GB1"),
            supplement: 5,
        })
        .font_descriptor(refs.descriptor)
        .default_width(f32::from(FULL));
    // In this collection ASCII is numbered from 1 on.
    let mut widths = descendant.widths();
    widths.consecutive(1, ASCII.iter().map(|&width| f32::from(width)));
    drop(widths);
    drop(descendant);
    pdf.font_descriptor(refs.descriptor)
        .name(name)
        .flags(FontFlags::SYMBOLIC | FontFlags::SERIF)
        .bbox(Rect::new(-25.0, -254.0, 1_000.0, 880.0))
        .italic_angle(0.0)
        .ascent(880.0)
        .descent(-120.0)
        .cap_height(737.0)
        .stem_v(93.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_knows_what_the_font_has() {
        assert!(COVERED.iter().all(|(first, last)| first <= last));
        assert!(COVERED.windows(2).all(|pair| pair[0].1 < pair[1].0));
        for c in "A~ 中龥䶮〇、。“”—…·①é\u{20087}〓".chars() {
            assert!(covers(c), "{c}");
        }
        for c in "\t\u{7f}한😀𠮷㌀鿏".chars() {
            assert!(!covers(c), "{c}");
        }
    }

    #[test]
    fn widths_are_half_or_full() {
        assert_eq!(
            (width('中'), width('0'), width(' '), width('~')),
            (1_000, 462, 207, 605)
        );
        assert_eq!(encode("中\u{20bb7}"), [0x4e, 0x2d, 0xd8, 0x42, 0xdf, 0xb7]);
    }
}
