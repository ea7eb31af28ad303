//! E-mail against an emulated relay: plain, STARTTLS and TLS, and what a relay may refuse.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::PathBuf;
use std::time::Duration;

use base::clock::Clock;
use base::config::Secret;
use base::db::testing::TestFolder;
use outside::emulators::{Fault, MailEmulator, MailOptions, Running};
use outside::http::choose_tls_provider;
use outside::mail::{Mail, MailConfig, MailSecurity, Mailer};
use outside::{Cause, Refusal};

const NOW_MS: i64 = 1_772_330_584_000;

async fn relay(security: MailSecurity) -> Running<MailEmulator> {
    let options = MailOptions {
        security,
        clock: Clock::simulated(NOW_MS),
        ..MailOptions::default()
    };
    MailEmulator::start(options).await.unwrap()
}

fn mailer(config: &MailConfig) -> Mailer {
    Mailer::new(config, Clock::simulated(NOW_MS)).unwrap()
}

fn mail() -> Mail {
    Mail {
        id: "0199-1".to_owned(),
        to: "student@example.com".to_owned(),
        to_name: "示例同学".to_owned(),
        subject:
            "【聘会】您在示例科技有限公司的视频面试将于 2026年3月1日 09:00 开始，请提前测试设备"
                .to_owned(),
        text: "您好：\n.点开头的一行\n面试即将开始。\n".to_owned(),
        html: Some("<p>您好：面试即将开始。</p>".to_owned()),
        unsubscribe_url: Some("https://fair.example.com/notifications?token=abc".to_owned()),
    }
}

fn client() -> reqwest::Client {
    choose_tls_provider();
    reqwest::Client::new()
}

async fn refused(relay: &Running<MailEmulator>) -> Refusal {
    let mailer = mailer(&relay.emulator.config());
    mailer.send(&mail()).await.unwrap_err()
}

#[tokio::test]
async fn a_chinese_message_comes_through_unchanged() {
    let relay = relay(MailSecurity::Plain).await;
    let id = mailer(&relay.emulator.config())
        .send(&mail())
        .await
        .unwrap();
    assert_eq!(id, "0199-1@fair.example.com");
    let received = relay.emulator.received();
    let [mail_in] = &received[..] else {
        panic!("{received:?}");
    };
    assert!(mail_in.eml.is_ascii());
    assert!(mail_in.eml.lines().all(|line| line.len() <= 998));
    let header = |name: &str| mail_in.header(name).unwrap();
    assert_eq!(header("Subject"), mail().subject);
    assert_eq!(header("From"), "聘会 <no-reply@fair.example.com>");
    assert_eq!(header("To"), "示例同学 <student@example.com>");
    assert_eq!(
        header("List-Unsubscribe"),
        "<https://fair.example.com/notifications?token=abc>"
    );
    assert_eq!(header("Message-ID"), format!("<{id}>"));
    let text = mail_in.text().unwrap().replace("\r\n", "\n");
    assert_eq!(text.trim_end(), mail().text.trim_end());
    assert_eq!(mail_in.html().unwrap().trim_end(), mail().html.unwrap());
    assert_eq!(mail_in.from, "no-reply@fair.example.com");
    assert_eq!(mail_in.to, ["student@example.com"]);
    assert_eq!(mail_in.user.as_deref(), Some("no-reply@fair.example.com"));
}

#[tokio::test]
async fn messages_travel_encrypted_to_a_relay_that_is_trusted() {
    for security in [MailSecurity::Tls, MailSecurity::StartTls] {
        let relay = relay(security).await;
        let folder = TestFolder::new();
        let ca_file = folder.path().join("ca.pem");
        std::fs::write(&ca_file, relay.emulator.certificate_pem()).unwrap();
        let config = MailConfig {
            ca_file,
            ..relay.emulator.config()
        };
        mailer(&config).send(&mail()).await.unwrap();
        let received = relay.emulator.received();
        assert!(
            received[0].encrypted && received[0].user.is_some(),
            "{security:?}"
        );
        assert_eq!(received[0].header("Subject").unwrap(), mail().subject);
    }
}

#[tokio::test]
async fn a_relay_that_is_not_trusted_gets_neither_password_nor_message() {
    for security in [MailSecurity::Tls, MailSecurity::StartTls] {
        let relay = relay(security).await;
        let refusal = refused(&relay).await;
        assert_eq!(refusal.cause, Cause::Unreachable, "{security:?} {refusal}");
        assert!(relay.emulator.received().is_empty());
    }
}

#[tokio::test]
async fn without_starttls_nothing_goes_on_in_plain_text() {
    let relay = relay(MailSecurity::Plain).await;
    let config = MailConfig {
        security: MailSecurity::StartTls,
        ..relay.emulator.config()
    };
    let refusal = mailer(&config).send(&mail()).await.unwrap_err();
    assert_eq!(
        (refusal.cause, refusal.code.as_str()),
        (Cause::Credentials, "not-offered")
    );
    assert!(relay.emulator.received().is_empty());
}

