//! Who writes next: one turn at a time, by class, and within a class in the order of arrival.
//!
//! SQLite has one writer. Without a gate its pool serves whoever came first, and a call of a booth
//! waits behind every form that was sent before it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// What a write is for. The order is that of the turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The running fairs: somebody waits for each of these commits to hear of his place.
    Live,
    /// Small writes of many people, joined into one transaction: see [`super::Group`].
    Crowd,
    /// Everything else: forms, chores, bulk work in slices.
    Portal,
}

impl Class {
    /// All of them, the first first.
    pub const ALL: [Self; 3] = [Self::Live, Self::Crowd, Self::Portal];

    /// The word in metrics.
    pub fn label(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Crowd => "crowd",
            Self::Portal => "portal",
        }
    }

    /// Its line.
    fn index(self) -> usize {
        match self {
            Self::Live => 0,
            Self::Crowd => 1,
            Self::Portal => 2,
        }
    }
}

/// Turns that others may be given while somebody of a later class waits; then he has one. Many
/// fairs at once cannot keep everybody else out, and a live commit waits for one slice more.
const PASSED_OVER: u32 = 16;

/// Hands out one turn at a time. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Gate(Arc<Mutex<Lines>>);

#[derive(Debug, Default)]
struct Lines {
    taken: bool,
    waiting: [VecDeque<oneshot::Sender<Turn>>; Class::ALL.len()],
    /// Turns that went past somebody of a later class since one of those had one.
    passed_over: u32,
}

/// The right to write; the next one has it when this is dropped.
#[derive(Debug)]
pub(super) struct Turn(Option<Gate>);

impl Gate {
    /// Waits for a turn. Whoever gives up (drops the future) leaves the line.
    pub(super) async fn turn(&self, class: Class) -> Turn {
        loop {
            let (sender, receiver) = oneshot::channel();
            {
                let mut lines = self.lines();
                if !lines.taken {
                    lines.taken = true;
                    return Turn(Some(self.clone()));
                }
                let line = &mut lines.waiting[class.index()];
                // Those who gave up at the head go away when a turn comes; the rest goes here.
                line.retain(|other| !other.is_closed());
                line.push_back(sender);
            }
            if let Ok(turn) = receiver.await {
                return turn;
            }
        }
    }

    fn pass_on(self) {
        let mut lines = self.lines();
        let mut turn = Turn(Some(self.clone()));
        while let Some(next) = lines.next() {
            match next.send(turn) {
                Ok(()) => return,
                // He gave up.
                Err(back) => turn = back,
            }
        }
        // Nobody waits; `turn` must not pass itself on once more.
        turn.0 = None;
        lines.taken = false;
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    /// Takes out whose turn it is.
    fn next(&mut self) -> Option<oneshot::Sender<Turn>> {
        let first = self.waiting.iter().position(|line| !line.is_empty())?;
        let last = self.waiting.iter().rposition(|line| !line.is_empty())?;
        let chosen = if self.passed_over < PASSED_OVER {
            first
        } else {
            last
        };
        self.passed_over = if chosen == last {
            0
        } else {
            self.passed_over + 1
        };
        self.waiting[chosen].pop_front()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(gate) = self.0.take() {
            gate.pass_on();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};

    type Waiting<'a> = Pin<Box<dyn Future<Output = Turn> + 'a>>;

    fn poll<T>(future: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Stands in line.
    fn waits(gate: &Gate, class: Class) -> Waiting<'_> {
        let mut waiting: Waiting<'_> = Box::pin(gate.turn(class));
        assert!(poll(pin!(&mut waiting)).is_pending());
        waiting
    }

    /// Who has his turn, if one of them has.
    fn served(line: &mut Vec<(char, Waiting<'_>)>) -> Option<(char, Turn)> {
        let found = line.iter_mut().enumerate().find_map(|(at, (_, waiting))| {
            match poll(pin!(waiting)) {
                Poll::Ready(turn) => Some((at, turn)),
                Poll::Pending => None,
            }
        })?;
        Some((line.remove(found.0).0, found.1))
    }

    #[tokio::test]
    async fn live_goes_first_and_each_class_in_its_order() {
        let gate = Gate::default();
        let mut turn = gate.turn(Class::Portal).await;
        let mut line: Vec<(char, Waiting<'_>)> = [
            ('a', Class::Portal),
            ('b', Class::Portal),
            ('c', Class::Crowd),
            ('d', Class::Live),
            ('e', Class::Live),
        ]
        .into_iter()
        .map(|(name, class)| (name, waits(&gate, class)))
        .collect();
        let mut order = String::new();
        while !line.is_empty() {
            drop(turn);
            let (name, next) = served(&mut line).expect("somebody has the turn");
            order.push(name);
            assert!(served(&mut line).is_none(), "one turn at a time");
            turn = next;
        }
        assert_eq!(order, "decab");
        drop(turn);
        assert!(poll(pin!(gate.turn(Class::Portal))).is_ready());
    }

    #[tokio::test]
    async fn a_turn_skips_those_who_gave_up() {
        let gate = Gate::default();
        let turn = gate.turn(Class::Portal).await;
        let gave_up = waits(&gate, Class::Live);
        let mut patient = waits(&gate, Class::Portal);
        drop(gave_up);
        drop(turn);
        let Poll::Ready(turn) = poll(pin!(&mut patient)) else {
            panic!("the turn went to someone who was gone");
        };
        // The turn comes while its receiver gives up without looking.
        let second = waits(&gate, Class::Live);
        drop(turn);
        drop(second);
        assert!(poll(pin!(gate.turn(Class::Portal))).is_ready());
    }

    #[tokio::test]
    async fn the_last_class_is_not_kept_out_for_ever() {
        let gate = Gate::default();
        let mut turn = gate.turn(Class::Live).await;
        let mut line = vec![('p', waits(&gate, Class::Portal))];
        let mut before = 0;
        loop {
            line.push(('l', waits(&gate, Class::Live)));
            drop(turn);
            let (name, next) = served(&mut line).expect("somebody has the turn");
            turn = next;
            if name == 'p' {
                break;
            }
            before += 1;
        }
        assert_eq!(before, PASSED_OVER);
    }
}
