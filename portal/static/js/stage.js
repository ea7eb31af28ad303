/**
 * The picture of a call: whose camera is large, who else is there, a shared screen, and the
 * own picture in a corner. Both sides use it.
 * @module
 */

import { h, list, must, setText } from './dom.js';
import { showTrack } from './media.js';

/** @typedef {import('./types.js').MediaSlot} MediaSlot */
/** @typedef {import('./types.js').Participant} Participant */

/** A shared screen without a frame for this long is over, ms (a still one repeats its frame). */
const SCREEN_GONE_MS = 5_000;

export class Stage {
  /**
   * @param {HTMLElement} root
   * @param {import('./media.js').Media} media
   * @param {HTMLVideoElement} self
   */
  constructor(root, media, self) {
    this.root = root;
    this.media = media;
    this.self = self;
    this.remote = /** @type {HTMLVideoElement} */ (must('.remote', root));
    this.screen = /** @type {HTMLVideoElement} */ (must('.remote-screen', root));
    this.words = must('[data-stage-words]', root);
    this.others = must('[data-others]', root);
    this.trouble = must('[data-trouble]', root);
    /** The large picture has shown a frame since it was put there. */
    this.flowing = false;
    /** The large picture's person switched the camera off. */
    this.off = false;
    /** When the shared screen last showed a frame, local ms. */
    this.screenAt = -Infinity;
    const flows = () => {
      this.flowing = this.remote.srcObject !== null;
      this.showWords();
    };
    this.remote.addEventListener('loadeddata', flows);
    this.remote.addEventListener('playing', flows);
    this.watchScreen();
  }

  /** A screen slot is there all the time: it is shown while frames come. */
  watchScreen() {
    const frame = () => {
      this.screenAt = performance.now();
      this.screen.hidden = false;
      next();
    };
    const next = () => {
      if ('requestVideoFrameCallback' in this.screen) this.screen.requestVideoFrameCallback(frame);
    };
    if (!('requestVideoFrameCallback' in HTMLVideoElement.prototype)) {
      this.screen.addEventListener('timeupdate', frame);
    }
    next();
    setInterval(() => {
      if (performance.now() - this.screenAt > SCREEN_GONE_MS) this.screen.hidden = true;
    }, 1_000);
  }

  showWords() {
    this.words.hidden = this.flowing && !this.off && this.root.dataset.phase === 'call';
  }

  /**
   * Shows the slots of the running call.
   * @param {MediaSlot[]} slots
   * @param {Participant[]} participants
   * @param {string} own the reader's person id
   */
  show(slots, participants, own) {
    this.root.dataset.phase = 'call';
    const cameras = slots.filter((slot) => slot.source === 'camera' && slot.person !== own);
    const known = participants.map((each) => each.person);
    cameras.sort((a, b) => known.indexOf(a.person) - known.indexOf(b.person));
    const [main, ...rest] = cameras;
    this.put(main?.mid);
    this.off = participants.find((each) => each.person === main?.person)?.camera_muted ?? false;
    const screen = slots.find((slot) => slot.source === 'screen' && slot.person !== own);
    this.media.show(this.screen, screen?.mid);
    if (!screen) this.screen.hidden = true;
    this.showWords();
    list(this.others, rest, (slot) => slot.mid, (slot) => `${slot.person} ${this.media.offers}`, (slot) => {
      const video = /** @type {HTMLVideoElement} */ (h('video', { playsinline: true, autoplay: true }));
      this.media.show(video, slot.mid);
      const name = participants.find((each) => each.person === slot.person)?.name ?? '';
      return h('div.other-tile', {}, video, h('span', {}, name));
    });
  }

  /** No call: nothing of the last one stays on the screen. */
  clear() {
    this.put(undefined);
    showTrack(this.screen, null);
    this.screen.hidden = true;
    this.words.hidden = false;
    this.others.replaceChildren();
    this.trouble.hidden = true;
  }

  /** @param {string | undefined} mid */
  put(mid) {
    const before = this.remote.srcObject;
    this.media.show(this.remote, mid);
    if (this.remote.srcObject !== before) this.flowing = false;
  }

  /**
   * @param {MediaStreamTrack | null} camera
   */
  showSelf(camera) {
    showTrack(this.self, camera);
    const off = this.self.parentElement?.querySelector('.self-off');
    if (off instanceof HTMLElement) off.hidden = camera !== null;
  }

  /** @param {{level: 'warn'|'bad', text: string} | null} trouble */
  showTrouble(trouble) {
    this.trouble.hidden = trouble === null;
    if (!trouble) return;
    this.trouble.className = `trouble ${trouble.level}`;
    setText(this.trouble, trouble.text);
  }
}
