import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';

import { WallFeed } from '../wall-feed.js';
import { hearNews, takeSnapshot, wallOf } from '../wall-state.js';
import { body } from './support.js';

const folder = new URL('../../../../signaling/protocol/fixtures/http/', import.meta.url);
const golden = JSON.parse(fs.readFileSync(new URL('wall.json', folder), 'utf8'));

/** A snapshot of two booths at `n`. */
const snapshot = (n, waiting = 0) => ({
  n, booths: ['a', 'b'], lines: [[0, 0, waiting, 0, 5, 2, 1, 0, 3, 480], [1, 0, 0, -1, 0, 1, 0, 0, 0, 600]],
});
/** News of booth 0. */
const news = (n, waiting) => ({ n, lines: [[0, 0, waiting, 0, 5, 2, 1, 0, 3, 480]] });
const mark = (n) => ({ n, lines: [] });
const waits = (wall) => wall.booths.map((booth) => booth.waiting);

test('golden snapshot and news read as the booths that they are', () => {
  const wall = takeSnapshot(wallOf(), golden);
  assert.deepEqual(wall.booths[0], {
    booth: golden.booths[0], queue: { is: 'open' }, waiting: 6, wait: { is: 'range', low_min: 15, high_min: 30 },
    seats: 2, seats_online: 2, seats_in_call: 1, done: 11, average_ms: 512_000,
  });
  assert.deepEqual([wall.booths[1].queue, wall.booths[1].wait], [{ is: 'closing' }, { is: 'under_two_minutes' }]);
  const { type: _, ...said } = body('wall_news');
  const next = hearNews(wall, said);
  assert.equal(next.behind, false);
  assert.deepEqual([next.n, next.booths[0].waiting], [golden.n + 1, 7]);
  const { index: __, ...words } = said.notes[0];
  assert.deepEqual(next.booths[1].queue, { is: 'paused', ...words });
  assert.deepEqual(next.booths[1].wait, { is: 'no_interviewer' });
});

test('the next news are applied, older ones and a mark of the same number change nothing', () => {
  const wall = takeSnapshot(wallOf(), snapshot(7));
  const next = hearNews(wall, news(8, 4));
  assert.deepEqual([next.n, waits(next), next.behind], [8, [4, 0], false]);
  assert.deepEqual(waits(wall), [0, 0], 'the old state stays as it was');
  assert.equal(hearNews(next, news(8, 9)), next);
  assert.equal(hearNews(next, news(3, 9)), next);
  assert.equal(hearNews(next, mark(8)), next);
});

test('a gap is closed by a snapshot, and what came meanwhile is applied to it', () => {
  let wall = hearNews(takeSnapshot(wallOf(), snapshot(7)), news(9, 5));
  assert.deepEqual([wall.behind, wall.n, waits(wall)], [true, 7, [0, 0]]);
  wall = hearNews(wall, news(10, 6));
  wall = takeSnapshot(wall, snapshot(9, 5));
  assert.deepEqual([wall.behind, wall.n, waits(wall), wall.held], [false, 10, [6, 0], []]);
});

test('a snapshot that is too old leaves the page behind, with what it heard kept', () => {
  let wall = hearNews(takeSnapshot(wallOf(), snapshot(7)), news(9, 5));
  wall = takeSnapshot(wall, snapshot(7));
  assert.deepEqual([wall.behind, wall.n], [true, 7]);
  wall = takeSnapshot(wall, snapshot(8, 1));
  assert.deepEqual([wall.behind, wall.n, waits(wall)], [false, 9, [5, 0]]);
});

test('news before the first snapshot wait for it', () => {
  let wall = hearNews(hearNews(wallOf(), mark(7)), news(8, 2));
  assert.deepEqual([wall.n, wall.behind], [null, true]);
  wall = takeSnapshot(wall, snapshot(7));
  assert.deepEqual([wall.n, waits(wall)], [8, [2, 0]]);
});

test('a mark of another number shows that something was missed, also after a restart', () => {
  const wall = takeSnapshot(wallOf(), snapshot(7));
  assert.equal(hearNews(wall, mark(8)).behind, true);
  const restarted = takeSnapshot(hearNews(wall, mark(3)), snapshot(3, 1));
  assert.deepEqual([restarted.n, restarted.behind], [3, false]);
});

test('a booth that is not known needs a snapshot', () => {
  const wall = takeSnapshot(wallOf(), snapshot(7));
  const later = { n: 8, lines: [[2, 0, 1, 0, 5, 2, 1, 0, 3, 480]] };
  assert.equal(hearNews(wall, later).behind, true);
});

test('words of a pause last until it ends', () => {
  let wall = takeSnapshot(wallOf(), snapshot(7));
  const paused = (n) => ({ n, lines: [[0, 1, n, 0, 5, 2, 1, 0, 3, 480]] });
  wall = hearNews(wall, { ...paused(8), notes: [{ index: 0, until_ms: 99, message: '休息' }] });
  wall = hearNews(wall, paused(9));
  assert.deepEqual(wall.booths[0].queue, { is: 'paused', until_ms: 99, message: '休息' });
  wall = hearNews(wall, news(10, 1));
  assert.deepEqual(wall.booths[0].queue, { is: 'open' });
});

/** A feed whose requests and pauses the test holds in its hand. */
function feedStand() {
  const stand = { asked: [], pauses: [], drawn: 0 };
  stand.feed = new WallFeed({
    fetch: () => new Promise((resolve, reject) => stand.asked.push({ resolve, reject })),
    onWall: () => { stand.drawn += 1; },
    random: () => 0.5,
    later: (run, ms) => stand.pauses.push({ run, ms }),
  });
  return stand;
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('a page fetches once when it opens, and nothing after a reconnect without a gap', async () => {
  const { feed, asked, pauses } = feedStand();
  feed.start();
  feed.hear(mark(7));
  feed.hear(news(8, 2));
  assert.equal(asked.length, 1, 'one request at a time');
  asked[0].resolve(snapshot(7));
  await settle();
  feed.hear(mark(8));
  assert.deepEqual([asked.length, pauses.length, feed.wall.n], [1, 0, 8]);
});

test('a page that missed news asks after a moment of its own', async () => {
  const stand = feedStand();
  const { feed, asked, pauses } = stand;
  feed.start();
  asked[0].resolve(snapshot(7));
  await settle();
  assert.equal(stand.drawn, 1);
  feed.hear(news(9, 3));
  feed.hear(news(10, 4));
  assert.equal(asked.length, 1);
  assert.deepEqual(pauses.map(({ ms }) => ms), [1_000]);
  pauses[0].run();
  asked[1].resolve(snapshot(10, 4));
  await settle();
  assert.deepEqual([asked.length, feed.wall.n, feed.wall.behind], [2, 10, false]);
});

test('a request that fails is tried again, each time later', async () => {
  const { feed, asked, pauses } = feedStand();
  feed.start();
  for (let i = 0; i < 8; i += 1) {
    asked[i].reject(new Error('offline'));
    await settle();
    pauses[i].run();
  }
  assert.ok(pauses.every(({ ms }, at) => at === 0 || ms >= pauses[at - 1].ms));
  assert.ok(pauses.at(-1).ms <= 30_000);
  asked[8].resolve(snapshot(7));
  await settle();
  assert.deepEqual([feed.wall.n, pauses.length], [7, 8]);
});
