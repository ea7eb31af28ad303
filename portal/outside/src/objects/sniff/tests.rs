//! Files as they are, cut off, and as they pretend to be.

use std::io::Cursor;

use proptest::prelude::*;

use super::*;

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    file.extend(width.to_be_bytes());
    file.extend(height.to_be_bytes());
    file.extend([8, 6, 0, 0, 0, 1, 2, 3, 4]);
    file.extend(b"\0\0\0\x03IDATabc\0\0\0\0");
    file.extend(b"\0\0\0\0IEND\xae\x42\x60\x82");
    file
}

fn jpeg(width: u16, height: u16) -> Vec<u8> {
    jpeg_with(width, height, b"note")
}

fn jpeg_with(width: u16, height: u16, comment: &[u8]) -> Vec<u8> {
    let mut file = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0".to_vec();
    // A fill byte in front of the comment's marker.
    file.extend(b"\xff\xff\xfe");
    file.extend((2 + comment.len() as u16).to_be_bytes());
    file.extend(comment);
    file.extend(b"\xff\xc0\0\x11\x08");
    file.extend(height.to_be_bytes());
    file.extend(width.to_be_bytes());
    file.extend(b"\x03\x01\x22\0\x02\x11\x01\x03\x11\x01\xff\xda\0\x08\x01\x01\0\0\x3f\0abc");
    file.extend(b"\xff\xd9");
    file
}

fn gif(width: u16, height: u16) -> Vec<u8> {
    let mut file = b"GIF89a".to_vec();
    file.extend(width.to_le_bytes());
    file.extend(height.to_le_bytes());
    file.extend(b"\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;");
    file
}

fn webp(chunk: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut file = b"RIFF".to_vec();
    file.extend((12 + data.len() as u32).to_le_bytes());
    file.extend(b"WEBP");
    file.extend(chunk);
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    file
}

fn pdf() -> Vec<u8> {
    b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n".to_vec()
}

