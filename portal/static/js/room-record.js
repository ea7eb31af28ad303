/**
 * The room's right column: résumé, notes that save themselves, and the evaluation.
 * @module
 */

import { must, setText } from './dom.js';
import { NoteSync } from './note-sync.js';
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
    this.conflict = must('[data-conflict]');
    this.other = /** @type {HTMLTextAreaElement} */ (must('#note-stored'));
    this.entry = '';
    this.call = '';
    this.sync = this.begin('');
    /** @type {Outcome | null} */
    this.outcome = null;
    /** @type {number | undefined} */
    this.timer = undefined;
    this.note.addEventListener('input', () => this.later());
    addEventListener('pagehide', () => this.call && this.sync.leave(this.note.value));
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (this.conflict.querySelectorAll('[data-keep]'))) {
      button.onclick = () => this.keep(/** @type {import('./note-sync.js').Choice} */ (button.dataset.keep));
    }
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
    // Two texts to choose from stay in sight until the choice.
    if (this.sync.conflict) return;
    this.root.hidden = call === null;
    this.root.classList.toggle('due', call?.phase === 'ended');
    const id = call?.call ?? '';
    if (id === this.call) return;
    await this.save();
    if (this.sync.conflict) return;
    this.call = id;
    this.sync = this.begin(id);
    this.note.value = '';
    this.say('', '');
    this.choose(call?.outcome ?? null);
    if (!id) return;
    const stored = await api('GET', `/api/calls/${id}/note`).catch(() => null);
    if (this.call !== id || !stored) return;
    this.note.value = this.sync.adopt(stored, this.note.value);
    this.showConflict();
    if (stored.evaluation && !this.outcome) this.choose(stored.evaluation.outcome);
  }

  /** @param {string} call */
  begin(call) {
    return new NoteSync((note) => api('PUT', `/api/calls/${call}/note`, note));
  }

  /** Shows what another page saved beside what stands here, or hides it again. */
  showConflict() {
    const { conflict } = this.sync;
    this.conflict.hidden = !conflict;
    if (!conflict) return;
    this.root.hidden = false;
    this.other.value = conflict.text;
    this.say('没有覆盖', 'bad');
  }

  /** @param {import('./note-sync.js').Choice} choice */
  keep(choice) {
    this.note.value = this.sync.choose(choice, this.note.value);
    this.showConflict();
    this.say('', '');
    this.later();
    this.note.focus();
    this.changed();
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
    try {
      await this.sync.save(this.note.value);
      this.showConflict();
      if (this.timer === undefined && !this.sync.conflict) this.say('已自动保存', '');
    } catch {
      this.say('没有保存，稍后重试', 'bad');
      this.timer = Number(setTimeout(() => void this.save(), 3_000));
    }
  }

  /** Saves the evaluation; throws when the portal refuses. */
  async submit() {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { call, outcome } = this;
    try {
      await this.sync.saveWith(this.note.value, async ({ text, version }) => {
        const evaluation = { outcome, note: text, note_version: version };
        const saved = await api('PUT', `/api/calls/${call}/evaluation`, evaluation);
        return { version: saved.note_version };
      });
    } finally {
      this.showConflict();
    }
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
