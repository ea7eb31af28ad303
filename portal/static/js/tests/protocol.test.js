import assert from 'node:assert/strict';
import test from 'node:test';

import { afterBye, BYES, CAUSES, clientFrame, hello, REFUSALS, SERVER_TYPES, serverFrame, STAGES, VERSION } from '../protocol.js';
import { fixtures, variants } from './support.js';

test('every golden server message is read', () => {
  const golden = fixtures('server');
  assert.deepEqual([...golden.keys()].sort(), [...SERVER_TYPES].sort());
  for (const [kind, text] of golden) {
    const frame = serverFrame(text);
    assert.equal(frame?.body.type, kind);
    assert.deepEqual(frame, JSON.parse(text));
  }
});

test('what is not a server message is ignored', () => {
  for (const text of ['', 'null', '[]', '{}', '{"body":null}', '{"body":{"type":"newer"}}', '{"body":', 7, undefined]) {
    assert.equal(serverFrame(text), null, String(text));
  }
});

test('a client frame is what the golden one says', () => {
  const golden = JSON.parse(fixtures('client').get('apply'));
  assert.deepEqual(JSON.parse(clientFrame(golden.id, golden.body)), golden);
});

test('hello carries a token or resumes, with this version', () => {
  const fresh = hello('queues', { token: 't' });
  assert.deepEqual(fresh, { type: 'hello', version: VERSION, token: 't', page: 'queues' });
  const back = hello('room', { secret: 's', last: { epoch: 3, n: 9 } });
  assert.deepEqual(back, { type: 'hello', version: VERSION, resume: { secret: 's', epoch: 3, n: 9 }, page: 'room' });
  const golden = JSON.parse(fixtures('client').get('hello')).body;
  assert.equal(golden.version, VERSION);
  for (const field of Object.keys(golden)) assert.ok(field in fresh || field in back, field);
});

test('stages, causes, refusals and byes are those of the server', () => {
  assert.deepEqual([...STAGES], variants('view.rs', 'Stage'));
  assert.deepEqual([...CAUSES], variants('view.rs', 'Cause'));
  assert.deepEqual([...REFUSALS], variants('server.rs', 'Refusal'));
  assert.deepEqual([...BYES], variants('server.rs', 'Bye'));
});

test('each bye leads somewhere', () => {
  assert.equal(afterBye('version'), 'reload');
  assert.equal(afterBye('removed'), 'stop');
  assert.equal(afterBye('restart'), 'retry');
  assert.equal(afterBye('resume_unknown'), 'token');
  assert.equal(afterBye('shut_out'), 'token');
  for (const reason of BYES) assert.ok(['token', 'retry', 'reload', 'stop'].includes(afterBye(reason)));
});
