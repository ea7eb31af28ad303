//! Codes and one-time links: no longer here than they are of use.

use outside::emulators::Fault;
use serde_json::json;

use super::Rig;
use crate::notifications::channel::Channel;
use crate::notifications::events::Event;

#[tokio::test]
async fn a_code_is_wiped_once_it_is_sent() {
    for rig in Rig::both().await {
        rig.code("382915").await;
        rig.round().await;
        let row = rig.only().await;
        assert_eq!((&*row.state, &row.args.0), ("sent", &json!({})));
        let sms = rig.emulators.sms.emulator.received();
        assert_eq!(sms[0].number, "13900139000");
        assert_eq!(
            sms[0].text,
            "【示例就业平台】您的验证码是382915，5分钟内有效，请勿告诉他人。"
        );
    }
}

#[tokio::test]
async fn a_code_that_came_too_late_is_dropped_and_wiped() {
    for rig in Rig::both().await {
        rig.code("382915").await;
        rig.clock.advance(300_000);
        rig.round().await;
        let row = rig.only().await;
        assert_eq!((&*row.state, &row.args.0), ("expired", &json!({})));
        assert!(rig.emulators.sms.emulator.received().is_empty());
        let sends = &rig.outbox.metrics.sends;
        assert_eq!(sends.with_label_values(&["sms", "expired"]).get(), 1);
    }
}

#[tokio::test]
async fn a_code_is_tried_again_while_it_is_of_use() {
    for rig in Rig::both().await {
        rig.emulators.sms.emulator.plan(8, &Fault::Status(503));
        rig.code("382915").await;
        for _ in 0..8 {
            rig.round().await;
            rig.clock.advance(100_000);
        }
        let row = rig.only().await;
        assert_eq!((&*row.state, &row.args.0), ("expired", &json!({})));
        assert!(row.tries < 8, "{row:?}");
    }
}

#[tokio::test]
async fn a_one_time_link_goes_to_the_telephone_and_stays_nowhere_else() {
    for rig in Rig::both_bound().await {
        let values = json!({ "link": "/reset/0f2c4e" });
        let id = rig.tell_with(Event::PasswordLink, values, None).await;
        rig.round().await;
        let row = rig.only().await;
        assert_eq!((row.channel, &*row.state), (Channel::Sms, "sent"));
        assert_eq!(row.args.0, json!({}));
        assert_eq!(rig.args_of(id).await, json!({}));
        assert_eq!(rig.link_of(id).await, "");
        let sms = rig.emulators.sms.emulator.received();
        let text = &sms[0].text;
        assert!(text.contains("https://fair.example/reset/0f2c4e"), "{text}");
        assert!(rig.emulators.wechat.emulator.messages().is_empty());
    }
}

#[tokio::test]
async fn a_link_that_could_not_be_sent_is_wiped_when_it_ends() {
    for rig in Rig::both().await {
        let illegal = Fault::Code("isv.MOBILE_NUMBER_ILLEGAL".to_owned());
        rig.emulators.sms.emulator.plan(1, &illegal);
        let values = json!({ "company": "澄源", "fair": "秋招", "link": "/guest/ab12" });
        let id = rig.tell_with(Event::GuestInvited, values, None).await;
        rig.round().await;
        let open = json!({ "company": "澄源", "fair": "秋招" });
        assert_eq!(rig.args_of(id).await, open);
        let rows = rig.rows().await;
        assert_eq!(rows[0].state, "dead");
        assert_eq!(rows[0].args.0["link"], "/guest/ab12", "staff may try again");
        let mails = rig.emulators.mail.emulator.received();
        let text = mails[0].text().unwrap();
        assert!(text.contains("https://fair.example/guest/ab12"), "{text}");
        rig.clock.advance(7 * 86_400_000);
        rig.outbox.tidy().await.unwrap();
        assert_eq!(rig.rows().await[0].args.0, json!({}));
    }
}
