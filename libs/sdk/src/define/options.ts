/** A duration: `500ms`, `30s`, `5m`, `1h30m`, `2d`, or a number of seconds. */
export type DurationInput = string | number;

export type PriorityInput = 'critical' | 'high' | 'normal' | 'low';

export interface RetryOptions {
  /** Each delay is the one before times this. Default 1: constant. */
  factor?: number;
  /** No delay is longer. */
  maxDelay?: DurationInput;
  /** Part of the delay that is random, 0 to 1. Default 0. */
  jitter?: number;
  /** Retry only failures with these reasons, such as `EXIT_CODE`. */
  retryOn?: readonly string[];
  /** Never retry failures with these reasons. */
  stopOn?: readonly string[];
  /** Exit codes of a command after which to retry, or not to. */
  exitCodes?: { retry?: readonly number[]; stop?: readonly number[] };
}

export interface SlaOptions {
  startWithin?: DurationInput;
  finishWithin?: DurationInput;
  /** Time of day, `HH:MM` in the schedule's zone. */
  expectedBy?: string;
}

/** When something recurs: exactly one of `cron` and `every`. */
export interface ScheduleOptions {
  /** Five or six fields, or an alias such as `@daily`. */
  cron?: string;
  /** Interval in real time, at least a second. */
  every?: DurationInput;
  /** A moment that is a slot of `every`, ISO 8601. */
  anchor?: string;
  /** IANA name, such as `America/New_York`. Default UTC. */
  timezone?: string;
  dstGap?: 'shift' | 'skip';
  dstOverlap?: 'first' | 'last' | 'both';
  /** Slots that passed while nothing was there to fire them: run none, the last (default) or all. */
  misfire?: 'none' | 'last' | 'all';
  maxLateness?: DurationInput;
  maxCatchup?: number;
  /** A slot that comes while an earlier run is not over. Default `allow`. */
  overlap?: 'allow' | 'skip' | 'buffer_one' | 'buffer_all' | 'cancel_running';
  jitter?: DurationInput;
  startDate?: string;
  endDate?: string;
  exclude?: unknown;
}

export type ScheduleInput = string | ScheduleOptions | readonly (string | ScheduleOptions)[];

/** What Tasks and Workflows have in common. */
export interface DefinitionOptions {
  title?: string;
  description?: string;
  /** Initial state only; afterwards the service's own switch counts. Default true. */
  active?: boolean;
  /** Default `normal`. */
  defaultPriority?: PriorityInput;
  /** At most so many instances run at once. */
  concurrency?: number;
  /** Deadlines; a duration is short for `finishWithin`. */
  sla?: DurationInput | SlaOptions;
  /** A cron expression, or one or several schedules. */
  schedule?: ScheduleInput;
  /** ISO date or moment before which nothing is scheduled. */
  startDate?: string;
  endDate?: string;
}
