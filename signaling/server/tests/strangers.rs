//! Sockets of which nobody knows yet whose they are take no place from anybody.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use signaling_protocol::{Bye, PageKind};
use signaling_server::Config;
use support::client::Client;
use support::{Server, eventually, setup, student_claims};

const CAMPUS: &str = "192.0.2.1";
const ELSEWHERE: &str = "198.51.100.1";

async fn server_with(change: impl FnOnce(&mut Config)) -> (base::db::testing::TestDb, Server) {
    let database = base::db::testing::sqlite().await;
    let mut config = Config {
        missing_origin: true,
        max_strangers: 20,
        max_strangers_per_address: 10,
        ..Config::default()
    };
    change(&mut config);
    let server = Server::start_with(&database.db, setup(1), config).await;
    (database, server)
}

async fn join_from(server: &Server, from: &str, number: u128) -> Client {
    let mut client = Client::open_at(server.address, from).await.unwrap();
    let token = server.token(&student_claims(number));
    client.hello(Some(token), None, PageKind::Queues).await;
    client.hear().await;
    client
}

#[tokio::test]
async fn silent_sockets_keep_nobody_out_and_are_as_many_as_their_share() {
    let (_database, server) = server_with(|config| config.max_sockets = 4).await;
    let mut silent = Vec::new();
    for _ in 0..30 {
        silent.push(Client::open_at(server.address, CAMPUS).await.unwrap());
    }
    let strangers = || server.figure("pinhui_live_strangers", None);
    eventually("only its share is left", async || strangers() == 10.0).await;
    let displaced = || server.figure("pinhui_live_frames_dropped_total", Some("displaced"));
    assert_eq!(displaced(), 20.0);
    assert_eq!(server.figure("pinhui_live_sockets", None), 0.0);
    let joined = [
        join_from(&server, CAMPUS, 1).await,
        join_from(&server, ELSEWHERE, 2).await,
        join_from(&server, CAMPUS, 3).await,
        join_from(&server, ELSEWHERE, 4).await,
    ];
    assert_eq!(server.figure("pinhui_live_sockets", None), 4.0);
    // The oldest went first: the newest are still there.
    drop(silent.drain(..20));
    for client in &mut silent[2..] {
        client.hello(None, None, PageKind::Queues).await;
        assert_eq!(client.bye().await, Bye::Faults);
    }
    eventually("none is left", async || strangers() == 0.0).await;
    drop(joined);
    server.stop().await;
}

#[tokio::test]
async fn many_addresses_keep_nobody_out_either() {
    let (_database, server) = server_with(|_| {}).await;
    let mut silent = Vec::new();
    for number in 0..60 {
        let from = format!("203.0.113.{number}");
        silent.push(Client::open_at(server.address, &from).await.unwrap());
    }
    let strangers = || server.figure("pinhui_live_strangers", None);
    eventually("there are as many as may", async || strangers() == 20.0).await;
    drop(join_from(&server, ELSEWHERE, 1).await);
    drop(silent);
    server.stop().await;
}

#[tokio::test]
async fn a_token_that_finds_no_place_is_not_spent() {
    let (_database, server) = server_with(|config| config.max_sockets = 1).await;
    let first = join_from(&server, CAMPUS, 1).await;
    let token = server.token(&student_claims(2));
    let mut second = Client::open_at(server.address, CAMPUS).await.unwrap();
    second
        .hello(Some(token.clone()), None, PageKind::Queues)
        .await;
    assert_eq!(second.bye().await, Bye::Restart);
    drop(first);
    let sockets = || server.figure("pinhui_live_sockets", None);
    eventually("the place is free", async || sockets() == 0.0).await;
    Client::join(server.address, token, PageKind::Queues).await;
    server.stop().await;
}
