/**
 * The page's WebSocket to the live fair: hello, resume with jittered back-off, one answer for
 * each request, and everything else handed on as it comes.
 * @module
 */

import { ANSWER_WITHIN_MS, afterBye, clientFrame, hello, serverFrame } from './protocol.js';

/** @typedef {import('./types.js').ServerBody} ServerBody */
/** @typedef {import('./types.js').ClientBody} ClientBody */
/** @typedef {import('./types.js').Sequence} Sequence */
/** @typedef {'connecting'|'online'|'retrying'|'stopped'} LinkStatus */

/** Reconnecting waits up to this long, ms, so that a restarted server is not stormed. */
const JITTER_MS = 3_000;
/** A socket that has not welcomed us after this long is given up … */
const WELCOME_WITHIN_MS = 8_000;
/** … and after this long, if it said that nothing can be stored at the moment. */
const WELCOME_STALLED_MS = 60_000;

/** A request that was refused or could not be sent; `code` as in `texts.js`. */
export class LiveError extends Error {
  /** @param {string} code */
  constructor(code) {
    super(`refused: ${code}`);
    this.code = code;
  }
}

/**
 * @typedef {Object} LiveOptions
 * @property {import('./types.js').PageKind} page
 * @property {import('./clock.js').Clock} clock
 * @property {() => Promise<{token: string, url: string}>} joinToken
 * @property {(body: ServerBody) => void} onBody every message that is not an answer
 * @property {(status: LinkStatus, reason: string) => void} onStatus `reason`: a bye's code or ''
 * @property {(welcome: import('./types.js').Welcome) => void} [onWelcome]
 * @property {(stalled: boolean) => void} [onStalled] the server cannot store anything, or can again
 * @property {typeof WebSocket} [Socket]
 * @property {() => number} [random] 0 to 1
 */

export class Live {
  /** @param {LiveOptions} options */
  constructor(options) {
    this.options = options;
    this.Socket = options.Socket ?? WebSocket;
    this.random = options.random ?? Math.random;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {LinkStatus} */
    this.status = 'connecting';
    this.nextId = 1;
    /** @type {Map<number, {resolve: (b: ServerBody) => void, reject: (e: Error) => void, timer: number}>} */
    this.pending = new Map();
    this.url = '';
    this.secret = '';
    /** @type {Sequence | null} */
    this.last = null;
    this.attempt = 0;
    /** The last bye said that the person was signed out or shut out. */
    this.shutOut = false;
    /** @type {number | undefined} */
    this.timer = undefined;
    /** Person id of the welcome. */
    this.person = '';
  }

  /** Opens the socket, and keeps it open until the server says to stay away. */
  start() {
    document.addEventListener('visibilitychange', () => this.tellVisible());
    addEventListener('online', () => this.hurry());
    addEventListener('pageshow', (event) => event.persisted && this.hurry());
    void this.connect();
  }

