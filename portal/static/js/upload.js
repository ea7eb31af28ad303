/**
 * Uploads: each `[data-uploader]` of the page sends its file as raw bytes and puts the reference
 * that comes back into the form's hidden field. Several on one page go their own ways. In a form
 * that asks for a proven mobile number, the number is proven first.
 * @module
 */

import { h, must, setText } from './dom.js';
import { forgetProof, proofField, prove, watch } from './number-proof.js';

/** @typedef {{reference: string, name: string, bytes: number}} Taken */

const MEGABYTE = 1024 * 1024;
/** The status of an upload whose proof of a number is not good any more. */
const UNPROVEN = 403;

for (const form of document.forms) {
  if (proofField(form)) watch(form);
}
for (const host of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-uploader]'))) {
  uploader(host);
}

/** @param {HTMLElement} host */
function uploader(host) {
  const input = /** @type {HTMLInputElement} */ (must('[data-file]', host));
  const reference = /** @type {HTMLInputElement} */ (must('[data-reference]', host));
  const name = /** @type {HTMLInputElement} */ (must('[data-name]', host));
  const state = must('[data-state]', host);
  const bar = /** @type {HTMLProgressElement} */ (must('[data-bar]', host));
  const form = input.form;
  const remove = h('button.button.plain.small', { type: 'button', 'data-remove': '',
    'data-testid': `${reference.name}-remove`, onclick: clear }, '移除');
  host.append(remove);
  state.setAttribute('role', 'status');
  /** @type {XMLHttpRequest | null} */
  let running = null;
  show();
  form?.addEventListener('submit', (event) => {
    // A page that goes away takes the upload with it. The letter's template opens beside it.
    if (!running || event.submitter?.hasAttribute('formtarget')) return;
    event.preventDefault();
    host.scrollIntoView({ block: 'center' });
  });
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    // The same file can be chosen again after a fault.
    input.value = '';
    if (file) void begin(file);
  });

  /** @param {File} file */
  async function begin(file) {
    running?.abort();
    forget();
    const most = Number(input.dataset.max);
    if (most && file.size > most) {
      fault(`文件超过 ${Math.floor(most / MEGABYTE)} MB，请压缩后再上传`);
      return;
    }
    const request = new XMLHttpRequest();
    running = request;
    let proof = '';
    if (form && proofField(form)) {
      say('正在验证手机号');
      const shown = await prove(form);
      // Another file was chosen meanwhile, or this one was taken back.
      if (running !== request) return;
      if ('fault' in shown) {
        fault(shown.fault);
        return;
      }
      proof = shown.proof;
    }
    send(request, file, proof);
  }

  /**
   * @param {XMLHttpRequest} request
   * @param {File} file
   * @param {string} proof
   */
  function send(request, file, proof) {
    const query = new URLSearchParams({ purpose: host.dataset.purpose ?? '', name: file.name });
    request.open('POST', `/api/files?${query}`);
    request.responseType = 'json';
    const csrf = document.body.dataset.csrf;
    if (csrf) request.setRequestHeader('x-csrf-token', csrf);
    if (proof) request.setRequestHeader('x-number-proof', proof);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.onprogress = (event) => {
      if (running === request && event.lengthComputable) progress(event.loaded / event.total);
    };
    request.onload = () => { if (running === request) done(request, file); };
    request.onerror = () => { if (running === request) fault('上传中断，请检查网络后重新选择文件'); };
    say(`正在上传 ${file.name}`);
    progress(0);
    request.send(file);
  }

  /**
   * @param {XMLHttpRequest} request
   * @param {File} file
   */
  function done(request, file) {
    const answer = request.response;
    if (request.status !== 200 || !answer?.reference) {
      if (request.status === UNPROVEN && form && proofField(form)) forgetProof(form);
      fault(answer?.fields?.file ?? answer?.text ?? '上传失败，请稍后再试');
      return;
    }
    const taken = /** @type {Taken} */ (answer);
    running = null;
    reference.value = taken.reference;
    name.value = taken.name;
    show();
    host.dispatchEvent(new CustomEvent('uploaded', { bubbles: true, detail: { ...taken, file } }));
  }

  /** @param {string} text */
  function fault(text) {
    running = null;
    forget();
    say(text);
    host.dataset.is = 'fault';
  }

  function clear() {
    running?.abort();
    running = null;
    forget();
    show();
    input.focus();
  }

  function forget() {
    reference.value = '';
    name.value = '';
    bar.hidden = true;
    delete host.dataset.is;
    remove.hidden = true;
  }

  /** @param {number} share */
  function progress(share) {
    bar.hidden = false;
    bar.value = Math.round(share * 100);
    host.dataset.is = 'running';
    remove.hidden = false;
    setText(remove, '取消');
  }

  /** Nothing is under way: says what there is. */
  function show() {
    const has = reference.value !== '';
    bar.hidden = true;
    remove.hidden = !has;
    setText(remove, '移除');
    say(has ? name.value : '未选择文件');
    if (has) host.dataset.is = 'good';
  }

  /** @param {string} text */
  function say(text) {
    setText(state, text);
  }
}
