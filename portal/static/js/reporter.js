/**
 * Tells the server what this page measures of its line while a call runs.
 * @module
 */

import { lineBetween } from './stats.js';

/** Between two reports, ms. */
const EVERY_MS = 3_000;

export class Reporter {
  /**
   * @param {import('./media.js').Media} media
   * @param {import('./live.js').Live} live
   */
  constructor(media, live) {
    this.media = media;
    this.live = live;
    /** @type {import('./stats.js').ConnectionStats | null} */
    this.before = null;
    /** @type {number | undefined} */
    this.timer = undefined;
    /** Round trip of the last report, ms. */
    this.rtt_ms = 0;
    /**
     * Slots on which video is expected now.
     * @type {string[]}
     */
    this.video = [];
    /**
     * Of these, those on which it was expected since the last reading.
     * @type {string[]}
     */
    this.steady = [];
  }

  /**
   * Whose camera should be seen from now on.
   * @param {string[]} mids
   */
  expect(mids) {
    this.video = mids;
    this.steady = this.steady.filter((mid) => mids.includes(mid));
  }

  /** @param {boolean} on */
  run(on) {
    if (on === (this.timer !== undefined)) return;
    if (on) {
      this.before = null;
      this.timer = Number(setInterval(() => void this.report(), EVERY_MS));
    } else {
      clearInterval(this.timer);
      this.timer = undefined;
    }
  }

  async report() {
    const now = await this.media.stats();
    const { before, steady } = this;
    this.before = now;
    this.steady = this.video;
    if (!now || !before) return;
    const line = lineBetween(before, now, steady);
    this.rtt_ms = line.rtt_ms;
    this.live.tell({ type: 'media_stats', ...line });
  }
}
