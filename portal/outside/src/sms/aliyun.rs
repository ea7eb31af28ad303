//! 阿里云短信服务: `SendSms`, parameters in the query.

use std::sync::Arc;
use std::time::Duration;

use base::clock::Clock;
use rand::RngExt;
use serde::Deserialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::macros::format_description;

use super::acs3::Acs3;
use super::config::{AliyunConfig, SmsConfig};
use super::{Mobile, SmsText};
use crate::address::BaseUrl;
use crate::http::{Answer, Http};
use crate::refusal::{Cause, Refusal};
use crate::sign::canonical_query;

/// The adapter.
#[derive(Debug, Clone)]
pub struct Aliyun {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    http: Http,
    base: BaseUrl,
    config: AliyunConfig,
    sign_name: String,
    clock: Clock,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Outcome {
    code: String,
    #[serde(default)]
    biz_id: String,
}

impl Aliyun {
    pub(super) fn new(
        config: &SmsConfig,
        clock: Clock,
        timeout: Duration,
    ) -> Result<Self, &'static str> {
        let base = BaseUrl::parse(&config.aliyun.base_url)?;
        let shared = Shared {
            http: Http::new(&base, timeout)?,
            base,
            config: config.aliyun.clone(),
            sign_name: config.sign_name.clone(),
            clock,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    pub(super) async fn send(&self, to: &Mobile, text: &SmsText) -> Result<String, Refusal> {
        let here = &*self.shared;
        let params = params(&text.params);
        let mut query = vec![
            ("PhoneNumbers", to.national()),
            ("SignName", &here.sign_name),
            ("TemplateCode", &text.template),
            ("TemplateParam", &params),
        ];
        if !text.reference.is_empty() {
            query.push(("OutId", &text.reference));
        }
        let host = here.base.host();
        let nonce = format!("{:032x}", rand::rng().random::<u128>());
        let signed = Acs3 {
            host: &host,
            action: "SendSms",
            version: "2017-05-25",
            date: &date(here.clock.now_ms()),
            nonce: &nonce,
            query: &query,
        };
        let url = here.base.join(&format!("/?{}", canonical_query(&query)));
        let authorization = signed.authorization(
            &here.config.access_key_id,
            here.config.access_key_secret.expose(),
        );
        let mut request = here.http.post(url).header("authorization", authorization);
        for (name, value) in signed.headers() {
            request = request.header(name, value);
        }
        read(&here.http.send(request).await?)
    }
}

fn read(answer: &Answer) -> Result<String, Refusal> {
    let Ok(outcome) = serde_json::from_slice::<Outcome>(&answer.body) else {
        return Err(answer.refusal());
    };
    if outcome.code != "OK" {
        return Err(Refusal::new(cause(&outcome.code), outcome.code));
    }
    if outcome.biz_id.is_empty() {
        return Err(Refusal::new(Cause::Unreadable, "no-id"));
    }
    Ok(outcome.biz_id)
}

/// What an error code means (短信服务错误码, and the gateway's own codes).
fn cause(code: &str) -> Cause {
    match code {
        "isv.MOBILE_NUMBER_ILLEGAL" => Cause::Recipient,
        "isv.AMOUNT_NOT_ENOUGH" | "isv.OUT_OF_SERVICE" => Cause::Balance,
        "isv.BUSINESS_LIMIT_CONTROL" | "isv.DAY_LIMIT_CONTROL" | "isv.MONTH_LIMIT_CONTROL" => {
            Cause::Limit
        }
        "isv.ACCOUNT_NOT_EXISTS"
        | "isv.ACCOUNT_ABNORMAL"
        | "isv.PRODUCT_UN_SUBSCRIPT"
        | "isv.DENY_IP_RANGE"
        | "isv.SMS_SIGNATURE_ILLEGAL"
        | "isv.SMS_SIGNATURE_SCENE_ILLEGAL"
        | "isp.RAM_PERMISSION_DENY"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "NoPermission" => Cause::Credentials,
        "SignatureNonceUsed" | "ServiceUnavailable" | "InternalError" => Cause::Busy,
        _ if code.starts_with("Throttling") => Cause::Limit,
        _ if code.starts_with("InvalidAccessKeyId") || code.starts_with("InvalidTimeStamp") => {
            Cause::Credentials
        }
        _ if code.starts_with("Forbidden") => Cause::Credentials,
        // `isp` is the provider's own trouble, `isv` what the caller sent.
        _ if code.starts_with("isp.") => Cause::Busy,
        _ if code.starts_with("isv.") => Cause::Content,
        _ => Cause::Other,
    }
}

fn params(params: &[(String, String)]) -> String {
    let map: Map<String, Value> = params
        .iter()
        .map(|(name, value)| (name.clone(), value.clone().into()))
        .collect();
    Value::Object(map).to_string()
}

/// ISO 8601 in UTC, to the second.
fn date(now_ms: i64) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    OffsetDateTime::from_unix_timestamp(now_ms / 1_000)
        .ok()
        .and_then(|at| at.format(format).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_causes() {
        for (code, expected) in [
            ("isv.MOBILE_NUMBER_ILLEGAL", Cause::Recipient),
            ("isv.BUSINESS_LIMIT_CONTROL", Cause::Limit),
            ("isv.TEMPLATE_MISSING_PARAMETERS", Cause::Content),
            ("isv.SOMETHING_NEW", Cause::Content),
            ("isv.AMOUNT_NOT_ENOUGH", Cause::Balance),
            ("isp.SYSTEM_ERROR", Cause::Busy),
            ("Throttling.User", Cause::Limit),
            ("SignatureDoesNotMatch", Cause::Credentials),
            ("InvalidAccessKeyId.NotFound", Cause::Credentials),
            ("SomethingNew", Cause::Other),
        ] {
            assert_eq!(cause(code), expected, "{code}");
        }
    }

    #[test]
    fn dates_are_iso_8601_in_utc() {
        assert_eq!(date(1_772_330_584_999), "2026-03-01T02:03:04Z");
    }
}
