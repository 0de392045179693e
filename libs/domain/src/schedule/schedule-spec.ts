/**
 * A schedule as it is stored: parsed, defaults filled, and again valid input. Durations are texts (`5m`), moments ISO 8601
 * in UTC, and dates (`2026-03-08`) are days of `timezone`.
 *
 * Exactly one of `cron` and `every` is there.
 */
export interface ScheduleSpec {
  readonly cron?: string;
  /** Interval in real time, at least a second. */
  readonly every?: string;
  /** A moment that is a slot of `every`; the epoch when absent. */
  readonly anchor?: string;
  /** IANA name. Default UTC. */
  readonly timezone: string;
  /**
   * A wall-clock time that a change of the clocks skips: `shift` (default) moves it by the length of the gap, `skip` drops
   * it. Of no effect where the hour field begins with `*`: such a cron follows real time.
   */
  readonly dst_gap: DstGap;
  /** A wall-clock time that comes twice: which of them is a slot. Default `first`. */
  readonly dst_overlap: DstOverlap;
  /** Slots that were not decided in time (nobody was there): run none, the last (default) or all of them. */
  readonly misfire: Misfire;
  /** A slot older than this never runs. No limit when absent. */
  readonly max_lateness?: string;
  /** With misfire `all`: at most so many late slots run, the newest. Default 100. */
  readonly max_catchup: number;
  /** A slot that comes while an earlier run is not over. Default `allow`. */
  readonly overlap: Overlap;
  /** A run is put off by a fixed part of this, chosen by schedule and slot. None when absent. */
  readonly jitter?: string;
  /** No slot is before this moment, or the beginning of this day. */
  readonly start_date?: string;
  /** No slot is after this moment, or the end of this day. */
  readonly end_date?: string;
  /** Days on which slots do not run, first and last included; ascending, apart from each other. */
  readonly exclude?: readonly DateRange[];
}

export interface DateRange {
  /** `2026-12-24`. */
  readonly from: string;
  readonly to: string;
}

export const DST_GAPS = ['shift', 'skip'] as const;
export const DST_OVERLAPS = ['first', 'last', 'both'] as const;
export const MISFIRES = ['none', 'last', 'all'] as const;
export const OVERLAPS = ['allow', 'skip', 'buffer_one', 'buffer_all', 'cancel_running'] as const;

export type DstGap = (typeof DST_GAPS)[number];
export type DstOverlap = (typeof DST_OVERLAPS)[number];
export type Misfire = (typeof MISFIRES)[number];
export type Overlap = (typeof OVERLAPS)[number];
