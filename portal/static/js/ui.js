/**
 * Toast, question dialog, and the bar that shows the line to the server.
 * @module
 */

import { h, must, setText } from './dom.js';
import { BYE, wording } from './texts.js';

/** A toast stays this long, ms. */
const TOAST_MS = 4_000;

/**
 * @param {string} text
 * @param {'ok'|'bad'} [kind]
 */
export function toast(text, kind = 'ok') {
  const host = must('#toasts');
  const note = h(`div.toast.${kind}`, { 'data-testid': 'toast' }, text);
  host.append(note);
  setTimeout(() => note.remove(), TOAST_MS);
}

/**
 * Runs what a button asked for: the button is busy meanwhile, a fault becomes a toast.
 * @template T
 * @param {HTMLElement | null} button
 * @param {() => Promise<T>} work
 * @returns {Promise<T | undefined>} undefined when it failed
 */
export async function attempt(button, work) {
  button?.classList.add('busy');
  button?.setAttribute('aria-busy', 'true');
  try {
    return await work();
  } catch (error) {
    toast(wording(error), 'bad');
    return undefined;
  } finally {
    button?.classList.remove('busy');
    button?.removeAttribute('aria-busy');
  }
}

/**
 * @typedef {Object} Question
 * @property {string} title
 * @property {string} text what will happen
 * @property {string} yes the deciding button's words
 * @property {boolean} [danger]
 * @property {{label: string, value?: string, required?: boolean, area?: boolean, max?: number}} [field]
 * @property {{label: string, options: {value: string, label: string}[], value: string}} [choice]
 */

/**
 * Asks in a `<dialog>`; `Esc` and 取消 answer `null`.
 * @param {Question} question
 * @returns {Promise<{text: string, choice: string} | null>}
 */
export function ask(question) {
  const { field, choice } = question;
  const input = field
    ? /** @type {HTMLInputElement} */ (h(field.area ? 'textarea.input' : 'input.input', {
        maxlength: field.max ?? 500, required: field.required, id: 'dialog-text', rows: 3,
        'data-testid': 'dialog-text',
      }))
    : null;
  if (input && field?.value) input.value = field.value;
  const radios = choice?.options.map((option) => h('label.choice', {},
    h('input', { type: 'radio', name: 'choice', value: option.value, checked: option.value === choice.value }),
    h('span', {}, option.label)));
  const dialog = /** @type {HTMLDialogElement} */ (h('dialog.dialog', { 'aria-labelledby': 'dialog-title', 'data-testid': 'dialog' },
    h('form', { method: 'dialog' },
      h('h2', { id: 'dialog-title' }, question.title),
      question.text ? h('p', {}, question.text) : null,
      choice ? h('fieldset.field', {}, h('legend.label', {}, choice.label), h('div.choices', {}, ...(radios ?? []))) : null,
      input ? h('div.field', {}, h('label', { for: 'dialog-text' }, field?.label ?? ''), input) : null,
      h('div.dialog-actions', {},
        h('button.button', { type: 'button', onclick: () => dialog.close('no'), 'data-testid': 'dialog-no' }, '取消'),
        h(`button.button.${question.danger ? 'danger.solid' : 'primary'}`,
          { value: 'yes', 'data-testid': 'dialog-yes' }, question.yes)))));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      const picked = /** @type {HTMLInputElement | null} */ (dialog.querySelector('input[name=choice]:checked'));
      dialog.remove();
      resolve(dialog.returnValue === 'yes'
        ? { text: input?.value.trim() ?? '', choice: picked?.value ?? '' }
        : null);
    });
  });
}

/**
 * Shows that the server cannot store anything, or can again.
 * @param {boolean} is
 */
export function showStalled(is) {
  const bar = must('#link-state');
  bar.hidden = !is;
  bar.classList.remove('down');
  setText(bar, is ? '服务器暂时无法保存，正在重试；已保存的排队和面试不受影响，请不要关闭页面' : '');
}

/**
 * Shows the line to the server: nothing while all is well.
 * @param {import('./live.js').LinkStatus} status
 * @param {string} reason
 */
export function showLink(status, reason) {
  const bar = must('#link-state');
  document.body.dataset.link = status;
  bar.hidden = status === 'online' || status === 'connecting';
  bar.classList.toggle('down', status === 'stopped');
  const kept = document.body.dataset.page === 'queues' ? '，你的位置会保留' : '';
  const words = BYE[reason] ?? '网络中断，正在重新连接';
  setText(bar, status === 'stopped' ? words : words + kept);
}

/**
 * Shows the school's last broadcast at the top of the page.
 * @param {{text: string, at_ms: number} | null} notice
 */
export function showBroadcast(notice) {
  const bar = document.querySelector('#broadcast');
  if (!(bar instanceof HTMLElement) || !notice) return;
  const stamp = String(notice.at_ms);
  if (bar.dataset.at === stamp) return;
  bar.dataset.at = stamp;
  bar.hidden = false;
  setText(must('[data-text]', bar), notice.text);
  must('button', bar).onclick = () => { bar.hidden = true; };
}
