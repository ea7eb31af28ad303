/**
 * The page's one connection to the media server: one RTCPeerConnection, one offer with fixed
 * slots. Who sees whom changes on the server only, so nothing is negotiated a second time.
 * A connection that breaks is mended by new ICE credentials on the same connection first; a new
 * offer is made only when it failed. Without a line to the server nothing can be asked for: what
 * is left of the connection is kept until the line is back.
 * @module
 */

import { LiveError } from './live.js';
import { connectionStats } from './stats.js';

/** @typedef {import('./types.js').SourceKind} SourceKind */
/** @typedef {'closed'|'connecting'|'connected'|'unstable'|'failed'} MediaState */

/** Receive slots of each kind. */
const SLOTS = 4;
/** The camera's three layers (RFC 8853): quarter, half and full size. */
const LAYERS = [
  { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 1_500_000 },
];
/** The longest pause between two tries to connect anew, ms. */
const RETRY_MAX_MS = 4_000;
/** Between two tries to mend a connection that is still broken, ms. */
const RESTART_PAUSE_MS = 2_000;

/**
 * @typedef {Object} MediaOptions
 * @property {import('./live.js').Live} live
 * @property {(state: MediaState) => void} [onState]
 * @property {() => void} [onTracks] receive tracks are there: slots may be shown
 * @property {(blocked: boolean) => void} [onBlocked] the browser wants a touch before it plays sound
 * @property {boolean} [silent] do not play what is received (echo room)
 */

