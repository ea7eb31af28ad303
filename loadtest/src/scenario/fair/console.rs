//! Staff of the school who watch the fair from a console.

use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use signaling_protocol::PageKind;
use tokio::time::Instant;

use super::ground::{Ground, lock};
use super::page::{Heard, Page, Place};
use crate::signal::http::SignIn;

/// Opens the console and watches until the run ends.
pub async fn watch(ground: Arc<Ground>, sign_in: SignIn, seed: u64) {
    let place = Place {
        kind: PageKind::Console,
        path: format!("/school/fairs/{}/console", ground.fair),
        booth: None,
    };
    let rng = StdRng::seed_from_u64(seed);
    let mut page = Page::new(ground.clone(), place, sign_in, rng);
    page.open().await;
    lock(&ground.consoles).push(page.received());
    let day = Duration::from_secs(86_400);
    while !matches!(page.hear(Instant::now() + day).await, Heard::Stopped) {}
}
