/**
 * A page that works over its socket alone would count as idle, and its session would end in the
 * middle of the work: it says now and then that it is open. Only its own session is kept by that,
 * not one on another machine.
 * @module
 */

import { pageData } from './session.js';

/** Far below the shortest idle time, ms. */
export const EVERY_MS = 5 * 60_000;

/**
 * Keeps this page's session while its socket is up. A failure is of no account: the next one comes
 * soon, and whoever is signed out is told by the socket.
 * @param {{ status: string }} live
 * @param {() => Promise<unknown>} [say]
 */
export function keepAlive(live, say = alive) {
  setInterval(() => {
    if (live.status === 'online') say().catch(() => {});
  }, EVERY_MS);
}

/** @returns {Promise<unknown>} */
function alive() {
  return fetch('/api/alive', { method: 'POST', headers: { 'x-csrf-token': pageData('csrf') } });
}
