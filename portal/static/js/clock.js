/**
 * The server's clock, as this page knows it: every countdown runs by it. Pure but for the
 * local clock that is passed in.
 * @module
 */

export class Clock {
  /** @param {() => number} local local time, ms since 1970 */
  constructor(local = Date.now) {
    this.local = local;
    /** Server minus local, ms. */
    this.offset_ms = 0;
  }

  /**
   * The server said that it is `now_ms`.
   * @param {number} now_ms
   */
  set(now_ms) {
    this.offset_ms = now_ms - this.local();
  }

  /** The server's time now, ms since 1970. */
  now() {
    return this.local() + this.offset_ms;
  }

  /**
   * Milliseconds until a server time; never negative.
   * @param {number} at_ms
   */
  until(at_ms) {
    return Math.max(0, at_ms - this.now());
  }
}

/**
 * Time that a call has used up, ms: its clock stands still unless the call is running.
 * @param {import('./types.js').CallView} call
 * @param {number} now_ms server time
 */
export function usedMs(call, now_ms) {
  if (call.phase !== 'running') return call.used_ms;
  return call.used_ms + Math.max(0, now_ms - call.clock_at_ms);
}

/**
 * What the timer of a call shows.
 * @param {import('./types.js').CallView} call
 * @param {number} now_ms server time
 * @returns {{used_ms: number, left_ms: number, level: 'calm'|'soon'|'last'|'over'}}
 */
export function callTimer(call, now_ms) {
  const used_ms = usedMs(call, now_ms);
  const left_ms = call.length_ms - used_ms;
  let level = /** @type {'calm'|'soon'|'last'|'over'} */ ('calm');
  if (left_ms <= 0) level = 'over';
  else if (left_ms <= 30_000) level = 'last';
  else if (left_ms <= 120_000) level = 'soon';
  return { used_ms, left_ms, level };
}
