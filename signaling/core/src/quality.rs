//! Line quality from what a page measures.

use signaling_protocol::Quality;

/// What a page measures of its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) rtt_ms: u32,
    pub(crate) jitter_ms: u32,
    pub(crate) loss_permille: u32,
    /// Of the video that arrives; `None` where none is expected.
    pub(crate) kbps: Option<u32>,
}

impl Figures {
    /// The worst figure counts. Without a video the bitrate says nothing of the line: sound alone
    /// takes 40 kbit/s on the best one.
    pub(crate) fn worst(self) -> Quality {
        let grade = |value: u32, limits: [u32; 3]| match limits.iter().position(|l| value < *l) {
            Some(0) => Quality::Excellent,
            Some(1) => Quality::Good,
            Some(_) => Quality::Warn,
            None => Quality::Bad,
        };
        let bitrate = match self.kbps {
            None | Some(1_001..) => Quality::Excellent,
            Some(501..) => Quality::Good,
            Some(151..) => Quality::Warn,
            Some(_) => Quality::Bad,
        };
        grade(self.rtt_ms, [100, 250, 400])
            .max(grade(self.jitter_ms, [5, 30, 50]))
            .max(grade(self.loss_permille, [10, 30, 80]))
            .max(bitrate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worst(rtt_ms: u32, jitter_ms: u32, loss_permille: u32, kbps: Option<u32>) -> Quality {
        let figures = Figures {
            rtt_ms,
            jitter_ms,
            loss_permille,
            kbps,
        };
        figures.worst()
    }

    #[test]
    fn the_worst_figure_counts() {
        assert_eq!(worst(20, 2, 0, Some(1_500)), Quality::Excellent);
        assert_eq!(worst(100, 2, 0, Some(1_500)), Quality::Good);
        assert_eq!(worst(20, 40, 0, Some(1_500)), Quality::Warn);
        assert_eq!(worst(20, 2, 80, Some(1_500)), Quality::Bad);
        assert_eq!(worst(20, 2, 0, Some(500)), Quality::Warn);
        assert_eq!(worst(20, 2, 0, Some(40)), Quality::Bad);
    }

    #[test]
    fn without_video_the_bitrate_is_no_figure_of_the_line() {
        assert_eq!(worst(20, 2, 0, None), Quality::Excellent);
        assert_eq!(worst(20, 2, 80, None), Quality::Bad);
    }
}
