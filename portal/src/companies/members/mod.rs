//! 公司成员 (A11, A101): who works for the company on this platform, and what each may.

mod actions;
mod add;
mod pages;
mod requests;
pub mod store;
mod transfer;

use crate::web::Routes;

pub use add::NewMemberPage;
pub use pages::{MemberPage, MembersPage};

/// Members that one company may have, guests and applicants among them.
pub const MEMBERS: i64 = 500;

/// Routes of members.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/company/members", pages::list)
        .post("/company/members", add::submit)
        .get("/company/members/new", add::page)
        .post("/company/members/requests/{review}", requests::decide)
        .get("/company/members/{account}", pages::one)
        .post("/company/members/{account}", actions::change)
        .post("/company/members/{account}/password", actions::password)
        .post("/company/members/{account}/close", actions::close)
        .post("/company/members/{account}/reopen", actions::reopen)
        .post("/company/members/{account}/transfer", transfer::submit)
}
