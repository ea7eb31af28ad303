//! The page of messages.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use serde::Deserialize;

use super::store;
use crate::accounts::SignedIn;
use crate::ids::NotificationId;
use crate::layout::{Chrome, Menu, StudentTab, Viewer, chrome_of};
use crate::notifications::args;
use crate::notifications::channel::Channel;
use crate::notifications::events::Event;
use crate::notifications::templates::{self, Template as Text};
use crate::state::AppState;
use crate::web::PageResult;

/// Messages on a page.
const PER_PAGE: i64 = 20;
/// The last page that is looked at.
const MAX_PAGE: i64 = 500;

/// Which messages.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    tab: String,
    #[serde(default)]
    page: i64,
}

/// A message as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: NotificationId,
    /// Name of its event.
    pub kind: &'static str,
    /// Title.
    pub title: String,
    /// Text.
    pub body: String,
    /// It leads to a page.
    pub leads_on: bool,
    /// When it came, Beijing time.
    pub when: String,
    /// It was not read yet.
    pub unread: bool,
}

/// `/messages`
#[derive(Debug, Template)]
#[template(path = "messages.html")]
pub struct MessagesPage {
    /// The frame.
    pub chrome: Chrome,
    /// Only those that were not read.
    pub only_unread: bool,
    /// The messages, newest first.
    pub messages: Vec<Message>,
    /// Number of the page, from 1.
    pub page: i64,
    /// There are older ones.
    pub more: bool,
    /// When the page was made, ms since 1970.
    pub seen_ms: i64,
}

impl MessagesPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let message = |event: Event, unread: bool| {
            let values = serde_json::to_value(args::samples(event.args())).unwrap_or_default();
            let row = store::Row {
                id: NotificationId::new(),
                event: event.as_str().to_owned(),
                args: base::db::JsonText(values),
                link: "/company".to_owned(),
                created_ms: 1_795_536_000_000,
                read_ms: (!unread).then_some(0),
            };
            shown(row, &[])
        };
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "消息", Menu::Company, "/messages"),
            only_unread: false,
            messages: vec![
                message(Event::CompanyReviewed, true),
                message(Event::JoinRequested, true),
                message(Event::NewDevice, false),
                message(Event::SchoolJoinDecided, false),
            ],
            page: 1,
            more: true,
            seen_ms: 0,
        }
    }

    /// The same in a student's frame, without any message.
    pub fn sample_of_student() -> Self {
        Self {
            chrome: Chrome::student(Viewer::sample(), "消息", StudentTab::Other, None),
            messages: Vec::new(),
            more: false,
            ..Self::sample()
        }
    }

    /// The name of the tab in addresses.
    pub fn tab(&self) -> &'static str {
        if self.only_unread { "unread" } else { "all" }
    }
}

/// `GET /messages`
pub(super) async fn list(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Query(which): Query<Which>,
) -> PageResult<Html<String>> {
    let only_unread = which.tab == "unread";
    let page = which.page.clamp(1, MAX_PAGE);
    let slice = (PER_PAGE + 1, (page - 1) * PER_PAGE);
    let mut rows = store::list(&state.db, session.account.id, only_unread, slice).await?;
    let more = rows.len() > usize::try_from(PER_PAGE).unwrap_or(usize::MAX);
    rows.truncate(usize::try_from(PER_PAGE).unwrap_or(usize::MAX));
    let texts = store::site_texts(&state.db).await?;
    let page = MessagesPage {
        chrome: chrome_of(&state, &session, "消息", "/messages").await?,
        only_unread,
        messages: rows.into_iter().map(|row| shown(row, &texts)).collect(),
        page,
        more,
        seen_ms: state.now_ms(),
    };
    Ok(Html(page.render()?))
}

fn shown(row: store::Row, texts: &[(Event, Text)]) -> Message {
    let event = row.event.parse::<Event>().ok();
    let text = event.and_then(|event| {
        let own = texts.iter().find(|(of, _)| *of == event);
        own.map(|(_, text)| text.clone())
            .or_else(|| Text::built_in(event, Channel::Site))
    });
    let values = args::read(&row.args.0);
    let fill = |text: &str| templates::fill_anyway(text, &values);
    Message {
        id: row.id,
        kind: event.map_or("通知", Event::zh),
        title: text
            .as_ref()
            .map_or("通知".to_owned(), |text| fill(&text.title)),
        body: text.map_or_else(String::new, |text| fill(&text.body)),
        leads_on: !row.link.is_empty(),
        when: args::stamp(row.created_ms),
        unread: row.read_ms.is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(event: &str, values: serde_json::Value) -> store::Row {
        store::Row {
            id: NotificationId::new(),
            event: event.to_owned(),
            args: base::db::JsonText(values),
            link: String::new(),
            created_ms: 0,
            read_ms: None,
        }
    }

    #[test]
    fn a_message_says_what_the_sites_text_says() {
        let values = serde_json::json!({ "company": "澄源", "result": "审核通过" });
        let message = shown(row("N3", values.clone()), &[]);
        assert_eq!(message.title, "企业认证：审核通过");
        assert_eq!(message.body, "澄源 的企业认证结果：审核通过。");
        assert!(message.unread && !message.leads_on);
        let own = Text {
            title: "新标题".to_owned(),
            body: "{company}".to_owned(),
            provider_template: String::new(),
        };
        let message = shown(row("N3", values), &[(Event::CompanyReviewed, own)]);
        assert_eq!((&*message.title, &*message.body), ("新标题", "澄源"));
    }

    #[test]
    fn an_unknown_event_is_a_message_all_the_same() {
        let message = shown(row("N99", serde_json::json!({})), &[]);
        assert_eq!((message.kind, &*message.title), ("通知", "通知"));
    }
}
