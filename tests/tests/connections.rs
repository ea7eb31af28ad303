//! Clients that hold connections and do nothing with them take nothing from anybody.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use signaling_protocol::{PageKind, ServerBody};
use tests::fair::Fair;
use tests::live::{Person, passed_device_test};
use tests::server::{Server, scratch};
use tests::{http, wait};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Files and sockets that the server may open: fewer than there are clients.
const DESCRIPTORS: u32 = 1_000;
const IDLE: usize = 700;
/// Sockets without a hello, twice as many as the server there may open.
const SILENT: u32 = 800;
/// Clients that stop in a header, that stop in a body, and that read nothing: the system buffers
/// some megabytes for each of these.
const MANY_SLOW: [usize; 3] = [180, 180, 40];
/// So few that each of them meets its own limit.
const FEW_SLOW: [usize; 3] = [10, 10, 10];
/// Requests of those that read nothing: more than is buffered.
const UNREAD: usize = 250;
/// Where the idle and the slow ones come from.
const THEIRS: [u8; 4] = [127, 0, 0, 1];
const ELSEWHERE: [u8; 4] = [127, 0, 0, 2];
/// An honest request takes no longer; without its limits the server leaves it waiting for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the server says of connections whose client it waits for.
const WAITING: [&str; 4] = ["header", "idle", "body", "answer"];

fn authority(server: &Server) -> Result<SocketAddr> {
    let authority = server.ready.http.split("//").nth(1);
    Ok(authority.context("no address")?.parse()?)
}

async fn connect(server: &Server, from: [u8; 4], receive_bytes: Option<u32>) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((from, 0)))?;
    if let Some(bytes) = receive_bytes {
        socket.set_recv_buffer_size(bytes)?;
    }
    let connected = tokio::time::timeout(PATIENCE, socket.connect(authority(server)?));
    Ok(connected.await.context("no connection")??)
}

async fn saying(server: &Server, text: &str, receive_bytes: Option<u32>) -> Result<TcpStream> {
    let mut client = connect(server, THEIRS, receive_bytes).await?;
    // Whoever lost his place to one of the others cannot say it any more.
    let _ = client.write_all(text.as_bytes()).await;
    Ok(client)
}

/// Clients that stop in the middle, or never read.
async fn slow_ones(
    server: &Server,
    [headers, bodies, readers]: [usize; 3],
) -> Result<Vec<TcpStream>> {
    let half_header = "GET /login HTTP/1.1\r\nHost: a.te";
    let half_body = "POST /login HTTP/1.1\r\nHost: a.test\r\n\
        Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 500\r\n\r\nlogin=";
    let unread = "GET /static/css/components.css HTTP/1.1\r\nHost: a.test\r\n\r\n".repeat(UNREAD);
    let mut clients = Vec::new();
    for _ in 0..headers {
        clients.push(saying(server, half_header, None).await?);
    }
    for _ in 0..bodies {
        clients.push(saying(server, half_body, None).await?);
    }
    for _ in 0..readers {
        clients.push(saying(server, &unread, Some(4_096)).await?);
    }
    Ok(clients)
}

/// Clients that take a page and rest. The server may have let go of them already.
async fn idle_ones(server: &Server) -> Result<Vec<TcpStream>> {
    let mut clients = Vec::new();
    for _ in 0..IDLE {
        let request = "GET /healthz HTTP/1.1\r\nHost: a.test\r\n\r\n";
        let mut client = saying(server, request, None).await?;
        let mut bytes = [0; 1_024];
        let read = tokio::time::timeout(PATIENCE, client.read(&mut bytes));
        let _ = read.await.context("no answer")?;
        clients.push(client);
    }
    Ok(clients)
}

async fn page(server: &Server, from: [u8; 4], path: &str) -> Result<()> {
    let stream = connect(server, from, None).await?;
    let answer = tokio::time::timeout(PATIENCE, http::get_over(stream, "a.test", path));
    let (status, _) = answer.await.with_context(|| format!("{path} waits"))??;
    ensure!(status == 200, "{path} from {from:?}: {status}");
    Ok(())
}

/// A student whose page stays open until it is asked whether it still works.
struct Guest {
    leave: oneshot::Sender<()>,
    page: JoinHandle<Result<()>>,
}

impl Guest {
    async fn join(server: &Server, fair: &Fair, from: [u8; 4], student: usize) -> Result<Self> {
        let stream = connect(server, from, None).await?;
        let token = fair.student_token(student)?;
        let joining = Person::join_over(stream, &server.ready.http, token, PageKind::Queues);
        let joined = tokio::time::timeout(PATIENCE, joining);
        let person = joined.await.context("no welcome")??;
        let (leave, asked) = oneshot::channel();
        let page = tokio::spawn(stay(person, asked));
        Ok(Self { leave, page })
    }

    async fn still_works(self) -> Result<()> {
        let _ = self.leave.send(());
        self.page.await?
    }
}