  /**
   * Asks the server; resolves with its answer, throws {@link LiveError} when refused.
   * @param {ClientBody} body
   * @returns {Promise<ServerBody>}
   */
  request(body) {
    const socket = this.socket;
    if (this.status !== 'online' || !socket) return Promise.reject(new LiveError('offline'));
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.pending.delete(id);
        reject(new LiveError('timeout'));
      }, ANSWER_WITHIN_MS);
      this.pending.set(id, { resolve, reject, timer: Number(timer) });
      socket.send(clientFrame(id, body));
    });
  }

  /**
   * Tells the server something whose answer does not matter.
   * @param {ClientBody} body
   */
  tell(body) {
    this.request(body).catch(() => {});
  }

  tellVisible() {
    this.tell({ type: 'visible', visible: document.visibilityState === 'visible' });
  }

  /** Tries again at once instead of waiting out the back-off. */
  hurry() {
    if (this.status !== 'retrying') return;
    clearTimeout(this.timer);
    void this.connect();
  }

  async connect() {
    try {
      const proof = this.secret && this.last ? { secret: this.secret, last: this.last } : null;
      if (proof && this.url) return this.open(this.url, proof);
      const { token, url } = await this.options.joinToken();
      this.url = url;
      this.open(url, { token });
    } catch (error) {
      // Whoever was shut out is refused a new token as well: trying on would tell him nothing.
      const { status } = /** @type {{ status?: number }} */ (error);
      if (this.shutOut && status === 403) this.setStatus('stopped', 'shut_out');
      else this.retry(this.shutOut ? 'shut_out' : '');
    }
  }

  /**
   * @param {string} url
   * @param {{token: string} | {secret: string, last: Sequence}} proof
   */
  open(url, proof) {
    const address = new URL(url, location.href);
    address.protocol = address.protocol.replace('http', 'ws');
    const socket = new this.Socket(address.href);
    this.socket = socket;
    let late = setTimeout(() => socket.close(), WELCOME_WITHIN_MS);
    let ended = false;
    socket.onopen = () => socket.send(clientFrame(0, hello(this.options.page, proof)));
    socket.onmessage = (event) => {
      const frame = serverFrame(event.data);
      if (!frame || socket !== this.socket) return;
      if (frame.body.type === 'welcome') clearTimeout(late);
      if (frame.body.type === 'stalled' && this.status !== 'online') {
        clearTimeout(late);
        late = setTimeout(() => socket.close(), WELCOME_STALLED_MS);
      }
      if (frame.body.type === 'bye') {
        ended = true;
        this.bye(frame.body.reason);
        return;
      }
      this.hear(frame);
    };
    socket.onclose = () => {
      clearTimeout(late);
      if (ended || socket !== this.socket) return;
      this.retry('');
    };
  }

  /** @param {import('./types.js').ServerFrame} frame */
  hear(frame) {
    if (frame.seq) this.last = frame.seq;
    const { body } = frame;
    if (body.type === 'welcome') {
      this.secret = body.secret;
      this.person = body.person;
      this.attempt = 0;
      this.shutOut = false;
      this.options.clock.set(body.now_ms);
      this.setStatus('online', '');
      this.options.onWelcome?.(body);
      this.tellVisible();
      return;
    }
    if (body.type === 'stalled') {
      this.options.onStalled?.(body.stalled);
      return;
    }
    if (body.type === 'clock') {
      this.options.clock.set(body.now_ms);
      return;
    }
    const waiting = frame.re === undefined ? undefined : this.pending.get(frame.re);
    if (!waiting) {
      if (body.type !== 'refused' && body.type !== 'done') this.options.onBody(body);
      return;
    }
    this.pending.delete(/** @type {number} */ (frame.re));
    clearTimeout(waiting.timer);
    if (body.type === 'refused') waiting.reject(new LiveError(body.code));
    else {
      if (body.type === 'student' || body.type === 'booth' || body.type === 'wall') this.options.onBody(body);
      waiting.resolve(body);
    }
  }

  /** @param {string} reason */
  bye(reason) {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.shutOut = reason === 'shut_out';
    switch (afterBye(reason)) {
      case 'stop':
        this.dropPending();
        this.setStatus('stopped', reason);
        return;
      case 'reload':
        location.reload();
        return;
      case 'token':
        this.secret = '';
        this.last = null;
        this.retry(reason);
        return;
      default:
        this.retry(reason);
    }
  }

  /** @param {string} reason */
  retry(reason) {
    this.socket = null;
    this.dropPending();
    this.setStatus('retrying', reason);
    this.attempt += 1;
    const ceiling = this.attempt === 1 && reason !== 'restart' ? 500 : JITTER_MS;
    clearTimeout(this.timer);
    this.timer = Number(setTimeout(() => void this.connect(), 100 + this.random() * ceiling));
  }

  dropPending() {
    for (const waiting of this.pending.values()) {
      clearTimeout(waiting.timer);
      waiting.reject(new LiveError('offline'));
    }
    this.pending.clear();
  }

  /**
   * @param {LinkStatus} status
   * @param {string} reason
   */
  setStatus(status, reason) {
    this.status = status;
    this.options.onStatus(status, reason);
  }
}
