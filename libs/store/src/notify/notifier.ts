import type { Db, Statement } from '../db.js';

/**
 * Sends the hints of one interval, whatever their number, in one round trip.
 *
 * Locks: Postgres serialises commits that notify, which is why this is never part of a transaction that changes something.
 * Index: none. Idempotent: equal hints are one. Caller: the notifier.
 */
const notifyStatement: Statement = {
  name: 'notify',
  text: 'select pg_notify(u.channel, u.payload) from unnest($1::text[], $2::text[]) as u (channel, payload)',
};

export const CHANNELS = {
  /** Payload: lane ids joined by commas; empty: any lane. */
  ready: 'taskflow_ready',
  /**
   * A workflow instance is to be started or advanced. Payload: empty, or of each task that succeeded the id of the change, of
   * its workflow instance and its node, as a JSON array of arrays.
   */
  workflow: 'taskflow_workflow',
  /** Payload: ids of workflow instances that ended, joined by commas; empty: any. */
  ended: 'taskflow_ended',
  delayed: 'taskflow_delayed',
  cancel: 'taskflow_cancel',
  schedule: 'taskflow_schedule',
} as const;

/** Hints to other processes; see Wake in @taskflow/engine. What ended is told only within the process. */
export interface Notifier {
  ready(laneIds: readonly number[]): void;
  workflowChanged(): void;
  workflowEnded(workflowInstanceIds: readonly string[]): void;
  delayed(): void;
  cancelRequested(): void;
  scheduleChanged(): void;
  ended(taskInstanceIds: readonly string[]): void;
  /** Sends what is pending. */
  close(): Promise<void>;
}

export interface NotifierOptions {
  /** Least milliseconds between two messages; 2 by default. */
  readonly intervalMs?: number;
  /** The hints of one message were lost. Pollers make up for it. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

// Postgres takes payloads below 8000 bytes.
const MOST_LANES = 700;
const MOST_ENDED = 350;

/** The first hint after a quiet time leaves at once; later ones are gathered, at most one message each interval. */
export function createNotifier(db: Pick<Db, 'query'>, options: NotifierOptions = {}): Notifier {
  const intervalMs = options.intervalMs ?? 2;
  const lanes = new Set<number>();
  const runs = new Set<string>();
  const channels = new Set<string>();
  let sending: Promise<void> | undefined;

  const send = async () => {
    const lists = new Map<string, string>();
    if (lanes.size > 0) lists.set(CHANNELS.ready, lanes.size > MOST_LANES ? '' : [...lanes].join(','));
    if (runs.size > 0) lists.set(CHANNELS.ended, runs.size > MOST_ENDED ? '' : [...runs].join(','));
    const names = [...channels, ...lists.keys()];
    const payloads = names.map((name) => lists.get(name) ?? '');
    lanes.clear();
    runs.clear();
    channels.clear();
    await db.query(notifyStatement, [names, payloads]).catch((error: unknown) => options.onError?.(error));
  };

  const run = async () => {
    // Everything that the current turn of the event loop has to say goes into one message.
    await new Promise((resolve) => setImmediate(resolve));
    while (lanes.size > 0 || runs.size > 0 || channels.size > 0) {
      await send();
      await new Promise((resolve) => setTimeout(resolve, intervalMs));
    }
    sending = undefined;
  };
  const wake = (channel: string) => {
    channels.add(channel);
    sending ??= run();
  };

  return {
    ready(laneIds) {
      for (const laneId of laneIds) lanes.add(laneId);
      if (lanes.size > 0) sending ??= run();
    },
    workflowChanged: () => wake(CHANNELS.workflow),
    workflowEnded(workflowInstanceIds) {
      for (const id of workflowInstanceIds) runs.add(id);
      if (runs.size > 0) sending ??= run();
    },
    delayed: () => wake(CHANNELS.delayed),
    cancelRequested: () => wake(CHANNELS.cancel),
    scheduleChanged: () => wake(CHANNELS.schedule),
    ended: () => undefined,
    close: async () => sending,
  };
}
