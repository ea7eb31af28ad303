//! What an emulated provider holds, and how it decides on a message.

use std::collections::VecDeque;
use std::sync::Mutex;

use super::super::steering::Steering;
use super::super::{keep, lock};
use super::{ReceivedSms, SmsOptions};

/// Why a message was not taken; each provider has its own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Denied {
    Number,
    SignName,
    Template,
    Params,
    Limit,
    Balance,
}

/// A message that is to be sent.
pub(super) struct Asked<'a> {
    pub number: &'a str,
    pub sign_name: &'a str,
    pub template: &'a str,
    /// What stands in the template, such as `${code}`, and what comes there.
    pub params: Vec<(String, String)>,
    pub reference: &'a str,
}

/// What an emulator holds.
#[derive(Debug)]
pub(super) struct Desk {
    pub options: SmsOptions,
    pub url: String,
    pub steering: Steering,
    pub state: Mutex<State>,
}

#[derive(Debug)]
pub(super) struct State {
    pub balance: u64,
    pub received: VecDeque<ReceivedSms>,
    nonces: VecDeque<String>,
    next_id: u64,
}

impl Desk {
    pub fn new(options: SmsOptions, url: String) -> Self {
        let state = State {
            balance: options.balance,
            received: VecDeque::new(),
            nonces: VecDeque::new(),
            next_id: 0,
        };
        Self {
            options,
            url,
            steering: Steering::default(),
            state: Mutex::new(state),
        }
    }

    pub fn next_id(&self) -> u64 {
        let mut state = lock(&self.state);
        state.next_id += 1;
        state.next_id
    }

    /// Is this the first time that a nonce comes?
    pub fn is_fresh(&self, nonce: &str) -> bool {
        let mut state = lock(&self.state);
        let fresh = !state.nonces.iter().any(|used| used == nonce);
        if fresh {
            keep(&mut state.nonces, nonce.to_owned());
        }
        fresh
    }

    /// Takes a message; `id` makes the provider's id of a number.
    pub fn take(
        &self,
        asked: &Asked<'_>,
        id: impl FnOnce(u64) -> String,
    ) -> Result<String, Denied> {
        let digits = asked.number.bytes().all(|b| b.is_ascii_digit());
        if !digits || asked.number.len() != 11 || !asked.number.starts_with('1') {
            return Err(Denied::Number);
        }
        if asked.sign_name != self.options.sign_name {
            return Err(Denied::SignName);
        }
        let template = self
            .options
            .templates
            .iter()
            .find(|template| template.id == asked.template)
            .ok_or(Denied::Template)?;
        let text = fill(&template.text, &asked.params).ok_or(Denied::Params)?;
        let now_ms = self.options.clock.now_ms();
        let mut state = lock(&self.state);
        let lately = state
            .received
            .iter()
            .filter(|sms| sms.number == asked.number && now_ms - sms.at_ms < 60_000)
            .count();
        if lately >= self.options.per_minute {
            return Err(Denied::Limit);
        }
        state.balance = state.balance.checked_sub(1).ok_or(Denied::Balance)?;
        state.next_id += 1;
        let id = id(state.next_id);
        let sms = ReceivedSms {
            id: id.clone(),
            number: asked.number.to_owned(),
            template: asked.template.to_owned(),
            text: format!("【{}】{text}", asked.sign_name),
            reference: asked.reference.to_owned(),
            at_ms: now_ms,
        };
        keep(&mut state.received, sms);
        Ok(id)
    }
}

/// Puts the parameters into a template; `None` if the template has one that was not given.
fn fill(template: &str, params: &[(String, String)]) -> Option<String> {
    let text = params
        .iter()
        .fold(template.to_owned(), |text, (mark, value)| {
            text.replace(mark, value)
        });
    let left_open = params.iter().all(|(_, value)| !value.contains('{')) && text.contains('{');
    (!left_open).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_whole_or_not_at_all() {
        let params = |list: &[(&str, &str)]| {
            list.iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect::<Vec<_>>()
        };
        let text = "您的验证码是${code}，${min}分钟内有效";
        let both = params(&[("${code}", "123456"), ("${min}", "5")]);
        assert_eq!(
            fill(text, &both).unwrap(),
            "您的验证码是123456，5分钟内有效"
        );
        assert_eq!(fill(text, &params(&[("${code}", "1")])), None);
        assert_eq!(fill("无参数", &[]).unwrap(), "无参数");
    }
}
