//! A peer of the `webrtc` crate with the transceivers of a browser's page.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rtc::interceptor::Registry;
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::RTCConfigurationBuilder;
use rtc::peer_connection::configuration::interceptor_registry::register_default_interceptors;
use rtc::peer_connection::configuration::media_engine::{
    MIME_TYPE_OPUS, MIME_TYPE_VP8, MediaEngine,
};
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::transport::RTCIceCandidateInit;
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
};
use rtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit};
use sfu_server::{Node, PeerId};
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::{PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler};

/// Receive slots of each kind, as in a page.
const SLOTS: usize = 4;

/// The payloads heard on each track, in the order of arrival.
type Heard = Arc<Mutex<BTreeMap<u32, Vec<Vec<u8>>>>>;

pub struct Peer {
    pub id: PeerId,
    pub connection: Arc<dyn PeerConnection>,
    microphone: Sender,
    camera: Sender,
    heard: Heard,
}

struct Sender {
    track: Arc<TrackLocalStaticRTP>,
    ssrc: u32,
    payload_type: u8,
    /// Timestamp units from one packet to the next.
    step: u32,
    next: Mutex<u16>,
}

struct Handler {
    heard: Heard,
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let heard = Arc::clone(&self.heard);
        tokio::spawn(async move {
            while let Some(event) = track.poll().await {
                if let TrackRemoteEvent::OnRtpPacket(packet) = event {
                    let mut heard = heard.lock().unwrap();
                    heard
                        .entry(packet.header.ssrc)
                        .or_default()
                        .push(packet.payload.to_vec());
                }
            }
        });
    }
}

impl Peer {
    /// A peer that has UDP, or TCP alone.
    pub async fn new(id: u64, tcp: bool) -> Self {
        let mut engine = MediaEngine::default();
        engine.register_default_codecs().unwrap();
        let registry = register_default_interceptors(Registry::new(), &mut engine).unwrap();
        let heard = Heard::default();
        let own = vec![SocketAddr::from(([127, 0, 0, 1], 0))];
        let builder = PeerConnectionBuilder::new()
            .with_configuration(RTCConfigurationBuilder::new().build())
            .with_media_engine(engine)
            .with_interceptor_registry(registry)
            .with_handler(Arc::new(Handler {
                heard: Arc::clone(&heard),
            }));
        let builder = if tcp {
            builder.with_tcp_addrs(own)
        } else {
            builder.with_udp_addrs(own)
        };
        let connection: Arc<dyn PeerConnection> =
            Arc::new(Box::pin(builder.build()).await.unwrap());
        let base = u32::try_from(id).unwrap() * 16;
        let microphone = Sender::new(RtpCodecKind::Audio, base + 1);
        let camera = Sender::new(RtpCodecKind::Video, base + 2);
        let screen = Sender::new(RtpCodecKind::Video, base + 3);
        for sender in [&microphone, &camera, &screen] {
            let sendonly = direction(RTCRtpTransceiverDirection::Sendonly);
            let track: Arc<dyn TrackLocal> = sender.track.clone();
            connection
                .add_transceiver_from_track(track, sendonly)
                .await
                .unwrap();
        }
        for kind in [RtpCodecKind::Audio, RtpCodecKind::Video] {
            for _ in 0..SLOTS {
                let recvonly = direction(RTCRtpTransceiverDirection::Recvonly);
                connection
                    .add_transceiver_from_kind(kind, recvonly)
                    .await
                    .unwrap();
            }
        }
        Self {
            id: PeerId(id),
            connection,
            microphone,
            camera,
            heard,
        }
    }

    pub async fn offer(&self) -> String {
        let offer = self.connection.create_offer(None).await.unwrap();
        self.connection.set_local_description(offer).await.unwrap();
        self.connection.local_description().await.unwrap().sdp
    }

    pub async fn accept(&self, answer: String) {
        let answer = RTCSessionDescription::answer(answer).unwrap();
        self.connection
            .set_remote_description(answer)
            .await
            .unwrap();
    }

