//! What may be uploaded for what, and references to uploads.

use std::fmt;
use std::str::FromStr;

use crate::ids::FileId;
use crate::web::secret::Signer;

/// What an upload is for: decides kinds, size, and who may see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// 营业执照.
    Licence,
    /// 账号授权书, stamped.
    Letter,
    /// 头像.
    Avatar,
    /// 企业 logo.
    Logo,
    /// 相册.
    Album,
    /// 附件简历.
    Resume,
}

impl Purpose {
    /// All purposes.
    pub const ALL: [Self; 6] = [
        Self::Licence,
        Self::Letter,
        Self::Avatar,
        Self::Logo,
        Self::Album,
        Self::Resume,
    ];

    /// The word in SQL and in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Licence => "licence",
            Self::Letter => "letter",
            Self::Avatar => "avatar",
            Self::Logo => "logo",
            Self::Album => "album",
            Self::Resume => "resume",
        }
    }

    /// The largest upload, bytes.
    pub fn max_bytes(self) -> u64 {
        const MIB: u64 = 1024 * 1024;
        match self {
            Self::Licence | Self::Letter => 5 * MIB,
            Self::Avatar | Self::Logo => 2 * MIB,
            Self::Album => 5 * MIB,
            Self::Resume => 10 * MIB,
        }
    }

    /// May someone who is not signed in upload it? Those who register have to.
    pub fn is_for_strangers(self) -> bool {
        matches!(self, Self::Licence | Self::Letter)
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no purpose.
#[derive(Debug, thiserror::Error)]
#[error("no such purpose")]
pub struct UnknownPurpose;

impl FromStr for Purpose {
    type Err = UnknownPurpose;
    fn from_str(text: &str) -> Result<Self, UnknownPurpose> {
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
            .ok_or(UnknownPurpose)
    }
}

base::sql_text!(Purpose);

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
}
