//! A thread that runs many lean clients. While connections are made it wakes for every datagram;
//! in a measuring window it reads 50 times a second (arrival stamps are the kernel's, so nothing
//! is lost by it) and sends on time, so that the clients take little from the server they share
//! the machine with. What a read takes from it is more than the time: a socket that was read on
//! another core is in that core's cache, and the server's next send has to fetch it from there.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::{io, mem, ptr};

use anyhow::{Context, Result, bail};
use tokio::sync::oneshot;

use super::peer::{Peer, Plan};
use super::receive::Tally;
use super::socket::{BATCH, Inbox, Outbox};
use crate::clock::{MS, SECOND, now_ns};
use crate::cpu;

/// Sockets reported by one wait.
const EVENTS: usize = 256;
/// Time between reads in a measuring window, nanoseconds: the time of an audio packet, so that a
/// socket holds a few packets and not thousands.
const READ_EVERY_NS: i64 = 20 * MS;
/// The longest sleep, nanoseconds.
const LONGEST_NS: i64 = SECOND / 10;

/// What the thread is told.
enum Order {
    Open(Box<Plan>),
    Publish {
        number: u32,
        on: bool,
        phase: f64,
    },
    Close {
        number: u32,
    },
    Window {
        open: bool,
        reply: oneshot::Sender<Snapshot>,
    },
}

/// What all clients of a thread counted in the last window.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Received media.
    pub tally: Tally,
    /// Drops in the clients' own sockets since they were opened.
    pub socket_drops: u64,
    /// Datagrams that belong nowhere or do not authenticate.
    pub strays: u64,
    /// Clients that run.
    pub peers: usize,
    /// Clients that failed.
    pub failed: usize,
    /// The furthest that a send was behind its time, nanoseconds.
    pub latest_ns: i64,
    /// CPU time of the thread so far, nanoseconds.
    pub cpu_ns: i64,
}

/// The handle of the thread.
pub struct Fleet {
    orders: mpsc::Sender<Order>,
    wake: std::sync::Arc<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

impl Fleet {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system refuses its descriptors.
    pub fn start() -> Result<Self> {
        // SAFETY: plain system calls; the descriptors are checked and owned at once.
        let (epoll, wake) =
            unsafe { (libc::epoll_create1(0), libc::eventfd(0, libc::EFD_NONBLOCK)) };
        if epoll < 0 || wake < 0 {
            bail!("epoll: {}", io::Error::last_os_error());
        }
        // SAFETY: both descriptors are fresh and owned by nobody else.
        let (epoll, wake) = unsafe { (OwnedFd::from_raw_fd(epoll), OwnedFd::from_raw_fd(wake)) };
        let wake = std::sync::Arc::new(wake);
        let (orders, inbox) = mpsc::channel();
        let runner = Runner::new(epoll, wake.clone(), inbox);
        runner.watch(runner.wake.as_raw_fd(), u64::MAX)?;
        let thread = std::thread::Builder::new().name("lean-clients".into());
        let thread = thread
            .spawn(move || runner.run())
            .context("start the client thread")?;
        Ok(Self {
            orders,
            wake,
            thread: Some(thread),
        })
    }

    fn tell(&self, order: Order) {
        let _ = self.orders.send(order);
        let one = 1u64.to_ne_bytes();
        // SAFETY: writes eight bytes of this frame to an eventfd that `self` keeps open.
        unsafe { libc::write(self.wake.as_raw_fd(), one.as_ptr().cast(), one.len()) };
    }

    /// Connects a client.
    pub fn open(&self, plan: Plan) {
        self.tell(Order::Open(Box::new(plan)));
    }

    /// Starts or stops a client's microphone and camera; `phase` in 0..1 spreads them in time.
    pub fn publish(&self, number: u32, on: bool, phase: f64) {
        self.tell(Order::Publish { number, on, phase });
    }

    /// Ends a client without a word, as a closed laptop does.
    pub fn close(&self, number: u32) {
        self.tell(Order::Close { number });
    }

