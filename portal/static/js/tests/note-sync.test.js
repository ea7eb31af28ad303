import assert from 'node:assert/strict';
import test from 'node:test';

import { NoteSync, staleBy } from '../note-sync.js';

/** A portal that keeps one note, as `/api/calls/{call}/note` does. */
class Portal {
  note = { text: '', version: 0 };
  offline = false;

  put = async ({ text, version }) => {
    if (this.offline) throw Object.assign(new Error('offline'), { code: 'offline' });
    if (version !== this.note.version && text !== this.note.text) {
      throw Object.assign(new Error('409'), { code: 'note_stale', answer: { stored: { ...this.note } } });
    }
    this.note = { text, version: this.note.version + 1 };
    return { version: this.note.version };
  };
}

test('two pages of one interviewer never overwrite each other unseen', async () => {
  const portal = new Portal();
  const [one, two] = [new NoteSync(portal.put), new NoteSync(portal.put)];
  await one.save('第一页');
  await two.save('第二页');
  assert.equal(portal.note.text, '第一页');
  assert.deepEqual(two.conflict, { text: '第一页', version: 1 });
  await two.save('第二页，再写');
  assert.equal(portal.note.text, '第一页', 'nothing is saved before the choice');
});

test('each choice keeps what it says', async () => {
  for (const [choice, kept] of [['local', '本'], ['stored', '存'], ['both', '本\n存']]) {
    const portal = new Portal();
    const page = new NoteSync(portal.put);
    await new NoteSync(portal.put).save('存');
    await page.save('本');
    const text = page.choose(choice, '本');
    assert.equal(text, kept);
    await page.save(text);
    assert.equal(portal.note.text, kept, choice);
    assert.equal(page.conflict, null);
    await page.save(`${kept}。`);
    assert.equal(portal.note.text, `${kept}。`, 'and goes on');
  }
});

test('a page that was told of a conflict is told again when the other saves once more', async () => {
  const portal = new Portal();
  const [one, two] = [new NoteSync(portal.put), new NoteSync(portal.put)];
  await one.save('甲');
  await two.save('乙');
  await one.save('甲甲');
  await two.save(two.choose('local', '乙'));
  assert.deepEqual(two.conflict, { text: '甲甲', version: 2 });
});

test('saves of one page go one after the other', async () => {
  const portal = new Portal();
  const page = new NoteSync(portal.put);
  await Promise.all([page.save('一'), page.save('一二'), page.save('一二三')]);
  assert.equal(page.conflict, null);
  assert.equal(portal.note.text, '一二三');
});

test('what could not be sent is sent later', async () => {
  const portal = new Portal();
  const page = new NoteSync(portal.put);
  portal.offline = true;
  await assert.rejects(page.save('一'));
  portal.offline = false;
  await page.save('一');
  assert.equal(portal.note.text, '一');
});

test('what is read from the portal does not replace what was typed before it came', () => {
  const typed = new NoteSync(async () => ({ version: 1 }));
  assert.equal(typed.adopt({ text: '旧', version: 4 }, '新'), '新');
  assert.deepEqual(typed.conflict, { text: '旧', version: 4 });
  const empty = new NoteSync(async () => ({ version: 1 }));
  assert.equal(empty.adopt({ text: '旧', version: 4 }, ''), '旧');
  assert.equal(empty.version, 4);
});

test('an evaluation does not pass while its note is in conflict', async () => {
  const portal = new Portal();
  const page = new NoteSync(portal.put);
  await new NoteSync(portal.put).save('存');
  await assert.rejects(page.saveWith('本', portal.put), { code: 'note_stale' });
  await assert.rejects(page.saveWith('本', portal.put), { code: 'note_stale' });
  assert.equal(page.choose('both', '本'), '本\n存');
  await page.saveWith('本\n存', portal.put);
  assert.equal(portal.note.text, '本\n存');
});

test('a page that goes sends what is not saved over what is under way', async () => {
  const sent = [];
  const page = new NoteSync(async (note) => { sent.push(note); return { version: note.version + 1 }; });
  const saving = page.save('一');
  await Promise.resolve();
  page.leave('一二');
  await saving;
  page.leave('一');
  assert.deepEqual(sent, [{ text: '一', version: 0 }, { text: '一二', version: 1 }]);
});

test('only a stale note is a conflict', () => {
  assert.equal(staleBy(new Error('x')), null);
  assert.equal(staleBy(null), null);
});
