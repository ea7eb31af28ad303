//! The process may end at any moment, and two may run at once.

use outside::emulators::Fault;

use super::Rig;
use crate::notifications::channel::Channel;
use crate::notifications::events::Event;
use crate::notifications::sending::STALE_MS;

#[tokio::test]
async fn killed_between_sending_and_writing_it_down_it_goes_out_again_under_the_same_id() {
    for rig in Rig::both_bound().await {
        rig.tell(Event::CompanyReviewed).await;
        rig.outbox.plan_due().await.unwrap();
        let id = rig.only().await.id;
        let send = rig.outbox.claim(id).await.unwrap().unwrap();
        rig.outbox.attempt(&send).await.unwrap();
        // Here the process is gone.
        rig.round().await;
        assert_eq!(rig.only().await.state, "sending", "its sender may be slow");
        rig.clock.advance(STALE_MS);
        rig.round().await;
        let row = rig.only().await;
        assert_eq!((&*row.state, row.tries), ("sent", 2));
        let messages = rig.emulators.wechat.emulator.messages();
        assert_eq!(messages.len(), 1, "WeChat knows the id, and shows it once");
        assert_eq!(messages[0].client_msg_id, id.0.simple().to_string());
        assert_eq!(rig.outbox.metrics.reclaimed.get(), 1);
    }
}

#[tokio::test]
async fn an_sms_of_a_killed_process_carries_its_id_again() {
    for rig in Rig::both().await {
        rig.code("382915").await;
        let id = rig.only().await.id;
        let send = rig.outbox.claim(id).await.unwrap().unwrap();
        rig.outbox.attempt(&send).await.unwrap();
        rig.clock.advance(STALE_MS);
        rig.round().await;
        let sms = rig.emulators.sms.emulator.received();
        let references: Vec<_> = sms.iter().map(|sms| &*sms.reference).collect();
        let reference = id.0.simple().to_string();
        assert_eq!(references, [&*reference, &*reference]);
        assert_eq!(rig.only().await.state, "sent");
    }
}

#[tokio::test]
async fn an_answer_that_was_lost_on_the_way_is_asked_for_again() {
    for rig in Rig::both_bound().await {
        let wechat = &rig.emulators.wechat.emulator;
        wechat.plan(1, "/cgi-bin/message", &Fault::Drop);
        rig.tell(Event::CompanyReviewed).await;
        rig.round().await;
        assert_eq!(rig.only().await.state, "waiting");
        rig.clock.advance(60_000);
        rig.round().await;
        assert_eq!(rig.only().await.state, "sent");
        assert_eq!(wechat.messages().len(), 1);
    }
}

#[tokio::test]
async fn a_sender_that_was_given_up_changes_nothing_any_more() {
    for rig in Rig::both_bound().await {
        rig.tell(Event::CompanyReviewed).await;
        rig.outbox.plan_due().await.unwrap();
        let id = rig.only().await.id;
        let slow = rig.outbox.claim(id).await.unwrap().unwrap();
        let tried = rig.outbox.attempt(&slow).await.unwrap();
        rig.clock.advance(STALE_MS);
        rig.outbox.reclaim().await.unwrap();
        let quick = rig.outbox.claim(id).await.unwrap().unwrap();
        rig.outbox.settle(&slow, tried).await.unwrap();
        assert_eq!(rig.only().await.state, "sending", "the quick one has it");
        let tried = rig.outbox.attempt(&quick).await.unwrap();
        rig.outbox.settle(&quick, tried).await.unwrap();
        assert_eq!(rig.only().await.state, "sent");
    }
}

#[tokio::test]
async fn two_at_once_plan_once_and_send_once() {
    for rig in Rig::both().await {
        for _ in 0..10 {
            rig.tell(Event::SchoolJoinDecided).await;
            rig.code("382915").await;
        }
        let other = rig.second();
        let (one, two) = tokio::join!(rig.outbox.round(), other.round());
        one.unwrap();
        two.unwrap();
        // What one planned after the other had looked for sends is left for the next round.
        rig.round().await;
        let sms = rig.emulators.sms.emulator.received();
        let mut references: Vec<_> = sms.iter().map(|sms| sms.reference.clone()).collect();
        references.sort_unstable();
        let all = references.len();
        references.dedup();
        assert_eq!(
            (all, references.len()),
            (20, 20),
            "{}",
            rig.outbox.db.kind()
        );
        let sent = rig.states().await;
        let of_sms = sent.iter().filter(|(channel, _)| *channel == Channel::Sms);
        assert!(of_sms.clone().all(|(_, state)| state == "sent"), "{sent:?}");
        assert_eq!(of_sms.count(), 20);
    }
}

#[tokio::test]
async fn two_at_once_keep_the_cap() {
    for rig in Rig::both().await {
        // The built-in cap of SMS for this event is 10.
        for _ in 0..16 {
            rig.tell(Event::SchoolJoinDecided).await;
        }
        rig.outbox.plan_due().await.unwrap();
        let other = rig.second();
        let (one, two) = tokio::join!(
            rig.outbox.send_due(Channel::Sms),
            other.send_due(Channel::Sms)
        );
        one.unwrap();
        two.unwrap();
        let received = rig.emulators.sms.emulator.received().len();
        assert_eq!(received, 10, "{}", rig.outbox.db.kind());
    }
}
