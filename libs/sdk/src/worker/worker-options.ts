import type { Tracer } from '@opentelemetry/api';
import type { Variables } from '../bash/command-environment.js';
import type { AnyTask } from '../define/task.js';
import type { AnyWorkflow } from '../define/workflow.js';
import type { WorkerLogger } from './worker-logger.js';

export interface WorkerOptions {
  /** `host:port` of the api's gRPC port. Default `127.0.0.1:7233`. */
  address?: string;
  /** A token of the role worker, where the api asks for one. Default: that of TASKFLOW_TOKEN. */
  token?: string | undefined;
  /** Tasks to register and to run. */
  tasks?: readonly AnyTask[];
  /** Workflows to register; their Tasks are run too. */
  workflows?: readonly AnyWorkflow[];
  /** Whether to register the definitions at the start. Default true. */
  register?: boolean;
  /** Unique among live workers. Default host name, process id and a random part. */
  name?: string;
  /** Queues to take from. Default `default`. */
  queues?: readonly string[];
  /** Only Tasks of these names; all that there are handlers for when absent. */
  onlyTasks?: readonly string[];
  /** What this worker offers to Tasks that require labels. */
  labels?: Readonly<Record<string, string>>;
  /** Task Instances run at once. Default 10. */
  slots?: number;
  /** Leases held ready beyond the slots. Default 0; raise it for very short tasks. */
  prefetch?: number;
  /** Whether Bash commands are run. Default true. */
  bash?: boolean;
  /** Environment of which commands get an allowed part (PATH, HOME, LANG, …). Default: that of the process. */
  environment?: Variables;
  /** Names of further variables that commands get. */
  passEnvironment?: readonly string[];
  /** How long {@link Worker.stop} lets running tasks finish, in milliseconds. Default 30,000. */
  drainMs?: number;
  /** From the request to end (abort signal, SIGTERM) to force (SIGKILL, giving up on a handler), in milliseconds. Default 5,000. */
  graceMs?: number;
  /** Whether SIGTERM and SIGINT stop a worker in {@link Worker.run}; a second one ends the process. Default true. */
  signals?: boolean;
  /** Shown in the list of workers. */
  version?: string;
  logger?: WorkerLogger;
  /** Default: of the globally registered OpenTelemetry provider. */
  tracer?: Tracer;
}

export interface WorkerHealth {
  /** Work can be received: a session is open and its heartbeats are answered. */
  readonly healthy: boolean;
  readonly connected: boolean;
  readonly heartbeats: boolean;
  readonly running: number;
  readonly slots: number;
}

export interface Worker {
  readonly name: string;
  /**
   * Registers the definitions and opens the session; resolves when leases can arrive. Waits for an api that is away.
   *
   * @throws InvalidInput when a definition or an option is refused; Unauthenticated or PermissionDenied when the token is not valid
   *   or not of the role worker
   */
  start(): Promise<void>;
  /**
   * {@link start}, then runs until {@link stop} has ended, which SIGTERM and SIGINT ask for too: what runs may finish, the rest
   * is handed back.
   *
   * @throws LeaseLost (SESSION_REPLACED) when another process has connected under the same name; Unauthenticated when the token was
   *   revoked or has expired
   */
  run(): Promise<void>;
  /**
   * Takes no more leases, hands back what was not started, lets what runs finish for `drainMs`, then aborts it and hands it
   * back without counting an attempt. Resolves when nothing runs any more. Safe to call twice.
   */
  stop(options?: { drainMs?: number }): Promise<void>;
  health(): WorkerHealth;
}
