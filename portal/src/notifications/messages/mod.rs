//! 站内信 (A106): what everyone finds below the bell. The message of the outbox itself, shown with
//! the site's text of its event.

mod actions;
pub mod pages;
pub mod store;

use crate::web::Routes;

/// Routes of the messages.
pub fn routes() -> Routes {
    Routes::new()
        .get("/messages", pages::list)
        .post("/messages/read-all", actions::read_all)
        .post("/messages/{id}/open", actions::open)
        .post("/messages/{id}/read", actions::read)
}
