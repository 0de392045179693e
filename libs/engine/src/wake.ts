/**
 * Hints given after a commit, so that others need not wait for their next poll. Each is coalesced, may be lost, and
 * must never be needed: whoever listens also polls.
 */
export interface Wake {
  /** Instances became ready in these lanes. */
  ready(laneIds: readonly number[]): void;
  /** A task of a workflow instance ended, a workflow instance was submitted, or a cancel or rerun was asked for. */
  workflowChanged(): void;
  /** These workflow instances ended; whoever waits for one looks at it. */
  workflowEnded(workflowInstanceIds: readonly string[]): void;
  /** Instances with a due time in the future were added (run_at or retry pause). */
  delayed(): void;
  /** A running instance is to be cancelled, or the jobs of a push destination are to be looked at now. */
  cancelRequested(): void;
  /** A definition or schedule was edited, paused or resumed. */
  scheduleChanged(): void;
  /** These task instances ended; local waiters look at them again. */
  ended(taskInstanceIds: readonly string[]): void;
}

/** Drops every hint: for one-off commands and tests of single verbs. */
export const silentWake: Wake = {
  ready: () => undefined,
  workflowChanged: () => undefined,
  workflowEnded: () => undefined,
  delayed: () => undefined,
  cancelRequested: () => undefined,
  scheduleChanged: () => undefined,
  ended: () => undefined,
};
