//! A pretend phone: what the demo's people would have received, and WeChat in their hands.

mod actions;
mod feed;
pub mod pages;

use crate::web::Routes;

/// Routes of the pretend phone.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/demo/phone", pages::show)
        .get("/demo/phone/feed", pages::feed)
        .post("/demo/phone/wechat", actions::act)
}
