/**
 * Microphone, camera and screen buttons of a call, and what they do to the connection.
 * @module
 */

import { icon, must } from './dom.js';
import { deviceWording } from './texts.js';
import { toast } from './ui.js';

export class Controls {
  /**
   * @param {HTMLElement} root holds the buttons `[data-do=mic|camera|screen]`
   * @param {import('./devices.js').Devices} devices
   * @param {import('./media.js').Media} media
   * @param {import('./live.js').Live} live
   * @param {() => void} changed the own picture changed
   */
  constructor(root, devices, media, live, changed) {
    this.devices = devices;
    this.media = media;
    this.live = live;
    this.changed = changed;
    this.micMuted = false;
    this.cameraOff = false;
    /** Devices are attached to the connection. */
    this.sending = false;
    /** @type {unknown} */
    this.fault = null;
    /** What the server was last brought to agree with. */
    this.agreed = '';
    /** Own words about the microphone that the server has not answered yet. */
    this.saying = 0;
    /** What the call last showed of the own microphone. */
    this.shownMuted = false;
    this.mic = must('[data-do="mic"]', root);
    this.camera = must('[data-do="camera"]', root);
    this.screen = /** @type {HTMLButtonElement} */ (must('[data-do="screen"]', root));
    this.screen.classList.add('sharing');
    this.mic.onclick = () => void this.toggleMic();
    this.camera.onclick = () => void this.toggleCamera();
    this.screen.onclick = () => void this.toggleScreen();
    if (!navigator.mediaDevices?.getDisplayMedia) this.screen.hidden = true;
    this.draw();
  }

  /** Opens both devices; a fault is kept for the page to show, and not asked for again. */
  async open() {
    try {
      if (this.cameraOff) await this.devices.openMicrophone();
      else await this.devices.openBoth();
      this.fault = null;
    } catch (error) {
      this.fault = error;
    }
    if (this.devices.microphone) this.devices.microphone.enabled = !this.micMuted;
    await this.attach();
    void this.media.unblock();
    this.changed();
  }

  /**
   * Sends the devices, or nothing while nobody is to see them.
   * @param {boolean} on
   */
  async setSending(on) {
    if (this.sending === on) return;
    this.sending = on;
    if (!on) this.stopScreen();
    await this.attach();
  }

  async attach() {
    const on = this.sending;
    await this.media.send('microphone', on ? this.devices.microphone : null);
    await this.media.send('camera', on && !this.cameraOff ? this.devices.camera : null);
  }

  async toggleMic() {
    if (!this.devices.microphone) {
      await this.open();
      if (this.fault) toast(deviceWording(this.fault), 'bad');
      return;
    }
    this.micMuted = !this.micMuted;
    this.devices.microphone.enabled = !this.micMuted;
    this.sayMic();
    this.draw();
  }

  /** Tells the server of the own microphone. */
  sayMic() {
    this.saying += 1;
    this.live.request({ type: 'media_mute', source: 'microphone', muted: this.micMuted })
      .catch(() => {})
      .finally(() => { this.saying -= 1; });
  }

  /**
   * The interviewer muted this side: the page follows, and its button switches it on again.
   * @param {boolean} shown the call shows the own microphone as muted
   */
  follow(shown) {
    const before = this.shownMuted;
    this.shownMuted = shown;
    if (!shown || before || this.micMuted || this.saying > 0) return;
    this.micMuted = true;
    if (this.devices.microphone) this.devices.microphone.enabled = false;
    this.draw();
    toast('面试官已将你静音，点麦克风可以恢复');
  }

  async toggleCamera() {
    this.cameraOff = !this.cameraOff && this.devices.camera !== null;
    if (this.cameraOff) {
      await this.attach();
      this.devices.closeCamera();
    } else {
      await this.open();
      if (this.fault) toast(deviceWording(this.fault), 'bad');
    }
    this.live.tell({ type: 'media_mute', source: 'camera', muted: this.cameraOff });
    this.draw();
    this.changed();
  }

  /**
   * The other side's page must show what is switched off here, also what was so before the call
   * began or what a reload switched on again.
   * @param {import('./types.js').CallView} call running here
   * @param {string} person the reader
   */
  agree(call, person) {
    const told = call.participants.find((each) => each.person === person);
    if (!told) return;
    if (this.agreed.startsWith(call.call)) this.follow(told.microphone_muted);
    else this.shownMuted = told.microphone_muted;
    const wanted = `${call.call} ${this.micMuted} ${this.cameraOff}`;
    // What was said without a line was not heard: it is said again when the line is back.
    if (this.agreed === wanted || this.live.status !== 'online') return;
    this.agreed = wanted;
    if (told.microphone_muted !== this.micMuted) this.sayMic();
    if (told.camera_muted !== this.cameraOff) {
      this.live.tell({ type: 'media_mute', source: 'camera', muted: this.cameraOff });
    }
  }

  async toggleScreen() {
    if (this.devices.screen) {
      this.stopScreen();
      return;
    }
    try {
      const track = await this.devices.openScreen();
      track.addEventListener('ended', () => this.stopScreen());
      await this.media.send('screen', track);
      this.live.tell({ type: 'media_mute', source: 'screen', muted: false });
    } catch {
      // The person cancelled the browser's question: nothing to say.
    }
    this.draw();
  }

  stopScreen() {
    if (!this.devices.screen) return;
    this.devices.closeScreen();
    void this.media.send('screen', null);
    this.live.tell({ type: 'media_mute', source: 'screen', muted: true });
    this.draw();
  }

  draw() {
    face(this.mic, this.micMuted, 'mic', 'mic-off', '静音', '已静音');
    face(this.camera, this.cameraOff, 'camera', 'camera-off', '关摄像头', '开摄像头');
    face(this.screen, this.devices.screen !== null, 'screen', 'screen', '共享', '停止共享');
  }
}

/**
 * @param {HTMLElement} button
 * @param {boolean} pressed
 * @param {string} off icon
 * @param {string} on icon when pressed
 * @param {string} offWords
 * @param {string} onWords
 */
function face(button, pressed, off, on, offWords, onWords) {
  button.setAttribute('aria-pressed', String(pressed));
  const words = document.createElement('span');
  words.textContent = pressed ? onWords : offWords;
  button.replaceChildren(icon(pressed ? on : off), words);
}
