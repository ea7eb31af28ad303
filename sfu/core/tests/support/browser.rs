//! A complete browser in memory: ICE, DTLS, SRTP, an Opus and a VP8 stream, and its slots.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rtc_rtcp::packet::Packet as RtcpPacket;
use rtc_rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc_rtcp::receiver_report::ReceiverReport;
use rtc_rtcp::reception_report::ReceptionReport;
use rtc_rtcp::sender_report::SenderReport;
use rtc_rtcp::transport_feedbacks::transport_layer_cc::TransportLayerCc;
use rtc_rtcp::transport_feedbacks::transport_layer_nack::{
    TransportLayerNack, nack_pairs_from_sequence_numbers,
};
use rtc_rtp::header::Header;
use rtc_rtp::packet::Packet;
use rtc_shared::marshal::{Marshal, Unmarshal};
use sfu_core::srtp::{Inbound, Outbound};

use super::dtls::DtlsClient;
use super::receiver::Receiver;
use super::sdp::{self, Answer};
use super::sender::Sender;
use super::stun;

const PASSWORD: &str = "browserpasswordof24chars";
const CHECK_EVERY: Duration = Duration::from_millis(500);

/// One browser.
pub struct Browser {
    pub address: SocketAddr,
    number: u32,
    ufrag: String,
    answer: Option<Answer>,
    dtls: DtlsClient,
    inbound: Option<Inbound>,
    outbound: Option<Outbound>,
    pub microphone: Sender,
    pub camera: Sender,
    pub slots: Vec<Receiver>,
    pub out: Vec<Vec<u8>>,
    next_check: Instant,
    checks: u32,
    next_report: Instant,
    transport_number: u16,
    /// Packets that transport feedback said were received, and messages.
    pub feedback: (usize, usize),
    /// SRTP packets that did not open, replays aside.
    pub broken: usize,
    /// Keyframe requests that came.
    pub asked: usize,
    pub nacked: usize,
    /// Hears nothing any more.
    pub deaf: bool,
}

impl Browser {
    pub fn new(number: u32, now: Instant) -> Browser {
        Browser {
            address: SocketAddr::from(([198, 51, 100, number as u8], 4000)),
            number,
            ufrag: format!("user{number}"),
            answer: None,
            dtls: DtlsClient::new(),
            inbound: None,
            outbound: None,
            microphone: Sender::new(false, number, now),
            camera: Sender::new(true, number, now),
            slots: Vec::new(),
            out: Vec::new(),
            next_check: now,
            checks: 0,
            next_report: now + Duration::from_secs(1),
            transport_number: 65_000,
            feedback: (0, 0),
            broken: 0,
            asked: 0,
            nacked: 0,
            deaf: false,
        }
    }

    pub fn offer(&self) -> String {
        sdp::offer(&self.ufrag, PASSWORD, &self.dtls.fingerprint())
    }

    /// New ICE credentials for a restart.
    pub fn restart_ice(&mut self) -> String {
        self.ufrag.push('r');
        self.offer()
    }

    pub fn accept(&mut self, answer: &str) {
        let answer = sdp::read(answer);
        if self.slots.is_empty() {
            self.slots = answer.receives.iter().cloned().map(Receiver::new).collect();
        }
        self.answer = Some(answer);
    }

    pub fn is_connected(&self) -> bool {
        self.outbound.is_some()
    }

    /// The server's user fragment and password for this browser.
    pub fn server_credentials(&self) -> (String, String) {
        let answer = self.answer.as_ref().unwrap();
        (answer.ufrag.clone(), answer.password.clone())
    }

    /// Says goodbye.
    pub fn hang_up(&mut self, now: Instant) {
        self.dtls.close(now);
        self.outbound = None;
    }

    /// Checks the path at once, as a browser does after its address changed.
    pub fn move_to(&mut self, address: SocketAddr, now: Instant) {
        self.address = address;
        self.next_check = now;
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Instant) {
        self.check(now);
        while let Some(datagram) = self.dtls.poll(now) {
            self.out.push(datagram);
        }
        if self.outbound.is_none() {
            return;
        }
        for video in [false, true] {
            let sender = if video {
                &mut self.camera
            } else {
                &mut self.microphone
            };
            for (header, payload) in sender.due(now) {
                self.seal(header, payload);
            }
        }
        self.repair(now);
        if now >= self.next_report {
            self.next_report = now + Duration::from_secs(1);
            self.report(now);
        }
    }

