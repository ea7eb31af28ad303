/**
 * After the call: thanks, how it was, and the other queues.
 * @module
 */

import { h, must, setText } from './dom.js';
import { lengthText, waitText } from './format.js';
import { api } from './session.js';
import { attempt } from './ui.js';

/** @typedef {import('./types.js').StudentEntry} StudentEntry */
/** @typedef {import('./types.js').CallView} CallView */

export class AfterView {
  /** @param {() => void} close */
  constructor(close) {
    this.root = must('#view-after');
    this.form = /** @type {HTMLFormElement} */ (must('#feedback', this.root));
    this.call = '';
    const send = /** @type {HTMLButtonElement} */ (must('[data-testid="send-feedback"]', this.root));
    this.form.addEventListener('change', () => { send.disabled = this.rating() === 0; });
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.send(send);
    });
    must('[data-do="after-close"]', this.root).onclick = close;
  }

  rating() {
    return Number(new FormData(this.form).get('rating') ?? 0);
  }

  /** @param {HTMLButtonElement} button */
  async send(button) {
    const text = String(new FormData(this.form).get('text') ?? '').trim();
    const done = await attempt(button, async () => {
      await api('PUT', `/api/calls/${this.call}/feedback`, { rating: this.rating(), text });
      return true;
    });
    if (!done) return;
    this.form.hidden = true;
    must('.feedback-done', this.root).hidden = false;
  }

  /**
   * @param {CallView | null} call the call that ended, or null to go away
   * @param {StudentEntry | undefined} entry its entry
   * @param {StudentEntry[]} others entries that still wait
   */
  show(call, entry, others) {
    this.root.hidden = call === null;
    if (!call) return;
    if (this.call !== call.call) {
      this.call = call.call;
      this.form.reset();
      this.form.hidden = false;
      must('.feedback-done', this.root).hidden = true;
    }
    const company = entry?.company ?? '企业';
    setText(must('[data-after-text]', this.root), `${company} · 面试 ${lengthText(call.used_ms)}。结果由企业通知。`);
    must('.after-others', this.root).hidden = others.length === 0;
    must('[data-after-others]', this.root).replaceChildren(...others.map((other) =>
      h('li', {}, h('span.clip', {}, other.company),
        h('strong.nowrap', {}, other.position ? `第 ${other.position} 位 · ${waitText(other.wait)}` : '等待企业处理'))));
  }
}
