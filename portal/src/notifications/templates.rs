//! Templates: texts with placeholders, what they may say on each channel, and what they say once
//! the placeholders are filled. No database, no web.

use outside::wechat::FieldKind;

use super::args::{self, Arg, Args};
use super::channel::Channel;
use super::events::Event;
use super::texts;
use crate::web::FormErrors;

/// Most characters of a title.
pub const TITLE_CHARS: usize = 60;
/// Most characters of a body.
pub const BODY_CHARS: usize = 2_000;
/// Most characters of a provider's id of a template.
pub const PROVIDER_TEMPLATE_CHARS: usize = 64;
/// Most fields of a template message.
const MAX_FIELDS: usize = 8;
/// Characters of an SMS that goes out in one part, the signature and its brackets included.
pub const SMS_CHARS: usize = 70;
/// Characters of each part of a longer one; only what carries a one-time link may be longer.
pub const SMS_PART_CHARS: usize = 67;
/// Most parts of an SMS with a link: a link with a token of 256 bits fits into no single part.
pub const SMS_LINK_PARTS: usize = 4;
/// Providers send notices only without such words; with them it is marketing, which needs the
/// person's consent and another template.
const MARKETING: &[&str] = &[
    "优惠",
    "促销",
    "免费",
    "打折",
    "折扣",
    "红包",
    "中奖",
    "抢购",
    "特价",
    "返利",
    "限时",
    "点击",
    "退订",
    "加微信",
    "回复T",
];

/// What is sent, before the placeholders are filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Title of the message, subject of the mail; for staff only elsewhere.
    pub title: String,
    /// What it says.
    pub body: String,
    /// The template's id at WeChat or at the SMS provider.
    pub provider_template: String,
}

/// A piece of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    Arg(&'a str),
}

/// A text that is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFault {
    /// A brace without its partner.
    #[error("a brace stands alone")]
    Brace,
    /// A placeholder that has no value.
    #[error("no value for {{{0}}}")]
    Missing(String),
}

impl Template {
    /// The built-in one; none: the event does not use the channel.
    pub fn built_in(event: Event, channel: Channel) -> Option<Self> {
        let text = texts::built_in(event, channel)?;
        Some(Self {
            title: text.title.to_owned(),
            body: text.body.to_owned(),
            provider_template: String::new(),
        })
    }

    /// The placeholders of the body, each once, in the order of their first appearance: the
    /// parameters of the provider's template.
    pub fn params(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for part in parts(&self.body).unwrap_or_default() {
            if let Part::Arg(name) = part
                && !names.contains(&name)
            {
                names.push(name);
            }
        }
        names
    }

    /// The fields of a template message: key and text with placeholders.
    pub fn fields(&self) -> Vec<(&str, &str)> {
        self.body
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(key, text)| (key.trim(), text.trim()))
            .collect()
    }
}

/// Fills the placeholders of `text`.
///
/// # Errors
/// A placeholder has no value, or a brace stands alone.
pub fn fill(text: &str, args: &Args) -> Result<String, TemplateFault> {
    parts(text)?
        .into_iter()
        .map(|part| match part {
            Part::Text(text) => Ok(text),
            Part::Arg(name) => args
                .get(name)
                .map(String::as_str)
                .ok_or_else(|| TemplateFault::Missing(name.to_owned())),
        })
        .collect()
}

/// Fills the placeholders of `text`; what has no value stays empty, because a message with a gap
/// is better than none.
pub fn fill_anyway(text: &str, args: &Args) -> String {
    match parts(text) {
        Ok(parts) => parts
            .into_iter()
            .map(|part| match part {
                Part::Text(text) => text,
                Part::Arg(name) => args.get(name).map_or("", String::as_str),
            })
            .collect(),
        Err(_) => text.to_owned(),
    }
}

