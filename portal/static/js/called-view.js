/**
 * 轮到你了: the full screen that rings, counts down and waits for one answer.
 * @module
 */

import { meter, Ring } from './devices.js';
import { must, setText } from './dom.js';
import { showTrack } from './media.js';
import { clock } from './session.js';
import { deviceWording } from './texts.js';

/** @typedef {import('./types.js').StudentEntry} StudentEntry */

export class CalledView {
  /** @param {{ready: (e: StudentEntry, b: HTMLElement) => void, later: (e: StudentEntry, b: HTMLElement) => void}} actions */
  constructor(actions) {
    this.root = must('#view-called');
    this.ring = new Ring();
    this.title = document.title;
    /** @type {StudentEntry | null} */
    this.entry = null;
    this.answered = false;
    /** @type {(() => void) | null} */
    this.stopMeter = null;
    /** @type {MediaStreamTrack | null} */
    this.metered = null;
    this.readyButton = /** @type {HTMLButtonElement} */ (must('[data-do="ready"]', this.root));
    this.laterButton = /** @type {HTMLButtonElement} */ (must('[data-do="called-later"]', this.root));
    this.readyButton.onclick = () => this.entry && actions.ready(this.entry, this.readyButton);
    this.laterButton.onclick = () => this.entry && actions.later(this.entry, this.laterButton);
  }

  /**
   * @param {StudentEntry | null} entry CALLED or READY, or null to go away
   * @param {boolean} answered this device said "ready"
   */
  show(entry, answered) {
    const opening = entry !== null && this.entry === null;
    this.entry = entry;
    this.answered = answered;
    this.root.hidden = entry === null;
    if (!entry) {
      this.ring.stop();
      this.showDevices(null, null, null);
      document.title = this.title;
      return;
    }
    if (answered) this.ring.stop();
    else this.ring.start();
    document.title = answered ? '即将开始面试' : '轮到你了！';
    this.root.classList.toggle('answered', answered);
    setText(must('[data-called-company]', this.root), [entry.company, entry.job?.title].filter(Boolean).join(' · '));
    setText(must('[data-called-title]', this.root), answered ? '已就位' : '轮到你了');
    this.readyButton.disabled = answered;
    setText(this.readyButton, answered ? '等待面试官开始…' : '我准备好了');
    this.laterButton.hidden = answered || entry.laters_left === 0;
    if (opening && !answered) this.readyButton.focus();
    this.tick();
  }

  tick() {
    const entry = this.entry;
    if (!entry) return;
    const left_ms = entry.deadline_ms ? clock.until(entry.deadline_ms) : 0;
    const whole_ms = this.answered ? 10_000 : (entry.ready_ms ?? 45_000);
    const share = Math.max(0, Math.min(1, left_ms / whole_ms));
    const arc = must('.ring-left', this.root);
    arc.style.strokeDasharray = `${(share * 100).toFixed(1)} 100`;
    setText(must('[data-countdown]', this.root), entry.deadline_ms ? String(Math.ceil(left_ms / 1000)) : '…');
  }

  /**
   * @param {MediaStreamTrack | null} camera
   * @param {MediaStreamTrack | null} microphone
   * @param {unknown} fault why a device could not be opened
   */
  showDevices(camera, microphone, fault) {
    showTrack(/** @type {HTMLVideoElement} */ (must('#called-self', this.root)), camera);
    const words = must('[data-called-devices]', this.root);
    if (fault) setText(words, deviceWording(fault));
    else if (camera && microphone) setText(words, '摄像头和麦克风正常');
    else setText(words, '正在打开摄像头和麦克风…');
    if (this.metered === microphone) return;
    this.stopMeter?.();
    this.metered = microphone;
    this.stopMeter = microphone ? meter(microphone, (level) => this.showLevel(level)) : null;
  }

  /** @param {number} level */
  showLevel(level) {
    const weights = [0.5, 0.8, 1, 0.8, 0.5];
    /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll('.called-level i')).forEach((bar, at) => {
      bar.style.transform = `scaleY(${Math.max(0.25, Math.min(1, level * 1.6 * weights[at] + 0.2)).toFixed(2)})`;
    });
  }
}
