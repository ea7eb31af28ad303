//! 阿里云短信服务: `POST /`, parameters in the query, signed with ACS3-HMAC-SHA256.

use std::borrow::Cow;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use axum::{Extension, Json};
use base::config::Secret;
use serde_json::{Map, json};
use time::PrimitiveDateTime;
use time::macros::format_description;
use url::form_urlencoded;

use super::super::steering::Forced;
use super::{AliyunSmsEmulator, Asked, Authorization, Denied, Provider, SmsOptions, text};
use crate::sign::{canonical_query, equal, hex, hmac_sha256, sha256_hex};
use crate::sms::{AliyunConfig, SmsConfig, SmsProvider};

const BAD: StatusCode = StatusCode::BAD_REQUEST;
/// A request is taken within this time of its date.
const TOLERANCE_MS: i64 = 15 * 60_000;
/// Headers that a signature must cover.
const MUST_BE_SIGNED: [&str; 6] = [
    "host",
    "x-acs-action",
    "x-acs-content-sha256",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-version",
];

/// Marks an emulator as this provider.
#[derive(Debug)]
pub enum AliyunDesk {}

/// An error of the gateway, before the service itself is asked.
type Gate<T> = Result<T, (StatusCode, &'static str)>;

impl Provider for AliyunDesk {
    fn config(options: &SmsOptions, url: &str) -> SmsConfig {
        SmsConfig {
            provider: SmsProvider::Aliyun,
            sign_name: options.sign_name.clone(),
            aliyun: AliyunConfig {
                base_url: url.to_owned(),
                access_key_id: options.key_id.clone(),
                access_key_secret: Secret::new(options.key_secret.clone()),
            },
            ..SmsConfig::default()
        }
    }

    fn route() -> MethodRouter<AliyunSmsEmulator> {
        post(send_sms)
    }
}

impl AliyunSmsEmulator {
    /// Checks key, date, signature and nonce.
    fn check(&self, headers: &HeaderMap, query: &Pairs<'_>, body: &[u8]) -> Gate<()> {
        let text = |name: &str| text(headers, name).ok_or((BAD, "IncompleteSignature"));
        let said = Authorization::read(text("authorization")?, "ACS3-HMAC-SHA256")
            .ok_or((BAD, "IncompleteSignature"))?;
        if said.credential != self.desk.options.key_id {
            return Err((StatusCode::NOT_FOUND, "InvalidAccessKeyId.NotFound"));
        }
        let now_ms = self.desk.options.clock.now_ms();
        let at_ms = read_date(text("x-acs-date")?).ok_or((BAD, "InvalidTimeStamp.Format"))?;
        if now_ms.abs_diff(at_ms) > TOLERANCE_MS.unsigned_abs() {
            return Err((BAD, "InvalidTimeStamp.Expired"));
        }
        let hash = sha256_hex(body);
        let expected = self
            .signature(headers, query, &said, &hash)
            .filter(|_| Some(hash.as_str()) == text("x-acs-content-sha256").ok())
            .ok_or((BAD, "SignatureDoesNotMatch"))?;
        if !equal(expected.as_bytes(), said.signature.as_bytes()) {
            return Err((BAD, "SignatureDoesNotMatch"));
        }
        if !self.desk.is_fresh(text("x-acs-signature-nonce")?) {
            return Err((BAD, "SignatureNonceUsed"));
        }
        if text("x-acs-action")? != "SendSms" || text("x-acs-version")? != "2017-05-25" {
            return Err((StatusCode::NOT_FOUND, "InvalidAction.NotFound"));
        }
        Ok(())
    }

    /// The signature of a request; `None` if it leaves out what must be signed.
    fn signature(
        &self,
        headers: &HeaderMap,
        query: &Pairs<'_>,
        said: &Authorization<'_>,
        hash: &str,
    ) -> Option<String> {
        let names: Vec<&str> = said.signed.split(';').collect();
        if !names.is_sorted() || MUST_BE_SIGNED.iter().any(|name| !names.contains(name)) {
            return None;
        }
        let mut lines = String::new();
        for name in names {
            lines.push_str(&format!("{name}:{}\n", text(headers, name)?.trim()));
        }
        let pairs: Vec<_> = query.iter().map(|(a, b)| (&**a, &**b)).collect();
        let query = canonical_query(&pairs);
        let canonical = format!("POST\n/\n{query}\n{lines}\n{}\n{hash}", said.signed);
        let to_sign = format!("ACS3-HMAC-SHA256\n{}", sha256_hex(canonical.as_bytes()));
        let secret = self.desk.options.key_secret.as_bytes();
        Some(hex(&hmac_sha256(secret, to_sign.as_bytes())))
    }

    fn take(&self, query: &Pairs<'_>) -> Result<String, &'static str> {
        let field = |name: &str| {
            let found = query.iter().find(|(key, _)| key == name);
            found.map_or("", |(_, value)| &**value)
        };
        let params = match field("TemplateParam") {
            "" => Map::new(),
            text => serde_json::from_str(text).map_err(|_| "isv.INVALID_JSON_PARAM")?,
        };
        let asked = Asked {
            number: field("PhoneNumbers"),
            sign_name: field("SignName"),
            template: field("TemplateCode"),
            params: params
                .into_iter()
                .map(|(name, value)| {
                    let value = value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned);
                    (format!("${{{name}}}"), value)
                })
                .collect(),
            reference: field("OutId"),
        };
        self.desk
            .take(&asked, |number| format!("{number:018}^0"))
            .map_err(|denied| match denied {
                Denied::Number => "isv.MOBILE_NUMBER_ILLEGAL",
                Denied::SignName => "isv.SMS_SIGNATURE_ILLEGAL",
                Denied::Template => "isv.SMS_TEMPLATE_ILLEGAL",
                Denied::Params => "isv.TEMPLATE_MISSING_PARAMETERS",
                Denied::Limit => "isv.BUSINESS_LIMIT_CONTROL",
                Denied::Balance => "isv.AMOUNT_NOT_ENOUGH",
            })
    }
}

type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

async fn send_sms(
    State(emulator): State<AliyunSmsEmulator>,
    RawQuery(query): RawQuery,
    forced: Option<Extension<Forced>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query = query.unwrap_or_default();
    let pairs: Pairs<'_> = form_urlencoded::parse(query.as_bytes()).collect();
    let request = format!("00000000-0000-0000-0000-{:012}", emulator.desk.next_id());
    let answer = |code: &str, id: Option<String>| {
        let mut body = json!({ "Code": code, "Message": code, "RequestId": request });
        if let Some(id) = id {
            body["BizId"] = id.into();
        }
        Json(body)
    };
    if let Err((status, code)) = emulator.check(&headers, &pairs, &body) {
        return (status, answer(code, None)).into_response();
    }
    if let Some(Extension(Forced(code))) = forced {
        return answer(&code, None).into_response();
    }
    match emulator.take(&pairs) {
        Ok(id) => answer("OK", Some(id)).into_response(),
        Err(code) => answer(code, None).into_response(),
    }
}

/// Ms since 1970.
fn read_date(text: &str) -> Option<i64> {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    let at = PrimitiveDateTime::parse(text, format).ok()?;
    Some(at.assume_utc().unix_timestamp() * 1_000)
}
