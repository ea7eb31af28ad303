//! The page on which a template and its rule are changed.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use serde::Deserialize;

use crate::accounts::OperationsStaff;
use crate::layout::{Chrome, Menu, Viewer};
use crate::notifications::args::{self, Arg};
use crate::notifications::channel::Channel;
use crate::notifications::events::Event;
use crate::notifications::outbox::store::{self, all_rules};
use crate::notifications::rules::{self, Rules};
use crate::notifications::templates::{self, Template as Text};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// What a page was asked for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    saved: Option<String>,
}

/// What is typed into the form of a template.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct TemplateForm {
    /// Title.
    #[serde(default)]
    pub title: String,
    /// Body.
    #[serde(default)]
    pub body: String,
    /// The template's id at WeChat or at the SMS provider.
    #[serde(default)]
    pub provider_template: String,
    /// The version that was seen; 0: the built-in one.
    #[serde(default)]
    pub version: i64,
    /// `save` or `preview`.
    #[serde(default)]
    pub action: String,
}

/// What is typed into the form of a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct RuleForm {
    /// Ticked: it is on.
    #[serde(default)]
    pub enabled: Option<String>,
    /// Messages to one person in a day.
    #[serde(default)]
    pub daily_cap: String,
    /// The version that was seen; 0: the built-in one.
    #[serde(default)]
    pub version: i64,
}

/// How a message will look, with sample values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// Title; may be empty.
    pub title: String,
    /// Caption and value; the caption may be empty.
    pub lines: Vec<(String, String)>,
    /// A remark, such as how long it is; may be empty.
    pub note: String,
}

/// The rule beside the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleBox {
    /// What the channel is for the event.
    pub need: &'static str,
    /// People cannot switch it off.
    pub mandatory: bool,
    /// Staff cannot switch it off.
    pub indispensable: bool,
    /// What the form holds.
    pub form: RuleForm,
}

/// `/platform/templates/{event}/{channel}`
#[derive(Debug, Template)]
#[template(path = "notification-template.html")]
pub struct TemplatePage {
    /// The frame.
    pub chrome: Chrome,
    /// The event.
    pub event: Event,
    /// The channel.
    pub channel: Channel,
    /// What the template can name.
    pub args: &'static [Arg],
    /// What the form holds.
    pub form: TemplateForm,
    /// What is wrong with either form.
    pub errors: FormErrors,
    /// How it will look.
    pub preview: Preview,
    /// The rule; none for the site's text.
    pub rule: Option<RuleBox>,
    /// It was saved just now.
    pub saved: bool,
}

impl TemplatePage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self::sample_of(Event::CompanyReviewed, Channel::Sms)
    }

    /// The same for another event or channel.
    pub fn sample_of(event: Event, channel: Channel) -> Self {
        let text = Text::built_in(event, channel).unwrap_or_else(|| Text {
            title: String::new(),
            body: String::new(),
            provider_template: String::new(),
        });
        let path = "/platform/templates";
        let form = TemplateForm::of(text, 0);
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "通知模板", Menu::Platform, path),
            event,
            channel,
            args: event.args(),
            errors: FormErrors::one("title", "请填写标题"),
            preview: preview(event, channel, &form, "示例就业平台"),
            rule: rule_box(event, channel, &Rules::default()),
            form,
            saved: false,
        }
    }

    /// Has the channel templates of the provider's own?
    pub fn has_provider_template(&self) -> bool {
        matches!(self.channel, Channel::Wechat | Channel::Sms)
    }

    /// How the body is written on this channel.
    pub fn body_hint(&self) -> &'static str {
        match self.channel {
            Channel::Wechat => {
                "每行一个字段，写作 thing1={company}；字段名以公众号模板库中的模板为准"
            }
            Channel::Sms => "须与服务商审核通过的模板一致；变量按出现顺序传给服务商",
            Channel::Email => "纯文本；页面链接和落款由系统添加",
            Channel::Site => "站内信正文；页面链接由系统添加",
        }
    }
}