    fn check(&mut self, now: Instant) {
        let Some(answer) = self.answer.as_ref().filter(|_| now >= self.next_check) else {
            return;
        };
        self.next_check = now + CHECK_EVERY;
        self.checks += 1;
        let mut id = [self.number as u8; 12];
        id[..4].copy_from_slice(&self.checks.to_be_bytes());
        self.out.push(stun::nominate(
            id,
            &answer.ufrag,
            &self.ufrag,
            &answer.password,
        ));
    }

    fn seal(&mut self, mut header: Header, payload: Vec<u8>) {
        let number = self.transport_number.to_be_bytes().to_vec();
        self.transport_number = self.transport_number.wrapping_add(1);
        header.set_extension(3, Bytes::from(number)).unwrap();
        let plain = Packet {
            header,
            payload: payload.into(),
        }
        .marshal()
        .unwrap();
        let mut sealed = plain.to_vec();
        self.outbound
            .as_mut()
            .unwrap()
            .seal_rtp_in_place(&mut sealed, 0)
            .unwrap();
        self.out.push(sealed);
    }

    fn seal_rtcp(&mut self, packet: &dyn RtcpPacket) {
        let plain = packet.marshal().unwrap();
        let mut sealed = Vec::new();
        self.outbound
            .as_mut()
            .unwrap()
            .seal_rtcp(&plain, &mut sealed)
            .unwrap();
        self.out.push(sealed);
    }

    /// Sends any bytes as authentic RTP or RTCP: a hostile peer has keys too.
    pub fn inject(&mut self, rtcp: bool, plain: &[u8]) {
        let outbound = self.outbound.as_mut().unwrap();
        let mut sealed = Vec::new();
        let result = if rtcp {
            outbound.seal_rtcp(plain, &mut sealed)
        } else {
            sealed.extend_from_slice(plain);
            outbound.seal_rtp_in_place(&mut sealed, 0)
        };
        if result.is_ok() {
            self.out.push(sealed);
        }
    }

    fn repair(&mut self, now: Instant) {
        let mut wanted = Vec::new();
        for slot in self.slots.iter_mut().filter(|slot| slot.slot.video) {
            let lost = slot.nacks(now);
            if !lost.is_empty() {
                wanted.push((slot.slot.ssrc, lost));
            }
        }
        for (media_ssrc, lost) in wanted {
            let nacks = nack_pairs_from_sequence_numbers(&lost);
            self.seal_rtcp(&TransportLayerNack {
                sender_ssrc: 1,
                media_ssrc,
                nacks,
            });
        }
    }

    /// Asks for a keyframe of a slot.
    pub fn ask_keyframe(&mut self, slot: usize) {
        let media_ssrc = self.slots[slot].slot.ssrc;
        self.seal_rtcp(&PictureLossIndication {
            sender_ssrc: 1,
            media_ssrc,
        });
    }

    fn report(&mut self, now: Instant) {
        for video in [false, true] {
            let sender = if video {
                &self.camera
            } else {
                &self.microphone
            };
            let Some((_, rtp_time)) = sender.clock().filter(|_| sender.on) else {
                continue;
            };
            let (ssrc, packet_count) = (sender.ssrc, sender.sent.0);
            let ntp_time = super::world::ntp(now);
            let report = SenderReport {
                ssrc,
                ntp_time,
                rtp_time,
                packet_count,
                ..SenderReport::default()
            };
            self.seal_rtcp(&report);
        }
        let mut reports = Vec::new();
        for slot in &mut self.slots {
            let Some((fraction_lost, last_sequence_number)) = slot.report() else {
                continue;
            };
            let (last_sender_report, delay) = slot.sender_report.map_or((0, 0), |(ntp, _, at)| {
                (
                    (ntp >> 16) as u32,
                    ((now - at).as_secs_f64() * 65_536.0) as u32,
                )
            });
            reports.push(ReceptionReport {
                ssrc: slot.slot.ssrc,
                fraction_lost,
                last_sequence_number,
                last_sender_report,
                delay,
                ..ReceptionReport::default()
            });
        }
        self.seal_rtcp(&ReceiverReport {
            ssrc: 1,
            reports,
            ..ReceiverReport::default()
        });
    }

