//! Schools (高校): the public site of each, the workbench of its staff, what it publishes, which
//! companies it lets in, who works there.

pub mod companies;
pub mod notices;
pub mod platform;
pub mod rules;
pub mod settings;
pub mod site;
pub mod staff;
pub mod store;
#[cfg(test)]
pub(crate) mod tests;
pub mod text;
pub mod times;
pub mod workbench;

use crate::web::Routes;

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
        .get("/school", workbench::show)
        .get("/school/site", settings::show)
        .post("/school/site", settings::save)
        .merge(site::routes())
        .merge(companies::routes())
        .merge(notices::routes())
        .merge(staff::routes())
        .merge(platform::routes())
}
