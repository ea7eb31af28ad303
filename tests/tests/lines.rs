//! Interviews on lines that break: the WebSocket, the way of the media, the server itself.

use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use base::shutdown::Shutdown;
use portal::{Config, Mode, Running};
use tests::chrome::Driver;
use tests::colour::Colour;
use tests::demo;
use tests::interview::{meet, see_each_other, stands_at};
use tests::page::{Page, Received};
use tests::people::{accepts, applies, interviewer, passes_device_test, student};
use tests::relay::{ANNOUNCED, SERVER, TcpRelay, UdpRelay};
use tests::server::{Server, scratch};
use tests::{stored, wait};

/// A student of the demo fair who has applied at the tests' booth.
async fn applicant(
    driver: &Driver,
    folder: &Path,
    http: &str,
    who: &str,
    colour: Colour,
) -> Result<Page> {
    let page = student(driver, folder, http, who, colour).await?;
    page.with_breakable_line().await?;
    passes_device_test(&page, http, who).await?;
    applies(&page).await?;
    Ok(page)
}

/// The interviewer's room and a student in its queue.
async fn pair(driver: &Driver, folder: &Path, http: &str) -> Result<(Page, Page)> {
    let student = applicant(driver, folder, http, "student-01", Colour::Red).await?;
    let room = interviewer(driver, folder, http).await?;
    room.with_breakable_line().await?;
    room.reload().await?;
    accepts(&room, 1).await?;
    student
        .goto(&demo::at(http, "student-01", "/queues"))
        .await?;
    Ok((room, student))
}

async fn received(pages: [&Page; 2]) -> Result<[Received; 2]> {
    Ok([pages[0].received().await?, pages[1].received().await?])
}

/// The room's clock stands still, or runs, because a side's page is gone or back.
async fn clock_stands(room: &Page, stands: bool) -> Result<()> {
    room.sees_where("timer", |text| text.contains("计时暂停") == stands)
        .await?;
    Ok(())
}

/// Waits until the page has opened a socket after `before`.
async fn comes_back(page: &Page, before: u64) -> Result<()> {
    wait::until("the page's new socket", async || {
        Ok((page.sockets().await? > before).then_some(()))
    })
    .await
}

#[tokio::test]
async fn browser_a_broken_socket_leaves_picture_sound_and_call_as_they_are() -> Result<()> {
    let folder = scratch("broken-socket")?;
    let server = Server::demo(&folder).await?;
    let http = &server.ready.http;
    let driver = Driver::start()?;
    let (room, first) = pair(&driver, &folder, http).await?;
    let second = applicant(&driver, &folder, http, "student-02", Colour::Green).await?;
    room.click("accept").await?;
    second
        .goto(&demo::at(http, "student-02", "/queues"))
        .await?;
    stands_at(&second, 2).await?;
    meet(&room, &first).await?;
    stands_at(&second, 1).await?;
    let calls = stored::calls(&folder).await?;
    ensure!(calls.len() == 1 && calls[0].ended_ms.is_none(), "{calls:?}");

    for broken in [&first, &room] {
        let sockets = broken.sockets().await?;
        broken.break_line().await?;
        broken.sees("link-state").await?;
        if std::ptr::eq(broken, &first) {
            // The server knows that the student's page is gone …
            clock_stands(&room, true).await?;
        }
        // … and still both see and hear each other.
        let before = received([&room, &first]).await?;
        room.hears_and_sees_since(before[0]).await?;
        first.hears_and_sees_since(before[1]).await?;
        broken.mend_line().await?;
        comes_back(broken, sockets).await?;
        broken.sees_gone("link-state").await?;
        clock_stands(&room, false).await?;
        see_each_other(&room, &first).await?;
    }

    for page in [&room, &first] {
        let (offers, restarts) = (page.offers().await?, page.restarts().await?);
        ensure!((offers, restarts) == (1, 0), "{offers} {restarts}");
    }
    ensure!(
        stored::calls(&folder).await? == calls,
        "the call is another"
    );
    stands_at(&second, 1).await?;
    // What the pages say is heard again, in the same call.
    room.click("next-action").await?;
    first.sees("after").await?;
    Ok(())
}

