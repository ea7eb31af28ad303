//! What WeChat's error codes mean (全局返回码).

use crate::refusal::{Cause, Refusal};

/// Codes of an access token that WeChat no longer takes: wrong, malformed or expired.
const TOKEN_CODES: [i64; 3] = [40001, 40014, 42001];

/// The refusal that an `errcode` other than 0 stands for.
pub(crate) fn refusal(errcode: i64) -> Refusal {
    let cause = match errcode {
        -1 => Cause::Busy,
        40003 => Cause::Recipient,
        43004 | 43101 => Cause::NotFollowing,
        40037 | 40097 | 40165 | 41028 | 41029 | 41030 | 44002 | 47001 | 47003 => Cause::Content,
        45009 | 45011 | 45047 => Cause::Limit,
        40001 | 40002 | 40013 | 40014 | 40125 | 40164 | 41002 | 41004 | 42001 | 48001 => {
            Cause::Credentials
        }
        _ => Cause::Other,
    };
    Refusal::new(cause, errcode)
}

/// Would a new access token help?
pub(crate) fn is_of_token(refusal: &Refusal) -> bool {
    refusal
        .code
        .parse()
        .is_ok_and(|code: i64| TOKEN_CODES.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_final_where_trying_again_is_in_vain() {
        for code in [43004, 43101, 40003, 40037, 47003] {
            assert!(refusal(code).is_final(), "{code}");
        }
        for code in [-1, 45009, 40001, 42001, 40164, 12_345] {
            assert!(!refusal(code).is_final(), "{code}");
        }
    }

    #[test]
    fn only_codes_of_the_token_ask_for_a_new_one() {
        assert!(is_of_token(&refusal(42001)) && is_of_token(&refusal(40001)));
        assert!(!is_of_token(&refusal(40013)) && !is_of_token(&refusal(-1)));
        assert!(!is_of_token(&Refusal::new(Cause::NoAnswer, "timeout")));
    }
}
