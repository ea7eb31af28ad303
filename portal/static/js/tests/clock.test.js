import assert from 'node:assert/strict';
import test from 'node:test';

import { callTimer, Clock, usedMs } from '../clock.js';
import { averageText, clockText, lengthText, progress, tone, waitText } from '../format.js';

const call = { phase: 'running', used_ms: 60_000, clock_at_ms: 1_000_000, length_ms: 600_000 };

test('countdowns run by the server\'s clock', () => {
  let local = 5_000;
  const clock = new Clock(() => local);
  clock.set(1_000_000);
  local += 2_000;
  assert.equal(clock.now(), 1_002_000);
  assert.equal(clock.until(1_010_000), 8_000);
  assert.equal(clock.until(1), 0);
});

test('the call\'s clock stands still while a side is gone', () => {
  assert.equal(usedMs(call, 1_030_000), 90_000);
  assert.equal(usedMs({ ...call, phase: 'waiting' }, 1_030_000), 60_000);
});

test('the timer warns at two minutes and 30 seconds, then counts over', () => {
  const at = (used_ms) => callTimer({ ...call, used_ms }, call.clock_at_ms).level;
  assert.deepEqual([479_999, 480_000, 569_999, 570_000, 599_999, 600_000].map(at),
    ['calm', 'soon', 'soon', 'last', 'last', 'over']);
});

test('times are worded', () => {
  assert.equal(clockText(462_000), '07:42');
  assert.equal(clockText(3_723_000), '1:02:03');
  assert.equal(lengthText(59_000), '不到 1 分钟');
  assert.equal(lengthText(18_720_000), '5 小时 12 分钟');
  assert.equal(averageText(560_000), '9 分 20 秒');
});

test('a wait is a range, or says why there is none', () => {
  assert.equal(waitText({ is: 'range', low_min: 5, high_min: 20 }), '5–20 分钟');
  assert.equal(waitText({ is: 'range', low_min: 5, high_min: 5 }), '约 5 分钟');
  assert.equal(waitText({ is: 'range', low_min: 0, high_min: 20 }), '0–20 分钟');
  assert.equal(waitText({ is: 'no_interviewer' }), '暂无面试官在线');
  assert.equal(waitText({ is: 'under_two_minutes' }), '< 2 分钟');
});

test('a nearer place is further along, and a mark keeps its ground', () => {
  assert.ok(progress(1) > progress(2) && progress(2) > progress(30));
  assert.equal(tone('澄源半导体（示例）'), tone('澄源半导体（示例）'));
  assert.ok(['0', '1', '2', '3'].includes(tone('远航')));
});
