//! What companies ask of other parts of the portal, in one place.

use base::db::{Tx, on_db};

use crate::accounts::sessions;
use crate::agreements::store as agreements;
use crate::files::{FileRef, Purpose, attach};
use crate::ids::{AccountId, CaptchaId, FileId};
use crate::state::AppState;

/// A link that sets a password is good so long, ms.
const PASSWORD_LINK_MS: i64 = 24 * 3_600_000;

base::queries! {
    /// A link that sets a password once.
    ADD_PASSWORD_LINK = "INSERT INTO password_links (token_hash, account_id, made_by, created_ms,
            expires_ms)
        VALUES ($1, $2, $3, $4, $5)";
    /// An earlier link of the account is good no more.
    END_PASSWORD_LINKS = "UPDATE password_links SET used_ms = $2
        WHERE account_id = $1 AND used_ms IS NULL";
}

/// The picture of a page that asks for a code by SMS.
// Seam: `accounts::captchas::fresh(state)`.
pub(super) fn captcha(_state: &AppState) -> CaptchaId {
    CaptchaId::new()
}

/// The path of a link with which an account sets its password once; earlier ones end.
// Seam: `accounts::links::issue`.
pub(super) async fn password_link(
    tx: &mut Tx,
    account: AccountId,
    made_by: AccountId,
    now_ms: i64,
) -> Result<String, sqlx::Error> {
    let token = sessions::secret();
    on_db!(tx, c => sqlx::query(END_PASSWORD_LINKS)
        .bind(account).bind(now_ms).execute(c).await.map(drop))?;
    on_db!(tx, c => sqlx::query(ADD_PASSWORD_LINK)
        .bind(sessions::sha256(&token))
        .bind(account)
        .bind(made_by)
        .bind(now_ms)
        .bind(now_ms + PASSWORD_LINK_MS)
        .execute(c).await.map(drop))?;
    Ok(format!("/reset/{token}"))
}

/// Keeps that someone has accepted agreements, each in its newest version.
pub(super) async fn accept_agreements(
    tx: &mut Tx,
    account: AccountId,
    codes: &[&str],
    address: &str,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    for code in codes {
        // Without a published text there was nothing to accept.
        if let Some(latest) = agreements::latest_in(tx, code).await? {
            agreements::accept(tx, account, code, latest.version, address, now_ms).await?;
        }
    }
    Ok(())
}

/// The QR codes that lead to the official account and bind WeChat to this account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WechatCards {
    /// Address of the picture of the official account's code.
    pub follow: String,
    /// Address of the picture of the code that binds.
    pub bind: String,
}

/// The QR codes of the page after registration; `None`: WeChat is not set up here.
// Seam: `accounts::wechat::bind_card`.
pub(super) fn wechat_cards(_state: &AppState, _account: AccountId) -> Option<WechatCards> {
    None
}

/// An upload as a form names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Upload {
    /// What the form's field says.
    pub(super) reference: FileRef,
    /// What it must be for.
    pub(super) purpose: Purpose,
}

impl Upload {
    /// Reads a form's field; `None`: nothing usable is there.
    pub(super) fn read(state: &AppState, text: &str, purpose: Purpose) -> Option<Self> {
        FileRef::parse(&state.signer, text, purpose).map(|reference| Self { reference, purpose })
    }

    /// Makes it part of a thing. One that is `kept` is part of an earlier state of the thing and
    /// stays what it is. `None`: it is gone, or part of something else.
    pub(super) async fn attach(
        self,
        tx: &mut Tx,
        to: (&str, &str),
        kept: Option<FileId>,
        now_ms: i64,
    ) -> Result<Option<FileId>, sqlx::Error> {
        if kept == Some(self.reference.id()) {
            return Ok(kept);
        }
        attach(tx, self.reference, self.purpose, to, now_ms).await
    }
}
