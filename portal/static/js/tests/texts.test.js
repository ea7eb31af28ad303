import assert from 'node:assert/strict';
import test from 'node:test';

import { BYES, CAUSES, REFUSALS, STAGES } from '../protocol.js';
import { NO_MEDIA } from '../reducer.js';
import { BYE, CAUSE, causeText, REFUSED, STAGE, STAGE_TONE, troubleText, wording } from '../texts.js';
import { hourText } from '../format.js';

const chinese = /[\u4e00-\u9fff]/;

test('every code has Chinese words', () => {
  for (const code of REFUSALS) assert.match(REFUSED[code] ?? '', chinese, code);
  for (const code of BYES) assert.match(BYE[code] ?? '', chinese, code);
  for (const code of CAUSES) assert.match(CAUSE[code] ?? '', chinese, code);
  for (const stage of STAGES) {
    assert.match(STAGE[stage] ?? '', chinese, stage);
    assert.ok(stage in STAGE_TONE, stage);
  }
});

test('an unknown code is worded as a fault of the service', () => {
  assert.equal(wording(Object.assign(new Error('x'), { code: 'newer' })), REFUSED.internal);
  assert.equal(wording(Object.assign(new Error('x'), { code: 'queue_full' })), REFUSED.queue_full);
  assert.equal(wording(null), REFUSED.internal);
});

test('own trouble is told before the other side\'s', () => {
  assert.equal(troubleText(NO_MEDIA, '学生'), null);
  const both = { ...NO_MEDIA, ownTrouble: 'lost', otherTrouble: 'unstable' };
  assert.match(troubleText(both, '学生')?.text ?? '', /你的视频/);
  assert.match(troubleText({ ...NO_MEDIA, otherTrouble: 'gone' }, '学生')?.text ?? '', /学生掉线/);
});

test('a cause is told with what the other side said', () => {
  assert.equal(causeText({ cause: 'removed_by_booth', reason: '岗位已满' }), '企业已将你移出队列：岗位已满');
  assert.equal(causeText({}), '');
});

test('an hour is told as in China, wherever the reader is', () => {
  assert.equal(hourText(Date.UTC(2026, 10, 30, 21, 16)), '05:16');
});
