/**
 * A code to scan with WeChat: asks what became of it until it is done or over. The card is
 * `wechat-card.html`; a login's form is beside it.
 * @module
 */

import { must, setText } from './dom.js';

/** How often it asks, and how long a code lives, ms. */
const EVERY = 2000;
const LIFE = 10 * 60_000;

const card = must('[data-wechat-card]');
const login = card.dataset.kind === 'login';
const began = Date.now();

/** @type {Record<string, [string, string]>} what is said at each state */
const WORDS = {
  scanned: ['已扫码', '请在公众号里回复 1 确认登录'],
  done: [login ? '已确认，正在进入…' : '绑定成功', ''],
  refused: [login ? '这个微信还没有绑定账号' : '绑定没有成功', login
    ? '请先用手机号登录，在账号设置里绑定微信' : '这个微信或账号已有其他绑定，请按公众号里的提示处理'],
  over: ['二维码已过期', '请刷新页面，用新的二维码'],
};

void ask();

async function ask() {
  const state = await look();
  if (state === 'waiting' || state === 'scanned' || state === '') {
    if (state === 'scanned') say('scanned');
    setTimeout(() => void ask(), EVERY);
    return;
  }
  say(state);
  if (state !== 'done') {
    card.dataset.over = '';
    return;
  }
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector('[data-wechat-form]'));
  if (login && form) form.submit();
  else if (document.querySelector('[data-wechat-reload]') || location.pathname === '/account/wechat') location.reload();
}

/** @returns {Promise<string>} the state; empty: nothing could be learned just now */
async function look() {
  if (Date.now() - began > LIFE) return 'over';
  if (document.hidden) return '';
  try {
    const response = await fetch(`/api/wechat/scenes/${card.dataset.nonce}`);
    if (response.status === 404) return 'over';
    if (!response.ok) return '';
    return String((await response.json()).state);
  } catch {
    return '';
  }
}

/** @param {string} state */
function say(state) {
  const [title, hint] = WORDS[state] ?? ['', ''];
  setText(must('[data-wechat-state]', card), title);
  setText(must('[data-wechat-hint]', card), hint);
}
