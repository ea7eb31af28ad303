//! 腾讯云短信: `SendSms`, parameters in a JSON body. The answer has a code of its own per number,
//! and status 200 whatever happened.

use std::sync::Arc;
use std::time::Duration;

use base::clock::Clock;
use serde::Deserialize;
use serde_json::json;

use super::config::{SmsConfig, TencentConfig};
use super::tc3::{CONTENT_TYPE, Tc3};
use super::{Mobile, SmsText};
use crate::address::BaseUrl;
use crate::http::{Answer, Http};
use crate::refusal::{Cause, Refusal};

/// The adapter.
#[derive(Debug, Clone)]
pub struct Tencent {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    http: Http,
    base: BaseUrl,
    config: TencentConfig,
    sign_name: String,
    clock: Clock,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Outcome {
    response: Inner,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inner {
    error: Option<Coded>,
    #[serde(default)]
    send_status_set: Vec<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Coded {
    code: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    code: String,
    #[serde(default)]
    serial_no: String,
    phone_number: String,
}

impl Tencent {
    pub(super) fn new(
        config: &SmsConfig,
        clock: Clock,
        timeout: Duration,
    ) -> Result<Self, &'static str> {
        let base = BaseUrl::parse(&config.tencent.base_url)?;
        let shared = Shared {
            http: Http::new(&base, timeout)?,
            base,
            config: config.tencent.clone(),
            sign_name: config.sign_name.clone(),
            clock,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    pub(super) async fn send(&self, to: &Mobile, text: &SmsText) -> Result<String, Refusal> {
        let here = &*self.shared;
        let values: Vec<_> = text.params.iter().map(|(_, value)| value).collect();
        let body = json!({
            "PhoneNumberSet": [to.international()],
            "SmsSdkAppId": here.config.sdk_app_id,
            "TemplateId": text.template,
            "SignName": here.sign_name,
            "TemplateParamSet": values,
            "SessionContext": text.reference,
        })
        .to_string();
        let host = here.base.host();
        let at_s = here.clock.now_ms() / 1_000;
        let signed = Tc3 {
            host: &host,
            service: "sms",
            at_s,
            body: body.as_bytes(),
        };
        let authorization =
            signed.authorization(&here.config.secret_id, here.config.secret_key.expose());
        let request = here
            .http
            .post(here.base.join("/"))
            .header("host", &host)
            .header("content-type", CONTENT_TYPE)
            .header("authorization", authorization)
            .header("x-tc-action", "SendSms")
            .header("x-tc-version", "2021-01-11")
            .header("x-tc-region", &here.config.region)
            .header("x-tc-timestamp", at_s.to_string())
            .body(body);
        read(&here.http.send(request).await?, to)
    }
}

fn read(answer: &Answer, to: &Mobile) -> Result<String, Refusal> {
    let Ok(outcome) = serde_json::from_slice::<Outcome>(&answer.body) else {
        return Err(answer.refusal());
    };
    if let Some(error) = outcome.response.error {
        return Err(Refusal::new(cause(&error.code), error.code));
    }
    let number = to.international();
    let status = outcome
        .response
        .send_status_set
        .into_iter()
        .find(|status| status.phone_number == number)
        .ok_or_else(|| Refusal::new(Cause::Unreadable, "no-status"))?;
    if status.code != "Ok" {
        return Err(Refusal::new(cause(&status.code), status.code));
    }
    if status.serial_no.is_empty() {
        return Err(Refusal::new(Cause::Unreadable, "no-id"));
    }
    Ok(status.serial_no)
}

/// What an error code means (错误码, of the call and of a number alike).
fn cause(code: &str) -> Cause {
    match code {
        "InvalidParameterValue.IncorrectPhoneNumber" | "FailedOperation.PhoneNumberInBlacklist" => {
            return Cause::Recipient;
        }
        "FailedOperation.InsufficientBalanceInSmsPackage" => return Cause::Balance,
        "FailedOperation.SignatureIncorrectOrUnapproved"
        | "InvalidParameterValue.SdkAppIdNotExist" => return Cause::Credentials,
        _ => {}
    }
    match code.split('.').next().unwrap_or(code) {
        "LimitExceeded" | "RequestLimitExceeded" => Cause::Limit,
        "AuthFailure" | "UnauthorizedOperation" => Cause::Credentials,
        "InternalError" | "ServiceUnavailable" | "ResourceUnavailable" => Cause::Busy,
        "FailedOperation"
        | "InvalidParameter"
        | "InvalidParameterValue"
        | "MissingParameter"
        | "UnknownParameter"
        | "UnsupportedOperation" => Cause::Content,
        _ => Cause::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::StatusCode;

    fn read_text(body: &str) -> Result<String, Refusal> {
        let answer = Answer {
            status: StatusCode::OK,
            body: body.as_bytes().to_vec(),
        };
        read(&answer, &Mobile::parse("13800138000").unwrap())
    }

    #[test]
    fn the_code_of_the_number_counts_not_the_status() {
        let taken = r#"{"Response":{"SendStatusSet":[{"SerialNo":"2028:1","PhoneNumber":"+8613800138000","Fee":1,"SessionContext":"","Code":"Ok","Message":"send success","IsoCode":"CN"}],"RequestId":"1"}}"#;
        assert_eq!(read_text(taken).unwrap(), "2028:1");
        let refused = taken.replace("\"Ok\"", "\"LimitExceeded.PhoneNumberDailyLimit\"");
        assert_eq!(read_text(&refused).unwrap_err().cause, Cause::Limit);
        let other = taken.replace("8000\"", "8001\"");
        assert_eq!(read_text(&other).unwrap_err().cause, Cause::Unreadable);
    }

    #[test]
    fn an_error_of_the_whole_call_is_read() {
        let body = r#"{"Response":{"Error":{"Code":"AuthFailure.SignatureFailure","Message":"m"},"RequestId":"1"}}"#;
        let refusal = read_text(body).unwrap_err();
        assert_eq!(refusal.cause, Cause::Credentials);
        assert_eq!(refusal.code, "AuthFailure.SignatureFailure");
        assert_eq!(read_text("<html>").unwrap_err().cause, Cause::Unreadable);
    }

    #[test]
    fn codes_have_their_causes() {
        for (code, expected) in [
            (
                "InvalidParameterValue.IncorrectPhoneNumber",
                Cause::Recipient,
            ),
            ("LimitExceeded.PhoneNumberOneHourLimit", Cause::Limit),
            (
                "FailedOperation.TemplateIncorrectOrUnapproved",
                Cause::Content,
            ),
            (
                "FailedOperation.InsufficientBalanceInSmsPackage",
                Cause::Balance,
            ),
            ("InternalError.Timeout", Cause::Busy),
            ("RequestLimitExceeded", Cause::Limit),
            ("SomethingNew", Cause::Other),
        ] {
            assert_eq!(cause(code), expected, "{code}");
        }
    }
}
