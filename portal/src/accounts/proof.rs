//! What shows once more that whoever is signed in is the owner of the account, before data leave
//! that someone at an unattended browser must not get (4.5): the password, or, for an account
//! without one, a code at its own mobile number. Wrong tries count as at the pages of the account.

use formats::text::masked_mobile;

use super::codes::{self, CodePurpose};
use super::{NO_PASSWORD, captchas, own, password};
use crate::audit;
use crate::ids::AccountId;
use crate::state::AppState;
use crate::web::{FormErrors, PageResult};

/// How an account shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// By its password.
    Password,
    /// By a code that is sent to its mobile number.
    Code {
        /// The number, partly hidden.
        mobile: String,
        /// The captcha that a code is asked for with.
        captcha: String,
    },
    /// It has neither, and has to set a password first.
    Nothing,
}

/// What someone typed to show it.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// A password.
    pub password: &'a str,
    /// A code.
    pub sms_code: &'a str,
}

impl Proof {
    /// What is asked of this account.
    ///
    /// # Errors
    /// The account is gone, or the database failed.
    pub async fn of(state: &AppState, account: AccountId) -> PageResult<Self> {
        let own = own::of(state, account).await?;
        Ok(if own.password_hash != NO_PASSWORD {
            Self::Password
        } else if let Some(mobile) = &own.mobile {
            Self::Code {
                mobile: masked_mobile(mobile),
                captcha: captchas::fresh(state).to_string(),
            }
        } else {
            Self::Nothing
        })
    }

    /// A code by SMS is asked for.
    pub fn is_code(&self) -> bool {
        matches!(self, Self::Code { .. })
    }
}

/// Is it the owner? Each call is a try, so check everything else first. Faults stand at
/// `password` and `sms_code`.
///
/// # Errors
/// The account is gone, or the database or the computation failed.
pub async fn check(
    state: &AppState,
    account: AccountId,
    shown: Shown<'_>,
) -> PageResult<FormErrors> {
    let own = own::of(state, account).await?;
    let mut errors = FormErrors::default();
    match &own.mobile {
        Some(mobile) if own.password_hash == NO_PASSWORD => {
            let spent = codes::spend(state, mobile, CodePurpose::Export, shown.sms_code).await?;
            if let Err(fault) = spent {
                errors.add("sms_code", fault.zh());
            }
        }
        _ => {
            if let Err(text) = password::is_own(state, &own, shown.password).await? {
                errors.add("password", text);
            }
        }
    }
    if !errors.is_empty() {
        audit::Entry::by(account, "account.proof_refused", "account", &account)
            .write(&state.db, state.now_ms())
            .await?;
    }
    Ok(errors)
}
