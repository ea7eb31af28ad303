/**
 * Who waits at one booth, for the staff member who has to take someone out.
 * @module
 */

import { h, list, must, setText } from './dom.js';
import { lengthText } from './format.js';
import { ACTIVE } from './protocol.js';
import { api, clock, pageData } from './session.js';
import { ask, attempt, toast } from './ui.js';

/** @typedef {import('./types.js').BoothBrief} BoothBrief */
/** @typedef {import('./types.js').QueueRow} QueueRow */

/** What a row's stage is called here. */
const STAGE = /** @type {Record<string, string>} */ ({
  applied: '待处理', invited: '已邀请', called: '叫号中', ready: '已就位', in_call: '面试中',
});

export class QueuePanel {
  /** @param {import('./live.js').Live} live */
  constructor(live) {
    this.live = live;
    this.dialog = /** @type {HTMLDialogElement} */ (must('#queue-panel'));
    this.rows = must('[data-rows]', this.dialog);
    /** @type {BoothBrief | null} */
    this.booth = null;
    must('[data-do="close-panel"]', this.dialog).onclick = () => this.dialog.close();
    this.dialog.addEventListener('close', () => { this.booth = null; });
  }

  /** @param {BoothBrief} booth */
  open(booth) {
    this.booth = booth;
    setText(must('h2', this.dialog), `${booth.number} ${booth.company}`);
    this.rows.replaceChildren();
    setText(must('[data-panel-text]', this.dialog), '正在读取…');
    this.dialog.showModal();
    void this.read();
  }

  /**
   * The open booth has changed: its queue is read anew.
   * @param {BoothBrief[]} booths
   */
  follow(booths) {
    const now = booths.find((booth) => booth.booth === this.booth?.booth);
    if (!now || JSON.stringify(now) === JSON.stringify(this.booth)) return;
    this.booth = now;
    void this.read();
  }

  async read() {
    const booth = this.booth;
    if (!booth) return;
    const path = `/api/fairs/${pageData('fair')}/booths/${booth.booth}/queue`;
    const rows = /** @type {QueueRow[] | undefined} */ (await attempt(null, () => api('GET', path)));
    if (rows && booth === this.booth) this.show(rows.filter((row) => ACTIVE.has(row.stage)));
  }

  /** @param {QueueRow[]} rows */
  show(rows) {
    const waiting = rows.filter((row) => row.stage === 'waiting');
    const words = rows.length === 0 ? '没有人排队，也没有待处理的申请。' : `排队 ${waiting.length} 人，共 ${rows.length} 人`;
    setText(must('[data-panel-text]', this.dialog), words);
    list(this.rows, rows, (row) => row.entry, (row) => JSON.stringify([row, waiting.indexOf(row)]),
      (row) => this.row(row, waiting.indexOf(row) + 1));
  }

  /**
   * @param {QueueRow} row
   * @param {number} place 0 when not in the queue
   */
  row(row, place) {
    const state = place > 0 ? `第 ${place} 位 · 已等 ${lengthText(clock.now() - row.since_ms)}` : (STAGE[row.stage] ?? '');
    return h('li.panel-row', { 'data-testid': 'panel-row', 'data-stage': row.stage },
      h('span.panel-who', {},
        h('strong.clip', {}, row.name),
        h('span.clip', {}, [state, row.job?.title].filter(Boolean).join(' · '))),
      h('button.button.small', {
        type: 'button', 'data-testid': 'remove-entry', 'aria-label': `移出 ${row.name}`,
        onclick: (/** @type {Event} */ event) => void this.remove(row, /** @type {HTMLElement} */ (event.currentTarget)),
      }, '移出'));
  }

  /**
   * @param {QueueRow} row
   * @param {HTMLElement} button
   */
  async remove(row, button) {
    const talking = row.stage === 'in_call' ? '正在进行的面试会立即结束。' : '';
    const answer = await ask({
      title: `把 ${row.name} 移出队列？`,
      text: `${talking}该同学会看到下面的原因，操作会记录在案，不能撤销。`,
      yes: '移出',
      danger: true,
      field: { label: '原因', required: true, max: 500 },
    });
    if (!answer) return;
    const done = await attempt(button, () =>
      this.live.request({ type: 'remove_entry', entry: row.entry, reason: answer.text }));
    if (done) {
      toast(`已把 ${row.name} 移出队列`);
      await this.read();
    }
  }
}
