//! WebSocket shell of the live fair: sessions, journal, media orders.