/// The demo in this process, for what no client can bring about.
async fn own_demo(folder: &Path, shutdown: &Shutdown) -> Result<Running> {
    let mut config = Config {
        data: folder.join("data"),
        ..Config::default()
    };
    config.http.bind = (Ipv4Addr::LOCALHOST, 0).into();
    config.operator.bind.set_port(0);
    config.media.announce = vec![Ipv4Addr::LOCALHOST.into()];
    config.media.workers = 1;
    portal::start(config, Mode::Demo, shutdown.clone()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn browser_a_media_worker_that_dies_in_a_call_is_replaced_and_the_picture_is_back()
-> Result<()> {
    let folder = scratch("dead-worker")?;
    let shutdown = Shutdown::new(Duration::from_secs(1));
    let server = own_demo(&folder, &shutdown).await?;
    let http = server.http_url();
    let driver = Driver::start()?;
    let (room, first) = pair(&driver, &folder, &http).await?;
    meet(&room, &first).await?;
    let calls = stored::calls(&folder).await?;
    let sockets = (room.sockets().await?, first.sockets().await?);

    server.state.live.crash_media_worker(0);
    wait::until("a new connection on both sides", async || {
        let offers = (room.offers().await?, first.offers().await?);
        Ok((offers.0 > 1 && offers.1 > 1).then_some(()))
    })
    .await?;
    see_each_other(&room, &first).await?;
    // Only the media were away: the pages kept their sockets, and the call is the same one.
    ensure!(sockets == (room.sockets().await?, first.sockets().await?));
    let now = stored::calls(&folder).await?;
    ensure!(now[0].id == calls[0].id && now[0].ended_ms.is_none());
    shutdown.trigger();
    server.wait().await
}

/// Settings for a media server behind relays: one worker, so that there is one UDP port.
fn behind(relay: &UdpRelay) -> Vec<String> {
    vec![
        "media.workers=1".to_owned(),
        format!("media.bind={SERVER}"),
        format!("media.announce=[\"{ANNOUNCED}\"]"),
        format!("media.udp_port={}", relay.port()),
    ]
}

async fn reaches(page: &Page, state: &str) -> Result<()> {
    wait::until(&format!("a connection that is {state}"), async || {
        Ok((page.media_state().await? == state).then_some(()))
    })
    .await
}

#[tokio::test]
async fn browser_lost_media_come_back_by_new_credentials_on_the_same_connection() -> Result<()> {
    let folder = scratch("lost-media")?;
    let relay = UdpRelay::start().await?;
    let server = Server::demo_with(&folder, &behind(&relay)).await?;
    let http = &server.ready.http;
    let driver = Driver::start()?;
    let (room, first) = pair(&driver, &folder, http).await?;
    meet(&room, &first).await?;
    let path = format!("udp {ANNOUNCED}:{}", relay.port());
    for page in [&room, &first] {
        ensure!(page.media_path().await? == path);
    }

    // Both come from other ports, as behind an address translator that forgot them.
    relay.move_clients();
    see_each_other(&room, &first).await?;

    // Nothing passes: both notice, and ask for new credentials over the line that is left.
    let restarts = (room.restarts().await?, first.restarts().await?);
    relay.cut();
    reaches(&room, "unstable").await?;
    reaches(&first, "unstable").await?;
    let said = room.sees("trouble").await?;
    ensure!(!said.is_empty());
    wait::until("new credentials on both sides", async || {
        let now = (room.restarts().await?, first.restarts().await?);
        Ok((now.0 > restarts.0 && now.1 > restarts.1).then_some(()))
    })
    .await?;
    let before = received([&room, &first]).await?;
    relay.mend();
    room.hears_and_sees_since(before[0]).await?;
    first.hears_and_sees_since(before[1]).await?;
    see_each_other(&room, &first).await?;
    room.sees_gone("trouble").await?;
    for page in [&room, &first] {
        ensure!(page.offers().await? == 1, "a new connection was made");
    }
    Ok(())
}

#[tokio::test]
async fn browser_a_server_that_was_killed_is_followed_by_new_connections_in_the_same_call()
-> Result<()> {
    let folder = scratch("killed-in-call")?;
    let mut server = Server::demo(&folder).await?;
    let http = server.ready.http.clone();
    let driver = Driver::start()?;
    let (room, first) = pair(&driver, &folder, &http).await?;
    meet(&room, &first).await?;
    let calls = stored::calls(&folder).await?;

    server.kill()?;
    server.restart().await?;
    // The old connections are of no use: credentials are refused, new offers are made.
    for page in [&room, &first] {
        wait::until("a new offer", async || {
            Ok((page.offers().await? == 2).then_some(()))
        })
        .await?;
    }
    see_each_other(&room, &first).await?;
    let after = stored::calls(&folder).await?;
    ensure!(after.len() == 1 && after[0].id == calls[0].id, "{after:?}");
    ensure!(after[0].ended_ms.is_none());
    Ok(())
}

#[tokio::test]
async fn browser_media_go_over_tcp_where_udp_does_not_pass() -> Result<()> {
    let folder = scratch("tcp")?;
    let (udp, tcp) = (UdpRelay::start().await?, TcpRelay::start().await?);
    udp.cut();
    let mut settings = behind(&udp);
    settings.push(format!("media.tcp_port={}", tcp.port()));
    let server = Server::demo_with(&folder, &settings).await?;
    let driver = Driver::start()?;
    let (room, first) = pair(&driver, &folder, &server.ready.http).await?;
    meet(&room, &first).await?;
    let path = format!("tcp {ANNOUNCED}:{}", tcp.port());
    for page in [&room, &first] {
        ensure!(page.media_path().await? == path);
    }
    ensure!(udp.forwarded() == 0, "something went over UDP");
    Ok(())
}
