//! The page's WebSocket up to its hello.

use std::net::SocketAddr;

use futures_util::SinkExt;
use signaling_protocol::{ClientBody, ClientFrame};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};

/// There are thousands of sockets: each gets a small buffer.
const BUFFER: usize = 4 * 1024;
/// Beyond any frame of the server.
const LONGEST_FRAME: usize = 16 * 1024 * 1024;

/// A live socket.
pub type Socket = WebSocketStream<TcpStream>;

/// Bytes of a frame of the server with so much payload (RFC 6455 §5.2: it does not mask).
pub fn frame_bytes(payload: usize) -> u64 {
    let header = match payload {
        0..126 => 2,
        126..65_536 => 4,
        _ => 10,
    };
    payload as u64 + header
}

/// Opens a socket and says hello.
///
/// # Errors
/// A word for what went wrong.
pub async fn open(address: SocketAddr, hello: ClientBody) -> Result<Socket, String> {
    let stream = TcpStream::connect(address).await;
    let stream = stream.map_err(|error| format!("{:?}", error.kind()))?;
    drop(stream.set_nodelay(true));
    let mut request = format!("ws://{address}/live/ws")
        .into_client_request()
        .map_err(word)?;
    let origin = format!("http://{address}").parse();
    let origin = origin.map_err(|_| "bad origin".to_owned())?;
    request.headers_mut().insert("origin", origin);
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(0)
        .max_message_size(Some(LONGEST_FRAME));
    let opened = tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await;
    let (mut socket, _) = opened.map_err(word)?;
    let text = serde_json::to_string(&ClientFrame { id: 0, body: hello });
    let text = text.map_err(|error| error.to_string())?;
    socket.send(Message::text(text)).await.map_err(word)?;
    Ok(socket)
}

fn word(error: Error) -> String {
    match error {
        Error::Http(response) => format!("HTTP {}", response.status().as_u16()),
        Error::Io(error) => format!("{:?}", error.kind()),
        _ => "broke off".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_counted_with_its_header() {
        assert_eq!(frame_bytes(0), 2);
        assert_eq!(frame_bytes(125), 127);
        assert_eq!(frame_bytes(126), 130);
        assert_eq!(frame_bytes(65_536), 65_546);
    }
}
