//! The loop of a worker, and one round of it.

use std::io;
use std::time::{Duration, Instant};

use sfu_core::path::{LocalAddress, LocalSocket, Path};
use sfu_core::{BATCH_DATAGRAMS, Command, DATAGRAM_BYTES};

use super::pace::Wait;
use super::{Message, Ready, Worker};
use crate::metrics::Totals;
use crate::socket::Outgoing;
use crate::tcp::Accepted;
use crate::trace::Trace;

/// Batches taken from one other worker in a round, so that nobody starves the socket.
const CROSSINGS_PER_ROUND: usize = 64;

/// How often idle TCP connections are looked for.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

impl Worker {
    /// Runs until it is told to stop; gives the trace back, if one was kept.
    ///
    /// # Errors
    /// The operating system refuses to wait or to receive.
    ///
    /// # Panics
    /// By order of a test.
    pub fn run(mut self) -> io::Result<Option<Trace>> {
        self.waker.bind();
        let mut wait = Wait::Ready;
        while !self.stopping && !self.inbox.is_dismissed() {
            let woken = self.wait(wait)?;
            wait = self.round(woken)?;
        }
        self.publish(Instant::now());
        Ok(self.trace)
    }

    /// One round; gives how to wait for the next. `woken` is when a datagram was first known to
    /// be there, if the worker waited for it.
    fn round(&mut self, woken: Option<Instant>) -> io::Result<Wait> {
        let now = Instant::now();
        let oldest = woken.unwrap_or(self.drained);
        self.take_messages(now);
        let crossed = self.take_crossings(now);
        let (datagrams, full) = self.receive(now)?;
        self.receive_streams(now);
        if self.sfu.poll_timeout().is_some_and(|due| due <= now) {
            self.sfu.handle_timeout(now);
        }
        self.send();
        while let Some(connection) = self.sfu.poll_abandoned() {
            self.streams.abandon(connection, &mut self.poller);
        }
        self.hand_over();
        while let Some(event) = self.sfu.poll_event() {
            self.outbox.tell(now, event);
        }
        let end = Instant::now();
        self.outbox.tell_due(end);
        if datagrams > 0 {
            self.figures
                .forwarded(end.saturating_duration_since(oldest));
        }
        if !full {
            self.drained = now;
        }
        self.figures.round();
        if self.figures.due() <= end {
            self.publish(end);
        }
        self.sweep(end);
        if let Some(trace) = &mut self.trace {
            trace.end_batch(end);
        }
        Ok(self
            .pace
            .after_round(end, datagrams + crossed, full || self.streams.has_unread()))
    }

    /// Waits as told. Gives the moment at which a datagram was known to be there, if one was.
    fn wait(&mut self, wait: Wait) -> io::Result<Option<Instant>> {
        self.ready.clear();
        match wait {
            Wait::No => {}
            Wait::Nap(time) => std::thread::sleep(time),
            Wait::Ready => return self.wait_until_ready(),
        }
        // Connections are not looked at by the round itself, as the UDP socket is.
        if !self.streams.is_empty() {
            self.poller.wait(Duration::ZERO, &mut self.ready)?;
        }
        Ok(None)
    }

    fn wait_until_ready(&mut self) -> io::Result<Option<Instant>> {
        self.waker.park();
        let timeout = if self.has_messages() {
            Duration::ZERO
        } else {
            let due = [self.sfu.poll_timeout(), self.outbox.due()];
            let due = due
                .into_iter()
                .flatten()
                .fold(self.figures.due(), Instant::min);
            due.saturating_duration_since(Instant::now())
        };
        self.poller.wait(timeout, &mut self.ready)?;
        self.waker.unpark();
        if self.ready.contains(&Ready::Woken) {
            self.waker.clear();
        }
        if !self.ready.contains(&Ready::Udp) {
            return Ok(None);
        }
        let woken = Instant::now();
        let gather = self.pace.after_wake();
        if !gather.is_zero() {
            std::thread::sleep(gather);
        }
        Ok(Some(woken))
    }

    /// Whether anything waits in a queue to this worker; has to be asked after parking. An order
    /// is taken out for it, as the queue has no other way to tell.
    fn has_messages(&mut self) -> bool {
        let now = Instant::now();
        let ordered = self.take_messages(now);
        let crossing = self
            .ends
            .from
            .iter_mut()
            .flatten()
            .any(|ring| !ring.is_empty());
        ordered || crossing
    }

    /// Carries out all orders that wait. True if there were any.
    fn take_messages(&mut self, now: Instant) -> bool {
        let mut any = false;
        while let Some(message) = self.inbox.next() {
            any = true;
            match message {
                Message::Command(command) => self.sfu.handle_command(now, command),
                Message::Stream(accepted) => self.welcome(now, accepted),
                Message::Rings { worker, to, from } => {
                    let other = usize::from(worker.0);
                    self.ends.join(other, to, from);
                }
                Message::Crash => panic!("a test has this worker panic"),
                Message::Stop => {
                    self.stopping = true;
                    break;
                }
            }
        }
        any
    }

    /// Takes a TCP connection over if its first frame is an authentic check of a peer: a made-up
    /// name holds no place.
    fn welcome(&mut self, now: Instant, accepted: Accepted) {
        let path = self.streams.next_path(accepted.remote);
        self.stream_batch.push(path, &accepted.first);
        self.handle_stream_batch(now);
        if !self.sfu.knows_path(&path) {
            self.streams.turn_away();
            return;
        }
        if !self
            .streams
            .add(now, accepted.stream, path, &mut self.poller)
        {
            self.tell_closed_streams(now);
        }
    }

