/**
 * The Chinese wording of every code of the wire. Pure.
 * @module
 */

/**
 * .
 * @type {Record<string, string>}
 */
export const REFUSED = {
  not_allowed: '当前身份不能进行此操作',
  not_found: '记录不存在或已结束',
  not_your_seat: '这是其他面试官的席位',
  wrong_stage: '状态已变化，请以页面最新显示为准',
  fair_not_open: '招聘会尚未开始',
  fair_ended: '招聘会已结束',
  queue_closed: '该企业已停止接收新的申请',
  queue_paused: '该企业暂停排队，请稍后再试',
  not_admitted: '你尚未获准参加本场招聘会，请联系就业指导中心',
  resume_incomplete: '请先完善简历再申请面试',
  device_test_missing: '请先完成设备测试（24 小时内有效）',
  too_many_queues: '同时排队的企业已达上限，请先退出一个',
  refused_before: '该企业已婉拒，本场不能再次申请',
  already_here: '你已在该企业的队列中，或已面试过',
  no_time_left: '预计等待超过剩余时间，无法排队',
  queue_full: '该企业排队人数已满',
  used_up: '可用次数已用完',
  nobody_callable: '暂时没有可以叫号的同学',
  seat_busy: '请先结束当前这位同学',
  student_busy: '该同学正在另一场面试中',
  other_device: '已在另一台设备或另一个页面接听',
  too_late: '已超过可撤销的时间',
  invalid: '内容为空、过长或超出范围',
  bad_offer: '浏览器与服务器协商失败，请更换浏览器',
  no_media: '视频连接已断开，正在重新连接',
  media_full: '视频服务繁忙，请稍后再试',
  settling: '系统刚恢复，正在等待大家返回，请稍候',
  restarting: '服务即将重启，重启后才能叫号和开始面试，请稍候',
  too_fast: '操作太快，请稍候',
  internal: '服务出错，请重试',
};

/**
 * .
 * @type {Record<string, string>}
 */
export const BYE = {
  hello_late: '连接超时，正在重新连接',
  version: '页面已更新，正在刷新',
  token_bad: '登录凭证失效，正在重新连接',
  token_spent: '登录凭证失效，正在重新连接',
  resume_unknown: '正在重新进入',
  fair_unknown: '招聘会未在进行',
  seat_unknown: '席位不属于你，或已被他人使用',
  too_many_sockets: '打开的页面太多，请关闭其他页面后刷新',
  flood: '消息过于频繁，正在重新连接',
  faults: '页面出错，正在重新连接',
  slow_reader: '网络较慢，正在重新连接',
  silent: '网络中断，正在重新连接',
  restart: '服务重启中，正在重新连接',
  removed: '你已被移出本场招聘会',
  shut_out: '登录已失效，或账号已不能参加，请重新登录',
};

/**
 * What a student reads of an entry's stage.
 * @type {Record<string, string>}
 */
export const STAGE = {
  applied: '等待企业处理',
  invited: '收到邀请',
  waiting: '排队中',
  called: '轮到你了',
  ready: '即将开始',
  in_call: '面试中',
  done: '已完成',
  declined: '未通过申请',
  withdrawn: '已撤回',
  missed: '已过号',
  left: '已退出',
  removed: '已移出',
  expired: '已过期',
};

/**
 * Why an entry is where it is.
 * @type {Record<string, string>}
 */
export const CAUSE = {
  later: '你选择了稍后，已往后排',
  no_answer: '上次叫号没有应答，已往后排；再次未应答将过号',
  skipped_at_head: '排到最前时你离开太久，已往后排',
  put_back: '面试官把你退回队列，将优先叫号',
  call_withdrawn: '面试官取消了叫号，你排在最前，不计为未到',
  interviewer_gone: '面试官掉线，你排在最前，不计为未到',
  call_lost: '双方断线，你排在最前，不计为未到',
  offline_too_long: '离线时间过长，已退出排队',
  removed_by_booth: '企业已将你移出队列',
  removed_by_staff: '学校已将你移出队列',
  removed_by_platform: '账号已停止参加招聘会',
  missed_undone: '面试官撤销了过号，你排在最前',
  fair_ended: '招聘会已结束，未能安排面试',
  others_returned: '有同学因面试官原因退回，排到了最前',
};

