//! 通知模板: texts and rules, by event and channel.

pub(super) mod actions;
pub mod edit;
pub mod list;
