//! An emulator that runs.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// An emulator and where it answers. It ends when this is dropped.
#[derive(Debug)]
pub struct Running<E> {
    /// Its address.
    pub address: SocketAddr,
    /// What steers it from within the process.
    pub emulator: E,
    _stops: Vec<Stop>,
}

/// Ends a server when it is dropped.
pub(crate) type Stop = oneshot::Sender<()>;

impl<E> Running<E> {
    pub(crate) fn new(address: SocketAddr, emulator: E, stops: Vec<Stop>) -> Self {
        Self {
            address,
            emulator,
            _stops: stops,
        }
    }

    /// Its address, such as `http://127.0.0.1:4711`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Binds `address` and serves `router` there; an emulator is for this machine alone.
pub(crate) async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    if !address.ip().is_loopback() {
        let text = format!("{address}: an emulator listens on loopback only");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    TcpListener::bind(address).await
}

/// Serves in a task of its own.
pub(crate) fn serve(listener: TcpListener, router: Router) -> Stop {
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(async move {
        let end = async move {
            // Dropping the sender is the signal.
            drop(stopped.await);
        };
        let served = axum::serve(listener, router).with_graceful_shutdown(end);
        if let Err(error) = served.await {
            tracing::error!(%error, "an emulator ended");
        }
    });
    stop
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_emulator_is_not_reachable_from_outside() {
        let error = listen("0.0.0.0:0".parse().unwrap()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}
