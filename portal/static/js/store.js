/**
 * One live page: its socket, its state, and when it draws. Each page gives a reducer and a
 * render function; everything that the server says goes through them in order.
 * @module
 */

import { Live } from './live.js';
import { clock, joinToken } from './session.js';
import { showBroadcast, showLink, showStalled } from './ui.js';

/** A touch becomes a click within this time after the finger is up, ms. */
const CLICK_AFTER_MS = 80;
/** Countdowns are drawn this often, ms. */
const TICK_MS = 250;

/**
 * @template S
 * @typedef {Object} PageOptions
 * @property {import('./types.js').PageKind} page
 * @property {S} start
 * @property {(state: S, body: import('./types.js').ServerBody) => S} reduce
 * @property {(state: S) => void} render after each message
 * @property {(state: S) => void} [tick] several times a second, for countdowns
 * @property {(body: import('./types.js').ServerBody) => void} [hear] messages as they come
 * @property {(welcome: import('./types.js').Welcome) => void} [onWelcome]
 */

/**
 * @template S
 * @param {PageOptions<S>} options
 * @returns {{live: Live, state: () => S, draw: () => void}}
 */
export function livePage(options) {
  let state = options.start;
  let pressed = false;
  let late = false;
  // A button that is replaced between press and release would lose its click: such a change is
  // drawn when the finger is up.
  const draw = () => {
    if (pressed) late = true;
    else options.render(state);
  };
  const release = () => setTimeout(() => {
    pressed = false;
    if (late) options.render(state);
    late = false;
  }, CLICK_AFTER_MS);
  addEventListener('pointerdown', () => { pressed = true; }, true);
  addEventListener('pointerup', release, true);
  addEventListener('pointercancel', release, true);
  addEventListener('blur', release);
  const live = new Live({
    page: options.page,
    clock,
    joinToken: () => joinToken(options.page),
    onStatus: showLink,
    onStalled: showStalled,
    onWelcome: options.onWelcome,
    onBody: (body) => {
      state = options.reduce(state, body);
      options.hear?.(body);
      if (body.type === 'broadcast') showBroadcast({ text: body.text, at_ms: body.at_ms });
      draw();
    },
  });
  const tick = options.tick;
  if (tick) setInterval(() => tick(state), TICK_MS);
  return { live, state: () => state, draw };
}