export class Media {
  /** @param {MediaOptions} options */
  constructor(options) {
    this.options = options;
    /** @type {RTCPeerConnection | null} */
    this.pc = null;
    /** @type {Record<SourceKind, RTCRtpSender | null>} */
    this.senders = { microphone: null, camera: null, screen: null };
    /** @type {Record<SourceKind, MediaStreamTrack | null>} */
    this.sources = { microphone: null, camera: null, screen: null };
    /** Receive tracks by `mid`. @type {Map<string, MediaStreamTrack>} */
    this.tracks = new Map();
    /** @type {HTMLAudioElement[]} */
    this.sounds = [];
    /** @type {MediaState} */
    this.state = 'closed';
    /** Offers that were answered: 1 as long as the connection holds. */
    this.offers = 0;
    /** ICE restarts that were answered. */
    this.restarts = 0;
    this.tries = 0;
    this.restarting = false;
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  /** Connects, unless a connection is there or on its way. */
  open() {
    if (this.state === 'closed') void this.connect();
  }

  /** Gives the connection up and tells the server. */
  close() {
    clearTimeout(this.timer);
    if (this.state === 'closed') return;
    this.drop();
    this.setState('closed');
    this.options.live.tell({ type: 'media_close' });
  }

  /**
   * What a source sends from now on; `null` sends nothing. Needs no negotiation.
   * @param {SourceKind} source
   * @param {MediaStreamTrack | null} track
   */
  async send(source, track) {
    this.sources[source] = track;
    if (this.senders[source]?.track === track) return;
    await this.senders[source]?.replaceTrack(track);
  }

  /** The line to the server is back: what waited for it is asked for at once. */
  resume() {
    if (this.state === 'failed') void this.connect();
    else if (this.pc?.connectionState === 'disconnected') void this.restart();
  }

  /** A fresh connection in place of the old one. */
  async connect() {
    clearTimeout(this.timer);
    if (this.options.live.status !== 'online') {
      this.again();
      return;
    }
    this.drop();
    this.setState('connecting');
    const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    this.pc = pc;
    pc.onconnectionstatechange = () => this.pc === pc && this.follow(pc);
    const receivers = this.addSlots(pc);
    try {
      await this.attachSources();
      await pc.setLocalDescription(await pc.createOffer());
      const sdp = pc.localDescription?.sdp ?? '';
      const answer = await this.options.live.request({ type: 'media_offer', sdp });
      if (this.pc !== pc || answer.type !== 'media_answer') return;
      await pc.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
    } catch {
      if (this.pc === pc) this.again();
      return;
    }
    this.offers += 1;
    for (const transceiver of receivers) {
      if (transceiver.mid) this.tracks.set(transceiver.mid, transceiver.receiver.track);
    }
    this.playSounds();
    this.options.onTracks?.();
  }

  /**
   * The slots in the order that the server counts on: microphone, camera, screen, then what is
   * received.
   * @param {RTCPeerConnection} pc
   */
  addSlots(pc) {
    this.senders.microphone = pc.addTransceiver('audio', { direction: 'sendonly' }).sender;
    const camera = pc.addTransceiver('video', { direction: 'sendonly', sendEncodings: LAYERS });
    this.senders.camera = camera.sender;
    this.senders.screen = pc.addTransceiver('video', { direction: 'sendonly' }).sender;
    const receivers = [];
    for (const kind of ['audio', 'video']) {
      for (let i = 0; i < SLOTS; i += 1) {
        receivers.push(pc.addTransceiver(kind, { direction: 'recvonly' }));
      }
    }
    return receivers;
  }

  async attachSources() {
    for (const source of /** @type {SourceKind[]} */ (['microphone', 'camera', 'screen'])) {
      const track = this.sources[source];
      if (track?.readyState === 'live') await this.senders[source]?.replaceTrack(track);
    }
  }

  /** @param {RTCPeerConnection} pc */
  follow(pc) {
    switch (pc.connectionState) {
      case 'connected':
        this.tries = 0;
        this.setState('connected');
        return;
      case 'disconnected':
        this.setState('unstable');
        void this.restart();
        return;
      case 'failed':
        this.again();
        return;
      default:
    }
  }

  /**
   * New ICE credentials on the same connection: the way back after a change of network. Tried
   * until the connection is mended, or has failed.
   */
  async restart() {
    const pc = this.pc;
    if (!pc || this.restarting || pc.signalingState !== 'stable') return;
    clearTimeout(this.timer);
    this.timer = Number(setTimeout(() => pc.connectionState === 'disconnected' && void this.restart(), RESTART_PAUSE_MS));
    if (this.options.live.status !== 'online') return;
    this.restarting = true;
    try {
      await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }));
      const sdp = pc.localDescription?.sdp ?? '';
      const answer = await this.options.live.request({ type: 'media_restart', sdp });
      if (this.pc !== pc || answer.type !== 'media_answer') return;
      await pc.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
      this.restarts += 1;
    } catch (error) {
      if (this.pc === pc) await this.restartFailed(pc, error);
    } finally {
      if (this.pc === pc) this.restarting = false;
    }
  }

  /**
   * A line that broke under the question says nothing of the connection: it is kept.
   * @param {RTCPeerConnection} pc
   * @param {unknown} error
   */
  async restartFailed(pc, error) {
    if (error instanceof LiveError && error.code === 'offline') {
      await pc.setLocalDescription({ type: 'rollback' }).catch(() => this.pc === pc && this.again());
    } else {
      this.again();
    }
  }

  /** Tries a new connection after a pause that grows. */
  again() {
    this.drop();
    this.setState('failed');
    this.tries += 1;
    const pause = Math.min(RETRY_MAX_MS, 250 * 2 ** this.tries);
    clearTimeout(this.timer);
    this.timer = Number(setTimeout(() => void this.connect(), pause));
  }

  /** The server gave the connection up (`media_closed`); another device may have the call. */
  closedByServer(/** @type {string} */ code) {
    if (this.state === 'closed') return;
    if (code === 'other_device' || code === 'not_allowed' || code === 'fair_ended') {
      clearTimeout(this.timer);
      this.drop();
      this.setState('closed');
    } else {
      this.again();
    }
  }

  drop() {
    const pc = this.pc;
    this.pc = null;
    if (pc) {
      pc.onconnectionstatechange = null;
      pc.close();
    }
    this.senders = { microphone: null, camera: null, screen: null };
    this.tracks.clear();
    for (const sound of this.sounds) sound.remove();
    this.sounds = [];
    this.restarting = false;
  }

  /** Plays every audio slot: one without a source is silent, so nothing is switched here. */
  playSounds() {
    if (this.options.silent) return;
    for (const track of this.tracks.values()) {
      if (track.kind !== 'audio') continue;
      const sound = document.createElement('audio');
      sound.autoplay = true;
      sound.srcObject = new MediaStream([track]);
      document.body.append(sound);
      this.sounds.push(sound);
    }
    void this.unblock();
  }

  /**
   * Plays the sounds that the browser held back: it lets a page play after a touch, or while it
   * captures a microphone.
   */
  async unblock() {
    const plays = await Promise.allSettled(this.sounds.map((sound) => sound.play()));
    this.options.onBlocked?.(plays.some((play) => play.status === 'rejected' && play.reason?.name === 'NotAllowedError'));
  }

  /**
   * Shows a receive slot in a `<video>`.
   * @param {HTMLVideoElement} video
   * @param {string | undefined} mid nothing when undefined
   */
  show(video, mid) {
    const track = mid === undefined ? undefined : this.tracks.get(mid);
    showTrack(video, track ?? null);
  }

  /** Figures of the connection (`getStats`), or `null` without one. */
  async stats() {
    return this.pc ? connectionStats(await this.pc.getStats()) : null;
  }

  /** @param {MediaState} state */
  setState(state) {
    if (state === this.state) return;
    this.state = state;
    this.options.onState?.(state);
  }
}

/**
 * Shows one track in a `<video>`, touching the element only when the track changes.
 * @param {HTMLVideoElement} video
 * @param {MediaStreamTrack | null} track
 */
export function showTrack(video, track) {
  const now = video.srcObject instanceof MediaStream ? video.srcObject.getTracks()[0] : null;
  if ((now ?? null) === track) return;
  video.srcObject = track ? new MediaStream([track]) : null;
  if (track) video.play().catch(() => {});
}

/**
 * Lets browser tests read the connection's figures: `window.__pinhui.media.stats()` gives
 * {@link import('./stats.js').ConnectionStats}, `offers` how often this page negotiated, and
 * `restarts` how often it changed the credentials of a connection. It is read-only; nothing in the
 * pages uses it.
 * @param {Media} media
 */
export function exposeStats(media) {
  const view = {
    stats: () => media.stats(),
    get state() { return media.state; },
    get offers() { return media.offers; },
    get restarts() { return media.restarts; },
  };
  Object.defineProperty(window, '__pinhui', { value: Object.freeze({ media: view }), configurable: true });
}
