/**
 * A note that saves itself over the version that it grew from. What another page saved meanwhile
 * is never overwritten unseen: saving stops until someone chooses. Pure: the page does the sending.
 * @module
 */

/** @typedef {{text: string, version: number}} Stored */
/** @typedef {'local'|'stored'|'both'} Choice */

/**
 * The stored note that a refusal tells of; `null`: it failed for another reason.
 * @param {unknown} error
 * @returns {Stored | null}
 */
export function staleBy(error) {
  const known = /** @type {{code?: string, answer?: {stored?: Stored}} | null} */ (error);
  return known?.code === 'note_stale' ? known.answer?.stored ?? null : null;
}

export class NoteSync {
  /** @param {(note: Stored) => Promise<{version: number}>} put saves over that version */
  constructor(put) {
    this.put = put;
    /** The version that the text here grew from; 0: none is stored. */
    this.version = 0;
    /** The text of that version. */
    this.saved = '';
    /**
     * What another page saved, while it is to be chosen.
     * @type {Stored | null}
     */
    this.conflict = null;
    /** @type {Promise<unknown>} */
    this.last = Promise.resolve();
    this.sending = 0;
  }

  /**
   * Takes over what was read from the portal; gives the text to show. What was typed before the
   * answer came grew from nothing, and is not thrown away.
   * @param {Stored} stored
   * @param {string} local
   */
  adopt(stored, local) {
    if (this.conflict || stored.version <= this.version) return local;
    if (local && local !== stored.text) {
      this.conflict = stored;
      return local;
    }
    this.version = stored.version;
    this.saved = stored.text;
    return stored.text;
  }

  /**
   * Saves a text after those that are under way. Rejects when it cannot be sent; a conflict is no
   * failure, it is kept in `conflict`.
   * @param {string} text
   * @returns {Promise<void>}
   */
  save(text) {
    return this.inLine(async () => {
      if (this.conflict || text === this.saved) return;
      await this.send(text, this.put);
    });
  }

  /**
   * Sends a text with something else, such as an evaluation, and rejects on a conflict, too.
   * @param {string} text
   * @param {(note: Stored) => Promise<{version: number}>} put
   * @returns {Promise<void>}
   */
  saveWith(text, put) {
    return this.inLine(async () => {
      if (!this.conflict) await this.send(text, put);
      if (this.conflict) throw Object.assign(new Error('note is stale'), { code: 'note_stale' });
    });
  }

  /**
   * The page goes: whatever is not saved is sent at once, over the version that a save under way
   * will have made.
   * @param {string} text
   */
  leave(text) {
    if (this.conflict || (text === this.saved && this.sending === 0)) return;
    this.put({ text, version: this.version + this.sending }).catch(() => {});
  }

  /**
   * Ends a conflict; gives the text to show, which then is to be saved.
   * @param {Choice} choice
   * @param {string} local
   */
  choose(choice, local) {
    const stored = this.conflict;
    if (!stored) return local;
    this.conflict = null;
    this.version = stored.version;
    this.saved = stored.text;
    return { local, stored: stored.text, both: `${local}\n${stored.text}` }[choice];
  }

  /**
   * @param {string} text
   * @param {(note: Stored) => Promise<{version: number}>} put
   */
  async send(text, put) {
    this.sending += 1;
    try {
      const { version } = await put({ text, version: this.version });
      this.version = version;
      this.saved = text;
    } catch (error) {
      this.conflict = staleBy(error);
      if (!this.conflict) throw error;
    } finally {
      this.sending -= 1;
    }
  }

  /**
   * One after the other, whether or not the one before worked.
   * @param {() => Promise<void>} work
   */
  inLine(work) {
    const next = this.last.then(work, work);
    this.last = next.catch(() => {});
    return next;
  }
}