impl TemplateForm {
    pub(super) fn of(text: Text, version: i64) -> Self {
        Self {
            title: text.title,
            body: text.body,
            provider_template: text.provider_template,
            version,
            action: String::new(),
        }
    }

    /// The template that it describes; a browser ends lines with CR LF.
    pub(super) fn text(&self) -> Text {
        Text {
            title: self.title.trim().to_owned(),
            body: self.body.replace("\r\n", "\n").trim().to_owned(),
            provider_template: self.provider_template.trim().to_owned(),
        }
    }
}

/// An event and a channel that it uses.
pub(super) fn place(event: &str, channel: &str) -> Result<(Event, Channel), PageError> {
    let event: Event = event.parse().map_err(|_| PageError::NotFound)?;
    let channel: Channel = channel.parse().map_err(|_| PageError::NotFound)?;
    Text::built_in(event, channel).ok_or(PageError::NotFound)?;
    Ok((event, channel))
}

/// `GET /platform/templates/{event}/{channel}`
pub(crate) async fn show(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Path((event, channel)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let place = place(&event, &channel)?;
    let (text, version) = store::template(&state.db, place.0, place.1)
        .await?
        .ok_or(PageError::NotFound)?;
    let frame = Chrome::platform(&staff, "通知模板", "/platform/templates");
    let form = TemplateForm::of(text, version);
    let mut page = page(&state, frame, place, form).await?;
    page.saved = asked.saved.is_some();
    Ok(Html(page.render()?))
}

/// The page with what is in the form, and the rule as it is.
pub(super) async fn page(
    state: &AppState,
    chrome: Chrome,
    (event, channel): (Event, Channel),
    form: TemplateForm,
) -> PageResult<TemplatePage> {
    let rules = all_rules(&state.db).await?;
    Ok(TemplatePage {
        chrome,
        event,
        channel,
        args: event.args(),
        errors: FormErrors::default(),
        preview: preview(event, channel, &form, &state.config.sms.sign_name),
        rule: rule_box(event, channel, &rules),
        form,
        saved: false,
    })
}

fn rule_box(event: Event, channel: Channel, rules: &Rules) -> Option<RuleBox> {
    let rule = rules.of(event, channel)?;
    let version = rules
        .change(event, channel)
        .map_or(0, |change| change.version);
    Some(RuleBox {
        need: rule.need.zh(),
        mandatory: rule.mandatory,
        indispensable: rules::is_indispensable(event, channel),
        form: RuleForm {
            enabled: rule.enabled.then(|| "on".to_owned()),
            daily_cap: rule.daily_cap.to_string(),
            version,
        },
    })
}

fn preview(event: Event, channel: Channel, form: &TemplateForm, sign: &str) -> Preview {
    let text = form.text();
    let values = args::samples(event.args());
    let fill = |text: &str| templates::fill_anyway(text, &values);
    let one = |text: String| vec![(String::new(), text)];
    match channel {
        Channel::Site | Channel::Email => Preview {
            title: fill(&text.title),
            lines: one(fill(&text.body)),
            note: String::new(),
        },
        Channel::Wechat => Preview {
            title: text.title.clone(),
            lines: text
                .fields()
                .into_iter()
                .map(|(key, value)| {
                    let value = templates::wechat_value(key, &fill(value), "2026-11-25 09:30");
                    (key.to_owned(), args::cut(&value, 32))
                })
                .collect(),
            note: String::new(),
        },
        Channel::Sms => {
            let sign = if sign.is_empty() { "签名" } else { sign };
            let shown = format!("【{sign}】{}", fill(&text.body));
            let longest = templates::longest_sms(event, &text.body, sign.chars().count());
            let parts = templates::sms_parts(longest);
            Preview {
                title: String::new(),
                note: format!(
                    "本例 {} 字；变量最长时 {longest} 字，按 {parts} 条计费",
                    shown.chars().count()
                ),
                lines: one(shown),
            }
        }
    }
}
