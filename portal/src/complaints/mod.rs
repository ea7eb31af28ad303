//! Complaints, appeals and bans (S14, P11). A complaint is answered within two working days; who
//! complained and whom it is about may appeal once; a ban keeps an account or a company out, and
//! may be appealed against once as well.

mod about;
mod actions;
pub mod appeals;
pub mod bans;
pub mod desk;
pub mod escalation;
pub mod gate;
pub mod pages;
pub mod rules;
pub mod store;

pub use about::About;
pub use bans::Ban;

use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
        .get("/complaints", pages::list)
        .get("/complaints/new", pages::form)
        .post("/complaints/new", actions::file)
        .get("/complaints/{complaint}", pages::show)
        .post("/complaints/{complaint}/appeal", actions::appeal)
        .get("/complaints/bans/{ban}", appeals::pages::show)
        .post("/complaints/bans/{ban}/appeal", appeals::pages::appeal)
        .get("/platform/complaints", desk::list)
        .get("/platform/complaints/{complaint}", desk::show)
        .post("/platform/complaints/{complaint}/take", desk::take)
        .post("/platform/complaints/{complaint}/answer", desk::answer)
        .get("/platform/complaints/bans", bans::list)
        .get("/platform/complaints/bans/new", bans::form)
        .post("/platform/complaints/bans/new", bans::impose)
        .get("/platform/complaints/bans/{ban}", appeals::desk::show)
        .post(
            "/platform/complaints/bans/{ban}/answer",
            appeals::desk::answer,
        )
        .post("/platform/complaints/bans/{ban}/lift", bans::lift)
}
