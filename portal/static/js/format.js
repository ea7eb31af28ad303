/**
 * Times and figures in words. Pure.
 * @module
 */

/** @typedef {import('./types.js').Wait} Wait */

/**
 * `07:42`, `1:02:03`.
 * @param {number} ms
 */
export function clockText(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/**
 * `不到 1 分钟`, `18 分钟`, `5 小时 12 分钟`.
 * @param {number} ms
 */
export function lengthText(ms) {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return '不到 1 分钟';
  if (minutes < 60) return `${minutes} 分钟`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} 小时` : `${hours} 小时 ${minutes % 60} 分钟`;
}

/**
 * `9 分 20 秒`, for averages.
 * @param {number} ms
 */
export function averageText(ms) {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} 秒`;
  const rest = seconds % 60;
  return rest === 0 ? `${Math.floor(seconds / 60)} 分钟` : `${Math.floor(seconds / 60)} 分 ${rest} 秒`;
}

/**
 * The expected wait, never a false number. A range stands as it is, also from 0: "within 20
 * minutes" would be a promise.
 * @param {Wait | undefined} wait
 */
export function waitText(wait) {
  switch (wait?.is) {
    case 'your_turn':
      return '轮到你了';
    case 'under_two_minutes':
      return '< 2 分钟';
    case 'range':
      return wait.low_min === wait.high_min
        ? `约 ${wait.high_min} 分钟`
        : `${wait.low_min}–${wait.high_min} 分钟`;
    case 'no_interviewer':
      return '暂无面试官在线';
    default:
      return '—';
  }
}

/** China keeps one time, eight hours ahead of UTC, all year. */
const CHINA_MS = 8 * 3_600_000;

/**
 * `14:05` in China, as the server writes its pages, wherever the reader is.
 * @param {number} ms
 */
export function hourText(ms) {
  return new Date(ms + CHINA_MS).toISOString().slice(11, 16);
}

/**
 * `1,284`.
 * @param {number} n
 */
export function countText(n) {
  return n.toLocaleString('en-US');
}

/**
 * One of four grounds for a company's mark, always the same for the same name.
 * @param {string} name
 */
export function tone(name) {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  return String(sum % 4);
}

/**
 * How far a place in the queue has come, 0 to 1: place 1 is nearly there.
 * @param {number} position from 1
 */
export function progress(position) {
  return Math.max(0.06, Math.min(1, 1 / (1 + 0.16 * (position - 1))));
}
