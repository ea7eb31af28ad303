//! Logging in (A20, S1): by password, by a code on the telephone, by WeChat. One form for all
//! roles; what is wrong is told the same way whether or not there is such an account.

mod code;
mod page;
mod password;
mod wechat;

pub use page::{LoginPage, Way};

#[cfg(test)]
pub(super) use page::QUERIES;

pub(super) use code::login as by_code;
pub(super) use page::login as show;
pub(super) use password::login as by_password;
pub(super) use wechat::login as by_wechat;
