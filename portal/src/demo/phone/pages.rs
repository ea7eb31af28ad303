//! The page of the pretend phone.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Html;
use serde::Deserialize;

use super::feed::{Feeds, Item, Whose, feeds};
use crate::accounts::Session;
use crate::demo::links::people;
use crate::state::AppState;
use crate::web::{PageError, PageResult};

/// Someone whose phone can be looked at: short name and name.
pub type Person = (String, String);

/// What a page was asked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    who: String,
    #[serde(default)]
    mobile: String,
    /// Why the last act could not be done.
    #[serde(default)]
    fault: String,
}

/// A scene code that can be scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SceneCode {
    /// What its picture says.
    pub code: String,
    /// What it is for.
    pub label: String,
}

/// `/demo/phone`
#[derive(Debug, Template)]
#[template(path = "demo-phone.html")]
pub struct PhonePage {
    /// The demo's people by role.
    pub groups: Vec<(&'static str, Vec<Person>)>,
    /// Whose phone it is.
    pub whose: Whose,
    /// Someone is chosen.
    pub chosen: bool,
    /// His mobile number; may be empty.
    pub mobile: String,
    /// His e-mail address; may be empty.
    pub email: String,
    /// He follows the official account.
    pub follows: bool,
    /// Scene codes that are open.
    pub scenes: Vec<SceneCode>,
    /// What has come.
    pub feeds: Feeds,
    /// The session's forgery token; empty where nobody is signed in.
    pub csrf: String,
    /// Why the last act could not be done; may be empty.
    pub fault: &'static str,
}

/// What has come, for the script that looks again.
#[derive(Debug, Template)]
#[template(path = "demo-phone-feed.html")]
struct FeedPart {
    feeds: Feeds,
}

impl PhonePage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let item = |title: &str, lines: &[(&str, &str)], link: &str| Item {
            title: title.to_owned(),
            lines: lines
                .iter()
                .map(|(caption, value)| ((*caption).to_owned(), (*value).to_owned()))
                .collect(),
            link: link.to_owned(),
            when: "2026-11-25 09:30".to_owned(),
        };
        let sms = "【示例就业平台】您的验证码是382915，5分钟内有效，请勿告诉他人。";
        let result = [
            ("单位名称", "澄源半导体（示例）有限公司"),
            ("结果", "审核通过"),
            ("原因说明", "无"),
        ];
        Self {
            groups: vec![(
                "面试官",
                vec![("interviewer-01".to_owned(), "沈工".to_owned())],
            )],
            whose: Whose {
                who: "interviewer-01".to_owned(),
                mobile: String::new(),
            },
            chosen: true,
            mobile: "13800138000".to_owned(),
            email: "interviewer-01@demo.example".to_owned(),
            follows: true,
            scenes: vec![SceneCode {
                code: "http://weixin.qq.com/q/00000001".to_owned(),
                label: "绑定微信 · 9f31".to_owned(),
            }],
            feeds: Feeds {
                sms: vec![item("", &[("", sms)], "")],
                wechat: vec![item("企业认证结果通知", &result, "/company")],
                email: Vec::new(),
                overnight: "还有 1 条：夜间不打扰，2026-11-26 08:00 发出".to_owned(),
            },
            csrf: String::new(),
            fault: "",
        }
    }
}

/// `GET /demo/phone`
pub(super) async fn show(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let emulators = state.emulators.clone().ok_or(PageError::NotFound)?;
    let wechat = &emulators.wechat.emulator;
    let fault = fault_zh(&asked.fault);
    let whose = Whose {
        who: asked.who,
        mobile: asked.mobile,
    };
    let phone = whose.phone(&state.db, state.now_ms()).await?;
    let codes = wechat.codes().into_iter().map(|(scene, code)| SceneCode {
        label: scene_zh(&scene),
        code,
    });
    let page = PhonePage {
        groups: people(),
        chosen: !phone.openid.is_empty(),
        follows: wechat.follows(&phone.openid),
        scenes: codes.collect(),
        feeds: feeds(&emulators, &phone, &whose, (&state.outbox.site, state.port)),
        mobile: phone.mobile,
        email: phone.email,
        whose,
        csrf: session.map_or_else(String::new, |session| session.csrf.clone()),
        fault,
    };
    Ok(Html(page.render()?))
}

/// `GET /demo/phone/feed`: what has come, as a part of the page.
pub(super) async fn feed(
    State(state): State<AppState>,
    Query(whose): Query<Whose>,
) -> PageResult<Html<String>> {
    let emulators = state.emulators.clone().ok_or(PageError::NotFound)?;
    let phone = whose.phone(&state.db, state.now_ms()).await?;
    let feeds = feeds(&emulators, &phone, &whose, (&state.outbox.site, state.port));
    Ok(Html(FeedPart { feeds }.render()?))
}

/// What a scene is for, and the end of its number to tell it from others.
fn scene_zh(scene: &str) -> String {
    let (kind, nonce) = scene.split_once(':').unwrap_or(("", scene));
    let kind = match kind {
        "bind" => "绑定微信",
        "login" => "微信登录",
        _ => "其他",
    };
    let tail = nonce.len().saturating_sub(4);
    format!("{kind} · {}", nonce.get(tail..).unwrap_or_default())
}

fn fault_zh(word: &str) -> &'static str {
    match word {
        "" => "",
        "code" => "这个二维码不存在或已过期",
        "following" => "还没有关注公众号",
        _ => "没有办成，请再试一次",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenes_are_told_apart() {
        assert_eq!(scene_zh("bind:0123456789ab"), "绑定微信 · 89ab");
        assert_eq!(scene_zh("login:ab"), "微信登录 · ab");
        assert_eq!(scene_zh("x"), "其他 · x");
    }
}
