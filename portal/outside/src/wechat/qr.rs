//! Scene codes (带参数的二维码): a picture that tells, when it is scanned, what it was made for.

use serde::Deserialize;
use serde_json::json;

use super::OfficialAccount;
use crate::refusal::{Cause, Refusal};
use crate::sign::escape;

/// The longest life of a temporary code, in seconds.
pub const MAX_QR_LIFE_S: u32 = 2_592_000;
/// The shortest life that makes sense for a person with a telephone, in seconds.
const MIN_QR_LIFE_S: u32 = 60;
/// Most bytes of a scene.
const MAX_SCENE_BYTES: usize = 64;
/// Most bytes of a ticket that are taken; real ones have some 100.
const MAX_TICKET_BYTES: usize = 512;

/// What a code is for, such as `bind:` and a number that is used once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scene(String);

impl Scene {
    /// Reads a scene: 1 to 64 visible ASCII characters.
    pub fn parse(text: &str) -> Option<Self> {
        let good = (1..=MAX_SCENE_BYTES).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_graphic());
        good.then(|| Self(text.to_owned()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A code that can be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SceneQr {
    /// WeChat's name for it; callbacks repeat it.
    pub ticket: String,
    /// What the picture says, to be drawn as a QR code here.
    pub url: String,
    /// Address of the picture that WeChat draws.
    pub image_url: String,
    /// When it ends, ms since 1970.
    pub end_ms: i64,
}

#[derive(Deserialize)]
struct Created {
    ticket: String,
    url: String,
    expire_seconds: i64,
}

impl OfficialAccount {
    /// Makes a temporary code that lives `life_s` seconds, 60 to [`MAX_QR_LIFE_S`].
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn create_scene_qr(&self, scene: &Scene, life_s: u32) -> Result<SceneQr, Refusal> {
        let body = json!({
            "expire_seconds": life_s.clamp(MIN_QR_LIFE_S, MAX_QR_LIFE_S),
            "action_name": "QR_STR_SCENE",
            "action_info": { "scene": { "scene_str": scene.as_str() } },
        });
        let now_ms = self.shared.clock.now_ms();
        let created: Created = self
            .shared
            .api
            .post("/cgi-bin/qrcode/create", &body)
            .await?;
        if created.ticket.is_empty() || created.ticket.len() > MAX_TICKET_BYTES {
            return Err(Refusal::new(Cause::Unreadable, "no-ticket"));
        }
        let ticket = escape(&created.ticket, b"");
        let life_s = created.expire_seconds.clamp(0, i64::from(MAX_QR_LIFE_S));
        Ok(SceneQr {
            image_url: self
                .shared
                .mp_base
                .join(&format!("/cgi-bin/showqrcode?ticket={ticket}")),
            ticket: created.ticket,
            url: created.url,
            end_ms: now_ms + life_s * 1_000,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scene_has_1_to_64_visible_characters() {
        assert_eq!(Scene::parse("bind:1").unwrap().as_str(), "bind:1");
        assert!(Scene::parse(&"x".repeat(64)).is_some());
        for bad in ["", "a b", "绑定", &"x".repeat(65)] {
            assert!(Scene::parse(bad).is_none(), "{bad}");
        }
    }
}
