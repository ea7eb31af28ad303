//! Datagrams on their way in: one reused arena, opened in place.

use std::ops::Range;

use crate::path::Path;

/// Most datagrams in one batch.
pub const BATCH_DATAGRAMS: usize = 64;
/// Room for one datagram in the arena: the largest Ethernet payload, rounded up.
pub const DATAGRAM_BYTES: usize = 2048;

/// One datagram of a [`Batch`].
#[derive(Debug, Clone)]
pub struct Datagram {
    /// Where it came from, and through which socket.
    pub path: Path,
    /// Its bytes in the arena.
    pub range: Range<usize>,
}

/// Up to [`BATCH_DATAGRAMS`] received datagrams in one arena.
///
/// The shell fills the arena (for `recvmmsg`: through [`Batch::arena_mut`], datagram `i` at
/// `i * DATAGRAM_BYTES`), notes each datagram, hands the batch to
/// [`Sfu::handle_datagrams`](crate::Sfu::handle_datagrams) and clears it.
#[derive(Debug)]
pub struct Batch {
    arena: Box<[u8]>,
    datagrams: Vec<Datagram>,
    filled: usize,
}

impl Default for Batch {
    fn default() -> Batch {
        Batch::new()
    }
}

impl Batch {
    /// An empty batch with its arena.
    pub fn new() -> Batch {
        Batch {
            arena: vec![0; BATCH_DATAGRAMS * DATAGRAM_BYTES].into_boxed_slice(),
            datagrams: Vec::with_capacity(BATCH_DATAGRAMS),
            filled: 0,
        }
    }

    /// Forgets all datagrams; keeps the memory.
    pub fn clear(&mut self) {
        self.datagrams.clear();
        self.filled = 0;
    }

    /// The whole arena, for the kernel to write into.
    pub fn arena_mut(&mut self) -> &mut [u8] {
        &mut self.arena
    }

    /// Notes that a datagram from `path` stands at `range` of the arena. Returns false, and takes
    /// nothing, when the batch is full or the range lies outside.
    pub fn note(&mut self, path: Path, range: Range<usize>) -> bool {
        let fits = self.datagrams.len() < BATCH_DATAGRAMS
            && range.start <= range.end
            && range.end <= self.arena.len();
        if fits {
            self.filled = self.filled.max(range.end);
            self.datagrams.push(Datagram { path, range });
        }
        fits
    }

    /// Copies a datagram behind the last one. Returns false when it does not fit.
    pub fn push(&mut self, path: Path, bytes: &[u8]) -> bool {
        let start = self.filled;
        let end = start + bytes.len();
        if end > self.arena.len() || self.datagrams.len() >= BATCH_DATAGRAMS {
            return false;
        }
        self.arena[start..end].copy_from_slice(bytes);
        self.note(path, start..end)
    }

    /// Number of datagrams.
    pub fn len(&self) -> usize {
        self.datagrams.len()
    }

    /// True without datagrams.
    pub fn is_empty(&self) -> bool {
        self.datagrams.is_empty()
    }

    /// Where the datagrams came from, in order.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.datagrams.iter().map(|datagram| &datagram.path)
    }

    /// Path, range and bytes of datagram `index`.
    pub(crate) fn datagram(&mut self, index: usize) -> Option<(Path, &mut [u8])> {
        let datagram = self.datagrams.get(index)?;
        let bytes = self.arena.get_mut(datagram.range.clone())?;
        Some((datagram.path, bytes))
    }
}
