//! Messages on the live socket.
//!
//! | letter | answer |
//! |---|---|
//! | `o` | heard: done, or refused for a reason that is not the role |
//! | `x` | refused: not for this role |
//! | `t` | no ticket into the fair at all |

use std::collections::BTreeMap;
use std::path::Path;

use futures_util::{SinkExt, StreamExt};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use signaling_protocol::{ClientBody, VERSION};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::people::Cast;
use crate::site::Site;
use crate::table::{self, Report};

const TABLE: &str = include_str!("messages.txt");
/// Where the protocol keeps one golden frame of each message.
const FIXTURES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../signaling/protocol/fixtures/client"
);

/// Walks every message with every role. The first message of a socket is `hello`, which carries
/// the ticket: it is walked by asking for one.
pub async fn walk(site: &Site, cast: &Cast, filter: &str, report: &mut Report) {
    let rows = table::read(TABLE);
    if filter.is_empty() {
        report.compare_names(ClientBody::KINDS.iter().copied(), &rows, "message");
    }
    // What ends the fair comes last.
    let (last, others): (Vec<_>, Vec<_>) = rows
        .iter()
        .filter(|(kind, _)| format!("live {kind}").contains(filter))
        .partition(|(kind, _)| *kind == "end_fair");
    for (kind, letters) in others.into_iter().chain(last) {
        for (role, expected) in letters.iter().enumerate() {
            // A socket for each: a message that ends something spoils no other.
            let found = answer(site, cast, role, kind).await;
            report.note(&format!("live {kind}"), role, *expected, found);
        }
    }
}

async fn answer(site: &Site, cast: &Cast, role: usize, kind: &str) -> char {
    let cookie = cast.cookie(site, role).await;
    let Some(ticket) = ticket(site, cast, role, &cookie).await else {
        return 't';
    };
    let mut request = ticket["url"]
        .as_str()
        .unwrap()
        .into_client_request()
        .unwrap();
    let origin = site.running.http_url().parse().unwrap();
    request.headers_mut().insert("origin", origin);
    let (mut socket, _) = connect_async(request).await.unwrap();
    let hello = json!({
        "type": "hello", "version": VERSION, "token": ticket["token"], "page": cast.wish(role)["page"],
    });
    let mut ask = async |id: u32, body: Value| -> Value {
        let frame = json!({ "id": id, "body": body }).to_string();
        socket.send(Message::text(frame)).await.unwrap();
        loop {
            if let Message::Text(text) = socket.next().await.unwrap().unwrap() {
                let frame: Value = serde_json::from_str(&text).unwrap();
                if frame["re"] == id {
                    return frame["body"].clone();
                }
            }
        }
    };
    let welcome = ask(0, hello).await;
    if kind == "hello" {
        return if welcome["type"] == "welcome" {
            'o'
        } else {
            'x'
        };
    }
    let answer = ask(1, body(kind)).await;
    if answer["type"] == "refused" && answer["code"] == "not_allowed" {
        'x'
    } else {
        'o'
    }
}

async fn ticket(site: &Site, cast: &Cast, role: usize, cookie: &str) -> Option<Value> {
    let wish = cast.wish(role);
    let (status, ticket) = site
        .json(Method::POST, "/api/join-token", cookie, &wish)
        .await;
    (status == StatusCode::OK).then_some(ticket)
}

/// The golden message of a kind.
fn body(kind: &str) -> Value {
    let path = Path::new(FIXTURES).join(format!("{kind}.json"));
    let frame: BTreeMap<String, Value> =
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    frame["body"].clone()
}
