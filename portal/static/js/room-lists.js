/**
 * The room's left column: queue, applications, and what can still be undone.
 * @module
 */

import { h, list, must, setText } from './dom.js';
import { averageText, hourText, lengthText } from './format.js';
import { clock } from './session.js';
import { ORIGIN } from './texts.js';

/** @typedef {import('./types.js').BoothView} BoothView */
/** @typedef {import('./types.js').QueueRow} QueueRow */


/**
 * @typedef {Object} ListActions
 * @property {(row: QueueRow) => void} select
 * @property {(row: QueueRow, button: HTMLElement) => void} accept
 * @property {(row: QueueRow, button: HTMLElement) => void} refuse
 * @property {(row: QueueRow, button: HTMLElement) => void} pick
 * @property {(row: QueueRow, button: HTMLElement) => void} remove
 * @property {(row: QueueRow, button: HTMLElement) => void} undo
 * @property {(row: QueueRow, button: HTMLElement) => void} join
 */

/**
 * May this row be called now?
 * @param {QueueRow} row
 */
export function callable(row) {
  return row.stage === 'waiting' && row.presence.is === 'online';
}

/**
 * The queue as it stands: those in calls first, then the order.
 * @param {BoothView} view
 */
export function queueRows(view) {
  const rows = new Map(view.rows.map((row) => [row.entry, row]));
  const busy = view.rows.filter((row) => ['called', 'ready', 'in_call'].includes(row.stage));
  const waiting = view.order.map((entry) => rows.get(entry)).filter((row) => row?.stage === 'waiting');
  return { busy, waiting: /** @type {QueueRow[]} */ (waiting) };
}

/**
 * The one whom 叫下一位 will call.
 * @param {BoothView} view
 */
export function nextRow(view) {
  return queueRows(view).waiting.find(callable);
}

/**
 * @param {BoothView} view
 * @param {string} selected entry
 * @param {ListActions} actions
 */
export function renderLists(view, selected, actions) {
  const { busy, waiting } = queueRows(view);
  const applied = view.rows.filter((row) => row.stage === 'applied').sort((a, b) => a.since_ms - b.since_ms);
  const next = waiting.find(callable);
  const free = view.seats.find((seat) => seat.seat === view.seat)?.state.is === 'idle';
  const minute = Math.floor(clock.now() / 60_000);
  const number = new Map(waiting.map((row, at) => [row.entry, at + 1]));
  const key = (/** @type {QueueRow} */ row) => row.entry;
  const sign = (/** @type {QueueRow} */ row) =>
    JSON.stringify([row, number.get(row.entry), row.entry === selected, row === next, free, minute]);
  list(must('#queue-rows'), [...busy, ...waiting], key, sign,
    (row) => queueRow(view, row, number.get(row.entry), row.entry === selected, row === next, free, actions));
  list(must('#applied-rows'), applied, key, sign, (row) => appliedRow(row, row.entry === selected, actions));
  const recent = view.rows.filter(undoable);
  list(must('#recent-rows'), recent, key, sign, (row) => undoRow(row, actions));
  must('#recent').hidden = recent.length === 0;
  must('#queue-empty').hidden = busy.length + waiting.length > 0;
  must('#applied-empty').hidden = applied.length > 0;
  setText(must('[data-waiting-count]'), String(waiting.length));
  setText(must('[data-applied-count]'), String(applied.length));
  setText(must('[data-average]'), view.brief.done > 0 ? `平均 ${averageText(view.brief.average_ms)}` : '');
  renderPaused(view);
}

/** @param {BoothView} view */
function renderPaused(view) {
  const { queue } = view.brief;
  const bar = must('[data-paused]');
  bar.hidden = queue.is === 'open';
  const words = queue.is === 'paused'
    ? `已暂停排队${queue.until_ms ? `，${hourText(queue.until_ms)} 恢复` : ''}${queue.message ? `：${queue.message}` : ''}`
    : queue.is === 'closing' ? '已停止接收申请，面完在排的同学即结束' : '队列已关闭';
  setText(must('span', bar), words);
}

/** @param {QueueRow} row */
function undoable(row) {
  if (row.stage !== 'declined' && row.stage !== 'missed') return false;
  return row.deadline_ms === undefined || row.deadline_ms > clock.now();
}

/**
 * @param {string} text
 * @param {string} testid
 * @param {string} kind
 * @param {(button: HTMLElement) => void} act
 */
function small(text, testid, kind, act) {
  return h(`button${kind}`, {
    type: 'button', 'data-testid': testid,
    onclick: (/** @type {Event} */ event) => act(/** @type {HTMLElement} */ (event.currentTarget)),
  }, text);
}

