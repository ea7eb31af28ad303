/**
 * The room's right column: résumé, notes that save themselves, and the evaluation.
 * @module
 */

import { must, setText } from './dom.js';
import { api, pageData } from './session.js';

/** @typedef {import('./types.js').Outcome} Outcome */

/** A note is saved this long after the last key, ms. */
const SAVE_AFTER_MS = 800;

export class RecordPanel {
  /** @param {() => void} changed an outcome was chosen */
  constructor(changed) {
    this.changed = changed;
    this.root = must('#evaluation');
    this.note = /** @type {HTMLTextAreaElement} */ (must('#note'));
    this.saved = must('[data-saved]');
    this.buttons = /** @type {HTMLElement[]} */ ([...this.root.querySelectorAll('[data-outcome]')]);
    this.entry = '';
    this.call = '';
    /** @type {Outcome | null} */
    this.outcome = null;
    /** @type {number | undefined} */
    this.timer = undefined;
    this.note.addEventListener('input', () => this.later());
    addEventListener('pagehide', () => void this.save());
    for (const button of this.buttons) {
      button.onclick = () => this.choose(/** @type {Outcome} */ (button.dataset.outcome));
      button.addEventListener('keydown', (event) => this.arrow(button, event));
    }
  }

  /** @param {Outcome | null} outcome */
  choose(outcome) {
    this.outcome = outcome;
    for (const [at, button] of this.buttons.entries()) {
      const on = button.dataset.outcome === outcome;
      button.setAttribute('aria-checked', String(on));
      button.tabIndex = on || (outcome === null && at === 0) ? 0 : -1;
    }
    this.changed();
  }

  /**
   * @param {HTMLElement} button
   * @param {KeyboardEvent} event
   */
  arrow(button, event) {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    const next = this.buttons[(this.buttons.indexOf(button) + step + 3) % 3];
    next.focus();
    this.choose(/** @type {Outcome} */ (next.dataset.outcome));
  }

  /**
   * Shows the résumé that belongs to an entry (a fragment made and checked by the server).
   * @param {string} entry empty: nobody is chosen
   */
  async showResume(entry) {
    if (this.entry === entry) return;
    this.entry = entry;
    const host = must('#resume');
    if (!entry) {
      host.replaceChildren(words('选择左侧的同学，查看简历'));
      return;
    }
    host.replaceChildren(words('正在读取简历…'));
    const response = await fetch(`/room/${pageData('booth')}/resume/${entry}`, { credentials: 'same-origin' }).catch(() => null);
    if (this.entry !== entry) return;
    if (!response?.ok) {
      host.replaceChildren(words('简历暂时打不开，请再点一次该同学'));
      this.entry = '';
      return;
    }
    // Parsed in a document of its own, where no script runs, then moved in.
    const parsed = new DOMParser().parseFromString(await response.text(), 'text/html');
    const sheet = parsed.querySelector('.resume-sheet');
    host.replaceChildren(sheet ? document.importNode(sheet, true) : words('没有简历'));
    host.scrollTop = 0;
  }

  /**
   * Shows notes and evaluation of a call; they are read back after a reload.
   * @param {import('./types.js').CallView | null} call
   */
  async showCall(call) {
    this.root.hidden = call === null;
    this.root.classList.toggle('due', call?.phase === 'ended');
    const id = call?.call ?? '';
    if (id === this.call) return;
    await this.save();
    this.call = id;
    this.note.value = '';
    this.say('', '');
    this.choose(call?.outcome ?? null);
    if (!id) return;
    const stored = await api('GET', `/api/calls/${id}/note`).catch(() => null);
    if (this.call !== id || !stored) return;
    if (stored.text && !this.note.value) this.note.value = stored.text;
    if (stored.evaluation && !this.outcome) this.choose(stored.evaluation.outcome);
  }

  later() {
    this.say('正在输入…', 'quiet');
    clearTimeout(this.timer);
    this.timer = Number(setTimeout(() => void this.save(), SAVE_AFTER_MS));
  }

  /** Saves the note if it changed. */
  async save() {
    if (this.timer === undefined || !this.call) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    const text = this.note.value;
    try {
      await api('PUT', `/api/calls/${this.call}/note`, { text });
      if (this.timer === undefined) this.say('已自动保存', '');
    } catch {
      this.say('没有保存，稍后重试', 'bad');
      this.timer = Number(setTimeout(() => void this.save(), 3_000));
    }
  }

  /** Saves the evaluation; throws when the portal refuses. */
  async submit() {
    clearTimeout(this.timer);
    this.timer = undefined;
    await api('PUT', `/api/calls/${this.call}/evaluation`, { outcome: this.outcome, note: this.note.value });
    this.say('已保存', '');
  }

  /**
   * @param {string} text
   * @param {string} kind
   */
  say(text, kind) {
    this.saved.className = `saved ${kind}`;
    setText(this.saved, text);
  }
}

/** @param {string} text */
function words(text) {
  const place = document.createElement('div');
  place.className = 'record-empty';
  const line = document.createElement('p');
  line.textContent = text;
  place.append(line);
  return place;
}
