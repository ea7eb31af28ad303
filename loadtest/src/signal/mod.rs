//! People at the live server's WebSocket.

pub mod informed;
pub mod link;
pub mod token;