#[tokio::test]
async fn a_wrong_password_is_a_matter_for_an_operator_and_is_not_told() {
    let relay = relay(MailSecurity::Plain).await;
    let config = MailConfig {
        password: Secret::new("hushhush"),
        ..relay.emulator.config()
    };
    let mailer = mailer(&config);
    let refusal = mailer.send(&mail()).await.unwrap_err();
    assert_eq!(
        (refusal.cause, refusal.code.as_str()),
        (Cause::Credentials, "535")
    );
    assert!(!refusal.is_final());
    assert!(!format!("{refusal} {refusal:?} {mailer:?}").contains("hush"));
    let config = MailConfig {
        username: String::new(),
        password: Secret::default(),
        ..relay.emulator.config()
    };
    let refusal = self::mailer(&config).send(&mail()).await.unwrap_err();
    assert_eq!(
        (refusal.cause, refusal.code.as_str()),
        (Cause::Credentials, "530")
    );
}

#[tokio::test]
async fn a_mailbox_that_does_not_exist_is_final_and_a_busy_relay_is_not() {
    let relay = relay(MailSecurity::Plain).await;
    for (stage, code, cause, is_final) in [
        ("/connect", "421", Cause::Busy, false),
        ("/auth", "454", Cause::Busy, false),
        ("/mail", "451", Cause::Busy, false),
        ("/mail", "553", Cause::Credentials, false),
        ("/rcpt", "450", Cause::Busy, false),
        ("/rcpt", "550", Cause::Recipient, true),
        ("/rcpt", "552", Cause::Limit, false),
        ("/data", "451", Cause::Busy, false),
        ("/data", "554", Cause::Content, true),
    ] {
        relay.emulator.plan(1, stage, &Fault::Code(code.to_owned()));
        let refusal = refused(&relay).await;
        assert_eq!(
            (refusal.cause, refusal.is_final()),
            (cause, is_final),
            "{stage} {code}"
        );
        assert_eq!(refusal.code, code, "{stage}");
    }
    relay.emulator.make_unknown("Student@Example.com");
    assert_eq!(refused(&relay).await.cause, Cause::Recipient);
    assert!(relay.emulator.received().is_empty());
}

#[tokio::test]
async fn a_connection_that_breaks_says_whether_the_message_may_have_arrived() {
    let relay = relay(MailSecurity::Plain).await;
    let config = relay.emulator.config();
    let (patient, hasty) = (Duration::from_secs(60), Duration::from_millis(500));
    let with_timeout = |timeout| {
        let clock = Clock::simulated(NOW_MS);
        Mailer::with_timeouts(&config, clock, timeout, timeout).unwrap()
    };
    let (patiently, hastily) = (with_timeout(patient), with_timeout(hasty));
    for (stage, fault, cause) in [
        ("/connect", Fault::Drop, Cause::Unreachable),
        ("/connect", Fault::Delay(patient), Cause::Unreachable),
        ("/connect", Fault::Garble, Cause::Unreachable),
        ("/rcpt", Fault::Drop, Cause::Unreachable),
        ("/rcpt", Fault::Flood, Cause::Unreachable),
        ("/data", Fault::Drop, Cause::Unreadable),
        ("/data", Fault::Garble, Cause::Unreadable),
        ("/data", Fault::Flood, Cause::Unreadable),
        ("/data", Fault::Delay(patient), Cause::NoAnswer),
    ] {
        relay.emulator.plan(1, stage, &fault);
        let before = relay.emulator.received().len();
        let slow = matches!(fault, Fault::Delay(_));
        let mailer = if slow { &hastily } else { &patiently };
        let refusal = mailer.send(&mail()).await.unwrap_err();
        assert_eq!(refusal.cause, cause, "{stage} {fault:?} {refusal}");
        assert!(!refusal.is_final());
        let arrived = relay.emulator.received().len() > before;
        assert_eq!(
            arrived,
            refusal.cause.may_have_arrived(),
            "{stage} {fault:?}"
        );
    }
    drop(relay);
    let refusal = loop {
        match patiently.send(&mail()).await {
            Err(refusal) if refusal.cause == Cause::Unreachable => break refusal,
            _ => tokio::task::yield_now().await,
        }
    };
    assert!(!refusal.cause.may_have_arrived());
}

#[tokio::test]
async fn the_emulator_is_steered_over_http_too() {
    let relay = relay(MailSecurity::Plain).await;
    let post = async |path: &str, body: &str| {
        let url = format!("{}/_ctl/{path}", relay.emulator.control_url());
        let request = client()
            .post(url)
            .header("content-type", "application/json")
            .body(body.to_owned());
        request.send().await.unwrap().status()
    };
    assert_eq!(post("fail", r#"{"code":"450","path":"/rcpt"}"#).await, 204);
    assert_eq!(refused(&relay).await.code, "450");
    let mailer = mailer(&relay.emulator.config());
    mailer.send(&mail()).await.unwrap();
    assert_eq!(
        post("unknown", r#"{"address":"student@example.com"}"#).await,
        204
    );
    assert_eq!(refused(&relay).await.code, "550");
    let url = format!("{}/_ctl/received", relay.emulator.control_url());
    let shown = client().get(url).send().await.unwrap();
    let shown = shown.text().await.unwrap();
    assert!(
        shown.contains("Message-ID: <0199-1@fair.example.com>"),
        "{shown}"
    );
}

#[test]
fn a_certificate_file_that_is_none_is_a_fault() {
    let config = MailConfig {
        host: "127.0.0.1".to_owned(),
        from_address: "a@example.com".to_owned(),
        ca_file: PathBuf::from("/no/such/file.pem"),
        ..MailConfig::default()
    };
    let faults = Mailer::new(&config, Clock::System).unwrap_err();
    assert!(faults.0[0].contains("/no/such/file.pem"), "{faults}");
    assert!(Mailer::new(&MailConfig::default(), Clock::System).is_err());
}
