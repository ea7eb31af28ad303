//! The log of sends.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use formats::text::{masked_email, masked_mobile};
use serde::Deserialize;

use super::super::reasons;
use super::super::store::{self, LogFilter, LogRow};
use super::super::templates::list::not_set_up;
use super::SendDesk;
use crate::ids::SendId;
use crate::layout::{Chrome, Menu, Viewer};
use crate::notifications::args;
use crate::notifications::channel::Channel;
use crate::notifications::events::Event;
use crate::notifications::sending::{Stage, StageWord};
use crate::state::AppState;
use crate::web::PageResult;

/// Lines on a page.
const PER_PAGE: i64 = 50;
/// The last page that is looked at.
const MAX_PAGE: i64 = 1_000;
/// Digits of a mobile number by which it is looked for: as many as a masked one shows.
const TAIL_DIGITS: usize = 4;

/// What is asked for; an unknown word counts as none.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Asked {
    /// Word of the state.
    #[serde(default)]
    pub state: String,
    /// Word of the channel.
    #[serde(default)]
    pub channel: String,
    /// Number of the event.
    #[serde(default)]
    pub event: String,
    /// Last four digits of the mobile number.
    #[serde(default)]
    pub tail: String,
    /// From 1.
    #[serde(default)]
    pub page: i64,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The send.
    pub id: SendId,
    /// When it was made, Beijing time.
    pub when: String,
    /// Name of the event.
    pub event: String,
    /// Name of the channel.
    pub channel: &'static str,
    /// To whom, masked.
    pub target: String,
    /// Words and tone of its state.
    pub state: (&'static str, &'static str),
    /// Tries so far.
    pub tries: i64,
    /// Why it stands there, and when it goes on.
    pub remark: String,
    /// Staff can try it again or give it up.
    pub open: bool,
}

/// `/platform/sends`
#[derive(Debug, Template)]
#[template(path = "sends.html")]
pub struct SendsPage {
    /// The frame.
    pub chrome: Chrome,
    /// What is shown.
    pub asked: Asked,
    /// Word and name of each state.
    pub states: Vec<(&'static str, &'static str)>,
    /// Word and name of each channel.
    pub channels: Vec<(&'static str, &'static str)>,
    /// Number and name of each event.
    pub events: Vec<(&'static str, &'static str)>,
    /// Names of the channels that are not set up.
    pub not_set_up: Vec<&'static str>,
    /// The lines.
    pub lines: Vec<Line>,
    /// There are older ones.
    pub more: bool,
}

impl SendsPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let row = |state: &str, channel, event: Event, error: &str| LogRow {
            id: SendId::new(),
            event: event.as_str().to_owned(),
            channel,
            target: None,
            state: state.to_owned(),
            tries: 2,
            next_ms: 1_795_536_000_000,
            error: error.to_owned(),
            created_ms: 1_795_535_000_000,
            done_ms: None,
            mobile: Some("13800138000".to_owned()),
            email: Some("lin@demo.example".to_owned()),
            openid: Some("oEmulated0001".to_owned()),
        };
        let rows = vec![
            row("delivered", Channel::Wechat, Event::CompanyReviewed, ""),
            row("waiting", Channel::Sms, Event::JoinDecided, "busy:http-503"),
            row(
                "dead",
                Channel::Sms,
                Event::ClaimDecided,
                "content:isv.SMS_TEMPLATE_ILLEGAL",
            ),
            row("off", Channel::Email, Event::NewDevice, "not_configured"),
            row("capped", Channel::Wechat, Event::NewDevice, "over_cap"),
        ];
        Self {
            lines: rows.into_iter().map(line).collect(),
            more: true,
            not_set_up: vec!["邮件"],
            ..Self::new(
                Chrome::with_menu(
                    Viewer::sample(),
                    "发送记录",
                    Menu::Platform,
                    "/platform/sends",
                ),
                Asked {
                    page: 1,
                    ..Asked::default()
                },
            )
        }
    }

    fn new(chrome: Chrome, asked: Asked) -> Self {
        let states = Stage::WORDS
            .into_iter()
            .filter_map(|word| Some((word, Stage::of_row(word, 0)?.zh())));
        Self {
            chrome,
            asked,
            states: states.collect(),
            channels: Channel::OUTSIDE.map(|c| (c.as_str(), c.zh())).to_vec(),
            events: Event::ALL.map(|e| (e.as_str(), e.zh())).to_vec(),
            not_set_up: Vec::new(),
            lines: Vec::new(),
            more: false,
        }
    }

    /// The address of another page of the same list.
    pub fn page_path(&self, page: i64) -> String {
        let Asked {
            state,
            channel,
            event,
            tail,
            ..
        } = &self.asked;
        format!(
            "/platform/sends?state={state}&channel={channel}&event={event}&tail={tail}&page={page}"
        )
    }

    /// Only dead letters are shown.
    pub fn only_dead(&self) -> bool {
        self.asked.state == "dead"
    }
}

