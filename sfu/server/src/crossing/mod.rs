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

impl<T> Ends<T> {
    /// Puts new rings in the place of those to and from another worker.
    pub fn join(&mut self, other: usize, to: Producer<T>, from: Consumer<T>) {
        if let (Some(old_to), Some(old_from)) = (self.to.get_mut(other), self.from.get_mut(other)) {
            *old_to = Some(to);
            *old_from = Some(from);
        }
    }
}

/// The ends of the rings between one new worker and one that is there already.
pub struct Link<T> {
    /// Which one is there already.
    pub other: usize,
    /// Where that one puts what goes to the new one.
    pub to: Producer<T>,
    /// Where that one takes what comes from the new one.
    pub from: Consumer<T>,
}

/// New rings for worker `own` of `workers`: its ends, and what the others get.
#[must_use]
pub fn relink<T>(own: usize, workers: usize, capacity: usize) -> (Ends<T>, Vec<Link<T>>) {
    let mut ends = Ends {
        to: (0..workers).map(|_| None).collect(),
        from: (0..workers).map(|_| None).collect(),
    };
    let mut links = Vec::new();
    for other in (0..workers).filter(|other| *other != own) {
        let (outward, from) = ring(capacity);
        let (to, inward) = ring(capacity);
        ends.to[other] = Some(outward);
        ends.from[other] = Some(inward);
        links.push(Link { other, to, from });
    }
    (ends, links)
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