fn parts(text: &str) -> Result<Vec<Part<'_>>, TemplateFault> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        let inner = from.strip_prefix('{').ok_or(TemplateFault::Brace)?;
        let (name, after) = inner.split_once('}').ok_or(TemplateFault::Brace)?;
        let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        if !plain {
            return Err(TemplateFault::Brace);
        }
        parts.push(Part::Text(before));
        parts.push(Part::Arg(name));
        rest = after;
    }
    parts.push(Part::Text(rest));
    Ok(parts)
}

/// A value as a field of the official account takes it: of the right kind, and never empty. What
/// would say something else when it is cut, such as a 汉字 of five characters, is stood in for.
pub fn wechat_value(key: &str, value: &str, now: &str) -> String {
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    let kept = |good: fn(char) -> bool| value.chars().filter(|c| good(*c)).collect::<String>();
    let Some(kind) = FieldKind::of_key(key) else {
        return value;
    };
    let value = match kind {
        FieldKind::Phrase => kept(is_han),
        FieldKind::CharacterString => kept(|c| c.is_ascii_graphic()),
        _ => value,
    };
    let stand_in = match kind {
        FieldKind::Phrase => "已处理",
        FieldKind::CharacterString => "-",
        FieldKind::Time | FieldKind::Date => now,
        _ => "无",
    };
    let wrong = match kind {
        // The adapter cuts these.
        FieldKind::Thing => value.is_empty(),
        _ => !kind.takes(&value),
    };
    if wrong { stand_in.to_owned() } else { value }
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}')
}

/// The parameters of an SMS: each value cut to what it may have.
pub fn sms_params(event: Event, template: &Template, args: &Args) -> Vec<(String, String)> {
    template
        .params()
        .into_iter()
        .map(|name| {
            let value = args.get(name).map_or("", String::as_str);
            let most = event.args().iter().find(|arg| arg.name == name);
            let value = match most {
                Some(arg) if !arg.secret => args::cut(value, arg.sms_chars),
                Some(_) | None => value.to_owned(),
            };
            (name.to_owned(), value)
        })
        .collect()
}

/// Most characters that an SMS of this template can have, with a signature of `sign_chars` and
/// its brackets.
pub fn longest_sms(event: Event, body: &str, sign_chars: usize) -> usize {
    let parts = parts(body).unwrap_or_default();
    let of_part = |part: &Part<'_>| match part {
        Part::Text(text) => text.chars().count(),
        Part::Arg(name) => known(event, name).map_or(0, |arg| arg.sms_chars),
    };
    sign_chars + 2 + parts.iter().map(of_part).sum::<usize>()
}

/// Parts that an SMS of so many characters is sent and paid in.
pub fn sms_parts(chars: usize) -> usize {
    if chars <= SMS_CHARS {
        1
    } else {
        chars.div_ceil(SMS_PART_CHARS)
    }
}

fn known(event: Event, name: &str) -> Option<&'static Arg> {
    event.args().iter().find(|arg| arg.name == name)
}

/// What is wrong with a template, beside its fields `title`, `body` and `provider_template`.
pub fn check(event: Event, channel: Channel, template: &Template, sign_chars: usize) -> FormErrors {
    let mut errors = FormErrors::default();
    check_title(event, channel, template, &mut errors);
    check_provider_template(channel, template, &mut errors);
    let body = template.body.as_str();
    if body.trim().is_empty() {
        errors.add("body", "请填写正文");
        return errors;
    }
    let chars = body.chars().count();
    if chars > BODY_CHARS {
        errors.add("body", format!("正文最多 {BODY_CHARS} 字，现在 {chars} 字"));
        return errors;
    }
    if let Some(text) = placeholders_fault(event, channel, body) {
        errors.add("body", text);
        return errors;
    }
    let text = match channel {
        Channel::Wechat => fields_fault(template),
        Channel::Sms => sms_fault(event, body, sign_chars),
        Channel::Site | Channel::Email => None,
    };
    if let Some(text) = text {
        errors.add("body", text);
    }
    errors
}

