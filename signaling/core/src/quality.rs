//! Line quality from what a page measures.

use signaling_protocol::Quality;

/// The worst of round trip (ms), jitter (ms), loss (‰) and bitrate (kbit/s) counts.
pub(crate) fn worst(rtt_ms: u32, jitter_ms: u32, loss_permille: u32, kbps: u32) -> Quality {
    let grade = |value: u32, limits: [u32; 3]| match limits.iter().position(|l| value < *l) {
        Some(0) => Quality::Excellent,
        Some(1) => Quality::Good,
        Some(_) => Quality::Warn,
        None => Quality::Bad,
    };
    let bitrate = match kbps {
        1_001.. => Quality::Excellent,
        501.. => Quality::Good,
        151.. => Quality::Warn,
        _ => Quality::Bad,
    };
    grade(rtt_ms, [100, 250, 400])
        .max(grade(jitter_ms, [5, 30, 50]))
        .max(grade(loss_permille, [10, 30, 80]))
        .max(bitrate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_figure_counts() {
        assert_eq!(worst(20, 2, 0, 1_500), Quality::Excellent);
        assert_eq!(worst(100, 2, 0, 1_500), Quality::Good);
        assert_eq!(worst(20, 40, 0, 1_500), Quality::Warn);
        assert_eq!(worst(20, 2, 80, 1_500), Quality::Bad);
        assert_eq!(worst(20, 2, 0, 500), Quality::Warn);
    }
}
