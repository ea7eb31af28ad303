/**
 * The console's wall: which booths need someone, and how each is worded. Pure but for `cell`.
 * @module
 */

import { h } from './dom.js';
import { hourText, lengthText, waitText } from './format.js';

/** @typedef {import('./types.js').BoothBrief} BoothBrief */

/** @typedef {'bad'|'warn'|'ok'|'idle'} Tone */
/** @typedef {{tone: Tone, state: string, left: string, right: string, rank: number}} CellFace */

/** A wait above this deserves a look, ms. */
const LONG_WAIT_MS = 45 * 60_000;

/**
 * @param {BoothBrief} booth
 * @param {number} now_ms server time
 * @returns {CellFace}
 */
export function cellFace(booth, now_ms) {
  const busy = `${booth.seats_in_call}/${booth.seats} 面试中`;
  const queue = booth.waiting > 0 ? `排队 ${booth.waiting}` : '空闲';
  const gone = booth.offline_since_ms === undefined ? null : lengthText(now_ms - booth.offline_since_ms);
  if (booth.stuck > 0) return { tone: 'bad', state: `卡住 ${booth.stuck}`, left: '断线超过 30 秒', right: '', rank: 0 };
  if (booth.queue.is === 'closed') return { tone: 'idle', state: '已结束', left: `完成 ${booth.done}`, right: '', rank: 6 };
  if (booth.queue.is === 'paused') {
    const until = booth.queue.until_ms ? `${hourText(booth.queue.until_ms)} 恢复` : '手动恢复';
    return { tone: 'warn', state: '暂停中', left: until, right: `等待 ${booth.waiting} 人`, rank: 2 };
  }
  if (booth.seats_online === 0 && booth.waiting > 0) {
    return { tone: 'bad', state: queue, left: gone ? `面试官离线 ${gone}` : '面试官未到', right: '', rank: 1 };
  }
  if (booth.seats_online === 0) {
    const never = gone === null && booth.done === 0;
    return { tone: 'idle', state: never ? '未开始' : '离线', left: gone ? `离线 ${gone}` : '面试官未到', right: booth.applied > 0 ? `申请 ${booth.applied}` : '', rank: 5 };
  }
  const long = booth.wait_p90_ms > LONG_WAIT_MS || (booth.wait.is === 'range' && booth.wait.high_min * 60_000 > LONG_WAIT_MS);
  if (booth.waiting === 0) {
    return { tone: 'ok', state: booth.seats_in_call > 0 ? '面试中' : '空闲', left: `${booth.seats_online}/${booth.seats} 在线`, right: '可直接进入', rank: 4 };
  }
  return { tone: long ? 'warn' : 'ok', state: queue, left: busy, right: waitText(booth.wait), rank: long ? 2 : 3 };
}

/**
 * Stuck and offline first, then by the length of the queue.
 * @param {BoothBrief[]} booths
 * @param {number} now_ms
 */
export function sorted(booths, now_ms) {
  return booths
    .map((booth) => ({ booth, face: cellFace(booth, now_ms) }))
    .sort((a, b) => a.face.rank - b.face.rank || b.booth.waiting - a.booth.waiting || a.booth.number.localeCompare(b.booth.number));
}

/** @typedef {'all'|'trouble'|'longest'|'offline'|'paused'} Filter */

/**
 * @param {{booth: BoothBrief, face: CellFace}[]} cells
 * @param {Filter} filter
 */
export function filtered(cells, filter) {
  switch (filter) {
    case 'trouble':
      return cells.filter(({ face }) => face.tone === 'bad');
    case 'offline':
      return cells.filter(({ booth }) => booth.seats_online === 0);
    case 'paused':
      return cells.filter(({ booth }) => booth.queue.is === 'paused');
    case 'longest':
      return [...cells].sort((a, b) => b.booth.waiting - a.booth.waiting);
    default:
      return cells;
  }
}

/**
 * @param {BoothBrief} booth
 * @param {CellFace} face
 * @param {(booth: BoothBrief, button: HTMLElement) => void} toggle pauses or resumes
 * @param {(booth: BoothBrief) => void} open shows who waits
 */
export function cell(booth, face, toggle, open) {
  const paused = booth.queue.is === 'paused';
  const act = booth.queue.is === 'closed' ? null : h('button', {
    type: 'button', 'data-testid': `toggle-${booth.number}`, 'aria-label': `${booth.company}：${paused ? '恢复排队' : '暂停排队'}`,
    onclick: (/** @type {Event} */ event) => toggle(booth, /** @type {HTMLElement} */ (event.currentTarget)),
  }, paused ? '恢复' : '暂停');
  return h('li.wall-cell', { 'data-tone': face.tone, 'data-testid': `cell-${booth.number}` },
    h('button.wall-company', {
      type: 'button', 'data-testid': `queue-${booth.number}`, title: `${booth.company}：查看排队`,
      onclick: () => open(booth),
    }, h('span.clip', {}, booth.company), h('span', {}, booth.number)),
    h('div.wall-state', {}, face.state),
    h('div.wall-foot', {}, h('span.clip', {}, [face.left, face.right].filter(Boolean).join(' · ')), act));
}
