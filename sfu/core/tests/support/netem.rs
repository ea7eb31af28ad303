//! A bad network on a simulated clock: seeded loss, jitter (and so reordering) and duplication.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// What one direction of a link does to datagrams.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    /// Lost datagrams, percent.
    pub loss: f64,
    /// Datagrams that arrive twice, percent.
    pub duplication: f64,
    /// Shortest time on the way.
    pub delay: Duration,
    /// Added to it, evenly distributed: more than the gap between packets reorders them.
    pub jitter: Duration,
}

/// One direction of a link.
pub struct Link<T> {
    weather: Weather,
    rng: StdRng,
    on_the_way: BTreeMap<(Instant, u64), T>,
    count: u64,
}

impl<T: Clone> Link<T> {
    pub fn new(weather: Weather, seed: u64) -> Link<T> {
        let rng = StdRng::seed_from_u64(seed);
        Link {
            weather,
            rng,
            on_the_way: BTreeMap::new(),
            count: 0,
        }
    }

    pub fn set_weather(&mut self, weather: Weather) {
        self.weather = weather;
    }

    /// Sends a datagram on its way, or loses it.
    pub fn send(&mut self, now: Instant, datagram: T) {
        if self.chance(self.weather.loss) {
            return;
        }
        if self.chance(self.weather.duplication) {
            self.put(now, datagram.clone());
        }
        self.put(now, datagram);
    }

    /// The next datagram that has arrived by `now`.
    pub fn receive(&mut self, now: Instant) -> Option<T> {
        let first = self.on_the_way.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    fn put(&mut self, now: Instant, datagram: T) {
        let jitter = self.weather.jitter.mul_f64(self.unit());
        self.count += 1;
        self.on_the_way
            .insert((now + self.weather.delay + jitter, self.count), datagram);
    }

    fn chance(&mut self, percent: f64) -> bool {
        self.unit() * 100.0 < percent
    }

    fn unit(&mut self) -> f64 {
        (self.rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
