//! A network of one's own between browsers and the media server, and between a server and its
//! database: relays in front of their ports, which a test can cut, mend and move.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use sqlx::postgres::PgConnectOptions;
use tokio::net::{TcpListener, TcpStream, UdpSocket, UnixStream};
use tokio::sync::watch;

/// Where the media server listens.
pub const SERVER: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// What it announces: another loopback address, so that media come by the relay.
pub const ANNOUNCED: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// The largest datagram.
const DATAGRAM: usize = 65_535;

/// A UDP relay on [`ANNOUNCED`] in front of [`SERVER`], at the same port. Each browser has a port
/// of its own towards the server, as behind an address translator.
pub struct UdpRelay {
    shared: Arc<Shared>,
    port: u16,
}

struct Shared {
    outside: UdpSocket,
    server: SocketAddr,
    cut: AtomicBool,
    forwarded: AtomicU64,
    clients: Mutex<HashMap<SocketAddr, Client>>,
}

/// What the relay keeps for one browser: its socket towards the server, and the task that reads it.
struct Client {
    inside: Arc<UdpSocket>,
    reader: tokio::task::AbortHandle,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl UdpRelay {
    /// Starts on a port that is free at both addresses.
    ///
    /// # Errors
    /// When there is none.
    pub async fn start() -> Result<Self> {
        let outside = UdpSocket::bind((ANNOUNCED, 0)).await?;
        let port = outside.local_addr()?.port();
        // Free for the server as well, as far as one can know.
        drop(UdpSocket::bind((SERVER, port)).await?);
        let shared = Arc::new(Shared {
            outside,
            server: (SERVER, port).into(),
            cut: AtomicBool::new(false),
            forwarded: AtomicU64::new(0),
            clients: Mutex::default(),
        });
        let relay = shared.clone();
        tokio::spawn(async move {
            let mut datagram = vec![0; DATAGRAM];
            // A browser's port that is closed shows as an error of the next receive.
            loop {
                if let Ok((len, from)) = relay.outside.recv_from(&mut datagram).await {
                    relay.pass_in(&datagram[..len], from).await;
                }
            }
        });
        Ok(Self { shared, port })
    }

    /// The port, of the relay and for the server.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on every datagram is lost.
    pub fn cut(&self) {
        self.shared.cut.store(true, Ordering::Relaxed);
    }

    /// Datagrams pass again.
    pub fn mend(&self) {
        self.shared.cut.store(false, Ordering::Relaxed);
    }

    /// Every browser comes from another port from now on, as when an address translator forgot it.
    pub fn move_clients(&self) {
        self.shared.clients().clear();
    }

    /// Datagrams that passed, both ways.
    #[must_use]
    pub fn forwarded(&self) -> u64 {
        self.shared.forwarded.load(Ordering::Relaxed)
    }
}

impl Shared {
    fn clients(&self) -> std::sync::MutexGuard<'_, HashMap<SocketAddr, Client>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To the server.
    async fn pass_in(self: &Arc<Self>, datagram: &[u8], from: SocketAddr) {
        if self.cut.load(Ordering::Relaxed) {
            return;
        }
        let known = self
            .clients()
            .get(&from)
            .map(|client| client.inside.clone());
        let inside = match known {
            Some(inside) => inside,
            None => match self.client(from).await {
                Ok(inside) => inside,
                Err(_) => return,
            },
        };
        if inside.send(datagram).await.is_ok() {
            self.forwarded.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn client(self: &Arc<Self>, browser: SocketAddr) -> Result<Arc<UdpSocket>> {
        let inside = Arc::new(UdpSocket::bind((SERVER, 0)).await?);
        inside.connect(self.server).await?;
        let (relay, socket) = (self.clone(), inside.clone());
        let reader = tokio::spawn(async move {
            let mut datagram = vec![0; DATAGRAM];
            loop {
                let Ok(len) = socket.recv(&mut datagram).await else {
                    // The server is down for now: there is nothing to read, and no hurry.
                    tokio::task::yield_now().await;
                    continue;
                };
                if !relay.cut.load(Ordering::Relaxed)
                    && relay
                        .outside
                        .send_to(&datagram[..len], browser)
                        .await
                        .is_ok()
                {
                    relay.forwarded.fetch_add(1, Ordering::Relaxed);
                }
            }
        })
        .abort_handle();
        let client = Client {
            inside: inside.clone(),
            reader,
        };
        self.clients().insert(browser, client);
        Ok(inside)
    }
}

/// A TCP relay on [`ANNOUNCED`] in front of [`SERVER`], at the same port.
pub struct TcpRelay {
    port: u16,
}

impl TcpRelay {
    /// Starts on a port that is free at both addresses.
    ///
    /// # Errors
    /// When there is none.
    pub async fn start() -> Result<Self> {
        let outside = TcpListener::bind((ANNOUNCED, 0)).await?;
        let port = outside.local_addr()?.port();
        drop(TcpListener::bind((SERVER, port)).await?);
        tokio::spawn(async move {
            while let Ok((browser, _)) = outside.accept().await {
                tokio::spawn(carry(browser, port));
            }
        });
        Ok(Self { port })
    }

    /// The port, of the relay and for the server.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

async fn carry(mut browser: TcpStream, port: u16) {
    let Ok(mut server) = TcpStream::connect((SERVER, port)).await else {
        return;
    };
    // Either side may end it as it likes.
    drop(tokio::io::copy_bidirectional(&mut browser, &mut server).await);
}

/// A relay in front of a PostgreSQL server. While it is cut, every connection breaks and every new
/// one is closed at once, as with a server that is gone.
pub struct DatabaseRelay {
    port: u16,
    cut: watch::Sender<bool>,
}

impl DatabaseRelay {
    /// Starts before the server of this URL.
    ///
    /// # Errors
    /// When the URL cannot be read, or there is no port.
    pub async fn start(url: &str) -> Result<Self> {
        let server: PgConnectOptions = url.parse()?;
        let listener = TcpListener::bind((SERVER, 0)).await?;
        let port = listener.local_addr()?.port();
        let (cut, _) = watch::channel(false);
        let cuts = cut.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if !*cuts.borrow() {
                    tokio::spawn(carry_to_database(client, server.clone(), cuts.subscribe()));
                }
            }
        });
        Ok(Self { port, cut })
    }

