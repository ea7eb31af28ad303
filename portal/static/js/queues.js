/**
 * A student's live page: own queues, "your turn", the call, and after it.
 * @module
 */

import { AfterView } from './after-view.js';
import { tested } from './booth-state.js';
import { CallScreen } from './call-view.js';
import { CalledView } from './called-view.js';
import { Controls } from './controls.js';
import { Devices } from './devices.js';
import { list, must, setText } from './dom.js';
import { hourText } from './format.js';
import { exposeStats, Media } from './media.js';
import { ACTIVE } from './protocol.js';
import { cardSignature, historyRow, queueCard } from './queue-card.js';
import { reduceStudent, studentStart } from './reducer.js';
import { Reporter } from './reporter.js';
import { clock } from './session.js';
import { expectedVideo } from './stats.js';
import { livePage } from './store.js';
import { checkSupport } from './support.js';
import { ask, attempt, toast } from './ui.js';

/** @typedef {import('./types.js').StudentEntry} StudentEntry */
/** @typedef {import('./types.js').StudentView} StudentView */
/** @typedef {import('./reducer.js').StudentState} StudentState */

/** From this place on the camera is open. */
const CAMERA_FROM_POSITION = 2;
/** Keys of what this tab remembers over a reload. */
const ANSWERED = 'pinhui.answered';
const DISMISSED = 'pinhui.dismissed';

const canPublish = checkSupport();
const page = livePage({
  page: 'queues',
  start: studentStart(),
  reduce: reduceStudent,
  render,
  onWelcome: () => {
    media.resume();
  },
  tick: () => {
    called.tick();
    call.tick();
  },
  hear: (body) => {
    if (body.type === 'media_closed') media.closedByServer(body.code);
  },
});
const { live } = page;
const devices = new Devices();
const media = new Media({
  live,
  onState: () => page.draw(),
  onTracks: () => page.draw(),
  onBlocked: (blocked) => { unblock.hidden = !blocked; },
});
exposeStats(media);
const controls = new Controls(must('#view-call'), devices, media, live, () => page.draw());
const reporter = new Reporter(media, live);
const unblock = must('[data-do="unblock"]');
/** A browser plays no sound on a page that nobody touched yet: the ring would be silent. */
const untouched = () =>
  /** @type {{userActivation?: {hasBeenActive: boolean}}} */ (navigator).userActivation?.hasBeenActive === false;
// After the click, not at its press: what moves between press and release loses the click.
addEventListener('click', () => { must('#sound-hint').hidden = true; }, { once: true });
addEventListener('pointerdown', () => void media.unblock());
const called = new CalledView({
  ready: (entry, button) => void answer(entry, button),
  later: (entry, button) => void attempt(button, () => live.request({ type: 'later', entry: entry.entry })),
});
const call = new CallScreen(media);
const after = new AfterView(() => {
  const ended = page.state().view?.call;
  if (ended) sessionStorage.setItem(DISMISSED, ended.call);
  page.draw();
});
/** Calls of this tab that ran while it was open: only they end in the page after the call. */
const seen = new Set();
let opening = false;
/** A tab that was just loaded takes the call back that it had, by itself, once. */
let mayTake = true;

must('[data-do="hang-up"]').onclick = async (event) => {
  const button = /** @type {HTMLElement} */ (event.currentTarget);
  const running = page.state().view?.call;
  const yes = running && await ask({
    title: '结束这场面试？',
    text: '结束后不能再回到这场面试，也不能再次申请这家企业。网络不好时可以先等待重连。',
    yes: '结束面试',
    danger: true,
  });
  if (yes) await attempt(button, () => live.request({ type: 'end', call: running.call }));
};
must('[data-do="back"]').onclick = (event) =>
  void attempt(/** @type {HTMLElement} */ (event.currentTarget), () => live.request({ type: 'back' }));
must('[data-do="take-over"]').onclick = (event) => {
  const running = page.state().view?.call;
  if (running) void attempt(/** @type {HTMLElement} */ (event.currentTarget), () => takeOver(running.call));
};
live.start();

/**
 * @param {StudentEntry} entry
 * @param {HTMLElement} button
 */
async function answer(entry, button) {
  // Remembered first: the change that follows may come before the answer.
  sessionStorage.setItem(ANSWERED, entry.entry);
  const done = await attempt(button, () => live.request({ type: 'ready', entry: entry.entry }));
  if (!done) sessionStorage.removeItem(ANSWERED);
  page.draw();
}

/** @param {string} id call */
async function takeOver(id) {
  await live.request({ type: 'take_over', call: id });
  media.open();
}

