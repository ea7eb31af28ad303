/**
 * The device test in four steps: camera, microphone, speaker, network by the echo room.
 * @module
 */

import { Devices, meter, record } from './devices.js';
import { h, must, setText } from './dom.js';
import { echoTest } from './echo-test.js';
import { exposeStats, showTrack } from './media.js';
import { reduceStudent, studentStart } from './reducer.js';
import { livePage } from './store.js';
import { checkSupport } from './support.js';
import { deviceWording, QUALITY } from './texts.js';
import { attempt } from './ui.js';

/** @typedef {import('./echo-test.js').EchoFigures} EchoFigures */
/** @typedef {'camera'|'microphone'|'speaker'|'network'} Step */

/** The microphone passes when its level was above this … */
const HEARD_LEVEL = 0.04;
/** … for so many readings. */
const HEARD_READINGS = 12;
/** Length of the recording, ms. */
const RECORD_MS = 4_000;
const STEPS = /** @type {Step[]} */ (['camera', 'microphone', 'speaker', 'network']);

const page = livePage({ page: 'device_test', start: studentStart(), reduce: reduceStudent, render: () => {} });
const devices = new Devices();
/** @type {Record<Step, boolean | null>} */
const passed = { camera: null, microphone: null, speaker: null, network: null };
/** @type {EchoFigures | null} */
let echo = null;
/** @type {(() => void) | null} */
let stopMeter = null;

if (!checkSupport()) must('[data-testid="device-test"]').hidden = true;
on('camera', (button) => (passed.camera ? go('microphone') : void openCamera(button)));
on('camera-again', (button) => void openCamera(button));
on('microphone', () => go('speaker'));
on('record', (button) => void recordAndPlay(button));
on('record-again', (button) => void recordAndPlay(button));
on('heard', () => finish('speaker', true, 'network'));
on('network-again', () => void testNetwork());
on('restart', () => {
  devices.close();
  for (const step of STEPS) passed[step] = null;
  setText(must('[data-do="camera"]'), '打开摄像头');
  go('camera');
});
page.live.start();

/**
 * @param {string} name
 * @param {(button: HTMLElement) => void} act
 */
function on(name, act) {
  const button = must(`[data-do="${name}"]`);
  button.addEventListener('click', () => act(button));
}

/**
 * @param {Step} step
 * @param {boolean} good
 * @param {Step | 'result'} next
 */
function finish(step, good, next) {
  passed[step] = good;
  go(next);
}

/** @param {Step | 'result'} step */
function go(step) {
  for (const panel of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-panel]'))) {
    panel.hidden = panel.dataset.panel !== step;
  }
  for (const name of STEPS) {
    const item = must(`[data-step="${name}"]`);
    if (name === step) item.setAttribute('aria-current', 'step');
    else item.removeAttribute('aria-current');
    item.dataset.done = passed[name] === null ? '' : passed[name] ? 'ok' : 'bad';
  }
  stopMeter?.();
  stopMeter = null;
  if (step === 'microphone') void listen();
  if (step === 'network') void testNetwork();
}

/**
 * @param {Step} step
 * @param {string} text empty: no error
 */
function showError(step, text) {
  const place = must(`[data-error="${step}"]`);
  place.hidden = text === '';
  setText(place, text);
}

/** @param {HTMLElement} button */
async function openCamera(button) {
  showError('camera', '');
  button.classList.add('busy');
  try {
    devices.close();
    await devices.openBoth();
    showTrack(/** @type {HTMLVideoElement} */ (must('#preview')), devices.camera);
    must('[data-camera-hint]').hidden = true;
    passed.camera = true;
    setText(must('[data-do="camera"]'), '能看到，下一步');
    must('[data-do="camera-again"]').hidden = false;
  } catch (error) {
    passed.camera = false;
    showError('camera', deviceWording(error));
    setText(must('[data-do="camera"]'), '重新打开');
    passed.camera = null;
  } finally {
    button.classList.remove('busy');
  }
}

async function listen() {
  const next = /** @type {HTMLButtonElement} */ (must('[data-do="microphone"]'));
  const bar = must('.meter i');
  const gauge = must('.meter');
  let readings = 0;
  next.disabled = !passed.microphone;
  if (!devices.microphone) {
    showError('microphone', '没有打开麦克风，请返回上一步重新打开。');
    return;
  }
  stopMeter = meter(devices.microphone, (level) => {
    bar.style.transform = `scaleX(${level.toFixed(3)})`;
    gauge.setAttribute('aria-valuenow', String(Math.round(level * 100)));
    if (level > HEARD_LEVEL) readings += 1;
    if (readings < HEARD_READINGS || passed.microphone) return;
    passed.microphone = true;
    next.disabled = false;
    setText(next, '音量条在动，下一步');
    setText(must('[data-microphone-hint]'), '麦克风正常。');
  });
}

