use proptest::prelude::*;

use super::*;
use crate::wechat::OpenId;

const NOW_MS: i64 = 1_772_330_600_000;
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
/// The event below, sealed by OpenSSL's command line and a script, not by this crate: salt
/// `0123456789abcdef`, AppID `wx0123456789abcdef`, 30 bytes of padding.
const SEALED: &str = "Q3stYC6hdFzMh9T8HCvyDB/RvfbnUNB0ekqZ9BAlZ3hsLXwSIQZCPZSbKuH2Okt9wxpJTyvs5Bc2\
    LNzAtPe8xXzD48BrdZjsdyVeXxwoCE7NbsPNOs/QOq55ISKGGyNbWS1x9lS7o/VNRYYPIJ4wdOYYk88rsBfDzirHqz6p\
    AxEeiizr65+Ei90XHeJ4ggAoS3Gn+io/NIcjVDTGFDGWJqlIKoDFQpPD1w4/54QbD1VaM6vGX2NV6MbEQSxtG2tHOD8K\
    cYh8O3EyWkdkzFpyYBq4oxPo1u2xHCQb4IU2jVVmEVkx/4L9CYaCUvOyNWId9sJcWNyHts9Fw8qfNZm69oa3XL0ev6fS\
    xLinU/JzNPpxjYSVwV/sOKr/Q8DMSi5awBSn4tcmQ0P4vCbamo2a3Gyk1HFPyNPQj9ZUTjL2zV21+2VLfg8s5wa/xExt\
    fbvhi74rD4BqM7tFn56HKs/fZVk7G25ws7G2nv9S6jjHkUrGo+vIxEtlt0WfMc+nuGZo";
const SEALED_SIGNATURE: &str = "c781c5e367b900f8bc5b02d731134bc29f33ae3b";
const EVENT: &str = "<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>\
    <FromUserName><![CDATA[oExample_student-1]]></FromUserName><CreateTime>1772330580</CreateTime>\
    <MsgType><![CDATA[event]]></MsgType><Event><![CDATA[subscribe]]></Event>\
    <EventKey><![CDATA[qrscene_bind:7f3a]]></EventKey><Ticket><![CDATA[TICKET-1]]></Ticket></xml>";

fn callbacks(key: &str) -> Callbacks {
    Callbacks::new(&WechatConfig {
        appid: "wx0123456789abcdef".to_owned(),
        token: Secret::new("testtoken"),
        encoding_aes_key: Secret::new(key),
        ..WechatConfig::default()
    })
    .unwrap()
}

fn query() -> CallbackQuery {
    CallbackQuery {
        signature: "e499fb1b4bd9b02664158d447f44f065a77c07d8".to_owned(),
        timestamp: "1772330584".to_owned(),
        nonce: "nonce123".to_owned(),
        ..CallbackQuery::default()
    }
}

fn safe_query() -> CallbackQuery {
    CallbackQuery {
        encrypt_type: "aes".to_owned(),
        msg_signature: SEALED_SIGNATURE.to_owned(),
        ..query()
    }
}

fn envelope(encrypted: &str) -> Vec<u8> {
    format!("<xml><ToUserName>gh_1</ToUserName><Encrypt>{encrypted}</Encrypt></xml>").into_bytes()
}

fn receive(xml: &str) -> Result<Received, CallbackError> {
    callbacks("").receive(&query(), xml.as_bytes(), NOW_MS)
}

fn event(rest: &str) -> String {
    format!(
        "<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName>\
         <CreateTime>1772330580</CreateTime>{rest}</xml>"
    )
}

#[test]
fn the_address_is_checked_by_its_signature() {
    let greeting = CallbackQuery {
        echostr: "5723496".to_owned(),
        ..query()
    };
    let callbacks = callbacks("");
    assert_eq!(callbacks.greet(&greeting, NOW_MS).unwrap(), "5723496");
    let forged = CallbackQuery {
        nonce: "nonce124".to_owned(),
        ..greeting.clone()
    };
    assert_eq!(
        callbacks.greet(&forged, NOW_MS),
        Err(CallbackError::Signature)
    );
    let page = CallbackQuery {
        echostr: "<script>".to_owned(),
        ..greeting.clone()
    };
    assert_eq!(
        callbacks.greet(&page, NOW_MS),
        Err(CallbackError::Signature)
    );
    for now_ms in [NOW_MS + 600_000, NOW_MS - 660_000] {
        assert_eq!(
            callbacks.greet(&greeting, now_ms),
            Err(CallbackError::Stale)
        );
    }
    let empty = CallbackQuery::default();
    assert_eq!(
        callbacks.greet(&empty, NOW_MS),
        Err(CallbackError::Signature)
    );
}

