/**
 * What a page shows, worked out from what the server says. Pure: state × message → state; the
 * old state is never changed, and an unknown message leaves it as it is.
 * @module
 */

import { known, mergeLines } from './wall-state.js';

/** @typedef {import('./types.js').ServerBody} ServerBody */
/** @typedef {import('./types.js').StudentView} StudentView */
/** @typedef {import('./types.js').BoothView} BoothView */
/** @typedef {import('./types.js').WallView} WallView */
/** @typedef {import('./types.js').CallView} CallView */

/**
 * What every page that takes part in calls knows of its media.
 * @typedef {Object} LiveMedia
 * @property {import('./types.js').MediaSlot[]} slots
 * @property {import('./types.js').Participant[]} participants
 * @property {'none'|'unstable'|'lost'|'gone'} ownTrouble
 * @property {'none'|'unstable'|'lost'|'gone'} otherTrouble
 * @property {import('./types.js').Quality} ownQuality
 * @property {import('./types.js').Quality} otherQuality
 */

/** @typedef {{text: string, at_ms: number} | null} Notice the last broadcast */
/** @typedef {{view: StudentView | null, media: LiveMedia, notice: Notice}} StudentState */
/** @typedef {{view: BoothView | null, media: LiveMedia, notice: Notice}} BoothState */
/** @typedef {{view: WallView | null, behind: boolean, notice: Notice}} WallState */

/** @type {Readonly<LiveMedia>} */
export const NO_MEDIA = Object.freeze({
  slots: [],
  participants: [],
  ownTrouble: 'none',
  otherTrouble: 'none',
  ownQuality: 'unknown',
  otherQuality: 'unknown',
});

/** @returns {StudentState} */
export const studentStart = () => ({ view: null, media: NO_MEDIA, notice: null });
/** @returns {BoothState} */
export const boothStart = () => ({ view: null, media: NO_MEDIA, notice: null });
/** @returns {WallState} */
export const wallStart = () => ({ view: null, behind: false, notice: null });

/**
 * @param {LiveMedia} media
 * @param {ServerBody} body
 * @returns {LiveMedia}
 */
export function reduceMedia(media, body) {
  switch (body.type) {
    case 'media_slots':
      return { ...media, slots: body.slots, participants: body.participants };
    case 'media_trouble':
      return body.side === 'own'
        ? { ...media, ownTrouble: body.kind }
        : { ...media, otherTrouble: body.kind };
    case 'media_quality':
      return { ...media, ownQuality: body.own, otherQuality: body.other };
    case 'call':
      return body.call.phase === 'ended' ? NO_MEDIA : media;
    default:
      return media;
  }
}

/**
 * @param {StudentState} state
 * @param {ServerBody} body
 * @returns {StudentState}
 */
export function reduceStudent(state, body) {
  const media = reduceMedia(state.media, body);
  if (body.type === 'student') {
    const { type: _, ...view } = body;
    return { ...state, media, view };
  }
  if (body.type === 'broadcast') return { ...state, notice: { text: body.text, at_ms: body.at_ms } };
  const view = state.view;
  if (!view) return { ...state, media };
  switch (body.type) {
    case 'entry': {
      const known = view.entries.some((e) => e.entry === body.entry.entry);
      const entries = known
        ? view.entries.map((e) => (e.entry === body.entry.entry ? body.entry : e))
        : [body.entry, ...view.entries];
      return { ...state, media, view: { ...view, entries } };
    }
    case 'call':
      return { ...state, media, view: { ...view, call: body.call } };
    case 'fair':
      return { ...state, media, view: { ...view, fair: body.fair } };
    default:
      return media === state.media ? state : { ...state, media };
  }
}

/**
 * @param {BoothState} state
 * @param {ServerBody} body
 * @returns {BoothState}
 */
export function reduceBooth(state, body) {
  const media = reduceMedia(state.media, body);
  if (body.type === 'booth') {
    const { type: _, ...view } = body;
    return { ...state, media, view };
  }
  if (body.type === 'broadcast') return { ...state, notice: { text: body.text, at_ms: body.at_ms } };
  const view = state.view;
  if (!view) return { ...state, media };
  switch (body.type) {
    case 'queue':
      return { ...state, media, view: mergeQueue(view, body) };
    case 'seats':
      return { ...state, media, view: { ...view, seats: body.seats } };
    case 'call':
      return { ...state, media, view: { ...view, call: body.call } };
    case 'fair':
      return { ...state, media, view: { ...view, fair: body.fair } };
    default:
      return media === state.media ? state : { ...state, media };
  }
}

/**
 * @param {WallState} state
 * @param {ServerBody} body
 * @returns {WallState}
 */
export function reduceWall(state, body) {
  if (body.type === 'wall') {
    const { type: _, ...view } = body;
    return { ...state, view, behind: false };
  }
  if (body.type === 'broadcast') return { ...state, notice: { text: body.text, at_ms: body.at_ms } };
  const view = state.view;
  if (!view) return state;
  switch (body.type) {
    case 'console_news':
      return reduceNews(state, view, body);
    case 'fair':
      return { ...state, view: { ...view, fair: body.fair } };
    default:
      return state;
  }
}

/**
 * News are numbered: where one is missing, or speaks of a booth that is not here, the console is
 * behind and asks for everything. What it hears until then is in the answer.
 * @param {WallState} state
 * @param {WallView} view
 * @param {import('./types.js').ConsoleNews} news
 * @returns {WallState}
 */
function reduceNews(state, view, news) {
  if (news.n <= view.n) return state;
  const mark = news.lines.length === 0 && !news.totals;
  if (mark || news.n > view.n + 1 || !known(view.booths, news.lines)) return { ...state, behind: true };
  const booths = mergeLines(view.booths, news.lines, news.notes ?? []);
  return { ...state, view: { ...view, n: news.n, booths, totals: news.totals ?? view.totals } };
}

/**
 * @param {BoothView} view
 * @param {Extract<ServerBody, {type: 'queue'}>} body
 * @returns {BoothView}
 */
function mergeQueue(view, body) {
  const rows = new Map(view.rows.map((row) => [row.entry, row]));
  for (const row of body.rows) rows.set(row.entry, row);
  for (const entry of body.gone) rows.delete(entry);
  const order = (body.order ?? view.order).filter((entry) => rows.has(entry));
  return { ...view, rows: [...rows.values()], order, brief: body.booth };
}