/**
 * @param {QueueRow} row
 * @param {string} mark
 * @param {string} dot
 * @param {string} line
 * @param {Node | null} side
 * @param {() => void} select
 */
function face(row, mark, dot, line, side, select) {
  return h('button.row-main', { type: 'button', onclick: select, 'data-testid': 'row' },
    h('span.row-number', {}, mark),
    h('span.clip', {},
      h('span.row-name', {}, h('span.clip', {}, row.name)),
      h('span.row-line', {}, dot ? h(`span.dot.${dot}`) : h('span.dot'), h('span.clip', {}, line))),
    side);
}

/**
 * @param {BoothView} view
 * @param {QueueRow} row
 * @param {number | undefined} place
 * @param {boolean} selected
 * @param {boolean} first
 * @param {boolean} free the own seat could call
 * @param {ListActions} actions
 */
function queueRow(view, row, place, selected, first, free, actions) {
  const { dot, words } = presence(row);
  const line = [words, row.job?.title].filter(Boolean).join(' · ');
  const item = h(`li.row${selected ? '.selected' : ''}${first ? '.first' : ''}`,
    { 'data-testid': 'queue-row', 'data-entry': row.entry, 'data-stage': row.stage, 'aria-current': selected },
    face(row, place === undefined ? '▸' : String(place), dot, line, sideTag(row), () => actions.select(row)));
  const colleague = row.stage === 'in_call' && row.seat !== view.seat;
  const buttons = [];
  if (selected && row.stage === 'waiting') {
    if (free && !first && callable(row)) buttons.push(small('叫这位', 'pick', '.yes', (b) => actions.pick(row, b)));
    buttons.push(small('移出', 'remove', '.no', (b) => actions.remove(row, b)));
  }
  if (selected && colleague && free) buttons.push(small('加入这场面试', 'join-call', '.yes', (b) => actions.join(row, b)));
  if (buttons.length) item.append(h('div.row-actions', {}, ...buttons));
  return item;
}

/** @param {QueueRow} row */
function sideTag(row) {
  if (row.stage === 'called') return h('span.row-tag.accent', {}, '叫号中');
  if (row.stage === 'ready') return h('span.row-tag.accent', {}, '已就位');
  if (row.stage === 'in_call') return h('span.row-tag.accent', {}, '面试中');
  if (row.held) return h('span.row-tag.warn', { title: '面试官退回，优先叫号' }, '退回');
  if (row.misses > 0) return h('span.row-tag.warn', { title: '叫号未应答' }, `未到 ${row.misses}`);
  if (!row.device_ok) return h('span.row-tag.warn', { title: '没有通过设备测试' }, '未测试');
  return h(`span.row-tag${row.origin === 'invited' ? '.accent' : ''}`, {}, ORIGIN[row.origin]);
}

/**
 * @param {QueueRow} row
 * @returns {{dot: string, words: string}}
 */
function presence(row) {
  const waited = `已等 ${lengthText(clock.now() - row.since_ms).replace('不到 1', '1').replaceAll('分钟', '分')}`;
  switch (row.presence.is) {
    case 'online':
      return { dot: 'ok', words: row.stage === 'waiting' ? waited : '' };
    case 'busy':
      return { dot: 'warn', words: row.stage === 'waiting' ? '在另一场面试' : '' };
    case 'away':
      return { dot: '', words: `离开至 ${hourText(row.presence.until_ms)}` };
    default:
      return { dot: '', words: '不在线' };
  }
}

/**
 * @param {QueueRow} row
 * @param {boolean} selected
 * @param {ListActions} actions
 */
function appliedRow(row, selected, actions) {
  const ago = clock.now() - row.since_ms;
  const line = [row.job?.title, ago < 60_000 ? '刚刚' : `${lengthText(ago)}前`].filter(Boolean).join(' · ');
  const online = row.presence.is === 'online' || row.presence.is === 'busy';
  return h(`li.row${selected ? '.selected' : ''}`,
    { 'data-testid': 'applied-row', 'data-entry': row.entry, 'data-name': row.name },
    face(row, '·', online ? 'ok' : '', line, null, () => actions.select(row)),
    h('div.row-actions', {},
      small('接受', 'accept', '.yes', (b) => actions.accept(row, b)),
      small('拒绝', 'refuse', '.no', (b) => actions.refuse(row, b))));
}

/**
 * @param {QueueRow} row
 * @param {ListActions} actions
 */
function undoRow(row, actions) {
  const missed = row.stage === 'missed';
  return h('li.row', { 'data-testid': 'undo-row' },
    face(row, '·', '', missed ? '叫号未应答，已过号' : '已拒绝', null, () => actions.select(row)),
    h('div.row-actions', {}, small(missed ? '恢复排队' : '撤销拒绝', 'undo', '', (b) => actions.undo(row, b))));
}