#[test]
fn a_plain_event_is_read() {
    let received = receive(EVENT).unwrap();
    assert_eq!(received.from, OpenId::parse("oExample_student-1").unwrap());
    assert_eq!(received.created_ms, 1_772_330_580_000);
    let scene = Some("bind:7f3a".to_owned());
    assert_eq!(received.event, Event::Subscribe { scene });
    assert_eq!(
        received.dedupe_key,
        "event:oExample_student-1:1772330580:subscribe"
    );
}

#[test]
fn a_safe_event_sealed_by_another_hand_is_read() {
    let received = callbacks(KEY)
        .receive(&safe_query(), &envelope(SEALED), NOW_MS)
        .unwrap();
    assert_eq!(received, receive(EVENT).unwrap());
}

#[test]
fn a_forged_body_is_refused_in_safe_mode() {
    let callbacks = callbacks(KEY);
    let mut changed = SEALED.to_owned();
    changed.replace_range(0..1, "R");
    for body in [envelope(&changed), envelope("")] {
        let outcome = callbacks.receive(&safe_query(), &body, NOW_MS);
        assert_eq!(outcome, Err(CallbackError::Signature));
    }
    let unsigned = CallbackQuery {
        msg_signature: String::new(),
        ..safe_query()
    };
    let outcome = callbacks.receive(&unsigned, &envelope(SEALED), NOW_MS);
    assert_eq!(outcome, Err(CallbackError::Signature));
}

#[test]
fn with_a_key_nothing_plain_is_taken_and_without_one_nothing_encrypted() {
    let plain = callbacks(KEY).receive(&query(), EVENT.as_bytes(), NOW_MS);
    assert_eq!(plain, Err(CallbackError::Mode));
    let half = callbacks(KEY).receive(&safe_query(), EVENT.as_bytes(), NOW_MS);
    assert_eq!(half, Err(CallbackError::Mode));
    let safe = callbacks("").receive(&safe_query(), &envelope(SEALED), NOW_MS);
    assert_eq!(safe, Err(CallbackError::Mode));
}

#[test]
fn a_text_for_another_account_is_refused() {
    let mut other = callbacks(KEY);
    other.appid = "wx0000000000000000".to_owned();
    let outcome = other.receive(&safe_query(), &envelope(SEALED), NOW_MS);
    assert_eq!(outcome, Err(CallbackError::Encrypted));
}

#[test]
fn each_kind_of_event_is_read() {
    let read = |rest: &str| receive(&event(rest)).unwrap().event;
    let of = |rest: &str| read(&format!("<MsgType>event</MsgType>{rest}"));
    assert_eq!(
        of("<Event>subscribe</Event><EventKey></EventKey>"),
        Event::Subscribe { scene: None }
    );
    assert_eq!(
        of("<Event>SCAN</Event><EventKey>bind:1</EventKey>"),
        Event::Scan {
            scene: "bind:1".to_owned()
        }
    );
    assert_eq!(of("<Event>unsubscribe</Event>"), Event::Unsubscribe);
    assert_eq!(of("<Event>CLICK</Event>"), Event::Other);
    for (text, status) in [
        ("success", TemplateStatus::Delivered),
        ("failed:user block", TemplateStatus::Blocked),
        ("failed: system failed", TemplateStatus::Failed),
        ("something new", TemplateStatus::Failed),
    ] {
        let finished = of(&format!(
            "<Event>TEMPLATESENDJOBFINISH</Event><MsgID>200163836</MsgID><Status>{text}</Status>"
        ));
        let msg_id = "200163836".to_owned();
        assert_eq!(finished, Event::TemplateFinished { msg_id, status });
    }
    let content = "面试几点？".to_owned();
    assert_eq!(
        read(
            "<MsgType>text</MsgType><MsgId>24321513515152345</MsgId><Content>面试几点？</Content>"
        ),
        Event::Text { content }
    );
    let image = "<MsgType>image</MsgType><MsgId>1</MsgId>";
    assert_eq!(read(image), Event::Other);
}

#[test]
fn a_repetition_has_the_same_key_and_nothing_else_has() {
    let key = |rest: &str| receive(&event(rest)).unwrap().dedupe_key;
    let events = [
        "<MsgType>text</MsgType><MsgId>24321513515152345</MsgId><Content>a</Content>",
        "<MsgType>text</MsgType><MsgId>24321513515152346</MsgId><Content>a</Content>",
        "<MsgType>event</MsgType><Event>subscribe</Event>",
        "<MsgType>event</MsgType><Event>unsubscribe</Event>",
        "<MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event><MsgID>1</MsgID><Status>x</Status>",
        "<MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event><MsgID>2</MsgID><Status>x</Status>",
    ];
    let mut keys: Vec<_> = events.map(key).to_vec();
    assert_eq!(keys, events.map(key).to_vec());
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), events.len());
}