    /// The database's URL by the relay.
    ///
    /// # Errors
    /// When the URL cannot be read.
    pub fn url(&self, url: &str) -> Result<String> {
        let server: PgConnectOptions = url.parse()?;
        let user = server.get_username();
        let name = server.get_database().context("a database's name")?;
        let port = self.port;
        Ok(format!(
            "postgres://{user}@{SERVER}:{port}/{name}?sslmode=disable"
        ))
    }

    /// Cuts or mends it.
    pub fn cut(&self, cut: bool) {
        self.cut.send_replace(cut);
    }
}

/// Carries bytes until either side ends, or the relay is cut.
async fn carry_to_database(
    mut client: TcpStream,
    server: PgConnectOptions,
    mut cut: watch::Receiver<bool>,
) {
    let port = server.get_port();
    let carrying = async {
        match server.get_socket() {
            Some(folder) => {
                let socket = folder.join(format!(".s.PGSQL.{port}"));
                let mut server = UnixStream::connect(socket).await?;
                tokio::io::copy_bidirectional(&mut client, &mut server).await
            }
            None => {
                let mut server = TcpStream::connect((server.get_host(), port)).await?;
                tokio::io::copy_bidirectional(&mut client, &mut server).await
            }
        }
    };
    tokio::select! {
        // Either side may end it as it likes.
        _ = carrying => {}
        _ = cut.wait_for(|cut| *cut) => {}
    }
}
