//! The ICE-lite agent against requests as browsers send them, and as strangers might.

#![allow(clippy::unwrap_used, reason = "helpers of a test may panic")]

use std::time::{Duration, Instant};

use rtc_stun::attributes::{
    ATTR_ERROR_CODE, ATTR_ICE_CONTROLLED, ATTR_ICE_CONTROLLING, ATTR_PRIORITY, ATTR_USE_CANDIDATE,
    ATTR_USERNAME, AttrType,
};
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{BINDING_REQUEST, BINDING_SUCCESS, Message, Setter, TransactionId};
use rtc_stun::xoraddr::XorMappedAddress;
use sfu_core::certificate::Identity;
use sfu_core::ice::{
    Credentials, DISCONNECTED_AFTER, GONE_AFTER, IceError, IceEvent, IceLite, IceState, MAX_PATHS,
    RESTART_OVERLAP,
};
use sfu_core::path::{ConnectionId, Path};
use sfu_core::stun::peek_username;

#[expect(
    clippy::disallowed_methods,
    reason = "the simulated clock needs a first instant"
)]
fn start() -> Instant {
    Instant::now()
}

fn credentials(name: &str) -> Credentials {
    Credentials {
        ufrag: name.to_owned(),
        pwd: format!("{name}-password-of-22-or-more"),
    }
}

fn path(port: u16) -> Path {
    Path::udp(format!("192.0.2.7:{port}").parse().unwrap())
}

/// A binding request of the peer `theirs` to the agent `ours`.
struct Check {
    transaction: u8,
    username: String,
    pwd: String,
    attributes: Vec<(AttrType, Vec<u8>)>,
    behind_integrity: Vec<(AttrType, Vec<u8>)>,
}

impl Check {
    fn new(transaction: u8) -> Self {
        let ours = credentials("ours");
        Self {
            transaction,
            username: "ours:theirs".to_owned(),
            pwd: ours.pwd,
            attributes: vec![
                (ATTR_PRIORITY, vec![1; 4]),
                (ATTR_ICE_CONTROLLING, vec![2; 8]),
            ],
            behind_integrity: Vec::new(),
        }
    }

    fn nominating(transaction: u8) -> Self {
        Self::new(transaction).with(ATTR_USE_CANDIDATE, &[])
    }

    fn with(mut self, kind: AttrType, value: &[u8]) -> Self {
        self.attributes.push((kind, value.to_vec()));
        self
    }

    fn to(mut self, local: &Credentials) -> Self {
        self.username = format!("{}:theirs", local.ufrag);
        self.pwd.clone_from(&local.pwd);
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let provider = rtc_crypto::default_provider().unwrap();
        let mut message = Message {
            transaction_id: TransactionId([self.transaction; 12]),
            ..Message::default()
        };
        message.set_type(BINDING_REQUEST);
        message.write_header();
        message.add(ATTR_USERNAME, self.username.as_bytes());
        self.attributes
            .iter()
            .for_each(|(kind, value)| message.add(*kind, value));
        let key = self.pwd.as_bytes();
        MessageIntegrity::new_raw_integrity_with_provider(key, provider.crypto())
            .add_to(&mut message)
            .unwrap();
        self.behind_integrity
            .iter()
            .for_each(|(kind, value)| message.add(*kind, value));
        FINGERPRINT.add_to(&mut message).unwrap();
        message.raw
    }
}

struct Story {
    agent: IceLite,
    now: Instant,
    reply: Vec<u8>,
}

impl Story {
    fn begin() -> Self {
        let (now, identity) = (start(), Identity::generate().unwrap());
        let provider = identity.provider().clone();
        let agent = IceLite::new(provider, credentials("ours"), credentials("theirs"), now);
        Self {
            agent,
            now,
            reply: Vec::new(),
        }
    }

    fn check(&mut self, from: Path, check: &Check) -> Result<IceEvent, IceError> {
        self.agent
            .handle_binding(self.now, from, &check.bytes(), &mut self.reply)
    }

    /// The reply, decoded; its FINGERPRINT is checked.
    fn reply(&self) -> Message {
        let mut message = Message::default();
        message.unmarshal_binary(&self.reply).unwrap();
        FINGERPRINT.check(&message).unwrap();
        message
    }

    fn error_code(&self) -> u16 {
        let value = self.reply().get(ATTR_ERROR_CODE).unwrap();
        u16::from(value[2]) * 100 + u16::from(value[3])
    }
}

