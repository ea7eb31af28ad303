//! Aliyun's request signature, version 3 (ACS3-HMAC-SHA256).

use crate::sign::{canonical_query, hex, hmac_sha256, sha256_hex};

/// Name of the algorithm.
pub(crate) const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// A request before it is signed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Acs3<'a> {
    /// The `Host` header.
    pub host: &'a str,
    /// Name of the call.
    pub action: &'a str,
    /// Version of the API.
    pub version: &'a str,
    /// ISO 8601 in UTC, such as `2026-03-01T02:03:04Z`.
    pub date: &'a str,
    /// Used once.
    pub nonce: &'a str,
    /// Parameters.
    pub query: &'a [(&'a str, &'a str)],
}

impl Acs3<'_> {
    /// The headers that are signed and sent, sorted by name.
    pub fn headers(&self) -> [(&'static str, String); 6] {
        [
            ("host", self.host.to_owned()),
            ("x-acs-action", self.action.to_owned()),
            ("x-acs-content-sha256", sha256_hex(b"")),
            ("x-acs-date", self.date.to_owned()),
            ("x-acs-signature-nonce", self.nonce.to_owned()),
            ("x-acs-version", self.version.to_owned()),
        ]
    }

    /// The `Authorization` header.
    pub fn authorization(&self, id: &str, secret: &str) -> String {
        let headers = self.headers();
        let signed = headers.each_ref().map(|(name, _)| *name).join(";");
        let lines: String = headers
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let query = canonical_query(self.query);
        let body = sha256_hex(b"");
        let canonical = format!("POST\n/\n{query}\n{lines}\n{signed}\n{body}");
        let signature = signature(secret, &canonical);
        format!("{ALGORITHM} Credential={id},SignedHeaders={signed},Signature={signature}")
    }
}

/// The signature of a canonical request.
pub(crate) fn signature(secret: &str, canonical: &str) -> String {
    let text = format!("{ALGORITHM}\n{}", sha256_hex(canonical.as_bytes()));
    hex(&hmac_sha256(secret.as_bytes(), text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature_of(request: &Acs3<'_>, id: &str, secret: &str) -> String {
        let line = request.authorization(id, secret);
        line.rsplit_once("Signature=").unwrap().1.to_owned()
    }

    #[test]
    fn the_documents_own_example_is_met() {
        let request = Acs3 {
            host: "ecs.cn-shanghai.aliyuncs.com",
            action: "RunInstances",
            version: "2014-05-26",
            date: "2023-10-26T10:22:32Z",
            nonce: "3156853299f313e23d1673dc12e1703d",
            query: &[
                (
                    "ImageId",
                    "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
                ),
                ("RegionId", "cn-shanghai"),
            ],
        };
        assert_eq!(
            signature_of(&request, "YourAccessKeyId", "YourAccessKeySecret"),
            "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
        );
    }

    #[test]
    fn a_text_message_is_signed_as_computed_elsewhere() {
        let request = Acs3 {
            host: "dysmsapi.aliyuncs.com",
            action: "SendSms",
            version: "2017-05-25",
            date: "2026-03-01T02:03:04Z",
            nonce: "00000000000000000000000000000001",
            query: &[
                ("PhoneNumbers", "13800138000"),
                ("SignName", "云校招测试"),
                ("TemplateCode", "SMS_123456789"),
                ("TemplateParam", r#"{"code":"123456"}"#),
            ],
        };
        assert_eq!(
            signature_of(&request, "testid", "testsecret"),
            "f699050294e58dd2bcc404f3a0a2240cdf42ba13ec6fa72c5b1ed1ab4672858c"
        );
        let line = request.authorization("testid", "testsecret");
        assert!(line.starts_with(
            "ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=host;x-acs-action;\
             x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature="
        ));
    }
}
