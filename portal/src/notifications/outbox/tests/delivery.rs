//! What leaves on which channel, and when.

use std::time::Duration;

use base::shutdown::Shutdown;
use serde_json::json;

use super::rig::{EMAIL, MOBILE};
use super::{MORNING, OPENID, Rig};
use crate::notifications::channel::Channel;
use crate::notifications::delivered;
use crate::notifications::events::Event;
use crate::notifications::outbox::store::what_waits;
use crate::notifications::rules::Change;
use crate::notifications::sending::STALE_MS;

const HOUR: i64 = 3_600_000;

#[tokio::test]
async fn a_result_arrives_as_a_template_message() {
    for rig in Rig::both_bound().await {
        rig.tell(Event::CompanyReviewed).await;
        rig.round().await;
        let row = rig.only().await;
        assert_eq!((row.channel, &*row.state), (Channel::Wechat, "sent"));
        let messages = rig.emulators.wechat.emulator.messages();
        assert_eq!(messages.len(), 1);
        let message = &messages[0];
        assert_eq!(message.openid, OPENID);
        assert_eq!(message.data["thing1"], "澄源半导体（示例）有限公司");
        assert_eq!(message.data["thing2"], "审核通过");
        assert_eq!(message.url, "https://fair.example/messages");
        assert_eq!(message.client_msg_id, row.id.0.simple().to_string());
        assert_eq!(row.provider_id, Some(message.msg_id.to_string()));
    }
}

#[tokio::test]
async fn without_wechat_an_sms_stands_in_with_the_signature() {
    for rig in Rig::both().await {
        rig.tell(Event::JoinDecided).await;
        rig.round().await;
        assert_eq!(
            rig.states().await,
            [
                (Channel::Wechat, "unreachable".to_owned()),
                (Channel::Sms, "sent".to_owned())
            ]
        );
        let sms = rig.emulators.sms.emulator.received();
        assert_eq!((sms.len(), &*sms[0].number), (1, MOBILE));
        assert_eq!(
            sms[0].text,
            "【示例就业平台】您申请加入澄源半导体（示例）有限公司，结果：审核通过。详情请登录平台查看。"
        );
    }
}

#[tokio::test]
async fn a_mail_arrives_with_its_chinese_subject() {
    for rig in Rig::both().await {
        let off = Change {
            enabled: false,
            daily_cap: 1,
            version: 1,
        };
        rig.rule(Event::CompanyReviewed, Channel::Sms, off).await;
        rig.tell(Event::CompanyReviewed).await;
        rig.round().await;
        let states = rig.states().await;
        assert_eq!(states[1], (Channel::Sms, "off".to_owned()), "by the rule");
        assert_eq!(states[2], (Channel::Email, "sent".to_owned()));
        let mails = rig.emulators.mail.emulator.received();
        assert_eq!((mails.len(), &*mails[0].to[0]), (1, EMAIL));
        assert_eq!(
            mails[0].header("Subject").unwrap(),
            "企业认证结果：审核通过"
        );
        let text = mails[0].text().unwrap();
        assert!(
            text.contains("查看：https://fair.example/messages"),
            "{text}"
        );
        let to = mails[0].header("To").unwrap();
        assert!(to.contains("林知远"), "{to}");
    }
}

#[tokio::test]
async fn the_same_notice_is_given_once() {
    for rig in Rig::both_bound().await {
        for _ in 0..2 {
            let values = json!({ "company": "澄源", "result": "审核通过", "reason": "" });
            rig.tell_with(Event::CompanyReviewed, values, Some("review-1"))
                .await;
            rig.round().await;
        }
        assert_eq!(rig.only().await.state, "sent");
        assert_eq!(rig.emulators.wechat.emulator.messages().len(), 1);
    }
}

#[tokio::test]
async fn news_by_sms_waits_for_the_morning_and_a_code_does_not() {
    for rig in Rig::both().await {
        rig.clock.set(MORNING + 13 * HOUR);
        rig.tell(Event::JoinDecided).await;
        rig.code("382915").await;
        rig.round().await;
        let sms = rig.emulators.sms.emulator.received();
        assert_eq!(sms.len(), 1, "at 23 o'clock only the code leaves");
        assert!(sms[0].text.contains("您的验证码是382915"));
        let morning = MORNING + 22 * HOUR;
        let waits = |rows: &[super::rig::Row]| {
            let waiting = rows.iter().find(|row| row.state == "waiting");
            waiting.map(|row| (row.next_ms, row.tries))
        };
        assert_eq!(waits(&rig.rows().await), Some((morning, 0)));
        rig.clock.set(morning - 1);
        rig.round().await;
        assert_eq!(rig.emulators.sms.emulator.received().len(), 1);
        rig.clock.set(morning);
        rig.round().await;
        assert_eq!(rig.emulators.sms.emulator.received().len(), 2);
    }
}

