//! Writing the answer.

use rand::Rng;

use super::{Candidate, Negotiated, Offer, SdpError};
use crate::certificate::Fingerprint;
use crate::ice::Credentials;

/// Our side of an answer.
#[derive(Debug, Clone, Copy)]
pub struct LocalParams<'a> {
    /// ICE user fragment and password of this peer connection on our side.
    pub credentials: &'a Credentials,
    /// The node's certificate.
    pub fingerprint: &'a Fingerprint,
    /// Every address of the worker, preferred first.
    pub candidates: &'a [Candidate],
    /// The negotiation before, when this is an ICE restart: slots, SSRCs and session id are kept.
    pub previous: Option<&'a Negotiated>,
}

/// Writes the answer to `offer`. SSRCs, session id and cname come from `rng`.
///
/// # Errors
/// [`SdpError`] if nothing in the offer can be used, or a restart changes the slots.
pub fn answer(
    offer: &Offer,
    local: &LocalParams<'_>,
    rng: &mut impl Rng,
) -> Result<(String, Negotiated), SdpError> {
    let _ = (offer, local, rng);
    Err(SdpError::Malformed("not supported yet".to_owned()))
}