#[test]
fn fields_that_are_missing_or_bad_are_named() {
    for (xml, name) in [
        ("<xml/>".to_owned(), "FromUserName"),
        (EVENT.replace("oExample_student-1", "o 1"), "FromUserName"),
        (EVENT.replace("1772330580", "-1"), "CreateTime"),
        (
            EVENT.replace("1772330580", "99999999999999999"),
            "CreateTime",
        ),
        (EVENT.replace("MsgType", "MsgKind"), "MsgType"),
        (event("<MsgType>text</MsgType>"), "MsgId"),
        (event("<MsgType>text</MsgType><MsgId>1</MsgId>"), "Content"),
        (event("<MsgType>event</MsgType><Event>a b</Event>"), "Event"),
    ] {
        let expected = Err(CallbackError::Xml(XmlFault::Field(name)));
        assert_eq!(receive(&xml), expected, "{xml}");
    }
}

#[test]
fn a_large_body_is_refused_before_it_is_read() {
    let large = vec![b' '; MAX_BODY_BYTES + 1];
    let outcome = callbacks("").receive(&query(), &large, NOW_MS);
    assert_eq!(outcome, Err(CallbackError::TooLarge));
}

#[test]
fn a_plain_answer_is_a_text_to_the_sender() {
    let received = receive(EVENT).unwrap();
    let xml = callbacks("").reply_text(&received, "绑定成功", NOW_MS, [1; 16]);
    let fields = parse(xml.as_bytes()).unwrap();
    assert_eq!(fields["ToUserName"], "oExample_student-1");
    assert_eq!(fields["FromUserName"], "gh_0123456789ab");
    assert_eq!(fields["CreateTime"], "1772330600");
    assert_eq!(fields["Content"], "绑定成功");
}

#[test]
fn a_safe_answer_is_sealed_and_signed() {
    let received = receive(EVENT).unwrap();
    let xml = callbacks(KEY).reply_text(&received, "绑定成功", NOW_MS, [1; 16]);
    let fields = parse(xml.as_bytes()).unwrap();
    let encrypted = &fields["Encrypt"];
    let expected = signature(
        "testtoken",
        &fields["TimeStamp"],
        &fields["Nonce"],
        Some(encrypted),
    );
    assert_eq!(fields["MsgSignature"], expected);
    let opened = SafeKey::parse(&Secret::new(KEY))
        .unwrap()
        .open(encrypted, "wx0123456789abcdef")
        .unwrap();
    assert_eq!(parse(&opened).unwrap()["Content"], "绑定成功");
}

#[test]
fn faults_hold_no_secret() {
    let shown = format!("{:?}", callbacks(KEY));
    assert!(
        !shown.contains("testtoken") && !shown.contains(KEY),
        "{shown}"
    );
}

/// Pieces that a document is likely to break at.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("<xml>".to_owned()),
        Just("</xml>".to_owned()),
        Just("<FromUserName>o1</FromUserName>".to_owned()),
        Just("<CreateTime>1772330580</CreateTime>".to_owned()),
        Just("<MsgType>event</MsgType><Event>SCAN</Event>".to_owned()),
        Just("<![CDATA[".to_owned()),
        Just("]]>".to_owned()),
        Just("<!DOCTYPE xml [<!ENTITY a \"a\">]>".to_owned()),
        Just("&a;".to_owned()),
        Just("&#x4e91;".to_owned()),
        Just("<!--".to_owned()),
        Just("<?xml version=\"1.0\" encoding=\"gbk\"?>".to_owned()),
        "[ -~云]{0,12}",
        "<[a-z]{1,3}/?>",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = callbacks("").receive(&query(), &body, NOW_MS);
        let _ = callbacks(KEY).receive(&safe_query(), &body, NOW_MS);
    }

    #[test]
    fn no_pieces_of_xml_make_it_panic_or_grow(pieces in prop::collection::vec(piece(), 0..24)) {
        let text = pieces.concat();
        if let Ok(fields) = parse(text.as_bytes()) {
            let bytes: usize = fields.values().map(String::len).sum();
            prop_assert!(bytes <= text.len());
        }
        let _ = receive(&text);
    }

    #[test]
    fn no_sealed_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        use base64::Engine;
        let text = base64::engine::general_purpose::STANDARD.encode(body);
        prop_assert_eq!(SafeKey::parse(&Secret::new(KEY)).unwrap().open(&text, "wx1"), None);
    }

    #[test]
    fn any_text_and_scene_come_through(text in "\\PC{0,200}", scene in "[!-~]{1,40}") {
        let body = event(&format!(
            "<MsgType>event</MsgType><Event>SCAN</Event><EventKey>{}</EventKey>",
            cdata(&scene)
        ));
        let received = receive(&body).unwrap();
        prop_assert_eq!(&received.event, &Event::Scan { scene });
        prop_assert!(received.dedupe_key.len() <= 160);
        let reply = callbacks("").reply_text(&received, &text, NOW_MS, [0; 16]);
        prop_assert_eq!(&parse(reply.as_bytes()).unwrap()["Content"], &text);
    }
}
