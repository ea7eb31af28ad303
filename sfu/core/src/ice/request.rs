//! Binding requests: what they must hold, and what is answered (RFC 8445 §7.3, RFC 8489).

use std::net::SocketAddr;

use rtc_crypto::RTCCrypto;
use rtc_stun::attributes::{
    ATTR_ERROR_CODE, ATTR_ICE_CONTROLLED, ATTR_MESSAGE_INTEGRITY, ATTR_PRIORITY,
    ATTR_UNKNOWN_ATTRIBUTES, ATTR_USE_CANDIDATE, ATTR_USERNAME, AttrType,
};
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{
    BINDING_ERROR, BINDING_REQUEST, BINDING_SUCCESS, Message, MessageType, Setter, TransactionId,
};
use rtc_stun::xoraddr::XorMappedAddress;

use super::Credentials;
use crate::stun::MAX_STUN_BYTES;

/// Why a binding request was not accepted. If `reply` is not empty after an error, it holds the
/// error response to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IceError {
    /// Not a well-formed STUN message, or its FINGERPRINT is wrong or missing (RFC 8445 §7.1): it
    /// is dropped.
    #[error("not a STUN message")]
    Malformed,
    /// Well-formed STUN, but not a binding request: dropped. (A lite agent sends no requests, so
    /// it expects no responses; indications only keep bindings of a NAT alive.)
    #[error("not a binding request")]
    NotARequest,
    /// No USERNAME or MESSAGE-INTEGRITY: answered with 400.
    #[error("the request lacks its credentials")]
    NoCredentials,
    /// The user fragment or the password is not ours: answered with 401.
    #[error("the request has wrong credentials")]
    WrongCredentials,
    /// An attribute that must be understood is not: answered with 420.
    #[error("the request has an unknown attribute")]
    UnknownAttribute,
    /// The peer takes itself for the controlled side: answered with 487. A lite agent never
    /// controls, so the peer has to switch (RFC 8445 §7.3.1.1).
    #[error("the peer claims the controlled role")]
    RoleConflict,
    /// The response could not be written.
    #[error("no response could be made")]
    Internal,
    /// An authentic check that came before, over another path: somebody's copy, dropped.
    #[error("the request is a copy of one from elsewhere")]
    Copied,
    /// More checks than a peer makes: dropped.
    #[error("too many requests")]
    TooOften,
}

/// An error code with its reason phrase (RFC 8489 §14.8).
const BAD_REQUEST: (u16, &str) = (400, "Bad Request");
const UNAUTHORIZED: (u16, &str) = (401, "Unauthorized");
const UNKNOWN_ATTRIBUTE: (u16, &str) = (420, "Unknown Attribute");
const ROLE_CONFLICT: (u16, &str) = (487, "Role Conflict");

/// Checks requests against `accepted` credentials and writes responses.
pub(super) struct Responder<'a> {
    pub(super) crypto: &'a dyn RTCCrypto,
    pub(super) from: SocketAddr,
    pub(super) reply: &'a mut Vec<u8>,
}