    /// Takes a datagram in.
    pub fn handle(&mut self, now: Instant, datagram: &[u8]) {
        if self.deaf {
            return;
        }
        match datagram {
            [0..=3, ..] => {
                if stun::is_success(datagram) {
                    self.dtls.start(now);
                }
            }
            [20..=63, ..] => {
                if let Some(keys) = self.dtls.handle(now, datagram) {
                    self.inbound = Some(Inbound::new(&keys).unwrap());
                    self.outbound = Some(Outbound::new(&keys).unwrap());
                }
            }
            [_, 192..=223, ..] => self.take_rtcp(now, datagram.to_vec()),
            _ => self.take_rtp(now, datagram.to_vec()),
        }
    }

    fn take_rtp(&mut self, now: Instant, mut datagram: Vec<u8>) {
        let Some(inbound) = self.inbound.as_mut() else {
            return;
        };
        let length = match inbound.open_rtp(&mut datagram) {
            Ok(length) => length,
            Err(sfu_core::srtp::SrtpError::Replayed) => return,
            Err(_) => {
                self.broken += 1;
                return;
            }
        };
        datagram.truncate(length);
        let packet = Packet::unmarshal(&mut Bytes::from(datagram)).unwrap();
        let header = &packet.header;
        let slot = self
            .slots
            .iter_mut()
            .find(|slot| slot.slot.ssrc == header.ssrc || slot.slot.rtx == Some(header.ssrc));
        let slot = slot.expect("a packet of no slot");
        if slot.slot.rtx == Some(header.ssrc) {
            assert_eq!(header.payload_type, 97);
            let original = u16::from_be_bytes([packet.payload[0], packet.payload[1]]);
            slot.repaired += 1;
            slot.take(now, (original, header.timestamp), &packet.payload[2..]);
        } else {
            assert_eq!(header.payload_type, if slot.slot.video { 96 } else { 111 });
            slot.take(
                now,
                (header.sequence_number, header.timestamp),
                &packet.payload,
            );
        }
    }

    fn take_rtcp(&mut self, now: Instant, mut datagram: Vec<u8>) {
        let Some(inbound) = self.inbound.as_mut() else {
            return;
        };
        let Ok(length) = inbound.open_rtcp(&mut datagram) else {
            return;
        };
        datagram.truncate(length);
        let packets = rtc_rtcp::packet::unmarshal(&mut Bytes::from(datagram)).unwrap();
        for packet in packets {
            let packet = packet.as_any();
            if let Some(nack) = packet.downcast_ref::<TransportLayerNack>() {
                assert_eq!(nack.media_ssrc, self.camera.ssrc);
                for sequence in nack.nacks.iter().flat_map(|pair| pair.packet_list()) {
                    self.nacked += 1;
                    if let Some((header, payload)) = self.camera.resend(sequence) {
                        self.seal(header, payload);
                    }
                }
            } else if let Some(pli) = packet.downcast_ref::<PictureLossIndication>() {
                assert_eq!(pli.media_ssrc, self.camera.ssrc);
                self.asked += 1;
                self.camera.keyframe_wanted = true;
            } else if let Some(report) = packet.downcast_ref::<SenderReport>() {
                let slot = self
                    .slots
                    .iter_mut()
                    .find(|slot| slot.slot.ssrc == report.ssrc);
                let slot = slot.expect("a report of no slot");
                slot.sender_report = Some((report.ntp_time, report.rtp_time, now));
            } else if let Some(feedback) = packet.downcast_ref::<TransportLayerCc>() {
                self.feedback.0 += feedback.recv_deltas.len();
                self.feedback.1 += 1;
            }
        }
    }
}