#[tokio::test]
async fn what_was_late_by_day_does_not_leave_at_night() {
    for rig in Rig::both().await {
        rig.clock.set(MORNING + 12 * HOUR - 60_000);
        rig.tell(Event::JoinDecided).await;
        rig.outbox.plan_due().await.unwrap();
        rig.clock.set(MORNING + 12 * HOUR + 30 * 60_000);
        rig.round().await;
        let row = rig.rows().await.remove(1);
        assert_eq!((&*row.state, row.tries), ("waiting", 0));
        assert_eq!(row.next_ms, MORNING + 22 * HOUR);
        assert!(rig.emulators.sms.emulator.received().is_empty());
    }
}

#[tokio::test]
async fn a_report_says_that_it_arrived() {
    for rig in Rig::both_bound().await {
        rig.tell(Event::CompanyReviewed).await;
        rig.round().await;
        let id = rig.only().await.provider_id.unwrap();
        report(&rig, &id, true).await;
        report(&rig, &id, false).await;
        rig.round().await;
        assert_eq!(rig.only().await.state, "delivered", "the first one counts");
        let reports = &rig.outbox.metrics.reports;
        assert_eq!(reports.with_label_values(&["delivered"]).get(), 1);
    }
}

#[tokio::test]
async fn a_report_that_it_was_blocked_lets_the_sms_stand_in() {
    for rig in Rig::both_bound().await {
        rig.tell(Event::CompanyReviewed).await;
        rig.round().await;
        let id = rig.only().await.provider_id.unwrap();
        report(&rig, &id, false).await;
        rig.round().await;
        assert_eq!(
            rig.states().await,
            [
                (Channel::Wechat, "failed".to_owned()),
                (Channel::Sms, "sent".to_owned())
            ]
        );
        assert_eq!(rig.rows().await[0].error, "user block");
    }
}

#[tokio::test]
async fn a_report_may_come_before_its_message_is_written_down() {
    for rig in Rig::both_bound().await {
        rig.tell(Event::CompanyReviewed).await;
        rig.outbox.plan_due().await.unwrap();
        let send = rig
            .outbox
            .claim(rig.only().await.id)
            .await
            .unwrap()
            .unwrap();
        let tried = rig.outbox.attempt(&send).await.unwrap();
        let id = rig.emulators.wechat.emulator.messages()[0]
            .msg_id
            .to_string();
        report(&rig, &id, true).await;
        rig.round().await;
        assert_eq!(rig.only().await.state, "sending");
        rig.outbox.settle(&send, tried).await.unwrap();
        rig.round().await;
        assert_eq!(rig.only().await.state, "delivered");
    }
}

async fn report(rig: &Rig, provider_id: &str, arrived: bool) {
    let error = if arrived { "" } else { "user block" };
    let mut tx = rig.outbox.db.begin().await.unwrap();
    delivered(&mut tx, provider_id, arrived, error, rig.clock.now_ms())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn it_runs_by_itself_and_ends_in_order() {
    for rig in Rig::both_bound().await {
        let shutdown = Shutdown::new(Duration::from_secs(20));
        rig.outbox.spawn(&shutdown);
        rig.tell(Event::CompanyReviewed).await;
        rig.code("382915").await;
        let done = async {
            loop {
                let states = rig.states().await;
                if states.len() == 2 && states.iter().all(|(_, state)| state == "sent") {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), done)
            .await
            .expect("both leave by themselves");
        shutdown.trigger();
        assert!(shutdown.drained().await, "{}", rig.outbox.db.kind());
    }
}

/// What one look sees: whether there is something to plan, and on which channels something is due.
async fn seen(rig: &Rig) -> (bool, Vec<Channel>) {
    let now_ms = rig.clock.now_ms();
    let waits = what_waits(&rig.outbox.db, now_ms).await.unwrap();
    let due = Channel::OUTSIDE.into_iter().filter(|on| waits.on(*on));
    (waits.planning, due.collect())
}

#[tokio::test]
async fn one_look_sees_what_there_is_to_do_and_nothing_else() {
    for rig in Rig::both_bound().await {
        let kind = rig.outbox.db.kind();
        assert_eq!(seen(&rig).await, (false, vec![]), "{kind}");
        rig.tell(Event::CompanyReviewed).await;
        assert_eq!(seen(&rig).await, (true, vec![]), "to be planned on {kind}");
        rig.outbox.plan_due().await.unwrap();
        assert_eq!(seen(&rig).await, (false, vec![Channel::Wechat]), "{kind}");
        let id = rig.only().await.id;
        let send = rig.outbox.claim(id).await.unwrap().unwrap();
        assert_eq!(seen(&rig).await, (false, vec![]), "on its way on {kind}");
        rig.clock.advance(STALE_MS);
        assert_eq!(seen(&rig).await, (true, vec![]), "gone astray on {kind}");
        let tried = rig.outbox.attempt(&send).await.unwrap();
        rig.outbox.settle(&send, tried).await.unwrap();
        assert_eq!(seen(&rig).await, (false, vec![]), "sent on {kind}");
        let provider_id = rig.only().await.provider_id.unwrap();
        report(&rig, &provider_id, false).await;
        assert_eq!(seen(&rig).await, (true, vec![]), "reported on {kind}");
        rig.outbox.work_off_reports().await.unwrap();
        assert_eq!(seen(&rig).await, (false, vec![Channel::Sms]), "{kind}");
    }
}
