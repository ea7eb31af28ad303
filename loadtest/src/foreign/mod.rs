//! A peer of the `webrtc` crate: an honest second end beside the lean clients. It sends the same
//! packets at the same times and counts what it hears by the same rules.

mod keyframes;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use rtc::interceptor::{Registry, Slot};
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::RTCConfigurationBuilder;
use rtc::peer_connection::configuration::interceptor_registry::register_default_interceptors;
use rtc::peer_connection::configuration::media_engine::{
    MIME_TYPE_OPUS, MIME_TYPE_VP8, MediaEngine,
};
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
};
use rtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCPeerConnectionState,
};

use crate::client::peer::PeerEvent;
use crate::client::receive::{FOREIGN, Heard, Reception, Tally};
use crate::client::rtp::Header;
use crate::client::sdp::{OPUS, SLOTS, VP8};
use crate::client::socket::Outbox;
use crate::client::stream::{FPS, OPUS_EVERY_NS, Stream, Wire};
use crate::clock::{SECOND, now_ns};
use keyframes::KeyframeEar;

/// What all tracks of a peer hear.
type Receptions = Arc<Mutex<Vec<Reception>>>;

/// One peer.
pub struct Foreign {
    connection: Arc<dyn PeerConnection>,
    tracks: [Arc<TrackLocalStaticRTP>; 2],
    ssrcs: [u32; 2],
    number: u32,
    keyframe_wanted: Arc<AtomicBool>,
    receptions: Receptions,
    senders: Vec<JoinHandle<()>>,
}

struct Handler {
    receptions: Receptions,
    events: UnboundedSender<PeerEvent>,
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        let event = match state {
            RTCPeerConnectionState::Connected => PeerEvent::Connected { at_ns: now_ns() },
            RTCPeerConnectionState::Failed => PeerEvent::Failed {
                reason: "the connection failed".to_owned(),
            },
            _ => return,
        };
        let _ = self.events.send(event);
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let video = track.kind().await == RtpCodecKind::Video;
        let index = {
            let mut receptions = lock(&self.receptions);
            receptions.push(Reception::new(video));
            receptions.len() - 1
        };
        tokio::spawn(listen(
            track,
            index,
            self.receptions.clone(),
            self.events.clone(),
        ));
    }
}

async fn listen(
    track: Arc<dyn TrackRemote>,
    index: usize,
    receptions: Receptions,
    events: UnboundedSender<PeerEvent>,
) {
    while let Some(event) = track.poll().await {
        let TrackRemoteEvent::OnRtpPacket(packet) = event else {
            continue;
        };
        let at_ns = now_ns();
        let header = Header {
            marker: packet.header.marker,
            payload_type: packet.header.payload_type,
            seq: packet.header.sequence_number,
            timestamp: packet.header.timestamp,
            ssrc: packet.header.ssrc,
            len: 0,
            extensions: (0, 0),
        };
        let heard = {
            let mut receptions = lock(&receptions);
            let wire = packet.payload.len();
            receptions[index].handle_packet(&header, &packet.payload, wire, at_ns)
        };
        let event = match heard {
            Heard::Nothing => continue,
            Heard::Keyframe { stream } => PeerEvent::Frame {
                stream,
                video: true,
                at_ns,
            },
            Heard::Sound { stream } => PeerEvent::Frame {
                stream,
                video: false,
                at_ns,
            },
        };
        let _ = events.send(event);
    }
}

impl Foreign {
    /// Makes the peer with the transceivers of a browser's page; its streams are `4·number` and
    /// up, with [`FOREIGN`] set.
    ///
    /// # Errors
    /// When the crate refuses.
    pub async fn new(number: u32, events: UnboundedSender<PeerEvent>) -> Result<Self> {
        let mut engine = MediaEngine::default();
        engine.register_default_codecs()?;
        let keyframe_wanted = Arc::new(AtomicBool::new(true));
        let registry = register_default_interceptors(Registry::new(), &mut engine)?.with(
            Slot::JitterBuffer,
            KeyframeEar::new(keyframe_wanted.clone()),
        );
        let receptions = Receptions::default();
        let handler = Handler {
            receptions: receptions.clone(),
            events,
        };
        let building = PeerConnectionBuilder::new()
            .with_configuration(RTCConfigurationBuilder::new().build())
            .with_media_engine(engine)
            .with_interceptor_registry(registry)
            .with_handler(Arc::new(handler))
            .with_udp_addrs(vec![SocketAddr::from(([127, 0, 0, 1], 0))])
            .build();
        let connection = Box::pin(building).await?;
        let connection: Arc<dyn PeerConnection> = Arc::new(connection);
        let ssrcs: [u32; 2] = rand::random();
        let kinds = [RtpCodecKind::Audio, RtpCodecKind::Video];
        let tracks = [track(kinds[0], ssrcs[0]), track(kinds[1], ssrcs[1])];
        let screen = track(RtpCodecKind::Video, rand::random());
        for sender in [&tracks[0], &tracks[1], &screen] {
            let sendonly = direction(RTCRtpTransceiverDirection::Sendonly);
            connection
                .add_transceiver_from_track(sender.clone(), sendonly)
                .await?;
        }
        for kind in kinds {
            for _ in 0..SLOTS {
                let recvonly = direction(RTCRtpTransceiverDirection::Recvonly);
                connection.add_transceiver_from_kind(kind, recvonly).await?;
            }
        }
        let senders = Vec::new();
        Ok(Self {
            connection,
            tracks,
            ssrcs,
            number,
            keyframe_wanted,
            receptions,
            senders,
        })
    }