fn check_title(event: Event, channel: Channel, template: &Template, errors: &mut FormErrors) {
    let chars = template.title.chars().count();
    if template.title.trim().is_empty() {
        errors.add("title", "请填写标题");
    } else if chars > TITLE_CHARS {
        errors.add(
            "title",
            format!("标题最多 {TITLE_CHARS} 字，现在 {chars} 字"),
        );
    } else if template.title.contains(char::is_control) {
        errors.add("title", "标题只能有一行");
    } else if let Some(text) = placeholders_fault(event, channel, &template.title) {
        errors.add("title", text);
    }
}

fn check_provider_template(channel: Channel, template: &Template, errors: &mut FormErrors) {
    let id = template.provider_template.as_str();
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if matches!(channel, Channel::Site | Channel::Email) {
        if !id.is_empty() {
            errors.add("provider_template", "这个渠道没有模板编号");
        }
    } else if id.len() > PROVIDER_TEMPLATE_CHARS || !id.bytes().all(plain) {
        errors.add(
            "provider_template",
            format!("模板编号由字母、数字、“-”和“_”组成，最多 {PROVIDER_TEMPLATE_CHARS} 位"),
        );
    }
}

fn placeholders_fault(event: Event, channel: Channel, text: &str) -> Option<String> {
    let Ok(parts) = parts(text) else {
        return Some("大括号不成对，变量应写作 {company}".to_owned());
    };
    parts.into_iter().find_map(|part| {
        let Part::Arg(name) = part else { return None };
        match known(event, name) {
            None => Some(format!("没有变量 {{{name}}}")),
            Some(arg) if arg.secret && matches!(channel, Channel::Site | Channel::Wechat) => {
                Some(format!("{{{name}}} 只能出现在短信和邮件里"))
            }
            Some(_) => None,
        }
    })
}

fn fields_fault(template: &Template) -> Option<String> {
    let lines = template.body.lines().filter(|line| !line.trim().is_empty());
    if lines.clone().count() > MAX_FIELDS {
        return Some(format!("最多 {MAX_FIELDS} 个字段"));
    }
    let mut keys: Vec<&str> = Vec::new();
    for line in lines {
        let Some((key, text)) = line.split_once('=') else {
            return Some("每行一个字段，写作 thing1={company}".to_owned());
        };
        let (key, text) = (key.trim(), text.trim());
        if FieldKind::of_key(key).is_none() {
            return Some(format!("{key} 不是公众号模板的字段"));
        }
        if text.is_empty() {
            return Some(format!("{key} 没有内容"));
        }
        if keys.contains(&key) {
            return Some(format!("{key} 写了两次"));
        }
        keys.push(key);
    }
    None
}

fn sms_fault(event: Event, body: &str, sign_chars: usize) -> Option<String> {
    if body.contains(char::is_control) {
        return Some("短信只能有一段".to_owned());
    }
    let lower = body.to_lowercase();
    if ["http", "www.", "://"]
        .iter()
        .any(|link| lower.contains(link))
    {
        return Some("通知短信不能带网址".to_owned());
    }
    if let Some(word) = MARKETING.iter().find(|word| body.contains(**word)) {
        return Some(format!("通知短信不能有营销用语：{word}"));
    }
    if body.contains(['【', '】']) {
        return Some("签名由系统添加，正文里不能有【】".to_owned());
    }
    let longest = longest_sms(event, body, sign_chars);
    let with_link = body.contains("{link}");
    if !with_link && longest > SMS_CHARS {
        return Some(format!(
            "连同签名，按变量最长计 {longest} 字，超过一条短信的 {SMS_CHARS} 字"
        ));
    }
    let parts = sms_parts(longest);
    (parts > SMS_LINK_PARTS)
        .then(|| format!("按变量最长计要分 {parts} 条发送，最多 {SMS_LINK_PARTS} 条"))
}

#[cfg(test)]
mod tests;
