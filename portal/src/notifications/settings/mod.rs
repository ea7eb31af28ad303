//! Notification settings (S15): which messages a person gets on which channel.

mod actions;
pub mod pages;
pub mod store;

use crate::web::Routes;

/// Routes of the settings.
pub fn routes() -> Routes {
    Routes::new()
        .get("/account/notifications", pages::show)
        .post("/account/notifications", actions::save)
}
