//! Datagrams on their way out: one contiguous arena, equal-size runs merged for `UDP_SEGMENT`.

use crate::path::Path;

/// Most segments in one transmit (the kernel's `UDP_MAX_SEGMENTS` is 64 on older kernels).
pub const MAX_SEGMENTS: usize = 64;
/// Most bytes in one transmit (one UDP message through the kernel, with room for headers).
pub const MAX_TRANSMIT_BYTES: usize = 60_000;

/// Bytes to send on one path.
#[derive(Debug, Clone, Copy)]
pub struct Transmit<'a> {
    /// Where to, and through which socket.
    pub path: Path,
    /// Several datagrams of this size each, the last one perhaps shorter; `None`: one datagram.
    pub segment_size: Option<usize>,
    /// The datagrams, one behind the other.
    pub bytes: &'a [u8],
}

impl<'a> Transmit<'a> {
    /// The single datagrams, for sockets without segmentation offload and for TCP framing.
    pub fn datagrams(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.bytes
            .chunks(self.segment_size.unwrap_or(self.bytes.len()).max(1))
    }
}

#[derive(Debug, Clone, Copy)]
struct Run {
    path: Path,
    start: usize,
    end: usize,
    segment: usize,
    count: usize,
    /// A shorter datagram ended the run.
    closed: bool,
}

/// The arena of everything that is to be sent, cleared when the shell has sent it.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    arena: Vec<u8>,
    runs: Vec<Run>,
    next: usize,
}

impl Outgoing {
    /// Appends one datagram that `write` puts behind the arena's end; nothing happens if it
    /// returns false or writes nothing.
    pub fn push_with(&mut self, path: Path, write: impl FnOnce(&mut Vec<u8>) -> bool) -> usize {
        let start = self.arena.len();
        if !write(&mut self.arena) || self.arena.len() == start {
            self.arena.truncate(start);
            return 0;
        }
        let end = self.arena.len();
        let size = end - start;
        let unsent = self.next < self.runs.len();
        if let Some(run) = self.runs.last_mut().filter(|_| unsent) {
            let fits = !run.closed
                && run.path == path
                && size <= run.segment
                && run.count < MAX_SEGMENTS
                && end - run.start <= MAX_TRANSMIT_BYTES;
            if fits {
                run.end = end;
                run.count += 1;
                run.closed = size < run.segment;
                return size;
            }
        }
        self.runs.push(Run {
            path,
            start,
            end,
            segment: size,
            count: 1,
            closed: false,
        });
        size
    }

    /// Appends one datagram.
    pub fn push(&mut self, path: Path, bytes: &[u8]) {
        self.push_with(path, |arena| {
            arena.extend_from_slice(bytes);
            true
        });
    }

    /// The next run to send; clears the arena once all were polled.
    pub fn poll(&mut self) -> Option<Transmit<'_>> {
        if self.next >= self.runs.len() {
            self.clear();
            return None;
        }
        let run = self.runs[self.next];
        self.next += 1;
        Some(transmit(&self.arena, run))
    }

    /// All runs not yet polled.
    pub fn iter(&self) -> impl Iterator<Item = Transmit<'_>> {
        self.runs[self.next..]
            .iter()
            .map(|run| transmit(&self.arena, *run))
    }

    /// Forgets everything; keeps the memory.
    pub fn clear(&mut self) {
        self.arena.clear();
        self.runs.clear();
        self.next = 0;
    }
}

fn transmit(arena: &[u8], run: Run) -> Transmit<'_> {
    let segment_size = (run.count > 1).then_some(run.segment);
    Transmit {
        path: run.path,
        segment_size,
        bytes: &arena[run.start..run.end],
    }
}
