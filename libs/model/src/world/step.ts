/** One step of a story, in numbers: what they pick depends on what is there. Zeros are the plainest step. */
export interface Step {
  /** What is done: a place in OPERATIONS. */
  readonly op: number;
  /** Who does it. */
  readonly who: number;
  /** To what. */
  readonly what: number;
  readonly how: number;
  /** What goes wrong, a place in TROUBLES; 0 and beyond its end: nothing. */
  readonly trouble: number;
  /** Units of work that are done before it goes wrong. */
  readonly after: number;
}

/** What is drawn for `op`: each operation as often as it stands here. */
export const OPERATIONS = [
  ...many('time', 7),
  ...many('submit task', 10),
  ...many('submit workflow', 5),
  ...many('resend', 4),
  ...many('connect', 9),
  ...many('lease', 16),
  ...many('complete', 20),
  ...many('heartbeat', 3),
  ...many('hand back', 3),
  ...many('leave', 2),
  ...many('kill worker', 3),
  ...many('campaign', 8),
  ...many('duty', 40),
  ...many('hint', 12),
  ...many('cancel task', 3),
  ...many('cancel run', 2),
  ...many('retry task', 2),
  ...many('rerun', 3),
  ...many('go on', 8),
  ...many('kill api', 1),
  ...many('kill scheduler', 1),
  ...many('crash database', 2),
] as const;

export type Operation = (typeof OPERATIONS)[number];

export const TROUBLES = ['none', 'pause', 'die', 'unanswered', 'refused', 'cut', 'cut later'] as const;
/** Numbers drawn for `trouble`: most of them stand for none. */
export const TROUBLE_RANGE = 24;

function many<Word extends string>(word: Word, times: number): Word[] {
  return Array<Word>(times).fill(word);
}
