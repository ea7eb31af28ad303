/**
 * The live wire: constants, building client frames and reading server frames. Pure.
 * @module
 */

/** @typedef {import('./types.js').ServerFrame} ServerFrame */
/** @typedef {import('./types.js').ClientBody} ClientBody */
/** @typedef {import('./types.js').PageKind} PageKind */
/** @typedef {import('./types.js').Sequence} Sequence */

/** Version of the protocol that these pages speak. */
export const VERSION = 2;

/** The longest free text in a message, in characters. */
export const TEXT_CHARS = 500;

/** An answer is given up after this many milliseconds. */
export const ANSWER_WITHIN_MS = 12_000;

/** Every stage of a queue entry. */
export const STAGES = /** @type {const} */ ([
  'applied', 'invited', 'waiting', 'called', 'ready', 'in_call', 'done', 'declined', 'withdrawn',
  'missed', 'left', 'removed', 'expired',
]);

/** Stages in which an entry counts as active: it holds one of a student's places. */
export const ACTIVE = new Set(['applied', 'invited', 'waiting', 'called', 'ready', 'in_call']);

/** Every reason behind a place that got worse, or behind an entry's end. */
export const CAUSES = /** @type {const} */ ([
  'later', 'no_answer', 'skipped_at_head', 'put_back', 'call_withdrawn', 'interviewer_gone',
  'call_lost', 'offline_too_long', 'removed_by_booth', 'removed_by_staff', 'removed_by_platform',
  'missed_undone', 'fair_ended', 'others_returned',
]);

/** Every code of a refused request. */
export const REFUSALS = /** @type {const} */ ([
  'not_allowed', 'not_found', 'not_your_seat', 'wrong_stage', 'fair_not_open', 'fair_ended',
  'queue_closed', 'queue_paused', 'not_admitted', 'resume_incomplete', 'device_test_missing',
  'too_many_queues', 'refused_before', 'already_here', 'no_time_left', 'queue_full', 'used_up',
  'nobody_callable', 'seat_busy', 'student_busy', 'other_device', 'too_late', 'invalid',
  'bad_offer', 'no_media', 'media_full', 'settling', 'restarting', 'too_fast', 'internal',
]);

/** Every reason with which the server closes a socket. */
export const BYES = /** @type {const} */ ([
  'hello_late', 'version', 'token_bad', 'token_spent', 'resume_unknown', 'fair_unknown',
  'seat_unknown', 'too_many_sockets', 'flood', 'faults', 'slow_reader', 'silent', 'restart',
  'removed', 'shut_out',
]);

/** Every type of a server message. */
export const SERVER_TYPES = new Set([
  'welcome', 'done', 'applied', 'refused', 'student', 'booth', 'wall', 'entry', 'queue', 'seats',
  'call', 'wall_news', 'console_news', 'fair', 'broadcast', 'stalled', 'clock', 'media_answer',
  'media_slots', 'media_trouble',
  'media_quality', 'media_closed', 'bye',
]);

/**
 * The text of a client frame.
 * @param {number} id answered by the server's `re`
 * @param {ClientBody} body
 */
export function clientFrame(id, body) {
  return JSON.stringify({ id, body });
}

/**
 * Reads a server frame; anything that is not one is `null` (and to be ignored: a newer server
 * may say more than this page knows).
 * @param {unknown} text
 * @returns {ServerFrame | null}
 */
export function serverFrame(text) {
  if (typeof text !== 'string') return null;
  let frame;
  try {
    frame = JSON.parse(text);
  } catch {
    return null;
  }
  const body = frame?.body;
  if (typeof body !== 'object' || body === null || !SERVER_TYPES.has(body.type)) return null;
  return frame;
}

/**
 * The first message of a socket: with a fresh join token, or resuming an earlier socket.
 * @param {PageKind} page
 * @param {{token: string} | {secret: string, last: Sequence}} proof
 * @returns {ClientBody}
 */
export function hello(page, proof) {
  if ('token' in proof) return { type: 'hello', version: VERSION, token: proof.token, page };
  const resume = { secret: proof.secret, epoch: proof.last.epoch, n: proof.last.n };
  return { type: 'hello', version: VERSION, resume, page };
}

/**
 * What a page does after a bye: `token` = come back with a fresh token, `retry` = resume,
 * `reload` = load the page anew, `stop` = stay away and say why.
 * @param {string} reason
 * @returns {'token'|'retry'|'reload'|'stop'}
 */
export function afterBye(reason) {
  switch (reason) {
    case 'version':
      return 'reload';
    case 'fair_unknown':
    case 'seat_unknown':
    case 'too_many_sockets':
    case 'removed':
      return 'stop';
    case 'restart':
    case 'silent':
    case 'slow_reader':
    case 'flood':
      return 'retry';
    default:
      return 'token';
  }
}
