//! People at the portal and at the live server's WebSocket.

pub mod http;
pub mod informed;
pub mod link;
pub mod scan;
pub mod token;
