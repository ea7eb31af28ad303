//! Text messages against both emulated providers.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use base::clock::Clock;
use base::config::Secret;
use outside::emulators::sms::{ReceivedSms, SmsTemplate};
use outside::emulators::{AliyunSmsEmulator, Fault, Running, SmsOptions, TencentSmsEmulator};
use outside::http::choose_tls_provider;
use outside::sms::{Mobile, SmsConfig, SmsProvider, SmsSender, SmsText};
use outside::{Cause, Refusal};

const NOW_MS: i64 = 1_772_330_584_000;

fn options(clock: &Clock, text: &str) -> SmsOptions {
    SmsOptions {
        templates: vec![SmsTemplate {
            id: "SMS_1".to_owned(),
            text: text.to_owned(),
        }],
        clock: clock.clone(),
        ..SmsOptions::default()
    }
}

async fn aliyun(clock: &Clock) -> Running<AliyunSmsEmulator> {
    let options = options(clock, "您的验证码是${code}，${min}分钟内有效");
    AliyunSmsEmulator::start(options).await.unwrap()
}

async fn tencent(clock: &Clock) -> Running<TencentSmsEmulator> {
    let options = options(clock, "您的验证码是{1}，{2}分钟内有效");
    TencentSmsEmulator::start(options).await.unwrap()
}

fn text() -> SmsText {
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    SmsText {
        template: "SMS_1".to_owned(),
        params: vec![pair("code", "123456"), pair("min", "5")],
        reference: "notice-1".to_owned(),
    }
}

fn client() -> reqwest::Client {
    choose_tls_provider();
    reqwest::Client::new()
}

fn mobile() -> Mobile {
    Mobile::parse("13800138000").unwrap()
}

async fn send(config: &SmsConfig, clock: &Clock, text: &SmsText) -> Result<String, Refusal> {
    let sender = SmsSender::new(config, clock.clone()).unwrap();
    sender.send(&mobile(), text).await
}

fn assert_shown(received: &[ReceivedSms], id: &str) {
    let [sms] = received else {
        panic!("{received:?}");
    };
    assert_eq!(sms.id, id);
    assert_eq!(sms.number, "13800138000");
    assert_eq!(sms.text, "【示例就业平台】您的验证码是123456，5分钟内有效");
    assert_eq!(sms.reference, "notice-1");
    assert_eq!(sms.at_ms, NOW_MS);
}

#[tokio::test]
async fn aliyun_takes_a_signed_message_and_the_telephone_shows_it() {
    let clock = Clock::simulated(NOW_MS);
    let provider = aliyun(&clock).await;
    let id = send(&provider.emulator.config(), &clock, &text())
        .await
        .unwrap();
    assert!(id.ends_with("^0"), "{id}");
    assert_shown(&provider.emulator.received(), &id);
}

#[tokio::test]
async fn tencent_takes_a_signed_message_and_the_telephone_shows_it() {
    let clock = Clock::simulated(NOW_MS);
    let provider = tencent(&clock).await;
    let id = send(&provider.emulator.config(), &clock, &text())
        .await
        .unwrap();
    assert_shown(&provider.emulator.received(), &id);
}

#[tokio::test]
async fn keys_and_clocks_that_are_wrong_are_a_matter_for_an_operator() {
    let clock = Clock::simulated(NOW_MS);
    let (aliyun, tencent) = (aliyun(&clock).await, tencent(&clock).await);
    let late = Clock::simulated(NOW_MS + 16 * 60_000);
    let (ali, ten) = (aliyun.emulator.config(), tencent.emulator.config());
    let mut wrong = Vec::new();
    for mut config in [ali.clone(), ten.clone()] {
        config.aliyun.access_key_secret = Secret::new("hushhush");
        config.tencent.secret_key = Secret::new("hushhush");
        wrong.push((config, clock.clone(), "Signature"));
    }
    for mut config in [ali.clone(), ten.clone()] {
        config.aliyun.access_key_id = "someone".to_owned();
        config.tencent.secret_id = "someone".to_owned();
        wrong.push((config, clock.clone(), "NotFound"));
    }
    wrong.push((ali, late.clone(), "InvalidTimeStamp.Expired"));
    wrong.push((ten, late, "AuthFailure.SignatureExpire"));
    for (config, clock, code) in wrong {
        let refusal = send(&config, &clock, &text()).await.unwrap_err();
        assert_eq!(refusal.cause, Cause::Credentials, "{refusal}");
        assert!(refusal.code.contains(code), "{refusal} is not {code}");
        assert!(!refusal.is_final() && !format!("{refusal:?}").contains("hush"));
    }
    assert!(aliyun.emulator.received().is_empty() && tencent.emulator.received().is_empty());
}

