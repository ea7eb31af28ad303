//! The code that leads to the official account and ties nothing (A14): one for everybody, made
//! anew before WeChat ends it.

use std::sync::{Mutex, PoisonError};

use outside::wechat::{MAX_QR_LIFE_S, Scene};

use super::card::QrCard;
use super::store::Kind;
use crate::state::AppState;

/// The scene of the code.
pub(super) const SCENE: &str = "follow";
/// A code with less than this left is made anew, ms: someone may have the page open for a while.
const SPARE_MS: i64 = 24 * 3_600_000;

/// The code as it was made last.
#[derive(Debug, Default)]
pub struct FollowCode(Mutex<Option<(QrCard, i64)>>);

impl FollowCode {
    fn kept(&self, now_ms: i64) -> Option<QrCard> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (card, end_ms) = kept.as_ref()?;
        (now_ms + SPARE_MS < *end_ms).then(|| card.clone())
    }

    fn keep(&self, card: &QrCard, end_ms: i64) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some((card.clone(), end_ms));
    }
}

/// The card that leads to the official account. `None`: there is none, or it does not answer now.
pub async fn follow_card(state: &AppState) -> Option<QrCard> {
    let wechat = state.outbox.channels.wechat.as_ref()?;
    if let Some(card) = state.follow_code.kept(state.now_ms()) {
        return Some(card);
    }
    let scene = Scene::parse(SCENE)?;
    match wechat.create_scene_qr(&scene, MAX_QR_LIFE_S).await {
        Ok(qr) => {
            let card = QrCard::new(&qr.url, String::new(), Kind::Bind)?;
            state.follow_code.keep(&card, qr.end_ms);
            Some(card)
        }
        Err(refusal) => {
            tracing::warn!(%refusal, "WeChat makes no code to follow by");
            None
        }
    }
}
