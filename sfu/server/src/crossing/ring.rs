//! A bounded ring between one writing and one reading thread.
//!
//! Positions only grow and wrap around `usize`; a position's slot is its remainder by the
//! capacity, a power of two. The writer owns `tail`, the reader owns `head`, and each looks at
//! the other's position only when the copy it remembers says that the ring is full or empty.

use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Keeps the two positions on cache lines of their own.
#[repr(align(128))]
struct Padded(AtomicUsize);

struct Shared<T> {
    slots: Box<[UnsafeCell<MaybeUninit<T>>]>,
    /// The position that is read next; written by the reader.
    head: Padded,
    /// The position that is written next; written by the writer.
    tail: Padded,
}

// SAFETY: a slot is touched by the writer only while its position is in `tail..head + capacity`
// and by the reader only while it is in `head..tail`; release stores and acquire loads of both
// positions hand it over. So values of `T` move between threads, which `T: Send` allows.
unsafe impl<T: Send> Sync for Shared<T> {}
// SAFETY: as above; the structure owns its values.
unsafe impl<T: Send> Send for Shared<T> {}

/// The writing end.
pub struct Producer<T> {
    shared: Arc<Shared<T>>,
    tail: usize,
    head_seen: usize,
}

/// The reading end.
pub struct Consumer<T> {
    shared: Arc<Shared<T>>,
    head: usize,
    tail_seen: usize,
}

/// A ring for at least `capacity` values.
#[must_use]
pub fn ring<T>(capacity: usize) -> (Producer<T>, Consumer<T>) {
    let capacity = capacity.max(1).next_power_of_two();
    let shared = Arc::new(Shared {
        slots: (0..capacity)
            .map(|_| UnsafeCell::new(MaybeUninit::uninit()))
            .collect(),
        head: Padded(AtomicUsize::new(0)),
        tail: Padded(AtomicUsize::new(0)),
    });
    (
        Producer {
            shared: Arc::clone(&shared),
            tail: 0,
            head_seen: 0,
        },
        Consumer {
            shared,
            head: 0,
            tail_seen: 0,
        },
    )
}

impl<T> Shared<T> {
    fn slot(&self, position: usize) -> *mut MaybeUninit<T> {
        self.slots[position & (self.slots.len() - 1)].get()
    }
}

impl<T> Producer<T> {
    /// Puts a value in.
    ///
    /// # Errors
    /// Gives the value back when the ring is full.
    pub fn push(&mut self, value: T) -> Result<(), T> {
        let capacity = self.shared.slots.len();
        if self.tail.wrapping_sub(self.head_seen) == capacity {
            self.head_seen = self.shared.head.0.load(Ordering::Acquire);
            if self.tail.wrapping_sub(self.head_seen) == capacity {
                return Err(value);
            }
        }
        // SAFETY: the position is not yet in `head..tail`, so the reader keeps away from its
        // slot, and this is the only writer (`&mut self`, not `Clone`).
        unsafe { (*self.shared.slot(self.tail)).write(value) };
        self.tail = self.tail.wrapping_add(1);
        self.shared.tail.0.store(self.tail, Ordering::Release);
        Ok(())
    }
}

impl<T> Consumer<T> {
    /// Takes the oldest value; `None` when the ring is empty.
    pub fn pop(&mut self) -> Option<T> {
        if self.is_empty() {
            return None;
        }
        // SAFETY: the position is in `head..tail`, so its slot holds a value that the writer has
        // finished (acquire load of `tail`), and this is the only reader; moving `head` on gives
        // the slot back, so the value is taken exactly once.
        let value = unsafe { (*self.shared.slot(self.head)).assume_init_read() };
        self.head = self.head.wrapping_add(1);
        self.shared.head.0.store(self.head, Ordering::Release);
        Some(value)
    }

    /// Whether nothing waits.
    pub fn is_empty(&mut self) -> bool {
        if self.head == self.tail_seen {
            self.tail_seen = self.shared.tail.0.load(Ordering::Acquire);
        }
        self.head == self.tail_seen
    }
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        let (mut head, tail) = (*self.head.0.get_mut(), *self.tail.0.get_mut());
        while head != tail {
            // SAFETY: both ends are gone, so this is the only access, and every position in
            // `head..tail` holds a value that nobody took.
            unsafe { (*self.slot(head)).assume_init_drop() };
            head = head.wrapping_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_ring_gives_the_value_back() {
        let (mut producer, mut consumer) = ring(2);
        assert_eq!(producer.push(1), Ok(()));
        assert_eq!(producer.push(2), Ok(()));
        assert_eq!(producer.push(3), Err(3));
        assert_eq!(consumer.pop(), Some(1));
        assert_eq!(producer.push(4), Ok(()));
        assert_eq!(
            (consumer.pop(), consumer.pop(), consumer.pop()),
            (Some(2), Some(4), None)
        );
        assert!(consumer.is_empty());
    }

    #[test]
    fn order_is_kept_over_many_wraps_between_threads() {
        const VALUES: u64 = 200_000;
        let (mut producer, mut consumer) = ring(8);
        let writer = std::thread::spawn(move || {
            for value in 0..VALUES {
                // Boxed, so that a value taken twice or never is a fault of memory.
                let mut value = Box::new(value);
                while let Err(back) = producer.push(value) {
                    value = back;
                    std::thread::yield_now();
                }
            }
        });
        let mut expected = 0;
        while expected < VALUES {
            match consumer.pop() {
                Some(value) => {
                    assert_eq!(*value, expected);
                    expected += 1;
                }
                None => std::thread::yield_now(),
            }
        }
        writer.join().unwrap();
        assert!(consumer.pop().is_none());
    }

    #[test]
    fn positions_may_wrap_around() {
        let (mut producer, mut consumer) = ring(4);
        let near_the_end = usize::MAX - 1;
        producer.tail = near_the_end;
        producer.head_seen = near_the_end;
        consumer.head = near_the_end;
        consumer.tail_seen = near_the_end;
        producer
            .shared
            .head
            .0
            .store(near_the_end, Ordering::Relaxed);
        producer
            .shared
            .tail
            .0
            .store(near_the_end, Ordering::Relaxed);
        for value in 0..4 {
            assert_eq!(producer.push(value), Ok(()));
        }
        assert_eq!(producer.push(9), Err(9));
        assert_eq!(
            std::iter::from_fn(|| consumer.pop()).collect::<Vec<_>>(),
            [0, 1, 2, 3]
        );
    }

    #[test]
    fn values_that_nobody_took_are_dropped_once() {
        let value = Arc::new(());
        let (mut producer, mut consumer) = ring(4);
        for _ in 0..4 {
            producer.push(Arc::clone(&value)).unwrap();
        }
        drop(consumer.pop());
        assert_eq!(Arc::strong_count(&value), 4);
        drop(producer);
        drop(consumer);
        assert_eq!(Arc::strong_count(&value), 1);
    }
}
