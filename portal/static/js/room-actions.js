/**
 * What the room's buttons ask the server for, with the questions before it.
 * @module
 */

import { must } from './dom.js';
import { ask, attempt, toast } from './ui.js';

/** @typedef {import('./types.js').QueueRow} QueueRow */
/** @typedef {import('./types.js').ClientBody} ClientBody */

/**
 * @typedef {Object} RoomParts
 * @property {import('./live.js').Live} live
 * @property {() => (import('./types.js').BoothView | null)} view
 * @property {(entry: string) => void} select
 * @property {import('./room-record.js').RecordPanel} record
 * @property {HTMLButtonElement} nextButton
 */

/**
 * Wires the bar and gives the lists their actions.
 * @param {RoomParts} parts
 * @returns {{rows: import('./room-lists.js').ListActions}}
 */
export function roomActions(parts) {
  const { live, record, select } = parts;
  const send = (/** @type {HTMLElement | null} */ button, /** @type {ClientBody} */ body) =>
    attempt(button, () => live.request(body));
  wireBar(parts, send);
  return {
    rows: {
      select: (row) => select(row.entry),
      accept: async (row, button) => {
        if (await send(button, { type: 'accept', entry: row.entry })) toast(`已接受 ${row.name}，开始排队`);
      },
      refuse: async (row, button) => {
        const yes = await ask({
          title: `拒绝 ${row.name} 的申请？`,
          text: '本场招聘会中该同学不能再次申请；10 分钟内可以撤销。',
          yes: '拒绝',
          danger: true,
        });
        if (yes) await send(button, { type: 'refuse', entry: row.entry });
      },
      pick: async (row, button) => {
        const reason = await ask({
          title: `跳过前面的同学，叫 ${row.name}？`,
          text: '原因会记录在案。',
          yes: '叫这位',
          field: { label: '原因', required: true, max: 500 },
        });
        if (reason) await send(button, { type: 'call_pick', entry: row.entry, reason: reason.text });
      },
      remove: async (row, button) => {
        const reason = await ask({
          title: `把 ${row.name} 移出队列？`,
          text: '该同学会收到通知和原因。',
          yes: '移出',
          danger: true,
          field: { label: '原因', required: true, max: 500 },
        });
        if (reason) await send(button, { type: 'remove', entry: row.entry, reason: reason.text });
      },
      undo: (row, button) =>
        void send(button, { type: row.stage === 'missed' ? 'undo_missed' : 'undo_refuse', entry: row.entry }),
      join: (row, button) => {
        const call = callOf(parts, row);
        if (call) void send(button, { type: 'join_call', call });
      },
    },
  };

  /**
   * @param {RoomParts} room
   * @param {QueueRow} row
   */
  function callOf(room, row) {
    const state = room.view()?.seats.find((seat) => seat.seat === row.seat)?.state;
    return state?.is === 'in_call' ? state.call : undefined;
  }
}

/**
 * @param {RoomParts} parts
 * @param {(button: HTMLElement | null, body: ClientBody) => Promise<unknown>} send
 */
function wireBar({ live, view, record, nextButton }, send) {
  const button = (/** @type {string} */ name) => must(`[data-do="${name}"]`);
  const call = () => view()?.call?.call;
  const entry = () => {
    const state = view()?.seats.find((seat) => seat.seat === view()?.seat)?.state;
    return state?.is === 'calling' ? state.entry : undefined;
  };
  nextButton.onclick = () => void attempt(nextButton, async () => {
    switch (nextButton.dataset.kind) {
      case 'call':
        return live.request({ type: 'call_next' });
      case 'start':
        return live.request({ type: 'start', entry: entry() });
      case 'take':
        return live.request({ type: 'take_over', call: call() });
      case 'end':
        await record.save();
        return live.request({ type: 'end', call: call() });
      case 'save':
        await record.submit();
        toast('评价已保存');
        return undefined;
      default:
        return undefined;
    }
  });
  button('extend').onclick = () => void send(button('extend'), { type: 'extend', call: call() });
  button('withdraw').onclick = () => void send(button('withdraw'), { type: 'withdraw_call', entry: entry() });
  button('mute-other').onclick = () => void send(button('mute-other'), {
    type: 'media_mute_other', call: call(), source: 'microphone', muted: true,
  });
  button('put-back').onclick = async () => {
    const reason = await ask({
      title: '把这位同学退回队列？',
      text: '会排在最前，不计为未到；原因对方可见。',
      yes: '退回队列',
      field: { label: '原因', required: true, max: 500 },
    });
    if (reason) await send(button('put-back'), { type: 'put_back', call: call(), reason: reason.text });
  };
  button('pause').onclick = () => void pause(button('pause'), view, send);
  button('close-queue').onclick = async () => {
    const yes = await ask({
      title: '停止接收新的申请？',
      text: '已在排队的同学会继续面试；停止后不能再申请本展位。',
      yes: '停止接收',
      danger: true,
    });
    if (yes) await send(button('close-queue'), { type: 'close_queue' });
  };
}

/**
 * @param {HTMLElement} button
 * @param {RoomParts['view']} view
 * @param {(button: HTMLElement | null, body: ClientBody) => Promise<unknown>} send
 */
async function pause(button, view, send) {
  if (view()?.brief.queue.is !== 'open') {
    await send(button, { type: 'resume_queue' });
    return;
  }
  const answer = await ask({
    title: '暂停排队',
    text: '已排队的同学位置保留，并看到下面的说明；暂停期间不接收新的申请。',
    yes: '暂停',
    choice: {
      label: '多久后自动恢复？',
      value: '10',
      options: [
        { value: '5', label: '5 分钟' },
        { value: '10', label: '10 分钟' },
        { value: '30', label: '30 分钟' },
        { value: '', label: '手动恢复' },
      ],
    },
    field: { label: '说明', value: '面试官休息片刻，很快回来', required: true, max: 100 },
  });
  if (!answer) return;
  const minutes = answer.choice ? { minutes: Number(answer.choice) } : {};
  await send(button, { type: 'pause_queue', message: answer.text, ...minutes });
}
