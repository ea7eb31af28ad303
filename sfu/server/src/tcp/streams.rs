//! The TCP connections of one worker.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use sfu_core::Batch;
use sfu_core::path::{ConnectionId, LocalSocket, Path};

use super::frames::{FrameReader, FrameWriter, ReadProgress};
use crate::worker::Poller;

/// A connection on which nothing came for this long is dead: browsers check every few seconds.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(40);

/// What happened to a worker's TCP connections. Plain counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamCounters {
    /// Connections now.
    pub open: u64,
    /// Refused, since the worker had its full number.
    pub over_limit: u64,
    /// Cut off, since what waited for the reader reached the limit.
    pub slow_readers: u64,
    /// Cut off for a frame of impossible length.
    pub bad_frames: u64,
    /// Closed for silence.
    pub idle: u64,
    /// Turned away, since their first frame was no authentic check of a peer.
    pub strangers: u64,
    /// Frames received.
    pub received: u64,
    /// Frames sent.
    pub sent: u64,
}

struct Stream {
    socket: TcpStream,
    path: Path,
    reader: FrameReader,
    writer: FrameWriter,
    last_received: Instant,
    /// Something waits that the socket did not take.
    blocked: bool,
    /// Whole frames may wait in the reader.
    unread: bool,
    /// Frames were put in the writer since it was flushed.
    unflushed: bool,
}

/// All TCP connections of one worker, with their buffers.
pub struct Streams {
    open: BTreeMap<u64, Stream>,
    limit: usize,
    buffer_bytes: usize,
    next_key: u64,
    /// Keys with frames to flush.
    to_flush: Vec<u64>,
    /// Keys whose reader had no room in the batch.
    to_read: Vec<u64>,
    closed: Vec<ConnectionId>,
    counters: StreamCounters,
}

impl Streams {
    /// No connections; at most `limit`, each with at most `buffer_bytes` waiting for its reader.
    #[must_use]
    pub fn new(limit: usize, buffer_bytes: usize) -> Self {
        Self {
            open: BTreeMap::new(),
            limit,
            buffer_bytes,
            next_key: 0,
            to_flush: Vec::new(),
            to_read: Vec::new(),
            closed: Vec::new(),
            counters: StreamCounters::default(),
        }
    }

    /// Whether there is no connection.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Whether frames wait that were read already.
    #[must_use]
    pub fn has_unread(&self) -> bool {
        !self.to_read.is_empty()
    }

    /// What was counted.
    #[must_use]
    pub fn counters(&self) -> StreamCounters {
        StreamCounters {
            open: self.open.len() as u64,
            ..self.counters
        }
    }

    /// The path of a connection that is not taken over yet.
    pub fn next_path(&mut self, remote: SocketAddr) -> Path {
        self.next_key += 1;
        self.counters.received += 1;
        Path::tcp(remote, ConnectionId(self.next_key))
    }

    /// Counts a connection that is not taken over.
    pub fn turn_away(&mut self) {
        self.counters.strangers += 1;
    }

    /// Takes over the connection of a path from [`Streams::next_path`]; false: it is closed
    /// instead.
    pub fn add(
        &mut self,
        now: Instant,
        socket: TcpStream,
        path: Path,
        poller: &mut Poller,
    ) -> bool {
        let LocalSocket::Tcp(connection) = path.local else {
            return false;
        };
        let key = connection.0;
        if self.open.len() >= self.limit {
            self.counters.over_limit += 1;
            self.closed.push(connection);
            return false;
        }
        if let Err(error) = poller.add_stream(&socket, key) {
            tracing::warn!(%error, "a TCP connection cannot be waited for");
            self.closed.push(connection);
            return false;
        }
        self.open.insert(
            key,
            Stream {
                socket,
                path,
                reader: FrameReader::default(),
                writer: FrameWriter::new(self.buffer_bytes),
                last_received: now,
                blocked: false,
                unread: false,
                unflushed: false,
            },
        );
        true
    }

    /// Closes a connection that is no peer's any more.
    pub fn abandon(&mut self, connection: ConnectionId, poller: &mut Poller) {
        self.close(connection.0, poller);
    }

