import assert from 'node:assert/strict';
import test from 'node:test';

import { EVERY_MS, keepAlive } from '../alive.js';

test('a page says that it is open while its socket is up, and takes no failure to heart', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const live = { status: 'online' };
  let said = 0;
  keepAlive(live, () => {
    said += 1;
    return Promise.reject(new Error('offline'));
  });
  t.mock.timers.tick(EVERY_MS - 1);
  assert.equal(said, 0);
  t.mock.timers.tick(1 + 2 * EVERY_MS);
  assert.equal(said, 3);
  live.status = 'retrying';
  t.mock.timers.tick(2 * EVERY_MS);
  assert.equal(said, 3);
  live.status = 'online';
  t.mock.timers.tick(EVERY_MS);
  assert.equal(said, 4);
});
