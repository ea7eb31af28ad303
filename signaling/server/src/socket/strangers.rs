//! Sockets of which nobody knows yet whose they are.

use std::time::Instant;

use base::places::{Limits, Place, Places, Source};
use prometheus::{IntCounterVec, IntGauge, Registry};

use crate::config::Config;

/// Places of sockets that have not said a good hello, apart from those that have.
#[derive(Debug)]
pub(crate) struct Strangers {
    places: Places,
    open: IntGauge,
    drops: IntCounterVec,
}

/// One of these places.
#[derive(Debug)]
pub(crate) struct Stranger {
    place: Place,
    open: IntGauge,
}

impl Strangers {
    /// None yet. Sockets that lose their place are counted in `drops`.
    ///
    /// # Errors
    /// The figure is registered already.
    pub(crate) fn new(
        config: &Config,
        drops: IntCounterVec,
        registry: &Registry,
    ) -> Result<Self, prometheus::Error> {
        let open = IntGauge::new(
            "pinhui_live_strangers",
            "Open sockets that have not said a good hello.",
        )?;
        registry.register(Box::new(open.clone()))?;
        Ok(Self {
            places: Places::new(Limits {
                most: config.max_strangers,
                share: config.max_strangers_per_address,
            }),
            open,
            drops,
        })
    }

    /// A place for a socket from a network address. It may be given to the next one at any time.
    /// `None`: there is no room for any.
    pub(crate) fn take(&self, from: Source) -> Option<Stranger> {
        let Ok(taken) = self.places.take(from, Instant::now()) else {
            self.drops.with_label_values(&["full"]).inc();
            return None;
        };
        if taken.displaced.is_some() {
            self.drops.with_label_values(&["displaced"]).inc();
        }
        self.open.inc();
        Some(Stranger {
            place: taken.place,
            open: self.open.clone(),
        })
    }
}

impl Stranger {
    /// Ends when the place was given to another one.
    pub(crate) async fn lost(&self) {
        self.place.lost().await;
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.open.dec();
    }
}
