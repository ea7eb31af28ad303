import assert from 'node:assert/strict';
import test from 'node:test';

import { boothStart, NO_MEDIA, reduceBooth, reduceStudent, reduceWall, studentStart, wallStart } from '../reducer.js';
import { body, fixtures } from './support.js';

/** @param {object} value */
function frozen(value) {
  Object.values(value).forEach((each) => { if (each && typeof each === 'object') frozen(each); });
  return Object.freeze(value);
}

test('a snapshot is the whole state', () => {
  const { type: _, ...view } = body('student');
  assert.deepEqual(reduceStudent(studentStart(), body('student')).view, view);
  const { type: __, ...booth } = body('booth');
  assert.deepEqual(reduceBooth(boothStart(), body('booth')).view, booth);
  const { type: ___, ...wall } = body('wall');
  assert.deepEqual(reduceWall(wallStart(), body('wall')).view, wall);
});

test('no golden message breaks a state or changes it in place', () => {
  const all = [...fixtures('server').keys()].map(body);
  for (const [start, reduce, snapshot] of [
    [studentStart(), reduceStudent, body('student')],
    [boothStart(), reduceBooth, body('booth')],
    [wallStart(), reduceWall, body('wall')],
  ]) {
    let state = frozen(start);
    for (const message of [...all, snapshot, ...all]) state = frozen(reduce(state, message));
    assert.ok(state.view);
  }
});

test('changes before the snapshot are dropped, not guessed at', () => {
  assert.equal(reduceStudent(studentStart(), body('entry')).view, null);
  assert.equal(reduceBooth(boothStart(), body('queue')).view, null);
  assert.equal(reduceWall(wallStart(), body('console_news')).view, null);
});

test('an own entry is replaced, a new one comes first', () => {
  const state = reduceStudent(studentStart(), body('student'));
  const [first] = state.view.entries;
  const moved = reduceStudent(state, { type: 'entry', entry: { ...first, position: 1 } });
  assert.equal(moved.view.entries.length, state.view.entries.length);
  assert.equal(moved.view.entries.find((e) => e.entry === first.entry).position, 1);
  const more = reduceStudent(state, { type: 'entry', entry: { ...first, entry: 'new' } });
  assert.equal(more.view.entries[0].entry, 'new');
  assert.equal(more.view.entries.length, state.view.entries.length + 1);
});

test('queue rows are merged, gone ones leave the order too', () => {
  const state = reduceBooth(boothStart(), body('booth'));
  const [row] = state.view.rows;
  const fresh = { ...row, entry: 'fresh', name: '新同学', stage: 'waiting' };
  const brief = { ...state.view.brief, waiting: 99 };
  const added = reduceBooth(state, { type: 'queue', rows: [fresh], gone: [], order: ['fresh', ...state.view.order], booth: brief });
  assert.equal(added.view.rows.length, state.view.rows.length + 1);
  assert.equal(added.view.order[0], 'fresh');
  assert.equal(added.view.brief.waiting, 99);
  const left = reduceBooth(added, { type: 'queue', rows: [], gone: ['fresh'], booth: brief });
  assert.deepEqual(left.view.order, state.view.order);
  assert.ok(!left.view.rows.some((each) => each.entry === 'fresh'));
});

test('slots, trouble and quality last until the call ends', () => {
  let state = reduceStudent(studentStart(), body('student'));
  state = reduceStudent(state, body('media_slots'));
  assert.ok(state.media.slots.length > 0);
  state = reduceStudent(state, { type: 'media_trouble', call: 'c', side: 'other', kind: 'lost' });
  assert.equal(state.media.otherTrouble, 'lost');
  assert.equal(state.media.ownTrouble, 'none');
  state = reduceStudent(state, { type: 'call', call: { ...body('call').call, phase: 'ended' } });
  assert.deepEqual(state.media, NO_MEDIA);
});

test('news of the console bring the booths from their lines, and the figures', () => {
  const state = reduceWall(wallStart(), body('wall'));
  const heard = reduceWall(state, body('console_news'));
  // The golden news say of both booths what the golden snapshot shows.
  assert.deepEqual(heard.view, { ...state.view, n: state.view.n + 1, booths: heard.view.booths });
  const plain = (value) => JSON.parse(JSON.stringify(value));
  assert.deepEqual(plain(heard.view.booths), state.view.booths);
  const { n } = heard.view;
  const totals = { ...state.view.totals, done: 65 };
  const next = reduceWall(heard, { type: 'console_news', n: n + 1, lines: [], totals });
  assert.deepEqual([next.view.totals.done, next.view.n, next.behind], [65, n + 1, false]);
});

test('a console that missed news is behind until it is shown everything', () => {
  const state = reduceWall(wallStart(), body('wall'));
  const { n } = state.view;
  const news = body('console_news');
  assert.equal(reduceWall(state, { ...news, n }), state, 'heard before');
  assert.equal(reduceWall(state, { type: 'console_news', n, lines: [] }), state, 'nothing was missed');
  assert.equal(reduceWall(state, { type: 'console_news', n: n + 1, lines: [] }).behind, true);
  const lost = reduceWall(state, { ...news, n: n + 2 });
  assert.deepEqual([lost.behind, lost.view], [true, state.view]);
  const stranger = { type: 'console_news', n: n + 1, lines: [[9, ...news.lines[0].slice(1)]] };
  assert.equal(reduceWall(state, stranger).behind, true);
  assert.equal(reduceWall(lost, body('wall')).behind, false);
});
