import type { JsonObject, JsonValue } from '@taskflow/domain';
import type { Logger } from '@taskflow/runtime';
import type { ExternalRef, Observation } from './observation.js';
import type { CancelOutcome, ProbeOutcome, SubmitOutcome } from './outcome.js';

/** What a pushed attempt is, for ever: external names are made of nothing else. */
export interface PushIdentity {
  /** UUID of the deployment, from taskflow_meta. */
  readonly deploymentId: string;
  /** Decimal string. */
  readonly taskInstanceId: string;
  /** From 1. */
  readonly attempt: number;
  readonly task: string;
  readonly workflow?: string | undefined;
}

/** What is to run, with every reference resolved. Stored before the submit, so that a restart submits the same. */
export interface ResolvedSpec {
  /** The definition's `run`: a handler's name, or a Bash command with its files. */
  readonly run: {
    readonly handler?: string | undefined;
    readonly bash?: string | undefined;
    readonly input_file?: string | undefined;
    readonly output_file?: string | undefined;
  };
  /** `TASKFLOW_*`, `TRACEPARENT` and the definition's own variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly params: JsonObject;
  /** Outputs of the tasks that this one depends on, by key. */
  readonly inputs: JsonObject;
  /** Milliseconds that the attempt may run; no limit when absent. The destination enforces it with slack, as a backstop. */
  readonly timeoutMs?: number | undefined;
  /** The definition's `push`: in the destination's own language. */
  readonly push: JsonObject;
}

export interface SubmitRequest {
  readonly externalName: string;
  readonly identity: PushIdentity;
  readonly spec: ResolvedSpec;
  /** From `scopeFor`, as it was when the attempt was claimed: a changed configuration moves no job that may exist. */
  readonly scope: JsonObject;
  readonly specHash: string;
  /** How often it was marked for a submit, this time included. At 1 nobody can have submitted it before. */
  readonly tries?: number | undefined;
}

export interface ProbeRequest {
  readonly externalName: string;
  readonly identity: PushIdentity;
  readonly scope: JsonObject;
  readonly specHash: string;
}

/** One thing that a destination cannot accept of a spec. */
export interface ValidationIssue {
  /** Path in the definition: `push.queue`, `run.handler`. */
  readonly field: string;
  /** What was got and what is wanted. */
  readonly message: string;
}

export interface DestinationContext {
  readonly logger: Logger;
  readonly deploymentId: string;
}

/** The place of the one pusher that holds a destination. */
export interface DestinationSeat {
  /** What the last holder has kept; null for the first one. */
  load(): Promise<JsonValue>;
  /** Kept for the next holder. @throws when another pusher has taken the destination */
  save(kept: JsonObject): Promise<void>;
}

export interface DestinationHealth {
  readonly ok: boolean;
  /** Why not, and what to do. */
  readonly message?: string | undefined;
}

export interface DestinationCapabilities {
  /** Whether two jobs of one name can exist: never, only after the first has ended, or at any time. */
  readonly enforcesName: 'always' | 'while-active' | 'no';
  /** What an absent answer of `probe` is worth. */
  readonly probe: 'definitive' | 'eventual' | 'asynchronous';
  readonly logs: 'none' | 'link' | 'fetch';
  /** Whether a log tells standard error from standard output; where it does not, all of it is `stdout`. */
  readonly streams: 'apart' | 'one';
  readonly maxSubmitBatch: number;
  readonly maxDescribeBatch: number;
  /** Only one process at a time may be connected. */
  readonly requiresSingleOwner: boolean;
  /** Characters. */
  readonly maxNameLength: number;
}

/** A job that exists at the destination, whoever made it. */
export interface ExternalSummary {
  readonly ref: ExternalRef;
  /** Of the deployment that made it; undefined when it is not Taskflow's. */
  readonly deploymentId: string | undefined;
  readonly terminal: boolean;
  readonly createdAt: Date;
}

/** A job that exists, with what is stored of it. */
export interface TrackedJob {
  readonly ref: ExternalRef;
  /** Of the last observation that was stored; undefined when there is none, or the job is missed. */
  readonly remoteStatus: string | undefined;
}

