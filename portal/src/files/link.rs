//! Signed links to files.
//!
//! A page that may show a file to its reader makes a link; whoever follows it within five minutes
//! gets the file. A private link is good for the reader's own session only.

use crate::ids::{AccountId, FileId};
use crate::state::AppState;
use crate::web::secret::Signer;

/// A link is good for so long, ms.
pub const GOOD_FOR_MS: i64 = 5 * 60_000;

/// What tags of links are good for.
const FILE: &str = "file";
/// Stands for the reader in a link for everyone.
const ANYONE: &str = "";

/// A link for whoever gets the page: pictures of public pages.
pub fn link(state: &AppState, file: FileId, now_ms: i64) -> String {
    path(&state.signer, file, ANYONE, now_ms + GOOD_FOR_MS)
}

/// A link for one reader: licences, letters, résumés, evidence.
pub fn private_link(state: &AppState, file: FileId, reader: AccountId, now_ms: i64) -> String {
    let reader = reader.to_string();
    path(&state.signer, file, &reader, now_ms + GOOD_FOR_MS)
}

fn path(signer: &Signer, file: FileId, reader: &str, expires_ms: i64) -> String {
    let (file, expires) = (file.to_string(), expires_ms.to_string());
    let tag = signer.tag(FILE, &[&file, &expires, reader]);
    format!("/files/{file}?e={expires}&s={tag}")
}

/// Is a link good, for this reader and now?
pub(super) fn is_good(
    signer: &Signer,
    file: FileId,
    (expires_ms, tag): (i64, &str),
    reader: Option<AccountId>,
    now_ms: i64,
) -> bool {
    if expires_ms <= now_ms {
        return false;
    }
    let (file, expires) = (file.to_string(), expires_ms.to_string());
    let good = |reader: &str| signer.is_good(FILE, &[&file, &expires, reader], tag);
    good(ANYONE) || reader.is_some_and(|reader| good(&reader.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_ends_and_is_for_its_file_and_its_reader() {
        let signer = Signer::from_bytes(&[3; 32]);
        let (file, me, other) = (FileId::new(), AccountId::new(), AccountId::new());
        let tag = |reader: &str| {
            let path = path(&signer, file, reader, 1_000);
            path.rsplit_once("&s=").unwrap().1.to_owned()
        };
        let good = |file, tag: &str, reader, now| is_good(&signer, file, (1_000, tag), reader, now);
        let (open, mine) = (tag(ANYONE), tag(&me.to_string()));
        assert!(good(file, &open, None, 999) && good(file, &open, Some(other), 999));
        assert!(!good(file, &open, None, 1_000));
        assert!(!good(FileId::new(), &open, None, 999));
        assert!(good(file, &mine, Some(me), 999));
        assert!(!good(file, &mine, Some(other), 999) && !good(file, &mine, None, 999));
        assert!(!is_good(&signer, file, (2_000, &open), None, 999));
    }
}
