//! One lean client: ICE checks, DTLS, then media both ways. It owns its socket and no clock.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Context, Result};
use tokio::sync::mpsc::UnboundedSender;

use super::dtls::{self, Client, Identity};
use super::receive::{Heard, Reception, Tally};
use super::rtcp::{self, Feedback, ReportBlock};
use super::rtp::{Header, is_rtcp};
use super::sdp::{self, Answer, EXT_TRANSPORT_CC};
use super::socket::{Datagram, Outbox, Socket};
use super::srtp::Session;
use super::stream::{OPUS_EVERY_NS, Stream, Wire};
use super::stun::{self, Credentials};
use crate::clock::{MS, SECOND};

/// First checks follow each other this fast …
const CHECK_FAST_NS: i64 = 50 * MS;
/// … and after the first answer this fast, as browsers do.
const CHECK_SLOW_NS: i64 = 2_500 * MS;
/// Transport-wide feedback, NACK and PLI leave this often.
const FEEDBACK_NS: i64 = 100 * MS;
/// The same while something is missing.
const FEEDBACK_FAST_NS: i64 = 20 * MS;
/// Reports leave this often.
const REPORT_NS: i64 = SECOND;
/// A keyframe that does not come is asked for this often.
const PLI_NS: i64 = 500 * MS;
/// Never.
const NEVER: i64 = i64::MAX;

/// What happened at a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerEvent {
    /// The first check was answered.
    Checked {
        /// When, nanoseconds since 1970.
        at_ns: i64,
    },
    /// DTLS is done.
    Connected {
        /// When, nanoseconds since 1970.
        at_ns: i64,
    },
    /// The first complete keyframe (or first sound) of a publisher's stream arrived.
    Frame {
        /// Number of the publisher's stream.
        stream: u32,
        /// A picture; else sound.
        video: bool,
        /// When the kernel took its last packet in, nanoseconds since 1970.
        at_ns: i64,
    },
    /// The connection is over.
    Failed {
        /// Why.
        reason: String,
    },
}

/// What a client is made of.
pub struct Plan {
    /// Number of the client in this run; its streams are `4·number` and up.
    pub number: u32,
    /// Shared certificate.
    pub identity: Identity,
    /// The answer to its offer.
    pub answer: Answer,
    /// `remote:local` and the passwords.
    pub credentials: Credentials,
    /// SSRC of the microphone.
    pub microphone: u32,
    /// SSRCs of the camera: media and RTX.
    pub camera: (u32, u32),
    /// Where events go.
    pub events: UnboundedSender<PeerEvent>,
}

/// A slot with what it hears.
struct Slot {
    ssrc: u32,
    reception: Reception,
    report: Option<(u32, i64)>,
}

/// The timers, nanoseconds since 1970.
struct Timers {
    check: i64,
    feedback: i64,
    report: i64,
    pli: i64,
}

/// One lean client.
pub struct Peer {
    /// Its socket.
    pub socket: Socket,
    plan: Plan,
    dtls: Option<Client>,
    session: Option<Session>,
    checked: bool,
    streams: Vec<Stream>,
    slots: Vec<Slot>,
    by_ssrc: BTreeMap<u32, (usize, bool)>,
    timers: Timers,
    transport_seq: u16,
    arrivals: Vec<(u16, i64)>,
    feedback_count: u8,
    tally: Tally,
    window: bool,
    /// Packets that did not authenticate or belong nowhere.
    pub strays: u64,
    /// The connection is over.
    pub failed: bool,
}

impl Peer {
    /// Opens the socket; the first check is due at once.
    ///
    /// # Errors
    /// When the system refuses the socket.
    pub fn open(plan: Plan, now_ns: i64) -> Result<Self> {
        let any = if plan.answer.candidate.ip().is_loopback() {
            "127.0.0.1"
        } else {
            "0.0.0.0"
        };
        let socket = Socket::bind(SocketAddr::new(any.parse().context("address")?, 0))?;
        socket.connect(plan.answer.candidate)?;
        let mut by_ssrc = BTreeMap::new();
        let mut slots = Vec::new();
        for (index, slot) in plan.answer.slots.iter().enumerate() {
            by_ssrc.insert(slot.ssrc, (index, false));
            if let Some(rtx) = slot.rtx {
                by_ssrc.insert(rtx, (index, true));
            }
            let reception = Reception::new(slot.video);
            slots.push(Slot {
                ssrc: slot.ssrc,
                reception,
                report: None,
            });
        }
        Ok(Self {
            socket,
            plan,
            dtls: None,
            session: None,
            checked: false,
            streams: Vec::new(),
            slots,
            by_ssrc,
            timers: Timers {
                check: now_ns,
                feedback: NEVER,
                report: NEVER,
                pli: NEVER,
            },
            transport_seq: rand::random(),
            arrivals: Vec::new(),
            feedback_count: 0,
            tally: Tally::default(),
            window: false,
            strays: 0,
            failed: false,
        })
    }

