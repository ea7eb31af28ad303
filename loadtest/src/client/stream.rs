//! What a publisher sends: Opus at 50 packets a second of 100 B, and VP8 at 30 frames a second
//! and 1.5 Mbit/s in bursts of 1,200 B packets. Sizes are of the plain RTP packet with header.

use anyhow::Result;

use super::rtp::{Head, TRAILER, Trailer, write_header};
use super::sdp::{EXT_LEVEL, EXT_MID, EXT_TRANSPORT_CC, OPUS, VP8, VP8_RTX};
use super::socket::Outbox;
use super::srtp::Context128;
use super::vp8::{write_descriptor, write_frame_header};
use crate::clock::SECOND;

/// Size of an Opus packet, bytes.
pub const OPUS_BYTES: usize = 100;
/// Time between Opus packets, nanoseconds.
pub const OPUS_EVERY_NS: i64 = SECOND / 50;
/// Size of a VP8 packet, bytes.
pub const VP8_BYTES: usize = 1_200;
/// Frames per second.
pub const FPS: i64 = 30;
/// Bitrate of the video, bytes per second.
pub const VP8_RATE: i64 = 1_500_000 / 8;
/// Packets of a keyframe; the frames after it are smaller until the rate is met again.
pub const KEYFRAME_PACKETS: i64 = 12;
/// The smallest frame, packets.
const SMALLEST_FRAME: i64 = 2;
/// Packets that carry the mid, after which the server has learned the SSRC.
const MID_PACKETS: u64 = 50;
/// Packets kept for retransmission.
const HISTORY: usize = 512;
/// A publisher that is further behind than this leaves the missed time out.
const CATCH_UP_NS: i64 = SECOND / 5;

/// What a packet was made of, so that it can be made again.
#[derive(Debug, Clone, Copy, Default)]
struct Made {
    seq: u16,
    timestamp: u32,
    marker: bool,
    start: bool,
    keyframe: bool,
    picture: u16,
    tl0: u8,
    number: u64,
    sent_ns: i64,
}

/// One outgoing stream.
pub struct Stream {
    /// SSRC.
    pub ssrc: u32,
    rtx_ssrc: Option<u32>,
    mid: &'static str,
    id: u32,
    video: bool,
    transport_cc: bool,
    seq: u16,
    rtx_seq: u16,
    timestamp: u32,
    number: u64,
    bytes: u32,
    picture: u16,
    tl0: u8,
    /// Bytes that the rate allows, not yet sent.
    credit: i64,
    keyframe_wanted: bool,
    history: Vec<Made>,
    /// When the next packet or frame is due, nanoseconds since 1970.
    pub due_ns: i64,
    /// Keyframes sent.
    pub keyframes: u32,
}

/// What all streams of a peer share while they send.
pub struct Wire<'a> {
    /// Where packets go.
    pub out: &'a mut Outbox,
    /// The keys; without them packets stay plain.
    pub srtp: Option<&'a mut Context128>,
    /// The next transport-wide sequence number.
    pub transport_seq: &'a mut u16,
}

impl Wire<'_> {
    /// Seals the packet that was written last.
    fn seal(&mut self, header: usize) -> Result<()> {
        match &mut self.srtp {
            Some(srtp) => srtp.seal_rtp(self.out.last(), header),
            None => Ok(()),
        }
    }
}

impl Stream {
    /// A microphone; its first packet is due at `start_ns`.
    #[must_use]
    pub fn microphone(id: u32, ssrc: u32, transport_cc: bool, start_ns: i64) -> Self {
        Self::new(id, ssrc, None, transport_cc, start_ns)
    }

    /// A camera; its first frame, a keyframe, is due at `start_ns`.
    #[must_use]
    pub fn camera(id: u32, ssrcs: (u32, u32), transport_cc: bool, start_ns: i64) -> Self {
        Self::new(id, ssrcs.0, Some(ssrcs.1), transport_cc, start_ns)
    }

    fn new(id: u32, ssrc: u32, rtx: Option<u32>, transport_cc: bool, start_ns: i64) -> Self {
        let video = rtx.is_some();
        Self {
            ssrc,
            rtx_ssrc: rtx,
            mid: if video { "1" } else { "0" },
            id,
            video,
            transport_cc,
            seq: rand::random(),
            rtx_seq: rand::random(),
            timestamp: rand::random(),
            number: 0,
            bytes: 0,
            picture: rand::random::<u16>() & 0x7fff,
            tl0: 0,
            credit: 0,
            keyframe_wanted: true,
            history: if video {
                vec![Made::default(); HISTORY]
            } else {
                Vec::new()
            },
            due_ns: start_ns,
            keyframes: 0,
        }
    }

    /// The next frame shall be a keyframe.
    pub fn want_keyframe(&mut self) {
        self.keyframe_wanted = true;
    }

