//! The golden messages, and what a stranger's text can do.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;
use signaling_protocol::{
    ClientBody, ClientFrame, FrameError, ServerBody, ServerFrame, VERSION, WallSnapshot, limits,
};

/// Every fixture of a folder, by file name without `.json`.
fn fixtures(folder: &str) -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(folder);
    std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect()
}

fn sorted(kinds: &[&str]) -> Vec<String> {
    let mut kinds: Vec<_> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    kinds.sort();
    kinds
}

#[test]
fn every_client_message_has_a_fixture_that_reads_back_equal() {
    let fixtures = fixtures("client");
    assert_eq!(
        fixtures.keys().cloned().collect::<Vec<_>>(),
        sorted(ClientBody::KINDS)
    );
    for (name, text) in fixtures {
        let frame = ClientFrame::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(frame.body.kind(), name);
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_value(&frame).unwrap(), value, "{name}");
    }
}

#[test]
fn every_server_message_has_a_fixture_that_reads_back_equal() {
    let fixtures = fixtures("server");
    assert_eq!(
        fixtures.keys().cloned().collect::<Vec<_>>(),
        sorted(ServerBody::KINDS)
    );
    for (name, text) in fixtures {
        let frame: ServerFrame =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(frame.body.kind(), name);
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_value(&frame).unwrap(), value, "{name}");
    }
}

#[test]
fn the_golden_hello_speaks_this_version() {
    let frame = ClientFrame::parse(&fixtures("client")["hello"]).unwrap();
    assert!(matches!(frame.body, ClientBody::Hello { version, .. } if version == VERSION));
}

#[test]
fn the_wall_over_http_has_a_fixture_that_reads_back_equal() {
    let fixtures = fixtures("http");
    let text = &fixtures["wall"];
    let snapshot: WallSnapshot = serde_json::from_str(text).unwrap();
    assert_eq!(snapshot.booths.len(), snapshot.lines.len());
    let value: Value = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_value(&snapshot).unwrap(), value);
}

#[test]
fn a_frame_that_is_too_large_is_not_read() {
    let text = " ".repeat(limits::CLIENT_FRAME_BYTES + 1);
    assert_eq!(
        ClientFrame::parse(&text),
        Err(FrameError::TooLarge { bytes: text.len() })
    );
}

#[test]
fn an_unknown_message_says_which_request_it_was() {
    let error = ClientFrame::parse(r#"{"id":7,"body":{"type":"promote_me"}}"#).unwrap_err();
    assert_eq!(error, FrameError::Unreadable { id: Some(7) });
    let error = ClientFrame::parse(r#"{"id":7,"body":{"type":"away"},"role":"staff"}"#);
    assert_eq!(
        error,
        Err(FrameError::Unreadable { id: Some(7) }),
        "no unknown fields"
    );
}

#[test]
fn texts_and_numbers_have_limits() {
    let out_of_range = |body: &str, field: &'static str| {
        let error = ClientFrame::parse(&format!(r#"{{"id":1,"body":{body}}}"#)).unwrap_err();
        assert_eq!(error, FrameError::OutOfRange { id: 1, field }, "{body}");
        assert_eq!(error.id(), Some(1));
    };
    let long = "长".repeat(limits::TEXT_CHARS + 1);
    out_of_range(
        &format!(r#"{{"type":"broadcast","text":"{long}"}}"#),
        "text",
    );
    out_of_range(r#"{"type":"broadcast","text":"  "}"#, "text");
    out_of_range(r#"{"type":"extend_fair","minutes":0}"#, "minutes");
    out_of_range(
        r#"{"type":"pause_queue","minutes":100000,"message":""}"#,
        "minutes",
    );
    let sdp = "a".repeat(limits::SDP_BYTES + 1);
    out_of_range(&format!(r#"{{"type":"media_offer","sdp":"{sdp}"}}"#), "sdp");
    let exactly = "长".repeat(limits::TEXT_CHARS);
    let text = format!(r#"{{"id":1,"body":{{"type":"broadcast","text":"{exactly}"}}}}"#);
    assert!(ClientFrame::parse(&text).is_ok());
}

proptest! {
    #[test]
    fn no_text_panics(text in ".*") {
        let _ = ClientFrame::parse(&text);
    }

    #[test]
    fn no_mangled_message_panics(
        index in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        put in ".{0,8}",
    ) {
        let all: Vec<_> = fixtures("client").into_values().collect();
        let mut text: Vec<char> = index.get(&all).chars().collect();
        let at = at.index(text.len());
        text.splice(at..at, put.chars());
        let _ = ClientFrame::parse(&text.into_iter().collect::<String>());
    }
}
