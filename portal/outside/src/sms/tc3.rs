//! Tencent Cloud's request signature, version 3 (TC3-HMAC-SHA256).

use time::OffsetDateTime;
use time::macros::format_description;

use crate::sign::{hex, hmac_sha256, sha256_hex};

/// Name of the algorithm.
pub(crate) const ALGORITHM: &str = "TC3-HMAC-SHA256";
/// The headers that are signed.
pub(crate) const SIGNED: &str = "content-type;host";
/// The media type of every request, letter by letter as it is signed.
pub(crate) const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// A request before it is signed: a POST of JSON to `/`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tc3<'a> {
    /// The `Host` header.
    pub host: &'a str,
    /// Name of the service, such as `sms`.
    pub service: &'a str,
    /// Seconds since 1970.
    pub at_s: i64,
    /// The bytes that are sent.
    pub body: &'a [u8],
}

impl Tc3<'_> {
    /// The `Authorization` header.
    pub fn authorization(&self, id: &str, key: &str) -> String {
        let scope = self.scope();
        let signature = self.signature(key);
        format!(
            "{ALGORITHM} Credential={id}/{scope}, SignedHeaders={SIGNED}, Signature={signature}"
        )
    }

    /// The signature alone.
    pub fn signature(&self, key: &str) -> String {
        let canonical = format!(
            "POST\n/\n\ncontent-type:{CONTENT_TYPE}\nhost:{}\n\n{SIGNED}\n{}",
            self.host,
            sha256_hex(self.body)
        );
        let text = format!(
            "{ALGORITHM}\n{}\n{}\n{}",
            self.at_s,
            self.scope(),
            sha256_hex(canonical.as_bytes())
        );
        let key = [
            date(self.at_s).as_str(),
            self.service,
            "tc3_request",
            text.as_str(),
        ]
        .iter()
        .fold(format!("TC3{key}").into_bytes(), |key, part| {
            hmac_sha256(&key, part.as_bytes())
        });
        hex(&key)
    }

    /// Day, service and end mark.
    fn scope(&self) -> String {
        format!("{}/{}/tc3_request", date(self.at_s), self.service)
    }
}

/// The day in UTC.
fn date(at_s: i64) -> String {
    let format = format_description!("[year]-[month]-[day]");
    OffsetDateTime::from_unix_timestamp(at_s)
        .ok()
        .and_then(|at| at.format(format).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_own_example_is_met() {
        let body = br#"{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}"#;
        let request = Tc3 {
            host: "cvm.tencentcloudapi.com",
            service: "cvm",
            at_s: 1_551_113_065,
            body,
        };
        assert_eq!(
            request.authorization(
                "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
                "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"
            ),
            "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/\
             tc3_request, SignedHeaders=content-type;host, Signature=\
             72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
        );
    }

    /// Computed with OpenSSL's command line, step by step.
    #[test]
    fn a_text_message_is_signed_as_computed_elsewhere() {
        let body = r#"{"PhoneNumberSet":["+8613800138000"],"SignName":"云校招测试","TemplateParamSet":["123456"]}"#;
        let request = Tc3 {
            host: "sms.tencentcloudapi.com",
            service: "sms",
            at_s: 1_772_330_584,
            body: body.as_bytes(),
        };
        assert_eq!(
            request.signature("testkey"),
            "805610413f266efd8812cfcbfe128875ef251ef079b79377c36e5805f0d39047"
        );
    }
}
