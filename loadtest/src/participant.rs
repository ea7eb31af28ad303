//! One person of a media run: a WebSocket, and a media connection by a lean client or by a peer
//! of the `webrtc` crate.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use signaling_protocol::{ClientBody, DeviceReport, PageKind, Quality, ServerBody};
use tokio::sync::mpsc;

use crate::client::dtls::Identity;
use crate::client::fleet::Fleet;
use crate::client::peer::{PeerEvent, Plan};
use crate::client::sdp::{self, OfferParts};
use crate::client::stun::Credentials;
use crate::foreign::Foreign;
use crate::signal::informed::Informed;
use crate::signal::link::{Ear, Link, hear_where};
use crate::signal::token::{Signer, Who};

/// A media connection is made within this.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// A first frame comes within this.
const FRAME_WITHIN: Duration = Duration::from_secs(10);

/// What all participants of a run share.
pub struct Ground {
    /// Where the server answers.
    pub http: String,
    /// Signs join tokens.
    pub signer: Signer,
    /// Runs the lean clients.
    pub fleet: Fleet,
    /// Certificate of the lean clients.
    pub identity: Identity,
    /// Who heard of what.
    pub informed: Arc<Informed>,
    /// Numbers of clients.
    pub numbers: AtomicU32,
}

/// Which client a participant uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientKind {
    /// A lean one.
    Lean,
    /// A peer of the `webrtc` crate.
    Webrtc,
}

/// Times of one join, nanoseconds since 1970.
#[derive(Debug, Clone, Copy, Default)]
pub struct Joined {
    /// The offer was handed to the socket.
    pub offered_ns: i64,
    /// The answer was read.
    pub answered_ns: i64,
    /// The first check was answered (lean clients).
    pub checked_ns: Option<i64>,
    /// DTLS was done.
    pub connected_ns: i64,
}

/// One person.
pub struct Participant {
    /// The WebSocket.
    pub link: Link,
    /// What the server says unasked.
    pub ear: Ear,
    /// Which client.
    pub kind: ClientKind,
    /// The number of the lean client that runs.
    number: Option<u32>,
    foreign: Option<Foreign>,
    events: mpsc::UnboundedReceiver<PeerEvent>,
}