#[test]
fn a_check_is_answered_with_the_address_it_came_from() {
    let mut story = Story::begin();
    assert_eq!(
        story.check(path(1), &Check::new(9)),
        Ok(IceEvent::CheckPassed)
    );
    let mut reply = story.reply();
    assert_eq!(
        (reply.typ, reply.transaction_id.0),
        (BINDING_SUCCESS, [9; 12])
    );
    let mut mapped = XorMappedAddress::default();
    mapped
        .get_from_as(&reply, rtc_stun::attributes::ATTR_XORMAPPED_ADDRESS)
        .unwrap();
    assert_eq!(
        (mapped.ip.to_string().as_str(), mapped.port),
        ("192.0.2.7", 1)
    );
    let provider = rtc_crypto::default_provider().unwrap();
    let key = credentials("ours").pwd;
    MessageIntegrity::check(&mut reply, key.as_bytes(), provider.crypto()).unwrap();
    // DTLS may come before the nomination, and is answered over the path of the latest check.
    assert!(story.agent.is_validated(&path(1)) && !story.agent.is_validated(&path(2)));
    assert_eq!(story.agent.selected(), Some(path(1)));
}

#[test]
fn each_newer_nomination_is_followed_at_once() {
    let mut story = Story::begin();
    assert_eq!(
        story.check(path(1), &Check::nominating(1)),
        Ok(IceEvent::Nominated)
    );
    assert_eq!(
        story.check(path(1), &Check::nominating(2)),
        Ok(IceEvent::CheckPassed)
    );
    // A check alone does not move anything.
    assert_eq!(
        story.check(path(2), &Check::new(3)),
        Ok(IceEvent::CheckPassed)
    );
    assert_eq!(story.agent.selected(), Some(path(1)));
    assert_eq!(
        story.check(path(2), &Check::nominating(4)),
        Ok(IceEvent::Nominated)
    );
    assert_eq!(story.agent.selected(), Some(path(2)));
    // A late copy of the first nomination changes nothing.
    assert_eq!(
        story.check(path(1), &Check::nominating(1)),
        Ok(IceEvent::Repeated)
    );
    assert_eq!(story.agent.selected(), Some(path(2)));
}

#[test]
fn attributes_behind_the_integrity_do_not_count() {
    let mut story = Story::begin();
    story.check(path(1), &Check::nominating(1)).unwrap();
    let mut check = Check::new(2);
    check
        .behind_integrity
        .push((ATTR_USE_CANDIDATE, Vec::new()));
    assert_eq!(story.check(path(2), &check), Ok(IceEvent::CheckPassed));
    assert_eq!(story.agent.selected(), Some(path(1)));
}

#[test]
fn wrong_credentials_are_answered_with_401_and_change_nothing() {
    let mut story = Story::begin();
    let mut wrong_password = Check::nominating(1);
    wrong_password.pwd = "another password of 22 chars".to_owned();
    let stranger = Check::nominating(2).to(&credentials("stranger"));
    // A name that only begins like ours.
    let mut longer = Check::nominating(3);
    longer.username = "oursx:theirs".to_owned();
    for check in [wrong_password, stranger, longer] {
        assert_eq!(
            story.check(path(1), &check),
            Err(IceError::WrongCredentials)
        );
        assert_eq!(story.error_code(), 401);
    }
    assert_eq!(story.agent.selected(), None);
    assert!(!story.agent.is_validated(&path(1)));
    assert_eq!(story.agent.state(story.now), IceState::New);
}

#[test]
fn a_peer_that_claims_the_controlled_role_is_told_to_switch() {
    let mut story = Story::begin();
    let mut check = Check::new(1);
    check.attributes = vec![(ATTR_ICE_CONTROLLED, vec![2; 8])];
    assert_eq!(story.check(path(1), &check), Err(IceError::RoleConflict));
    assert_eq!(story.error_code(), 487);
}

#[test]
fn unknown_attributes_that_must_be_understood_are_named() {
    let mut story = Story::begin();
    let check = Check::new(1).with(AttrType(0x0033), &[1; 4]);
    assert_eq!(
        story.check(path(1), &check),
        Err(IceError::UnknownAttribute)
    );
    assert_eq!(story.error_code(), 420);
    let optional = Check::new(2).with(AttrType(0xC057), &[1; 4]);
    assert_eq!(story.check(path(1), &optional), Ok(IceEvent::CheckPassed));
}