/// Reads, and so answers pings, until `asked`.
async fn stay(mut person: Person, mut asked: oneshot::Receiver<()>) -> Result<()> {
    loop {
        tokio::select! {
            _ = &mut asked => break,
            heard = person.hear() => drop(heard?),
        }
    }
    let answer = person.ask(passed_device_test()).await?;
    ensure!(matches!(answer, ServerBody::Done), "{answer:?}");
    Ok(())
}

/// Pages, sockets and health answer from everywhere.
async fn serves(server: &Server, fair: &Fair, students: [usize; 2]) -> Result<Vec<Guest>> {
    let mut guests = Vec::new();
    for (from, student) in [ELSEWHERE, THEIRS].into_iter().zip(students) {
        for path in ["/login", "/healthz", "/static/css/base.css"] {
            page(server, from, path).await?;
        }
        guests.push(Guest::join(server, fair, from, student).await?);
    }
    for path in ["/healthz", "/readyz", "/metrics"] {
        let answer = tokio::time::timeout(PATIENCE, http::get(&server.ready.operator, path));
        let (status, text) = answer.await.with_context(|| format!("{path} waits"))??;
        ensure!(status == 200, "{path}: {status}: {text}");
    }
    Ok(guests)
}

async fn open(server: &Server) -> Result<f64> {
    let mut open = 0.0;
    for state in WAITING {
        let label = format!("listener=\"pages\",state=\"{state}\"");
        open += server.figure("pinhui_http_connections", &label).await?;
    }
    Ok(open)
}

async fn closed(server: &Server, reason: &str) -> Result<f64> {
    let label = format!("listener=\"pages\",reason=\"{reason}\"");
    let name = "pinhui_http_connections_closed_total";
    server.figure(name, &label).await
}

#[tokio::test]
async fn slow_clients_and_idle_ones_take_nothing_from_anybody() -> Result<()> {
    portal::descriptors::raise();
    let folder = scratch("connections")?;
    let fair = Fair::new(&folder, 1, 1)?;
    let settings = [
        "http.limits.header_s=4",
        "http.limits.idle_s=4",
        "http.limits.stall_s=4",
    ];
    let mut server = fair.serve_within(&settings, DESCRIPTORS).await?;
    let mut guests = serves(&server, &fair, [0, 1]).await?;

    let few = slow_ones(&server, FEW_SLOW).await?;
    for (reason, number) in ["header", "body", "answer"].into_iter().zip(FEW_SLOW) {
        let let_go = async || Ok((closed(&server, reason).await? >= number as f64).then_some(()));
        wait::until(&format!("those slow with {reason} to be gone"), let_go).await?;
    }
    drop(few);

    let slow = slow_ones(&server, MANY_SLOW).await?;
    guests.extend(serves(&server, &fair, [2, 3]).await?);
    let idle = idle_ones(&server).await?;
    ensure!(slow.len() + idle.len() > DESCRIPTORS as usize);
    guests.extend(serves(&server, &fair, [4, 5]).await?);
    ensure!(closed(&server, "displaced_share").await? > 0.0);

    // They hold their ends open, and the server has let go of all of them.
    let gone = async || Ok((open(&server).await? == 0.0).then_some(()));
    wait::until("the slow and the idle ones to be gone", gone).await?;
    // The slow ones, who waited longest, may all have given way before their time was over.
    ensure!(closed(&server, "idle").await? > 0.0, "none for being idle");
    drop((slow, idle));
    // A socket is none of those limits' business.
    for guest in guests {
        guest.still_works().await?;
    }
    server.terminate().await
}

/// Sockets that say no hello, for as long as they are let.
async fn silent_ones(server: &Server, number: usize) -> Result<Vec<TcpStream>> {
    let upgrade = "GET /live/ws HTTP/1.1\r\nHost: a.test\r\nOrigin: http://a.test\r\n\
         Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    let mut clients = Vec::new();
    for _ in 0..number {
        let mut client = saying(server, upgrade, None).await?;
        let mut bytes = [0; 1_024];
        let read = tokio::time::timeout(PATIENCE, client.read(&mut bytes));
        let _ = read.await.context("no answer")?;
        clients.push(client);
    }
    Ok(clients)
}

#[tokio::test]
async fn sockets_that_say_no_hello_take_nothing_from_anybody() -> Result<()> {
    portal::descriptors::raise();
    let folder = scratch("strangers")?;
    let fair = Fair::new(&folder, 1, 1)?;
    let mut server = fair.serve_within(&[], SILENT / 2).await?;
    let mut guests = serves(&server, &fair, [0, 1]).await?;
    let silent = silent_ones(&server, SILENT as usize).await?;
    guests.extend(serves(&server, &fair, [2, 3]).await?);
    let displaced = server.figure("pinhui_live_frames_dropped_total", "displaced");
    ensure!(displaced.await? > 0.0, "nobody gave way");
    drop(silent);
    for guest in guests {
        guest.still_works().await?;
    }
    server.terminate().await
}
