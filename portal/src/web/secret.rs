//! What this server signs for itself: links to files, references to uploads.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

/// Bytes of a tag in a link: 128 bits of HMAC-SHA-256 (RFC 2104 §5 allows to cut it).
const TAG_BYTES: usize = 16;

/// Signs and checks. Clones share the key.
#[derive(Clone)]
pub struct Signer(Arc<hmac::Key>);

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(…)")
    }
}

impl Signer {
    /// Reads the key from `path`, or makes one there.
    ///
    /// # Errors
    /// The file cannot be read or made, or is open to others.
    pub fn load_or_create(path: &Path) -> anyhow::Result<Self> {
        Ok(Self::from_bytes(&base::key_file::load_or_create(path)?))
    }

    /// With a key of these bytes.
    pub fn from_bytes(key: &[u8]) -> Self {
        Self(Arc::new(hmac::Key::new(hmac::HMAC_SHA256, key)))
    }

    /// A tag over `parts` for one `purpose`: no tag is good for another purpose, and no two lists
    /// of parts run together into one text.
    pub fn tag(&self, purpose: &str, parts: &[&str]) -> String {
        URL_SAFE_NO_PAD.encode(&self.derive(purpose, parts)[..TAG_BYTES])
    }

    /// 256 bits that follow from `purpose` and `parts`, and that nobody else can work out.
    pub fn derive(&self, purpose: &str, parts: &[&str]) -> [u8; 32] {
        let tag = hmac::sign(&self.0, &message(purpose, parts));
        let mut bytes = [0; 32];
        bytes.copy_from_slice(tag.as_ref());
        bytes
    }

    /// Is `tag` that of [`Signer::tag`]? Takes the same time however far it agrees.
    pub fn is_good(&self, purpose: &str, parts: &[&str], tag: &str) -> bool {
        let expected = self.tag(purpose, parts);
        expected.len() == tag.len()
            && expected
                .bytes()
                .zip(tag.bytes())
                .fold(0_u8, |sum, (a, b)| sum | (a ^ b))
                == 0
    }
}

fn message(purpose: &str, parts: &[&str]) -> Vec<u8> {
    let mut message = Vec::new();
    for part in std::iter::once(&purpose).chain(parts) {
        message.extend((part.len() as u64).to_be_bytes());
        message.extend(part.as_bytes());
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_good_for_its_purpose_and_its_parts_only() {
        let signer = Signer::from_bytes(&[7; 32]);
        let tag = signer.tag("file", &["ab", "c"]);
        assert!(signer.is_good("file", &["ab", "c"], &tag));
        assert!(!signer.is_good("upload", &["ab", "c"], &tag));
        assert!(!signer.is_good("file", &["a", "bc"], &tag));
        assert!(!signer.is_good("file", &["ab", "c"], ""));
        assert!(!Signer::from_bytes(&[8; 32]).is_good("file", &["ab", "c"], &tag));
    }
}
