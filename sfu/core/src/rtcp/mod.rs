//! RTCP (RFC 3550, 4585, 5104, transport-wide feedback): reading in place, writing by appending.

pub(crate) mod read;
pub(crate) mod write;

/// Packet types.
const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;
pub(crate) const TRANSPORT_FEEDBACK: u8 = 205;
const PAYLOAD_FEEDBACK: u8 = 206;
/// Formats of transport feedback.
const NACK: u8 = 1;
pub(crate) const TRANSPORT_CC: u8 = 15;
/// Formats of payload-specific feedback.
const PLI: u8 = 1;
const FIR: u8 = 4;

/// What one receiver says of one stream (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ReportBlock {
    /// The stream.
    pub ssrc: u32,
    /// Lost since the last report, in 1/256.
    pub fraction_lost: u8,
    /// Lost since the start; 24 bits, signed.
    pub total_lost: i32,
    /// Highest sequence number, extended by 16 bits of wraps.
    pub highest: u32,
    /// Interarrival jitter, in clock units of the stream.
    pub jitter: u32,
    /// Middle 32 bits of the NTP time of the last sender report.
    pub last_report: u32,
    /// Time since it arrived, in 1/65536 s.
    pub delay: u32,
}