    /// A camera; else a microphone.
    #[must_use]
    pub fn is_video(&self) -> bool {
        self.video
    }

    /// Packets and bytes sent and the current timestamp, for a sender report.
    #[must_use]
    pub fn sent(&self) -> (u32, u32, u32) {
        (self.number as u32, self.bytes, self.timestamp)
    }

    /// Writes the packet or the frame that is due, and sets the next due time.
    ///
    /// # Errors
    /// When sealing fails.
    pub fn emit(&mut self, now_ns: i64, wire: &mut Wire<'_>) -> Result<()> {
        let every = if self.video {
            SECOND / FPS
        } else {
            OPUS_EVERY_NS
        };
        if self.video {
            self.emit_frame(now_ns, wire)?;
        } else {
            let made = Made {
                marker: self.number == 0,
                ..self.make(now_ns)
            };
            self.write(made, wire)?;
            self.timestamp = self.timestamp.wrapping_add(960);
        }
        self.due_ns += every;
        if now_ns - self.due_ns > CATCH_UP_NS {
            self.due_ns = now_ns + every;
        }
        Ok(())
    }

    fn emit_frame(&mut self, now_ns: i64, wire: &mut Wire<'_>) -> Result<()> {
        self.credit += VP8_RATE / FPS;
        let keyframe = std::mem::take(&mut self.keyframe_wanted);
        self.keyframes += u32::from(keyframe);
        let fits = (self.credit / VP8_BYTES as i64).max(SMALLEST_FRAME);
        let packets = if keyframe { KEYFRAME_PACKETS } else { fits };
        self.credit -= packets * VP8_BYTES as i64;
        self.picture = self.picture.wrapping_add(1) & 0x7fff;
        self.tl0 = self.tl0.wrapping_add(1);
        for index in 0..packets {
            let made = Made {
                marker: index + 1 == packets,
                start: index == 0,
                keyframe: keyframe && index == 0,
                ..self.make(now_ns)
            };
            self.write(made, wire)?;
        }
        self.timestamp = self.timestamp.wrapping_add(90_000 / FPS as u32);
        Ok(())
    }

    /// The next packet of the stream.
    fn make(&mut self, now_ns: i64) -> Made {
        self.seq = self.seq.wrapping_add(1);
        self.number += 1;
        Made {
            seq: self.seq,
            timestamp: self.timestamp,
            picture: self.picture,
            tl0: self.tl0,
            number: self.number - 1,
            sent_ns: now_ns,
            ..Made::default()
        }
    }

    fn write(&mut self, made: Made, wire: &mut Wire<'_>) -> Result<()> {
        let payload_type = if self.video { VP8 } else { OPUS };
        let packet = wire.out.add();
        let header = self.write_head(packet, made, payload_type, wire.transport_seq, None);
        let size = if self.video { VP8_BYTES } else { OPUS_BYTES };
        self.write_payload(packet, made, size);
        self.bytes = self.bytes.wrapping_add((packet.len() - header) as u32);
        if self.video {
            self.history[usize::from(made.seq) % HISTORY] = made;
        }
        wire.seal(header)
    }

    /// Sends the packet `seq` again on the RTX stream (RFC 4588), if it is still known.
    ///
    /// # Errors
    /// When sealing fails.
    pub fn retransmit(&mut self, seq: u16, wire: &mut Wire<'_>) -> Result<bool> {
        let made = self
            .history
            .get(usize::from(seq) % HISTORY)
            .copied()
            .unwrap_or_default();
        let Some(rtx_ssrc) = self
            .rtx_ssrc
            .filter(|_| made.sent_ns != 0 && made.seq == seq)
        else {
            return Ok(false);
        };
        self.rtx_seq = self.rtx_seq.wrapping_add(1);
        let packet = wire.out.add();
        let again = Made {
            seq: self.rtx_seq,
            ..made
        };
        let header = self.write_head(packet, again, VP8_RTX, wire.transport_seq, Some(rtx_ssrc));
        packet.extend_from_slice(&seq.to_be_bytes());
        self.write_payload(packet, made, VP8_BYTES + 2);
        wire.seal(header)?;
        Ok(true)
    }

    fn write_head(
        &self,
        packet: &mut Vec<u8>,
        made: Made,
        payload_type: u8,
        transport_seq: &mut u16,
        rtx: Option<u32>,
    ) -> usize {
        let number = transport_seq.to_be_bytes();
        let mut extensions: [(u8, &[u8]); 3] = [(0, &[]); 3];
        let mut count = 0;
        let mut add = |id: u8, value| {
            extensions[count] = (id, value);
            count += 1;
        };
        if !self.video {
            add(EXT_LEVEL, &[0x80 | 30]);
        }
        if self.transport_cc {
            add(EXT_TRANSPORT_CC, &number);
        }
        if made.number < MID_PACKETS {
            add(EXT_MID, self.mid.as_bytes());
        }
        *transport_seq = transport_seq.wrapping_add(u16::from(self.transport_cc));
        let head = Head {
            marker: made.marker,
            payload_type,
            seq: made.seq,
            timestamp: made.timestamp,
            ssrc: rtx.unwrap_or(self.ssrc),
            extensions: &extensions[..count],
        };
        write_header(packet, &head)
    }