    /// Takes what the other workers hand over; the number of items.
    fn take_crossings(&mut self, now: Instant) -> usize {
        let mut items = 0;
        for ring in self.ends.from.iter_mut().flatten() {
            for _ in 0..CROSSINGS_PER_ROUND {
                let Some(batch) = ring.pop() else { break };
                items += batch.len();
                self.sfu.handle_crossing(now, batch);
            }
        }
        items
    }

    /// Receives one batch from the UDP socket: the number of datagrams, and whether more may be
    /// there.
    fn receive(&mut self, now: Instant) -> io::Result<(usize, bool)> {
        let slots = self.batch.arena_mut().chunks_exact_mut(DATAGRAM_BYTES);
        let datagrams = self.socket.receive(slots, &mut self.received)?;
        if datagrams == 0 {
            return Ok((0, false));
        }
        for (slot, datagram) in self
            .received
            .iter()
            .enumerate()
            .filter(|(_, d)| d.length > 0)
        {
            let start = slot * DATAGRAM_BYTES;
            let path = Path::udp_at(datagram.remote, LocalAddress(datagram.local));
            self.batch.note(path, start..start + datagram.length);
            if let Some(trace) = &mut self.trace {
                trace.received(datagram.length);
            }
        }
        self.sfu.handle_datagrams(now, &mut self.batch);
        self.batch.clear();
        self.figures.received(datagrams);
        Ok((datagrams, datagrams == BATCH_DATAGRAMS))
    }

    /// Receives from the TCP connections that are ready.
    fn receive_streams(&mut self, now: Instant) {
        if self.streams.is_empty() {
            return;
        }
        self.streams
            .read_waiting(now, &mut self.poller, &mut self.stream_batch);
        self.handle_stream_batch(now);
        let ready = std::mem::take(&mut self.ready);
        for key in ready.iter().filter_map(|ready| match ready {
            Ready::Stream(key) => Some(*key),
            Ready::Udp | Ready::Woken => None,
        }) {
            self.streams
                .ready(now, key, &mut self.poller, &mut self.stream_batch);
            self.handle_stream_batch(now);
        }
        self.ready = ready;
        self.tell_closed_streams(now);
    }

    fn handle_stream_batch(&mut self, now: Instant) {
        if !self.stream_batch.is_empty() {
            self.sfu.handle_datagrams(now, &mut self.stream_batch);
            self.stream_batch.clear();
        }
    }

    fn tell_closed_streams(&mut self, now: Instant) {
        for connection in self.streams.take_closed() {
            self.sfu
                .handle_command(now, Command::StreamClosed { connection });
        }
    }

    /// Sends everything that the media server has to send.
    fn send(&mut self) {
        let Self {
            sfu,
            socket,
            streams,
            poller,
            trace,
            ..
        } = self;
        if let Some(trace) = trace {
            for transmit in sfu.transmits() {
                trace.sent(
                    transmit.path.remote,
                    transmit.segment_size,
                    transmit.bytes.len(),
                );
            }
        }
        let mut over_tcp = false;
        let datagrams = sfu
            .transmits()
            .filter_map(|transmit| match transmit.path.local {
                LocalSocket::Udp(LocalAddress(local)) => Some(Outgoing {
                    remote: transmit.path.remote,
                    local,
                    segment_size: transmit.segment_size,
                    bytes: transmit.bytes,
                }),
                LocalSocket::Tcp(_) => {
                    over_tcp = true;
                    None
                }
            });
        socket.send(datagrams);
        if over_tcp {
            for transmit in sfu.transmits() {
                if let LocalSocket::Tcp(connection) = transmit.path.local {
                    for frame in transmit.datagrams() {
                        streams.push(connection, frame, poller);
                    }
                }
            }
        }
        sfu.clear_transmits();
        streams.flush(poller);
    }

    /// Hands batches to other workers, and wakes those that wait.
    fn hand_over(&mut self) {
        while let Some((to, batch)) = self.sfu.poll_crossing() {
            let to = usize::from(to.0);
            let pushed = match self.ends.to.get_mut(to) {
                Some(Some(ring)) => ring.push(batch).is_ok(),
                _ => false,
            };
            match self.wakers.get(to) {
                Some(waker) if pushed => waker.wake(),
                _ => self.crossings_dropped += 1,
            }
        }
    }

    fn sweep(&mut self, now: Instant) {
        if self.streams.is_empty() || now.saturating_duration_since(self.swept) < SWEEP_INTERVAL {
            return;
        }
        self.swept = now;
        self.streams.sweep(now, &mut self.poller);
        self.tell_closed_streams(now);
    }

    fn publish(&mut self, now: Instant) {
        let totals = Totals {
            core: self.sfu.stats(),
            socket: self.socket.counters(),
            overflow: self.socket.overflow_drops(),
            segmentation: self.socket.segmentation(),
            streams: self.streams.counters(),
            crossings_dropped: self.crossings_dropped,
            reports_dropped: self.outbox.dropped(),
        };
        self.figures.publish(now, &totals);
        self.inbox.beat();
    }
}
