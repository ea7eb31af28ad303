/**
 * Counts the characters of fields with a limit (`data-limit`). Nothing is cut off: what is too
 * long stays until its writer shortens it, and the server says so too.
 * @module
 */

import { h, setText } from './dom.js';

/** @typedef {HTMLInputElement | HTMLTextAreaElement} Field */

for (const field of /** @type {NodeListOf<Field>} */ (document.querySelectorAll('[data-limit]'))) {
  count(field);
}

/** @param {Field} field */
function count(field) {
  const limit = Number(field.dataset.limit);
  const line = h('p.field-count', { 'aria-hidden': 'true' });
  field.insertAdjacentElement('afterend', line);
  const show = () => {
    const chars = length(field.value);
    setText(line, `${chars} / ${limit}`);
    line.classList.toggle('over', chars > limit);
  };
  field.addEventListener('input', show);
  show();
}

/**
 * Characters as the server counts them: code points, without spaces at the ends.
 * @param {string} text
 */
export function length(text) {
  return [...text.trim()].length;
}
