//! Registering a company, or oneself at a company (A1–A8, A12–A18).
//!
//! The steps 选择入驻高校, 填写公司信息 and the choice between 情况一 (the company is known) and
//! 情况二 (it is not) are pages that are read: what was filled in travels in their address, so that
//! back, reload and bookmark work. The last step is a form that is sent.

mod applicant;
mod certify;
mod done;
mod join;
mod letter;
mod pages;
mod proof;

use crate::web::Routes;

pub use done::DonePage;
pub use letter::LetterPage;
pub use pages::{AccountPage, CompanyStep, SchoolsStep};

pub(super) use letter::of_member as letter_of_member;

/// Routes of registering.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/register/company", pages::schools)
        .get("/register/company/info", pages::info)
        .get("/register/company/account", pages::account)
        .post("/api/number-proofs", proof::prove)
        .post("/register/company/join", join::submit)
        .post("/register/company/certify", certify::submit)
        .get("/register/company/letter", letter::blank)
        .post("/register/company/letter", letter::filled)
        .get("/register/company/done", done::page)
}
