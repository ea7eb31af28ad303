/**
 * Sends a roster as the bytes of its file, and leads to the page that shows what was found.
 * @module
 */

import { must } from './dom.js';

/** The largest file; the server has the same limit. */
const MAX_BYTES = 8 * 1024 * 1024;

const drop = must('[data-roster]');
const input = /** @type {HTMLInputElement} */ (must('[data-file]', drop));
const bar = /** @type {HTMLProgressElement} */ (must('[data-bar]', drop));
const state = must('[data-state]', drop);
const error = must('[data-error]', drop);

/** @param {string} text */
function refuse(text) {
  error.textContent = text;
  error.hidden = false;
  bar.hidden = true;
  state.textContent = '';
  input.value = '';
}

/** @param {XMLHttpRequest} request */
function answered(request) {
  /** @type {{page?: string, text?: string, fields?: Record<string, string>}} */
  let body = {};
  try {
    body = JSON.parse(request.responseText);
  } catch {
    // Not ours: a proxy's page, most likely about the size.
  }
  if (request.status === 200 && body.page) {
    location.assign(body.page);
  } else if (request.status === 401) {
    location.assign('/login?next=/school/students/import');
  } else {
    refuse(body.fields?.file ?? body.text ?? '上传失败，请稍后再试');
  }
}

/** @param {File} file */
function send(file) {
  error.hidden = true;
  if (file.size > MAX_BYTES) {
    refuse('文件超过 8 MB，请分批导入');
    return;
  }
  bar.hidden = false;
  bar.removeAttribute('value');
  state.textContent = `正在上传 ${file.name}`;
  const request = new XMLHttpRequest();
  request.open('POST', `/api/school/roster?name=${encodeURIComponent(file.name)}`);
  request.setRequestHeader('x-csrf-token', document.body.dataset.csrf ?? '');
  request.setRequestHeader('content-type', 'application/octet-stream');
  request.upload.addEventListener('progress', (event) => {
    if (!event.lengthComputable) return;
    bar.value = (100 * event.loaded) / event.total;
    if (event.loaded === event.total) state.textContent = '正在检查名单';
  });
  request.addEventListener('load', () => answered(request));
  request.addEventListener('error', () => refuse('网络中断，请重试'));
  request.send(file);
}

input.addEventListener('change', () => {
  const file = input.files?.[0];
  if (file) send(file);
});

for (const name of ['dragenter', 'dragover']) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.dataset.over = '';
  });
}
for (const name of ['dragleave', 'drop']) {
  drop.addEventListener(name, () => delete drop.dataset.over);
}
drop.addEventListener('drop', (event) => {
  event.preventDefault();
  const file = event.dataTransfer?.files[0];
  if (file) send(file);
});
