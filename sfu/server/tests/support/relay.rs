//! A way between a peer and the node on which somebody else can write.

use std::net::SocketAddr;
use std::sync::Arc;

use sfu_server::Node;
use tokio::net::UdpSocket;
use tokio::sync::Mutex;

use super::peer::Peer;
use super::port_of;

/// A relay for UDP: to the node, its address is the peer's.
pub struct Relay {
    to_node: Arc<UdpSocket>,
}

impl Relay {
    /// Connects a peer through a relay.
    pub async fn join(peer: &Peer, node: &Node) -> Self {
        let answer = node
            .connect(peer.id, peer.offer().await, None)
            .await
            .unwrap();
        let port = port_of(&answer);
        let to_peer = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let to_node = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        to_node.connect(("127.0.0.1", port)).await.unwrap();
        let own = to_peer.local_addr().unwrap().port();
        let peer_at: Arc<Mutex<Option<SocketAddr>>> = Arc::default();
        let (up, down) = (Arc::clone(&peer_at), peer_at);
        let (from_peer, towards_node) = (Arc::clone(&to_peer), Arc::clone(&to_node));
        tokio::spawn(async move {
            let mut bytes = [0; 2_048];
            while let Ok((length, from)) = from_peer.recv_from(&mut bytes).await {
                *up.lock().await = Some(from);
                // What the node does not take is lost, as on any way.
                let _ = towards_node.send(&bytes[..length]).await;
            }
        });
        let from_node = Arc::clone(&to_node);
        tokio::spawn(async move {
            let mut bytes = [0; 2_048];
            while let Ok(length) = from_node.recv(&mut bytes).await {
                if let Some(peer) = *down.lock().await {
                    let _ = to_peer.send_to(&bytes[..length], peer).await;
                }
            }
        });
        peer.accept(answer.replace(&format!(" {port} typ"), &format!(" {own} typ")))
            .await;
        Self { to_node }
    }

    /// Sends a datagram in the peer's name.
    pub async fn forge(&self, datagram: &[u8]) {
        let _ = self.to_node.send(datagram).await;
    }
}
