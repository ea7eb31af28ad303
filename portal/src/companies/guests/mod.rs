//! Guest interviewers (1.17): invited by SMS for one fair, they come in by a link and a code, may
//! enter the booth's room and nothing else, and only until the fair is over.

mod enter;
mod invite;
pub mod store;

use crate::ids::{AccountId, FairId};
use crate::web::Routes;
use crate::web::secret::Signer;

pub use enter::GuestPage;
pub use invite::InvitePage;

/// Guests that one company may have at one fair.
pub const GUESTS: i64 = 20;
/// A guest stays so long after the planned end, ms: fairs are extended, and evaluations written.
pub const STAYS_MS: i64 = 2 * 3_600_000;
/// What tags of links are good for.
const LINK: &str = "guest";

/// Routes of guests.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/company/guests", invite::page)
        .post("/company/guests", invite::submit)
        .get("/guest/{token}", enter::page)
        .post("/guest/{token}", enter::submit)
}

/// The token of a guest's link: account, fair, and a tag that nobody else can make.
fn token(signer: &Signer, account: AccountId, fair: FairId) -> String {
    let (account, fair) = (account.to_string(), fair.to_string());
    let tag = signer.tag(LINK, &[&account, &fair]);
    format!("{account}.{fair}.{tag}")
}

/// Whose link it is, and for which fair.
fn read_token(signer: &Signer, token: &str) -> Option<(AccountId, FairId)> {
    let mut parts = token.splitn(3, '.');
    let (account, fair, tag) = (parts.next()?, parts.next()?, parts.next()?);
    signer
        .is_good(LINK, &[account, fair], tag)
        .then(|| Some((account.parse().ok()?, fair.parse().ok()?)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_for_one_guest_and_one_fair() {
        let signer = Signer::from_bytes(&[5; 32]);
        let (account, fair) = (AccountId::new(), FairId::new());
        let good = token(&signer, account, fair);
        assert_eq!(read_token(&signer, &good), Some((account, fair)));
        let other = good.replace(&fair.to_string(), &FairId::new().to_string());
        assert_eq!(read_token(&signer, &other), None);
        assert_eq!(read_token(&signer, ""), None);
        assert_eq!(read_token(&signer, "a.b"), None);
    }
}
