//! Enough for today.

use super::{MORNING, Rig};
use crate::notifications::channel::Channel;
use crate::notifications::events::Event;
use crate::notifications::rules::{Change, TOTAL_CAP};

fn count(states: &[(Channel, String)], word: &str) -> usize {
    states.iter().filter(|(_, state)| state == word).count()
}

#[tokio::test]
async fn the_third_of_two_is_held_back_until_the_next_day_in_beijing() {
    for rig in Rig::both_bound().await {
        let two = Change {
            enabled: true,
            daily_cap: 2,
            version: 1,
        };
        rig.rule(Event::CompanyReviewed, Channel::Wechat, two).await;
        for _ in 0..3 {
            rig.tell(Event::CompanyReviewed).await;
        }
        rig.round().await;
        let rows = rig.rows().await;
        let states: Vec<_> = rows.iter().map(|row| &*row.state).collect();
        assert_eq!(
            states,
            ["sent", "sent", "capped"],
            "{}",
            rig.outbox.db.kind()
        );
        assert_eq!(rows[2].error, "over_cap");
        // 23:59 is the same day, whatever the day in UTC.
        rig.clock.set(MORNING + 14 * 3_600_000 - 1);
        rig.tell(Event::CompanyReviewed).await;
        rig.round().await;
        assert_eq!(count(&rig.states().await, "capped"), 2);
        rig.clock.set(MORNING + 14 * 3_600_000);
        rig.tell(Event::CompanyReviewed).await;
        rig.round().await;
        assert_eq!(count(&rig.states().await, "sent"), 3);
        let capped = &rig.outbox.metrics.sends;
        assert_eq!(capped.with_label_values(&["wechat", "capped"]).get(), 2);
    }
}

#[tokio::test]
async fn one_person_gets_no_more_than_the_total_on_one_channel() {
    for rig in Rig::both_bound().await {
        for _ in 0..30 {
            rig.tell(Event::SchoolJoinDecided).await;
        }
        for _ in 0..15 {
            rig.tell(Event::JoinRequested).await;
        }
        rig.round().await;
        let sent = count(&rig.states().await, "sent");
        assert_eq!(i64::try_from(sent).unwrap(), TOTAL_CAP);
        assert_eq!(count(&rig.states().await, "capped"), 5);
    }
}

#[tokio::test]
async fn a_retry_is_no_second_message() {
    for rig in Rig::both_bound().await {
        let one = Change {
            enabled: true,
            daily_cap: 1,
            version: 1,
        };
        rig.rule(Event::CompanyReviewed, Channel::Wechat, one).await;
        let wechat = &rig.emulators.wechat.emulator;
        wechat.plan(
            1,
            "/cgi-bin/message",
            &outside::emulators::Fault::Status(503),
        );
        rig.tell(Event::CompanyReviewed).await;
        rig.round().await;
        assert_eq!(rig.only().await.state, "waiting");
        rig.clock.advance(60_000);
        rig.round().await;
        assert_eq!(rig.only().await.state, "sent");
    }
}
