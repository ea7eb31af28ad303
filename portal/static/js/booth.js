/**
 * A company's page: its queue as it is now, and applying for one of its jobs.
 * @module
 */

import { applyButton, boothState, entryAt, tested } from './booth-state.js';
import { must, setText } from './dom.js';
import { averageText, waitText } from './format.js';
import { ACTIVE } from './protocol.js';
import { clock, pageData } from './session.js';
import { attempt, toast } from './ui.js';
import { wallPage } from './wall-page.js';

const booth = pageData('booth');
const button = /** @type {HTMLButtonElement} */ (must('[data-apply]'));
const page = wallPage(render);
button.onclick = () => void apply();
page.start();

/**
 * @param {import('./types.js').StudentView} view
 * @param {readonly import('./types.js').WallBooth[]} booths
 */
function render(view, booths) {
  const brief = booths.find((b) => b.booth === booth);
  if (!brief) return;
  const entry = entryAt(view.entries, booth);
  const { text, tone } = boothState(brief);
  const tag = must('[data-state]');
  tag.className = `tag ${tone}`;
  setText(tag, text);
  setText(must('[data-seats]'), `面试官 ${brief.seats_online} / ${brief.seats} 在线`);
  setText(must('[data-waiting]'), `${brief.waiting} 人`);
  setText(must('[data-wait]'), brief.wait.is === 'no_interviewer' ? '—' : waitText(brief.wait));
  const note = brief.queue.is === 'paused' ? brief.queue.message
    : !tested(view, clock.now()) ? '申请前请先完成设备测试。'
    : brief.done > 0 ? `已面试 ${brief.done} 人，平均 ${averageText(brief.average_ms)}` : '';
  setText(must('[data-note]'), note);
  const face = applyButton(view, brief, entry);
  setText(button, face.text);
  button.disabled = !face.enabled;
  must('[data-open-queues]').hidden = !(entry && ACTIVE.has(entry.stage));
}

async function apply() {
  const picked = /** @type {HTMLInputElement | null} */ (document.querySelector('input[name=job]:checked'));
  const job = picked?.value;
  const done = await attempt(button, () =>
    page.live.request({ type: 'apply', booth, ...(job ? { job } : {}) }));
  if (done) toast('已提交申请，等待企业处理');
}