/**
 * The words for an entry's cause, with what the other side said; empty when there is nothing.
 * @param {import('./types.js').StudentEntry} entry
 */
export function causeText(entry) {
  const words = entry.cause ? CAUSE[entry.cause] : '';
  return [words, entry.reason].filter(Boolean).join('：');
}

/**
 * The tag's colour of a stage.
 * @type {Record<string, string>}
 */
export const STAGE_TONE = {
  applied: 'warn',
  invited: 'info',
  waiting: 'accent',
  called: 'turn',
  ready: 'turn',
  in_call: 'ok',
  done: 'ok',
  declined: 'bad',
  withdrawn: '',
  missed: 'bad',
  left: '',
  removed: 'bad',
  expired: '',
};

/**
 * .
 * @type {Record<string, string>}
 */
export const OUTCOME = { pass: '通过', undecided: '待定', fail: '不合适' };

/**
 * .
 * @type {Record<string, string>}
 */
export const QUALITY = {
  unknown: '检测中',
  excellent: '优秀',
  good: '良好',
  warn: '一般',
  bad: '较差',
};

/**
 * Lit bars of four.
 * @type {Record<string, number>}
 */
export const QUALITY_BARS = { unknown: 0, excellent: 4, good: 3, warn: 2, bad: 1 };

/**
 * .
 * @type {Record<string, string>}
 */
export const PHASE = { upcoming: '未开始', running: '进行中', overrun: '收尾中', ended: '已结束' };

/**
 * .
 * @type {Record<string, string>}
 */
export const ORIGIN = { applied: '申请', invited: '邀请' };

/**
 * Faults that arise in the page itself.
 * @type {Record<string, string>}
 */
export const LOCAL = {
  offline: '网络未连接，请稍后再试',
  timeout: '服务器没有回应，请重试',
  note_stale: '备注已在另一个页面修改，请先选择保留哪一份',
};

/**
 * The words for an error of a request.
 * @param {unknown} error
 */
export function wording(error) {
  const code = /** @type {{code?: string} | null | undefined} */ (error)?.code ?? '';
  return REFUSED[code] ?? LOCAL[code] ?? REFUSED.internal;
}

/**
 * Why camera or microphone could not be opened (`getUserMedia`'s error names).
 * @param {unknown} error
 */
export function deviceWording(error) {
  switch (error instanceof Error || error instanceof DOMException ? error.name : '') {
    case 'NotAllowedError':
      return '没有使用权限。请点地址栏左侧的图标，允许使用摄像头和麦克风，然后重试。';
    case 'NotFoundError':
      return '没有找到设备。请接好摄像头或麦克风，然后重试。';
    case 'NotReadableError':
      return '设备被其他程序占用。请关闭会议软件等程序，然后重试。';
    default:
      return '无法打开设备，请检查后重试。';
  }
}

/**
 * What to show while a side's media is in trouble, or `null`.
 * @param {import('./reducer.js').LiveMedia} media
 * @param {'学生'|'面试官'} other what the other side is called
 * @returns {{level: 'warn'|'bad', text: string} | null}
 */
export function troubleText(media, other) {
  switch (media.ownTrouble) {
    case 'unstable':
      return { level: 'warn', text: '你的网络不稳定。请靠近路由器，或关闭占用网络的程序。' };
    case 'lost':
    case 'gone':
      return { level: 'bad', text: '你的视频已断开，正在自动重连，面试时间暂停，位置保留。' };
  }
  switch (media.otherTrouble) {
    case 'unstable':
      return { level: 'warn', text: `${other}的网络不稳定，请稍候。` };
    case 'lost':
    case 'gone':
      return { level: 'bad', text: `${other}掉线了，正在等待其重连，面试时间暂停。` };
    default:
      return null;
  }
}
