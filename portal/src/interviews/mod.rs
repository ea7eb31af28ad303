//! Live interviews as the portal sees them: their pages; what is written about calls: notes,
//! evaluations, feedback; and the tickets into the live fair.

pub mod console;
pub mod joins;
pub mod pages;
mod record;
pub mod room;
pub mod rules;
mod sheet;
pub mod store;
mod ticket;

use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
        .get("/device-test", pages::device_test)
        .get("/queues", pages::queues)
        .get("/booths", room::booths)
        .get("/room/{booth}", room::room)
        .get("/room/{booth}/resume/{entry}", sheet::show)
        .get("/room/{booth}/resume/{entry}/file", sheet::file)
        .post("/api/join-token", ticket::issue)
        .get("/api/calls/{call}/note", record::read_note)
        .put("/api/calls/{call}/note", record::save_note)
        .put("/api/calls/{call}/evaluation", record::save_evaluation)
        .put("/api/calls/{call}/feedback", record::save_feedback)
        .get("/school/console", console::current)
        .get("/school/fairs/{fair}/console", console::console)
        .get("/api/fairs/{fair}/booths/{booth}/queue", console::queue)
}