    /// Tells a candidate of the node apart from its answer: the crate dials TCP only then.
    pub async fn trickle(&self, candidate: &str) {
        let candidate = RTCIceCandidateInit {
            candidate: candidate.to_owned(),
            sdp_mid: Some("0".to_owned()),
            sdp_mline_index: Some(0),
            ..RTCIceCandidateInit::default()
        };
        self.connection.add_ice_candidate(candidate).await.unwrap();
    }

    /// Offers to the node and takes its answer.
    pub async fn join(&self, node: &Node) {
        let answer = node
            .connect(self.id, self.offer().await, None)
            .await
            .unwrap();
        self.accept(answer).await;
    }

    /// Offers to the node and takes of its answer the candidates for TCP alone.
    pub async fn join_over_tcp(&self, node: &Node) {
        let answer = node
            .connect(self.id, self.offer().await, None)
            .await
            .unwrap();
        let (candidates, rest): (Vec<&str>, Vec<&str>) = answer
            .lines()
            .partition(|line| line.starts_with("a=candidate"));
        self.accept(rest.join("\r\n") + "\r\n").await;
        for candidate in candidates
            .iter()
            .filter(|line| line.contains(" tcptype passive"))
        {
            self.trickle(candidate.trim_start_matches("a=")).await;
        }
    }

    /// Sends one Opus packet with this payload.
    pub async fn speak(&self, payload: &[u8]) {
        self.microphone.send(payload, false).await;
    }

    /// Sends one VP8 keyframe of one packet that ends with this payload.
    pub async fn show(&self, payload: &[u8]) {
        // RFC 7741: descriptor with S, then a payload header with P = 0 and the start code.
        let mut frame = vec![0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 16, 0, 16, 0];
        frame.extend_from_slice(payload);
        self.camera.send(&frame, true).await;
    }

    /// How many received payloads end with `end`.
    pub fn heard(&self, end: &[u8]) -> usize {
        let heard = self.heard.lock().unwrap();
        heard
            .values()
            .flatten()
            .filter(|payload| payload.ends_with(end))
            .count()
    }

    pub async fn close(&self) {
        self.connection.close().await.unwrap();
    }
}

impl Sender {
    fn new(kind: RtpCodecKind, ssrc: u32) -> Self {
        let (mime, clock_rate, channels, payload_type, step) = match kind {
            RtpCodecKind::Video => (MIME_TYPE_VP8, 90_000, 0, 96, 3_000),
            _ => (MIME_TYPE_OPUS, 48_000, 2, 111, 960),
        };
        let encoding = RTCRtpEncodingParameters {
            rtp_coding_parameters: RTCRtpCodingParameters {
                ssrc: Some(ssrc),
                ..RTCRtpCodingParameters::default()
            },
            codec: RTCRtpCodec {
                mime_type: mime.to_owned(),
                clock_rate,
                channels,
                ..RTCRtpCodec::default()
            },
            ..RTCRtpEncodingParameters::default()
        };
        let name = format!("track-{ssrc}");
        let track =
            MediaStreamTrack::new("page".to_owned(), name.clone(), name, kind, vec![encoding]);
        let track = Arc::new(TrackLocalStaticRTP::new(track));
        Self {
            track,
            ssrc,
            payload_type,
            step,
            next: Mutex::new(100),
        }
    }

    async fn send(&self, payload: &[u8], marker: bool) {
        let sequence_number = {
            let mut next = self.next.lock().unwrap();
            *next = next.wrapping_add(1);
            *next
        };
        let header = rtc::rtp::Header {
            version: 2,
            marker,
            payload_type: self.payload_type,
            sequence_number,
            timestamp: u32::from(sequence_number) * self.step,
            ssrc: self.ssrc,
            ..rtc::rtp::Header::default()
        };
        let payload = payload.to_vec().into();
        // Before the handshake is done there is nobody to send to.
        let _ = self
            .track
            .write_rtp(rtc::rtp::Packet { header, payload })
            .await;
    }
}

fn direction(direction: RTCRtpTransceiverDirection) -> Option<RTCRtpTransceiverInit> {
    Some(RTCRtpTransceiverInit {
        direction,
        ..RTCRtpTransceiverInit::default()
    })
}