    /// The offer.
    ///
    /// # Errors
    /// When the crate refuses.
    pub async fn offer(&self) -> Result<String> {
        let offer = self.connection.create_offer(None).await?;
        self.connection.set_local_description(offer).await?;
        let local = self
            .connection
            .local_description()
            .await
            .context("no offer")?;
        Ok(local.sdp)
    }

    /// Takes the answer.
    ///
    /// # Errors
    /// When the crate refuses.
    pub async fn accept(&self, answer: String) -> Result<()> {
        let answer = RTCSessionDescription::answer(answer)?;
        Ok(self.connection.set_remote_description(answer).await?)
    }

    /// Starts or stops sending.
    pub fn publish(&mut self, on: bool, phase: f64) {
        for sender in self.senders.drain(..) {
            sender.abort();
        }
        if !on {
            return;
        }
        let id = FOREIGN | (4 * self.number);
        let now = now_ns();
        let sound = now + (phase * OPUS_EVERY_NS as f64) as i64;
        let picture = now + (phase * (SECOND / FPS) as f64) as i64;
        let streams = [
            Stream::microphone(id, self.ssrcs[0], false, sound),
            Stream::camera(id + 1, (self.ssrcs[1], 0), false, picture),
        ];
        for (stream, track) in streams.into_iter().zip(&self.tracks) {
            let wanted = self.keyframe_wanted.clone();
            self.senders
                .push(tokio::spawn(send(stream, track.clone(), wanted)));
        }
    }

    /// Begins or ends the measuring window and gives the totals since the last call.
    #[must_use]
    pub fn window(&self, open: bool) -> Tally {
        let mut total = Tally::default();
        for reception in lock(&self.receptions).iter_mut() {
            total.merge(&reception.window(open));
        }
        total
    }

    /// Ends the connection.
    pub async fn close(&mut self) {
        self.publish(false, 0.0);
        let _ = self.connection.close().await;
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        self.publish(false, 0.0);
    }
}

async fn send(mut stream: Stream, track: Arc<TrackLocalStaticRTP>, wanted: Arc<AtomicBool>) {
    let mut out = Outbox::default();
    let mut transport_seq = 0;
    loop {
        let pause = u64::try_from(stream.due_ns - now_ns()).unwrap_or(0);
        tokio::time::sleep(Duration::from_nanos(pause)).await;
        if stream.is_video() && wanted.swap(false, Ordering::Relaxed) {
            stream.want_keyframe();
        }
        let mut wire = Wire {
            out: &mut out,
            srtp: None,
            transport_seq: &mut transport_seq,
        };
        if stream.emit(now_ns(), &mut wire).is_err() {
            return;
        }
        for packet in out.take() {
            let Some(header) = Header::parse(&packet) else {
                continue;
            };
            let packet = rtc::rtp::Packet {
                header: rtc::rtp::Header {
                    version: 2,
                    marker: header.marker,
                    payload_type: if stream.is_video() { VP8 } else { OPUS },
                    sequence_number: header.seq,
                    timestamp: header.timestamp,
                    ssrc: header.ssrc,
                    ..Default::default()
                },
                payload: bytes::Bytes::copy_from_slice(&packet[header.len..]),
            };
            if let Err(error) = track.write_rtp(packet).await {
                tracing::warn!(%error, "a webrtc peer cannot send");
                return;
            }
        }
    }
}

fn track(kind: RtpCodecKind, ssrc: u32) -> Arc<TrackLocalStaticRTP> {
    let (mime, clock_rate, channels) = match kind {
        RtpCodecKind::Video => (MIME_TYPE_VP8, 90_000, 0),
        _ => (MIME_TYPE_OPUS, 48_000, 2),
    };
    let encoding = RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters {
            ssrc: Some(ssrc),
            ..Default::default()
        },
        codec: RTCRtpCodec {
            mime_type: mime.to_owned(),
            clock_rate,
            channels,
            ..Default::default()
        },
        ..Default::default()
    };
    let name = format!("load-{ssrc}");
    let track = MediaStreamTrack::new("load".to_owned(), name.clone(), name, kind, vec![encoding]);
    Arc::new(TrackLocalStaticRTP::new(track))
}

fn direction(direction: RTCRtpTransceiverDirection) -> Option<RTCRtpTransceiverInit> {
    Some(RTCRtpTransceiverInit {
        direction,
        ..Default::default()
    })
}

fn lock(receptions: &Receptions) -> std::sync::MutexGuard<'_, Vec<Reception>> {
    receptions.lock().unwrap_or_else(PoisonError::into_inner)
}
