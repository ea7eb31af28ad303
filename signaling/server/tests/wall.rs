//! News of the company wall and the console over real sockets: who hears them, and what they do not
//! take from anybody.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::time::Duration;

use base::clock::Clock;
use base::shutdown::Shutdown;
use signaling_protocol::{ClientBody, PageKind, ServerBody, WallNews, limits};
use signaling_server::Config;
use support::client::Client;
use support::{Server, booth_id, eventually, fair_id, setup, student_claims};

/// The next news of the wall, with their frame's own number, which they must not have.
async fn news(client: &mut Client) -> WallNews {
    loop {
        let frame = client.hear().await;
        if let ServerBody::WallNews(news) = frame.body {
            assert_eq!((frame.seq, frame.re, frame.stamp), (None, None, None));
            return news;
        }
    }
}

fn pause() -> ClientBody {
    ClientBody::PauseQueue {
        minutes: None,
        message: "稍候".to_owned(),
    }
}

#[tokio::test]
async fn only_the_page_that_shows_the_wall_hears_its_news() {
    let database = base::db::testing::sqlite().await;
    let server = Server::start(&database.db, setup(2)).await;
    let mut interviewer = server.interviewer(1, 0).await;
    let mut queues = server.student(1).await;
    queues.hear().await;
    let token = server.token(&student_claims(1));
    let mut wall = Client::join(server.address, token, PageKind::Wall).await;
    let mark = news(&mut wall).await;
    assert!(mark.is_mark(), "where the news stand: {mark:?}");
    let body = server.live.wall_body(fair_id()).await.unwrap();
    assert_eq!(body.n, mark.n, "nothing to fetch again");

    interviewer.done(pause()).await;
    let said = news(&mut wall).await;
    assert_eq!((said.n, said.lines.len()), (mark.n + 1, 1));
    assert_eq!(
        (said.lines[0].index, said.notes[0].message.as_str()),
        (1, "稍候")
    );
    let after = server.live.wall_body(fair_id()).await.unwrap();
    assert_eq!(after.n, said.n);
    assert!(after.gzip.len() < after.json.len());

    // What the queues page hears is its own, up to an answer that comes after the news.
    let last = queues.last;
    queues.done(ClientBody::Visible { visible: true }).await;
    assert_eq!(queues.last, last, "nothing new for this person");
    assert_eq!(server.figure("pinhui_live_watchers", Some("wall")), 1.0);
    drop(wall);
    eventually("the wall is counted out", async || {
        server.figure("pinhui_live_watchers", Some("wall")) == 0.0
    })
    .await;
    server.stop().await;
}

#[tokio::test]
async fn a_tab_resumes_after_ten_minutes_of_news() {
    let database = base::db::testing::sqlite().await;
    let clock = Clock::simulated(Clock::System.now_ms());
    let config = Config {
        missing_origin: true,
        ..Config::default()
    };
    let shutdown = Shutdown::new(Duration::from_secs(10));
    let server = Server::start_by(
        &database.db,
        vec![setup(1)],
        config,
        (clock.clone(), shutdown),
    )
    .await;
    // Each may say so much within a second; the minutes pass faster here.
    let mut tabs = Vec::new();
    for _ in 0..limits::SOCKETS_PER_PERSON {
        tabs.push(server.interviewer(0, 0).await);
    }
    let mut queues = server.student(1).await;
    let token = server.token(&student_claims(1));
    let mut wall = Client::join(server.address, token, PageKind::Wall).await;
    queues.hear().await;
    let (welcome, last) = (queues.welcome.clone().unwrap(), queues.last.unwrap());
    drop(queues);
    let mut heard = news(&mut wall).await.n;
    let told = heard + limits::RESUME_RING as u64 + 20;
    let mut paused = false;
    while heard < told {
        paused = !paused;
        let toggle = if paused {
            pause()
        } else {
            ClientBody::ResumeQueue
        };
        let tab = usize::try_from(heard).unwrap() % tabs.len();
        tabs[tab].done(toggle).await;
        clock.advance(3_000);
        let said = news(&mut wall).await;
        assert_eq!(said.n, heard + 1, "no gap");
        heard = said.n;
    }
    let back = Client::come_back(server.address, &welcome, last).await;
    assert!(back.welcome.unwrap().resumed, "the ring is not used up");
    server.stop().await;
}

#[tokio::test]
async fn the_console_hears_news_that_follow_its_snapshot() {
    let database = base::db::testing::sqlite().await;
    let server = Server::start(&database.db, setup(2)).await;
    let mut staff = server.staff().await;
    let view = staff
        .wait_for("the console", |body| match body {
            ServerBody::Wall(view) => Some(view.clone()),
            _ => None,
        })
        .await;
    assert_eq!(
        view.booths[1].booth,
        booth_id(1),
        "in the order of the setup"
    );
    let _interviewer = server.interviewer(1, 0).await;
    let (n, line) = staff
        .wait_for("the interviewer", |body| match body {
            ServerBody::ConsoleNews(news) => news
                .lines
                .iter()
                .find(|line| line.wall.seats_online == 1)
                .map(|line| (news.n, *line)),
            _ => None,
        })
        .await;
    assert!(n > view.n);
    assert_eq!((line.wall.index, line.offline_since_ms), (1, None));
    server.stop().await;
}
