//! Accounts: who signs in and how, as what a request acts, and what people do with their own
//! account.
//!
//! | file | what is in it |
//! |---|---|
//! | [`login`], `enter` | the three ways in; how a session begins |
//! | [`captchas`], [`codes`], [`links`] | what proves that somebody is there, or is the one |
//! | [`sessions`], [`seen`], [`devices`] | who is signed in, since when quiet, in which browsers |
//! | `limits`, `metrics` | what one address may do, and figures |
//! | [`wechat`] | the official account: binding, login, callbacks |
//! | [`profile`], [`password`] | 个人资料, 修改密码 |
//! | [`proof`] | that it is the owner, before his data leave |
//! | [`cancellation`] | 账号注销 |
//! | [`staff`], [`support`] | the platform's own people; how support finds an account |
//! | `extract` | roles as types |

pub mod cancellation;
pub mod captchas;
pub mod codes;
pub mod devices;
pub mod email;
mod enter;
mod extract;
mod limits;
pub mod links;
pub mod login;
mod metrics;
pub mod mobile;
pub mod own;
pub mod pages;
pub mod password;
pub mod profile;
pub mod proof;
pub mod rules;
pub mod seen;
pub mod sessions;
pub mod shut_out;
pub mod staff;
pub mod store;
pub mod support;
#[cfg(test)]
pub mod testing;
mod texts;
pub mod wechat;

use crate::web::Routes;

pub(crate) use enter::enter;
pub use extract::{
    CompanyAccount, CompanyAdmin, CompanyMember, Interviewer, OperationsStaff, Operator, Payer,
    PlatformStaff, Reviewer, SchoolOffice, SchoolStaff, SignedIn, Student, SupportStaff,
};
pub use limits::AddressLimits;
pub use login::LoginPage;
pub use metrics::AccessMetrics;
pub(crate) use password::is_own as is_own_password;
pub use password::{Busy, Hasher, NO_PASSWORD};
pub use rules::{AccountKind, PlatformRole};
pub use seen::Seen;
pub use sessions::{Account, Session};

/// Queries of this domain, for the conformance test.
#[cfg(test)]
pub(crate) fn queries() -> Vec<base::db::Query> {
    let of_cancellation = cancellation::queries();
    [
        of_cancellation.as_slice(),
        captchas::QUERIES,
        shut_out::QUERIES,
        codes::QUERIES,
        codes::SEND_QUERIES,
        devices::QUERIES,
        links::QUERIES,
        login::QUERIES,
        email::QUERIES,
        own::QUERIES,
        seen::QUERIES,
        sessions::QUERIES,
        staff::QUERIES,
        store::QUERIES,
        support::QUERIES,
        wechat::QUERIES,
    ]
    .concat()
}

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
        .merge(ways_in())
        .merge(own_account())
        .merge(back_office())
}

fn ways_in() -> Routes {
    Routes::new()
        .get("/login", login::show)
        .post("/login", login::by_password)
        .post("/login/code", login::by_code)
        .post("/login/wechat", login::by_wechat)
        .post("/logout", enter::logout)
        .get("/captcha/{id}", captchas::picture)
        .post("/api/captcha", captchas::again)
        .post("/api/sms-codes", codes::send_code)
        .post("/api/alive", sessions::alive)
        .get("/forgot", links::forgot_page)
        .post("/forgot", links::forgot)
        .get("/reset/{token}", links::reset_page)
        .post("/reset/{token}", links::reset)
        .get("/wechat/callback", wechat::greet)
        .post("/wechat/callback", wechat::receive)
        .get("/api/wechat/scenes/{nonce}", wechat::poll)
}

fn own_account() -> Routes {
    Routes::new()
        .get("/account", profile::page)
        .post("/account", profile::save)
        .get("/account/password", password::page)
        .post("/account/password", password::change)
        .get("/account/mobile", mobile::page)
        .post("/account/mobile", mobile::change)
        .get("/account/email", email::page)
        .post("/account/email", email::ask)
        .get("/account/email/confirm", email::confirm_page)
        .post("/account/email/confirm", email::confirm)
        .get("/account/wechat", wechat::page)
        .post("/account/wechat/unbind", wechat::unbind_account)
        .get("/account/devices", devices::page)
        .post("/account/devices/end", devices::end)
        .get("/account/cancel", cancellation::page)
        .post("/account/cancel", cancellation::ask)
        .post("/account/cancel/withdraw", cancellation::withdraw)
}

fn back_office() -> Routes {
    Routes::new()
        .get("/platform/staff", staff::page)
        .post("/platform/staff", staff::add)
        .post("/platform/staff/{id}/role", staff::change_role)
        .post("/platform/staff/{id}/state", staff::change_state)
        .post("/platform/staff/{id}/link", staff::send_link)
        .get("/platform/accounts", support::page)
        .get("/platform/accounts/{id}", support::one)
        .post("/platform/accounts/{id}/state", support::change_state)
        .post("/platform/accounts/{id}/end", support::end_sessions)
        .post("/platform/accounts/{id}/unlock", support::unlock)
}
