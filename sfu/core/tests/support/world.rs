//! Workers, the switchboard, browsers and the network between them, on one simulated clock.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sfu_core::certificate::Identity;
use sfu_core::path::{LocalSocket, Path};
use sfu_core::sdp::Candidate;
use sfu_core::{
    Batch, Command, Config, Event, Limits, PeerId, Plugs, Sfu, SlotUse, Switchboard,
    SwitchboardOutput, WorkerId,
};

use super::browser::Browser;
use super::netem::{Link, Weather};

/// Seconds of every sender's clock since 1900, for its sender reports.
pub fn ntp(now: Instant) -> u64 {
    let elapsed = now - *START.get().expect("a world has begun");
    let fraction = (u64::from(elapsed.subsec_nanos()) << 32) / 1_000_000_000;
    ((3_900_000_000 + elapsed.as_secs()) << 32) | fraction
}

static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();

/// A node with its browsers.
pub struct World {
    pub now: Instant,
    pub workers: Vec<Sfu>,
    pub board: Switchboard,
    pub browsers: BTreeMap<u64, Browser>,
    placed: BTreeMap<u64, usize>,
    up: BTreeMap<u64, Link<(SocketAddr, Vec<u8>)>>,
    down: BTreeMap<u64, Link<(SocketAddr, Vec<u8>)>>,
    pub events: Vec<Event>,
    pub slots: BTreeMap<u64, Vec<SlotUse>>,
    pub answers: usize,
    /// What workers have for each other stays with them.
    pub hold_crossings: bool,
    batch: Batch,
}

impl World {
    pub fn new(workers: u16) -> World {
        World::with_limits(workers, Limits::default())
    }

    pub fn with_limits(workers: u16, limits: Limits) -> World {
        #[expect(
            clippy::disallowed_methods,
            reason = "the simulated clock starts somewhere"
        )]
        let now = *START.get_or_init(Instant::now);
        let identity = Arc::new(Identity::generate().unwrap());
        let worker = |number: u16| {
            let address = SocketAddr::from(([203, 0, 113, 1], 5000 + number));
            let config = Config {
                candidates: vec![Candidate::udp(address)],
                limits,
            };
            let seed = [number as u8 + 1; 32];
            Sfu::new(config, WorkerId(number), Arc::clone(&identity), seed, now)
        };
        World {
            now,
            workers: (0..workers).map(worker).collect(),
            board: Switchboard::new(),
            browsers: BTreeMap::new(),
            placed: BTreeMap::new(),
            up: BTreeMap::new(),
            down: BTreeMap::new(),
            events: Vec::new(),
            slots: BTreeMap::new(),
            answers: 0,
            hold_crossings: false,
            batch: Batch::new(),
        }
    }

    /// A browser arrives and offers to a worker.
    pub fn join(&mut self, number: u64, worker: usize, weather: Weather) {
        let browser = Browser::new(number as u32, self.now);
        let offer = browser.offer();
        self.browsers.insert(number, browser);
        self.placed.insert(number, worker);
        self.up.insert(number, Link::new(weather, number * 2));
        self.down.insert(number, Link::new(weather, number * 2 + 1));
        self.order(
            worker,
            Command::Connect {
                peer: PeerId(number),
                offer,
            },
        );
    }

    pub fn set_weather(&mut self, number: u64, weather: Weather) {
        self.up.get_mut(&number).unwrap().set_weather(weather);
        self.down.get_mut(&number).unwrap().set_weather(weather);
    }

    pub fn browser(&mut self, number: u64) -> &mut Browser {
        self.browsers.get_mut(&number).unwrap()
    }

    pub fn order(&mut self, worker: usize, command: Command) {
        self.workers[worker].handle_command(self.now, command);
        self.drain(worker);
    }

    /// Lets the switchboard's outputs take effect.
    pub fn switch(&mut self) {
        while let Some(output) = self.board.poll_output() {
            match output {
                SwitchboardOutput::Order { worker, command } => {
                    self.order(usize::from(worker.0), command);
                }
                SwitchboardOutput::SlotsChanged { peer, slots } => {
                    self.slots.insert(peer.0, slots);
                }
            }
        }
    }

    pub fn run(&mut self, span: Duration) {
        let end = self.now + span;
        while self.now < end {
            self.step();
        }
    }

    /// Runs until the condition holds; panics after `limit`.
    pub fn run_until(&mut self, limit: Duration, condition: impl Fn(&World) -> bool) {
        let end = self.now + limit;
        while !condition(self) {
            assert!(
                self.now < end,
                "did not happen in {limit:?}; events: {:?}",
                self.events
            );
            self.step();
        }
    }

    /// One millisecond.
    fn step(&mut self) {
        self.now += Duration::from_millis(1);
        let now = self.now;
        for (number, browser) in &mut self.browsers {
            while let Some((to, datagram)) = self.down.get_mut(number).unwrap().receive(now) {
                if to == browser.address {
                    browser.handle(now, &datagram);
                }
            }
            browser.tick(now);
            for datagram in browser.out.drain(..) {
                self.up
                    .get_mut(number)
                    .unwrap()
                    .send(now, (browser.address, datagram));
            }
        }
        for worker in 0..self.workers.len() {
            self.deliver(worker);
            if self.workers[worker]
                .poll_timeout()
                .is_some_and(|due| due <= now)
            {
                self.workers[worker].handle_timeout(now);
            }
            self.drain(worker);
        }
        self.switch();
    }

    fn deliver(&mut self, worker: usize) {
        self.batch.clear();
        let placed = self.placed.iter().filter(|(_, place)| **place == worker);
        for number in placed.map(|(number, _)| number) {
            while let Some((from, datagram)) = self.up.get_mut(number).unwrap().receive(self.now) {
                if !self.batch.push(Path::udp(from), &datagram) {
                    self.workers[worker].handle_datagrams(self.now, &mut self.batch);
                    self.batch.clear();
                    assert!(self.batch.push(Path::udp(from), &datagram));
                }
            }
        }
        self.workers[worker].handle_datagrams(self.now, &mut self.batch);
    }

    fn drain(&mut self, worker: usize) {
        let mut sent = Vec::new();
        for transmit in self.workers[worker].transmits() {
            assert!(matches!(transmit.path.local, LocalSocket::Udp(_)));
            for datagram in transmit.datagrams() {
                sent.push((transmit.path.remote, datagram.to_vec()));
            }
        }
        self.workers[worker].clear_transmits();
        for (to, datagram) in sent {
            let number = u64::from(match to.ip() {
                std::net::IpAddr::V4(ip) => ip.octets()[3] % 100,
                std::net::IpAddr::V6(_) => unreachable!("no browser has such an address"),
            });
            if let Some(link) = self.down.get_mut(&number) {
                link.send(self.now, (to, datagram));
            }
        }
        while !self.hold_crossings
            && let Some((to, batch)) = self.workers[worker].poll_crossing()
        {
            self.workers[usize::from(to.0)].handle_crossing(self.now, batch);
        }
        while let Some(event) = self.workers[worker].poll_event() {
            self.take_event(worker, event);
        }
    }

    fn take_event(&mut self, worker: usize, event: Event) {
        match &event {
            Event::Answered { peer, sdp, plugs } => {
                self.answers += 1;
                self.browser(peer.0).accept(sdp);
                let plugs: Plugs = plugs.clone();
                self.board.add_peer(*peer, WorkerId(worker as u16), plugs);
            }
            Event::Closed { peer, .. } => self.board.remove_peer(*peer),
            _ => {}
        }
        self.events.push(event);
    }
}
