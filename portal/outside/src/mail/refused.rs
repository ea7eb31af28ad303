//! What a relay's answer means, by the stage at which it came (RFC 5321 §4.2, RFC 4954 §6).

use lettre::transport::smtp::Error;

use crate::refusal::{Cause, Refusal};

/// How far a message had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// TCP, TLS, greeting.
    Connect,
    /// Name and password.
    Login,
    /// Our own address.
    Sender,
    /// The person's address, and leave to send the message.
    Recipient,
    /// The message.
    Message,
}

/// The refusal that an error stands for. lettre's own words are left out: an answer may repeat
/// addresses.
pub(super) fn refusal(stage: Stage, error: &Error) -> Refusal {
    if let Some(code) = error.status() {
        let code: u16 = code.to_string().parse().unwrap_or(0);
        return Refusal::new(cause(stage, code), code);
    }
    let (cause, word) = if error.is_tls() {
        (Cause::Unreachable, "tls")
    } else if error.is_client() {
        // The server offers no STARTTLS, or no login that is known here.
        (Cause::Credentials, "not-offered")
    } else if error.is_response() {
        (after(stage, Cause::Unreadable), "not-the-protocol")
    } else if stage == Stage::Connect {
        (Cause::Unreachable, "no-connection")
    } else {
        (after(stage, Cause::NoAnswer), "cut-off")
    };
    Refusal::new(cause, word)
}

/// Until the message itself goes out, nothing can have arrived.
fn after(stage: Stage, cause: Cause) -> Cause {
    if stage == Stage::Message {
        cause
    } else {
        Cause::Unreachable
    }
}

fn cause(stage: Stage, code: u16) -> Cause {
    match (stage, code) {
        // Login needed, too weak, wrong; and limits that relays put in these codes.
        (_, 530 | 534 | 535 | 538) => Cause::Credentials,
        (_, 400..500) => Cause::Busy,
        (Stage::Connect, _) => Cause::Busy,
        (Stage::Login | Stage::Sender, _) => Cause::Credentials,
        // RFC 5321 §4.5.3.1.10: too many recipients or a full mailbox, which pass.
        (Stage::Recipient, 552) => Cause::Limit,
        (Stage::Recipient, _) => Cause::Recipient,
        (Stage::Message, _) => Cause::Content,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_for_now_are_tried_again_and_those_for_good_are_not() {
        for stage in [Stage::Sender, Stage::Recipient, Stage::Message] {
            for code in [421, 450, 451, 452] {
                assert!(!cause(stage, code).is_final(), "{stage:?} {code}");
            }
        }
        for code in [550, 551, 553, 554] {
            assert_eq!(cause(Stage::Recipient, code), Cause::Recipient);
            assert_eq!(cause(Stage::Message, code), Cause::Content);
        }
        assert_eq!(cause(Stage::Recipient, 552), Cause::Limit);
        assert_eq!(cause(Stage::Login, 535), Cause::Credentials);
        assert_eq!(cause(Stage::Sender, 553), Cause::Credentials);
        assert_eq!(cause(Stage::Connect, 554), Cause::Busy);
    }
}
