import { Journal } from './journal.js';
import type * as rows from './rows.js';
import { Table } from './table.js';

/** Every table that decisions depend on, and the sequences, which no rollback sets back. */
export class Tables {
  readonly journal = new Journal();
  /** Database time in milliseconds. */
  now: number;

  readonly versions = this.#table<number, rows.VersionRow>();
  readonly lanes = this.#table<number, rows.LaneRow>();
  readonly tasks = this.#table<string, rows.TargetRow>();
  readonly workflows = this.#table<string, rows.TargetRow>();
  readonly schedules = this.#table<number, rows.ScheduleRow>();
  /** By `SCHEDULE SLOT`. */
  readonly slots = this.#table<string, rows.SlotRow>();
  readonly runs = this.#table<number, rows.RunRow>();
  readonly changes = this.#table<number, rows.ChangeRow>();
  readonly records = this.#table<number, rows.RecordRow>();
  /** By id: the real key has lane and rank too, and an instance stands in it once. */
  readonly queue = this.#table<number, rows.QueueRow>();
  readonly delayed = this.#table<number, rows.DelayedRow>();
  readonly blocked = this.#table<number, rows.BlockedRow>();
  /** By `KEY SLOT_NO`. */
  readonly places = this.#table<string, rows.PlaceRow>();
  readonly expiries = this.#table<number, { readonly id: number; readonly expires_at: number }>();
  readonly leases = this.#table<number, rows.LeaseRow>();
  /** By `INSTANCE ATTEMPT`. */
  readonly attempts = this.#table<string, rows.AttemptRow>();
  readonly events = this.#table<number, rows.EventRow>();
  /** By `OWNER KEY`. */
  readonly keys = this.#table<string, rows.KeyRow>();
  readonly submissions = this.#table<string, rows.SubmissionRow>();
  readonly sessions = this.#table<number, rows.SessionRow>();
  readonly seats = this.#table<string, rows.SeatRow>();

  /** Notifications that a task of a run has succeeded, oldest first. */
  readonly hints: { readonly id: string; readonly workflowInstanceId: string; readonly nodeKey: string }[] = [];

  readonly #sequences = new Map<string, number>();

  constructor(now: number) {
    this.now = now;
  }

  next(sequence: string): number {
    const value = (this.#sequences.get(sequence) ?? 0) + 1;
    this.#sequences.set(sequence, value);
    return value;
  }

  #table<Key extends string | number, Row>(): Table<Key, Row> {
    return new Table<Key, Row>(this.journal);
  }
}
