/**
 * The person's own devices: camera, microphone, screen, a level meter, a recording, the ring.
 * @module
 */

/** What is asked of a camera: the top simulcast layer needs 720 lines. */
const CAMERA = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };
const MICROPHONE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export class Devices {
  constructor() {
    /** @type {MediaStreamTrack | null} */
    this.camera = null;
    /** @type {MediaStreamTrack | null} */
    this.microphone = null;
    /** @type {MediaStreamTrack | null} */
    this.screen = null;
    /** @type {Promise<void> | null} */
    this.opening = null;
  }

  /** Camera and microphone, asked for once together; throws `getUserMedia`'s error. */
  openBoth() {
    if (live(this.camera) && live(this.microphone)) return Promise.resolve();
    this.opening ??= this.ask({ video: CAMERA, audio: MICROPHONE }).finally(() => { this.opening = null; });
    return this.opening;
  }

  openCamera() {
    return live(this.camera) ? Promise.resolve() : this.ask({ video: CAMERA });
  }

  openMicrophone() {
    return live(this.microphone) ? Promise.resolve() : this.ask({ audio: MICROPHONE });
  }

  /** @param {MediaStreamConstraints} wanted */
  async ask(wanted) {
    const stream = await navigator.mediaDevices.getUserMedia(wanted);
    const [camera] = stream.getVideoTracks();
    const [microphone] = stream.getAudioTracks();
    if (camera) {
      this.camera?.stop();
      this.camera = camera;
    }
    if (microphone) {
      this.microphone?.stop();
      this.microphone = microphone;
    }
  }

  /** Asks which screen or window to share; throws when the person cancels. */
  async openScreen() {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } } });
    [this.screen] = stream.getVideoTracks();
    return this.screen;
  }

  closeScreen() {
    this.screen?.stop();
    this.screen = null;
  }

  closeCamera() {
    this.camera?.stop();
    this.camera = null;
  }

  /** Camera light and microphone off. */
  close() {
    this.closeCamera();
    this.microphone?.stop();
    this.microphone = null;
  }
}

/** @param {MediaStreamTrack | null} track */
function live(track) {
  return track?.readyState === 'live';
}

/**
 * Reads a microphone's level, 0 to 1, on each picture of the screen.
 * @param {MediaStreamTrack} track
 * @param {(level: number) => void} onLevel
 * @returns {() => void} stops it
 */
export function meter(track, onLevel) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let handle = 0;
  const read = () => {
    analyser.getFloatTimeDomainData(samples);
    let sum = 0;
    for (const sample of samples) sum += sample * sample;
    onLevel(Math.min(1, Math.sqrt(sum / samples.length) * 4));
    handle = requestAnimationFrame(read);
  };
  void context.resume();
  read();
  return () => {
    cancelAnimationFrame(handle);
    void context.close();
  };
}

/**
 * Records a microphone for a while.
 * @param {MediaStreamTrack} track
 * @param {number} length_ms
 * @returns {Promise<Blob>}
 */
export function record(track, length_ms) {
  const recorder = new MediaRecorder(new MediaStream([track]));
  /** @type {Blob[]} */
  const parts = [];
  return new Promise((resolve, reject) => {
    recorder.ondataavailable = (event) => { if (event.data.size > 0) parts.push(event.data); };
    recorder.onstop = () => resolve(new Blob(parts, { type: recorder.mimeType }));
    recorder.onerror = () => reject(new Error('recording failed'));
    recorder.start();
    setTimeout(() => recorder.state === 'recording' && recorder.stop(), length_ms);
  });
}

/** The ring of "your turn": two tones and a vibration, every two seconds, until stopped. */
export class Ring {
  constructor() {
    /** @type {AudioContext | null} */
    this.context = null;
    /** @type {number | undefined} */
    this.timer = undefined;
    // A browser plays sound only after a gesture: the first one on the page unlocks the ring.
    addEventListener('pointerdown', () => this.unlock(), { once: true });
    addEventListener('keydown', () => this.unlock(), { once: true });
  }

  unlock() {
    this.context ??= new AudioContext();
    void this.context.resume();
  }

  start() {
    if (this.timer !== undefined) return;
    this.unlock();
    const once = () => {
      this.tone(880, 0, 0.18);
      this.tone(1174.7, 0.22, 0.3);
      navigator.vibrate?.([220, 90, 320]);
    };
    once();
    this.timer = Number(setInterval(once, 2_000));
  }

  stop() {
    if (this.timer === undefined) return;
    clearInterval(this.timer);
    this.timer = undefined;
    navigator.vibrate?.(0);
  }

  /**
   * @param {number} hertz
   * @param {number} after_s
   * @param {number} length_s
   */
  tone(hertz, after_s, length_s) {
    const context = this.context;
    if (!context || context.state !== 'running') return;
    const start = context.currentTime + after_s;
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    oscillator.frequency.value = hertz;
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(0.25, start + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.001, start + length_s);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(start);
    oscillator.stop(start + length_s);
  }
}
