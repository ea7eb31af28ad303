//! Every limit of the wire, named. The server enforces them and counts each hit.

/// The join token must arrive this soon after the socket opened.
pub const HELLO_WITHIN_MS: u64 = 5_000;
/// The server pings each socket this often; a page's own timers sleep in the background.
pub const PING_EVERY_MS: u64 = 2_000;
/// A socket from which nothing arrived for this long is held for gone.
pub const SOCKET_GONE_MS: u64 = 6_000;
/// The largest text frame that a client may send, in bytes (an SDP offer is about 20 kB).
pub const CLIENT_FRAME_BYTES: usize = 64 * 1024;
/// Frames a client may send per second, sustained …
pub const CLIENT_FRAMES_PER_SECOND: u32 = 20;
/// … and in one burst.
pub const CLIENT_FRAMES_BURST: u32 = 60;
/// Requests that a socket may make in one burst where each costs much more than its frame: a
/// snapshot, a device test. Each of the two has a budget of its own …
pub const COSTLY_BURST: u32 = 3;
/// … from which one comes back after this time.
pub const COSTLY_EVERY_MS: u64 = 2_000;
/// Frames that are unreadable, illegal or too fast after which a socket is cut off. Requests that
/// are refused do not count.
pub const CLIENT_FAULTS: u32 = 32;
/// A reader that leaves this many bytes unread is cut off.
pub const SEND_BUFFER_BYTES: usize = 512 * 1024;
/// A socket that has this many bytes unread is passed over by news of wall and console: it takes a
/// snapshot later.
pub const NEWS_BACKLOG_BYTES: usize = 32 * 1024;
/// Messages kept per person for a client that comes back; beyond it, a snapshot. A message that a
/// later one makes needless is not kept.
pub const RESUME_RING: usize = 256;
/// Bytes of kept messages of all persons together; beyond it, whoever is told something next keeps
/// nothing and gets a snapshot.
pub const RESUME_RINGS_BYTES: usize = 64 * 1024 * 1024;
/// Sockets that one person may hold open at once (tabs and devices).
pub const SOCKETS_PER_PERSON: usize = 6;
/// The longest free text in any message (reason, broadcast), in characters.
pub const TEXT_CHARS: usize = 500;
/// The longest SDP offer, in bytes.
pub const SDP_BYTES: usize = 48 * 1024;
/// The longest join token, in bytes.
pub const TOKEN_BYTES: usize = 4 * 1024;
/// The longest resume secret, in bytes: it holds what the join token said of the person.
pub const SECRET_BYTES: usize = 4 * 1024;
/// The longest pause of a queue and the longest extension of a fair, in minutes.
pub const MINUTES: u32 = 240;
