use outside::Cause;
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;

const NOW: i64 = 1_795_536_000_000;

fn rng() -> StdRng {
    StdRng::seed_from_u64(7)
}

fn at(stage: Stage, tries: i64) -> Chain {
    Chain {
        stage,
        tries,
        expires_ms: None,
    }
}

fn sending(tries: i64) -> Chain {
    at(
        Stage::Sending {
            until_ms: NOW + STALE_MS,
        },
        tries,
    )
}

fn every_happening() -> Vec<Happening> {
    let refused = Cause::ALL.map(Happening::Refused);
    let mut all = vec![
        Happening::Claimed,
        Happening::Quiet {
            until_ms: NOW + 60_000,
        },
        Happening::OverCap,
        Happening::Taken,
        Happening::NotSetUp,
        Happening::NoAddress,
        Happening::Stale,
        Happening::TooLate,
        Happening::Reported { delivered: true },
        Happening::Reported { delivered: false },
        Happening::Retried,
        Happening::GivenUp,
    ];
    all.extend(refused);
    all
}

/// A send that stands at `from` becomes one that stands at `stage` after `tries` tries.
fn becomes(from: Chain, happening: Happening, stage: Stage, tries: i64, follows: &[Effect]) {
    let (to, effects) = from.on(happening, NOW, &mut rng()).unwrap();
    assert_eq!(
        (to.stage, to.tries),
        (stage, tries),
        "{from:?} {happening:?}"
    );
    assert_eq!(effects, follows, "{from:?} {happening:?}");
}

const DUE: Stage = Stage::Waiting { next_ms: NOW };
const STAND_IN: &[Effect] = &[Effect::StandIn];
const WIPE: &[Effect] = &[Effect::Wipe];

#[test]
fn the_table_holds_while_it_is_sent() {
    let claimed = sending(1).stage;
    becomes(at(DUE, 0), Happening::Claimed, claimed, 1, &[]);
    let until_ms = NOW + 3_600_000;
    let later = Stage::Waiting { next_ms: until_ms };
    becomes(sending(1), Happening::Quiet { until_ms }, later, 0, &[]);
    becomes(sending(1), Happening::OverCap, Stage::Capped, 1, WIPE);
    becomes(sending(3), Happening::Taken, Stage::Sent, 3, WIPE);
    let left = Happening::Refused(Cause::NotFollowing);
    becomes(sending(1), left, Stage::Unreachable, 1, STAND_IN);
    let content = Happening::Refused(Cause::Content);
    becomes(sending(1), content, Stage::Dead, 1, STAND_IN);
    let busy = Happening::Refused(Cause::Busy);
    becomes(sending(MAX_TRIES), busy, Stage::Dead, MAX_TRIES, STAND_IN);
    becomes(sending(1), Happening::NotSetUp, Stage::Off, 1, STAND_IN);
    let nowhere = Stage::Unreachable;
    becomes(sending(1), Happening::NoAddress, nowhere, 1, STAND_IN);
}

#[test]
fn the_table_holds_for_what_comes_afterwards() {
    let over = |tries| at(Stage::Sending { until_ms: NOW }, tries);
    let stale = Happening::Stale;
    becomes(over(1), stale, DUE, 1, &[]);
    becomes(over(MAX_TRIES), stale, Stage::Dead, MAX_TRIES, STAND_IN);
    let reported = |delivered| Happening::Reported { delivered };
    let sent = at(Stage::Sent, 1);
    becomes(sent, reported(true), Stage::Delivered, 1, &[]);
    becomes(sent, reported(false), Stage::Failed, 1, STAND_IN);
    for stage in [Stage::Dead, Stage::Failed, Stage::Off, Stage::Unreachable] {
        becomes(at(stage, 8), Happening::Retried, DUE, 0, &[]);
        becomes(at(stage, 8), Happening::GivenUp, Stage::Void, 8, WIPE);
    }
}

