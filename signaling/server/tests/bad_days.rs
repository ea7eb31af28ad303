//! What an ordinary bad day brings to the live server: two fairs, a slow or refusing database, a task
//! that dies, a clock that is set, pages that close too early, a restart with everyone there.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::path::Path;
use std::time::Duration;

use base::clock::Clock;
use base::db::{Db, On, on_db};
use base::shutdown::Shutdown;
use signaling_core::FairSetup;
use signaling_protocol::{
    Bye, ClientBody, EntryId, FairId, PageKind, QueueState, Refusal, Resume, ServerBody, Stage,
    StudentView,
};
use signaling_server::Config;
use support::client::Client;
use support::{
    Server, asks_until, booth_id, eventually, fair_id, interviewer, interviewer_claims, on_both,
    seat_id, setup, student, student_claims,
};
use uuid::Uuid;

fn config() -> Config {
    Config {
        missing_origin: true,
        ..Config::default()
    }
}

fn shutdown() -> Shutdown {
    Shutdown::new(Duration::from_secs(10))
}

/// Students in the queue of booth 0, in this order.
async fn line(server: &Server, hr: &mut Client, students: u128) -> Vec<(Client, EntryId)> {
    let mut line = Vec::new();
    for number in 1..=students {
        let mut page = server.student(number).await;
        let entry = page.apply(booth_id(0)).await;
        hr.done(ClientBody::Accept { entry }).await;
        page.wait_for_stage(entry, Stage::Waiting).await;
        line.push((page, entry));
    }
    line
}

async fn stage(server: &Server, entry: EntryId) -> Stage {
    server.live.entry_of(entry).await.unwrap().unwrap().stage
}

/// What a page hears until it is asked for something else again: no snapshot among it.
async fn nothing_anew(page: &mut Client) {
    page.done(ClientBody::Visible { visible: true }).await;
    while let Some(frame) = page.heard_so_far() {
        assert!(
            !matches!(
                frame.body,
                ServerBody::Student(_) | ServerBody::Booth(_) | ServerBody::Bye { .. }
            ),
            "{frame:?}"
        );
    }
}

/// The same day at another school: fair 2 with booth 7.
fn other_fair() -> FairSetup {
    let mut other = setup(1);
    other.fair = FairId(Uuid::from_u128(0xfb));
    other.booths[0].booth = booth_id(7);
    for (number, seat) in other.booths[0].seats.iter_mut().enumerate() {
        seat.seat = seat_id(7, number);
        seat.person = interviewer(7, number);
    }
    other
}

async fn join_other(
    server: &Server,
    mut claims: signaling_protocol::JoinClaims,
    page: PageKind,
) -> Client {
    claims.fair = other_fair().fair;
    Client::join(server.address, server.token(&claims), page).await
}

