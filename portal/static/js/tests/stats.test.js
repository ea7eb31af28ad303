import assert from 'node:assert/strict';
import test from 'node:test';

import { connectionStats, expectedVideo, lineBetween, qualityOf } from '../stats.js';

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

/** The same with a video on slot 7. */
const filmed = (at, packets, lost, bytes, videoBytes) => new Map([
  ...report(at, packets, lost, bytes),
  ['v', { type: 'inbound-rtp', kind: 'video', mid: '7', timestamp: at, packetsReceived: 50, bytesReceived: videoBytes }],
]);

test('a line is what happened between two readings', () => {
  const before = connectionStats(filmed(1_000, 100, 1, 10_000, 5_000));
  const after = connectionStats(filmed(4_000, 190, 11, 385_000, 380_000));
  const line = lineBetween(before, after, ['7']);
  assert.deepEqual(line, { rtt_ms: 42, jitter_ms: 4, loss_permille: 100, kbps: 1_000 });
});

test('sound alone has no bitrate: a camera that is off is not a bad line', () => {
  const before = connectionStats(filmed(1_000, 100, 0, 10_000, 5_000));
  const after = connectionStats(filmed(4_000, 190, 0, 25_000, 5_000));
  const off = lineBetween(before, after, []);
  assert.equal('kbps' in off, false);
  assert.equal(qualityOf(off), 'excellent');
  const stalled = lineBetween(before, after, ['7']);
  assert.equal(stalled.kbps, 0);
  assert.equal(qualityOf(stalled), 'bad');
  assert.equal('kbps' in lineBetween(before, after, ['8']), false);
});

test('video is expected from cameras that are on, and from no screen', () => {
  const slots = [
    { mid: '7', person: 'a', source: 'camera' }, { mid: '8', person: 'b', source: 'camera' },
    { mid: '3', person: 'a', source: 'microphone' }, { mid: '9', person: 'a', source: 'screen' },
  ];
  const people = [{ person: 'a', camera_muted: false }, { person: 'b', camera_muted: true }];
  assert.deepEqual(expectedVideo(slots, people), ['7']);
});

test('nothing received is no loss', () => {
  const same = connectionStats(report(1_000, 0, 0, 0));
  assert.equal(lineBetween(same, same, []).loss_permille, 0);
});

test('the worst of the four figures decides', () => {
  const best = { rtt_ms: 20, jitter_ms: 1, loss_permille: 0, kbps: 2_000 };
  assert.equal(qualityOf(best), 'excellent');
  assert.equal(qualityOf({ ...best, kbps: 900 }), 'good');
  assert.equal(qualityOf({ ...best, jitter_ms: 40 }), 'warn');
  assert.equal(qualityOf({ ...best, loss_permille: 80 }), 'bad');
  assert.equal(qualityOf({ ...best, rtt_ms: 400 }), 'bad');
  assert.equal(qualityOf({ ...best, kbps: 40 }), 'bad');
  assert.equal(qualityOf({ ...best, kbps: undefined }), 'excellent');
});