    /// Starts microphone and camera, or stops both. `phase` in 0..1 spreads publishers in time.
    pub fn publish(&mut self, on: bool, phase: f64, now_ns: i64) {
        self.streams.clear();
        if !on {
            return;
        }
        let transport_cc = self.plan.answer.transport_cc;
        let id = 4 * self.plan.number;
        let sound = now_ns + (phase * OPUS_EVERY_NS as f64) as i64;
        let picture = now_ns + (phase * (SECOND / super::stream::FPS) as f64) as i64;
        self.streams.push(Stream::microphone(
            id,
            self.plan.microphone,
            transport_cc,
            sound,
        ));
        self.streams.push(Stream::camera(
            id + 1,
            self.plan.camera,
            transport_cc,
            picture,
        ));
    }

    /// Begins or ends the measuring window of all slots.
    pub fn window(&mut self, open: bool) {
        self.window = open;
        for slot in &mut self.slots {
            self.tally.merge(&slot.reception.window(open));
        }
    }

    /// Totals since they were last taken.
    pub fn take_tally(&mut self) -> Tally {
        std::mem::take(&mut self.tally)
    }

    /// When [`Peer::handle_timeout`] is next due, nanoseconds since 1970.
    #[must_use]
    pub fn due_ns(&self) -> i64 {
        if self.failed {
            return NEVER;
        }
        let timers = &self.timers;
        let first = timers
            .check
            .min(timers.feedback)
            .min(timers.report)
            .min(timers.pli);
        if self.session.is_none() {
            return first;
        }
        self.streams
            .iter()
            .map(|stream| stream.due_ns)
            .fold(first, i64::min)
    }

    fn tell(&mut self, event: PeerEvent) {
        let _ = self.plan.events.send(event);
    }

    /// Ends the connection and says why.
    pub fn fail(&mut self, reason: String) {
        self.failed = true;
        self.tell(PeerEvent::Failed { reason });
    }

    /// Does all that is due.
    ///
    /// # Errors
    /// When the connection cannot go on.
    pub fn handle_timeout(&mut self, now_ns: i64, out: &mut Outbox) -> Result<()> {
        if now_ns >= self.timers.check {
            stun::write_request(out.add(), rand::random(), &self.plan.credentials);
            let pause = if self.checked {
                CHECK_SLOW_NS
            } else {
                CHECK_FAST_NS
            };
            self.timers.check = now_ns + pause;
            self.drive_dtls(now_ns, out)?;
        }
        let Some(session) = &mut self.session else {
            out.flush(&self.socket);
            return Ok(());
        };
        let mut wire = Wire {
            out,
            srtp: Some(&mut session.outbound),
            transport_seq: &mut self.transport_seq,
        };
        for stream in &mut self.streams {
            if now_ns >= stream.due_ns {
                stream.emit(now_ns, &mut wire)?;
            }
        }
        if now_ns >= self.timers.feedback {
            self.send_feedback(now_ns, out)?;
        }
        if now_ns >= self.timers.report {
            self.send_reports(now_ns, out)?;
        }
        out.flush(&self.socket);
        Ok(())
    }

    /// The handshake's own timers; they run beside the checks, every 50 ms until it is done.
    fn drive_dtls(&mut self, now_ns: i64, out: &mut Outbox) -> Result<()> {
        let Some(dtls) = &mut self.dtls else {
            return Ok(());
        };
        let now = Instant::now();
        if dtls.poll_timeout().is_some_and(|due| now >= due) {
            dtls.handle_timeout(now)?;
        }
        while let Some(datagram) = dtls.poll_transmit() {
            out.add().extend_from_slice(&datagram);
        }
        if self.session.is_none() {
            self.timers.check = now_ns + CHECK_FAST_NS;
        }
        Ok(())
    }

