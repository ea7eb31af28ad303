//! One interview, from application to start, as its people's pages would ask for it.

use anyhow::{Context, Result, bail};
use signaling_protocol::{BoothId, CallId, ClientBody, EntryId, Refusal, ServerBody};

use crate::participant::{Ground, Participant, passed_device_test};
use crate::signal::link::{Ear, hear_where};

/// Refusals that pass: the queue opens a moment after the server's start.
const PASSING: [Refusal; 2] = [Refusal::Settling, Refusal::NobodyCallable];
/// A message comes within this, seconds.
const PATIENCE_S: u64 = 10;

/// A call that began.
#[derive(Debug, Clone, Copy)]
pub struct Started {
    /// The call.
    pub call: CallId,
    /// When the start was requested, nanoseconds since 1970.
    pub requested_ns: i64,
}

/// Applies, accepts, calls and gets ready.
///
/// # Errors
/// When a step is refused.
pub async fn prepare(
    student: &Participant,
    interviewer: &Participant,
    booth: BoothId,
) -> Result<EntryId> {
    student.link.must(passed_device_test()).await?;
    let applied = student
        .link
        .must(ClientBody::Apply { booth, job: None })
        .await?;
    let ServerBody::Applied { entry } = applied.body else {
        bail!("no entry: {:?}", applied.body);
    };
    interviewer.link.must(ClientBody::Accept { entry }).await?;
    interviewer
        .link
        .insist(|| ClientBody::CallNext, &PASSING)
        .await?;
    student.link.must(ClientBody::Ready { entry }).await?;
    Ok(entry)
}

/// Starts the call of an entry that is ready.
///
/// # Errors
/// When it is refused, or nobody is told of the call.
pub async fn start(interviewer: &mut Participant, entry: EntryId) -> Result<Started> {
    let answer = interviewer.link.must(ClientBody::Start { entry }).await?;
    let call = running_call(&mut interviewer.ear).await?;
    Ok(Started {
        call,
        requested_ns: answer.sent_ns,
    })
}

/// The next call that the person is told of.
async fn running_call(ear: &mut Ear) -> Result<CallId> {
    hear_where(ear, PATIENCE_S, |heard| match &heard.body {
        ServerBody::Call { call } => Some(call.call),
        _ => None,
    })
    .await
    .context("nobody was told of the call")
}

/// A phase in 0..1 for publisher `n` of `all`: evenly spread, neighbours far apart.
#[must_use]
pub fn phase(n: usize, all: usize) -> f64 {
    const GOLDEN: f64 = 0.618_033_988_749_895;
    if all == 0 {
        0.0
    } else {
        (n as f64 * GOLDEN).fract()
    }
}

/// Publishes from now on, in the person's place among all publishers.
pub fn publish(person: &mut Participant, ground: &Ground, n: usize, all: usize) {
    person.publish(ground, true, phase(n, all));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_spread_evenly() {
        let mut tenths = [0usize; 10];
        for n in 0..100 {
            tenths[(phase(n, 100) * 10.0) as usize] += 1;
        }
        assert!(
            tenths.iter().all(|count| (8..=12).contains(count)),
            "{tenths:?}"
        );
    }
}