/// An archive of empty files that say to unpack to `unpacked` bytes each.
fn zip(names: &[&str], unpacked: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut directory = Vec::new();
    for name in names {
        let at = file.len() as u32;
        let mut common = [0_u8; 20];
        common[16..20].copy_from_slice(&unpacked.to_le_bytes());
        let length = (name.len() as u16).to_le_bytes();
        file.extend(b"PK\x03\x04\x14\0");
        file.extend(&common);
        file.extend(length);
        file.extend([0, 0]);
        file.extend(name.as_bytes());
        directory.extend(b"PK\x01\x02\x14\0\x14\0");
        directory.extend([0; 16]);
        directory.extend(unpacked.to_le_bytes());
        directory.extend(length);
        directory.extend([0; 12]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let count = (names.len() as u16).to_le_bytes();
    let at = file.len() as u32;
    file.extend(&directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend(count);
    file.extend(count);
    file.extend((directory.len() as u32).to_le_bytes());
    file.extend(at.to_le_bytes());
    file.extend([0, 0]);
    file
}

const DOCX: [&str; 3] = ["[Content_Types].xml", "_rels/.rels", "word/document.xml"];
const XLSX: [&str; 3] = ["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"];

fn gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

fn kind(bytes: &[u8]) -> Kind {
    sniff_bytes(bytes).kind
}

fn doubt(bytes: &[u8]) -> Doubt {
    let sniffed = sniff_bytes(bytes);
    assert_eq!(sniffed.kind, Kind::Unknown);
    sniffed.doubt.unwrap()
}

#[test]
fn sound_files_are_known() {
    let mut vp8 = b"\0\0\0\x9d\x01\x2a".to_vec();
    vp8.extend([64, 0, 32, 0]);
    let vp8l = [0x2f, 63, 0x40, 0x0f, 0, 0, 0, 0, 0, 0];
    let vp8x = [0, 0, 0, 0, 63, 0, 0, 31, 0, 0];
    let roster = "姓名,学号\n张三,2023001\n李四,2023002\n";
    let with_bom = [b"\xef\xbb\xbf", roster.as_bytes()].concat();
    let cases: [(&str, Vec<u8>, Kind); 21] = [
        ("png", png(64, 32), Kind::Png),
        ("jpeg", jpeg(4_000, 3_000), Kind::Jpeg),
        (
            "telephone's jpeg",
            [jpeg(40, 30), vec![7; 70_000]].concat(),
            Kind::Jpeg,
        ),
        ("gif", gif(64, 32), Kind::Gif),
        ("webp", webp(b"VP8 ", &vp8), Kind::WebP),
        ("lossless webp", webp(b"VP8L", &vp8l), Kind::WebP),
        ("extended webp", webp(b"VP8X", &vp8x), Kind::WebP),
        ("pdf", pdf(), Kind::Pdf),
        (
            "pdf after a newline",
            [b"\n".to_vec(), pdf()].concat(),
            Kind::Pdf,
        ),
        ("docx", zip(&DOCX, 100), Kind::Docx),
        ("xlsx", zip(&XLSX, 100), Kind::Xlsx),
        ("zip", zip(&["a.txt"], 100), Kind::Zip),
        (
            "zip that only holds a document",
            zip(&["word/document.xml"], 1),
            Kind::Zip,
        ),
        ("csv", roster.into(), Kind::Csv),
        ("csv with a mark", with_bom, Kind::Csv),
        ("csv by Excel", gb18030(roster), Kind::Csv),
        (
            "quoted csv",
            "a;\"b;c\"\r\n\"1;;2\";3\r\n".into(),
            Kind::Csv,
        ),
        ("tabs", "a\tb\n1\t2\n".into(), Kind::Csv),
        (
            "text",
            "尊敬的用人单位：\n您好，欢迎。\n".into(),
            Kind::Text,
        ),
        (
            "text in GB18030",
            gb18030("尊敬的用人单位：\n您好！𠮷\n"),
            Kind::Text,
        ),
        ("one line", "姓名,学号".into(), Kind::Text),
    ];
    for (what, bytes, expected) in cases {
        assert_eq!(kind(&bytes), expected, "{what}: {:?}", sniff_bytes(&bytes));
        let read = sniff(&mut Cursor::new(&bytes)).unwrap();
        assert_eq!((read.kind, read.doubt), (expected, None), "{what}");
    }
}

#[test]
fn lies_are_seen_through() {
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
    let with_bom = [b"\xef\xbb\xbf ", svg.as_bytes()].concat();
    let cases: [(&str, Vec<u8>, Doubt); 21] = [
        ("nothing", Vec::new(), Doubt::Empty),
        ("svg", svg.into(), Doubt::Unknown),
        ("svg after a mark", with_bom, Doubt::Unknown),
        ("xml", "<?xml version='1.0'?><a/>".into(), Doubt::Unknown),
        ("html", " \r\n<!DOCTYPE html><p>x".into(), Doubt::Unknown),
        (
            "html after words",
            "hello <SCRIPT>x</SCRIPT>".into(),
            Doubt::Unknown,
        ),
        ("html in GB18030", gb18030("你好<Script>"), Doubt::Unknown),
        ("script", "#!/bin/sh\nrm -r /\n".into(), Doubt::Unknown),
        ("program", b"\x7fELF\x02\x01\x01\0".to_vec(), Doubt::Unknown),
        (
            "windows program",
            b"MZ\x90\0\x03\0\0\0".to_vec(),
            Doubt::Unknown,
        ),
        (
            "old Word",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0".to_vec(),
            Doubt::Unknown,
        ),
        ("utf-16", b"\xff\xfea\0,\0b\0".to_vec(), Doubt::Unknown),
        ("latin-1", b"caf\xe9 na\xefve".to_vec(), Doubt::Unknown),
        (
            "half a character",
            b"\xe5\xbc\xa0\xe4\xb8".to_vec(),
            Doubt::Unknown,
        ),
        (
            "gif that is a script",
            b"GIF89a=1;alert(1)//".to_vec(),
            Doubt::Broken,
        ),
        (
            "png that is a page",
            b"\x89PNG\r\n\x1a\n<script>".to_vec(),
            Doubt::Broken,
        ),
        (
            "jpeg that is a page",
            b"\xff\xd8\xff<script>".to_vec(),
            Doubt::Broken,
        ),
        (
            "picture and zip",
            [png(1, 1), zip(&["a"], 1)].concat(),
            Doubt::Mixed,
        ),
        (
            "pdf and zip",
            [pdf(), zip(&["a"], 1)].concat(),
            Doubt::Mixed,
        ),
        ("both offices", zip(&[DOCX, XLSX].concat(), 1), Doubt::Mixed),
        (
            "macros",
            zip(&[&XLSX[..], &["xl/vbaProject.bin"]].concat(), 1),
            Doubt::Macros,
        ),
    ];
    for (what, bytes, expected) in cases {
        assert_eq!(doubt(&bytes), expected, "{what}");
    }
    let picture = jpeg_with(4, 3, b"%PDF-1.7");
    assert_eq!(doubt(&picture), Doubt::Mixed, "picture and pdf");
}

#[test]
fn broken_files_are_refused() {
    let cut = |bytes: Vec<u8>| bytes[..bytes.len() - 3].to_vec();
    for (what, bytes) in [
        ("png", cut(png(64, 32))),
        ("jpeg", cut(jpeg(64, 32))),
        ("gif", cut(gif(64, 32))),
        ("webp", cut(webp(b"VP8X", &[0; 10]))),
        ("pdf", pdf()[..40].to_vec()),
        ("zip", cut(zip(&DOCX, 1))),
        ("no pixels", png(0, 32)),
        ("pdf of no version", b"%PDF-x.y\n%%EOF".to_vec()),
        ("zip with a gap", {
            let mut file = zip(&["a"], 1);
            let end = file.len() - 22;
            file.splice(end..end, *b"gap");
            file
        }),
        ("zip with more entries than said", {
            let mut file = zip(&["a", "b"], 1);
            let end = file.len() - 22;
            file[end + 10] = 1;
            file
        }),
    ] {
        assert_eq!(doubt(&bytes), Doubt::Broken, "{what}");
    }
}

#[test]
fn bombs_are_refused_by_their_headers() {
    let side = MAX_SIDE;
    assert_eq!(kind(&png(side, 100)), Kind::Png);
    assert_eq!(doubt(&png(side + 1, 1)), Doubt::TooLarge);
    assert_eq!(doubt(&png(16_000, 16_000)), Doubt::TooLarge);
    assert_eq!(doubt(&jpeg(65_535, 65_535)), Doubt::TooLarge);
    assert_eq!(doubt(&gif(65_535, 1)), Doubt::TooLarge);
    let wide = [0, 0, 0, 0, 0xff, 0xff, 0xff, 0, 0, 0];
    assert_eq!(doubt(&webp(b"VP8X", &wide)), Doubt::TooLarge);
    assert_eq!(doubt(&zip(&["a", "b"], u32::MAX / 2)), Doubt::TooLarge);
}

#[test]
fn each_kind_has_its_names() {
    assert_eq!(Kind::Pdf.mime(), "application/pdf");
    assert_eq!(
        (Kind::Jpeg.extension(), Kind::Jpeg.name()),
        ("jpg", "JPG 图片")
    );
    assert!(Kind::WebP.is_image() && !Kind::Pdf.is_image());
    assert_eq!(Doubt::Macros.text(), "不接受带宏的文件");
}

proptest! {
    /// Whatever follows a known beginning.
    #[test]
    fn sniffing_never_panics(
        start in prop::sample::select(vec![
            png(9, 9), jpeg(9, 9), gif(9, 9), webp(b"VP8L", &[0x2f; 10]), pdf(),
            zip(&XLSX, 9), "a,b\n".into(),
        ]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<prop::sample::Index>(),
        tail in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut file = start;
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        let keep = cut.index(file.len());
        file.truncate(keep);
        file.extend(tail);
        let _ = sniff_bytes(&file);
    }
}
