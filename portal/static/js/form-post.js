/**
 * What forms ask the server by JSON before they are sent themselves, and what is wrong beside the
 * fields of a mobile number and its code.
 * @module
 */

import { must, setText } from './dom.js';

/** @typedef {{ fields?: Record<string, string>, title?: string, text?: string, retry_s?: number,
 *   resend_s?: number, id?: string, proof?: string }} Answer */

export const OFFLINE = '网络不通，请稍后再试';

/**
 * @param {string} path
 * @param {Record<string, string>} body
 * @param {ParentNode} form
 * @returns {Promise<{ ok: boolean, answer: Answer }>}
 */
export async function post(path, body, form) {
  const field = /** @type {HTMLInputElement | null} */ (form.querySelector('[name="csrf"]'));
  const token = field?.value ?? document.body.dataset.csrf;
  /** @type {Record<string, string>} */
  const headers = { 'content-type': 'application/json' };
  if (token) headers['x-csrf-token'] = token;
  try {
    const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
    return { ok: response.ok, answer: await response.json().catch(() => ({})) };
  } catch {
    return { ok: false, answer: { text: OFFLINE } };
  }
}

/**
 * Puts each text beside its field; fields without one are shown as good.
 * @param {HTMLFormElement} form
 * @param {Record<string, string>} fields
 */
export function showFaults(form, fields) {
  put(must('[data-captcha-error]', form), fields.captcha);
  put(must('[data-sms-error]', form), fields.sms_code);
  const input = /** @type {HTMLInputElement | null} */ (form.querySelector('[name="mobile"]'));
  if (!input) return;
  let place = /** @type {HTMLElement | null} */ (form.querySelector('#mobile-error'));
  if (!place) {
    place = document.createElement('p');
    place.className = 'field-error';
    place.id = 'mobile-error';
    place.setAttribute('role', 'alert');
    input.after(place);
  }
  put(place, fields.mobile);
  input.setAttribute('aria-invalid', String(Boolean(fields.mobile)));
}

/**
 * @param {HTMLElement} place
 * @param {string | undefined} text
 */
function put(place, text) {
  setText(place, text ?? '');
  place.hidden = !text;
}
