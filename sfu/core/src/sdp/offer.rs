//! The typed offer.

use super::SdpError;

/// A session description that passed all checks of form and size.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {}

impl Offer {
    /// Reads an offer.
    ///
    /// # Errors
    /// [`SdpError`] names the first fault.
    pub fn parse(text: &str) -> Result<Self, SdpError> {
        let _ = text;
        Err(SdpError::Malformed("not supported yet".to_owned()))
    }
}