#[test]
fn what_is_not_in_the_table_is_refused() {
    let later = Stage::Waiting { next_ms: NOW + 1 };
    for (from, happening) in [
        (at(later, 0), Happening::Claimed),
        (at(later, 0), Happening::Taken),
        (at(later, 0), Happening::GivenUp),
        (sending(1), Happening::Claimed),
        (sending(1), Happening::Stale),
        (sending(1), Happening::Retried),
        (at(Stage::Sent, 1), Happening::Retried),
        (at(Stage::Sent, 1), Happening::Taken),
        (at(Stage::Dead, 8), Happening::Claimed),
    ] {
        assert!(
            from.on(happening, NOW, &mut rng()).is_err(),
            "{from:?} {happening:?}"
        );
    }
    for stage in [Stage::Delivered, Stage::Capped, Stage::Expired, Stage::Void] {
        for happening in every_happening() {
            assert!(at(stage, 1).on(happening, NOW, &mut rng()).is_err());
        }
    }
}

#[test]
fn waits_grow_from_half_a_minute_to_two_hours() {
    let mut rng = rng();
    for tries in 1..MAX_TRIES {
        let middle = WAITS_S[usize::try_from(tries - 1).unwrap()] * 1_000;
        for _ in 0..100 {
            let wait = wait_ms(tries, &mut rng);
            assert!(
                (middle * 8 / 10..=middle * 12 / 10).contains(&wait),
                "{tries}: {wait}"
            );
        }
    }
    assert_eq!((WAITS_S[0], WAITS_S[6]), (30, 7_200));
    assert!(WAITS_S.is_sorted());
}

#[test]
fn a_code_expires_where_it_would_wait_too_long() {
    let code = Chain {
        expires_ms: Some(NOW + 20_000),
        ..sending(1)
    };
    let (to, effects) = code
        .on(Happening::Refused(Cause::Busy), NOW, &mut rng())
        .unwrap();
    assert_eq!(
        (to.stage, &effects[..]),
        (Stage::Expired, &[Effect::Wipe][..])
    );
    let late = Chain {
        expires_ms: Some(NOW),
        ..at(Stage::Waiting { next_ms: NOW }, 0)
    };
    for happening in [Happening::Claimed, Happening::TooLate] {
        let (to, _) = late.on(happening, NOW, &mut rng()).unwrap();
        assert_eq!(to.stage, Stage::Expired);
    }
    let dead = Chain {
        stage: Stage::Dead,
        ..late
    };
    assert!(dead.on(Happening::Retried, NOW, &mut rng()).is_err());
}

#[test]
fn words_are_read_as_they_are_written() {
    for word in Stage::WORDS {
        let stage = Stage::of_row(word, 5).unwrap();
        assert_eq!(stage.as_str(), word);
        assert_eq!(word.parse::<StageWord>().unwrap().to_string(), word);
    }
    assert!(Stage::of_row("lost", 5).is_none());
    assert!("".parse::<StageWord>().is_err());
}

proptest! {
    /// Whatever happens in whatever order: no deadline lies in the past, no send is tried too
    /// often, and what has come to an end comes back by staff's hand alone.
    #[test]
    fn no_story_breaks_the_rules(
        seed in any::<u64>(),
        life in proptest::option::of(0..600_000_i64),
        story in proptest::collection::vec((0..23_usize, 0..400_000_i64), 0..60),
    ) {
        let all = every_happening();
        let mut rng = StdRng::seed_from_u64(seed);
        let mut now = NOW;
        let mut chain = Chain::new(now, life.map(|life| now + life));
        for (which, passes) in story {
            now += passes;
            let happening = match all[which % all.len()] {
                Happening::Quiet { .. } => Happening::Quiet { until_ms: now + 60_000 },
                other => other,
            };
            let ended = chain.stage.deadline_ms().is_none() && chain.stage != Stage::Sent;
            let Ok((next, _)) = chain.on(happening, now, &mut rng) else { continue };
            if let Some(deadline) = next.stage.deadline_ms() {
                prop_assert!(deadline >= now, "{chain:?} {happening:?} {next:?}");
                prop_assert!(!next.is_late(now));
            }
            prop_assert!((0..=MAX_TRIES).contains(&next.tries), "{next:?}");
            if ended {
                prop_assert!(matches!(happening, Happening::Retried | Happening::GivenUp));
            }
            prop_assert_eq!(next.expires_ms, chain.expires_ms);
            chain = next;
        }
    }
}
