//! Proofs that a mobile number is somebody's. A code is spent by the form that brings it; the page
//! that comes back, if the form fails for another reason, carries a signed proof instead, so that
//! nobody waits for a second SMS. The same proof lets someone who has no account upload.

use crate::accounts::codes::{self, CodeFault, CodePurpose};
use crate::state::AppState;
use crate::web::secret::Signer;

/// A proof is good so long, ms: a letter has to be printed, stamped and photographed meanwhile.
pub const GOOD_MS: i64 = 2 * 3_600_000;
/// What tags of proofs are good for.
const PROOF: &str = "registering-mobile";
/// What tags of holders are good for.
const HOLDER: &str = "registering-holder";

/// Who has a proven number, without the number: the same for all proofs of one number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder(String);

impl Holder {
    /// Who has `mobile`.
    pub fn of(signer: &Signer, mobile: &str) -> Self {
        Self(signer.tag(HOLDER, &[mobile]))
    }

    /// Who has the number that `proof` speaks of; none if it is not good now.
    pub fn of_proof(signer: &Signer, proof: &str, now_ms: i64) -> Option<Self> {
        let (until, rest) = proof.split_once('.')?;
        let (holder, tag) = rest.split_once('.')?;
        let in_time = until.parse().is_ok_and(|until_ms: i64| until_ms > now_ms);
        let is_good = in_time && signer.is_good(PROOF, &[until, holder], tag);
        is_good.then(|| Self(holder.to_owned()))
    }
}

/// The proof that whoever has it in his page has this mobile number: `{until_ms}.{holder}.{tag}`.
pub fn issue(signer: &Signer, mobile: &str, now_ms: i64) -> String {
    let until = (now_ms + GOOD_MS).to_string();
    let Holder(holder) = Holder::of(signer, mobile);
    let tag = signer.tag(PROOF, &[&until, &holder]);
    format!("{until}.{holder}.{tag}")
}

/// Is `proof` good now, and of this number?
pub fn is_good(signer: &Signer, mobile: &str, proof: &str, now_ms: i64) -> bool {
    Holder::of_proof(signer, proof, now_ms).is_some_and(|it| it == Holder::of(signer, mobile))
}

/// Takes a proof that is good, or spends the code. The result is a proof for the page that comes
/// back should the form fail after this.
///
/// # Errors
/// The database failed. The inner result says whether the code was good.
pub async fn take(
    state: &AppState,
    mobile: &str,
    (proof, sms_code): (&str, &str),
) -> Result<Result<String, CodeFault>, sqlx::Error> {
    let now_ms = state.now_ms();
    if is_good(&state.signer, mobile, proof, now_ms) {
        return Ok(Ok(proof.to_owned()));
    }
    let spent = codes::spend(state, mobile, CodePurpose::Register, sms_code).await?;
    Ok(spent.map(|()| issue(&state.signer, mobile, now_ms)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_for_one_number_and_two_hours() {
        let signer = Signer::from_bytes(&[3; 32]);
        let proof = issue(&signer, "13800138000", 1_000);
        assert!(is_good(&signer, "13800138000", &proof, 1_000 + GOOD_MS - 1));
        assert!(!is_good(&signer, "13800138000", &proof, 1_000 + GOOD_MS));
        assert!(!is_good(&signer, "13900139000", &proof, 1_000));
        let later = proof.replacen('7', "9", 1);
        assert_ne!(later, proof);
        for bad in [
            later.as_str(),
            "",
            ".",
            "..",
            "9999999999999..",
            "9999999999999.a.b",
        ] {
            assert!(!is_good(&signer, "13800138000", bad, 1_000), "{bad}");
        }
        let other = Signer::from_bytes(&[4; 32]);
        assert!(!is_good(&other, "13800138000", &proof, 1_000));
    }

    #[test]
    fn all_proofs_of_a_number_have_one_holder() {
        let signer = Signer::from_bytes(&[3; 32]);
        let holder = |mobile, made_ms| {
            let proof = issue(&signer, mobile, made_ms);
            assert!(!proof.contains(mobile));
            Holder::of_proof(&signer, &proof, 5_000)
        };
        assert_eq!(holder("13800138000", 1_000), holder("13800138000", 2_000));
        assert_ne!(holder("13800138000", 1_000), holder("13900139000", 1_000));
        assert!(holder("13800138000", 1_000).is_some());
    }
}
