//! What a page asks of the portal: itself and a join token.

use std::sync::atomic::Ordering;

use serde::Deserialize;
use serde_json::json;
use signaling_protocol::PageKind;

use super::super::ground::{Ground, count};
use super::Page;
use crate::signal::http::{Ask, Reply};

#[derive(Deserialize)]
struct Ticket {
    token: String,
}

impl Page {
    /// Opens the page itself; its script comes with [`Self::hear`].
    pub async fn open(&mut self) {
        let path = self.place.path.clone();
        if let Some(reply) = self.get(&path).await {
            count(&self.ground.counts.pages);
            let bytes = &self.ground.counts.page_bytes;
            bytes.fetch_add(reply.wire_bytes, Ordering::Relaxed);
            self.ground.note(|took| &mut took.page, reply.took_ns);
        }
        if self.place.kind == PageKind::Wall {
            self.feed.start();
        }
    }

    pub(super) async fn token(&mut self) -> Option<String> {
        let mut wish = json!({ "fair": self.ground.fair, "page": self.place.kind });
        if let Some(booth) = self.place.booth {
            wish["booth"] = json!(booth);
        }
        let wish = wish.to_string();
        let ask = Ask::Write("POST", "/api/join-token", &wish);
        let reply = self.http.ask(ask).await;
        let reply = check(&self.ground, "join-token", reply)?;
        self.ground.note(|took| &mut took.token, reply.took_ns);
        count(&self.ground.counts.tokens);
        match serde_json::from_slice::<Ticket>(&reply.body) {
            Ok(ticket) => Some(ticket.token),
            Err(_) => {
                self.ground.fault("join-token: unreadable");
                None
            }
        }
    }

    async fn get(&mut self, path: &str) -> Option<Reply> {
        let what = path.split('/').nth(1).unwrap_or_default().to_owned();
        let reply = self.http.ask(Ask::Page(path)).await;
        check(&self.ground, &what, reply)
    }
}

/// Passes a good answer on; the others are faults.
pub fn check(ground: &Ground, what: &str, reply: std::io::Result<Reply>) -> Option<Reply> {
    match reply {
        Ok(reply) if reply.is_good() => Some(reply),
        Ok(reply) => {
            ground.fault(format!("{what}: HTTP {}", reply.status));
            None
        }
        Err(error) => {
            ground.fault(format!("{what}: {:?}", error.kind()));
            None
        }
    }
}
