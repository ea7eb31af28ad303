/**
 * The company wall as its news tell it: a snapshot of all booths, then numbered changes. News that come
 * while a number is missing are kept until a snapshot closes the gap. Pure: the old state is never
 * changed.
 * @module
 */

/** @typedef {import('./types.js').WallLine} WallLine */
/** @typedef {import('./types.js').WallNote} WallNote */
/** @typedef {import('./types.js').WallNews} WallNews */
/** @typedef {import('./types.js').WallSnapshot} WallSnapshot */
/** @typedef {import('./types.js').WallBooth} WallBooth */
/** @typedef {import('./types.js').QueueState} QueueState */

/**
 * @typedef {Object} Wall
 * @property {number | null} n number of the last news that are shown; `null` before a snapshot
 * @property {readonly WallBooth[]} booths by index
 * @property {readonly WallNews[]} held news that wait for a snapshot
 * @property {boolean} behind a snapshot is needed
 */

/** News that are kept while a snapshot is on its way; it will have the older ones. */
const HELD = 64;

/** What stands in a line for the state of a queue. */
const QUEUES = /** @type {const} */ (['open', 'paused', 'closing', 'closed']);

/** @returns {Wall} */
export const wallOf = () => ({ n: null, booths: [], held: [], behind: true });

/**
 * @param {Wall} wall
 * @param {WallNews} news
 * @returns {Wall}
 */
export function hearNews(wall, news) {
  const mark = news.lines.length === 0;
  if (wall.n === null) return mark ? wall : hold(wall, news);
  if (mark) return news.n === wall.n ? wall : { ...wall, behind: true };
  if (news.n <= wall.n) return wall;
  if (news.n > wall.n + 1 || !known(wall.booths, news.lines)) return hold(wall, news);
  return { ...wall, n: news.n, booths: mergeLines(wall.booths, news.lines, news.notes ?? []) };
}

/**
 * A snapshot stands for itself, then what was heard after it.
 * @param {Wall} wall
 * @param {WallSnapshot} snapshot
 * @returns {Wall}
 */
export function takeSnapshot(wall, snapshot) {
  const blank = snapshot.booths.map((booth) => ({ ...BLANK, booth }));
  const booths = mergeLines(blank, snapshot.lines, snapshot.notes ?? []);
  /** @type {Wall} */
  const start = { n: snapshot.n, booths, held: [], behind: false };
  return [...wall.held].sort((a, b) => a.n - b.n).reduce(hearNews, start);
}

/**
 * @param {Wall} wall
 * @param {WallNews} news
 * @returns {Wall}
 */
function hold(wall, news) {
  return { ...wall, held: [...wall.held, news].slice(-HELD), behind: true };
}

/** @type {WallBooth} */
const BLANK = {
  booth: '', queue: { is: 'closed' }, waiting: 0, wait: { is: 'no_interviewer' }, seats: 0, seats_online: 0,
  seats_in_call: 0, done: 0, average_ms: 0,
};

/**
 * Is there a booth for each line?
 * @param {readonly unknown[]} booths
 * @param {readonly (readonly number[])[]} lines
 */
export function known(booths, lines) {
  return lines.every(([index]) => index < booths.length);
}

/**
 * Booths with what lines say of them; lines of the console say more.
 * @template {WallBooth} B
 * @param {readonly B[]} booths
 * @param {readonly (readonly number[])[]} lines
 * @param {readonly WallNote[]} notes
 * @returns {B[]}
 */
export function mergeLines(booths, lines, notes) {
  const merged = [...booths];
  const words = new Map(notes.map((note) => [note.index, note]));
  for (const line of lines) {
    const booth = merged[line[0]];
    if (booth) merged[line[0]] = { ...booth, ...read(line, booth.queue, words.get(line[0])) };
  }
  return merged;
}

/**
 * @param {readonly number[]} line as `WallLine` and `ConsoleLine` of the protocol
 * @param {QueueState} before
 * @param {WallNote | undefined} note
 * @returns {Partial<import('./types.js').BoothBrief>}
 */
function read(line, before, note) {
  const [, queue, waiting, low, high, seats, seats_online, seats_in_call, done, average_s, ...more] = line;
  const wall = {
    queue: queueOf(QUEUES[queue], before, note),
    waiting, wait: waitOf(low, high), seats, seats_online, seats_in_call, done, average_ms: average_s * 1000,
  };
  if (more.length === 0) return wall;
  const [applied, stuck, offline_ms, wait_p90_s] = more;
  return { ...wall, applied, stuck, offline_since_ms: offline_ms || undefined, wait_p90_ms: wait_p90_s * 1000 };
}

/**
 * The words of a pause come once, with its beginning.
 * @param {typeof QUEUES[number]} is
 * @param {QueueState} before
 * @param {WallNote | undefined} note
 * @returns {QueueState}
 */
function queueOf(is, before, note) {
  if (is !== 'paused') return { is };
  if (note) return { is, message: note.message, ...(note.until_ms ? { until_ms: note.until_ms } : {}) };
  return before.is === 'paused' ? before : { is, message: '' };
}

/**
 * @param {number} low below 0: not a range
 * @param {number} high
 * @returns {import('./types.js').Wait}
 */
function waitOf(low, high) {
  switch (low) {
    case -1: return { is: 'no_interviewer' };
    case -2: return { is: 'under_two_minutes' };
    case -3: return { is: 'your_turn' };
    default: return { is: 'range', low_min: low, high_min: high };
  }
}
