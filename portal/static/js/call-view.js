/**
 * The student's call: interviewer large, self small, timer, line, trouble.
 * @module
 */

import { callTimer } from './clock.js';
import { bars, must, setText } from './dom.js';
import { clockText, lengthText } from './format.js';
import { clock } from './session.js';
import { Stage } from './stage.js';
import { QUALITY, QUALITY_BARS, troubleText } from './texts.js';

/** @typedef {import('./types.js').CallView} CallView */

export class CallScreen {
  /** @param {import('./media.js').Media} media */
  constructor(media) {
    this.root = must('#view-call');
    this.stage = new Stage(
      must('[data-call-stage]', this.root),
      media,
      /** @type {HTMLVideoElement} */ (must('#call-self', this.root)),
    );
    /** @type {CallView | null} */
    this.call = null;
    this.line = '';
  }

  /**
   * @param {CallView | null} call running here, or null to go away
   * @param {string} company
   * @param {import('./reducer.js').LiveMedia} media
   * @param {string} own the reader's person id
   * @param {import('./media.js').MediaState} state
   */
  show(call, company, media, own, state) {
    const was = this.call;
    this.call = call;
    this.root.hidden = call === null;
    if (!call) {
      if (was) this.stage.clear();
      return;
    }
    const people = call.participants;
    const interviewer = people.find((each) => each.interviewer);
    setText(must('[data-call-company]', this.root), company);
    setText(must('[data-call-name]', this.root), interviewer ? `${interviewer.name} · ${interviewer.headline}` : '');
    this.stage.show(media.slots, people, own);
    const words = must('[data-stage-words] p', this.root);
    setText(words, interviewer?.camera_muted ? '面试官关闭了摄像头' : '正在接通…');
    const reconnecting = state === 'failed' || state === 'unstable';
    this.stage.showTrouble(troubleText(reconnecting ? { ...media, ownTrouble: 'lost' } : media, '面试官'));
    this.showLine(media.ownQuality, media.otherQuality);
    this.tick();
  }

  /**
   * @param {import('./types.js').Quality} own
   * @param {import('./types.js').Quality} other
   */
  showLine(own, other) {
    if (this.line === own + other) return;
    this.line = own + other;
    must('[data-call-line]', this.root).replaceChildren(
      bars(QUALITY_BARS[other], `面试官线路${QUALITY[other]}`),
      bars(QUALITY_BARS[own], `我的线路${QUALITY[own]}`),
    );
  }

  tick() {
    if (!this.call) return;
    const timer = must('[data-call-timer]', this.root);
    const { used_ms, level } = callTimer(this.call, clock.now());
    timer.dataset.level = level;
    setText(must('strong', timer), clockText(used_ms));
    setText(must('span', timer), `/ ${lengthText(this.call.length_ms)}`);
  }
}