export interface LogQuery {
  /** Where the last chunk ended; null for the beginning. */
  readonly position: JsonValue;
  /** Most bytes of one chunk. */
  readonly maxBytes: number;
  /** The job has ended: a last line without a line end is complete. */
  readonly ended: boolean;
}

export interface LogChunk {
  readonly lines: readonly { readonly stream: 'stdout' | 'stderr'; readonly text: string }[];
  /** To be stored with the lines. */
  readonly position: JsonValue;
}

/**
 * A place that runs jobs for Taskflow. It knows no database. Every method may be called twice for the same job, after a
 * crash or by a second pusher, and does no harm then. A trouble with one job is an outcome; only a fault of the program, or
 * of the whole destination in `start`, is thrown.
 *
 * @example
 * ```ts
 * const [outcome] = await destination.submit([{ externalName: destination.nameFor(identity), identity, spec, specHash }], signal);
 * if (outcome?.kind === 'ambiguous') await destination.probe([{ externalName, identity, specHash }], signal);
 * ```
 */
export interface PushDestination {
  /** Unique among the configured ones; a Task's `push_destination`. */
  readonly name: string;
  readonly kind: string;
  readonly capabilities: DestinationCapabilities;
  /** Clients, subscriptions, folders. Fails when the configuration cannot work. */
  start(context: DestinationContext): Promise<void>;
  /** This pusher has become the holder; nothing but `health` is asked before. For those that need to be alone. */
  hold?(seat: DestinationSeat): Promise<void>;
  /** This pusher is the holder no more. */
  release?(): Promise<void>;
  /** Lets go of what `start` took; never ends a job. */
  stop(): Promise<void>;
  health(): Promise<DestinationHealth>;
  /** Pure. What of a spec it could never accept; empty when all is well. */
  validate(spec: ResolvedSpec): ValidationIssue[];
  /** Pure and deterministic; different for different identities, at most `maxNameLength` long. */
  nameFor(identity: PushIdentity): string;
  /** Pure. Where a job of a valid spec goes: region and queue, cluster and namespace, … */
  scopeFor(spec: ResolvedSpec): JsonObject;
  /** At most `maxSubmitBatch`; outcomes in the order of the requests. */
  submit(jobs: readonly SubmitRequest[], signal: AbortSignal): Promise<SubmitOutcome[]>;
  /** By name; outcomes in the order of the requests. */
  probe(jobs: readonly ProbeRequest[], signal: AbortSignal): Promise<ProbeOutcome[]>;
  /** Which of all tracked jobs are to be described, for they may have changed. Absent where describing all of them costs no calls. */
  changed?(jobs: readonly TrackedJob[], signal: AbortSignal): Promise<readonly ExternalRef[]>;
  /** By id, at most `maxDescribeBatch`. A job that the destination does not know is absent from the answer. */
  describe(refs: readonly ExternalRef[], signal: AbortSignal): Promise<Observation[]>;
  /** What these terminal observations told is stored: the destination may be told so. */
  settled?(observations: readonly Observation[], signal: AbortSignal): Promise<void>;
  /** Outcomes in the order of the refs. `reason` begins with `taskflow:`. */
  cancel(refs: readonly ExternalRef[], reason: string, signal: AbortSignal): Promise<CancelOutcome[]>;
  /** Jobs that exist and may need a hand, to find those that nobody tracks: to be ended, or deleted where `cleanup` does so. */
  sweep?(signal: AbortSignal): AsyncIterable<ExternalSummary>;
  /** Deletes what is left of ended jobs. */
  cleanup?(refs: readonly ExternalRef[], signal: AbortSignal): Promise<void>;
  /** Pure. The external id of the job whose container a claim names; where several jobs of one name can exist. */
  claimantOf?(claim: string): string | undefined;
  /** Pure. An address where a person sees the log. */
  logLink?(ref: ExternalRef): string | undefined;
  /** The next lines, as complete ones; none when there is nothing new. */
  fetchLogs?(ref: ExternalRef, query: LogQuery, signal: AbortSignal): Promise<LogChunk>;
}
