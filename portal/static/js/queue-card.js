/**
 * Cards of the student's own queues.
 * @module
 */

import { h } from './dom.js';
import { hourText, lengthText, progress, tone, waitText } from './format.js';
import { causeText, STAGE, STAGE_TONE } from './texts.js';

/** @typedef {import('./types.js').StudentEntry} StudentEntry */

/**
 * @typedef {Object} CardActions
 * @property {(entry: StudentEntry, button: HTMLElement) => void} later
 * @property {(entry: StudentEntry, button: HTMLElement) => void} leave
 * @property {(button: HTMLElement) => void} away
 */

/**
 * What a card shows, as text: a card is made anew only when this changes.
 * @param {StudentEntry} entry
 * @param {boolean} away
 * @param {number} awaysLeft
 */
export function cardSignature(entry, away, awaysLeft) {
  return JSON.stringify([entry, away, awaysLeft]);
}

/**
 * @param {StudentEntry} entry
 * @param {boolean} away
 * @param {number} awaysLeft
 * @param {CardActions} actions
 */
export function queueCard(entry, away, awaysLeft, actions) {
  const near = entry.stage === 'waiting' && (entry.position ?? 99) <= 2 && !away;
  const card = h(`li.card.entry-card${near ? '.near' : ''}`, { 'data-testid': `entry-${entry.number}`, 'data-stage': entry.stage },
    h('div.entry-head', {},
      h('span.mark', { 'data-tone': tone(entry.company), 'aria-hidden': 'true' }, [...entry.company][0] ?? ''),
      h('div.entry-names', {},
        h('h2.clip', {}, entry.company),
        h('p.muted.small.clip', {}, [entry.job?.title, entry.number].filter(Boolean).join(' · '))),
      tag(entry, near, away)));
  if (entry.stage === 'waiting') card.append(...waiting(entry, near));
  const note = noteOf(entry, near);
  if (note) card.append(h(`p.entry-note${note.warn ? '.warn' : ''}`, {}, note.text));
  const buttons = buttonsOf(entry, away, awaysLeft, actions);
  if (buttons.length) card.append(h('div.entry-actions', {}, ...buttons));
  return card;
}

/**
 * @param {StudentEntry} entry
 * @param {boolean} near
 * @param {boolean} away
 */
function tag(entry, near, away) {
  if (near) return h('span.tag.turn', {}, '快到了');
  if (away && entry.stage === 'waiting') return h('span.tag', {}, '暂时离开');
  const color = STAGE_TONE[entry.stage];
  return h(`span.tag${color ? `.${color}` : ''}`, {}, STAGE[entry.stage]);
}

/**
 * @param {StudentEntry} entry
 * @param {boolean} near
 */
function waiting(entry, near) {
  const position = entry.position ?? 0;
  const space = 'http://www.w3.org/2000/svg';
  const track = document.createElementNS(space, 'svg');
  track.setAttribute('class', 'track');
  track.setAttribute('preserveAspectRatio', 'none');
  track.setAttribute('viewBox', '0 0 100 6');
  track.setAttribute('aria-hidden', 'true');
  for (const width of [100, Math.round(progress(position) * 100)]) {
    const bar = document.createElementNS(space, 'rect');
    bar.setAttribute('width', String(width));
    bar.setAttribute('height', '6');
    track.append(bar);
  }
  const none = entry.wait?.is === 'no_interviewer';
  return [
    h('div.entry-figures', {},
      h('strong.position', { 'data-testid': 'position', 'data-near': near }, `第 ${position} 位`),
      h('div.eta', {}, h('span', {}, none ? '暂时无法预计' : '预计等待'), h('strong', {}, waitText(entry.wait)))),
    track,
  ];
}

/**
 * @param {StudentEntry} entry
 * @param {boolean} near
 * @returns {{text: string, warn: boolean} | null}
 */
function noteOf(entry, near) {
  if (entry.queue.is === 'paused') {
    const until = entry.queue.until_ms ? `，预计 ${hourText(entry.queue.until_ms)} 恢复` : '';
    const why = entry.queue.message ? `：${entry.queue.message}` : '';
    return { text: `企业暂停排队${until}${why}。位置保留。`, warn: true };
  }
  const cause = causeText(entry);
  if (cause) return { text: `${cause}。`, warn: entry.cause !== 'later' };
  if (entry.stage === 'applied') return { text: '企业接受后开始排队，请留意提醒。', warn: false };
  if (near) return { text: '请保持页面打开。轮到你时会响铃，请在倒计时内点「我准备好了」。', warn: false };
  if (entry.wait?.is === 'no_interviewer') return { text: '面试官暂时离线，位置保留，也可以随时退出。', warn: true };
  return null;
}

/**
 * @param {StudentEntry} entry
 * @param {boolean} away
 * @param {number} awaysLeft
 * @param {CardActions} actions
 */
function buttonsOf(entry, away, awaysLeft, actions) {
  const buttons = [];
  /** @param {string} words @param {string} id @param {string} kind @param {(b: HTMLElement) => void} act @param {string} [title] */
  const button = (words, id, kind, act, title) =>
    h(`button.button${kind}`, { type: 'button', 'data-testid': id, title, onclick: (/** @type {Event} */ e) => act(/** @type {HTMLElement} */ (e.currentTarget)) }, words);
  if (entry.stage === 'waiting') {
    if (entry.laters_left > 0) {
      buttons.push(button('稍后', 'later', '', (b) => actions.later(entry, b), `排到后面 3 位，还可用 ${entry.laters_left} 次`));
    }
    if (!away && awaysLeft > 0) {
      buttons.push(button('暂时离开', 'away', '', (b) => actions.away(b), `最多 10 分钟，还可用 ${awaysLeft} 次`));
    }
    buttons.push(button('退出排队', 'leave', '.danger', (b) => actions.leave(entry, b)));
  } else if (entry.stage === 'applied' || entry.stage === 'invited') {
    buttons.push(button('撤回申请', 'leave', '.danger', (b) => actions.leave(entry, b)));
  }
  return buttons;
}

/**
 * In the history: what the other side said, else the cause.
 * @param {StudentEntry} entry
 */
function shortCause(entry) {
  return entry.reason || causeText(entry);
}

/**
 * @param {StudentEntry} entry
 * @param {number} now_ms server time
 */
export function historyRow(entry, now_ms) {
  const color = STAGE_TONE[entry.stage];
  const ago = now_ms - entry.since_ms;
  return h('li', { 'data-testid': `history-${entry.number}`, 'data-stage': entry.stage },
    h('div.entry-names', {},
      h('strong.clip', {}, entry.company),
      h('span.clip', {}, [entry.job?.title, shortCause(entry) || (ago > 60_000 ? `${lengthText(ago)}前申请` : '刚刚申请')].filter(Boolean).join(' · '))),
    h(`span.tag${color ? `.${color}` : '.quiet'}`, {}, STAGE[entry.stage]));
}