impl Asked {
    /// The same without what is no filter: it stands in addresses and in SQL as it is.
    fn cleaned(self) -> Self {
        let known = |text: String, good: bool| if good { text } else { String::new() };
        let digits =
            |text: &str| text.len() == TAIL_DIGITS && text.bytes().all(|b| b.is_ascii_digit());
        let (state, channel) = (
            self.state.parse::<StageWord>().is_ok(),
            self.channel.parse::<Channel>().is_ok(),
        );
        let (event, tail) = (
            self.event.parse::<Event>().is_ok(),
            digits(self.tail.trim()),
        );
        Self {
            state: known(self.state, state),
            channel: known(self.channel, channel),
            event: known(self.event, event),
            tail: known(self.tail.trim().to_owned(), tail),
            page: self.page.clamp(1, MAX_PAGE),
        }
    }
}

/// `GET /platform/sends`
pub(crate) async fn list(
    State(state): State<AppState>,
    SendDesk(staff): SendDesk,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let asked = asked.cleaned();
    let filter = LogFilter {
        state: asked.state.clone(),
        channel: asked.channel.clone(),
        event: asked.event.clone(),
        tail: asked.tail.clone(),
    };
    let slice = (PER_PAGE + 1, (asked.page - 1) * PER_PAGE);
    let mut rows = store::log(&state.db, &filter, slice).await?;
    let per_page = usize::try_from(PER_PAGE).unwrap_or(usize::MAX);
    let more = rows.len() > per_page;
    rows.truncate(per_page);
    let frame = Chrome::platform(&staff, "发送记录", "/platform/sends");
    let page = SendsPage {
        lines: rows.into_iter().map(line).collect(),
        more,
        not_set_up: not_set_up(state.outbox.channels.set_up()),
        ..SendsPage::new(frame, asked)
    };
    Ok(Html(page.render()?))
}

fn line(row: LogRow) -> Line {
    let stage = Stage::of_row(&row.state, row.next_ms);
    let reason = reasons::zh(&row.error);
    let next = match stage {
        Some(Stage::Waiting { next_ms }) => format!("{} 后发送", args::stamp(next_ms)),
        _ => row.done_ms.map_or_else(String::new, args::stamp),
    };
    let parts: Vec<_> = [reason, next]
        .into_iter()
        .filter(|t| !t.is_empty())
        .collect();
    let event = row.event.parse::<Event>();
    Line {
        id: row.id,
        when: args::stamp(row.created_ms),
        event: event.map_or_else(|_| row.event.clone(), |event| event.zh().to_owned()),
        channel: row.channel.zh(),
        target: target(&row),
        state: stage.map_or(("未知", "quiet"), |stage| (stage.zh(), stage.tone())),
        tries: row.tries,
        remark: parts.join(" · "),
        open: matches!(
            stage,
            Some(Stage::Dead | Stage::Failed | Stage::Off | Stage::Unreachable)
        ),
    }
}

/// The address, masked.
fn target(row: &LogRow) -> String {
    let of = |own: &Option<String>| row.target.as_ref().or(own.as_ref()).cloned();
    match row.channel {
        Channel::Site => String::new(),
        Channel::Sms => of(&row.mobile).map_or_else(String::new, |text| masked_mobile(&text)),
        Channel::Email => of(&row.email).map_or_else(String::new, |text| masked_email(&text)),
        Channel::Wechat => of(&row.openid).map_or_else(String::new, |text| {
            let tail: Vec<char> = text.chars().rev().take(4).collect();
            format!("***{}", tail.into_iter().rev().collect::<String>())
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_is_none_counts_as_nothing() {
        let asked = Asked {
            state: "lost".to_owned(),
            channel: "pigeon".to_owned(),
            event: "N99".to_owned(),
            tail: "%".to_owned(),
            page: -3,
        }
        .cleaned();
        assert_eq!(
            (&*asked.state, &*asked.channel, &*asked.event, &*asked.tail),
            ("", "", "", "")
        );
        assert_eq!(asked.page, 1);
        let asked = Asked {
            state: "dead".to_owned(),
            tail: " 8000 ".to_owned(),
            page: 9_999,
            ..Asked::default()
        }
        .cleaned();
        assert_eq!((&*asked.state, &*asked.tail), ("dead", "8000"));
        assert_eq!(asked.page, MAX_PAGE);
    }

    #[test]
    fn nobody_reads_an_address_here() {
        for line in SendsPage::sample().lines {
            assert!(line.target.contains('*'), "{line:?}");
            assert!(!line.target.contains("13800138000") && !line.target.contains("lin@"));
        }
    }
}
