//! A code by SMS is spent by the form that brings it. If that form fails for another reason, the
//! page that comes back carries a signed proof instead, so that nobody waits for a second SMS.

use crate::accounts::codes::{self, CodePurpose};
use crate::companies::fields::Fields;
use crate::state::AppState;
use crate::web::FormErrors;
use crate::web::secret::Signer;

/// A proof is good so long, ms.
const GOOD_MS: i64 = 15 * 60_000;
/// What tags of proofs are good for.
const PURPOSE: &str = "registering-mobile";

/// The proof that whoever fills in the form has this mobile number: `{until_ms}.{tag}`.
fn issue(signer: &Signer, mobile: &str, now_ms: i64) -> String {
    let until = (now_ms + GOOD_MS).to_string();
    let tag = signer.tag(PURPOSE, &[mobile, &until]);
    format!("{until}.{tag}")
}

fn is_good(signer: &Signer, mobile: &str, proof: &str, now_ms: i64) -> bool {
    let Some((until, tag)) = proof.split_once('.') else {
        return false;
    };
    until.parse().is_ok_and(|until: i64| until > now_ms)
        && signer.is_good(PURPOSE, &[mobile, until], tag)
}

/// Takes the form's proof, or spends its code. The result is a proof for the page that comes
/// back should the form fail after this; without one, `errors` says why.
pub(super) async fn of_mobile(
    state: &AppState,
    fields: &Fields,
    mobile: &str,
    errors: &mut FormErrors,
) -> Result<Option<String>, sqlx::Error> {
    let now_ms = state.now_ms();
    let proof = fields.text("proof");
    if is_good(&state.signer, mobile, proof, now_ms) {
        return Ok(Some(proof.to_owned()));
    }
    match codes::spend(
        state,
        mobile,
        CodePurpose::Register,
        fields.text("sms_code"),
    )
    .await?
    {
        Ok(()) => Ok(Some(issue(&state.signer, mobile, now_ms))),
        Err(fault) => {
            errors.add("sms_code", fault.zh());
            Ok(None)
        }
    }
}

/// The proof that a form brought, if it is good for the number that it also brought: the page
/// that comes back then asks for no code.
pub(super) fn carried(state: &AppState, fields: &Fields) -> Option<String> {
    let mobile = formats::phone::Mobile::parse(fields.text("mobile")).ok()?;
    let proof = fields.text("proof");
    is_good(&state.signer, mobile.as_str(), proof, state.now_ms()).then(|| proof.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_for_one_number_and_a_quarter_of_an_hour() {
        let signer = Signer::from_bytes(&[3; 32]);
        let proof = issue(&signer, "13800138000", 1_000);
        assert!(is_good(&signer, "13800138000", &proof, 1_000 + GOOD_MS - 1));
        assert!(!is_good(&signer, "13800138000", &proof, 1_000 + GOOD_MS));
        assert!(!is_good(&signer, "13900139000", &proof, 1_000));
        let later = proof.replacen("901000", "9901000", 1);
        assert_ne!(later, proof);
        assert!(!is_good(&signer, "13800138000", &later, 1_000));
        assert!(!is_good(&signer, "13800138000", "", 1_000));
    }
}
