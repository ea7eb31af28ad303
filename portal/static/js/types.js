/**
 * The wire's shapes, as `signaling/protocol` defines them: one typedef per Rust type, the same
 * field names. This module holds no code.
 *
 * @typedef {'applied'|'invited'|'waiting'|'called'|'ready'|'in_call'|'done'|'declined'|
 *   'withdrawn'|'missed'|'left'|'removed'|'expired'} Stage
 * @typedef {'applied'|'invited'} Origin
 * @typedef {'unknown'|'excellent'|'good'|'warn'|'bad'} Quality
 * @typedef {'later'|'no_answer'|'skipped_at_head'|'put_back'|'call_withdrawn'|
 *   'interviewer_gone'|'call_lost'|'offline_too_long'|'removed_by_booth'|'removed_by_staff'|
 *   'removed_by_platform'|'missed_undone'|
 *   'fair_ended'|'others_returned'} Cause
 * @typedef {'microphone'|'camera'|'screen'} SourceKind
 * @typedef {'pass'|'undecided'|'fail'} Outcome
 * @typedef {'device_test'|'wall'|'queues'|'room'|'console'} PageKind
 *
 * @typedef {{is: 'online'} | {is: 'away', until_ms: number} | {is: 'offline', since_ms: number} |
 *   {is: 'busy'}} Presence
 * @typedef {{is: 'your_turn'} | {is: 'under_two_minutes'} |
 *   {is: 'range', low_min: number, high_min: number} | {is: 'no_interviewer'}} Wait
 * @typedef {{is: 'open'} | {is: 'paused', until_ms?: number, message: string} | {is: 'closing'} |
 *   {is: 'closed'}} QueueState
 * @typedef {{is: 'offline'} | {is: 'idle'} | {is: 'calling', entry: string} |
 *   {is: 'in_call', call: string} | {is: 'evaluating', call: string}} SeatState
 *
 * @typedef {Object} FairView
 * @property {string} fair
 * @property {string} title
 * @property {'upcoming'|'running'|'overrun'|'ended'} phase
 * @property {number} starts_ms
 * @property {number} ends_ms
 *
 * @typedef {{job: string, title: string}} JobView
 *
 * @typedef {Object} BoothBrief
 * @property {string} booth
 * @property {string} number
 * @property {string} company
 * @property {QueueState} queue
 * @property {number} waiting
 * @property {number} applied
 * @property {number} seats
 * @property {number} seats_online
 * @property {number} seats_in_call
 * @property {number} [offline_since_ms]
 * @property {number} average_ms
 * @property {Wait} wait
 * @property {number} wait_p90_ms
 * @property {number} done
 * @property {number} stuck
 *
 * @typedef {Object} StudentEntry
 * @property {string} entry
 * @property {string} booth
 * @property {string} number
 * @property {string} company
 * @property {JobView} [job]
 * @property {Origin} origin
 * @property {Stage} stage
 * @property {number} [position]
 * @property {Wait} [wait]
 * @property {QueueState} queue
 * @property {number} [deadline_ms]
 * @property {number} [ready_ms]
 * @property {number} laters_left
 * @property {Cause} [cause]
 * @property {string} [reason]
 * @property {string} [call]
 * @property {number} since_ms
 *
 * @typedef {Object} StudentView
 * @property {FairView} fair
 * @property {StudentEntry[]} entries
 * @property {number} [away_until_ms]
 * @property {number} aways_left
 * @property {number} [device_test_ms]
 * @property {number} max_queues
 * @property {CallView} [call]
 *
 * @typedef {Object} QueueRow
 * @property {string} entry
 * @property {string} person
 * @property {string} name
 * @property {string} headline
 * @property {JobView} [job]
 * @property {Origin} origin
 * @property {Stage} stage
 * @property {Presence} presence
 * @property {boolean} device_ok
 * @property {number} misses
 * @property {boolean} held
 * @property {number} since_ms
 * @property {number} [deadline_ms]
 * @property {string} [seat]
 *
 * @typedef {{seat: string, person: string, nickname: string, state: SeatState}} SeatView
 *
 * @typedef {Object} BoothView
 * @property {FairView} fair
 * @property {BoothBrief} brief
 * @property {string} seat
 * @property {SeatView[]} seats
 * @property {QueueRow[]} rows
 * @property {string[]} order
 * @property {CallView} [call]
 *
 * @typedef {Object} FairTotals
 * @property {number} students_online
 * @property {number} calls
 * @property {number} waiting
 * @property {number} wait_p90_ms
 * @property {number} done
 * @property {number} missed
 *
 * @typedef {{fair: FairView, totals: FairTotals, booths: BoothBrief[], n: number}} WallView
 *
 * @typedef {number[]} WallLine index, queue, waiting, wait low, wait high, seats, online, in call,
 *   done, average s; see `WallLine` of the protocol
 * @typedef {number[]} ConsoleLine a `WallLine`, then applied, stuck, offline since ms, p90 s
 * @typedef {{index: number, until_ms?: number, message: string}} WallNote
 * @typedef {{n: number, lines: WallLine[], notes?: WallNote[]}} WallNews
 * @typedef {{n: number, lines: ConsoleLine[], notes?: WallNote[], totals?: FairTotals}} ConsoleNews
 * @typedef {{n: number, booths: string[], lines: WallLine[], notes?: WallNote[]}} WallSnapshot
 * @typedef {Pick<BoothBrief, 'booth' | 'queue' | 'waiting' | 'wait' | 'seats' | 'seats_online' |
 *   'seats_in_call' | 'done' | 'average_ms'>} WallBooth
 *
 * @typedef {Object} Participant
 * @property {string} person
 * @property {string} name
 * @property {string} headline
 * @property {boolean} interviewer
 * @property {boolean} microphone_muted
 * @property {boolean} camera_muted
 *
 * @typedef {Object} CallView
 * @property {string} call
 * @property {string} entry
 * @property {string} booth
 * @property {'running'|'waiting'|'ended'} phase
 * @property {number} started_ms
 * @property {number} used_ms
 * @property {number} clock_at_ms
 * @property {number} length_ms
 * @property {boolean} can_extend
 * @property {number} [ended_ms]
 * @property {Outcome} [outcome]
 * @property {Participant[]} participants
 * @property {boolean} here
 *
 * @typedef {{mid: string, person: string, source: SourceKind}} MediaSlot
 *
 * @typedef {Object} DeviceReport
 * @property {boolean} camera
 * @property {boolean} microphone
 * @property {boolean} speaker
 * @property {Quality} network
 * @property {number} rtt_ms
 * @property {number} loss_permille
 *
 * @typedef {{epoch: number, n: number}} Sequence
 * @typedef {{booth?: string, first: number, last: number}} Stamp
 *
 * @typedef {Object} Welcome
 * @property {'welcome'} type
 * @property {number} version
 * @property {string} person
 * @property {{as: 'student'|'interviewer'|'staff', booth?: string, seat?: string}} role
 * @property {string} fair
 * @property {string} secret
 * @property {number} now_ms
 * @property {boolean} resumed
 *
 * @typedef {Welcome |
 *   {type: 'done'} |
 *   {type: 'applied', entry: string} |
 *   {type: 'refused', code: string} |
 *   ({type: 'student'} & StudentView) |
 *   ({type: 'booth'} & BoothView) |
 *   ({type: 'wall'} & WallView) |
 *   {type: 'entry', entry: StudentEntry} |
 *   {type: 'queue', rows: QueueRow[], gone: string[], order?: string[], booth: BoothBrief} |
 *   {type: 'seats', seats: SeatView[]} |
 *   {type: 'call', call: CallView} |
 *   ({type: 'wall_news'} & WallNews) |
 *   ({type: 'console_news'} & ConsoleNews) |
 *   {type: 'fair', fair: FairView} |
 *   {type: 'broadcast', text: string, at_ms: number} |
 *   {type: 'media_answer', sdp: string} |
 *   {type: 'media_slots', slots: MediaSlot[], participants: Participant[]} |
 *   {type: 'media_trouble', call: string, side: 'own'|'other', kind: 'none'|'unstable'|'lost'|'gone'} |
 *   {type: 'media_quality', call: string, own: Quality, other: Quality} |
 *   {type: 'media_closed', code: string} |
 *   {type: 'stalled', stalled: boolean} |
 *   {type: 'clock', now_ms: number} |
 *   {type: 'bye', reason: string}} ServerBody
 *
 * @typedef {{seq?: Sequence, re?: number, stamp?: Stamp, body: ServerBody}} ServerFrame
 *
 * @typedef {{type: string, [field: string]: unknown}} ClientBody
 * @typedef {{id: number, body: ClientBody}} ClientFrame
 */
export {};
