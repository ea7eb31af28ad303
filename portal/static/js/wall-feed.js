/**
 * Keeps a page's wall up to date: news from the socket, and a snapshot over HTTP when the page opens
 * or news are missing. One request at a time; after a restart thousands of pages miss the same news,
 * so each waits a moment of its own first.
 * @module
 */

import { hearNews, takeSnapshot, wallOf } from './wall-state.js';

/** @typedef {import('./wall-state.js').Wall} Wall */

/** A page that missed news waits up to this long before it asks, ms. */
const JITTER_MS = 2_000;
/** After a request that failed the pause doubles up to this, ms. */
const RETRY_MAX_MS = 30_000;

/**
 * @typedef {Object} FeedOptions
 * @property {() => Promise<import('./types.js').WallSnapshot>} fetch
 * @property {() => void} onWall the wall changed by a snapshot
 * @property {() => number} [random] 0 to 1
 * @property {(run: () => void, ms: number) => unknown} [later]
 */

export class WallFeed {
  /** @param {FeedOptions} options */
  constructor(options) {
    this.options = options;
    this.random = options.random ?? Math.random;
    this.later = options.later ?? ((run, ms) => setTimeout(run, ms));
    /** @type {Wall} */
    this.wall = wallOf();
    /** A request is on its way, or waits for its time. */
    this.asking = false;
    this.failed = 0;
  }

  /** The first snapshot, at once. */
  start() {
    this.ask(0);
  }

  /** @param {import('./types.js').WallNews} news */
  hear(news) {
    this.wall = hearNews(this.wall, news);
    if (this.wall.behind) this.ask(this.random() * JITTER_MS);
  }

  /** @param {number} in_ms */
  ask(in_ms) {
    if (this.asking) return;
    this.asking = true;
    if (in_ms > 0) this.later(() => void this.take(), in_ms);
    else void this.take();
  }

  async take() {
    try {
      const snapshot = await this.options.fetch();
      this.failed = 0;
      this.wall = takeSnapshot(this.wall, snapshot);
    } catch {
      this.failed += 1;
    }
    this.asking = false;
    if (this.failed === 0) this.options.onWall();
    if (!this.wall.behind && this.failed === 0) return;
    const pause = this.failed > 0 ? Math.min(RETRY_MAX_MS, 1_000 * 2 ** (this.failed - 1)) : JITTER_MS;
    this.ask(pause * (0.5 + this.random() / 2));
  }
}