    /// Fills the packet up to `size` bytes; the trailer stands last.
    fn write_payload(&self, packet: &mut Vec<u8>, made: Made, size: usize) {
        let header = packet.len();
        if self.video {
            write_descriptor(packet, made.start, made.picture, made.tl0);
            if made.start {
                write_frame_header(packet, made.keyframe);
            }
        }
        packet.resize(size.max(header + TRAILER + 16), 0x5a);
        let trailer = Trailer {
            stream: self.id,
            number: made.number,
            sent_ns: made.sent_ns,
        };
        trailer.write(&mut packet[header..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::rtp::Header;
    use crate::client::vp8;

    struct Bench {
        out: Outbox,
        seal: Context128,
        open: Context128,
        transport_seq: u16,
    }

    impl Bench {
        fn new() -> Self {
            let provider = rtc_crypto::default_provider().unwrap();
            let make = || Context128::new(&[1; 16], &[2; 12], provider.crypto()).unwrap();
            Self {
                out: Outbox::default(),
                seal: make(),
                open: make(),
                transport_seq: 0,
            }
        }

        fn emit(&mut self, stream: &mut Stream, now: i64) -> Vec<Vec<u8>> {
            let mut wire = Wire {
                out: &mut self.out,
                srtp: Some(&mut self.seal),
                transport_seq: &mut self.transport_seq,
            };
            stream.emit(now, &mut wire).unwrap();
            self.opened()
        }

        fn opened(&mut self) -> Vec<Vec<u8>> {
            let mut packets = self.out.take();
            for packet in &mut packets {
                let header = Header::parse(packet).unwrap().len;
                let len = self.open.open_rtp(packet, header).unwrap();
                packet.truncate(len);
            }
            packets
        }
    }

    #[test]
    fn video_keeps_its_rate_and_begins_with_a_keyframe() {
        let mut bench = Bench::new();
        let mut stream = Stream::camera(1, (2, 3), true, 0);
        let mut bytes = 0;
        for frame in 0..300 {
            let packets = bench.emit(&mut stream, frame * SECOND / FPS);
            assert!(packets.iter().all(|packet| packet.len() == VP8_BYTES));
            bytes += packets.len() * VP8_BYTES;
            let header = Header::parse(&packets[0]).unwrap();
            let descriptor = vp8::parse(&packets[0][header.len..]).unwrap();
            assert_eq!(descriptor.keyframe, frame == 0);
            let markers: Vec<bool> = packets
                .iter()
                .map(|packet| Header::parse(packet).unwrap().marker)
                .collect();
            assert_eq!(markers.iter().filter(|marker| **marker).count(), 1);
            assert_eq!(markers.last(), Some(&true));
        }
        let rate = bytes as f64 * 8.0 / 10.0;
        assert!((rate - 1_500_000.0).abs() < 20_000.0, "{rate} bit/s");
    }

    #[test]
    fn sound_is_fifty_packets_of_a_hundred_bytes_a_second() {
        let mut bench = Bench::new();
        let mut stream = Stream::microphone(1, 2, true, 0);
        for _ in 0..50 {
            let packets = bench.emit(&mut stream, 0);
            assert_eq!(packets.len(), 1);
            assert_eq!(packets[0].len(), OPUS_BYTES);
        }
        assert_eq!(stream.due_ns, SECOND);
    }

    #[test]
    fn a_retransmission_carries_the_same_payload_behind_its_number() {
        let mut bench = Bench::new();
        let mut stream = Stream::camera(1, (2, 3), false, 0);
        let first = bench.emit(&mut stream, 7);
        let header = Header::parse(&first[1]).unwrap();
        let mut wire = Wire {
            out: &mut bench.out,
            srtp: Some(&mut bench.seal),
            transport_seq: &mut bench.transport_seq,
        };
        assert!(stream.retransmit(header.seq, &mut wire).unwrap());
        assert!(
            !stream
                .retransmit(header.seq.wrapping_add(100), &mut wire)
                .unwrap()
        );
        let again = bench.opened().remove(0);
        let rtx = Header::parse(&again).unwrap();
        assert_eq!((rtx.ssrc, rtx.payload_type), (3, VP8_RTX));
        assert_eq!(again[rtx.len..rtx.len + 2], header.seq.to_be_bytes());
        assert_eq!(Trailer::read(&again), Trailer::read(&first[1]));
    }
}
