// Rows as the migration has them, as far as decisions depend on them: ids are numbers, moments are milliseconds.

export interface VersionRow {
  readonly id: number;
  readonly kind: 'task' | 'workflow';
  readonly name: string;
  readonly hash: string;
  readonly spec: string;
}

export interface LaneRow {
  readonly id: number;
  readonly queue: string;
  readonly task_name: string;
  readonly handler: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface TargetRow {
  readonly name: string;
  readonly active: boolean;
  readonly version_id: number;
  /** 0 for a workflow. */
  readonly lane_id: number;
  readonly default_priority: string;
  readonly concurrency: number | null;
}

export interface ScheduleRow {
  readonly id: number;
  readonly kind: 'task' | 'workflow';
  readonly target_name: string;
  readonly spec: string;
  readonly active: boolean;
  readonly paused_at: number | null;
  readonly high_water: number;
  readonly next_at: number | null;
  readonly revision: number;
}

export interface SlotRow {
  readonly schedule_id: number;
  readonly slot: number;
  readonly outcome: string;
  readonly reason: string;
  readonly task_instance_id: number | null;
  readonly workflow_instance_id: number | null;
  readonly term: number;
}

export interface RunRow {
  readonly id: number;
  readonly workflow_name: string;
  readonly version_id: number;
  readonly status: string;
  readonly reason: string | null;
  readonly message: string | null;
  readonly priority: string;
  readonly params: string;
  readonly run_at: number;
  readonly scheduled_for: number | null;
  readonly schedule_id: number | null;
  readonly unique_key: string | null;
  readonly run_number: number;
  readonly nodes_total: number;
  readonly nodes_done: number;
  readonly failing: boolean;
  readonly cancel_requested_at: number | null;
  readonly cancel_reason: string | null;
  readonly deadline_at: number | null;
  readonly started_at: number | null;
  readonly finished_at: number | null;
}

export interface ChangeRow {
  readonly id: number;
  readonly workflow_instance_id: number;
  readonly task_instance_id: number | null;
  readonly kind: 'task_ended' | 'cancel_requested';
}

export interface RecordRow {
  readonly id: number;
  readonly task_name: string;
  readonly version_id: number;
  readonly lane_id: number;
  readonly workflow_instance_id: number | null;
  readonly node_key: string | null;
  readonly status: string;
  readonly priority: string;
  readonly attempt: number;
  readonly failures: number;
  readonly losses: number;
  readonly flags: number;
  readonly limit_keys: readonly string[] | null;
  readonly limit_maxima: readonly number[] | null;
  readonly reason: string | null;
  readonly message: string | null;
  readonly params: string;
  readonly output: string | null;
  readonly worker: string | null;
  readonly unique_key: string | null;
  readonly run_at: number;
  readonly expires_at: number | null;
  readonly timeout_ms: number | null;
  readonly scheduled_for: number | null;
  readonly schedule_id: number | null;
  readonly cancel_requested_at: number | null;
  readonly cancel_reason: string | null;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly finished_at: number | null;
}

export interface QueueRow {
  readonly lane_id: number;
  readonly rank: number;
  readonly id: number;
  readonly attempt: number;
  readonly flags: number;
}

export interface DelayedRow {
  readonly id: number;
  readonly due_at: number;
}

export interface BlockedRow {
  readonly id: number;
  readonly limit_key: string;
  readonly rank: number;
}

export interface PlaceRow {
  readonly limit_key: string;
  readonly slot_no: number;
  readonly id: number;
}

export interface LeaseRow {
  readonly id: number;
  readonly attempt: number;
  readonly lease_id: number;
  readonly session_id: number;
  readonly claim_id: string;
  readonly lane_id: number;
  readonly flags: number;
  readonly leased_at: number;
  readonly deadline_at: number | null;
  readonly cancel_requested_at: number | null;
  readonly cancel_reason: string | null;
}

export interface AttemptRow {
  readonly task_instance_id: number;
  readonly attempt: number;
  readonly lease_id: number;
  readonly worker: string | null;
  readonly session_id: number;
  readonly outcome: string;
  readonly next_status: string;
  readonly reason: string | null;
}

export interface EventRow {
  readonly id: number;
  readonly task_instance_id: number | null;
  readonly workflow_instance_id: number | null;
  readonly type: string;
  readonly reason: string | null;
}

export interface KeyRow {
  readonly task_or_workflow: string;
  readonly key: string;
  readonly task_instance_id: number | null;
  readonly workflow_instance_id: number | null;
  readonly expires_at: number | null;
}

export interface SubmissionRow {
  readonly request_id: string;
  readonly results: string;
  readonly created_at: number;
}

export interface SessionRow {
  readonly id: number;
  readonly worker: string;
  readonly process: string | null;
  readonly queues: readonly string[];
  readonly tasks: readonly string[];
  readonly handlers: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly slots: number;
  readonly lease_until: number;
  readonly draining_at: number | null;
  readonly closed_at: number | null;
  readonly close_reason: string | null;
}

export interface SeatRow {
  readonly name: string;
  readonly term: number;
  readonly holder: string | null;
  /** −Infinity: nobody has ever held it. */
  readonly lease_until: number;
}
