//! The ways between workers: one bounded ring for each ordered pair.
//!
//! A batch of decrypted packets crosses by moving its buffers through a ring that has exactly one
//! writer and one reader, so no lock is taken and nobody waits. A full ring means that the other
//! worker is overloaded: the batch is dropped and counted, like a packet on a wire.

mod ring;

pub use ring::{Consumer, Producer, ring};

/// Batches that may wait between two workers.
pub const RING_BATCHES: usize = 256;

/// One worker's ends of all the rings.
pub struct Ends<T> {
    /// Where to put what goes to worker `i`; `None` at the own index.
    pub to: Vec<Option<Producer<T>>>,
    /// Where to take what comes from worker `i`; `None` at the own index.
    pub from: Vec<Option<Consumer<T>>>,
}

/// Rings between each two of `workers`, and the ends of each worker in its order.
#[must_use]
pub fn mesh<T>(workers: usize, capacity: usize) -> Vec<Ends<T>> {
    let mut ends: Vec<Ends<T>> = (0..workers)
        .map(|_| Ends {
            to: (0..workers).map(|_| None).collect(),
            from: (0..workers).map(|_| None).collect(),
        })
        .collect();
    for from in 0..workers {
        for to in (0..workers).filter(|to| *to != from) {
            let (producer, consumer) = ring(capacity);
            ends[from].to[to] = Some(producer);
            ends[to].from[from] = Some(consumer);
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_worker_reaches_every_other() {
        let mut ends = mesh::<(usize, usize)>(3, 4);
        for (from, own) in ends.iter_mut().enumerate() {
            for (to, producer) in own.to.iter_mut().enumerate() {
                match producer {
                    Some(producer) => producer.push((from, to)).unwrap(),
                    None => assert_eq!(from, to),
                }
            }
        }
        for (to, own) in ends.iter_mut().enumerate() {
            for (from, consumer) in own.from.iter_mut().enumerate() {
                let taken = consumer.as_mut().and_then(Consumer::pop);
                assert_eq!(taken, (from != to).then_some((from, to)));
            }
        }
    }
}