#[tokio::test]
async fn a_student_who_is_called_in_one_fair_does_not_block_a_booth_of_another() {
    on_both(|db| async move {
        let setups = vec![setup(1), other_fair()];
        let server = Server::start_by(&db, setups, config(), (Clock::System, shutdown())).await;
        let mut hr = server.interviewer(0, 0).await;
        let mut queue = line(&server, &mut hr, 1).await;
        let mut other = join_other(&server, interviewer_claims(7, 0), PageKind::Room).await;
        let mut entries = Vec::new();
        let mut pages = Vec::new();
        for number in [1, 2] {
            let mut page = join_other(&server, student_claims(number), PageKind::Queues).await;
            let entry = page.apply(booth_id(7)).await;
            other.done(ClientBody::Accept { entry }).await;
            entries.push(entry);
            pages.push(page);
        }
        hr.done(ClientBody::CallNext).await;
        let (_, called) = &queue[0];
        assert_eq!(stage(&server, *called).await, Stage::Called);
        // The booth of the other fair calls its second at once, and is told why not the first.
        other.done(ClientBody::CallNext).await;
        assert_eq!(stage(&server, entries[1]).await, Stage::Called);
        assert_eq!(stage(&server, entries[0]).await, Stage::Waiting);
        let entry = entries[1];
        other.done(ClientBody::WithdrawCall { entry }).await;
        let (entry, reason) = (entries[0], "first".to_owned());
        let pick = ClientBody::CallPick { entry, reason };
        assert_eq!(other.refused(pick.clone()).await, Refusal::StudentBusy);
        // Free again, he is called there.
        let (page, entry) = &mut queue[0];
        page.done(ClientBody::Leave { entry: *entry }).await;
        asks_until(&mut other, pick, |body| matches!(body, ServerBody::Done)).await;
        assert_eq!(
            server.figure("pinhui_live_commit_failures_total", None),
            0.0
        );
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_call_up_that_another_process_won_goes_to_the_next_and_shows_nobody_anything_anew() {
    on_both(|db| async move {
        let server = Server::start(&db, setup(1)).await;
        let mut hr = server.interviewer(0, 0).await;
        let mut queue = line(&server, &mut hr, 2).await;
        // Another process has called the first in its own fair.
        let busy = "INSERT INTO queue_entries (id, fair_id, booth_id, person_id, origin, stage,
                made_ms, since_ms, misses, laters)
            SELECT 'elsewhere', id, 'there', $1, 'applied', 'called', 1, 1, 0, 0 FROM live_fairs
            WHERE id = 'other'";
        let fair = "INSERT INTO live_fairs (id, epoch, lease_owner, lease_fence, lease_until_ms,
                alive_at_ms) VALUES ('other', 1, 'elsewhere', 1, 1, 1)";
        run(&db, fair, None).await;
        run(&db, busy, Some(student(1).to_string())).await;
        for (page, _) in &mut queue {
            page.forget();
        }
        hr.forget();
        hr.done(ClientBody::CallNext).await;
        assert_eq!(stage(&server, queue[0].1).await, Stage::Waiting);
        assert_eq!(stage(&server, queue[1].1).await, Stage::Called);
        let (entry, reason) = (queue[0].1, "first".to_owned());
        let second = queue[1].1;
        hr.done(ClientBody::WithdrawCall { entry: second }).await;
        let pick = ClientBody::CallPick { entry, reason };
        assert_eq!(hr.refused(pick.clone()).await, Refusal::StudentBusy);
        for (page, _) in &mut queue {
            nothing_anew(page).await;
        }
        nothing_anew(&mut hr).await;
        assert_eq!(server.figure("pinhui_live_call_races_total", None), 1.0);
        assert_eq!(server.figure("pinhui_live_unstorable_total", None), 0.0);
        // The other interview is over: this fair finds out by itself.
        run(
            &db,
            "UPDATE queue_entries SET stage = 'done' WHERE id = 'elsewhere'",
            None,
        )
        .await;
        asks_until(&mut hr, pick, |body| matches!(body, ServerBody::Done)).await;
        server.stop().await;
    })
    .await;
}

/// Runs a statement beside the server.
async fn run(db: &Db, sql: &'static str, text: Option<String>) {
    let mut tx = db.begin().await.unwrap();
    on_db!(tx, c => {
        let query = sqlx::query(sql);
        let query = match &text {
            Some(text) => query.bind(text),
            None => query,
        };
        query.execute(c).await.map(drop)
    })
    .unwrap();
    tx.commit().await.unwrap();
}

/// Refuses for good to store an event with this text.
async fn refuse_text(db: &Db, text: &'static str) {
    let sql = match db.on() {
        On::Sqlite(_) => format!(
            "CREATE TRIGGER refuse_text BEFORE INSERT ON live_events WHEN NEW.text = '{text}'
            BEGIN SELECT RAISE(ABORT, 'refused by a test'); END"
        ),
        On::Postgres(_) => {
            format!("ALTER TABLE live_events ADD CONSTRAINT refuse_text CHECK (text <> '{text}')")
        }
    };
    let mut tx = db.begin().await.unwrap();
    on_db!(tx, c => sqlx::query(sqlx::AssertSqlSafe(sql.clone())).execute(c).await.map(drop))
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn of_many_inputs_only_the_one_that_cannot_be_stored_is_refused() {
    on_both(|db| async move {
        let server = Server::start(&db, setup(1)).await;
        let mut hr = server.interviewer(0, 0).await;
        let mut queue = line(&server, &mut hr, 3).await;
        refuse_text(&db, "poison").await;
        for (page, _) in &mut queue {
            page.forget();
        }
        hr.forget();
        // While a commit is held up, several inputs come together into one batch.
        let held = db.begin().await.unwrap();
        let held = hold_fair(held).await;
        let away = queue[0].0.say(ClientBody::Away).await;
        let reason = "poison".to_owned();
        let entry = queue[1].1;
        let remove = hr.say(ClientBody::Remove { entry, reason }).await;
        let entry = queue[2].1;
        let leave = queue[2].0.say(ClientBody::Leave { entry }).await;
        let message = String::new();
        let pause = ClientBody::PauseQueue {
            minutes: None,
            message,
        };
        let pause = hr.say(pause).await;
        drop(held);

        assert!(matches!(
            queue[0].0.answer(away).await.body,
            ServerBody::Done
        ));
        let ServerBody::Refused { code } = hr.answer(remove).await.body else {
            panic!("what cannot be stored was done")
        };
        assert_eq!(code, Refusal::Internal);
        assert!(matches!(
            queue[2].0.answer(leave).await.body,
            ServerBody::Done
        ));
        assert!(matches!(hr.answer(pause).await.body, ServerBody::Done));
        assert_eq!(stage(&server, queue[1].1).await, Stage::Waiting);
        assert_eq!(stage(&server, queue[2].1).await, Stage::Left);
        nothing_anew(&mut hr).await;
        nothing_anew(&mut queue[1].0).await;
        assert!(server.figure("pinhui_live_unstorable_total", None) >= 1.0);
        let ServerBody::Booth(room) = hr.ask(ClientBody::Refresh).await.body else {
            panic!("no room")
        };
        assert_eq!(room.order, [queue[0].1, queue[1].1]);
        server.stop().await;
    })
    .await;
}

/// Locks what every commit of the fair needs, until it is dropped.
async fn hold_fair(mut tx: base::db::Tx) -> base::db::Tx {
    let sql = "UPDATE live_fairs SET events = events WHERE id = $1";
    on_db!(tx, c => sqlx::query(sql).bind(fair_id().to_string()).execute(c).await.map(drop))
        .unwrap();
    tx
}

#[tokio::test]
async fn a_slow_commit_turns_no_answer_into_a_miss() {
    let database = base::db::testing::sqlite().await;
    let clock = Clock::simulated(Clock::System.now_ms());
    let server = Server::start_by(
        &database.db,
        vec![setup(1)],
        config(),
        (clock.clone(), shutdown()),
    )
    .await;
    let mut hr = server.interviewer(0, 0).await;
    let mut queue = line(&server, &mut hr, 2).await;
    hr.done(ClientBody::CallNext).await;
    clock.advance(44_000);
    // A commit takes long while the answer comes, one second before the end.
    let held = database.db.begin().await.unwrap();
    let away = queue[1].0.say(ClientBody::Away).await;
    let entry = queue[0].1;
    let ready = queue[0].0.say(ClientBody::Ready { entry }).await;
    eventually("both have come", async || {
        server.figure("pinhui_live_frames_in_total", None) >= 9.0
    })
    .await;
    clock.advance(30_000);
    drop(held);
    assert!(matches!(
        queue[1].0.answer(away).await.body,
        ServerBody::Done
    ));
    let answer = queue[0].0.answer(ready).await;
    assert!(matches!(answer.body, ServerBody::Done), "{answer:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_clock_that_is_set_costs_nobody_his_turn() {
    for by_ms in [3_600_000, -3_600_000] {
        let database = base::db::testing::sqlite().await;
        let clock = Clock::simulated(Clock::System.now_ms());
        let mut fair = setup(1);
        fair.ends_ms += 4 * 3_600_000;
        let server = Server::start_by(
            &database.db,
            vec![fair],
            config(),
            (clock.clone(), shutdown()),
        )
        .await;
        let mut hr = server.interviewer(0, 0).await;
        let mut queue = line(&server, &mut hr, 1).await;
        hr.done(ClientBody::CallNext).await;
        let (page, entry) = &mut queue[0];
        clock.step(by_ms);
        let now_ms = page
            .wait_for("the new time", |body| match body {
                ServerBody::Clock { now_ms } => Some(*now_ms),
                _ => None,
            })
            .await;
        assert_eq!(now_ms, clock.now_ms());
        clock.advance(20_000);
        page.done(ClientBody::Ready { entry: *entry }).await;
        assert_eq!(server.figure("pinhui_live_clock_steps_total", None), 1.0);
        server.stop().await;
    }
}

#[tokio::test]
async fn an_owner_task_that_dies_is_followed_by_one_that_knows_all_that_was_stored() {
    on_both(|db| async move {
        let server = Server::start(&db, setup(1)).await;
        let mut hr = server.interviewer(0, 0).await;
        let mut queue = line(&server, &mut hr, 2).await;
        let (welcome, last) = {
            let page = &queue[0].0;
            (page.welcome.clone().unwrap(), page.last.unwrap())
        };
        server.live.break_owner(fair_id()).await;
        assert_eq!(queue[0].0.bye().await, Bye::Restart);
        assert_eq!(hr.bye().await, Bye::Restart);
        eventually("it is there again", async || {
            server.live.trouble().is_none() && server.live.is_open(fair_id())
        })
        .await;
        let mut back = Client::come_back(server.address, &welcome, last).await;
        assert!(!back.welcome.as_ref().unwrap().resumed);
        let entry = queue[0].1;
        assert_eq!(own_stage(&mut back, entry).await, Some(Stage::Waiting));
        let mut hr = server.interviewer(0, 0).await;
        hr.done(ClientBody::CallNext).await;
        back.wait_for_stage(entry, Stage::Called).await;
        assert_eq!(server.figure("pinhui_live_owner_deaths_total", None), 1.0);
        assert_eq!(server.figure("pinhui_live_fairs", None), 1.0);
        assert_eq!(server.figure("pinhui_live_entries", Some("called")), 1.0);
        server.stop().await;
    })
    .await;
}

async fn own_stage(page: &mut Client, entry: EntryId) -> Option<Stage> {
    let view = page
        .wait_for("a snapshot", |body| match body {
            ServerBody::Student(view) => Some(view.clone()),
            _ => None,
        })
        .await;
    let StudentView { entries, .. } = view;
    let own = entries.into_iter().find(|own| own.entry == entry);
    own.map(|own| own.stage)
}

#[tokio::test]
async fn after_a_crash_a_page_comes_back_by_its_secret_and_whoever_was_signed_out_does_not() {
    on_both(|db| async move {
        let server = Server::start(&db, setup(1)).await;
        let mut hr = server.interviewer(0, 0).await;
        let queue = line(&server, &mut hr, 2).await;
        let known: Vec<_> = queue
            .iter()
            .map(|(page, entry)| (page.welcome.clone().unwrap(), page.last.unwrap(), *entry))
            .collect();
        server.live.sign_out(student(2)).await;
        server.abandon();

        let server = Server::start(&db, setup(1)).await;
        let (welcome, last, entry) = &known[0];
        let mut back = Client::come_back(server.address, welcome, *last).await;
        let again = back.welcome.clone().unwrap();
        assert!(!again.resumed);
        assert_eq!(again.person, student(1));
        assert_eq!(own_stage(&mut back, *entry).await, Some(Stage::Waiting));
        let (welcome, last, _) = &known[1];
        let mut out = Client::open(server.address).await;
        let resume = Resume {
            secret: welcome.secret.clone(),
            epoch: last.epoch,
            n: last.n,
        };
        out.hello(None, Some(resume), PageKind::Queues).await;
        assert_eq!(out.bye().await, Bye::ShutOut);
        // By the secret of the new welcome he comes back as ever, with what he missed.
        let mut hr = server.interviewer(0, 0).await;
        let last = back.last.unwrap();
        drop(back);
        let (minutes, message) = (None, "午休".to_owned());
        hr.done(ClientBody::PauseQueue { minutes, message }).await;
        let mut third = Client::come_back(server.address, &again, last).await;
        assert!(third.welcome.as_ref().unwrap().resumed);
        third
            .wait_for("what he missed", |body| match body {
                ServerBody::Entry { entry } => {
                    matches!(entry.queue, QueueState::Paused { .. }).then_some(())
                }
                _ => None,
            })
            .await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_socket_that_closes_before_it_is_in_leaves_nothing_behind() {
    let database = base::db::testing::sqlite().await;
    let server = Server::start(&database.db, setup(1)).await;
    let held = database.db.begin().await.unwrap();
    for number in 0..40 {
        let token = server.token(&student_claims(number));
        let mut page = Client::open(server.address).await;
        page.hello(Some(token), None, PageKind::Queues).await;
        drop(page);
    }
    eventually("all are gone", async || {
        server.figure("pinhui_live_sockets", None) == 0.0
    })
    .await;
    drop(held);
    let mut page = server.student(50).await;
    page.done(ClientBody::Visible { visible: true }).await;
    assert_eq!(server.live.holds(), (1, 1));
    let wall = server.live.wall(fair_id()).await.unwrap();
    assert_eq!(wall.totals.students_online, 1);
    server.stop().await;
}

#[tokio::test]
async fn a_database_that_stores_nothing_is_waited_for_and_the_room_is_told() {
    let database = base::db::testing::sqlite().await;
    let server = Server::start(&database.db, setup(1)).await;
    let mut hr = server.interviewer(0, 0).await;
    let mut queue = line(&server, &mut hr, 1).await;
    let mut staff = server.staff().await;
    // Another process holds the file.
    let other = Db::connect_sqlite(Path::new(&database.url), 1)
        .await
        .unwrap();
    let held = other.begin().await.unwrap();
    let text = "请大家稍候".to_owned();
    let asked = staff.say(ClientBody::Broadcast { text }).await;
    let stalled = |body: &ServerBody| match body {
        ServerBody::Stalled { stalled } => Some(*stalled),
        _ => None,
    };
    assert!(hr.wait_for("the bad news", stalled).await);
    assert_eq!(server.figure("pinhui_live_stalled", None), 1.0);
    assert!(server.live.trouble().is_some());
    assert!(
        server.live.wall(fair_id()).await.is_none(),
        "pages do without"
    );
    // Who comes now is told, too, and is let in later.
    let token = server.token(&student_claims(9));
    let mut late = Client::open(server.address).await;
    late.hello(Some(token), None, PageKind::Queues).await;
    assert!(late.wait_for("the bad news", stalled).await);

    drop(held);
    assert!(!hr.wait_for("the good news", stalled).await);
    assert!(matches!(staff.answer(asked).await.body, ServerBody::Done));
    let heard = late.wait_for("the welcome", |body| match body {
        ServerBody::Welcome(welcome) => Some(welcome.person),
        _ => None,
    });
    assert_eq!(heard.await, student(9));
    queue[0].0.forget();
    nothing_anew(&mut queue[0].0).await;
    hr.done(ClientBody::CallNext).await;
    let (page, entry) = &mut queue[0];
    page.wait_for_stage(*entry, Stage::Called).await;
    let failed = server.figure("pinhui_live_commit_failures_total", Some("busy"));
    assert!(failed >= 1.0, "{failed}");
    assert_eq!(server.figure("pinhui_live_stalled", None), 0.0);
    server.stop().await;
}
