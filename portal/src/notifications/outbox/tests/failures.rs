//! What happens when a provider does not do what it is asked for.

use base::db::on_db;
use outside::emulators::Fault;

use super::{OPENID, Rig};
use crate::notifications::channel::Channel;
use crate::notifications::events::Event;
use crate::notifications::sending::{Happening, MAX_TRIES};

#[tokio::test]
async fn a_busy_provider_is_asked_again_ever_more_rarely() {
    for rig in Rig::both_bound().await {
        let wechat = &rig.emulators.wechat.emulator;
        wechat.plan(7, "/cgi-bin/message", &Fault::Code("-1".to_owned()));
        rig.tell(Event::CompanyReviewed).await;
        let mut waits = Vec::new();
        for tries in 1..MAX_TRIES {
            rig.round().await;
            let row = rig.only().await;
            assert_eq!((&*row.state, row.tries), ("waiting", tries));
            assert_eq!(row.error, "busy:-1");
            waits.push((row.next_ms - rig.clock.now_ms()) / 1_000);
            rig.clock.set(row.next_ms - 1);
            rig.round().await;
            assert_eq!(rig.only().await.tries, tries, "not before its time");
            rig.clock.set(row.next_ms);
        }
        assert!(waits.is_sorted(), "{waits:?}");
        assert!((24..=36).contains(&waits[0]) && (5_760..=8_640).contains(&waits[6]));
        rig.round().await;
        assert_eq!(rig.only().await.state, "sent", "at the eighth try");
        let sends = &rig.outbox.metrics.sends;
        assert_eq!(sends.with_label_values(&["wechat", "retry"]).get(), 7);
    }
}

#[tokio::test]
async fn after_eight_tries_it_is_dead_until_staff_say_so() {
    for rig in Rig::both().await {
        let sms = &rig.emulators.sms.emulator;
        sms.plan(8, &Fault::Status(503));
        // Nothing stands in for the mailbox's owner: he has none.
        let sql = "UPDATE accounts SET email = NULL WHERE id = $1";
        on_db!(rig.outbox.db.writer().await.unwrap(), c => sqlx::query(sql)
            .bind(rig.account).execute(c).await.map(drop))
        .unwrap();
        rig.tell(Event::JoinDecided).await;
        for _ in 0..8 {
            rig.round().await;
            rig.clock.advance(3 * 3_600_000);
            // By day: an SMS waits at night.
            let ten = super::MORNING
                + 86_400_000 * ((rig.clock.now_ms() - super::MORNING) / 86_400_000 + 1);
            rig.clock.set(ten);
        }
        let dead = rig.rows().await.remove(1);
        assert_eq!((&*dead.state, dead.tries), ("dead", 8));
        rig.outbox.tidy().await.unwrap();
        assert_eq!(rig.outbox.metrics.dead_letters.get(), 1);
        let mut tx = rig.outbox.db.begin().await.unwrap();
        let retried = rig.outbox.by_staff(&mut tx, dead.id, Happening::Retried);
        assert_eq!(retried.await.unwrap(), Some(true));
        tx.commit().await.unwrap();
        rig.round().await;
        let row = rig.rows().await.remove(1);
        assert_eq!((&*row.state, row.tries, &*row.error), ("sent", 1, ""));
    }
}

#[tokio::test]
async fn what_is_refused_for_good_is_dead_at_once_and_the_mailbox_stands_in() {
    for rig in Rig::both().await {
        let illegal = Fault::Code("isv.SMS_TEMPLATE_ILLEGAL".to_owned());
        rig.emulators.sms.emulator.plan(1, &illegal);
        rig.tell(Event::JoinDecided).await;
        rig.round().await;
        let rows = rig.rows().await;
        assert_eq!((&*rows[1].state, rows[1].tries), ("dead", 1));
        assert_eq!(rows[1].error, "content:isv.SMS_TEMPLATE_ILLEGAL");
        assert_eq!((rows[2].channel, &*rows[2].state), (Channel::Email, "sent"));
        let refusals = &rig.outbox.metrics.refusals;
        assert_eq!(refusals.with_label_values(&["sms", "content"]).get(), 1);
    }
}