/** @param {HTMLElement} button */
async function recordAndPlay(button) {
  if (!devices.microphone) return;
  showError('speaker', '');
  const player = /** @type {HTMLAudioElement} */ (must('#playback'));
  const bar = must('.record-bar i');
  button.classList.add('busy');
  player.hidden = true;
  setText(must('[data-speaker-hint]'), '正在录音，请说话…');
  const animation = bar.animate([{ transform: 'scaleX(0)' }, { transform: 'scaleX(1)' }], { duration: RECORD_MS, fill: 'forwards' });
  try {
    const sound = await record(devices.microphone, RECORD_MS);
    if (player.src) URL.revokeObjectURL(player.src);
    player.src = URL.createObjectURL(sound);
    player.hidden = false;
    setText(must('[data-speaker-hint]'), '正在播放刚才的录音，听到了吗？');
    await player.play().catch(() => {});
    must('[data-do="record"]').hidden = true;
    must('[data-do="heard"]').hidden = false;
    must('[data-do="record-again"]').hidden = false;
  } catch {
    showError('speaker', '录音失败，请检查麦克风后重试。');
  } finally {
    animation.cancel();
    button.classList.remove('busy');
  }
}

async function testNetwork() {
  const again = must('[data-do="network-again"]');
  again.hidden = true;
  showError('network', '');
  setText(must('[data-network-title]'), '正在连接面试服务器');
  const hint = must('[data-echo-hint]');
  hint.hidden = false;
  try {
    echo = await echoTest(page.live, devices, /** @type {HTMLVideoElement} */ (must('#echo')), (figures) => {
      showFigures(figures);
      hint.hidden = figures.picture;
    }, exposeStats);
  } catch {
    echo = null;
  }
  if (echo?.picture && echo.sound) {
    passed.network = echo.quality !== 'bad';
    await report(echo);
    return;
  }
  passed.network = false;
  again.hidden = false;
  setText(must('[data-network-title]'), '没有收到传回的画面和声音');
  showError('network', '请检查网络，或换一个网络（例如手机热点）后重新测试。公司或校园网可能限制了视频连接。');
}

/** @param {EchoFigures} figures */
function showFigures(figures) {
  setText(must('[data-network-title]'), '正在测量线路');
  check('picture', figures.picture ? '正常' : '等待中', figures.picture);
  check('sound', figures.sound ? '正常' : '等待中', figures.sound);
  check('rtt', `${figures.rtt_ms} ms`, null);
  check('loss', `${(figures.loss_permille / 10).toFixed(1)} %`, null);
}

/**
 * @param {string} name
 * @param {string} text
 * @param {boolean | null} good
 */
function check(name, text, good) {
  const row = must(`[data-check="${name}"]`);
  row.dataset.ok = good === true ? 'yes' : '';
  setText(must('dd', row), text);
}

/** @param {EchoFigures} figures */
async function report(figures) {
  const sent = await attempt(null, () => page.live.request({
    type: 'device_test',
    report: {
      camera: figures.picture,
      microphone: figures.sound,
      speaker: passed.speaker === true,
      network: figures.quality,
      rtt_ms: figures.rtt_ms,
      loss_permille: figures.loss_permille,
    },
  }));
  if (!sent) {
    must('[data-do="network-again"]').hidden = false;
    return;
  }
  devices.close();
  showResult(figures);
}

/** @param {EchoFigures} figures */
function showResult(figures) {
  const good = passed.network === true;
  must('[data-result-mark]').className = `result-mark${good ? '' : ' bad'}`;
  setText(must('[data-result-title]'), good ? '设备测试通过' : '网络较差，建议更换网络');
  setText(must('[data-result-text]'), good ? '24 小时内有效。面试当天换了设备或网络，请再测一次。' : '画面和声音可以传送，但面试时可能卡顿。');
  const rows = [
    ['摄像头', '正常'],
    ['麦克风', '正常'],
    ['扬声器', '正常'],
    ['网络', `${QUALITY[figures.quality]} · ${figures.rtt_ms} ms`],
  ];
  must('[data-result-list]').replaceChildren(...rows.map(([name, value], at) =>
    h('div', { 'data-ok': at < 3 || good ? 'yes' : 'no' }, h('dt', {}, name), h('dd', {}, value))));
  must('.test-result').dataset.passed = String(good);
  go('result');
}
