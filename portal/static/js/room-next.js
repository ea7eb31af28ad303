/**
 * The room's one next action, worked out from what the own seat is doing. Pure.
 * @module
 */

import { nextRow } from './room-lists.js';

/** @typedef {import('./types.js').BoothView} BoothView */

/**
 * @typedef {Object} NextAction
 * @property {'call'|'wait'|'start'|'end'|'take'|'save'|'none'} kind
 * @property {string} text the button's words
 * @property {boolean} enabled
 * @property {boolean} danger
 * @property {string} title the stage's large words
 * @property {string} hint what to do
 */

/**
 * @param {BoothView} view
 * @param {boolean} chosen an outcome is chosen
 * @param {(at_ms: number) => number} until ms until a server time
 * @returns {NextAction}
 */
export function nextAction(view, chosen, until) {
  const seat = view.seats.find((each) => each.seat === view.seat);
  switch (seat?.state.is) {
    case 'calling':
      return calling(view, seat.state.entry, until);
    case 'in_call':
      if (view.call && !view.call.here) {
        return action('take', '换到这里', true, '面试正在另一个页面进行', '换到这里后，另一边会断开');
      }
      return action('end', '结束面试', true, '正在接通…', '', true);
    case 'evaluating':
      return action('save', '保存评价', chosen, '面试结束', chosen ? '保存后叫下一位' : '请在右侧选择通过、待定或不合适');
    default:
      return idle(view);
  }
}

/**
 * @param {BoothView} view
 * @param {string} entry
 * @param {(at_ms: number) => number} until
 */
function calling(view, entry, until) {
  const row = view.rows.find((each) => each.entry === entry);
  const left = row?.deadline_ms ? Math.ceil(until(row.deadline_ms) / 1000) : 0;
  const name = row?.name ?? '学生';
  if (row?.stage === 'ready') {
    return action('start', '开始面试', true, `${name} 已就位`, left > 0 ? `${left} 秒后自动开始` : '即将自动开始');
  }
  return action('wait', `等待应答 ${left}`, false, `正在叫 ${name}`, '对方会收到响铃；没有应答会自动排到后面');
}

/** @param {BoothView} view */
function idle(view) {
  const next = nextRow(view);
  const waiting = view.order.length;
  if (view.fair.phase === 'upcoming') return action('none', '叫下一位', false, '招聘会尚未开始', '可以先查看申请和简历');
  if (view.fair.phase === 'ended') return action('none', '叫下一位', false, '招聘会已结束', '');
  if (next) return action('call', '叫下一位', true, '准备好了吗？', `下一位：${next.name}${next.job ? ` · ${next.job.title}` : ''}`);
  if (waiting > 0) return action('none', '叫下一位', false, '暂时没有可以叫号的同学', '排队的同学暂时离开、不在线或正在另一场面试');
  if (view.brief.applied > 0) return action('none', '叫下一位', false, '还没有人排队', `左侧有 ${view.brief.applied} 份申请待处理，接受后即可叫号`);
  return action('none', '叫下一位', false, '还没有人排队', '学生申请后会出现在左侧');
}

/**
 * @param {NextAction['kind']} kind
 * @param {string} text
 * @param {boolean} enabled
 * @param {string} title
 * @param {string} hint
 * @param {boolean} [danger]
 * @returns {NextAction}
 */
function action(kind, text, enabled, title, hint, danger = false) {
  return { kind, text, enabled, danger, title, hint };
}