#[tokio::test]
async fn whoever_left_the_official_account_gets_an_sms() {
    for rig in Rig::both_bound().await {
        drop(rig.emulators.wechat.emulator.unsubscribe(OPENID).await);
        rig.tell(Event::CompanyReviewed).await;
        rig.round().await;
        assert_eq!(
            rig.states().await,
            [
                (Channel::Wechat, "unreachable".to_owned()),
                (Channel::Sms, "sent".to_owned())
            ]
        );
        assert!(!rig.reachable().await, "this is remembered");
        rig.tell(Event::CompanyReviewed).await;
        rig.round().await;
        let second = rig.rows().await.remove(2);
        assert_eq!((&*second.error, second.tries), ("not_following", 0));
        assert_eq!(rig.emulators.sms.emulator.received().len(), 2);
    }
}

#[tokio::test]
async fn with_nothing_set_up_it_is_written_down_and_stands_in_the_site() {
    for rig in Rig::both_bound().await {
        let bare = rig.bare();
        rig.tell(Event::CompanyReviewed).await;
        rig.code("382915").await;
        bare.round().await.unwrap();
        let rows = rig.rows().await;
        assert_eq!(rows.len(), 4, "three channels and the code");
        for row in &rows {
            assert_eq!((&*row.state, &*row.error), ("off", "not_configured"));
        }
        let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM notifications WHERE read_ms IS NULL";
        let (unread,): (i64,) =
            on_db!(&rig.outbox.db, c => sqlx::query_as(sql).fetch_one(c).await).unwrap();
        assert_eq!(unread, 1);
        // The operator has set the channels up meanwhile.
        let sms = rows.iter().find(|row| row.channel == Channel::Sms).unwrap();
        let mut tx = rig.outbox.db.begin().await.unwrap();
        let retried = rig.outbox.by_staff(&mut tx, sms.id, Happening::Retried);
        assert_eq!(retried.await.unwrap(), Some(true));
        tx.commit().await.unwrap();
        rig.round().await;
        assert_eq!(rig.emulators.sms.emulator.received().len(), 1);
    }
}

#[tokio::test]
async fn without_the_templates_id_nothing_leaves_and_staff_see_why() {
    for rig in Rig::both_bound().await {
        let sql = "UPDATE notification_templates SET provider_template = ''
            WHERE channel = 'wechat'";
        on_db!(rig.outbox.db.writer().await.unwrap(), c => sqlx::query(sql).execute(c).await.map(drop)).unwrap();
        rig.tell(Event::CompanyReviewed).await;
        rig.round().await;
        let rows = rig.rows().await;
        assert_eq!((&*rows[0].state, &*rows[0].error), ("off", "no_template"));
        assert_eq!((rows[1].channel, &*rows[1].state), (Channel::Sms, "sent"));
    }
}

#[tokio::test]
async fn what_is_mandatory_goes_out_whatever_the_settings_say() {
    for rig in Rig::both_bound().await {
        for event in [Event::CompanyReviewed, Event::JoinRequested] {
            let sql = "INSERT INTO notification_settings (account_id, event, channel, enabled)
                VALUES ($1, $2, 'wechat', FALSE)";
            on_db!(rig.outbox.db.writer().await.unwrap(), c => sqlx::query(sql)
                .bind(rig.account).bind(event).execute(c).await.map(drop))
            .unwrap();
            rig.tell(event).await;
            rig.round().await;
        }
        let rows = rig.rows().await;
        assert_eq!(
            (&*rows[0].state, rows[0].channel),
            ("sent", Channel::Wechat)
        );
        assert_eq!((&*rows[1].state, &*rows[1].error), ("off", "person_off"));
        assert_eq!((&*rows[2].state, rows[2].channel), ("sent", Channel::Email));
    }
}
