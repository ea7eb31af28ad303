//! The official account on WeChat (A14, A15, A19, A96): codes that tie a person's WeChat to his
//! account or sign him in, and the callbacks that tell of scans.
//!
//! A code holds a scene, `bind:` or `login:` and a number that is used once. A bind is done by
//! the scan. A login asks back in WeChat, so that someone who was shown a code by a stranger can
//! still say no, and only the browser that shows the code can use it.

mod callback;
mod card;
mod follow;
mod pages;
mod store;

use std::net::IpAddr;

use outside::wechat::Scene;

use super::devices::Device;
use super::rules::AccountKind;
use super::sessions;
use crate::ids::AccountId;
use crate::state::AppState;
use crate::web::PageResult;

pub(super) use callback::{greet, receive};
pub use card::QrCard;
pub use follow::{FollowCode, follow_card};
pub use pages::WechatPage;
pub(super) use pages::{page, poll, unbind as unbind_account};
use store::Kind;
#[cfg(test)]
pub(super) use store::QUERIES;

/// The way in metrics.
const WAY: &str = "wechat";
/// How long a code can be scanned, ms.
const SCENE_MS: i64 = 10 * 60_000;
/// The same for WeChat, s.
const SCENE_S: u32 = 600;
/// Codes that one account may have open: each costs a call to WeChat.
const OPEN_PER_ACCOUNT: i64 = 20;

/// The card by which someone ties his WeChat to `account`: pages show it with
/// `{% include "wechat-card.html" %}` under the name `card`, and load `js/wechat-card.js`.
/// `None`: there is no official account, or it does not answer now.
///
/// # Errors
/// The database failed.
pub async fn bind_card(state: &AppState, account: AccountId) -> PageResult<Option<QrCard>> {
    if store::open_of(&state.db, account, state.now_ms()).await? >= OPEN_PER_ACCOUNT {
        state.access.login(WAY, "limited");
        return Ok(None);
    }
    make(state, Kind::Bind, Some(account), None).await
}

/// The card by which the person at `device` signs in.
///
/// # Errors
/// The database failed.
pub(super) async fn login_card(
    state: &AppState,
    from: IpAddr,
    device: &Device,
) -> PageResult<Option<QrCard>> {
    let now_ms = state.now_ms();
    if state.limits.scenes.reserve(&from, 1, now_ms).is_err() {
        state.access.login(WAY, "limited");
        return Ok(None);
    }
    make(state, Kind::Login, None, Some(device)).await
}

async fn make(
    state: &AppState,
    kind: Kind,
    account: Option<AccountId>,
    device: Option<&Device>,
) -> PageResult<Option<QrCard>> {
    let Some(wechat) = &state.outbox.channels.wechat else {
        return Ok(None);
    };
    // 128 bits of a session's secret are secret enough, and a scene has room for them.
    let nonce = sessions::secret()[..32].to_owned();
    let text = format!("{}:{nonce}", kind.as_str());
    let Some(scene) = Scene::parse(&text) else {
        return Ok(None);
    };
    let qr = match wechat.create_scene_qr(&scene, SCENE_S).await {
        Ok(qr) => qr,
        Err(refusal) => {
            tracing::warn!(%refusal, "WeChat makes no code");
            return Ok(None);
        }
    };
    let now_ms = state.now_ms();
    let new = store::NewScene {
        nonce: &nonce,
        kind,
        account,
        device,
        expires_ms: now_ms + SCENE_MS,
    };
    store::add(&state.db, &new, now_ms).await?;
    Ok(QrCard::new(&qr.url, nonce, kind))
}

/// Takes the account of a login that was scanned and confirmed, once, for the browser that shows
/// the code.
pub(super) async fn take_login(
    state: &AppState,
    nonce: &str,
    device: &Device,
) -> Result<Option<(AccountId, AccountKind)>, sqlx::Error> {
    store::take_login(&state.db, nonce, &device.hash, state.now_ms()).await
}
