/**
 * Whoever has no account shows first that his mobile number is his: the first upload of a form
 * spends the code of the SMS, and the proof that comes back stays in the form's hidden field for
 * the other uploads and for the form itself.
 * @module
 */

import { must } from './dom.js';
import { OFFLINE, post, showFaults } from './form-post.js';

/** @typedef {{ proof: string } | { fault: string }} Outcome */

/**
 * What is being asked for: two files chosen at once share it, since a code is spent once.
 * @type {WeakMap<HTMLFormElement, Promise<Outcome>>}
 */
const asked = new WeakMap();

/**
 * The hidden field of a form that needs a proof.
 * @param {HTMLFormElement | null} form
 * @returns {HTMLInputElement | null}
 */
export function proofField(form) {
  return form?.querySelector('input[data-proof]') ?? null;
}

/**
 * The form's proof, or one for the code that is typed. Faults are shown beside their fields.
 * @param {HTMLFormElement} form
 * @returns {Promise<Outcome>}
 */
export function prove(form) {
  const running = asked.get(form);
  if (running) return running;
  const begun = ask(form).finally(() => asked.delete(form));
  asked.set(form, begun);
  return begun;
}

/**
 * @param {HTMLFormElement} form
 * @returns {Promise<Outcome>}
 */
async function ask(form) {
  const field = proofField(form);
  if (!field) return { fault: OFFLINE };
  if (field.value) return { proof: field.value };
  const mobile = /** @type {HTMLInputElement} */ (must('[name="mobile"]', form));
  const code = /** @type {HTMLInputElement} */ (must('[name="sms_code"]', form));
  const typed = mobile.value;
  const { ok, answer } = await post('/api/number-proofs',
    { mobile: typed, sms_code: code.value }, form);
  if (ok && answer.proof) {
    code.value = '';
    if (mobile.value === typed) set(form, answer.proof);
    return { proof: answer.proof };
  }
  if (!answer.fields) return { fault: answer.text ?? answer.title ?? OFFLINE };
  showFaults(form, answer.fields);
  (answer.fields.mobile ? mobile : code).focus();
  return { fault: '请先填写手机号并输入短信验证码，再上传文件' };
}

/**
 * The proof is of no use any more: the number is another one, or the time is over.
 * @param {HTMLFormElement} form
 */
export function forgetProof(form) {
  set(form, '');
}

/**
 * A form whose number changes has to prove the new one.
 * @param {HTMLFormElement} form
 */
export function watch(form) {
  must('[name="mobile"]', form).addEventListener('input', () => forgetProof(form));
}

/**
 * @param {HTMLFormElement} form
 * @param {string} proof
 */
function set(form, proof) {
  const field = proofField(form);
  if (!field) return;
  field.value = proof;
  must('[data-proven]', form).hidden = !proof;
  must('[data-code-rows]', form).hidden = Boolean(proof);
  if (proof) showFaults(form, {});
}
