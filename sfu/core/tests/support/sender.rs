//! A browser's encoder side: one stream of packets with history for retransmission.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rtc_rtp::header::Header;

/// One RTP stream that a browser sends.
pub struct Sender {
    pub video: bool,
    pub ssrc: u32,
    rtx_ssrc: u32,
    mid: &'static str,
    payload_type: u8,
    sequence: u16,
    rtx_sequence: u16,
    timestamp: u32,
    next: Instant,
    /// Frames sent; the number stands in the payload.
    pub frame: u32,
    picture_id: u16,
    tl0: u8,
    pub keyframe_wanted: bool,
    pub keyframes: u32,
    pub on: bool,
    history: VecDeque<(u16, u32, Vec<u8>, bool)>,
    pub sent: (u32, u32),
    last: Option<(Instant, u32)>,
}

/// Packets of one video frame.
pub const FRAME_PACKETS: usize = 4;
/// The constant that marks a payload as ours.
const MAGIC: u8 = 0xA7;

impl Sender {
    pub fn new(video: bool, number: u32, now: Instant) -> Sender {
        let (payload_type, mid) = if video { (96, "1") } else { (111, "0") };
        Sender {
            video,
            ssrc: 1000 + number * 10 + u32::from(video) * 2,
            rtx_ssrc: 1001 + number * 10 + u32::from(video) * 2,
            mid,
            payload_type,
            // Both wrap soon.
            sequence: 65_000,
            rtx_sequence: 65_530,
            timestamp: u32::MAX - 90_000,
            next: now,
            frame: 0,
            picture_id: 0x7FF0 - number as u16 * 1000,
            tl0: 200,
            keyframe_wanted: true,
            keyframes: 0,
            on: true,
            history: VecDeque::new(),
            sent: (0, 0),
            last: None,
        }
    }

    /// The packets that are due at `now`.
    pub fn due(&mut self, now: Instant) -> Vec<(Header, Vec<u8>)> {
        let mut packets = Vec::new();
        let (step, ticks) = if self.video {
            (33_333, 3000)
        } else {
            (20_000, 960)
        };
        while self.next <= now {
            if self.on {
                self.frame(now, &mut packets);
            }
            self.next += Duration::from_micros(step);
            self.timestamp = self.timestamp.wrapping_add(ticks);
        }
        packets
    }

    fn frame(&mut self, now: Instant, packets: &mut Vec<(Header, Vec<u8>)>) {
        let keyframe = self.video && std::mem::take(&mut self.keyframe_wanted);
        self.keyframes += u32::from(keyframe);
        self.frame += 1;
        self.picture_id = (self.picture_id + 1) & 0x7FFF;
        self.tl0 = self.tl0.wrapping_add(1);
        self.last = Some((now, self.timestamp));
        let count = if self.video { FRAME_PACKETS } else { 1 };
        for part in 0..count {
            let mut payload = Vec::new();
            if self.video {
                let [high, low] = (self.picture_id | 0x8000).to_be_bytes();
                let start = if part == 0 { 0x90 } else { 0x80 };
                payload.extend_from_slice(&[start, 0xC0, high, low, self.tl0]);
                payload.push(u8::from(part > 0 || !keyframe));
            }
            payload.push(MAGIC);
            payload.extend_from_slice(&self.ssrc.to_be_bytes());
            payload.extend_from_slice(&self.frame.to_be_bytes());
            payload.extend_from_slice(&[part as u8, u8::from(keyframe)]);
            payload.resize(if self.video { 1000 } else { 100 }, 0x55);
            let marker = self.video && part + 1 == count;
            self.history
                .push_back((self.sequence, self.timestamp, payload.clone(), marker));
            if self.history.len() > 600 {
                self.history.pop_front();
            }
            packets.push((self.header(marker), payload));
            self.sequence = self.sequence.wrapping_add(1);
            self.sent.0 += 1;
        }
    }

    fn header(&self, marker: bool) -> Header {
        let mut header = Header {
            version: 2,
            marker,
            payload_type: self.payload_type,
            sequence_number: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
            ..Header::default()
        };
        header
            .set_extension(4, Bytes::from_static(self.mid.as_bytes()))
            .unwrap();
        header
    }

    /// The retransmission of a packet.
    pub fn resend(&mut self, sequence: u16) -> Option<(Header, Vec<u8>)> {
        let found = self
            .history
            .iter()
            .find(|(number, ..)| *number == sequence)?;
        let (number, timestamp, payload, marker) = found.clone();
        let mut header = self.header(marker);
        header.ssrc = self.rtx_ssrc;
        header.payload_type = 97;
        header.sequence_number = self.rtx_sequence;
        header.timestamp = timestamp;
        self.rtx_sequence = self.rtx_sequence.wrapping_add(1);
        let mut body = number.to_be_bytes().to_vec();
        body.extend_from_slice(&payload);
        Some((header, body))
    }

    /// The stream's clock: when its last frame was sampled, and its timestamp.
    pub fn clock(&self) -> Option<(Instant, u32)> {
        self.last
    }
}

/// What a payload of ours says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// The sender's SSRC.
    pub from: u32,
    pub frame: u32,
    pub part: u8,
    pub keyframe: bool,
    /// Of the VP8 descriptor.
    pub picture_id: u16,
    pub tl0: u8,
}

/// Reads a payload of ours.
pub fn content(video: bool, payload: &[u8]) -> Content {
    let (picture_id, tl0, body) = match video {
        true => (
            u16::from_be_bytes([payload[2], payload[3]]) & 0x7FFF,
            payload[4],
            &payload[6..],
        ),
        false => (0, 0, payload),
    };
    assert_eq!(body[0], MAGIC, "the payload is not ours: {body:?}");
    let word = |at: usize| u32::from_be_bytes(body[at..at + 4].try_into().unwrap());
    Content {
        from: word(1),
        frame: word(5),
        part: body[9],
        keyframe: body[10] == 1,
        picture_id,
        tl0,
    }
}
