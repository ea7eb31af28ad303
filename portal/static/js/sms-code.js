/**
 * Captchas and codes by SMS in forms: a click on the picture draws another one, the button asks
 * for a code and counts down, and what is wrong stands beside its field. The rows are the macros
 * `captcha` and `sms_code`.
 * @module
 */

import { must, setText } from './dom.js';
import { OFFLINE, post, showFaults } from './form-post.js';

for (const row of document.querySelectorAll('[data-captcha]')) wireCaptcha(/** @type {HTMLElement} */ (row));
for (const button of document.querySelectorAll('[data-sms]')) wireButton(/** @type {HTMLButtonElement} */ (button));

/** @param {HTMLElement} row */
function wireCaptcha(row) {
  must('[data-captcha-next]', row).onclick = () => void refresh(row);
}

/**
 * Another picture; the answer to the old one is of no use any more.
 * @param {HTMLElement} row
 */
async function refresh(row) {
  const { ok, answer } = await post('/api/captcha', {}, row.closest('form') ?? document);
  if (!ok || !answer.id) return;
  /** @type {HTMLInputElement} */ (must('[data-captcha-id]', row)).value = answer.id;
  /** @type {HTMLImageElement} */ (must('[data-captcha-image]', row)).src = `/captcha/${answer.id}`;
  /** @type {HTMLInputElement} */ (must('[name="captcha"]', row)).value = '';
}

/** @param {HTMLButtonElement} button */
function wireButton(button) {
  const form = button.closest('form');
  if (!form) return;
  button.addEventListener('click', () => void ask(button, form));
}

/**
 * @param {HTMLButtonElement} button
 * @param {HTMLFormElement} form
 */
async function ask(button, form) {
  const row = /** @type {HTMLElement} */ (must('[data-captcha]', form));
  const mobile = /** @type {HTMLInputElement | null} */ (form.querySelector('[name="mobile"]'));
  const captcha = /** @type {HTMLInputElement} */ (must('[name="captcha"]', row));
  const body = {
    mobile: mobile?.value ?? '',
    purpose: button.dataset.sms ?? '',
    captcha_id: /** @type {HTMLInputElement} */ (must('[data-captcha-id]', row)).value,
    captcha: captcha.value,
  };
  showFaults(form, {});
  button.disabled = true;
  const { ok, answer } = await post('/api/sms-codes', body, form);
  button.disabled = false;
  if (ok) {
    countDown(button, answer.resend_s ?? 60);
    /** @type {HTMLInputElement} */ (must('[name="sms_code"]', form)).focus();
  } else {
    const text = answer.text ?? answer.title ?? OFFLINE;
    showFaults(form, answer.fields ?? { sms_code: text });
    if (answer.retry_s && answer.retry_s <= 60) countDown(button, answer.retry_s);
  }
  const unspent = answer.fields && (answer.fields.mobile || !body.captcha);
  if (!unspent) await refresh(row);
  if (answer.fields?.captcha) captcha.focus();
  if (answer.fields?.mobile) mobile?.focus();
}

/**
 * @param {HTMLButtonElement} button
 * @param {number} seconds
 */
function countDown(button, seconds) {
  const words = button.dataset.words ?? button.textContent ?? '';
  button.dataset.words = words;
  const ends = Date.now() + seconds * 1000;
  const tick = () => {
    const left = Math.ceil((ends - Date.now()) / 1000);
    button.disabled = left > 0;
    setText(button, left > 0 ? `${left} 秒后重发` : words);
    if (left > 0) setTimeout(tick, 250);
  };
  tick();
}
