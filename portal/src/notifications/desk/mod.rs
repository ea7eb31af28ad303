//! What platform staff change and look after (P9): templates and rules, and the log of what was
//! sent.

mod reasons;
pub mod sends;
pub mod store;
pub mod templates;

use crate::web::Routes;

/// Routes of the desk.
pub fn routes() -> Routes {
    Routes::new()
        .get("/platform/templates", templates::list::show)
        .get(
            "/platform/templates/{event}/{channel}",
            templates::edit::show,
        )
        .post(
            "/platform/templates/{event}/{channel}",
            templates::actions::save,
        )
        .post(
            "/platform/templates/{event}/{channel}/reset",
            templates::actions::reset,
        )
        .post(
            "/platform/templates/{event}/{channel}/rule",
            templates::actions::set_rule,
        )
        .get("/platform/sends", sends::pages::list)
        .post("/platform/sends/retry-dead", sends::actions::retry_dead)
        .post("/platform/sends/{id}/retry", sends::actions::retry)
        .post("/platform/sends/{id}/void", sends::actions::give_up)
}
