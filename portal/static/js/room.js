/**
 * The interviewer's room: queue, stage, record, and the one next action.
 * @module
 */

import { keepAlive } from './alive.js';
import { callTimer } from './clock.js';
import { Controls } from './controls.js';
import { Devices } from './devices.js';
import { bars, must, setText } from './dom.js';
import { clockText, lengthText } from './format.js';
import { exposeStats, Media } from './media.js';
import { boothStart, reduceBooth } from './reducer.js';
import { Reporter } from './reporter.js';
import { roomActions } from './room-actions.js';
import { queueRows, renderLists } from './room-lists.js';
import { nextAction } from './room-next.js';
import { RecordPanel } from './room-record.js';
import { clock } from './session.js';
import { Stage } from './stage.js';
import { expectedVideo } from './stats.js';
import { livePage } from './store.js';
import { checkSupport } from './support.js';
import { QUALITY, QUALITY_BARS, troubleText } from './texts.js';

/** @typedef {import('./reducer.js').BoothState} BoothState */
/** @typedef {import('./types.js').BoothView} BoothView */
/** @typedef {import('./types.js').CallView} CallView */

const canPublish = checkSupport();
const page = livePage({
  page: 'room',
  start: boothStart(),
  reduce: reduceBooth,
  render,
  tick,
  onWelcome: () => {
    media.resume();
  },
  hear: (body) => {
    if (body.type === 'media_closed') media.closedByServer(body.code);
  },
});
const { live } = page;
keepAlive(live);
const devices = new Devices();
const media = new Media({
  live,
  onState: () => page.draw(),
  onTracks: () => page.draw(),
  onBlocked: (blocked) => { unblock.hidden = !blocked; },
});
exposeStats(media);
const stageRoot = must('.stage');
const stage = new Stage(stageRoot, media, /** @type {HTMLVideoElement} */ (must('#self')));
const controls = new Controls(must('.room-bar'), devices, media, live, () => page.draw());
const reporter = new Reporter(media, live);
const record = new RecordPanel(() => page.draw());
const nextButton = /** @type {HTMLButtonElement} */ (must('[data-do="next"]'));
const unblock = must('[data-do="unblock"]');
let selected = '';
/** A tab that was just loaded takes the call back that it had, by itself, once. */
let mayTake = true;
/** Which call this tab has: remembered over a reload. */
const OWN_CALL = 'pinhui.call';
let line = '';
/** The last spoken warning of the timer. */
let said = '';

const { rows: rowActions } = roomActions({
  live,
  view: () => page.state().view,
  select: (entry) => {
    selected = entry;
    page.draw();
  },
  record,
  nextButton,
});
addEventListener('pointerdown', () => void media.unblock());
if (canPublish) void controls.open();
live.start();

/** @param {BoothState} state */
function render(state) {
  const { view } = state;
  if (!view) return;
  const call = ownCall(view);
  const entry = currentEntry(view);
  renderLists(view, entry ?? selected, rowActions);
  renderHead(state);
  renderStage(state, view, call);
  renderBar(view, call);
  const due = call ?? evaluated(view);
  void record.showCall(due);
  void record.showResume(entry ?? (selected || firstRow(view)));
  const current = view.rows.find((row) => row.entry === (entry ?? selected));
  setText(must('[data-record-hint]'), current ? current.name : '');
  runMedia(view, call);
}

/**
 * Whose résumé lies open when nobody is chosen: the next one, or the first who applied.
 * @param {BoothView} view
 */
function firstRow(view) {
  const applied = view.rows.find((row) => row.stage === 'applied');
  return queueRows(view).waiting[0]?.entry ?? applied?.entry ?? '';
}

/**
 * The running call of this seat.
 * @param {BoothView} view
 */
function ownCall(view) {
  return view.call && view.call.phase !== 'ended' ? view.call : null;
}

/**
 * The call whose evaluation is due.
 * @param {BoothView} view
 */
function evaluated(view) {
  const state = view.seats.find((seat) => seat.seat === view.seat)?.state;
  return state?.is === 'evaluating' && view.call ? view.call : null;
}

/**
 * Whose résumé must be open: the one whom this seat calls, interviews or evaluates.
 * @param {BoothView} view
 */
function currentEntry(view) {
  const state = view.seats.find((seat) => seat.seat === view.seat)?.state;
  if (state?.is === 'calling') return state.entry;
  if (state?.is === 'in_call' || state?.is === 'evaluating') return view.call?.entry;
  return undefined;
}

/** @param {BoothState} state */
function renderHead({ view, media: { ownQuality } }) {
  if (!view) return;
  const online = view.seats.filter((seat) => seat.state.is !== 'offline').length;
  setText(must('[data-seats]'), `面试官 ${online} / ${view.seats.length} 在线`);
  must('[data-seats-dot]').className = `dot ${online > 0 ? 'ok' : ''}`;
  const words = media.state === 'connected'
    ? `线路 ${ownQuality === 'unknown' ? '已连接' : QUALITY[ownQuality]}${reporter.rtt_ms ? ` · ${reporter.rtt_ms} ms` : ''}`
    : media.state === 'closed' ? '线路 待连接' : '线路 连接中…';
  setText(must('[data-line]'), words);
}

/**
 * @param {BoothState} state
 * @param {BoothView} view
 * @param {CallView | null} call
 */