impl Participant {
    /// Joins the fair; media come later.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn join(
        ground: &Ground,
        who: &Who,
        page: PageKind,
        kind: ClientKind,
    ) -> Result<Self> {
        let token = ground.signer.sign(who)?;
        let informed = ground.informed.clone();
        let (link, ear) = Link::join(&ground.http, token, page, informed)
            .await
            .with_context(|| format!("{} cannot join", who.name))?;
        let (_, events) = mpsc::unbounded_channel();
        Ok(Self {
            link,
            ear,
            kind,
            number: None,
            foreign: None,
            events,
        })
    }

    /// Makes a media connection; an earlier one of this person ends.
    ///
    /// # Errors
    /// When the server refuses the offer, or nothing connects in time.
    pub async fn connect(&mut self, ground: &Ground) -> Result<Joined> {
        let (events, heard) = mpsc::unbounded_channel();
        let number = ground.numbers.fetch_add(1, Ordering::Relaxed);
        self.events = heard;
        let mut joined = match self.kind {
            ClientKind::Lean => self.connect_lean(ground, number, events).await?,
            ClientKind::Webrtc => self.connect_foreign(number, events).await?,
        };
        let wait = async {
            while let Some(event) = self.events.recv().await {
                match event {
                    PeerEvent::Checked { at_ns } => joined.checked_ns = Some(at_ns),
                    PeerEvent::Connected { at_ns } => {
                        joined.connected_ns = at_ns;
                        return Ok(());
                    }
                    PeerEvent::Failed { reason } => bail!("the media connection failed: {reason}"),
                    PeerEvent::Frame { .. } => {}
                }
            }
            bail!("the client is gone")
        };
        tokio::time::timeout(CONNECT_WITHIN, wait)
            .await
            .context("media do not connect")??;
        Ok(joined)
    }

    async fn connect_lean(
        &mut self,
        ground: &Ground,
        number: u32,
        events: mpsc::UnboundedSender<PeerEvent>,
    ) -> Result<Joined> {
        let random = || u128::from_le_bytes(rand::random());
        let parts = OfferParts {
            ufrag: format!("{:08x}", rand::random::<u32>()),
            password: format!("{:032x}", random()),
            fingerprint: ground.identity.fingerprint.clone(),
            microphone: rand::random(),
            camera: rand::random(),
            screen: rand::random(),
        };
        let (sdp, joined) = self.offer(sdp::write_offer(&parts)).await?;
        let answer = sdp::parse_answer(&sdp)?;
        let credentials = Credentials {
            username: format!("{}:{}", answer.ufrag, parts.ufrag),
            remote_password: answer.password.clone(),
            tie_breaker: rand::random(),
        };
        if let Some(earlier) = self.number.replace(number) {
            ground.fleet.close(earlier);
        }
        ground.fleet.open(Plan {
            number,
            identity: ground.identity.clone(),
            answer,
            credentials,
            microphone: parts.microphone,
            camera: parts.camera,
            events,
        });
        Ok(joined)
    }

    async fn connect_foreign(
        &mut self,
        number: u32,
        events: mpsc::UnboundedSender<PeerEvent>,
    ) -> Result<Joined> {
        let foreign = Foreign::new(number, events).await?;
        let offer = foreign.offer().await?;
        let (sdp, joined) = self.offer(offer).await?;
        foreign.accept(sdp).await?;
        self.foreign = Some(foreign);
        Ok(joined)
    }

    async fn offer(&mut self, sdp: String) -> Result<(String, Joined)> {
        let answer = self.link.must(ClientBody::MediaOffer { sdp }).await?;
        let mut joined = Joined {
            offered_ns: answer.sent_ns,
            answered_ns: answer.at_ns,
            ..Joined::default()
        };
        if let ServerBody::MediaAnswer { sdp } = answer.body {
            return Ok((sdp, joined));
        }
        let (sdp, at_ns) = hear_where(&mut self.ear, 10, |heard| match &heard.body {
            ServerBody::MediaAnswer { sdp } => Some((sdp.clone(), heard.at_ns)),
            _ => None,
        })
        .await
        .context("no answer to the offer")?;
        joined.answered_ns = at_ns;
        Ok((sdp, joined))
    }

    /// Starts or stops microphone and camera; `phase` in 0..1 spreads publishers in time.
    pub fn publish(&mut self, ground: &Ground, on: bool, phase: f64) {
        if let Some(foreign) = &mut self.foreign {
            foreign.publish(on, phase);
        } else if let Some(number) = self.number {
            ground.fleet.publish(number, on, phase);
        }
    }

    /// Forgets frames that came before.
    pub fn forget_frames(&mut self) {
        while self.events.try_recv().is_ok() {}
    }

    /// Waits for the first complete keyframes of so many publishers and says when each came.
    ///
    /// # Errors
    /// When they do not come in time, or the connection fails.
    pub async fn first_frames(&mut self, publishers: usize) -> Result<Vec<i64>> {
        let mut times = Vec::new();
        let wait = async {
            while times.len() < publishers {
                match self.events.recv().await {
                    Some(PeerEvent::Frame {
                        video: true, at_ns, ..
                    }) => times.push(at_ns),
                    Some(PeerEvent::Failed { reason }) => bail!("media failed: {reason}"),
                    Some(_) => {}
                    None => bail!("the client is gone"),
                }
            }
            Ok(())
        };
        let waited = tokio::time::timeout(FRAME_WITHIN, wait).await;
        waited.with_context(|| format!("a first frame of {publishers} does not come"))??;
        Ok(times)
    }

    /// The peer of the `webrtc` crate, if that is what this participant uses.
    #[must_use]
    pub fn foreign(&self) -> Option<&Foreign> {
        self.foreign.as_ref()
    }

    /// Ends the media connection.
    pub async fn close(&mut self, ground: &Ground) {
        if let Some(foreign) = &mut self.foreign {
            foreign.close().await;
        }
        if let Some(number) = self.number.take() {
            ground.fleet.close(number);
        }
    }
}

/// The report of a device test that passed.
#[must_use]
pub fn passed_device_test() -> ClientBody {
    ClientBody::DeviceTest {
        report: DeviceReport {
            camera: true,
            microphone: true,
            speaker: true,
            network: Quality::Excellent,
            rtt_ms: 1,
            loss_permille: 0,
        },
    }
}
