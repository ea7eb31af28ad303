//! Asking the processor for memory before it is needed.
//!
//! A worker sleeps between its batches, and what else runs on the core meanwhile takes the
//! caches. Every peer of a batch is then a chain of misses, one behind the other. So the hot path
//! first asks for what it will need of all peers of a batch: their misses overlap.

/// Most bytes asked for at once: more would push out what was asked for before.
const MOST_BYTES: usize = 1024;
const CACHE_LINE: usize = 64;

/// Begins to load `thing` (its first kibibyte) into the cache. Changes nothing but time; does
/// nothing on processors for which it is not written.
#[inline]
pub(crate) fn prefetch<T: ?Sized>(thing: &T) {
    let bytes = size_of_val(thing).min(MOST_BYTES);
    let start = std::ptr::from_ref(thing).cast::<i8>();
    for offset in (0..bytes).step_by(CACHE_LINE) {
        prefetch_line(start.wrapping_add(offset));
    }
}

#[cfg(target_arch = "x86_64")]
#[inline]
fn prefetch_line(line: *const i8) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: a hint; it neither reads nor faults, whatever the address.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(line) }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline]
fn prefetch_line(_line: *const i8) {}