/** @param {StudentState} state */
function render(state) {
  const { view } = state;
  if (!view) return;
  const running = view.call && view.call.phase !== 'ended' ? view.call : null;
  const turn = view.entries.find((e) => e.stage === 'called' || e.stage === 'ready') ?? null;
  const answered = turn !== null && sessionStorage.getItem(ANSWERED) === turn.entry;
  const here = running !== null && running.here;
  const showTurn = turn !== null && !here && (turn.stage === 'called' || answered) ? turn : null;
  if (here) seen.add(running.call);
  keepCall(view, running);

  const entryOf = (/** @type {string | undefined} */ id) => view.entries.find((e) => e.entry === id);
  // A call that was put back has ended, too, but the interview has not.
  const ended = view.call?.phase === 'ended' && entryOf(view.call.entry)?.stage === 'done' &&
    seen.has(view.call.call) && sessionStorage.getItem(DISMISSED) !== view.call.call ? view.call : null;
  const waiting = view.entries.filter((e) => e.stage === 'waiting' || e.stage === 'applied');
  called.show(showTurn, turn?.stage === 'ready');
  call.show(here ? running : null, entryOf(running?.entry)?.company ?? '', state.media, live.person, media.state);
  after.show(showTurn || here ? null : ended, entryOf(ended?.entry), waiting);
  must('#elsewhere').hidden = here || !(running || (turn?.stage === 'ready' && !answered));
  must('[data-do="take-over"]').hidden = !running;
  if (here) controls.agree(running, live.person);
  runMedia(view, showTurn !== null || here, here);
  renderList(view);
}

/**
 * After a reload the tab that had the call takes it again without being asked; one that another
 * tab took it from does not.
 * @param {StudentView} view
 * @param {import('./types.js').CallView | null} running
 */
function keepCall(view, running) {
  if (!running) return;
  const mine = sessionStorage.getItem(ANSWERED) === running.entry;
  if (running.here) sessionStorage.setItem(ANSWERED, running.entry);
  else if (mine && mayTake) takeOver(running.call).catch(() => {});
  else sessionStorage.removeItem(ANSWERED);
  mayTake = false;
}

/**
 * Connects early, opens the camera when the turn is near, sends only in a call.
 * @param {StudentView} view
 * @param {boolean} busy called or in a call here
 * @param {boolean} here in a call here
 */
function runMedia(view, busy, here) {
  if (!canPublish) return;
  const waits = view.entries.some((e) => e.stage === 'waiting');
  const near = view.entries.some((e) => e.stage === 'waiting' && (e.position ?? 99) <= CAMERA_FROM_POSITION);
  const wanted = busy || (near && !view.away_until_ms);
  if (waits || busy) media.open();
  else if (!view.entries.some((e) => ACTIVE.has(e.stage))) media.close();
  if (wanted && !opening) {
    opening = true;
    void controls.open();
  } else if (!wanted && opening) {
    opening = false;
    devices.close();
  }
  void controls.setSending(wanted);
  reporter.expect(expectedVideo(page.state().media.slots, view.call?.participants ?? []));
  reporter.run(here);
  if (busy && !here) called.showDevices(devices.camera, devices.microphone, controls.fault);
  call.stage.showSelf(here ? devices.camera : null);
}

/** @param {StudentView} view */
function renderList(view) {
  const active = view.entries.filter((e) => ACTIVE.has(e.stage)).sort(byTurn);
  const over = view.entries.filter((e) => !ACTIVE.has(e.stage));
  const away = view.away_until_ms !== undefined;
  list(must('#entries'), active, (e) => e.entry, (e) => cardSignature(e, away, view.aways_left),
    (e) => queueCard(e, away, view.aways_left, actions));
  must('#no-entries').hidden = active.length > 0;
  must('#kept').hidden = !active.some((e) => e.stage === 'waiting');
  must('#sound-hint').hidden = active.length === 0 || !untouched();
  must('#prepare').hidden = active.length === 0;
  must('#history').hidden = over.length === 0;
  list(must('#history ul'), over, (e) => e.entry, (e) => JSON.stringify(e), (e) => historyRow(e, clock.now()));
  must('#away').hidden = !away;
  setText(must('[data-away-text]'), away ? `位置保留到 ${hourText(view.away_until_ms ?? 0)}，期间不会叫到你。` : '');
  renderTest(view);
  const first = active.find((e) => e.stage === 'waiting');
  setText(must('#announce'), first?.position ? `${first.company}，第 ${first.position} 位` : '');
}

/** @param {StudentView} view */
function renderTest(view) {
  const good = tested(view, clock.now());
  for (const tag of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-device-tag]'))) {
    tag.hidden = false;
    tag.className = `tag ${good ? 'ok' : 'warn'}`;
    setText(tag, good ? '设备已测试' : '设备未测试');
  }
}

/**
 * The nearest turn first, applications last.
 * @param {StudentEntry} a
 * @param {StudentEntry} b
 */
function byTurn(a, b) {
  const rank = (/** @type {StudentEntry} */ e) => (e.stage === 'waiting' ? (e.position ?? 900) : e.stage === 'applied' ? 1000 : 0);
  return rank(a) - rank(b) || a.since_ms - b.since_ms;
}

/** @type {import('./queue-card.js').CardActions} */
const actions = {
  later: (entry, button) => void attempt(button, async () => {
    await live.request({ type: 'later', entry: entry.entry });
    toast('已排到后面 3 位');
  }),
  away: (button) => void attempt(button, () => live.request({ type: 'away' })),
  leave: async (entry, button) => {
    const applied = entry.stage !== 'waiting';
    const yes = await ask({
      title: applied ? '撤回申请？' : '退出排队？',
      text: applied ? `${entry.company} 将不再看到你的申请。` : `你在 ${entry.company} 排第 ${entry.position ?? '—'} 位，退出后位置不保留。`,
      yes: applied ? '撤回申请' : '退出排队',
      danger: true,
    });
    if (yes) await attempt(button, () => live.request({ type: 'leave', entry: entry.entry }));
  },
};