#[tokio::test]
async fn what_is_wrong_with_a_message_is_final() {
    let clock = Clock::simulated(NOW_MS);
    let (aliyun, tencent) = (aliyun(&clock).await, tencent(&clock).await);
    for config in [aliyun.emulator.config(), tencent.emulator.config()] {
        let mut other = text();
        other.template = "SMS_2".to_owned();
        let mut half = text();
        half.params.pop();
        for bad in [other, half] {
            let refusal = send(&config, &clock, &bad).await.unwrap_err();
            assert_eq!(refusal.cause, Cause::Content, "{refusal}");
            assert!(refusal.is_final());
        }
        let mut unsigned = config.clone();
        unsigned.sign_name = "别人的签名".to_owned();
        let refusal = send(&unsigned, &clock, &text()).await.unwrap_err();
        assert_eq!(refusal.cause, Cause::Credentials, "{refusal}");
    }
    let ali = Fault::Code("isv.MOBILE_NUMBER_ILLEGAL".to_owned());
    aliyun.emulator.plan(1, &ali);
    let ten = Fault::Code("InvalidParameterValue.IncorrectPhoneNumber".to_owned());
    tencent.emulator.plan(1, &ten);
    for config in [aliyun.emulator.config(), tencent.emulator.config()] {
        let refusal = send(&config, &clock, &text()).await.unwrap_err();
        assert_eq!(refusal.cause, Cause::Recipient, "{refusal}");
        assert!(refusal.is_final());
    }
}

#[tokio::test]
async fn limits_and_an_empty_account_pass() {
    let clock = Clock::simulated(NOW_MS);
    let mut ali = options(&clock, "${code}${min}");
    ali.per_minute = 1;
    let ali = AliyunSmsEmulator::start(ali).await.unwrap();
    let mut ten = options(&clock, "{1}{2}");
    ten.per_minute = 1;
    let ten = TencentSmsEmulator::start(ten).await.unwrap();
    for config in [ali.emulator.config(), ten.emulator.config()] {
        send(&config, &clock, &text()).await.unwrap();
        let refusal = send(&config, &clock, &text()).await.unwrap_err();
        assert_eq!((refusal.cause, refusal.is_final()), (Cause::Limit, false));
    }
    clock.advance(60_000);
    ali.emulator.set_balance(0);
    ten.emulator.set_balance(0);
    for config in [ali.emulator.config(), ten.emulator.config()] {
        let refusal = send(&config, &clock, &text()).await.unwrap_err();
        assert_eq!((refusal.cause, refusal.is_final()), (Cause::Balance, false));
    }
    ali.emulator.set_balance(1);
    send(&ali.emulator.config(), &clock, &text()).await.unwrap();
}

#[tokio::test]
async fn answers_that_do_not_come_or_are_none_may_have_arrived() {
    let clock = Clock::simulated(NOW_MS);
    let (aliyun, tencent) = (aliyun(&clock).await, tencent(&clock).await);
    let (patient, hasty) = (Duration::from_secs(60), Duration::from_millis(500));
    for (fault, cause) in [
        (Fault::Drop, Cause::NoAnswer),
        (Fault::Delay(patient), Cause::NoAnswer),
        (Fault::Garble, Cause::Unreadable),
        (Fault::Flood, Cause::Unreadable),
        (Fault::Status(503), Cause::Busy),
    ] {
        aliyun.emulator.plan(1, &fault);
        tencent.emulator.plan(1, &fault);
        for config in [aliyun.emulator.config(), tencent.emulator.config()] {
            let slow = matches!(fault, Fault::Delay(_));
            let timeout = if slow { hasty } else { patient };
            let sender = SmsSender::with_timeout(&config, clock.clone(), timeout).unwrap();
            let refusal = sender.send(&mobile(), &text()).await.unwrap_err();
            assert_eq!(refusal.cause, cause, "{fault:?} {refusal}");
            assert!(!refusal.is_final());
        }
    }
    assert!(aliyun.emulator.received().len() >= 3);
    let gone = aliyun.emulator.config();
    drop(aliyun);
    let refusal = loop {
        match send(&gone, &clock, &text()).await {
            Err(refusal) if refusal.cause == Cause::Unreachable => break refusal,
            _ => tokio::task::yield_now().await,
        }
    };
    assert!(!refusal.cause.may_have_arrived());
}

