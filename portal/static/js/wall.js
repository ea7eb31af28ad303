/**
 * The company wall: live queue lengths on the server's cards, search, filters, applying.
 * @module
 */

import { applyButton, boothState, entryAt, tested } from './booth-state.js';
import { must, setText } from './dom.js';
import { waitText } from './format.js';
import { ACTIVE } from './protocol.js';
import { clock } from './session.js';
import { PHASE } from './texts.js';
import { ask, attempt, toast } from './ui.js';
import { wallPage } from './wall-page.js';

const cards = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('[data-booth].booth-card')]);
const search = /** @type {HTMLInputElement} */ (must('#q'));
const filters = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-show]'));
const asked = new URLSearchParams(location.search);
let show = asked.get('show') ?? 'all';

const page = wallPage(render);
for (const button of filters) {
  button.onclick = () => {
    show = button.dataset.show ?? 'all';
    if (!button.classList.contains('filter')) search.value = '';
    sift();
  };
}
search.addEventListener('input', sift);
search.form?.addEventListener('submit', (event) => event.preventDefault());
for (const card of cards) {
  const button = must('[data-apply]', card);
  button.onclick = () => void apply(card, button);
}
page.start();
sift();

/**
 * @param {import('./types.js').StudentView} view
 * @param {readonly import('./types.js').WallBooth[]} booths
 */
function render(view, booths) {
  const byId = new Map(booths.map((b) => [b.booth, b]));
  for (const card of cards) {
    const brief = byId.get(card.dataset.booth ?? '');
    if (!brief) continue;
    const entry = entryAt(view.entries, brief.booth);
    const mine = entry !== undefined && ACTIVE.has(entry.stage);
    card.classList.toggle('mine', mine);
    card.dataset.is = [
      brief.seats_online > 0 ? 'online' : '',
      brief.wait.is === 'under_two_minutes' || (brief.wait.is === 'range' && brief.wait.high_min <= 15) ? 'short' : '',
      mine ? 'mine' : '',
    ].join(' ');
    const { text, tone } = boothState(brief);
    const tag = must('[data-state]', card);
    tag.className = `tag ${tone}`;
    setText(tag, text);
    setText(must('[data-waiting]', card), `${brief.waiting} 人`);
    setText(must('[data-wait]', card), brief.wait.is === 'no_interviewer' ? '—' : waitText(brief.wait));
    const button = /** @type {HTMLButtonElement} */ (must('[data-apply]', card));
    const face = applyButton(view, brief, entry);
    setText(button, face.text);
    button.disabled = !face.enabled;
  }
  setText(must('[data-total-waiting]'), String(booths.reduce((sum, b) => sum + b.waiting, 0)));
  const mine = view.entries.filter((e) => ACTIVE.has(e.stage)).length;
  setText(must('[data-mine]'), `${mine} / ${view.max_queues}`);
  setText(must('[data-phase]'), PHASE[view.fair.phase]);
  must('#need-test').hidden = tested(view, clock.now());
  sift();
}

/** Hides what neither search nor filter asks for; the choice lives in the address. */
function sift() {
  const words = search.value.trim().toLowerCase();
  let left = 0;
  for (const card of cards) {
    const fits = (show === 'all' || (card.dataset.is ?? '').split(' ').includes(show)) &&
      (card.dataset.words ?? '').includes(words);
    card.hidden = !fits;
    if (fits) left += 1;
  }
  must('#wall-empty').hidden = left > 0;
  for (const button of filters) {
    if (button.classList.contains('filter')) button.setAttribute('aria-pressed', String(button.dataset.show === show));
  }
  const address = new URL(location.href);
  const set = (/** @type {string} */ key, /** @type {string} */ value) =>
    value ? address.searchParams.set(key, value) : address.searchParams.delete(key);
  set('q', search.value.trim());
  set('show', show === 'all' ? '' : show);
  if (address.href !== location.href) history.replaceState(null, '', address);
}

/**
 * @param {HTMLElement} card
 * @param {HTMLElement} button
 */
async function apply(card, button) {
  const jobs = /** @type {HTMLElement[]} */ ([...card.querySelectorAll('[data-job]')])
    .map((item) => ({ value: item.dataset.job ?? '', label: item.dataset.title ?? '' }));
  let job = jobs[0]?.value;
  if (jobs.length > 1) {
    const picked = await ask({
      title: must('h2', card).textContent?.trim() ?? '',
      text: '企业接受后开始排队，届时可以看到你的简历。',
      yes: '申请视频面试',
      choice: { label: '申请哪个职位？', options: jobs, value: jobs[0].value },
    });
    if (!picked) return;
    job = picked.choice;
  }
  const done = await attempt(button, () =>
    page.live.request({ type: 'apply', booth: card.dataset.booth, ...(job ? { job } : {}) }));
  if (done) toast('已提交申请，等待企业处理');
}
