//! Random events on the store beside the pure rules: after each the two agree.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::reviews::machine::{Command, Event, Standing};

const STEPS: usize = 120;

#[tokio::test]
async fn the_store_does_what_the_rules_say() {
    let seed: u64 = rand::rng().random();
    println!("seed {seed}");
    for test in seeded().await {
        let db = &test.db;
        let mut rng = StdRng::seed_from_u64(seed);
        let people = [who(db, "platform").await, who(db, "reviewer-2").await];
        let kinds = [Kind::Company, Kind::AdminClaim];
        let mut models: Vec<Option<Standing>> = vec![None; kinds.len()];
        let mut now_ms = NOW;
        for step in 0..STEPS {
            now_ms += rng.random_range(0..3 * DAY);
            let nth = rng.random_range(0..kinds.len());
            let by = people[rng.random_range(0..people.len())];
            let new = thing(kinds[nth], "walk", Inbox::Platform, by);
            let what = rng.random_range(0..7);
            let model = &mut models[nth];
            let did = play(db, (&new, by), what, model, now_ms).await;
            check(db, &new, *model).await;
            assert!(did.is_ok(), "seed {seed}, step {step}: {did:?}");
        }
    }
}

/// Plays one event on both; `Err`: they disagree.
async fn play(
    db: &Db,
    (new, by): (&NewReview, AccountId),
    what: u8,
    model: &mut Option<Standing>,
    now_ms: i64,
) -> Result<(), String> {
    let mut tx = db.begin().await.unwrap();
    let running = store::running(&mut tx, new.kind, &new.subject)
        .await
        .unwrap();
    let event = match what {
        0 | 1 => Event::Approve {
            by,
            eyes: new.kind.eyes(),
        },
        2 => Event::Return,
        3 => Event::Reject,
        4 | 5 => Event::Resubmit { due_ms: now_ms + 1 },
        _ => Event::Withdraw,
    };
    let expected = model.map(|standing| standing.on(event, now_ms));
    let decision = match event {
        Event::Approve { .. } => Some(Decision::Approve),
        Event::Return => Some(back("补充")),
        Event::Reject => Some(Decision::Reject {
            reason: "不符".to_owned(),
        }),
        Event::Resubmit { .. } | Event::Withdraw => None,
    };
    let done = match (decision, event) {
        (Some(decision), _) => match &running {
            Some(review) => {
                let page = (review.id, review.version);
                store::decide(&mut tx, page, Inbox::Platform, by, &decision, now_ms)
                    .await
                    .is_ok()
            }
            None => false,
        },
        (None, Event::Withdraw) => store::withdraw(&mut tx, new.kind, &new.subject, by, now_ms)
            .await
            .unwrap(),
        (None, _) => store::resubmit(&mut tx, new, now_ms).await.unwrap(),
    };
    if done {
        tx.commit().await.unwrap();
    } else {
        drop(tx);
    }
    match expected {
        Some(Ok((next, command))) if done => {
            let over = !next.state().is_running();
            assert!(!over || command != Command::StartClock);
            *model = (!over).then_some(next);
            Ok(())
        }
        Some(Ok(_)) => Err(format!("{event:?} was refused")),
        Some(Err(_)) | None if done => Err(format!("{event:?} was done on {model:?}")),
        Some(Err(_)) => Ok(()),
        None => {
            let review = submit(db, new, now_ms).await;
            *model = Some(review.standing());
            Ok(())
        }
    }
}

/// The running review of a thing is the model's, and its clock ends after it began.
async fn check(db: &Db, new: &NewReview, model: Option<Standing>) {
    let mut tx = db.begin().await.unwrap();
    let running = store::running(&mut tx, new.kind, &new.subject)
        .await
        .unwrap();
    match (running, model) {
        (None, None) => {}
        (Some(review), Some(standing)) => {
            assert_eq!(review.state, standing.state());
            assert!(review.due_ms > review.submitted_ms);
            if let Standing::Open { first_by, .. } = standing {
                assert_eq!(review.first_by, first_by);
            }
        }
        other => panic!("{other:?}"),
    }
}
