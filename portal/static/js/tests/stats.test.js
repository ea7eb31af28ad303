import assert from 'node:assert/strict';
import test from 'node:test';

import { connectionStats, lineBetween, qualityOf } from '../stats.js';

const report = (at, packets, lost, bytes) => new Map([
  ['a', { type: 'inbound-rtp', kind: 'audio', mid: '3', timestamp: at, packetsReceived: packets, packetsLost: lost, bytesReceived: bytes, jitter: 0.004, totalAudioEnergy: 0.5 }],
  ['p', { type: 'candidate-pair', nominated: true, state: 'succeeded', timestamp: at, currentRoundTripTime: 0.042, availableOutgoingBitrate: 1_200_000 }],
  ['x', { type: 'codec', timestamp: at }],
]);

test('figures are read from a report', () => {
  const stats = connectionStats(report(1_000, 50, 0, 5_000));
  assert.equal(stats.rtt_ms, 42);
  assert.equal(stats.available_kbps, 1_200);
  assert.equal(stats.inbound[0].mid, '3');
});

test('a line is what happened between two readings', () => {
  const line = lineBetween(connectionStats(report(1_000, 100, 1, 10_000)), connectionStats(report(4_000, 190, 11, 385_000)));
  assert.deepEqual(line, { rtt_ms: 42, jitter_ms: 4, loss_permille: 100, kbps: 1_000 });
});

test('nothing received is no loss', () => {
  const same = connectionStats(report(1_000, 0, 0, 0));
  assert.equal(lineBetween(same, same).loss_permille, 0);
});

test('the worst of the four figures decides', () => {
  const best = { rtt_ms: 20, jitter_ms: 1, loss_permille: 0, kbps: 2_000 };
  assert.equal(qualityOf(best), 'excellent');
  assert.equal(qualityOf({ ...best, kbps: 900 }), 'good');
  assert.equal(qualityOf({ ...best, jitter_ms: 40 }), 'warn');
  assert.equal(qualityOf({ ...best, loss_permille: 80 }), 'bad');
  assert.equal(qualityOf({ ...best, rtt_ms: 400 }), 'bad');
});