    /// Takes a datagram in.
    ///
    /// # Errors
    /// When the connection cannot go on.
    pub fn handle_datagram(&mut self, datagram: Datagram<'_>, out: &mut Outbox) -> Result<()> {
        let Datagram { bytes, at_ns } = datagram;
        if stun::is_stun(bytes) {
            return self.handle_stun(bytes, at_ns, out);
        }
        if dtls::is_dtls(bytes) {
            return self.handle_dtls(bytes, at_ns, out);
        }
        let Some(session) = &mut self.session else {
            self.strays += 1;
            return Ok(());
        };
        if is_rtcp(bytes) {
            let Ok(len) = session.inbound.open_rtcp(bytes) else {
                self.strays += 1;
                return Ok(());
            };
            let bytes = &bytes[..len];
            return self.handle_rtcp(bytes, at_ns, out);
        }
        self.handle_rtp(bytes, at_ns);
        Ok(())
    }

    fn handle_stun(&mut self, bytes: &[u8], at_ns: i64, out: &mut Outbox) -> Result<()> {
        match stun::read_answer(bytes, &self.plan.credentials.remote_password) {
            Some(stun::Answer::Success(_)) if !self.checked => {
                self.checked = true;
                self.tell(PeerEvent::Checked { at_ns });
                let fingerprint = &self.plan.answer.fingerprint;
                let client = Client::connect(&self.plan.identity, fingerprint, Instant::now())?;
                self.dtls = Some(client);
                self.drive_dtls(at_ns, out)?;
                out.flush(&self.socket);
            }
            Some(_) => {}
            None => self.strays += 1,
        }
        Ok(())
    }

    fn handle_dtls(&mut self, bytes: &[u8], at_ns: i64, out: &mut Outbox) -> Result<()> {
        let Some(dtls) = &mut self.dtls else {
            return Ok(());
        };
        let result = dtls.handle_datagram(bytes, Instant::now());
        if let Some(session) = dtls.take_session() {
            self.session = Some(session);
            // Spread by the client's number: all clients must not report in the same moment.
            let phase = i64::from(self.plan.number % 64) * REPORT_NS / 64;
            self.timers.feedback = at_ns + FEEDBACK_NS + phase % FEEDBACK_NS;
            self.timers.report = at_ns + REPORT_NS / 2 + phase;
            self.timers.check = at_ns + CHECK_SLOW_NS;
            self.tell(PeerEvent::Connected { at_ns });
        }
        self.drive_dtls(at_ns, out)?;
        out.flush(&self.socket);
        result
    }

    fn handle_rtp(&mut self, bytes: &mut [u8], at_ns: i64) {
        let (Some(session), Some(header)) = (&mut self.session, Header::parse(bytes)) else {
            self.strays += 1;
            return;
        };
        let wire = bytes.len();
        let Ok(len) = session.inbound.open_rtp(bytes, header.len) else {
            self.strays += 1;
            return;
        };
        let packet = &bytes[..len];
        if let Some(seq) = header
            .extension(packet, EXT_TRANSPORT_CC)
            .filter(|seq| seq.len() == 2)
        {
            self.arrivals
                .push((u16::from_be_bytes([seq[0], seq[1]]), at_ns));
        }
        let Some((index, rtx)) = self.by_ssrc.get(&header.ssrc).copied() else {
            self.strays += 1;
            return;
        };
        let slot = &mut self.slots[index];
        if rtx {
            slot.reception.handle_retransmission(&header, packet);
            return;
        }
        let heard = slot.reception.handle_packet(&header, packet, wire, at_ns);
        if slot.reception.has_missing() {
            self.timers.feedback = self.timers.feedback.min(at_ns + FEEDBACK_FAST_NS);
        }
        match heard {
            Heard::Nothing => {}
            Heard::Keyframe { stream } => {
                self.tell(PeerEvent::Frame {
                    stream,
                    video: true,
                    at_ns,
                });
            }
            Heard::Sound { stream } => {
                self.tell(PeerEvent::Frame {
                    stream,
                    video: false,
                    at_ns,
                });
            }
        }
    }

