/**
 * What a student may do at a booth, and how a booth's state is worded. Pure.
 * @module
 */

import { hourText } from './format.js';
import { ACTIVE } from './protocol.js';
import { STAGE } from './texts.js';

/** @typedef {import('./types.js').WallBooth} WallBooth */
/** @typedef {import('./types.js').StudentEntry} StudentEntry */
/** @typedef {import('./types.js').StudentView} StudentView */

/** A device test is good for this long, ms. */
const TEST_VALID_MS = 24 * 3_600_000;

/**
 * @param {WallBooth} booth
 * @returns {{text: string, tone: string}}
 */
export function boothState(booth) {
  switch (booth.queue.is) {
    case 'paused':
      return { text: booth.queue.until_ms ? `暂停至 ${hourText(booth.queue.until_ms)}` : '暂停中', tone: 'warn' };
    case 'closing':
      return { text: '停止接收', tone: '' };
    case 'closed':
      return { text: '已结束', tone: '' };
    default:
  }
  if (booth.seats_online === 0) return { text: '面试官离线', tone: '' };
  if (booth.waiting === 0 && booth.seats_in_call < booth.seats_online) return { text: '可直接面试', tone: 'ok' };
  return { text: booth.seats_in_call > 0 ? '面试中' : '在线', tone: 'ok' };
}

/**
 * The newest entry of a student at a booth.
 * @param {StudentEntry[]} entries
 * @param {string} booth
 */
export function entryAt(entries, booth) {
  const here = entries.filter((e) => e.booth === booth);
  return here.find((e) => ACTIVE.has(e.stage)) ?? here.sort((a, b) => b.since_ms - a.since_ms)[0];
}

/**
 * Has the student a device test that still counts?
 * @param {StudentView} view
 * @param {number} now_ms
 */
export function tested(view, now_ms) {
  return view.device_test_ms !== undefined && now_ms - view.device_test_ms < TEST_VALID_MS;
}

/**
 * The words of the apply button, and whether it may be pressed.
 * @param {StudentView} view
 * @param {WallBooth} booth
 * @param {StudentEntry | undefined} entry
 * @returns {{text: string, enabled: boolean}}
 */
export function applyButton(view, booth, entry) {
  if (entry && ACTIVE.has(entry.stage)) {
    const text = entry.position ? `排队中 · 第 ${entry.position} 位` : STAGE[entry.stage];
    return { text, enabled: false };
  }
  if (entry?.stage === 'done') return { text: '已面试', enabled: false };
  if (entry?.stage === 'declined') return { text: '未通过申请', enabled: false };
  if (view.fair.phase === 'upcoming') return { text: '尚未开始', enabled: false };
  if (view.fair.phase !== 'running') return { text: '招聘会已结束', enabled: false };
  if (booth.queue.is === 'closed' || booth.queue.is === 'closing') return { text: '停止接收申请', enabled: false };
  if (booth.queue.is === 'paused') return { text: '暂停排队', enabled: false };
  const active = view.entries.filter((e) => ACTIVE.has(e.stage)).length;
  if (active >= view.max_queues) return { text: `最多同时排 ${view.max_queues} 家`, enabled: false };
  return { text: '申请视频面试', enabled: true };
}