    /// Begins or ends the measuring window and gives the totals since the last call.
    ///
    /// # Errors
    /// When the thread is gone.
    pub async fn window(&self, open: bool) -> Result<Snapshot> {
        let (reply, answer) = oneshot::channel();
        self.tell(Order::Window { open, reply });
        answer.await.context("the client thread is gone")
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        let (closed, _) = mpsc::channel();
        self.orders = closed;
        self.tell(Order::Close { number: u32::MAX });
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The thread's own state.
struct Runner {
    epoll: OwnedFd,
    wake: std::sync::Arc<OwnedFd>,
    orders: mpsc::Receiver<Order>,
    peers: BTreeMap<u32, Peer>,
    /// (due, number): an entry that does not match `scheduled` is out of date.
    heap: BinaryHeap<Reverse<(i64, u32)>>,
    scheduled: BTreeMap<u32, i64>,
    inbox: Inbox,
    out: Outbox,
    calm: bool,
    next_read_ns: i64,
    latest_ns: i64,
    closed: Snapshot,
}

impl Runner {
    fn new(epoll: OwnedFd, wake: std::sync::Arc<OwnedFd>, orders: mpsc::Receiver<Order>) -> Self {
        Self {
            epoll,
            wake,
            orders,
            peers: BTreeMap::new(),
            heap: BinaryHeap::new(),
            scheduled: BTreeMap::new(),
            inbox: Inbox::default(),
            out: Outbox::default(),
            calm: false,
            next_read_ns: 0,
            latest_ns: 0,
            closed: Snapshot::default(),
        }
    }

    fn run(mut self) {
        loop {
            loop {
                match self.orders.try_recv() {
                    Ok(order) => self.handle_order(order),
                    Err(mpsc::TryRecvError::Empty) => break,
                    Err(mpsc::TryRecvError::Disconnected) => return,
                }
            }
            self.handle_timers();
            self.wait_and_read();
        }
    }

    fn handle_order(&mut self, order: Order) {
        match order {
            Order::Open(plan) => self.open(*plan),
            Order::Publish { number, on, phase } => {
                if let Some(peer) = self.peers.get_mut(&number) {
                    peer.publish(on, phase, now_ns());
                    self.schedule(number);
                }
            }
            Order::Close { number } => {
                if let Some(peer) = self.peers.remove(&number) {
                    self.closed.socket_drops += u64::from(peer.socket.drops);
                    self.closed.strays += peer.strays;
                }
                self.scheduled.remove(&number);
            }
            Order::Window { open, reply } => {
                let _ = reply.send(self.window(open));
            }
        }
    }

    fn open(&mut self, plan: Plan) {
        let (number, events) = (plan.number, plan.events.clone());
        let opened = Peer::open(plan, now_ns()).and_then(|peer| {
            self.watch(peer.socket.fd(), u64::from(number))
                .map(|()| peer)
        });
        match opened {
            Ok(peer) => {
                self.peers.insert(number, peer);
                self.schedule(number);
            }
            Err(error) => {
                let reason = format!("{error:#}");
                let _ = events.send(super::peer::PeerEvent::Failed { reason });
            }
        }
    }

    fn window(&mut self, open: bool) -> Snapshot {
        self.calm = open;
        let mut total = Snapshot {
            peers: self.peers.len(),
            latest_ns: mem::take(&mut self.latest_ns),
            cpu_ns: cpu::thread_ns(),
            tally: Tally::default(),
            ..self.closed.clone()
        };
        for peer in self.peers.values_mut() {
            peer.window(open);
            total.tally.merge(&peer.take_tally());
            total.socket_drops += u64::from(peer.socket.drops);
            total.strays += peer.strays;
            total.failed += usize::from(peer.failed);
        }
        total
    }

    fn schedule(&mut self, number: u32) {
        let Some(peer) = self.peers.get(&number) else {
            return;
        };
        let due = peer.due_ns();
        if self.scheduled.insert(number, due) != Some(due) {
            self.heap.push(Reverse((due, number)));
        }
    }

    fn handle_timers(&mut self) {
        loop {
            let now = now_ns();
            let Some(Reverse((due, number))) = self.heap.peek().copied() else {
                return;
            };
            if due > now {
                return;
            }
            self.heap.pop();
            if self.scheduled.get(&number) != Some(&due) {
                continue;
            }
            self.scheduled.remove(&number);
            let Some(peer) = self.peers.get_mut(&number) else {
                continue;
            };
            self.latest_ns = self.latest_ns.max(now - due);
            if let Err(error) = peer.handle_timeout(now, &mut self.out) {
                peer.fail(format!("{error:#}"));
            }
            self.schedule(number);
        }
    }

    fn wait_and_read(&mut self) {
        let now = now_ns();
        let due = self.heap.peek().map_or(i64::MAX, |Reverse((due, _))| *due);
        let until = if self.calm {
            due.min(self.next_read_ns)
        } else {
            due
        };
        let pause = (until - now).clamp(0, LONGEST_NS);
        if self.calm {
            sleep(pause);
            if now_ns() < self.next_read_ns {
                return;
            }
            self.next_read_ns = now_ns() + READ_EVERY_NS;
        }
        // SAFETY: all-zero is a valid epoll_event.
        let mut events: [libc::epoll_event; EVENTS] = unsafe { mem::zeroed() };
        let wait = if self.calm { 0 } else { pause };
        let count = epoll_wait(self.epoll.as_raw_fd(), &mut events, wait);
        for event in &events[..count] {
            match u32::try_from(event.u64) {
                Ok(number) => self.read(number),
                Err(_) => self.drain_wake(),
            }
        }
    }

    fn read(&mut self, number: u32) {
        let Some(peer) = self.peers.get_mut(&number) else {
            return;
        };
        loop {
            let count = self.inbox.receive(&mut peer.socket);
            for index in 0..count {
                let datagram = self.inbox.datagram(index);
                if let Err(error) = peer.handle_datagram(datagram, &mut self.out)
                    && !peer.failed
                {
                    peer.fail(format!("{error:#}"));
                }
            }
            if count < BATCH {
                break;
            }
        }
        self.schedule(number);
    }

    fn watch(&self, fd: i32, key: u64) -> Result<()> {
        let mut event = libc::epoll_event {
            events: libc::EPOLLIN as u32,
            u64: key,
        };
        // SAFETY: `event` outlives the call; a closed descriptor leaves the set by itself.
        let result = unsafe {
            libc::epoll_ctl(
                self.epoll.as_raw_fd(),
                libc::EPOLL_CTL_ADD,
                fd,
                &raw mut event,
            )
        };
        if result != 0 {
            bail!("epoll_ctl: {}", io::Error::last_os_error());
        }
        Ok(())
    }

    fn drain_wake(&self) {
        let mut count = [0u8; 8];
        // SAFETY: reads eight bytes of the eventfd into this frame.
        unsafe {
            libc::read(
                self.wake.as_raw_fd(),
                count.as_mut_ptr().cast(),
                count.len(),
            )
        };
    }
}

fn timespec(ns: i64) -> libc::timespec {
    libc::timespec {
        tv_sec: ns / SECOND,
        tv_nsec: ns % SECOND,
    }
}

fn sleep(ns: i64) {
    if ns > 0 {
        let pause = timespec(ns);
        // SAFETY: `pause` outlives the call; the remainder is not asked for.
        unsafe { libc::nanosleep(&raw const pause, ptr::null_mut()) };
    }
}

/// `epoll_wait` with a timeout in nanoseconds.
fn epoll_wait(epoll: i32, events: &mut [libc::epoll_event; EVENTS], timeout_ns: i64) -> usize {
    let timeout = timespec(timeout_ns);
    // SAFETY: the event array and the timeout outlive the call; no signal mask is given.
    let count = unsafe {
        libc::syscall(
            libc::SYS_epoll_pwait2,
            epoll,
            events.as_mut_ptr(),
            EVENTS as libc::c_int,
            &raw const timeout,
            ptr::null::<libc::sigset_t>(),
            8usize,
        )
    };
    usize::try_from(count).unwrap_or(0)
}