impl Responder<'_> {
    /// Checks a request. On success the reply is written; returns whether the request nominates,
    /// and the position of the credentials that authenticated it.
    pub(super) fn respond<'c>(
        &mut self,
        bytes: &[u8],
        accepted: impl Iterator<Item = &'c Credentials>,
    ) -> Result<(bool, usize), IceError> {
        let mut message = decode(bytes)?;
        let transaction = message.transaction_id;
        let has_integrity = message.contains(ATTR_MESSAGE_INTEGRITY);
        let username = message.get(ATTR_USERNAME).ok().filter(|_| has_integrity);
        let Some(username) = username else {
            self.refuse(transaction, BAD_REQUEST, None, &[])?;
            return Err(IceError::NoCredentials);
        };
        let ours = |credentials: &Credentials| {
            username
                .strip_prefix(credentials.ufrag.as_bytes())
                .is_some_and(|r| r.starts_with(b":"))
        };
        let found = accepted
            .enumerate()
            .find(|(_, credentials)| ours(credentials));
        let authentic = found.filter(|(_, credentials)| {
            MessageIntegrity::check(&mut message, credentials.pwd.as_bytes(), self.crypto).is_ok()
        });
        let Some((position, credentials)) = authentic else {
            self.refuse(transaction, UNAUTHORIZED, None, &[])?;
            return Err(IceError::WrongCredentials);
        };
        let nominates = self.check_attributes(&message, &credentials.pwd)?;
        let mapped = XorMappedAddress {
            ip: self.from.ip().to_canonical(),
            port: self.from.port(),
        };
        let response = begin(BINDING_SUCCESS, transaction);
        self.finish(response, Some(&credentials.pwd), |message| {
            mapped.add_to(message).is_ok()
        })?;
        Ok((nominates, position))
    }

    /// Looks at the attributes that MESSAGE-INTEGRITY covers; those behind it do not count
    /// (RFC 8489 §14.5). Says whether the request nominates.
    fn check_attributes(&mut self, message: &Message, pwd: &str) -> Result<bool, IceError> {
        let covered = message.attributes.0.iter().map(|attribute| attribute.typ);
        let covered: Vec<AttrType> = covered
            .take_while(|kind| *kind != ATTR_MESSAGE_INTEGRITY)
            .collect();
        let known = [ATTR_USERNAME, ATTR_PRIORITY, ATTR_USE_CANDIDATE];
        let unknown: Vec<u16> = covered
            .iter()
            .filter(|kind| kind.required() && !known.contains(kind))
            .map(|kind| kind.value())
            .collect();
        if !unknown.is_empty() {
            self.refuse(
                message.transaction_id,
                UNKNOWN_ATTRIBUTE,
                Some(pwd),
                &unknown,
            )?;
            return Err(IceError::UnknownAttribute);
        }
        if covered.contains(&ATTR_ICE_CONTROLLED) {
            self.refuse(message.transaction_id, ROLE_CONFLICT, Some(pwd), &[])?;
            return Err(IceError::RoleConflict);
        }
        Ok(covered.contains(&ATTR_USE_CANDIDATE))
    }

    fn refuse(
        &mut self,
        transaction: TransactionId,
        (code, reason): (u16, &str),
        pwd: Option<&str>,
        unknown: &[u16],
    ) -> Result<(), IceError> {
        let response = begin(BINDING_ERROR, transaction);
        self.finish(response, pwd, |message| {
            let mut value = vec![0, 0, (code / 100) as u8, (code % 100) as u8];
            value.extend_from_slice(reason.as_bytes());
            message.add(ATTR_ERROR_CODE, &value);
            if !unknown.is_empty() {
                let list: Vec<u8> = unknown.iter().flat_map(|kind| kind.to_be_bytes()).collect();
                message.add(ATTR_UNKNOWN_ATTRIBUTES, &list);
            }
            true
        })
    }

    fn finish(
        &mut self,
        mut response: Message,
        pwd: Option<&str>,
        write: impl FnOnce(&mut Message) -> bool,
    ) -> Result<(), IceError> {
        let mut written = write(&mut response);
        if let Some(pwd) = pwd {
            let integrity = MessageIntegrity::new_raw_integrity_with_provider(pwd, self.crypto);
            written &= integrity.add_to(&mut response).is_ok();
        }
        written &= FINGERPRINT.add_to(&mut response).is_ok();
        if !written {
            return Err(IceError::Internal);
        }
        self.reply.extend_from_slice(&response.raw);
        Ok(())
    }
}

fn begin(kind: MessageType, transaction: TransactionId) -> Message {
    let mut message = Message {
        transaction_id: transaction,
        ..Message::default()
    };
    message.set_type(kind);
    message.write_header();
    message
}

fn decode(bytes: &[u8]) -> Result<Message, IceError> {
    if bytes.len() > MAX_STUN_BYTES {
        return Err(IceError::Malformed);
    }
    let mut message = Message::default();
    message
        .unmarshal_binary(bytes)
        .map_err(|_| IceError::Malformed)?;
    if message.typ != BINDING_REQUEST {
        return Err(IceError::NotARequest);
    }
    if FINGERPRINT.check(&message).is_err() {
        return Err(IceError::Malformed);
    }
    Ok(message)
}
