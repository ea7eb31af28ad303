/**
 * A connection's figures from `getStats`, and what they say of the line. Pure.
 * @module
 */

/** @typedef {import('./types.js').Quality} Quality */

/**
 * @typedef {Object} Inbound
 * @property {string} mid
 * @property {'audio'|'video'} kind
 * @property {number} packetsReceived
 * @property {number} packetsLost
 * @property {number} bytesReceived
 * @property {number} framesDecoded
 * @property {number} frameWidth
 * @property {number} frameHeight
 * @property {number} totalAudioEnergy
 * @property {number} jitter seconds
 *
 * @typedef {Object} Outbound
 * @property {string} mid
 * @property {string} rid
 * @property {'audio'|'video'} kind
 * @property {number} packetsSent
 * @property {number} bytesSent
 * @property {number} framesEncoded
 *
 * @typedef {Object} ConnectionStats
 * @property {number} at_ms
 * @property {number} rtt_ms
 * @property {number} available_kbps what the sender may use, 0 when unknown
 * @property {string} path where media go: protocol, address and port of the server's candidate
 * @property {Inbound[]} inbound
 * @property {Outbound[]} outbound
 *
 * @typedef {Object} Line
 * @property {number} rtt_ms
 * @property {number} jitter_ms
 * @property {number} loss_permille
 * @property {number} [kbps] of the video that arrives; left out where none is expected
 */

/**
 * @param {Iterable<[string, any]>} report an `RTCStatsReport`
 * @returns {ConnectionStats}
 */
export function connectionStats(report) {
  /** @type {ConnectionStats} */
  const stats = { at_ms: 0, rtt_ms: 0, available_kbps: 0, path: '', inbound: [], outbound: [] };
  const entries = new Map(report);
  for (const [, entry] of entries) {
    stats.at_ms = Math.max(stats.at_ms, entry.timestamp ?? 0);
    if (entry.type === 'inbound-rtp') stats.inbound.push(inbound(entry));
    else if (entry.type === 'outbound-rtp') stats.outbound.push(outbound(entry));
    else if (entry.type === 'candidate-pair' && entry.nominated && entry.state === 'succeeded') {
      stats.rtt_ms = Math.round((entry.currentRoundTripTime ?? 0) * 1000);
      stats.available_kbps = Math.round((entry.availableOutgoingBitrate ?? 0) / 1000);
    } else if (entry.type === 'transport') {
      const remote = entries.get(entries.get(entry.selectedCandidatePairId)?.remoteCandidateId);
      if (remote) stats.path = `${remote.protocol} ${remote.address}:${remote.port}`;
    }
  }
  return stats;
}

/** @returns {Inbound} */
function inbound(/** @type {any} */ entry) {
  return {
    mid: entry.mid ?? '',
    kind: entry.kind,
    packetsReceived: entry.packetsReceived ?? 0,
    packetsLost: entry.packetsLost ?? 0,
    bytesReceived: entry.bytesReceived ?? 0,
    framesDecoded: entry.framesDecoded ?? 0,
    frameWidth: entry.frameWidth ?? 0,
    frameHeight: entry.frameHeight ?? 0,
    totalAudioEnergy: entry.totalAudioEnergy ?? 0,
    jitter: entry.jitter ?? 0,
  };
}

/** @returns {Outbound} */
function outbound(/** @type {any} */ entry) {
  return {
    mid: entry.mid ?? '',
    rid: entry.rid ?? '',
    kind: entry.kind,
    packetsSent: entry.packetsSent ?? 0,
    bytesSent: entry.bytesSent ?? 0,
    framesEncoded: entry.framesEncoded ?? 0,
  };
}

/**
 * The slots on which another one's camera should arrive: a camera that is off sends nothing, and is
 * no fault of the line.
 * @param {import('./types.js').MediaSlot[]} slots
 * @param {import('./types.js').Participant[]} people
 * @returns {string[]} their mids
 */
export function expectedVideo(slots, people) {
  const sends = new Set(people.filter((each) => !each.camera_muted).map((each) => each.person));
  return slots.filter((slot) => slot.source === 'camera' && sends.has(slot.person)).map((slot) => slot.mid);
}

/**
 * The line between two readings. `video`: slots on which video was expected all the time.
 * @param {ConnectionStats} before
 * @param {ConnectionStats} after
 * @param {string[]} video mids
 * @returns {Line}
 */
export function lineBetween(before, after, video) {
  const sum = (/** @type {ConnectionStats} */ s, /** @type {'packetsReceived'|'packetsLost'} */ key) =>
    s.inbound.reduce((total, track) => total + track[key], 0);
  const received = Math.max(0, sum(after, 'packetsReceived') - sum(before, 'packetsReceived'));
  const lost = Math.max(0, sum(after, 'packetsLost') - sum(before, 'packetsLost'));
  const span_ms = Math.max(1, after.at_ms - before.at_ms);
  const flowing = after.inbound.filter((track) => track.packetsReceived > 0);
  const jitter = flowing.reduce((worst, track) => Math.max(worst, track.jitter), 0);
  return {
    rtt_ms: after.rtt_ms,
    jitter_ms: Math.round(jitter * 1000),
    loss_permille: received + lost === 0 ? 0 : Math.round((lost * 1000) / (received + lost)),
    ...videoRate(before, after, video, span_ms),
  };
}

/**
 * @param {ConnectionStats} before
 * @param {ConnectionStats} after
 * @param {string[]} video
 * @param {number} span_ms
 * @returns {{kbps?: number}} nothing where no video has ever come
 */
function videoRate(before, after, video, span_ms) {
  const shown = (/** @type {Inbound} */ track) =>
    track.kind === 'video' && track.packetsReceived > 0 && video.includes(track.mid);
  const tracks = after.inbound.filter(shown);
  if (tracks.length === 0) return {};
  const bytes = (/** @type {Inbound[]} */ all) => all.reduce((total, track) => total + track.bytesReceived, 0);
  const received = bytes(tracks) - bytes(before.inbound.filter(shown));
  return { kbps: Math.round((Math.max(0, received) * 8) / span_ms) };
}

/**
 * The worst of the figures decides, as in `signaling/core/src/quality.rs`. Without video the bitrate is
 * none of them.
 * @param {Line} line
 * @returns {Quality}
 */
export function qualityOf(line) {
  const { rtt_ms, jitter_ms, loss_permille, kbps = Infinity } = line;
  const within = (/** @type {number[]} */ [rtt, jitter, loss, bitrate]) =>
    rtt_ms < rtt && jitter_ms < jitter && loss_permille < loss && kbps > bitrate;
  if (within([100, 5, 10, 1000])) return 'excellent';
  if (within([250, 30, 30, 500])) return 'good';
  if (within([400, 50, 80, 150])) return 'warn';
  return 'bad';
}
