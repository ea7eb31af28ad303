/**
 * The school's live console: figures, the wall of booths, broadcast, extend, pause, end.
 * @module
 */

import { keepAlive } from './alive.js';
import { QueuePanel } from './console-queue.js';
import { cell, filtered, sorted } from './console-wall.js';
import { list, must, setText } from './dom.js';
import { countText, hourText, lengthText } from './format.js';
import { reduceWall, wallStart } from './reducer.js';
import { clock } from './session.js';
import { livePage } from './store.js';
import { PHASE } from './texts.js';
import { ask, attempt, toast } from './ui.js';

/** @typedef {import('./reducer.js').WallState} WallState */
/** @typedef {import('./console-wall.js').Filter} Filter */

/** Points of a spark line. */
const POINTS = 40;

/** A console that missed news asks for everything after up to this long, ms. */
const CATCH_UP_MS = 2_000;

const page = livePage({
  page: 'console', start: wallStart(), reduce: reduceWall, render, tick, hear: () => catchUp(),
});
const { live } = page;
keepAlive(live);
const queue = new QueuePanel(live);
const filters = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-filter]'));
let filter = /** @type {Filter} */ (new URLSearchParams(location.search).get('filter') ?? 'all');
/** @type {Record<string, number[]>} */
const history = { students_online: [], calls: [], waiting: [], wait_p90: [] };

for (const button of filters) {
  button.onclick = () => {
    filter = /** @type {Filter} */ (button.dataset.filter);
    const address = new URL(location.href);
    if (filter === 'all') address.searchParams.delete('filter');
    else address.searchParams.set('filter', filter);
    window.history.replaceState(null, '', address);
    page.draw();
  };
}
wireActions();
let asking = false;
live.start();

/** Asks for everything when news are missing; one request at a time. */
function catchUp() {
  if (asking || !page.state().behind) return;
  asking = true;
  setTimeout(() => {
    live.request({ type: 'refresh' }).catch(() => {}).finally(() => { asking = false; });
  }, Math.random() * CATCH_UP_MS);
}

/** @param {WallState} state */
function render({ view }) {
  if (!view) return;
  const cells = sorted(view.booths, clock.now());
  const shown = filtered(cells, filter);
  list(must('#booths'), shown, ({ booth }) => booth.booth, ({ booth, face }) => JSON.stringify([booth, face]),
    ({ booth, face }) => cell(booth, face, (b, button) => void toggle(b, button), (b) => queue.open(b)));
  queue.follow(view.booths);
  must('#booths-empty').hidden = shown.length > 0;
  for (const button of filters) {
    const kind = /** @type {Filter} */ (button.dataset.filter);
    button.setAttribute('aria-pressed', String(kind === filter));
    const base = { all: '全部', trouble: '需要处理', longest: '排队最长', offline: '离线', paused: '已暂停' }[kind];
    setText(button, kind === 'longest' ? base : `${base} ${filtered(cells, kind).length}`);
  }
  renderTiles(view);
  renderActions(view);
  setText(must('[data-updated]'), `${hourText(clock.now())} 更新`);
}

/** @param {import('./types.js').WallView} view */
function renderTiles({ totals, booths }) {
  const waiting = booths.reduce((sum, booth) => sum + booth.waiting, 0);
  const calls = booths.reduce((sum, booth) => sum + booth.seats_in_call, 0);
  const minutes = Math.round(totals.wait_p90_ms / 60_000);
  tile('students_online', countText(totals.students_online), totals.students_online);
  tile('calls', countText(Math.max(calls, totals.calls)), totals.calls);
  tile('waiting', countText(waiting), waiting);
  tile('wait_p90', totals.wait_p90_ms > 0 ? `${minutes} 分` : '—', minutes);
  setText(must('[data-tile="done"]'), countText(totals.done));
  const all = totals.done + totals.missed;
  setText(must('[data-tile-note]'), all > 0 ? `未到 ${((totals.missed * 100) / all).toFixed(1)} %` : '');
}