    fn handle_rtcp(&mut self, packet: &[u8], at_ns: i64, out: &mut Outbox) -> Result<()> {
        let mut wanted = Vec::new();
        let (streams, slots) = (&mut self.streams, &mut self.slots);
        rtcp::read(packet, |feedback| match feedback {
            Feedback::Keyframe { ssrc } => {
                for stream in streams.iter_mut().filter(|stream| stream.ssrc == ssrc) {
                    stream.want_keyframe();
                }
            }
            Feedback::SenderReport { ssrc, middle } => {
                for slot in slots.iter_mut().filter(|slot| slot.ssrc == ssrc) {
                    slot.report = Some((middle, at_ns));
                }
            }
            Feedback::Nack { ssrc, first, mask } => {
                wanted.extend(rtcp::nacked(first, mask).map(|seq| (ssrc, seq)));
            }
            Feedback::TransportCc => {}
        });
        let Some(session) = self.session.as_mut().filter(|_| !wanted.is_empty()) else {
            return Ok(());
        };
        let mut wire = Wire {
            out,
            srtp: Some(&mut session.outbound),
            transport_seq: &mut self.transport_seq,
        };
        for (ssrc, seq) in wanted {
            if let Some(stream) = self.streams.iter_mut().find(|stream| stream.ssrc == ssrc) {
                stream.retransmit(seq, &mut wire)?;
            }
        }
        out.flush(&self.socket);
        Ok(())
    }

    /// Transport-wide feedback, NACKs and PLIs, as one compound packet.
    fn send_feedback(&mut self, now_ns: i64, out: &mut Outbox) -> Result<()> {
        self.timers.feedback = now_ns + FEEDBACK_NS;
        let own = self.plan.microphone;
        let packet = out.add();
        if !self.arrivals.is_empty() {
            let base = self.arrivals[0].0;
            self.arrivals
                .sort_by_key(|(seq, _)| seq.wrapping_sub(base) as i16);
            self.arrivals.dedup_by_key(|(seq, _)| *seq);
            let count = self.feedback_count;
            let media = self.slots.first().map_or(0, |slot| slot.ssrc);
            rtcp::write_transport_cc(packet, own, media, count, &self.arrivals);
            self.feedback_count = count.wrapping_add(1);
            self.arrivals.clear();
        }
        let mut missing = Vec::new();
        let ask = now_ns >= self.timers.pli || self.timers.pli == NEVER;
        for slot in &mut self.slots {
            missing.clear();
            slot.reception.take_missing(&mut missing);
            if !missing.is_empty() {
                self.timers.feedback = now_ns + FEEDBACK_FAST_NS;
                rtcp::write_nack(packet, own, slot.ssrc, &missing);
            }
            if ask && slot.reception.lacks_keyframe() {
                rtcp::write_pli(packet, own, slot.ssrc);
                self.timers.pli = now_ns + PLI_NS;
            }
        }
        if self.timers.pli <= now_ns {
            self.timers.pli = NEVER;
        }
        seal_or_cancel(&mut self.session, out)
    }

    fn send_reports(&mut self, now_ns: i64, out: &mut Outbox) -> Result<()> {
        self.timers.report = now_ns + REPORT_NS;
        let blocks: Vec<ReportBlock> = self
            .slots
            .iter()
            .filter_map(|slot| {
                let highest = slot.reception.highest()?;
                let (last_report, at_ns) = slot.report.unwrap_or((0, now_ns));
                let since_report = ((now_ns - at_ns) * 65_536 / SECOND) as u32;
                Some(ReportBlock {
                    ssrc: slot.ssrc,
                    highest,
                    last_report,
                    since_report,
                })
            })
            .collect();
        let packet = out.add();
        for stream in &self.streams {
            let (packets, bytes, timestamp) = stream.sent();
            rtcp::write_sender_report(packet, stream.ssrc, now_ns, timestamp, packets, bytes);
        }
        if !blocks.is_empty() {
            rtcp::write_receiver_report(packet, self.plan.microphone, &blocks);
        }
        seal_or_cancel(&mut self.session, out)
    }

    /// The `mid` of each slot, for reports.
    #[must_use]
    pub fn slots(&self) -> &[sdp::Slot] {
        &self.plan.answer.slots
    }
}

/// Seals the RTCP packet that was written last, or takes it back if it is empty.
fn seal_or_cancel(session: &mut Option<Session>, out: &mut Outbox) -> Result<()> {
    match session {
        Some(session) if !out.last().is_empty() => session.outbound.seal_rtcp(out.last()),
        _ => {
            out.cancel();
            Ok(())
        }
    }
}
