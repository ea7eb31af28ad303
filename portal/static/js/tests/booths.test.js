import assert from 'node:assert/strict';
import test from 'node:test';

import { applyButton, boothState, entryAt, tested } from '../booth-state.js';
import { cellFace, filtered, sorted } from '../console-wall.js';
import { body } from './support.js';

const booth = {
  booth: 'b', number: 'B-001', company: '示例', queue: { is: 'open' }, waiting: 4, applied: 1, seats: 2,
  seats_online: 2, seats_in_call: 1, average_ms: 500_000, wait: { is: 'range', low_min: 5, high_min: 20 },
  wait_p90_ms: 600_000, done: 3, stuck: 0,
};
const view = { fair: { ...body('fair').fair, phase: 'running' }, entries: [], max_queues: 3, aways_left: 2 };
const entry = { entry: 'e', booth: 'b', stage: 'waiting', position: 2, since_ms: 5 };

test('applying is offered only where the server would take it', () => {
  assert.deepEqual(applyButton(view, booth, undefined), { text: '申请视频面试', enabled: true });
  assert.equal(applyButton(view, booth, entry).enabled, false);
  assert.equal(applyButton(view, { ...booth, queue: { is: 'closing' } }, undefined).enabled, false);
  assert.equal(applyButton({ ...view, fair: { ...view.fair, phase: 'overrun' } }, booth, undefined).enabled, false);
  const full = { ...view, entries: ['x', 'y', 'z'].map((b) => ({ ...entry, booth: b })) };
  assert.match(applyButton(full, booth, undefined).text, /最多同时排 3 家/);
  assert.equal(applyButton(view, booth, { ...entry, stage: 'missed' }).enabled, true);
});

test('the active entry counts, else the newest', () => {
  const old = { ...entry, entry: 'old', stage: 'left', since_ms: 9 };
  assert.equal(entryAt([old, entry], 'b')?.entry, 'e');
  assert.equal(entryAt([old, { ...old, entry: 'new', since_ms: 10 }], 'b')?.entry, 'new');
  assert.equal(entryAt([entry], 'other'), undefined);
});

test('a device test is good for a day', () => {
  assert.ok(!tested(view, 0));
  assert.ok(tested({ ...view, device_test_ms: 1_000 }, 86_400_000));
  assert.ok(!tested({ ...view, device_test_ms: 1_000 }, 86_401_000));
});

test('a booth without interviewers never shows a number for its wait', () => {
  assert.equal(boothState({ ...booth, seats_online: 0 }).text, '面试官离线');
  assert.equal(boothState({ ...booth, waiting: 0, seats_in_call: 0 }).text, '可直接面试');
});

test('the console shows stuck and offline booths first', () => {
  const stuck = { ...booth, booth: 's', number: 'B-009', stuck: 1 };
  const away = { ...booth, booth: 'o', number: 'B-008', seats_online: 0, offline_since_ms: 0, waiting: 2 };
  const cells = sorted([booth, away, stuck], 300_000);
  assert.deepEqual(cells.map(({ booth: b }) => b.booth), ['s', 'o', 'b']);
  assert.deepEqual(filtered(cells, 'trouble').length, 2);
  assert.match(cellFace(away, 300_000).left, /离线 5 分钟/);
  assert.equal(cellFace({ ...booth, wait_p90_ms: 50 * 60_000 }, 0).tone, 'warn');
});
