import assert from 'node:assert/strict';
import test from 'node:test';

import { LiveError } from '../live.js';
import { Media } from '../media.js';

/** A connection that does as it is told and writes down what it was asked for. */
class Connection {
  constructor() {
    this.connectionState = 'new';
    this.signalingState = 'stable';
    this.asked = [];
    this.closed = false;
    this.localDescription = null;
    Connection.all.push(this);
  }

  addTransceiver(kind) {
    return { sender: { track: null, replaceTrack: async () => {} }, receiver: { track: { kind } }, mid: null };
  }

  async createOffer(options = {}) {
    return { type: 'offer', sdp: options.iceRestart ? 'restart' : 'offer' };
  }

  async setLocalDescription(description) {
    this.asked.push(description.type === 'rollback' ? 'rollback' : description.sdp);
    this.signalingState = description.type === 'offer' ? 'have-local-offer' : 'stable';
    this.localDescription = description;
  }

  async setRemoteDescription() {
    this.signalingState = 'stable';
  }

  close() {
    this.closed = true;
  }

  /** The browser finds out how the connection is. */
  turn(state) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}
Connection.all = [];

/** A line to the server, which answers while it is there. */
function line() {
  const live = {
    status: 'online',
    asked: [],
    breaks: false,
    async request(body) {
      live.asked.push(body.type);
      if (live.breaks) {
        live.status = 'retrying';
        throw new LiveError('offline');
      }
      return { type: 'media_answer', sdp: 'answer' };
    },
    tell() {},
  };
  return live;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

async function connected() {
  globalThis.RTCPeerConnection = Connection;
  Connection.all = [];
  const live = line();
  const media = new Media({ live, silent: true });
  media.open();
  await settled();
  const [pc] = Connection.all;
  pc.turn('connected');
  assert.deepEqual([media.offers, media.state], [1, 'connected']);
  return { live, media, pc };
}

test('a connection that breaks gets new credentials, not a new offer', async () => {
  const { live, media, pc } = await connected();
  pc.turn('disconnected');
  await settled();
  assert.deepEqual(live.asked, ['media_offer', 'media_restart']);
  assert.equal(media.state, 'unstable');
  pc.turn('connected');
  assert.deepEqual([media.offers, media.restarts, media.state], [1, 1, 'connected']);
  assert.equal(Connection.all.length, 1);
  media.close();
});

test('without a line to the server a broken connection is kept and mended when the line is back', async () => {
  const { live, media, pc } = await connected();
  live.status = 'retrying';
  pc.turn('disconnected');
  await settled();
  assert.deepEqual(live.asked, ['media_offer']);
  assert.equal(pc.closed, false);
  live.status = 'online';
  media.resume();
  await settled();
  assert.deepEqual(live.asked, ['media_offer', 'media_restart']);
  assert.equal(media.restarts, 1);
  media.close();
});

test('a line that breaks under the question takes the question back', async () => {
  const { live, media, pc } = await connected();
  live.breaks = true;
  pc.turn('disconnected');
  await settled();
  assert.deepEqual(pc.asked, ['offer', 'restart', 'rollback']);
  assert.deepEqual([pc.closed, pc.signalingState, media.restarts], [false, 'stable', 0]);
  Object.assign(live, { breaks: false, status: 'online' });
  media.resume();
  await settled();
  assert.deepEqual([media.restarts, media.offers], [1, 1]);
  media.close();
});

test('a line that breaks while the connection is well leaves it alone', async () => {
  const { live, media, pc } = await connected();
  live.status = 'retrying';
  live.status = 'online';
  media.resume();
  await settled();
  assert.deepEqual([pc.closed, live.asked], [false, ['media_offer']]);
  media.close();
});

test('a connection that failed is replaced as soon as there is a line', async () => {
  const { live, media, pc } = await connected();
  live.status = 'retrying';
  pc.turn('failed');
  assert.deepEqual([pc.closed, media.state], [true, 'failed']);
  await media.connect();
  assert.deepEqual([live.asked, Connection.all.length], [['media_offer'], 1]);
  live.status = 'online';
  media.resume();
  await settled();
  assert.deepEqual([media.offers, Connection.all.length], [2, 2]);
  media.close();
});
