//! 腾讯云短信: `POST /`, parameters in a JSON body, signed with TC3-HMAC-SHA256. Every answer has
//! status 200.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::{MethodRouter, post};
use axum::{Extension, Json};
use base::config::Secret;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::steering::Forced;
use super::{Asked, Authorization, Denied, Provider, SmsOptions, TencentSmsEmulator, text};
use crate::sign::{equal, hex, hmac_sha256, sha256_hex};
use crate::sms::{SmsConfig, SmsProvider, TencentConfig};

/// A request is taken within this time of its timestamp, in seconds.
const TOLERANCE_S: i64 = 300;
/// Most numbers of one request.
const MAX_NUMBERS: usize = 200;

/// Marks an emulator as this provider.
#[derive(Debug)]
pub enum TencentDesk {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Request {
    phone_number_set: Vec<String>,
    sms_sdk_app_id: String,
    template_id: String,
    #[serde(default)]
    sign_name: String,
    #[serde(default)]
    template_param_set: Vec<String>,
    #[serde(default)]
    session_context: String,
}

impl Provider for TencentDesk {
    fn config(options: &SmsOptions, url: &str) -> SmsConfig {
        SmsConfig {
            provider: SmsProvider::Tencent,
            sign_name: options.sign_name.clone(),
            tencent: TencentConfig {
                base_url: url.to_owned(),
                secret_id: options.key_id.clone(),
                secret_key: Secret::new(options.key_secret.clone()),
                sdk_app_id: options.sdk_app_id.clone(),
                ..TencentConfig::default()
            },
            ..SmsConfig::default()
        }
    }

    fn route() -> MethodRouter<TencentSmsEmulator> {
        post(send_sms)
    }
}

impl TencentSmsEmulator {
    /// Checks time, key and signature.
    fn check(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), &'static str> {
        const FAILED: &str = "AuthFailure.SignatureFailure";
        let text = |name: &str| text(headers, name).ok_or("MissingParameter");
        let options = &self.desk.options;
        let at_s: i64 = text("x-tc-timestamp")?
            .parse()
            .map_err(|_| "InvalidParameter")?;
        if (options.clock.now_ms() / 1_000).abs_diff(at_s) > TOLERANCE_S.unsigned_abs() {
            return Err("AuthFailure.SignatureExpire");
        }
        let said = Authorization::read(text("authorization")?, "TC3-HMAC-SHA256").ok_or(FAILED)?;
        let (id, scope) = said.credential.split_once('/').ok_or(FAILED)?;
        if id != options.key_id {
            return Err("AuthFailure.SecretIdNotFound");
        }
        let day = day_of(at_s);
        if scope != format!("{day}/sms/tc3_request") {
            return Err(FAILED);
        }
        let canonical = canonical(headers, &said, body).ok_or(FAILED)?;
        let hash = sha256_hex(canonical.as_bytes());
        let to_sign = format!("TC3-HMAC-SHA256\n{at_s}\n{scope}\n{hash}");
        let key = format!("TC3{}", options.key_secret);
        let key = hmac_sha256(key.as_bytes(), day.as_bytes());
        let key = hmac_sha256(&hmac_sha256(&key, b"sms"), b"tc3_request");
        let expected = hex(&hmac_sha256(&key, to_sign.as_bytes()));
        if !equal(expected.as_bytes(), said.signature.as_bytes()) {
            return Err(FAILED);
        }
        match (text("x-tc-action")?, text("x-tc-version")?) {
            ("SendSms", "2021-01-11") => text("x-tc-region").map(drop),
            ("SendSms", _) => Err("NoSuchVersion"),
            _ => Err("InvalidAction"),
        }
    }

    fn send(&self, headers: &HeaderMap, body: &[u8]) -> Result<Request, &'static str> {
        self.check(headers, body)?;
        let request: Request = serde_json::from_slice(body).map_err(|_| "InvalidParameter")?;
        if request.sms_sdk_app_id != self.desk.options.sdk_app_id {
            return Err("UnauthorizedOperation.SmsSdkAppIdVerifyFail");
        }
        if !(1..=MAX_NUMBERS).contains(&request.phone_number_set.len()) {
            return Err("LimitExceeded.PhoneNumberCountLimit");
        }
        Ok(request)
    }

    /// What became of one number.
    fn status(&self, number: &str, request: &Request, forced: Option<&str>) -> Value {
        let asked = Asked {
            number: number.strip_prefix("+86").unwrap_or(""),
            sign_name: &request.sign_name,
            template: &request.template_id,
            params: request
                .template_param_set
                .iter()
                .enumerate()
                .map(|(at, value)| (format!("{{{}}}", at + 1), value.clone()))
                .collect(),
            reference: &request.session_context,
        };
        let taken = match forced {
            Some(code) => Err(code),
            None => self
                .desk
                .take(&asked, |number| format!("2019:{number:018}"))
                .map_err(code),
        };
        let (code, serial) = match taken {
            Ok(serial) => ("Ok", serial),
            Err(code) => (code, String::new()),
        };
        json!({
            "SerialNo": serial,
            "PhoneNumber": number,
            "Fee": i32::from(code == "Ok"),
            "SessionContext": request.session_context,
            "Code": code,
            "Message": code,
            "IsoCode": "CN",
        })
    }
}

async fn send_sms(
    State(emulator): State<TencentSmsEmulator>,
    forced: Option<Extension<Forced>>,
    headers: HeaderMap,
    body: Bytes,
) -> Json<Value> {
    let id = format!("00000000-0000-0000-0000-{:012}", emulator.desk.next_id());
    let forced = forced.map(|Extension(Forced(code))| code);
    let response = match emulator.send(&headers, &body) {
        Err(code) => json!({ "Error": { "Code": code, "Message": code }, "RequestId": id }),
        Ok(request) => {
            let statuses: Vec<Value> = request
                .phone_number_set
                .iter()
                .map(|number| emulator.status(number, &request, forced.as_deref()))
                .collect();
            json!({ "SendStatusSet": statuses, "RequestId": id })
        }
    };
    Json(json!({ "Response": response }))
}

/// What a request's signature is over; `None` if it leaves out what must be signed.
fn canonical(headers: &HeaderMap, said: &Authorization<'_>, body: &[u8]) -> Option<String> {
    let names: Vec<&str> = said.signed.split(';').collect();
    if !names.contains(&"content-type") || !names.contains(&"host") {
        return None;
    }
    let mut lines = String::new();
    for name in names {
        let value = text(headers, name)?.to_lowercase();
        lines.push_str(&format!("{name}:{value}\n"));
    }
    let hash = sha256_hex(body);
    Some(format!("POST\n/\n\n{lines}\n{}\n{hash}", said.signed))
}

fn code(denied: Denied) -> &'static str {
    match denied {
        Denied::Number => "InvalidParameterValue.IncorrectPhoneNumber",
        Denied::SignName => "FailedOperation.SignatureIncorrectOrUnapproved",
        Denied::Template => "FailedOperation.TemplateIncorrectOrUnapproved",
        Denied::Params => "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
        Denied::Limit => "LimitExceeded.PhoneNumberThirtySecondLimit",
        Denied::Balance => "FailedOperation.InsufficientBalanceInSmsPackage",
    }
}

fn day_of(at_s: i64) -> String {
    time::OffsetDateTime::from_unix_timestamp(at_s)
        .map(|at| at.date().to_string())
        .unwrap_or_default()
}
