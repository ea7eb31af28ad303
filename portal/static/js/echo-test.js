/**
 * The network step: own picture and sound go to the media server and come back (echo room).
 * @module
 */

import { Media } from './media.js';
import { lineBetween, qualityOf } from './stats.js';

/** @typedef {import('./stats.js').ConnectionStats} ConnectionStats */

/** The test gives up after this long without a picture or sound, ms. */
const GIVE_UP_MS = 12_000;
/** The line is measured for this long once both flow, ms. */
const MEASURE_MS = 3_000;
/** Between two readings, ms. */
const READ_MS = 250;
/** So many decoded frames and audio packets count as "came back". */
const FRAMES = 5;
const PACKETS = 25;

/**
 * @typedef {Object} EchoFigures
 * @property {boolean} picture
 * @property {boolean} sound
 * @property {number} rtt_ms
 * @property {number} loss_permille
 * @property {import('./types.js').Quality} quality
 */

/**
 * @param {import('./live.js').Live} live
 * @param {{camera: MediaStreamTrack | null, microphone: MediaStreamTrack | null}} devices
 * @param {HTMLVideoElement} video shows the echo
 * @param {(figures: EchoFigures) => void} onFigures after each reading
 * @param {(media: Media) => void} [onMedia]
 * @returns {Promise<EchoFigures>}
 */
export async function echoTest(live, devices, video, onFigures, onMedia) {
  const media = new Media({ live, silent: true });
  onMedia?.(media);
  await media.send('camera', devices.camera);
  await media.send('microphone', devices.microphone);
  media.open();
  try {
    await until(() => media.state === 'connected', GIVE_UP_MS);
    await live.request({ type: 'media_echo', mode: 'on' });
    return await measure(media, video, onFigures);
  } finally {
    live.tell({ type: 'media_echo', mode: 'off' });
    media.close();
  }
}

/**
 * @param {Media} media
 * @param {HTMLVideoElement} video
 * @param {(figures: EchoFigures) => void} onFigures
 */
async function measure(media, video, onFigures) {
  const begun = performance.now();
  /** @type {ConnectionStats | null} */
  let base = null;
  let both_ms = 0;
  let figures = judge(null, null);
  while (performance.now() - begun < GIVE_UP_MS) {
    const stats = await media.stats();
    if (stats) {
      const shown = stats.inbound.find((track) => track.kind === 'video' && track.framesDecoded > 0);
      const arriving = shown ?? stats.inbound.find((track) => track.kind === 'video' && track.packetsReceived > 0);
      if (arriving) media.show(video, arriving.mid);
      figures = judge(base, stats);
      onFigures(figures);
      if (figures.picture && figures.sound) {
        base ??= stats;
        both_ms = both_ms || performance.now();
        if (performance.now() - both_ms >= MEASURE_MS) return figures;
      }
    }
    await pause(READ_MS);
  }
  return figures;
}

/**
 * @param {ConnectionStats | null} base first reading with picture and sound
 * @param {ConnectionStats | null} stats
 * @returns {EchoFigures}
 */
export function judge(base, stats) {
  if (!stats) return { picture: false, sound: false, rtt_ms: 0, loss_permille: 0, quality: 'unknown' };
  const picture = stats.inbound.some((track) => track.kind === 'video' && track.framesDecoded >= FRAMES);
  const sound = stats.inbound.some((track) => track.kind === 'audio' && track.packetsReceived >= PACKETS);
  const video = stats.inbound.filter((track) => track.kind === 'video').map((track) => track.mid);
  const line = lineBetween(base ?? { ...stats, inbound: [] }, stats, video);
  // What comes back says what the camera made, not what the line could carry: the sender's own
  // estimate counts as well.
  const kbps = Math.max(line.kbps ?? 0, stats.available_kbps);
  const quality = picture && sound ? qualityOf({ ...line, kbps }) : 'unknown';
  return { picture, sound, rtt_ms: line.rtt_ms, loss_permille: line.loss_permille, quality };
}

/**
 * @param {() => boolean} condition
 * @param {number} within_ms
 */
async function until(condition, within_ms) {
  const begun = performance.now();
  while (!condition()) {
    if (performance.now() - begun > within_ms) throw new Error('no connection to the media server');
    await pause(50);
  }
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
