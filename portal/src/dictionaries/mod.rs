//! Lists and the calendar of working days (P8): built in, and what staff changed of them.

pub mod calendar;
pub mod lists;

use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
        .get("/platform/calendar", calendar::pages::show)
        .post("/platform/calendar/days", calendar::actions::edit_day)
        .post("/platform/calendar/import", calendar::actions::import)
        .get("/platform/dictionaries", lists::pages::all)
        .get("/platform/dictionaries/{list}", lists::pages::list)
        .get(
            "/platform/dictionaries/{list}/entries/{code}",
            lists::pages::entry,
        )
        .post("/platform/dictionaries/{list}/entries", lists::actions::add)
        .post(
            "/platform/dictionaries/{list}/entries/{code}",
            lists::actions::change,
        )
        .post(
            "/platform/dictionaries/{list}/import",
            lists::actions::import,
        )
}
