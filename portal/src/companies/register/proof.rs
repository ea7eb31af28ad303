//! The mobile number of whoever registers is proven by a code: before his first upload, since
//! uploads of strangers are bounded by number, or with the form.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use formats::Fault;
use formats::phone::Mobile;
use serde::{Deserialize, Serialize};

use super::certify::MOBILE_TAKEN;
use crate::accounts::codes::{self, CodePurpose, proof};
use crate::companies::fields::Fields;
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult, address};

/// What the page sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shown {
    mobile: String,
    sms_code: String,
}

/// The answer.
#[derive(Debug, Serialize)]
pub(super) struct Proven {
    /// For the form, and for uploads.
    proof: String,
}

/// `POST /api/number-proofs`: spends the code for a proof.
pub(super) async fn prove(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Json(shown): Json<Shown>,
) -> PageResult<Json<Proven>> {
    let refused = |field, text: &str| PageError::Invalid(FormErrors::one(field, text));
    let mobile = Mobile::parse(&shown.mobile).map_err(|fault| refused("mobile", &fault.zh()))?;
    if shown.sms_code.trim().is_empty() {
        return Err(refused("sms_code", "请填写手机验证码"));
    }
    let from = address::client(&headers, peer, &state.config.http.proxies);
    let asked = (mobile.as_str(), CodePurpose::Register);
    codes::spend_from(&state, from, asked, &shown.sms_code)
        .await?
        .map_err(|fault| refused("sms_code", fault.zh()))?;
    let proof = proof::issue(&state.signer, mobile.as_str(), state.now_ms());
    // Told to whom the code came, and to nobody else.
    if codes::is_taken(&state.db, mobile.as_str()).await? {
        return Err(refused("mobile", MOBILE_TAKEN));
    }
    Ok(Json(Proven { proof }))
}

/// Takes the form's proof, or spends its code. The result is a proof for the page that comes
/// back should the form fail after this; without one, `errors` says why.
pub(super) async fn of_mobile(
    state: &AppState,
    fields: &Fields,
    mobile: &str,
    errors: &mut FormErrors,
) -> Result<Option<String>, sqlx::Error> {
    let shown = (fields.text("proof"), fields.text("sms_code"));
    match proof::take(state, mobile, shown).await? {
        Ok(proof) => Ok(Some(proof)),
        Err(fault) => {
            errors.add("sms_code", fault.zh());
            Ok(None)
        }
    }
}

/// The proof that a form brought, if it is good for the number that it also brought: the page
/// that comes back then asks for no code.
pub(super) fn carried(state: &AppState, fields: &Fields) -> Option<String> {
    let mobile = Mobile::parse(fields.text("mobile")).ok()?;
    let proof = fields.text("proof");
    proof::is_good(&state.signer, mobile.as_str(), proof, state.now_ms()).then(|| proof.to_owned())
}