#[test]
fn broken_messages_get_no_answer() {
    let mut story = Story::begin();
    let whole = Check::nominating(1).bytes();
    for length in 0..whole.len() {
        let result =
            story
                .agent
                .handle_binding(story.now, path(1), &whole[..length], &mut story.reply);
        assert_eq!(result, Err(IceError::Malformed));
        assert!(story.reply.is_empty());
    }
    let mut response = whole.clone();
    response[0] = 1;
    let result = story
        .agent
        .handle_binding(story.now, path(1), &response, &mut story.reply);
    assert_eq!(result, Err(IceError::NotARequest));
    assert!(story.reply.is_empty());
    for position in 20..whole.len() {
        let mut flipped = whole.clone();
        flipped[position] ^= 1;
        let result = story
            .agent
            .handle_binding(story.now, path(1), &flipped, &mut story.reply);
        assert!(result.is_err(), "{position}");
    }
    assert_eq!(story.agent.selected(), None);
}

#[test]
fn silence_disconnects_after_five_seconds_and_ends_after_thirty() {
    let mut story = Story::begin();
    let at = |seconds: u64| Duration::from_secs(seconds);
    let begin = story.now;
    assert_eq!(story.agent.poll_timeout(begin), Some(begin + GONE_AFTER));
    assert_eq!(story.agent.state(begin + GONE_AFTER), IceState::Gone);
    story.check(path(1), &Check::nominating(1)).unwrap();
    assert_eq!(story.agent.state(begin + at(4)), IceState::Connected);
    assert_eq!(
        story.agent.poll_timeout(begin + at(4)),
        Some(begin + DISCONNECTED_AFTER)
    );
    assert_eq!(story.agent.state(begin + at(5)), IceState::Disconnected);
    story.agent.note_authenticated(begin + at(20));
    assert_eq!(story.agent.state(begin + at(21)), IceState::Connected);
    assert_eq!(story.agent.state(begin + at(25)), IceState::Disconnected);
    assert_eq!(
        story.agent.poll_timeout(begin + at(25)),
        Some(begin + at(50))
    );
    assert_eq!(story.agent.state(begin + at(50)), IceState::Gone);
    assert_eq!(story.agent.poll_timeout(begin + at(50)), None);
}

#[test]
fn after_a_restart_both_credentials_are_good_for_a_while() {
    let (old, new) = (credentials("ours"), credentials("anew"));
    let mut story = Story::begin();
    story.check(path(1), &Check::nominating(1)).unwrap();
    story
        .agent
        .restart(new.clone(), credentials("theirs2"), story.now);
    assert_eq!(story.agent.selected(), Some(path(1)), "media goes on");
    story.check(path(1), &Check::new(2).to(&old)).unwrap();
    story.check(path(2), &Check::new(3).to(&new)).unwrap();
    assert_eq!(story.agent.selected(), Some(path(1)));
    assert_eq!(
        story.check(path(2), &Check::nominating(4).to(&new)),
        Ok(IceEvent::Nominated)
    );
    let late = story.check(path(1), &Check::new(5).to(&old));
    assert_eq!(
        late,
        Err(IceError::WrongCredentials),
        "the new nomination ends the overlap"
    );

    let mut story = Story::begin();
    story.agent.restart(new, credentials("theirs2"), story.now);
    story.now += RESTART_OVERLAP;
    let late = story.check(path(1), &Check::new(1).to(&old));
    assert_eq!(late, Err(IceError::WrongCredentials), "and so does time");
}

#[test]
fn remembered_paths_are_limited_and_keep_the_selected_one() {
    let mut story = Story::begin();
    story.check(path(1), &Check::nominating(1)).unwrap();
    for port in 2..100 {
        story.check(path(port), &Check::new(port as u8)).unwrap();
    }
    assert_eq!(story.agent.validated().len(), MAX_PATHS);
    assert!(story.agent.is_validated(&path(1)) && story.agent.is_validated(&path(99)));
    assert!(!story.agent.is_validated(&path(50)));
}

#[test]
fn a_closed_connection_hands_over_to_the_latest_path() {
    let mut story = Story::begin();
    let tcp = Path::tcp("192.0.2.7:4000".parse().unwrap(), ConnectionId(3));
    story.check(path(1), &Check::new(1)).unwrap();
    story.check(tcp, &Check::nominating(2)).unwrap();
    story.agent.forget(&tcp);
    assert_eq!(story.agent.selected(), Some(path(1)));
    assert!(!story.agent.is_validated(&tcp));
    assert_eq!(
        story.check(path(1), &Check::nominating(3)),
        Ok(IceEvent::Nominated)
    );
}

#[test]
fn the_name_in_a_request_can_be_read_without_any_agent() {
    assert_eq!(peek_username(&Check::new(1).bytes()), Some("ours"));
}
