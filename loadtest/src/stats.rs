//! Figures: histograms of durations, percentiles, medians over runs.

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::clock::{MS, as_ms};

/// The longest duration that is told apart, microseconds (one minute).
const LONGEST_US: u64 = 60_000_000;

/// Durations in microseconds, three significant digits.
///
/// Without any it holds no memory: a load of hundreds of clients opens its measuring window by
/// emptying all of theirs, and must not stand still for it.
#[derive(Debug, Clone, Default)]
pub struct Durations(Option<Box<Histogram<u64>>>);

fn empty() -> Box<Histogram<u64>> {
    Box::new(Histogram::new_with_max(LONGEST_US, 3).expect("invariant: bounds are constants"))
}

impl Durations {
    /// Adds a duration in nanoseconds; a negative one (clocks read on two cores) counts as zero.
    pub fn add_ns(&mut self, ns: i64) {
        let histogram = self.0.get_or_insert_with(empty);
        histogram.saturating_record((ns.max(0) / 1_000) as u64);
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Durations) {
        let Some(other) = &other.0 else { return };
        let histogram = self.0.get_or_insert_with(empty);
        histogram
            .add(&**other)
            .expect("invariant: all histograms have the same bounds");
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.as_ref().map_or(0, |histogram| histogram.len())
    }

    /// The quantile in milliseconds; `None` without any.
    #[must_use]
    pub fn quantile_ms(&self, quantile: f64) -> Option<f64> {
        let histogram = self.0.as_ref()?;
        let us = histogram.value_at_quantile(quantile) as i64;
        Some(round(as_ms(us * (MS / 1_000))))
    }

    /// p50 and p99.
    #[must_use]
    pub fn p50_p99(&self) -> P50P99 {
        P50P99 {
            p50: self.quantile_ms(0.5),
            p99: self.quantile_ms(0.99),
        }
    }

    /// p50, p99 and the longest.
    #[must_use]
    pub fn p50_p99_max(&self) -> P50P99Max {
        P50P99Max {
            p50: self.quantile_ms(0.5),
            p99: self.quantile_ms(0.99),
            max: self.quantile_ms(1.0),
        }
    }

    /// p50 and p95.
    #[must_use]
    pub fn p50_p95(&self) -> P50P95 {
        P50P95 {
            p50: self.quantile_ms(0.5),
            p95: self.quantile_ms(0.95),
        }
    }
}

/// Milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct P50P99 {
    /// The median.
    pub p50: Option<f64>,
    /// The 99th percentile.
    pub p99: Option<f64>,
}

/// Milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct P50P99Max {
    /// The median.
    pub p50: Option<f64>,
    /// The 99th percentile.
    pub p99: Option<f64>,
    /// The longest.
    pub max: Option<f64>,
}

/// Milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct P50P95 {
    /// The median.
    pub p50: Option<f64>,
    /// The 95th percentile.
    pub p95: Option<f64>,
}

/// Three decimals are enough for any figure here.
#[must_use]
pub fn round(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// The median of `values`: the middle one, or the mean of the two in the middle.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted: Vec<f64> = values
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        len if len % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_in_milliseconds() {
        let mut durations = Durations::default();
        assert_eq!(durations.p50_p99(), P50P99::default());
        for ms in 1..=100 {
            durations.add_ns(ms * MS);
        }
        durations.add_ns(-5);
        assert!((durations.quantile_ms(0.5).unwrap() - 50.0).abs() < 0.2);
        assert!((durations.quantile_ms(0.99).unwrap() - 99.0).abs() < 0.2);
        assert_eq!(durations.count(), 101);
    }

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[f64::NAN, 1.0]), Some(1.0));
    }
}
