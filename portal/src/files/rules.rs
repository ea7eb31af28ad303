//! What may be uploaded for what, and references to uploads.

use outside::objects::sniff::{Kind, Sniffed};

use crate::ids::FileId;
use crate::web::secret::Signer;

/// A mebibyte, which people are told as "MB".
pub const MIB: u64 = 1024 * 1024;

base::words! {
    /// What an upload is for: decides kinds, size, and who may see it.
    pub enum Purpose: "purpose of an upload" {
        /// 营业执照.
        Licence = "licence",
        /// 账号授权书, stamped.
        Letter = "letter",
        /// 头像.
        Avatar = "avatar",
        /// 企业 logo.
        Logo = "logo",
        /// 相册.
        Album = "album",
        /// 附件简历.
        Resume = "resume",
        /// 投诉证据.
        Evidence = "evidence",
    }
}

impl Purpose {
    /// The largest upload, bytes.
    pub fn max_bytes(self) -> u64 {
        match self {
            Self::Licence | Self::Letter => 5 * MIB,
            Self::Avatar | Self::Logo => 2 * MIB,
            Self::Album | Self::Evidence => 5 * MIB,
            Self::Resume => 10 * MIB,
        }
    }

    /// What it may be, by content.
    pub fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Licence | Self::Letter | Self::Evidence => &[Kind::Jpeg, Kind::Png, Kind::Pdf],
            Self::Avatar | Self::Logo | Self::Album => &[Kind::Jpeg, Kind::Png, Kind::WebP],
            Self::Resume => &[Kind::Pdf],
        }
    }

    /// Does it concern one person or one company alone? Then looking at it is written down.
    pub fn is_private(self) -> bool {
        match self {
            Self::Licence | Self::Letter | Self::Resume | Self::Evidence => true,
            Self::Avatar | Self::Logo | Self::Album => false,
        }
    }

    /// Checks what was found in an upload.
    ///
    /// # Errors
    /// What to tell the person: what was found, and what would be taken.
    pub fn check(self, found: Sniffed) -> Result<Kind, String> {
        if self.kinds().contains(&found.kind) {
            return Ok(found.kind);
        }
        let taken: Vec<_> = self.kinds().iter().map(|kind| kind.name()).collect();
        let taken = taken.join("、");
        Err(match found.doubt {
            Some(doubt) => format!("{}；这里只接受 {taken}", doubt.text()),
            None => format!("文件内容是 {}，这里只接受 {taken}", found.kind.name()),
        })
    }

    /// May someone who is not signed in upload it? Those who register have to.
    pub fn is_for_strangers(self) -> bool {
        matches!(self, Self::Licence | Self::Letter)
    }
}

/// What a file picker offers for a purpose, for templates; empty for an unknown one.
pub fn accept(purpose: impl AsRef<str>) -> String {
    let kinds = purpose.as_ref().parse().map_or(&[][..], Purpose::kinds);
    let mimes: Vec<_> = kinds.iter().map(|kind| kind.mime()).collect();
    mimes.join(",")
}

/// The largest upload of a purpose, bytes, for templates; 0 for an unknown one.
pub fn max_bytes(purpose: impl AsRef<str>) -> u64 {
    purpose.as_ref().parse().map_or(0, Purpose::max_bytes)
}

/// The largest upload of any purpose, and of any that strangers have, bytes.
pub fn largest(of_strangers: bool) -> u64 {
    let purposes = Purpose::ALL.into_iter();
    let purposes = purposes.filter(|purpose| purpose.is_for_strangers() || !of_strangers);
    purposes.map(Purpose::max_bytes).max().unwrap_or_default()
}

/// Characters of a file's name that are kept.
const NAME_CHARS: usize = 120;

/// The name of an upload as it is kept: one line, no path, the last characters of a long one.
pub fn clean_name(name: &str, kind: Kind) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let line: String = last.chars().filter(|c| !c.is_control()).collect();
    let line = line.trim();
    if line.is_empty() {
        return format!("文件.{}", kind.extension());
    }
    let chars: Vec<char> = line.chars().collect();
    chars[chars.len().saturating_sub(NAME_CHARS)..]
        .iter()
        .collect()
}

/// A reference to an upload as a form carries it: `{id}.{tag}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileRef(FileId);

/// What tags of references are good for.
const UPLOAD: &str = "upload";

impl FileRef {
    /// The text for the form's field.
    pub fn issue(signer: &Signer, id: FileId, purpose: Purpose) -> String {
        let text = id.to_string();
        let tag = signer.tag(UPLOAD, &[&text, purpose.as_str()]);
        format!("{text}.{tag}")
    }

    /// Reads what came with a form; `None`: not one of ours, or for another purpose.
    pub fn parse(signer: &Signer, text: &str, purpose: Purpose) -> Option<Self> {
        let (id, tag) = text.split_once('.')?;
        signer
            .is_good(UPLOAD, &[id, purpose.as_str()], tag)
            .then(|| id.parse().ok().map(Self))?
    }

    /// The upload.
    pub fn id(self) -> FileId {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_good_for_its_purpose_only() {
        let signer = Signer::from_bytes(&[1; 32]);
        let id = FileId::new();
        let text = FileRef::issue(&signer, id, Purpose::Licence);
        let parse = |text: &str, purpose| FileRef::parse(&signer, text, purpose);
        assert_eq!(parse(&text, Purpose::Licence).map(FileRef::id), Some(id));
        assert_eq!(parse(&text, Purpose::Letter), None);
        assert_eq!(
            parse(&format!("{}.x", FileId::new()), Purpose::Licence),
            None
        );
        assert_eq!(parse("", Purpose::Licence), None);
    }

    #[test]
    fn a_lie_is_told_with_what_was_found() {
        let found = |kind| Sniffed { kind, doubt: None };
        assert_eq!(Purpose::Resume.check(found(Kind::Pdf)), Ok(Kind::Pdf));
        let told = Purpose::Resume.check(found(Kind::Png)).unwrap_err();
        assert_eq!(told, "文件内容是 PNG 图片，这里只接受 PDF 文件");
        let html = outside::objects::sniff::sniff_bytes(b"<!doctype html><script>x</script>");
        for purpose in Purpose::ALL {
            assert!(purpose.check(html).is_err(), "{purpose}");
            assert_eq!(purpose.as_str().parse::<Purpose>().unwrap(), purpose);
            assert!(!accept(purpose.as_str()).is_empty() && max_bytes(purpose.as_str()) > 0);
        }
        assert_eq!((accept("x"), max_bytes("x")), (String::new(), 0));
    }

    #[test]
    fn names_lose_their_path_and_what_is_too_long() {
        assert_eq!(clean_name("C:\\temp\\简历.pdf", Kind::Pdf), "简历.pdf");
        assert_eq!(clean_name("../../a\n.pdf", Kind::Pdf), "a.pdf");
        assert_eq!(clean_name(" ", Kind::Pdf), "文件.pdf");
        let long = clean_name(&format!("{}.pdf", "长".repeat(500)), Kind::Pdf);
        assert!(long.ends_with("长.pdf") && long.chars().count() == NAME_CHARS);
    }
}