#[tokio::test]
async fn a_request_that_is_played_again_is_refused() {
    let clock = Clock::simulated(NOW_MS);
    let provider = aliyun(&clock).await;
    // Signed by hand, with the parts that an adapter draws held fast.
    let query = "PhoneNumbers=13800138000&SignName=%E7%A4%BA%E4%BE%8B%E5%B0%B1%E4%B8%9A%E5%B9%B3%E5%8F%B0\
                 &TemplateCode=SMS_1&TemplateParam=%7B%22code%22%3A%221%22%2C%22min%22%3A%225%22%7D";
    let host = provider.address.to_string();
    let empty = outside::sign::sha256_hex(b"");
    let headers = [
        ("host", host.as_str()),
        ("x-acs-action", "SendSms"),
        ("x-acs-content-sha256", empty.as_str()),
        ("x-acs-date", "2026-03-01T02:03:04Z"),
        ("x-acs-signature-nonce", "1"),
        ("x-acs-version", "2017-05-25"),
    ];
    let lines: String = headers.iter().map(|(a, b)| format!("{a}:{b}\n")).collect();
    let names = headers.map(|(name, _)| name).join(";");
    let canonical = format!("POST\n/\n{query}\n{lines}\n{names}\n{empty}");
    let hash = outside::sign::sha256_hex(canonical.as_bytes());
    let tag = outside::sign::hmac_sha256(
        b"emulatedkeysecret",
        format!("ACS3-HMAC-SHA256\n{hash}").as_bytes(),
    );
    let signature = outside::sign::hex(&tag);
    let authorization = format!(
        "ACS3-HMAC-SHA256 Credential=emulatedkeyid,SignedHeaders={names},Signature={signature}"
    );
    let play = async |query: &str| {
        let url = format!("{}/?{query}", provider.url());
        let mut request = client().post(url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.header("authorization", &authorization);
        let answer = request.send().await.unwrap().text().await.unwrap();
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        answer["Code"].as_str().unwrap().to_owned()
    };
    let changed = query.replace("13800138000", "13900139000");
    assert_eq!(play(&changed).await, "SignatureDoesNotMatch");
    assert_eq!(play(query).await, "OK");
    assert_eq!(play(query).await, "SignatureNonceUsed");
    assert_eq!(provider.emulator.received().len(), 1);
}

#[tokio::test]
async fn the_emulator_is_steered_over_http_too() {
    let clock = Clock::simulated(NOW_MS);
    let provider = tencent(&clock).await;
    let fail = client()
        .post(format!("{}/_ctl/fail", provider.url()))
        .header("content-type", "application/json")
        .body(r#"{"times":1,"code":"LimitExceeded.DeliveryFrequencyLimit"}"#);
    assert_eq!(fail.send().await.unwrap().status(), 204);
    let config = provider.emulator.config();
    let refusal = send(&config, &clock, &text()).await.unwrap_err();
    assert_eq!(refusal.code, "LimitExceeded.DeliveryFrequencyLimit");
    send(&config, &clock, &text()).await.unwrap();
    let empty = client()
        .post(format!("{}/_ctl/balance", provider.url()))
        .header("content-type", "application/json")
        .body(r#"{"messages":0}"#);
    assert_eq!(empty.send().await.unwrap().status(), 204);
    let refusal = send(&config, &clock, &text()).await.unwrap_err();
    assert_eq!(refusal.cause, Cause::Balance);
    let shown = client().get(format!("{}/_ctl/received", provider.url()));
    let shown = shown.send().await;
    assert!(shown.unwrap().text().await.unwrap().contains("123456"));
}

#[test]
fn a_sender_without_a_provider_is_refused() {
    assert!(SmsSender::new(&SmsConfig::default(), Clock::System).is_err());
    let half = SmsConfig {
        provider: SmsProvider::Tencent,
        ..SmsConfig::default()
    };
    let faults = SmsSender::new(&half, Clock::System).unwrap_err();
    assert!(faults.0.len() >= 3, "{faults}");
}