function renderStage(state, view, call) {
  const next = nextAction(view, record.outcome !== null, (at_ms) => clock.until(at_ms));
  const student = call?.participants.find((each) => !each.interviewer);
  setText(must('[data-stage-title]'), call?.here && student?.camera_muted ? '学生关闭了摄像头' : next.title);
  setText(must('[data-stage-text]'), next.hint);
  const people = call?.participants ?? [];
  if (call?.here) {
    stage.show(state.media.slots, people, live.person);
    const lost = media.state === 'failed' || media.state === 'unstable';
    stage.showTrouble(troubleText(lost ? { ...state.media, ownTrouble: 'lost' } : state.media, '学生'));
  } else {
    if (stageRoot.dataset.phase === 'call') stage.clear();
    stageRoot.dataset.phase = next.kind === 'wait' || next.kind === 'start' ? 'called' : next.kind === 'save' ? 'over' : 'idle';
  }
  const shown = people.find((each) => !each.interviewer) ?? student;
  const label = must('[data-stage-name]');
  label.hidden = !call || !shown;
  const quality = state.media.otherQuality;
  const face = `${shown?.person} ${shown?.microphone_muted} ${quality}`;
  if (shown && face !== line) {
    line = face;
    label.replaceChildren(bars(QUALITY_BARS[quality], `学生线路${QUALITY[quality]}`),
      [shown.name, shown.headline, shown.microphone_muted ? '已静音' : ''].filter(Boolean).join(' · '));
  }
  stage.showSelf(devices.camera);
  if (controls.fault && !devices.camera) setText(must('[data-self-off]'), '没有使用摄像头的权限');
}

/**
 * @param {BoothView} view
 * @param {CallView | null} call
 */
function renderBar(view, call) {
  const next = nextAction(view, record.outcome !== null, (at_ms) => clock.until(at_ms));
  setText(nextButton, next.text);
  nextButton.disabled = !next.enabled || live.status !== 'online';
  nextButton.dataset.kind = next.kind;
  nextButton.classList.toggle('end', next.danger);
  must('[data-do="extend"]').hidden = !call?.can_extend;
  must('[data-do="put-back"]').hidden = !call;
  const silence = /** @type {HTMLButtonElement} */ (must('[data-do="mute-other"]'));
  const silent = call?.participants.find((each) => !each.interviewer)?.microphone_muted ?? false;
  silence.hidden = !call?.here;
  silence.disabled = silent;
  setText(must('span', silence), silent ? '对方已静音' : '静音对方');
  must('[data-do="withdraw"]').hidden = next.kind !== 'wait' && next.kind !== 'start';
  /** @type {HTMLButtonElement} */ (must('[data-do="screen"]')).disabled = !call;
  const pause = must('[data-do="pause"]');
  const open = view.brief.queue.is === 'open';
  setText(pause, open ? '暂停排队' : '恢复排队');
  pause.hidden = view.brief.queue.is === 'closed';
  must('[data-do="close-queue"]').hidden = !open;
  must('.timer').hidden = !call;
  tick(page.state());
}

/** @param {BoothState} state */
function tick({ view }) {
  if (!view) return;
  const left_ms = view.fair.ends_ms - clock.now();
  setText(must('[data-fair-left]'), left_ms > 0 ? `剩余 ${lengthText(left_ms)}` : '已到结束时间');
  const next = nextAction(view, record.outcome !== null, (at_ms) => clock.until(at_ms));
  if (next.kind === 'wait' || next.kind === 'start') {
    setText(nextButton, next.text);
    setText(must('[data-stage-text]'), next.hint);
  }
  const call = ownCall(view);
  if (call) tickTimer(call);
}

/** @param {CallView} call */
function tickTimer(call) {
  const timer = must('.timer');
  const { used_ms, left_ms, level } = callTimer(call, clock.now());
  timer.dataset.level = level;
  setText(must('strong', timer), clockText(used_ms));
  const words = level === 'over' ? `超时 ${clockText(-left_ms)}` : level === 'calm' ? `共 ${lengthText(call.length_ms)}` : `剩余 ${clockText(left_ms)}`;
  setText(must('span', timer), call.phase === 'waiting' ? '计时暂停' : words);
  if (said === call.call + level) return;
  said = call.call + level;
  const spoken = { calm: '', soon: '还有两分钟', last: '还有 30 秒', over: '时间到，可以延长或结束' }[level];
  setText(must('[data-timer-said]'), spoken);
}

/**
 * Connected all the time; devices are sent only while someone is called or in a call.
 * @param {BoothView} view
 * @param {CallView | null} call
 */
function runMedia(view, call) {
  if (!canPublish || live.status !== 'online') return;
  const state = view.seats.find((seat) => seat.seat === view.seat)?.state.is;
  media.open();
  void controls.setSending(state === 'calling' || call?.here === true);
  if (call?.here) controls.agree(call, live.person);
  reporter.expect(expectedVideo(page.state().media.slots, call?.participants ?? []));
  reporter.run(call?.here === true);
  if (call) keepCall(call);
}

/**
 * After a reload the tab that had the call takes it again without being asked; one that another
 * tab took it from does not.
 * @param {CallView} call
 */
function keepCall(call) {
  const mine = sessionStorage.getItem(OWN_CALL) === call.call;
  if (call.here) sessionStorage.setItem(OWN_CALL, call.call);
  else if (mine && mayTake) live.tell({ type: 'take_over', call: call.call });
  else sessionStorage.removeItem(OWN_CALL);
  mayTake = false;
}