    /// Reads frames that wait in readers, as many as fit into `batch`.
    pub fn read_waiting(&mut self, now: Instant, poller: &mut Poller, batch: &mut Batch) {
        for key in std::mem::take(&mut self.to_read) {
            self.ready(now, key, poller, batch);
        }
    }

    /// Reads from a connection that is ready, as many frames as fit into `batch`, and writes what
    /// waited for room.
    pub fn ready(&mut self, now: Instant, key: u64, poller: &mut Poller, batch: &mut Batch) {
        let Some(stream) = self.open.get_mut(&key) else {
            return;
        };
        if stream.blocked {
            stream.unflushed = true;
            self.to_flush.push(key);
        }
        match stream.read(now, batch, &mut self.counters) {
            Reading::Done => stream.unread = false,
            Reading::BatchFull if stream.unread && self.to_read.contains(&key) => {}
            Reading::BatchFull => {
                stream.unread = true;
                self.to_read.push(key);
            }
            Reading::Over => self.close(key, poller),
        }
    }

    /// Puts one frame behind those that wait for a connection; see [`Streams::flush`]. A reader
    /// that is too slow is cut off.
    pub fn push(&mut self, connection: ConnectionId, frame: &[u8], poller: &mut Poller) {
        let Some(stream) = self.open.get_mut(&connection.0) else {
            return;
        };
        if stream.writer.push(frame).is_err() {
            self.counters.slow_readers += 1;
            self.close(connection.0, poller);
            return;
        }
        self.counters.sent += 1;
        if !stream.unflushed {
            stream.unflushed = true;
            self.to_flush.push(connection.0);
        }
    }

    /// Writes what the connections take now.
    pub fn flush(&mut self, poller: &mut Poller) {
        let mut keys = std::mem::take(&mut self.to_flush);
        for key in keys.drain(..) {
            let Some(stream) = self.open.get_mut(&key) else {
                continue;
            };
            stream.unflushed = false;
            let Ok(done) = stream.writer.write_to(&mut stream.socket) else {
                self.close(key, poller);
                continue;
            };
            if stream.blocked == done {
                stream.blocked = !done;
                if poller.want_writable(&stream.socket, key, !done).is_err() {
                    self.close(key, poller);
                }
            }
        }
        self.to_flush = keys;
    }

    /// Closes connections that are silent. Walks all of them: once a second.
    pub fn sweep(&mut self, now: Instant, poller: &mut Poller) {
        let idle: Vec<u64> = self
            .open
            .iter()
            .filter(|(_, stream)| stream.is_idle(now))
            .map(|(key, _)| *key)
            .collect();
        for key in idle {
            self.counters.idle += 1;
            self.close(key, poller);
        }
    }

    /// The connections that ended since the last call; the media server has to hear of them.
    pub fn take_closed(&mut self) -> impl Iterator<Item = ConnectionId> + '_ {
        self.closed.drain(..)
    }

    fn close(&mut self, key: u64, poller: &mut Poller) {
        if let Some(stream) = self.open.remove(&key) {
            poller.remove_stream(&stream.socket, key);
            self.closed.push(ConnectionId(key));
        }
    }
}

enum Reading {
    Done,
    BatchFull,
    Over,
}

impl Stream {
    fn read(&mut self, now: Instant, batch: &mut Batch, counters: &mut StreamCounters) -> Reading {
        loop {
            while batch.len() < sfu_core::BATCH_DATAGRAMS {
                match self.reader.next_frame() {
                    Ok(Some(frame)) => {
                        counters.received += 1;
                        batch.push(self.path, frame);
                    }
                    Ok(None) => break,
                    Err(_) => {
                        counters.bad_frames += 1;
                        return Reading::Over;
                    }
                }
            }
            if batch.len() >= sfu_core::BATCH_DATAGRAMS {
                return Reading::BatchFull;
            }
            match self.reader.read_from(&mut self.socket) {
                Ok(ReadProgress::Bytes) => self.last_received = now,
                Ok(ReadProgress::Nothing) => return Reading::Done,
                Ok(ReadProgress::End) | Err(_) => return Reading::Over,
            }
        }
    }

    fn is_idle(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last_received) > SILENCE_TIMEOUT
    }
}