/**
 * @param {string} name
 * @param {string} text
 * @param {number} value
 */
function tile(name, text, value) {
  setText(must(`[data-tile="${name}"]`), text);
  const points = history[name];
  points.push(value);
  if (points.length > POINTS) points.shift();
  const top = Math.max(1, ...points);
  const line = points.map((each, at) => `${(at * 160) / Math.max(1, points.length - 1)},${(26 - (each / top) * 22).toFixed(1)}`);
  document.querySelector(`[data-spark="${name}"] polyline`)?.setAttribute('points', points.length > 1 ? line.join(' ') : '0,26 160,26');
}

/** @param {import('./types.js').WallView} view */
function renderActions({ fair }) {
  const over = fair.phase === 'ended';
  for (const name of ['broadcast', 'extend', 'end']) {
    /** @type {HTMLButtonElement} */ (must(`[data-do="${name}"]`)).disabled = over;
  }
}

/** @param {WallState} state */
function tick({ view }) {
  if (!view) return;
  const { fair } = view;
  const left = fair.ends_ms - clock.now();
  const rest = fair.phase === 'running' && left > 0 ? ` · 剩余 ${lengthText(left)}` : '';
  setText(must('[data-fair-line]'), `${PHASE[fair.phase]} · ${hourText(fair.starts_ms)}–${hourText(fair.ends_ms)}${rest}`);
}

/**
 * @param {import('./types.js').BoothBrief} booth
 * @param {HTMLElement} button
 */
async function toggle(booth, button) {
  if (booth.queue.is === 'paused') {
    await attempt(button, () => live.request({ type: 'resume_booth', booth: booth.booth }));
    return;
  }
  const answer = await ask({
    title: `暂停 ${booth.company} 的排队？`,
    text: `${booth.waiting} 位同学的位置保留，并看到下面的说明；恢复前不叫号。`,
    yes: '暂停排队',
    field: { label: '说明', value: '学校暂停该展位，请稍候', required: true, max: 100 },
  });
  if (answer) await attempt(button, () => live.request({ type: 'pause_booth', booth: booth.booth, message: answer.text }));
}

function wireActions() {
  const button = (/** @type {string} */ name) => must(`[data-do="${name}"]`);
  button('broadcast').onclick = async () => {
    const answer = await ask({
      title: '广播', text: '全场学生、面试官都会立即看到。', yes: '发送',
      field: { label: '内容', required: true, area: true, max: 500 },
    });
    if (!answer) return;
    const sent = await attempt(button('broadcast'), () => live.request({ type: 'broadcast', text: answer.text }));
    if (sent) toast('广播已发送');
  };
  button('extend').onclick = async () => {
    const answer = await ask({
      title: '延长招聘会', text: '结束时间顺延，排队和面试照常进行。', yes: '延长',
      choice: {
        label: '延长多久？', value: '30',
        options: [15, 30, 60].map((n) => ({ value: String(n), label: `${n} 分钟` })),
      },
    });
    if (!answer) return;
    const sent = await attempt(button('extend'), () => live.request({ type: 'extend_fair', minutes: Number(answer.choice) }));
    if (sent) toast(`已延长 ${answer.choice} 分钟`);
  };
  button('end').onclick = async () => {
    const view = page.state().view;
    const waiting = view?.booths.reduce((sum, booth) => sum + booth.waiting, 0) ?? 0;
    const calls = view?.booths.reduce((sum, booth) => sum + booth.seats_in_call, 0) ?? 0;
    const yes = await ask({
      title: '结束招聘会？',
      text: `不再接收新的排队。${waiting} 位正在排队的同学会被告知未能面试，${calls} 场进行中的面试可以完成。此操作不能撤销。`,
      yes: '结束招聘会',
      danger: true,
    });
    if (yes) await attempt(button('end'), () => live.request({ type: 'end_fair' }));
  };
}
