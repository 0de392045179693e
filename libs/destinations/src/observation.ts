import type { JsonObject, JsonValue } from '@taskflow/domain';

/** An external job as Taskflow tracks it. */
export interface ExternalRef {
  /** Deterministic, from {@link PushDestination.nameFor}. */
  readonly externalName: string;
  /** The destination's own identity of the job; another object of the same name has another one. */
  readonly externalId: string;
  /** Where it is: region and queue, cluster and namespace, … as they were at the submit. */
  readonly scope: JsonObject;
}

/**
 * Why a job did not succeed. `user`: it said so itself, by its exit code. `infra`, `capacity` and `lost` are losses, tried again
 * out of `infra_retries`; `rejected` and `config` are never tried again; the others are failures under the retry policy.
 */
export type FailureClass =
  | 'user'
  | 'oom'
  | 'timeout'
  | 'image'
  | 'config'
  | 'capacity'
  | 'infra'
  | 'cancelled'
  | 'rejected'
  | 'superseded'
  | 'lost'
  | 'unknown';

export type RemoteState =
  'queued' | 'starting' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'unreachable' | 'gone';

/** What a destination says of a job, made by a pure function of the raw remote object. */
export interface Observation {
  readonly ref: ExternalRef;
  readonly state: RemoteState;
  /** No later observation differs. */
  readonly terminal: boolean;
  /** In the destination's own words. */
  readonly remoteStatus: string;
  /** UPPER_SNAKE, as it will stand in the attempt's row: `EXIT_CODE`, `OOM`, … */
  readonly reasonCode?: string | undefined;
  /** For people, at most 8 KiB. */
  readonly reason?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly signal?: number | undefined;
  readonly failureClass?: FailureClass | undefined;
  readonly startedAt?: Date | undefined;
  readonly finishedAt?: Date | undefined;
  /** JSON text of the job's output, at most 256 KiB; of a job that succeeded. */
  readonly outputJson?: string | undefined;
  readonly logRef?: JsonValue | undefined;
  /** Position among the observations of this job; one that is older than the last applied is ignored. */
  readonly order?: { readonly epoch: string; readonly seq: number } | undefined;
}
